"""What a released seat still sends: kept once, whoever says it at once; told only while nobody brought it in."""

import threading
import time
from collections.abc import Sequence

import pytest
from sqlalchemy import select, text

from exam.answer_path import Holder, NewStep, append
from exam.model import Attempt, SeatEvent
from exam.operations.proctoring import release_room
from exam.operations.strays import keep_strays
from exam.queries.minutes import minutes_of
from exam.queries.room_log import STRAYS
from exam.states import StepKind
from exam.timing import epoch_ms
from registry.actor import SYSTEM
from testing_platform.database import Database
from tests.conftest import Furnished
from tests.store.outage_lab import Lab, open_lab

STEPS = [NewStep(seq, StepKind.ANSWER, item, 1, None, at_ms=seq) for seq, item in ((1, 4), (2, 5), (3, 6))]


@pytest.fixture
def released(furnished: Furnished) -> Lab:
    """Four candidates whose seats were given back while they worked."""
    lab = open_lab(furnished)
    with lab.database.transaction() as session:
        release_room(session, lab.sitting(session), actor=SYSTEM, now=lab.now)
    return lab


def keep(lab: Lab, steps: Sequence[NewStep]) -> int:
    with lab.database.transaction() as session:
        return keep_strays(session, lab.computers[0].holder, steps=steps, now=lab.now)


def kept(lab: Lab) -> list[int]:
    """The numbers of the steps that were kept."""
    with lab.database.reading() as session:
        events = session.scalars(select(SeatEvent.details).where(SeatEvent.kind == STRAYS).order_by(SeatEvent.id))
        return [step[1] for details in events for step in details["steps"]]


def until_waiting(database: Database, thread: threading.Thread) -> None:
    """Until somebody waits for a row that another transaction holds, or has gone past it."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while thread.is_alive():
        with database.reading() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.01)


@pytest.mark.parametrize("furnished", ["postgresql"], indirect=True)
def test_the_same_steps_that_arrive_twice_at_once_are_kept_once(released: Lab) -> None:
    second = threading.Thread(target=keep, args=(released, STEPS))
    with released.database.transaction() as session:
        assert keep_strays(session, released.computers[0].holder, steps=STEPS, now=released.now) == 3
        second.start()
        until_waiting(released.database, second)
    second.join()
    assert kept(released) == [1, 2, 3]


@pytest.mark.parametrize("furnished", ["sqlite"], indirect=True)
def test_whatever_was_kept_beyond_the_bound_nothing_more_is(released: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keep(released, STEPS[:2]) == 2
    monkeypatch.setattr("exam.operations.strays.MOST_STEPS", 1)
    assert keep(released, [*STEPS, NewStep(4, StepKind.VIEW, 1, None, None, at_ms=4)]) == 0


@pytest.mark.parametrize("furnished", ["sqlite"], indirect=True)
def test_the_minutes_leave_out_what_came_into_the_journal_after_all(released: Lab) -> None:
    """Somebody signs in at the same computer again: what it still held is sent anew, and counts."""
    keep(released, STEPS)
    with released.database.transaction() as session:
        attempt = released.computers[0].attempt(session)
        holder, prev = Holder(attempt.public_id, attempt.epoch), attempt.digest
        append(session.connection(), holder, prev=prev, steps=STEPS[:2], now_ms=epoch_ms(released.now))
    with released.database.reading() as session:
        assert minutes_of(session, released.sitting(session), now=released.now).late.n_after_release == 1
        assert session.scalars(select(Attempt.last_seq).where(Attempt.last_seq > 0)).all() == [2]
