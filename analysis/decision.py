"""How sure is a decision at the cut? Three answers to three questions, never mixed.

1. The conditional standard error of measurement: how far may this raw score lie from the person's true score?
2. P(pass | true score): how often would a person of this true score pass?
3. P(true score >= cut | raw score, population): how likely is it that this person is truly above the cut?

The decision itself is not made here: it is exact arithmetic on the raw score.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.errors import NotEstimable

Floats = NDArray[np.float64]
_CELLS = 4000  # cells of the true-score distribution; halving them moves no figure by 1e-6


def lord_error(raw_score: float, n_items: int) -> float:
    """Lord's conditional standard error of measurement at a raw score, in raw score points.

    sqrt(x (k - x) / (k - 1)); 0 at 0 and k, where it says too little: nobody is measured without error.
    Source: Lord (1955), Estimating test reliability, Educational and Psychological Measurement 15.
    """
    _check_score(raw_score, n_items)
    if n_items < 2:
        return math.nan
    return math.sqrt(raw_score * (n_items - raw_score) / (n_items - 1))


def keats_error(raw_score: float, n_items: int, *, kr20: float, kr21: float) -> float:
    """Lord's error, shrunk so that its mean square over the group is that of KR-20: items of unequal difficulty.

    Lord's model draws every item afresh; its mean square is that of KR-21, which is too large for a fixed form.
    nan where the coefficients are undefined or KR-21 is 1.
    Source: Keats (1957), Estimation of error variances of test scores, Psychometrika 22.
    """
    if not (math.isfinite(kr20) and math.isfinite(kr21)) or kr21 >= 1 or kr20 > 1:
        return math.nan
    return lord_error(raw_score, n_items) * math.sqrt((1 - kr20) / (1 - kr21))


def passing_score(n_items: int, cut_percent: int = 75) -> int:
    """The smallest raw score with 100 x right >= cut x items, in whole numbers."""
    return -(-cut_percent * n_items // 100)


def probability_of_passing(true_score: float, *, n_items: int, passing: int) -> float:
    """How often a person whose true proportion right is `true_score` reaches the passing raw score (binomial model)."""
    if not 0 <= true_score <= 1:
        raise NotEstimable(f"A true score is a proportion from 0 to 1, not {true_score}.")
    right = range(max(passing, 0), n_items + 1)
    return math.fsum(math.comb(n_items, x) * true_score**x * (1 - true_score) ** (n_items - x) for x in right)


@dataclass(frozen=True)
class TrueScores:
    """How true scores (proportions right) are spread in a population: a beta distribution on low..high.

    `method` tells how it was found: "four_parameter", "three_parameter" (the upper end held at 1), "two_parameter"
    (on 0..1: also the fallback when the other moments contradict a beta distribution there), or "given".
    """

    alpha: float
    beta: float
    low: float = 0.0
    high: float = 1.0
    method: str = "given"

    @property
    def mean(self) -> float:
        return self.low + (self.high - self.low) * self.alpha / (self.alpha + self.beta)

    @property
    def sd(self) -> float:
        total = self.alpha + self.beta
        return (self.high - self.low) * math.sqrt(self.alpha * self.beta / (total + 1)) / total


def true_scores_from_histogram(histogram: Sequence[float], *, parameters: int = 2) -> TrueScores:
    """Fit the spread of true scores to the raw scores of a form by the method of moments.

    `histogram[x]` people have x items right. Two parameters by default: four also estimate the lowest and the highest
    true score there is, and with some hundreds of people a highest score under the cut would deny that anyone can be
    above it; three hold the highest at 1. Asked for more than two, it falls back to two when the moments contradict
    them, and says so in `method`.

    Raises
    ------
    NotEstimable
        When the scores spread no more than chance alone would spread equal people.

    Source: Hanson (1991), Method of moments estimates for the four-parameter beta compound binomial model, ACT 91-5;
    Keats & Lord (1962) for two parameters.
    """
    counts = np.asarray(histogram, dtype=np.float64)
    return true_scores_from_scores(np.arange(len(counts)), counts, length=len(counts) - 1, parameters=parameters)


def true_scores_from_scores(
    scores: NDArray[np.integer] | Floats, counts: Floats, *, length: int, parameters: int = 2
) -> TrueScores:
    """The same for scores on 0..length that need not be whole: those of a test stretched to its effective length."""
    if length < 4 or counts.sum() < 2:
        raise NotEstimable("True scores need at least five score points and two people.")
    moments = _true_moments(np.asarray(scores, dtype=np.float64), counts / counts.sum(), length=length)
    fits = {3: _three_parameter_beta, 4: _four_parameter_beta}
    fitted = fits[parameters](moments) if parameters in fits else None
    return fitted or _two_parameter_beta(moments[0], moments[1] - moments[0] ** 2)


def true_scores_from_mean_and_sd(mean: float, sd: float, *, n_items: int) -> TrueScores:
    """The spread of true scores in a population known only by mean and sd of its scores on a test of n items.

    Mean and sd are of the proportion right; the chance error of a test of that length is taken out.
    """
    chance = mean * (1 - mean)
    variance = (n_items * sd * sd - chance) / (n_items - 1) if n_items > 1 else 0.0
    return _two_parameter_beta(mean, variance)


def probability_truly_at_least(cut: float, *, raw_score: int, n_items: int, population: TrueScores) -> float:
    """How likely the true score is at or above the cut (a proportion), given the raw score and the population."""
    _check_score(raw_score, n_items)
    centres, mass = true_score_cells(population, cut)
    with np.errstate(divide="ignore"):
        log_likelihood = raw_score * np.log(centres) + (n_items - raw_score) * np.log1p(-centres)
    weight = mass * np.exp(log_likelihood - log_likelihood.max())
    return float(weight[centres >= cut].sum() / weight.sum())


@dataclass(frozen=True)
class HowSure:
    """The three figures beside one decision. `score` and errors are on the scale of 0 to 100."""

    raw_score: int
    score: float
    error: float  # Lord's conditional standard error of measurement, in points of 100
    pass_if_truly_this: float  # P(pass | true score = this score)
    pass_if_truly_at_cut: float  # P(pass | true score = cut)
    truly_at_least_cut: float  # P(true score >= cut | raw score, population); nan without a population


def how_sure(raw_score: int, *, n_items: int, cut_percent: int = 75, population: TrueScores | None = None) -> HowSure:
    """The three figures for one raw score on a form of n scored items."""
    passing, cut = passing_score(n_items, cut_percent), cut_percent / 100
    return HowSure(
        raw_score=raw_score,
        score=100 * raw_score / n_items,
        error=100 * lord_error(raw_score, n_items) / n_items,
        pass_if_truly_this=probability_of_passing(raw_score / n_items, n_items=n_items, passing=passing),
        pass_if_truly_at_cut=probability_of_passing(cut, n_items=n_items, passing=passing),
        truly_at_least_cut=math.nan
        if population is None
        else probability_truly_at_least(cut, raw_score=raw_score, n_items=n_items, population=population),
    )


def uncertain_band(n_items: int, cut_percent: int = 75) -> tuple[float, float]:
    """The scores (0 to 100) within one standard error of measurement of the cut, where a decision is least sure."""
    passing = passing_score(n_items, cut_percent)
    error = 100 * lord_error(min(passing, n_items), n_items) / n_items
    return cut_percent - error, cut_percent + error


def _check_score(raw_score: float, n_items: int) -> None:
    if n_items < 1 or not 0 <= raw_score <= n_items:
        raise NotEstimable(f"A raw score of {raw_score} is impossible on {n_items} items.")


def _true_moments(x: Floats, share: Floats, *, length: int) -> tuple[float, float, float, float]:
    """First four moments of the true proportion: E(x (x-1) .. (x-r+1)) / (k (k-1) .. (k-r+1))."""
    falling, ceiling, moments = np.ones_like(x), 1.0, []
    for r in range(4):
        falling, ceiling = falling * (x - r), ceiling * (length - r)
        moments.append(float(share @ falling / ceiling))
    return moments[0], moments[1], moments[2], moments[3]


def _four_parameter_beta(moments: tuple[float, float, float, float]) -> TrueScores | None:
    m1, m2, m3, m4 = moments
    variance = m2 - m1**2
    if variance <= 0:
        return None
    skew = (m3 - 3 * m1 * m2 + 2 * m1**3) / variance**1.5
    kurtosis = (m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4) / variance**2
    below = 6 + 3 * skew**2 - 2 * kurtosis
    total = 6 * (kurtosis - skew**2 - 1) / below if below else math.inf
    if not 0 < total < math.inf:
        return None
    lean = (total + 2) * skew / math.sqrt((total + 2) ** 2 * skew**2 + 16 * (total + 1))
    alpha, beta = total / 2 * (1 - lean), total / 2 * (1 + lean)
    width = math.sqrt(variance * (total + 1)) * total / math.sqrt(alpha * beta) if alpha > 0 and beta > 0 else math.inf
    low = m1 - width * alpha / total
    if low < 0 or low + width > 1:
        return None
    return TrueScores(alpha=alpha, beta=beta, low=low, high=low + width, method="four_parameter")


def _three_parameter_beta(moments: tuple[float, float, float, float]) -> TrueScores | None:
    """Mean, variance and skewness with the upper end at 1: what Hanson (1991) falls back to before two parameters.

    With the lower end at l the standardised mean is m = (mean - l) / (1 - l) and the variance fixes alpha + beta; the
    skewness then rises with l, so l is found by halving.
    """
    m1, m2, m3, _ = moments
    variance = m2 - m1**2
    if variance <= 0:
        return None
    skew = (m3 - 3 * m1 * m2 + 2 * m1**3) / variance**1.5

    def at(low: float) -> tuple[float, float, float]:
        mean, spread = (m1 - low) / (1 - low), variance / (1 - low) ** 2
        total = mean * (1 - mean) / spread - 1
        alpha, beta = mean * total, (1 - mean) * total
        lean = 2 * (beta - alpha) * math.sqrt(total + 1) / ((total + 2) * math.sqrt(max(alpha * beta, 1e-300)))
        return alpha, beta, lean - skew

    # Beyond this lower end the variance is more than any distribution between the ends can have.
    low, high = 0.0, m1 - variance / (1 - m1)
    if high <= 0 or at(low)[2] > 0 or at(high * (1 - 1e-12))[2] < 0:
        return None
    for _step in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle)[2] < 0 else (low, middle)
    alpha, beta, _ = at(low)
    return TrueScores(alpha=alpha, beta=beta, low=low, high=1.0, method="three_parameter") if alpha > 0 else None


def _two_parameter_beta(mean: float, variance: float) -> TrueScores:
    if not 0 < mean < 1 or not 0 < variance < mean * (1 - mean):
        raise NotEstimable("The scores spread no more than chance would spread people who know equally much.")
    total = mean * (1 - mean) / variance - 1
    return TrueScores(alpha=mean * total, beta=(1 - mean) * total, method="two_parameter")


@lru_cache(maxsize=32)
def true_score_cells(population: TrueScores, cut: float) -> tuple[Floats, Floats]:
    """Centres and probability masses of small cells of the true-score range; one border lies on the cut."""
    from scipy.special import betainc

    borders = np.linspace(population.low, population.high, _CELLS + 1)
    if population.low < cut < population.high:
        borders = np.sort(np.append(borders, cut))
    unit = (borders - population.low) / (population.high - population.low)
    mass = np.diff(betainc(population.alpha, population.beta, np.clip(unit, 0, 1)))
    return (borders[1:] + borders[:-1]) / 2, mass
