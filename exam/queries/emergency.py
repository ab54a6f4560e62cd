"""Emergency files and noted fingerprints of a sitting."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam.model import Attempt, EmergencyFile, Enrolment, SeatEvent, Sitting
from registry.model import Account

NOTED, STRUCK = "emergency_fingerprint", "emergency_fingerprint_struck"  # kinds of seat events


@dataclass(frozen=True)
class Struck:
    """That a fingerprint was mistyped, as whoever struck it out says."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class NotedFingerprint:
    """A fingerprint as somebody wrote it down in the room."""

    attempt: uuid.UUID
    fingerprint: str
    seat: int
    name: str
    noted_at: datetime
    noted_by: str
    struck: Struck | None = None


def is_noted(session: Session, attempt: Attempt, fingerprint: str) -> bool:
    """Whether this fingerprint is written down for this seat and was not struck out since."""
    events = session.scalars(
        select(SeatEvent)
        .where(SeatEvent.attempt_id == attempt.id, SeatEvent.kind.in_((NOTED, STRUCK)))
        .order_by(SeatEvent.id.desc()),
    )
    last = next((event for event in events if event.details["fingerprint"] == fingerprint), None)
    return last is not None and last.kind == NOTED


def noted_fingerprints(session: Session, sitting: Sitting) -> list[NotedFingerprint]:
    """Every fingerprint that was noted in a sitting, the newest first; those that were struck out stay among them."""
    rows = session.execute(
        select(SeatEvent, Enrolment, Account.full_name, Attempt.public_id)
        .join(Attempt, Attempt.id == SeatEvent.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Account, Account.id == SeatEvent.actor_id)
        .where(Attempt.sitting_id == sitting.id, SeatEvent.kind.in_((NOTED, STRUCK)))
        .order_by(SeatEvent.id.desc())
        .options(joinedload(Enrolment.teacher)),
    )
    found, struck = [], dict[tuple[int, str], Struck]()
    for event, enrolment, account, attempt in rows:
        code = event.details["fingerprint"]
        if event.kind == STRUCK:
            struck[event.attempt_id, code] = Struck(event.at, account, event.details["reason"])
            continue
        wrong = struck.pop((event.attempt_id, code), None)
        name = enrolment.teacher.full_name
        found.append(NotedFingerprint(attempt, code, enrolment.seat, name, event.at, account, wrong))
    return found


def begun_seats(session: Session, sitting: Sitting) -> list[tuple[uuid.UUID, int, str]]:
    """The seats that began, by number: attempt, seat and name."""
    attempts = session.scalars(
        select(Attempt)
        .join(Attempt.enrolment)
        .where(Attempt.sitting_id == sitting.id, Attempt.begun_ms.is_not(None))
        .order_by(Enrolment.seat)
        .options(joinedload(Attempt.enrolment).joinedload(Enrolment.teacher)),
    )
    return [(each.public_id, each.enrolment.seat, each.enrolment.teacher.full_name) for each in attempts]


def emergency_files(session: Session, sitting: Sitting) -> Sequence[EmergencyFile]:
    """Every file that was received for a sitting, the newest first; without their bytes."""
    statement = (
        select(EmergencyFile)
        .join(EmergencyFile.attempt)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(EmergencyFile.id.desc())
    )
    return session.scalars(statement.options(*_WITH_PEOPLE)).all()


def find_emergency_file(session: Session, sitting: Sitting, public_id: uuid.UUID) -> EmergencyFile | None:
    """One file of a sitting."""
    statement = (
        select(EmergencyFile)
        .join(EmergencyFile.attempt)
        .where(Attempt.sitting_id == sitting.id, EmergencyFile.public_id == public_id)
    )
    return session.scalar(statement.options(*_WITH_PEOPLE))


_WITH_PEOPLE = (
    joinedload(EmergencyFile.attempt).joinedload(Attempt.enrolment).joinedload(Enrolment.teacher),
    joinedload(EmergencyFile.received_by),
    joinedload(EmergencyFile.imported_by),
)
