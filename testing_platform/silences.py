"""The worker's watch over silences: of the server, and of seats. What it notes is the evidence of an outage."""

from dataclasses import dataclass, field

import structlog

from exam.operations.outages import note_pulse, set_pulse, watch_seats
from exam.timing import epoch_ms, has_jumped
from testing_platform.server_clock import steady_clock_ns
from testing_platform.wiring import Platform, utc_now

EVERY_SECONDS = 5.0
_DISTRUST_MS = 90_000  # until every seat was heard by the clock as it is now

log = structlog.get_logger()


@dataclass
class SilenceWatch:
    """Looks every few seconds. A computer whose clock was set is told from a server that was away."""

    _last: tuple[int, int] | None = None  # the computer's clock and the steady one at the last look
    _distrust_until_ms: int = field(default=0)  # by the steady clock

    def __call__(self, platform: Platform) -> None:
        """Note what this look finds."""
        now, steady_ms = utc_now(), steady_clock_ms()
        jumped = self._last is not None and has_jumped(
            clock_ms=epoch_ms(now) - self._last[0], steady_ms=steady_ms - self._last[1]
        )
        self._last = (epoch_ms(now), steady_ms)
        if jumped:
            self._distrust_until_ms = steady_ms + _DISTRUST_MS
            log.warning("clock_was_set")
        with platform.database.transaction() as session:
            if jumped:
                set_pulse(session, now=now)
            elif found := note_pulse(session, now=now):
                log.warning("server_was_away", seconds=sum(gap.until_ms - gap.from_ms for gap in found) // 1000)
            if steady_ms >= self._distrust_until_ms:
                watch_seats(session, now=now)


def steady_clock_ms() -> int:
    """The clock that nobody can set, in milliseconds."""
    return steady_clock_ns() // 1_000_000
