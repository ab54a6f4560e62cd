"""What a person may be told: ranges that hold what they promise, and parts that earn their own score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from analysis.errors import NotEstimable
from analysis.reporting import likely_scores, part_worth


@given(n=st.integers(1, 80), data=st.data())
def test_the_range_is_the_middle_of_the_predictive_distribution(n: int, data: st.DataObject) -> None:
    raw = data.draw(st.integers(0, n))
    low, high = likely_scores(raw, n)
    # SciPy's beta-binomial is the second witness.
    next_score = betabinom(n, raw + 0.5, n - raw + 0.5)
    assert next_score.cdf(high) - next_score.cdf(low - 1) >= 0.8 - 1e-9
    assert next_score.cdf(low - 1) < 0.1 + 1e-9
    assert 1 - next_score.cdf(high) <= 0.1 + 1e-9


@given(n=st.integers(1, 80), data=st.data())
def test_the_range_mirrors_right_and_wrong(n: int, data: st.DataObject) -> None:
    raw = data.draw(st.integers(0, n))
    low, high = likely_scores(raw, n)
    mirrored_low, mirrored_high = likely_scores(n - raw, n)
    assert abs((n - low) - mirrored_high) <= 1
    assert abs((n - high) - mirrored_low) <= 1


def test_a_full_score_is_not_told_as_certain() -> None:
    assert likely_scores(40, 40) == (38, 40)
    assert likely_scores(30, 40) == (25, 35)


def test_an_impossible_score_is_refused() -> None:
    with pytest.raises(NotEstimable):
        likely_scores(41, 40)


def simulated(correlation: float, *, n_part: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers of 4000 people whose two abilities correlate; the part measures the first."""
    chances, part = chances_of(correlation, n_part=n_part)
    return np.random.default_rng(1903).random(chances.shape) < chances, part


def chances_of(correlation: float, *, n_part: int) -> tuple[np.ndarray, np.ndarray]:
    """The true chance of each person on each item, and which items are the part."""
    rng = np.random.default_rng(20121030)
    shared = np.linalg.cholesky(np.array([[1, correlation], [correlation, 1]]))
    abilities = rng.standard_normal((4000, 2)) @ shared.T
    part = np.arange(40) < n_part
    theta = np.where(part, abilities[:, [0]], abilities[:, [1]])
    return 1 / (1 + np.exp(-1.2 * theta)), part


@pytest.mark.parametrize(("correlation", "n_part"), [(0.3, 20), (0.7, 12), (0.99, 12)])
def test_both_figures_are_what_the_true_scores_say(correlation: float, n_part: int) -> None:
    right, part = simulated(correlation, n_part=n_part)
    true_part = chances_of(correlation, n_part=n_part)[0][:, part].sum(axis=1)
    worth = part_worth(right, part)
    # A squared correlation of 4000 people has a standard error of about 0.01.
    assert worth.own == pytest.approx(np.corrcoef(true_part, right[:, part].sum(axis=1))[0, 1] ** 2, abs=0.03)
    assert worth.whole == pytest.approx(np.corrcoef(true_part, right.sum(axis=1))[0, 1] ** 2, abs=0.03)


def test_a_part_that_measures_the_same_deserves_no_score() -> None:
    worth = part_worth(*simulated(0.99, n_part=12))
    assert not worth.is_reportable
    assert worth.whole > worth.own + 0.05


def test_a_part_that_measures_something_else_does() -> None:
    worth = part_worth(*simulated(0.3, n_part=20))
    assert worth.is_reportable
    assert worth.own > worth.whole + 0.05


def test_a_part_in_which_all_are_alike_deserves_no_score() -> None:
    right = np.ones((50, 6), dtype=np.bool_)
    right[:25, 3:] = False
    assert not part_worth(right, np.arange(6) < 3).is_reportable
