"""Reliability without the premise that all items measure equally strongly: omega from one common factor.

Alpha takes every item to carry the same share of what is measured; where they differ it comes out too low. Omega fits
one factor to the correlations of the items and takes what the fit says. Both presume that one factor is enough.
"""

import math
from dataclasses import dataclass

import numpy as np

from analysis.errors import NotEstimable
from analysis.forms import Floats, Form, item_covariances
from analysis.responses import ResponseMatrix

_STEPS, _TOLERANCE = 20_000, 1e-9  # a step costs microseconds; a hundred are usual
_SMALLEST_UNIQUENESS = 0.005


@dataclass(frozen=True, eq=False)
class Omega:
    """Reliability of the number right by one common factor, with the fit it rests on."""

    omega: float
    loadings: Floats  # (n_items,) on the scale of correlations; nan for items that do not vary
    srmsr: float  # of the residual correlations: above 0.08 one factor is not enough
    converged: bool
    at_bound: int  # items whose uniqueness ran to its bound: the factor is one item rather than the test
    n_persons: int


def omega(matrix: ResponseMatrix, form: Form) -> Omega:
    """(sum of loadings)^2 / (that + sum of uniquenesses), on the items' own scale, by maximum likelihood.

    Pearson correlations, since it is the number right whose reliability is wanted. Items that do not vary add nothing.

    Sources: McDonald (1999), Test theory: a unified treatment, chapter 6; the steps: Rubin & Thayer (1982), EM
    algorithms for ML factor analysis, Psychometrika 47.

    Raises
    ------
    NotEstimable
        With fewer than three items that vary, or no more people than items.
    """
    covariances = item_covariances(matrix, form)
    sd = np.sqrt(np.diag(covariances))
    varied = sd > 0
    n, k = len(form.persons), int(varied.sum())
    if k < 3:
        raise NotEstimable("Omega wants three items that vary.")
    if n <= k:
        raise NotEstimable(f"Omega wants more people than items, not {n} for {k}.")
    r = covariances[np.ix_(varied, varied)] / np.outer(sd[varied], sd[varied])
    loadings, uniqueness, converged = one_factor(r)
    common, unique = float(loadings @ sd[varied]) ** 2, float(uniqueness @ sd[varied] ** 2)
    pairs = np.tril_indices(k, -1)
    all_loadings = np.full(len(sd), math.nan)
    all_loadings[varied] = loadings
    return Omega(
        omega=common / (common + unique),
        loadings=all_loadings,
        srmsr=float(np.sqrt(np.mean((r - np.outer(loadings, loadings))[pairs] ** 2))),
        converged=converged,
        at_bound=int(np.count_nonzero(uniqueness <= _SMALLEST_UNIQUENESS * 1.001)),
        n_persons=n,
    )


def one_factor(r: Floats) -> tuple[Floats, Floats, bool]:
    """Loadings and uniquenesses of one factor, by maximum likelihood; whether the steps settled."""
    values, vectors = np.linalg.eigh(r)
    loadings = vectors[:, -1] * math.sqrt(max(float(values[-1]), 0.0)) * 0.9
    loadings = loadings if loadings.sum() >= 0 else -loadings
    uniqueness = np.maximum(1 - loadings**2, _SMALLEST_UNIQUENESS)
    for _ in range(_STEPS):
        before = loadings
        precision = 1 + float(loadings**2 @ (1 / uniqueness))
        weight = loadings / uniqueness / precision  # regression of the factor on the items
        with_items = r @ weight
        spread = 1 / precision + float(weight @ with_items)
        loadings = with_items / spread
        uniqueness = np.maximum(1 - loadings * with_items, _SMALLEST_UNIQUENESS)
        if float(np.abs(loadings - before).max()) < _TOLERANCE:
            return loadings, uniqueness, True
    return loadings, uniqueness, False
