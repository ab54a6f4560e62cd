"""Items through all their versions, with the pictures and passages that they show."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from itembank.model.blueprints import Indicator
from itembank.states import ItemState
from registry.columns import Base, Digest, Key, PublicId, Short, one_of
from registry.model import Account
from registry.protection import Protection

if TYPE_CHECKING:
    from itembank.model.reviews import Review


class Item(Base):
    """An item through all its versions; it follows its indicator into the next version of the blueprint."""

    __tablename__ = "item"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short] = mapped_column(unique=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    created_at: Mapped[datetime]

    indicator: Mapped[Indicator] = relationship()
    versions: Mapped[list["ItemVersion"]] = relationship(back_populates="item", order_by="ItemVersion.number")


class ItemVersion(Base):
    """One wording of an item. Only a draft may change; from submission on the database refuses."""

    __tablename__ = "item_version"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    number: Mapped[int]
    state: Mapped[ItemState] = mapped_column(index=True)
    changed_at: Mapped[datetime]  # when it entered its state
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # none: shipped with the product
    stem: Mapped[str] = mapped_column(Text)  # as written: Markdown subset and LaTeX
    stem_html: Mapped[str] = mapped_column(Text)  # as shown: sanitised, maths as MathML
    rationale: Mapped[str] = mapped_column(Text)
    rationale_html: Mapped[str] = mapped_column(Text)
    sources: Mapped[str] = mapped_column(Text, default="")  # of facts and figures; candidates do not see them
    passage_id: Mapped[int | None] = mapped_column(ForeignKey("passage.id"))  # read before the stem
    key_position: Mapped[int]  # 0 = option A
    content_digest: Mapped[Digest]  # over all that a candidate or reviewer sees
    created_at: Mapped[datetime]
    demo_only: Mapped[bool] = mapped_column(default=False)  # carries a planted fault; never leaves a demo database

    item: Mapped[Item] = relationship(back_populates="versions")
    author: Mapped[Account | None] = relationship()
    passage: Mapped["Passage | None"] = relationship()
    options: Mapped[list["ItemOption"]] = relationship(back_populates="version", order_by="ItemOption.position")
    pictures: Mapped[list["ItemPicture"]] = relationship(back_populates="version")
    reviews: Mapped[list["Review"]] = relationship(back_populates="version", order_by="Review.id")

    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        CheckConstraint(one_of("state", ItemState), name="state_known"),
        CheckConstraint("key_position BETWEEN 0 AND 4", name="key_position"),
        # One draft at a time: revision opens a new one, and two people must not write past each other.
        Index(
            "ix_item_version_one_draft",
            "item_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        {
            "info": {
                "protection": Protection(
                    table="item_version",
                    frozen=(
                        "item_id",
                        "number",
                        "author_id",
                        "stem",
                        "stem_html",
                        "rationale",
                        "rationale_html",
                        "sources",
                        "passage_id",
                        "key_position",
                        "content_digest",
                        "created_at",
                    ),
                    open_while="OLD.state = 'draft'",
                ),
            },
        },
    )


class ItemOption(Base):
    """One of the options of a version, in the authored order."""

    __tablename__ = "item_option"

    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)

    version: Mapped[ItemVersion] = relationship(back_populates="options")

    __table_args__ = (
        CheckConstraint("position BETWEEN 0 AND 4", name="position"),
        {
            "info": {
                "protection": Protection(
                    table="item_option",
                    open_while="(SELECT state FROM item_version WHERE id = OLD.version_id) = 'draft'",
                ),
            },
        },
    )


class Media(Base):
    """A cleaned picture, stored once under the SHA-256 of its bytes."""

    __tablename__ = "media"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[Short]
    content: Mapped[bytes]
    width: Mapped[int]
    height: Mapped[int]

    __table_args__ = ({"info": {"protection": Protection(table="media")}},)


class ItemPicture(Base):
    """Under which name a version shows a picture."""

    __tablename__ = "item_picture"

    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("media.sha256"))

    version: Mapped[ItemVersion] = relationship(back_populates="pictures")
    media: Mapped[Media] = relationship()


class Passage(Base):
    """A text, table or case that several items share. Never changed: an edit is a new number of the same code."""

    __tablename__ = "passage"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short]
    number: Mapped[int]
    source: Mapped[str] = mapped_column(Text)  # as written: Markdown subset and LaTeX
    html: Mapped[str] = mapped_column(Text)  # as shown
    pictures: Mapped[dict[str, str]] = mapped_column(JSON)  # name in the text -> SHA-256 of the media
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    written_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("code", "number"),
        {"info": {"protection": Protection(table="passage")}},
    )
