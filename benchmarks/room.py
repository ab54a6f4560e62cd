"""What it costs to watch a room of 500 seats while a hundred of its candidates act every second.

A real gunicorn serves the board on loopback; one and then three proctors ask for it every three seconds, as their
browsers do. The candidates' steps go into the database from a process of their own, so that the server's CPU is that
of watching alone; what PostgreSQL spends on the steps themselves is measured without any proctor and taken away.

usage: python benchmarks/room.py [--seats 500] [--acts 100] [--seconds 30] [--database sqlite|postgresql|both]
"""

import argparse
import http.client
import multiprocessing
import os
import platform as machine
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import psycopg
from pydantic import SecretStr

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from exam.answer_path import Holder, NewStep, append
from exam.journal import genesis
from exam.model import Attempt, Enrolment
from exam.states import AttemptState, StepKind
from exam.timing import MINUTE_MS, epoch_ms
from registry.model import Account, RoleGrant, StaffSession
from registry.roles import Role
from registry.tokens import new_token, token_digest
from testing_platform.app import create_app
from testing_platform.config import PREFIX, Settings, load
from testing_platform.database import migrate
from testing_platform.wiring import Platform, build, utc_now
from tests import postgres
from tests.exam_room import SECRET, Room, furnish

WORKERS, THREADS = 2, 8
EVERY_SECONDS = 3.0
ITEMS = 40


@dataclass(frozen=True)
class Place:
    """A furnished database, its server, and what a proctor's browser needs."""

    name: str
    settings: Settings
    sitting: str
    cookie: str
    postmaster: int  # the process of the database server; 0: there is none


@dataclass
class Looks:
    """What the proctors' browsers got."""

    seconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    n_whole: int = 0
    n_unchanged: int = 0


@dataclass(frozen=True)
class Phase:
    """One stretch with so many proctors watching."""

    n_viewers: int
    seconds: float
    server_cpu: float
    database_cpu: float
    looks: Looks


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seats", type=int, default=500)
    parser.add_argument("--acts", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    options = parser.parse_args()
    tell_head(options)
    for kind in ("sqlite", "postgresql") if options.database == "both" else (options.database,):
        with prepared(kind, n_seats=options.seats) as place, serving(place.settings) as (port, master):
            watch(place, port, n_viewers=1, seconds=2 * EVERY_SECONDS)  # first looks fill the memory
            with acting(place, acts_per_second=options.acts):
                phases = [measure(place, port, master, n_viewers=count, seconds=options.seconds) for count in (0, 1, 3)]
        tell(place.name, phases)


@contextmanager
def prepared(kind: str, *, n_seats: int) -> Iterator[Place]:
    """A room full of people at work, in a database of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        common = {"data": folder, "secret": SecretStr(SECRET), "log_level": "error"}
        if kind == "sqlite":
            yield furnished(kind, Settings(**common), n_seats=n_seats)
            return
        with postgres.cluster() as url:
            with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE platform")
            yield furnished(kind, load({}, database_url=f"{url}/platform", **common), n_seats=n_seats)


def furnished(kind: str, settings: Settings, *, n_seats: int) -> Place:
    """Seat everybody, and sign a proctor in."""
    platform, now = build(settings), utc_now()
    migrate(platform.database.engine)
    with platform.database.transaction() as session:
        room = furnish(session, n_seats=n_seats, now=now)
        for enrolment in room.enrolments:
            session.add(at_work(room, enrolment, now=now))
        token = sign_in_proctor(session, room, now=now)
        sitting = str(room.sitting.public_id)
        postmaster = parent_of_backend(session)
    cookie = session_cookie(settings, token)
    platform.database.dispose()
    return Place(kind, settings, sitting, cookie, postmaster)


def parent_of_backend(session: Session) -> int:
    """The process that started the one which answers us."""
    if session.get_bind().dialect.name == "sqlite":
        return 0
    backend = session.scalar(text("SELECT pg_backend_pid()"))
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def at_work(room: Room, enrolment: Enrolment, *, now: datetime) -> Attempt:
    """An attempt whose clock runs."""
    identity, order = uuid.uuid4(), bytes(range(1, ITEMS + 1))
    start = genesis(attempt=identity, enrolment=enrolment.public_id, form_digest=room.form.digest, item_order=order)
    begun_ms = epoch_ms(now)
    return Attempt(
        public_id=identity,
        enrolment_id=enrolment.id,
        sitting_id=room.sitting.id,
        form_id=room.form.id,
        state=AttemptState.WORKING,
        device="pc",
        item_order=order,
        genesis=start,
        digest=start,
        created_at=now,
        last_seen_ms=begun_ms,
        begun_ms=begun_ms,
        deadline_ms=begun_ms + 120 * MINUTE_MS,
    )


def sign_in_proctor(session: Session, room: Room, *, now: datetime) -> str:
    """A proctor of the site with an open session; its token."""
    account = Account(email="proktor@contoh.id", full_name="Proktor", created_at=now)
    grant = RoleGrant(account=account, role=Role.PROKTOR, site=room.sitting.site, granted_at=now, approved_at=now)
    session.add_all([account, grant])
    session.flush()
    token = new_token()
    session.add(
        StaffSession(
            account_id=account.id,
            token_digest=token_digest(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=8),
        )
    )
    return token


def session_cookie(settings: Settings, token: str) -> str:
    """The cookie that the sign-in page would set."""
    app = create_app(settings)
    with app.test_client() as browser:
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        found = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    return f"{found.key}={found.value}" if found else ""


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[int, int]]:
    """The platform under gunicorn: its port and the process of its master."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    words = [sys.executable, "-m", "gunicorn", "testing_platform.wsgi:app", "--bind", f"127.0.0.1:{port}"]
    words += ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]
    words += ["--keep-alive", "30", "--log-level", "error"]
    environment = {PREFIX + "DATA": str(settings.data), PREFIX + "SECRET": SECRET, PREFIX + "LOG_LEVEL": "error"}
    environment[PREFIX + "DATABASE_URL"] = settings.url
    process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environment})
    try:
        await_port(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def await_port(port: int) -> None:
    """Wait until the server listens."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server does not listen")


@contextmanager
def acting(place: Place, *, acts_per_second: int) -> Iterator[None]:
    """Candidates at work, in a process of their own."""
    stop = multiprocessing.Event()
    process = multiprocessing.Process(target=act, args=(place.settings.url, place.settings.data, acts_per_second, stop))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join(timeout=30)


def act(url: str, data: Path, acts_per_second: int, stop: Event) -> None:
    """Somebody answers or looks at an item, so many times a second, everybody in turn."""
    platform = build(load({}, database_url=url, data=data, secret=SecretStr(SECRET)))
    heads = heads_of(platform)
    number, started = 0, time.monotonic()
    while not stop.wait(max(0.0, started + number / acts_per_second - time.monotonic())):
        identity, (seq, digest) = heads[number % len(heads)]
        kind = StepKind.ANSWER if (number // len(heads)) % 2 == 0 else StepKind.VIEW
        now_ms = epoch_ms(utc_now())
        option = number % 4 if kind is StepKind.ANSWER else None
        step = NewStep(seq=seq + 1, kind=kind, item=seq % ITEMS + 1, option=option, value=None, at_ms=now_ms)
        with platform.database.connection() as connection:
            done = append(connection, Holder(identity, 1), prev=digest, steps=[step], now_ms=now_ms)
        heads[number % len(heads)] = (identity, (done.acked_seq, done.digest))
        number += 1
    platform.database.dispose()


def heads_of(platform: Platform) -> list[tuple[uuid.UUID, tuple[int, bytes]]]:
    """Where every journal stands."""
    with platform.database.reading() as session:
        rows = session.execute(select(Attempt.public_id, Attempt.last_seq, Attempt.digest).order_by(Attempt.id))
        return [(identity, (seq, digest)) for identity, seq, digest in rows]


def measure(place: Place, port: int, master: int, *, n_viewers: int, seconds: float) -> Phase:
    """One stretch with so many proctors."""
    before, started = cpu(master, place.postmaster), time.monotonic()
    looks = watch(place, port, n_viewers=n_viewers, seconds=seconds)
    after = cpu(master, place.postmaster)
    return Phase(n_viewers, time.monotonic() - started, after[0] - before[0], after[1] - before[1], looks)


def watch(place: Place, port: int, *, n_viewers: int, seconds: float) -> Looks:
    """So many browsers ask for the board every three seconds, each on a connection that it keeps."""
    looks, end = Looks(), time.monotonic() + seconds
    lock = threading.Lock()

    def browse(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        seen = ""
        time.sleep(number * EVERY_SECONDS / n_viewers)
        while time.monotonic() < end:
            started = time.monotonic()
            path = f"/ruang/{place.sitting}/kursi?keadaan=open&seen={seen}&urut=&tampil=semua"
            connection.request("GET", path, headers={"Cookie": place.cookie, "HX-Request": "true"})
            answer = connection.getresponse()
            body = answer.read().decode()
            took = time.monotonic() - started
            with lock:
                looks.seconds.append(took)
                looks.sizes.append(len(body))
                looks.n_unchanged += answer.status == 204
                looks.n_whole += answer.status == 200 and "HX-Reswap" not in answer.headers
            found = re.search(r'name="seen" value="(\w+)"', body)
            assert answer.status in {200, 204}, (answer.status, body[:500])
            seen = found.group(1) if found else seen
            time.sleep(max(0.0, started + EVERY_SECONDS - time.monotonic()))
        connection.close()

    threads = [threading.Thread(target=browse, args=(number,)) for number in range(n_viewers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(max(0.0, end - time.monotonic()))
    return looks


def cpu(master: int, postmaster: int) -> tuple[float, float]:
    """CPU seconds so far of gunicorn (master and workers) and of the PostgreSQL that it uses."""
    ours, database = 0, 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                _, _, rest = (entry / "stat").read_text().rpartition(")")
            except OSError:
                continue
            fields = rest.split()
            spent = int(fields[11]) + int(fields[12])
            ours += spent if master in (int(entry.name), int(fields[1])) else 0
            database += spent if postmaster in (int(entry.name), int(fields[1])) else 0
    tick = os.sysconf("SC_CLK_TCK")
    return ours / tick, database / tick


def tell_head(options: argparse.Namespace) -> None:
    """What was measured, where and when."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    where = f"{os.cpu_count()} cores, {machine.machine()}, Python {machine.python_version()}"
    print(f"{today}, {where}; {options.seats} seats, {options.acts} acts a second, {options.seconds:g} s each\n")
    print("| database | proctors | looks (whole boards) | CPU a look | of a core | answer, median | slowest | size |")
    print("|---|---|---|---|---|---|---|---|")


def tell(name: str, phases: list[Phase]) -> None:
    """One line for each number of proctors."""
    alone = phases[0]
    for phase in phases[1:]:
        stretch = phase.seconds / alone.seconds
        database = max(0.0, phase.database_cpu - alone.database_cpu * stretch) if name == "postgresql" else 0.0
        spent = max(0.0, phase.server_cpu - alone.server_cpu * stretch) + database
        looks = phase.looks
        print(
            f"| {name} | {phase.n_viewers} | {len(looks.seconds)} ({looks.n_whole}) "
            f"| {1000 * spent / len(looks.seconds):.0f} ms | {100 * spent / phase.seconds:.2f} % "
            f"| {1000 * statistics.median(looks.seconds):.0f} ms | {1000 * max(looks.seconds):.0f} ms "
            f"| {statistics.median(looks.sizes) / 1024:.0f} kB |",
            flush=True,
        )


if __name__ == "__main__":
    main()
