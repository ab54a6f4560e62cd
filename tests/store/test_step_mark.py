"""The mark of a step is judged in SQL where PostgreSQL keeps it, and in Python elsewhere: both must say the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from exam.model import Attempt
from exam.states import AttemptState
from exam.timing import epoch_ms, mark
from tests.conftest import NOW
from tests.store.test_answer_path import Desk, desk, seated

__all__ = ["desk", "seated"]  # fixtures

DEADLINE = epoch_ms(NOW + timedelta(minutes=120))


@pytest.mark.parametrize("state", [AttemptState.WORKING, AttemptState.SUBMITTED, AttemptState.EXPIRED])
@pytest.mark.parametrize("after_deadline_ms", [-1, 0, 1])
@pytest.mark.parametrize("paused_before_deadline_ms", [None, 1, 0, -1])
@pytest.mark.parametrize("break_ms", [None, 0, 1, 2])
def test_both_judges_agree(
    desk: Desk,
    state: AttemptState,
    after_deadline_ms: int,
    paused_before_deadline_ms: int | None,
    break_ms: int | None,
) -> None:
    paused_ms = None if paused_before_deadline_ms is None else DEADLINE - paused_before_deadline_ms
    ends_ms = None if paused_ms is None or break_ms is None else paused_ms + break_ms
    with desk.database.transaction() as session:
        session.execute(update(Attempt).values(state=state, paused_ms=paused_ms, break_ends_ms=ends_ms))
    received_ms = DEADLINE + after_deadline_ms
    desk.now = NOW + timedelta(minutes=120, milliseconds=after_deadline_ms)
    desk.send(replace(desk.step(1, 0), at_ms=0))
    assert [step.mark for step in desk.steps()] == [
        mark(received_ms, DEADLINE, state, paused_ms, break_ends_ms=ends_ms)
    ]
