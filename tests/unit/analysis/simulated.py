"""Answers that follow a model exactly, for tests that know the truth."""

import numpy as np
from numpy.typing import NDArray

from analysis.responses import ResponseMatrix

Floats = NDArray[np.float64]


def chances(theta: Floats, *, a: Floats, d: Floats, c: float = 0.0) -> Floats:
    """(n_persons, n_items) chances of being right."""
    return np.asarray(c + (1 - c) / (1 + np.exp(-(a * theta[:, None] + d))))


def answers_to(p: Floats, rng: np.random.Generator) -> ResponseMatrix:
    """Draw right (option 0) and wrong (option 1) answers."""
    wrong = rng.random(p.shape) > p
    return ResponseMatrix.from_arrays(wrong.astype(np.int8), key=np.zeros(p.shape[1], dtype=np.int8))


def usual_items(n_items: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Slopes and intercepts as good tests have them."""
    return rng.lognormal(0.1, 0.25, n_items), rng.normal(0.3, 0.9, n_items)
