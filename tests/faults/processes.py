"""Processes that tests kill: trees of them, because servers are families."""

import os
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any


def descendants(pid: int) -> list[int]:
    """A process and all that it started, the oldest first, whichever group or session they moved to."""
    children = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it ended while we looked
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                children[int(fields[1])].append(int(entry.name))
    found = [pid]
    for each in found:
        found += sorted(children[each])
    return found


def send(pids: Sequence[int], number: signal.Signals) -> None:
    """Signal processes of our own; one that has just ended needs none."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_until(holds: Callable[[], bool], *, limit_seconds: float = 120.0, what: str = "it") -> None:
    """Look until something holds."""
    end = time.monotonic() + limit_seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come about in {limit_seconds} s")
        time.sleep(0.01)


class Family:
    """A server with everything that it starts."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._members: list[int] = []

    def launch(self, words: Sequence[object], *, environment: Mapping[str, str], **options: Any) -> None:
        """Start it in a session of its own."""
        self._process = subprocess.Popen(
            [str(word) for word in words],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            **options,
        )

    @property
    def pid(self) -> int:
        """The eldest."""
        assert self._process is not None, "it was not started"
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the eldest lives."""
        return self._process is not None and self._process.poll() is None

    def members(self) -> list[int]:
        """All of it, the eldest first."""
        return descendants(self.pid)

    def kill(self) -> None:
        """Kill all of it at once, and see that it is gone."""
        if self._process is None:
            return
        members = self.members() if self.is_alive else [self._process.pid, *self._members]
        # Stopped first: nobody may take over, clean up or start anew while the others die.
        send(members, signal.SIGSTOP)
        members = list(dict.fromkeys([*members, *(each for pid in members for each in descendants(pid))]))
        send(members, signal.SIGKILL)
        self._process.wait(timeout=30)
        wait_until(lambda: not any(_runs(pid) for pid in members), what="the end of the killed")
        self._process = None

    def kill_eldest(self) -> None:
        """Kill only the eldest, and leave what it started to find out; then see that they are gone too."""
        members = self.members()
        send(members[:1], signal.SIGKILL)
        assert self._process is not None
        self._process.wait(timeout=30)
        wait_until(lambda: not any(_runs(pid) for pid in members), what="the end of those whose parent was killed")
        self._process = None

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None and self.is_alive:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=20)
        if self._process is not None and self.is_alive:
            self.kill()
        self._process = None


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}
