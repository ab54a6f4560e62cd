"""The M-step and the climb: better item parameters from the expected answers, until nothing moves.

Bock & Aitkin (1981), Marginal maximum likelihood estimation of item parameters: application of an EM algorithm,
Psychometrika 46; sped up by the squared extrapolation of Varadhan & Roland (2008), Scandinavian Journal of
Statistics 35.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.irt.expectation import Answers, Expectation, Floats, Grid, expect, probability

LARGEST_SLOPE = 8.0  # a slope that runs past this is a step, which no sample can tell from a steeper one
_LONGEST_STEP = 1.0  # of one Newton step, so that a bad start cannot throw an item out
_NEWTON_STEPS = 2

Update = Callable[[Expectation, Floats, Grid], Floats]


@dataclass(frozen=True, eq=False)
class Climb:
    """Where the climb ended. `parameters` is (2, n_items): slopes a, intercepts d."""

    parameters: Floats
    log_likelihood: float
    n_iter: int
    converged: bool
    largest_change: float


def climb(answers: Answers, start: Floats, *, update: Update, grid: Grid, tolerance: float, max_iter: int) -> Climb:
    """Climb the marginal likelihood until an EM step moves no parameter by more than the tolerance."""
    here, n_iter, change = start, 0, np.inf
    while n_iter < max_iter:
        at_here = expect(answers, here[0], here[1], grid)
        first = update(at_here, here, grid)
        second = update(expect(answers, first[0], first[1], grid), first, grid)
        n_iter += 2
        change = float(np.abs(second - first).max())
        if change < tolerance:
            here = second
            break
        here = _extrapolate(answers, here, first=first, second=second, floor=at_here.log_likelihood, grid=grid)
    log_likelihood = expect(answers, here[0], here[1], grid).log_likelihood
    return Climb(here, log_likelihood, n_iter, converged=change < tolerance, largest_change=change)


def _extrapolate(answers: Answers, here: Floats, *, first: Floats, second: Floats, floor: float, grid: Grid) -> Floats:
    """Leap along the way that two EM steps point; take the plain second step where the leap would lose height."""
    step, bend = first - here, second - 2 * first + here
    curvature = float(np.sum(bend**2))
    if curvature == 0:
        return second
    length = max(1.0, min(float(np.sqrt(np.sum(step**2) / curvature)), 64.0))
    leap = here + 2 * length * step + length**2 * bend
    if length == 1.0 or np.abs(leap[0]).max() > LARGEST_SLOPE:
        return second
    return leap if expect(answers, leap[0], leap[1], grid).log_likelihood >= floor else second


def free_slopes(expected: Expectation, parameters: Floats, grid: Grid) -> Floats:
    """2PL: a Newton step of its own for every item."""
    a, d = parameters
    z = grid.points[:, None]
    for _ in range(_NEWTON_STEPS):
        p = probability(a, d, grid.points)
        residual, weight = expected.right - expected.seen * p, expected.seen * p * (1 - p)
        g_a, g_d = (z * residual).sum(axis=0), residual.sum(axis=0)
        h_aa, h_ad, h_dd = (z * z * weight).sum(axis=0), (z * weight).sum(axis=0), weight.sum(axis=0)
        determinant = np.maximum(h_aa * h_dd - h_ad**2, 1e-12)
        a = a + _bounded((h_dd * g_a - h_ad * g_d) / determinant)
        d = d + _bounded((h_aa * g_d - h_ad * g_a) / determinant)
    return np.stack([np.clip(a, -LARGEST_SLOPE, LARGEST_SLOPE), d])


def common_slope(expected: Expectation, parameters: Floats, grid: Grid) -> Floats:
    """Rasch with free variance: one slope for all (the sd of ability), an intercept for each item."""
    a, d = parameters
    z = grid.points[:, None]
    for _ in range(_NEWTON_STEPS):
        p = probability(a, d, grid.points)
        residual, weight = expected.right - expected.seen * p, expected.seen * p * (1 - p)
        g_a, g_d = float((z * residual).sum()), residual.sum(axis=0)
        h_aa, h_ad, h_dd = float((z * z * weight).sum()), (z * weight).sum(axis=0), weight.sum(axis=0)
        h_dd = np.maximum(h_dd, 1e-12)
        rise = (g_a - float(np.sum(h_ad * g_d / h_dd))) / max(h_aa - float(np.sum(h_ad**2 / h_dd)), 1e-12)
        rise = float(_bounded(np.array(rise)))
        a = a + rise
        d = d + _bounded((g_d - h_ad * rise) / h_dd)
    return np.stack([np.clip(a, 1e-3, LARGEST_SLOPE), d])


def _bounded(step: Floats) -> Floats:
    return np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
