"""Foresight: what checks said against what data said, counted by criterion, with effects that admit small numbers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from itembank.agreement import Share
from itembank.checklist import current_checklist, parse_checklist
from itembank.foresight import (
    FEW_ITEMS,
    Tried,
    in_checklist,
    mean_difference,
    of_linter,
    of_reviewers,
    share_difference,
    t_quantile,
)

PLAIN = Tried(
    item="A",
    version="-",
    was_read=True,
    doubted=frozenset(),
    pointed=frozenset(),
    faulty=frozenset(),
    p=0.5,
    discrimination=0.4,
    has_failed_distractor=False,
)
M2 = frozenset({"M2"})
TRIED = [
    replace(PLAIN, item="foreseen", doubted=M2, pointed=M2, faulty=M2, discrimination=0.1, has_failed_distractor=True),
    replace(PLAIN, item="missed", faulty=M2, has_failed_distractor=True),
    replace(PLAIN, item="alarm", doubted=M2),
    replace(PLAIN, item="quiet"),
    replace(PLAIN, item="unread", was_read=False, pointed=M2, faulty=M2),
]


def names(found: tuple[Tried, ...]) -> list[str]:
    return [each.item for each in found]


def test_reviewers_are_held_to_what_they_read() -> None:
    (found,) = of_reviewers(TRIED, ["M2"])
    assert (names(found.foresaw), names(found.missed), names(found.false_alarms)) == (
        ["foreseen"],
        ["missed"],
        ["alarm"],
    )
    assert (found.n_quiet, found.seen.value, found.right.value) == (1, 0.5, 0.5)
    assert found.is_few


def test_the_linter_is_held_to_all_items() -> None:
    (found,) = of_linter(TRIED, ["M2"])
    assert (names(found.foresaw), names(found.missed), found.n_quiet) == (["foreseen", "unread"], ["missed"], 2)


def test_the_effect_of_a_doubt_is_a_difference_without_an_interval_while_there_is_little() -> None:
    (found,) = of_reviewers(TRIED, ["M2"])
    assert found.discrimination is not None
    assert found.discrimination.value == pytest.approx(0.25 - 0.4)
    assert found.discrimination.interval is None
    (never,) = of_reviewers(TRIED, ["K1"])
    assert (never.discrimination, never.n_doubted) == (None, 0)


def test_criteria_of_another_checklist_take_what_they_stand_for() -> None:
    words = 'group = "material"\ntitle_id = "a"\ntitle_en = "b"\nhelp_id = "c"\nhelp_en = "d"\n'
    other = parse_checklist(f'code = "x"\nedition = 1\n[[criterion]]\ncode = "A1"\n{words}covers = ["M2", "M3"]\n')
    assert in_checklist(["M3", "K1"], other) == {"A1"}
    assert in_checklist(["M3"], current_checklist()) == {"M3"}


groups = st.lists(st.integers(0, 100).map(lambda percent: percent / 100), min_size=FEW_ITEMS, max_size=40)


@given(groups, groups)
def test_the_interval_of_two_means_is_welchs(first: list[float], second: list[float]) -> None:
    found = mean_difference(first, second)
    assert found is not None
    assert found.interval is not None
    if found.interval[0] == found.interval[1]:
        return  # nothing varies, and scipy would divide by nothing
    low, high = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert found.interval == pytest.approx((low, high), rel=0.01, abs=0.005)


@given(st.floats(3, 1000))
def test_the_quantile_of_student(freedom: float) -> None:
    assert t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.005)


def test_the_difference_of_two_shares_as_newcombe_published_it() -> None:
    """56 of 70 against 48 of 80: difference 0.2, method 10 gives 0.0524 to 0.3339 (Newcombe 1998, table II)."""
    found = share_difference(Share(56, 70), Share(48, 80))
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert found.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_difference_of_shares_lies_in_its_interval(a: int, b: int, c: int, d: int) -> None:
    found = share_difference(Share(a, a + b), Share(c, c + d))
    if found is None or found.interval is None:
        assert min(a + b, c + d) < FEW_ITEMS
        return
    low, high = found.interval
    assert -1 - 1e-12 <= low <= found.value <= high <= 1 + 1e-12
