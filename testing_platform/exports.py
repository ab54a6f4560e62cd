"""Tables as files: CSV for programs, XLSX for people. A cell is never taken for a formula, whoever typed it.

A teacher's name comes from a file that somebody sent. If it begins with `=`, a spreadsheet would run it, so CSV gets
an apostrophe before it and XLSX stores it as text.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

Cell = str | int | float | Decimal | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BYTE_ORDER_MARK = "\ufeff"  # without it, Excel reads UTF-8 as Windows-1252
_WIDEST = 40


@dataclass(frozen=True)
class Table:
    """What goes into a file: headers, rows, and notes on where the figures come from."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[tuple[str, str]] = ()


def as_csv(table: Table) -> bytes:
    """The rows, comma-separated, UTF-8 with a byte order mark, decimal points."""
    text = io.StringIO()
    text.write(_BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow(table.headers)
    writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode()


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return "'" + cell
    return "" if cell is None else cell


def as_xlsx(table: Table, *, notes_title: str) -> bytes:
    """A workbook: the rows with a frozen head and a filter, and the notes on a sheet of their own."""
    from xlsxwriter import Workbook

    content = io.BytesIO()
    # Nothing that looks like a formula, an address or a number may become one by itself.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = Workbook(content, options)
    head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    sheet = workbook.add_worksheet(table.title[:31])
    sheet.write_row(0, 0, table.headers, head)
    for line, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            _write(sheet, (line, column), cell)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.headers) - 1)
    for column, width in enumerate(_widths(table)):
        sheet.set_column(column, column, width)
    _write_notes(workbook.add_worksheet(notes_title[:31]), table.notes)
    workbook.close()
    return content.getvalue()


def _write(sheet: object, place: tuple[int, int], cell: Cell) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(*place, cell)  # type: ignore[attr-defined]  # xlsxwriter ships no types
    else:
        sheet.write_number(*place, float(cell))  # type: ignore[attr-defined]


def _widths(table: Table) -> Iterable[int]:
    for column, header in enumerate(table.headers):
        longest = max((len(str(row[column] or "")) for row in table.rows), default=0)
        yield min(_WIDEST, max(longest, len(header) // 2, 8) + 2)


def _write_notes(sheet: object, notes: Sequence[tuple[str, str]]) -> None:
    for line, (term, text) in enumerate(notes):
        _write(sheet, (line, 0), term)
        _write(sheet, (line, 1), text)
    sheet.set_column(0, 0, 30)  # type: ignore[attr-defined]
    sheet.set_column(1, 1, 90)  # type: ignore[attr-defined]
