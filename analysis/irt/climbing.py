"""The climb: from a start to the top of the likelihood (times priors), and the proof that it is the top.

EM steps find the right hill from far away, sped up by the squared extrapolation of Varadhan & Roland (2008),
Scandinavian Journal of Statistics 35. Near the top they crawl; Newton steps, with the exact observed information, end
the climb in a few looks at the answers. A look is one E-step, which also gives the gradient (Fisher's identity). No
step that loses height is taken. The climb has settled when the Newton step that is left is a small part of each
standard error: a statement about the gradient, not about how slowly the figures move.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.irt.answers import Answers
from analysis.irt.curves import Floats
from analysis.irt.expectation import Crew, Expectation, Grid, expect
from analysis.irt.item_errors import item_errors
from analysis.irt.maximization import gradient, improve, positive_slopes, prior_value
from analysis.irt.observed import covariance_of, observed_information, prior_information
from analysis.irt.parameters import LARGEST_SLOPE, SMALLEST_SD, Layout, Parameters
from analysis.irt.priors import Priors

_NEAR = 0.03  # an EM step this short means that Newton's steps can be trusted
_SETTLED_BY_EM, _SETTLED_BY_EM_ROUNDED = 1e-6, 2e-5  # in double and single precision, where Newton's do not serve
_SLOWEST = 0.98
_ERROR_OF_A_GROUP = 0.01  # of a mean or deviation, where errors are worked out item by item
_LONGEST_LEAP = 64.0
_LONGEST_STEP = 1.0
_FEW_HALVINGS = 5
_SLOW = 0.2  # a Newton step that leaves more than this share of the last one wants the information anew
_ROUNDING = 0.01  # of a standard error: a step that rounding keeps from shrinking is small enough below this
MOST_FREE = 1200  # values whose full covariance is still worth its time and memory


@dataclass(frozen=True, eq=False)
class View:
    """What one look at the answers shows from one place."""

    free: Floats
    at: Parameters
    expected: Expectation
    height: float  # log-likelihood plus log prior, in the precision of the climb


@dataclass(eq=False)
class Hill:
    """The function that is climbed. Counts the looks."""

    answers: Answers
    layout: Layout
    priors: Priors
    grid: Grid
    crew: Crew = map
    n_looks: int = field(default=0, init=False)

    def look(self, free: Floats) -> View:
        self.n_looks += 1
        bounded = self.layout.within_bounds(free, positive_slopes=positive_slopes(self.layout, self.priors))
        at = self.layout.values(bounded)
        expected = expect(self.answers, at, self.grid, self.crew)
        return View(bounded, at, expected, expected.log_likelihood + self.log_prior(at))

    def log_prior(self, at: Parameters) -> float:
        total = 0.0
        for kind in "adc":
            prior = self.priors.of_kind(kind)
            if prior is not None:
                free = self.layout.places[kind] >= 0
                total += float(prior.log_density(prior_value(kind, at))[free].sum())
        return total

    def em(self, view: View) -> Floats:
        return improve(view.expected, view.at, layout=self.layout, priors=self.priors, grid=self.grid)

    def gradient(self, view: View) -> Floats:
        return gradient(view.expected, view.at, layout=self.layout, priors=self.priors, grid=self.grid)

    def information(self, view: View) -> Floats:
        return observed_information(
            self.answers,
            view.at,
            layout=self.layout,
            priors=self.priors,
            grid=self.grid,
            crew=self.crew,
            expected=view.expected,
        )

    def item_errors(self, view: View) -> Floats:
        return item_errors(
            self.answers,
            view.at,
            layout=self.layout,
            priors=self.priors,
            grid=self.grid,
            expected=view.expected,
            crew=self.crew,
        )

    def prior_information(self, view: View) -> Floats:
        return prior_information(view.at, self.layout, self.priors)

    def noise(self, view: View) -> float:
        """Height that rounding alone may cost."""
        return abs(view.height) * (1e-11 if self.answers.is_exact else 2e-7)

    def at_bound(self, free: Floats) -> NDArray[np.bool_]:
        """(n_free,) whether a value stands at the end of what it may be."""
        found = np.zeros(len(free), dtype=bool)
        for kind in ("a", "sd"):
            place = self.layout.places[kind][self.layout.places[kind] >= 0]
            found[place] |= np.abs(free[place]) >= LARGEST_SLOPE
            found[place] |= (kind == "sd") & (free[place] <= SMALLEST_SD)
        return found


@dataclass(frozen=True, eq=False)
class Climb:
    """Where a climb ended, and how far from the top that may be."""

    view: View
    settled: bool
    largest_change: float  # of any value, in the last EM step or the Newton step that is left
    step_left: float  # the same Newton step in standard errors; nan where EM steps ended the climb


def climb(hill: Hill, start: Floats, *, tolerance: float, max_looks: int, information: Floats | None = None) -> Climb:
    """Climb by EM until near, then by Newton. With an information to start from, by Newton at once."""
    view, near, change = hill.look(start), _NEAR, np.inf
    last = hill.n_looks + max_looks - 1
    if hill.layout.n_free > MOST_FREE:
        return _by_em_alone(hill, view, last=last)
    while hill.n_looks < last:
        if information is None:
            view, change, _ = _approach(hill, view, near=near, last=last)
        found = _finish(hill, view, tolerance=tolerance, last=last, information=information)
        if found.settled:
            return found
        view, information = found.view, None
        if change < (_SETTLED_BY_EM if hill.answers.is_exact else _SETTLED_BY_EM_ROUNDED):
            return Climb(view, settled=True, largest_change=change, step_left=np.nan)
        near = min(near, change) / 10
    return Climb(view, settled=False, largest_change=change, step_left=np.nan)


def _by_em_alone(hill: Hill, view: View, *, last: int) -> Climb:
    """For so many values that no matrix of all of them is worth its memory.

    EM steps shrink by a rate; what they still have to go is the last one over 1 less the rate. It has settled when
    that is a small part of each standard error.
    """
    near, change, left = _NEAR, np.inf, np.inf
    while hill.n_looks < last:
        view, change, rate = _approach(hill, view, near=near, last=last)
        errors = hill.item_errors(view)
        errors = np.where(np.isfinite(errors), errors, _ERROR_OF_A_GROUP)
        left = float(np.max(np.abs(hill.em(view) - view.free) / errors)) / (1 - rate)
        if left <= _ROUNDING:
            return Climb(view, settled=True, largest_change=change, step_left=left)
        near = min(near, change) / 4
    return Climb(view, settled=False, largest_change=change, step_left=left)


def _approach(hill: Hill, view: View, *, near: float, last: int) -> tuple[View, float, float]:
    """EM steps with leaps, until one moves no value by more than `near`; also how long it was, and the slowest rate."""
    change, rate = np.inf, 0.5
    while hill.n_looks < last:
        first = hill.em(view)
        change = float(np.abs(first - view.free).max(initial=0))
        if change < near:
            break
        middle = hill.look(first)
        second = hill.em(middle)
        shrunk = float(np.linalg.norm(second - middle.free) / np.linalg.norm(middle.free - view.free))
        rate = max(rate, min(shrunk, _SLOWEST))
        view = _leap(hill, view, middle=middle, second=second)
    return view, change, rate


def _leap(hill: Hill, view: View, *, middle: View, second: Floats) -> View:
    """Leap along the way that two EM steps point; take the plain second step where the leap would lose height."""
    step, bend = middle.free - view.free, second - 2 * middle.free + view.free
    curvature = float(np.sum(bend**2))
    length = 1.0 if curvature == 0 else max(1.0, min(float(np.sqrt(np.sum(step**2) / curvature)), _LONGEST_LEAP))
    if length > 1.0:
        leap = hill.look(view.free + 2 * length * step + length**2 * bend)
        if leap.height >= middle.height - hill.noise(middle):
            return leap
    return hill.look(second)


def _finish(hill: Hill, view: View, *, tolerance: float, last: int, information: Floats | None) -> Climb:
    """Newton steps until the next one is a small part of each standard error; not settled where they do not serve."""
    size = before = change = np.inf
    while hill.n_looks < last:
        is_fresh = information is None
        if information is None:
            information = hill.information(view)
        step, errors = newton_step(hill, view, information)
        size = float(np.max(np.abs(step) / errors, initial=0))
        change = float(np.abs(step).max(initial=0))
        is_slow = not size <= _SLOW * before
        if size <= tolerance or (is_slow and is_fresh and size <= _ROUNDING):
            return Climb(view, settled=True, largest_change=change, step_left=size)
        better = None if is_slow and not is_fresh else _step_up(hill, view, step)
        if better is not None:
            view, before = better, size
        elif is_fresh:
            break
        else:
            information = None
    return Climb(view, settled=False, largest_change=change, step_left=size)


def newton_step(hill: Hill, view: View, information: Floats) -> tuple[Floats, Floats]:
    """The step to the top of the parabola, and the standard errors; nan where the answers determine no top.

    Values at the end of what they may be are held there, with an infinite error.
    """
    free = ~hill.at_bound(view.free)
    step, errors = np.zeros(len(free)), np.full(len(free), np.inf)
    covariance = covariance_of(information[np.ix_(free, free)])
    if covariance is None:
        return np.full(len(free), np.nan), errors
    step[free] = covariance @ hill.gradient(view)[free]
    errors[free] = np.sqrt(np.diag(covariance))
    return step, errors


def _step_up(hill: Hill, view: View, step: Floats) -> View | None:
    """The step, or half of it and so on, that does not lose height; None when there is none."""
    if not np.isfinite(step).all():
        return None
    length = min(1.0, _LONGEST_STEP / max(float(np.abs(step).max(initial=0)), _LONGEST_STEP))
    for _ in range(_FEW_HALVINGS):
        there = hill.look(view.free + length * step)
        if there.height >= view.height - hill.noise(view):
            return there
        length /= 2
    return None
