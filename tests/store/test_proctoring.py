"""The proctor's acts in a working room, and the room as the proctor sees it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from exam.errors import (
    AttemptStateError,
    MinutesRefusedError,
    NotYourSiteError,
    SittingStateError,
    TimeReasonMissingError,
)
from exam.model import Attempt, SeatEvent, Sitting, TimeCredit
from exam.operations import proctoring, sittings
from exam.queries.live_room import room
from exam.queries.sittings import find_attempt, find_sitting, sittings_for
from exam.states import AttemptState, StepKind, StepMark
from exam.timing import epoch_ms
from registry.actor import SYSTEM, Actor
from registry.model import AuditEvent
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.small_room import answer, house, new_site, seated, working

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WHY = "Listrik padam di baris depan"


def events_of(session: Session, attempt: Attempt) -> list[str]:
    statement = select(SeatEvent.kind).where(SeatEvent.attempt_id == attempt.id).order_by(SeatEvent.id)
    return list(session.scalars(statement))


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def two_hours_after(moment_ms: int, minutes: int = 0) -> int:
    return moment_ms + (120 + minutes) * 60_000


# Admission --------------------------------------------------------------------------------------------------------


def test_a_candidate_is_admitted_once(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = seated(session, sitting.enrolments[0])
    proctoring.admit(session, attempt, actor=SYSTEM, now=NOW)
    assert (attempt.state, attempt.admitted_at) == (AttemptState.ADMITTED, NOW)
    with pytest.raises(AttemptStateError):
        proctoring.admit(session, attempt, actor=SYSTEM, now=NOW + MINUTE)
    assert events_of(session, attempt) == ["admitted"]
    assert actions(session).count("seat.admit") == 1


def test_all_who_wait_are_admitted_together(session: Session) -> None:
    sitting = house(session).opened(1, 2, 3)
    attempts = [seated(session, enrolment) for enrolment in sitting.enrolments[:2]]
    begun = working(session, sitting.enrolments[2])
    assert proctoring.admit_all(session, sitting, actor=SYSTEM, now=NOW) == 2
    assert [attempt.state for attempt in attempts] == [AttemptState.ADMITTED] * 2
    assert begun.state is AttemptState.WORKING
    assert events_of(session, begun) == []
    assert proctoring.admit_all(session, sitting, actor=SYSTEM, now=NOW) == 0


# Releasing seats --------------------------------------------------------------------------------------------------


def test_a_released_seat_has_no_device_and_a_new_epoch(session: Session) -> None:
    sitting = house(session).opened(1, 2)
    mine, other = (working(session, enrolment) for enrolment in sitting.enrolments)
    proctoring.release_seat(session, mine, actor=SYSTEM, now=NOW)
    assert (mine.epoch, mine.device, mine.state) == (2, None, AttemptState.WORKING)
    assert (other.epoch, other.device) == (1, "device-2")
    assert events_of(session, mine) == ["released"]


def test_the_whole_room_is_released_but_not_who_is_finished(session: Session) -> None:
    sitting = house(session).opened(1, 2, 3)
    first, second, done = (working(session, enrolment) for enrolment in sitting.enrolments)
    done.state = AttemptState.SUBMITTED
    session.flush()
    assert proctoring.release_room(session, sitting, actor=SYSTEM, now=NOW) == 2
    assert [attempt.epoch for attempt in (first, second, done)] == [2, 2, 1]
    with pytest.raises(AttemptStateError):
        proctoring.release_seat(session, done, actor=SYSTEM, now=NOW)


# Time -------------------------------------------------------------------------------------------------------------


def test_minutes_for_the_room_reach_running_clocks_now_and_the_others_at_the_beginning(session: Session) -> None:
    sitting = house(session).opened(1, 2, 3)
    running, not_begun = working(session, sitting.enrolments[0]), seated(session, sitting.enrolments[1])
    done = working(session, sitting.enrolments[2])
    done.state = AttemptState.SUBMITTED
    session.flush()
    moved = proctoring.add_minutes_to_room(session, sitting, minutes=10, reason=WHY, actor=SYSTEM, now=NOW)
    assert moved == 1
    assert running.deadline_ms == two_hours_after(epoch_ms(NOW), 10)
    assert done.deadline_ms == two_hours_after(epoch_ms(NOW))
    assert not_begun.deadline_ms is None
    assert proctoring.credited_minutes(session, not_begun) == 10


def test_minutes_for_one_seat_leave_the_others_alone(session: Session) -> None:
    sitting = house(session).opened(1, 2)
    mine, other = (working(session, enrolment) for enrolment in sitting.enrolments)
    proctoring.add_minutes_to_seat(session, mine, minutes=5, reason=WHY, actor=SYSTEM, now=NOW)
    proctoring.add_minutes_to_seat(session, mine, minutes=2, reason=WHY, actor=SYSTEM, now=NOW)
    proctoring.add_minutes_to_room(session, sitting, minutes=1, reason=WHY, actor=SYSTEM, now=NOW)
    assert mine.deadline_ms == two_hours_after(epoch_ms(NOW), 8)
    assert other.deadline_ms == two_hours_after(epoch_ms(NOW), 1)
    assert [proctoring.credited_minutes(session, attempt) for attempt in (mine, other)] == [8, 1]
    assert events_of(session, mine) == ["minutes_added"] * 2


def test_the_reason_stays_with_the_credit_and_out_of_the_audit_journal(session: Session) -> None:
    sitting = house(session).opened(1)
    proctoring.add_minutes_to_room(session, sitting, minutes=3, reason=f" {WHY} ", actor=SYSTEM, now=NOW)
    assert session.scalars(select(TimeCredit.reason)).one() == WHY
    kept = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert kept.details == {"minutes": 3, "n_working": 0}


@pytest.mark.parametrize("minutes", [0, -5, 241])
def test_an_impossible_number_of_minutes_is_refused(session: Session, minutes: int) -> None:
    sitting = house(session).opened(1)
    attempt = working(session, sitting.enrolments[0])
    with pytest.raises(MinutesRefusedError):
        proctoring.add_minutes_to_room(session, sitting, minutes=minutes, reason=WHY, actor=SYSTEM, now=NOW)
    with pytest.raises(MinutesRefusedError):
        proctoring.add_minutes_to_seat(session, attempt, minutes=minutes, reason=WHY, actor=SYSTEM, now=NOW)
    assert attempt.deadline_ms == two_hours_after(epoch_ms(NOW))


def test_nobody_touches_time_without_a_reason(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = working(session, sitting.enrolments[0])
    acts: list[Callable[[], object]] = [
        lambda: proctoring.add_minutes_to_room(session, sitting, minutes=1, reason=" ", actor=SYSTEM, now=NOW),
        lambda: proctoring.add_minutes_to_seat(session, attempt, minutes=1, reason="", actor=SYSTEM, now=NOW),
        lambda: proctoring.pause_seat(session, attempt, reason="\n", actor=SYSTEM, now=NOW),
        lambda: proctoring.resume_seat(session, attempt, reason="", actor=SYSTEM, now=NOW),
        lambda: proctoring.pause_room(session, sitting, reason="", actor=SYSTEM, now=NOW),
        lambda: proctoring.resume_room(session, sitting, reason="", actor=SYSTEM, now=NOW),
    ]
    for act in acts:
        with pytest.raises(TimeReasonMissingError):
            act()


def test_no_minutes_after_the_room_was_closed_or_the_test_handed_in(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = working(session, sitting.enrolments[0])
    attempt.state = AttemptState.SUBMITTED
    session.flush()
    with pytest.raises(AttemptStateError):
        proctoring.add_minutes_to_seat(session, attempt, minutes=1, reason=WHY, actor=SYSTEM, now=NOW)
    sittings.close_sitting(session, sitting, actor=SYSTEM, now=NOW)
    with pytest.raises(SittingStateError):
        proctoring.add_minutes_to_room(session, sitting, minutes=1, reason=WHY, actor=SYSTEM, now=NOW)


def test_minutes_bring_no_clock_back_that_ran_out_even_when_nobody_looked(session: Session) -> None:
    sitting = house(session).opened(1, 2, 3)
    over, paused, longer = (working(session, enrolment) for enrolment in sitting.enrolments)
    proctoring.pause_seat(session, paused, reason=WHY, actor=SYSTEM, now=NOW + HOUR)
    proctoring.add_minutes_to_seat(session, longer, minutes=1, reason=WHY, actor=SYSTEM, now=NOW + 2 * HOUR)
    late = NOW + 2 * HOUR + timedelta(milliseconds=1)
    with pytest.raises(AttemptStateError):
        proctoring.add_minutes_to_seat(session, over, minutes=9, reason=WHY, actor=SYSTEM, now=late)
    assert proctoring.add_minutes_to_room(session, sitting, minutes=9, reason=WHY, actor=SYSTEM, now=late) == 2
    assert proctoring.sweep_overdue(session, now=late) == 1
    assert over.state is AttemptState.EXPIRED


def test_grants_at_the_same_time_all_count(database: Database) -> None:
    with database.transaction() as session:
        sitting = house(session).opened(1)
        working(session, sitting.enrolments[0])
        sitting_id = sitting.id
    failures: list[Exception] = []

    def grant() -> None:
        try:
            with database.transaction() as session:
                mine = session.get_one(Sitting, sitting_id)
                proctoring.add_minutes_to_room(session, mine, minutes=1, reason=WHY, actor=SYSTEM, now=NOW)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=grant) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.transaction() as session:
        attempt = session.scalars(select(Attempt)).one()
        assert attempt.deadline_ms == two_hours_after(epoch_ms(NOW), 6)
        assert proctoring.credited_minutes(session, attempt) == 6


# Pauses and the sweep ---------------------------------------------------------------------------------------------


def test_a_pause_moves_the_deadline_by_its_length(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = working(session, sitting.enrolments[0])
    proctoring.pause_seat(session, attempt, reason=WHY, actor=SYSTEM, now=NOW + HOUR)
    assert attempt.paused_ms == epoch_ms(NOW + HOUR)
    with pytest.raises(AttemptStateError):
        proctoring.pause_seat(session, attempt, reason=WHY, actor=SYSTEM, now=NOW + HOUR)
    proctoring.resume_seat(session, attempt, reason=WHY, actor=SYSTEM, now=NOW + HOUR + 7 * MINUTE)
    assert attempt.deadline_ms == two_hours_after(epoch_ms(NOW), 7)
    assert attempt.paused_ms is None
    with pytest.raises(AttemptStateError):
        proctoring.resume_seat(session, attempt, reason=WHY, actor=SYSTEM, now=NOW + HOUR)
    assert events_of(session, attempt) == ["paused", "resumed"]


def test_a_clock_set_back_during_a_pause_takes_nothing_away(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = working(session, sitting.enrolments[0])
    proctoring.pause_seat(session, attempt, reason=WHY, actor=SYSTEM, now=NOW + HOUR)
    proctoring.resume_seat(session, attempt, reason=WHY, actor=SYSTEM, now=NOW)
    assert attempt.deadline_ms == two_hours_after(epoch_ms(NOW))


def test_time_that_is_over_cannot_be_paused_back_to_life(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = working(session, sitting.enrolments[0])
    with pytest.raises(AttemptStateError):
        proctoring.pause_seat(session, attempt, reason=WHY, actor=SYSTEM, now=NOW + 2 * HOUR + MINUTE)


def test_a_room_is_paused_and_resumed_as_one(session: Session) -> None:
    sitting = house(session).opened(1, 2, 3)
    first, second = (working(session, enrolment) for enrolment in sitting.enrolments[:2])
    waiting = seated(session, sitting.enrolments[2])
    assert proctoring.pause_room(session, sitting, reason=WHY, actor=SYSTEM, now=NOW + HOUR) == 2
    assert waiting.paused_ms is None
    assert proctoring.resume_room(session, sitting, reason=WHY, actor=SYSTEM, now=NOW + HOUR + 3 * MINUTE) == 2
    assert {first.deadline_ms, second.deadline_ms} == {two_hours_after(epoch_ms(NOW), 3)}


def test_the_sweep_closes_only_what_is_overdue_and_not_paused(session: Session) -> None:
    sitting = house(session).opened(1, 2, 3, 4)
    over, paused, running = (working(session, enrolment) for enrolment in sitting.enrolments[:3])
    waiting = seated(session, sitting.enrolments[3])
    proctoring.pause_seat(session, paused, reason=WHY, actor=SYSTEM, now=NOW + HOUR)
    proctoring.add_minutes_to_seat(session, running, minutes=1, reason=WHY, actor=SYSTEM, now=NOW)
    end = NOW + 2 * HOUR
    assert proctoring.sweep_overdue(session, now=end) == 0
    assert proctoring.sweep_overdue(session, now=end + timedelta(milliseconds=1)) == 1
    assert [attempt.state for attempt in (over, paused, running, waiting)] == [
        AttemptState.EXPIRED,
        AttemptState.WORKING,
        AttemptState.WORKING,
        AttemptState.WAITING,
    ]
    assert events_of(session, over) == ["expired"]


# The room ---------------------------------------------------------------------------------------------------------


def test_the_room_shows_every_seat_as_it_is(session: Session) -> None:
    sitting = house(session).opened(1, 2, 3)
    attempt = working(session, sitting.enrolments[0])
    seated(session, sitting.enrolments[1])
    proctoring.add_minutes_to_room(session, sitting, minutes=4, reason=WHY, actor=SYSTEM, now=NOW)
    proctoring.add_minutes_to_seat(session, attempt, minutes=5, reason=WHY, actor=SYSTEM, now=NOW)
    first, second, third = room(session, sitting, now=NOW + HOUR)
    assert (first.seat, first.name, first.state) == (1, "Guru 1", AttemptState.WORKING)
    assert (first.remaining_seconds, first.minutes_added, first.last_seen_at) == (69 * 60, 9, NOW)
    assert (second.state, second.remaining_seconds, second.minutes_added) == (AttemptState.WAITING, None, 4)
    assert (third.state, third.attempt, third.last_seen_at, third.n_answered) == (None, None, None, 0)
    assert third.has_card
    proctoring.pause_seat(session, attempt, reason=WHY, actor=SYSTEM, now=NOW + HOUR)
    (first, *_) = room(session, sitting, now=NOW + 3 * HOUR)
    assert (first.is_paused, first.remaining_seconds) == (True, 69 * 60)


def test_an_item_counts_as_answered_by_its_last_answer_in_time(session: Session) -> None:
    sitting = house(session).opened(1, 2)
    attempt, other = (working(session, enrolment) for enrolment in sitting.enrolments)
    answer(session, attempt, 1, 0)
    answer(session, attempt, 1, 3)  # changed: still one item
    answer(session, attempt, 2, 1)
    answer(session, attempt, 2, None)  # cleared
    answer(session, attempt, 3, None)
    answer(session, attempt, 3, 2)  # cleared, then answered
    answer(session, attempt, 4, 1)
    answer(session, attempt, 4, None, mark=StepMark.LATE)  # too late to count
    answer(session, attempt, 5, 1, mark=StepMark.AFTER_SUBMIT)
    answer(session, attempt, 6, None, kind=StepKind.VIEW)
    answer(session, other, 1, 0)
    assert [row.n_answered for row in room(session, sitting, now=NOW)] == [3, 1]


def test_the_room_costs_five_statements_however_full_it_is(database: Database) -> None:
    with database.transaction() as session:
        sitting = house(session).opened(*range(1, 31))
        for enrolment in sitting.enrolments:
            answer(session, working(session, enrolment), 1, 0)
        public_id = sitting.public_id
    statements: list[str] = []
    with database.reading() as session:
        found = find_sitting(session, public_id)
        assert found
        event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        assert sum(row.n_answered for row in room(session, found, now=NOW)) == 30
    assert len(statements) == 5  # seats with heads, approved outages, new steps, credits, silences


def test_everybody_sees_the_sittings_that_concern_them(session: Session) -> None:
    place = house(session)
    here = place.opened(1, 2)
    later = place.plan(room="Lab 2", opens_at=NOW + 24 * HOUR)
    place.site = new_site(session, "DPS")
    there = place.plan()
    rows = sittings_for(session, place.staff(Role.PENGAWAS, site=here.site))
    assert [row.public_id for row in rows] == [later.public_id, here.public_id]
    assert [row.n_enrolled for row in rows] == [0, 2]
    assert (rows[1].site, rows[1].time_zone, rows[1].form) == ("LPTK KPG", "Asia/Makassar", "Paket A")
    everything = {row.public_id for row in sittings_for(session, place.staff(Role.BANK_MANAGER))}
    assert everything == {here.public_id, later.public_id, there.public_id}
    assert len(sittings_for(session, SYSTEM)) == 3
    nobody_yet = Actor(account_id=99, public_id=here.public_id, name="Baru")
    assert sittings_for(session, nobody_yet) == []


def test_an_attempt_is_found_by_its_public_id_only(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = seated(session, sitting.enrolments[0])
    assert find_attempt(session, attempt.public_id) is attempt
    assert find_attempt(session, sitting.public_id) is None
    assert find_sitting(session, attempt.public_id) is None


# Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.PROKTOR, Role.PENGAWAS])
def test_neither_another_sites_proktor_nor_the_own_pengawas_runs_the_room(session: Session, role: Role) -> None:
    place = house(session)
    sitting = place.opened(1)
    attempt = working(session, sitting.enrolments[0])
    actor = place.staff(role, site=place.site if role is Role.PENGAWAS else new_site(session, "LAIN"))
    acts: list[Callable[[], object]] = [
        lambda: proctoring.release_seat(session, attempt, actor=actor, now=NOW),
        lambda: proctoring.release_room(session, sitting, actor=actor, now=NOW),
        lambda: proctoring.add_minutes_to_seat(session, attempt, minutes=1, reason=WHY, actor=actor, now=NOW),
        lambda: proctoring.add_minutes_to_room(session, sitting, minutes=1, reason=WHY, actor=actor, now=NOW),
        lambda: proctoring.pause_seat(session, attempt, reason=WHY, actor=actor, now=NOW),
        lambda: proctoring.resume_seat(session, attempt, reason=WHY, actor=actor, now=NOW),
        lambda: proctoring.pause_room(session, sitting, reason=WHY, actor=actor, now=NOW),
        lambda: proctoring.resume_room(session, sitting, reason=WHY, actor=actor, now=NOW),
    ]
    for act in acts:
        with pytest.raises(NotYourSiteError):
            act()


@pytest.mark.parametrize("role", [Role.PROKTOR, Role.PENGAWAS])
def test_both_site_roles_admit_at_their_own_site_only(session: Session, role: Role) -> None:
    place = house(session)
    sitting = place.opened(1)
    waiting = seated(session, sitting.enrolments[0])
    stranger = place.staff(role, site=new_site(session, "LAIN"))
    with pytest.raises(NotYourSiteError):
        proctoring.admit(session, waiting, actor=stranger, now=NOW)
    with pytest.raises(NotYourSiteError):
        proctoring.admit_all(session, sitting, actor=stranger, now=NOW)
    own = place.staff(role, site=place.site)
    proctoring.admit(session, waiting, actor=own, now=NOW)
    assert proctoring.admit_all(session, sitting, actor=own, now=NOW) == 0
