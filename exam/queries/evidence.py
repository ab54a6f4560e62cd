"""What the database tells about a sitting, for whoever proves it; reads only, and step by step."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row as Result
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam.anchor_book import Row
from exam.anchors import AUDIT, seal_subject
from exam.journal import JournalStep
from exam.mark_proof import ClockFacts
from exam.model import Anchor, Attempt, Enrolment, Form, Seal, SeatEvent, Sitting, Step, TimeCredit
from exam.seals import SealedLeaf, from_text
from exam.states import AttemptState, SittingState, StepMark
from exam.timing import MINUTE_MS, deadline_ms, epoch_ms
from exam.verification import AttemptFacts, SittingFacts
from registry.model import AuditEvent

_AT_ONCE = 2000
_OVER = {SittingState.CLOSED, SittingState.SEALED}
_BEGINS = {"paused", "break_begun"}
_ENDS = {"resumed", "break_ended"}

Kept = tuple[JournalStep, StepMark, bytes]


def sittings_to_prove(session: Session, only: uuid.UUID | None = None) -> Sequence[Sitting]:
    """The sittings in which somebody took a seat, or that left heads; or the one that is asked for."""
    statement = select(Sitting).options(joinedload(Sitting.form).load_only(Form.digest)).order_by(Sitting.id)
    if only is not None:
        return session.scalars(statement.where(Sitting.public_id == only)).all()
    return [each for each in session.scalars(statement) if each.opened_at is not None]


def sitting_facts(session: Session, sitting: Sitting) -> SittingFacts:
    """A sitting with its attempts, without their steps."""
    room_credits, seat_credits = _credits(session, sitting)
    stands = _stands(session, sitting)
    rows = session.execute(
        select(Attempt, Enrolment, Form.digest, Form.n_items)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Form, Form.id == Attempt.form_id)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(Attempt.id),
    )
    attempts = [
        _attempt_facts(sitting, row, [*room_credits, *seat_credits.get(row[0].id, ())], stands.get(row[0].id, ()))
        for row in rows
    ]
    subject = str(sitting.public_id)
    seal = session.execute(select(Seal.statement, Seal.leaves).where(Seal.sitting_id == sitting.id)).one_or_none()
    return SittingFacts(
        sitting=sitting.public_id,
        is_over=sitting.state in _OVER,
        is_sealed=sitting.sealed_at is not None,
        sealed_at=sitting.sealed_at,
        seal=seal.statement if seal else None,
        leaves=_leaves(seal.leaves) if seal else (),
        attempts=attempts,
        rows=anchor_rows(session, subject),
        seal_rows=anchor_rows(session, seal_subject(sitting.public_id)),
    )


def journals(session: Session, sitting: Sitting) -> Iterator[tuple[uuid.UUID, Iterable[Kept]]]:
    """Every journal of a sitting that holds a step, in the order of `sitting_facts`; each is read before the next."""
    columns = (Step.seq, Step.kind, Step.item, Step.option, Step.value, Step.at_ms, Step.received_ms)
    rows = session.execute(
        select(Attempt.public_id, *columns, Step.mark, Step.digest)
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(Step.attempt_id, Step.seq)
        .execution_options(yield_per=_AT_ONCE),
    )
    for attempt, steps in groupby(rows, key=lambda row: row[0]):
        yield attempt, (_kept(row) for row in steps)


def anchor_rows(session: Session, subject: str) -> list[Row]:
    """What the database remembers of the lines about a subject."""
    rows = session.scalars(select(Anchor).where(Anchor.subject == subject).order_by(Anchor.minute))
    return [Row(row.subject, row.minute, row.n_steps, row.root, row.signature) for row in rows]


def audit_rows(session: Session) -> list[Row]:
    """What the database remembers of the lines about the audit journal."""
    return anchor_rows(session, AUDIT)


def audit_events(session: Session) -> Iterable[AuditEvent]:
    """The audit journal in its order."""
    return session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=_AT_ONCE))


def _kept(row: Result[*tuple[Any, ...]]) -> Kept:
    _attempt, *step, mark, digest = row
    return JournalStep(*step), mark, digest


def _attempt_facts(
    sitting: Sitting,
    row: Result[*tuple[Any, ...]],
    credits: Sequence[tuple[int, int]],
    stands: Sequence[tuple[int, int | None]],
) -> AttemptFacts:
    attempt, enrolment, form_digest, n_items = row
    return AttemptFacts(
        attempt=attempt.public_id,
        enrolment=enrolment.public_id,
        seat=enrolment.seat,
        participant_number=enrolment.participant_number,
        form_digest=form_digest,
        n_items=n_items,
        item_order=attempt.item_order,
        genesis=attempt.genesis,
        last_seq=attempt.last_seq,
        digest=attempt.digest,
        receipt=attempt.receipt,
        state=attempt.state,
        clock=ClockFacts(
            begun_ms=attempt.begun_ms,
            deadline_ms=attempt.deadline_ms,
            first_deadline_ms=_first_deadline_ms(sitting, attempt, enrolment),
            credits=credits,
            stands=stands,
            break_allowance_ms=enrolment.break_minutes * MINUTE_MS,
            closed_ms=epoch_ms(sitting.closed_at) if sitting.closed_at else None,
            submitted_seq=_submitted_seq(attempt),
        ),
    )


def _first_deadline_ms(sitting: Sitting, attempt: Attempt, enrolment: Enrolment) -> int | None:
    if attempt.begun_ms is None:
        return None
    return deadline_ms(
        attempt.begun_ms,
        duration_seconds=sitting.duration_seconds,
        hard_end_ms=epoch_ms(sitting.closes_at),
        extra_minutes=enrolment.extra_minutes,
    )


def _submitted_seq(attempt: Attempt) -> int | None:
    if attempt.state is not AttemptState.SUBMITTED:
        return None
    try:
        receipt: Mapping[str, Any] = json.loads(attempt.receipt or "{}")
        return int(receipt["last_seq"])
    except (ValueError, TypeError, KeyError):
        return None


def _leaves(text: str) -> Sequence[SealedLeaf]:
    try:
        return from_text(text)
    except (ValueError, TypeError, KeyError):
        return ()  # spoilt: the seal itself still says whether anything changed


def _credits(session: Session, sitting: Sitting) -> tuple[list[tuple[int, int]], dict[int, list[tuple[int, int]]]]:
    """When how many minutes were granted: to the room, and by attempt."""
    room: list[tuple[int, int]] = []
    seats: dict[int, list[tuple[int, int]]] = {}
    for credit in session.scalars(select(TimeCredit).where(TimeCredit.sitting_id == sitting.id)):
        target = room if credit.attempt_id is None else seats.setdefault(credit.attempt_id, [])
        target.append((epoch_ms(credit.granted_at), credit.minutes))
    return room, seats


def _stands(session: Session, sitting: Sitting) -> dict[int, list[tuple[int, int | None]]]:
    """By attempt: from when until when its clock stood."""
    rows = session.execute(
        select(SeatEvent.attempt_id, SeatEvent.kind, SeatEvent.at)
        .join(Attempt, Attempt.id == SeatEvent.attempt_id)
        .where(Attempt.sitting_id == sitting.id, SeatEvent.kind.in_(_BEGINS | _ENDS))
        .order_by(SeatEvent.id),
    )
    found: dict[int, list[tuple[int, int | None]]] = {}
    for attempt, kind, at in rows:
        stands = found.setdefault(attempt, [])
        if kind in _BEGINS:
            stands.append((epoch_ms(at), None))
        elif stands and stands[-1][1] is None:
            stands[-1] = (stands[-1][0], epoch_ms(at))
    return found
