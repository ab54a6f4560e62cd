"""What the item bank costs as it grows: every page of it, the search for a nearest item, the linter over all.

Two banks are grown from the shipped items by variation, with statistics, forms, candidates, reviews and a journal, and
asked through the real application (test client, real database files) as a bank manager, a writer and a reviewer ask.
The middle of several requests counts; in brackets stands the processor time of the application in it, which a busy
machine does not change. The first request, which compiles templates, is left out.

usage: python benchmarks/bank.py [--sizes 1000,10000] [--databases sqlite,postgresql] [--rounds 7] [--write]
"""

import argparse
import os
import platform as machine
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psycopg
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select

from benchmarks.load.large_bank import LargeBank, grow
from benchmarks.load.tables import put
from exam.model import FormItem
from itembank.linter.reading import LintItem
from itembank.model import Item, ItemStatistics, ItemVersion
from itembank.neighbours import Neighbours
from itembank.states import ItemState
from itembank.version_text import text_of_version
from registry.actor import Actor
from testing_platform.app import create_app
from testing_platform.config import PREFIX, Settings
from testing_platform.database import Database, make_engine, migrate
from testing_platform.permissions import Permission, required_by
from testing_platform.web.bank_asked import written_place
from testing_platform.wiring import Platform
from tests import postgres
from tests.exam_room import SECRET
from tests.web.conftest import Browser

PAGE = ROOT / "docs" / "performance.md"
PAGE_MS, NEAREST_MS, LINT_SECONDS = 200, 300, 20
WHO_ASKS = {  # for the pages of the bank whose address needs nothing filled in
    Permission.BANK_READ: "manager",
    Permission.BLUEPRINT_READ: "manager",
    Permission.BLUEPRINT_EDIT: "manager",
    Permission.TASK_GIVE: "manager",
    Permission.REVIEW_ASSIGN: "manager",
    Permission.CHECKS_READ: "manager",
    Permission.ITEM_WRITE: "writer",
    Permission.ITEM_REVIEW: "reviewer",
}


@dataclass
class Measured:
    """The figures of one bank: milliseconds by what was asked."""

    n_items: int
    pages: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    first_read_seconds: float = 0
    nearest_ms: float = 0
    lint_seconds: float = 0
    lint_cpu_seconds: float = 0


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    for database in options.databases.split(","):
        found = [measure(database, n_items=size, rounds=options.rounds) for size in sizes]
        table = "\n".join([f"{circumstances()}\n", *lines(found)])
        print(f"{database}\n\n{table}\n", flush=True)
        if options.write:
            put(PAGE, f"bank-{database}", table)


def circumstances() -> str:
    """When and where."""
    when, load = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), os.getloadavg()[0]
    return (
        f"{when}, {os.cpu_count()} cores, {machine.machine()}, Python {machine.python_version()}; "
        f"load of the machine at the end {load:.1f}."
    )


# Measuring ------------------------------------------------------------------------------------------------------------


@contextmanager
def database_of(kind: str) -> Iterator[str]:
    """The address of an empty database; none for a file."""
    if kind == "sqlite":
        yield ""
        return
    with postgres.cluster() as url:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE bank")
        yield f"{url}/bank"


def measure(kind: str, *, n_items: int, rounds: int) -> Measured:
    """Grow a bank and ask it everything."""
    with tempfile.TemporaryDirectory() as name, database_of(kind) as url:
        settings = Settings(data=Path(name), database_url=url, secret=SecretStr(SECRET))
        tell(f"{kind}: growing {n_items} items")
        bank = grown(settings, n_items=n_items)
        if kind == "postgresql":
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("ANALYZE")  # autovacuum would have come by in a bank that took years to grow
        app = create_app(settings)
        app.testing, app.test_client_class = True, Browser
        platform: Platform = app.extensions["testing_platform"]
        found = Measured(n_items)
        tell(f"{kind}: asking for pages")
        ask_pages(app, platform, bank, found, rounds=rounds)
        tell(f"{kind}: nearest items and linter")
        ask_nearest(platform, found)
        lint_all(name, url, found)
        platform.database.dispose()
        return found


def grown(settings: Settings, *, n_items: int) -> LargeBank:
    """A migrated database with so many items."""
    database = Database(make_engine(settings.url))
    migrate(database.engine)
    with database.transaction() as session:
        bank = grow(session, n_items=n_items)
    database.dispose()
    return bank


def ask_pages(app: Flask, platform: Platform, bank: LargeBank, found: Measured, *, rounds: int) -> None:
    """Every page of the bank, as the person who may see it."""
    platform.neighbours.warm(platform.database.reading)  # as after the first hour of a server, not its first seconds
    while not platform.neighbours.is_ready:
        time.sleep(0.1)
    asked = [*own_pages(platform), *pages_without_place(app)]
    for words, path, role in asked:
        browser = signed_in(app, platform, getattr(bank, role))
        times, cpu = [], []
        for _ in range(rounds + 1):
            begun, spent = time.perf_counter(), time.process_time()
            response = browser.get(path)
            times.append(1000 * (time.perf_counter() - begun))
            cpu.append(1000 * (time.process_time() - spent))
            assert response.status_code == 200, (path, response.status_code)
        found.pages[words], found.cpu[words] = statistics.median(times[1:]), statistics.median(cpu[1:])


def own_pages(platform: Platform) -> Iterator[tuple[str, str, str]]:
    """The pages that a bank manager works with, with their addresses."""
    with platform.database.reading() as session:
        tried = session.scalar(
            select(ItemVersion)
            .join(ItemStatistics, ItemStatistics.version_id == ItemVersion.id)
            .join(FormItem, FormItem.version_id == ItemVersion.id)
            .where(ItemVersion.state == ItemState.OPERATIONAL)
            .order_by(ItemVersion.id.desc())
            .limit(1)
        )
        middle = session.scalar(select(Item.code).order_by(Item.code).offset(500).limit(1))
        assert tried is not None
        item = f"/bank/soal/{tried.public_id}"
    place = written_place((middle, 1))
    lists = {
        "list, first page": "",
        "list, a page in the middle": f"after={place}",
        "list, the last page first": "sort=-code",
        "list by difficulty": "sort=p",
        "list by discrimination, worst first": "sort=r",
        "list by exposure": "sort=-exposure",
        "words in many items": "text=peserta+didik",
        "words in few items": "text=limas+trapesium",
        "a state and a cell": "state=operational&blueprint=matematika-profesional&indicator=M07",
        "all conditions at once": "text=guru&state=operational&bloom=C4&key=B&p_from=0,2&p_to=0,9&r_from=0&seen_from=1",
    }
    for words, arguments in lists.items():
        yield words, f"/bank/?{arguments}", "manager"
    for words, part in (
        ("item", ""),
        ("item: life", "riwayat"),
        ("item: reviews", "telaah"),
        ("item: figures", "statistik"),
    ):
        yield words, f"{item}?bagian={part}", "manager"
    yield "item: check and nearest items", f"{item}?bagian=periksa", "manager"
    yield "item: drawing of its drift", f"{item}/pergeseran.svg", "manager"


def pages_without_place(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every other page for people of the bank whose address needs nothing filled in."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        permission = required_by(app, rule.endpoint)
        is_read = permission in WHO_ASKS and not rule.arguments and "GET" in (rule.methods or ())
        if permission is not None and is_read and rule.rule != "/bank/":
            yield f"`{rule.rule}`", rule.rule, WHO_ASKS[permission]


def signed_in(app: Flask, platform: Platform, actor: Actor) -> Browser:
    """A browser of this person."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    with platform.database.transaction() as session:
        browser.sign_in_as(session, actor)
    return browser


def ask_nearest(platform: Platform, found: Measured) -> None:
    """How long the first reading of the bank takes, and a question afterwards."""
    neighbours = Neighbours()
    with platform.database.reading() as session:
        version = session.scalars(select(ItemVersion).where(ItemVersion.state != ItemState.DRAFT).limit(1)).one()
        item = LintItem.of(text_of_version(version))
        begun = time.perf_counter()
        neighbours.nearest(session, item)
        found.first_read_seconds = time.perf_counter() - begun
        times = []
        for _ in range(20):
            begun = time.perf_counter()
            neighbours.nearest(session, LintItem.of(text_of_version(version)))
            times.append(1000 * (time.perf_counter() - begun))
        found.nearest_ms = statistics.median(times)


def lint_all(folder: str, url: str, found: Measured) -> None:
    """The command as an operator runs it, from its start to its end."""
    named = {"DATA": folder, "SECRET": SECRET, **({"DATABASE_URL": url} if url else {})}
    environment = {**os.environ, **{PREFIX + name: value for name, value in named.items()}}
    command = [sys.executable, "-m", "testing_platform", "items", "lint", "--json"]
    begun, spent = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False)
    found.lint_seconds = time.perf_counter() - begun
    assert ended.returncode in {0, 1}, ended.stderr.decode()[-2000:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found.lint_cpu_seconds = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime


# Telling --------------------------------------------------------------------------------------------------------------


def lines(found: list[Measured]) -> Iterator[str]:
    """The table, with the growth from the first bank to the last."""
    first, last = found[0], found[-1]
    yield f"| | {' | '.join(f'{each.n_items:,} items' for each in found)} | growth | must be |"
    yield "|---|" + "---|" * (len(found) + 2)
    for words in last.pages:
        cells = [f"{each.pages[words]:.0f} ms ({each.cpu[words]:.0f})" for each in found]
        yield row(words, *cells, f"{last.cpu[words] / first.cpu[words]:.1f}", f"< {PAGE_MS} ms")
    nearest = [each.nearest_ms for each in found]
    growth = f"{nearest[-1] / nearest[0]:.1f}"
    yield row("nearest items of a new one", *(f"{value:.1f} ms" for value in nearest), growth, f"< {NEAREST_MS} ms")
    read = [each.first_read_seconds for each in found]
    growth = f"{read[-1] / read[0]:.1f}"
    yield row("reading the bank for that, once a process", *(f"{value:.1f} s" for value in read), growth, "-")
    lint = [f"{each.lint_seconds:.1f} s ({each.lint_cpu_seconds:.1f} s of CPU)" for each in found]
    growth = f"{last.lint_seconds / first.lint_seconds:.1f}"
    yield row("`items lint` of the whole bank", *lint, growth, f"< {LINT_SECONDS} s")


def row(*cells: object) -> str:
    """A line of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def tell(text: str) -> None:
    """A word about how far the work is."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
