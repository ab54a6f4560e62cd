"""The shape of the scores, and what each item adds to it.

Hard tests pile scores up on the left, easy ones on the right; neither is wrong, but methods that presume normal scores
should not be used on them unasked.
"""

import math
from dataclasses import dataclass

import numpy as np

from analysis.classical import FormStatistics
from analysis.decision import keats_error, lord_error
from analysis.forms import Floats, find_forms
from analysis.intervals import chi_square_tail
from analysis.responses import ResponseMatrix

FEWEST_FOR_NORMALITY = 20  # below this the approximations behind the test do not hold


@dataclass(frozen=True)
class ScoreShape:
    """How far the scores of a form are from a normal distribution. nan when people are too few or scores alike."""

    n_persons: int
    skewness: float
    skewness_z: float  # above 2: a tail to the right, as hard tests have
    kurtosis_excess: float
    kurtosis_z: float
    chi_square: float  # both together, 2 degrees of freedom
    p: float
    share_at_floor: float  # of people with nothing right
    share_at_ceiling: float  # with everything right

    @property
    def is_plainly_not_normal(self) -> bool:
        """Whether a sample from a normal distribution would be as odd in fewer than one case of a hundred."""
        return self.p < 0.01


def score_shape(form: FormStatistics) -> ScoreShape:
    """Skewness and kurtosis against those of normal scores: D'Agostino & Pearson's omnibus test.

    Sources: D'Agostino (1970), Transformation to normality of the null distribution of g1, Biometrika 57; Anscombe &
    Glynn (1983), Distribution of the kurtosis statistic b2 for normal samples, Biometrika 70.
    """
    n, nan = round(form.n_counted), math.nan
    z1 = z2 = nan
    if n >= FEWEST_FOR_NORMALITY and math.isfinite(form.skewness):
        z1, z2 = _skewness_z(form.skewness, n), _kurtosis_z(form.kurtosis_excess + 3, n)
    chi_square = z1 * z1 + z2 * z2
    return ScoreShape(
        n_persons=n,
        skewness=form.skewness,
        skewness_z=z1,
        kurtosis_excess=form.kurtosis_excess,
        kurtosis_z=z2,
        chi_square=chi_square,
        p=float(chi_square_tail(np.array(chi_square), np.array(2.0))),
        share_at_floor=form.people[0] / form.n_counted if form.n_counted else nan,
        share_at_ceiling=form.people[-1] / form.n_counted if form.n_counted else nan,
    )


def _skewness_z(skewness: float, n: int) -> float:
    y = skewness * math.sqrt((n + 1) * (n + 3) / (6 * (n - 2)))
    b2 = 3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9))
    w2 = math.sqrt(2 * (b2 - 1)) - 1
    return math.asinh(y / math.sqrt(2 / (w2 - 1))) / math.sqrt(0.5 * math.log(w2))


def _kurtosis_z(kurtosis: float, n: int) -> float:
    mean = 3 * (n - 1) / (n + 1)
    variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    x = (kurtosis - mean) / math.sqrt(variance)
    skew = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) * math.sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    a = 6 + 8 / skew * (2 / skew + math.sqrt(1 + 4 / skew**2))
    inner = (1 - 2 / a) / (1 + x * math.sqrt(2 / (a - 4)))
    return (1 - 2 / (9 * a) - math.copysign(abs(inner) ** (1 / 3), inner)) / math.sqrt(2 / (9 * a))


def kr21(form: FormStatistics) -> float:
    """Reliability as if all items were equally difficult: k / (k - 1) (1 - mean (k - mean) / (k variance))."""
    k, n = form.n_items, form.n_counted
    variance = form.sd**2 * (n - 1) / n if n > 1 else math.nan
    if k < 2 or not variance > 0:
        return math.nan
    return k / (k - 1) * (1 - form.mean * (k - form.mean) / (k * variance))


@dataclass(frozen=True)
class ErrorAtScore:
    """How far a raw score may lie from the true one, in items right."""

    raw_score: int
    n_persons: int  # with this score
    lord: float
    keats: float  # of this form, whose items differ in difficulty; nan when reliability is undefined


def errors_by_score(form: FormStatistics) -> tuple[ErrorAtScore, ...]:
    """The conditional standard error of measurement at every raw score, after Lord and after Keats."""
    by_chance = kr21(form)
    return tuple(
        ErrorAtScore(
            raw_score=raw,
            n_persons=count,
            lord=lord_error(raw, form.n_items),
            keats=keats_error(raw, form.n_items, kr20=form.kr20, kr21=by_chance),
        )
        for raw, count in enumerate(form.histogram)
    )


def discriminative_efficiency(matrix: ResponseMatrix) -> Floats:
    """(n_items,) the part of the discrimination open to an item of this difficulty that it reaches: 1 is all of it.

    Covariance of the item with the score on the others, over the largest that these item scores and these rest scores
    could have if the right answers were those of the strongest. Easy and hard items are judged fairly, as they are not
    by a correlation. Within forms, summed over them; nan where nothing can be reached.

    Source: Moodle, Quiz statistics calculations (developer documentation), "Discriminative efficiency".
    """
    found, best = np.zeros(matrix.n_items), np.zeros(matrix.n_items)
    for form in find_forms(matrix):
        right = (matrix.scored[np.ix_(form.persons, form.items)] == 1).astype(np.float64)
        weights = np.ones(len(right)) if form.weights is None else form.weights
        n = float(weights.sum())
        if not n:
            continue
        p = weights @ right / n
        with_score = (form.raw_scores * weights) @ right / n - form.mean * p
        found[form.items] += n * (with_score - p * (1 - p))
        best[form.items] += [
            _best_covariance(form.raw_scores - right[:, place], p[place], weights) for place in range(len(p))
        ]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(best > 1e-12, found / best, np.nan))


def _best_covariance(rest: Floats, p: float, weights: Floats) -> float:
    """n times the covariance if exactly the strongest on the other items were right."""
    order = np.argsort(-rest, kind="stable")
    own, n_right = weights[order], p * float(weights.sum())
    taken = np.clip(n_right - (np.cumsum(own) - own), 0, own)
    return float(taken @ rest[order]) - n_right * float(np.average(rest, weights=weights))
