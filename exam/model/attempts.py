"""Attempts and what their journals are made of.

Why no `answer` table: an answer is derived by replay of the steps, so it can never disagree with the journal.
"""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam.model.forms import Form
from exam.model.sittings import Enrolment, Sitting
from exam.states import AttemptState, StepKind, StepMark
from registry.columns import Base, Digest, Document, Key, PublicId, Short, one_of
from registry.protection import Protection


class Attempt(Base):
    """A candidate's attempt: the head of its journal, its clock, and who holds it.

    Times that the answer path compares are epoch milliseconds, so that one conditional statement can judge them.
    """

    __tablename__ = "attempt"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), unique=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"))
    state: Mapped[AttemptState]
    epoch: Mapped[int] = mapped_column(default=1)  # raised by release: tokens of the old seat die
    device: Mapped[str | None] = mapped_column(String(64))  # none: released, the next device takes it
    item_order: Mapped[bytes]  # canonical positions in the order shown, a byte each
    genesis: Mapped[Digest]
    digest: Mapped[Digest]  # head of the chain
    last_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    admitted_at: Mapped[datetime | None]
    begun_ms: Mapped[int | None] = mapped_column(BigInteger)
    deadline_ms: Mapped[int | None] = mapped_column(BigInteger)
    paused_ms: Mapped[int | None] = mapped_column(BigInteger)
    # A break that the candidate took: the pause ends by itself at this moment, and what was used is not given twice.
    break_ends_ms: Mapped[int | None] = mapped_column(BigInteger)
    break_used_ms: Mapped[int] = mapped_column(default=0)
    unsent: Mapped[int] = mapped_column(SmallInteger, default=0)  # acts still on the candidate's computer, as it says
    last_seen_ms: Mapped[int] = mapped_column(BigInteger)
    submitted_ms: Mapped[int | None] = mapped_column(BigInteger)
    # On the row itself and not only on the sitting, so that the one statement of the answer path sees a seal
    # that was set while it waited for this row.
    sealed_ms: Mapped[int | None] = mapped_column(BigInteger)
    receipt: Mapped[str | None] = mapped_column(Text)  # the JSON text that was signed, to the byte

    enrolment: Mapped[Enrolment] = relationship(back_populates="attempt")
    sitting: Mapped[Sitting] = relationship()
    form: Mapped[Form] = relationship()

    __table_args__ = (
        CheckConstraint(one_of("state", AttemptState), name="state_known"),
        CheckConstraint("(begun_ms IS NULL) = (deadline_ms IS NULL)", name="clock"),
        CheckConstraint("state <> 'working' OR begun_ms IS NOT NULL", name="working_has_begun"),
        Index("ix_attempt_overdue", "state", "deadline_ms"),
        # How many candidates met a form, counted for every item of the bank, without reading a single attempt.
        Index(
            "ix_attempt_form_seen",
            "form_id",
            postgresql_where=text("begun_ms IS NOT NULL"),
            sqlite_where=text("begun_ms IS NOT NULL"),
        ),
        # The few rows of those who rest, so that the sweep finds them without reading the others.
        Index(
            "ix_attempt_break",
            "break_ends_ms",
            postgresql_where=text("break_ends_ms IS NOT NULL"),
            sqlite_where=text("break_ends_ms IS NOT NULL"),
        ),
        {
            "info": {
                "protection": Protection(
                    table="attempt",
                    frozen=("public_id", "enrolment_id", "sitting_id", "form_id", "item_order", "genesis"),
                    once=("begun_ms", "submitted_ms", "sealed_ms", "receipt"),
                ),
            },
        },
    )


class Step(Base):
    """One act of a candidate. Never updated, never deleted; the mark is set once, at receipt."""

    __tablename__ = "step"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[StepKind]
    item: Mapped[int | None] = mapped_column(SmallInteger)  # canonical position in the form
    option: Mapped[int | None] = mapped_column(SmallInteger)  # authored position, 0 = A; none: cleared
    value: Mapped[str | None] = mapped_column(String(200))
    at_ms: Mapped[int] = mapped_column(BigInteger)  # the candidate's clock: evidence, never a judgement
    received_ms: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[StepMark]
    digest: Mapped[Digest]

    __table_args__ = (
        CheckConstraint(one_of("kind", StepKind), name="kind_known"),
        CheckConstraint(one_of("mark", StepMark), name="mark_known"),
        CheckConstraint("seq > 0", name="seq"),
        # Reports of broken items are few among millions of steps; other steps never touch this index.
        Index(
            "ix_step_challenge",
            "attempt_id",
            "item",
            postgresql_where=text("kind = 'challenge'"),
            sqlite_where=text("kind = 'challenge'"),
        ),
        {"sqlite_with_rowid": False, "info": {"protection": Protection(table="step")}},
    )


class TimeCredit(Base):
    """Minutes that a proctor added, for one seat or the whole room, with the reason that the minutes will print."""

    __tablename__ = "time_credit"

    id: Mapped[Key]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))  # none: the whole room
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    granted_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 240", name="minutes"),
        {"info": {"protection": Protection(table="time_credit")}},
    )


class SeatEvent(Base):
    """What happened to a seat besides answers: admission, key release, device change, release, pause."""

    __tablename__ = "seat_event"

    id: Mapped[Key]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[Short]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # none: the candidate
    details: Mapped[Document] = mapped_column(JSON)

    __table_args__ = ({"info": {"protection": Protection(table="seat_event")}},)
