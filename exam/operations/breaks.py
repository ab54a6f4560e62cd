"""Breaks that were granted to a person beforehand: the candidate begins and ends them alone.

The deadline moves by exactly as much as the break lasted. A break that nobody ends is over at its last millisecond,
whoever looks; the columns are brought up to date by the next act on the attempt, or by the sweep.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from exam.breaks import Rest
from exam.errors import NoBreakLeftError, NotWorkingError
from exam.model import Attempt, SeatEvent
from exam.states import AttemptState
from exam.timing import epoch_ms, instant, is_overdue


def rest_of(attempt: Attempt) -> Rest:
    """The breaks of an attempt as the rules see them."""
    is_break = attempt.break_ends_ms is not None
    return Rest(
        allowed_minutes=attempt.enrolment.break_minutes,
        used_ms=attempt.break_used_ms,
        began_ms=attempt.paused_ms if is_break else None,
        ends_ms=attempt.break_ends_ms,
    )


def begin_break(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Rest: the clock stands until the candidate goes on, or the allowance is used up. Again: the same break."""
    now_ms = epoch_ms(now)
    end_if_over(session, attempt, now=now)
    if attempt.break_ends_ms is not None:
        return
    if not _clock_runs(attempt, now_ms):
        raise NotWorkingError
    left_ms = rest_of(attempt).left_ms(now_ms)
    if left_ms == 0:
        raise NoBreakLeftError
    attempt.paused_ms, attempt.break_ends_ms = now_ms, now_ms + left_ms
    _note(session, attempt, kind="break_begun", at=now, seconds=left_ms // 1000)


def end_break(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Go on working; without a break that runs, nothing happens."""
    if attempt.break_ends_ms is None or attempt.paused_ms is None or attempt.deadline_ms is None:
        return
    taken_ms = rest_of(attempt).taken_ms(epoch_ms(now))
    ended_at = instant(attempt.paused_ms + taken_ms)
    attempt.deadline_ms += taken_ms
    attempt.break_used_ms += taken_ms
    attempt.paused_ms = attempt.break_ends_ms = None
    _note(session, attempt, kind="break_ended", at=ended_at, seconds=taken_ms // 1000)


def end_if_over(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Bring the row up to date when its break has ended by itself."""
    if attempt.break_ends_ms is not None and attempt.break_ends_ms <= epoch_ms(now):
        end_break(session, attempt, now=now)


def end_over_breaks(session: Session, *, now: datetime) -> int:
    """Bring every row up to date whose break has ended by itself; returns how many."""
    return len(_end_all(session, Attempt.break_ends_ms <= epoch_ms(now), now=now))


def end_breaks(session: Session, which: ColumnElement[bool], *, now: datetime) -> int:
    """End the breaks of these attempts now, because the proctor stops their clocks; returns how many."""
    return len(_end_all(session, which & Attempt.break_ends_ms.is_not(None), now=now))


def _end_all(session: Session, which: ColumnElement[bool], *, now: datetime) -> Sequence[Attempt]:
    resting = session.scalars(
        select(Attempt)
        .where(which)
        .order_by(Attempt.id)
        .options(joinedload(Attempt.enrolment))
        .with_for_update(of=Attempt),
        execution_options={"populate_existing": True},
    ).all()
    for attempt in resting:
        end_break(session, attempt, now=now)
    return resting


def _clock_runs(attempt: Attempt, now_ms: int) -> bool:
    if attempt.state is not AttemptState.WORKING or attempt.paused_ms is not None or attempt.deadline_ms is None:
        return False
    return not is_overdue(now_ms, attempt.deadline_ms)


def _note(session: Session, attempt: Attempt, *, kind: str, at: datetime, seconds: int) -> None:
    session.add(SeatEvent(attempt_id=attempt.id, at=at, kind=kind, details={"seconds": seconds}))
    session.flush()
