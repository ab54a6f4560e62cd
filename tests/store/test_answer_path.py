"""The answer path on real databases: nothing acknowledged is lost, nothing is counted twice, nobody writes past it."""

import threading
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from exam import journal
from exam.answer_path import Acknowledgement, Holder, NewStep, append
from exam.answer_store import AnswerStore
from exam.errors import ChainMismatchError, NotAdmittedError, SealedError, SupersededError
from exam.journal import JournalStep
from exam.model import Attempt, Enrolment, Step
from exam.operations import delivery
from exam.operations.proctoring import admit_all
from exam.states import AttemptState, StepKind, StepMark
from exam.timing import epoch_ms
from registry.actor import SYSTEM
from testing_platform.database import Database
from tests.conftest import NOW, Furnished
from tests.exam_room import KEYS, START_CODE


@dataclass
class Desk:
    """One candidate at work, with what their browser knows."""

    database: Database
    holder: Holder
    prev: bytes
    seq: int = 0
    now: datetime = NOW

    def send(self, *steps: NewStep, unsent: int = 0) -> Acknowledgement:
        now_ms = epoch_ms(self.now)
        answer = self.database.answers.run(
            lambda store: append(store, self.holder, prev=self.prev, steps=steps, now_ms=now_ms, unsent=unsent)
        )
        self.prev, self.seq = answer.digest, answer.acked_seq
        return answer

    def step(self, item: int, option: int | None, *, seq: int | None = None) -> NewStep:
        return NewStep(
            seq=self.seq + 1 if seq is None else seq,
            kind=StepKind.ANSWER,
            item=item,
            option=option,
            value=None,
            at_ms=epoch_ms(self.now),
        )

    def attempt(self) -> Attempt:
        with self.database.reading() as session:
            return session.scalars(select(Attempt).where(Attempt.public_id == self.holder.attempt)).one()

    def steps(self) -> list[Step]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(Step)
                .join(Attempt, Attempt.id == Step.attempt_id)
                .where(Attempt.public_id == self.holder.attempt)
                .order_by(Step.seq)
            )
            return list(rows)


@pytest.fixture
def seated(furnished: Furnished) -> Desk:
    """A candidate who was admitted and has not begun."""
    with furnished.database.transaction() as session:
        enrolment = session.get_one(Enrolment, furnished.room.enrolments[0].id)
        seat = delivery.take_seat(session, enrolment, start_code=START_CODE, device="pc-1", keys=KEYS, now=NOW)
        assert isinstance(seat, delivery.Seat)
        desk = Desk(furnished.database, Holder(attempt=seat.attempt.public_id, epoch=1), prev=seat.attempt.genesis)
        admit_all(session, enrolment.sitting, actor=SYSTEM, now=NOW)
    return desk


@pytest.fixture
def desk(seated: Desk) -> Desk:
    """A candidate whose clock runs."""
    with seated.database.transaction() as session:
        delivery.begin(session, attempt=seated.holder.attempt, epoch=1, keys=KEYS, now=NOW)
    return seated


def test_acknowledged_steps_are_in_the_journal_and_the_chain_holds(desk: Desk) -> None:
    desk.send(desk.step(1, 0), desk.step(2, 3, seq=2))
    answer = desk.send(desk.step(1, 2))
    attempt, steps = desk.attempt(), desk.steps()
    assert answer.acked_seq == attempt.last_seq == len(steps) == 3
    assert answer.digest == attempt.digest
    kept = [(_journal_step(step), step.digest) for step in steps]
    assert journal.first_broken(attempt.genesis, kept) is None
    assert journal.replay((s.kind, s.item, s.option, s.value, s.mark) for s in steps).answers == {1: 2, 2: 3}


def test_the_same_steps_again_are_acknowledged_and_kept_once(desk: Desk) -> None:
    genesis, step = desk.prev, desk.step(1, 0)
    first = desk.send(step)
    desk.prev = genesis  # the reply was lost
    again = desk.send(step)
    assert (again.acked_seq, again.digest) == (first.acked_seq, first.digest)
    assert len(desk.steps()) == 1


def test_new_steps_behind_known_ones_follow_the_head(desk: Desk) -> None:
    genesis, known = desk.prev, [desk.step(1, 0), desk.step(2, 1, seq=2)]
    desk.send(*known)
    desk.prev = genesis  # the reply was lost, and the candidate went on
    answer = desk.send(*known, desk.step(3, 2, seq=3), desk.step(3, 3, seq=4))
    attempt, steps = desk.attempt(), desk.steps()
    assert (answer.acked_seq, answer.digest) == (4, attempt.digest)
    kept = [(_journal_step(step), step.digest) for step in steps]
    assert journal.first_broken(attempt.genesis, kept) is None
    desk.prev = genesis
    with pytest.raises(ChainMismatchError):
        desk.send(known[0], desk.step(2, 3, seq=2), desk.step(5, 0, seq=3))
    assert len(desk.steps()) == 4


def test_steps_that_arrive_by_another_request_meanwhile_are_acknowledged_with_the_head_that_covers_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.send(desk.step(1, 0))
    before = (desk.prev, [desk.step(item, 1, seq=item) for item in (2, 3)])
    older = desk.database.answers.run(lambda store: store.head(desk.holder.attempt))
    last = desk.send(*before[1])
    looks = iter([older])
    look = AnswerStore.head
    monkeypatch.setattr(AnswerStore, "head", lambda store, attempt: next(looks, None) or look(store, attempt))
    desk.prev = b"another head".ljust(32)
    again = desk.send(*before[1])
    assert (again.acked_seq, again.digest) == (last.acked_seq, last.digest)
    looks, desk.prev = iter([older]), before[0]
    more = desk.send(*before[1], desk.step(4, 2, seq=4))
    assert more.acked_seq == len(desk.steps()) == 4


def test_another_step_under_a_used_number_is_refused(desk: Desk) -> None:
    genesis = desk.prev
    first = desk.send(desk.step(1, 0))
    desk.prev = genesis
    with pytest.raises(ChainMismatchError) as refusal:
        desk.send(desk.step(1, 3, seq=1))
    assert refusal.value.parameters == {"last_seq": 1, "digest": first.digest.hex()}
    assert [step.option for step in desk.steps()] == [0]


def test_a_gap_in_seq_is_refused(desk: Desk) -> None:
    with pytest.raises(ChainMismatchError):
        desk.send(desk.step(1, 0, seq=2))
    assert desk.steps() == []


def test_a_wrong_prev_is_refused(desk: Desk) -> None:
    desk.prev = bytes(32)
    with pytest.raises(ChainMismatchError):
        desk.send(desk.step(1, 0))
    assert desk.steps() == []


def test_an_older_epoch_is_refused_for_steps_and_heartbeat(desk: Desk) -> None:
    desk.holder = replace(desk.holder, epoch=0)
    with pytest.raises(SupersededError):
        desk.send(desk.step(1, 0))
    with pytest.raises(SupersededError):
        desk.send()


def test_an_attempt_that_does_not_exist_is_refused(desk: Desk) -> None:
    desk.holder = replace(desk.holder, attempt=uuid.UUID(int=5))
    with pytest.raises(SupersededError):
        desk.send(desk.step(1, 0))


def test_steps_before_begin_are_refused(seated: Desk) -> None:
    with pytest.raises(NotAdmittedError):
        seated.send(seated.step(1, 0))


def test_the_heartbeat_tells_where_journal_and_clock_stand(desk: Desk) -> None:
    desk.send(desk.step(1, 0))
    desk.now = NOW + timedelta(minutes=20)
    beat = desk.send()
    assert (beat.acked_seq, beat.state, beat.remaining_seconds) == (1, AttemptState.WORKING, 100 * 60)
    assert desk.attempt().last_seen_ms == epoch_ms(desk.now)


def test_late_steps_are_kept_marked_and_close_the_attempt(desk: Desk) -> None:
    desk.send(desk.step(1, 0))
    desk.now = NOW + timedelta(minutes=120, milliseconds=1)
    answer = desk.send(desk.step(1, 3))
    assert answer.state is AttemptState.EXPIRED
    assert [step.mark for step in desk.steps()] == [StepMark.ON_TIME, StepMark.LATE]


def test_steps_after_submit_are_kept_and_marked(desk: Desk) -> None:
    desk.send(desk.step(1, 0))
    with desk.database.transaction() as session:
        delivery.submit(session, attempt=desk.holder.attempt, epoch=1, last_seq=1, prev=desk.prev, keys=KEYS, now=NOW)
    answer = desk.send(desk.step(2, 1))
    assert answer.state is AttemptState.SUBMITTED
    assert [step.mark for step in desk.steps()] == [StepMark.ON_TIME, StepMark.AFTER_SUBMIT]


def test_nothing_waits_any_more_at_the_computer_of_whoever_handed_in(desk: Desk) -> None:
    desk.send(desk.step(1, 0))
    with desk.database.transaction() as session:
        session.execute(update(Attempt).values(unsent=3))  # as the last request before had said
        delivery.submit(session, attempt=desk.holder.attempt, epoch=1, last_seq=1, prev=desk.prev, keys=KEYS, now=NOW)
    assert desk.attempt().unsent == 0


def test_a_sealed_journal_takes_nothing_but_still_acknowledges_what_it_has(desk: Desk) -> None:
    step = desk.step(1, 0)
    genesis = desk.prev
    desk.send(step)
    with desk.database.transaction() as session:
        session.execute(update(Attempt).values(sealed_ms=epoch_ms(NOW)))
    with pytest.raises(SealedError):
        desk.send(desk.step(2, 0))
    desk.prev = genesis
    assert desk.send(step).acked_seq == 1


@pytest.mark.parametrize("statement", ["UPDATE step SET option = 3", "DELETE FROM step", "DELETE FROM attempt"])
def test_the_database_refuses_to_change_the_journal(desk: Desk, statement: str) -> None:
    desk.send(desk.step(1, 0))
    with pytest.raises(DBAPIError, match="keeps its history"), desk.database.connection() as connection:
        connection.execute(text(statement))


def test_of_many_writers_of_the_same_number_one_wins(desk: Desk) -> None:
    outcomes: list[bool] = []

    def write(option: int) -> None:
        own = Desk(desk.database, desk.holder, desk.prev)
        try:
            own.send(own.step(1, option))
            outcomes.append(True)
        except ChainMismatchError:
            outcomes.append(False)

    threads = [threading.Thread(target=write, args=(option,)) for option in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]
    assert len(desk.steps()) == 1


def _journal_step(step: Step) -> JournalStep:
    return JournalStep(
        seq=step.seq,
        kind=step.kind,
        item=step.item,
        option=step.option,
        value=step.value,
        at_ms=step.at_ms,
        received_ms=step.received_ms,
    )
