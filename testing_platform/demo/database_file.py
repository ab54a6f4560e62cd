"""The demo's own database file: rebuilt each run, and never mistaken for somebody's real one."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect, select

from testing_platform import __version__
from testing_platform.database import Database, make_engine, sqlite_url
from testing_platform.errors import NotADemoError
from testing_platform.model import InstallationFact
from testing_platform.wiring import utc_now

MARK = "demo"
_NAME = "testing-platform.sqlite"


def rebuild(folder: Path) -> None:
    """Make room for a fresh demo; a database that is not marked as one is refused and stays untouched."""
    path = folder / _NAME
    if path.exists():
        if not _is_demo(path):
            raise NotADemoError(path=path)
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            file.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def mark_as_demo(database: Database, *, now: datetime | None = None) -> None:
    """Write into a fresh database that it may be rebuilt."""
    made_at = (now or utc_now()).isoformat()
    with database.transaction() as session:
        session.add(InstallationFact(name=MARK, value={"version": __version__, "made_at": made_at}))


def _is_demo(path: Path) -> bool:
    engine = make_engine(sqlite_url(path))
    try:
        if not inspect(engine).has_table(InstallationFact.__tablename__):
            return False
        with Database(engine).reading() as session:
            return session.scalar(select(InstallationFact).where(InstallationFact.name == MARK)) is not None
    finally:
        engine.dispose()
