"""Breaks on real databases: the clock stands, the allowance shrinks, and nothing depends on somebody looking."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from exam.breaks import Pause
from exam.errors import NoBreakLeftError, NotWorkingError
from exam.model import Attempt, Enrolment, SeatEvent
from exam.operations import breaks, delivery, proctoring
from exam.states import AttemptState, StepMark
from exam.timing import epoch_ms
from registry.actor import SYSTEM
from tests.conftest import NOW
from tests.exam_room import KEYS
from tests.store.test_answer_path import Desk, desk, seated

__all__ = ["desk", "seated"]  # fixtures

MINUTE = timedelta(minutes=1)
DEADLINE = NOW + 120 * MINUTE


@pytest.fixture
def granted(desk: Desk) -> Desk:
    """A candidate at work who may rest for ten minutes."""
    with desk.database.transaction() as session:
        session.execute(update(Enrolment).values(break_minutes=10))
    return desk


def act(desk: Desk, verb: Callable[..., None], at: datetime) -> Attempt:
    with desk.database.transaction() as session:
        held = delivery.held_attempt(session, attempt=desk.holder.attempt, epoch=1, now=at)
        verb(session, held, now=at)
    return desk.attempt()


def happened(desk: Desk) -> list[tuple[str, datetime]]:
    with desk.database.reading() as session:
        kinds = SeatEvent.kind.in_(["break_begun", "break_ended", "paused", "resumed", "expired"])
        rows = session.execute(select(SeatEvent.kind, SeatEvent.at).where(kinds).order_by(SeatEvent.id)).all()
        return [(row.kind, row.at) for row in rows]


def test_a_break_moves_the_deadline_by_its_length_and_uses_the_allowance(granted: Desk) -> None:
    resting = act(granted, breaks.begin_break, NOW + 5 * MINUTE)
    assert resting.break_ends_ms == epoch_ms(NOW + 15 * MINUTE)
    back = act(granted, breaks.end_break, NOW + 9 * MINUTE)
    assert (back.paused_ms, back.break_ends_ms) == (None, None)
    assert back.deadline_ms == epoch_ms(DEADLINE + 4 * MINUTE)
    assert back.break_used_ms == 4 * 60_000
    again = act(granted, breaks.begin_break, NOW + 20 * MINUTE)
    assert again.break_ends_ms == epoch_ms(NOW + 26 * MINUTE)
    assert happened(granted)[:2] == [("break_begun", NOW + 5 * MINUTE), ("break_ended", NOW + 9 * MINUTE)]


def test_both_acts_may_be_repeated(granted: Desk) -> None:
    first = act(granted, breaks.begin_break, NOW)
    again = act(granted, breaks.begin_break, NOW + MINUTE)
    assert first.break_ends_ms == again.break_ends_ms
    act(granted, breaks.end_break, NOW + 2 * MINUTE)
    assert act(granted, breaks.end_break, NOW + 3 * MINUTE).deadline_ms == epoch_ms(DEADLINE + 2 * MINUTE)
    assert len(happened(granted)) == 2


def test_without_an_allowance_or_a_running_clock_there_is_no_break(granted: Desk) -> None:
    act(granted, breaks.begin_break, NOW)
    act(granted, breaks.end_break, NOW + 10 * MINUTE)
    with pytest.raises(NoBreakLeftError):
        act(granted, breaks.begin_break, NOW + 11 * MINUTE)
    with granted.database.transaction() as session:
        session.execute(update(Attempt).values(break_used_ms=0, paused_ms=epoch_ms(NOW)))
    with pytest.raises(NotWorkingError):
        act(granted, breaks.begin_break, NOW + 11 * MINUTE)
    with granted.database.transaction() as session:
        session.execute(update(Attempt).values(paused_ms=None))
    with pytest.raises(NotWorkingError):
        act(granted, breaks.begin_break, NOW + 200 * MINUTE)


def test_a_break_ends_by_itself_for_the_heartbeat_the_steps_and_the_sweep(granted: Desk) -> None:
    act(granted, breaks.begin_break, NOW)
    granted.now = NOW + 9 * MINUTE
    beat = granted.send()
    assert (beat.pause, beat.remaining_seconds) == (Pause.ON_BREAK, 120 * 60)
    granted.now = NOW + 130 * MINUTE
    beat = granted.send(granted.step(1, 0))
    assert (beat.pause, beat.state, beat.remaining_seconds) == (None, AttemptState.WORKING, 0)
    granted.now += timedelta(milliseconds=1)
    late = granted.send(granted.step(2, 0))
    assert late.state is AttemptState.EXPIRED
    assert [step.mark for step in granted.steps()] == [StepMark.ON_TIME, StepMark.LATE]
    with granted.database.transaction() as session:
        assert proctoring.sweep_overdue(session, now=granted.now) == 0
    assert granted.attempt().deadline_ms == epoch_ms(DEADLINE + 10 * MINUTE)
    assert happened(granted)[-1] == ("break_ended", NOW + 10 * MINUTE)


def test_the_sweep_ends_a_break_before_it_judges_the_clock(granted: Desk) -> None:
    act(granted, breaks.begin_break, NOW + 119 * MINUTE)
    with granted.database.transaction() as session:
        assert proctoring.sweep_overdue(session, now=NOW + 130 * MINUTE) == 0
        assert proctoring.sweep_overdue(session, now=NOW + 131 * MINUTE) == 1


def test_a_pause_by_the_proctor_ends_the_break_first(granted: Desk) -> None:
    act(granted, breaks.begin_break, NOW)
    with granted.database.transaction() as session:
        attempt = session.scalars(select(Attempt)).one()
        proctoring.pause_seat(session, attempt, reason="Listrik", actor=SYSTEM, now=NOW + 3 * MINUTE)
    paused = granted.attempt()
    assert (paused.break_ends_ms, paused.paused_ms) == (None, epoch_ms(NOW + 3 * MINUTE))
    assert paused.deadline_ms == epoch_ms(DEADLINE + 3 * MINUTE)
    assert [kind for kind, _at in happened(granted)] == ["break_begun", "break_ended", "paused"]


def test_letting_the_room_go_on_leaves_breaks_alone(granted: Desk) -> None:
    resting = act(granted, breaks.begin_break, NOW)
    with granted.database.transaction() as session:
        attempt = session.scalars(select(Attempt)).one()
        assert proctoring.resume_room(session, attempt.sitting, reason="ya", actor=SYSTEM, now=NOW + MINUTE) == 0
    assert granted.attempt().break_ends_ms == resting.break_ends_ms


def test_handing_in_during_a_break_ends_it(granted: Desk) -> None:
    act(granted, breaks.begin_break, NOW)
    with granted.database.transaction() as session:
        held: uuid.UUID = granted.holder.attempt
        at = NOW + 2 * MINUTE
        delivery.submit(session, attempt=held, epoch=1, last_seq=0, prev=granted.prev, keys=KEYS, now=at)
    closed = granted.attempt()
    assert (closed.state, closed.break_ends_ms, closed.paused_ms) == (AttemptState.SUBMITTED, None, None)


def test_a_seat_that_waits_is_told_how_long_it_will_have(seated: Desk) -> None:
    with seated.database.transaction() as session:
        session.execute(update(Enrolment).values(extra_minutes=15))
    assert seated.send().remaining_seconds == 135 * 60


def test_the_server_keeps_how_many_acts_wait_at_the_computer(desk: Desk) -> None:
    desk.send(desk.step(1, 0), unsent=7)
    assert desk.attempt().unsent == 7
    desk.send(unsent=9)
    assert desk.attempt().unsent == 9
    desk.send(desk.step(1, 1))
    assert desk.attempt().unsent == 0
