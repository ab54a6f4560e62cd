"""The door of a room: every page of a sitting in its room asks here who may enter."""

import uuid

from flask import abort
from sqlalchemy.orm import Session

from exam.access import may_admit
from exam.model import Sitting
from exam.queries.sittings import find_sitting
from testing_platform.security import current_actor


def entered(session: Session, sitting_id: uuid.UUID) -> Sitting:
    """The sitting, for those who may check identities there; to others it does not exist."""
    sitting = find_sitting(session, sitting_id)
    if sitting is None or not may_admit(current_actor(), sitting):
        abort(404)
    return sitting
