"""The answer path on SQLite, which cannot write in a common table expression: a move is two statements."""

import sqlite3
import uuid
from collections.abc import Sequence
from typing import Any

from exam.answer_store.rows import ADVANCE, AnswerStore, Clock, Move, clock
from exam.journal import JournalStep
from exam.timing import mark

_INSERT = """
    INSERT INTO step (attempt_id, seq, kind, item, option, value, at_ms, received_ms, mark, digest)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class SqliteStore(AnswerStore):
    """Over a connection on which the caller has begun a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def advance(self, move: Move, steps: Sequence[JournalStep], digests: Sequence[bytes]) -> Clock | None:
        """See `AnswerStore`; here two statements."""
        found = clock(
            self._row(
                ADVANCE,
                attempt=move.attempt,
                epoch=move.epoch,
                prev=move.prev,
                before=move.before,
                digest=move.digest,
                last=move.last,
                now_ms=move.now_ms,
                unsent=move.unsent,
            ),
        )
        if found is not None:
            judged = mark(
                move.now_ms, found.deadline_ms, found.state, found.paused_ms, break_ends_ms=found.break_ends_ms
            ).value
            self._connection.executemany(
                _INSERT,
                [
                    (found.id, s.seq, s.kind.value, s.item, s.option, s.value, s.at_ms, s.received_ms, judged, digest)
                    for s, digest in zip(steps, digests, strict=True)
                ],
            )
        return found

    def _row(self, statement: str, **values: Any) -> tuple[Any, ...] | None:
        found = self._rows(statement, **values)
        return found[0] if found else None

    def _rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        # All rows are read: a statement with RETURNING that is left half-way would hold its lock.
        return self._connection.execute(statement, {name: _plain(value) for name, value in values.items()}).fetchall()


def _plain(value: Any) -> Any:
    return value.hex if isinstance(value, uuid.UUID) else value
