"""Reading the CSV files that people make with spreadsheets, and naming every problem at once.

A person who mends one line, uploads again, and learns of the next one, gives up at the third. So nothing stops at
the first problem, and each problem says the file, the line, the column, and a kind whose text (what is wrong, how
to mend it) stands in the shell's translations.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

LONGEST_LINE = 300  # the width of text columns in the database


class ProblemKind(StrEnum):
    """What can be wrong in a file; in parentheses the parameters that a problem of this kind carries."""

    EMPTY_FILE = "empty-file"  # nothing in it, or only a header. Choose the right file
    NOT_CSV = "not-csv"  # an Excel workbook or other binary. Save as CSV UTF-8
    ENCODING_LATIN = "encoding-latin"  # (text) Windows or Latin-1 bytes. Save as CSV UTF-8
    ENCODING_UTF16 = "encoding-utf16"  # Excel's "Unicode text". Save as CSV UTF-8
    BROKEN_QUOTES = "broken-quotes"  # a quotation mark opened and never closed
    COLUMN_MISSING = "column-missing"  # (accepted) add the column
    COLUMN_UNKNOWN = "column-unknown"  # (accepted) remove it, or correct its name
    COLUMN_TWICE = "column-twice"  # (first) the same column again
    TOO_MANY_ROWS = "too-many-rows"  # (n_rows, most) split the file
    CELL_COUNT = "cell-count"  # (n_cells, expected) a separator too many or too few in this line
    EMPTY_CELL = "empty-cell"  # fill it in
    TOO_LONG = "too-long"  # (length, longest)
    CONTROL_CHARACTER = "control-character"  # an invisible character; type the text again
    NUPTK_SCIENTIFIC = "nuptk-scientific"  # (text) Excel turned it into 1.23E+15. Format the column as text, type again
    NUPTK_NOT_16_DIGITS = "nuptk-not-16-digits"  # (length)
    NUPTK_TWICE = "nuptk-twice"  # (first_line, value)
    LEVEL_UNKNOWN = "level-unknown"  # (text, accepted)
    SEAT_NOT_A_NUMBER = "seat-not-a-number"  # (text, most)
    SEAT_TWICE = "seat-twice"  # (first_line, value)
    SEAT_TAKEN = "seat-taken"  # (seat) by somebody enrolled before
    MINUTES_NOT_A_NUMBER = "minutes-not-a-number"  # (text, most)
    MINUTES_BEYOND_WINDOW = "minutes-beyond-window"  # (most) the sitting's window is too short for so much extra time
    GRANTED_AT_WORK = "granted-at-work"  # (granted) whoever began keeps what was granted before
    ENROLLED_ELSEWHERE = "enrolled-elsewhere"  # (sitting) in another sitting of the same administration


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where."""

    file: str
    line: int  # as an editor counts: 1 is the header
    column: str | None  # the header as it stands in the file
    kind: ProblemKind
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column that a file may have: its name, the headers it may stand under, whether it must be there."""

    name: str
    aliases: frozenset[str]
    required: bool = True

    @property
    def accepted(self) -> tuple[str, ...]:
        """All headers that mean this column."""
        return (self.name, *sorted(self.aliases - {self.name}))


@dataclass
class Row:
    """One line of a file while it is being read: its cells by column name, and a place to report problems."""

    line: int
    cells: dict[str, str]
    sheet: "Sheet"

    def report(self, column: str, kind: ProblemKind, **parameters: object) -> None:
        """Name a problem of this line."""
        self.sheet.report(self.line, kind, column=self.sheet.headers.get(column, column), **parameters)

    def text(self, column: str) -> str:
        """A cell that must hold a line of text."""
        value = " ".join(self.cells[column].split())
        if not value:
            self.report(column, ProblemKind.EMPTY_CELL)
        elif len(value) > LONGEST_LINE:
            self.report(column, ProblemKind.TOO_LONG, length=len(value), longest=LONGEST_LINE)
        elif not value.isprintable():
            self.report(column, ProblemKind.CONTROL_CHARACTER)
        return value


@dataclass
class Sheet:
    """A file as read: the rows that could be told apart, and the problems so far."""

    file: str
    headers: dict[str, str] = field(default_factory=dict)  # column name -> header as written
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, line: int, kind: ProblemKind, column: str | None = None, **parameters: object) -> None:
        """Name a problem."""
        self.problems.append(Problem(self.file, line, column, kind, parameters))

    def in_order(self) -> tuple[Problem, ...]:
        """All problems from the top of the file to its end."""
        return tuple(sorted(self.problems, key=lambda problem: problem.line))

    def report_twice(self, column: str, kind: ProblemKind, value: Callable[[Row], object]) -> None:
        """Report each row whose value stood in an earlier row, with the line of that one; None never counts."""
        first: dict[object, int] = {}
        for row in self.rows:
            seen = value(row)
            if seen is not None and first.setdefault(seen, row.line) != row.line:
                row.report(column, kind, first_line=first[seen], value=seen)


def read_sheet(content: bytes, *, file: str, columns: Sequence[Column], most_rows: int) -> Sheet:
    """Take a CSV file apart: comma or semicolon, UTF-8 with or without BOM, headers in any case and order."""
    sheet = Sheet(file)
    decoded = _decode(sheet, content)
    if decoded is None:
        return sheet
    lines = list(_records(sheet, decoded))
    if not lines:
        sheet.report(1, ProblemKind.EMPTY_FILE)
        return sheet
    places = _places(sheet, lines[0], columns)
    _fill(sheet, lines, places=places, columns=columns)
    if not sheet.problems and not sheet.rows:
        sheet.report(1, ProblemKind.EMPTY_FILE)
    if len(sheet.rows) > most_rows:
        line = sheet.rows[most_rows].line
        sheet.report(line, ProblemKind.TOO_MANY_ROWS, n_rows=len(sheet.rows), most=most_rows)
    return sheet


def _decode(sheet: Sheet, content: bytes) -> str | None:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        sheet.report(1, ProblemKind.ENCODING_UTF16)
        return None
    if content.startswith(b"PK\x03\x04") or b"\0" in content:
        sheet.report(1, ProblemKind.NOT_CSV)
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        for number, line in enumerate(re.split(rb"\r\n|\r|\n", content), start=1):
            _check_line(sheet, number, line)
        return None


def _check_line(sheet: Sheet, number: int, line: bytes) -> None:
    try:
        line.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Windows-1252 is what Excel writes here, and shows people which word it is about.
        sheet.report(number, ProblemKind.ENCODING_LATIN, text=line.decode("cp1252", errors="replace")[:80])


def _records(sheet: Sheet, text: str) -> Iterator[tuple[int, list[str]]]:
    skipped = 0
    first, _, rest = text.partition("\n")
    separator = ";" if first.count(";") > first.count(",") else ","
    if first.strip().lower().startswith("sep="):  # Excel's own hint, which is not a header
        separator, text, skipped = first.strip()[4:5] or ",", rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line + skipped, cells
            line = reader.line_num + 1
    except csv.Error:
        sheet.report(line + skipped, ProblemKind.BROKEN_QUOTES)


def _places(sheet: Sheet, header: tuple[int, list[str]], columns: Sequence[Column]) -> dict[int, str]:
    # Which column stands at which place of the header; every header that means nothing is a problem.
    line, cells = header
    by_alias = {alias: column.name for column in columns for alias in column.accepted}
    accepted = [column.name for column in columns]
    places: dict[int, str] = {}
    for place, cell in enumerate(cells):
        name = by_alias.get(re.sub(r"[\s_-]+", "_", cell.strip().lower()))
        if name is None and cell.strip():
            sheet.report(line, ProblemKind.COLUMN_UNKNOWN, column=cell.strip(), accepted=accepted)
        elif name in sheet.headers:
            sheet.report(line, ProblemKind.COLUMN_TWICE, column=cell.strip(), first=sheet.headers[name])
        elif name is not None:
            sheet.headers[name] = cell.strip()
            places[place] = name
    for column in columns:
        if column.required and column.name not in sheet.headers:
            sheet.report(line, ProblemKind.COLUMN_MISSING, column=column.name, accepted=list(column.accepted))
    return places


def _fill(
    sheet: Sheet, lines: list[tuple[int, list[str]]], *, places: dict[int, str], columns: Sequence[Column]
) -> None:
    expected = len(lines[0][1])
    if any(column.required and column.name not in sheet.headers for column in columns):
        return  # without its columns every line would be a problem, which helps nobody
    for line, cells in lines[1:]:
        if len(cells) != expected:
            sheet.report(line, ProblemKind.CELL_COUNT, n_cells=len(cells), expected=expected)
            continue
        found = {name: cells[place].strip() for place, name in places.items()}
        sheet.rows.append(Row(line, {column.name: found.get(column.name, "") for column in columns}, sheet))
