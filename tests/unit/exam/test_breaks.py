"""Breaks: laws of the allowance and of the clock, for every history."""

from hypothesis import given
from hypothesis import strategies as st

from exam import timing
from exam.breaks import Pause, Rest, pause_of
from exam.states import AttemptState

moments = st.integers(1_700_000_000_000, 1_900_000_000_000)
allowances = st.integers(0, 120)
spans = st.integers(0, 10**7)


@given(allowed=allowances, now=moments, steps=st.lists(st.tuples(spans, spans), max_size=8))
def test_breaks_never_add_up_to_more_than_was_granted(allowed: int, now: int, steps: list[tuple[int, int]]) -> None:
    used = 0
    for work, asked in steps:
        now += work
        left = Rest(allowed, used).left_ms(now)
        running = Rest(allowed, used, began_ms=now, ends_ms=now + left)
        taken = running.taken_ms(now + asked)
        assert taken == min(asked, left)
        assert running.left_ms(now + asked) == left - taken
        used, now = used + taken, now + asked
    assert used <= allowed * timing.MINUTE_MS


@given(began=moments, back=spans)
def test_a_clock_set_back_during_a_break_takes_nothing(began: int, back: int) -> None:
    assert Rest(10, 0, began_ms=began, ends_ms=began + 600_000).taken_ms(began - back) == 0


@given(began=moments, length=spans, left=spans, passed=st.integers(0, 10**8))
def test_a_break_that_nobody_ended_counts_as_if_it_had_been_ended_in_time(
    began: int, length: int, left: int, passed: int
) -> None:
    now, deadline, ends = began + passed, began + left, began + length
    seen = timing.remaining_seconds(now, deadline, began, break_ends_ms=ends)
    assert seen == timing.remaining_seconds(max(now, ends), deadline + length)
    assert timing.is_overdue(now, deadline, began, break_ends_ms=ends) == (passed > left + length)


@given(state=st.sampled_from(AttemptState), paused=st.none() | moments, ends=st.none() | moments, now=moments)
def test_a_clock_stands_for_one_reason_or_none(
    state: AttemptState, paused: int | None, ends: int | None, now: int
) -> None:
    found = pause_of(state, paused_ms=paused, break_ends_ms=ends, now_ms=now)
    if state is not AttemptState.WORKING or paused is None:
        assert found is None
    elif ends is None:
        assert found is Pause.PAUSED
    else:
        assert found is (Pause.ON_BREAK if now < ends else None)
