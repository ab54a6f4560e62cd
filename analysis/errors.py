"""What can go wrong in an analysis, said so that its reader can mend it.

AnalysisError
+-- BadInput              the file or the arrays are not what they claim to be
|   +-- UnreadableFile    not there, or not text in UTF-8
|   +-- WrongColumns      a column is missing, doubled or of another kind of file
|   +-- RaggedRow         a row has more or fewer cells than the header
|   +-- UnknownOption     a cell holds something that is no option letter
|   +-- BadKey            the key is missing, doubled or no option
|   +-- DuplicatePerson   two rows belong to one person
|   +-- BadArrays         shapes or codes that contradict each other
+-- NotConverged          an estimate was asked for operational use, and its fit did not settle
+-- NotEstimable          the figures do not determine what was asked
"""

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # costs as much as a fifth of NumPy, and most analyses touch no file
    from pathlib import Path


class AnalysisError(Exception):
    """Everything this package raises on purpose."""

    code = "analysis_error"


class BadInput(AnalysisError):
    """Says what is wrong, where it stands, and how to mend it."""

    code = "bad_input"

    def __init__(
        self,
        what: str,
        *,
        mend: str,
        file: "str | Path | None" = None,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        self.what = what
        self.mend = mend
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column
        super().__init__(f"{self.place()}{what} To mend: {mend}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a worker on another machine say it."""
        return partial(type(self), self.what, mend=self.mend, file=self.file, line=self.line, column=self.column), ()

    def place(self) -> str:
        """Name the spot as an editor would: file, line, column."""
        line = f"line {self.line}" if self.line else None
        column = f"column {self.column}" if self.column else None
        known = [part for part in (self.file, line, column) if part]
        return ", ".join(known) + ": " if known else ""


class UnreadableFile(BadInput):
    """The file is not there, or its bytes are not UTF-8 text."""

    code = "unreadable_file"


class WrongColumns(BadInput):
    """The header lacks a column, doubles one, or belongs to another kind of file."""

    code = "wrong_columns"


class RaggedRow(BadInput):
    """A row has more or fewer cells than the header."""

    code = "ragged_row"


class UnknownOption(BadInput):
    """A cell holds something that is neither an option letter, nor empty, nor the mark of an item not presented."""

    code = "unknown_option"


class BadKey(BadInput):
    """The key of an item is missing, doubled, or not one of its options."""

    code = "bad_key"


class DuplicatePerson(BadInput):
    """Two rows carry the same person."""

    code = "duplicate_person"


class BadArrays(BadInput):
    """Arrays whose shapes or codes contradict each other."""

    code = "bad_arrays"


class NotConverged(AnalysisError):
    """The fit did not settle; carries the doubtful calibration, so that a person may still look at it."""

    code = "not_converged"

    def __init__(self, message: str, *, doubtful: object) -> None:
        self.doubtful = doubtful
        super().__init__(message)


class NotEstimable(AnalysisError):
    """The figures given do not determine what was asked for."""

    code = "not_estimable"
