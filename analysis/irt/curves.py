"""The three-parameter curve P = c + (1 - c) / (1 + exp(-eta)), and how it bends.

With c = 0 it is the curve of Rasch, 1PL and 2PL. `eta` is slope times ability plus intercept; guessing is estimated as
logit c. Everything is elementwise, so any shape of points and items will do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curves:
    """Chances and what follows from them, all of one shape."""

    right: Floats  # P
    log_wrong: Floats  # log(1 - P)
    log_odds: Floats  # log P - log(1 - P)
    by_eta: Floats  # slope of log P by eta; an answer x scores (x - P) of it. 1 when c = 0
    by_guessing: Floats  # slope of log P by logit c
    logistic: Floats  # 1 / (1 + exp(-eta))


def curves(eta: Floats, c: Floats) -> Curves:
    """Evaluate the curve without overflow at any eta."""
    logistic = np.exp(-np.logaddexp(0, -eta))
    right = c + (1 - c) * logistic
    log_wrong = np.log1p(-c) - np.logaddexp(0, eta)
    if not np.any(c):
        return Curves(right, log_wrong, eta, np.ones_like(eta), np.zeros_like(eta), logistic)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_eta = np.where(right > 0, logistic / right, 1.0)
        by_guessing = np.where(right > 0, c / right, 0.0)
        log_right = np.where(c > 0, np.log(right), -np.logaddexp(0, -eta))
    return Curves(right, log_wrong, log_right - log_wrong, by_eta, by_guessing, logistic)


def probability(a: Floats, d: Floats, theta: Floats, c: Floats | None = None) -> Floats:
    """(n_theta, n_items), chance of being right: c + (1 - c) / (1 + exp(-(a theta + d)))."""
    logistic = np.exp(-np.logaddexp(0, -(np.asarray(theta)[:, None] * a + d)))
    return np.asarray(logistic if c is None else c + (1 - c) * logistic)
