"""Comparison of groups by its definition, over planted unfairness, and by its laws; beside R in tests/reference."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.dif import compare_groups
from analysis.responses import NOT_PRESENTED, ResponseMatrix
from tests.unit.analysis.simulated import Floats, chances

UNFAIR = (1, 4, 7, 10)


def answered(seed: int, *, n: int = 3000, k: int = 15, shift: float = 1.3, lower: float = 0.4) -> ResponseMatrix:
    """Two groups of unequal ability; some items are harder for the second at equal ability."""
    rng = np.random.default_rng(seed)
    focal = np.arange(n) % 2 == 1
    d: Floats = np.linspace(-1.5, 1.5, k)
    p = chances(rng.normal(size=n) - lower * focal, a=np.ones(k), d=d)
    harder = chances(np.log(p[:, UNFAIR] / (1 - p[:, UNFAIR])).ravel() - shift, a=np.ones(1), d=np.zeros(1))
    p[np.ix_(focal, UNFAIR)] = harder.reshape(n, len(UNFAIR))[focal]
    wrong = (rng.random((n, k)) > p).astype(np.int8)
    return ResponseMatrix.from_arrays(wrong, key=[0] * k, groups={"group": np.where(focal, "B", "A")})


@cache
def flagged_of(seed: int, how: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Unfair and fair items that are called unfair."""
    (found,) = compare_groups(answered(seed), "group", reference="A", purify=how == "purified")
    flagged = np.array([item.ets_class in ("B", "C") for item in found.items])
    unfair = np.isin(np.arange(len(flagged)), UNFAIR)
    return flagged[unfair], flagged[~unfair]


def test_purified_fair_items_are_let_alone_and_unfair_ones_found() -> None:
    plain, purified = ([flagged_of(seed, how) for seed in range(12)] for how in ("plain", "purified"))
    wrongly = [np.mean([fair.mean() for _, fair in runs]) for runs in (plain, purified)]
    assert wrongly[1] < 0.03 < wrongly[0]
    assert all(unfair.all() for unfair, _ in purified)


def test_by_the_definition() -> None:
    """Ratio of sum right-reference x wrong-focal / n to sum wrong-reference x right-focal / n, over scores."""
    matrix = answered(3, n=400)
    (found,) = compare_groups(matrix, "group", reference="A")
    right, score = matrix.scored == 1, (matrix.scored == 1).sum(axis=1)
    focal = matrix.groups["group"] == "B"
    for j, item in enumerate(found.items):
        above = below = 0.0
        for level in np.unique(score):
            a, b, c, d = (
                np.sum((score == level) & (focal == who) & (right[:, j] == what))
                for who, what in ((False, True), (False, False), (True, True), (True, False))
            )
            above, below = above + a * d / (a + b + c + d), below + b * c / (a + b + c + d)
        assert item.common_odds_ratio == pytest.approx(above / below, rel=1e-12)


def test_people_without_a_group_are_left_out_and_counted() -> None:
    matrix = answered(2, n=600)
    groups = matrix.groups["group"].copy()
    groups[::5] = ""
    some = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, groups={"group": groups})
    (found,) = compare_groups(some, "group", reference="A")
    (wanted,) = compare_groups(some.select_persons(np.flatnonzero(groups != "")), "group", reference="A")
    assert (found.n_without_group, wanted.n_without_group) == (120, 0)
    assert found.items == wanted.items


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_what_may_not_matter_does_not(seed: int) -> None:
    matrix = answered(seed, n=400)
    (found,) = compare_groups(matrix, "group", reference="A", purify=True)
    order = np.random.default_rng(seed).permutation(matrix.n_persons)
    (mixed,) = compare_groups(matrix.select_persons(order), "group", reference="A", purify=True)
    assert mixed.set_aside == found.set_aside
    (mirrored,) = compare_groups(matrix, "group", reference="B", purify=True)
    for one, same, other in zip(found.items, mixed.items, mirrored.items, strict=True):
        assert same.delta == pytest.approx(one.delta, abs=1e-9)
        assert other.delta == pytest.approx(-one.delta, abs=1e-9)


def test_items_all_unfair_leave_everything_counting() -> None:
    """Nothing would be left to find equals by."""
    rng = np.random.default_rng(1)
    focal = np.arange(2000) % 2 == 1
    easy_for_focal = np.array([True, False, True, False])
    right = rng.random((2000, 4)) < np.where(focal[:, None] == easy_for_focal, 0.85, 0.3)
    groups = {"group": np.where(focal, "B", "A")}
    matrix = ResponseMatrix.from_arrays(1 - right.astype(np.int8), key=[0] * 4, groups=groups)
    (found,) = compare_groups(matrix, "group", purify=True)
    assert found.set_aside == ()
    assert not found.has_settled


def test_forms_are_compared_each_by_itself_when_purified() -> None:
    matrix = answered(5, n=2000)
    options = matrix.options.copy()
    options[:1000, 12:] = NOT_PRESENTED
    options[1000:, :3] = NOT_PRESENTED
    forms = ResponseMatrix.from_arrays(options, key=matrix.key, groups=matrix.groups)
    (found,) = compare_groups(forms, "group", reference="A", purify=True)
    assert {matrix.item_names[j] for j in (4, 7, 10)} <= set(found.set_aside)
    assert all(math.isfinite(item.delta) for item in found.items)


def test_the_unfairest_item_there_can_be_is_not_called_undefined() -> None:
    """All of one group right and all of the other wrong: no finite ratio, and the clearest finding of all."""
    matrix = answered(3, n=400)
    options = matrix.options.copy()
    options[:, 0] = matrix.groups["group"] == "B"
    extreme = ResponseMatrix.from_arrays(options, key=matrix.key, groups=matrix.groups)
    for reference, sign in (("A", -1), ("B", 1)):
        (found,) = compare_groups(extreme, "group", reference=reference, purify=True)
        worst = found.items[0]
        assert (worst.delta, worst.ets_class) == (sign * math.inf, "C")
        assert worst.common_odds_ratio == (math.inf if sign < 0 else 0.0)
        assert worst.p < 1e-20
        assert math.isnan(worst.delta_se)
        assert "q01" in found.set_aside


def test_an_infinite_ratio_of_a_handful_proves_nothing() -> None:
    right = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 1, 0]])
    matrix = ResponseMatrix.from_arrays(1 - right, key=[0] * 3, groups={"group": ["A", "A", "B", "B"]})
    (found,) = compare_groups(matrix, "group")
    assert {item.ets_class for item in found.items if math.isinf(item.delta)} == {"A"}
