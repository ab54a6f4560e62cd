"""What one candidate needs beyond the others: extra time, and breaks that do not count as working time.

It is granted before the candidate begins. Whoever works already gets minutes in the room, with a reason.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.access import require_prepare
from exam.errors import AccommodationRefusedError, AttemptStateError
from exam.keys import Keys
from exam.model import Attempt, Enrolment, Sitting
from exam.operations.preparing import PREPARING, require_state, wait_for_turn
from exam.places import grant_digest
from exam.roster import MOST_BREAK_MINUTES, MOST_EXTRA_MINUTES
from registry.actor import Actor
from registry.audit import record


def grant_accommodation(
    session: Session,
    enrolment: Enrolment,
    *,
    extra_minutes: int,
    break_minutes: int,
    keys: Keys,
    actor: Actor,
    now: datetime,
) -> None:
    """Set what was granted to one candidate; what was granted before is replaced."""
    sitting = enrolment.sitting
    require_prepare(actor, sitting)
    most = min(MOST_EXTRA_MINUTES, most_extra_minutes(sitting))
    if not (0 <= extra_minutes <= most and 0 <= break_minutes <= MOST_BREAK_MINUTES):
        raise AccommodationRefusedError(most_extra=most, most_break=MOST_BREAK_MINUTES)
    wait_for_turn(session)
    require_state(session, sitting, PREPARING)
    _require_not_begun(session, enrolment)
    enrolment.extra_minutes, enrolment.break_minutes = extra_minutes, break_minutes
    session.flush()
    # How much somebody needs says something about health, so the audit journal holds a keyed digest of it.
    place = enrolment.public_id
    granted = grant_digest(keys.roster, enrolment=place, extra_minutes=extra_minutes, break_minutes=break_minutes)
    details = {"enrolment": str(place), "granted": granted}
    record(
        session,
        actor=actor,
        action="sitting.accommodate",
        subject_kind="sitting",
        subject=sitting.public_id,
        at=now,
        details=details,
    )


def most_extra_minutes(sitting: Sitting) -> int:
    """How much extra time fits into the window of a sitting; breaks may reach beyond it, like credits."""
    return int((sitting.closes_at - sitting.opens_at).total_seconds() - sitting.duration_seconds) // 60


def _require_not_begun(session: Session, enrolment: Enrolment) -> None:
    attempt = session.scalar(
        select(Attempt).where(Attempt.enrolment_id == enrolment.id, Attempt.begun_ms.is_not(None)).with_for_update()
    )
    if attempt is not None:
        raise AttemptStateError(state=attempt.state.value)
