"""What the real acts prepare is on record, and what is done beside them is not: places, extra time, the window."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.act_proof import ActBook, judge_acts
from exam.findings import Fault
from exam.model import Enrolment, Sitting
from exam.operations import sittings
from exam.operations.accommodations import grant_accommodation
from exam.queries.evidence import audit_events, sitting_facts
from registry.actor import SYSTEM
from registry.audit import record
from registry.model import Level, Teacher
from tests.conftest import NOW
from tests.store.small_room import KEYS, House, house, roster


@pytest.fixture
def at_home(session: Session) -> House:
    """A site, a form and nothing else."""
    return house(session)


def proved(session: Session, sitting: Sitting) -> list[Fault]:
    """What the audit journal contradicts of what the database says about a sitting."""
    session.flush()
    session.expire_all()
    book = ActBook()
    list(book.noting(audit_events(session)))
    given = sitting_facts(session, sitting, roster_key=KEYS.roster).given
    return [finding.fault for finding in judge_acts(given, book)]


def test_whatever_was_prepared_is_on_record(session: Session, at_home: House) -> None:
    """Also when a roster comes twice, grants time, and the window was written in the zone of the site."""
    sitting = at_home.plan(opens_at=NOW.astimezone(ZoneInfo("Asia/Makassar")))
    at_home.enrol(sitting, roster(1, 2))
    at_home.enrol(sitting, roster(2, 3).replace(b",3,0", b",3,25"))
    assert proved(session, sitting) == []
    enrolment = session.scalars(select(Enrolment).where(Enrolment.seat == 1)).one()
    grant_accommodation(session, enrolment, extra_minutes=15, break_minutes=5, keys=KEYS, actor=SYSTEM, now=NOW)
    sittings.issue_cards(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
    sittings.open_sitting(session, sitting, actor=SYSTEM, now=NOW)
    sittings.close_sitting(session, sitting, actor=SYSTEM, now=NOW + timedelta(hours=1))
    sittings.seal_sitting(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW + timedelta(hours=2))
    assert proved(session, sitting) == []


def test_a_roster_that_comes_again_confirms_nothing_that_was_done_to_the_others(
    session: Session, at_home: House
) -> None:
    sitting = at_home.plan()
    at_home.enrol(sitting, roster(1, 2))
    first, second = session.scalars(select(Enrolment).order_by(Enrolment.seat)).all()
    first.extra_minutes = 60
    second.participant_number = "2600000999"
    at_home.enrol(sitting, roster(2, 3))
    assert proved(session, sitting) == [Fault.GRANT, Fault.PERSON]


def test_a_roster_of_a_version_that_named_no_places_is_passed_over(session: Session, at_home: House) -> None:
    sitting, later = at_home.plan(), at_home.plan(room="Lab 2")
    record(
        session,
        actor=SYSTEM,
        action="sitting.enrol",
        subject_kind="sitting",
        subject=sitting.public_id,
        at=NOW,
        details={"n_new": 1, "n_changed": 0},
    )
    teacher = Teacher(nuptk="9" * 16, full_name="Guru", level=Level.SMP, subject="M", school="S", created_at=NOW)
    session.add(Enrolment(sitting=sitting, teacher=teacher, participant_number="2600000017", seat=1))
    assert proved(session, sitting) == []
    at_home.enrol(later, roster(5))
    other = Teacher(nuptk="8" * 16, full_name="Guru", level=Level.SMP, subject="M", school="S", created_at=NOW)
    session.add(Enrolment(sitting=later, teacher=other, participant_number="2600000025", seat=2))
    assert proved(session, later) == [Fault.PERSON]
