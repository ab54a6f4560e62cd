"""The database: engines, transactions, SQLite pragmas, and the Alembic runner.

One code path serves the embedded SQLite file and PostgreSQL. Writers on SQLite take their lock at BEGIN, so a
transaction never fails half-way because somebody else wrote first.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

from testing_platform.answer_connections import AnswerConnections
from testing_platform.errors import DatabaseBehindError, DatabaseUnknownError, NoSuchRevisionError

_BEGIN = "sqlite_begin"


def make_engine(url: str, *, pool_size: int = 8) -> Engine:
    """An engine for SQLite or PostgreSQL with the durability that an examination needs."""
    parsed = make_url(url)
    # An error that is logged quotes its statement; the values in it are people's names and addresses.
    common: dict[str, Any] = {"pool_size": pool_size, "hide_parameters": True}
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": 30, "check_same_thread": False}, **common)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **common)


def sqlite_url(path: Path) -> str:
    """The URL of an embedded database file."""
    return f"sqlite:///{path.absolute()}"


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an acknowledged answer survives a power cut
        "foreign_keys = ON",
        "recursive_triggers = ON",  # else REPLACE slips past the triggers that protect history
        "busy_timeout = 30000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


@dataclass(frozen=True)
class Database:
    """A database that the application works with."""

    engine: Engine

    @cached_property
    def answers(self) -> AnswerConnections:
        """The connections of the answer path."""
        return AnswerConnections(self.engine)

    def dispose(self) -> None:
        """Close every connection."""
        if "answers" in self.__dict__:
            self.answers.dispose()
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls everything back."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one consistent state and never waits for writers."""
        # On SQLite a transaction sees one state by nature; PostgreSQL must be asked, else each statement sees another.
        options = (
            {_BEGIN: "DEFERRED"} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        )
        with Session(self.engine.execution_options(**options), autoflush=False) as session:
            yield session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A bare connection in a transaction."""
        with self.engine.begin() as connection:
            yield connection


def _alembic(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    return config


def migrations_folder() -> Path:
    """Where the revisions are: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "migrations"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "migrations"


@cache
def head_revision() -> str | None:
    """The newest revision that this version of the program knows."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at; None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, up or down, in one transaction."""
    with _migration_connection(engine) as connection:
        known = [script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()]
        here = MigrationContext.configure(connection).get_current_revision()
        if here is not None and here not in known:
            raise DatabaseUnknownError(revision=here)
        if revision not in (*known, "head", "base"):
            raise NoSuchRevisionError(revision=revision, known=known)
        move: Any = command.upgrade if _is_ahead(known, here, revision) else command.downgrade
        move(_alembic(connection), revision)


def _is_ahead(newest_first: list[str], here: str | None, wanted: str) -> bool:
    if wanted == "head" or here is None:
        return True
    return wanted in newest_first and newest_first.index(wanted) <= newest_first.index(here)


@contextmanager
def _migration_connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Rebuilding a table drops it, and that would cascade; the pragma works outside transactions only.
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - narrows the type for mypy
            raw.execute("PRAGMA foreign_keys = OFF")
            try:
                with connection.begin():
                    yield connection
            finally:
                raw.execute("PRAGMA foreign_keys = ON")
        else:
            with connection.begin():
                yield connection


def require_current(engine: Engine) -> None:
    """Refuse to serve from a database that is behind the migrations."""
    here, head = current_revision(engine), head_revision()
    if here == head:
        return
    known = [script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()]
    if here is not None and here not in known:
        raise DatabaseUnknownError(revision=here)
    raise DatabaseBehindError(current=here, head=head)
