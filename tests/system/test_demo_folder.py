"""What the demo refuses, and that refusing leaves everything as it was."""

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from testing_platform.database import Database, make_engine, migrate, sqlite_url
from testing_platform.demo import database_file, story
from testing_platform.errors import NotADemoError, PlatformError
from testing_platform.model import InstallationFact

NAME = "testing-platform.sqlite"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def somebodys_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE accounts (name)")


def an_installation(path: Path) -> None:
    engine = make_engine(sqlite_url(path))
    migrate(engine)
    engine.dispose()


def no_database(path: Path) -> None:
    path.write_text("Dear diary, " * 100)


def demo_in(folder: Path) -> Database:
    engine = make_engine(sqlite_url(folder / NAME))
    migrate(engine)
    database = Database(engine)
    database_file.mark_as_demo(database)
    return database


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("make", [somebodys_tables, an_installation, no_database])
def test_what_is_not_marked_as_a_demo_is_refused_and_not_touched(
    tmp_path: Path, make: Callable[[Path], None], taken_port: int
) -> None:
    make(tmp_path / NAME)
    before = contents(tmp_path)
    with pytest.raises(NotADemoError, match="nothing was touched"):
        story.run(folder=tmp_path, port=taken_port, stop=True)
    assert contents(tmp_path) == before


def test_a_demo_is_rebuilt_even_while_a_journal_of_it_lies_beside(tmp_path: Path) -> None:
    database = demo_in(tmp_path)
    with database.reading() as session:
        session.scalar(select(InstallationFact))  # an open connection keeps the journal
        assert (tmp_path / f"{NAME}-wal").exists()
        database_file.rebuild(tmp_path)
    database.dispose()
    assert not (tmp_path / NAME).exists()


def test_a_running_demo_keeps_its_database_when_a_second_one_starts(tmp_path: Path, taken_port: int) -> None:
    demo_in(tmp_path).dispose()
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(PlatformError, match=f"Port {taken_port} is taken"):
        story.run(folder=tmp_path, port=taken_port, stop=True)
    assert (tmp_path / NAME).read_bytes() == before
