"""Shows what the demo is doing: a line for each stage, with percent where the work can be counted."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stage:
    """One line of progress, rewritten in place on a terminal."""

    def __init__(self, number: int, text: str) -> None:
        self._head = f"[{number:2}] {text}"
        self._shown = -10
        self._started = time.monotonic()
        self._write(" ...")

    def percent(self, done: int) -> None:
        """Show how much is done; elsewhere than on a terminal only every tenth."""
        step = 1 if sys.stdout.isatty() else 25
        if done - self._shown >= step:
            self._shown = done
            self._write(f" ... {done} %")

    def done(self) -> None:
        """Close the line."""
        self._write(f" - done in {time.monotonic() - self._started:.1f} s", end="\n")

    def _write(self, tail: str, *, end: str = "") -> None:
        if sys.stdout.isatty():
            print(f"\r\033[K{self._head}{tail}", end=end, flush=True)
        elif end or self._shown >= 0:
            print(f"{self._head}{tail}", flush=True)


class Progress:
    """Numbers the stages."""

    def __init__(self) -> None:
        self._number = 0

    @contextmanager
    def stage(self, text: str) -> Iterator[Stage]:
        """One stage of the story."""
        self._number += 1
        stage = Stage(self._number, text)
        yield stage
        stage.done()
