"""The audit journal: every act of staff, append-only, each event sealed to the one before it.

The chain covers staff acts only. Candidates' acts go to the journal of their attempt and sign-ins to a log of
their own, because a chain is a queue of one and an exam room must never stand in a queue.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from registry.actor import Actor
from registry.columns import Document
from registry.model import AuditEvent

GENESIS = bytes(32)

# Any constant does, as long as nothing else in this database takes the same advisory lock.
_CHAIN_LOCK = 20121030


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
        if event.previous_digest != previous or event.digest != digest_of(event):
            return event
        previous = event.digest
    return None


def _wait_for_turn(session: Session) -> None:
    # SQLite already serialises writers (BEGIN IMMEDIATE); PostgreSQL needs to be asked.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
