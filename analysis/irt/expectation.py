"""The E-step: what each person's answers say about where that person stands, at fixed item parameters.

Ability is standard normal, integrated over equally spaced points. Everything heavy is a matrix product.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.responses import NOT_REACHED, ResponseMatrix

Floats = NDArray[np.float64]
N_POINTS = 61
REACH = 6.0  # the points run from -6 to 6; beyond lie two in a thousand million people


@dataclass(frozen=True, eq=False)
class Grid:
    """Quadrature points of a standard normal ability, and the logarithm of their weights."""

    points: Floats  # (n_points,)
    log_weights: Floats  # (n_points,)


def normal_grid(n_points: int = N_POINTS, reach: float = REACH) -> Grid:
    """Equally spaced points, which integrate a smooth posterior more exactly than their number suggests."""
    points = np.linspace(-reach, reach, n_points)
    log_weights = -0.5 * points**2
    return Grid(points=points, log_weights=log_weights - np.log(np.exp(log_weights).sum()))


@dataclass(frozen=True, eq=False)
class Answers:
    """Right and wrong as numbers. `seen` is None when everyone was presented with everything."""

    right: Floats  # (n_persons, n_items): 1 right, 0 wrong or not presented
    seen: Floats | None  # (n_persons, n_items): 1 presented, 0 not

    @cached_property
    def n_persons(self) -> int:
        return int(self.right.shape[0])

    @cached_property
    def n_seen(self) -> Floats:
        """(n_items,) people presented with each item."""
        if self.seen is None:
            return np.full(self.right.shape[1], float(self.n_persons))
        return np.asarray(self.seen.sum(axis=0))


def answers_of(matrix: ResponseMatrix, *, not_reached_counts_wrong: bool = True) -> Answers:
    """Take the answers out of a matrix; what was not reached counts wrong, or as not presented."""
    seen = matrix.presented
    if not not_reached_counts_wrong:
        seen = seen & (matrix.options != NOT_REACHED)
    right = (matrix.scored == 1).astype(np.float64)
    return Answers(right=right, seen=None if seen.all() else seen.astype(np.float64))


@dataclass(frozen=True, eq=False)
class Expectation:
    """What the E-step found."""

    log_likelihood: float
    posterior: Floats  # (n_persons, n_points), each row sums to 1
    right: Floats  # (n_points, n_items), expected people who are right
    seen: Floats  # (n_points, n_items) or (n_points, 1), expected people who saw the item


def expect(answers: Answers, a: Floats, d: Floats, grid: Grid) -> Expectation:
    """Spread every person over the points, by Bayes' rule."""
    posterior, log_likelihood = posterior_of(answers, a, d, grid)
    right = posterior.T @ answers.right
    seen = posterior.sum(axis=0)[:, None] if answers.seen is None else posterior.T @ answers.seen
    return Expectation(log_likelihood=log_likelihood, posterior=posterior, right=right, seen=seen)


def posterior_of(answers: Answers, a: Floats, d: Floats, grid: Grid) -> tuple[Floats, float]:
    """(n_persons, n_points) posterior weights, and the marginal log-likelihood of all answers."""
    logit = grid.points[:, None] * a + d
    log_wrong = -np.logaddexp(0, logit)
    joint = answers.right @ logit.T
    joint += grid.log_weights + (log_wrong.sum(axis=1) if answers.seen is None else answers.seen @ log_wrong.T)
    highest = joint.max(axis=1, keepdims=True)
    np.subtract(joint, highest, out=joint)
    np.exp(joint, out=joint)
    total = joint.sum(axis=1, keepdims=True)
    joint /= total
    return joint, float(np.sum(np.log(total)) + np.sum(highest))


def probability(a: Floats, d: Floats, theta: Floats) -> Floats:
    """(n_theta, n_items), chance of being right: 1 / (1 + exp(-(a theta + d)))."""
    return np.asarray(np.exp(-np.logaddexp(0, -(np.asarray(theta)[:, None] * a + d))))
