"""What the proctor does while the room works: admit, free seats, give time, pause.

Each move is one conditional UPDATE, so that two proctors on two screens, or a proctor and a candidate, never both
win. What happened stands with the seat (`SeatEvent`) and in the audit journal; the reasons stay with the seat,
because people write names into reasons and the audit journal holds none.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from exam.access import require_admit, require_run
from exam.errors import (
    AttemptStateError,
    MinutesMeanwhileError,
    MinutesRefusedError,
    SittingStateError,
    TimeReasonMissingError,
)
from exam.model import Attempt, SeatEvent, Sitting, TimeCredit
from exam.operations.breaks import end_breaks, end_over_breaks
from exam.states import AttemptState, SittingState
from exam.timing import MINUTE_MS, epoch_ms, is_overdue
from registry.actor import Actor
from registry.audit import record
from registry.columns import Document

MOST_MINUTES = 240
_LONGEST_REASON = 2000
_SEATED = (AttemptState.WAITING, AttemptState.ADMITTED, AttemptState.WORKING)


def admit(session: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> None:
    """Let a candidate begin, after the identity check."""
    require_admit(actor, attempt.sitting)
    moved = _move(session, _waiting(Attempt.id == attempt.id), state=AttemptState.ADMITTED, admitted_at=now)
    _require_one(moved, attempt)
    _note(session, moved, kind="admitted", actor=actor, now=now)
    _record_seat(session, attempt, action="seat.admit", actor=actor, now=now)


def admit_all(session: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> int:
    """Let everybody begin who is waiting; returns how many were."""
    require_admit(actor, sitting)
    moved = _move(session, _waiting(Attempt.sitting_id == sitting.id), state=AttemptState.ADMITTED, admitted_at=now)
    _note(session, moved, kind="admitted", actor=actor, now=now)
    _record_room(session, sitting, action="room.admit", actor=actor, now=now, details={"n_seats": len(moved)})
    return len(moved)


def release_seat(
    session: Session, attempt: Attempt, *, actor: Actor, now: datetime, seen_epoch: int | None = None
) -> None:
    """Free a seat, so that the candidate goes on at another computer; the old one can do nothing any more.

    `seen_epoch` is the seat as the proctor saw it: freed by a colleague meanwhile and taken anew, it stays taken.
    """
    require_run(actor, attempt.sitting)
    as_seen = Attempt.epoch == (attempt.epoch if seen_epoch is None else seen_epoch)
    moved = _release(session, (Attempt.id == attempt.id) & as_seen)
    _require_one(moved, attempt)
    _note(session, moved, kind="released", actor=actor, now=now)
    _record_seat(session, attempt, action="seat.release", actor=actor, now=now)


def release_room(
    session: Session, sitting: Sitting, *, actor: Actor, now: datetime, as_of: datetime | None = None
) -> int:
    """Free all seats at once, after a power cut for instance; returns how many.

    `as_of` is when the proctor looked at the room: seats that were taken after it stay taken. Two proctors who both
    press the button, one a minute after the other, must not throw out who has just come back.
    """
    require_run(actor, sitting)
    which = Attempt.sitting_id == sitting.id
    moved = _release(session, which if as_of is None else which & ~_taken_after(as_of))
    _note(session, moved, kind="released", actor=actor, now=now)
    _record_room(session, sitting, action="room.release", actor=actor, now=now, details={"n_seats": len(moved)})
    return len(moved)


def add_minutes_to_seat(
    session: Session,
    attempt: Attempt,
    *,
    minutes: int,
    reason: str,
    actor: Actor,
    now: datetime,
    n_seen: int | None = None,
) -> None:
    """Give one candidate more time; who has not begun yet gets it at the beginning.

    `n_seen` is how many grants for this seat the proctor saw: of two who grant the same minutes, one is told.
    """
    require_run(actor, attempt.sitting)
    _lock(session, Attempt.id == attempt.id)
    _require_seen(n_seen, n_grants(session, attempt.sitting, attempt))
    if attempt.state not in _SEATED:
        raise AttemptStateError(state=attempt.state.value)
    if _has_run_out(attempt, now):
        raise AttemptStateError(state=AttemptState.EXPIRED.value)
    _credit(session, attempt.sitting, attempt=attempt, minutes=minutes, reason=reason, actor=actor, now=now)
    moved = _later(session, Attempt.id == attempt.id, minutes=minutes, now=now)
    _note(session, [attempt.id], kind="minutes_added", actor=actor, now=now, details={"minutes": minutes})
    details = {"minutes": minutes, "n_working": len(moved)}
    _record_seat(session, attempt, action="seat.add-minutes", actor=actor, now=now, details=details)


def add_minutes_to_room(
    session: Session,
    sitting: Sitting,
    *,
    minutes: int,
    reason: str,
    actor: Actor,
    now: datetime,
    n_seen: int | None = None,
) -> int:
    """Give the whole room more time; returns how many clocks were moved. The others get it when they begin."""
    require_run(actor, sitting)
    session.scalar(select(Sitting.id).where(Sitting.id == sitting.id).with_for_update(key_share=True))
    _require_seen(n_seen, n_grants(session, sitting))
    _lock(session, Attempt.sitting_id == sitting.id)
    _credit(session, sitting, attempt=None, minutes=minutes, reason=reason, actor=actor, now=now)
    moved = _later(session, Attempt.sitting_id == sitting.id, minutes=minutes, now=now)
    details = {"minutes": minutes, "n_working": len(moved)}
    _record_room(session, sitting, action="room.add-minutes", actor=actor, now=now, details=details)
    return len(moved)


def credited_minutes(session: Session, attempt: Attempt) -> int:
    """The minutes granted so far to this seat and to its room.

    Whoever starts the clock with this figure holds the lock of the attempt's row before asking, and so does whoever
    grants: a grant is then either in this figure or moves the running clock, never neither and never both.
    """
    mine = (TimeCredit.attempt_id == attempt.id) | TimeCredit.attempt_id.is_(None)
    total = select(func.coalesce(func.sum(TimeCredit.minutes), 0)).where(
        TimeCredit.sitting_id == attempt.sitting_id, mine
    )
    return int(session.scalar(total) or 0)


def n_grants(session: Session, sitting: Sitting, attempt: Attempt | None = None) -> int:
    """How often minutes were granted, to one seat or to the whole room."""
    target = TimeCredit.attempt_id.is_(None) if attempt is None else TimeCredit.attempt_id == attempt.id
    counted = select(func.count()).where(TimeCredit.sitting_id == sitting.id, target)
    return session.scalar(counted) or 0


def _require_seen(n_seen: int | None, n_granted: int) -> None:
    if n_seen is not None and n_seen != n_granted:
        raise MinutesMeanwhileError


def pause_seat(session: Session, attempt: Attempt, *, reason: str, actor: Actor, now: datetime) -> None:
    """Stop one candidate's clock."""
    require_run(actor, attempt.sitting)
    _require_one(_pause(session, Attempt.id == attempt.id, reason=reason, actor=actor, now=now), attempt)
    _record_seat(session, attempt, action="seat.pause", actor=actor, now=now)


def resume_seat(session: Session, attempt: Attempt, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let one candidate's clock run again; the deadline moves by as much as the pause was long."""
    require_run(actor, attempt.sitting)
    _require_one(_resume(session, Attempt.id == attempt.id, reason=reason, actor=actor, now=now), attempt)
    _record_seat(session, attempt, action="seat.resume", actor=actor, now=now)


def pause_room(session: Session, sitting: Sitting, *, reason: str, actor: Actor, now: datetime) -> int:
    """Stop all running clocks of the room; returns how many."""
    require_run(actor, sitting)
    moved = _pause(session, Attempt.sitting_id == sitting.id, reason=reason, actor=actor, now=now)
    _record_room(session, sitting, action="room.pause", actor=actor, now=now, details={"n_seats": len(moved)})
    return len(moved)


def resume_room(session: Session, sitting: Sitting, *, reason: str, actor: Actor, now: datetime) -> int:
    """Let all stopped clocks of the room run again; returns how many."""
    require_run(actor, sitting)
    moved = _resume(session, Attempt.sitting_id == sitting.id, reason=reason, actor=actor, now=now)
    _record_room(session, sitting, action="room.resume", actor=actor, now=now, details={"n_seats": len(moved)})
    return len(moved)


def sweep_overdue(session: Session, *, now: datetime) -> int:
    """Close the attempts whose time is over; returns how many. The next look at an attempt would do the same."""
    end_over_breaks(session, now=now)
    moved = _move(
        session,
        Attempt.state == AttemptState.WORKING,
        Attempt.paused_ms.is_(None),
        Attempt.deadline_ms < epoch_ms(now),
        state=AttemptState.EXPIRED,
    )
    _note(session, moved, kind="expired", actor=None, now=now)
    return len(moved)


def _move(session: Session, *conditions: ColumnElement[bool], **values: Any) -> Sequence[int]:
    # The keys of the attempts that were really moved; objects in the session are brought up to date.
    statement = update(Attempt).where(*conditions).values(**values).returning(Attempt.id)
    moved = session.scalars(statement, execution_options={"synchronize_session": False}).all()
    for loaded in list(session.identity_map.values()):
        if isinstance(loaded, Attempt):
            session.expire(loaded)
    return moved


def _waiting(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return which & (Attempt.state == AttemptState.WAITING)


def _running(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return which & (Attempt.state == AttemptState.WORKING)


def _release(session: Session, which: ColumnElement[bool]) -> Sequence[int]:
    held = Attempt.state.in_(_SEATED) & Attempt.device.is_not(None)
    return _move(session, which, held, epoch=Attempt.epoch + 1, device=None)


def _taken_after(moment: datetime) -> ColumnElement[bool]:
    taken = select(SeatEvent.id).where(SeatEvent.attempt_id == Attempt.id, SeatEvent.kind == "device_taken")
    return taken.where(SeatEvent.at > moment).correlate(Attempt).exists()


def _later(session: Session, which: ColumnElement[bool], *, minutes: int, now: datetime) -> Sequence[int]:
    # Minutes bring no clock back to life that ran out, whether or not somebody has looked at it since.
    end_over_breaks(session, now=now)
    still_running = _running(which) & (Attempt.paused_ms.is_not(None) | (Attempt.deadline_ms >= epoch_ms(now)))
    return _move(session, still_running, deadline_ms=Attempt.deadline_ms + minutes * MINUTE_MS)


def _has_run_out(attempt: Attempt, now: datetime) -> bool:
    return attempt.deadline_ms is not None and is_overdue(
        epoch_ms(now), attempt.deadline_ms, attempt.paused_ms, break_ends_ms=attempt.break_ends_ms
    )


def _lock(session: Session, which: ColumnElement[bool]) -> None:
    # See credited_minutes. In the order of the keys, so that two grants never wait for each other.
    statement = select(Attempt).where(which).order_by(Attempt.id).with_for_update()
    session.scalars(statement, execution_options={"populate_existing": True}).all()


def _credit(
    session: Session,
    sitting: Sitting,
    *,
    attempt: Attempt | None,
    minutes: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    if not 1 <= minutes <= MOST_MINUTES:
        raise MinutesRefusedError(minutes=minutes, most=MOST_MINUTES)
    session.refresh(sitting, ["state"])
    if sitting.state is not SittingState.OPEN:
        raise SittingStateError(state=sitting.state.value)
    session.add(
        TimeCredit(
            sitting_id=sitting.id,
            attempt_id=attempt.id if attempt else None,
            minutes=minutes,
            reason=_checked(reason),
            granted_by_id=actor.account_id,
            granted_at=now,
        ),
    )
    session.flush()


def _pause(session: Session, which: ColumnElement[bool], *, reason: str, actor: Actor, now: datetime) -> Sequence[int]:
    details = {"reason": _checked(reason)}
    now_ms = epoch_ms(now)
    end_breaks(session, which, now=now)  # a pause and a break never overlap
    # A clock that has run out is not stopped: the pause would bring dead time back to life.
    still_running = _running(which) & Attempt.paused_ms.is_(None) & (Attempt.deadline_ms >= now_ms)
    moved = _move(session, still_running, paused_ms=now_ms)
    _note(session, moved, kind="paused", actor=actor, now=now, details=details)
    return moved


def _resume(session: Session, which: ColumnElement[bool], *, reason: str, actor: Actor, now: datetime) -> Sequence[int]:
    details = {"reason": _checked(reason)}
    now_ms = epoch_ms(now)
    # The rule of timing.resumed_deadline_ms, as SQL.
    pause_ms = case((Attempt.paused_ms < now_ms, now_ms - Attempt.paused_ms), else_=0)
    stopped = _running(which) & Attempt.paused_ms.is_not(None) & Attempt.break_ends_ms.is_(None)
    moved = _move(session, stopped, deadline_ms=Attempt.deadline_ms + pause_ms, paused_ms=None)
    _note(session, moved, kind="resumed", actor=actor, now=now, details=details)
    return moved


def _checked(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise TimeReasonMissingError
    return words[:_LONGEST_REASON]


def _require_one(moved: Sequence[int], attempt: Attempt) -> None:
    if len(moved) != 1:
        raise AttemptStateError(state=attempt.state.value)


def _note(
    session: Session,
    attempts: Sequence[int],
    *,
    kind: str,
    actor: Actor | None,
    now: datetime,
    details: Document | None = None,
) -> None:
    session.add_all(
        SeatEvent(
            attempt_id=attempt, at=now, kind=kind, actor_id=actor.account_id if actor else None, details=details or {}
        )
        for attempt in attempts
    )
    session.flush()


def _record_seat(
    session: Session, attempt: Attempt, *, action: str, actor: Actor, now: datetime, details: Document | None = None
) -> None:
    subject = attempt.public_id
    record(session, actor=actor, action=action, subject_kind="attempt", subject=subject, at=now, details=details)


def _record_room(
    session: Session, sitting: Sitting, *, action: str, actor: Actor, now: datetime, details: Document
) -> None:
    subject = sitting.public_id
    record(session, actor=actor, action=action, subject_kind="sitting", subject=subject, at=now, details=details)
