"""Did each person answer as the model expects of someone of that ability? A reason to look, never proof of anything.

lz* compares the likelihood of the answers with what people of that ability usually show, and takes into account that
the ability was estimated from the same answers, without which strange patterns hide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import NotEstimable
from analysis.forms import Floats
from analysis.intervals import ONE_SIDED_95
from analysis.irt.calibration import Calibration
from analysis.irt.fit import mean_square_pair
from analysis.irt.information import curve_slopes, item_curves, lower_asymptotes, population_moments
from analysis.irt.scoring import Abilities, eap, warm_pull, wle
from analysis.responses import ResponseMatrix


@dataclass(frozen=True, eq=False)
class PersonFit:
    """How the answers of each person fit: arrays (n_persons,); nan where the answers tell nothing."""

    lz_star: Floats  # standard normal when the model holds; far below zero is strange
    infit: Floats
    infit_z: Floats
    outfit: Floats
    outfit_z: Floats

    def is_strange(self, *, z: float = ONE_SIDED_95) -> NDArray[np.bool_]:
        """Whose answers are less likely than those of all but one in twenty (or as z says) of their equals."""
        return np.asarray(np.nan_to_num(self.lz_star) < -z)


def person_fit(matrix: ResponseMatrix, calibration: Calibration) -> PersonFit:
    """lz* at the weighted likelihood estimate; infit and outfit at the EAP estimate."""
    p = item_curves(calibration, eap(matrix, calibration).theta)
    seen = matrix.presented & calibration.estimated
    infit, infit_z, outfit, outfit_z = mean_square_pair(matrix.scored == 1, p, seen=seen, axis=1)
    return PersonFit(
        lz_star=lz_star(matrix, calibration, wle(matrix, calibration)),
        infit=infit,
        infit_z=infit_z,
        outfit=outfit,
        outfit_z=outfit_z,
    )


def lz_star(matrix: ResponseMatrix, calibration: Calibration, people: Abilities) -> Floats:
    """Standardised log-likelihood of each person's answers, corrected for the estimated ability.

    `people` are WLE, ML or MAP estimates; people at the bound of the search get nan. With w = log(P / (1 - P)) and
    r = P' / (P (1 - P)), the weights w - c r, c = sum P' w / sum P' r, are those that an error in ability leaves alone.

    Sources: Snijders (2001), Asymptotic null distribution of person fit statistics with estimated person parameter,
    Psychometrika 66; Magis, Raîche & Béland (2012), A didactic presentation of Snijders's lz* index, Journal of
    Educational and Behavioral Statistics 37.
    """
    theta = people.theta
    p, slope = item_curves(calibration, theta), curve_slopes(calibration, theta)
    seen = matrix.presented & calibration.estimated
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.log(p) - np.log1p(-p)
        ratio = _slope_of_logit(calibration, p)
        c = np.where(seen, slope * weight, 0).sum(axis=1) / np.where(seen, slope * ratio, 0).sum(axis=1)
        kept = weight - c[:, None] * ratio
        surprise = np.where(seen, ((matrix.scored == 1) - p) * weight, 0).sum(axis=1)
        spread = np.sqrt(np.where(seen, kept**2 * p * (1 - p), 0).sum(axis=1))
        standardised = (surprise + c * _pull(calibration, people, seen=seen)) / spread
    known = np.isfinite(standardised) & (spread > 0)
    if people.at_bound is not None:
        known &= ~people.at_bound
    return np.where(known, standardised, np.nan)


def _slope_of_logit(calibration: Calibration, p: Floats) -> Floats:
    """P' / (P (1 - P)) = a (P - c) / (P (1 - c)): simply a for Rasch and the 2PL."""
    c = lower_asymptotes(calibration)
    return np.asarray(calibration.a * (p - c) / (p * (1 - c)))


def _pull(calibration: Calibration, people: Abilities, *, seen: NDArray[np.bool_]) -> Floats:
    """What the estimating equation adds to the slope of the likelihood: its estimate solves slope + pull = 0."""
    if people.method == "ML":
        return np.zeros_like(people.theta)
    if people.method == "MAP":
        mean, variance = population_moments(calibration)
        return np.asarray((mean - people.theta) / variance)
    if people.method != "WLE":
        raise NotEstimable(f"lz* wants WLE, ML or MAP estimates, not {people.method}.")
    return warm_pull(calibration, people.theta, seen=seen)
