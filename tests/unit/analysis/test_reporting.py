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
    rng = np.random.default_rng(20121030)
    shared = np.linalg.cholesky(np.array([[1, correlation], [correlation, 1]]))
    abilities = rng.standard_normal((4000, 2)) @ shared.T
    part = np.arange(40) < n_part
    theta = np.where(part, abilities[:, [0]], abilities[:, [1]])
    return rng.random(theta.shape) < 1 / (1 + np.exp(-1.2 * theta)), part


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
