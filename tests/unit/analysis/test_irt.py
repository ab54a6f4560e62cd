"""Calibration recovers simulated truth, obeys its laws, and says when it cannot tell."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import BadArrays, NotConverged
from analysis.irt import Calibration, calibrate
from analysis.irt.answers import answers_of
from analysis.irt.cross_check import cross_check
from analysis.irt.expectation import expect, normal_grid
from analysis.irt.models import Specification
from analysis.irt.observed import observed_information
from analysis.irt.parameters import Parameters
from analysis.irt.priors import Priors
from analysis.irt.scoring import eap, expected_score, form_information, item_information, theta_at_score
from analysis.responses import NOT_PRESENTED, NOT_REACHED, ResponseMatrix
from analysis.simulation import Fault, simulate_tryout


def two_parameter_answers(seed: int, *, n: int, a: np.ndarray, d: np.ndarray) -> ResponseMatrix:
    """People of standard normal ability answering items of known slopes and intercepts; option 0 is right."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(n, 1))
    wrong = rng.random((n, len(a))) > 1 / (1 + np.exp(-(a * theta + d)))
    return ResponseMatrix.from_arrays(wrong.astype(np.int8), key=np.zeros(len(a), dtype=np.int8))


def numeric_bend(height: Callable[[np.ndarray], float], here: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """Negative second derivatives by central differences."""
    n = len(here)
    numeric, unit = np.empty((n, n)), np.eye(n) * step
    for i in range(n):
        for j in range(n):
            corners = [height(here + s * unit[i] + t * unit[j]) * s * t for s in (1, -1) for t in (1, -1)]
            numeric[i, j] = -sum(corners) / (4 * step * step)
    return numeric


SLOPES = np.array([0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 0.7, 1.1, 1.3, 0.9, -0.5, 1.4])
INTERCEPTS = np.linspace(-1.5, 1.5, 12)


def test_truth_is_recovered_within_its_standard_errors() -> None:
    found = calibrate(two_parameter_answers(1, n=4000, a=SLOPES, d=INTERCEPTS)).require_converged()
    assert found.se_a is not None
    assert found.se_d is not None
    standardised = np.concatenate([(found.a - SLOPES) / found.se_a, (found.d - INTERCEPTS) / found.se_d])
    assert np.abs(standardised).max() < 3.6
    assert 0.6 < standardised.std() < 1.4


def test_forms_with_common_items_are_calibrated_on_one_scale() -> None:
    whole = two_parameter_answers(2, n=6000, a=SLOPES, d=INTERCEPTS)
    options = whole.options.copy()
    options[:3000, 8:] = NOT_PRESENTED
    options[3000:, :4] = NOT_PRESENTED
    found = calibrate(ResponseMatrix.from_arrays(options, key=whole.key)).require_converged()
    assert found.se_d is not None
    assert np.abs((found.d - INTERCEPTS) / found.se_d).max() < 3.6
    assert found.se_d[0] > found.se_d[5]


def test_rasch_estimates_the_spread_of_ability() -> None:
    found = calibrate(two_parameter_answers(3, n=5000, a=np.full(12, 1.4), d=INTERCEPTS), "rasch")
    assert found.a.tolist() == [1.0] * 12
    assert found.group_variance == pytest.approx(1.96, abs=0.2)


def test_the_information_is_the_bend_of_the_likelihood() -> None:
    matrix = two_parameter_answers(4, n=150, a=SLOPES[:3], d=INTERCEPTS[:3])
    answers, grid = answers_of(matrix), normal_grid()
    here = Parameters(np.array([0.8, 1.1, 0.9]), np.array([-0.4, 0.1, 0.6]), np.zeros(3), np.zeros(1), np.ones(1))
    layout = Specification("2pl").layout(here, matrix.item_names)
    start = layout.free_of(here)

    def likelihood(free: np.ndarray) -> float:
        return expect(answers, layout.values(free), grid).log_likelihood

    found = observed_information(answers, here, layout=layout, priors=Priors(), grid=grid)
    assert found == pytest.approx(numeric_bend(likelihood, start), rel=1e-3, abs=1e-2)


def test_an_item_that_everyone_got_right_is_named_and_not_estimated() -> None:
    matrix = two_parameter_answers(5, n=300, a=SLOPES[:6], d=INTERCEPTS[:6])
    options = matrix.options.copy()
    options[:, 2] = 0
    found = calibrate(ResponseMatrix.from_arrays(options, key=matrix.key))
    assert found.unestimated == ("q03",)
    assert np.isnan(found.a[2])
    assert np.isfinite(np.delete(found.d, 2)).all()
    assert np.isfinite(eap(matrix, found).theta).all()


def test_what_did_not_settle_is_told_and_refused() -> None:
    found = calibrate(two_parameter_answers(6, n=300, a=SLOPES, d=INTERCEPTS), max_iter=2)
    assert not found.converged
    assert "not settled" in found.message
    with pytest.raises(NotConverged) as refused:
        found.require_converged()
    assert refused.value.doubtful is found


def test_a_slope_without_limit_is_told() -> None:
    options = np.array([[0, 0, 0, 0]] * 50 + [[1, 1, 1, 1]] * 50 + [[0, 0, 1, 1]] * 20)
    assert not calibrate(ResponseMatrix.from_arrays(options, key=[0] * 4)).converged


def test_a_negative_slope_is_told() -> None:
    slopes = np.array([1.2, 1.0, -0.8, 1.4, 1.1])
    found = calibrate(two_parameter_answers(4, n=800, a=slopes, d=np.linspace(-1, 1, 5)))
    assert found.a[2] < 0
    assert "the slope of q03 is negative" in found.message
    assert "negative" not in calibrate(two_parameter_answers(4, n=800, a=abs(slopes), d=np.zeros(5))).message


def test_answers_that_do_not_differ_are_refused() -> None:
    same = ResponseMatrix.from_arrays(np.zeros((20, 3), dtype=np.int8), key=[0, 0, 0])
    with pytest.raises(BadArrays):
        calibrate(same)
    with pytest.raises(BadArrays):
        calibrate(two_parameter_answers(1, n=50, a=SLOPES, d=INTERCEPTS), "4pl")


def test_not_reached_may_count_as_not_presented() -> None:
    matrix = two_parameter_answers(7, n=800, a=SLOPES[:8], d=INTERCEPTS[:8])
    options = matrix.options.copy()
    options[:200, 5:] = NOT_REACHED
    slow = ResponseMatrix.from_arrays(options, key=matrix.key)
    wrong, left_out = calibrate(slow), calibrate(slow, not_reached_counts_wrong=False)
    assert (left_out.d[5:] > wrong.d[5:] + 0.3).all()


def test_girth_agrees_on_what_it_can_serve() -> None:
    tryout = simulate_tryout(21, n_persons=800, n_items=12, faults=[Fault.WRONG_KEY])
    found = calibrate(tryout.matrix)
    opinion = cross_check(tryout.matrix, found)
    assert set(tryout.planted) <= set(opinion.unchecked)
    assert len(opinion.checked) >= 10
    assert opinion.largest_slope_difference < 0.02
    assert opinion.largest_intercept_difference < 0.02


def test_girth_is_not_asked_about_items_beyond_its_reach() -> None:
    """It looks for difficulties from -6 to 6 only; an item that four of 1,500 got right lies beyond them."""
    matrix = two_parameter_answers(7, n=1500, a=np.full(12, 0.6), d=INTERCEPTS)
    options = matrix.options.copy()
    options[:, 3] = 1
    options[:4, 3] = 0
    hard = ResponseMatrix.from_arrays(options, key=matrix.key)
    opinion = cross_check(hard, calibrate(hard, "rasch"))
    assert "q04" in opinion.unchecked
    assert opinion.largest_intercept_difference < 0.02


@cache
def calibrated() -> Calibration:
    return calibrate(two_parameter_answers(1, n=400, a=SLOPES, d=INTERCEPTS))


@settings(max_examples=30, deadline=None)
@given(st.floats(-5, 5), st.integers(0, 11))
def test_information_peaks_at_the_difficulty(theta: float, j: int) -> None:
    found = calibrated()
    at_difficulty = item_information(found, np.array([found.b[j]]))[0, j]
    assert item_information(found, np.array([theta]))[0, j] <= at_difficulty + 1e-12


def test_the_true_cut_is_where_the_expected_score_is_the_cut() -> None:
    found = calibrate(two_parameter_answers(8, n=1000, a=np.abs(SLOPES), d=INTERCEPTS))
    theta = theta_at_score(found, 0.75)
    assert expected_score(found, np.array([theta]))[0] == pytest.approx(0.75, abs=0.001)
    assert np.isnan(theta_at_score(found, 0.999999))
    assert form_information(found, np.array([theta]))[0] > 0
