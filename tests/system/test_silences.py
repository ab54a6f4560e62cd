"""The worker's watch: a server that was away is told from a computer whose clock was set."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import ContactGap, ServerGap
from testing_platform import silences
from testing_platform.database import Database
from testing_platform.silences import SilenceWatch, steady_clock_ms
from testing_platform.wiring import Platform
from tests.conftest import NOW
from tests.store.small_room import house, working

SECOND = timedelta(seconds=1)


class Computer:
    """A computer whose two clocks the test moves."""

    def __init__(self, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
        self.platform, self.now, self.steady_ms = platform, NOW, 0
        self.watch = SilenceWatch()
        monkeypatch.setattr(silences, "utc_now", lambda: self.now)
        monkeypatch.setattr(silences, "steady_clock_ms", lambda: self.steady_ms)

    def look(self, *, after: float, clock_set_by: float = 0) -> None:
        self.steady_ms += int(after * 1000)
        self.now += timedelta(seconds=after + clock_set_by)
        self.watch(self.platform)

    def restart_worker(self) -> None:
        self.watch = SilenceWatch()

    def gaps(self) -> list[tuple[int, int]]:
        with self.platform.database.reading() as session:
            return [(gap.from_ms, gap.until_ms) for gap in session.scalars(select(ServerGap))]

    def n_silences(self) -> int:
        with self.platform.database.reading() as session:
            return len(session.scalars(select(ContactGap)).all())


@pytest.fixture
def computer(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """A computer with one seat at work in an open room."""
    with sqlite_database.transaction() as session:
        _one_seat(session)
    platform = Platform.__new__(Platform)
    object.__setattr__(platform, "database", sqlite_database)
    return Computer(platform, monkeypatch)


def _one_seat(session: Session) -> None:
    working(session, house(session).opened(1).enrolments[0])


def test_a_worker_that_comes_back_notes_how_long_the_server_was_away(computer: Computer) -> None:
    computer.look(after=0)
    computer.look(after=5)
    computer.restart_worker()
    computer.look(after=300)
    assert len(computer.gaps()) == 1
    assert computer.n_silences() == 1


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_was_set_makes_neither_a_silence_of_the_server_nor_of_the_seats(
    computer: Computer, hours: int
) -> None:
    computer.look(after=0)
    computer.look(after=5, clock_set_by=hours * 3600)
    computer.look(after=5)
    assert computer.gaps() == []
    assert computer.n_silences() == 0


def test_after_a_clock_was_set_the_watch_goes_on(computer: Computer) -> None:
    computer.look(after=0)
    computer.look(after=5, clock_set_by=3600)
    computer.look(after=95)
    assert computer.n_silences() == 1
    assert len(computer.gaps()) == 1  # the worker itself was away for those 95 seconds


def test_the_steady_clock_goes_ahead() -> None:
    before = steady_clock_ms()
    assert steady_clock_ms() >= before > 0
