"""Estimates of ability recover the truth, obey their laws, and agree with each other where they must."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.irt import Calibration, calibrate
from analysis.irt.information import ability_grid, conditional_error, expected_score, form_information, item_curves
from analysis.irt.scoring import eap, map_estimate, ml, plausible_values, wle
from analysis.irt.sum_scores import rest_score_chances, score_chances, sum_score_table
from analysis.responses import NOT_PRESENTED, ResponseMatrix
from tests.unit.analysis.simulated import Floats, answers_to, chances, usual_items

Case = tuple[ResponseMatrix, Calibration, Floats]


@cache
def case(model: str = "2pl") -> Case:
    rng = np.random.default_rng(11)
    a, d = usual_items(30, rng)
    drawn = rng.normal(size=3000)
    theta = (drawn - drawn.mean()) / drawn.std()  # as the calibration sets the scale
    matrix = answers_to(chances(theta, a=np.ones(30) if model == "rasch" else a, d=d), rng)
    return matrix, calibrate(matrix, model), theta


@pytest.mark.parametrize("estimate", [eap, ml, map_estimate, wle])
def test_the_error_is_as_large_as_told(estimate: object) -> None:
    matrix, calibration, theta = case()
    assert callable(estimate)
    found = estimate(matrix, calibration)
    usual = np.abs(found.theta) < 2
    standardised = ((found.theta - theta) / found.se)[usual]
    assert standardised.std() == pytest.approx(1, abs=0.07)
    assert abs(standardised.mean()) < 0.07


def test_warm_takes_the_bias_out_that_maximum_likelihood_has() -> None:
    rng = np.random.default_rng(5)
    _, calibration, _ = case()
    same = answers_to(item_curves(calibration, np.full(4000, 1.5)), rng)
    by_likelihood, weighted = (estimate(same, calibration).theta.mean() - 1.5 for estimate in (ml, wle))
    assert abs(weighted) < 0.03 < by_likelihood


def test_the_top_is_the_top() -> None:
    matrix, calibration, _ = case()
    few = matrix.options[:60]
    some = ResponseMatrix.from_arrays(few, key=matrix.key)
    theta = np.linspace(-6, 6, 4001)
    p = item_curves(calibration, theta)
    likelihood = (some.scored == 1) @ np.log(p).T + (some.scored == 0) @ np.log1p(-p).T
    assert ml(some, calibration).theta == pytest.approx(theta[likelihood.argmax(axis=1)], abs=0.002)
    top = theta[(likelihood - theta**2 / 2).argmax(axis=1)]
    assert map_estimate(some, calibration).theta == pytest.approx(top, abs=0.002)
    # Without guessing, Warm's weight is the square root of the information.
    weighted = likelihood + 0.5 * np.log(form_information(calibration, theta))
    assert wle(some, calibration).theta == pytest.approx(theta[weighted.argmax(axis=1)], abs=0.002)


def test_a_perfect_score_has_no_maximum_likelihood_and_says_so() -> None:
    _, calibration, _ = case()
    ends = ResponseMatrix.from_arrays(np.array([[0] * 30, [1] * 30]), key=[0] * 30)
    found = ml(ends, calibration)
    assert found.at_bound is not None
    assert found.at_bound.all()
    assert np.isinf(found.se).all()
    for estimate in (eap, map_estimate, wle):
        told = estimate(ends, calibration)
        assert np.isfinite(told.theta).all()
        assert np.isfinite(told.se).all()
        assert told.theta[0] > 1.5 > -1.5 > told.theta[1]


def test_people_of_one_ability_on_two_forms_stand_alike() -> None:
    matrix, calibration, theta = case()
    options = matrix.options.copy()
    options[:1500, 20:] = NOT_PRESENTED
    options[1500:, :10] = NOT_PRESENTED
    forms = ResponseMatrix.from_arrays(options, key=matrix.key)
    for estimate in (eap, wle, ml, map_estimate):
        found = estimate(forms, calibration)
        usual = np.abs(theta) < 1.5
        standardised = ((found.theta - theta) / found.se)[usual & np.isfinite(found.se)]
        assert abs(standardised.mean()) < 0.12
    assert (eap(forms, calibration).se > eap(matrix, calibration).se).mean() > 0.95


def test_in_the_rasch_model_the_number_right_tells_all() -> None:
    matrix, calibration, _ = case("rasch")
    table, people = sum_score_table(calibration), eap(matrix, calibration)
    raw = (matrix.scored == 1).sum(axis=1)
    assert people.theta == pytest.approx(table.eap[raw], abs=1e-4)
    assert people.se == pytest.approx(table.se[raw], abs=1e-4)


def test_the_table_foretells_the_scores() -> None:
    matrix, calibration, theta = case()
    table = sum_score_table(calibration)
    raw = (matrix.scored == 1).sum(axis=1)
    seen = np.bincount(raw, minlength=31) / len(raw)
    assert table.share.sum() == pytest.approx(1)
    assert np.abs(seen - table.share).max() < 4 * np.sqrt(0.06 / len(raw))
    for score in (12, 18, 24):
        of_score = theta[raw == score]
        assert of_score.mean() == pytest.approx(table.eap[score], abs=4 * table.se[score] / np.sqrt(len(of_score)))
    expected = expected_score(calibration, table.expected_theta[1:-1]) * 30
    assert expected == pytest.approx(np.arange(1, 30), abs=0.001)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=9))
def test_score_chances_are_the_sum_over_all_answer_patterns(p: list[float]) -> None:
    k = len(p)
    patterns = (np.arange(2**k)[:, None] >> np.arange(k)) & 1
    weight = np.where(patterns == 1, p, 1 - np.array(p)).prod(axis=1)
    expected = np.bincount(patterns.sum(axis=1), weights=weight, minlength=k + 1)
    found = score_chances(np.array([p]))[0]
    assert found == pytest.approx(expected, abs=1e-12)
    for left_out in range(k):
        rest = rest_score_chances(np.array([p]))[left_out, 0]
        others = [chance for place, chance in enumerate(p) if place != left_out]
        assert rest == pytest.approx(score_chances(np.array([others]))[0] if others else [1.0], abs=1e-12)


def test_draws_have_the_spread_that_estimates_lack() -> None:
    matrix, calibration, theta = case()
    draws = plausible_values(matrix, calibration, n_draws=20, rng=np.random.default_rng(1))
    assert draws.shape == (20, 3000)
    assert draws.var() == pytest.approx(theta.var(), abs=0.06)
    people = eap(matrix, calibration)
    assert people.theta.var() < 0.95 * theta.var()
    assert draws.mean(axis=0) == pytest.approx(people.theta, abs=5 * people.se.max() / np.sqrt(20))
    again = plausible_values(matrix, calibration, n_draws=20, rng=np.random.default_rng(1))
    assert np.array_equal(draws, again)


@settings(max_examples=30, deadline=None)
@given(st.floats(-4, 4))
def test_information_is_what_the_slope_of_the_expected_score_says(theta: float) -> None:
    _, calibration, _ = case("rasch")
    step = 1e-4
    low, high = (expected_score(calibration, np.array([theta + s])) for s in (-step, step))
    # With slopes of 1 the information is the slope of the expected number right.
    slope = float(high[0] - low[0]) * 30 / (2 * step)
    assert form_information(calibration, np.array([theta]))[0] == pytest.approx(slope, rel=1e-4)
    assert conditional_error(calibration, np.array([theta]))[0] == pytest.approx(slope**-0.5, rel=1e-4)


def test_the_population_has_the_spread_of_the_calibration() -> None:
    _, calibration, _ = case("rasch")
    grid = ability_grid(calibration)
    assert grid.weights @ grid.theta**2 == pytest.approx(calibration.group_variance, rel=1e-6)


def test_girth_places_people_alike() -> None:
    """girth 0.8.0: ability_eap, ability_map and ability_mle on 200 people; its EAP sums over coarser points."""
    import girth

    matrix, calibration, _ = case()
    some = matrix.select_persons(np.arange(200))
    given_to_girth = ((some.scored == 1).T.astype(int), calibration.b, calibration.a)
    assert eap(some, calibration).theta == pytest.approx(girth.ability_eap(*given_to_girth), abs=1e-3)
    assert map_estimate(some, calibration).theta == pytest.approx(girth.ability_map(*given_to_girth), abs=1e-5)
    found = ml(some, calibration)
    assert found.at_bound is not None
    usual = ~found.at_bound & (np.abs(found.theta) < 3)
    assert found.theta[usual] == pytest.approx(girth.ability_mle(*given_to_girth)[usual], abs=1e-5)


def test_draws_follow_each_persons_posterior() -> None:
    matrix, calibration, _ = case()
    some = matrix.select_persons(np.arange(50))
    draws = plausible_values(some, calibration, n_draws=4000, rng=np.random.default_rng(3))
    theta = np.linspace(-6, 6, 4001)
    p = item_curves(calibration, theta)
    height = (some.scored == 1) @ np.log(p).T + (some.scored == 0) @ np.log1p(-p).T - theta**2 / 2
    posterior = np.exp(height - height.max(axis=1, keepdims=True))
    below = np.cumsum(posterior / posterior.sum(axis=1, keepdims=True), axis=1)
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        wanted = theta[(below < share).sum(axis=1)]
        found = np.quantile(draws, share, axis=0)
        assert np.abs(found - wanted).max() < 0.06
        assert abs((found - wanted).mean()) < 0.005


def test_warm_solves_his_equation_where_people_guess() -> None:
    """Slope of the likelihood plus J / (2 I) is 0, with derivatives by differences."""
    rng = np.random.default_rng(8)
    a, d = usual_items(25, rng)
    matrix = answers_to(chances(rng.normal(size=3000), a=a, d=d, c=0.2), rng)
    calibration = calibrate(matrix, "3pl")
    some = matrix.select_persons(np.arange(40))
    found, step = wle(some, calibration), 1e-4
    inside = np.abs(found.theta) < 4
    at, left, right = (item_curves(calibration, found.theta + move) for move in (0, -step, step))
    slope, bend = (right - left) / (2 * step), (right - 2 * at + left) / step**2
    score = (((some.scored == 1) - at) * slope / (at * (1 - at))).sum(axis=1)
    information = (slope**2 / (at * (1 - at))).sum(axis=1)
    pull = (slope * bend / (at * (1 - at))).sum(axis=1) / (2 * information)
    assert (score + pull)[inside] == pytest.approx(np.zeros(inside.sum()), abs=1e-4)


def test_weights_count_people_in_the_reliability_of_estimates() -> None:
    matrix, calibration, _ = case()
    counts = np.random.default_rng(4).integers(0, 4, matrix.n_persons)
    weighted = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, weights=counts.astype(float))
    repeated = ResponseMatrix.from_arrays(np.repeat(matrix.options, counts, axis=0), key=matrix.key)
    one, other = (eap(m, calibration).empirical_reliability for m in (weighted, repeated))
    assert one == pytest.approx(other, rel=1e-6)  # people are placed in single precision
