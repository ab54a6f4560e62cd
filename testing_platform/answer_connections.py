"""Kept connections for the answer path alone, taken and given back without a word to the database.

SQLAlchemy's pool would ping a connection before use and reset it after; each is a round trip, and a save is a single
one. Instead, whoever meets a connection that died with its server says the same again on a fresh one: every call of
the runner's contract may be repeated, and steps that did get through are recognised by their place in the chain.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine

from exam.answer_store import AnswerStore

Result = TypeVar("Result")


class AnswerConnections:
    """The connections of one process; as many as calls were ever under way at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # The last given back is the first taken, so that few stay warm; both acts of a deque are atomic.
        self._idle: deque[_Kept] = deque()

    def run(self, act: Callable[[AnswerStore], Result]) -> Result:
        """Do something in one transaction; once more when the connection turns out to be dead."""
        try:
            return self._run(self._take(), act)
        except _LostError:
            self.dispose()  # who died with the server did not die alone
        try:
            return self._run(self._fresh(), act)
        except _LostError as lost:
            raise lost.error from None

    def dispose(self) -> None:
        """Close every connection that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> "_Kept":
        try:
            return self._idle.pop()
        except IndexError:
            return self._fresh()

    def _fresh(self) -> "_Kept":
        # Through the engine, for its settings; away from its pool, for its pings.
        pooled = self._engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        return _postgresql(driver) if self._engine.dialect.name == "postgresql" else _sqlite(driver)

    def _run(self, kept: "_Kept", act: Callable[[AnswerStore], Result]) -> Result:
        try:
            with kept.transaction():
                result = act(kept.store)
        except Exception as error:
            if kept.is_lost():
                kept.close()
                raise _LostError(error) from error
            self._idle.append(kept)
            raise
        self._idle.append(kept)
        return result


class _LostError(Exception):
    """The connection died with its server."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class _Kept:
    """One connection: its store, how it begins and ends a transaction, and whether it still lives."""

    store: AnswerStore
    transaction: Callable[[], AbstractContextManager[object]]
    is_lost: Callable[[], bool]
    close: Callable[[], None]


def _postgresql(connection: Any) -> _Kept:
    from exam.answer_store.postgresql import PostgresqlStore

    connection.autocommit = True  # a save is one statement, and that is its transaction
    return _Kept(
        store=PostgresqlStore(connection),
        transaction=nullcontext,
        is_lost=lambda: bool(connection.closed),
        close=connection.close,
    )


def _sqlite(connection: sqlite3.Connection) -> _Kept:
    from exam.answer_store.sqlite import SqliteStore

    @contextmanager
    def transaction() -> Iterator[None]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    return _Kept(store=SqliteStore(connection), transaction=transaction, is_lost=lambda: False, close=connection.close)
