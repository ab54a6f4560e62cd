"""The answer path on PostgreSQL: a move is a single statement, prepared once for each number of steps.

In autocommit the statement is its own transaction, so that a save costs one round trip.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg

from exam.answer_store.rows import ADVANCE, CLOCK, AnswerStore, Clock, Move, clock
from exam.journal import JournalStep

# The same judgement as `exam.timing.mark`, where the row is; a test holds the two against each other.
_MARK = f"""
    CASE WHEN state = 'submitted' THEN 'after_submit'
         WHEN state <> 'working' OR deadline_ms IS NULL THEN 'late'
         WHEN {CLOCK} > deadline_ms THEN 'late'
         ELSE 'on_time' END
"""

# What a step brings of its own; the types, because a VALUES list does not take them from the table.
_STEP_TYPES = ("integer", "text", "smallint", "smallint", "text", "bigint", "bytea")
_MOVE_NAMES = ("attempt", "epoch", "prev", "before", "digest", "last", "now_ms", "unsent")


class PostgresqlStore(AnswerStore):
    """Over a connection in autocommit, or inside a transaction that the caller has begun."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        # Numbered parameters may stand in a statement more than once; and one cursor serves all statements in turn.
        self._cursor = psycopg.RawCursor(connection)

    def advance(self, move: Move, steps: Sequence[JournalStep], digests: Sequence[bytes]) -> Clock | None:
        """See `AnswerStore`."""
        values: list[Any] = [
            move.attempt,
            move.epoch,
            move.prev,
            move.before,
            move.digest,
            move.last,
            move.now_ms,
            move.unsent,
        ]
        for step, digest in zip(steps, digests, strict=True):
            values += (step.seq, step.kind.value, step.item, step.option, step.value, step.at_ms, digest)
        return clock(self._cursor.execute(_advance_and_insert(len(steps)), values, prepare=True).fetchone())

    def _row(self, statement: str, **values: Any) -> tuple[Any, ...] | None:
        return self._execute(statement, values).fetchone()

    def _rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._execute(statement, values).fetchall()

    def _execute(self, statement: str, values: dict[str, Any]) -> "psycopg.RawCursor[Any]":
        return self._cursor.execute(_numbered(statement, tuple(values)), list(values.values()), prepare=True)


@cache
def _numbered(statement: str, names: tuple[str, ...]) -> bytes:
    """A statement with :names as PostgreSQL wants it: each name is the number of its place."""
    return re.sub(r":([a-z_]+)", lambda match: f"${names.index(match.group(1)) + 1}", statement).encode()


@cache
def _advance_and_insert(n_steps: int) -> bytes:
    """Move the head, and insert so many steps only if it moved. One row is as cheap as an INSERT without VALUES."""
    width = len(_STEP_TYPES)
    rows = [
        ", ".join(
            f"CAST(${len(_MOVE_NAMES) + width * row + column + 1} AS {kind})" for column, kind in enumerate(_STEP_TYPES)
        )
        for row in range(n_steps)
    ]
    sent = ", ".join(f"({row})" for row in rows)
    statement = f"""
        WITH advanced AS ({ADVANCE}),
        kept AS (
            INSERT INTO step (attempt_id, seq, kind, item, option, value, at_ms, received_ms, mark, digest)
            SELECT advanced.id, sent.seq, sent.kind, sent.item, sent.option, sent.value, sent.at_ms, :now_ms,
                   {_MARK}, sent.digest
            FROM advanced CROSS JOIN (VALUES {sent}) AS sent (seq, kind, item, option, value, at_ms, digest)
        )
        SELECT id, state, deadline_ms, paused_ms, break_ends_ms FROM advanced
    """  # noqa: S608 - put together from constants of this package
    return _numbered(statement, _MOVE_NAMES)
