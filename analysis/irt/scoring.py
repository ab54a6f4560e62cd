"""Place people on the scale, each with a standard error.

Four estimates, for four uses: EAP and MAP lean on the population, so they exist for everyone; WLE is all but unbiased
and exists for perfect scores too; ML leans on the answers alone and runs away with a perfect or a zero score.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forms import Floats
from analysis.irt.calibration import Calibration
from analysis.irt.information import (
    ability_grid,
    conditional_error,
    curve_bends,
    curve_slopes,
    expected_score,
    form_information,
    item_curves,
    item_information,
    log_chances,
    lower_asymptotes,
    marginal_reliability,
    population_moments,
    theta_at_score,
)
from analysis.irt.placing import place
from analysis.responses import NOT_REACHED, ResponseMatrix

__all__ = [
    "Abilities",
    "conditional_error",
    "eap",
    "expected_score",
    "form_information",
    "item_curves",
    "item_information",
    "map_estimate",
    "marginal_reliability",
    "ml",
    "plausible_values",
    "theta_at_score",
    "wle",
]

BOUND = 6.0  # estimates without a finite top are put here, in standard deviations of ability, and marked
_BLOCK = 8192  # people at a time, so that memory does not grow with their number
_STEPS = 30


@dataclass(frozen=True, eq=False)
class Abilities:
    """Where each person stands, with its standard error: arrays (n_persons,), on the scale of the calibration.

    `at_bound` marks people whose answers have no estimate within six standard deviations of ability (ML of a perfect
    score): theta is then the bound of the search and se is infinite. None when the method has one for everyone.
    `weights` say how many people each row stands for; None counts each row once.
    """

    theta: Floats
    se: Floats
    method: str = "EAP"
    at_bound: NDArray[np.bool_] | None = None
    weights: Floats | None = None

    @property
    def empirical_reliability(self) -> float:
        """Share of the spread of the estimates and their error that is spread; meant for EAP."""
        own = np.ones(len(self.theta)) if self.weights is None else self.weights
        n = float(own.sum())
        if n <= 1:
            return float("nan")
        mean = float(own @ self.theta) / n
        spread = float(own @ (self.theta - mean) ** 2) / (n - 1)
        return spread / (spread + float(own @ self.se**2) / n)


def eap(matrix: ResponseMatrix, calibration: Calibration, *, not_reached_counts_wrong: bool = True) -> Abilities:
    """Expected a posteriori ability: the mean of each person's posterior, and its standard deviation.

    Source: Bock & Mislevy (1982), Adaptive EAP estimation of ability, Applied Psychological Measurement 6.
    """
    theta, se = place(matrix, calibration, not_reached_counts_wrong=not_reached_counts_wrong)
    return Abilities(theta=theta, se=se, weights=matrix.weights)


def ml(matrix: ResponseMatrix, calibration: Calibration) -> Abilities:
    """Maximum likelihood: the ability that makes the answers most probable; 1 / sqrt(information) is its error."""
    return _climb(matrix, calibration, pull=lambda theta, _: np.zeros_like(theta), method="ML")


def map_estimate(matrix: ResponseMatrix, calibration: Calibration) -> Abilities:
    """The top of the posterior, with the normal population of the calibration as prior.

    The error is 1 / sqrt(information + 1 / variance of ability).
    """
    mean, variance = population_moments(calibration)
    return _climb(
        matrix,
        calibration,
        pull=lambda theta, _: (mean - theta) / variance,
        method="MAP",
        prior_information=1 / variance,
    )


def wle(matrix: ResponseMatrix, calibration: Calibration) -> Abilities:
    """Weighted likelihood: maximum likelihood less its first-order bias; finite for perfect and zero scores.

    Solves score + J / (2 I) = 0 with J = sum P' P'' / (P (1 - P)).
    Source: Warm (1989), Weighted likelihood estimation of ability in item response theory, Psychometrika 54.
    """
    known = calibration.estimated

    def pull(theta: Floats, seen: Floats | None) -> Floats:
        of_all = np.zeros((len(theta), len(known)), dtype=np.bool_)
        of_all[:, known] = True if seen is None else seen > 0
        return warm_pull(calibration, theta, seen=of_all)

    return _climb(matrix, calibration, pull=pull, method="WLE")


def warm_pull(calibration: Calibration, theta: Floats, *, seen: NDArray[np.bool_]) -> Floats:
    """(n_persons,) Warm's J / (2 I) at each person's ability, over the items seen: (n_persons, n_items)."""
    p = item_curves(calibration, theta)
    first, second = curve_slopes(calibration, theta), curve_bends(calibration, theta)
    variance = np.maximum(p * (1 - p), 1e-300)
    bias = np.where(seen, first * second / variance, 0).sum(axis=1)
    below = 2 * np.where(seen, first**2 / variance, 0).sum(axis=1)
    return np.asarray(np.divide(bias, below, out=np.zeros_like(theta), where=below > 0))


def plausible_values(
    matrix: ResponseMatrix, calibration: Calibration, *, n_draws: int = 5, rng: np.random.Generator
) -> Floats:
    """(n_draws, n_persons) abilities drawn from each person's posterior, for statements about groups.

    Point estimates shrink or inflate the spread of a group; draws do not. They are never a person's score.
    Source: Mislevy (1991), Randomization-based inference about latent variables from complex samples, Psychometrika 56.
    """
    answers = _estimated_answers(matrix, calibration)
    grid, draws = ability_grid(calibration, n_points=241), np.empty((n_draws, answers.n_persons))
    step = float(grid.theta[1] - grid.theta[0])
    for rows, posterior in _posteriors(answers, calibration, n_points=241):
        reached = np.cumsum(posterior, axis=1)
        for draw in draws:
            aim = rng.random((len(posterior), 1)) * reached[:, -1:]
            cell = np.minimum((reached < aim).sum(axis=1), len(grid.theta) - 1)
            draw[rows] = grid.theta[cell] + (rng.random(len(cell)) - 0.5) * step
    return draws


@dataclass(frozen=True, eq=False)
class _Answers:
    """Right and wrong on the estimated items; `seen` is None when everyone was presented with all of them."""

    right: NDArray[np.bool_]  # (n_persons, n_estimated)
    seen: NDArray[np.bool_] | None

    @property
    def n_persons(self) -> int:
        return int(self.right.shape[0])


def _estimated_answers(
    matrix: ResponseMatrix, calibration: Calibration, *, not_reached_counts_wrong: bool = True
) -> _Answers:
    known, seen = calibration.estimated, matrix.presented
    if not not_reached_counts_wrong:
        seen = seen & (matrix.options != NOT_REACHED)
    of_known = seen[:, known]
    return _Answers(right=(matrix.scored == 1)[:, known], seen=None if of_known.all() else of_known)


def _blocks(answers: _Answers) -> Iterator[tuple[slice, Floats, Floats | None]]:
    for start in range(0, answers.n_persons, _BLOCK):
        rows = slice(start, min(start + _BLOCK, answers.n_persons))
        seen = None if answers.seen is None else answers.seen[rows].astype(np.float64)
        yield rows, answers.right[rows].astype(np.float64), seen


def _log_likelihoods(
    answers: _Answers, calibration: Calibration, theta: Floats
) -> Iterator[tuple[slice, Floats, Floats, Floats | None]]:
    """Block by block: rows, (rows, n_theta) log-likelihoods, right, seen."""
    known = calibration.estimated
    log_right, log_wrong = (chances[:, known] for chances in log_chances(calibration, theta))
    gain, base = (log_right - log_wrong).T, log_wrong.sum(axis=1)
    for rows, right, seen in _blocks(answers):
        yield rows, right @ gain + (base if seen is None else seen @ log_wrong.T), right, seen


def _posteriors(answers: _Answers, calibration: Calibration, *, n_points: int) -> Iterator[tuple[slice, Floats]]:
    """Block by block: rows, and (rows, n_points) posterior weights of the ability grid."""
    grid = ability_grid(calibration, n_points=n_points)
    log_weights = np.log(grid.weights)
    for rows, heights, _, _ in _log_likelihoods(answers, calibration, grid.theta):
        joint = np.add(heights, log_weights, out=heights)
        joint -= joint.max(axis=1, keepdims=True)
        np.exp(joint, out=joint)
        joint /= joint.sum(axis=1, keepdims=True)
        yield rows, joint


Pull = Callable[[Floats, Floats | None], Floats]


def _climb(
    matrix: ResponseMatrix, calibration: Calibration, *, pull: Pull, method: str, prior_information: float = 0.0
) -> Abilities:
    """The highest top of log-likelihood plus the integral of `pull`, found on points and then by Newton steps.

    Starting from the highest of many points keeps the estimate off the lower tops that a 3PL likelihood can have.
    """
    answers = _estimated_answers(matrix, calibration)
    mean, variance = population_moments(calibration)
    low, high = mean - BOUND * variance**0.5, mean + BOUND * variance**0.5
    points = np.linspace(low, high, 121)
    theta, se = np.empty(answers.n_persons), np.empty(answers.n_persons)
    stuck = np.zeros(answers.n_persons, dtype=np.bool_)
    for rows, height, right, seen in _log_likelihoods(answers, calibration, points):
        start = points[(height + _integrated(pull, points, seen)).argmax(axis=1)]
        climb = _Slope(calibration, right=right, seen=seen, pull=pull)
        theta[rows] = climb.top_near(start, reach=points[1] - points[0], low=low, high=high)
        stuck[rows] = (theta[rows] <= low + 1e-8) | (theta[rows] >= high - 1e-8)
        with np.errstate(divide="ignore"):
            se[rows] = 1 / np.sqrt(climb.information(theta[rows]) + prior_information)
    se[stuck] = np.inf
    return Abilities(theta=theta, se=se, method=method, at_bound=stuck, weights=matrix.weights)


def _integrated(pull: Pull, points: Floats, seen: Floats | None) -> Floats:
    """The pull summed up along the points: one curve for all, or one a person when forms differ."""

    def along(row: Floats | None) -> Floats:
        force = pull(points, None if row is None else np.broadcast_to(row, (len(points), len(row))))
        return np.concatenate([[0.0], np.cumsum((force[1:] + force[:-1]) / 2 * np.diff(points))])

    if seen is None:
        return along(None)
    patterns, which = np.unique(seen, axis=0, return_inverse=True)
    return np.asarray(np.stack([along(pattern) for pattern in patterns])[which.ravel()])


@dataclass(frozen=True, eq=False)
class _Slope:
    """The slope of the function that is climbed, for a block of people."""

    calibration: Calibration
    right: Floats
    seen: Floats | None
    pull: Pull

    def at(self, theta: Floats) -> Floats:
        """(rows,) slope at each person's theta."""
        known = self.calibration.estimated
        p = item_curves(self.calibration, theta)[:, known]
        # P' / (P (1 - P)) is a (P - c) / (P (1 - c)): finite even where P leaves no room for 1 - P.
        c = lower_asymptotes(self.calibration)[known]
        weight = self.calibration.a[known] * np.divide(p - c, p * (1 - c), out=np.ones_like(p), where=p > 0)
        residual = self.right - (p if self.seen is None else self.seen * p)
        return np.asarray((weight * residual).sum(axis=1) + self.pull(theta, self.seen))

    def information(self, theta: Floats) -> Floats:
        """(rows,) Fisher information of the items that each person saw."""
        known = item_information(self.calibration, theta)[:, self.calibration.estimated]
        return np.asarray((known if self.seen is None else known * self.seen).sum(axis=1))

    def top_near(self, start: Floats, *, reach: float, low: float, high: float) -> Floats:
        """The point within `reach` of the start where the slope passes through zero."""
        below, above = np.maximum(start - reach, low), np.minimum(start + reach, high)
        theta, nudge = start.copy(), 1e-4
        bend = np.empty_like(theta)
        for turn in range(_STEPS):
            here = self.at(theta)
            below, above = np.where(here > 0, theta, below), np.where(here < 0, theta, above)
            if turn % 4 == 0:  # so near the top the bend hardly changes from step to step
                bend = (self.at(theta + nudge) - self.at(theta - nudge)) / (2 * nudge)
            step = np.divide(-here, bend, out=np.full_like(here, np.inf), where=bend < 0)
            aimed = theta + step
            inside = (aimed >= below) & (aimed <= above)
            after = np.where(here == 0, theta, np.where(inside, aimed, (below + above) / 2))
            moved, theta = float(np.abs(after - theta).max(initial=0)), after
            if moved < 1e-9:
                break
        return theta
