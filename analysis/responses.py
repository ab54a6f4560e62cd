"""The one shape in which answers enter every analysis.

Four kinds of cell are kept apart, because each statistic treats them differently: an answer, an omission, an item
that the person never reached, and an item that was never presented to the person (another form).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadArrays

if TYPE_CHECKING:  # polars and the readers load when they are used
    from pathlib import Path

    from polars import DataFrame, LazyFrame

    from analysis.reading import Key

OMITTED = -1
NOT_REACHED = -2
NOT_PRESENTED = -3
# People that one row may stand for: beyond it, sums lose people to rounding; below it, they lose the row.
MOST_WEIGHT, LEAST_WEIGHT = 1_000_000_000, 1e-6
LETTERS_ALWAYS_LISTED = 4


@dataclass(frozen=True, eq=False)
class ResponseMatrix:
    """Who chose which option of which item, with the key.

    Parameters
    ----------
    options : (n_persons, n_items) int8, the position of the chosen letter, or OMITTED, NOT_REACHED, NOT_PRESENTED.
    letters : the option letters in order, at least A to D.
    key : (n_items,) int8, the position of the right letter.
    item_names, person_ids : unique names.
    groups : column name -> (n_persons,) strings; any number of grouping columns.
    sections : section name per item, or None; used by stratified alpha.
    n_options : (n_items,) int8, how many of the letters each item offers; all of them unless told.
    presented_position : (n_persons, n_items) int16 counted from 1, 0 where not presented; or None when unknown.
    weights : (n_persons,) how many people each row stands for; None counts each row once.

    Raises
    ------
    BadArrays
        When shapes, codes or names contradict each other.
    """

    options: NDArray[np.int8]
    letters: tuple[str, ...]
    key: NDArray[np.int8]
    item_names: tuple[str, ...]
    person_ids: tuple[str, ...]
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    sections: tuple[str, ...] | None = None
    n_options: NDArray[np.int8] | None = None
    presented_position: NDArray[np.int16] | None = None
    weights: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_codes(self)
        _check_names(self)
        _check_weights(self)

    @property
    def n_persons(self) -> int:
        return int(self.options.shape[0])

    @property
    def n_items(self) -> int:
        return int(self.options.shape[1])

    @cached_property
    def presented(self) -> NDArray[np.bool_]:
        """(n_persons, n_items), whether the item stood in the person's form."""
        return np.asarray(self.options != NOT_PRESENTED)

    @cached_property
    def scored(self) -> NDArray[np.int8]:
        """(n_persons, n_items): 1 right, 0 wrong, omitted or not reached, NOT_PRESENTED where not presented."""
        right = (self.options == self.key).astype(np.int8)
        return np.where(self.presented, right, np.int8(NOT_PRESENTED))

    @cached_property
    def offered(self) -> NDArray[np.int8]:
        """(n_items,), the number of options of each item."""
        if self.n_options is not None:
            return self.n_options
        return np.full(self.n_items, len(self.letters), dtype=np.int8)

    def select_items(self, columns: Sequence[int] | NDArray[np.intp]) -> "ResponseMatrix":
        """The same people on some of the items, in the order given."""
        chosen = np.asarray(columns, dtype=np.intp)
        return ResponseMatrix(
            options=self.options[:, chosen],
            letters=self.letters,
            key=self.key[chosen],
            item_names=tuple(self.item_names[j] for j in chosen),
            person_ids=self.person_ids,
            groups=self.groups,
            sections=None if self.sections is None else tuple(self.sections[j] for j in chosen),
            n_options=None if self.n_options is None else self.n_options[chosen],
            presented_position=None if self.presented_position is None else self.presented_position[:, chosen],
            weights=self.weights,
        )

    def select_persons(self, rows: Sequence[int] | NDArray[np.intp]) -> "ResponseMatrix":
        """Some of the people, in the order given, on the same items."""
        chosen = np.asarray(rows, dtype=np.intp)
        return replace(
            self,
            options=self.options[chosen],
            person_ids=tuple(self.person_ids[i] for i in chosen),
            groups={name: values[chosen] for name, values in self.groups.items()},
            presented_position=None if self.presented_position is None else self.presented_position[chosen],
            weights=None if self.weights is None else self.weights[chosen],
        )

    @classmethod
    def from_csv(cls, responses: "str | Path", key: "str | Path", *, weight: str | None = None) -> "ResponseMatrix":
        """Read answers and key from CSV files; see `analysis.reading.read_csv`."""
        from analysis.reading import read_csv

        return read_csv(responses, key, weight=weight)

    @classmethod
    def from_parquet(cls, responses: "str | Path", key: "str | Path", *, weight: str | None = None) -> "ResponseMatrix":
        """Read answers from a Parquet file and the key from a CSV file; see `analysis.frames.read_parquet`."""
        from analysis.frames import read_parquet

        return read_parquet(responses, key, weight=weight)

    @classmethod
    def from_frame(
        cls, frame: "DataFrame | LazyFrame", key: "Mapping[str, str] | Key", *, weight: str | None = None
    ) -> "ResponseMatrix":
        """Take answers from a polars data frame, one row a person; `key` maps items to letters."""
        from analysis.frames import from_frame

        return from_frame(frame, key, weight=weight)

    @classmethod
    def from_arrays(
        cls,
        options: NDArray[np.integer],
        *,
        key: NDArray[np.integer] | Sequence[int],
        item_names: Sequence[str] | None = None,
        person_ids: Sequence[str] | None = None,
        groups: Mapping[str, Sequence[object] | NDArray[Any]] | None = None,
        sections: Sequence[str] | None = None,
        n_options: Sequence[int] | NDArray[np.integer] | None = None,
        presented_position: NDArray[np.integer] | None = None,
        weights: Sequence[float] | NDArray[np.floating] | None = None,
    ) -> "ResponseMatrix":
        """Build a matrix from option codes; names are made up (q01, P000001) where none are given."""
        codes = _codes(options)
        if codes.ndim != 2:
            raise BadArrays("The options are not a table of persons by items.", mend="give a two-dimensional array.")
        n_persons, n_items = codes.shape
        answers, offered = _codes(key), None if n_options is None else _codes(n_options)
        most = 0 if offered is None else _highest(offered)
        highest = max(_highest(codes), _highest(answers), most - 1, LETTERS_ALWAYS_LISTED - 1)
        if highest >= len(ascii_uppercase):
            raise BadArrays(f"Option code {highest} has no letter.", mend="code the options 0 (A), 1 (B) and so on.")
        return cls(
            options=codes.astype(np.int8),
            letters=tuple(ascii_uppercase[: highest + 1]),
            key=answers.astype(np.int8),
            item_names=tuple(item_names) if item_names is not None else _numbered("q", n_items, 2),
            person_ids=tuple(person_ids) if person_ids is not None else _numbered("P", n_persons, 6),
            groups={name: _names(values) for name, values in (groups or {}).items()},
            sections=None if sections is None else tuple(sections),
            n_options=None if offered is None else offered.astype(np.int8),
            presented_position=None if presented_position is None else presented_position.astype(np.int16),
            weights=None if weights is None else _numbers(weights),
        )


def _codes(given: NDArray[np.integer] | Sequence[int]) -> NDArray[np.integer]:
    """The codes as given; what is no whole number, or would turn into another in one byte, is refused."""
    codes = _array(given)
    if codes.size and codes.dtype.kind not in "biu":
        raise BadArrays("Options are whole numbers.", mend="code them 0 (A), 1 (B) and so on, -1 for omitted.")
    if codes.size and codes.min() < -128:
        raise BadArrays(f"Option code {codes.min()} means nothing.", mend="use -1, -2 or -3 for missing answers.")
    return codes


def _array(given: Any) -> NDArray[Any]:
    try:
        return np.asarray(given)
    except ValueError as error:
        raise BadArrays("The rows are of different length.", mend="give every row as many cells.") from error


def _names(given: Sequence[object] | NDArray[Any]) -> NDArray[np.str_]:
    """Groups as text; None and nan, by which tables say that nothing is known, belong to no group."""
    if isinstance(given, np.ndarray) and given.dtype.kind == "U":
        return given
    unknown = [value is None or (isinstance(value, float) and math.isnan(value)) for value in given]
    return np.array(["" if none else str(value) for none, value in zip(unknown, given, strict=True)], dtype=np.str_)


def _numbers(given: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float64]:
    numbers = _array(given)
    if numbers.ndim != 1 or numbers.dtype.kind not in "biuf":
        raise BadArrays("The weights are not one number a person, 0 or more.", mend="give each person a weight.")
    return numbers.astype(np.float64)


def _highest(codes: NDArray[np.integer]) -> int:
    return int(codes.max()) if codes.size else 0


def _numbered(prefix: str, count: int, width: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{number:0{width}d}" for number in range(1, count + 1))


def can_weigh(weights: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n_persons,) whether a number can say how many people a row stands for."""
    return np.asarray((weights == 0) | ((weights >= LEAST_WEIGHT) & (weights <= MOST_WEIGHT)))


def _refuse_unless(holds: bool, what: str, mend: str) -> None:
    if not holds:
        raise BadArrays(what, mend=mend)


def _check_shapes(matrix: ResponseMatrix) -> None:
    _refuse_unless(
        matrix.options.ndim == 2, "The options are not a table.", "give persons in rows and items in columns."
    )
    n_persons, n_items = matrix.options.shape
    _refuse_unless(n_persons > 0, "There are no persons.", "give at least one row of answers.")
    _refuse_unless(n_items > 0, "There are no items.", "give at least one item column.")
    per_item = {"key": len(matrix.key), "item_names": len(matrix.item_names)}
    per_item |= {} if matrix.sections is None else {"sections": len(matrix.sections)}
    per_item |= {} if matrix.n_options is None else {"n_options": len(matrix.n_options)}
    for name, length in per_item.items():
        _refuse_unless(length == n_items, f"{name} has {length} entries for {n_items} items.", "give one an item.")
    per_person = {"person_ids": len(matrix.person_ids)} | {name: len(column) for name, column in matrix.groups.items()}
    per_person |= {} if matrix.weights is None else {"weights": len(matrix.weights)}
    for name, length in per_person.items():
        _refuse_unless(
            length == n_persons, f"{name} has {length} entries for {n_persons} persons.", "give one a person."
        )
    position = matrix.presented_position
    _refuse_unless(
        position is None or position.shape == matrix.options.shape,
        "The presented positions have another shape than the options.",
        "give one position a cell.",
    )


def _check_codes(matrix: ResponseMatrix) -> None:
    most = len(matrix.letters)
    _refuse_unless(
        bool(((matrix.offered >= 2) & (matrix.offered <= most)).all()),
        f"An item does not offer 2 to {most} options.",
        "correct the number of options.",
    )
    low, high = int(matrix.options.min()), int(matrix.options.max())
    _refuse_unless(low >= NOT_PRESENTED, f"Option code {low} means nothing.", "use -1, -2 or -3 for missing answers.")
    _refuse_unless(high < len(matrix.letters), f"Option code {high} has no letter.", "list a letter for each option.")
    outside = np.flatnonzero((matrix.key < 0) | (matrix.key >= matrix.offered))
    if outside.size:
        raise BadArrays(
            f"The key of {matrix.item_names[outside[0]]} is not one of its options.", mend="correct the key."
        )
    if (matrix.options.max(axis=0) >= matrix.offered).any():
        person, item = np.argwhere(matrix.options >= matrix.offered)[0]
        what = f"{matrix.person_ids[person]} chose an option that {matrix.item_names[item]} does not offer."
        raise BadArrays(what, mend="correct the answer or the number of options.")


def _check_names(matrix: ResponseMatrix) -> None:
    for noun, names in (("item", matrix.item_names), ("person", matrix.person_ids), ("letter", matrix.letters)):
        _refuse_unless(len(set(names)) == len(names), f"Two {noun}s carry the same name.", f"name each {noun} once.")


def _check_weights(matrix: ResponseMatrix) -> None:
    if matrix.weights is None:
        return
    wrong = np.flatnonzero(~can_weigh(matrix.weights))
    if wrong.size:
        person, weight = matrix.person_ids[wrong[0]], matrix.weights[wrong[0]]
        raise BadArrays(
            f"The weight of {person} is {weight}.",
            mend=f"give each person 0, or a number from {LEAST_WEIGHT:f} to {MOST_WEIGHT:,}.",
        )
    _refuse_unless(bool(matrix.weights.any()), "Every weight is 0.", "give at least one person a weight above 0.")
