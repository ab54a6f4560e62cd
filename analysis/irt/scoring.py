"""Place people on the scale, and say where on it a test measures well."""

from dataclasses import dataclass

import numpy as np

from analysis.irt.calibration import Calibration
from analysis.irt.expectation import Answers, Floats, answers_of, posterior_of, probability
from analysis.responses import ResponseMatrix


@dataclass(frozen=True, eq=False)
class Abilities:
    """Where each person stands, with its standard error: both (n_persons,), on the scale of the calibration."""

    theta: Floats
    se: Floats

    @property
    def empirical_reliability(self) -> float:
        """Share of the spread of the estimates and their error that is spread."""
        spread = float(self.theta.var(ddof=1)) if len(self.theta) > 1 else float("nan")
        return spread / (spread + float(np.mean(self.se**2)))


def eap(matrix: ResponseMatrix, calibration: Calibration) -> Abilities:
    """Expected a posteriori ability: the mean of each person's posterior, and its standard deviation.

    Source: Bock & Mislevy (1982), Adaptive EAP estimation of ability, Applied Psychological Measurement 6.
    """
    known, sd = calibration.estimated, np.sqrt(calibration.group_variance)
    answers = answers_of(matrix)
    kept = Answers(right=answers.right[:, known], seen=None if answers.seen is None else answers.seen[:, known])
    posterior, _ = posterior_of(kept, calibration.a[known] * sd, calibration.d[known], calibration.grid)
    points = calibration.grid.points * sd
    theta = posterior @ points
    return Abilities(theta=theta, se=np.sqrt(np.maximum(posterior @ points**2 - theta**2, 0)))


def item_curves(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta, n_items) chance of being right; nan for an item without estimate."""
    return probability(calibration.a, calibration.d, theta)


def item_information(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta, n_items) Fisher information a^2 P (1 - P); nan for an item without estimate."""
    p = item_curves(calibration, theta)
    return np.asarray(calibration.a**2 * p * (1 - p))


def form_information(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta,) information of all estimated items together."""
    return np.asarray(np.nansum(item_information(calibration, theta), axis=1))


def expected_score(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta,) expected share right on the estimated items."""
    return np.asarray(np.nanmean(item_curves(calibration, theta), axis=1))


def theta_at_score(calibration: Calibration, share: float) -> float:
    """The ability at which the expected share right equals `share`; nan when it lies beyond -6..6 or is not unique."""
    theta = np.linspace(-6, 6, 4801)
    above = expected_score(calibration, theta) >= share
    crossings = np.flatnonzero(above[1:] != above[:-1])
    return float(theta[crossings[0] + 1]) if len(crossings) == 1 else float("nan")


def marginal_reliability(calibration: Calibration) -> float:
    """Reliability averaged over the population: integral of I / (I + 1 / variance of ability)."""
    sd = np.sqrt(calibration.group_variance)
    information = form_information(calibration, calibration.grid.points * sd)
    weights = np.exp(calibration.grid.log_weights)
    return float(weights @ (information / (information + 1 / sd**2)))
