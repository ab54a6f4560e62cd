"""The mark of a step is judged in SQL where PostgreSQL keeps it, and in Python elsewhere: both must say the same."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

from sqlalchemy import update

from exam.model import Attempt
from exam.states import AttemptState, StepMark
from exam.timing import epoch_ms, mark
from tests.conftest import NOW
from tests.store.test_answer_path import Desk, desk, seated

__all__ = ["desk", "seated"]  # fixtures

DEADLINE = epoch_ms(NOW + timedelta(minutes=120))

STATES = [AttemptState.WORKING, AttemptState.SUBMITTED, AttemptState.EXPIRED]
AFTER_DEADLINE_MS = [-1, 0, 1]
PAUSED_BEFORE_DEADLINE_MS = [None, 1, 0, -1]
BREAK_MS = [None, 0, 1, 2]


Case = tuple[AttemptState, int, int | None, int | None]
CASES: list[Case] = list(product(STATES, AFTER_DEADLINE_MS, PAUSED_BEFORE_DEADLINE_MS, BREAK_MS))


def test_both_judges_agree(desk: Desk) -> None:
    expected: list[tuple[Case, StepMark]] = []
    for case in CASES:
        state, after_ms, before_ms, break_ms = case
        paused_ms = None if before_ms is None else DEADLINE - before_ms
        ends_ms = None if paused_ms is None or break_ms is None else paused_ms + break_ms
        with desk.database.transaction() as session:
            session.execute(update(Attempt).values(state=state, paused_ms=paused_ms, break_ends_ms=ends_ms))
        desk.now = NOW + timedelta(minutes=120, milliseconds=after_ms)
        desk.send(replace(desk.step(1, 0), at_ms=0))
        expected.append((case, mark(DEADLINE + after_ms, DEADLINE, state, paused_ms, break_ends_ms=ends_ms)))
    found = [step.mark for step in desk.steps()]
    assert list(zip(CASES, found, strict=True)) == expected
