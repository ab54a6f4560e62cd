"""The worker beside the server lives as long as the server, whatever happens to it."""

import signal
import sys
from collections.abc import Iterator

import pytest

from testing_platform.serving import Companion, before_ending

WAITS = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def companion() -> Iterator[Companion]:
    """A companion that is looked after by hand."""
    companion = Companion(WAITS)
    yield companion
    companion.stop()
    companion.process.wait(timeout=30)


def test_a_worker_that_died_is_started_again(companion: Companion) -> None:
    first = companion.process
    companion.look()
    assert companion.process.pid == first.pid
    first.kill()
    first.wait(timeout=30)
    companion.look()
    assert companion.process.pid != first.pid
    assert companion.process.poll() is None


def test_a_worker_that_was_stopped_stays_away(companion: Companion) -> None:
    stopped = companion.process
    companion.stop()
    stopped.wait(timeout=30)
    companion.look()
    assert companion.process.pid == stopped.pid


def test_the_companion_is_let_go_before_the_server_hears_that_it_shall_end() -> None:
    heard: list[str] = []
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)}
    try:
        signal.signal(signal.SIGTERM, lambda _number, _frame: heard.append("server"))
        before_ending(lambda: heard.append("companion"))
        signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    assert heard == ["companion", "server"]
