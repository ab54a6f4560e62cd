"""Whether the mark of a step can be right, from the facts that are on file: the clock, credits, pauses, the receipt.

A mark was judged once, on a server's clock, in a moment that nobody can call back; next to a credit or a pause it
may have gone either way. So only what cannot have been is called wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exam.states import StepMark
from exam.timing import MINUTE_MS

SLACK_MS = 10_000  # between the moment that an act of staff names and the moment in which it held


@dataclass(frozen=True)
class ClockFacts:
    """What is on file about the clock of one attempt."""

    begun_ms: int | None
    deadline_ms: int | None  # as it stands now
    first_deadline_ms: int | None  # without any credit: the own duration, or the end of the sitting
    credits: Sequence[tuple[int, int]]  # when, how many minutes
    stands: Sequence[tuple[int, int | None]]  # from, until: pauses
    break_allowance_ms: int
    closed_ms: int | None
    submitted_seq: int | None  # the last step before the candidate handed in, as the receipt says; none: time ran out
    breaks: Sequence[tuple[int, int | None]] = ()  # from, until


def latest_deadline_ms(clock: ClockFacts) -> int | None:
    """The latest deadline that credits, pauses and breaks on file can have led to.

    In the order of time: what came when the clock had run out already brought no time back.
    """
    if clock.first_deadline_ms is None:
        return None
    latest = clock.first_deadline_ms + clock.break_allowance_ms
    moves = [(at, minutes * MINUTE_MS) for at, minutes in clock.credits]
    moves += [(since, until - since) for since, until in clock.stands if until is not None and until > since]
    stands_since = min((since for since, until in clock.stands if until is None), default=None)
    for at, moved in sorted(moves):
        if at <= latest + SLACK_MS or (stands_since is not None and stands_since <= at):
            latest += moved
    return latest


def is_deadline_possible(clock: ClockFacts) -> bool:
    """False when the deadline is later than everything on file explains."""
    latest = latest_deadline_ms(clock)
    return clock.deadline_ms is None or latest is None or clock.deadline_ms <= latest + SLACK_MS


def are_breaks_possible(clock: ClockFacts) -> bool:
    """False when the breaks on file are longer than was granted."""
    taken = sum(until - since for since, until in clock.breaks if until is not None and until > since)
    return taken <= clock.break_allowance_ms + SLACK_MS


def is_mark_possible(clock: ClockFacts, *, seq: int, received_ms: int, mark: StepMark) -> bool:
    """False when a step cannot have been marked like this."""
    is_after = clock.submitted_seq is not None and seq > clock.submitted_seq
    if is_after or mark is StepMark.AFTER_SUBMIT:
        return is_after and mark is StepMark.AFTER_SUBMIT
    if mark is StepMark.ON_TIME:
        return not _was_surely_over(clock, received_ms)
    return not _was_surely_running(clock, received_ms)


def _was_surely_over(clock: ClockFacts, at_ms: int) -> bool:
    if clock.deadline_ms is None:
        return True
    if any(_stood(since, until, at_ms) for since, until in clock.stands):
        return False
    if any(_stood(since, until or since + clock.break_allowance_ms, at_ms) for since, until in clock.breaks):
        return False
    return at_ms > clock.deadline_ms


def _was_surely_running(clock: ClockFacts, at_ms: int) -> bool:
    if clock.begun_ms is None or clock.first_deadline_ms is None or at_ms < clock.begun_ms:
        return False
    if clock.closed_ms is not None and at_ms >= clock.closed_ms - SLACK_MS:
        return False
    granted = sum(minutes for when, minutes in clock.credits if when < at_ms - SLACK_MS) * MINUTE_MS
    return at_ms <= clock.first_deadline_ms + granted


def _stood(since: int, until: int | None, at_ms: int) -> bool:
    return since - SLACK_MS <= at_ms and (until is None or at_ms <= until + SLACK_MS)
