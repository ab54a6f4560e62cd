"""Outages on real databases: what the worker notes, who signs, which late answers count, and what a score pins."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from types import NoneType

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam.errors import (
    CommitteeOnlyError,
    NotYourSiteError,
    OutageApprovedError,
    OutageIntervalError,
    OutagePendingError,
    OutageReasonMissingError,
    OutageUnprovenError,
    OwnOutageError,
    SittingStateError,
)
from exam.model import Attempt, ContactGap, Outage, ServerGap, Sitting
from exam.operations import delivery
from exam.operations.outages import approve_outage, note_pulse, propose_outage, set_pulse, watch_seats, withdraw_outage
from exam.operations.proctoring import sweep_overdue
from exam.operations.scoring import propose_key_set, run_scoring, sign_key_set
from exam.operations.sittings import close_sitting, seal_sitting
from exam.outages import Interval, provable
from exam.queries.outages import effect_of, evidence_of, excused_steps, outages_of, proven, waiting_outages
from exam.queries.responses import collect_responses
from exam.states import SittingState
from exam.timing import epoch_ms
from registry.actor import SYSTEM
from registry.model import AuditEvent
from registry.roles import Role
from tests.conftest import NOW, Furnished
from tests.exam_room import KEYS
from tests.examination import answers_with, enrol, make_form, make_site, make_sitting, make_staff, take_test
from tests.store.outage_lab import DEADLINE, MINUTE, Lab, open_lab
from tests.store.test_scoring import estimate

SECOND = timedelta(seconds=1)
GONE, BACK = NOW + 110 * MINUTE, NOW + 125 * MINUTE  # over the deadline, which is at 120 minutes


@pytest.fixture
def lab(furnished: Furnished) -> Lab:
    return open_lab(furnished)


def server_outage(lab: Lab) -> None:
    """The server is away over the deadline; the candidates go on."""
    lab.until(GONE)
    lab.sleep(BACK)
    lab.work()


def network_outage(lab: Lab, *, silent: list[int]) -> None:
    """The server goes on, and some seats are not heard."""
    lab.until(GONE)
    lab.until(BACK, silent=silent)


def gaps(lab: Lab) -> list[tuple[int, int]]:
    with lab.database.reading() as session:
        return [(gap.from_ms, gap.until_ms) for gap in session.scalars(select(ServerGap))]


# What the worker notes --------------------------------------------------------------------------------------------


def test_a_silence_of_the_server_is_noted_when_it_is_back(lab: Lab) -> None:
    server_outage(lab)
    assert gaps(lab) == [(epoch_ms(GONE), epoch_ms(BACK))]
    lab.work()
    assert len(gaps(lab)) == 1


def test_a_server_that_took_answers_while_the_worker_was_away_was_not_silent(lab: Lab) -> None:
    lab.until(GONE)
    computer = lab.computers[0]
    lab.until(BACK, worker=lambda: computer.send(computer.answered(1, 2, at=lab.now), now=lab.now))
    lab.work()
    assert gaps(lab) == []


def test_the_silence_ends_when_the_first_seat_is_heard_and_not_when_the_worker_looks(lab: Lab) -> None:
    lab.until(GONE)
    lab.sleep(BACK)
    lab.computers[0].send(now=lab.now)
    lab.sleep(BACK + 10 * SECOND)
    lab.work()
    assert gaps(lab) == [(epoch_ms(GONE), epoch_ms(BACK))]


def test_two_workers_note_one_silence_once(lab: Lab) -> None:
    server_outage(lab)
    lab.work()
    lab.work()
    assert len(gaps(lab)) == 1


def test_a_clock_that_was_set_back_or_that_the_worker_knows_to_have_jumped_is_no_silence(lab: Lab) -> None:
    with lab.database.transaction() as session:
        assert note_pulse(session, now=NOW - 60 * MINUTE) == []
        assert note_pulse(session, now=NOW - 59 * MINUTE - 40 * SECOND) == []
        set_pulse(session, now=NOW)
        assert note_pulse(session, now=NOW + 5 * SECOND) == []
        assert len(note_pulse(session, now=NOW + 60 * SECOND)) == 1


def test_silences_of_seats_open_after_45_seconds_and_close_when_the_seat_is_heard(lab: Lab) -> None:
    lab.until(NOW + 60 * SECOND)
    lab.until(NOW + 100 * SECOND, silent=[1])
    assert silences(lab) == []
    lab.until(NOW + 110 * SECOND, silent=[1])
    assert silences(lab) == [(60, None)]
    lab.until(NOW + 140 * SECOND)
    assert silences(lab) == [(60, 120)]
    lab.until(NOW + 200 * SECOND, silent=[1])
    assert silences(lab) == [(60, 120), (140, None)]


def silences(lab: Lab) -> list[tuple[int, int | None]]:
    with lab.database.reading() as session:
        found = session.scalars(select(ContactGap).order_by(ContactGap.from_ms)).all()
    start = epoch_ms(NOW)
    return [((g.from_ms - start) // 1000, None if g.until_ms is None else (g.until_ms - start) // 1000) for g in found]


def test_a_seat_whose_time_ran_out_in_the_silence_is_watched_and_one_that_handed_in_is_not(lab: Lab) -> None:
    lab.until(DEADLINE - 40 * SECOND)
    with lab.database.transaction() as session:
        for computer in lab.computers[1:]:
            held = computer.attempt(session)
            held.receipt = "{}"
    lab.until(DEADLINE + MINUTE, silent=[0, 1, 2, 3])
    with lab.database.transaction() as session:
        sweep_overdue(session, now=lab.now)
        watch_seats(session, now=lab.now)
        assert [gap.attempt_id for gap in session.scalars(select(ContactGap))] == [lab.computers[0].attempt(session).id]


# Signing ----------------------------------------------------------------------------------------------------------


def test_what_the_worker_noted_is_offered_and_two_people_sign_it(lab: Lab) -> None:
    server_outage(lab)
    with lab.database.reading() as session:
        offered = provable(evidence_of(session, lab.sitting(session), now_ms=epoch_ms(lab.now)))
    assert offered == [Interval(epoch_ms(GONE), epoch_ms(BACK))]
    outage = lab.propose(GONE, BACK)
    with lab.database.reading() as session:
        assert [each.id for each in waiting_outages(session)] == [outage]
    lab.approve(outage)
    with lab.database.reading() as session:
        assert waiting_outages(session) == []
        found = outages_of(session, lab.sitting(session))[0]
        assert (found.proposed_by_id, found.approved_by_id) == (lab.proktor.key, lab.committee.key)
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-2:] == ["outage.propose", "outage.approve"]


def test_an_interval_that_nothing_proves_is_refused_with_what_is_missing(lab: Lab) -> None:
    network_outage(lab, silent=[0, 1])
    with pytest.raises(OutageUnprovenError) as refused:
        lab.propose(GONE, BACK)
    assert refused.value.parameters == {"n_silent": 2, "n_needed": 3, "n_working": 4}
    with pytest.raises(OutageUnprovenError):
        lab.propose(NOW + MINUTE, NOW + 2 * MINUTE)


def test_an_interval_that_ends_before_it_begins_or_in_the_future_is_refused(lab: Lab) -> None:
    server_outage(lab)
    with pytest.raises(OutageIntervalError):
        lab.propose(BACK, GONE)
    with pytest.raises(OutageIntervalError):
        lab.propose(GONE, BACK + MINUTE)


def test_a_proposal_needs_a_reason(lab: Lab) -> None:
    server_outage(lab)
    interval = Interval(epoch_ms(GONE), epoch_ms(BACK))
    with lab.database.transaction() as session, pytest.raises(OutageReasonMissingError):
        propose_outage(session, lab.sitting(session), interval=interval, reason="  ya ", actor=lab.proktor, now=lab.now)


def test_the_proposer_never_approves_and_nobody_approves_twice(lab: Lab) -> None:
    server_outage(lab)
    outage = lab.propose(GONE, BACK)
    both = replace(lab.proktor, roles=lab.proktor.roles | lab.committee.roles)
    with pytest.raises(OwnOutageError):
        lab.approve(outage, actor=both)
    lab.approve(outage)
    with pytest.raises(OutageApprovedError):
        lab.approve(outage)


def test_only_the_committee_gives_the_second_signature(lab: Lab) -> None:
    server_outage(lab)
    outage = lab.propose(GONE, BACK)
    others = frozenset(Role) - {Role.COMMITTEE}
    actors = [replace(lab.committee, roles=roles, site_ids=lab.proktor.site_ids) for roles in (frozenset(), others)]
    for actor in (SYSTEM, *actors):
        with pytest.raises(CommitteeOnlyError):
            lab.approve(outage, actor=actor)
    lab.approve(outage)


def test_a_proposal_is_withdrawn_by_who_may_sign_it(lab: Lab) -> None:
    server_outage(lab)
    outage = lab.propose(GONE, BACK)
    stranger = replace(lab.committee, roles=frozenset({Role.PROKTOR}))
    with pytest.raises(NotYourSiteError), lab.database.transaction() as session:
        withdraw_outage(session, session.get_one(Outage, outage), actor=stranger, now=lab.now)
    with lab.database.transaction() as session:
        withdraw_outage(session, session.get_one(Outage, outage), actor=lab.committee, now=lab.now)


def test_the_database_itself_refuses_one_person_for_both_signatures(lab: Lab) -> None:
    server_outage(lab)
    outage = lab.propose(GONE, BACK)
    forged = text("UPDATE outage SET approved_by_id = proposed_by_id, approved_at = proposed_at WHERE id = :id")
    with pytest.raises(DBAPIError), lab.database.transaction() as session:
        session.execute(forged, {"id": outage})


def test_a_proktor_of_another_site_proposes_nothing(lab: Lab) -> None:
    server_outage(lab)
    with lab.database.transaction() as session:
        other = make_staff(session, Role.PROKTOR, "Proktor lain", site=make_site(session))
    with pytest.raises(NotYourSiteError):
        lab.propose(GONE, BACK, actor=other)


def test_a_proposal_can_be_withdrawn_and_an_approved_outage_cannot(lab: Lab) -> None:
    server_outage(lab)
    first, second = lab.propose(GONE, BACK), lab.propose(GONE, DEADLINE)
    lab.approve(second)
    with lab.database.transaction() as session:
        withdraw_outage(session, session.get_one(Outage, first), actor=lab.proktor, now=lab.now)
    with lab.database.reading() as session:
        assert [each.id for each in outages_of(session, lab.sitting(session))] == [second]
    with pytest.raises(OutageApprovedError), lab.database.transaction() as session:
        withdraw_outage(session, session.get_one(Outage, second), actor=lab.proktor, now=lab.now)


def test_nothing_is_proposed_approved_or_withdrawn_once_the_sitting_is_sealed(lab: Lab) -> None:
    server_outage(lab)
    outage = lab.propose(GONE, BACK)
    with lab.database.transaction() as session:
        lab.sitting(session).state = SittingState.SEALED
    with pytest.raises(SittingStateError):
        lab.propose(GONE, BACK)
    with pytest.raises(SittingStateError):
        lab.approve(outage)
    with pytest.raises(SittingStateError), lab.database.transaction() as session:
        withdraw_outage(session, session.get_one(Outage, outage), actor=lab.proktor, now=lab.now)


# Counting ---------------------------------------------------------------------------------------------------------


def work_through(lab: Lab, place: int = 0) -> None:
    """One candidate answers before the deadline, after it, and sends all of it when the server is back."""
    computer = lab.computers[place]
    kept = [
        computer.answered(1, 2, at=DEADLINE - 5 * MINUTE),
        computer.answered(2, 3, at=DEADLINE - SECOND),
        computer.answered(3, 1, at=DEADLINE + SECOND),
    ]
    computer.send(*kept, now=lab.now)


def test_late_answers_count_once_the_outage_is_approved_and_not_before(lab: Lab) -> None:
    server_outage(lab)
    work_through(lab)
    assert lab.answers(0) == {}
    outage = lab.propose(GONE, BACK)
    assert lab.answers(0) == {}
    with lab.database.reading() as session:
        effect = effect_of(session, lab.sitting(session), proven(session.get_one(Outage, outage)))
    assert (effect.n_seats, effect.n_steps, effect.n_answers) == (1, 2, 2)
    lab.approve(outage)
    assert lab.answers(0) == {1: 2, 2: 3}


def test_in_an_outage_of_the_network_only_the_silent_seats_are_excused(lab: Lab) -> None:
    network_outage(lab, silent=[0, 1, 2])
    work_through(lab, 0)
    work_through(lab, 3)  # was heard by heartbeat all the time
    lab.approve(lab.propose(GONE, BACK))
    assert lab.answers(0) == {1: 2, 2: 3}
    assert lab.answers(3) == {}


def test_a_time_forged_into_the_outage_by_a_seat_that_was_heard_in_it_does_not_count(lab: Lab) -> None:
    lab.until(GONE)
    lab.until(DEADLINE + MINUTE, silent=[0, 1, 2, 3])
    work_through(lab)
    lab.until(BACK, silent=[1, 2, 3])
    computer = lab.computers[0]
    computer.send(computer.answered(9, 1, at=DEADLINE - 3 * MINUTE), now=lab.now)
    lab.approve(lab.propose(GONE, BACK))
    assert lab.answers(0) == {1: 2, 2: 3}


def test_answers_after_the_hand_in_never_count(lab: Lab) -> None:
    lab.until(GONE)
    with lab.database.transaction() as session:
        holder = lab.computers[0].holder
        delivery.submit(
            session, attempt=holder.attempt, epoch=1, last_seq=0, prev=lab.computers[0].prev, keys=KEYS, now=lab.now
        )
    lab.sleep(BACK)
    lab.work()
    work_through(lab)
    lab.approve(lab.propose(GONE, BACK))
    assert lab.answers(0) == {}


def test_an_outage_of_another_sitting_excuses_nobody_here(lab: Lab) -> None:
    server_outage(lab)
    work_through(lab)
    with lab.database.transaction() as session:
        here = lab.sitting(session)
        there = Sitting(
            **{name: getattr(here, name) for name in ("administration", "form", "site", "title", "duration_seconds")},
            **{name: getattr(here, name) for name in ("opens_at", "closes_at", "state", "start_code", "created_at")},
            room="Lab 9",
        )
        session.add(there)
        session.flush()
        outage = Outage(
            sitting=there,
            from_ms=epoch_ms(GONE),
            until_ms=epoch_ms(BACK),
            reason="Listrik padam",
            evidence={"server": [[epoch_ms(GONE), epoch_ms(BACK)]], "seats": [], "n_working": 0},
            proposed_by_id=lab.proktor.key,
            proposed_at=lab.now,
        )
        session.add(outage)
        session.flush()
        approve_outage(session, outage, actor=lab.committee, now=lab.now)
    assert lab.answers(0) == {}


def test_the_answers_for_the_analysis_count_by_the_same_rule(lab: Lab) -> None:
    server_outage(lab)
    work_through(lab)
    lab.approve(lab.propose(GONE, BACK))
    with lab.database.transaction() as session:
        sitting = lab.sitting(session)
        close_sitting(session, sitting, actor=SYSTEM, now=lab.now)
        rows = collect_responses(session, sitting.administration)
        first = next(r for r in rows.attempts if r.public_id == lab.computers[0].holder.attempt)
    assert sorted(option for option in first.answers if option >= 0) == [2, 3]


def late_and_approved(session: Session) -> tuple[Sitting, Attempt]:
    """A sealed sitting in which one of four answers was late, inside an approved outage."""
    form = make_form(session)
    sitting = make_sitting(session, form, state=SittingState.CLOSED)
    attempt = take_test(session, enrol(session, sitting), answers_with(form, 4), late=[1])
    proposer, approver = (
        make_staff(session, Role.PROKTOR, "P", site=sitting.site),
        make_staff(session, Role.COMMITTEE, "K"),
    )
    begun = epoch_ms(sitting.opens_at)
    session.add(ServerGap(from_ms=begun - 60_000, until_ms=begun + 60_000))
    interval = Interval(begun - 60_000, begun + 60_000)
    outage = propose_outage(session, sitting, interval=interval, reason="Listrik padam", actor=proposer, now=NOW)
    approve_outage(session, outage, actor=approver, now=NOW)
    sitting.state = SittingState.SEALED
    return sitting, attempt


def test_a_score_counts_late_answers_of_approved_outages_and_pins_them(session: Session) -> None:
    sitting, attempt = late_and_approved(session)
    other = take_test(session, enrol(session, sitting), answers_with(sitting.form, 4))
    staff = [make_staff(session, Role.PSYCHOMETRICIAN, name) for name in ("Ratna", "Budi", "Wayan")]
    key_set = propose_key_set(session, sitting.form, changes=[], reason="", actor=staff[0], now=NOW)
    for signer in staff[1:]:
        sign_key_set(session, key_set, digest=key_set.digest, actor=signer, now=NOW)
    run = run_scoring(session, sitting.form, estimate=estimate, actor=staff[0], now=NOW)
    assert {score.attempt_id: score.raw_score for score in run.scores} == {attempt.id: 4, other.id: 4}
    assert run.outages == [str(outage.public_id) for outage in outages_of(session, sitting)]


def test_without_an_outage_in_the_sitting_nothing_is_excused_by_one_small_question(session: Session) -> None:
    form = make_form(session)
    sitting = make_sitting(session, form)
    take_test(session, enrol(session, sitting), answers_with(form, 4), late=[1])
    assert excused_steps(session, Attempt.form_id == form.id) == {}


# Several at once --------------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], object]) -> list[Exception | None]:
    """Do all of it in threads of their own; what each of them ended with."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> Exception | None:
        barrier.wait()
        try:
            act()
        except Exception as error:  # the test looks at it
            return error
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_workers_that_look_at_the_same_moment_note_everything_once(lab: Lab) -> None:
    lab.until(GONE)
    lab.sleep(BACK)
    assert at_once(*[lab.work] * 4) == [None] * 4
    assert len(gaps(lab)) == 1
    assert len(silences(lab)) == 4


def test_of_two_members_of_the_committee_one_approves(lab: Lab) -> None:
    server_outage(lab)
    outage = lab.propose(GONE, BACK)
    with lab.database.transaction() as session:
        second = make_staff(session, Role.COMMITTEE, "Wayan Komite")
    ends = at_once(lambda: lab.approve(outage), lambda: lab.approve(outage, actor=second))
    assert [type(end) for end in ends if end] == [OutageApprovedError]


def test_an_outage_is_decided_before_the_seal_or_not_at_all(lab: Lab) -> None:
    server_outage(lab)
    work_through(lab)
    outage = lab.propose(GONE, BACK)
    with lab.database.transaction() as session:
        close_sitting(session, lab.sitting(session), actor=SYSTEM, now=lab.now)

    def seal() -> None:
        with lab.database.transaction() as session:
            seal_sitting(session, lab.sitting(session), keys=KEYS, actor=SYSTEM, now=lab.now)

    approved, sealed = at_once(lambda: lab.approve(outage), seal)
    assert approved is None  # while it waits nobody seals, so the approval always comes first
    assert isinstance(sealed, OutagePendingError | NoneType)
    assert lab.answers(0) == {1: 2, 2: 3}
