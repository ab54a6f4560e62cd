"""What tests do to a room, as a program of its own: whatever writes to a powered folder must run under its library.

usage: python -m tests.faults.proctor admit SITTING
       python -m tests.faults.proctor deadline MILLISECONDS PARTICIPANT...
"""

import sys
from collections.abc import Sequence

from sqlalchemy import select, update

from exam.model import Attempt, Enrolment, Sitting
from exam.operations.proctoring import admit_all
from registry.actor import SYSTEM
from testing_platform.config import load
from testing_platform.wiring import Platform, build, utc_now


def admit(platform: Platform, sitting: int) -> None:
    """Let everybody begin who is waiting."""
    with platform.database.transaction() as session:
        admit_all(session, session.get_one(Sitting, sitting), actor=SYSTEM, now=utc_now())


def set_deadline(platform: Platform, deadline_ms: int, participants: Sequence[str]) -> None:
    """Let the time of these attempts run out at this moment, instead of waiting two hours."""
    seats = select(Enrolment.id).where(Enrolment.participant_number.in_(participants)).scalar_subquery()
    with platform.database.transaction() as session:
        session.execute(update(Attempt).where(Attempt.enrolment_id.in_(seats)).values(deadline_ms=deadline_ms))


def do(platform: Platform, what: str, number: int, participants: Sequence[str]) -> None:
    """One of the two."""
    if what == "admit":
        admit(platform, number)
    else:
        set_deadline(platform, number, participants)


if __name__ == "__main__":
    do(build(load()), sys.argv[1], int(sys.argv[2]), sys.argv[3:])
