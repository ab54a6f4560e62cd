"""The forms of an administration: what is sat, sealed before anybody sits it."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from itembank.model import ItemVersion, Section
from registry.columns import Base, Digest, Key, Line, PublicId, Short, one_of
from registry.protection import Protection

if TYPE_CHECKING:
    from exam.model.sittings import Sitting


class Purpose(StrEnum):
    """Why a form is sat."""

    TRYOUT = "tryout"  # the answers judge the items
    OPERATIONAL = "operational"  # the answers judge the candidates


class Administration(Base):
    """One round of testing: the forms and sittings whose answers are analysed together."""

    __tablename__ = "administration"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short] = mapped_column(unique=True)
    title: Mapped[Line]
    purpose: Mapped[Purpose]
    created_at: Mapped[datetime]

    forms: Mapped[list["Form"]] = relationship(back_populates="administration", order_by="Form.id")
    sittings: Mapped[list["Sitting"]] = relationship(back_populates="administration", order_by="Sitting.id")

    __table_args__ = (CheckConstraint(one_of("purpose", Purpose), name="purpose_known"),)


class Form(Base):
    """A form (*paket*): a sealed list of item versions with a digest, and the ciphertext that candidates fetch.

    A form exists only sealed; assembly computes it and writes it once.
    """

    __tablename__ = "form"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short] = mapped_column(unique=True)
    title: Mapped[Line]
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"), index=True)
    specification: Mapped[Short]  # code of the form specification it was assembled by
    specification_edition: Mapped[int] = mapped_column(default=1)
    purpose: Mapped[Purpose]
    seed: Mapped[int] = mapped_column(BigInteger)
    n_items: Mapped[int]
    pass_percent: Mapped[int]
    duration_minutes: Mapped[int]
    digest: Mapped[Digest]  # over the ordered versions, keys left out
    # Nonce and AES-256-GCM ciphertext of what candidates read; large, so it is loaded only where it is asked for.
    package: Mapped[bytes] = mapped_column(deferred=True)
    package_size: Mapped[int]  # bytes
    package_sha256: Mapped[str] = mapped_column(String(64))
    wrapped_key: Mapped[bytes]  # the package's key, encrypted with the installation's key
    sealed_at: Mapped[datetime]
    sealed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    administration: Mapped[Administration] = relationship(back_populates="forms")
    items: Mapped[list["FormItem"]] = relationship(back_populates="form", order_by="FormItem.position")
    pictures: Mapped[list["FormPicture"]] = relationship(back_populates="form", order_by="FormPicture.sha256")

    __table_args__ = (
        CheckConstraint(one_of("purpose", Purpose), name="purpose_known"),
        {"info": {"protection": Protection(table="form")}},
    )


class FormItem(Base):
    """An item's place in a form, under the random ids that candidates' browsers know it by."""

    __tablename__ = "form_item"

    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"), primary_key=True)
    position: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False
    )  # canonical order, from 1
    section: Mapped[Section]
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    scored: Mapped[bool]  # False for a pretest item that rides along
    item_key: Mapped[Short]  # random id of the item within this form
    option_keys: Mapped[list[str]] = mapped_column(JSON)  # random ids of its options, in the authored order

    form: Mapped[Form] = relationship(back_populates="items")
    version: Mapped[ItemVersion] = relationship()

    __table_args__ = (
        UniqueConstraint("form_id", "version_id"),
        {"info": {"protection": Protection(table="form_item")}},
    )


class FormPicture(Base):
    """A picture of a form as ciphertext, named by the SHA-256 of that ciphertext."""

    __tablename__ = "form_picture"

    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[Short]
    content: Mapped[bytes] = mapped_column(deferred=True)
    size: Mapped[int]  # bytes

    form: Mapped[Form] = relationship(back_populates="pictures")

    __table_args__ = ({"info": {"protection": Protection(table="form_picture")}},)
