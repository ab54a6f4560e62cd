"""Decision consistency and accuracy: simulations of the same form, and laws. Printed examples: tests/reference."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.consistency import (
    DecisionQuality,
    abilities_at_score,
    effective_length,
    lee_binomial,
    lee_irt,
    livingston_lewis,
    rudner,
)
from analysis.decision import keats_error, lord_error
from analysis.errors import NotEstimable
from analysis.irt import Calibration, calibrate
from analysis.irt.scoring import Abilities, wle
from analysis.responses import ResponseMatrix
from tests.unit.analysis.simulated import Floats, answers_to, chances, usual_items

N = 200_000


def kr21(histogram: tuple[int, ...]) -> float:
    counts, k = np.array(histogram, dtype=float), len(histogram) - 1
    mean = counts @ np.arange(k + 1) / counts.sum()
    variance = counts @ (np.arange(k + 1) - mean) ** 2 / counts.sum()
    return float(k / (k - 1) * (1 - mean * (k - mean) / (k * variance)))


Passes = NDArray[np.bool_]


def compare(found: DecisionQuality, first: Passes, again: Passes, *, truly: Passes, tolerance: float) -> None:
    """The figures told against those counted over simulated people."""
    assert found.consistency == pytest.approx((first == again).mean(), abs=tolerance)
    assert found.accuracy == pytest.approx((first == truly).mean(), abs=tolerance)
    assert found.false_pass == pytest.approx((first & ~truly).mean(), abs=tolerance)
    assert found.false_fail == pytest.approx((~first & truly).mean(), abs=tolerance)
    assert found.passing == pytest.approx(first.mean(), abs=tolerance)
    table = np.array(
        [[(first & again).mean(), (first & ~again).mean()], [(~first & again).mean(), (~first & ~again).mean()]]
    )
    by_chance = float(table.sum(axis=0) @ table.sum(axis=1))
    assert found.kappa == pytest.approx((np.trace(table) - by_chance) / (1 - by_chance), abs=3 * tolerance)


@pytest.mark.parametrize("parameters", [2, 3, 4])
def test_livingston_and_lewis_foretell_a_second_administration(parameters: int) -> None:
    rng = np.random.default_rng(1)
    low, high = {2: (0.0, 1.0), 3: (0.3, 1.0), 4: (0.3, 0.95)}[parameters]
    truth = low + (high - low) * rng.beta(4.0, 3.0, N)
    first, again = (rng.binomial(40, truth) for _ in range(2))
    histogram = tuple(np.bincount(first, minlength=41).tolist())
    found = livingston_lewis(histogram, passing=30, reliability=kr21(histogram), parameters=parameters)
    assert found.effective_length == pytest.approx(40)
    assert found.true_scores is not None
    assert found.true_scores.method == {2: "two_parameter", 3: "three_parameter", 4: "four_parameter"}[parameters]
    compare(found, first >= 30, again >= 30, truly=truth >= 0.75, tolerance=0.005)


@pytest.mark.parametrize("parameters", [3, 4])
def test_impossible_parameters_are_told(parameters: int) -> None:
    rng = np.random.default_rng(4)
    histogram = tuple(np.bincount(rng.binomial(5, rng.beta(5, 1.2, 1000)), minlength=6).tolist())
    if parameters == 3:  # the lowest end would lie below 0
        histogram = tuple(np.bincount(rng.binomial(40, rng.beta(2, 9, 5000) * 0.9), minlength=41).tolist())
    found = livingston_lewis(histogram, passing=4, reliability=kr21(histogram), parameters=parameters)
    assert found.true_scores is not None
    assert found.true_scores.method == "two_parameter"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=10, max_size=40))
def test_the_effective_length_is_the_length_when_reliability_is_kr21(counts: list[int]) -> None:
    histogram = tuple(counts)
    if sum(counts) < 2 or np.count_nonzero(counts) < 2 or not 0.01 < kr21(histogram) < 0.99:
        return
    assert effective_length(histogram, kr21(histogram)) == pytest.approx(len(counts) - 1, rel=1e-6)


def test_a_form_of_unequal_items_is_longer_than_it_looks() -> None:
    rng = np.random.default_rng(2)
    theta = rng.normal(size=20_000)
    matrix = answers_to(chances(theta, a=np.ones(30), d=np.linspace(-3, 3, 30)), rng)
    right = matrix.scored == 1
    histogram = tuple(np.bincount(right.sum(axis=1), minlength=31).tolist())
    alpha = 30 / 29 * (1 - right.var(axis=0).sum() / right.sum(axis=1).var())
    assert effective_length(histogram, alpha) > 33


@cache
def irt_case() -> tuple[Calibration, Floats, ResponseMatrix, ResponseMatrix]:
    rng = np.random.default_rng(3)
    a, d = usual_items(40, rng)
    theta = rng.normal(size=20_000)
    p = chances(theta, a=a, d=d)
    first, again = (answers_to(p, rng) for _ in range(2))
    return calibrate(first), theta, first, again


def test_lee_foretells_a_second_administration_of_the_same_items() -> None:
    calibration, theta, first, again = irt_case()
    found = lee_irt(calibration, passing=30)
    one, other = ((m.scored == 1).sum(axis=1) >= 30 for m in (first, again))
    assert found.decides_on == "raw_score"
    compare(found, one, other, truly=theta >= found.true_cut, tolerance=0.012)
    (cut,) = abilities_at_score(calibration, 30, columns=np.arange(40))
    assert cut == found.true_cut


def test_the_methods_agree_where_their_premises_hold() -> None:
    calibration, _, first, _ = irt_case()
    raw = (first.scored == 1).sum(axis=1)
    histogram = tuple(np.bincount(raw, minlength=41).tolist())
    right = first.scored == 1
    alpha = 40 / 39 * (1 - right.var(axis=0).sum() / raw.var())
    headline = lee_irt(calibration, passing=30)
    classical = livingston_lewis(histogram, passing=30, reliability=float(alpha))
    assert classical.consistency == pytest.approx(headline.consistency, abs=0.02)
    assert classical.accuracy == pytest.approx(headline.accuracy, abs=0.02)
    plain, drawn = lee_binomial(histogram, passing=30), lee_binomial(histogram, passing=30, reliability=float(alpha))
    assert drawn.consistency == pytest.approx(headline.consistency, abs=0.03)
    assert plain.consistency > drawn.consistency


def test_rudner_foretells_a_decision_on_theta() -> None:
    rng = np.random.default_rng(6)
    theta, se = rng.normal(size=N), np.full(N, 0.4)
    # Each estimate is taken as true, so the people of the simulation are those of the estimates.
    found = rudner(Abilities(theta=theta, se=se, method="WLE"), theta_cut=0.5)
    first, again = (theta + rng.normal(size=N) * 0.4 >= 0.5 for _ in range(2))
    assert found.decides_on == "theta"
    compare(found, first, again, truly=theta >= 0.5, tolerance=0.005)
    calibration, _, matrix, _ = irt_case()
    cut = lee_irt(calibration, passing=30).true_cut
    assert rudner(wle(matrix, calibration), theta_cut=cut).accuracy == pytest.approx(
        lee_irt(calibration, passing=30).accuracy, abs=0.03
    )


@settings(max_examples=40, deadline=None)
@given(passing=st.integers(1, 40))
def test_the_shares_hang_together_at_any_cut(passing: int) -> None:
    calibration, _, first, _ = irt_case()
    histogram = tuple(np.bincount((first.scored == 1).sum(axis=1), minlength=41).tolist())
    for found in (
        lee_irt(calibration, passing=passing),
        livingston_lewis(histogram, passing=passing, reliability=0.88),
        lee_binomial(histogram, passing=passing),
    ):
        assert 0.5 <= found.consistency <= 1 + 1e-9
        assert found.accuracy + found.false_pass + found.false_fail == pytest.approx(1)
        assert found.passing == pytest.approx(found.truly_passing - found.false_fail + found.false_pass)
        # Two placements can only differ when one of them is wrong.
        assert found.consistency >= 2 * found.accuracy - 1 - 1e-9
        assert math.isnan(found.kappa) or found.kappa <= 1 + 1e-9


def test_a_longer_test_decides_more_surely() -> None:
    rng = np.random.default_rng(8)
    truth = rng.beta(5, 3, N)
    quality = []
    for k in (20, 40, 80):
        histogram = tuple(np.bincount(rng.binomial(k, truth), minlength=k + 1).tolist())
        quality.append(livingston_lewis(histogram, passing=3 * k // 4, reliability=kr21(histogram)).accuracy)
    assert quality == sorted(quality)
    assert quality[0] < quality[2] - 0.03


@pytest.mark.parametrize("passing", [0, 41])
def test_a_cut_that_is_no_score_is_refused(passing: int) -> None:
    calibration, _, _, _ = irt_case()
    with pytest.raises(NotEstimable):
        lee_irt(calibration, passing=passing)
    with pytest.raises(NotEstimable):
        lee_binomial((1,) * 41, passing=passing)
    with pytest.raises(NotEstimable):
        livingston_lewis((1,) * 41, passing=passing, reliability=0.8)


@pytest.mark.parametrize("reliability", [-0.1, 0.0, 1.0, math.nan])
def test_a_reliability_that_tells_nothing_is_refused(reliability: float) -> None:
    with pytest.raises(NotEstimable):
        livingston_lewis((3, 4, 5, 6, 5, 4, 3), passing=4, reliability=reliability)
    with pytest.raises(NotEstimable):
        livingston_lewis((0, 0, 0, 9, 0, 0, 0), passing=4, reliability=0.8)


def test_keats_brings_lords_error_down_to_kr20() -> None:
    rng = np.random.default_rng(2)
    matrix = answers_to(chances(rng.normal(size=3000), a=np.ones(20), d=np.linspace(-2, 2, 20)), rng)
    right = matrix.scored == 1
    raw = right.sum(axis=1)
    kr20 = float(20 / 19 * (1 - right.var(axis=0).sum() / raw.var()))
    of_group = kr21(tuple(np.bincount(raw, minlength=21).tolist()))
    mean_square = np.mean([keats_error(float(x), 20, kr20=kr20, kr21=of_group) ** 2 for x in raw])
    assert mean_square == pytest.approx(raw.var() * (1 - kr20), rel=1e-9)
    assert keats_error(15, 20, kr20=kr20, kr21=of_group) < lord_error(15, 20)
    assert math.isnan(keats_error(15, 20, kr20=math.nan, kr21=0.5))
