"""The clock of an attempt over random histories: begun, credited, stopped, rested, looked at, set forwards and back.

The acts are the real ones, on a real database. What they should add up to is counted beside them in the simplest way:
how long the candidate was allowed to work, and how long they worked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from exam.answer_path import Holder, NewStep, append
from exam.errors import AttemptStateError, NoBreakLeftError, NotWorkingError
from exam.model import Attempt, Enrolment, Step
from exam.operations import breaks, delivery, proctoring
from exam.operations.delivery import submit
from exam.states import AttemptState, StepKind, StepMark
from exam.timing import epoch_ms, remaining_seconds
from registry.actor import SYSTEM
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.small_room import KEYS, house, working

GRANTED_MS = 120 * 60_000  # the window leaves room for all of it
REST_MS = 10 * 60_000
WHY = "Listrik padam"
OVER = (AttemptState.EXPIRED, AttemptState.SUBMITTED)

Event = tuple[str, int]
acts = st.sampled_from(["pause", "resume", "rest", "go_on", "credit", "step", "step", "step", "submit"])
looks = st.sampled_from(["beat", "sweep"])
waits = st.one_of(st.integers(0, 90_000), st.integers(0, 40 * 60_000), st.sampled_from([GRANTED_MS, REST_MS, 1, 0]))
ahead = st.lists(st.tuples(acts | looks, waits), max_size=25)
anyhow = st.lists(st.tuples(acts | looks, waits | waits.map(lambda ms: -ms)), max_size=25)
short = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Account:
    """What the candidate was given and has used, by a clock that nobody sets."""

    granted_ms: int = GRANTED_MS
    worked_ms: int = 0
    rest_left_ms: int = REST_MS
    stands: str = ""  # paused, resting, or nothing
    is_over: bool = False

    def wait(self, ms: int) -> None:
        if self.stands == "paused" or self.is_over:
            return
        rested = min(ms, self.rest_left_ms) if self.stands == "resting" else 0
        self.rest_left_ms -= rested
        self.worked_ms += ms - rested
        if self.stands == "resting" and not self.rest_left_ms:
            self.stands = ""
        self.is_over = self.worked_ms > self.granted_ms


@dataclass
class Life:
    """One attempt from its beginning, and everything that happens to it."""

    session: Session
    attempt: Attempt
    now: datetime = NOW
    marks: list[StepMark] = field(default_factory=list)

    @property
    def now_ms(self) -> int:
        return epoch_ms(self.now)

    @property
    def remaining(self) -> int:
        found = self.attempt
        assert found.deadline_ms is not None
        return remaining_seconds(self.now_ms, found.deadline_ms, found.paused_ms, break_ends_ms=found.break_ends_ms)

    def do(self, act: str) -> bool:
        """Whether it was done; a refusal changes nothing."""
        acts: dict[str, Callable[[], object]] = {
            "pause": lambda: proctoring.pause_seat(self.session, self.attempt, reason=WHY, actor=SYSTEM, now=self.now),
            "resume": lambda: proctoring.resume_seat(
                self.session, self.attempt, reason=WHY, actor=SYSTEM, now=self.now
            ),
            "credit": lambda: proctoring.add_minutes_to_seat(
                self.session, self.attempt, minutes=5, reason=WHY, actor=SYSTEM, now=self.now
            ),
            "rest": lambda: breaks.begin_break(self.session, self.held(), now=self.now),
            "go_on": lambda: breaks.end_break(self.session, self.held(), now=self.now),
            "beat": lambda: self.send([]),
            "sweep": lambda: proctoring.sweep_overdue(self.session, now=self.now),
            "step": self.step,
            "submit": self.submit,
        }
        try:
            acts[act]()
        except (AttemptStateError, NotWorkingError, NoBreakLeftError):
            return False
        finally:
            self.session.flush()
            self.session.expire(self.attempt)
        return True

    @property
    def holder(self) -> Holder:
        return Holder(attempt=self.attempt.public_id, epoch=self.attempt.epoch)

    def held(self) -> Attempt:
        return delivery.held_attempt(self.session, attempt=self.attempt.public_id, epoch=1, now=self.now)

    def step(self) -> None:
        seq = self.attempt.last_seq + 1
        sent = NewStep(seq, StepKind.VIEW, item=1, option=None, value=None, at_ms=0)
        self.send([sent])
        self.marks.append(self.mark_of(seq))

    def send(self, steps: list[NewStep]) -> None:
        prev = self.attempt.digest
        append(self.session.connection(), self.holder, prev=prev, steps=steps, now_ms=self.now_ms)

    def mark_of(self, seq: int) -> StepMark:
        return self.session.get_one(Step, (self.attempt.id, seq)).mark

    def submit(self) -> None:
        last_seq, prev = self.attempt.last_seq, self.attempt.digest
        submit(
            self.session,
            attempt=self.attempt.public_id,
            epoch=1,
            last_seq=last_seq,
            prev=prev,
            keys=KEYS,
            now=self.now,
        )


@pytest.fixture
def begin(sqlite_database: Database) -> Callable[[], Life]:
    """A new life each time: what the one before did is rolled back."""
    with sqlite_database.transaction() as session:
        sitting = house(session).opened(1)
        working(session, sitting.enrolments[0])
        session.execute(update(Enrolment).values(break_minutes=REST_MS // 60_000))
    session = Session(sqlite_database.engine)

    def again() -> Life:
        session.rollback()
        session.expire_all()
        return Life(session, session.query(Attempt).one())

    return again


# A clock that goes ahead ------------------------------------------------------------------------------------------


@short
@given(history=ahead)
def test_a_step_is_on_time_exactly_while_granted_time_is_left(begin: Callable[[], Life], history: list[Event]) -> None:
    """Never less time than granted, credits never lost, pauses and breaks cost nothing, and dead time stays dead."""
    life, account = begin(), Account()
    is_submitted = False
    for act, wait in history:
        life.now += timedelta(milliseconds=wait)
        account.wait(wait)
        done = life.do(act)
        if done and not is_submitted:
            _keep_account(account, act)
        if act == "submit" and done:
            is_submitted = is_submitted or not account.is_over
            account.stands = ""
        if act == "step":
            in_time = StepMark.AFTER_SUBMIT if is_submitted else StepMark.LATE if account.is_over else StepMark.ON_TIME
            assert life.marks[-1] is in_time
        if not is_submitted:
            assert life.remaining == max(0, account.granted_ms - account.worked_ms) // 1000


def _keep_account(account: Account, act: str) -> None:
    if act == "credit":
        account.granted_ms += 5 * 60_000
    elif act == "pause":
        account.stands = "paused"
    elif act == "resume" or (act == "go_on" and account.stands == "resting"):
        account.stands = ""
    elif act == "rest" and not account.stands:
        account.stands = "resting"


@short
@given(history=ahead, seen=st.lists(st.tuples(looks, st.integers(0, 25)), max_size=10))
def test_marks_are_the_same_whoever_looks_and_whenever(
    begin: Callable[[], Life], history: list[Event], seen: list[tuple[str, int]]
) -> None:
    unseen = begin()
    for act, wait in history:
        unseen.now += timedelta(milliseconds=wait)
        if act not in {"beat", "sweep"}:
            unseen.do(act)
    marks = list(unseen.marks)
    watched = begin()
    for place, (act, wait) in enumerate(history):
        watched.now += timedelta(milliseconds=wait // 2)
        for look, where in seen:
            if where == place:
                watched.do(look)
        watched.now += timedelta(milliseconds=wait - wait // 2)
        watched.do(act)
    assert watched.marks == marks


# A clock that is set forwards and back ----------------------------------------------------------------------------


@short
@given(history=anyhow)
def test_whatever_is_done_to_the_clock_takes_no_time_away_and_brings_none_back(
    begin: Callable[[], Life], history: list[Event]
) -> None:
    life = begin()
    deadline, state = life.attempt.deadline_ms, life.attempt.state
    for act, wait in history:
        life.now += timedelta(milliseconds=wait)
        done = life.do(act)
        assert life.attempt.deadline_ms is not None
        assert deadline is not None
        assert life.attempt.deadline_ms - deadline >= (5 * 60_000 if act == "credit" and done else 0)
        assert life.remaining >= 0
        assert state not in OVER or life.attempt.state is state
        if act == "step" and state in OVER:
            assert life.marks[-1] is not StepMark.ON_TIME
        deadline, state = life.attempt.deadline_ms, life.attempt.state


@short
@given(worked=st.integers(0, GRANTED_MS), moments=st.lists(st.integers(-(10**8), 10**8), max_size=8))
def test_a_stopped_clock_shows_the_same_whatever_the_time_is(
    begin: Callable[[], Life], worked: int, moments: list[int]
) -> None:
    life = begin()
    life.now += timedelta(milliseconds=worked)
    life.do("pause")
    left = life.remaining
    for moment in moments:
        life.now = NOW + timedelta(milliseconds=worked + abs(moment) if moment > 0 else worked)
        life.do("step")
        assert life.marks[-1] is StepMark.ON_TIME
        assert life.remaining == left


@short
@given(late=st.integers(1, 10**7), back=st.integers(0, 10**8))
def test_a_clock_set_back_does_not_reopen_an_attempt_that_is_over(
    begin: Callable[[], Life], late: int, back: int
) -> None:
    life = begin()
    life.now = NOW + timedelta(milliseconds=GRANTED_MS + late)
    life.do("sweep")
    life.now -= timedelta(milliseconds=back)
    life.do("step")
    assert life.attempt.state is AttemptState.EXPIRED
    assert life.marks == [StepMark.LATE]
