"""All that classical statistics need to know, counted in one pass: how often each option went with each raw score.

Everything in `items` and `classical` follows from these small tables, so answers of any number of people can be counted
block by block, in the memory of one block.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadArrays
from analysis.responses import NOT_PRESENTED, NOT_REACHED, OMITTED, ResponseMatrix

Floats = NDArray[np.float64]
_ROWS = 8192  # people counted at a time: their numbers stay in the cache of a core
_FINENESS = 2.0**20  # weights are counted to a millionth, so that sums are exact in any order and 0 stays 0
_BLANKS = 2  # omitted and not reached stand before the letters


@dataclass(frozen=True, eq=False)
class FormCounts:
    """What people answered who were presented with the same items. People are counted by their weights."""

    items: NDArray[np.intp]  # (k,) columns of the matrix
    n_rows: int
    choices: Floats  # (letters, k, k + 1) people who chose the letter, by raw score
    omitted: Floats  # (k, k + 1)
    not_reached: Floats  # (k, k + 1)
    products: Floats  # (k, k) people who were right on both

    @property
    def histogram(self) -> Floats:
        """(k + 1,) people at each raw score."""
        first = self.choices[:, 0].sum(axis=0) + self.omitted[0] + self.not_reached[0]
        return np.asarray(first)

    def __add__(self, other: "FormCounts") -> "FormCounts":
        """The counts of both, on the letters of whoever knows more."""
        letters = max(len(self.choices), len(other.choices))
        return replace(
            self,
            n_rows=self.n_rows + other.n_rows,
            choices=_with_letters(self.choices, letters) + _with_letters(other.choices, letters),
            omitted=self.omitted + other.omitted,
            not_reached=self.not_reached + other.not_reached,
            products=self.products + other.products,
        )


def _with_letters(choices: Floats, letters: int) -> Floats:
    missing = np.zeros((letters - len(choices), *choices.shape[1:]))
    return np.concatenate([choices, missing])


@dataclass(frozen=True, eq=False)
class Counts:
    """Every form of an administration, and whose items they are."""

    letters: tuple[str, ...]
    key: NDArray[np.int8]
    item_names: tuple[str, ...]
    sections: tuple[str, ...] | None
    offered: NDArray[np.int8]  # (n_items,)
    n_persons: int
    total_weight: float  # the people that the rows stand for: n_persons unless weighted
    forms: tuple[FormCounts, ...]  # the form met first stands first; people without any item are left out

    @property
    def n_items(self) -> int:
        return len(self.item_names)


def count(blocks: Iterable[ResponseMatrix]) -> Counts:
    """Count answers block by block; the blocks have the same items and key, and are not kept.

    Raises
    ------
    BadArrays
        When there is no block.
    """
    forms: dict[bytes, FormCounts] = {}
    n_persons, total_weight, last = 0, 0.0, None
    for block in blocks:
        for counted in _forms_of(block):
            pattern = counted.items.tobytes()
            forms[pattern] = forms[pattern] + counted if pattern in forms else counted
        n_persons += block.n_persons
        total_weight += block.n_persons if block.weights is None else float(block.weights.sum())
        last = block if last is None or len(block.letters) >= len(last.letters) else last
    if last is None:
        raise BadArrays("There are no persons.", mend="give the answers of at least one person.")
    return Counts(
        letters=last.letters,
        key=last.key,
        item_names=last.item_names,
        sections=last.sections,
        offered=last.offered,
        n_persons=n_persons,
        total_weight=total_weight,
        forms=tuple(form + _nothing(form, len(last.letters)) for form in forms.values() if form.histogram.any()),
    )


def _nothing(form: FormCounts, letters: int) -> FormCounts:
    k = len(form.items)
    blank = np.zeros((k, k + 1))
    return FormCounts(form.items, 0, np.zeros((letters, k, k + 1)), blank, blank, np.zeros((k, k)))


def _forms_of(matrix: ResponseMatrix) -> Iterator[FormCounts]:
    for rows, items in by_presented(matrix.options):
        options = matrix.options if rows is None else matrix.options[np.ix_(rows, items)]
        weights = matrix.weights if rows is None or matrix.weights is None else matrix.weights[rows]
        yield count_form(options, key=matrix.key[items], items=items, letters=len(matrix.letters), weights=weights)


def by_presented(
    options: NDArray[np.int8], *, lowest: int = NOT_PRESENTED
) -> list[tuple[NDArray[np.intp] | None, NDArray[np.intp]]]:
    """Rows and columns of each form, the form met first first; None for all rows. Codes up to `lowest` are no items."""
    every = np.arange(options.shape[1])
    if options.min() > lowest:
        return [(None, every)]
    packed = np.packbits(options > lowest, axis=1)
    patterns, first, which, sizes = np.unique(
        packed, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    rows = np.split(np.argsort(which.ravel(), kind="stable"), np.cumsum(sizes)[:-1])
    columns = [np.flatnonzero(np.unpackbits(pattern, count=len(every))) for pattern in patterns]
    return [(rows[form], columns[form]) for form in np.argsort(first) if len(columns[form])]


def count_form(
    options: NDArray[np.int8],
    *,
    key: NDArray[np.int8],
    items: NDArray[np.intp],
    letters: int,
    weights: Floats | None = None,
) -> FormCounts:
    """Count the answers of people who were all presented with these items: options is (n_persons, k)."""
    k, codes = options.shape[1], letters + _BLANKS
    table, products = np.zeros((k + 1) * k * codes), np.zeros((k, k))
    place = np.arange(k) * codes - min(OMITTED, NOT_REACHED)
    for start in range(0, len(options), _ROWS):
        block = options[start : start + _ROWS]
        own = None if weights is None else np.round(weights[start : start + _ROWS] * _FINENESS) / _FINENESS
        right = (block == key).astype(np.float32)
        scores = right.sum(axis=1).astype(np.intp)
        at = (scores * (k * codes))[:, None] + place + block
        table += np.bincount(at.ravel(), None if own is None else np.repeat(own, k), minlength=len(table))
        products += right.T @ right if own is None else (right * own[:, None]).T @ right
    by_code = table.reshape(k + 1, k, codes).transpose(2, 1, 0)
    return FormCounts(
        items=items,
        n_rows=len(options),
        choices=np.ascontiguousarray(by_code[_BLANKS:]),
        omitted=by_code[OMITTED - NOT_REACHED],
        not_reached=by_code[0],
        products=products,
    )
