"""What proving costs: the heads of a minute in which every seat moved, the seal, and `verify` of the whole sitting.

usage: python benchmarks/proofs.py [--seats 500] [--steps 100] [--postgresql] [--write]
"""

import argparse
import os
import platform as machine
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, func, insert, select, text, update

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from exam.journal import JournalStep, chain, genesis
from exam.model import Anchor, Attempt, Enrolment, Sitting, Step
from exam.operations.anchors import Remembered, anchor_heads
from exam.operations.sittings import close_sitting, seal_sitting
from exam.states import AttemptState, StepKind, StepMark
from exam.timing import epoch_ms
from registry.actor import SYSTEM
from testing_platform.anchor_files import append_lines
from testing_platform.database import Database, make_engine, migrate, sqlite_url
from testing_platform.verifying import prove, read_book, snapshot
from tests import postgres
from tests.exam_room import KEYS, furnish

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "proofs.md"
START, END = "<!-- measured -->", "<!-- end -->"
NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@dataclass
class Room:
    """A sitting whose journals grow by so many steps for everybody at once."""

    database: Database
    folder: Path
    sitting: uuid.UUID
    heads: dict[int, tuple[int, bytes]] = field(default_factory=dict)  # by attempt: last step, digest
    remembered: Remembered = field(default_factory=Remembered)
    now: datetime = NOW

    def seat_all(self) -> None:
        with self.database.transaction() as session:
            sitting = session.scalars(select(Sitting).where(Sitting.public_id == self.sitting)).one()
            for enrolment in session.scalars(select(Enrolment).where(Enrolment.sitting_id == sitting.id)):
                attempt = _attempt(sitting, enrolment)
                session.add(attempt)
                session.flush()
                self.heads[attempt.id] = (0, attempt.digest)

    def work(self, n_steps: int) -> None:
        self.now += timedelta(minutes=1)
        at_ms = epoch_ms(self.now)
        with self.database.transaction() as session:
            for attempt, (last, digest) in self.heads.items():
                steps = [_step(last + place, at_ms) for place in range(1, n_steps + 1)]
                digests = chain(digest, steps)
                rows = [_row(attempt, step, each) for step, each in zip(steps, digests, strict=True)]
                session.execute(insert(Step), rows)
                moved = {"last_seq": last + n_steps, "digest": digests[-1]}
                session.execute(update(Attempt).where(Attempt.id == attempt).values(**moved))
                self.heads[attempt] = (last + n_steps, digests[-1])

    def minute(self) -> int:
        """The heads of this minute; how many bytes left."""
        written: list[str] = []

        def write(lines: Sequence[str]) -> None:
            append_lines(self.folder, lines, day=self.now.date())
            written.extend(lines)

        with self.database.transaction() as session:
            self.remembered = anchor_heads(session, self.remembered, keys=KEYS, write=write, now=self.now)
        return sum(len(line) + 1 for line in written)

    def seal(self) -> int:
        """Closed and sealed; the bytes of the seal."""
        with self.database.transaction() as session:
            sitting = session.scalars(select(Sitting).where(Sitting.public_id == self.sitting)).one()
            close_sitting(session, sitting, actor=SYSTEM, now=self.now)
            return len(seal_sitting(session, sitting, keys=KEYS, actor=SYSTEM, now=self.now).statement)

    def verify(self) -> int:
        book = read_book(KEYS.public, [self.folder])
        with snapshot(self.database) as session:
            return prove(session, book, keys=KEYS).exit_code


def _attempt(sitting: Sitting, enrolment: Enrolment) -> Attempt:
    public_id, order = uuid.uuid4(), bytes(range(1, sitting.form.n_items + 1))
    start = genesis(attempt=public_id, enrolment=enrolment.public_id, form_digest=sitting.form.digest, item_order=order)
    return Attempt(
        public_id=public_id,
        enrolment_id=enrolment.id,
        sitting_id=sitting.id,
        form_id=sitting.form_id,
        state=AttemptState.WORKING,
        device="pc",
        item_order=order,
        genesis=start,
        digest=start,
        last_seq=0,
        created_at=NOW,
        begun_ms=epoch_ms(NOW),
        deadline_ms=epoch_ms(NOW) + sitting.duration_seconds * 1000,
        last_seen_ms=epoch_ms(NOW),
    )


def _step(seq: int, at_ms: int) -> JournalStep:
    return JournalStep(seq, StepKind.ANSWER, seq % 40 + 1, seq % 4, None, at_ms, at_ms)


def _row(attempt: int, step: JournalStep, digest: bytes) -> dict[str, object]:
    return {**vars(step), "attempt_id": attempt, "mark": StepMark.ON_TIME, "digest": digest}


@dataclass(frozen=True)
class Timed:
    """Seconds by the clock, seconds of this process, and what came out."""

    clock: float
    own: float
    result: int

    @classmethod
    def of(cls, act: Callable[[], int]) -> "Timed":
        clock, own = time.perf_counter(), time.process_time()
        result = act()
        return cls(time.perf_counter() - clock, time.process_time() - own, result)

    def row(self, what: str, size: str) -> str:
        return f"| {what} | {self.clock * 1000:.0f} ms | {self.own * 1000:.0f} ms | {size} |"


def measure(room: Room, *, n_steps: int) -> list[str]:
    room.seat_all()
    first = Timed.of(room.minute)
    minutes = []
    for _ in range(n_steps // 5):
        room.work(5)
        minutes.append(Timed.of(room.minute))
    seal = Timed.of(room.seal)
    room.now += timedelta(minutes=1)
    room.minute()
    check = Timed.of(room.verify)
    if check.result != 0:
        raise SystemExit(f"verify answered {check.result}")
    with room.database.reading() as session:
        n_rows = session.scalar(select(func.count(Anchor.id)).where(Anchor.subject == str(room.sitting)))
    minute = sorted(minutes, key=lambda each: each.clock)[len(minutes) // 2]
    return [
        "| what | by the clock | CPU of the worker | size |",
        "|---|---|---|---|",
        minute.row("heads of a minute in which every seat moved", f"{minute.result / 1000:.0f} kB, 1 row"),
        first.row("heads after a worker began anew", f"{first.result / 1000:.0f} kB, 1 row"),
        seal.row("closing and sealing", f"{seal.result / 1000:.1f} kB, 1 row"),
        check.row(f"`verify`: {len(room.heads)} x {n_steps} steps, {n_rows} heads", "-"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seats", type=int, default=500)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = sqlite_url(folder / "proofs.sqlite")
        if asked.postgresql:
            server = stack.enter_context(postgres.cluster())
            url = _new_database(server)
        database = Database(make_engine(url))
        migrate(database.engine)
        with database.transaction() as session:
            sitting = furnish(session, n_seats=asked.seats, now=NOW).sitting.public_id
        lines = measure(Room(database, folder / "anchors", sitting), n_steps=asked.steps)
        database.dispose()
    print("\n".join(lines))
    if asked.write:
        _write(lines, "PostgreSQL" if asked.postgresql else "SQLite")


def _new_database(server: str) -> str:
    engine = create_engine(
        f"{server}/postgres".replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE proofs"))
    engine.dispose()
    return f"{server}/proofs"


def _write(lines: list[str], database: str) -> None:
    """Put the table between its marks, with machine and date; the words around it stay."""
    before, _, rest = PAGE.read_text().partition(START)
    where = (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
    )
    where += f"Python {machine.python_version()}, {database}"
    PAGE.write_text("\n".join([before + START, "", where, "", *lines, "", END]) + rest.partition(END)[2])


if __name__ == "__main__":
    main()
