"""A whole installation that tests maltreat: the real server, its real database, cards for a room, ways to kill each."""

import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from pydantic import SecretStr

from testing_platform.config import PREFIX, load
from testing_platform.database import migrate
from testing_platform.demo.candidates import Card
from testing_platform.wiring import Platform, build, utc_now
from tests import postgres
from tests.exam_room import SECRET, furnish
from tests.faults import proctor
from tests.faults.disk import ALL_LOST, Survival
from tests.faults.power_cut import PoweredFolder
from tests.faults.processes import Family, send, wait_until
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
CARELESS_SQLITE = (sys.executable, "-m", "gunicorn", "tests.faults.careless:app", "--worker-class", "gthread")


class Postgres(Family):
    """A PostgreSQL server on a data folder of its own."""

    def __init__(self, data: Path, options: Sequence[str] = ()) -> None:
        super().__init__()
        self.data = data
        self.port = free_port()
        self.options = options
        self.url = f"postgresql://postgres@{HOST}:{self.port}"

    def create(self) -> None:
        """Make the cluster; with small segments of its log, so that tests see many of them."""
        postgres._own(self.data.parent)
        words = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--wal-segsize=1")
        postgres._run(_postgres_binary("initdb"), "-D", self.data, *words)

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it answers, after its recovery."""
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "max_wal_size": "8MB",
            "checkpoint_timeout": "30s",
            "log_min_messages": "fatal",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        words += [word for option in self.options for word in ("-c", option)]
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.data.parent / "postgres.log").open("ab") as log:
            command = [_postgres_binary("postgres"), "-D", self.data, *words]
            self.launch(command, environment=environment or {}, cwd="/", stderr=log, **as_user)
        wait_until(self.answers, limit_seconds=60, what="PostgreSQL")

    def answers(self) -> bool:
        """Whether it takes connections."""
        if not self.is_alive:
            said = (self.data.parent / "postgres.log").read_text()[-2000:]
            raise ChildProcessError(f"PostgreSQL ended instead of starting\n{said}")
        with suppress(psycopg.OperationalError), psycopg.connect(f"{self.url}/postgres", connect_timeout=2):
            return True
        return False

    def stop_fast(self) -> None:
        """Stop it in order without waiting for those who are connected."""
        send([self.pid], signal.SIGINT)
        self.stop()

    def freeze(self) -> None:
        """Let nothing of it run; connections stay open and nobody answers."""
        send(self.members(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again."""
        send(self.members(), signal.SIGCONT)

    def backends(self) -> list[int]:
        """The processes that serve a connection each."""
        with psycopg.connect(f"{self.url}/postgres") as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = 'platform'").fetchall()
        return [int(row[0]) for row in rows]


def _postgres_binary(name: str) -> Path:
    where = postgres.binaries()
    assert where is not None, "PostgreSQL 15 is not installed; `make test` installs it (apt-get install postgresql-15)"
    return where / name


@dataclass(frozen=True)
class Template:
    """A furnished installation that nobody has used yet, copied for each test."""

    kind: str  # sqlite or postgresql
    folder: Path  # holds the database
    sitting: int
    cards: tuple[Card, ...]


def make_template(kind: str, folder: Path, *, n_seats: int) -> Template:
    """Migrate, seed the bank, seal a form, open a sitting."""
    folder.mkdir()
    folder.chmod(0o755)
    store = Postgres(folder / "data") if kind == "postgresql" else None
    if store is not None:
        store.create()
        store.start()
        with psycopg.connect(f"{store.url}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE platform")
    try:
        platform = _platform(folder / "data", store, port=1)
        migrate(platform.database.engine)
        with platform.database.transaction() as session:
            room = furnish(session, n_seats=n_seats, now=utc_now(), keys=platform.keys)
            cards = tuple(
                Card(seat.participant_number, pin) for seat, pin in zip(room.enrolments, room.pins, strict=True)
            )
            sitting = room.sitting.id
        platform.database.dispose()
    finally:
        if store is not None:
            store.stop()
    return Template(kind, folder / "data", sitting, cards)


def _platform(data: Path, store: Postgres | None, *, port: int) -> Platform:
    url = f"{store.url}/platform" if store else ""
    folder = data.with_name("files") if store else data
    folder.mkdir(exist_ok=True)
    return build(
        load({}, data=folder, database_url=url, port=port, secret=SecretStr(SECRET), log_level="error", threads=8)
    )


@dataclass
class Installation:
    """One installation: `platform` looks at its database from outside; `server` and `store` can be killed."""

    kind: str
    data: Path
    platform: Platform
    sitting: int
    cards: tuple[Card, ...]
    store: Postgres | None
    powered: PoweredFolder | None
    command: Sequence[str] = (sys.executable, "-m", "testing_platform", "serve")
    server: Family = field(default_factory=Family)

    @property
    def address(self) -> tuple[str, int]:
        """Where the server listens."""
        return (HOST, self.platform.settings.port)

    def start(self) -> float:
        """Start the database, then the server; how many seconds until it answered."""
        began = time.monotonic()
        if self.powered is not None:
            self.powered.watch()
        if self.store is not None:
            self.start_store()
        self.start_server()
        return time.monotonic() - began

    def start_store(self) -> None:
        """Start the database, if it is a server."""
        if self.store is not None:
            self.store.start(self.powered.environment if self.powered else {})

    def start_server(self) -> None:
        """Start the server and wait until it answers."""
        words = list(self.command)
        if "gunicorn" in words:
            port = self.platform.settings.port
            words += ["--bind", f"{HOST}:{port}", "--workers", "2", "--threads", "8", "--log-level", "critical"]
        with (self.data.parent / "server.log").open("ab") as log:
            self.server.launch(words, environment=self._environment(), cwd=ROOT, stderr=log)
        wait_until(self.answers, what="the server")

    def _environment(self) -> dict[str, str]:
        settings = self.platform.settings
        environment = {
            PREFIX + "DATA": str(settings.data),
            PREFIX + "DATABASE_URL": settings.database_url,
            PREFIX + "SECRET": SECRET,
            PREFIX + "PORT": str(settings.port),
            PREFIX + "LOG_LEVEL": "error",
            # Where PostgreSQL's disk is under test, the server is soon started again with one process for requests.
            PREFIX + "WORKERS": "1" if self.powered and self.store else "2",
        }
        # PostgreSQL itself runs on the powered folder; SQLite is part of the server.
        return environment | (self.powered.environment if self.powered and self.store is None else {})

    def answers(self) -> bool:
        """Whether the server is well."""
        if not self.server.is_alive:
            said = (self.data.parent / "server.log").read_text()[-2000:]
            raise ChildProcessError(f"the server ended instead of starting\n{said}")
        try:
            with closing(http.client.HTTPConnection(*self.address, timeout=5)) as connection:
                connection.request("GET", "/health")
                return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def server_workers(self) -> list[int]:
        """The processes that answer requests."""
        below = [pid for pid in self.server.members()[1:] if _parent(pid) == self.server.pid]
        return [pid for pid in below if b"worker\0--parent" not in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def cut_power(self, survival: Survival = ALL_LOST) -> None:
        """Everything dies at one moment, and what was not synced is gone."""
        self.kill_everything()
        assert self.powered is not None
        self.powered.cut(survival)
        # No server outlives a power cut, and process numbers begin anew: a file that tells of one tells nothing.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def kill_worker(self, chance: random.Random) -> None:
        """Kill one of the processes that answer requests; the server starts another by itself."""
        send([chance.choice(self.server_workers())], signal.SIGKILL)

    def kill_server(self) -> None:
        """Kill the server's first process; what it started must end by itself."""
        self.server.kill_eldest()

    def kill_backend(self, chance: random.Random) -> None:
        """Kill a process of PostgreSQL that serves a connection; PostgreSQL then drops all others and recovers."""
        assert self.store is not None
        send([chance.choice(self.store.backends())], signal.SIGKILL)

    def kill_store(self) -> None:
        """Kill PostgreSQL's first process."""
        assert self.store is not None
        self.store.kill_eldest()

    def kill_everything(self) -> None:
        """Kill server and database at one moment."""
        self.platform.database.dispose()
        families = [self.server, *([self.store] if self.store else [])]
        for family in families:
            if family.is_alive:
                send(family.members(), signal.SIGSTOP)
        for family in families:
            family.kill()

    def admit(self) -> None:
        """The proctor admits everybody who waits."""
        self._in_the_room("admit", self.sitting, [])

    def set_deadline(self, deadline_ms: int, participants: Sequence[str]) -> None:
        """Let the time of these attempts run out at this moment."""
        self._in_the_room("deadline", deadline_ms, participants)

    def _in_the_room(self, what: str, number: int, participants: Sequence[str]) -> None:
        if self.powered is None:
            proctor.do(self.platform, what, number, participants)
            return
        # Nothing may write to a powered folder unnoted.
        words = [sys.executable, "-m", "tests.faults.proctor", what, str(number), *participants]
        subprocess.run(words, env={**os.environ, **self._environment()}, cwd=ROOT, check=True, timeout=60)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@contextmanager
def installation(
    template: Template,
    *,
    library: Path | None = None,
    n_seats: int | None = None,
    store_options: Sequence[str] = (),
    command: Sequence[str] | None = None,
    disk: Path | None = None,
) -> Iterator[Installation]:
    """A fresh copy of a template; with a library, on a folder whose power can be cut. Nothing is started yet."""
    # Not below pytest's folder: the user that PostgreSQL runs as may not go there.
    folder = Path(tempfile.mkdtemp(prefix="tp-faults-"))
    folder.chmod(0o755)
    data = (disk or folder) / "data"
    subprocess.run(["cp", "-a", str(template.folder), str(data)], check=True)
    store = Postgres(data, store_options) if template.kind == "postgresql" else None
    powered = PoweredFolder(data, library=library, work=folder / "watch") if library else None
    made = Installation(
        kind=template.kind,
        data=data,
        platform=_platform(data, store, port=free_port()),
        sitting=template.sitting,
        cards=template.cards[:n_seats],
        store=store,
        powered=powered,
    )
    if command is not None:
        made.command = command
    try:
        yield made
    finally:
        made.kill_everything()
        shutil.rmtree(folder, ignore_errors=True)
