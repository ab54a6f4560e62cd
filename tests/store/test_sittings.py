"""Sittings from plan to seal: rosters enter whole or not at all, cards are readable once, states move one way."""

import functools
import threading
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam import credentials
from exam.credentials import Credential
from exam.errors import (
    FormElsewhereError,
    NotYetError,
    NotYourSiteError,
    RoomTakenError,
    RosterError,
    RosterMissingError,
    SittingStateError,
    UnknownEnrolmentError,
    WindowPastError,
    WindowTooShortError,
)
from exam.model import Administration, Enrolment, Purpose, Sitting
from exam.operations import codes, sittings
from exam.seals import SealedLeaf, marks_digest, root_of
from exam.states import AttemptState, SittingState
from exam.timing import epoch_ms
from registry.actor import SYSTEM, Actor
from registry.model import AuditEvent, Teacher
from registry.roles import Role
from registry.sheets import ProblemKind
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.small_room import HEADER, KEYS, House, house, new_site, roster, seated, working


def seats(session: Session, sitting: Sitting) -> dict[str, int]:
    rows = session.execute(
        select(Teacher.full_name, Enrolment.seat).join(Enrolment.teacher).where(Enrolment.sitting_id == sitting.id)
    )
    return {name: seat for name, seat in rows}  # noqa: C416 - dict(rows) loses the types


def refused(place: House, sitting: Sitting, content: bytes) -> list[tuple[int, str | None, ProblemKind]]:
    with pytest.raises(RosterError) as error:
        place.enrol(sitting, content)
    return [(problem.line, problem.column, problem.kind) for problem in error.value.problems]


# Planning ---------------------------------------------------------------------------------------------------------


def test_a_sitting_takes_its_duration_from_the_form_and_has_a_start_code(session: Session) -> None:
    sitting = house(session).plan()
    assert (sitting.state, sitting.duration_seconds, len(sitting.start_code)) == (SittingState.PLANNED, 7200, 6)


def test_impossible_windows_are_refused(session: Session) -> None:
    place = house(session)
    with pytest.raises(WindowPastError):
        place.plan(opens_at=NOW - timedelta(hours=1))
    with pytest.raises(WindowTooShortError):
        place.plan(hours=1.9)


def test_a_room_holds_one_sitting_at_a_time(session: Session) -> None:
    place = house(session)
    first = place.plan(room="Lab 1")
    with pytest.raises(RoomTakenError):
        place.plan(room=" lab 1 ", opens_at=NOW + timedelta(hours=3, minutes=59))
    place.plan(room="Lab 2")
    place.plan(room="Lab 1", opens_at=first.closes_at)
    place.site = new_site(session, "DPS")
    place.plan(room="Lab 1")


def test_a_form_of_another_administration_is_refused(session: Session) -> None:
    place = house(session)
    place.administration = Administration(code="X", title="X", purpose=Purpose.TRYOUT, created_at=NOW)
    with pytest.raises(FormElsewhereError):
        place.plan()


# Enrolling --------------------------------------------------------------------------------------------------------


def test_a_roster_enrols_everybody_with_seat_and_number(session: Session) -> None:
    place = house(session)
    sitting = place.plan()
    assert place.enrol(sitting, roster(3, 1, 2)).n_new == 3
    assert seats(session, sitting) == {"Guru 3": 3, "Guru 1": 1, "Guru 2": 2}
    numbers = list(session.scalars(select(Enrolment.participant_number).order_by(Enrolment.id)))
    assert all(credentials.is_participant_number(number) for number in numbers)
    assert [credentials.sequence_of(number) for number in numbers] == [1, 2, 3]
    other = place.plan(room="Lab 2")
    place.enrol(other, roster(4))
    assert session.scalar(select(func.count(Enrolment.participant_number.distinct()))) == 4


def test_seats_that_the_file_leaves_open_are_the_lowest_free_ones(session: Session) -> None:
    place = house(session)
    sitting = place.plan()
    lines = ["0000000000000001,A,SD,Kelas,SDN 1,2,", "0000000000000002,B,SD,Kelas,SDN 1,,"]
    place.enrol(sitting, (HEADER + "\n".join([*lines, "0000000000000003,C,SD,Kelas,SDN 1,,"])).encode())
    assert seats(session, sitting) == {"A": 2, "B": 1, "C": 3}


def test_a_corrected_roster_moves_people_and_keeps_their_numbers_and_who_is_not_in_it(session: Session) -> None:
    place = house(session)
    sitting = place.plan()
    place.enrol(sitting, roster(1, 2, 3))
    before = {e.teacher_id: e.participant_number for e in session.scalars(select(Enrolment))}
    swapped = "0000000000000001,Guru Satu,SMA,Fisika,SMAN 9,2,15\n0000000000000002,Guru 2,SMP,Matematika,SMPN 2,1,0"
    result = place.enrol(sitting, (HEADER + swapped).encode())
    assert (result.n_new, result.n_changed) == (0, 2)
    session.expire_all()
    assert seats(session, sitting) == {"Guru Satu": 2, "Guru 2": 1, "Guru 3": 3}
    after = {e.teacher_id: e.participant_number for e in session.scalars(select(Enrolment))}
    assert after == before
    assert session.scalars(select(Enrolment.extra_minutes).order_by(Enrolment.id)).all() == [15, 0, 0]


def test_somebody_enrolled_elsewhere_and_a_taken_seat_are_named_by_line(session: Session) -> None:
    place = house(session)
    first, second = place.plan(room="Lab 1"), place.plan(room="Lab 2")
    place.enrol(first, roster(1, 2))
    place.enrol(second, roster(7))
    content = roster(3, 2) + b"\n0000000000000008,Guru 8,SMP,Matematika,SMPN 8,7,0"
    assert refused(place, second, content) == [
        (3, "nuptk", ProblemKind.ENROLLED_ELSEWHERE),
        (4, "kursi", ProblemKind.SEAT_TAKEN),
    ]
    assert seats(session, second) == {"Guru 7": 7}
    assert session.scalar(select(func.count()).select_from(Teacher)) == 3


def test_extra_time_must_fit_into_the_window(session: Session) -> None:
    place = house(session)
    sitting = place.plan(hours=2.5)
    fits = HEADER + "0000000000000001,A,SD,Kelas,SDN 1,1,30"
    place.enrol(sitting, fits.encode())
    assert refused(place, sitting, fits.replace(",30", ",31").encode()) == [
        (2, "tambahan_menit", ProblemKind.MINUTES_BEYOND_WINDOW)
    ]


def test_a_roster_changes_nothing_of_what_those_have_who_began(session: Session) -> None:
    """Their clocks run by it; and a clock that runs otherwise than was granted looks like a forgery afterwards."""
    place = house(session)
    sitting = place.opened(1, 2)
    working(session, sitting.enrolments[0])
    assert refused(place, sitting, roster(1, 2).replace(b",0", b",30")) == [
        (2, "tambahan_menit", ProblemKind.GRANTED_AT_WORK)
    ]
    place.enrol(sitting, roster(1, 2).replace(b"2,0", b"2,30"))
    session.expire_all()
    assert [enrolment.extra_minutes for enrolment in sitting.enrolments] == [0, 30]


def test_two_rosters_at_once_get_different_numbers(database: Database) -> None:
    with database.transaction() as session:
        place = house(session)
        ids = [place.plan(room=f"Lab {number}").id for number in range(4)]
    failures: list[Exception] = []

    def enrol(sitting_id: int, number: int) -> None:
        try:
            with database.transaction() as session:
                sitting = session.get_one(Sitting, sitting_id)
                content = roster(*range(number, number + 20))
                sittings.enrol_roster(session, sitting, content, file="x", keys=KEYS, actor=SYSTEM, now=NOW)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=enrol, args=(sitting, 100 * place)) for place, sitting in enumerate(ids, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.transaction() as session:
        assert session.scalar(select(func.count(Enrolment.participant_number.distinct()))) == 80


# Cards ------------------------------------------------------------------------------------------------------------


def test_cards_are_readable_once_and_the_database_keeps_macs(session: Session) -> None:
    place = house(session)
    sitting = place.plan()
    place.enrol(sitting, roster(2, 1))
    cards = sittings.issue_cards(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
    assert [(card.seat, card.name) for card in cards] == [(1, "Guru 1"), (2, "Guru 2")]
    kept = repr([session.execute(select(table.__table__)).all() for table in (Enrolment, AuditEvent)])
    for card in cards:
        assert card.pin not in repr(card) + kept
        assert card.result_code not in repr(card) + kept
        enrolment = session.scalars(select(Enrolment).where(Enrolment.public_id == card.enrolment)).one()
        for purpose, code, mac in (
            (Credential.PIN, card.pin, enrolment.pin_mac),
            (Credential.RESULT_CODE, card.result_code, enrolment.result_code_mac),
        ):
            given = credentials.mac(
                KEYS.credential,
                purpose=purpose,
                sitting=sitting.public_id,
                participant_number=card.participant_number,
                code=credentials.parse_pin(code),
            )
            assert credentials.is_same_mac(mac, given)


def test_a_reprint_is_a_reissue_for_the_chosen_only(session: Session) -> None:
    place = house(session)
    sitting = place.plan()
    place.enrol(sitting, roster(1, 2))
    first = sittings.issue_cards(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
    enrolments = list(session.scalars(select(Enrolment).order_by(Enrolment.seat)))
    enrolments[0].failed_pins, enrolments[0].pin_blocked_until = 9, NOW
    before = [enrolment.pin_mac for enrolment in enrolments]
    chosen = [first[0].enrolment]
    (again,) = sittings.issue_cards(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW, only=chosen)
    assert again.pin != first[0].pin
    assert [mac == enrolment.pin_mac for mac, enrolment in zip(before, enrolments, strict=True)] == [False, True]
    session.refresh(enrolments[0])
    assert enrolments[0].failed_pins == 0
    assert enrolments[0].pin_blocked_until is None
    with pytest.raises(UnknownEnrolmentError):
        sittings.issue_cards(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW, only=[uuid.uuid4()])


@pytest.mark.parametrize("is_sealed", [False, True])
def test_after_the_room_closed_a_lost_result_code_is_replaced_alone(session: Session, *, is_sealed: bool) -> None:
    place = house(session)
    sitting = place.opened(1, 2)
    sittings.close_sitting(session, sitting, actor=SYSTEM, now=NOW)
    if is_sealed:
        sittings.seal_sitting(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
    lost, other = sitting.enrolments
    lost.failed_result_codes, lost.result_blocked_until = 9, NOW + timedelta(hours=1)
    before = (lost.pin_mac, lost.result_code_mac, other.pin_mac, other.result_code_mac)
    n_events = session.scalar(select(func.count(AuditEvent.id))) or 0
    chosen = [lost.public_id]
    (slip,) = sittings.issue_result_codes(session, sitting, only=chosen, keys=KEYS, actor=SYSTEM, now=NOW)
    session.expire_all()
    after = (lost.pin_mac, lost.result_code_mac, other.pin_mac, other.result_code_mac)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True, True]
    assert (slip.pin, slip.participant_number) == ("", lost.participant_number)
    code = credentials.parse_pin(slip.result_code)
    number = slip.participant_number
    assert codes.open_result(session, participant_number=number, code=code, keys=KEYS, now=NOW) is lost
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert session.scalar(select(func.count(AuditEvent.id))) == n_events + 1
    assert (event.action, event.details) == ("sitting.issue-result-codes", {"enrolments": [str(lost.public_id)]})
    assert slip.result_code not in repr(slip) + repr(event.details)


def test_result_codes_alone_are_for_sittings_that_are_over_and_people_in_them(session: Session) -> None:
    place = house(session)
    sitting = place.opened(1)
    chosen = [sitting.enrolments[0].public_id]
    with pytest.raises(SittingStateError):
        sittings.issue_result_codes(session, sitting, only=chosen, keys=KEYS, actor=SYSTEM, now=NOW)
    sittings.close_sitting(session, sitting, actor=SYSTEM, now=NOW)
    with pytest.raises(UnknownEnrolmentError):
        sittings.issue_result_codes(session, sitting, only=[uuid.uuid4()], keys=KEYS, actor=SYSTEM, now=NOW)
    actor = cast_member(place, "committee")
    with pytest.raises(NotYourSiteError):
        sittings.issue_result_codes(session, sitting, only=chosen, keys=KEYS, actor=actor, now=NOW)


# Opening, closing, sealing ----------------------------------------------------------------------------------------


def test_a_room_opens_only_near_its_window_and_with_cards(session: Session) -> None:
    place = house(session)
    sitting = place.plan(opens_at=NOW + timedelta(hours=1))
    soon = NOW + timedelta(minutes=30)
    with pytest.raises(NotYetError) as refused:
        sittings.open_sitting(session, sitting, actor=SYSTEM, now=soon - timedelta(seconds=1))
    assert refused.value.parameters["time_zone"] is sitting.site.time_zone
    with pytest.raises(RosterMissingError):
        sittings.open_sitting(session, sitting, actor=SYSTEM, now=soon)
    place.enrol(sitting, roster(1))
    with pytest.raises(RosterMissingError):
        sittings.open_sitting(session, sitting, actor=SYSTEM, now=soon)
    sittings.issue_cards(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
    sittings.open_sitting(session, sitting, actor=SYSTEM, now=soon)
    assert (sitting.state, sitting.opened_at) == (SittingState.OPEN, soon)
    with pytest.raises(SittingStateError):
        sittings.open_sitting(session, sitting, actor=SYSTEM, now=soon)


def test_closing_ends_what_is_not_finished_and_leaves_what_is(session: Session) -> None:
    place = house(session)
    sitting = place.opened(1, 2, 3, 4)
    one, two, three, _ = sitting.enrolments
    seated(session, one)
    working(session, two)
    done = working(session, three)
    done.state = AttemptState.SUBMITTED
    assert sittings.close_sitting(session, sitting, actor=SYSTEM, now=NOW + timedelta(hours=1)) == 2
    session.expire_all()
    states = [enrolment.attempt.state if enrolment.attempt else None for enrolment in sitting.enrolments]
    assert states == [AttemptState.EXPIRED, AttemptState.EXPIRED, AttemptState.SUBMITTED, None]
    assert sitting.state is SittingState.CLOSED
    with pytest.raises(SittingStateError):
        sittings.close_sitting(session, sitting, actor=SYSTEM, now=NOW)


def test_only_a_closed_sitting_is_sealed_and_the_seal_covers_every_head(session: Session) -> None:
    place = house(session)
    sitting = place.opened(1, 2)
    attempts = [working(session, enrolment) for enrolment in sitting.enrolments]
    attempts[1].last_seq, attempts[1].digest = 5, b"d" * 32
    with pytest.raises(SittingStateError):
        sittings.seal_sitting(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
    sittings.close_sitting(session, sitting, actor=SYSTEM, now=NOW)
    seal = sittings.seal_sitting(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)
    session.commit()
    session.expire_all()
    assert [attempt.sealed_ms for attempt in attempts] == [epoch_ms(NOW)] * 2
    heads = [(attempt.public_id, attempt.last_seq, attempt.digest) for attempt in attempts]
    leaves = [SealedLeaf(*head, marks_digest(()), AttemptState.EXPIRED) for head in heads]
    assert seal.root == root_of(leaves) == root_of(leaves[::-1])
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.details) == ("sitting.seal", {"seal": seal.root.hex(), "n_attempts": 2})


def test_the_start_code_changes_while_the_room_may_work(session: Session) -> None:
    place = house(session)
    sitting = place.opened(1)
    old = sitting.start_code
    assert sittings.change_start_code(session, sitting, actor=SYSTEM, now=NOW) == sitting.start_code != old
    sittings.close_sitting(session, sitting, actor=SYSTEM, now=NOW)
    with pytest.raises(SittingStateError):
        sittings.change_start_code(session, sitting, actor=SYSTEM, now=NOW)
    with pytest.raises(SittingStateError):
        place.enrol(sitting, roster(2))
    with pytest.raises(SittingStateError):
        sittings.issue_cards(session, sitting, keys=KEYS, actor=SYSTEM, now=NOW)


# Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["stranger", "pengawas", "committee", "manager"])
def test_only_the_proktor_of_the_site_runs_the_sitting(session: Session, who: str) -> None:
    place = house(session)
    sitting = place.opened(1)
    actor = cast_member(place, who)
    seal = functools.partial(sittings.seal_sitting, keys=KEYS)
    for act in (sittings.close_sitting, seal, sittings.change_start_code, sittings.open_sitting):
        with pytest.raises(NotYourSiteError):
            act(session, sitting, actor=actor, now=NOW)
    session.refresh(sitting)
    assert sitting.state is SittingState.OPEN


@pytest.mark.parametrize("who", ["stranger", "pengawas", "committee"])
def test_only_those_who_prepare_enrol_and_print(session: Session, who: str) -> None:
    place = house(session)
    sitting = place.plan()
    actor = cast_member(place, who)
    with pytest.raises(NotYourSiteError):
        sittings.enrol_roster(session, sitting, roster(1), file="x", keys=KEYS, actor=actor, now=NOW)
    with pytest.raises(NotYourSiteError):
        sittings.issue_cards(session, sitting, keys=KEYS, actor=actor, now=NOW)


def test_manager_and_proktor_do_their_parts_and_the_journal_names_nobody(session: Session) -> None:
    place = house(session)
    sitting = place.plan()
    manager, proktor = cast_member(place, "manager"), cast_member(place, "proktor")
    sittings.enrol_roster(session, sitting, roster(1), file="x", keys=KEYS, actor=manager, now=NOW)
    sittings.issue_cards(session, sitting, keys=KEYS, actor=proktor, now=NOW)
    sittings.open_sitting(session, sitting, actor=proktor, now=NOW)
    sittings.close_sitting(session, sitting, actor=proktor, now=NOW)
    sittings.seal_sitting(session, sitting, keys=KEYS, actor=proktor, now=NOW)
    events = session.scalars(select(AuditEvent).where(AuditEvent.subject == str(sitting.public_id)))
    assert [(event.action, event.actor) for event in events.all()] == [
        ("sitting.plan", None),
        ("sitting.enrol", manager.public_id),
        ("sitting.issue-cards", proktor.public_id),
        ("sitting.open", proktor.public_id),
        ("sitting.close", proktor.public_id),
        ("sitting.seal", proktor.public_id),
    ]
    kept = repr(session.execute(select(AuditEvent.__table__)).all())
    assert "Guru" not in kept
    assert "0000000000000001" not in kept


def cast_member(place: House, who: str) -> Actor:
    match who:
        case "stranger":
            return place.staff(Role.PROKTOR, site=new_site(place.session, "LAIN"))
        case "pengawas":
            return place.staff(Role.PENGAWAS, site=place.site)
        case "committee":
            return place.staff(Role.COMMITTEE)
        case "manager":
            return place.staff(Role.BANK_MANAGER)
        case _:
            return place.staff(Role.PROKTOR, site=place.site)
