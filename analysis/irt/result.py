"""What a calibration leaves behind: estimates that travel with their evidence."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.errors import NotConverged
from analysis.irt.curves import Floats
from analysis.irt.expectation import Grid


@dataclass(frozen=True)
class Anchor:
    """Parameters of an item that are known from an earlier calibration and stay as they are."""

    a: float
    d: float
    c: float = 0.0


@dataclass(frozen=True)
class Group:
    """The ability of one group of people; nan errors where the figure was fixed."""

    name: str
    n_persons: float  # sum of weights
    mean: float
    sd: float
    se_mean: float
    se_sd: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """Item parameters with the evidence for them: P(right) = c + (1 - c) / (1 + exp(-(a theta + d))).

    Rasch has a = 1 and a free variance of ability; the other models have variance 1, unless anchors set the scale. An
    item that everyone, or nobody, got right has no estimate: its figures are nan and its name stands in `unestimated`.
    """

    model: str
    item_names: tuple[str, ...]
    a: Floats  # (n_items,)
    d: Floats  # (n_items,)
    se_a: Floats | None  # (n_items,), nan where fixed; None when the information could not be inverted
    se_d: Floats | None  # (n_items,)
    covariance: Floats | None  # of the free parameters, in the order of `parameter_names`
    parameter_names: tuple[str, ...]  # c stands as its logit
    group_variance: float  # of the first group, which is the reference
    grid: Grid  # points of standard normal ability; a group's abilities are mean + sd * points
    converged: bool
    n_iter: int  # E-steps, each a look at all answers
    log_likelihood: float
    n_persons: int
    unestimated: tuple[str, ...]
    message: str
    c: Floats = field(default_factory=lambda: np.zeros(0))  # (n_items,)
    se_c: Floats | None = None  # (n_items,) by the delta method from logit c; nan where fixed
    log_posterior: float = math.nan  # log-likelihood plus log prior
    groups: tuple[Group, ...] = ()
    step_left: float = math.nan  # the Newton step that is left, in standard errors; nan where EM steps ended the climb
    maxima: tuple[float, ...] = ()  # log posterior at the top that each start of a 3PL led to, highest first
    anchored: tuple[str, ...] = ()
    n_without_group: int = 0  # people left out of a calibration by groups, since they belong to none

    @property
    def b(self) -> Floats:
        """(n_items,) difficulty -d / a, on the scale of ability; it explodes for flat items."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-self.d / self.a)

    @property
    def group_mean(self) -> float:
        """Mean ability of the first group, which is 0 unless anchors set the scale."""
        return self.groups[0].mean if self.groups else 0.0

    @property
    def guessing(self) -> Floats:
        """(n_items,) lower asymptotes, 0 for models without."""
        return self.c if len(self.c) else np.where(np.isfinite(self.d), 0.0, np.nan)

    @property
    def n_parameters(self) -> int:
        return len(self.parameter_names)

    @property
    def aic(self) -> float:
        return 2 * self.n_parameters - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        people = math.fsum(group.n_persons for group in self.groups) or self.n_persons  # as they weigh
        return self.n_parameters * math.log(people) - 2 * self.log_likelihood

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
