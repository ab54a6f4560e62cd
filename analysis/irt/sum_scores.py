"""What a number right says about ability, for people who get a table and not a computation.

The chance of every number right at an ability is built up one item at a time: Lord & Wingersky (1984), Comparison of
IRT true-score and equipercentile observed-score "equatings", Applied Psychological Measurement 8.
"""

from dataclasses import dataclass

import numpy as np

from analysis.forms import Floats
from analysis.irt.calibration import Calibration
from analysis.irt.information import ability_grid, item_curves


def score_chances(p: Floats) -> Floats:
    """(n_theta, n_items + 1) chance of each number right, from (n_theta, n_items) chances of being right."""
    n_theta, n_items = p.shape
    chances = np.zeros((n_theta, n_items + 1))
    chances[:, 0] = 1
    for j in range(n_items):
        right = p[:, j, None]
        chances[:, 1 : j + 2] = chances[:, 1 : j + 2] * (1 - right) + chances[:, : j + 1] * right
        chances[:, 0] *= 1 - p[:, j]
    return chances


def rest_score_chances(p: Floats) -> Floats:
    """(n_items, n_theta, n_items) chance of each number right on the other items, for every item left out."""
    n_theta, n_items = p.shape
    chances = np.zeros((n_items, n_theta, n_items))
    chances[:, :, 0] = 1
    for j in range(n_items):
        right, without = p[:, j, None], chances[j].copy()
        known = chances[:, :, : j + 1]  # more right than items so far has no chance yet
        gained = known * right
        known *= 1 - right
        chances[:, :, 1 : j + 2] += gained[:, :, : n_items - 1]
        chances[j] = without
    return chances


@dataclass(frozen=True, eq=False)
class SumScoreTable:
    """Ability by number right on the estimated items: all arrays (n_items + 1,), from 0 right to all right."""

    eap: Floats  # mean ability of those with this score
    se: Floats  # and their standard deviation
    share: Floats  # of the population with this score, by the model
    expected_theta: Floats  # ability at which this is the expected score; -inf and inf at the ends

    @property
    def reliability(self) -> float:
        """Share of the variance of ability that the number right explains."""
        mean = float(self.share @ self.eap)
        spread = float(self.share @ (self.eap - mean) ** 2)
        return spread / (spread + float(self.share @ self.se**2))


def sum_score_table(calibration: Calibration) -> SumScoreTable:
    """Expected a posteriori ability for each number right (Thissen, Pommerich, Billeaud & Williams 1995)."""
    known, grid = calibration.estimated, ability_grid(calibration)
    chances = score_chances(item_curves(calibration, grid.theta)[:, known]) * grid.weights[:, None]
    share = chances.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        eap = grid.theta @ chances / share
        variance = grid.theta**2 @ chances / share - eap**2
    return SumScoreTable(
        eap=eap, se=np.sqrt(np.maximum(variance, 0)), share=share, expected_theta=_theta_of_scores(calibration)
    )


def _theta_of_scores(calibration: Calibration) -> Floats:
    """Where each number right is the expected one; nan where the expected score is not rising or never reaches it."""
    k = int(np.count_nonzero(calibration.estimated))
    theta = np.linspace(-12, 12, 9601)
    expected = np.nansum(item_curves(calibration, theta), axis=1)
    wanted = np.arange(k + 1, dtype=np.float64)
    if np.any(np.diff(expected) < -1e-12):
        return np.full(k + 1, np.nan)
    found = np.interp(wanted, expected, theta, left=np.nan, right=np.nan)
    found[0], found[-1] = -np.inf, np.inf
    return np.asarray(found)
