"""The clock: laws that hold for every history, and the windows of sittings."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam import timing
from exam.errors import WindowPastError, WindowReversedError, WindowTooShortError
from exam.states import AttemptState, StepMark
from tests.conftest import NOW

moments = st.integers(1_700_000_000_000, 1_900_000_000_000)
minutes = st.integers(0, 600)
durations = st.integers(60, 6 * 3600)


@given(begun=moments, duration=durations, extra=minutes, credited=minutes, late_start=st.integers(0, 10**8))
def test_nobody_gets_less_than_the_credits_or_more_than_duration_extra_and_credits(
    begun: int, duration: int, extra: int, credited: int, late_start: int
) -> None:
    hard_end = begun + late_start
    end = timing.deadline_ms(
        begun, duration_seconds=duration, hard_end_ms=hard_end, extra_minutes=extra, credited_minutes=credited
    )
    assert begun + credited * 60_000 <= end <= begun + duration * 1000 + (extra + credited) * 60_000
    assert end <= hard_end + credited * 60_000


@given(begun=moments, duration=durations, window=st.integers(0, 10**8), credited=minutes, more=minutes)
def test_a_credit_moves_the_deadline_by_exactly_itself(
    begun: int, duration: int, window: int, credited: int, more: int
) -> None:
    def end(minutes: int) -> int:
        return timing.deadline_ms(
            begun, duration_seconds=duration, hard_end_ms=begun + window, credited_minutes=minutes
        )

    assert end(credited + more) - end(credited) == more * 60_000


def test_an_hour_begun_at_eight_ends_at_nine() -> None:
    begun = timing.epoch_ms(NOW)
    end = timing.deadline_ms(begun, duration_seconds=3600, hard_end_ms=begun + 10**8)
    assert timing.instant(end) == NOW + timedelta(hours=1)
    assert timing.remaining_seconds(begun, end) == 3600
    assert timing.remaining_seconds(end - 1, end) == 0
    assert timing.remaining_seconds(end + 10**9, end) == 0


@given(
    begun=moments, left=st.integers(0, 10**7), pauses=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**7)))
)
def test_pauses_cost_the_candidate_nothing(begun: int, left: int, pauses: list[tuple[int, int]]) -> None:
    now, deadline = begun, begun + left
    worked = 0
    for work, pause in pauses:
        now += work
        worked += work
        before = timing.remaining_seconds(now, deadline)
        assert timing.remaining_seconds(now + pause, deadline, paused_ms=now) == before
        deadline = timing.resumed_deadline_ms(now + pause, deadline_ms=deadline, paused_ms=now)
        now += pause
        assert timing.remaining_seconds(now, deadline) == before
    assert deadline - now == left - worked


@given(paused=moments, back=st.integers(0, 10**9), left=st.integers(0, 10**7))
def test_a_clock_set_back_during_a_pause_harms_nobody(paused: int, back: int, left: int) -> None:
    assert timing.resumed_deadline_ms(paused - back, deadline_ms=paused + left, paused_ms=paused) == paused + left


@given(deadline=moments, after=st.integers(-2000, 2000))
def test_while_working_only_the_deadline_decides(deadline: int, after: int) -> None:
    mark = timing.mark(deadline + after, deadline, AttemptState.WORKING)
    assert mark is (StepMark.ON_TIME if after <= 0 else StepMark.LATE)


@given(received=moments, deadline=moments)
def test_after_the_end_no_step_is_on_time(received: int, deadline: int) -> None:
    assert timing.mark(received, deadline, AttemptState.SUBMITTED) is StepMark.AFTER_SUBMIT
    assert timing.mark(received, deadline, AttemptState.EXPIRED) is StepMark.LATE


def test_a_step_that_arrives_in_a_pause_is_judged_by_the_standing_clock() -> None:
    assert timing.mark(900, 500, AttemptState.WORKING, paused_ms=400) is StepMark.ON_TIME
    assert timing.mark(900, 500, AttemptState.WORKING, paused_ms=600) is StepMark.LATE


@given(at=st.datetimes(timezones=st.just(UTC)))
def test_milliseconds_and_instants_agree(at: datetime) -> None:
    assert timedelta(0) <= at - timing.instant(timing.epoch_ms(at)) < timedelta(milliseconds=1)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("opens", "closes", "error"),
    [
        (NOW - timedelta(minutes=1), NOW + 5 * HOUR, WindowPastError),
        (NOW - 3 * HOUR, NOW - HOUR, WindowPastError),
        (NOW + 2 * HOUR, NOW + HOUR, WindowReversedError),
        (NOW + HOUR, NOW + HOUR, WindowReversedError),
        (NOW + HOUR, NOW + 2 * HOUR - timedelta(seconds=1), WindowTooShortError),
    ],
)
def test_an_impossible_window_is_refused(opens: datetime, closes: datetime, error: type[Exception]) -> None:
    with pytest.raises(error):
        timing.check_window(opens, closes, duration_seconds=3600, now=NOW)


def test_a_window_that_opens_in_this_minute_is_not_in_the_past() -> None:
    now = NOW + timedelta(seconds=59)
    timing.check_window(NOW, NOW + HOUR, duration_seconds=3600, now=now)


@pytest.mark.parametrize(
    ("minutes", "may"), [(-31, False), (-30, True), (0, True), (119, True), (120, False), (500, False)]
)
def test_the_room_opens_from_half_an_hour_before_until_the_end(minutes: int, may: bool) -> None:
    assert timing.may_open(NOW + timedelta(minutes=minutes), opens_at=NOW, closes_at=NOW + 2 * HOUR) is may


def test_the_latest_start_is_the_end_of_the_window() -> None:
    assert timing.may_begin(NOW - timedelta(seconds=1), closes_at=NOW)
    assert not timing.may_begin(NOW, closes_at=NOW)
