"""Enrolling the candidates of a roster: all of them, or none with every problem named."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam.access import require_prepare
from exam.credentials import participant_number, sequence_of
from exam.errors import RosterError
from exam.keys import Keys
from exam.model import Attempt, Enrolment, Sitting
from exam.operations.accommodations import most_extra_minutes
from exam.operations.preparing import PREPARING, require_state, wait_for_turn
from exam.queries.places import places_of
from exam.roster import Roster, RosterRow, parse_roster
from registry.actor import Actor
from registry.audit import record
from registry.columns import Document
from registry.model import Teacher
from registry.operations.teachers import put_teachers
from registry.sheets import Problem, ProblemKind


@dataclass(frozen=True)
class Enrolled:
    """What a roster did."""

    n_new: int
    n_changed: int  # enrolled before; seat, extra time or the teacher's particulars were brought up to date
    decided: frozenset[uuid.UUID]  # the places that this roster made, or to which it granted something


def enrol_roster(
    session: Session,
    sitting: Sitting,
    content: bytes,
    *,
    file: str,
    keys: Keys,
    actor: Actor,
    now: datetime,
) -> Enrolled:
    """Enrol everybody in a roster file. Who was enrolled before and is not in the file stays enrolled."""
    require_prepare(actor, sitting)
    roster = parse_roster(content, file=file)
    wait_for_turn(session)
    require_state(session, sitting, PREPARING)
    _check(session, sitting, roster)
    teachers = put_teachers(session, [row.teacher for row in roster.rows], now=now)
    enrolled = _enrol(session, sitting, roster.rows, teachers=teachers, now=now)
    record_enrolled(session, sitting, enrolled, keys=keys, actor=actor, now=now)
    return enrolled


def record_enrolled(
    session: Session, sitting: Sitting, enrolled: Enrolled, *, keys: Keys, actor: Actor, now: datetime
) -> None:
    """Write down who holds which place, so that no place can be given to somebody else unseen.

    Only of the places that were decided on: naming the others again would confirm what somebody did to them meanwhile.
    """
    decided = [place for place in places_of(session, sitting, key=keys.roster) if place.enrolment in enrolled.decided]
    said: Document = {
        "n_new": enrolled.n_new,
        "n_changed": enrolled.n_changed,
        "places": {str(place.enrolment): [place.person, place.granted] for place in decided},
    }
    record(
        session,
        actor=actor,
        action="sitting.enrol",
        subject_kind="sitting",
        subject=sitting.public_id,
        at=now,
        details=said,
    )


def _check(session: Session, sitting: Sitting, roster: Roster) -> None:
    problems = sorted(_problems(session, sitting, roster), key=lambda problem: problem.line)
    if problems:
        raise RosterError(tuple(problems))


def _problems(session: Session, sitting: Sitting, roster: Roster) -> Iterator[Problem]:
    elsewhere = _enrolled_elsewhere(session, sitting, roster)
    taken = _seats_kept(session, sitting, roster)
    at_work = _granted_at_work(session, sitting, roster)
    most_extra = most_extra_minutes(sitting)
    for row in roster.rows:
        if row.teacher.nuptk in elsewhere:
            title = elsewhere[row.teacher.nuptk]
            yield _problem(roster, row, column="nuptk", kind=ProblemKind.ENROLLED_ELSEWHERE, sitting=title)
        if row.seat in taken:
            yield _problem(roster, row, column="seat", kind=ProblemKind.SEAT_TAKEN, seat=row.seat)
        if (row.extra_minutes or 0) > most_extra:
            kind = ProblemKind.MINUTES_BEYOND_WINDOW
            yield _problem(roster, row, column="extra_minutes", kind=kind, most=most_extra)
        for column, granted in at_work.get(row.teacher.nuptk, {}).items():
            if getattr(row, column) not in (None, granted):
                yield _problem(roster, row, column=column, kind=ProblemKind.GRANTED_AT_WORK, granted=granted)


def _problem(roster: Roster, row: RosterRow, *, column: str, kind: ProblemKind, **parameters: object) -> Problem:
    return Problem(roster.file, row.line, roster.headers.get(column, column), kind, parameters)


def _enrolled_elsewhere(session: Session, sitting: Sitting, roster: Roster) -> dict[str, str]:
    rows = session.execute(
        select(Teacher.nuptk, Sitting.title)
        .join(Enrolment, Enrolment.teacher_id == Teacher.id)
        .join(Sitting, Sitting.id == Enrolment.sitting_id)
        .where(Sitting.administration_id == sitting.administration_id, Sitting.id != sitting.id)
        .where(Teacher.nuptk.in_([row.teacher.nuptk for row in roster.rows])),
    )
    return {nuptk: title for nuptk, title in rows}  # noqa: C416 - dict(rows) loses the types


def _seats_kept(session: Session, sitting: Sitting, roster: Roster) -> set[int]:
    """The seats of those who are enrolled and not in the file."""
    listed = {row.teacher.nuptk for row in roster.rows}
    rows = session.execute(
        select(Teacher.nuptk, Enrolment.seat)
        .join(Enrolment, Enrolment.teacher_id == Teacher.id)
        .where(Enrolment.sitting_id == sitting.id),
    )
    return {seat for nuptk, seat in rows if nuptk not in listed}


def _granted_at_work(session: Session, sitting: Sitting, roster: Roster) -> dict[str, dict[str, int]]:
    """What those have who began: their clocks run by it, so no file changes it any more. None of the others can begin
    with what the file is about to change: their attempts are locked until then.
    """
    rows = session.execute(
        select(Teacher.nuptk, Attempt.begun_ms, Enrolment.extra_minutes, Enrolment.break_minutes)
        .join(Enrolment, Enrolment.teacher_id == Teacher.id)
        .join(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(Enrolment.sitting_id == sitting.id, Teacher.nuptk.in_([row.teacher.nuptk for row in roster.rows]))
        .order_by(Attempt.id)
        .with_for_update(of=Attempt),
    )
    return {
        nuptk: {"extra_minutes": extra, "break_minutes": rest}
        for nuptk, begun_ms, extra, rest in rows
        if begun_ms is not None
    }


def _enrol(
    session: Session, sitting: Sitting, rows: Sequence[RosterRow], *, teachers: dict[str, Teacher], now: datetime
) -> Enrolled:
    by_teacher = {enrolment.teacher_id: enrolment for enrolment in _enrolments(session, sitting)}
    known = {row.line: by_teacher.get(teachers[row.teacher.nuptk].id) for row in rows}
    seats = _seats(rows, known=known, kept=_others(by_teacher, known))
    _clear_seats(session, [enrolment for enrolment in known.values() if enrolment])
    sequence = _next_sequence(session, now)
    n_new = 0
    decided = set()
    for row in rows:
        enrolment = known[row.line]
        is_new = enrolment is None
        if enrolment is None:
            number = participant_number(sequence + n_new, now)
            enrolment = Enrolment(sitting=sitting, teacher=teachers[row.teacher.nuptk], participant_number=number)
            session.add(enrolment)
            n_new += 1
        enrolment.seat = seats[row.line]
        if _grant(enrolment, row) or is_new:
            decided.add(enrolment)
    session.flush()
    places = frozenset(enrolment.public_id for enrolment in decided)
    return Enrolled(n_new=n_new, n_changed=len(rows) - n_new, decided=places)


def _grant(enrolment: Enrolment, row: RosterRow) -> bool:
    """What the file grants; False when it says nothing about that."""
    if row.extra_minutes is not None:
        enrolment.extra_minutes = row.extra_minutes
    if row.break_minutes is not None:
        enrolment.break_minutes = row.break_minutes
    return row.extra_minutes is not None or row.break_minutes is not None


def _enrolments(session: Session, sitting: Sitting) -> Sequence[Enrolment]:
    return session.scalars(select(Enrolment).where(Enrolment.sitting_id == sitting.id)).all()


def _others(by_teacher: dict[int, Enrolment], known: dict[int, Enrolment | None]) -> set[int]:
    listed = {enrolment.teacher_id for enrolment in known.values() if enrolment}
    return {enrolment.seat for teacher, enrolment in by_teacher.items() if teacher not in listed}


def _seats(rows: Sequence[RosterRow], *, known: dict[int, Enrolment | None], kept: set[int]) -> dict[int, int]:
    """A seat for each line: as the file says, else as before, else the lowest that is free."""
    seats = {row.line: row.seat for row in rows if row.seat is not None}
    used = kept | set(seats.values())
    for line, enrolment in known.items():
        if line not in seats and enrolment and enrolment.seat not in used:
            seats[line] = enrolment.seat
            used.add(enrolment.seat)
    free = (seat for seat in range(1, len(rows) + len(used) + 1) if seat not in used)
    return seats | {row.line: next(free) for row in rows if row.line not in seats}


def _clear_seats(session: Session, enrolments: Sequence[Enrolment]) -> None:
    # Two candidates who change seats would meet on one of them half-way, so everybody stands up first.
    for enrolment in enrolments:
        enrolment.seat = -enrolment.seat
    session.flush()


def _next_sequence(session: Session, now: datetime) -> int:
    first, last = participant_number(0, now), participant_number(10**7 - 1, now)
    newest = session.scalar(
        select(func.max(Enrolment.participant_number)).where(Enrolment.participant_number.between(first, last)),
    )
    return sequence_of(newest) + 1 if newest else 1
