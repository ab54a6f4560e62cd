"""Outages as they stand on file: what was silent, what was proposed and approved, and which steps count by it."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from exam.model import Attempt, ContactGap, Enrolment, Form, Outage, ServerGap, Sitting, Step
from exam.outages import Arrival, Evidence, Interval, ProvenOutage, SeatSilence, excused
from exam.states import SittingState, StepKind, StepMark
from registry.columns import Document

# Evidence ---------------------------------------------------------------------------------------------------------


def evidence_of(session: Session, sitting: Sitting, *, now_ms: int) -> Evidence:
    """All silences in the time of a sitting, from its first begun clock until now."""
    begun_ms = session.scalar(select(func.min(Attempt.begun_ms)).where(Attempt.sitting_id == sitting.id))
    if begun_ms is None:
        return Evidence()
    gaps = session.execute(
        select(ServerGap.from_ms, ServerGap.until_ms)
        .where(ServerGap.until_ms > begun_ms, ServerGap.from_ms < now_ms)
        .order_by(ServerGap.from_ms),
    )
    return Evidence(
        server=tuple(Interval(from_ms, until_ms) for from_ms, until_ms in gaps),
        seats=tuple(_seat_silences(session, sitting, now_ms=now_ms)),
        n_working=_n_begun(session, sitting),
    )


def _seat_silences(session: Session, sitting: Sitting, *, now_ms: int) -> Iterable[SeatSilence]:
    rows = session.execute(
        select(Attempt.public_id, Enrolment.seat, ContactGap.from_ms, ContactGap.until_ms)
        .join(Attempt, Attempt.id == ContactGap.attempt_id)
        .join(Attempt.enrolment)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(ContactGap.from_ms, Enrolment.seat),
    )
    for attempt, seat, from_ms, until_ms in rows:
        yield SeatSilence(attempt, seat, Interval(from_ms, max(from_ms, now_ms if until_ms is None else until_ms)))


def _n_begun(session: Session, sitting: Sitting) -> int:
    begun = select(func.count()).where(Attempt.sitting_id == sitting.id, Attempt.begun_ms.is_not(None))
    return session.scalar(begun) or 0


def as_document(proved: Evidence) -> Document:
    """Evidence as it is kept with the outage, so that later silences change nothing about it."""
    return {
        "server": [[gap.from_ms, gap.until_ms] for gap in proved.server],
        "seats": [
            {"attempt": str(each.attempt), "seat": each.seat, "silence": [each.silence.from_ms, each.silence.until_ms]}
            for each in proved.seats
        ],
        "n_working": proved.n_working,
    }


def evidence_in(document: Document) -> Evidence:
    """Evidence as it was kept."""
    return Evidence(
        server=tuple(Interval(*gap) for gap in document["server"]),
        seats=tuple(
            SeatSilence(uuid.UUID(each["attempt"]), each["seat"], Interval(*each["silence"]))
            for each in document["seats"]
        ),
        n_working=document["n_working"],
    )


# Outages ----------------------------------------------------------------------------------------------------------


def find_outage(session: Session, public_id: uuid.UUID) -> Outage | None:
    """One outage with its sitting and the two people."""
    return session.scalar(select(Outage).where(Outage.public_id == public_id).options(*_WITH_PEOPLE))


def outages_of(session: Session, sitting: Sitting) -> Sequence[Outage]:
    """All outages of a sitting, proposed and approved, the earliest first."""
    statement = select(Outage).where(Outage.sitting_id == sitting.id).options(*_WITH_PEOPLE)
    return session.scalars(statement.order_by(Outage.from_ms, Outage.id)).all()


def waiting_outages(session: Session) -> Sequence[Outage]:
    """What waits for the second signature anywhere, the longest waiting first."""
    statement = (
        select(Outage)
        .join(Outage.sitting)
        .where(Outage.approved_at.is_(None), Sitting.state != SittingState.SEALED)
        .options(*_WITH_PEOPLE)
    )
    return session.scalars(statement.order_by(Outage.proposed_at, Outage.id)).all()


def decided_outages(session: Session, *, most: int = 50) -> Sequence[Outage]:
    """What was approved last."""
    statement = select(Outage).where(Outage.approved_at.is_not(None)).options(*_WITH_PEOPLE)
    return session.scalars(statement.order_by(Outage.approved_at.desc(), Outage.id.desc()).limit(most)).all()


def approved_outages(session: Session, form: Form) -> Sequence[Outage]:
    """The outages by which late steps of a form count, in the order of their public ids, as a scoring run pins them."""
    statement = select(Outage).join(Outage.sitting).where(Sitting.form_id == form.id, Outage.approved_at.is_not(None))
    return sorted(session.scalars(statement), key=lambda outage: outage.public_id.bytes)


_WITH_PEOPLE = (
    joinedload(Outage.sitting).joinedload(Sitting.site),
    joinedload(Outage.proposed_by),
    joinedload(Outage.approved_by),
)


def proven(outage: Outage) -> ProvenOutage:
    """An outage as the counting rule sees it."""
    return ProvenOutage.of(Interval(outage.from_ms, outage.until_ms), evidence_in(outage.evidence))


# Which steps count ------------------------------------------------------------------------------------------------


def excused_steps(session: Session, which: ColumnElement[bool]) -> dict[int, frozenset[int]]:
    """By attempt, the numbers of the late steps that count; `which` is a condition on attempts.

    Nearly always there is no approved outage, and this costs one small question.
    """
    outages = _approved_by_sitting(session, which)
    if not outages:
        return {}
    return _excused(session, which & Attempt.sitting_id.in_(outages), outages)


def _approved_by_sitting(session: Session, which: ColumnElement[bool]) -> dict[int, list[ProvenOutage]]:
    sittings = select(Attempt.sitting_id).where(which)
    found = session.scalars(
        select(Outage)
        .where(Outage.approved_at.is_not(None), Outage.sitting_id.in_(sittings))
        .order_by(Outage.sitting_id, Outage.id),
    )
    return {sitting: [proven(each) for each in group] for sitting, group in groupby(found, lambda o: o.sitting_id)}


def _excused(
    session: Session, which: ColumnElement[bool], outages: Mapping[int, Sequence[ProvenOutage]]
) -> dict[int, frozenset[int]]:
    found = {}
    for head, journal in _late_journals(session, which):
        counts = excused(
            journal,
            attempt=head.public_id,
            deadline_ms=head.deadline_ms,
            outages=outages[head.sitting_id],
        )
        if counts:
            found[int(head.id)] = counts
    return found


def _late_journals(session: Session, which: ColumnElement[bool]) -> Iterable[tuple[Any, list[Arrival]]]:
    """The arrivals of the attempts that have late steps, with the head of each."""
    some = aliased(Step)
    late = exists().where(some.attempt_id == Attempt.id, some.mark == StepMark.LATE)
    rows = session.execute(
        select(Attempt.id, Attempt.public_id, Attempt.sitting_id, Attempt.deadline_ms)
        .add_columns(Step.seq, Step.mark, Step.at_ms, Step.received_ms)
        .join(Step, Step.attempt_id == Attempt.id)
        .where(which, Attempt.deadline_ms.is_not(None), late)
        .order_by(Attempt.id, Step.seq),
    )
    for _attempt, steps in groupby(rows, key=lambda row: row.id):
        journal = list(steps)
        yield journal[0], [Arrival(row.seq, row.mark, row.at_ms, row.received_ms) for row in journal]


@dataclass(frozen=True)
class Effect:
    """What an outage would change, or changed, as far as steps have arrived."""

    n_seats: int = 0
    n_steps: int = 0
    n_answers: int = 0


def effect_of(session: Session, sitting: Sitting, outage: ProvenOutage) -> Effect:
    """How many late steps of how many seats count by this outage, and how many of them are answers."""
    counts = _excused(session, Attempt.sitting_id == sitting.id, {sitting.id: [outage]})
    answers = session.execute(
        select(Step.attempt_id, Step.seq).where(
            Step.attempt_id.in_(counts), Step.kind == StepKind.ANSWER, Step.mark == StepMark.LATE
        ),
    )
    n_answers = sum(seq in counts[attempt] for attempt, seq in answers)
    return Effect(n_seats=len(counts), n_steps=sum(map(len, counts.values())), n_answers=n_answers)
