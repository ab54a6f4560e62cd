"""Teachers: entered one by one or from a list. The NUPTK says who is who, whatever school or name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.actor import Actor
from registry.audit import record
from registry.errors import NuptkMalformedError, NuptkTakenError, TeacherFileError
from registry.model import Level, Teacher
from registry.sheets import read_sheet
from registry.teacher_rows import COLUMNS, TeacherRow, is_nuptk, report_nuptk_twice, teacher_of

MOST_ROWS = 20_000


@dataclass(frozen=True)
class TeachersImported:
    """What a list of teachers did."""

    n_new: int
    n_known: int  # brought up to date


def create_teacher(
    session: Session,
    *,
    nuptk: str,
    full_name: str,
    level: Level,
    subject: str,
    school: str,
    actor: Actor,
    now: datetime,
) -> Teacher:
    """One teacher; the NUPTK must be new."""
    if not is_nuptk(nuptk):
        raise NuptkMalformedError
    teacher = Teacher(
        nuptk=nuptk, full_name=full_name.strip(), level=level, subject=subject, school=school, created_at=now
    )
    try:
        with session.begin_nested():
            session.add(teacher)
            session.flush()
    except IntegrityError as refused:
        raise NuptkTakenError from refused
    record(session, actor=actor, action="teacher.create", subject_kind="teacher", subject=teacher.public_id, at=now)
    return teacher


def import_teachers(session: Session, content: bytes, *, file: str, actor: Actor, now: datetime) -> TeachersImported:
    """A CSV list of teachers: all of it, or TeacherFileError with every problem."""
    sheet = read_sheet(content, file=file, columns=COLUMNS, most_rows=MOST_ROWS)
    rows = [teacher_of(row) for row in sheet.rows]
    report_nuptk_twice(sheet)
    if sheet.problems:
        raise TeacherFileError(sheet.in_order())
    n_new = len(rows) - len(_known(session, [row.nuptk for row in rows]))
    put_teachers(session, rows, now=now)
    imported = TeachersImported(n_new=n_new, n_known=len(rows) - n_new)
    record(
        session,
        actor=actor,
        action="teacher.import",
        subject_kind="teacher",
        subject="list",
        at=now,
        details={"n_new": imported.n_new, "n_known": imported.n_known},
    )
    return imported


def put_teachers(session: Session, rows: Sequence[TeacherRow], *, now: datetime) -> dict[str, Teacher]:
    """The teachers of a list by NUPTK, new ones made, known ones updated; part of an act that is recorded."""
    teachers = _known(session, [row.nuptk for row in rows])
    for row in rows:
        if row.nuptk not in teachers:
            teachers[row.nuptk] = Teacher(nuptk=row.nuptk, created_at=now)
            session.add(teachers[row.nuptk])
        teacher = teachers[row.nuptk]
        teacher.full_name, teacher.level = row.full_name, row.level
        teacher.subject, teacher.school = row.subject, row.school
    session.flush()
    return teachers


def _known(session: Session, nuptks: Sequence[str]) -> dict[str, Teacher]:
    found: dict[str, Teacher] = {}
    for part in _parts(nuptks, size=1000):  # databases limit the parameters of one statement
        for teacher in session.scalars(select(Teacher).where(Teacher.nuptk.in_(part))):
            found[teacher.nuptk] = teacher
    return found


def _parts(values: Sequence[str], *, size: int) -> Iterable[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))
