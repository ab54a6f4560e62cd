"""The places of a sitting with the keyed digests of who holds them and of what was granted to them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import Enrolment, Sitting
from exam.places import grant_digest, person_digest
from registry.model import Teacher


@dataclass(frozen=True)
class Place:
    """A place in a sitting; nothing of a person in clear."""

    enrolment: uuid.UUID
    seat: int
    person: str
    granted: str


def places_of(session: Session, sitting: Sitting, *, key: bytes) -> Sequence[Place]:
    """Every place, by seat."""
    columns = (Enrolment.public_id, Enrolment.seat, Enrolment.participant_number)
    rows = session.execute(
        select(*columns, Enrolment.extra_minutes, Enrolment.break_minutes, Teacher.nuptk)
        .join(Teacher, Teacher.id == Enrolment.teacher_id, isouter=True)  # a teacher who is gone is nobody
        .where(Enrolment.sitting_id == sitting.id)
        .order_by(Enrolment.seat),
    )
    return [
        Place(
            enrolment=enrolment,
            seat=seat,
            person=person_digest(key, enrolment=enrolment, nuptk=nuptk or "", participant_number=number),
            granted=grant_digest(key, enrolment=enrolment, extra_minutes=extra, break_minutes=rest),
        )
        for enrolment, seat, number, extra, rest, nuptk in rows
    ]
