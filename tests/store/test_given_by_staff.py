"""`verify` against somebody who makes late answers count, or gives a place away, by writing what staff grant.

He holds the database and not the secret: minutes, pauses, outages, extra time, the window, and who holds which place.
"""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from exam.findings import Fault
from exam.model import Attempt, Enrolment, Outage, Seal, SeatEvent, ServerGap, Sitting, Step, TimeCredit
from exam.operations import proctoring
from exam.operations.accommodations import grant_accommodation
from exam.operations.outages import approve_outage, propose_outage
from exam.outages import Interval
from exam.states import AttemptState, StepMark
from exam.timing import epoch_ms
from registry.actor import SYSTEM, Actor
from registry.audit import record
from registry.columns import Base
from registry.model import AuditEvent
from registry.roles import Role
from testing_platform.verdict_report import as_text
from tests.conftest import Furnished
from tests.exam_room import KEYS
from tests.examination import make_staff
from tests.proved_room import ProvedRoom, worked
from tests.store.test_verification import Case

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.parametrize("furnished", ["sqlite"], indirect=True)


@pytest.fixture
def case(furnished: Furnished, tmp_path: Path) -> Case:
    """A room at work: everybody answered once, and a head of it left."""
    room = ProvedRoom.of(furnished, tmp_path / "anchors")
    for desk in room.desks:
        room.answer(desk, (1, 0))
    room.minute()
    return Case(room)


def faults(case: Case) -> set[Fault]:
    """Everything that is wrong, wherever it was found."""
    proved = case.prove()
    ((_sitting, verdict),) = proved.sittings
    broken = [attempt.broken for attempt in verdict.attempts if attempt.broken]
    return {finding.fault for finding in [*verdict.findings, *broken, *proved.audit.findings]}


def put(case: Case, model: type[Base], **values: Any) -> None:
    """A row that nobody's act made."""
    with case.room.database.transaction() as session:
        session.execute(insert(model).values(**values))


def keys(case: Case, number: int = 0) -> tuple[int, int]:
    """The keys of the sitting and of an attempt, the first one unless another is meant."""
    with case.room.database.reading() as session:
        sitting = session.scalars(select(Sitting.id).where(Sitting.public_id == case.room.sitting)).one()
        attempt = session.scalars(select(Attempt.id).where(Attempt.public_id == case.desk(number).holder.attempt)).one()
    return sitting, attempt


def people(case: Case) -> tuple[Actor, Actor]:
    """The proktor of the room and a member of the committee."""
    with case.room.database.transaction() as session:
        site = case.room.in_session(session).site
        return make_staff(session, Role.PROKTOR, "Rudi", site=site), make_staff(session, Role.COMMITTEE, "Siti")


def against_all_keys(case: Case, statement: str) -> None:
    """Run a statement that leaves rows behind which point to nothing."""
    with case.room.database.engine.connect() as connection:
        for each in (
            "COMMIT",
            "PRAGMA foreign_keys=OFF",
            "BEGIN",
            statement,
            "COMMIT",
            "PRAGMA foreign_keys=ON",
            "BEGIN",
        ):
            connection.exec_driver_sql(each)


# What staff really did ---------------------------------------------------------------------------------------------


def test_whatever_staff_granted_by_the_rules_is_proven(case: Case) -> None:
    room, (proktor, committee) = case.room, people(case)
    with room.database.transaction() as session:
        sitting, attempt = room.in_session(session), session.get_one(Attempt, keys(case)[1])
        away = Interval(epoch_ms(room.now - MINUTE), epoch_ms(room.now))
        session.add(ServerGap(from_ms=away.from_ms, until_ms=away.until_ms))
        outage = propose_outage(session, sitting, interval=away, reason="Listrik padam", actor=proktor, now=room.now)
        approve_outage(session, outage, actor=committee, now=room.now)
        proctoring.add_minutes_to_room(session, sitting, minutes=10, reason="Listrik", actor=proktor, now=room.now)
        proctoring.add_minutes_to_seat(session, attempt, minutes=5, reason="Komputer", actor=proktor, now=room.now)
        proctoring.pause_room(session, sitting, reason="Alarm", actor=proktor, now=room.now)
        proctoring.resume_seat(session, attempt, reason="Di sini", actor=proktor, now=room.now + MINUTE)
        proctoring.resume_room(session, sitting, reason="Selesai", actor=proktor, now=room.now + 2 * MINUTE)
    room.now += 2 * MINUTE
    room.answer(room.desks[0], (2, 1))
    room.minute()
    room.submit(room.desks[0])
    room.seal()
    room.minute()
    proved = case.prove()
    assert proved.exit_code == 0, as_text(proved)


def test_extra_time_that_was_granted_beforehand_is_proven(furnished: Furnished, tmp_path: Path) -> None:
    room = ProvedRoom(furnished.database, furnished.room.sitting.public_id, tmp_path)
    with room.database.transaction() as session:
        enrolment = session.get_one(Enrolment, furnished.room.enrolments[0].id)
        grant_accommodation(
            session, enrolment, extra_minutes=30, break_minutes=10, keys=KEYS, actor=SYSTEM, now=room.now
        )
    room.minute()
    assert faults(Case(room)) == set()


# Who holds which place --------------------------------------------------------------------------------------------


def swap(case: Case, column: str, *seats: int) -> None:
    """Two places change what stands in a column."""
    with case.room.database.reading() as session:
        rows = session.execute(
            select(Enrolment.id, getattr(Enrolment, column)).where(Enrolment.seat.in_(seats)).order_by(Enrolment.seat)
        ).all()
    (one, first), (other, second) = rows
    unused = "0" if isinstance(first, str) else 10**9  # both columns are unique in their way
    with case.room.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN")
        for key, value in ((one, unused), (other, first), (one, second)):
            connection.execute(update(Enrolment).where(Enrolment.id == key).values(**{column: value}))
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.exec_driver_sql("BEGIN")


@pytest.mark.parametrize("column", ["teacher_id", "participant_number"])
def test_answers_given_to_another_teacher_or_number_are_found_in_a_room_at_work(case: Case, column: str) -> None:
    swap(case, column, 1, 2)
    findings = case.verdict().findings
    assert {(each.fault, each.seat) for each in findings} == {(Fault.PERSON, 1), (Fault.PERSON, 2)}
    with case.room.database.reading() as session:
        enrolments = session.scalars(select(Enrolment)).all()
        told = as_text(case.prove())
        assert not any(each.teacher.nuptk in told or each.participant_number in told for each in enrolments)


def test_and_after_the_seal_even_when_the_audit_journal_is_gone(furnished: Furnished, tmp_path: Path) -> None:
    case = Case(worked(furnished, tmp_path / "anchors"))
    swap(case, "teacher_id", 3, 4)  # seat 4 never handed in, so no receipt helps
    assert faults(case) == {Fault.PERSON, Fault.ROSTER}
    case.intruder().take_away(AuditEvent, AuditEvent.action == "sitting.enrol")
    assert Fault.ROSTER in faults(case)


def test_somebody_enrolled_by_nobody_and_somebody_gone_are_found(case: Case) -> None:
    case.intruder().change(Enrolment, Enrolment.seat == 4, public_id=uuid.uuid4())
    assert {Fault.PERSON, Fault.PLACE_GONE} <= faults(case)


def test_a_roster_taken_in_again_confirms_no_swap(case: Case) -> None:
    """The honest program names only the places that it decides on, and the first name of a place stays its name."""
    swap(case, "teacher_id", 1, 2)
    with case.room.database.transaction() as session:
        said = session.scalars(select(AuditEvent.details).where(AuditEvent.action == "sitting.enrol")).one()
        places = dict(zip(said["places"], reversed(said["places"].values()), strict=True))
        details = {"n_new": 0, "n_changed": 4, "places": places}
        subject = case.room.sitting
        record(
            session,
            actor=SYSTEM,
            action="sitting.enrol",
            subject_kind="sitting",
            subject=subject,
            at=case.room.now,
            details=details,
        )
    assert Fault.PERSON in faults(case)


@pytest.mark.parametrize("column", ["extra_minutes", "break_minutes"])
def test_extra_time_that_nobody_granted_is_found(case: Case, column: str) -> None:
    case.intruder().change(Enrolment, Enrolment.seat == 2, **{column: 60})
    (found,) = case.verdict().findings
    assert (found.fault, found.seat) == (Fault.GRANT, 2)


# What makes late answers count --------------------------------------------------------------------------------------


def test_minutes_that_nobody_granted_are_found(case: Case) -> None:
    sitting, attempt = keys(case)
    case.intruder()
    for whose in (None, attempt):
        put(case, TimeCredit, sitting_id=sitting, attempt_id=whose, minutes=60, reason="x", granted_at=case.room.now)
        assert faults(case) == {Fault.MINUTES}
        case.intruder().take_away(TimeCredit, TimeCredit.minutes == 60)


def test_minutes_that_were_granted_and_are_gone_are_found(case: Case) -> None:
    room = case.room
    with room.database.transaction() as session:
        sitting = room.in_session(session)
        proctoring.add_minutes_to_room(session, sitting, minutes=10, reason="Listrik", actor=SYSTEM, now=room.now)
    assert faults(case) == set()
    case.intruder().take_away(TimeCredit, TimeCredit.minutes == 10)
    assert Fault.MINUTES in faults(case)


def test_an_act_written_into_the_audit_journal_afterwards_is_found(case: Case) -> None:
    """He appends the missing event himself, with right digests; only its place in the chain is too late."""
    sitting, _attempt = keys(case)
    begun = case.room.now
    for item in range(2, 7):
        case.room.answer(case.desk(0), (item, 1))
        case.room.minute()
    put(case, TimeCredit, sitting_id=sitting, attempt_id=None, minutes=60, reason="x", granted_at=begun)
    with case.room.database.transaction() as session:
        subject = case.room.sitting
        forged = {"minutes": 60, "n_working": 4}
        record(
            session,
            actor=SYSTEM,
            action="room.add-minutes",
            subject_kind="sitting",
            subject=subject,
            at=begun,
            details=forged,
        )
    case.room.now += MINUTE
    with case.room.database.transaction() as session:  # and the honest worker lets it leave
        proctoring.admit_all(session, case.room.in_session(session), actor=SYSTEM, now=case.room.now)
    case.room.minute()
    (found,) = case.prove().audit.findings
    assert found.fault is Fault.AUDIT_BACKDATED


def test_an_outage_that_nobody_signed_is_found(case: Case) -> None:
    (proktor, committee), (sitting, _attempt), now = people(case), keys(case), case.room.now
    signed = {"proposed_by_id": proktor.key, "proposed_at": now, "approved_by_id": committee.key, "approved_at": now}
    row = {"sitting_id": sitting, "from_ms": 1, "until_ms": 2, "reason": "x", "evidence": {}, **signed}
    put(case, Outage, public_id=uuid.uuid4(), **row)
    assert faults(case) == {Fault.OUTAGE}


def test_an_outage_made_longer_than_two_people_signed_is_found(case: Case) -> None:
    room, (proktor, committee) = case.room, people(case)
    with room.database.transaction() as session:
        away = Interval(epoch_ms(room.now - MINUTE), epoch_ms(room.now))
        session.add(ServerGap(from_ms=away.from_ms, until_ms=away.until_ms))
        sitting = room.in_session(session)
        outage = propose_outage(session, sitting, interval=away, reason="Listrik padam", actor=proktor, now=room.now)
        approve_outage(session, outage, actor=committee, now=room.now)
    assert faults(case) == set()
    case.intruder().change(Outage, Outage.id > 0, until_ms=away.until_ms + 60_000)
    assert faults(case) == {Fault.OUTAGE}


def test_a_clock_that_nobody_stopped_is_found(case: Case) -> None:
    _sitting, attempt = keys(case)
    for kind, at in (("paused", case.room.now), ("resumed", case.room.now + 30 * MINUTE)):
        put(case, SeatEvent, attempt_id=attempt, at=at, kind=kind, details={})
    assert faults(case) == {Fault.PAUSE}


def test_breaks_longer_than_was_granted_are_found(case: Case) -> None:
    _sitting, attempt = keys(case)
    for kind, at in (("break_begun", case.room.now), ("break_ended", case.room.now + 30 * MINUTE)):
        put(case, SeatEvent, attempt_id=attempt, at=at, kind=kind, details={})
    assert faults(case) == {Fault.BREAKS}


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"duration_seconds": 9000}, Fault.PLAN),
        ({"closes_at": None}, Fault.PLAN),
        ({"opened_at": None}, Fault.ROOM),
        ({"state": "closed", "closed_at": None}, Fault.ROOM),
    ],
)
def test_another_window_or_life_of_the_sitting_is_found(case: Case, values: dict[str, Any], fault: Fault) -> None:
    values = {name: case.room.now + MINUTE if value is None else value for name, value in values.items()}
    case.intruder().change(Sitting, Sitting.public_id == case.room.sitting, **values)
    assert fault in faults(case)


@pytest.mark.parametrize("statement", ["DELETE FROM sitting", "UPDATE sitting SET opened_at = NULL, state = 'planned'"])
def test_a_sitting_that_is_gone_or_said_never_to_have_been_is_found(case: Case, statement: str) -> None:
    against_all_keys(case, statement)
    proved = case.prove()
    found = {finding.fault for _sitting, verdict in proved.sittings for finding in verdict.findings}
    assert proved.exit_code == 1
    assert (Fault.SITTING_GONE in {each.fault for each in proved.audit.findings}) is ("DELETE" in statement)
    assert (Fault.ROOM in found) is ("UPDATE" in statement)


def test_an_attempt_whose_place_was_taken_away_is_found(case: Case) -> None:
    against_all_keys(case, "DELETE FROM enrolment WHERE seat = 1")
    assert {Fault.PLACE_GONE, Fault.ATTEMPT_GONE} <= faults(case)


def test_a_clock_that_begins_later_is_found(case: Case) -> None:
    _sitting, attempt = keys(case)
    hour = 3_600_000
    case.intruder().change(
        Attempt, Attempt.id == attempt, begun_ms=Attempt.begun_ms + hour, deadline_ms=Attempt.deadline_ms + hour
    )
    assert Fault.BEGIN in faults(case)


# What a minute's head says of the end -------------------------------------------------------------------------------


@pytest.fixture
def over(furnished: Furnished, tmp_path: Path) -> Case:
    """The time of three ran out: one answered late, and has a receipt; one did and has none; one came not back."""
    room = ProvedRoom.of(furnished, tmp_path / "anchors")
    for desk in room.desks[:3]:
        room.answer(desk, (1, 0))
    room.now += 121 * MINUTE
    for desk in (room.desks[0], room.desks[2]):
        room.answer(desk, (2, 1))
    room.submit(room.desks[0])
    with room.database.transaction() as session:
        proctoring.sweep_overdue(session, now=room.now)
    room.minute()
    return Case(room)


def test_a_late_answer_made_good_with_everything_around_it_is_found(over: Case) -> None:
    """Minutes, their event, the deadline and the mark fit each other; the head of that minute says late."""
    sitting, attempt = keys(over, 2)
    intruder, now = over.intruder(), over.room.now
    assert over.prove().exit_code == 0, as_text(over.prove())
    intruder.change(Step, (Step.mark == StepMark.LATE) & (Step.attempt_id == attempt), mark=StepMark.ON_TIME)
    intruder.change(Attempt, Attempt.id == attempt, deadline_ms=Attempt.deadline_ms + 3_600_000)
    put(over, TimeCredit, sitting_id=sitting, attempt_id=attempt, minutes=60, reason="x", granted_at=now - 10 * MINUTE)
    with over.room.database.transaction() as session:
        details = {"minutes": 60, "n_working": 1}
        subject, at = over.desk(2).holder.attempt, now - 10 * MINUTE
        record(
            session,
            actor=SYSTEM,
            action="seat.add-minutes",
            subject_kind="attempt",
            subject=subject,
            at=at,
            details=details,
        )
    (broken,) = over.broken()
    assert (broken.fault, broken.seq, broken.seat) == (Fault.MARK, 2, 3)
    assert broken.where


def test_a_receipt_taken_away_from_an_attempt_whose_time_ran_out_is_found(over: Case) -> None:
    _sitting, attempt = keys(over)
    over.intruder().change(Attempt, Attempt.id == attempt, receipt=None)
    assert [(each.fault, each.seat) for each in over.broken()] == [(Fault.RECEIPT_GONE, 1)]


def test_an_attempt_brought_back_to_life_is_found(over: Case) -> None:
    over.intruder().change(Attempt, Attempt.state == AttemptState.EXPIRED, state=AttemptState.WORKING)
    assert {each.fault for each in over.broken()} == {Fault.END}


def test_an_attempt_without_a_receipt_is_named(over: Case) -> None:
    told = as_text(over.prove())
    second = str(over.desk(1).holder.attempt)
    (line,) = [line for line in told.splitlines() if second in line]
    assert line.endswith("the time ran out and no receipt was issued")
    assert told.count("no receipt was issued") == 2


def test_an_end_that_changes_after_it_left_is_told_anew(over: Case) -> None:
    over.room.minute()
    over.room.answer(over.desk(0), (3, 1))
    with over.room.database.reading() as session:
        assert session.scalars(select(Seal)).all() == []
    over.room.minute()
    assert over.prove().exit_code == 0, as_text(over.prove())
    over.intruder().change(Step, (Step.mark == StepMark.LATE) & (Step.seq == 3), mark=StepMark.ON_TIME)
    assert [(each.fault, each.seq) for each in over.broken()] == [(Fault.MARK, 3)]
