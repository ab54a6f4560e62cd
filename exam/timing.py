"""The clock of the examination: windows, deadlines, remaining time and the mark of a step.

All of it is the server's time and pure functions, because a rule that reads a clock cannot be tested at 23:59:59.
Attempts count in epoch milliseconds, which one SQL statement can compare; windows are instants with their zone.
"""

from datetime import UTC, datetime, timedelta

from exam.errors import WindowPastError, WindowReversedError, WindowTooShortError
from exam.states import AttemptState, StepMark

MINUTE_MS = 60_000
JUMP_MS = 10_000  # more than a clock is ever set by little by little, less than any silence that counts
OPENS_EARLY = timedelta(minutes=30)  # people must be seated and signed in when the window begins

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_ms(at: datetime) -> int:
    """An instant in whole milliseconds since 1970, exactly (no floating point)."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def instant(ms: int) -> datetime:
    """The instant of a count of milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


def deadline_ms(
    begun_ms: int,
    *,
    duration_seconds: int,
    hard_end_ms: int,
    extra_minutes: int = 0,
    credited_minutes: int = 0,
) -> int:
    """When an attempt ends: its own duration with extra time, or the end of the sitting, then credits on top."""
    own_end = begun_ms + duration_seconds * 1000 + extra_minutes * MINUTE_MS
    return min(own_end, hard_end_ms) + credited_minutes * MINUTE_MS


def remaining_seconds(
    now_ms: int, deadline_ms: int, paused_ms: int | None = None, *, break_ends_ms: int | None = None
) -> int:
    """Whole seconds that the candidate may still work; while paused, what there was when the pause began."""
    return max(0, deadline_ms - _clock(now_ms, paused_ms, break_ends_ms)) // 1000


def resumed_deadline_ms(now_ms: int, *, deadline_ms: int, paused_ms: int) -> int:
    """The deadline after a pause: as much later as the pause was long. A clock set back takes nothing away."""
    return deadline_ms + max(0, now_ms - paused_ms)


def is_overdue(
    now_ms: int, deadline_ms: int, paused_ms: int | None = None, *, break_ends_ms: int | None = None
) -> bool:
    """True when the time is over."""
    return _clock(now_ms, paused_ms, break_ends_ms) > deadline_ms


def mark(
    received_ms: int,
    deadline_ms: int | None,
    state: AttemptState,
    paused_ms: int | None = None,
    *,
    break_ends_ms: int | None = None,
) -> StepMark:
    """How a step counts, judged once when it reaches the server. The candidate's own clock plays no part."""
    if state is AttemptState.SUBMITTED:
        return StepMark.AFTER_SUBMIT
    if state is not AttemptState.WORKING or deadline_ms is None:
        return StepMark.LATE
    is_late = is_overdue(received_ms, deadline_ms, paused_ms, break_ends_ms=break_ends_ms)
    return StepMark.LATE if is_late else StepMark.ON_TIME


def _clock(now_ms: int, paused_ms: int | None, break_ends_ms: int | None) -> int:
    if paused_ms is None:
        return now_ms
    if break_ends_ms is not None and break_ends_ms <= now_ms:
        return now_ms - (break_ends_ms - paused_ms)  # the break ended by itself; the row may not know it yet
    # A paused clock stands; a server clock that was set back during the pause must not make it run backwards.
    return min(now_ms, paused_ms)


def has_jumped(*, clock_ms: int, steady_ms: int) -> bool:
    """True when between two looks the computer's clock went another way than a clock that nobody can set."""
    return abs(clock_ms - steady_ms) > JUMP_MS


def check_window(opens_at: datetime, closes_at: datetime, *, duration_seconds: int, now: datetime) -> None:
    """Refuse a window that lies in the past, ends before it begins, or is too short for the test."""
    # People write windows to the minute, so the minute that is running still counts as now.
    if opens_at < now.replace(second=0, microsecond=0):
        raise WindowPastError(opens_at=opens_at, now=now)
    if closes_at <= opens_at:
        raise WindowReversedError(opens_at=opens_at, closes_at=closes_at)
    if closes_at - opens_at < timedelta(seconds=duration_seconds):
        raise WindowTooShortError(window_minutes=(closes_at - opens_at) // timedelta(minutes=1))


def may_open(now: datetime, *, opens_at: datetime, closes_at: datetime) -> bool:
    """True when the proctor may open the room: from half an hour before the window until its end."""
    return opens_at - OPENS_EARLY <= now < closes_at


def may_begin(now: datetime, *, closes_at: datetime) -> bool:
    """True while a clock may still be started; the latest start is the end of the window."""
    return now < closes_at
