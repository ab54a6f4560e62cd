"""What the delivery of an examination costs: saves against a bare handler, a whole exam, crowds, and growth.

The platform runs as `testing-platform serve` on PostgreSQL with default durability (and on SQLite where it says so);
server, database and load generator share the machine. What is compared takes turns in short rounds, because such
machines change speed within seconds: the tables show medians, and in brackets the spread over the rounds.

usage: python benchmarks/delivery.py [--parts saves,exam,crowds,growth] [--rounds 5] [--seconds 4] [--write]
"""

import argparse
import os
import platform as machine
import statistics
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psycopg

from benchmarks.load import cold, crowds, exams, growth, saves
from benchmarks.load.candidates import Candidate, arriving, beginning, candidates_of
from benchmarks.load.engine import Engine, Record, Script
from benchmarks.load.servers import (
    THREADS,
    WORKERS,
    Server,
    admit_everybody,
    floor_on,
    furnished,
    platform_on,
    postgresql,
    scratch,
)
from benchmarks.load.tables import put
from testing_platform.wiring import Platform

PAGE = ROOT / "docs" / "performance.md"
N_GROWN = 100_000


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default="saves,exam,crowds,growth")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--clients", default="10,50,200")
    parser.add_argument("--candidates", type=int, default=500, help="of a crowd")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    parts = {"saves": save_table, "exam": exam_table, "crowds": crowd_table, "growth": growth_table}
    for name in options.parts.split(","):
        table = "\n".join([f"{circumstances()}\n", *parts[name](options)])
        print(table, "\n", flush=True)
        if options.write:
            put(PAGE, name, table)


def circumstances() -> str:
    """When and where."""
    when, load = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), os.getloadavg()[0]
    return (
        f"{when}, {os.cpu_count()} cores, {machine.machine()}, Python {machine.python_version()}, PostgreSQL 15, "
        f"{WORKERS} workers of {THREADS} threads; load of the machine at the end {load:.1f}."
    )


def save_table(options: argparse.Namespace) -> Iterator[str]:
    """Closed loop against the floor."""
    counts = [int(count) for count in options.clients.split(",")]
    with (
        postgresql() as url,
        scratch() as folder,
        platform_on(f"{url}/platform", folder) as (platform, ours),
        floor_on(url) as floor,
    ):
        seats = at_work(platform, ours, max(counts))
        yield f"{options.rounds} rounds of {options.seconds:g} s on each side.\n"
        yield "| clients | saves/s, platform | floor | ratio | CPU a save, platform | floor | ratio |"
        yield "|---|---|---|---|---|---|---|"
        for count in counts:
            yield save_row(
                saves.measure(seats, ours, floor, clients=count, rounds=options.rounds, seconds=options.seconds)
            )


def save_row(pair: saves.Pair) -> str:
    """One number of clients."""
    both = list(zip(pair.ours, pair.floor, strict=True))
    return row(
        pair.clients,
        f"{median(r.per_second for r in pair.ours):.0f}",
        f"{median(r.per_second for r in pair.floor):.0f}",
        spread(a.per_second / b.per_second for a, b in both),
        f"{median(r.cpu_ms for r in pair.ours):.2f} ms",
        f"{median(r.cpu_ms for r in pair.floor):.2f} ms",
        spread(a.cpu_ms / b.cpu_ms for a, b in both),
    )


def exam_table(_options: argparse.Namespace) -> Iterator[str]:
    """One candidate from the sign-in to the receipt."""
    with (
        postgresql() as url,
        scratch() as folder,
        platform_on(f"{url}/platform", folder) as (platform, server),
        floor_on(url) as floor,
    ):
        before = saves.alone(floor, seconds=3)
        found = exams.measure(platform, server, n_candidates=60)
        bare_ms = (before.cpu_ms + saves.alone(floor, seconds=3).cpu_ms) / 2
        page_kb = cold.kilobytes(server)
    yield f"Average of {found.n_candidates} candidates, one after the other, after 10 that warmed the server.\n"
    yield "| the whole exam of one candidate | measured | must reach |"
    yield "|---|---|---|"
    yield row("server CPU, gunicorn and PostgreSQL", f"{found.cpu_ms:.0f} ms", "<= 90 ms")
    yield row(
        f"the same in saves of the floor by one client, {bare_ms:.2f} ms each", f"{found.cpu_ms / bare_ms:.0f}", "-"
    )
    yield row(
        "growth of the database (write-ahead log)", f"{found.growth_kb:.1f} kB ({found.wal_kb:.0f} kB)", "<= 20 kB"
    )
    yield row("requests besides heartbeats", f"{found.requests:.0f}", "<= 70")
    yield row("of them for pictures of the form", f"{found.pictures}", "-")
    yield row("heartbeats that carried acts", f"{found.heartbeats_with_steps:.0f}", "-")
    yield row("cold over the wire, without pictures", f"{page_kb + found.before_kb:.0f} kB", "<= 300 kB")
    yield row("of it page, modules, styles and three fonts in Chromium", f"{page_kb:.0f} kB", "-")
    yield row("answers of the API in the whole exam, form included", f"{found.received_kb:.0f} kB", "-")


def crowd_table(options: argparse.Namespace) -> Iterator[str]:
    """A start storm and then an open loop, on both databases."""
    yield f"{options.candidates} candidates sign in and begin within 30 s, then act every 5 s for 60 s.\n"
    yield "| | PostgreSQL: n | p50 | p99 | most | SQLite: n | p50 | p99 | most | p99 must be |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    with postgresql() as url:
        central = crowd(f"{url}/platform", options.candidates)
    local = crowd("", options.candidates)
    for kind in ("sign in", "seat", "form", "begin"):
        yield row(f"storm: {kind}", *latencies(central[0].record, kind), *latencies(local[0].record, kind), "< 1000 ms")
    yield row(
        "every 5 s: save",
        *latencies(central[1], "save"),
        *latencies(local[1], "save"),
        "30 ms, SQLite 100 ms",
    )
    late = 1000 * max(central[1].late_seconds, local[1].late_seconds)
    yield "\nServer CPU for each candidate of the storm, gunicorn and PostgreSQL:"
    for name, storm in (("PostgreSQL", central[0]), ("SQLite", local[0])):
        yield f"{name} {storm.cpu_ms_arriving:.1f} ms for sign-in and seat, {storm.cpu_ms_beginning:.1f} ms to begin;"
    yield f"the load generator itself was at most {late:.0f} ms late, which counts against the server."


def crowd(database_url: str, n_candidates: int) -> tuple[crowds.Storm, Record]:
    """The storm, and what comes after it."""
    with scratch() as folder, platform_on(database_url, folder) as (platform, server):
        storm = crowds.storm(platform, server, n_candidates=n_candidates, seconds=30)
        return storm, crowds.open_loop(server, storm.candidates, seconds=60)


def growth_table(options: argparse.Namespace) -> Iterator[str]:
    """A small database and a large one in turns."""
    with postgresql() as url, scratch() as one, scratch() as other:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE large")
        with (
            platform_on(f"{url}/platform", one) as (small, here),
            platform_on(f"{url}/large", other) as (large, there),
        ):
            sides = [(here, at_work(small, here, 20)), (there, at_work(large, there, 20))]
            growth.fill(large, N_GROWN)
            found = growth.measure(sides, n_attempts=N_GROWN, rounds=options.rounds, seconds=options.seconds)
    yield f"20 clients; {options.rounds} rounds of {options.seconds:g} s on each side.\n"
    yield "| attempts in the database | steps | CPU a save | against the small one |"
    yield "|---|---|---|---|"
    yield row("20", "a few thousand", f"{median(r.cpu_ms for r in found.small):.2f} ms", "1")
    ratios = spread(b.cpu_ms / a.cpu_ms for a, b in zip(found.small, found.large, strict=True))
    yield row(f"{N_GROWN:,}", f"{found.n_steps:,}", f"{median(r.cpu_ms for r in found.large):.2f} ms", ratios)


def at_work(platform: Platform, server: Server, n_seats: int) -> list[Candidate]:
    """Candidates whose clocks run."""
    room = furnished(platform, n_seats)
    everybody = candidates_of(room)
    run_all(server, (arriving(candidate) for candidate in everybody))
    admit_everybody(platform, room)
    run_all(server, (beginning(candidate) for candidate in everybody))
    return everybody


def run_all(server: Server, scripts: Iterable[Script]) -> None:
    """Run scripts that nobody measures."""
    record = Engine(server.port).run(scripts)
    assert not record.refused, record.refused[:1]


def latencies(record: Record, kind: str) -> tuple[str, ...]:
    """Number, median, 99 % and the worst."""
    return (str(record.n(kind)), *(f"{record.percentile(kind, percent):.0f} ms" for percent in (50, 99, 100)))


def row(*cells: object) -> str:
    """A line of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def median(values: Iterable[float]) -> float:
    """The middle."""
    return statistics.median(values)


def spread(values: Iterable[float]) -> str:
    """The middle and the ends."""
    found = list(values)
    return f"{statistics.median(found):.2f} ({min(found):.2f}-{max(found):.2f})"


if __name__ == "__main__":
    main()
