"""The audit journal: every act of staff, append-only, each event sealed to the one before it.

The chain covers staff acts only. Candidates' acts go to the journal of their attempt and sign-ins to a log of
their own, because a chain is a queue of one and an exam room must never stand in a queue.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from registry.actor import Actor
from registry.columns import Document
from registry.model import AuditEvent

GENESIS = bytes(32)

# Any constant does, as long as nothing else in this database takes the same advisory lock.
_CHAIN_LOCK = 20121030


@dataclass(frozen=True)
class ChainState:
    """The journal as checked from its first event to its last."""

    n_events: int
    head: bytes  # digest of the last event: compare it with one that was written down elsewhere
    broken: AuditEvent | None  # the first event that does not fit; none: the chain holds


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject: uuid.UUID | str,
    at: datetime,
    details: Document | None = None,
) -> AuditEvent:
    """Write down who did what to what. Details hold pseudonymous ids and figures, never names or secrets."""
    _wait_for_turn(session)
    previous = session.scalar(select(AuditEvent.digest).order_by(AuditEvent.id.desc()).limit(1)) or GENESIS
    event = AuditEvent(
        at=at,
        actor=actor.public_id,
        action=action,
        subject_kind=subject_kind,
        subject=str(subject),
        details=details or {},
        previous_digest=previous,
    )
    event.digest = digest_of(event)
    session.add(event)
    session.flush()
    return event


def digest_of(event: AuditEvent) -> bytes:
    """SHA-256 over the previous digest and the canonical JSON of the event."""
    fields = [
        event.at.isoformat(timespec="microseconds"),
        str(event.actor) if event.actor else None,
        event.action,
        event.subject_kind,
        event.subject,
        event.details,
    ]
    canonical = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(event.previous_digest + canonical.encode()).digest()


def first_broken(events: Iterable[AuditEvent]) -> AuditEvent | None:
    """The first event, in order, whose digest or predecessor does not fit; None when the chain holds."""
    previous = GENESIS
    for event in events:
        if not continues(event, previous):
            return event
        previous = event.digest
    return None


def continues(event: AuditEvent, previous: bytes) -> bool:
    """True when an event follows the one with this digest and says what was written."""
    return event.previous_digest == previous and event.digest == digest_of(event)


def chain_state(session: Session) -> ChainState:
    """Check the whole chain. Events missing at its end show only against a head that was kept outside."""
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000))
    n_events, head, broken = 0, GENESIS, None
    for event in events:
        if broken is None and not continues(event, head):
            broken = event
        n_events, head = n_events + 1, event.digest
    return ChainState(n_events, head, broken)


def _wait_for_turn(session: Session) -> None:
    # SQLite already serialises writers (BEGIN IMMEDIATE); PostgreSQL needs to be asked.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
