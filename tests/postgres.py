"""A throwaway PostgreSQL cluster from the installed binaries, for as long as a test session lasts."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

# Nobody takes the power away from this one: tests of power cuts have clusters of their own (tests/faults).
FORGETFUL = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def binaries() -> Path | None:
    """The folder of the newest installed PostgreSQL, 15 or later; None when there is none."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    recent = sorted((path for path in found if int(path.parent.name) >= 15), key=lambda path: int(path.parent.name))
    return recent[-1] if recent else None


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster on a free loopback port; yields the URL of its `postgres` database without a database name."""
    where = binaries()
    assert where is not None, "PostgreSQL 15 is not installed; `make test` installs it (apt-get install postgresql-15)"
    folder = Path(tempfile.mkdtemp(prefix="tp-postgres-"))
    try:
        _own(folder)
        _run(where / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        port = free_port()
        place = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        options = f"{place} -c max_connections=200 {FORGETFUL}"
        _run(where / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            _run(where / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(folder: Path) -> None:
    # PostgreSQL refuses to run as root, so root lends the cluster to the user that Debian made for it.
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")


def _run(*command: object) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", check=False, timeout=120)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
