"""What calibrated items promise at each ability: chances, information, expected scores.

P(right) = c + (1 - c) / (1 + exp(-(a theta + d))), with c = 0 for Rasch and the 2PL. Everything is (n_theta, n_items).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.forms import Floats
from analysis.irt.calibration import Calibration

FIT_POINTS, FIT_REACH = 121, 6.0  # in standard deviations of ability; halving the step moves no figure by 1e-6


@dataclass(frozen=True, eq=False)
class AbilityGrid:
    """Abilities on the scale of the calibration, with the share of the population at each."""

    theta: Floats  # (n_points,)
    weights: Floats  # (n_points,), sum 1


def ability_density(calibration: Calibration) -> tuple[float, float, Callable[[Floats], Floats]]:
    """From where to where ability reaches, and its density; several groups are mixed as they came."""
    alone = (1.0, calibration.group_mean, float(np.sqrt(calibration.group_variance)))
    parts = [(g.n_persons, g.mean, g.sd) for g in calibration.groups] or [alone]
    total = sum(n for n, _, _ in parts)

    def density(theta: Floats) -> Floats:
        heights = (n / total / sd * np.exp(-0.5 * ((theta - mean) / sd) ** 2) for n, mean, sd in parts)
        return np.asarray(sum(heights, start=np.zeros_like(theta)) / np.sqrt(2 * np.pi))

    low, high = (min(m - FIT_REACH * sd for _, m, sd in parts), max(m + FIT_REACH * sd for _, m, sd in parts))
    return low, high, density


def ability_grid(calibration: Calibration, *, n_points: int = FIT_POINTS) -> AbilityGrid:
    """The population that the calibration found, on equally spaced points."""
    low, high, density = ability_density(calibration)
    theta = np.linspace(low, high, n_points)
    weights = density(theta)
    return AbilityGrid(theta=theta, weights=weights / weights.sum())


def population_moments(calibration: Calibration) -> tuple[float, float]:
    """Mean and variance of ability in the population that the calibration found."""
    grid = ability_grid(calibration)
    mean = float(grid.weights @ grid.theta)
    return mean, float(grid.weights @ (grid.theta - mean) ** 2)


def lower_asymptotes(calibration: Calibration) -> Floats:
    """(n_items,) chance of those who know nothing: c, which Rasch and the 2PL do not have."""
    return calibration.guessing


def item_curves(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta, n_items) chance of being right; nan for an item without estimate."""
    c = lower_asymptotes(calibration)
    return np.asarray(c + (1 - c) * _logistic(calibration, theta))


def _logistic(calibration: Calibration, theta: Floats) -> Floats:
    logit = np.asarray(theta)[:, None] * calibration.a + calibration.d
    with np.errstate(invalid="ignore"):
        return np.asarray(np.exp(-np.logaddexp(0, -logit)))


def log_chances(calibration: Calibration, theta: Floats) -> tuple[Floats, Floats]:
    """(n_theta, n_items) logarithms of the chance of being right, and of being wrong, without loss at the ends."""
    c = lower_asymptotes(calibration)
    logit = np.asarray(theta)[:, None] * calibration.a + calibration.d
    with np.errstate(divide="ignore", invalid="ignore"):  # log 0 for items without c; nan for items without estimate
        right = np.logaddexp(np.log(c), np.log1p(-c) - np.logaddexp(0, -logit))
        return right, np.asarray(np.log1p(-c) - np.logaddexp(0, logit))


def curve_slopes(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta, n_items) how fast the chance of being right rises with ability."""
    s, c = _logistic(calibration, theta), lower_asymptotes(calibration)
    return np.asarray((1 - c) * calibration.a * s * (1 - s))


def curve_bends(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta, n_items) second derivative of the chance of being right."""
    s, c = _logistic(calibration, theta), lower_asymptotes(calibration)
    return np.asarray((1 - c) * calibration.a**2 * s * (1 - s) * (1 - 2 * s))


def item_information(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta, n_items) Fisher information P'^2 / (P (1 - P)); nan for an item without estimate."""
    s, c = _logistic(calibration, theta), lower_asymptotes(calibration)
    # a^2 P (1 - P) when c = 0; s / P is taken as one factor, since both may vanish.
    share = np.divide(s, c + (1 - c) * s, out=np.ones_like(s), where=s > 0)
    return np.asarray((1 - c) * calibration.a**2 * s * (1 - s) * np.where(np.isnan(s), s, share))


def form_information(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta,) information of all estimated items together."""
    return np.asarray(np.nansum(item_information(calibration, theta), axis=1))


def conditional_error(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta,) standard error of ability when estimated from the whole test: 1 / sqrt(information)."""
    with np.errstate(divide="ignore"):
        return np.asarray(1 / np.sqrt(form_information(calibration, theta)))


def expected_score(calibration: Calibration, theta: Floats) -> Floats:
    """(n_theta,) expected share right on the estimated items."""
    return np.asarray(np.nanmean(item_curves(calibration, theta), axis=1))


def theta_at_score(calibration: Calibration, share: float) -> float:
    """The ability at which the expected share right equals `share`; nan when it lies beyond -6..6 or is not unique."""
    theta = np.linspace(-6, 6, 481)
    above = expected_score(calibration, theta) >= share
    crossings = np.flatnonzero(above[1:] != above[:-1])
    if len(crossings) != 1:
        return float("nan")
    low, high = float(theta[crossings[0]]), float(theta[crossings[0] + 1])
    rises = bool(above[crossings[0] + 1])
    for _ in range(40):
        middle = (low + high) / 2
        reached = bool(expected_score(calibration, np.array([middle]))[0] >= share)
        low, high = (low, middle) if reached == rises else (middle, high)
    return high


def marginal_reliability(calibration: Calibration) -> float:
    """Reliability averaged over the population: integral of I / (I + 1 / variance of ability)."""
    grid = ability_grid(calibration)
    information = form_information(calibration, grid.theta)
    return float(grid.weights @ (information / (information + 1 / population_moments(calibration)[1])))
