"""Would the same people pass again, and do the right people pass? Figures on a decision rule, not on a person.

Consistency is the share of people whom two equal administrations would place alike; accuracy the share whom one places
where their true score belongs. Four methods answer, from different premises; where they differ, that is worth knowing.
The headline is Lee's method with an IRT calibration: it knows the items.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.decision import TrueScores, true_score_cells, true_scores_from_scores
from analysis.errors import NotEstimable
from analysis.forms import Floats
from analysis.irt.calibration import Calibration
from analysis.irt.information import ability_density, item_curves
from analysis.irt.scoring import Abilities
from analysis.irt.sum_scores import score_chances

RAW_SCORE, THETA = "raw_score", "theta"
_PIECES, _NODES = 24, 24  # of the ability scale from -6 to 6 standard deviations, and Gauss-Legendre nodes in each


@dataclass(frozen=True)
class DecisionQuality:
    """How well a cut decides in a population. All figures are shares of people; kappa is consistency beyond chance."""

    method: str  # "lee_irt", "livingston_lewis", "lee_binomial" or "rudner"
    decides_on: str  # "raw_score", as the rule does; "theta" for a decision that nobody takes that way
    consistency: float
    kappa: float  # nan when everyone, or nobody, passes
    accuracy: float
    false_pass: float  # pass although their true score lies below the cut
    false_fail: float
    passing: float  # expected share that passes
    truly_passing: float  # share whose true score reaches the cut
    true_cut: float  # as a true proportion right, or as an ability
    effective_length: float = math.nan  # Livingston-Lewis, before rounding
    true_scores: TrueScores | None = None  # the spread that Livingston-Lewis found


def lee_irt(calibration: Calibration, *, passing: int, columns: NDArray[np.intp] | None = None) -> DecisionQuality:
    """Consistency and accuracy of "at least `passing` right", by the calibrated items of a form.

    The true cut is the ability at which the expected number right is `passing`. Averages over the population that the
    calibration found; `columns` are the items of the form (all by default).

    Source: Lee (2010), Classification consistency and accuracy for complex assessments using item response theory,
    Journal of Educational Measurement 47.

    Raises
    ------
    NotEstimable
        When an item of the form has no estimate, or `passing` is no score of the form.
    """
    chosen = np.arange(len(calibration.item_names)) if columns is None else np.asarray(columns)
    if not calibration.estimated[chosen].all():
        raise NotEstimable("An item of the form has no estimate, so its number right cannot be foretold.")
    if not 0 < passing <= len(chosen):
        raise NotEstimable(f"{passing} right is no cut on {len(chosen)} items.")
    cuts = abilities_at_score(calibration, passing, columns=chosen)
    theta, weights = _population(calibration, cuts)
    true_cut = cuts[0] if len(cuts) == 1 else math.nan
    return lee_curves(item_curves(calibration, theta)[:, chosen], weights, passing=passing, true_cut=true_cut)


def lee_curves(p: Floats, weights: Floats, *, passing: int, true_cut: float = math.nan) -> DecisionQuality:
    """The same from chances of being right: (n_abilities, n_items), each ability held by a share of the people.

    Someone truly passes whose expected number right is `passing` or more. `weights` are made to sum to 1.
    """
    return _quality(
        score_chances(p)[:, passing:].sum(axis=1),
        p.sum(axis=1) >= passing,
        np.asarray(weights, dtype=np.float64) / np.sum(weights),
        method="lee_irt",
        decides_on=RAW_SCORE,
        true_cut=true_cut,
    )


def abilities_at_score(calibration: Calibration, raw_score: float, *, columns: NDArray[np.intp]) -> tuple[float, ...]:
    """Where the expected number right on these items passes through `raw_score`: once when no item is reversed."""
    theta = np.linspace(-8, 8, 641)

    def above(at: Floats) -> NDArray[np.bool_]:
        return np.asarray(item_curves(calibration, at)[:, columns].sum(axis=1) >= raw_score)

    reached = above(theta)
    found = []
    for place in np.flatnonzero(reached[1:] != reached[:-1]):
        low, high = theta[place], theta[place + 1]
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (low, middle) if above(np.array([middle]))[0] == reached[place + 1] else (middle, high)
        found.append(float(high))
    return tuple(found)


def _population(calibration: Calibration, cuts: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Abilities and their weights; no piece of the integral reaches across a cut, where the integrand jumps."""
    from_, to, density = ability_density(calibration)
    borders = np.unique(np.clip([*np.linspace(from_, to, _PIECES + 1), *cuts], from_, to))
    nodes, shares = np.polynomial.legendre.leggauss(_NODES)
    half, middle = np.diff(borders) / 2, (borders[1:] + borders[:-1]) / 2
    theta = (middle[:, None] + half[:, None] * nodes).ravel()
    weights = (half[:, None] * shares).ravel() * density(theta)
    return theta, weights / weights.sum()


def _quality(
    pass_chance: Floats, truly: NDArray[np.bool_], weights: Floats, *, method: str, decides_on: str, true_cut: float
) -> DecisionQuality:
    passing = float(weights @ pass_chance)
    consistency = float(weights @ (pass_chance**2 + (1 - pass_chance) ** 2))
    by_chance = passing**2 + (1 - passing) ** 2
    false_pass = float(weights @ np.where(truly, 0, pass_chance))
    false_fail = float(weights @ np.where(truly, 1 - pass_chance, 0))
    return DecisionQuality(
        method=method,
        decides_on=decides_on,
        consistency=consistency,
        kappa=(consistency - by_chance) / (1 - by_chance) if by_chance < 1 - 1e-12 else math.nan,
        accuracy=1 - false_pass - false_fail,
        false_pass=false_pass,
        false_fail=false_fail,
        passing=passing,
        truly_passing=float(weights @ truly),
        true_cut=true_cut,
    )


def livingston_lewis(
    histogram: Sequence[float], *, passing: int, reliability: float, parameters: int = 4
) -> DecisionQuality:
    """Consistency and accuracy from the scores of a form and their reliability alone.

    `histogram[x]` people have x right. The test is thought of as one of as many equal items as would have this
    reliability (the effective length, told unrounded); true scores are beta distributed, with four parameters by
    moments (or three: the upper end held at 1) and two when those are impossible, which `true_scores.method` tells.
    Lowest and highest score are the possible ones, 0 and k; taking those that occurred instead is a known error of an
    older program.

    Sources: Livingston & Lewis (1995), Estimating the consistency and accuracy of classifications based on test scores,
    Journal of Educational Measurement 32; Hanson (1991), ACT Research Report 91-5, for the moments.

    Raises
    ------
    NotEstimable
        When reliability is not between 0 and 1, or the scores spread no more than chance.
    """
    k = len(histogram) - 1
    counts, x = np.asarray(histogram, dtype=np.float64), np.arange(k + 1, dtype=np.float64)
    if not 0 < passing <= k:
        raise NotEstimable(f"{passing} right is no cut on {k} items.")
    length = effective_length(histogram, reliability)
    n, cut = round(length), passing / k
    true_scores = true_scores_from_scores(x * n / k, counts, length=n, parameters=parameters)
    centres, mass = true_score_cells(true_scores, cut)
    quality = _quality(
        _at_least(math.ceil(n * cut - 1e-9), n, centres),
        centres >= cut,
        mass / mass.sum(),
        method="livingston_lewis",
        decides_on=RAW_SCORE,
        true_cut=cut,
    )
    return _with_evidence(quality, length, true_scores)


def effective_length(histogram: Sequence[float], reliability: float) -> float:
    """How many equal, independent items would give scores of this mean, spread and reliability.

    (mean (k - mean) - r variance) / (variance (1 - r)); it is k when r is KR-21.
    """
    if not 0 < reliability < 1:
        raise NotEstimable(f"A reliability of {reliability:.3f} tells nothing about true scores.")
    counts, k = np.asarray(histogram, dtype=np.float64), len(histogram) - 1
    x = np.arange(k + 1)
    mean = float(counts @ x / counts.sum())
    variance = float(counts @ (x - mean) ** 2 / counts.sum())
    if variance <= 0:
        raise NotEstimable("Scores that do not differ tell nothing about true scores.")
    length = (mean * (k - mean) - reliability * variance) / (variance * (1 - reliability))
    if length < 4:
        raise NotEstimable(f"An effective length of {length:.1f} items is too short to fit true scores.")
    return length


def _with_evidence(quality: DecisionQuality, length: float, true_scores: TrueScores) -> DecisionQuality:
    return replace(quality, effective_length=length, true_scores=true_scores)


def _at_least(passing: int, n_items: int, true_score: Floats) -> Floats:
    """Chance of `passing` or more right of n equal items: a binomial tail, by the incomplete beta function."""
    if passing <= 0:
        return np.ones_like(true_score)
    if passing > n_items:
        return np.zeros_like(true_score)
    from scipy.special import betainc

    return np.asarray(betainc(passing, n_items - passing + 1, true_score), dtype=np.float64)


def lee_binomial(histogram: Sequence[float], *, passing: int, reliability: float | None = None) -> DecisionQuality:
    """Consistency and accuracy with each person's own score as the true one, and binomial errors around it.

    Nothing is presumed about the population, at the price that scores spread more than true scores: both figures come
    out too high. With a reliability, scores are first drawn towards the mean by it (Subkoviak 1976), which corrects.

    Source: Lee, Brennan & Wan (2009), Classification consistency and accuracy for complex assessments under the
    compound multinomial model, Applied Psychological Measurement 33; for right and wrong answers it is binomial.
    """
    k = len(histogram) - 1
    if not 0 < passing <= k:
        raise NotEstimable(f"{passing} right is no cut on {k} items.")
    weights = np.asarray(histogram, dtype=np.float64) / sum(histogram)
    own = np.arange(k + 1) / k
    pull = 1.0 if reliability is None else min(max(reliability, 0.0), 1.0)
    true = pull * own + (1 - pull) * float(weights @ own)
    return _quality(
        _at_least(passing, k, true),
        true >= passing / k - 1e-12,
        weights,
        method="lee_binomial",
        decides_on=RAW_SCORE,
        true_cut=passing / k,
    )


def rudner(people: Abilities, *, theta_cut: float, weights: Floats | None = None) -> DecisionQuality:
    """Consistency and accuracy of a decision on the estimated ability: not the decision on the number right.

    Each estimate is taken as true, with normal errors of its own size; people without an estimate are left out.
    `weights` (n_persons,) say how many people each estimate stands for.
    Source: Rudner (2001), Computing the expected proportions of misclassified examinees, Practical Assessment, Research
    & Evaluation 7(14); Rudner (2005), Expected classification accuracy, same journal 10(13).
    """
    from scipy.special import ndtr

    known = np.isfinite(people.theta) & np.isfinite(people.se) & (people.se > 0)
    if not known.any() or not math.isfinite(theta_cut):
        raise NotEstimable("A decision on ability wants estimates, and one ability as the cut.")
    theta, se = people.theta[known], people.se[known]
    own = np.ones(len(theta)) if weights is None else np.asarray(weights, dtype=np.float64)[known]
    return _quality(
        np.asarray(ndtr((theta - theta_cut) / se)),
        theta >= theta_cut,
        own / own.sum(),
        method="rudner",
        decides_on=THETA,
        true_cut=theta_cut,
    )
