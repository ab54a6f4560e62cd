"""How full a blueprint is: stages, shades, the end of a campaign."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank.coverage import SHADES, Counts, Progress, Stage, expected_end, shade
from itembank.states import ItemState

TODAY = date(2026, 11, 2)
_counts = st.dictionaries(st.sampled_from(ItemState), st.integers(0, 9)).map(Counts)


def test_each_state_stands_at_one_stage_or_counts_for_nothing() -> None:
    one_each = Counts(dict.fromkeys(ItemState, 1))
    assert {stage: one_each.of(stage) for stage in Stage} == {
        Stage.WRITTEN: 1,
        Stage.IN_REVIEW: 1,
        Stage.APPROVED: 2,  # approved, and in a try-out
        Stage.OPERATIONAL: 1,
    }
    assert (one_each.n_usable, one_each.n_under_way, one_each.n_live) == (3, 2, 6)


@given(cells=st.lists(_counts, max_size=8), target=st.integers(1, 5))
def test_what_is_too_much_in_one_cell_fills_no_other(cells: list[Counts], target: int) -> None:
    progress = Progress.of(cells, target=target)
    assert 0 <= progress.n_reached <= progress.n_target == target * len(cells)
    assert (progress.n_missing == 0) == (progress.n_full == len(cells))
    assert Counts.together(cells).n_usable >= progress.n_reached


@given(number=st.integers(0, 100), target=st.integers(1, 50))
def test_only_empty_is_light_and_only_full_is_dark(number: int, target: int) -> None:
    assert (shade(number, target) == 0) == (number == 0)
    assert (shade(number, target) == SHADES) == (number > target * (SHADES - 1) / SHADES)
    assert shade(number, target) <= shade(number + 1, target)


@pytest.mark.parametrize(
    ("n_missing", "n_lately", "days"), [(0, 0, 0), (10, 10, 28), (5, 10, 14), (1, 28, 1), (7, 0, None)]
)
def test_the_end_follows_the_pace(n_missing: int, n_lately: int, days: int | None) -> None:
    expected = None if days is None else TODAY + timedelta(days=days)
    assert expected_end(n_missing, n_lately=n_lately, today=TODAY) == expected
