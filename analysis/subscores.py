"""Does a part of the test deserve a score of its own?

Usually not: the whole test, being longer, often tells more about a part than the part's few items do. Haberman's
measure says which estimate of the part's true score is best, and so whether a printed sub-score informs or misleads.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import NotEstimable
from analysis.forms import Floats, Form, item_covariances
from analysis.responses import ResponseMatrix


@dataclass(frozen=True)
class SubscoreWorth:
    """What is known about one section from three sources. Figures are nan where the section's scores tell nothing.

    PRMSE is the share of the variance of the section's true score that an estimate explains: 0 nothing, 1 everything.
    """

    section: str
    n_items: int
    reliability: float  # alpha of the section
    prmse_own: float  # from the section's score: its reliability
    prmse_whole: float  # from the whole score
    prmse_both: float  # from both together, never below either
    true_correlation: float  # of the section's true score with the true score of all other sections together
    error_own: float  # standard error of the estimate from the section, in items

    @property
    def is_reportable(self) -> bool:
        """Whether the section's own score tells more about it than the whole score does; False when undefined."""
        return self.prmse_own > self.prmse_whole

    @property
    def is_worth_augmenting(self) -> bool:
        """Whether both together beat the better one by a hundredth or more."""
        return self.prmse_both > max(self.prmse_own, self.prmse_whole) + 0.01


def worth_of_sections(matrix: ResponseMatrix, form: Form) -> tuple[SubscoreWorth, ...]:
    """Every section of a form, in the order in which it first occurs.

    Raises
    ------
    NotEstimable
        When the matrix has no sections.
    """
    if matrix.sections is None:
        raise NotEstimable("The items carry no sections.")
    covariances = item_covariances(matrix, form)
    of_item = np.array(matrix.sections)[form.items]
    names = tuple(dict.fromkeys(of_item.tolist()))
    return tuple(_worth(covariances, of_item == name, name) for name in names)


def _worth(covariances: Floats, part: NDArray[np.bool_], name: str) -> SubscoreWorth:
    """Haberman (2008), When can subscores have value?, Journal of Educational and Behavioral Statistics 33."""
    within, rest = covariances[np.ix_(part, part)], covariances[np.ix_(~part, ~part)]
    k, reliability = int(part.sum()), _alpha(within)
    variance, whole_variance = float(within.sum()), float(covariances.sum())
    if not reliability > 0 or whole_variance <= 0:
        nan = math.nan
        return SubscoreWorth(name, k, reliability, nan, nan, nan, nan, nan)
    true_variance, with_score = reliability * variance, float(covariances[part].sum())
    # The section's error stands in the whole score as well; true scores covary by what is left without it.
    with_whole = with_score - variance * (1 - reliability)
    observed = np.array([[variance, with_score], [with_score, whole_variance]])
    of_true = np.array([true_variance, with_whole])
    by_both, *_ = np.linalg.lstsq(observed, of_true, rcond=None)
    with_rest = float(covariances[np.ix_(part, ~part)].sum())
    return SubscoreWorth(
        section=name,
        n_items=k,
        reliability=reliability,
        prmse_own=reliability,
        prmse_whole=min(with_whole**2 / (true_variance * whole_variance), 1.0),
        prmse_both=min(float(of_true @ by_both) / true_variance, 1.0),
        true_correlation=_true_correlation(with_rest, true_variance, float(rest.sum()) * _alpha(rest)),
        error_own=math.sqrt(true_variance * (1 - reliability)),
    )


def _true_correlation(covariance: float, own_true_variance: float, rest_true_variance: float) -> float:
    """Correlation corrected for attenuation (Spearman 1904); may exceed 1 by chance."""
    if not rest_true_variance > 0:
        return math.nan
    return covariance / math.sqrt(own_true_variance * rest_true_variance)


def _alpha(covariances: Floats) -> float:
    k, variance = len(covariances), float(covariances.sum())
    return k / (k - 1) * (1 - float(np.trace(covariances)) / variance) if k > 1 and variance > 1e-12 else math.nan
