"""One act of a page: a transaction, and what the rules had against it.

Nearly every POST does the same: it carries out one operation, and where the rules of the examination refuse it, shows
the page again with the words of the refusal and all that was typed. Nothing of a refused act stays in the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from exam.errors import ExamError
from testing_platform.wiring import platform


@dataclass
class Act:
    """An act on its way: its session, and afterwards the refusal, if there was one."""

    session: Session
    refusal: ExamError | None = None


@contextmanager
def acting() -> Iterator[Act]:
    """Carry out an operation; a refusal by the rules is kept for the page, anything else is an error."""
    act: Act | None = None
    try:
        with platform().database.transaction() as session:
            act = Act(session)
            yield act
    except ExamError as error:
        if act is None:
            raise
        act.refusal = error
