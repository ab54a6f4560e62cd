"""Answers in polars data frames and Parquet files: the same rules as for CSV, without lines to point at.

Item columns hold option letters (text, categories), with null or "" = omitted and "." = not presented; or whole
numbers, which are the codes of `ResponseMatrix`: 0 is option A, -1 omitted, -2 not reached, -3 not presented.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.csv_text import Progress
from analysis.errors import BadInput, UnknownOption, UnreadableFile, WrongColumns
from analysis.keys import CODES, KNOWN_LETTERS, Key, key_of, read_key
from analysis.reading import Layout, Part, joined, letter_codes, matrix_of
from analysis.responses import NOT_PRESENTED, OMITTED, ResponseMatrix

if TYPE_CHECKING:  # polars takes a while to load
    from polars import DataFrame, LazyFrame, Series

PARQUET = b"PAR1"
_MOST_ROWS, _CELLS = 65_536, 3_000_000  # at a time
_NO_FILE = Path("data frame")
Codes = NDArray[np.int8]


def from_frame(
    frame: "DataFrame | LazyFrame", key: Mapping[str, str] | Key, *, weight: str | None = None
) -> ResponseMatrix:
    """Take answers from a polars data frame, read or not, one row a person; `key` maps items to letters.

    Raises
    ------
    BadInput
        One of its kinds; rows are counted from 1.
    """
    known = key if isinstance(key, Key) else key_of(key)
    read = frame.lazy().collect()
    layout = Layout.find(_NO_FILE, read.columns, known, weight=weight)
    return matrix_of(_part(read, layout, first_row=1), layout)


def read_parquet(responses: str | Path, key: str | Path, *, weight: str | None = None) -> ResponseMatrix:
    """Read a whole Parquet file of answers, with the key from a CSV file."""
    layout, lazy = _open(Path(responses), read_key(key), weight=weight)
    return matrix_of(joined([part for part, _ in _parts(lazy, layout)]), layout)


def stream_parquet(
    responses: str | Path,
    key: str | Path | Key,
    *,
    weight: str | None = None,
    rows: int | None = None,
    progress: Progress | None = None,
) -> Iterator[ResponseMatrix]:
    """The same, some rows at a time. That nobody occurs twice is checked within each block only."""
    layout, lazy = _open(Path(responses), key if isinstance(key, Key) else read_key(key), weight=weight)
    for part, done in _parts(lazy, layout, rows):
        yield matrix_of(part, layout)
        if progress is not None:
            progress(done)


def _parts(lazy: "LazyFrame", layout: Layout, rows: int | None = None) -> Iterator[tuple[Part, float]]:
    """Some rows at a time, the fewer the wider they are, and the share of the file that they complete."""
    import polars as pl

    rows = rows or min(_MOST_ROWS, max(_CELLS // len(layout.header), 1))
    total = int(lazy.select(pl.len()).collect().item())
    if not total:
        raise WrongColumns("There are no rows.", mend="add one row a person.", file=layout.file)
    for start in range(0, total, rows):
        part = lazy.slice(start, rows).collect()
        yield _part(part, layout, first_row=start + 1), min(start + rows, total) / total


def _open(file: Path, key: Key, *, weight: str | None) -> "tuple[Layout, LazyFrame]":
    import polars as pl

    try:
        lazy = pl.scan_parquet(file)
        header = lazy.collect_schema().names()
    except (OSError, pl.exceptions.PolarsError) as error:
        mend = "check its name and place, and that it is Parquet."
        raise UnreadableFile(f"The file cannot be read: {error}.", mend=mend, file=file) from error
    return Layout.find(file, header, key, weight=weight), lazy


def _part(frame: "DataFrame", layout: Layout, *, first_row: int) -> Part:
    if not frame.height:
        raise WrongColumns("There are no rows.", mend="add one row a person.", file=layout.file)
    return Part(
        codes=_codes(frame, layout, first_row=first_row),
        columns={name: _text(frame, name, layout).to_list() for name in layout.others},
        lines=range(first_row, first_row + frame.height),
    )


def _codes(frame: "DataFrame", layout: Layout, *, first_row: int) -> Codes:
    items = list(layout.key.items)
    kinds = [frame.schema[item] for item in items]
    if all(kind.is_integer() for kind in kinds):
        return _whole_numbers(frame.select(items).fill_null(OMITTED).to_numpy(), layout, first_row=first_row)
    import polars as pl

    wrong = [item for item, kind in zip(items, kinds, strict=True) if kind.is_numeric() or kind.is_temporal()]
    if wrong:
        what = f"The column holds {frame.schema[wrong[0]]}, where the others hold letters or codes."
        raise WrongColumns(what, mend="write letters everywhere.", file=layout.file, column=wrong[0])
    text = pl.DataFrame([_text(frame, item, layout) for item in items])
    codes = letter_codes(text, items)
    return codes if codes is not None else _explain(text, layout, first_row=first_row)


def _text(frame: "DataFrame", column: str, layout: Layout) -> "Series":
    """A column as text, "" where nothing stands."""
    import polars as pl

    try:
        return frame[column].cast(pl.String).fill_null("")
    except pl.exceptions.PolarsError as error:
        what = f"The column holds {frame.schema[column]}, which is no text."
        raise WrongColumns(what, mend="turn it into text, or leave it out.", file=layout.file, column=column) from error


def _whole_numbers(numbers: NDArray[np.integer], layout: Layout, *, first_row: int) -> Codes:
    if numbers.min() < NOT_PRESENTED or numbers.max() >= len(KNOWN_LETTERS):
        row, column = np.argwhere((numbers < NOT_PRESENTED) | (numbers >= len(KNOWN_LETTERS)))[0]
        what, mend = f"{numbers[row, column]} is no option code.", "use 0 (A) to 7 (H), -1, -2 or -3."
        raise UnknownOption(
            what, mend=mend, file=layout.file, line=first_row + int(row), column=layout.key.items[column]
        )
    return numbers.astype(np.int8)


def _explain(text: "DataFrame", layout: Layout, *, first_row: int) -> Codes:
    for item in layout.key.items:
        for row, cell in enumerate(text[item].to_list()):
            if cell not in CODES:
                mend = "write one capital letter A to H, nothing for an omitted answer, or . for an item not presented."
                what = f"{cell!r} is no option letter."
                raise UnknownOption(what, mend=mend, file=layout.file, line=first_row + row, column=item)
    raise BadInput("The answers cannot be read.", mend="write letters.", file=layout.file)  # cannot happen
