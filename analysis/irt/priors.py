"""What is believed of item parameters before any answer is seen.

The 3PL needs a prior on the guessing parameter, because answers say little about it. A prior on slopes is given on
request only: a log-normal one forbids negative slopes, and so hides wrong keys.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LOG_ROOT = 0.5 * math.log(2 * math.pi)
GUESSING_SD = 0.5
GUESSING_SHARE = 0.8  # people who do not know guess a little worse than blindly, since distractors attract


@dataclass(frozen=True, eq=False)
class Normal:
    """A normal prior; `mean` may differ between items."""

    mean: float | Floats
    sd: float
    positive_only = False

    def log_density(self, x: Floats) -> Floats:
        return np.asarray(-(((x - self.mean) / self.sd) ** 2) / 2 - _LOG_ROOT - math.log(self.sd))

    def gradient(self, x: Floats) -> Floats:
        return np.asarray((self.mean - x) / self.sd**2)

    def curvature(self, x: Floats) -> Floats:
        """Negative second derivative."""
        return np.full_like(x, 1 / self.sd**2)


@dataclass(frozen=True, eq=False)
class LogNormal:
    """A log-normal prior, which allows positive values only: `mean` and `sd` are those of the logarithm."""

    mean: float | Floats
    sd: float
    positive_only = True

    def log_density(self, x: Floats) -> Floats:
        log = np.log(x)
        return np.asarray(-(((log - self.mean) / self.sd) ** 2) / 2 - _LOG_ROOT - math.log(self.sd) - log)

    def gradient(self, x: Floats) -> Floats:
        return np.asarray(-(1 + (np.log(x) - self.mean) / self.sd**2) / x)

    def curvature(self, x: Floats) -> Floats:
        """Negative second derivative; below 0 far to the right."""
        return np.asarray((1 / self.sd**2 - 1 - (np.log(x) - self.mean) / self.sd**2) / x**2)


@dataclass(frozen=True, eq=False)
class Priors:
    """Priors on slopes a, intercepts d and the logit of guessing c; None says nothing."""

    slope: Normal | LogNormal | None = None
    intercept: Normal | None = None
    guessing: Normal | None = None

    def of_kind(self, kind: str) -> Normal | LogNormal | None:
        return {"a": self.slope, "d": self.intercept, "c": self.guessing}.get(kind)


def default_guessing(n_options: NDArray[np.integer]) -> Normal:
    """Centred on logit(0.8 / options) of each item, with standard deviation 0.5."""
    c = GUESSING_SHARE / np.maximum(np.asarray(n_options, dtype=np.float64), 2)
    return Normal(mean=np.log(c / (1 - c)), sd=GUESSING_SD)
