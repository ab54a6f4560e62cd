"""How much it costs to keep an answer: throughput and server CPU per save, against a bare handler in the same run.

Closed loop over real HTTP on loopback; PostgreSQL with default durability; load generator, server and database share
the machine. The platform and the floor take turns in short rounds, because such machines change speed within seconds;
the table shows the median of the rounds' ratios and their spread.

usage: python benchmarks/delivery.py [--seconds 4] [--rounds 5] [--clients 10,50]
"""

import argparse
import os
import platform as machine
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from pydantic import SecretStr

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from exam.operations.proctoring import admit_all
from registry.actor import SYSTEM
from testing_platform.config import PREFIX, load
from testing_platform.database import migrate
from testing_platform.demo.candidates import Candidate, Card, Connection, Json
from testing_platform.wiring import build, utc_now
from tests import postgres
from tests.exam_room import SECRET, START_CODE, furnish

WORKERS, THREADS = 2, 8


@dataclass(frozen=True)
class Round:
    """What one side did in one round."""

    saves: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.saves / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu_seconds / self.saves


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", default="10,50")
    options = parser.parse_args()
    counts = [int(count) for count in options.clients.split(",")]
    with postgres.cluster() as url, tempfile.TemporaryDirectory() as folder:
        create(url)
        with serve_platform(url, Path(folder)) as ours, serve_floor(url) as floor:
            seats = take_seats(url, Path(folder), ours, max(counts))
            rows = [
                measure(count, seats, ours, floor, rounds=options.rounds, seconds=options.seconds) for count in counts
            ]
    tell(rows, rounds=options.rounds, seconds=options.seconds)


def create(url: str) -> None:
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE platform")
        connection.execute("CREATE DATABASE floor")
    with psycopg.connect(f"{url}/floor", autocommit=True) as connection:
        connection.execute("CREATE TABLE answer (attempt int, seq int, option int, PRIMARY KEY (attempt, seq))")


@contextmanager
def serve_platform(url: str, folder: Path) -> Iterator[int]:
    settings = {PREFIX + "DATABASE_URL": f"{url}/platform", PREFIX + "DATA": str(folder), PREFIX + "SECRET": SECRET}
    migrate(build(load(settings)).database.engine)
    with gunicorn("testing_platform.wsgi:app", ROOT, settings | {PREFIX + "LOG_LEVEL": "error"}) as port:
        yield port


@contextmanager
def serve_floor(url: str) -> Iterator[int]:
    with gunicorn("bare_flask:app", ROOT / "benchmarks" / "floors", {"FLOOR_DATABASE": f"{url}/floor"}) as port:
        yield port


@contextmanager
def gunicorn(app: str, folder: Path, settings: dict[str, str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    words = [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    words += ["--workers", str(WORKERS), "--threads", str(THREADS), "--keep-alive", "30", "--log-level", "error"]
    process = subprocess.Popen(words, cwd=folder, env={**os.environ, **settings})
    try:
        await_port(port)
        PROCESSES[port] = process.pid
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


PROCESSES: dict[int, int] = {}  # port -> gunicorn's master


def await_port(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server does not listen")


def take_seats(url: str, folder: Path, port: int, count: int) -> list[Candidate]:
    platform = build(load({}, database_url=f"{url}/platform", data=folder, secret=SecretStr(SECRET)))
    with platform.database.transaction() as session:
        room = furnish(session, n_seats=count, now=utc_now())
    seats = [
        Candidate(Connection("127.0.0.1", port), Card(enrolment.participant_number, pin))
        for enrolment, pin in zip(room.enrolments, room.pins, strict=True)
    ]
    for seat in seats:
        seat.arrive(START_CODE)
    with platform.database.transaction() as session:
        admit_all(session, room.sitting, actor=SYSTEM, now=utc_now())
    for seat in seats:
        seat.begin()
    platform.database.engine.dispose()
    return seats


def measure(
    count: int, seats: Sequence[Candidate], ours: int, floor: int, *, rounds: int, seconds: float
) -> tuple[int, list[Round], list[Round]]:
    chosen = seats[:count]
    connections = [Connection("127.0.0.1", floor) for _ in range(count)]
    saved = [0] * count
    platform_rounds, floor_rounds = [], []

    def save_answer(number: int) -> None:
        seat = chosen[number]
        item = seat.form["items"][seat.seq % 40]
        option = item["options"][seat.seq % 4]["id"]
        seat.send([{"seq": seat.seq + 1, "kind": "answer", "item": item["id"], "option": option, "at": 1}])
        seat.acknowledged.clear()

    def save_bare(number: int) -> None:
        saved[number] += 1
        body: Json = {"attempt": count * 1000 + number, "seq": saved[number], "option": 1}
        connections[number].json("POST", "/save", body=body)

    for _ in range(rounds):
        platform_rounds.append(loop(save_answer, count, seconds=seconds, port=ours))
        floor_rounds.append(loop(save_bare, count, seconds=seconds, port=floor))
    for connection in connections:
        connection.close()
    return count, platform_rounds, floor_rounds


def loop(act: Callable[[int], None], count: int, *, seconds: float, port: int) -> Round:
    done = [0] * count
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        while time.monotonic() < end:
            act(number)
            done[number] += 1

    before, started = server_cpu(port), time.monotonic()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Round(saves=sum(done), seconds=time.monotonic() - started, cpu_seconds=server_cpu(port) - before)


def server_cpu(port: int) -> float:
    """CPU seconds so far of gunicorn (master and workers) and of all of PostgreSQL."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, rest = (entry / "stat").read_text().rpartition(")")
            except OSError:
                continue
            fields = rest.split()
            is_ours = PROCESSES[port] in (int(entry.name), int(fields[1]))
            if is_ours or name.endswith("(postgres"):
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def tell(rows: Sequence[tuple[int, list[Round], list[Round]]], *, rounds: int, seconds: float) -> None:
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    print(f"{when}, {os.cpu_count()} cores, {machine.machine()}, Python {machine.python_version()}, PostgreSQL;")
    print(f"{rounds} interleaved rounds of {seconds:g} s; medians, in brackets the spread over the rounds\n")
    print("| clients | saves/s, platform | saves/s, floor | ratio | CPU a save, platform | floor | ratio |")
    print("|---|---|---|---|---|---|---|")
    for count, ours, floor in rows:
        pairs = list(zip(ours, floor, strict=True))
        speed = [a.per_second / b.per_second for a, b in pairs]
        cost = [a.cpu_ms / b.cpu_ms for a, b in pairs]
        print(
            f"| {count} | {median(r.per_second for r in ours):.0f} | {median(r.per_second for r in floor):.0f} "
            f"| {spread(speed)} | {median(r.cpu_ms for r in ours):.2f} ms | {median(r.cpu_ms for r in floor):.2f} ms "
            f"| {spread(cost)} |",
        )


def median(values: Iterator[float]) -> float:
    return statistics.median(values)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


if __name__ == "__main__":
    main()
