"""Clocks that stand, as pure rules: a pause by the proctor, a break by the candidate, and how much rest is left.

A break is a pause that the candidate takes and that ends by itself. Nothing depends on somebody ending it in time:
`exam.timing` reads the clock of a break that is over as if it had been ended on the millisecond.
"""

from dataclasses import dataclass
from enum import StrEnum

from exam.states import AttemptState
from exam.timing import MINUTE_MS


@dataclass(frozen=True)
class Rest:
    """What an attempt says about its breaks: the allowance in minutes, what was used, and a break that runs."""

    allowed_minutes: int
    used_ms: int
    began_ms: int | None = None
    ends_ms: int | None = None  # none: no break runs

    @property
    def left_at_start_ms(self) -> int:
        """What was left when the running break began, or is left now when none runs."""
        return max(0, self.allowed_minutes * MINUTE_MS - self.used_ms)

    def taken_ms(self, now_ms: int) -> int:
        """How long the running break has lasted; never longer than it may, and a clock set back takes nothing."""
        if self.began_ms is None or self.ends_ms is None:
            return 0
        return max(0, min(now_ms, self.ends_ms) - self.began_ms)

    def left_ms(self, now_ms: int) -> int:
        """What is left now."""
        return max(0, self.left_at_start_ms - self.taken_ms(now_ms))

    def is_running(self, now_ms: int) -> bool:
        """True while the candidate rests."""
        return self.ends_ms is not None and now_ms < self.ends_ms


class Pause(StrEnum):
    """Why a clock stands."""

    PAUSED = "paused"  # the proctor stopped it
    ON_BREAK = "on_break"  # the candidate rests


def pause_of(state: AttemptState, *, paused_ms: int | None, break_ends_ms: int | None, now_ms: int) -> Pause | None:
    """Why the clock of an attempt stands; None while it runs, or when it matters no more."""
    if state is not AttemptState.WORKING or paused_ms is None:
        return None
    if break_ends_ms is None:
        return Pause.PAUSED
    return Pause.ON_BREAK if now_ms < break_ends_ms else None
