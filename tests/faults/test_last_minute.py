"""The server is killed in the last moments of the test and is away when the time runs out.

Nothing depends on a timer of the killed server: each attempt ends at its deadline, every step is kept and judged by
when it came, whoever is still there gets a receipt, and whoever went home is closed by the sweep.
"""

import asyncio
import time

from sqlalchemy import Select, select

from exam.model import Attempt, Enrolment, Step
from exam.states import AttemptState, StepMark
from tests.faults.candidates import Crowd, Pace
from tests.faults.checker import examine
from tests.faults.conftest import RunningSite
from tests.faults.installation import Installation

N_SEATS = 12
GONE_HOME = 2  # candidates who leave before the end


async def story(site: RunningSite) -> tuple[Crowd, int]:
    crowd = Crowd(site.made.address, site.cards(N_SEATS), pace=Pace(think=0.1))
    await crowd.sit_down(site.made.admit)
    crowd.start()
    await crowd.wait_for(2 * N_SEATS)
    for candidate in crowd.candidates[:GONE_HOME]:
        candidate.end = "went home"
    deadline_ms = time.time_ns() // 1_000_000 + 1500
    participants = [candidate.card.participant_number for candidate in crowd.candidates]
    await asyncio.to_thread(site.made.set_deadline, deadline_ms, participants)
    await crowd.wait_for(N_SEATS)
    site.made.kill_everything()
    while time.time_ns() // 1_000_000 <= deadline_ms:
        await asyncio.sleep(0.02)
    await asyncio.to_thread(site.made.start_store)
    await asyncio.to_thread(site.made.start_server)
    await crowd.finish()
    return crowd, deadline_ms


def test_a_server_killed_in_the_last_minute_loses_nothing(site: RunningSite) -> None:
    crowd, deadline_ms = asyncio.run(story(site))
    findings = examine(site.made.platform, crowd.candidates)
    assert findings.wrong == []
    present = crowd.candidates[GONE_HOME:]
    assert all(set(candidate.acknowledged) == candidate.acted for candidate in present)
    assert {(candidate.receipt or {}).get("state") for candidate in present} == {"expired"}
    numbers = [candidate.card.participant_number for candidate in crowd.candidates]
    mine = select(Attempt.id).join(Enrolment).where(Enrolment.participant_number.in_(numbers))
    wait_for_sweep(site.made, mine)
    with site.made.platform.database.reading() as session:
        states = session.scalars(select(Attempt.state).where(Attempt.id.in_(mine))).all()
        steps = session.execute(select(Step.mark, Step.received_ms).where(Step.attempt_id.in_(mine))).all()
    assert set(states) == {AttemptState.EXPIRED}
    judged = {(mark, received_ms <= deadline_ms) for mark, received_ms in steps}
    assert judged == {(StepMark.ON_TIME, True), (StepMark.LATE, False)}


def wait_for_sweep(made: Installation, attempts: Select[int]) -> None:
    """The worker closes within seconds whom nobody looks at."""
    end = time.monotonic() + 30
    with made.platform.database.reading() as session:
        while AttemptState.WORKING in session.scalars(select(Attempt.state).where(Attempt.id.in_(attempts))).all():
            assert time.monotonic() < end, "nobody closed the attempts of those who went home"
            session.rollback()
            time.sleep(0.05)
