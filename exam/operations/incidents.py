"""Noting what happened in a room: a power cut, a broken computer, somebody who fell ill.

A note is never changed or removed, because the minutes print it. Who wrote something wrong writes another note that
puts it right. The text stays with the sitting; the audit journal, which names nobody, only says that one was made.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.access import require_admit
from exam.errors import AttemptStateError, IncidentNoteMissingError, IncidentTimeError, SittingStateError
from exam.model import Attempt, Incident, Sitting
from exam.states import IncidentKind, SittingState
from registry.actor import Actor
from registry.audit import record

SHORTEST_NOTE, LONGEST_NOTE = 5, 2000
_EARLIEST = timedelta(days=1)  # before the window begins: rooms are prepared the day before
_CLOCKS_DIFFER = timedelta(minutes=2)  # the wall's clock is not the server's


def note_incident(
    session: Session,
    sitting: Sitting,
    *,
    kind: IncidentKind,
    note: str,
    happened_at: datetime,
    actor: Actor,
    now: datetime,
    attempt: Attempt | None = None,
) -> Incident:
    """Write an incident down, of one seat or of the whole room; until the sitting is sealed."""
    require_admit(actor, sitting)
    words = note.strip()
    if len(words) < SHORTEST_NOTE:
        raise IncidentNoteMissingError(at_least=SHORTEST_NOTE)
    if not sitting.opens_at - _EARLIEST <= happened_at <= now + _CLOCKS_DIFFER:
        raise IncidentTimeError
    if attempt is not None and attempt.sitting_id != sitting.id:
        raise AttemptStateError(state="elsewhere")
    _require_unsealed(session, sitting)
    incident = Incident(
        sitting=sitting,
        attempt=attempt,
        kind=kind,
        note=words[:LONGEST_NOTE],
        happened_at=happened_at,
        noted_at=now,
        noted_by_id=actor.key,
    )
    session.add(incident)
    session.flush()
    record(
        session,
        actor=actor,
        action="incident.note",
        subject_kind="sitting",
        subject=sitting.public_id,
        at=now,
        details={"kind": kind.value, "incident": str(incident.public_id)},
    )
    return incident


def _require_unsealed(session: Session, sitting: Sitting) -> None:
    # The seal counts the incidents, so a note waits for a seal that is being set, and is refused after it.
    state = session.scalar(select(Sitting.state).where(Sitting.id == sitting.id).with_for_update(key_share=True))
    if state is SittingState.SEALED:
        raise SittingStateError(state=SittingState.SEALED.value)
