"""Rosters as files that people take away: the example, the roster as it stands, and what each column holds."""

from collections.abc import Iterable, Sequence

from flask import Response
from flask_babel import gettext, lazy_gettext

from exam.queries.enrolled import EnrolledRow
from exam.roster import ROSTER_COLUMNS
from testing_platform.exports import Table, as_csv

# Heads as schools write them; a test reads the example back by the rules for rosters.
HEADS = {
    "nuptk": "nuptk",
    "name": "nama",
    "level": "jenjang",
    "subject": "mapel",
    "school": "sekolah",
    "seat": "kursi",
    "extra_minutes": "tambahan_menit",
    "break_minutes": "istirahat_menit",
}
_EXAMPLES = (
    ("'1234567890123456", "Siti Contoh, S.Pd.", "SMP", "Matematika", "SMP Negeri 1 Contoh", 1, 0, 0),
    ("'6543210987654321", "Budi Contoh", "SMA", "Matematika", "SMA Negeri 2 Contoh", 2, 30, 15),
)
_MEANINGS = {
    "nuptk": lazy_gettext("16 digits. An apostrophe before the number keeps Excel from changing it."),
    "name": lazy_gettext("Full name, as on the identity card."),
    "level": lazy_gettext("SD, SMP, SMA or SMK."),
    "subject": lazy_gettext("What the candidate teaches."),
    "school": lazy_gettext("Name of the school."),
    "seat": lazy_gettext("Number of the seat; empty: the next one that is free."),
    "extra_minutes": lazy_gettext("Extra time that was granted beforehand; empty: none."),
    "break_minutes": lazy_gettext("Minutes of rest that do not count as working time; empty: none."),
}


def example_file() -> Response:
    """Heads and two lines that show how a roster is filled in."""
    return _file(_EXAMPLES, name="contoh-daftar-peserta.csv")


def roster_file(people: Sequence[EnrolledRow]) -> Response:
    """The roster as it stands, to be changed in a spreadsheet and sent again."""
    rows = [
        # The apostrophe keeps the sixteen digits whole in Excel; reading takes it away again.
        ("'" + row.nuptk, row.name, row.level, row.subject, row.school, row.seat, row.extra_minutes, row.break_minutes)
        for row in people
    ]
    return _file(rows, name="daftar-peserta.csv")


def column_rows() -> list[list[str]]:
    """What the file must hold, a line for each column: head, other heads, whether it must be there, meaning."""
    return [
        [
            HEADS[column.name],
            ", ".join(name for name in column.accepted if name != HEADS[column.name]),
            gettext("Yes") if column.required else gettext("No"),
            str(_MEANINGS[column.name]),
        ]
        for column in ROSTER_COLUMNS
    ]


def _file(rows: Iterable[Sequence[str | int]], *, name: str) -> Response:
    table = Table(title="peserta", headers=list(HEADS.values()), rows=list(rows))
    response = Response(as_csv(table), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
