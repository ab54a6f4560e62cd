"""What people read about a file that was refused: for each problem what is wrong, and how to mend it.

The kinds and their parameters stand in `registry.sheets`; a test keeps both tables complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from registry.sheets import Problem, ProblemKind

Kind = ProblemKind
Texts = Mapping[ProblemKind, Any]  # lazy texts have no type of their own

_SAVE_AS_UTF8 = lazy_gettext("In Excel: Save as, file type CSV UTF-8 (comma delimited). Then send that file.")
_TYPE_NUPTK_AS_TEXT = lazy_gettext(
    "Format the column as Text, type the number again with all 16 digits, and save the file as CSV UTF-8."
)

_WRONG: Texts = {
    Kind.EMPTY_FILE: lazy_gettext("The file has no rows."),
    Kind.NOT_CSV: lazy_gettext("The file is not a CSV file; it looks like an Excel workbook."),
    Kind.ENCODING_LATIN: lazy_gettext("The letters are in an old Windows encoding, so names would be spoilt: %(text)s"),
    Kind.ENCODING_UTF16: lazy_gettext("The file is Unicode text (UTF-16), not UTF-8."),
    Kind.BROKEN_QUOTES: lazy_gettext("A quotation mark is opened and never closed."),
    Kind.COLUMN_MISSING: lazy_gettext("This column is missing."),
    Kind.COLUMN_UNKNOWN: lazy_gettext("This column means nothing here."),
    Kind.COLUMN_TWICE: lazy_gettext("This column stands there already, as %(first)s."),
    Kind.TOO_MANY_ROWS: lazy_gettext("The file has %(n_rows)s rows; at most %(most)s are allowed."),
    Kind.CELL_COUNT: lazy_gettext("The line has %(n_cells)s cells, the first line has %(expected)s."),
    Kind.EMPTY_CELL: lazy_gettext("The cell is empty."),
    Kind.TOO_LONG: lazy_gettext("The text has %(length)s characters; at most %(longest)s fit."),
    Kind.CONTROL_CHARACTER: lazy_gettext("The text has an invisible character."),
    Kind.NUPTK_SCIENTIFIC: lazy_gettext("Excel turned the NUPTK into %(text)s; its last digits are lost."),
    Kind.NUPTK_NOT_16_DIGITS: lazy_gettext("A NUPTK has 16 digits; this one has %(length)s characters."),
    Kind.NUPTK_TWICE: lazy_gettext("The same NUPTK stands in line %(first_line)s."),
    Kind.LEVEL_UNKNOWN: lazy_gettext("There is no school level %(text)s."),
    Kind.SEAT_NOT_A_NUMBER: lazy_gettext("%(text)s is not a seat number."),
    Kind.SEAT_TWICE: lazy_gettext("Line %(first_line)s has the same seat."),
    Kind.SEAT_TAKEN: lazy_gettext("Seat %(seat)s belongs to somebody who was enrolled before."),
    Kind.MINUTES_NOT_A_NUMBER: lazy_gettext("%(text)s is not a number of minutes."),
    Kind.MINUTES_BEYOND_WINDOW: lazy_gettext("The window of the sitting is too short for so much extra time."),
    Kind.GRANTED_AT_WORK: lazy_gettext("This candidate has begun, so what was granted can no longer change."),
    Kind.ENROLLED_ELSEWHERE: lazy_gettext("This teacher is enrolled in another sitting: %(sitting)s."),
}

_MEND: Texts = {
    Kind.EMPTY_FILE: lazy_gettext("Choose the right file, or fill in one line for each person."),
    Kind.NOT_CSV: _SAVE_AS_UTF8,
    Kind.ENCODING_LATIN: _SAVE_AS_UTF8,
    Kind.ENCODING_UTF16: _SAVE_AS_UTF8,
    Kind.BROKEN_QUOTES: lazy_gettext("Delete the quotation mark, or close it in the same cell."),
    Kind.COLUMN_MISSING: lazy_gettext("Add a column with one of these heads: %(accepted)s."),
    Kind.COLUMN_UNKNOWN: lazy_gettext("Delete the column, or give it one of these heads: %(accepted)s."),
    Kind.COLUMN_TWICE: lazy_gettext("Delete one of the two columns."),
    Kind.TOO_MANY_ROWS: lazy_gettext("Divide the file."),
    Kind.CELL_COUNT: lazy_gettext(
        "Look for a comma or semicolon too many or too few; put text that has one in quotes."
    ),
    Kind.EMPTY_CELL: lazy_gettext("Fill it in."),
    Kind.TOO_LONG: lazy_gettext("Shorten the text."),
    Kind.CONTROL_CHARACTER: lazy_gettext("Delete the content of the cell and type it again."),
    Kind.NUPTK_SCIENTIFIC: _TYPE_NUPTK_AS_TEXT,
    Kind.NUPTK_NOT_16_DIGITS: lazy_gettext("Compare it with the teacher's card; zeros at the front count."),
    Kind.NUPTK_TWICE: lazy_gettext("Delete one of the two lines, or correct the number."),
    Kind.LEVEL_UNKNOWN: lazy_gettext("Write one of these: %(accepted)s."),
    Kind.SEAT_NOT_A_NUMBER: lazy_gettext(
        "Write a whole number from 1 to %(most)s, or leave it empty for the next free seat."
    ),
    Kind.SEAT_TWICE: lazy_gettext("Give one of the two another seat, or leave it empty."),
    Kind.SEAT_TAKEN: lazy_gettext("Choose another seat, or leave it empty."),
    Kind.MINUTES_NOT_A_NUMBER: lazy_gettext("Write a whole number from 0 to %(most)s."),
    Kind.MINUTES_BEYOND_WINDOW: lazy_gettext("At most %(most)s minutes fit. Plan a sitting with a longer window."),
    Kind.GRANTED_AT_WORK: lazy_gettext("Write %(granted)s. The proctor can add minutes in the room, with a reason."),
    Kind.ENROLLED_ELSEWHERE: lazy_gettext("Delete the line; nobody sits the same test twice."),
}


MOST_PROBLEMS_SHOWN = 200  # a page that nobody could read to its end helps nobody


@dataclass(frozen=True)
class ProblemText:
    """One line of the table of problems."""

    line: int
    column: str | None
    what: str
    mend: str


def text_of_problem(problem: Problem) -> ProblemText:
    """A problem in the language of the request."""
    shown = {name: _shown(value) for name, value in problem.parameters.items()}
    what, mend = str(_WRONG[problem.kind]) % shown, str(_MEND[problem.kind]) % shown
    return ProblemText(line=problem.line, column=problem.column, what=what, mend=mend)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
