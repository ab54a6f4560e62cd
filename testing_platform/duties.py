"""What a worker does again and again: a table of duties, each in a thread of its own.

A thread each, because a long job or a second server that does not answer must never keep the sweep, the pulse or
the heads waiting. Several workers may run at once, so a duty must bear being done twice at the same moment.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from exam.operations.proctoring import sweep_overdue
from testing_platform.anchoring import HeadKeeper, send_heads
from testing_platform.silences import EVERY_SECONDS, SilenceWatch
from testing_platform.wiring import Platform, utc_now

log = structlog.get_logger()


@dataclass(frozen=True)
class Duty:
    """Something to do every so many seconds; it opens its own transactions."""

    name: str
    every_seconds: float
    act: Callable[[Platform], None]


class Duties:
    """The duties of one worker, from `start` to `stop`."""

    def __init__(self, platform: Platform, duties: Sequence[Duty]) -> None:
        self._platform = platform
        self._duties = duties
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin; each duty is done at once, and then again after its seconds."""
        for duty in self._duties:
            thread = threading.Thread(target=self._repeat, args=(duty,), name=duty.name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, *, patience_seconds: float = 5.0) -> None:
        """End, after what is being done now; a duty that hangs is left behind."""
        self._stopping.set()
        until = time.monotonic() + patience_seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _repeat(self, duty: Duty) -> None:
        while not self._stopping.is_set():
            perform(duty, self._platform)
            self._stopping.wait(duty.every_seconds)


def perform(duty: Duty, platform: Platform) -> bool:
    """Do a duty once; False when it failed, which is written down and hinders nothing else."""
    try:
        duty.act(platform)
    except Exception:
        # A duty must outlive a database or a second server that is away.
        log.exception("duty_failed", duty=duty.name)
        return False
    return True


def _sweep(platform: Platform) -> None:
    with platform.database.transaction() as session:
        sweep_overdue(session, now=utc_now())


DUTIES: tuple[Duty, ...] = (
    Duty("close_overdue", 1.0, _sweep),
    Duty("make_heads", 60.0, HeadKeeper()),
    Duty("watch_silences", EVERY_SECONDS, SilenceWatch()),
    Duty("send_heads", 20.0, send_heads),
)
