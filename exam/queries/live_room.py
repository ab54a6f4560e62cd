"""A room seat by seat, as its proctors see it now.

Every proctor's board asks every few seconds, so a look costs five statements, however many seats there are, and of
the journals it reads the new steps alone (`exam.queries.tallies`).
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from exam.breaks import Pause, pause_of
from exam.model import Attempt, ContactGap, Enrolment, Sitting, TimeCredit
from exam.queries.tallies import Tallies
from exam.states import AttemptState
from exam.timing import epoch_ms, instant, remaining_seconds
from registry.model import Teacher


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One seat of a room as the proctor sees it now."""

    enrolment: uuid.UUID
    attempt: uuid.UUID | None
    seat: int
    name: str
    participant_number: str
    state: AttemptState | None  # none: not signed in yet
    epoch: int  # 0: not signed in yet. Raised by release, so an act can name the seat as it was seen
    is_paused: bool  # the clock stands: by the proctor, or for a break
    break_ends_at: datetime | None  # the candidate took a break until then
    is_held: bool  # a device holds the seat
    n_answered: int
    n_unsent: int  # acts that wait in the candidate's computer, as it said last
    n_challenges: int  # reports of broken items
    last_seen_at: datetime | None
    n_outages: int  # times without contact while working, the present one included
    outage_seconds: int  # of all of them together
    remaining_seconds: int | None  # none: the clock does not run yet, or no more
    minutes_added: int  # by credits, for the seat and for the room
    extra_minutes: int  # granted beforehand
    break_minutes: int  # granted beforehand
    has_card: bool


@dataclass(frozen=True)
class _Silence:
    n_outages: int = 0
    seconds: int = 0


def room(
    session: Session,
    sitting: Sitting,
    *,
    now: datetime,
    tallies: Tallies | None = None,
    only: uuid.UUID | None = None,
) -> list[SeatRow]:
    """Every seat of a sitting by number, or one of them. Without a memory all journals are read from their start."""
    heads = session.execute(_heads(sitting, only)).all()
    memory = tallies or Tallies()
    last_seqs = {row.attempt_id: row.last_seq for row in heads if row.attempt_id is not None}
    excused = memory.excused(session, sitting.id, last_seqs)
    counts = memory.look(session, sitting.id, last_seqs, excused=excused)
    for_room, for_seat = _credits(session, sitting)
    silences = _silences(session, sitting, now=now)
    now_ms = epoch_ms(now)
    return [
        _seat_row(
            row,
            counts=counts.get(row.attempt_id, (0, 0)),
            silence=silences.get(row.attempt_id, _NO_SILENCE),
            minutes_added=for_room + for_seat.get(row.attempt_id, 0),
            now_ms=now_ms,
        )
        for row in heads
    ]


def find_seat(session: Session, sitting: Sitting, enrolment: uuid.UUID, *, now: datetime) -> SeatRow | None:
    """One seat; None when nobody of this sitting has it."""
    found = room(session, sitting, now=now, only=enrolment)
    return found[0] if found else None


def n_unfinished(session: Session, sitting: Sitting) -> int:
    """How many tests would be ended by closing the room."""
    unfinished = (AttemptState.WAITING, AttemptState.ADMITTED, AttemptState.WORKING)
    counted = select(func.count()).where(Attempt.sitting_id == sitting.id, Attempt.state.in_(unfinished))
    return session.scalar(counted) or 0


_NO_SILENCE = _Silence()


def _heads(sitting: Sitting, only: uuid.UUID | None) -> Select[*tuple[Any, ...]]:
    # Columns and no objects: five hundred seats cost a third of what the same rows cost as mapped objects.
    statement = (
        select(
            Enrolment.public_id.label("enrolment"),
            Enrolment.seat,
            Enrolment.participant_number,
            Enrolment.extra_minutes,
            Enrolment.break_minutes,
            Enrolment.pin_mac.is_not(None).label("has_card"),
            Teacher.full_name,
            Attempt.id.label("attempt_id"),
            Attempt.public_id.label("attempt"),
            Attempt.state,
            Attempt.epoch,
            Attempt.device.is_not(None).label("is_held"),
            Attempt.last_seq,
            Attempt.deadline_ms,
            Attempt.paused_ms,
            Attempt.break_ends_ms,
            Attempt.unsent,
            Attempt.last_seen_ms,
        )
        .join(Teacher, Teacher.id == Enrolment.teacher_id)
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(Enrolment.sitting_id == sitting.id)
        .order_by(Enrolment.seat)
    )
    return statement if only is None else statement.where(Enrolment.public_id == only)


def _seat_row(
    row: Row[*tuple[Any, ...]], *, counts: tuple[int, int], silence: _Silence, minutes_added: int, now_ms: int
) -> SeatRow:
    pause = pause_of(row.state, paused_ms=row.paused_ms, break_ends_ms=row.break_ends_ms, now_ms=now_ms)
    return SeatRow(
        enrolment=row.enrolment,
        attempt=row.attempt,
        seat=row.seat,
        name=row.full_name,
        participant_number=row.participant_number,
        state=row.state,
        epoch=row.epoch or 0,
        is_paused=pause is not None,
        break_ends_at=instant(row.break_ends_ms) if pause is Pause.ON_BREAK else None,
        is_held=bool(row.is_held),
        n_answered=counts[0],
        n_unsent=row.unsent or 0,
        n_challenges=counts[1],
        last_seen_at=instant(row.last_seen_ms) if row.last_seen_ms is not None else None,
        n_outages=silence.n_outages,
        outage_seconds=silence.seconds,
        remaining_seconds=_remaining(row, now_ms),
        minutes_added=minutes_added,
        extra_minutes=row.extra_minutes,
        break_minutes=row.break_minutes,
        has_card=bool(row.has_card),
    )


def _remaining(row: Row[*tuple[Any, ...]], now_ms: int) -> int | None:
    if row.deadline_ms is None or row.state is not AttemptState.WORKING:
        return None
    return remaining_seconds(now_ms, row.deadline_ms, row.paused_ms, break_ends_ms=row.break_ends_ms)


def _credits(session: Session, sitting: Sitting) -> tuple[int, dict[int, int]]:
    """Minutes for the whole room, and by attempt."""
    rows = session.execute(
        select(TimeCredit.attempt_id, func.sum(TimeCredit.minutes))
        .where(TimeCredit.sitting_id == sitting.id)
        .group_by(TimeCredit.attempt_id),
    )
    minutes = {attempt: int(total) for attempt, total in rows}
    for_room = minutes.pop(None, 0)
    return for_room, {attempt: total for attempt, total in minutes.items() if attempt is not None}


def _silences(session: Session, sitting: Sitting, *, now: datetime) -> dict[int, _Silence]:
    """By attempt: the times without contact, of which the last may still go on."""
    until_ms = func.coalesce(ContactGap.until_ms, epoch_ms(now))
    rows = session.execute(
        select(ContactGap.attempt_id, func.count(), func.sum(until_ms - ContactGap.from_ms))
        .join(Attempt, Attempt.id == ContactGap.attempt_id)
        .where(Attempt.sitting_id == sitting.id)
        .group_by(ContactGap.attempt_id),
    ).all()
    return {attempt: _Silence(n_outages, max(0, int(total_ms)) // 1000) for attempt, n_outages, total_ms in rows}
