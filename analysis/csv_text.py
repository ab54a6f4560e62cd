"""CSV files as text: every cell as it stands, with the line it stands on, and no guessing.

Files of any size are cut into blocks of whole rows, so that no more than one block is in memory. Whatever is not a
plain table of UTF-8 text with commas is refused, with the line and the remedy.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import RaggedRow, UnreadableFile, WrongColumns

BLOCK_BYTES = 8_000_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Files that people take for CSV, by their first bytes.
_OTHER_KINDS = {
    b"PK\x03\x04": ("an Excel workbook", "open it and save it as CSV UTF-8 (comma delimited)."),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "open it and save it as CSV UTF-8 (comma delimited)."),
    b"\xff\xfe": ("UTF-16 text", "save it as CSV UTF-8 (comma delimited)."),
    b"\xfe\xff": ("UTF-16 text", "save it as CSV UTF-8 (comma delimited)."),
    b"%PDF": ("a PDF document", "export the answers as CSV."),
    b"\x1f\x8b": ("a compressed file", "unpack it first."),
}

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

Progress = Callable[[float], None]  # called with the share done, 0 to 1


@dataclass(frozen=True)
class Table:
    """A CSV file, or a block of its rows, with the line that each row began on."""

    file: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """The cells under this name."""
        place = self.header.index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True)
class TextBlock:
    """Whole rows of a file as they came, and the line that they begin on."""

    raw: bytes
    first_line: int


def harmless(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it as a formula; `as_meant` takes it off."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def as_meant(cell: str) -> str:
    """The cell without the apostrophe that keeps spreadsheets from running it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS) else cell


def read_table(file: Path) -> Table:
    """Read a whole small file."""
    header, blocks = open_blocks(file)
    parts = [rows_of(block, file=file, header=header) for block in blocks]
    return Table(file, header, [row for part in parts for row in part.rows], [n for part in parts for n in part.lines])


def open_blocks(file: Path, progress: Progress | None = None) -> tuple[list[str], Iterator[TextBlock]]:
    """The header of a file, checked, and its rows in blocks. A file without rows is refused."""
    raw, rest_from = _first_record(file)
    cells = next(csv.reader(io.StringIO(_decoded(raw, file=file, first_line=1), newline="")), [])
    header = [as_meant(cell) for cell in cells]
    _check_header(file, header)
    first_line = raw.count(b"\n") + 1 if raw.endswith(b"\n") else raw.count(b"\r") + 1
    return header, _blocks(file, rest_from, first_line=first_line, progress=progress)


def _first_record(file: Path) -> tuple[bytes, int]:
    try:
        with file.open("rb") as stream:
            raw = _with_whole_records(stream, stream.readline())
            _refuse_other_kinds(file, raw)
            return raw.removeprefix(_BYTE_ORDER_MARK), len(raw)
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be read: {error.strerror}.", mend="check its name and place.", file=file
        ) from error


def _refuse_other_kinds(file: Path, raw: bytes) -> None:
    for start, (kind, mend) in _OTHER_KINDS.items():
        if raw.startswith(start):
            raise UnreadableFile(f"This is {kind}, not CSV.", mend=mend, file=file)
    _refuse_nul(raw, file=file, first_line=1)
    if b"\r" in raw.rstrip(b"\r\n"):
        raise UnreadableFile(
            "The lines end as on old Macintosh computers.", mend="save it as CSV UTF-8 (comma delimited).", file=file
        )


def _with_whole_records(stream: io.BufferedReader, raw: bytes) -> bytes:
    """The bytes up to the end of a record: a quoted cell may hold line breaks."""
    odd = raw.count(b'"') % 2
    while odd and (more := stream.readline()):
        raw += more
        odd ^= more.count(b'"') % 2
    return raw


def _blocks(file: Path, start: int, *, first_line: int, progress: Progress | None) -> Iterator[TextBlock]:
    size, has_rows = file.stat().st_size, False
    with file.open("rb") as stream:
        stream.seek(start)
        while raw := stream.read(BLOCK_BYTES):
            raw = _with_whole_records(stream, raw + stream.readline())
            has_rows = has_rows or bool(raw.strip())
            yield TextBlock(raw, first_line)
            first_line += raw.count(b"\n")
            if progress is not None:
                progress(stream.tell() / size)
    if not has_rows:
        raise WrongColumns(
            "The file has a header and no rows.", mend="add one row a person or item.", file=file, line=1
        )


def rows_of(block: TextBlock, *, file: Path, header: list[str]) -> Table:
    """The cells of a block; every row as long as the header, and none empty."""
    text = _decoded(block.raw, file=file, first_line=block.first_line)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    begin = block.first_line
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(begin)
            # A quoted cell may span lines, so a row begins one past where the row before it ended.
            begin = block.first_line + reader.line_num
    except csv.Error as error:
        raise RaggedRow(f"This is no CSV: {error}.", mend="save it as CSV.", file=file, line=begin) from error
    _refuse_ragged(file, header, rows=rows, lines=lines)
    return Table(file, header, rows, lines)


def _refuse_nul(raw: bytes, *, file: Path, first_line: int) -> None:
    if b"\0" in raw:
        line = first_line + raw[: raw.index(b"\0")].count(b"\n")
        raise UnreadableFile("This is no text.", mend="export the answers as CSV UTF-8.", file=file, line=line)


def _decoded(raw: bytes, *, file: Path, first_line: int) -> str:
    _refuse_nul(raw, file=file, first_line=first_line)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first_line + raw[: error.start].count(b"\n")
        what = f"Byte {raw[error.start]:#04x} is not UTF-8 text."
        raise UnreadableFile(what, mend="save the file as CSV UTF-8.", file=file, line=line) from error


def _check_header(file: Path, header: list[str]) -> None:
    if not any(header):
        raise WrongColumns("The file is empty.", mend="begin it with a line of column names.", file=file, line=1)
    if header[0].lower().startswith("sep="):
        raise WrongColumns("The first line is a note to Excel, no header.", mend="delete it.", file=file, line=1)
    for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and sign in header[0]:
            mend = "save it as CSV UTF-8 with commas, or replace every such sign by a comma."
            raise WrongColumns(f"The columns are parted by {name}.", mend=mend, file=file, line=1)
    for place, name in enumerate(header, start=1):
        if not name.strip() or header.count(name) > 1:
            what = f"Column {name!r} occurs twice." if name.strip() else f"Column {place} of {len(header)} has no name."
            raise WrongColumns(what, mend="name each column once.", file=file, line=1, column=name.strip() or None)


def _refuse_ragged(file: Path, header: list[str], *, rows: list[list[str]], lines: list[int]) -> None:
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            what = f"The row has {len(row)} cells, the header {len(header)}."
            raise RaggedRow(what, mend="give every row as many cells as the header.", file=file, line=line)
        if not any(row):
            raise RaggedRow("Every cell of the row is empty.", mend="delete the row.", file=file, line=line)
