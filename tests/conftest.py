"""Fixtures that every test may use: real databases, both kinds, migrated as in production."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from xdist.scheduler import LoadScopeScheduling

from itembank.operations import seed_shipped_bank
from registry.actor import SYSTEM
from testing_platform.database import Database, make_engine, migrate, sqlite_url
from tests import parallel, postgres
from tests.exam_room import Room, furnish

# Machines that change speed must not make a law look broken.
settings.register_profile("platform", deadline=None)
settings.load_profile("platform")


def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` starts."""
    return parallel.number_of_processes()


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Which process runs which tests."""
    return parallel.scheduler(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first."""
    items.sort(key=parallel.rank)


NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # 08:00 in Jakarta, a Monday

_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test has an application of its own; a template is compiled once for all of them, in all processes."""
    folder = parallel.common_folder(tmp_path_factory) / "templates"
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


@pytest.fixture(scope="session", autouse=True)
def compiled_addresses() -> Iterator[None]:
    """The same for addresses: what builds them depends on the text of a route alone, and takes longest to compile."""
    compile_builder, known = Rule._compile_builder, dict[Any, Any]()

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (append_unknown, rule.rule, tuple(rule._trace), repr(rule.defaults))
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


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
    _fold_journal(engine)
    engine.dispose()
    return path


def _fold_journal(engine: Engine) -> None:
    # The write-ahead log goes back into the file, so that one file is the whole database.
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A migrated PostgreSQL database, used as the template of each test's own."""
    _postgres_admin(postgres_url, "CREATE DATABASE tp_template")
    engine = make_engine(f"{postgres_url}/tp_template")
    migrate(engine)
    engine.dispose()
    return "tp_template"


@dataclass(frozen=True)
class Furnished:
    """A database with the shipped bank, a sealed form and an open sitting; see `tests.exam_room`."""

    database: Database
    room: Room  # objects of another session: read their ids, load what is to be changed


@pytest.fixture(scope="session")
def sqlite_banked(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A SQLite file with the shipped bank, copied for each test."""
    path = tmp_path_factory.mktemp("banked") / "banked.sqlite"
    shutil.copy(sqlite_template, path)
    _seed(make_engine(sqlite_url(path)))
    return path


@pytest.fixture(scope="session")
def postgres_banked(postgres_url: str, postgres_template: str) -> str:
    """A PostgreSQL database with the shipped bank, used as the template of each test's own."""
    _postgres_admin(postgres_url, f"CREATE DATABASE tp_banked TEMPLATE {postgres_template}")
    _seed(make_engine(f"{postgres_url}/tp_banked"))
    return "tp_banked"


def _seed(engine: Engine) -> None:
    with Database(engine).transaction() as session:
        seed_shipped_bank(session, actor=SYSTEM, now=NOW)
    if engine.dialect.name == "sqlite":
        _fold_journal(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def banked(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database that holds the shipped bank and nothing else, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield from _sqlite_database(request, request.getfixturevalue("sqlite_banked"))
    else:
        yield from _postgresql_database(request, request.getfixturevalue("postgres_banked"))


@pytest.fixture(scope="session")
def sqlite_furnished(tmp_path_factory: pytest.TempPathFactory, sqlite_banked: Path) -> tuple[Path, Room]:
    """A furnished SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("furnished") / "furnished.sqlite"
    shutil.copy(sqlite_banked, path)
    room = _furnish(make_engine(sqlite_url(path)))
    return path, room


@pytest.fixture(scope="session")
def postgres_furnished(postgres_url: str, postgres_banked: str) -> tuple[str, Room]:
    """A furnished PostgreSQL database, used as the template of each test's own."""
    _postgres_admin(postgres_url, f"CREATE DATABASE tp_furnished TEMPLATE {postgres_banked}")
    return "tp_furnished", _furnish(make_engine(f"{postgres_url}/tp_furnished"))


def _furnish(engine: Engine) -> Room:
    with Database(engine).transaction() as session:
        room = furnish(session, n_seats=4, now=NOW)
    if engine.dialect.name == "sqlite":
        _fold_journal(engine)
    engine.dispose()
    return room


@pytest.fixture(params=["sqlite", "postgresql"])
def furnished(request: pytest.FixtureRequest) -> Iterator[Furnished]:
    """A furnished examination on SQLite and on PostgreSQL: four candidates before an open sitting."""
    if request.param == "sqlite":
        path, room = request.getfixturevalue("sqlite_furnished")
        for database in _sqlite_database(request, path):
            yield Furnished(database, room)
    else:
        template, room = request.getfixturevalue("postgres_furnished")
        for database in _postgresql_database(request, template):
            yield Furnished(database, room)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated database: every store test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield from _sqlite_database(request, request.getfixturevalue("sqlite_template"))
    else:
        yield from _postgresql_database(request, request.getfixturevalue("postgres_template"))


@pytest.fixture
def sqlite_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty, migrated SQLite database, for tests in which the kind of database plays no part."""
    yield from _sqlite_database(request, request.getfixturevalue("sqlite_template"))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session in one transaction that the test may commit or leave."""
    with Session(database.engine, expire_on_commit=False) as session:
        yield session


def _sqlite_database(request: pytest.FixtureRequest, template: Path) -> Iterator[Database]:
    folder: Path = request.getfixturevalue("tmp_path")
    path = folder / "test.sqlite"
    shutil.copy(template, path)
    engine = make_engine(sqlite_url(path))
    database = Database(engine)
    yield database
    database.dispose()


def _postgresql_database(request: pytest.FixtureRequest, template: str) -> Iterator[Database]:
    url: str = request.getfixturevalue("postgres_url")
    name = f"tp_{next(_numbers)}"
    _postgres_admin(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = make_engine(f"{url}/{name}")
    database = Database(engine)
    yield database
    database.dispose()
    _postgres_admin(url, f"DROP DATABASE {name} WITH (FORCE)")


def _postgres_admin(url: str, statement: str) -> None:
    engine = create_engine(
        f"{url}/postgres".replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
