"""What the database tells about a sitting, for whoever proves it; reads only, and step by step."""

import json
import uuid
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row as Result
from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session, aliased, joinedload

from exam.act_proof import ClockAct, Credit, GivenFacts, HeldPlace, SignedOutage
from exam.anchor_book import Row
from exam.anchors import AUDIT, seal_subject
from exam.journal import JournalStep
from exam.mark_proof import ClockFacts
from exam.model import Anchor, Attempt, Enrolment, Form, Outage, Seal, SeatEvent, Sitting, Step, TimeCredit
from exam.places import roster_digest
from exam.queries.places import Place, places_of
from exam.seals import SealedLeaf, from_text
from exam.states import AttemptState, SittingState, StepMark
from exam.timing import MINUTE_MS, deadline_ms, epoch_ms
from exam.verification import AttemptFacts, SittingFacts
from registry.model import Account, AuditEvent

_AT_ONCE = 2000
_OVER = {SittingState.CLOSED, SittingState.SEALED}
_PAUSES = ("paused", "resumed")
_BREAKS = ("break_begun", "break_ended")

Kept = tuple[JournalStep, StepMark, bytes]
Stop = tuple[str, datetime]  # a clock stood, or ran again: kind of event, when


@dataclass(frozen=True)
class SittingName:
    """A sitting as its row names it, read without trust: whoever holds the database may have written anything."""

    key: int
    sitting: uuid.UUID
    title: str
    state: str


def sittings_to_prove(
    session: Session, only: uuid.UUID | None = None, *, known: Collection[str] = ()
) -> list[SittingName]:
    """The sittings that were opened, by their own word or as others know; or the one that is asked for."""
    public_id_text, state_text = type_coerce(Sitting.public_id, String), type_coerce(Sitting.state, String)
    columns = (Sitting.id, Sitting.opened_at.is_not(None), public_id_text, Sitting.title, state_text)
    rows = session.execute(select(*columns).order_by(Sitting.id))
    found = []
    for key, was_opened, public_id, title, state in rows:
        sitting = _uuid(public_id)
        if sitting is None:
            continue  # missed under its own name by the audit journal and the heads
        if sitting == only or (only is None and (was_opened or str(sitting) in known)):
            found.append(SittingName(key, sitting, str(title), str(state)))
    return found


def _uuid(text: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def read_sitting(session: Session, name: SittingName) -> Sitting:
    """The whole row, with the form of the sitting."""
    return session.get_one(Sitting, name.key, options=[joinedload(Sitting.form).load_only(Form.digest)])


def sitting_facts(session: Session, sitting: Sitting, *, roster_key: bytes) -> SittingFacts:
    """A sitting with its attempts, without their steps. The key makes the digests of who holds which place."""
    credits = session.scalars(select(TimeCredit).where(TimeCredit.sitting_id == sitting.id)).all()
    stops = _stops(session, sitting)
    places = places_of(session, sitting, key=roster_key)
    rows = session.execute(
        select(Attempt, Enrolment, Form.digest, Form.n_items)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Form, Form.id == Attempt.form_id)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(Attempt.id),
    )
    attempts = {}
    for row in rows:
        key = row[0].id
        mine = [credit for credit in credits if credit.attempt_id in {None, key}]
        attempts[key] = _attempt_facts(sitting, row, mine, stops.get(key, ()))
    subject = str(sitting.public_id)
    seal = session.execute(select(Seal.statement, Seal.leaves).where(Seal.sitting_id == sitting.id)).one_or_none()
    return SittingFacts(
        sitting=sitting.public_id,
        is_over=sitting.state in _OVER,
        is_sealed=sitting.sealed_at is not None,
        sealed_at=sitting.sealed_at,
        seal=seal.statement if seal else None,
        leaves=_leaves(seal.leaves) if seal else (),
        attempts=list(attempts.values()),
        roster=roster_digest({place.enrolment: place.person for place in places}),
        given=_given(session, sitting, attempts, credits=credits, stops=stops, places=places),
        rows=anchor_rows(session, subject),
        seal_rows=anchor_rows(session, seal_subject(sitting.public_id)),
    )


def journals(session: Session, sitting: Sitting) -> Generator[tuple[uuid.UUID, Iterable[Kept]], None, None]:
    """Every journal of a sitting that holds a step, in the order of `sitting_facts`; each is read before the next."""
    columns = (Step.seq, Step.kind, Step.item, Step.option, Step.value, Step.at_ms, Step.received_ms)
    rows = session.execute(
        select(Attempt.public_id, *columns, Step.mark, Step.digest)
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(Step.attempt_id, Step.seq)
        .execution_options(yield_per=_AT_ONCE),
    )
    try:
        for attempt, steps in groupby(rows, key=lambda row: row[0]):
            yield attempt, (_kept(row) for row in steps)
    finally:
        rows.close()


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
    credits: Sequence[TimeCredit],
    stops: Sequence[Stop],
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
            credits=[(epoch_ms(credit.granted_at), credit.minutes) for credit in credits],
            stands=_stretches(stops, *_PAUSES),
            breaks=_stretches(stops, *_BREAKS),
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


def _stops(session: Session, sitting: Sitting) -> dict[int, list[Stop]]:
    """By attempt, every moment in which its clock stood still, or ran again."""
    rows = session.execute(
        select(SeatEvent.attempt_id, SeatEvent.kind, SeatEvent.at)
        .join(Attempt, Attempt.id == SeatEvent.attempt_id)
        .where(Attempt.sitting_id == sitting.id, SeatEvent.kind.in_((*_PAUSES, *_BREAKS)))
        .order_by(SeatEvent.id),
    )
    stops: dict[int, list[Stop]] = {}
    for attempt, kind, at in rows:
        stops.setdefault(attempt, []).append((kind, at))
    return stops


def _stretches(stops: Iterable[Stop], begins: str, ends: str) -> list[tuple[int, int | None]]:
    """From when until when a clock stood."""
    found: list[tuple[int, int | None]] = []
    for kind, at in stops:
        if kind == begins:
            found.append((epoch_ms(at), None))
        elif kind == ends and found and found[-1][1] is None:
            found[-1] = (found[-1][0], epoch_ms(at))
    return found


def _given(
    session: Session,
    sitting: Sitting,
    attempts: Mapping[int, AttemptFacts],
    *,
    credits: Iterable[TimeCredit],
    stops: Mapping[int, Sequence[Stop]],
    places: Iterable[Place],
) -> GivenFacts:
    by_place = {attempt.enrolment: attempt.attempt for attempt in attempts.values()}
    return GivenFacts(
        sitting=sitting.public_id,
        plan={
            "form": str(sitting.form.public_id),
            "site": str(sitting.site.public_id),
            "opens_at": sitting.opens_at,
            "closes_at": sitting.closes_at,
            "duration_seconds": sitting.duration_seconds,
        },
        moved={
            "sitting.open": sitting.opened_at,
            "sitting.close": sitting.closed_at,
            "sitting.seal": sitting.sealed_at,
        },
        credits=[_credit(sitting, attempts, credit) for credit in credits],
        outages=_outages(session, sitting),
        clock_acts=[
            ClockAct(attempts[key].attempt, attempts[key].seat, kind, at)
            for key, mine in stops.items()
            for kind, at in mine
            if kind in _PAUSES
        ],
        places=[
            HeldPlace(place.enrolment, place.seat, place.person, place.granted, by_place.get(place.enrolment))
            for place in places
        ],
        attempts=list(by_place.values()),
    )


def _credit(sitting: Sitting, attempts: Mapping[int, AttemptFacts], credit: TimeCredit) -> Credit:
    # A credit of an attempt that is not of this sitting is told as one of the room, and misses its act there.
    whose = attempts.get(credit.attempt_id) if credit.attempt_id is not None else None
    return Credit(whose.attempt if whose else sitting.public_id, credit.minutes, credit.granted_at)


def _outages(session: Session, sitting: Sitting) -> list[SignedOutage]:
    first, second = aliased(Account), aliased(Account)
    rows = session.execute(
        select(Outage, first.public_id, second.public_id)
        .outerjoin(first, first.id == Outage.proposed_by_id)
        .outerjoin(second, second.id == Outage.approved_by_id)
        .where(Outage.sitting_id == sitting.id, Outage.approved_at.is_not(None)),
    )
    return [
        SignedOutage(
            outage=outage.public_id,
            from_ms=outage.from_ms,
            until_ms=outage.until_ms,
            evidence=outage.evidence,
            proposed=(proposer, outage.proposed_at),
            approved=(approver, outage.approved_at),
        )
        for outage, proposer, approver in rows
    ]
