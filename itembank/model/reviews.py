"""Reviewing: who is to read what, the marks, and the manager's rulings where reviewers disagree."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from itembank.model.items import ItemVersion
from registry.columns import Base, Key, PublicId, Short
from registry.model import Account
from registry.protection import Protection


class Checklist(Base):
    """A checklist that this installation loaded, to the byte: old reviews are always shown under their own one."""

    __tablename__ = "checklist"

    id: Mapped[Key]
    code: Mapped[Short]
    edition: Mapped[int]
    source: Mapped[str] = mapped_column(Text)  # the TOML text
    loaded_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("code", "edition"),
        {"info": {"protection": Protection(table="checklist")}},
    )


class ReviewAssignment(Base):
    """Who is to read a version, and until when. Two at a time; neither sees the other's marks before both are in."""

    __tablename__ = "review_assignment"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    due_on: Mapped[date]
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # none: the system, in a demo
    assigned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # given back or taken away; a submitted review ends nothing

    version: Mapped[ItemVersion] = relationship()
    reviewer: Mapped[Account] = relationship(foreign_keys=[reviewer_id])

    __table_args__ = (
        Index(
            "ix_review_assignment_once",
            "version_id",
            "reviewer_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class Mark(StrEnum):
    """A reviewer's answer to one criterion."""

    YES = "yes"
    NO = "no"


class Review(Base):
    """One reviewer's reading of one version: a mark for each criterion of the checklist, words for every no."""

    __tablename__ = "review"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    checklist: Mapped[Short]  # code and edition of the checklist that was marked
    marks: Mapped[dict[str, str]] = mapped_column(JSON)  # criterion code -> yes or no
    comments: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # criterion code -> words for the writer
    comment: Mapped[str] = mapped_column(Text)  # on the item as a whole
    submitted_at: Mapped[datetime]

    version: Mapped[ItemVersion] = relationship(back_populates="reviews")
    reviewer: Mapped[Account | None] = relationship()
    rulings: Mapped[list["Ruling"]] = relationship(back_populates="review", order_by="Ruling.id")

    __table_args__ = (
        UniqueConstraint("version_id", "reviewer_id"),
        {"info": {"protection": Protection(table="review")}},
    )


class Ruling(Base):
    """The bank manager's word on a reviewer's no, with the reason. An upheld no leads to revision."""

    __tablename__ = "ruling"

    id: Mapped[Key]
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    criterion: Mapped[str] = mapped_column(String(8))
    upheld: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    ruled_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ruled_at: Mapped[datetime]

    review: Mapped["Review"] = relationship(back_populates="rulings")
    ruled_by: Mapped[Account] = relationship()

    __table_args__ = (
        UniqueConstraint("review_id", "criterion"),
        {"info": {"protection": Protection(table="ruling")}},
    )
