"""The M-step: better parameters from the expected answers, one Newton step for all of them together.

Each item has a matrix of its own; what items share (a common slope, the groups' means and deviations) borders them.
So the step costs time in proportion to the items, and is the same code for every model. Curvature is the expected
one (Fisher scoring), which always points uphill.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.irt.curves import Curves, Floats
from analysis.irt.expectation import Expectation, Grid, group_curves
from analysis.irt.parameters import Layout, Parameters
from analysis.irt.priors import Priors

_LONGEST_STEP = 1.0  # of one Newton step, so that a bad start cannot throw an item out
_NEWTON_STEPS = 2
_TINY = 1e-10


@dataclass(frozen=True, eq=False)
class BaseGradient:
    """Slopes of the expected log-likelihood by slope and intercept on z, and logit c: each (n_groups, n_items)."""

    slope: Floats
    intercept: Floats
    guessing: Floats

    def by_kind(self, at: Parameters) -> dict[str, Floats]:
        """The chain rule to a, d, c, mean and sd."""
        sd, mean = at.sd[:, None], at.mean[:, None]
        return {
            "a": (sd * self.slope + mean * self.intercept).sum(axis=0),
            "d": self.intercept.sum(axis=0),
            "c": self.guessing.sum(axis=0),
            "mean": (at.a * self.intercept).sum(axis=1),
            "sd": (at.a * self.slope).sum(axis=1),
        }


def base_gradient(expected: Expectation, bent: Curves, grid: Grid) -> BaseGradient:
    """By Fisher's identity also the slope of the marginal log-likelihood."""
    surplus = expected.right - expected.seen * bent.right
    by_eta = surplus * bent.by_eta
    return BaseGradient(
        slope=np.einsum("gkj,k->gj", by_eta, grid.points),
        intercept=by_eta.sum(axis=1),
        guessing=(surplus * bent.by_guessing).sum(axis=1),
    )


def gradient(expected: Expectation, at: Parameters, *, layout: Layout, priors: Priors, grid: Grid) -> Floats:
    """(n_free,) slope of the log-likelihood plus log prior."""
    by_kind = base_gradient(expected, group_curves(at, grid), grid).by_kind(at)
    return layout.collect(with_priors(by_kind, at, priors))


def with_priors(by_kind: dict[str, Floats], at: Parameters, priors: Priors) -> dict[str, Floats]:
    """Gradients by kind with those of the priors added."""
    return {kind: value + _prior_slope(kind, at, priors) for kind, value in by_kind.items()}


def prior_value(kind: str, at: Parameters) -> Floats:
    """What the prior of a kind speaks of: c as its logit."""
    if kind != "c":
        value: Floats = getattr(at, kind)
        return value
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(at.c) - np.log1p(-at.c))


def improve(expected: Expectation, at: Parameters, *, layout: Layout, priors: Priors, grid: Grid) -> Floats:
    """The free values after Newton steps from `at`, within their bounds."""
    for _ in range(_NEWTON_STEPS):
        bent = group_curves(at, grid)
        by_kind = with_priors(base_gradient(expected, bent, grid).by_kind(at), at, priors)
        step = _bordered_step(_bends(expected, bent, grid), by_kind, at, layout=layout, priors=priors)
        free = layout.free_of(at) + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        at = layout.values(layout.within_bounds(free, positive_slopes=positive_slopes(layout, priors)))
    return layout.free_of(at)


def positive_slopes(layout: Layout, priors: Priors) -> bool:
    return layout.common_slope or bool(priors.slope is not None and priors.slope.positive_only)


def _prior_slope(kind: str, at: Parameters, priors: Priors) -> Floats | float:
    prior = priors.of_kind(kind)
    return 0.0 if prior is None else prior.gradient(prior_value(kind, at))


def _bends(expected: Expectation, bent: Curves, grid: Grid) -> Floats:
    """(n_groups, n_items, 3, 3) expected curvature by slope and intercept on z, and logit c."""
    weight = expected.seen * bent.right * np.exp(bent.log_wrong)
    ways = (bent.by_eta * grid.points[:, None], bent.by_eta, bent.by_guessing)
    found = np.empty((*weight.shape[::2], 3, 3))
    for p in range(3):
        weighted = weight * ways[p]
        for q in range(p, 3):
            found[:, :, p, q] = found[:, :, q, p] = np.einsum("gkj,gkj->gj", weighted, ways[q])
    return found


@dataclass(frozen=True, eq=False)
class Arrow:
    """Newton equations in the shape of an arrow: a small matrix an item, bordered by what the items share."""

    own: Floats  # (n_items, 3) gradient by a, d, logit c
    shared: Floats  # (n_shared,) gradient
    local: Floats  # (n_items, 3, 3)
    border: Floats  # (n_items, 3, n_shared)
    corner: Floats  # (n_shared, n_shared)

    def holding(self, own_free: NDArray[np.bool_], shared_free: NDArray[np.bool_]) -> "Arrow":
        """The same equations with everything that is not free kept where it is."""
        both = own_free[:, :, None] & own_free[:, None, :]
        return Arrow(
            own=np.where(own_free, self.own, 0),
            shared=np.where(shared_free, self.shared, 0),
            local=np.where(both, self.local, 0) + np.eye(3) * ~own_free[:, :, None],
            border=np.where(own_free[:, :, None] & shared_free, self.border, 0),
            corner=np.where(shared_free[:, None] & shared_free, self.corner, 0) + np.diag(~shared_free * 1.0),
        )

    def solve(self) -> tuple[Floats, Floats]:
        """Steps of the items (n_items, 3) and of what they share."""
        ridge = _TINY * (1 + np.trace(self.local, axis1=1, axis2=2))
        sides = np.concatenate([self.own[:, :, None], self.border], axis=2)
        solved = np.linalg.solve(self.local + ridge[:, None, None] * np.eye(3), sides)
        rest = self.corner - np.einsum("jps,jpt->st", self.border, solved[:, :, 1:])
        rest += _TINY * (1 + np.trace(rest)) * np.eye(len(rest))
        step = np.linalg.solve(rest, self.shared - np.einsum("jps,jp->s", self.border, solved[:, :, 0]))
        return solved[:, :, 0] - solved[:, :, 1:] @ step, step


def _bordered_step(
    bends: Floats, by_kind: dict[str, Floats], at: Parameters, *, layout: Layout, priors: Priors
) -> Floats:
    """(n_free,) Newton step: items on their own, then what they share, then back."""
    arrow = _arrow(bends, by_kind, at, priors)
    place = layout.places
    own_place = np.stack([place["a"], place["d"], place["c"]], axis=1)
    shared_place = np.concatenate([place["mean"], place["sd"]])
    if layout.common_slope:
        arrow = _with_common_slope(arrow, place["a"] >= 0)
        shared_place = np.append(shared_place, 0 if layout.a.any() else -1)
        own_place[:, 0] = -1
    own, shared = arrow.holding(own_place >= 0, shared_place >= 0).solve()
    step = np.zeros(layout.n_free)
    step[own_place[own_place >= 0]] = own[own_place >= 0]
    step[shared_place[shared_place >= 0]] = shared[shared_place >= 0]
    return step


def _arrow(bends: Floats, by_kind: dict[str, Floats], at: Parameters, priors: Priors) -> Arrow:
    """The chain rule from slope and intercept on z to a, d, mean and sd."""
    n_groups = len(at.mean)
    chain = np.tile(np.eye(3), (n_groups, 1, 1))
    chain[:, 0, 0], chain[:, 1, 0] = at.sd, at.mean
    half = np.einsum("gpq,gjpr->gjqr", chain, bends)
    local = np.einsum("gjqr,grs->jqs", half, chain)
    for i, kind in enumerate("adc"):
        prior = priors.of_kind(kind)
        if prior is not None:
            local[:, i, i] += np.maximum(prior.curvature(prior_value(kind, at)), 0)
    by_mean = np.einsum("gjq,j->jqg", half[:, :, :, 1], at.a)
    by_sd = np.einsum("gjq,j->jqg", half[:, :, :, 0], at.a)
    squares = np.einsum("gjpq,j->gpq", bends, at.a**2)
    corner = np.block(
        [[np.diag(squares[:, 1, 1]), np.diag(squares[:, 1, 0])], [np.diag(squares[:, 0, 1]), np.diag(squares[:, 0, 0])]]
    )
    return Arrow(
        own=np.stack([by_kind["a"], by_kind["d"], by_kind["c"]], axis=1),
        shared=np.concatenate([by_kind["mean"], by_kind["sd"]]),
        local=local,
        border=np.concatenate([by_mean, by_sd], axis=2),
        corner=corner,
    )


def _with_common_slope(arrow: Arrow, has_it: NDArray[np.bool_]) -> Arrow:
    """Slopes that are one value move from the items to what they share."""
    by_slope = arrow.local[:, :, 0] * has_it[:, None]
    beside = (arrow.border[:, 0, :] * has_it[:, None]).sum(axis=0)
    return Arrow(
        own=arrow.own,
        shared=np.append(arrow.shared, (arrow.own[:, 0] * has_it).sum()),
        local=arrow.local,
        border=np.concatenate([arrow.border, by_slope[:, :, None]], axis=2),
        corner=np.block([[arrow.corner, beside[:, None]], [beside, (arrow.local[:, 0, 0] * has_it).sum()]]),
    )
