"""Processes are killed in the middle of 200 writers, ten times in a row; none of them says goodbye."""

import asyncio
import random

from tests.faults.candidates import Crowd, Pace
from tests.faults.checker import examine
from tests.faults.conftest import RunningSite
from tests.faults.installation import Installation

N_SEATS = 200
# Two hundred that hurry would take the processors from the server that is to start again.
PACE = Pace(think=2.0, first_wait=0.2, longest_wait=1.0)
KILLS = {
    "sqlite": ["worker", "server", "everything", "worker", "everything"] * 2,
    "postgresql": ["worker", "backend", "store", "server", "everything"] * 2,
}


def kill(made: Installation, what: str, chance: random.Random) -> None:
    """Kill something, and do what an operator does then."""
    if what == "worker":
        made.kill_worker(chance)
    elif what == "backend":
        made.kill_backend(chance)
    elif what == "server":
        made.kill_server()
        made.start_server()
    elif what == "store":
        made.kill_store()
        made.start_store()
    else:
        made.kill_everything()
        made.start_store()
        made.start_server()


def test_killed_processes_lose_nothing(site: RunningSite) -> None:
    chance = random.Random(1)

    async def story() -> Crowd:
        crowd = Crowd(site.made.address, site.cards(N_SEATS), pace=PACE)
        await crowd.sit_down(site.made.admit)
        crowd.start()
        for what in KILLS[site.made.kind]:
            await crowd.wait_for(N_SEATS // 2)
            await asyncio.to_thread(kill, site.made, what, chance)
        await crowd.wait_for(N_SEATS // 2)
        await crowd.finish()
        return crowd

    crowd = asyncio.run(story())
    findings = examine(site.made.platform, crowd.candidates)
    assert findings.wrong == []
    assert findings.n_stored == sum(len(candidate.acted) for candidate in crowd.candidates)
    assert all(candidate.receipt is not None for candidate in crowd.candidates)
