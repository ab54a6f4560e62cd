"""Does an item treat two groups alike? People of the same raw score are compared, item by item.

A difference is a question to the item, not an answer: reviewers say whether it is unfair.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadArrays
from analysis.forms import Floats, find_forms
from analysis.intervals import ONE_SIDED_95, TWO_SIDED_95, chi_square_tail
from analysis.responses import ResponseMatrix

USUAL_REFERENCE = "LPTK"
_DELTA = -2.35  # turns a log odds ratio into the delta scale of the Educational Testing Service


@dataclass(frozen=True)
class MantelHaenszel:
    """How one item treats the focal group beside the reference group. Undefined figures are nan.

    A delta below 0 says that the item is harder for the focal group than for equals in the reference group.
    `ets_class`: A negligible, B moderate, C large; None when undefined.
    """

    item: str
    common_odds_ratio: float
    chi_square: float  # continuity corrected, 1 degree of freedom
    p: float
    delta: float
    delta_se: float
    ets_class: str | None
    n_strata: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """Every item for one focal group."""

    column: str
    reference: str
    focal: str
    n_reference: int
    n_focal: int
    items: tuple[MantelHaenszel, ...]


def reference_group(values: NDArray[np.str_]) -> str:
    """LPTK if it occurs, else the largest group."""
    names, counts = np.unique(values[values != ""], return_counts=True)
    if USUAL_REFERENCE in names:
        return USUAL_REFERENCE
    return str(names[counts.argmax()])


def compare_groups(matrix: ResponseMatrix, column: str, *, reference: str | None = None) -> tuple[Comparison, ...]:
    """Compare every other group of the column with the reference group, the largest first.

    Raises
    ------
    BadArrays
        When the column or the reference does not exist, or there is only one group.
    """
    if column not in matrix.groups:
        known = ", ".join(matrix.groups) or "none"
        raise BadArrays(f"There is no group column {column!r}.", mend=f"choose one of: {known}.")
    values = matrix.groups[column]
    names, counts = np.unique(values[values != ""], return_counts=True)
    if len(names) < 2:
        raise BadArrays(f"Column {column} holds fewer than two groups.", mend="choose a column that parts people.")
    chosen = reference_group(values) if reference is None else reference
    if chosen not in names:
        raise BadArrays(f"Nobody in column {column} is {chosen!r}.", mend=f"choose one of: {', '.join(names)}.")
    by_size = [str(name) for name in names[np.argsort(-counts, kind="stable")] if name != chosen]
    strata = _strata(matrix)
    return tuple(_compare(matrix, column, reference=chosen, focal=focal, strata=strata) for focal in by_size)


def _strata(matrix: ResponseMatrix) -> NDArray[np.intp]:
    """(n_persons,) people of the same form and the same raw score, the studied item included."""
    strata = np.zeros(matrix.n_persons, dtype=np.intp)
    for number, form in enumerate(find_forms(matrix)):
        strata[form.persons] = number * (matrix.n_items + 1) + form.raw_scores.astype(np.intp)
    return np.asarray(np.unique(strata, return_inverse=True)[1].ravel())


def _compare(
    matrix: ResponseMatrix, column: str, *, reference: str, focal: str, strata: NDArray[np.intp]
) -> Comparison:
    values = matrix.groups[column]
    members = [values == reference, values == focal]
    right, seen = (np.zeros((2, int(strata.max()) + 1, matrix.n_items)) for _ in range(2))
    for group, rows in enumerate(members):
        np.add.at(right[group], strata[rows], matrix.scored[rows] == 1)
        np.add.at(seen[group], strata[rows], matrix.presented[rows])
    items = tuple(
        _mantel_haenszel(name, right=right[:, :, j], wrong=seen[:, :, j] - right[:, :, j])
        for j, name in enumerate(matrix.item_names)
    )
    return Comparison(column, reference, focal, int(members[0].sum()), int(members[1].sum()), items)


def _mantel_haenszel(name: str, *, right: Floats, wrong: Floats) -> MantelHaenszel:
    """Mantel & Haenszel (1959), JNCI 22; right and wrong are (2 groups, strata), the reference group first."""
    informative = ((right + wrong) > 0).all(axis=0) & (right.sum(axis=0) > 0) & (wrong.sum(axis=0) > 0)
    (a, c), (b, d) = right[:, informative], wrong[:, informative]
    n = a + b + c + d
    numerator, denominator = float(np.sum(a * d / n)), float(np.sum(b * c / n))
    variance = float(np.sum((a + b) * (c + d) * (a + c) * (b + d) / (n * n * np.maximum(n - 1, 1))))
    if numerator <= 0 or denominator <= 0 or variance <= 0:
        nan = math.nan
        return MantelHaenszel(name, nan, nan, nan, nan, nan, None, len(n))
    deviation = abs(float(np.sum(a - (a + b) * (a + c) / n)))
    # As R does: the correction is left out where it would overshoot.
    chi_square = (deviation - (0.5 if deviation >= 0.5 else 0.0)) ** 2 / variance
    delta, error = _DELTA * math.log(numerator / denominator), _delta_error(a, b, c=c, d=d)
    return MantelHaenszel(
        item=name,
        common_odds_ratio=numerator / denominator,
        chi_square=chi_square,
        p=float(chi_square_tail(np.array(chi_square), np.array(1.0))),
        delta=delta,
        delta_se=error,
        ets_class=ets_class(delta, error),
        n_strata=len(n),
    )


def _delta_error(a: Floats, b: Floats, *, c: Floats, d: Floats) -> float:
    """Robins, Breslow & Greenland (1986), Estimators of the Mantel-Haenszel variance, Biometrics 42."""
    n = a + b + c + d
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    spread = (
        np.sum(p * r) / (2 * r.sum() ** 2)
        + np.sum(p * s + q * r) / (2 * r.sum() * s.sum())
        + np.sum(q * s) / (2 * s.sum() ** 2)
    )
    return abs(_DELTA) * math.sqrt(float(spread))


def ets_class(delta: float, error: float) -> str:
    """A, B or C by size and certainty (Zwick & Ercikan 1989): C is beyond 1.5 and surely beyond 1."""
    size = abs(delta)
    if size >= 1.5 and size - ONE_SIDED_95 * error > 1:
        return "C"
    if size >= 1 and size > TWO_SIDED_95 * error:
        return "B"
    return "A"
