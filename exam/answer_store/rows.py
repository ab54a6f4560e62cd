"""What goes into the store of the answer path and comes out, and what both kinds of database have in common."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from exam.journal import JournalStep
from exam.states import AttemptState


class Clock(NamedTuple):
    """The clock of an attempt, as the row has it."""

    id: int
    state: AttemptState
    deadline_ms: int | None
    paused_ms: int | None
    break_ends_ms: int | None


class Head(NamedTuple):
    """Where the journal of an attempt stands, who may add to it, and its clock."""

    clock: Clock
    epoch: int
    begun_ms: int | None
    sealed_ms: int | None
    last_seq: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Move:
    """The head of a journal moves on: from which digest to which, by whose hand, when."""

    attempt: uuid.UUID
    epoch: int
    prev: bytes
    before: int
    digest: bytes
    last: int
    now_ms: int
    unsent: int


# Names are written as :name for SQLite; PostgreSQL's class numbers them. The same statement serves both.

ADVANCE = """
    UPDATE attempt SET digest = :digest, last_seq = :last, last_seen_ms = :now_ms, unsent = :unsent
    WHERE public_id = :attempt AND epoch = :epoch AND digest = :prev AND last_seq = :before
      AND begun_ms IS NOT NULL AND sealed_ms IS NULL
    RETURNING id, state, deadline_ms, paused_ms, break_ends_ms
"""

_HEAD = "id, state, deadline_ms, paused_ms, break_ends_ms, epoch, begun_ms, sealed_ms, last_seq, digest"

BEAT = f"""
    UPDATE attempt SET last_seen_ms = :now_ms, unsent = :unsent
    WHERE public_id = :attempt AND epoch = :epoch
    RETURNING {_HEAD}
"""  # noqa: S608 - put together from constants of this module

HEAD = f"SELECT {_HEAD} FROM attempt WHERE public_id = :attempt"  # noqa: S608 - as above

# `exam.timing` reads a clock in the same way; a test holds the two against each other.
CLOCK = """
    CASE WHEN paused_ms IS NULL THEN :now_ms
         WHEN break_ends_ms <= :now_ms THEN :now_ms - (break_ends_ms - paused_ms)
         WHEN paused_ms < :now_ms THEN paused_ms
         ELSE :now_ms END
"""

EXPIRE = f"""
    UPDATE attempt SET state = 'expired'
    WHERE id = :id AND state = 'working' AND {CLOCK} > deadline_ms
    RETURNING id
"""  # noqa: S608 - as above

ALLOWED_SECONDS = """
    SELECT sitting.duration_seconds + 60 * enrolment.extra_minutes
    FROM attempt JOIN sitting ON sitting.id = attempt.sitting_id JOIN enrolment ON enrolment.id = attempt.enrolment_id
    WHERE attempt.id = :id
"""

STORED = """
    SELECT seq, kind, item, option, value, at_ms FROM step
    WHERE attempt_id = :id AND seq BETWEEN :first AND :last ORDER BY seq
"""


class AnswerStore(ABC):
    """One connection to the database of the journals. Every call is one statement, except as its comment says."""

    @abstractmethod
    def advance(self, move: Move, steps: Sequence[JournalStep], digests: Sequence[bytes]) -> Clock | None:
        """Move the head and keep the steps, both or neither; None when the head is not where the caller believes."""

    @abstractmethod
    def _row(self, statement: str, **values: Any) -> tuple[Any, ...] | None:
        """The first row of a statement."""

    @abstractmethod
    def _rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """All rows of a statement."""

    def beat(self, attempt: uuid.UUID, epoch: int, *, now_ms: int, unsent: int) -> Head | None:
        """The seat is alive; None when somebody else holds it."""
        return _head(self._row(BEAT, attempt=attempt, epoch=epoch, now_ms=now_ms, unsent=unsent))

    def head(self, attempt: uuid.UUID) -> Head | None:
        """Where a journal stands."""
        return _head(self._row(HEAD, attempt=attempt))

    def stored(self, attempt_id: int, first: int, last: int) -> list[tuple[Any, ...]]:
        """Steps as they were sent: (seq, kind, item, option, value, at_ms)."""
        return self._rows(STORED, id=attempt_id, first=first, last=last)

    def expire(self, attempt_id: int, now_ms: int) -> bool:
        """Close an attempt whose time is over; False when another look was faster."""
        return self._row(EXPIRE, id=attempt_id, now_ms=now_ms) is not None

    def allowed_seconds(self, attempt_id: int) -> int:
        """How long somebody who has not begun will have."""
        row = self._row(ALLOWED_SECONDS, id=attempt_id)
        return int(row[0]) if row else 0


def clock(row: tuple[Any, ...] | None) -> Clock | None:
    """A clock out of the row of `ADVANCE`."""
    return None if row is None else Clock(row[0], AttemptState(row[1]), row[2], row[3], row[4])


def _head(row: tuple[Any, ...] | None) -> Head | None:
    if row is None:
        return None
    epoch, begun_ms, sealed_ms, last_seq, digest = row[5:]
    found = Clock(row[0], AttemptState(row[1]), row[2], row[3], row[4])
    return Head(found, epoch, begun_ms, sealed_ms, last_seq, bytes(digest))
