"""Everything that can go wrong in a room, in random order for as long as one likes; what candidates lost by it.

A room of candidates works through a bad network at a real server on a real database. One fault after the other strikes
(none takes longer than a tenth of the run), and after each the journals are compared with what the candidates saw
acknowledged. Prints a table; exit code 1 when anything was lost, doubled, invented, broken or scored wrongly.

usage: python benchmarks/chaos.py [--minutes 1] [--database sqlite|postgresql] [--seats 40] [--seed 1]
"""

import argparse
import asyncio
import os
import platform as machine
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.faults import proxy
from tests.faults.candidates import Candidate, Crowd, Pace
from tests.faults.checker import Findings, examine
from tests.faults.disk import ALL_LOST, Survival
from tests.faults.full_disk import SmallDisk, may_mount, small_disk
from tests.faults.installation import Installation, installation, make_template
from tests.faults.power_cut import build_library
from tests.faults.proxy import CALM, FaultProxy, Weather

MEGABYTES = {"sqlite": 400, "postgresql": 700}
SECONDS_A_CROWD = 90  # then they hand in, and others come
N_LATECOMERS = 4  # seats of those whose time runs out while the server is away


@dataclass
class Tally:
    """What one kind of fault did."""

    times: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    otherwise_wrong: int = 0
    longest_recovery: float = 0


@dataclass
class Run:
    """One run of chaos: the room, the network, the disk."""

    made: Installation
    line: FaultProxy
    disk: SmallDisk | None
    chance: random.Random
    longest: float  # seconds that one fault may take
    crowd: Crowd
    gone: list[Candidate] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    n_cards_used: int = 0
    heard_at: float = 0  # when the latest acknowledgement reached somebody, or the fault was over
    recovery: float = 0  # the longest silence since the fault was over

    def over(self) -> None:
        """The fault is over: silence from now on is recovery."""
        self.heard_at, self.recovery = time.monotonic(), 0

    def heard(self, _candidate: Candidate) -> None:
        """An acknowledgement reached somebody."""
        now = time.monotonic()
        self.recovery, self.heard_at = max(self.recovery, now - self.heard_at), now

    @property
    def is_postgresql(self) -> bool:
        return self.made.store is not None

    def candidates(self) -> list[Candidate]:
        return [*self.gone, *self.crowd.candidates]

    async def seat(self, n: int, *, pace: Pace) -> Crowd:
        """New people sit down; through a calm network, so that the faults strike at work."""
        cards = self.made.cards[self.n_cards_used : self.n_cards_used + n]
        if len(cards) < n:
            raise SystemExit("all cards are used up: fewer --seats or --minutes")
        self.n_cards_used += n
        crowd = Crowd(self.line.address, cards, pace=pace)
        await crowd.sit_down(self.made.admit)
        for candidate in crowd.candidates:
            candidate.on_acknowledged = self.heard
        crowd.start()
        return crowd


# The faults: each says when it is over, or has no length, and then does what an operator does -----------------------


async def cut_power(run: Run) -> None:
    survival = run.chance.choice([ALL_LOST, Survival(0.5, run.chance.randrange(10**6), run.chance.choice([512, 4096]))])
    await asyncio.to_thread(run.made.cut_power, survival)
    run.over()
    await asyncio.to_thread(run.made.start)


async def kill_worker(run: Run) -> None:
    run.made.kill_worker(run.chance)


async def kill_server(run: Run) -> None:
    await asyncio.to_thread(run.made.kill_server)
    await asyncio.to_thread(run.made.start_server)


async def kill_backend(run: Run) -> None:
    await asyncio.to_thread(run.made.kill_backend, run.chance)


async def kill_store(run: Run) -> None:
    await asyncio.to_thread(run.made.kill_store)
    await asyncio.to_thread(run.made.start_store)


async def kill_everything(run: Run) -> None:
    await asyncio.to_thread(run.made.kill_everything)
    await asyncio.to_thread(run.made.start_store)
    await asyncio.to_thread(run.made.start_server)


async def fill_disk(run: Run) -> None:
    assert run.disk is not None
    run.disk.fill()
    await asyncio.sleep(min(5, run.longest))
    run.disk.free()
    run.over()
    if run.made.store is not None and not run.made.store.is_alive:
        await asyncio.to_thread(run.made.start_store)


async def hang_database(run: Run) -> None:
    seconds = min(60, run.longest)
    if run.made.store is not None:
        run.made.store.freeze()
        await asyncio.sleep(seconds)
        run.made.store.thaw()
        run.over()
        return
    with closing(sqlite3.connect(run.made.data / "testing-platform.sqlite", isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(seconds)
        other.execute("ROLLBACK")
    run.over()


async def stop_database(run: Run) -> None:
    assert run.made.store is not None
    await asyncio.to_thread(run.made.store.stop_fast)
    await asyncio.sleep(min(60, run.longest))
    run.over()
    await asyncio.to_thread(run.made.start_store)


def weather(what: Weather, seconds: float) -> Callable[[Run], Awaitable[None]]:
    async def strike(run: Run) -> None:
        run.line.weather = what
        await asyncio.sleep(min(seconds, run.longest))
        run.line.weather = CALM
        run.over()

    return strike


async def run_out_of_time(run: Run) -> None:
    """The server is killed before the end of some, and comes back after it."""
    crowd = await run.seat(N_LATECOMERS, pace=Pace(think=0.2))
    await crowd.wait_for(N_LATECOMERS)
    deadline_ms = time.time_ns() // 1_000_000 + 3000
    participants = [candidate.card.participant_number for candidate in crowd.candidates]
    await asyncio.to_thread(run.made.set_deadline, deadline_ms, participants)
    await asyncio.to_thread(run.made.kill_everything)
    while time.time_ns() // 1_000_000 <= deadline_ms:
        await asyncio.sleep(0.05)
    run.over()
    await asyncio.to_thread(run.made.start_store)
    await asyncio.to_thread(run.made.start_server)
    await crowd.finish(limit_seconds=120)
    run.gone += crowd.candidates


EVERYWHERE: dict[str, Callable[[Run], Awaitable[None]]] = {
    "power cut": cut_power,
    "kill -9 of a worker": kill_worker,
    "kill -9 of gunicorn": kill_server,
    "kill -9 of everything": kill_everything,
    "disk full": fill_disk,
    "database hangs for a minute": hang_database,
    "network cut, cable out": weather(proxy.CABLE_OUT, 600),
    "network cut, switch dead": weather(proxy.SWITCH_DEAD, 600),
    "30 % of packets lost": weather(proxy.PACKET_LOSS, 30),
    "30 % of requests lost": weather(proxy.REQUEST_LOSS, 15),
    "latency of 2 s": weather(proxy.SLOW, 30),
    "duplicated and reordered": weather(proxy.OUT_OF_ORDER, 15),
    "broken off, half closed": weather(proxy.BROKEN_OFF, 15),
    "server away as time runs out": run_out_of_time,
}
POSTGRESQL_ONLY: dict[str, Callable[[Run], Awaitable[None]]] = {
    "kill -9 of a PostgreSQL backend": kill_backend,
    "kill -9 of PostgreSQL": kill_store,
    "database stopped for a minute": stop_database,
}


async def strike(run: Run, name: str, fault: Callable[[Run], Awaitable[None]]) -> None:
    """One fault, the recovery, the check."""
    tally = run.tallies.setdefault(name, Tally())
    tally.times += 1
    before = sum(len(candidate.acknowledged) for candidate in run.candidates())
    await run.crowd.wait_for(len(run.crowd.candidates), limit_seconds=120)
    run.over()
    await fault(run)
    await run.crowd.wait_for(len(run.crowd.candidates), limit_seconds=120)
    tally.longest_recovery = max(tally.longest_recovery, run.recovery)
    findings = await look(run)
    new = set(findings.wrong) - run.known
    run.known |= new
    tally.acknowledged += findings.n_acknowledged - before
    tally.lost += sum(wrong.startswith("lost") for wrong in new)
    tally.doubled += sum(wrong.startswith("doubled") for wrong in new)
    tally.otherwise_wrong += sum(not wrong.startswith(("lost", "doubled")) for wrong in new)
    for wrong in sorted(new):
        print(f"after {name}: {wrong}", file=sys.stderr)


async def look(run: Run) -> Findings:
    """Compare; again while the database is still recovering."""
    for _ in range(60):
        try:
            return examine(run.made.platform, run.candidates())
        except OperationalError:
            run.made.platform.database.dispose()
            await asyncio.sleep(0.5)
    return examine(run.made.platform, run.candidates())


async def run_chaos(run: Run, *, seats: int, seconds: float) -> None:
    """Faults in random order, each kind as often as the others, until the time is over."""
    end = time.monotonic() + seconds
    faults = EVERYWHERE | (POSTGRESQL_ONLY if run.is_postgresql else {})
    if run.disk is None:
        print("skipped: disk full (only root can mount a small disk)", file=sys.stderr)
        faults.pop("disk full")
    waiting: list[str] = []
    seated_at = time.monotonic()
    while time.monotonic() < end:
        waiting = waiting or run.chance.sample(sorted(faults), len(faults))
        name = waiting.pop()
        print(f"{max(0, end - time.monotonic()):6.0f} s left: {name}", file=sys.stderr, flush=True)
        await strike(run, name, faults[name])
        if time.monotonic() - seated_at > SECONDS_A_CROWD and time.monotonic() < end:
            await run.crowd.finish(limit_seconds=180)
            run.gone += run.crowd.candidates
            run.crowd, seated_at = await run.seat(seats, pace=Pace(think=0.5)), time.monotonic()
    await run.crowd.finish(limit_seconds=180)


async def chaos(options: argparse.Namespace, made: Installation, disk: SmallDisk | None) -> Run:
    """Start everything, let it happen, check once more at the end."""
    await asyncio.to_thread(made.start)
    line = FaultProxy(*made.address, seed=options.seed)
    await line.open()
    longest = 60 * options.minutes / 10
    run = Run(made, line, disk, random.Random(options.seed), longest, Crowd(line.address, ()))
    run.crowd = await run.seat(options.seats, pace=Pace(think=0.5))
    await run_chaos(run, seats=options.seats, seconds=60 * options.minutes)
    await line.close()
    everybody = run.candidates()
    findings = examine(made.platform, everybody)
    run.known |= set(findings.wrong)
    without = [candidate.card.participant_number for candidate in everybody if candidate.receipt is None]
    run.known |= {f"no receipt: {participant}" for participant in without}
    n_acts = sum(len(candidate.acted) for candidate in everybody)
    if findings.n_stored != n_acts:
        run.known.add(f"{n_acts} acts at the screens, {findings.n_stored} in the journals")
    return run


def tell(run: Run, options: argparse.Namespace) -> None:
    """Print the table."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    print(
        f"{when}, {options.database}, {os.cpu_count()} cores, {machine.machine()}, {options.minutes:g} minutes, ",
        end="",
    )
    print(f"{options.seats} candidates at a time, seed {options.seed}\n")
    print("| fault | times | acknowledged steps | lost | doubled | otherwise wrong | longest recovery |")
    print("|---|---|---|---|---|---|---|")
    rows = sorted(run.tallies.items())
    for name, tally in rows:
        figures = [tally.times, tally.acknowledged, tally.lost, tally.doubled, tally.otherwise_wrong]
        print(f"| {name} | {' | '.join(map(str, figures))} | {tally.longest_recovery:.1f} s |")
    tallies = [tally for _, tally in rows]
    totals = [
        sum(getattr(tally, name) for tally in tallies)
        for name in ("times", "acknowledged", "lost", "doubled", "otherwise_wrong")
    ]
    longest = max(tally.longest_recovery for tally in tallies)
    print(f"| **all** | {' | '.join(map(str, totals))} | {longest:.1f} s |")
    n_receipts = sum(candidate.receipt is not None for candidate in run.candidates())
    n_all = sum(len(candidate.acknowledged) for candidate in run.candidates())
    print(f"\n{n_receipts} candidates handed in; {n_all} acknowledged steps in all, each in the journal once.")


def main() -> int:
    """Run and print the table; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seats", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    n_cards = options.seats * (2 + int(options.minutes * 60 / SECONDS_A_CROWD)) + N_LATECOMERS * 50
    with ExitStack() as stack:
        workshop = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tp-chaos-")))
        workshop.chmod(0o755)
        template = make_template(options.database, workshop / "template", n_seats=n_cards)
        disk = None
        if may_mount(workshop):
            disk = stack.enter_context(small_disk(workshop / "disk", megabytes=MEGABYTES[options.database]))
        place = disk.folder if disk else None
        library = build_library(workshop)
        made = stack.enter_context(installation(template, library=library, disk=place))
        run = asyncio.run(chaos(options, made, disk))
    if run.known:
        print("\n".join(sorted(run.known)[:50]), file=sys.stderr)
        print(f"{len(run.known)} things are wrong.")
        return 1
    tell(run, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
