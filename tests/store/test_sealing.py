"""Sealing waits for what is still open, and for nothing else."""

import json

import pytest
from sqlalchemy import select

from exam.errors import EmergencyFileWaitingError, OutagePendingError
from exam.model import Incident, Outage, Seal, Sitting
from exam.operations.seals import short_code_of
from exam.operations.sittings import close_sitting, seal_sitting
from exam.statements import is_genuine
from exam.states import IncidentKind, SittingState
from registry.actor import SYSTEM
from registry.model import Account
from registry.roles import Role
from tests.conftest import NOW, Furnished
from tests.exam_room import KEYS
from tests.examination import make_staff
from tests.store.outage_lab import open_lab
from tests.store.test_emergency import Counter, counter

__all__ = ["counter"]


def seal(place: Counter) -> str:
    """Close and seal; the statement."""
    with place.lab.database.transaction() as session:
        sitting = place.lab.sitting(session)
        close_sitting(session, sitting, actor=SYSTEM, now=place.lab.now)
        return seal_sitting(session, sitting, keys=KEYS, actor=SYSTEM, now=place.lab.now).statement


def state(place: Counter) -> SittingState:
    with place.lab.database.reading() as session:
        return place.lab.sitting(session).state


def test_a_file_whose_answers_could_still_come_in_is_waited_for(counter: Counter) -> None:
    content = counter.filled().make()
    counter.note(content)
    file = counter.receive(content)
    with pytest.raises(EmergencyFileWaitingError):
        seal(counter)
    assert state(counter) is SittingState.OPEN
    counter.import_(file)
    seal(counter)
    assert state(counter) is SittingState.SEALED


def test_a_file_that_cannot_follow_the_journal_holds_nothing_up(counter: Counter) -> None:
    made = counter.filled()
    made.head_digest = "0" * 64  # it follows answers that this journal never had
    content = made.make()
    counter.note(content)
    counter.receive(content)
    seal(counter)
    assert state(counter) is SittingState.SEALED


def test_an_outage_is_settled_first_and_stands_in_the_seal(furnished: Furnished) -> None:
    lab = open_lab(furnished)
    place = Counter(lab, SYSTEM, index=None)  # type: ignore[arg-type]
    with lab.database.transaction() as session:
        people = [make_staff(session, Role.COMMITTEE, f"Panitia {number}") for number in range(2)]
        outage = Outage(
            sitting_id=lab.sitting(session).id,
            from_ms=1_000,
            until_ms=2_000,
            reason="Listrik padam.",
            evidence={},
            proposed_by_id=people[0].key,
            proposed_at=NOW,
        )
        session.add(outage)
        session.flush()
        key = outage.id
    with pytest.raises(OutagePendingError):
        seal(place)
    with lab.database.transaction() as session:
        approved = session.get_one(Outage, key)
        approved.approved_by_id, approved.approved_at = people[1].key, NOW
        sitting, account = lab.sitting(session), session.get_one(Account, people[0].key)
        session.add(
            Incident(
                sitting=sitting, kind=IncidentKind.POWER, note="-", happened_at=NOW, noted_at=NOW, noted_by=account
            )
        )
    said = json.loads(seal(place))
    assert (said["outages"], said["n_incidents"]) == ([[1_000, 2_000]], 1)
    assert is_genuine(said, KEYS.public)


def test_the_code_of_a_seal_is_that_of_its_statement(counter: Counter) -> None:
    with counter.lab.database.transaction() as session:
        sitting = session.scalars(select(Sitting)).one()
        close_sitting(session, sitting, actor=SYSTEM, now=NOW)
        made = seal_sitting(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
        code = short_code_of(made)
        assert len(code) == 9
        other = Seal(statement=made.statement.replace('"n_incidents":0', '"n_incidents":1'))
        assert short_code_of(other) != code
