"""Reading the roster of a sitting: all of it, or none of it with every problem named."""

import re
from dataclasses import dataclass

from exam.errors import RosterError
from registry.sheets import Column, ProblemKind, Row, read_sheet
from registry.teacher_rows import COLUMNS, TeacherRow, report_nuptk_twice, teacher_of

MOST_ROWS = 500
HIGHEST_SEAT = 999
MOST_EXTRA_MINUTES = 600
MOST_BREAK_MINUTES = 120

ROSTER_COLUMNS = (
    *COLUMNS,
    Column("seat", frozenset({"kursi", "nomor_kursi", "no_kursi"}), required=False),
    Column("extra_minutes", frozenset({"tambahan_menit", "menit_tambahan"}), required=False),
    Column("break_minutes", frozenset({"istirahat_menit", "menit_istirahat"}), required=False),
)


@dataclass(frozen=True)
class RosterRow:
    """One candidate of a roster."""

    teacher: TeacherRow
    seat: int | None  # none: the next free one
    extra_minutes: int | None  # none: the file has no such column, so what was granted before stays
    break_minutes: int | None

    @property
    def line(self) -> int:
        """Where the row stands in the file."""
        return self.teacher.line


@dataclass(frozen=True)
class Roster:
    """A roster without any problem, with what is needed to name problems that only the database shows."""

    file: str
    rows: tuple[RosterRow, ...]
    headers: dict[str, str]  # column name -> header as written


def parse_roster(content: bytes, *, file: str) -> Roster:
    """The candidates of a roster file; RosterError with every problem when anything is wrong."""
    sheet = read_sheet(content, file=file, columns=ROSTER_COLUMNS, most_rows=MOST_ROWS)
    rows = tuple(_roster_row(row) for row in sheet.rows)
    report_nuptk_twice(sheet)
    sheet.report_twice("seat", ProblemKind.SEAT_TWICE, _seat_number)
    if sheet.problems:
        raise RosterError(sheet.in_order())
    return Roster(file, rows, sheet.headers)


def _roster_row(row: Row) -> RosterRow:
    return RosterRow(
        teacher_of(row),
        seat=_seat(row),
        extra_minutes=_minutes(row, "extra_minutes", most=MOST_EXTRA_MINUTES),
        break_minutes=_minutes(row, "break_minutes", most=MOST_BREAK_MINUTES),
    )


def _seat(row: Row) -> int | None:
    seat = _seat_number(row)
    if row.cells["seat"] and seat is None:
        row.report("seat", ProblemKind.SEAT_NOT_A_NUMBER, text=row.cells["seat"][:80], most=HIGHEST_SEAT)
    return seat


def _seat_number(row: Row) -> int | None:
    return _whole(row.cells["seat"], least=1, most=HIGHEST_SEAT)


def _minutes(row: Row, column: str, *, most: int) -> int | None:
    if column not in row.sheet.headers:
        return None
    text = row.cells[column]
    minutes = _whole(text or "0", least=0, most=most)
    if minutes is None:
        row.report(column, ProblemKind.MINUTES_NOT_A_NUMBER, text=text[:80], most=most)
    return minutes


def _whole(text: str, *, least: int, most: int) -> int | None:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        return None
    return int(text) if least <= int(text) <= most else None
