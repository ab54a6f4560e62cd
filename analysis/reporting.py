"""What a person may be told about a score: where the next one would probably lie, and whether a part says anything.

Both answers are about honesty. A single number looks more certain than it is, and a part of a test usually tells
less about that part than the whole test does.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import NotEstimable


def likely_scores(raw_score: int, n_items: int, *, share: float = 0.8) -> tuple[int, int]:
    """The raw scores between which an equally able person would probably score on another form like this one.

    The smallest middle range that holds at least `share` of the beta-binomial predictive distribution of a second
    form of the same length, from this raw score alone (Jeffreys prior: nothing is presumed about the population).
    """
    if n_items < 1 or not 0 <= raw_score <= n_items:
        raise NotEstimable(f"A raw score of {raw_score} is impossible on {n_items} items.")
    chances = _next_score(raw_score + 0.5, n_items - raw_score + 0.5, n_items)
    below, tail = np.cumsum(chances), (1 - share) / 2
    low = int(np.searchsorted(below, tail))
    high = int(np.searchsorted(below, 1 - tail))
    return low, min(high, n_items)


def _next_score(alpha: float, beta: float, n: int) -> NDArray[np.float64]:
    logs = [
        math.log(math.comb(n, x)) + _log_beta(alpha + x, beta + n - x) - _log_beta(alpha, beta) for x in range(n + 1)
    ]
    return np.asarray(np.exp(logs), dtype=np.float64)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


@dataclass(frozen=True)
class PartWorth:
    """Which predicts the true score of a part better: the part itself, or the whole test?

    Both figures are proportional reductions in mean squared error (PRMSE), from 0 to 1; nan when undefined.
    """

    own: float  # from the part's own score: its reliability
    whole: float  # from the score of the whole test

    @property
    def is_reportable(self) -> bool:
        """Whether the part's score tells more about the part than the whole does; False when undefined."""
        return self.own > self.whole


def part_worth(right: NDArray[np.bool_], part: NDArray[np.bool_]) -> PartWorth:
    """Judge whether a part of a test deserves a score of its own.

    `right` is (n_persons, n_items), `part` is (n_items,) and says which items belong to the part.
    Source: Haberman (2008), When can subscores have value?, Journal of Educational and Behavioral Statistics 33.
    """
    x = right.astype(np.float64)
    own_scores, whole_scores = x[:, part].sum(axis=1), x.sum(axis=1)
    reliability = _alpha(x[:, part])
    variance, whole_variance = float(own_scores.var()), float(whole_scores.var())
    if not math.isfinite(reliability) or reliability <= 0 or whole_variance == 0:
        return PartWorth(own=math.nan, whole=math.nan)
    # The part's error is in the whole as well, so it must leave the covariance before that is one of true scores.
    shared = float(np.mean(own_scores * whole_scores) - own_scores.mean() * whole_scores.mean())
    of_true_scores = shared - variance * (1 - reliability)
    return PartWorth(own=reliability, whole=of_true_scores**2 / (reliability * variance * whole_variance))


def _alpha(x: NDArray[np.float64]) -> float:
    k, variance = x.shape[1], float(x.sum(axis=1).var())
    return math.nan if k < 2 or variance == 0 else k / (k - 1) * (1 - float(x.var(axis=0).sum()) / variance)
