"""Counting journals bit by bit gives what counting them from the start gives, whatever arrives in between."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from exam.journal import replay
from exam.model import Attempt, Outage
from exam.queries.live_room import room
from exam.queries.sittings import find_sitting
from exam.queries.tallies import MOST_ROOMS, Tallies
from exam.states import StepKind, StepMark
from exam.timing import epoch_ms
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.small_room import answer, house, working

STEP = st.tuples(
    st.integers(0, 1),  # whose journal
    st.sampled_from([StepKind.ANSWER, StepKind.ANSWER, StepKind.CHALLENGE, StepKind.VIEW, StepKind.FLAG]),
    st.integers(1, 4),  # item
    st.sampled_from([None, 0, 1]),
    st.sampled_from([StepMark.ON_TIME, StepMark.ON_TIME, StepMark.LATE, StepMark.AFTER_SUBMIT]),
)


Journal = list[tuple[StepKind, int | None, int | None, str | None, StepMark]]


def counted(journal: Journal, excused: frozenset[int]) -> tuple[int, int]:
    """The same figures by the rule that scoring uses."""
    return len(replay(journal, excused=excused).answers), sum(step[0] is StepKind.CHALLENGE for step in journal)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.tuples(st.lists(STEP, max_size=6), st.frozensets(st.integers(1, 12))), max_size=5))
def test_counting_bit_by_bit_is_counting_from_the_start(
    session: Session, batches: list[tuple[list[tuple[int, StepKind, int, int | None, StepMark]], frozenset[int]]]
) -> None:
    with session.begin_nested() as inner:
        sitting = house(session).opened(1, 2)
        attempts = [working(session, enrolment) for enrolment in sitting.enrolments]
        journals: list[Journal] = [[], []]
        memory = Tallies()
        for batch, excused in batches:
            for whose, kind, item, option, mark in batch:
                answer(session, attempts[whose], item, option, kind=kind, mark=mark)
                journals[whose].append((kind, item, option, None, mark))
            heads = {attempt.id: attempt.last_seq for attempt in attempts}
            counts = memory.look(session, sitting.id, heads, excused=dict.fromkeys(heads, excused))
            assert [counts[attempt.id] for attempt in attempts] == [counted(one, excused) for one in journals]
        inner.rollback()
    session.expire_all()


def test_only_new_steps_are_read(database: Database) -> None:
    with database.transaction() as session:
        sitting = house(session).opened(1, 2)
        attempts = [working(session, enrolment) for enrolment in sitting.enrolments]
        for item in range(1, 11):
            answer(session, attempts[0], item, 1)
    memory = Tallies()
    read: list[str] = []
    with database.transaction() as session:
        heads = {attempt.id: session.get_one(Attempt, attempt.id).last_seq for attempt in attempts}
        assert memory.look(session, sitting.id, heads) == {attempts[0].id: (10, 0), attempts[1].id: (0, 0)}
        event.listen(database.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
        memory.look(session, sitting.id, heads)
    assert read == []


def test_a_journal_that_was_put_back_is_counted_anew(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = working(session, sitting.enrolments[0])
    answer(session, attempt, 1, 1)
    session.flush()
    memory = Tallies()
    assert memory.look(session, sitting.id, {attempt.id: 1}) == {attempt.id: (1, 0)}
    assert memory.look(session, sitting.id, {attempt.id: 0}) == {attempt.id: (0, 0)}
    assert memory.look(session, sitting.id, {attempt.id: 1}) == {attempt.id: (1, 0)}


def test_a_step_that_the_head_does_not_know_yet_waits(session: Session) -> None:
    sitting = house(session).opened(1)
    attempt = working(session, sitting.enrolments[0])
    for item in (1, 2):
        answer(session, attempt, item, 1, kind=StepKind.CHALLENGE)
    session.flush()
    memory = Tallies()
    seen = [memory.look(session, sitting.id, {attempt.id: seq})[attempt.id] for seq in (1, 2, 2)]
    assert seen == [(0, 1), (0, 2), (0, 2)]


@pytest.mark.parametrize("n_rooms", [MOST_ROOMS + 3])
def test_rooms_that_nobody_looks_at_are_forgotten(session: Session, n_rooms: int) -> None:
    memory = Tallies()
    for number in range(n_rooms):
        memory.look(session, number, {})
    assert len(memory._rooms) == MOST_ROOMS
    assert next(iter(memory._rooms)) == 3


def test_late_steps_of_an_approved_outage_count_on_the_board_and_are_found_once(database: Database) -> None:
    with database.transaction() as session:
        place = house(session)
        sitting = place.opened(1)
        attempt = working(session, sitting.enrolments[0])
        answer(session, attempt, 1, 1)
        answer(session, attempt, 2, 1, mark=StepMark.LATE)
        start = epoch_ms(NOW)
        session.add(
            Outage(
                sitting=sitting,
                from_ms=start - 60_000,
                until_ms=start,
                reason="listrik padam",
                evidence={"server": [[start - 60_000, start]], "seats": [], "n_working": 1},
                proposed_by_id=place.staff(Role.PROKTOR, site=place.site).key,
                proposed_at=NOW,
            )
        )
        public_id, committee = sitting.public_id, place.staff(Role.COMMITTEE).key
    memory = Tallies()
    with database.reading() as session:
        assert seen(session, public_id, memory) == [1]
    with database.transaction() as session:
        outage = session.scalars(select(Outage)).one()
        outage.approved_by_id, outage.approved_at = committee, NOW
    with database.reading() as session:
        assert seen(session, public_id, memory) == [2]
        statements: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        assert seen(session, public_id, memory) == [2]
    assert not any("step" in statement for statement in statements)


def seen(session: Session, public_id: uuid.UUID, memory: Tallies) -> list[int]:
    sitting = find_sitting(session, public_id)
    assert sitting is not None
    return [row.n_answered for row in room(session, sitting, now=NOW, tallies=memory)]
