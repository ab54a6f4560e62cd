"""What the papers of a sitting state: who was there, and how it went. All of it comes from what the acts left behind.

Nothing after the seal enters, so the same paper can be printed again years later.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from exam.model import (
    Anchor,
    Attempt,
    ContactGap,
    EmergencyFile,
    Enrolment,
    Incident,
    Outage,
    Seal,
    SeatEvent,
    Sitting,
    Step,
)
from exam.queries.challenges import ItemReports, reports_of_sitting
from exam.queries.emergency import NOTED, STRUCK, NotedFingerprint, emergency_files, noted_fingerprints
from exam.queries.outages import excused_steps, outages_of
from exam.queries.room_log import STRAYS, LogLine, room_log
from exam.statements import short_code
from exam.states import AttemptState, SittingState, StepMark
from exam.timing import MINUTE_MS, epoch_ms, instant
from registry.model import Account, AuditEvent, Teacher

# The attendance list tells these for each seat, or the minutes tell them in a table of their own.
_TOLD_BY_ATTENDANCE = frozenset({"admitted", "key_released", "expired"})
_BEFORE_THE_DAY = frozenset(
    {"sitting.plan", "sitting.enrol", "sitting.accommodate", "sitting.issue-cards", "sitting.issue-result-codes"}
)
_TOLD_APART = frozenset({STRAYS, NOTED, STRUCK, "emergency_received", "emergency_imported", "outage.proposed"})


@dataclass(frozen=True)
class Attendant:
    """One line of the attendance list."""

    seat: int
    participant_number: str
    name: str
    school: str
    extra_minutes: int
    break_minutes: int
    came_at: datetime | None  # none: did not come
    begun_at: datetime | None
    ended_at: datetime | None  # handed in; none: did not begin, or the time ran out
    state: AttemptState | None


@dataclass(frozen=True)
class SeatSilences:
    """How often and how long a seat was not heard."""

    seat: int
    times: int
    seconds: int


@dataclass(frozen=True)
class LateSteps:
    """Steps that came after the time of their candidates."""

    n_late: int
    n_counted: int  # of the late ones, because of an approved outage
    n_after_submit: int
    n_after_release: int  # beside the journals: from computers whose seat had been released


@dataclass(frozen=True)
class SignedHead:
    """The last signed head of the sitting that left the server."""

    at: datetime
    n_steps: int
    root: bytes

    @property
    def short_code(self) -> str:
        """Eight characters that people can compare."""
        return short_code(self.root)


@dataclass(frozen=True)
class Minutes:
    """All that the minutes of a sitting state."""

    sitting: Sitting
    attendants: Sequence[Attendant]
    acts: dict[str, tuple[datetime, str]]  # opened, closed, sealed: when, and by whom
    admissions: Sequence[LogLine]  # who let whom begin, in the order of time
    lines: Sequence[LogLine]  # what else was done, in the order of time
    incidents: Sequence[tuple[Incident, int | None]]  # with the seat; none: the whole room
    outages: Sequence[Outage]
    silences: Sequence[SeatSilences]
    challenges: Sequence[ItemReports]
    fingerprints: Sequence[NotedFingerprint]
    emergency_files: Sequence[EmergencyFile]
    late: LateSteps
    head: SignedHead | None
    seal: Seal | None

    @property
    def is_sealed(self) -> bool:
        """Whether nothing of it can change any more."""
        return self.sitting.state is SittingState.SEALED

    @property
    def counts(self) -> Counter[str]:
        """How many were enrolled, came, began, handed in, ran out of time."""
        counts: Counter[str] = Counter(enrolled=len(self.attendants))
        for one in self.attendants:
            counts["came"] += one.came_at is not None
            counts["began"] += one.begun_at is not None
            counts["submitted"] += one.state is AttemptState.SUBMITTED
            counts["expired"] += one.begun_at is not None and one.state is AttemptState.EXPIRED
        counts["absent"] = counts["enrolled"] - counts["came"]
        return counts


def attendance(session: Session, sitting: Sitting) -> list[Attendant]:
    """Everybody who was enrolled, by seat, and whether and when each was there."""
    rows = session.execute(
        select(Enrolment, Teacher.full_name, Teacher.school, Attempt)
        .join(Teacher, Teacher.id == Enrolment.teacher_id)
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(Enrolment.sitting_id == sitting.id)
        .order_by(Enrolment.seat),
        execution_options={"populate_existing": True},
    )
    return [
        Attendant(
            seat=enrolment.seat,
            participant_number=enrolment.participant_number,
            name=name,
            school=school,
            extra_minutes=enrolment.extra_minutes,
            break_minutes=enrolment.break_minutes,
            came_at=attempt.created_at if attempt else None,
            begun_at=_instant(attempt.begun_ms if attempt else None),
            ended_at=_instant(attempt.submitted_ms if attempt else None),
            state=attempt.state if attempt else None,
        )
        for enrolment, name, school, attempt in rows
    ]


def minutes_of(session: Session, sitting: Sitting, *, now: datetime) -> Minutes:
    """How a sitting went, until now or until its seal."""
    until = sitting.sealed_at or now
    log = [line for line in reversed(room_log(session, sitting)) if line.at <= until]
    in_sitting = Attempt.sitting_id == sitting.id
    return Minutes(
        sitting=sitting,
        attendants=attendance(session, sitting),
        acts=_acts(session, sitting),
        admissions=[line for line in log if line.kind == "admitted"],
        lines=_lines(log),
        incidents=_incidents(session, sitting),
        outages=outages_of(session, sitting),
        silences=_silences(session, sitting, until=until),
        challenges=reports_of_sitting(session, sitting),
        fingerprints=sorted(noted_fingerprints(session, sitting), key=lambda one: (one.noted_at, one.seat)),
        emergency_files=sorted(emergency_files(session, sitting), key=lambda file: file.id),
        late=_late(session, in_sitting),
        head=_head(session, sitting, until=until),
        seal=session.scalar(select(Seal).where(Seal.sitting_id == sitting.id)),
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else instant(ms)


def _acts(session: Session, sitting: Sitting) -> dict[str, tuple[datetime, str]]:
    rows = session.execute(
        select(AuditEvent.action, AuditEvent.at, Account.full_name)
        .outerjoin(Account, Account.public_id == AuditEvent.actor)
        .where(AuditEvent.subject == str(sitting.public_id))
        .where(AuditEvent.action.in_(("sitting.open", "sitting.close", "sitting.seal")))
        .order_by(AuditEvent.id),
    )
    return {action.removeprefix("sitting."): (at, name or "") for action, at, name in rows}


def _lines(log: Sequence[LogLine]) -> list[LogLine]:
    left_out = _TOLD_BY_ATTENDANCE | _BEFORE_THE_DAY | _TOLD_APART
    lines = [line for line in log if line.kind not in left_out]
    return _without_first_arrivals([line for line in lines if not line.is_incident])


def _without_first_arrivals(lines: Sequence[LogLine]) -> list[LogLine]:
    """The attendance list tells when somebody came; the minutes tell who came back, at which moment."""
    seen: set[int] = set()
    kept = []
    for line in lines:
        if line.kind == "device_taken" and not seen.issuperset(line.seats):
            seen.update(line.seats)
            continue
        kept.append(line)
    return kept


def _incidents(session: Session, sitting: Sitting) -> list[tuple[Incident, int | None]]:
    rows = session.execute(
        select(Incident, Enrolment.seat)
        .outerjoin(Attempt, Attempt.id == Incident.attempt_id)
        .outerjoin(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Incident.sitting_id == sitting.id)
        .order_by(Incident.happened_at, Incident.id)
        .options(joinedload(Incident.noted_by)),
    )
    return [(incident, seat) for incident, seat in rows]


def _silences(session: Session, sitting: Sitting, *, until: datetime) -> list[SeatSilences]:
    until_ms = func.coalesce(ContactGap.until_ms, epoch_ms(until))
    rows = session.execute(
        select(Enrolment.seat, func.count(), func.sum(until_ms - ContactGap.from_ms))
        .join(Attempt, Attempt.id == ContactGap.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Attempt.sitting_id == sitting.id)
        .group_by(Enrolment.seat)
        .order_by(Enrolment.seat),
    )
    return [SeatSilences(seat, times, max(0, int(total_ms)) // 1000) for seat, times, total_ms in rows]


def _late(session: Session, which: ColumnElement[bool]) -> LateSteps:
    rows = session.execute(
        select(Step.mark, func.count())
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(which, Step.mark != StepMark.ON_TIME)
        .group_by(Step.mark),
    )
    marks = {mark: n_steps for mark, n_steps in rows}  # noqa: C416 - dict(rows) loses the types
    n_counted = sum(map(len, excused_steps(session, which).values()))
    return LateSteps(
        marks.get(StepMark.LATE, 0), n_counted, marks.get(StepMark.AFTER_SUBMIT, 0), _n_strays(session, which)
    )


def _n_strays(session: Session, which: ColumnElement[bool]) -> int:
    """Without those that are in the journal by now: who signs in there again, or brings a file, sends them anew."""
    rows = session.execute(
        select(SeatEvent.attempt_id, SeatEvent.details)
        .join(Attempt, Attempt.id == SeatEvent.attempt_id)
        .where(which, SeatEvent.kind == STRAYS)
    )
    kept: dict[int, set[tuple[object, ...]]] = {}
    for attempt, details in rows:
        # By what was done and when: each computer numbers its steps anew.
        kept.setdefault(attempt, set()).update(tuple(act) for _epoch, _seq, *act in details["steps"])
    columns = (Step.attempt_id, Step.kind, Step.item, Step.option, Step.value, Step.at_ms)
    for attempt, kind, *act in session.execute(select(*columns).where(Step.attempt_id.in_(kept))):
        kept[attempt].discard((kind.value, *act))
    return sum(map(len, kept.values()))


def _head(session: Session, sitting: Sitting, *, until: datetime) -> SignedHead | None:
    last = session.scalar(
        select(Anchor)
        .where(Anchor.subject == str(sitting.public_id), Anchor.minute <= epoch_ms(until) // MINUTE_MS)
        .order_by(Anchor.minute.desc())
        .limit(1),
    )
    return None if last is None else SignedHead(instant(last.minute * MINUTE_MS), last.n_steps, last.root)
