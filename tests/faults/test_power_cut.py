"""The power goes in the middle of a room: everything dies at once, and what was not synced is gone.

The promise under test: whatever a candidate saw acknowledged is in the journal afterwards, once, and nothing else is.
That the test could fail is a test too: with syncing switched off, the same cut loses answers.
"""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from testing_platform.config import load
from testing_platform.errors import SettingError
from tests.faults.candidates import Candidate, Crowd
from tests.faults.checker import Findings, examine
from tests.faults.disk import ALL_KEPT, ALL_LOST, Survival
from tests.faults.installation import CARELESS_SQLITE, ROOT, Installation, Template, installation
from tests.faults.power_cut import PoweredFolder

N_SEATS = 12
N_CUTS = 10
SURVIVALS = [ALL_LOST, Survival(0.5, seed=1, sector=512), Survival(0.5, seed=2, sector=4096)]


def seated(made: Installation, then: Callable[[Crowd], Awaitable[None]]) -> Crowd:
    """Start, seat a room, let it work, and do something to it."""

    async def story() -> Crowd:
        await asyncio.to_thread(made.start)
        crowd = Crowd(made.address, made.cards)
        await crowd.sit_down(made.admit)
        crowd.start()
        try:
            await then(crowd)
        finally:
            await crowd.leave()
        return crowd

    return asyncio.run(story())


def test_a_power_cut_loses_no_acknowledged_step(template: Template, library: Path) -> None:
    async def cut_again_and_again(crowd: Crowd) -> None:
        for number in range(N_CUTS):
            await crowd.wait_for(4 * N_SEATS)
            made.cut_power(SURVIVALS[number % len(SURVIVALS)])
            await asyncio.to_thread(made.start)
            assert examine(made.platform, crowd.candidates).wrong == [], f"after cut {number + 1}"
        await crowd.finish()

    with installation(template, library=library, n_seats=N_SEATS) as made:
        crowd = seated(made, cut_again_and_again)
        findings = examine(made.platform, crowd.candidates)
    assert findings.wrong == []
    assert all(candidate.receipt is not None for candidate in crowd.candidates)
    assert findings.n_stored == findings.n_acknowledged == sum(len(each.acted) for each in crowd.candidates)


CARELESS = {
    "sqlite synchronous=OFF": {"command": CARELESS_SQLITE},
    "postgresql synchronous_commit=off": {"store_options": ("synchronous_commit=off", "wal_writer_delay=10s")},
    "postgresql fsync=off": {"store_options": ("fsync=off",)},
}


@pytest.mark.parametrize("how", CARELESS)
def test_without_syncing_the_same_cut_loses_steps(request: pytest.FixtureRequest, library: Path, how: str) -> None:
    template: Template = request.getfixturevalue(f"{how.partition(' ')[0]}_installation")
    findings = Findings()

    async def cut_once(crowd: Crowd) -> None:
        nonlocal findings
        await crowd.wait_for(4 * N_SEATS)
        made.cut_power(ALL_LOST)
        await asyncio.to_thread(made.start)
        findings = examine(made.platform, crowd.candidates)

    with installation(template, library=library, n_seats=N_SEATS, **CARELESS[how]) as made:  # type: ignore[arg-type]
        seated(made, cut_once)
    assert len(findings.lost) >= 4 * N_SEATS


def test_a_cut_at_any_moment_loses_nothing_on_sqlite(
    sqlite_installation: Template, library: Path, tmp_path: Path
) -> None:
    """One run, and then the disk as it would have been at each acknowledgement."""

    async def note_acknowledgements(crowd: Crowd) -> None:
        for candidate in crowd.candidates:
            candidate.on_acknowledged = note
        await crowd.wait_for(15 * N_SEATS)
        made.kill_everything()

    def note(candidate: Candidate) -> None:
        assert made.powered is not None
        made.powered.mark(f"acknowledged {candidate.card.participant_number} {len(candidate.acknowledged)}")

    with installation(sqlite_installation, library=library, n_seats=N_SEATS) as made:
        seated(made, note_acknowledgements)
        assert made.powered is not None
        n_moments = 0
        acknowledged: dict[str, int] = {}
        for moment, disk in made.powered.moments("acknowledged"):
            _, participant, count = moment.path.split()
            acknowledged[participant] = int(count)
            for survival in (ALL_LOST, Survival(0.5, seed=n_moments, sector=512)):
                made.powered.build(disk.is_left(survival), tmp_path / "left")
                stored = stored_steps(tmp_path / "left" / "testing-platform.sqlite")
                assert {who: n for who, n in acknowledged.items() if stored.get(who, 0) < n} == {}
            n_moments += 1
    assert n_moments > 5 * N_SEATS


def stored_steps(path: Path) -> dict[str, int]:
    """How many steps each journal holds, of a database file that is whole."""
    query = """
        SELECT participant_number, count(seq), max(seq), last_seq FROM attempt
        JOIN enrolment ON enrolment.id = enrolment_id JOIN step ON attempt.id = attempt_id GROUP BY attempt.id
    """
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        rows = connection.execute(query).fetchall()
    assert all(n == highest == head for _, n, highest, head in rows)
    return {participant: n for participant, n, _, _ in rows}


def test_the_log_misses_nothing_that_a_database_writes(template: Template, library: Path) -> None:
    """After an orderly end, the notes add up to exactly what is in the folder; else the cuts would prove little."""

    async def stop(crowd: Crowd) -> None:
        await crowd.wait_for(20 * N_SEATS)
        await crowd.leave()
        await asyncio.to_thread(made.server.stop)
        if made.store is not None:
            await asyncio.to_thread(made.store.stop_fast)

    with installation(template, library=library, n_seats=N_SEATS) as made:
        seated(made, stop)
        before = content(made.data)
        assert made.powered is not None
        made.powered.cut(ALL_KEPT)
        after = content(made.data)
    assert sorted(after) == sorted(before)
    assert [name for name in before if after[name] != before[name]] == []


def content(folder: Path) -> dict[str, bytes]:
    names = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in names}


# A new installation -----------------------------------------------------------------------------------------------

SET_UP = """
import sys
from pathlib import Path
from testing_platform.config import load
from testing_platform.database import migrate
from testing_platform.wiring import build
settings = load({}, data=Path(sys.argv[1]))
migrate(build(settings).database.engine)
print(settings.secret.get_secret_value(), flush=True)
"""


def set_up(powered: PoweredFolder) -> str:
    words = [sys.executable, "-c", SET_UP, str(powered.folder)]
    environment = {**os.environ, **powered.environment}
    done = subprocess.run(words, env=environment, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def test_the_secret_of_a_new_installation_survives(tmp_path: Path, library: Path) -> None:
    """Cards, receipts and sealed forms hang on it: losing it after the first sign-in would lose them all."""
    folder = tmp_path / "data"
    folder.mkdir()
    powered = PoweredFolder(folder, library=library, work=tmp_path / "watch")
    powered.watch()
    secret = set_up(powered)
    powered.cut(ALL_LOST)
    assert (folder / "secret.key").read_text() == secret
    powered.watch()
    assert set_up(powered) == secret
    shutil.rmtree(folder)


@pytest.mark.parametrize("left", ["", "half of a sec"])
def test_a_secret_that_is_not_whole_is_refused(tmp_path: Path, left: str) -> None:
    """Keys made of nothing would be anybody's keys."""
    (tmp_path / "secret.key").write_text(left)
    with pytest.raises(SettingError, match="holds no whole secret"):
        load({}, data=tmp_path)
