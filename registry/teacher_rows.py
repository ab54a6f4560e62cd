"""The columns about a teacher, as they stand in lists of teachers and in rosters of sittings."""

import re
from dataclasses import dataclass

from registry.model import Level
from registry.sheets import Column, ProblemKind, Row, Sheet

COLUMNS = (
    Column("nuptk", frozenset({"no_nuptk", "nomor_nuptk"})),
    Column("name", frozenset({"nama", "nama_lengkap", "nama_guru"})),
    Column("level", frozenset({"jenjang"})),
    Column("subject", frozenset({"mapel", "mata_pelajaran"})),
    Column("school", frozenset({"sekolah", "asal_sekolah", "nama_sekolah"})),
)

_NUPTK = re.compile(r"[0-9]{16}")
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")


@dataclass(frozen=True)
class TeacherRow:
    """A teacher as a line of a file describes them."""

    line: int
    nuptk: str
    full_name: str
    level: Level
    subject: str
    school: str


def is_nuptk(text: str) -> bool:
    """True for sixteen digits, which is all that a NUPTK shows of itself."""
    return _NUPTK.fullmatch(text) is not None


def teacher_of(row: Row) -> TeacherRow:
    """Read the teacher's cells; what is wrong is reported to the row's sheet, and then the result is of no use."""
    return TeacherRow(
        line=row.line,
        nuptk=_nuptk(row),
        full_name=row.text("name"),
        level=_level(row),
        subject=row.text("subject"),
        school=row.text("school"),
    )


def report_nuptk_twice(sheet: Sheet) -> None:
    """Name every line whose NUPTK stood in an earlier line."""
    # Numbers that Excel spoiled all look alike, and are a problem of their own.
    sheet.report_twice("nuptk", ProblemKind.NUPTK_TWICE, _whole_nuptk)


def bare_nuptk(cell: str) -> str:
    """The digits of a cell: spaces go, and so does the apostrophe by which people make Excel keep them."""
    return "".join(cell.split()).lstrip("'’")


def _whole_nuptk(row: Row) -> str | None:
    nuptk = bare_nuptk(row.cells["nuptk"])
    return nuptk if is_nuptk(nuptk) else None


def _nuptk(row: Row) -> str:
    nuptk = bare_nuptk(row.cells["nuptk"])
    if not nuptk:
        row.report("nuptk", ProblemKind.EMPTY_CELL)
    elif _SCIENTIFIC.fullmatch(nuptk):
        row.report("nuptk", ProblemKind.NUPTK_SCIENTIFIC, text=nuptk)
    elif not is_nuptk(nuptk):
        row.report("nuptk", ProblemKind.NUPTK_NOT_16_DIGITS, length=len(nuptk))
    return nuptk


def _level(row: Row) -> Level:
    text = row.cells["level"].upper()
    if not text:
        row.report("level", ProblemKind.EMPTY_CELL)
    elif text not in Level.__members__:
        row.report("level", ProblemKind.LEVEL_UNKNOWN, text=row.cells["level"][:80], accepted=list(Level.__members__))
    else:
        return Level[text]
    return Level.SD  # of no use: the problem stands in the sheet
