"""What scoring reads: keys of a form, and the answers of its attempts out of verified journals."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, selectinload

from exam.errors import JournalBrokenError
from exam.journal import JournalStep, first_broken, genesis, replay
from exam.model import Attempt, Enrolment, Form, FormItem, KeySet, Step
from exam.queries.outages import excused_steps
from exam.scoring import AttemptScore, ItemKey, score_answers
from exam.states import Treatment
from itembank.model import ItemVersion

_STEPS_AT_ONCE = 5000


# Keys -------------------------------------------------------------------------------------------------------------


def latest_key_set(session: Session, form: Form) -> KeySet | None:
    """The key set proposed last; it alone may be signed and scored by."""
    return session.scalar(
        select(KeySet)
        .where(KeySet.form_id == form.id)
        .order_by(KeySet.number.desc())
        .limit(1)
        .options(selectinload(KeySet.entries), selectinload(KeySet.signatures), selectinload(KeySet.form))
        .execution_options(populate_existing=True),
    )


def bank_keys(session: Session, form: Form) -> list[ItemKey]:
    """The keys that the bank holds for the items of a form, every item scored by its one key."""
    rows = session.execute(
        select(FormItem.position, FormItem.section, FormItem.scored, ItemVersion.key_position)
        .join(FormItem.version)
        .where(FormItem.form_id == form.id)
        .order_by(FormItem.position),
    )
    return [
        ItemKey(position, section, scored, keys=frozenset({key}), treatment=Treatment.SCORE)
        for position, section, scored, key in rows
    ]


def item_keys(session: Session, key_set: KeySet) -> list[ItemKey]:
    """The keys of a key set, each with its item's place in the form."""
    entries = {entry.position: entry for entry in key_set.entries}
    return [
        ItemKey(
            position=item.position,
            section=item.section,
            scored=item.scored,
            keys=frozenset(entries[item.position].keys),
            treatment=entries[item.position].treatment,
        )
        for item in bank_keys(session, key_set.form)
    ]


def option_counts(session: Session, form: Form) -> dict[int, int]:
    """How many options each item of a form has."""
    rows = session.execute(select(FormItem.position, FormItem.option_keys).where(FormItem.form_id == form.id))
    return {position: len(keys) for position, keys in rows}


# Attempts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScoredAttempt:
    """One attempt and what it adds up to."""

    attempt_id: int
    public_id: uuid.UUID
    score: AttemptScore


def score_attempts(session: Session, form: Form, items: Sequence[ItemKey]) -> list[ScoredAttempt]:
    """Score all attempts of a form that were begun; the journal of each is verified before it counts."""
    heads = _begun(session, form)
    excused = excused_steps(session, Attempt.form_id == form.id)
    journals = _journals(session, form)
    waiting = next(journals, None)
    scored, broken = [], []
    for head in heads:
        steps: list[Row[*tuple[Any, ...]]] = []
        if waiting is not None and waiting[0] == head.id:
            steps, waiting = waiting[1], next(journals, None)
        if not _holds(head, form, steps):
            broken.append(head.participant_number)
        counted = replay(
            ((step.kind, step.item, step.option, step.value, step.mark) for step in steps),
            excused=excused.get(head.id, frozenset()),
        )
        scored.append(ScoredAttempt(head.id, head.public_id, score_answers(counted.answers, items)))
    if broken:
        raise JournalBrokenError(participants=broken)
    return scored


def _begun(session: Session, form: Form) -> Sequence[Row[*tuple[Any, ...]]]:
    columns = (Attempt.id, Attempt.public_id, Attempt.item_order, Attempt.genesis, Attempt.digest, Attempt.last_seq)
    return session.execute(
        select(*columns, Enrolment.public_id.label("enrolment"), Enrolment.participant_number)
        .join(Attempt.enrolment)
        .where(Attempt.form_id == form.id, Attempt.begun_ms.is_not(None))
        .order_by(Attempt.id),
    ).all()


def _journals(session: Session, form: Form) -> Iterator[tuple[int, list[Row[*tuple[Any, ...]]]]]:
    columns = (Step.attempt_id, Step.seq, Step.kind, Step.item, Step.option, Step.value, Step.at_ms)
    rows = session.execute(
        select(*columns, Step.received_ms, Step.mark, Step.digest)
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(Attempt.form_id == form.id, Attempt.begun_ms.is_not(None))
        .order_by(Step.attempt_id, Step.seq)
        .execution_options(yield_per=_STEPS_AT_ONCE),
    )
    for attempt_id, steps in groupby(rows, key=lambda row: int(row.attempt_id)):
        yield attempt_id, list(steps)


def _holds(head: Row[*tuple[Any, ...]], form: Form, steps: Sequence[Row[*tuple[Any, ...]]]) -> bool:
    """Whether a journal is whole: from its genesis over every step to the head that the attempt keeps."""
    start = genesis(
        attempt=head.public_id, enrolment=head.enrolment, form_digest=form.digest, item_order=head.item_order
    )
    at_end = (steps[-1].seq, steps[-1].digest) if steps else (0, start)
    return (
        head.genesis == start
        and at_end == (head.last_seq, head.digest)
        and first_broken(start, ((_step(row), row.digest) for row in steps)) is None
    )


def _step(row: Row[*tuple[Any, ...]]) -> JournalStep:
    return JournalStep(
        seq=row.seq,
        kind=row.kind,
        item=row.item,
        option=row.option,
        value=row.value,
        at_ms=row.at_ms,
        received_ms=row.received_ms,
    )
