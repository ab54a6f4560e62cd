"""Read answers and key from CSV files, refusing what is not clear.

A file that is quietly misread decides about people; so every doubt is an error that names file, line and column.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadKey, DuplicatePerson, RaggedRow, UnknownOption, UnreadableFile, WrongColumns
from analysis.responses import LETTERS_ALWAYS_LISTED, NOT_PRESENTED, NOT_REACHED, OMITTED, ResponseMatrix

# Five options are the most that any blueprint of ours has; eight leave room for other people's tests.
KNOWN_LETTERS = "ABCDEFGH"
NOT_PRESENTED_MARK = "."
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
_CODES = {"": OMITTED, NOT_PRESENTED_MARK: NOT_PRESENTED} | {letter: code for code, letter in enumerate(KNOWN_LETTERS)}


@dataclass(frozen=True)
class Key:
    """The right option of each item, as its file gives it."""

    items: tuple[str, ...]
    letters: tuple[str, ...]
    sections: tuple[str, ...] | None
    n_options: tuple[int, ...] | None


@dataclass(frozen=True)
class _Table:
    """A CSV file in memory: rows with the line each began on."""

    file: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]


def read_csv(responses: str | Path, key: str | Path) -> ResponseMatrix:
    """Read the answers of a sitting and the key they are scored by.

    `responses` has one row a person; columns named in `key` hold option letters (empty = omitted, "." = not
    presented, blanks up to the end of the row = not reached); the other columns are identifiers and groups. `key`
    has the columns item and key, and may have section and options (how many options the item has).

    Raises
    ------
    BadInput
        One of its kinds, naming file, line, column and how to mend it.
    """
    answers_by = read_key(key)
    table = _read_table(Path(responses))
    positions = _item_positions(table, answers_by)
    options = _option_codes(table, positions, answers_by)
    n_letters = max(
        LETTERS_ALWAYS_LISTED, int(options.max(initial=0)) + 1, *(_CODES[a] + 1 for a in answers_by.letters)
    )
    others = [column for column in range(len(table.header)) if column not in set(positions)]
    person_column = _person_column(table, others)
    _refuse_too_many_options(table, options, positions=positions, key=answers_by)
    return ResponseMatrix(
        options=options,
        letters=tuple(KNOWN_LETTERS[: max(n_letters, *(answers_by.n_options or (0,)))]),
        key=np.array([_CODES[letter] for letter in answers_by.letters], dtype=np.int8),
        item_names=answers_by.items,
        person_ids=_person_ids(table, person_column),
        groups={table.header[c]: np.array([row[c] for row in table.rows]) for c in others if c != person_column},
        sections=answers_by.sections,
        n_options=None if answers_by.n_options is None else np.array(answers_by.n_options, dtype=np.int8),
    )


def read_key(file: str | Path) -> Key:
    """Read which option of each item is right."""
    table = _read_table(Path(file))
    if "item" not in table.header or "key" not in table.header:
        raise WrongColumns(
            "The key file lacks the columns item and key.", mend="begin it with the line item,key.", file=file, line=1
        )
    columns = {name: table.header.index(name) for name in ("item", "key", "section", "options") if name in table.header}
    names = [row[columns["item"]] for row in table.rows]
    letters = [row[columns["key"]] for row in table.rows]
    for line, name, letter in zip(table.lines, names, letters, strict=True):
        if letter not in KNOWN_LETTERS or not letter:
            what = f"The key of {name} is {letter!r}, which is no option letter."
            raise BadKey(what, mend="write one capital letter, A to H.", file=file, line=line, column="key")
    _refuse_doubles(table, names)
    return Key(
        items=tuple(names),
        letters=tuple(letters),
        sections=tuple(row[columns["section"]] for row in table.rows) if "section" in columns else None,
        n_options=_option_counts(table, columns["options"]) if "options" in columns else None,
    )


def _refuse_doubles(table: _Table, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for line, name in zip(table.lines, names, strict=True):
        if not name or name in seen:
            what = f"Item {name!r} stands in the key twice." if name else "An item of the key has no name."
            raise BadKey(what, mend="give each item one line.", file=table.file, line=line, column="item")
        seen.add(name)


def _option_counts(table: _Table, column: int) -> tuple[int, ...]:
    counts = []
    for line, row in zip(table.lines, table.rows, strict=True):
        if not row[column].isdecimal() or not 2 <= int(row[column]) <= len(KNOWN_LETTERS):
            what = f"{row[column]!r} is no number of options."
            raise BadKey(what, mend="write a number from 2 to 8.", file=table.file, line=line, column="options")
        counts.append(int(row[column]))
    return tuple(counts)


def _read_table(file: Path) -> _Table:
    reader = csv.reader(io.StringIO(_read_text(file), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = next(reader, [])
        for line, row in _numbered_rows(reader):
            rows.append(row)
            lines.append(line)
    except csv.Error as error:
        raise RaggedRow(f"This is no CSV: {error}.", mend="save it as CSV.", file=file, line=reader.line_num) from error
    _check_header(file, header)
    if not rows:
        raise WrongColumns(
            "The file has a header and no rows.", mend="add one row a person or item.", file=file, line=1
        )
    _refuse_ragged(file, header, rows=rows, lines=lines)
    return _Table(file=file, header=header, rows=rows, lines=lines)


def _numbered_rows(reader: "Iterator[list[str]]") -> Iterator[tuple[int, list[str]]]:
    # A quoted cell may span lines, so the line a row began on is one past where the row before it ended.
    begin = reader.line_num + 1  # type: ignore[attr-defined]
    for row in reader:
        if row:
            yield begin, row
        begin = reader.line_num + 1  # type: ignore[attr-defined]


def _read_text(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be read: {error.strerror}.", mend="check its name and place.", file=file
        ) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = f"Byte {raw[error.start]:#04x} is not UTF-8 text."
        raise UnreadableFile(what, mend="save the file as CSV UTF-8.", file=file, line=line) from error


def _check_header(file: Path, header: list[str]) -> None:
    if not any(header):
        raise WrongColumns("The file is empty.", mend="begin it with a line of column names.", file=file, line=1)
    if len(header) == 1 and ";" in header[0]:
        raise WrongColumns(
            "The columns are parted by semicolons.", mend="save it as CSV with commas.", file=file, line=1
        )
    for name in header:
        if not name or header.count(name) > 1:
            what = f"Column {name!r} occurs twice." if name else "A column has no name."
            raise WrongColumns(what, mend="name each column once.", file=file, line=1, column=name or None)


def _refuse_ragged(file: Path, header: list[str], *, rows: list[list[str]], lines: list[int]) -> None:
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            what = f"The row has {len(row)} cells, the header {len(header)}."
            raise RaggedRow(what, mend="give every row as many cells as the header.", file=file, line=line)


def _item_positions(table: _Table, key: Key) -> list[int]:
    missing = [item for item in key.items if item not in table.header]
    if missing:
        what = f"The key names {missing[0]}, no column here ({len(missing)} of {len(key.items)} items are missing)."
        raise WrongColumns(
            what, mend="take the key of this test, or add the column.", file=table.file, line=1, column=missing[0]
        )
    return [table.header.index(item) for item in key.items]


def _option_codes(table: _Table, positions: list[int], key: Key) -> NDArray[np.int8]:
    codes = np.empty((len(table.rows), len(positions)), dtype=np.int8)
    for person, row in enumerate(table.rows):
        try:
            codes[person] = [_CODES[row[position]] for position in positions]
        except KeyError:
            _refuse_unknown_option(table, person, positions=positions, key=key)
    return _mark_not_reached(codes, in_file_order=np.argsort(positions))


def _refuse_unknown_option(table: _Table, person: int, *, positions: list[int], key: Key) -> None:
    row = table.rows[person]
    item = next(j for j, position in enumerate(positions) if row[position] not in _CODES)
    what = f"{row[positions[item]]!r} is no option letter."
    mend = "write one capital letter A to H, nothing for an omitted answer, or . for an item not presented."
    raise UnknownOption(what, mend=mend, file=table.file, line=table.lines[person], column=key.items[item])


def _refuse_too_many_options(table: _Table, options: NDArray[np.int8], *, positions: list[int], key: Key) -> None:
    if key.n_options is None:
        return
    offered = np.array(key.n_options)
    letters = np.array([_CODES[letter] for letter in key.letters])
    if (letters >= offered).any():
        item = key.items[int(np.flatnonzero(letters >= offered)[0])]
        raise BadKey(f"The key of {item} is not one of its options.", mend="correct the key.", column=item)
    beyond = np.argwhere(options >= offered)
    if beyond.size:
        person, column = (int(index) for index in beyond[0])
        what = f"{table.rows[person][positions[column]]!r} is not one of the {offered[column]} options of this item."
        mend = "correct the answer, or the number of options in the key file."
        raise UnknownOption(what, mend=mend, file=table.file, line=table.lines[person], column=key.items[column])


def _mark_not_reached(codes: NDArray[np.int8], *, in_file_order: NDArray[np.intp]) -> NDArray[np.int8]:
    ordered = codes[:, in_file_order]
    unanswered = ordered < 0
    to_the_end = np.logical_and.accumulate(unanswered[:, ::-1], axis=1)[:, ::-1]
    marked = np.where(to_the_end & (ordered == OMITTED), np.int8(NOT_REACHED), ordered)
    result = np.empty_like(codes)
    result[:, in_file_order] = marked
    return result


def _person_column(table: _Table, others: list[int]) -> int | None:
    named = [column for column in others if table.header[column].lower() in PERSON_COLUMNS]
    return named[0] if named else None


def _person_ids(table: _Table, column: int | None) -> tuple[str, ...]:
    if column is None:
        return tuple(f"line {line}" for line in table.lines)
    first_line: dict[str, int] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        person = row[column]
        if not person or person in first_line:
            what = (
                f"{person} stands on line {first_line[person]} already." if person else "This person has no identifier."
            )
            mend = "keep one row a person, each with an identifier."
            raise DuplicatePerson(what, mend=mend, file=table.file, line=line, column=table.header[column])
        first_line[person] = line
    return tuple(first_line)
