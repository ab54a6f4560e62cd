"""The server's clock: the computer's time when the server started, carried on by a clock that nobody can set.

A time server, an administrator or an empty battery may set the computer's clock in the middle of a test. That must
take no minute from anybody and give none, so it is not followed until the server is started again. Only in the first
minutes after the computer was switched on is it followed, because then the right time is often still on its way.
"""

import os
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

VARIABLE = "_TP_SERVER_CLOCK"  # from the server to the worker beside it; no setting, so it has no setting's name
SETTLING_NS = 10 * 60 * 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ServerClock:
    """Tells the time. Processes that were made by one server tell the same."""

    def __init__(
        self,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_ns: Callable[[], int] | None = None,
        boot: str | None = None,
        handed_down: str = "",
    ) -> None:
        self._wall_ns = wall_ns
        self._steady_ns = steady_ns or steady_clock_ns
        self._boot = _boot_id() if boot is None else boot
        self._ahead_ns = self._read(handed_down)  # how far the time is ahead of the steady clock; none: not settled

    def now(self) -> datetime:
        """The time."""
        steady = self._steady_ns()
        if self._ahead_ns is None:
            wall = self._wall_ns()
            if steady < SETTLING_NS:
                return _instant(wall)
            self._ahead_ns = wall - steady
        return _instant(self._ahead_ns + steady)

    def hand_down(self, environment: MutableMapping[str, str]) -> None:
        """Let processes that are started from here tell the same time."""
        if self._ahead_ns is not None and self._boot:
            environment[VARIABLE] = f"{self._boot}:{self._ahead_ns}"

    def _read(self, handed_down: str) -> int | None:
        boot, _, ahead = handed_down.partition(":")
        # What was handed down before the computer was switched on means nothing now.
        return int(ahead) if boot and boot == self._boot and ahead.isdigit() else None


def steady_clock_ns() -> int:
    """A clock that nobody can set; where the system has one, it goes on while the computer sleeps."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""  # another system: each process then looks at the computer's clock once, when it starts


def _instant(ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ns // 1000)


SERVER_CLOCK = ServerClock(handed_down=os.environ.get(VARIABLE, ""))
