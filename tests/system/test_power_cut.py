"""A power cut in the middle of a room: the server is killed with SIGKILL while people answer, and started again.

The promise under test: whatever a candidate saw acknowledged is in the journal afterwards, and nothing else is.
"""

import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from exam import journal
from exam.journal import JournalStep
from exam.model import Attempt, Enrolment, Sitting, Step
from exam.operations.proctoring import admit_all
from registry.actor import SYSTEM
from testing_platform.config import load
from testing_platform.database import Database, migrate
from testing_platform.demo.candidates import Candidate, Card, Connection
from testing_platform.demo.server import Server
from testing_platform.wiring import Platform, build, utc_now
from tests.exam_room import START_CODE, Room, furnish

N_CANDIDATES = 12
N_CUTS = 3


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """An installation with an open sitting, and the keys that its server will derive."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    platform = build(load({}, data=tmp_path, port=port, secret=SecretStr(""), log_level="error"))
    migrate(platform.database.engine)
    yield platform
    platform.database.dispose()


def test_no_acknowledged_step_is_lost_when_the_server_is_killed(platform: Platform) -> None:
    with platform.database.transaction() as session:
        room = furnish(session, n_seats=N_CANDIDATES, now=utc_now(), keys=platform.keys)
    with Server(platform.settings) as server:
        candidates = seat(room, server)
        with platform.database.transaction() as session:
            admit_all(session, session.get_one(Sitting, room.sitting.id), actor=SYSTEM, now=utc_now())
        at_work = [threading.Thread(target=work, args=(candidate,)) for candidate in candidates]
        for thread in at_work:
            thread.start()
        n_before = cut_the_power(server, candidates)
        for thread in at_work:
            thread.join(timeout=120)
    assert all(len(candidate.acknowledged) == 40 for candidate in candidates)
    assert sum(n_before) < 40 * N_CANDIDATES, "everybody was done before the last cut"
    for candidate in candidates:
        candidate.connection.close()
        compare(platform.database, candidate)


def seat(room: Room, server: Server) -> list[Candidate]:
    """Everybody signs in and takes the seat."""
    candidates = [
        Candidate(Connection(server.host, server.port), Card(enrolment.participant_number, pin))
        for enrolment, pin in zip(room.enrolments, room.pins, strict=True)
    ]
    for candidate in candidates:
        assert candidate.arrive(START_CODE) == "waiting"
    return candidates


def work(candidate: Candidate) -> None:
    """Answer every item, one act at a time, and hand in."""
    candidate.begin()
    chance = random.Random(candidate.card.participant_number)
    for item in candidate.form["items"]:
        option = chance.choice(item["options"])["id"]
        step = {"seq": candidate.seq + 1, "kind": "answer", "item": item["id"], "option": option, "at": 1}
        candidate.send([step])
    candidate.submit()


def cut_the_power(server: Server, candidates: list[Candidate]) -> list[int]:
    """Kill the server amid answers and start it again, several times; the steps that each had at the last cut."""
    for cut in range(1, N_CUTS + 1):
        wait_for_steps(candidates, at_least=5 * cut)
        server.kill()
        counts = [len(candidate.acknowledged) for candidate in candidates]
        server.start()
    return counts


def wait_for_steps(candidates: list[Candidate], *, at_least: int) -> None:
    """Look until everybody has so many steps acknowledged; other threads do the work, so nothing is guessed."""
    end = time.monotonic() + 60
    while min(len(candidate.acknowledged) for candidate in candidates) < at_least:
        assert time.monotonic() < end, "the candidates do not get on"
        os.sched_yield()


def compare(database: Database, candidate: Candidate) -> None:
    """The journal holds exactly what was acknowledged, and its chain is whole."""
    with database.reading() as session:
        attempt = session.scalars(
            select(Attempt).join(Enrolment).where(Enrolment.participant_number == candidate.card.participant_number),
        ).one()
        steps = session.scalars(select(Step).where(Step.attempt_id == attempt.id).order_by(Step.seq)).all()
        index = {item["id"]: item for item in candidate.form["items"]}
        assert [(step.seq, step.option) for step in steps] == [
            (sent["seq"], [option["id"] for option in index[sent["item"]]["options"]].index(sent["option"]))
            for sent in candidate.acknowledged
        ]
        assert (attempt.last_seq, attempt.digest.hex()) == (candidate.seq, candidate.digest)
        assert journal.first_broken(attempt.genesis, [(as_sent(step), step.digest) for step in steps]) is None
        assert attempt.state.value == "submitted"


def as_sent(step: Step) -> JournalStep:
    names = ("seq", "kind", "item", "option", "value", "at_ms", "received_ms")
    return JournalStep(**{name: getattr(step, name) for name in names})
