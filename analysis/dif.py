"""Does an item treat two groups alike? People of the same raw score are compared, item by item.

A difference is a question to the item, not an answer: reviewers say whether it is unfair.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadArrays
from analysis.forms import Floats, find_forms, group_sizes
from analysis.intervals import ONE_SIDED_95, TWO_SIDED_95, chi_square_tail
from analysis.responses import ResponseMatrix

USUAL_REFERENCE = "LPTK"
_MOST_ROUNDS = 10  # of purifying; sets of items that alternate never settle
_CHANCE = 0.05
_DELTA = -2.35  # turns a log odds ratio into the delta scale of the Educational Testing Service


@dataclass(frozen=True)
class MantelHaenszel:
    """How one item treats the focal group beside the reference group. Undefined figures are nan.

    A delta below 0 says that the item is harder for the focal group than for equals in the reference group; it is
    infinite, without an error, where all who could differ do so in one direction.
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
    """Every item for one focal group. Numbers of people are sums of weights where rows carry weights."""

    column: str
    reference: str
    focal: str
    n_reference: int
    n_focal: int
    items: tuple[MantelHaenszel, ...]
    n_without_group: int = 0  # rows whose cell of the column is empty: they are compared with nobody
    is_purified: bool = False
    set_aside: tuple[str, ...] = ()  # items that stopped counting for who is an equal, found purifying
    has_settled: bool = True  # False when the items set aside still changed in the last round

    @property
    def is_possible(self) -> bool:
        """Whether anybody of the one group has an equal in the other: the same form and score."""
        return any(item.n_strata for item in self.items)


def reference_group(names: NDArray[np.str_], counts: Floats) -> str:
    """LPTK if it occurs, else the largest group."""
    if USUAL_REFERENCE in names:
        return USUAL_REFERENCE
    return str(names[counts.argmax()])


def compare_groups(
    matrix: ResponseMatrix, column: str, *, reference: str | None = None, purify: bool = False
) -> tuple[Comparison, ...]:
    """Compare every other group of the column with the reference group, the largest first.

    People whose cell is empty belong to no group and are left out. Equals are people of the same form and raw score,
    the studied item included. Purified, items of class B or C no longer count for who is an equal (except when they
    are the ones studied), and all is done again until no other items are found: for each focal group by itself, since
    an item may be unfair to one group alone. A row of weight w counts as w people.

    Sources: Holland & Thayer (1988), Differential item performance and the Mantel-Haenszel procedure; purified in
    rounds: Clauser, Mazor & Hambleton (1993), The effects of purification of the matching criterion on the
    identification of DIF using the Mantel-Haenszel procedure, Applied Measurement in Education 6.

    Raises
    ------
    BadArrays
        When the column or the reference does not exist, or there is only one group.
    """
    if column not in matrix.groups:
        known = ", ".join(matrix.groups) or "none"
        raise BadArrays(f"There is no group column {column!r}.", mend=f"choose one of: {known}.")
    values = matrix.groups[column]
    names, counts = group_sizes(values, matrix.weights)
    if len(names) < 2:
        raise BadArrays(f"Column {column} holds fewer than two groups.", mend="choose a column that parts people.")
    chosen = reference_group(names, counts) if reference is None else reference
    if chosen not in names:
        raise BadArrays(f"Nobody in column {column} is {chosen!r}.", mend=f"choose one of: {', '.join(names)}.")
    by_size = [str(name) for name in names[np.argsort(-counts, kind="stable")] if name != chosen]
    tables = _Tables(matrix)
    return tuple(_compare(tables, column, reference=chosen, focal=focal, purify=purify) for focal in by_size)


class _Tables:
    """How many of a group were right on each item, among people who are equal on the items that count."""

    def __init__(self, matrix: ResponseMatrix) -> None:
        self.matrix = matrix
        self.weights = np.ones(matrix.n_persons) if matrix.weights is None else matrix.weights
        self.right = (matrix.scored == 1).astype(np.float64)
        self.form = np.zeros(matrix.n_persons, dtype=np.intp)
        for number, form in enumerate(find_forms(matrix)):
            self.form[form.persons] = number

    def of(
        self, members: Sequence[NDArray[np.bool_]], counting: NDArray[np.bool_]
    ) -> Iterator[tuple[int, Floats, Floats]]:
        """Item by item: its column, (2, strata) right and (2, strata) wrong; the studied item always counts."""
        score = self.right[:, counting].sum(axis=1).astype(np.intp)
        usual, found = np.flatnonzero(counting), np.flatnonzero(~counting)
        if len(usual):
            right, seen = self._counted(members, self._strata(score), usual)
            yield from ((int(j), right[:, :, i], (seen - right)[:, :, i]) for i, j in enumerate(usual))
        for j in found:
            own = self._strata(score + self.right[:, j].astype(np.intp))
            right, seen = self._counted(members, own, np.array([j]))
            yield int(j), right[:, :, 0], (seen - right)[:, :, 0]

    def _strata(self, score: NDArray[np.intp]) -> NDArray[np.intp]:
        """(n_persons,) people of the same form and the same score."""
        return np.asarray(np.unique(self.form * (self.matrix.n_items + 1) + score, return_inverse=True)[1].ravel())

    def _counted(
        self, members: Sequence[NDArray[np.bool_]], strata: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> tuple[Floats, Floats]:
        right, seen = (np.zeros((len(members), int(strata.max()) + 1, len(columns))) for _ in range(2))
        for group, rows in enumerate(members):
            own = self.weights[rows, None]
            cells = np.ix_(rows, columns)
            np.add.at(right[group], strata[rows], self.right[cells] * own)
            np.add.at(seen[group], strata[rows], self.matrix.presented[cells] * own)
        return right, seen


def _compare(tables: _Tables, column: str, *, reference: str, focal: str, purify: bool) -> Comparison:
    matrix = tables.matrix
    values = matrix.groups[column]
    members = [values == reference, values == focal]
    counting, items, has_settled = np.ones(matrix.n_items, dtype=np.bool_), _judged(tables, members, None), True
    for _round in range(_MOST_ROUNDS if purify else 0):
        fair = np.array([item.ets_class not in ("B", "C") for item in items])
        has_settled = bool((fair == counting).all())
        if has_settled or not fair.any():
            break
        counting, items = fair, _judged(tables, members, fair)
    n_reference, n_focal = (round(float(tables.weights[rows].sum())) for rows in members)
    return Comparison(
        column,
        reference,
        focal,
        n_reference,
        n_focal,
        items,
        n_without_group=int((values == "").sum()),
        is_purified=purify,
        set_aside=tuple(name for name, counts in zip(matrix.item_names, counting, strict=True) if not counts),
        has_settled=has_settled,
    )


def _judged(
    tables: _Tables, members: Sequence[NDArray[np.bool_]], counting: NDArray[np.bool_] | None
) -> tuple[MantelHaenszel, ...]:
    everything = np.ones(tables.matrix.n_items, dtype=np.bool_)
    names = tables.matrix.item_names
    found = {
        j: _mantel_haenszel(names[j], right=right, wrong=wrong)
        for j, right, wrong in tables.of(members, everything if counting is None else counting)
    }
    return tuple(found[j] for j in range(len(names)))


def _mantel_haenszel(name: str, *, right: Floats, wrong: Floats) -> MantelHaenszel:
    """Mantel & Haenszel (1959), JNCI 22; right and wrong are (2 groups, strata), the reference group first."""
    informative = ((right + wrong) > 0).all(axis=0) & (right.sum(axis=0) > 0) & (wrong.sum(axis=0) > 0)
    (a, c), (b, d) = right[:, informative], wrong[:, informative]
    n = a + b + c + d
    numerator, denominator = float(np.sum(a * d / n)), float(np.sum(b * c / n))
    variance = float(np.sum((a + b) * (c + d) * (a + c) * (b + d) / (n * n * np.maximum(n - 1, 1))))
    if variance <= 0:
        nan = math.nan
        return MantelHaenszel(name, nan, nan, nan, nan, nan, None, len(n))
    deviation = abs(float(np.sum(a - (a + b) * (a + c) / n)))
    # As R does: the correction is left out where it would overshoot.
    chi_square = (deviation - (0.5 if deviation >= 0.5 else 0.0)) ** 2 / variance
    p = float(chi_square_tail(np.array(chi_square), np.array(1.0)))
    if numerator <= 0 or denominator <= 0:
        ratio, delta = (math.inf, -math.inf) if numerator > 0 else (0.0, math.inf)
        return MantelHaenszel(name, ratio, chi_square, p, delta, math.nan, _class_of_infinite(p), len(n))
    delta, error = _DELTA * math.log(numerator / denominator), _delta_error(a, b, c=c, d=d)
    return MantelHaenszel(
        item=name,
        common_odds_ratio=numerator / denominator,
        chi_square=chi_square,
        p=p,
        delta=delta,
        delta_se=error,
        ets_class=ets_class(delta, error),
        n_strata=len(n),
    )


def _class_of_infinite(p: float) -> str:
    """C when chance does not explain the difference; an infinite size has no error by which to tell B."""
    return "C" if p < _CHANCE else "A"


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
