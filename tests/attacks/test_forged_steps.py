"""Steps that are forged, repeated, re-ordered, dated falsely or sent too late: refused, or kept and never counted."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from exam.journal import JournalStep, first_broken, replay
from exam.model import SeatEvent, Step
from exam.operations import proctoring
from exam.operations.proctoring import sweep_overdue
from exam.operations.sittings import close_sitting
from exam.queries.minutes import minutes_of
from exam.queries.room_log import STRAYS, room_log
from exam.states import StepMark
from exam.tokens import AttemptToken
from registry.actor import SYSTEM
from tests.attacks.lab import Candidate, Json, Lab, refused


@pytest.fixture
def working(lab: Lab) -> Candidate:
    """A candidate whose clock runs."""
    lab.seat(lab.candidates[0])
    return lab.candidates[0]


def journal(lab: Lab, candidate: Candidate) -> list[Step]:
    """What the journal holds of a candidate, whose chain must hold too."""
    with lab.database.reading() as session:
        attempt = lab.attempt_of(session, candidate)
        rows = list(session.scalars(select(Step).where(Step.attempt_id == attempt.id).order_by(Step.seq)))
        names = ("seq", "kind", "item", "option", "value", "at_ms", "received_ms")
        chained = ((JournalStep(**{name: getattr(row, name) for name in names}), row.digest) for row in rows)
        assert first_broken(attempt.genesis, chained) is None
        assert (attempt.last_seq, attempt.digest) == ((len(rows), rows[-1].digest) if rows else (0, attempt.genesis))
        session.expunge_all()
        return rows


def counted(rows: list[Step]) -> Mapping[int, int]:
    """The answers that count, by replay."""
    return replay((row.kind, row.item, row.option, row.value, row.mark) for row in rows).answers


def options_of(lab: Lab, candidate: Candidate, place: int = 0) -> list[str]:
    """The ids of the options of the item at a place of the candidate's order."""
    index = lab.platform.form_indexes.known(lab.room.form.public_id)
    assert index is not None
    position = index.position_of(candidate.seat["order"][place])
    return [index.option_key(position, option) for option in range(4)]


def test_a_replayed_request_is_acknowledged_and_changes_nothing(lab: Lab, working: Candidate) -> None:
    first, second = options_of(lab, working)[:2]
    genesis = working.digest
    sent = working.step(1, option=first)
    working.send(sent)
    working.send(working.step(2, option=second))
    again = working.on_attempt("steps", {"prev": genesis, "steps": [sent]}).get_json()
    assert (again["acked_seq"], again["digest"]) == (2, working.digest)
    rows = journal(lab, working)
    assert [row.seq for row in rows] == [1, 2]
    assert list(counted(rows).values()) == [1]


@pytest.mark.parametrize(
    "change",
    [{"option": "second"}, {"at": 2}, {"kind": "view", "option": None}, {"item": "other"}],
)
def test_what_was_acknowledged_is_not_overwritten(lab: Lab, working: Candidate, change: Json) -> None:
    options = options_of(lab, working)
    genesis = working.digest
    sent = working.step(1, option=options[0])
    working.send(sent)
    change = {
        name: {"second": options[1], "other": working.seat["order"][1]}.get(str(v), v) for name, v in change.items()
    }
    forged = sent | change
    if "item" in change:
        forged["option"] = options_of(lab, working, 1)[0]
    told = refused(working.on_attempt("steps", {"prev": genesis, "steps": [forged]}), "chain-mismatch")
    assert (told["last_seq"], told["digest"]) == (1, working.digest)
    assert [row.option for row in journal(lab, working)] == [0]


def test_steps_in_another_order_with_gaps_or_twice_are_refused(lab: Lab, working: Candidate) -> None:
    def steps(*seqs: int) -> list[Json]:
        return [working.step(seq, at=9) for seq in seqs]

    working.send(working.step(1), working.step(2))
    for seqs in ((4, 3), (3, 3), (3, 5), (3, 2), (2, 3, 3)):
        refused(working.send(*steps(*seqs)), "bad-request")
    for seq in (4, 2, 1, 10_000_000):
        refused(working.send(*steps(seq)), "chain-mismatch")
    for no_number in (0, -1, 2**31, 2**63, 1.0, "3", True, None):
        refused(working.send(working.step(1) | {"seq": no_number}), "bad-request")
    assert [row.seq for row in journal(lab, working)] == [1, 2]


def test_the_head_of_another_attempt_continues_nothing(lab: Lab) -> None:
    one, other = lab.candidates[:2]
    lab.seat(one, other)
    one.send(one.step(1))
    other.send(other.step(1), other.step(2))
    refused(one.send(one.step(2), prev=other.digest), "chain-mismatch")
    refused(one.send(one.step(3), prev=other.digest), "chain-mismatch")
    refused(one.on_attempt("submit", {"last_seq": 2, "prev": other.digest}), "chain-mismatch")
    assert len(journal(lab, one)) == 1


def test_nobody_hands_in_a_shorter_or_longer_journal(working: Candidate) -> None:
    genesis = working.digest
    working.send(working.step(1))
    for last_seq, prev in ((0, genesis), (1, genesis), (2, working.digest), (0, working.digest)):
        refused(working.on_attempt("submit", {"last_seq": last_seq, "prev": prev}), "chain-mismatch")
    assert working.submit(1).status_code == 200


def test_options_of_another_item_and_items_of_another_form_are_unknown(lab: Lab, working: Candidate) -> None:
    strange = options_of(lab, working, 1)[0]
    for wrong in (
        working.step(1, option=strange),
        working.step(1, option=working.seat["order"][0]),
        working.step(1) | {"item": strange},
        working.step(1) | {"item": "1"},
        working.step(1, option="0"),
    ):
        refused(working.send(wrong), "unknown-item")
    assert journal(lab, working) == []


def test_one_bad_step_spoils_its_whole_batch(lab: Lab, working: Candidate) -> None:
    good = options_of(lab, working)[0]
    refused(working.send(working.step(1, option=good), working.step(2, option="nobody-knows-it")), "unknown-item")
    assert journal(lab, working) == []


@pytest.mark.parametrize("at", [0, 1, 2**52])
def test_the_candidates_own_time_makes_nothing_earlier_or_later(lab: Lab, working: Candidate, at: int) -> None:
    option = options_of(lab, working)[0]
    working.send(working.step(1, option=option, at=at))
    lab.clock.now += timedelta(minutes=121)
    working.send(working.step(2, option=options_of(lab, working)[1], at=at))
    rows = journal(lab, working)
    assert [row.mark for row in rows] == [StepMark.ON_TIME, StepMark.LATE]
    assert list(counted(rows).values()) == [0]


def test_times_that_no_clock_shows_are_refused(working: Candidate) -> None:
    for at in (-1, 2**52 + 1, 2**63, 1.5, "1", None, True):
        refused(working.send(working.step(1) | {"at": at}), "bad-request")


def test_steps_after_handing_in_are_kept_marked_and_never_counted(lab: Lab, working: Candidate) -> None:
    first, second = options_of(lab, working)[:2]
    working.send(working.step(1, option=first))
    receipt = working.submit(1).get_json()["receipt"]
    answer = working.send(working.step(2, option=second))
    assert (answer.status_code, answer.get_json()["state"]) == (200, "submitted")
    rows = journal(lab, working)
    assert [row.mark for row in rows] == [StepMark.ON_TIME, StepMark.AFTER_SUBMIT]
    assert list(counted(rows).values()) == [0]
    again = working.take_seat().get_json()
    assert again["answers"] == {working.seat["order"][0]: first}
    assert working.submit(2).get_json()["receipt"] == receipt


def test_late_steps_are_kept_and_never_counted_whoever_asks_later(lab: Lab, working: Candidate) -> None:
    first, second = options_of(lab, working)[:2]
    working.send(working.step(1, option=first))
    lab.clock.now += timedelta(minutes=121)
    with lab.database.transaction() as session:
        sweep_overdue(session, now=lab.clock.now)
    late = lab.clock.now - timedelta(minutes=60)
    working.send(working.step(2, option=second, at=int(late.timestamp() * 1000)))
    rows = journal(lab, working)
    assert [row.mark for row in rows] == [StepMark.ON_TIME, StepMark.LATE]
    receipt = working.submit(2).get_json()["receipt"]
    assert (receipt["answered"], receipt["state"]) == (1, "expired")
    assert working.take_seat().get_json()["answers"] == {working.seat["order"][0]: first}


def test_whoever_lost_the_seat_writes_nothing_more_and_the_new_one_goes_on(lab: Lab, working: Candidate) -> None:
    option = options_of(lab, working)[0]
    working.send(working.step(1, option=option))
    old = working.seat["token"]
    with lab.database.transaction() as session:
        proctoring.release_seat(session, lab.attempt_of(session, working), actor=SYSTEM, now=lab.clock.now)
    refused(working.send(working.step(2)), "superseded")
    assert working.take_seat(device="pc-neu").get_json()["answers"] == {working.seat["order"][0]: option}
    assert working.send(working.step(2, item=1)).status_code == 200
    late = {"prev": working.digest, "steps": [working.step(3)]}
    refused(working.on_attempt("steps", late, token=old), "superseded")
    refused(working.on_attempt("submit", {"last_seq": 2, "prev": working.digest}, token=old), "superseded")
    assert len(journal(lab, working)) == 2


def strays(lab: Lab) -> list[list[Any]]:
    """What was kept beside the journals."""
    with lab.database.reading() as session:
        events = session.scalars(select(SeatEvent).where(SeatEvent.kind == STRAYS).order_by(SeatEvent.id))
        return [step for event in events for step in event.details["steps"]]


def test_steps_from_a_released_seat_are_kept_apart_and_never_counted(lab: Lab, working: Candidate) -> None:
    first, second = options_of(lab, working)[:2]
    known = working.step(1, option=first)
    working.send(known)
    old, genesis = working.seat["token"], working.digest
    with lab.database.transaction() as session:
        proctoring.release_seat(session, lab.attempt_of(session, working), actor=SYSTEM, now=lab.clock.now)
    late = [working.step(2, option=second, at=7), working.step(3, item=1, at=8)]
    for _ in range(2):  # the computer says it again
        refused(working.on_attempt("steps", {"prev": genesis, "steps": [known, *late]}, token=old), "superseded")
    refused(working.on_attempt("steps", {"prev": genesis, "steps": []}, token=old), "superseded")
    assert [step[:2] + step[6:] for step in strays(lab)] == [[1, 2, 7], [1, 3, 8]]
    assert working.take_seat(device="pc-neu").get_json()["answers"] == {working.seat["order"][0]: first}
    assert len(journal(lab, working)) == 1
    with lab.database.reading() as session:
        sitting = lab.sitting_row(session)
        (told,) = [line for line in room_log(session, sitting) if line.kind == STRAYS]
        assert (told.n_steps, told.seats) == (2, (1,))
        assert minutes_of(session, sitting, now=lab.clock.now).late.n_after_release == 2


def test_what_is_kept_apart_has_a_bound_and_ends_with_the_seal(
    lab: Lab, working: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exam.operations.strays.MOST_STEPS", 3)
    old = working.seat["token"]
    with lab.database.transaction() as session:
        proctoring.release_seat(session, lab.attempt_of(session, working), actor=SYSTEM, now=lab.clock.now)
    for first in (1, 3, 5):
        steps = [working.step(seq) for seq in (first, first + 1)]
        refused(working.on_attempt("steps", {"prev": working.digest, "steps": steps}, token=old), "superseded")
    assert [step[1] for step in strays(lab)] == [1, 2, 3]
    monkeypatch.setattr("exam.operations.strays.MOST_STEPS", 1000)
    with lab.database.transaction() as session:
        lab.attempt_of(session, working).sealed_ms = 1
    refused(working.on_attempt("steps", {"prev": working.digest, "steps": [working.step(9)]}, token=old), "superseded")
    assert len(strays(lab)) == 3


def test_nothing_is_kept_for_who_never_held_the_seat(lab: Lab, working: Candidate) -> None:
    other = lab.candidates[1]
    lab.seat(other)
    body = {"prev": working.digest, "steps": [working.step(1)]}
    for token in (other.seat["token"], working.seat["token"] + "x"):
        answer = working.on_attempt("steps", body, token=token)
        assert answer.status_code == 401
    forged = lab.platform.tokens.sign_attempt(
        AttemptToken(uuid.UUID(working.seat["attempt"]), lab.room.form.public_id, 9)
    )
    refused(working.on_attempt("steps", body, token=forged), "superseded")
    assert strays(lab) == []


def test_a_sealed_sitting_takes_nothing_from_anybody(lab: Lab, working: Candidate) -> None:
    working.send(working.step(1))
    with lab.database.transaction() as session:
        close_sitting(session, lab.sitting_row(session), actor=SYSTEM, now=lab.clock.now)
        attempt = lab.attempt_of(session, working)
        attempt.sealed_ms = int(lab.clock.now.timestamp() * 1000)
    refused(working.send(working.step(2)), "sealed")
    assert len(journal(lab, working)) == 1


def test_a_step_before_begin_is_refused(lab: Lab) -> None:
    one = lab.candidates[0]
    one.sign_in()
    one.take_seat()
    refused(one.send(one.step(1)), "not-admitted")
    lab.admit_everybody()
    refused(one.send(one.step(1)), "not-admitted")
    refused(one.submit(0), "not-admitted")
    assert journal(lab, one) == []


def test_flags_and_reports_answer_nothing(lab: Lab, working: Candidate) -> None:
    option = options_of(lab, working)[0]
    for kind in ("flag", "view", "focus", "challenge"):
        refused(working.send(working.step(1, option=option) | {"kind": kind, "value": "on"}), "bad-request")
    for unknown in ("submit", "credit", "ANSWER", "", None, "answer "):
        refused(working.send(working.step(1) | {"kind": unknown}), "bad-request")
    for name in ("mark", "received_ms", "digest", "attempt_id", "epoch", "__proto__"):
        refused(working.send(working.step(1) | {name: "on_time"}), "bad-request")
        refused(working.send(working.step(1), **{name: "on_time"}), "bad-request")
    assert journal(lab, working) == []


acts = st.lists(st.tuples(st.integers(-1, 4), st.sampled_from(["head", "genesis", "zero", "before"])), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)  # one journal, many histories
@given(acts)
def test_whatever_is_sent_the_journal_only_grows_and_holds(histories_lab: Lab, acts: list[tuple[int, str]]) -> None:
    lab, one = histories_lab, histories_lab.candidates[0]
    with lab.database.transaction() as session:
        before = session.scalar(select(func.count()).select_from(Step)) or 0
    heads = {"genesis": one.seat["digest"], "zero": "0" * 64}
    n_kept = before
    for ahead, which in acts:
        prev = {"head": one.digest, "before": heads.get("before", one.digest), **heads}[which]
        seq = max(1, n_kept + ahead)
        answer = one.on_attempt("steps", {"prev": prev, "steps": [one.step(seq, at=n_kept)]})
        assert answer.status_code in {200, 409}
        found = answer.get_json(force=True)
        assert (found.get("acked_seq") or found["last_seq"]) >= n_kept
        if answer.status_code == 200 and found["acked_seq"] == n_kept + 1:
            heads["before"], one.digest, n_kept = one.digest, found["digest"], n_kept + 1
    assert len(journal(lab, one)) == n_kept


@pytest.fixture
def histories_lab(lab: Lab) -> Lab:
    """A lab whose first candidate works, for many histories one after the other."""
    lab.seat(lab.candidates[0])
    return lab
