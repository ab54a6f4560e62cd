"""The demo's own database file: rebuilt each run, and never mistaken for somebody's real one."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from testing_platform import __version__
from testing_platform.database import Database
from testing_platform.errors import NotADemoError
from testing_platform.model import InstallationFact
from testing_platform.wiring import utc_now

MARK = "demo"
_NAME = "testing-platform.sqlite"


def require_demo(folder: Path) -> None:
    """Refuse a folder whose database is not marked as a demo; nothing in it is touched, not even by looking."""
    path = folder / _NAME
    if path.exists() and not _is_demo(path):
        raise NotADemoError(path=path)


def rebuild(folder: Path) -> None:
    """Make room for a fresh demo."""
    require_demo(folder)
    path = folder / _NAME
    for file in (path, *_side_files(path)):
        file.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def mark_as_demo(database: Database, *, now: datetime | None = None) -> None:
    """Write into a fresh database that it may be rebuilt."""
    made_at = (now or utc_now()).isoformat()
    with database.transaction() as session:
        session.add(InstallationFact(name=MARK, value={"version": __version__, "made_at": made_at}))


def _is_demo(path: Path) -> bool:
    # Our own engine would turn the journal to WAL and so write. Without side files nobody has the database open, and
    # it can be read as if it never changed; otherwise SQLite makes no file that is not there already.
    how = "mode=ro" if any(file.exists() for file in _side_files(path)) else "immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as connection:
            found = connection.execute("SELECT 1 FROM installation_fact WHERE name = ?", (MARK,)).fetchone()
    except sqlite3.DatabaseError:
        return False  # somebody else's tables, or no database at all
    return found is not None


def _side_files(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")
