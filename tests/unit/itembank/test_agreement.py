"""Agreement of two readers: published examples, laws that hold for all marks, and honesty where there is little."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from itembank.agreement import FEW_PAIRS, Share, Table, agreement, measure, mixed_agreement

marks = st.lists(st.tuples(st.sampled_from("yn"), st.sampled_from("yn")), min_size=1, max_size=60)

# Two dermatologists judge 88 patients: the introductory example of PROC FREQ in the SAS/STAT user's guide, which prints
# kappa 0.3449 with the 95 % limits 0.2030 and 0.4868.
SKIN = ((10, 4, 1, 0), (5, 10, 12, 2), (2, 4, 12, 5), (0, 2, 6, 13))


def test_the_published_example_with_its_limits() -> None:
    found = measure(Table[int](tuple(tuple(map(float, row)) for row in SKIN)))
    assert (found.n, found.n_agreed) == (88, 45)
    assert found.kappa == pytest.approx(0.3449, abs=5e-5)
    assert found.interval == pytest.approx((0.2030, 0.4868), abs=5e-5)


def test_an_example_by_hand() -> None:
    """Fifty things: 20 yes and 15 no together, 5 and 10 apart; 0.7 observed, 0.5 by chance, so kappa is 0.4."""
    found = agreement([("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15)
    assert found.kappa == pytest.approx(0.4)
    assert found.plain.value == pytest.approx(0.7)


def test_everybody_always_says_yes() -> None:
    """Full agreement, and no kappa: with nothing but yes, chance explains it all."""
    found = agreement([("y", "y")] * 40)
    assert (found.kappa, found.interval, found.plain.value) == (None, None, 1.0)
    assert found.plain.interval[0] < 0.95, "forty pairs do not prove that they will always agree"


def test_nothing_was_said_yet() -> None:
    found = mixed_agreement([])
    assert (found.n, found.kappa, found.plain.value, found.is_few) == (0, None, None, True)


def test_few_pairs_are_called_few() -> None:
    pairs = [("y", "y"), ("n", "n")] * (FEW_PAIRS // 2)
    assert agreement(pairs[:-1]).is_few
    assert not agreement(pairs).is_few
    assert agreement(pairs).interval is None, "readers who never differed give no standard error"


def test_a_rare_no_that_is_not_shared_brings_kappa_below_nothing() -> None:
    found = agreement([("y", "y")] * 98 + [("y", "n"), ("n", "y")])
    assert found.plain.value == 0.98
    assert found.kappa is not None
    assert found.kappa < 0


@given(marks)
def test_kappa_stays_in_its_bounds(pairs: list[tuple[str, str]]) -> None:
    found = agreement(pairs)
    assert found.kappa is None or -1 - 1e-12 <= found.kappa <= 1 + 1e-12
    low, high = found.plain.interval
    assert 0 <= low <= (found.plain.value or 0) <= high <= 1


@given(marks)
def test_kappa_is_one_exactly_when_nobody_differs(pairs: list[tuple[str, str]]) -> None:
    found = agreement(pairs)
    assume(found.kappa is not None)
    assert (found.kappa == 1) == all(first == second for first, second in pairs)


@given(marks)
def test_who_is_called_first_changes_nothing(pairs: list[tuple[str, str]]) -> None:
    turned = [(second, first) for first, second in pairs]
    assert same(agreement(pairs).kappa, agreement(turned).kappa)
    assert same(agreement(pairs).standard_error, agreement(turned).standard_error)


@given(marks, st.data())
def test_for_changing_readers_no_order_matters(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    flips = data.draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    mixed = [(b, a) if flip else (a, b) for (a, b), flip in zip(pairs, flips, strict=True)]
    assert same(mixed_agreement(pairs).kappa, mixed_agreement(mixed).kappa)
    assert same(mixed_agreement(pairs).standard_error, mixed_agreement(mixed).standard_error)


@given(marks)
def test_the_same_again_makes_surer_and_nothing_else(pairs: list[tuple[str, str]]) -> None:
    once, twice = agreement(pairs), agreement(pairs * 2)
    assert same(once.kappa, twice.kappa)
    assert same(once.standard_error, None if twice.standard_error is None else twice.standard_error * math.sqrt(2))


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_share_lies_in_its_interval(count: int, rest: int) -> None:
    share = Share(count, count + rest)
    low, high = share.interval
    assert 0 <= low <= (share.value if share.value is not None else 0.5) <= high <= 1


def same(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else math.isclose(one, other, abs_tol=1e-9)
