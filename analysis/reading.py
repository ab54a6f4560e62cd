"""Read answers and key from CSV files, refusing what is not clear.

A file that is quietly misread decides about people; so every doubt is an error that names file, line and column.
Large blocks of plain text are read by polars; whatever it cannot vouch for is read again slowly, to be explained.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from analysis.csv_text import Progress, Table, TextBlock, as_meant, open_blocks, rows_of
from analysis.errors import BadInput, BadKey, DuplicatePerson, UnknownOption, WrongColumns
from analysis.keys import CODES, KNOWN_LETTERS, NOT_PRESENTED_MARK, Key, read_key
from analysis.responses import (
    LEAST_WEIGHT,
    MOST_WEIGHT,
    NOT_PRESENTED,
    NOT_REACHED,
    OMITTED,
    ResponseMatrix,
    can_weigh,
)

if TYPE_CHECKING:  # loads with the first large file
    from polars import DataFrame

__all__ = ["Key", "Layout", "matrix_of", "read_csv", "read_key", "stream_csv"]

PERSON_COLUMNS = frozenset(
    {
        "examinee",
        "participant",
        "participant_number",
        "person",
        "person_id",
        "candidate",
        "id",
        "nuptk",
        "peserta",
        "nomor_peserta",
    }
)
_WORTH_POLARS = 1_000_000  # bytes; below this its import costs more than it saves
_FAST_CODES = np.array([*range(len(KNOWN_LETTERS)), NOT_PRESENTED, OMITTED], dtype=np.int8)


@dataclass(frozen=True)
class Layout:
    """Which column of a responses file is what."""

    file: Path
    header: list[str]
    key: Key
    weight: str | None = None
    positions: list[int] = field(default_factory=list)  # of the items, in the order of the key

    @classmethod
    def find(cls, file: Path, header: list[str], key: Key, *, weight: str | None = None) -> "Layout":
        """Match the columns of a file with a key.

        Raises
        ------
        WrongColumns, BadKey
            When an item has no column, a column that is named like the items has no key, or the weight is missing.
        """
        missing = [item for item in key.items if item not in header]
        if missing:
            what = f"The key names {missing[0]}, no column here ({len(missing)} of {len(key.items)} items are missing)."
            mend = "take the key of this test, or add the column."
            raise WrongColumns(what, mend=mend, file=file, line=1, column=missing[0])
        if weight is not None and weight not in header:
            raise WrongColumns(f"There is no weight column {weight!r}.", mend="name a column.", file=file, line=1)
        forgotten = key.forgotten([name for name in header if name != weight])
        if forgotten is not None:
            what, mend = (
                "The column is named like the items and has no key.",
                "add it to the key, or rename the column.",
            )
            raise BadKey(what, mend=mend, file=file, line=1, column=forgotten)
        return cls(file, header, key, weight, [header.index(item) for item in key.items])

    @property
    def others(self) -> list[str]:
        """The columns that are no items."""
        return [name for name in self.header if name not in set(self.key.items)]

    @property
    def person(self) -> str | None:
        """The column that says who it is, if any."""
        return next((name for name in self.others if name.lower() in PERSON_COLUMNS and name != self.weight), None)

    @property
    def groups(self) -> list[str]:
        """The columns that part people."""
        return [name for name in self.others if name not in (self.person, self.weight)]


@dataclass(frozen=True)
class Part:
    """Rows of a responses file, half understood: codes in the order of the key, the other columns as text."""

    codes: NDArray[np.int8]
    columns: Mapping[str, Sequence[str]]
    lines: Sequence[int]


def read_csv(
    responses: str | Path, key: str | Path, *, weight: str | None = None, progress: Progress | None = None
) -> ResponseMatrix:
    """Read the answers of a sitting and the key they are scored by.

    `responses` has one row a person; columns named in `key` hold option letters (empty = omitted, "." = not
    presented, blanks up to the end of the row = not reached); `weight` names the column that says how many people a
    row stands for; the other columns are identifiers and groups. `key` has the columns item and key, and may have
    section and options (how many options the item has).

    Raises
    ------
    BadInput
        One of its kinds, naming file, line, column and how to mend it.
    """
    layout, parts = _open(responses, key, weight=weight, progress=progress)
    matrix = matrix_of(joined(list(parts)), layout)
    if not matrix.presented.any():
        what = "Every cell is a dot: nobody was presented any item."
        raise BadInput(what, mend="write option letters; an omitted answer is an empty cell.", file=layout.file)
    return matrix


def stream_csv(
    responses: str | Path, key: str | Path, *, weight: str | None = None, progress: Progress | None = None
) -> Iterator[ResponseMatrix]:
    """The same, some ten thousand people at a time. That nobody occurs twice is checked within each block only."""
    layout, parts = _open(responses, key, weight=weight, progress=progress)
    return (matrix_of(part, layout) for part in parts)


def _open(
    responses: str | Path, key: str | Path, *, weight: str | None, progress: Progress | None
) -> tuple[Layout, Iterator[Part]]:
    known = read_key(key)
    header, blocks = open_blocks(Path(responses), progress)
    layout = Layout.find(Path(responses), header, known, weight=weight)
    parts = (_fast(block, layout) or _careful(block, layout) for block in blocks)
    return layout, (part for part in parts if len(part.codes))


def joined(parts: Sequence[Part]) -> Part:
    """The rows of all parts."""
    if len(parts) == 1:
        return parts[0]
    names = parts[0].columns
    return Part(
        codes=np.concatenate([part.codes for part in parts]),
        columns={name: [cell for part in parts for cell in part.columns[name]] for name in names},
        lines=[line for part in parts for line in part.lines],
    )


def matrix_of(part: Part, layout: Layout) -> ResponseMatrix:
    """Understand the rest: who it is, which group, what was not reached."""
    key, codes = layout.key, part.codes
    if not len(codes):
        raise WrongColumns("There are no persons.", mend="add one row a person.", file=layout.file)
    _refuse_options_beyond(part, layout)
    return ResponseMatrix(
        options=mark_not_reached(codes, in_file_order=np.argsort(layout.positions)),
        letters=key.letters_with(int(codes.max(initial=0))),
        key=key.codes,
        item_names=key.items,
        person_ids=_person_ids(part, layout),
        groups={name: np.array(part.columns[name], dtype=np.str_) for name in layout.groups},
        sections=key.sections,
        n_options=key.offered,
        weights=None if layout.weight is None else _weights(part, layout),
    )


def _careful(block: TextBlock, layout: Layout) -> Part:
    table = rows_of(block, file=layout.file, header=layout.header)
    codes = np.empty((len(table.rows), len(layout.positions)), dtype=np.int8)
    for person, row in enumerate(table.rows):
        try:
            codes[person] = [CODES[row[position]] for position in layout.positions]
        except KeyError:
            _refuse_unknown_option(table, person, layout)
    columns = {name: [as_meant(cell) for cell in table.column(name)] for name in layout.others}
    return Part(codes, columns, table.lines)


def _fast(block: TextBlock, layout: Layout) -> Part | None:
    """What polars makes of a plain block; None where a person's eye is wanted."""
    if not _is_plain(block.raw, n_columns=len(layout.header)):
        return None
    import polars as pl

    try:
        frame = pl.read_csv(
            block.raw,
            has_header=False,
            schema=dict.fromkeys(layout.header, pl.String),
        ).fill_null("")
    except pl.exceptions.PolarsError:
        return None
    codes = letter_codes(frame, layout.key.items)
    if codes is None or frame.height != block.raw.count(b"\n") + (not block.raw.endswith(b"\n")):
        return None
    columns = {name: [as_meant(cell) for cell in frame[name].to_list()] for name in layout.others}
    return Part(codes, columns, range(block.first_line, block.first_line + frame.height))


def _is_plain(raw: bytes, *, n_columns: int) -> bool:
    """Whether every line is a row of as many cells as the header, and no comma or line break stands in quotes."""
    if len(raw) < _WORTH_POLARS or any(oddity in raw for oddity in (b"\n\n", b"\n\r\n", b"\0")):
        return False
    signs = np.frombuffer(raw, dtype=np.uint8)
    breaks, commas = np.flatnonzero(signs == ord("\n")), np.flatnonzero(signs == ord(","))
    if b'"' in raw:
        is_quoted = np.bitwise_and(np.cumsum(signs == ord('"'), dtype=np.uint32), 1)
        if is_quoted[breaks].any() or is_quoted[commas].any():
            return False
    per_line = np.diff(np.searchsorted(commas, breaks), prepend=0)
    return bool((per_line == n_columns - 1).all())


def letter_codes(frame: "DataFrame", items: Sequence[str]) -> NDArray[np.int8] | None:
    """(n_persons, n_items) codes of letters, "." and blanks; None when a cell holds something else."""
    import polars as pl

    known = pl.Enum([*KNOWN_LETTERS, NOT_PRESENTED_MARK, ""])
    places = frame.select(pl.col(list(items)).cast(known, strict=False).to_physical())
    if any(places.null_count().row(0)):
        return None
    codes: NDArray[np.int8] = _FAST_CODES[places.to_numpy()]
    return codes


def _refuse_unknown_option(table: Table, person: int, layout: Layout) -> NoReturn:
    row = table.rows[person]
    item, cell = next(
        (item, row[position])
        for item, position in zip(layout.key.items, layout.positions, strict=True)
        if row[position] not in CODES
    )
    mend = "write one capital letter A to H, nothing for an omitted answer, or . for an item not presented."
    what = f"{cell!r} is no option letter."
    raise UnknownOption(what, mend=mend, file=layout.file, line=table.lines[person], column=item)


def _refuse_options_beyond(part: Part, layout: Layout) -> None:
    offered = layout.key.offered
    if offered is None or not (part.codes.max(axis=0) >= offered).any():
        return
    person, item = (int(index) for index in np.argwhere(part.codes >= offered)[0])
    letter = KNOWN_LETTERS[part.codes[person, item]]
    what = f"{letter!r} is not one of the {offered[item]} options of this item."
    mend = "correct the answer, or the number of options in the key file."
    raise UnknownOption(what, mend=mend, file=layout.file, line=part.lines[person], column=layout.key.items[item])


def mark_not_reached(codes: NDArray[np.int8], *, in_file_order: NDArray[np.intp]) -> NDArray[np.int8]:
    """The same codes, where blanks up to the end of the row are no omissions: the person never came that far."""
    result = codes.copy()
    still = np.ones(len(codes), dtype=np.bool_)
    for column in in_file_order[::-1]:
        cells = codes[:, column]
        still &= cells < 0
        if not still.any():
            break
        result[still & (cells == OMITTED), column] = NOT_REACHED
    return result


def _person_ids(part: Part, layout: Layout) -> tuple[str, ...]:
    if layout.person is None:
        return tuple(f"line {line}" for line in part.lines)
    persons = part.columns[layout.person]
    if len(set(persons)) == len(persons) and "" not in persons:
        return tuple(persons)
    first_line: dict[str, int] = {}
    for line, person in zip(part.lines, persons, strict=True):
        if not person or person in first_line:
            what = f"{person} stands on line {first_line.get(person)} already."
            what = what if person else "This person has no identifier."
            mend = "keep one row a person, each with an identifier."
            raise DuplicatePerson(what, mend=mend, file=layout.file, line=line, column=layout.person)
        first_line[person] = line
    return tuple(first_line)


def _weights(part: Part, layout: Layout) -> NDArray[np.float64]:
    column = str(layout.weight)
    weights = np.array([_number(cell) for cell in part.columns[column]])
    wrong = np.flatnonzero(~can_weigh(weights))
    if wrong.size:
        what = f"{part.columns[column][wrong[0]]!r} is no weight."
        raise BadInput(
            what,
            mend=f"write 0, or a number from {LEAST_WEIGHT:f} to {MOST_WEIGHT:,}.",
            file=layout.file,
            line=part.lines[wrong[0]],
            column=column,
        )
    return weights


def _number(cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
