"""What all acts before the end of a sitting have in common: the state they need, and that they take turns."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from exam.errors import SittingStateError
from exam.model import Sitting
from exam.states import SittingState

PREPARING = frozenset({SittingState.PLANNED, SittingState.OPEN})

# One queue for what must not happen twice at once: planning a room, numbering participants. Never the answer path.
_PREPARATION_LOCK = 20121002


def require_state(session: Session, sitting: Sitting, states: Collection[SittingState]) -> None:
    """Refuse an act that the sitting's state, locked and read anew, does not allow."""
    session.refresh(sitting, ["state"], with_for_update=True)
    if sitting.state not in states:
        raise SittingStateError(state=sitting.state.value)


def wait_for_turn(session: Session) -> None:
    """Let one preparation at a time go on, until its transaction ends."""
    # SQLite already serialises writers (BEGIN IMMEDIATE); PostgreSQL needs to be asked.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _PREPARATION_LOCK})
