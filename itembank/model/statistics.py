"""What administrations say of items, and what people decide about it."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from itembank.model.items import ItemVersion
from itembank.states import ItemState
from registry.columns import Base, Document, Key, PublicId, Short, one_of
from registry.protection import Protection


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
    # Two of the figures once more, so that ten thousand items can be sought and sorted by them.
    difficulty: Mapped[float | None]  # the share of right answers
    discrimination: Mapped[float | None]  # the point-biserial
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
