"""Calibrate items: estimate where each stands and how well it discriminates, and say how sure that is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadArrays, NotConverged
from analysis.irt.expectation import N_POINTS, Answers, Floats, Grid, answers_of, normal_grid
from analysis.irt.maximization import LARGEST_SLOPE, Climb, climb, common_slope, free_slopes
from analysis.irt.observed import covariance_of, observed_information
from analysis.responses import ResponseMatrix

MODELS = ("rasch", "2pl")


@dataclass(frozen=True, eq=False)
class Calibration:
    """Item parameters with the evidence for them: P(right) = 1 / (1 + exp(-(a theta + d))).

    Rasch has a = 1 and a free variance of ability; the 2PL has variance 1. An item that everyone, or nobody, got right
    has no estimate: its figures are nan and its name stands in `unestimated`.
    """

    model: str
    item_names: tuple[str, ...]
    a: Floats  # (n_items,)
    d: Floats  # (n_items,)
    se_a: Floats | None  # (n_items,), nan for Rasch; None when the information could not be inverted
    se_d: Floats | None  # (n_items,)
    covariance: Floats | None  # of the free parameters, in the order of `parameter_names`
    parameter_names: tuple[str, ...]
    group_variance: float
    grid: Grid  # points of standard normal ability
    converged: bool
    n_iter: int
    log_likelihood: float
    n_persons: int
    unestimated: tuple[str, ...]
    message: str

    @property
    def b(self) -> Floats:
        """(n_items,) difficulty -d / a, on the scale of ability; it explodes for flat items."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-self.d / self.a)

    @property
    def n_parameters(self) -> int:
        return len(self.parameter_names)

    @property
    def aic(self) -> float:
        return 2 * self.n_parameters - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        return self.n_parameters * math.log(self.n_persons) - 2 * self.log_likelihood

    @property
    def estimated(self) -> NDArray[np.bool_]:
        """(n_items,) whether the item has an estimate."""
        return np.asarray(np.isfinite(self.d))

    def require_converged(self) -> "Calibration":
        """Itself, for operational use.

        Raises
        ------
        NotConverged
            When the fit did not settle; the error carries the doubtful calibration.
        """
        if not self.converged:
            raise NotConverged(self.message, doubtful=self)
        return self


def calibrate(
    matrix: ResponseMatrix,
    model: str = "2pl",
    *,
    not_reached_counts_wrong: bool = True,
    n_points: int = N_POINTS,
    tolerance: float = 1e-6,
    max_iter: int = 4000,
) -> Calibration:
    """Estimate the items of an administration by marginal maximum likelihood.

    Items that a person was not presented with are left out of that person's likelihood, so overlapping forms are
    calibrated together. `tolerance` is the largest change of any parameter in an EM step at which the fit has settled.

    Raises
    ------
    BadArrays
        When the model is unknown, or no item has both right and wrong answers.
    """
    if model not in MODELS:
        raise BadArrays(f"There is no model {model!r}.", mend=f"choose one of {', '.join(MODELS)}.")
    answers = answers_of(matrix, not_reached_counts_wrong=not_reached_counts_wrong)
    varied = _varied(answers)
    if not varied.any():
        raise BadArrays("No item has both right and wrong answers.", mend="calibrate answers that differ.")
    kept = _only(answers, varied)
    grid = normal_grid(n_points)
    found = climb(
        kept,
        _start(kept, model),
        update=common_slope if model == "rasch" else free_slopes,
        grid=grid,
        tolerance=tolerance,
        max_iter=max_iter,
    )
    return _calibration(matrix, model, kept=kept, varied=varied, found=found, grid=grid)


def _varied(answers: Answers) -> NDArray[np.bool_]:
    right = answers.right.sum(axis=0)
    return np.asarray((right > 0) & (right < answers.n_seen))


def _only(answers: Answers, varied: NDArray[np.bool_]) -> Answers:
    if varied.all():
        return answers
    seen = None if answers.seen is None else answers.seen[:, varied]
    return Answers(right=answers.right[:, varied], seen=seen)


def _start(answers: Answers, model: str) -> Floats:
    """Slopes from the correlation with the share right on the other items, so that a wrong key starts below zero."""
    p = answers.right.sum(axis=0) / answers.n_seen
    d = np.log(p / (1 - p))
    if model == "rasch" or len(p) < 3:
        return np.stack([np.ones_like(d), d])
    seen = np.ones_like(answers.right) if answers.seen is None else answers.seen
    residual = (answers.right - p) * seen
    others = residual.sum(axis=1, keepdims=True) - residual
    scale = np.sqrt((residual**2).sum(axis=0) * (others**2 * seen).sum(axis=0))
    r = np.clip((residual * others).sum(axis=0) / np.where(scale > 0, scale, np.inf), -0.8, 0.8)
    return np.stack([np.clip(2.5 * r / np.sqrt(1 - r**2), -2, 3), d])


def _calibration(
    matrix: ResponseMatrix, model: str, *, kept: Answers, varied: NDArray[np.bool_], found: Climb, grid: Grid
) -> Calibration:
    a, d = found.parameters
    names = [name for name, has in zip(matrix.item_names, varied, strict=True) if has]
    information = observed_information(kept, a, d, grid)
    sd = float(a[0]) if model == "rasch" else 1.0
    if model == "rasch":
        to_free = _rasch_jacobian(len(a))
        information = to_free.T @ information @ to_free
    covariance = covariance_of(information)
    errors = None if covariance is None else np.sqrt(np.diag(covariance))
    at_bound = [name for name, slope in zip(names, a, strict=True) if abs(slope) >= LARGEST_SLOPE]
    is_rasch = model == "rasch"
    return Calibration(
        model=model,
        item_names=matrix.item_names,
        a=_spread(np.ones_like(a) if is_rasch else a, varied),
        d=_spread(d, varied),
        se_a=None if errors is None else _spread(np.full_like(a, np.nan) if is_rasch else errors[: len(a)], varied),
        se_d=None if errors is None else _spread(errors[-len(a) :], varied),
        covariance=covariance,
        parameter_names=tuple((["sd"] if is_rasch else [f"a {name}" for name in names]) + [f"d {n}" for n in names]),
        group_variance=sd**2,
        grid=grid,
        converged=found.converged and not at_bound,
        n_iter=found.n_iter,
        log_likelihood=found.log_likelihood,
        n_persons=kept.n_persons,
        unestimated=tuple(name for name, has in zip(matrix.item_names, varied, strict=True) if not has),
        message=_message(found, at_bound=at_bound, has_errors=errors is not None),
    )


def _rasch_jacobian(k: int) -> Floats:
    """From (sd, intercepts) to (slopes, intercepts): every slope is the sd."""
    jacobian = np.zeros((2 * k, k + 1))
    jacobian[:k, 0] = 1
    jacobian[k:, 1:] = np.eye(k)
    return jacobian


def _spread(values: Floats, varied: NDArray[np.bool_]) -> Floats:
    whole = np.full(len(varied), np.nan)
    whole[varied] = values
    return whole


def _message(found: Climb, *, at_bound: list[str], has_errors: bool) -> str:
    parts = [f"settled after {found.n_iter} EM steps"]
    if not found.converged:
        parts = [f"not settled after {found.n_iter} EM steps: a parameter still moved by {found.largest_change:.1e}"]
    if at_bound:
        parts.append(f"the slope of {', '.join(at_bound)} ran to its bound")
    if not has_errors:
        parts.append("the answers do not determine the parameters, so there are no standard errors")
    return "; ".join(parts)
