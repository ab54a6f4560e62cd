"""What tests measure and how forms are put together: blueprints, their trees of indicators, specifications."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.columns import Base, Document, Key, Line, PublicId, Short, one_of
from registry.protection import Protection

# A version that was published never changes again; these say, over OLD, that it is still being edited.
_IN_DRAFT_CORE = "(SELECT state FROM blueprint WHERE id = OLD.blueprint_id) = 'draft'"
_IN_DRAFT_COMPETENCY = (
    "(SELECT blueprint.state FROM blueprint JOIN core_competency ON core_competency.blueprint_id = blueprint.id "
    "WHERE core_competency.id = OLD.core_id) = 'draft'"
)
_IN_DRAFT_INDICATOR = (
    "(SELECT blueprint.state FROM blueprint JOIN core_competency ON core_competency.blueprint_id = blueprint.id "
    "JOIN competency ON competency.core_id = core_competency.id WHERE competency.id = OLD.competency_id) = 'draft'"
)


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


class BlueprintState(StrEnum):
    """Where a version of a blueprint stands."""

    DRAFT = "draft"  # being edited; no item can be written for it yet
    PUBLISHED = "published"  # fixed; items are written and forms assembled by it
    REPLACED = "replaced"  # a later version was published


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
    state: Mapped[BlueprintState] = mapped_column(default=BlueprintState.PUBLISHED)
    changed_at: Mapped[datetime | None]  # none: as it was shipped
    # The campaign of writing: how many usable items each indicator should have, and by when. A wish, not content.
    target: Mapped[int] = mapped_column(default=3)
    target_on: Mapped[date | None]

    cores: Mapped[list["CoreCompetency"]] = relationship(back_populates="blueprint", order_by="CoreCompetency.position")

    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint(one_of("section", Section), name="section_known"),
        CheckConstraint("n_options IN (4, 5)", name="options_4_or_5"),
        CheckConstraint(one_of("state", BlueprintState), name="state_known"),
        # One version is being edited at a time; two people must not write past each other.
        Index(
            "ix_blueprint_one_draft",
            "code",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        Index(
            "ix_blueprint_one_in_force",
            "code",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
        CheckConstraint("target BETWEEN 1 AND 50", name="target"),
        {
            "info": {
                "protection": Protection(
                    table="blueprint",
                    frozen=("code", "version", "title", "subject", "section", "n_options"),
                    open_while="OLD.state = 'draft'",
                ),
            },
        },
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

    __table_args__ = (
        UniqueConstraint("blueprint_id", "code"),
        {"info": {"protection": Protection(table="core_competency", open_while=_IN_DRAFT_CORE)}},
    )


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
    weight: Mapped[int | None]  # its share of a form beside the others; none: one part for each indicator

    core: Mapped[CoreCompetency] = relationship(back_populates="competencies")
    indicators: Mapped[list["Indicator"]] = relationship(back_populates="competency", order_by="Indicator.position")

    __table_args__ = (
        UniqueConstraint("core_id", "code"),
        CheckConstraint("weight BETWEEN 1 AND 1000", name="weight"),
        {"info": {"protection": Protection(table="competency", open_while=_IN_DRAFT_COMPETENCY)}},
    )


class Indicator(Base):
    """What a person does who has the competency; items are written for an indicator at its Bloom level."""

    __tablename__ = "indicator"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    position: Mapped[int]
    code: Mapped[Short]
    # The same in every version of the blueprint, so that items follow their indicator into the next one.
    lineage: Mapped[uuid.UUID] = mapped_column(Uuid, default=uuid.uuid4, index=True)
    source_code: Mapped[str | None] = mapped_column(String(16))
    bloom: Mapped[Bloom]
    text: Mapped[str] = mapped_column(Text)

    competency: Mapped[Competency] = relationship(back_populates="indicators")

    __table_args__ = (
        UniqueConstraint("competency_id", "code"),
        CheckConstraint(one_of("bloom", Bloom), name="bloom_known"),
        {"info": {"protection": Protection(table="indicator", open_while=_IN_DRAFT_INDICATOR)}},
    )


class FormSpecification(Base):
    """One edition of how a form is put together: which blueprints, how many items from which cells, which cut.

    An edition never changes, so a sealed form can always say by what it was built; a change writes the next one.
    """

    __tablename__ = "form_specification"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    code: Mapped[Short]
    edition: Mapped[int] = mapped_column(default=1)  # new forms take the highest
    title: Mapped[Line]
    n_items: Mapped[int]
    pass_percent: Mapped[int]
    duration_minutes: Mapped[int]
    key_position_min: Mapped[int]
    key_position_max: Mapped[int]
    sections: Mapped[list[Document]] = mapped_column(JSON)  # as in the shipped forms.toml

    __table_args__ = (
        UniqueConstraint("code", "edition"),  # of two people who change it at once, one is told
        CheckConstraint("pass_percent BETWEEN 1 AND 100", name="pass_percent"),
        {"info": {"protection": Protection(table="form_specification")}},
    )
