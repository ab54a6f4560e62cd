"""Steps that came from a seat after the proctor had released it: kept as evidence beside the journal, never in it.

Whoever sent them held the seat once and holds it no more, so they move no head and count for nothing. What the
candidate did there may still matter to the people who decide: it is kept, as it was sent, up to a bound.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.answer_path import Holder, NewStep
from exam.model import Attempt, SeatEvent, Step
from exam.queries.room_log import STRAYS

MOST_STEPS = 1000  # of one attempt; a whole test makes a few hundred

Written = list[Any]  # epoch, then the step as it was sent, in the positions of the form


def keep_strays(session: Session, holder: Holder, *, steps: Sequence[NewStep], now: datetime) -> int:
    """Keep what a released seat sent, once; how many steps of it are new. The sender is told nothing of it."""
    # Two that arrive at once would each take the same steps for new.
    session.execute(select(Attempt.id).where(Attempt.public_id == holder.attempt).with_for_update())
    attempt, new = _new(session, holder, steps)
    if attempt is not None and new:
        session.add(SeatEvent(attempt_id=attempt.id, at=now, kind=STRAYS, details={"steps": new}))
        session.flush()
    return len(new)


def has_strays(session: Session, holder: Holder, *, steps: Sequence[NewStep]) -> bool:
    """Whether there is anything to keep: a computer that says the same again and again writes nothing."""
    return bool(_new(session, holder, steps)[1])


def _new(session: Session, holder: Holder, steps: Sequence[NewStep]) -> tuple[Attempt | None, list[Written]]:
    attempt = session.scalar(select(Attempt).where(Attempt.public_id == holder.attempt))
    if attempt is None or holder.epoch >= attempt.epoch or attempt.begun_ms is None or attempt.sealed_ms is not None:
        return None, []
    kept = list(_kept(session, attempt))
    known = _in_journal(session, attempt, steps)
    sent = [_written(holder.epoch, step) for step in steps if step not in known]
    return attempt, [each for each in sent if each not in kept][: max(0, MOST_STEPS - len(kept))]


def _kept(session: Session, attempt: Attempt) -> Iterator[Written]:
    events = session.scalars(
        select(SeatEvent.details).where(SeatEvent.attempt_id == attempt.id, SeatEvent.kind == STRAYS)
    )
    for details in events:
        yield from details["steps"]


def _in_journal(session: Session, attempt: Attempt, steps: Iterable[NewStep]) -> list[NewStep]:
    """Those that got through before the release; only their acknowledgement was lost."""
    rows = session.execute(
        select(Step.seq, Step.kind, Step.item, Step.option, Step.value, Step.at_ms).where(
            Step.attempt_id == attempt.id, Step.seq.in_([step.seq for step in steps])
        )
    )
    return [NewStep(*row) for row in rows]


def _written(epoch: int, step: NewStep) -> Written:
    return [epoch, step.seq, step.kind.value, step.item, step.option, step.value, step.at_ms]
