"""The server's clock does not follow whoever sets the computer's clock, and processes of one server agree."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from testing_platform.server_clock import SETTLING_NS, VARIABLE, ServerClock, steady_clock_ns

SECOND = 1_000_000_000
START = 1_793_581_200 * SECOND


class Computer:
    """A computer that was switched on an hour ago, with a clock that can be set."""

    def __init__(self, *, up_ns: int = 3600 * SECOND) -> None:
        self.steady, self.wall = up_ns, START

    def wait(self, ns: int, *, set_by: int = 0) -> None:
        self.steady += ns
        self.wall += ns + set_by

    def clock(self, handed_down: str = "", *, boot: str = "b1") -> ServerClock:
        return ServerClock(wall_ns=lambda: self.wall, steady_ns=lambda: self.steady, boot=boot, handed_down=handed_down)


def at(ns: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)


@given(steps=st.lists(st.tuples(st.integers(0, 7200), st.integers(-(10**9), 10**9)), max_size=10))
def test_the_time_is_what_has_passed_since_the_start_whatever_the_clock_is_set_to(steps: list[tuple[int, int]]) -> None:
    computer = Computer()
    clock, passed = computer.clock(), 0
    clock.now()
    for seconds, set_by in steps:
        computer.wait(seconds * SECOND, set_by=set_by * SECOND)
        passed += seconds * SECOND
        assert clock.now() == at(START + passed)


def test_a_process_that_is_started_later_tells_the_same_time() -> None:
    computer, environment = Computer(), dict[str, str]()
    clock = computer.clock()
    clock.now()
    clock.hand_down(environment)
    computer.wait(60 * SECOND, set_by=3600 * SECOND)
    assert computer.clock(environment[VARIABLE]).now() == clock.now() == at(START + 60 * SECOND)


def test_what_another_start_of_the_computer_handed_down_means_nothing() -> None:
    computer = Computer()
    assert computer.clock("b0:5").now() == at(START)
    assert computer.clock("b1:x").now() == at(START)
    assert computer.clock(":5", boot="").now() == at(START)


def test_just_after_the_computer_was_switched_on_the_right_time_may_still_arrive() -> None:
    computer, environment = Computer(up_ns=0), dict[str, str]()
    clock = computer.clock()
    clock.now()
    computer.wait(30 * SECOND, set_by=26 * 365 * 86_400 * SECOND)
    assert clock.now() == at(computer.wall)
    clock.hand_down(environment)
    assert environment == {}
    computer.wait(SETTLING_NS)
    settled = clock.now()
    computer.wait(SECOND, set_by=3600 * SECOND)
    assert clock.now() == settled + timedelta(seconds=1)


def test_the_steady_clock_goes_ahead() -> None:
    before = steady_clock_ns()
    assert steady_clock_ns() >= before > 0
