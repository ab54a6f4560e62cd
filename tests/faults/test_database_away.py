"""The database does not answer for a while: nothing is lost, nothing doubled, and nobody has to be told to go on.

Shorter than the minute of the chaos run, in which the runner's limit of 12 s passes several times.
"""

import asyncio
import http.client
import signal
import sqlite3
from contextlib import closing

from tests.faults.candidates import Crowd, Pace
from tests.faults.checker import examine
from tests.faults.conftest import RunningSite
from tests.faults.installation import Installation
from tests.faults.processes import send, wait_until

N_SEATS = 20
AWAY_SECONDS = 1.5


async def hang(made: Installation, seconds: float) -> None:
    """The database takes connections and requests and does nothing; on SQLite, somebody holds its lock."""
    if made.store is not None:
        made.store.freeze()
        await asyncio.sleep(seconds)
        made.store.thaw()
        return
    with closing(sqlite3.connect(made.data / "testing-platform.sqlite", isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 10000")
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(seconds)
        other.execute("ROLLBACK")


async def go_away(made: Installation, seconds: float) -> None:
    """The database is stopped in order and started again later; PostgreSQL only, SQLite has nobody to stop."""
    assert made.store is not None
    await asyncio.to_thread(made.store.stop_fast)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(made.start_store)


async def work_through(site: RunningSite, *, is_gone: bool, seconds: float = AWAY_SECONDS) -> Crowd:
    crowd = Crowd(site.made.address, site.cards(N_SEATS), pace=Pace(think=0.05, limit=0.6))
    await crowd.sit_down(site.made.admit)
    crowd.start()
    await crowd.wait_for(2 * N_SEATS)
    await (go_away if is_gone else hang)(site.made, seconds)
    await crowd.wait_for(2 * N_SEATS)
    await crowd.finish()
    return crowd


def check(site: RunningSite, crowd: Crowd) -> None:
    findings = examine(site.made.platform, crowd.candidates)
    assert findings.wrong == []
    assert findings.n_stored == sum(len(candidate.acted) for candidate in crowd.candidates)
    assert all(candidate.receipt is not None for candidate in crowd.candidates)


def test_a_database_that_hangs_is_worked_through(site: RunningSite) -> None:
    check(site, asyncio.run(work_through(site, is_gone=False)))


def test_a_database_that_is_gone_is_worked_through(postgresql_site: RunningSite) -> None:
    check(postgresql_site, asyncio.run(work_through(postgresql_site, is_gone=True)))


def test_a_worker_that_starts_without_its_database_does_not_end_the_server(postgresql_site: RunningSite) -> None:
    """Gunicorn gives up as a whole when a new worker cannot start; and workers die and start whenever they like."""

    async def story() -> Crowd:
        crowd = Crowd(made.address, postgresql_site.cards(N_SEATS), pace=Pace(think=0.05, limit=0.6))
        await crowd.sit_down(made.admit)
        crowd.start()
        await crowd.wait_for(N_SEATS)
        assert made.store is not None
        await asyncio.to_thread(made.store.stop_fast)
        send(made.server_workers(), signal.SIGKILL)
        await asyncio.to_thread(wait_until, lambda: says_something(made), what="a new worker")
        await asyncio.to_thread(made.start_store)
        await crowd.wait_for(2 * N_SEATS)
        await crowd.finish()
        return crowd

    made = postgresql_site.made
    check(postgresql_site, asyncio.run(story()))


def says_something(made: Installation) -> bool:
    """Whether somebody answers, if only that there is no database."""
    assert made.server.is_alive, "the server ended with its worker"
    try:
        with closing(http.client.HTTPConnection(*made.address, timeout=5)) as connection:
            connection.request("GET", "/health")
            return connection.getresponse().status == 500
    except (OSError, http.client.HTTPException):
        return False
