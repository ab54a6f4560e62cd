"""The servers that are measured, and the processor time that they and their database spend."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pydantic import SecretStr

from exam.operations.proctoring import admit_all
from registry.actor import SYSTEM
from testing_platform.config import PREFIX, load
from testing_platform.database import migrate
from testing_platform.wiring import Platform, build, utc_now
from tests import postgres
from tests.exam_room import SECRET, Room, furnish

ROOT = Path(__file__).parents[2]
WORKERS, THREADS = 2, 8


@dataclass(frozen=True)
class Server:
    """A server that listens: its port, and the processes that started those that work."""

    port: int
    pid: int
    postmaster: int  # zero for SQLite

    def cpu_seconds(self) -> float:
        """Processor time so far of gunicorn and of its PostgreSQL; not of the companion that does jobs."""
        return sum(_spent(entry, self) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _spent(entry: Path, server: Server) -> float:
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
        is_companion = b"\0worker\0" in (entry / "cmdline").read_bytes()
    except OSError:
        return 0.0
    family = {int(entry.name), int(fields[1])}  # itself and its parent
    if is_companion or not family & ({server.pid, server.postmaster} - {0}):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _postmaster(url: str) -> int:
    """The process that all of a cluster's processes come from."""
    if not url:
        return 0
    with psycopg.connect(url) as connection:
        pid = connection.info.backend_pid
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@contextmanager
def postgresql() -> Iterator[str]:
    """A cluster with default durability and the databases of the platform and of the floor."""
    with postgres.cluster() as url:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE platform")
            connection.execute("CREATE DATABASE floor")
        with psycopg.connect(f"{url}/floor", autocommit=True) as connection:
            connection.execute("CREATE TABLE answer (attempt int, seq int, option int, PRIMARY KEY (attempt, seq))")
        yield url


@contextmanager
def platform_on(database_url: str, folder: Path) -> Iterator[tuple[Platform, Server]]:
    """The platform as `testing-platform serve` runs it, on a migrated database."""
    port = free_port()
    named = {"DATABASE_URL": database_url, "DATA": str(folder), "SECRET": SECRET, "PORT": str(port)}
    named |= {"WORKERS": str(WORKERS), "THREADS": str(THREADS), "LOG_LEVEL": "error"}
    platform = build(load({}, database_url=database_url, data=folder, secret=SecretStr(SECRET)))
    migrate(platform.database.engine)
    environment = {**os.environ, **{PREFIX + name: value for name, value in named.items() if value}}
    with _running([sys.executable, "-m", "testing_platform", "serve"], ROOT, environment, port=port) as (port, pid):
        yield platform, Server(port, pid, _postmaster(database_url))
    platform.database.dispose()


@contextmanager
def floor_on(url: str) -> Iterator[Server]:
    """A bare Flask handler under gunicorn's own threads."""
    port = free_port()
    words = [sys.executable, "-m", "gunicorn", "bare_flask:app", "--bind", f"127.0.0.1:{port}"]
    words += ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]
    words += ["--keep-alive", "30", "--log-level", "error"]
    environment = {**os.environ, "FLOOR_DATABASE": f"{url}/floor"}
    with _running(words, ROOT / "benchmarks" / "floors", environment, port=port) as (port, pid):
        yield Server(port, pid, _postmaster(f"{url}/floor"))


@contextmanager
def _running(words: list[str], folder: Path, environment: dict[str, str], *, port: int) -> Iterator[tuple[int, int]]:
    process = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        _await(port)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _await(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server does not listen")


def furnished(platform: Platform, n_seats: int) -> Room:
    """An open sitting with so many candidates before it."""
    with platform.database.transaction() as session:
        return furnish(session, n_seats=n_seats, now=utc_now())


def admit_everybody(platform: Platform, room: Room) -> None:
    """What the proctor does."""
    with platform.database.transaction() as session:
        admit_all(session, room.sitting, actor=SYSTEM, now=utc_now())


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tp-bench-") as folder:
        yield Path(folder)
