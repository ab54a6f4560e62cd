"""What happened in a room, newest first: acts on seats and on time, and the life of the sitting itself.

It is put together from the rows that the acts left (`SeatEvent`, `TimeCredit`, `Incident`, `Outage`, the audit
journal), so nothing is written twice and the log can never disagree with them.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import Attempt, Enrolment, Incident, SeatEvent, Sitting, TimeCredit
from exam.queries.outages import outages_of
from registry.model import Account, AuditEvent, Teacher

# These stand in the log already: once for each seat, or with their reason as a credit.
_TOLD_OTHERWISE = frozenset(
    {
        *("room.admit", "room.release", "room.pause", "room.resume", "room.add-minutes"),
        *("incident.note", "outage.propose", "outage.approve"),
    }
)
STRAYS = "steps_after_release"
# A page that is loaded again opens the test again, and a released computer may send again and again: of interest is
# that it happened, and from when to when.
_FOLDED = frozenset({"key_released", STRAYS})
INCIDENT = "incident."  # before the kind of a note
_SEAT_CREDIT = "minutes_added"


@dataclass(frozen=True)
class LogLine:
    """One thing that happened; acts on several seats at one moment are one line."""

    at: datetime
    kind: str  # of a seat event, "minutes_added", or an action of the audit journal
    seats: tuple[int, ...]  # none: the whole room
    actor: str | None  # none: the candidate, or the system
    minutes: int | None = None
    reason: str | None = None
    times: int = 1  # how often, when nothing else happened to the seat between
    first_at: datetime | None = None  # the earliest of them; none when it was once
    n_steps: int | None = None  # that came from a computer after its seat was released

    @property
    def is_incident(self) -> bool:
        """Whether somebody noted it, as opposed to what an act left behind."""
        return self.kind.startswith(INCIDENT)


def room_log(session: Session, sitting: Sitting, *, enrolment: uuid.UUID | None = None) -> list[LogLine]:
    """Everything that happened in a room, or to one seat of it."""
    lines = [*_seat_lines(session, sitting, enrolment), *_credit_lines(session, sitting, enrolment)]
    lines += _incident_lines(session, sitting, enrolment)
    if enrolment is None:
        lines += [*_sitting_lines(session, sitting), *_outage_lines(session, sitting)]
    return folded(sorted(lines, key=lambda line: line.at, reverse=True))


def folded(lines: Iterable[LogLine]) -> list[LogLine]:
    """The lines, newest first, without repetitions: what happened to a seat again and again is one line of it."""
    found: list[LogLine] = []
    newest: dict[tuple[int, ...], int] = {}  # of each group of seats, where its last line stands
    for line in lines:
        place = newest.get(line.seats)
        if place is not None and line.kind in _FOLDED and found[place].kind == line.kind:
            later = found[place]
            n_steps = None if line.n_steps is None else line.n_steps + (later.n_steps or 0)
            since = line.first_at or line.at
            found[place] = replace(later, times=later.times + line.times, first_at=since, n_steps=n_steps)
            continue
        newest[line.seats] = len(found)
        found.append(line)
    return found


def together(lines: Iterable[LogLine]) -> list[LogLine]:
    """Lines that differ in the seat alone, as one line with all seats."""
    seats: dict[LogLine, set[int]] = {}
    for line in lines:
        seats.setdefault(replace(line, seats=()), set()).update(line.seats)
    return [replace(line, seats=tuple(sorted(found))) for line, found in seats.items()]


def _seat_lines(session: Session, sitting: Sitting, enrolment: uuid.UUID | None) -> list[LogLine]:
    statement = (
        select(SeatEvent, Enrolment.seat, Account.full_name)
        .join(Attempt, Attempt.id == SeatEvent.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .outerjoin(Account, Account.id == SeatEvent.actor_id)
        .where(Attempt.sitting_id == sitting.id, SeatEvent.kind != _SEAT_CREDIT)
    )
    if enrolment is not None:
        statement = statement.where(Enrolment.public_id == enrolment)
    return together(
        LogLine(
            at=event.at, kind=event.kind, seats=(seat,), actor=actor, reason=_reason(event), n_steps=_n_strays(event)
        )
        for event, seat, actor in session.execute(statement)
    )


def _reason(event: SeatEvent) -> str | None:
    # A fingerprint stands in the log for people to compare; a reason is what somebody typed.
    said = [event.details[name] for name in ("fingerprint", "reason") if event.details.get(name)]
    return ": ".join(map(str, said)) or None


def _n_strays(event: SeatEvent) -> int | None:
    # How many, and never what was answered.
    return len(event.details["steps"]) if event.kind == STRAYS else None


def _credit_lines(session: Session, sitting: Sitting, enrolment: uuid.UUID | None) -> Iterator[LogLine]:
    statement = (
        select(TimeCredit, Enrolment.seat, Account.full_name)
        .outerjoin(Attempt, Attempt.id == TimeCredit.attempt_id)
        .outerjoin(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .outerjoin(Account, Account.id == TimeCredit.granted_by_id)
        .where(TimeCredit.sitting_id == sitting.id)
    )
    if enrolment is not None:  # minutes for the room went to this seat as well
        statement = statement.where(TimeCredit.attempt_id.is_(None) | (Enrolment.public_id == enrolment))
    for credit, seat, actor in session.execute(statement):
        yield LogLine(
            at=credit.granted_at,
            kind=_SEAT_CREDIT,
            seats=() if seat is None else (seat,),
            actor=actor,
            minutes=credit.minutes,
            reason=credit.reason,
        )


def _incident_lines(session: Session, sitting: Sitting, enrolment: uuid.UUID | None) -> Iterator[LogLine]:
    statement = (
        select(Incident, Enrolment.seat, Account.full_name)
        .outerjoin(Attempt, Attempt.id == Incident.attempt_id)
        .outerjoin(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Account, Account.id == Incident.noted_by_id)
        .where(Incident.sitting_id == sitting.id)
    )
    if enrolment is not None:  # what happened to the room happened to this seat as well
        statement = statement.where(Incident.attempt_id.is_(None) | (Enrolment.public_id == enrolment))
    for incident, seat, actor in session.execute(statement):
        yield LogLine(
            at=incident.happened_at,
            kind=INCIDENT + incident.kind.value,
            seats=() if seat is None else (seat,),
            actor=actor,
            reason=incident.note,
        )


def _outage_lines(session: Session, sitting: Sitting) -> Iterator[LogLine]:
    for outage in outages_of(session, sitting):
        yield LogLine(
            at=outage.proposed_at,
            kind="outage.proposed",
            seats=(),
            actor=outage.proposed_by.full_name,
            reason=outage.reason,
        )
        if outage.approved_at is not None and outage.approved_by is not None:
            yield LogLine(at=outage.approved_at, kind="outage.approved", seats=(), actor=outage.approved_by.full_name)


def seats_with_attempt(session: Session, sitting: Sitting) -> list[tuple[uuid.UUID, int, str]]:
    """The seats that a note may be about: attempt, number and name of everybody who signed in."""
    rows = session.execute(
        select(Attempt.public_id, Enrolment.seat, Teacher.full_name)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Teacher, Teacher.id == Enrolment.teacher_id)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(Enrolment.seat),
    )
    return [(attempt, seat, name) for attempt, seat, name in rows]


def _sitting_lines(session: Session, sitting: Sitting) -> Iterator[LogLine]:
    rows = session.execute(
        select(AuditEvent.at, AuditEvent.action, Account.full_name)
        .outerjoin(Account, Account.public_id == AuditEvent.actor)
        .where(AuditEvent.subject == str(sitting.public_id), AuditEvent.action.not_in(_TOLD_OTHERWISE)),
    )
    for at, action, actor in rows:
        yield LogLine(at=at, kind=action, seats=(), actor=actor)
