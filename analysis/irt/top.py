"""What is said of the top when the climb is over: its exact height, standard errors, and whether it is the top."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forms import count_unlinked
from analysis.irt.climbing import MOST_FREE, Hill, newton_step
from analysis.irt.curves import Floats
from analysis.irt.expectation import exact_log_likelihood, group_curves
from analysis.irt.fitting import Fit
from analysis.irt.models import Specification
from analysis.irt.observed import covariance_of
from analysis.irt.parameters import LARGEST_SLOPE, SMALLEST_SD
from analysis.irt.result import Calibration, Group

_SAME_HEIGHT = 0.02  # of log posterior: what is nearer is one maximum
_ANCHOR_OFF, _ANCHOR_Z = 0.05, 3.0  # a share right this far from what an anchor says, and surely not by chance
_AT_THE_TOP = 0.02  # of a standard error: no step left may be longer


@dataclass(frozen=True, eq=False)
class Top:
    """The highest place found, with the evidence."""

    hill: Hill
    fit: Fit
    log_likelihood: float
    covariance: Floats | None  # (n_free, n_free), nan for what was held at its bound
    errors: Floats | None  # (n_free,) standard errors
    held: NDArray[np.bool_]  # (n_free,)
    step_left: float

    @property
    def is_proven(self) -> bool:
        """Settled, and by the information of this very place no step worth taking is left."""
        return self.fit.climb.settled and not self.step_left > _AT_THE_TOP


def top_of(hill: Hill, fit: Fit) -> Top:
    """Look at the top once more, with all answers and in double precision where it matters."""
    view = fit.climb.view
    held = hill.at_bound(view.free)
    height = exact_log_likelihood(hill.answers, view.at, hill.grid, hill.crew)
    if hill.layout.n_free > MOST_FREE:
        return Top(hill, fit, height, None, hill.item_errors(view), held, fit.climb.step_left)
    information = hill.information(view)
    inner = covariance_of(information[np.ix_(~held, ~held)])
    if inner is None:
        return Top(hill, fit, height, None, None, held, np.nan)
    covariance = np.full(information.shape, np.nan)
    covariance[np.ix_(~held, ~held)] = inner
    step, errors = newton_step(hill, view, information)
    step_left = float(np.max(np.abs(step) / errors, initial=0))
    return Top(hill, fit, height, covariance, np.sqrt(np.diag(covariance)), held, step_left)


def calibration_of(
    top: Top, specification: Specification, *, item_names: tuple[str, ...], kept: NDArray[np.bool_], n_persons: int
) -> Calibration:
    """The result, with one entry an item of the administration, whether it has an estimate or not."""
    at, hill = top.fit.climb.view.at, top.hill
    anchored = tuple(name for name in item_names if name in (specification.anchors or {}))
    names = tuple(name for name, stays in zip(item_names, kept, strict=True) if stays)
    parameter_names = hill.layout.names(names, hill.answers.group_names)
    ends = [name for name, held in zip(parameter_names, top.held, strict=True) if held]
    errors = _errors_by_kind(top)
    return Calibration(
        model=specification.model,
        item_names=item_names,
        a=_spread(at.a, kept),
        d=_spread(at.d, kept),
        se_a=None if errors is None else _spread(errors["a"], kept),
        se_d=None if errors is None else _spread(errors["d"], kept),
        covariance=top.covariance,
        parameter_names=parameter_names,
        group_variance=float(at.sd[0] ** 2),
        grid=hill.grid,
        converged=top.is_proven and not ends,  # a slope or a spread at its bound is no estimate
        n_iter=top.fit.n_looks,
        log_likelihood=top.log_likelihood,
        n_persons=n_persons,
        unestimated=tuple(name for name, stays in zip(item_names, kept, strict=True) if not stays),
        message=_message(
            top, ends, [name for name, a in zip(names, at.a, strict=True) if a < 0], _gone_anchors(top, names, anchored)
        ),
        c=_spread(at.c, kept),
        se_c=None if errors is None else _spread(errors["c"] * at.c * (1 - at.c), kept),
        log_posterior=top.log_likelihood + hill.log_prior(at),
        groups=_groups(top, errors),
        step_left=top.step_left,
        maxima=top.fit.maxima,
        anchored=anchored,
    )


def _errors_by_kind(top: Top) -> dict[str, Floats] | None:
    """One entry an item or group; nan where fixed."""
    if top.errors is None:
        return None
    padded = np.append(top.errors, np.nan)  # place -1 is what was fixed
    return {kind: padded[place] for kind, place in top.hill.layout.places.items()}


def _groups(top: Top, errors: dict[str, Floats] | None) -> tuple[Group, ...]:
    at, answers = top.fit.climb.view.at, top.hill.answers
    nothing = np.full(len(at.mean), np.nan)
    se_mean, se_sd = (nothing, nothing) if errors is None else (errors["mean"], errors["sd"])
    columns = zip(answers.group_names, answers.group_weights, at.mean, at.sd, se_mean, se_sd, strict=True)
    return tuple(Group(str(name), *(float(figure) for figure in figures)) for name, *figures in columns)


def _spread(values: Floats, kept: NDArray[np.bool_]) -> Floats:
    whole = np.full(len(kept), np.nan)
    whole[kept] = values
    return whole


def _gone_anchors(top: Top, names: tuple[str, ...], anchored: tuple[str, ...]) -> list[str]:
    """Anchored items on which people were right plainly more or less often than the anchors say; the worst first."""
    view = top.fit.climb.view
    p = group_curves(view.at, top.hill.grid).right
    right, seen = view.expected.right.sum(axis=(0, 1)), view.expected.seen.sum(axis=(0, 1))
    wanted = (view.expected.seen * p).sum(axis=(0, 1))
    spread = (view.expected.seen * p * (1 - p)).sum(axis=(0, 1))
    off = np.abs(right - wanted)
    is_gone = (off > _ANCHOR_OFF * seen) & (off > _ANCHOR_Z * np.sqrt(spread)) & np.isin(names, anchored)
    worst_first = np.argsort(-off / np.maximum(seen, 1e-9), kind="stable")
    return [names[j] for j in worst_first if is_gone[j]]


def _message(top: Top, ends: list[str], negative: list[str], gone: list[str]) -> str:
    climb, looks = top.fit.climb, top.fit.n_looks
    if top.is_proven:
        parts = [f"settled after {looks} looks"]
    elif climb.settled:
        parts = [f"not settled after {looks} looks: {top.step_left:.1g} of a standard error is left"]
    else:
        parts = [f"not settled after {looks} looks: a parameter still moved by {climb.largest_change:.1e}"]
    slopes = [name.removeprefix("a").strip() or "all items" for name in ends if name.startswith("a")]
    if slopes:
        parts.append(f"the slope of {', '.join(slopes)} ran to its bound")
    if negative:
        parts.append(f"the slope of {', '.join(negative)} is negative: check the key")
    if gone:
        parts.append(f"the anchors {', '.join(gone)} do not hold here: people do better or worse on them than they say")
    if (top.fit.climb.view.at.sd >= LARGEST_SLOPE).any():
        parts.append("the spread of ability ran to its bound")
    if (top.fit.climb.view.at.sd <= SMALLEST_SD).any():
        parts.append("the answers show no spread of ability")
    if count_unlinked(form.items for form in top.hill.answers.forms) > 1:
        parts.append("some forms share no items, so equally able people on both are assumed and not measured")
    if top.errors is None:
        parts.append("the answers do not determine the parameters, so there are no standard errors")
    elif top.covariance is None:
        parts.append("there are too many parameters for a full covariance; each item's errors hold the others fixed")
    if top.fit.maxima and top.fit.maxima[0] - top.fit.maxima[-1] > _SAME_HEIGHT:
        parts.append("the starts led to maxima of different height, the highest is kept")
    return "; ".join(parts)
