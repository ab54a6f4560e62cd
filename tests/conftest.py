"""Fixtures that every test may use: real databases, both kinds, migrated as in production."""

import itertools
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from testing_platform.database import Database, make_engine, migrate, sqlite_url
from tests import postgres

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # 08:00 in Jakarta, a Monday

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL cluster of our own."""
    with postgres.cluster() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    engine = make_engine(sqlite_url(path))
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A migrated PostgreSQL database, used as the template of each test's own."""
    _postgres_admin(postgres_url, "CREATE DATABASE tp_template")
    engine = make_engine(f"{postgres_url}/tp_template")
    migrate(engine)
    engine.dispose()
    return "tp_template"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database: every store test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield from _sqlite_database(request)
    else:
        yield from _postgresql_database(request)


@pytest.fixture
def sqlite_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated SQLite database, for tests in which the kind of database plays no part."""
    yield from _sqlite_database(request)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session in one transaction that the test may commit or leave."""
    with Session(database.engine, expire_on_commit=False) as session:
        yield session


def _sqlite_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    template: Path = request.getfixturevalue("sqlite_template")
    folder: Path = request.getfixturevalue("tmp_path")
    path = folder / "test.sqlite"
    shutil.copy(template, path)
    engine = make_engine(sqlite_url(path))
    yield Database(engine)
    engine.dispose()


def _postgresql_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    url: str = request.getfixturevalue("postgres_url")
    template: str = request.getfixturevalue("postgres_template")
    name = f"tp_{next(_numbers)}"
    _postgres_admin(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = make_engine(f"{url}/{name}")
    yield Database(engine)
    engine.dispose()
    _postgres_admin(url, f"DROP DATABASE {name} WITH (FORCE)")


def _postgres_admin(url: str, statement: str) -> None:
    engine = create_engine(
        f"{url}/postgres".replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
