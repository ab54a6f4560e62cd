"""Who is enrolled in a sitting, in the words of a roster."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam.model import Enrolment, Sitting
from registry.model import Teacher


@dataclass(frozen=True)
class EnrolledRow:
    """Somebody who is enrolled, in the words of a roster."""

    public_id: uuid.UUID
    seat: int
    participant_number: str
    nuptk: str
    name: str
    level: str
    subject: str
    school: str
    extra_minutes: int
    break_minutes: int
    card_issued_at: datetime | None


def enrolled(session: Session, sitting: Sitting) -> Sequence[EnrolledRow]:
    """Everybody in a sitting, by seat."""
    rows = session.execute(
        select(Enrolment, Teacher)
        .join(Teacher, Teacher.id == Enrolment.teacher_id)
        .where(Enrolment.sitting_id == sitting.id)
        .order_by(Enrolment.seat),
    )
    return [
        EnrolledRow(
            public_id=enrolment.public_id,
            seat=enrolment.seat,
            participant_number=enrolment.participant_number,
            nuptk=teacher.nuptk,
            name=teacher.full_name,
            level=teacher.level.value,
            subject=teacher.subject,
            school=teacher.school,
            extra_minutes=enrolment.extra_minutes,
            break_minutes=enrolment.break_minutes,
            card_issued_at=enrolment.card_issued_at,
        )
        for enrolment, teacher in rows
    ]


def find_enrolment(session: Session, sitting: Sitting, public_id: uuid.UUID) -> Enrolment | None:
    """One place in a sitting, with who has it and how far the attempt is."""
    return session.scalar(
        select(Enrolment)
        .where(Enrolment.sitting_id == sitting.id, Enrolment.public_id == public_id)
        .options(joinedload(Enrolment.teacher), joinedload(Enrolment.attempt), joinedload(Enrolment.sitting)),
    )
