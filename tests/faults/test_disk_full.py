"""The disk is full: steps are refused clearly, nothing is half kept, and work goes on when there is room again."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.candidates import Crowd
from tests.faults.checker import Findings, examine
from tests.faults.full_disk import SmallDisk, may_mount, small_disk
from tests.faults.installation import Installation, Template, installation
from tests.faults.processes import wait_until

N_SEATS = 12
MEGABYTES = {"sqlite": 24, "postgresql": 160}


def test_a_full_disk_is_refused_clearly_and_survived(template: Template, workshop: Path) -> None:
    if not may_mount(workshop):
        pytest.skip("only root can mount a small disk")

    async def story(made: Installation, disk: SmallDisk) -> tuple[Crowd, Findings, int]:
        await asyncio.to_thread(made.start)
        crowd = Crowd(made.address, made.cards)
        await crowd.sit_down(made.admit)
        crowd.start()
        await crowd.wait_for(4 * N_SEATS)
        disk.fill()
        n_full = await until_all_are_refused(crowd)
        meanwhile = examine_what_can_be_read(made, crowd)
        disk.free()
        await asyncio.to_thread(start_what_died, made)
        await crowd.wait_for(4 * N_SEATS)
        await crowd.finish()
        return crowd, meanwhile, n_full

    place = workshop / f"small-{template.kind}"
    with (
        small_disk(place, megabytes=MEGABYTES[template.kind]) as disk,
        installation(template, n_seats=N_SEATS, disk=place) as made,
    ):
        crowd, meanwhile, n_full = asyncio.run(story(made, disk))
        findings = examine(made.platform, crowd.candidates)
    assert meanwhile.wrong == []
    assert findings.wrong == []
    assert findings.n_stored == sum(len(candidate.acted) for candidate in crowd.candidates) > n_full
    refusals = {refusal for candidate in crowd.candidates for refusal in candidate.refusals}
    assert refusals == {"server-error"}
    assert all(candidate.receipt is not None for candidate in crowd.candidates)


async def until_all_are_refused(crowd: Crowd) -> int:
    """Until every candidate was refused since the disk is full; how many acts were acknowledged by then."""
    before = [len(candidate.refusals) for candidate in crowd.candidates]
    async with asyncio.timeout(60):
        while any(len(each.refusals) <= n for each, n in zip(crowd.candidates, before, strict=True)):
            await asyncio.sleep(0.02)
    return crowd.n_acknowledged


def examine_what_can_be_read(made: Installation, crowd: Crowd) -> Findings:
    """PostgreSQL may have stopped itself, and then nothing can be read until there is room."""
    if made.store is not None and not made.store.is_alive:
        return Findings()
    return examine(made.platform, crowd.candidates)


def start_what_died(made: Installation) -> None:
    """What an operator does after making room."""
    if made.store is not None and not made.store.is_alive:
        made.platform.database.dispose()
        made.start_store()
    if not made.server.is_alive:
        made.start_server()
    wait_until(made.answers, what="the server")
