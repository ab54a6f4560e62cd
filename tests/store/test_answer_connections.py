"""Kept connections of the answer path: a database that was away for a moment costs the candidate nothing."""

import sqlite3
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import select, text

from exam.answer_path import Acknowledgement, append
from exam.answer_store import AnswerStore
from exam.errors import ChainMismatchError
from exam.model import Attempt, Step
from exam.states import StepMark
from exam.timing import epoch_ms
from tests.store.test_answer_path import Desk, desk, seated

__all__ = ["desk", "seated"]  # fixtures

IS_POSTGRESQL = pytest.mark.parametrize("furnished", ["postgresql"], indirect=True)


def cut_all(desk: Desk) -> int:
    """End every other session of the database, as its restart does; returns how many there were."""
    statement = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with desk.database.engine.connect() as connection:
        return int(connection.execute(statement).scalar_one())


@IS_POSTGRESQL
def test_after_a_restart_of_the_database_nobody_sees_an_error(desk: Desk) -> None:
    desk.send(desk.step(1, 0))
    assert cut_all(desk) > 0
    assert desk.send(desk.step(1, 1)).acked_seq == 2
    assert len(desk.steps()) == 2


@IS_POSTGRESQL
def test_steps_whose_acknowledgement_was_lost_with_the_connection_are_kept_once(desk: Desk) -> None:
    step, prev = desk.step(1, 0), desk.prev
    losses: Iterator[bool] = iter([True, False])

    def save(store: AnswerStore) -> Acknowledgement:
        answer = append(store, desk.holder, prev=prev, steps=[step], now_ms=epoch_ms(desk.now))
        if next(losses):
            assert cut_all(desk) > 0
            store.head(desk.holder.attempt)  # finds the connection dead, as waiting for a reply would
        return answer

    assert desk.database.answers.run(save).acked_seq == 1
    assert [kept.seq for kept in desk.steps()] == [1]


@IS_POSTGRESQL
def test_a_database_that_stays_away_is_told(desk: Desk) -> None:
    def fail(store: AnswerStore) -> None:
        cut_all(desk)
        store.head(desk.holder.attempt)

    with pytest.raises(psycopg.OperationalError):
        desk.database.answers.run(fail)


def test_a_refusal_leaves_no_trace_and_the_connection_in_use(desk: Desk) -> None:
    taken: list[AnswerStore] = []

    def note(store: AnswerStore) -> None:
        taken.append(store)

    desk.database.answers.run(note)
    prev, desk.prev = desk.prev, bytes(32)
    with pytest.raises(ChainMismatchError):
        desk.send(desk.step(1, 0))
    desk.prev = prev
    desk.send(desk.step(1, 0))
    desk.database.answers.run(note)
    assert taken[0] is taken[1]
    assert len(desk.steps()) == 1


def test_a_failure_in_the_middle_moves_no_head(desk: Desk) -> None:
    """On SQLite a move is two statements; on PostgreSQL one, which fails as a whole."""
    with desk.database.transaction() as session:
        attempt = session.scalars(select(Attempt)).one()
        stray = desk.step(1, 3)
        values = {"attempt_id": attempt.id, "received_ms": 1, "mark": StepMark.ON_TIME, "digest": bytes(32)}
        session.add(Step(seq=1, kind=stray.kind, item=1, option=3, at_ms=stray.at_ms, **values))
    with pytest.raises((psycopg.IntegrityError, sqlite3.IntegrityError)):
        desk.send(desk.step(1, 0))
    kept = desk.attempt()
    assert (kept.last_seq, kept.digest) == (0, kept.genesis)
    assert [step.option for step in desk.steps()] == [3]
