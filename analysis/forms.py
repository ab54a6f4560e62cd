"""Who was presented with the same items, and how each of them stands among those.

Two forms of different difficulty must not be thrown together: a person's raw score is only comparable within the form.
So the criterion for item statistics is the raw score standardised within the form. With one form this changes nothing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.responses import ResponseMatrix

TAIL = 0.27  # the share of people in the upper and in the lower group (Kelley 1939)

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Form:
    """The people who were presented with exactly the same items, and their raw scores."""

    persons: NDArray[np.intp]  # rows of the matrix
    items: NDArray[np.intp]  # columns of the matrix
    raw_scores: Floats  # one a person of the form
    mean: float
    sd: float  # population standard deviation; both count people by their weights
    weights: Floats | None = None  # one a person of the form


def find_forms(matrix: ResponseMatrix) -> tuple[Form, ...]:
    """Part the people by what was presented to them; the form met first stands first.

    A form whose people all weigh nothing is no form.
    """
    if matrix.presented.all():
        everyone = np.arange(matrix.n_persons)
        return (_form(matrix, everyone, np.arange(matrix.n_items)),)
    packed = np.packbits(matrix.presented, axis=1)
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(which.ravel()))[:-1])
    by_first = [groups[k] for k in np.argsort(first)]
    return tuple(
        _form(matrix, persons, np.flatnonzero(matrix.presented[persons[0]]))
        for persons in by_first
        if matrix.presented[persons[0]].any() and (matrix.weights is None or matrix.weights[persons].any())
    )


def group_sizes(values: NDArray[np.str_], weights: Floats | None) -> tuple[NDArray[np.str_], Floats]:
    """The groups of a column in alphabetical order, and how many people are in each, counted by their weights."""
    named = values != ""
    names, which = np.unique(values[named], return_inverse=True)
    own = None if weights is None else weights[named]
    return names, np.bincount(which.ravel(), own, minlength=len(names)).astype(np.float64)


def count_unlinked(forms: Iterable[NDArray[np.intp]]) -> int:
    """How many parts a test falls into whose items nobody saw together; 1 when common items link every form.

    Parameters
    ----------
    forms : the columns of the items of each form.
    """
    parts: list[set[int]] = []
    for items in forms:
        whole = set(items.tolist())
        apart = [part for part in parts if part.isdisjoint(whole)]
        parts = [*apart, whole.union(*(part for part in parts if not part.isdisjoint(whole)))]
    return len(parts)


def _form(matrix: ResponseMatrix, persons: NDArray[np.intp], items: NDArray[np.intp]) -> Form:
    whole = len(persons) == matrix.n_persons and len(items) == matrix.n_items
    scored = matrix.scored if whole else matrix.scored[np.ix_(persons, items)]
    scores = scored.sum(axis=1, dtype=np.float64)
    weights = None if matrix.weights is None else matrix.weights[persons]
    counted = None if weights is None or not weights.any() else weights
    mean = float(np.average(scores, weights=counted))
    sd = math.sqrt(float(np.average((scores - mean) ** 2, weights=counted)))
    return Form(persons=persons, items=items, raw_scores=scores, mean=mean, sd=sd, weights=weights)


def item_covariances(matrix: ResponseMatrix, form: Form) -> Floats:
    """(k, k) population covariances of right answers to the items of a form, people counted by their weights."""
    right = (matrix.scored[np.ix_(form.persons, form.items)] == 1).astype(np.float64)
    weights = np.ones(len(right)) if form.weights is None else form.weights
    if not weights.any():
        return np.zeros((right.shape[1], right.shape[1]))
    centred = right - weights @ right / weights.sum()
    return np.asarray((centred * weights[:, None]).T @ centred / weights.sum())


def standing(n_persons: int, forms: tuple[Form, ...]) -> Floats:
    """(n_persons,) raw score standardised within the form; nan where all scored alike, or the form is one item."""
    z = np.full(n_persons, np.nan)
    for form in forms:
        if form.sd > 0 and len(form.items) > 1:
            z[form.persons] = (form.raw_scores - form.mean) / form.sd
    return z
