"""Sittings and who is enrolled in them."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam.model.forms import Administration, Form
from exam.states import SittingState
from registry.columns import Base, Key, Line, PublicId, Short, one_of
from registry.model import Site, Teacher

if TYPE_CHECKING:
    from exam.model.attempts import Attempt


class Sitting(Base):
    """A sitting (*sesi*): one form, one room of one site, one window of time."""

    __tablename__ = "sitting"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"), index=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    title: Mapped[Line]
    room: Mapped[Line]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]  # hard end: no deadline lies beyond it unless time was credited
    duration_seconds: Mapped[int]
    state: Mapped[SittingState]
    start_code: Mapped[Short]
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]

    administration: Mapped[Administration] = relationship(back_populates="sittings")
    form: Mapped[Form] = relationship()
    site: Mapped[Site] = relationship()
    enrolments: Mapped[list["Enrolment"]] = relationship(back_populates="sitting", order_by="Enrolment.seat")

    __table_args__ = (
        CheckConstraint(one_of("state", SittingState), name="state_known"),
        CheckConstraint("closes_at > opens_at", name="window"),
        CheckConstraint("duration_seconds > 0", name="duration"),
    )


class Enrolment(Base):
    """A teacher's place in a sitting: seat, participant number, PIN. Candidates sign in as their enrolment."""

    __tablename__ = "enrolment"

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("teacher.id"), index=True)
    participant_number: Mapped[Short] = mapped_column(unique=True)
    seat: Mapped[int]
    extra_minutes: Mapped[int] = mapped_column(default=0)  # accommodation granted beforehand
    break_minutes: Mapped[int] = mapped_column(default=0)  # minutes of rest that do not count as working time
    pin_mac: Mapped[bytes | None]  # keyed MAC; none until the card was issued. Reprinting issues a new PIN
    result_code_mac: Mapped[bytes | None]  # keyed MAC of the code that opens the result after release
    card_issued_at: Mapped[datetime | None]
    failed_pins: Mapped[int] = mapped_column(default=0)
    pin_blocked_until: Mapped[datetime | None]
    failed_start_codes: Mapped[int] = mapped_column(default=0)
    start_code_blocked_until: Mapped[datetime | None]
    failed_result_codes: Mapped[int] = mapped_column(default=0)
    result_blocked_until: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship(back_populates="enrolments")
    teacher: Mapped[Teacher] = relationship()
    attempt: Mapped["Attempt | None"] = relationship(back_populates="enrolment")

    __table_args__ = (
        UniqueConstraint("sitting_id", "teacher_id"),
        UniqueConstraint("sitting_id", "seat"),
        CheckConstraint("extra_minutes BETWEEN 0 AND 600", name="extra_minutes"),
        CheckConstraint("break_minutes BETWEEN 0 AND 120", name="break_minutes"),
    )
