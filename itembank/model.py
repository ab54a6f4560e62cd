"""Tables of the item bank: blueprints, items and their versions, pictures, reviews, statistics and verdicts."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from itembank.states import ItemState
from registry.columns import Base, Digest, Document, Key, Line, PublicId, Short, one_of
from registry.model import Account
from registry.protection import Protection


class Bloom(StrEnum):
    """Cognitive levels of Bloom's taxonomy, by the codes that blueprints in Indonesia use."""

    C1 = "C1"  # remember
    C2 = "C2"  # understand
    C3 = "C3"  # apply
    C4 = "C4"  # analyse
    C5 = "C5"  # evaluate
    C6 = "C6"  # create


class Section(StrEnum):
    """The two parts of the written test."""

    PEDAGOGIC = "pedagogic"
    PROFESSIONAL = "professional"


class Blueprint(Base):
    """What a test measures (*kisi-kisi*): a tree of competencies down to the indicators that items are written for."""

    __tablename__ = "blueprint"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short]
    version: Mapped[int]
    title: Mapped[Line]
    subject: Mapped[Line]
    levels: Mapped[list[str]] = mapped_column(JSON)
    section: Mapped[Section]
    n_options: Mapped[int]

    cores: Mapped[list["CoreCompetency"]] = relationship(back_populates="blueprint", order_by="CoreCompetency.position")

    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint(one_of("section", Section), name="section_known"),
        CheckConstraint("n_options IN (4, 5)", name="options_4_or_5"),
    )


class CoreCompetency(Base):
    """A core competency (*kompetensi inti*)."""

    __tablename__ = "core_competency"

    id: Mapped[Key]
    blueprint_id: Mapped[int] = mapped_column(ForeignKey("blueprint.id"))
    position: Mapped[int]
    code: Mapped[Short]
    title: Mapped[str] = mapped_column(Text)
    regulation: Mapped[str | None] = mapped_column(String(16))  # number in Permendiknas 16/2007

    blueprint: Mapped[Blueprint] = relationship(back_populates="cores")
    competencies: Mapped[list["Competency"]] = relationship(back_populates="core", order_by="Competency.position")

    __table_args__ = (UniqueConstraint("blueprint_id", "code"),)


class Competency(Base):
    """A teacher competency (*kompetensi guru mata pelajaran*) under a core competency: a cell of form allocations."""

    __tablename__ = "competency"

    id: Mapped[Key]
    core_id: Mapped[int] = mapped_column(ForeignKey("core_competency.id"))
    position: Mapped[int]
    code: Mapped[Short]
    source_code: Mapped[str | None] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(Text)
    regulation: Mapped[str | None] = mapped_column(String(16))

    core: Mapped[CoreCompetency] = relationship(back_populates="competencies")
    indicators: Mapped[list["Indicator"]] = relationship(back_populates="competency", order_by="Indicator.position")

    __table_args__ = (UniqueConstraint("core_id", "code"),)


class Indicator(Base):
    """What a person does who has the competency; items are written for an indicator at its Bloom level."""

    __tablename__ = "indicator"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    position: Mapped[int]
    code: Mapped[Short]
    source_code: Mapped[str | None] = mapped_column(String(16))
    bloom: Mapped[Bloom]
    text: Mapped[str] = mapped_column(Text)

    competency: Mapped[Competency] = relationship(back_populates="indicators")

    __table_args__ = (
        UniqueConstraint("competency_id", "code"),
        CheckConstraint(one_of("bloom", Bloom), name="bloom_known"),
    )


class FormSpecification(Base):
    """How a form is put together: which blueprints, how many items from which cells, which cut."""

    __tablename__ = "form_specification"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short] = mapped_column(unique=True)
    title: Mapped[Line]
    n_items: Mapped[int]
    pass_percent: Mapped[int]
    duration_minutes: Mapped[int]
    key_position_min: Mapped[int]
    key_position_max: Mapped[int]
    sections: Mapped[list[Document]] = mapped_column(JSON)  # as in the shipped forms.toml

    __table_args__ = (CheckConstraint("pass_percent BETWEEN 1 AND 100", name="pass_percent"),)


class Item(Base):
    """An item through all its versions; it belongs to one indicator for life."""

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
    key_position: Mapped[int]  # 0 = option A
    content_digest: Mapped[Digest]  # over all that a candidate or reviewer sees
    created_at: Mapped[datetime]
    demo_only: Mapped[bool] = mapped_column(default=False)  # carries a planted fault; never leaves a demo database

    item: Mapped[Item] = relationship(back_populates="versions")
    author: Mapped[Account | None] = relationship()
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


class Mark(StrEnum):
    """A reviewer's answer to one criterion."""

    YES = "yes"
    NO = "no"


class Review(Base):
    """One reviewer's reading of one version: a mark for each criterion of the checklist, and a comment."""

    __tablename__ = "review"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    checklist: Mapped[Short]  # code and edition of the checklist that was marked
    marks: Mapped[dict[str, str]] = mapped_column(JSON)  # criterion code -> yes or no
    comment: Mapped[str] = mapped_column(Text)
    submitted_at: Mapped[datetime]

    version: Mapped[ItemVersion] = relationship(back_populates="reviews")
    reviewer: Mapped[Account | None] = relationship()

    __table_args__ = (
        UniqueConstraint("version_id", "reviewer_id"),
        {"info": {"protection": Protection(table="review")}},
    )


class ItemStatistics(Base):
    """What one administration says of one version: estimates with their standard errors, kept as computed."""

    __tablename__ = "item_statistics"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    administration: Mapped[uuid.UUID]  # its public id: the bank knows nothing of sittings
    administration_code: Mapped[Short]
    computed_at: Mapped[datetime]
    n_presented: Mapped[int]
    figures: Mapped[Document] = mapped_column(JSON)
    verdict: Mapped[Short]  # what the policy says: keep, watch, revise, drop, check_key
    reasons: Mapped[list[Document]] = mapped_column(JSON)  # code, criterion re-opened, numbers behind it

    version: Mapped[ItemVersion] = relationship()
    curation: Mapped["Curation | None"] = relationship(back_populates="statistics")

    __table_args__ = ({"info": {"protection": Protection(table="item_statistics")}},)


class CurationAct(StrEnum):
    """What a psychometrician does with a verdict."""

    ACCEPTED = "accepted"
    OVERRULED = "overruled"


class Curation(Base):
    """A psychometrician's answer to a verdict. People decide; the policy only proposes."""

    __tablename__ = "curation"

    id: Mapped[Key]
    statistics_id: Mapped[int] = mapped_column(ForeignKey("item_statistics.id"), unique=True)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime]
    act: Mapped[CurationAct]
    moved_to: Mapped[ItemState]
    reopened: Mapped[list[str]] = mapped_column(JSON)  # criteria of the checklist that the next review looks at again
    reason: Mapped[str] = mapped_column(Text)

    statistics: Mapped[ItemStatistics] = relationship(back_populates="curation")

    __table_args__ = (
        CheckConstraint(one_of("act", CurationAct), name="act_known"),
        {"info": {"protection": Protection(table="curation")}},
    )
