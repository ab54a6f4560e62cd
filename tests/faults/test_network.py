"""Candidates behind a bad network: whatever the line does, what they saw acknowledged is kept, once and in order."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import proxy
from tests.faults.candidates import Crowd, Pace
from tests.faults.checker import examine
from tests.faults.conftest import RunningSite
from tests.faults.proxy import CALM, FaultProxy, Weather

N_SEATS = 8
N_ACTS = 12 * N_SEATS
WEATHERS = {
    "30 % of the requests lost, before or after": proxy.REQUEST_LOSS,
    "duplicated and reordered": proxy.OUT_OF_ORDER,
    "answers broken off, lines half closed": proxy.BROKEN_OFF,
    "everything at once": proxy.STORM,
}


async def sit_behind(line: FaultProxy, site: RunningSite, pace: Pace) -> Crowd:
    await line.open()
    crowd = Crowd(line.address, site.cards(N_SEATS), pace=pace)
    await crowd.sit_down(site.made.admit)
    return crowd


# What a line does is the same for both databases; the worst of it is tried on both.
LINES = [*(("sqlite", name) for name in WEATHERS), ("postgresql", "everything at once")]


@pytest.mark.parametrize(("kind", "name"), LINES)
def test_a_bad_line_loses_nothing(request: pytest.FixtureRequest, kind: str, name: str) -> None:
    """From the first sign-in to the receipt."""
    site: RunningSite = request.getfixturevalue(f"{kind}_site")

    async def story() -> tuple[Crowd, Counter[str]]:
        line = FaultProxy(*site.made.address)
        line.weather = WEATHERS[name]
        crowd = await sit_behind(line, site, Pace(think=0.01))
        crowd.start()
        await crowd.wait_for(N_ACTS)
        await crowd.finish()
        await line.close()
        return crowd, line.happened

    crowd, happened = asyncio.run(story())
    findings = examine(site.made.platform, crowd.candidates)
    assert findings.wrong == []
    assert findings.n_stored == sum(len(candidate.acted) for candidate in crowd.candidates)
    assert all(candidate.receipt is not None for candidate in crowd.candidates)
    assert sum(happened.values()) - happened["passed"] > 10


@pytest.mark.parametrize("cut", [proxy.CABLE_OUT, proxy.SWITCH_DEAD], ids=["cable out", "switch dead"])
def test_a_cut_line_is_worked_through(sqlite_site: RunningSite, cut: Weather) -> None:
    """Shorter than the ten minutes of the chaos run: acts go on at the screens, and all of them arrive afterwards."""

    async def story() -> Crowd:
        line = FaultProxy(*sqlite_site.made.address)
        crowd = await sit_behind(line, sqlite_site, Pace(think=0.01, limit=0.3))
        crowd.start()
        await crowd.wait_for(N_SEATS)
        line.weather = cut
        before = sum(len(candidate.acted) for candidate in crowd.candidates)
        while sum(len(candidate.acted) for candidate in crowd.candidates) < before + 4 * N_SEATS:
            await asyncio.sleep(0.01)
        assert sum(len(candidate.pending) for candidate in crowd.candidates) > 2 * N_SEATS
        line.weather = CALM
        await crowd.wait_for(4 * N_SEATS)
        await crowd.finish()
        await line.close()
        return crowd

    crowd = asyncio.run(story())
    findings = examine(sqlite_site.made.platform, crowd.candidates)
    assert findings.wrong == []
    assert findings.n_stored == sum(len(candidate.acted) for candidate in crowd.candidates)


def test_a_slow_line_loses_nothing(sqlite_site: RunningSite) -> None:
    """Answers come after the browser gave up on them as often as before; nothing is done twice."""

    async def story() -> Crowd:
        line = FaultProxy(*sqlite_site.made.address)
        crowd = await sit_behind(line, sqlite_site, Pace(think=0.01, limit=0.35))
        crowd.start()
        for seconds in (0.2, 0.4, 0.2):
            line.weather = Weather(latency_seconds=seconds)
            await asyncio.sleep(0.5)
        line.weather = CALM
        await crowd.finish()
        await line.close()
        return crowd

    crowd = asyncio.run(story())
    findings = examine(sqlite_site.made.platform, crowd.candidates)
    assert findings.wrong == []
    assert findings.n_stored == sum(len(candidate.acted) for candidate in crowd.candidates)


def test_lost_packets_lose_nothing(sqlite_site: RunningSite) -> None:
    """Thirty of a hundred packets, really dropped by the kernel in both directions."""

    async def story() -> Crowd:
        line = FaultProxy(*sqlite_site.made.address)
        crowd = await sit_behind(line, sqlite_site, Pace(think=0.01))
        for candidate in crowd.candidates:
            candidate.wire.close()  # the weather holds for lines that are opened from now on
        line.weather = proxy.PACKET_LOSS
        crowd.start()
        await crowd.wait_for(2 * N_SEATS)
        line.weather = CALM
        await crowd.finish()
        await line.close()
        return crowd

    before = retransmitted()
    crowd = asyncio.run(story())
    findings = examine(sqlite_site.made.platform, crowd.candidates)
    assert findings.wrong == []
    assert findings.n_stored == sum(len(candidate.acted) for candidate in crowd.candidates)
    assert retransmitted() - before > 3


def retransmitted() -> int:
    """How many packets this machine had to send again, ever."""
    names, values = (
        line.split()[1:] for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Tcp:")
    )
    return int(dict(zip(names, values, strict=True))["RetransSegs"])
