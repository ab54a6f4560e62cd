"""How sure a decision is: the printed figures of the field, and a simulation of the same form."""

import math

import numpy as np
import pytest

from analysis.decision import (
    TrueScores,
    how_sure,
    lord_error,
    passing_score,
    probability_of_passing,
    probability_truly_at_least,
    true_scores_from_histogram,
    true_scores_from_mean_and_sd,
    uncertain_band,
)
from analysis.errors import NotEstimable


def test_the_error_at_30_of_40_is_almost_seven_points() -> None:
    assert round(100 * lord_error(30, 40) / 40, 1) == 6.9


def test_a_true_70_passes_31_percent_and_a_true_80_fails_16_percent() -> None:
    assert round(probability_of_passing(0.70, n_items=40, passing=30), 2) == 0.31
    assert round(1 - probability_of_passing(0.80, n_items=40, passing=30), 2) == 0.16


def test_30_of_40_is_truly_at_75_in_one_of_twelve_with_national_scores() -> None:
    # Mean 53 and sd 11.5 come from tests of 60 to 100 items; 80 is their middle.
    population = true_scores_from_mean_and_sd(0.53, 0.115, n_items=80)
    assert round(probability_truly_at_least(0.75, raw_score=30, n_items=40, population=population), 2) == 0.08


@pytest.mark.parametrize(("n_items", "passing"), [(40, 30), (60, 45), (20, 15), (39, 30), (1, 1)])
def test_the_passing_score_is_exact(n_items: int, passing: int) -> None:
    assert passing_score(n_items) == passing


def test_simulated_people_are_as_often_truly_above_the_cut_as_told() -> None:
    rng = np.random.default_rng(2)
    population = TrueScores(alpha=12.0, beta=7.0)
    truth = rng.beta(12.0, 7.0, 400_000)
    raw = rng.binomial(40, truth)
    for x in (26, 30, 33):
        told = probability_truly_at_least(0.75, raw_score=x, n_items=40, population=population)
        seen = (truth[raw == x] >= 0.75).mean()
        assert told == pytest.approx(seen, abs=4 * math.sqrt(told * (1 - told) / (raw == x).sum()))


@pytest.mark.parametrize(("parameters", "low", "high"), [(2, 0.0, 1.0), (4, 0.25, 0.95)])
def test_the_true_scores_are_recovered_from_raw_scores(parameters: int, low: float, high: float) -> None:
    rng = np.random.default_rng(3)
    truth = low + (high - low) * rng.beta(2.5, 2.0, 300_000)
    histogram = tuple(np.bincount(rng.binomial(40, truth), minlength=41).tolist())
    fitted = true_scores_from_histogram(histogram, parameters=parameters)
    assert fitted.method == ("two_parameter" if parameters == 2 else "four_parameter")
    assert fitted.mean == pytest.approx(truth.mean(), abs=0.002)
    assert fitted.sd == pytest.approx(truth.std(), abs=0.002)
    assert (fitted.low, fitted.high) == pytest.approx((low, high), abs=0.04)


def test_impossible_four_parameters_fall_back_to_two() -> None:
    rng = np.random.default_rng(4)
    histogram = tuple(np.bincount(rng.binomial(5, rng.beta(5, 1.2, 1000)), minlength=6).tolist())
    assert true_scores_from_histogram(histogram, parameters=4).method == "two_parameter"


def test_scores_that_chance_alone_explains_tell_nothing() -> None:
    with pytest.raises(NotEstimable):
        true_scores_from_histogram((0, 0, 0, 0, 100, 0, 0))
    with pytest.raises(NotEstimable):
        true_scores_from_mean_and_sd(0.5, 0.05, n_items=40)


def test_without_a_population_the_third_figure_stays_unknown() -> None:
    sure = how_sure(30, n_items=40)
    assert math.isnan(sure.truly_at_least_cut)
    assert sure.pass_if_truly_this == sure.pass_if_truly_at_cut
    assert sure.score == 75


def test_the_third_figure_rises_with_the_raw_score() -> None:
    population = true_scores_from_mean_and_sd(0.6, 0.13, n_items=40)
    figures = [how_sure(x, n_items=40, population=population).truly_at_least_cut for x in range(41)]
    assert figures == sorted(figures)
    assert 0 <= figures[0] < 1e-6
    assert figures[-1] > 0.9


def test_the_uncertain_band_lies_around_the_cut() -> None:
    low, high = uncertain_band(40)
    assert (round(low, 1), round(high, 1)) == (68.1, 81.9)


@pytest.mark.parametrize(("raw", "n_items"), [(-1, 40), (41, 40), (0, 0)])
def test_impossible_raw_scores_are_refused(raw: int, n_items: int) -> None:
    with pytest.raises(NotEstimable):
        lord_error(raw, n_items)
