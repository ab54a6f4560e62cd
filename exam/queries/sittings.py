"""Sittings for those who run them: the list of one's own, and the room seat by seat.

The room is asked for every few seconds by every proctor, so it costs three statements, however many seats there are.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from exam.model import Attempt, Enrolment, Form, Sitting, Step, TimeCredit
from exam.states import AttemptState, SittingState, StepKind, StepMark
from exam.timing import epoch_ms, instant, remaining_seconds
from registry.actor import SYSTEM, Actor
from registry.model import Site, Teacher
from registry.roles import Role

_SEE_ALL_SITES = frozenset({Role.ADMIN, Role.BANK_MANAGER, Role.PSYCHOMETRICIAN, Role.COMMITTEE})


@dataclass(frozen=True)
class SeatRow:
    """One seat of a room as the proctor sees it now."""

    enrolment: uuid.UUID
    attempt: uuid.UUID | None
    seat: int
    name: str
    participant_number: str
    state: AttemptState | None  # none: not signed in yet
    is_paused: bool
    is_held: bool  # a device holds the seat
    n_answered: int
    last_seen_at: datetime | None
    remaining_seconds: int | None  # none: the clock does not run yet, or no more
    minutes_added: int  # by credits, for the seat and for the room
    extra_minutes: int  # granted beforehand
    has_card: bool


@dataclass(frozen=True)
class SittingRow:
    """One sitting in a list."""

    public_id: uuid.UUID
    title: str
    room: str
    site: str
    time_zone: str
    form: str
    opens_at: datetime
    closes_at: datetime
    state: SittingState
    n_enrolled: int


def find_sitting(session: Session, public_id: uuid.UUID) -> Sitting | None:
    """One sitting with its site and form."""
    return session.scalar(
        select(Sitting)
        .where(Sitting.public_id == public_id)
        .options(
            joinedload(Sitting.site),
            joinedload(Sitting.form).load_only(Form.public_id, Form.code, Form.title, Form.n_items),
        ),
    )


def find_attempt(session: Session, public_id: uuid.UUID) -> Attempt | None:
    """One attempt with its sitting."""
    statement = select(Attempt).where(Attempt.public_id == public_id).options(joinedload(Attempt.sitting))
    return session.scalar(statement)


def sittings_for(session: Session, actor: Actor) -> Sequence[SittingRow]:
    """The sittings that concern somebody, newest window first: all at the centre, elsewhere those of one's sites."""
    only_sites = actor != SYSTEM and not actor.roles & _SEE_ALL_SITES
    enrolled = select(func.count()).where(Enrolment.sitting_id == Sitting.id).correlate(Sitting).scalar_subquery()
    statement = (
        select(Sitting, Site.name, Site.time_zone, Form.title, enrolled)
        .join(Site, Site.id == Sitting.site_id)
        .join(Form, Form.id == Sitting.form_id)
        .order_by(Sitting.opens_at.desc(), Sitting.id.desc())
    )
    if only_sites:
        statement = statement.where(Sitting.site_id.in_(actor.site_ids))
    return [
        SittingRow(
            public_id=sitting.public_id,
            title=sitting.title,
            room=sitting.room,
            site=site,
            time_zone=zone.value,
            form=form,
            opens_at=sitting.opens_at,
            closes_at=sitting.closes_at,
            state=sitting.state,
            n_enrolled=n_enrolled,
        )
        for sitting, site, zone, form, n_enrolled in session.execute(statement)
    ]


def room(session: Session, sitting: Sitting, *, now: datetime) -> list[SeatRow]:
    """Every seat of a sitting, by number, in three statements."""
    answered = _answered(session, sitting)
    for_room, for_seat = _credits(session, sitting)
    rows = session.execute(
        select(Enrolment, Teacher.full_name, Attempt)
        .join(Teacher, Teacher.id == Enrolment.teacher_id)
        .outerjoin(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(Enrolment.sitting_id == sitting.id)
        .order_by(Enrolment.seat),
        execution_options={"populate_existing": True},
    )
    return [
        _seat_row(
            enrolment,
            attempt,
            name=name,
            n_answered=answered.get(attempt.id, 0) if attempt else 0,
            minutes_added=for_room + (for_seat.get(attempt.id, 0) if attempt else 0),
            now=now,
        )
        for enrolment, name, attempt in rows
    ]


def _seat_row(
    enrolment: Enrolment,
    attempt: Attempt | None,
    *,
    name: str,
    n_answered: int,
    minutes_added: int,
    now: datetime,
) -> SeatRow:
    return SeatRow(
        enrolment=enrolment.public_id,
        attempt=attempt.public_id if attempt else None,
        seat=enrolment.seat,
        name=name,
        participant_number=enrolment.participant_number,
        state=attempt.state if attempt else None,
        is_paused=attempt is not None and attempt.paused_ms is not None and attempt.state is AttemptState.WORKING,
        is_held=attempt is not None and attempt.device is not None,
        n_answered=n_answered,
        last_seen_at=instant(attempt.last_seen_ms) if attempt else None,
        remaining_seconds=_remaining(attempt, now),
        minutes_added=minutes_added,
        extra_minutes=enrolment.extra_minutes,
        has_card=enrolment.pin_mac is not None,
    )


def _remaining(attempt: Attempt | None, now: datetime) -> int | None:
    if attempt is None or attempt.deadline_ms is None or attempt.state is not AttemptState.WORKING:
        return None
    return remaining_seconds(epoch_ms(now), attempt.deadline_ms, attempt.paused_ms)


def _answered(session: Session, sitting: Sitting) -> dict[int, int]:
    """By attempt: the items whose last answer in time chose an option."""
    last = (
        select(Step.attempt_id, func.max(Step.seq).label("seq"))
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(Attempt.sitting_id == sitting.id, _counts())
        .group_by(Step.attempt_id, Step.item)
        .subquery()
    )
    rows = session.execute(
        select(Step.attempt_id, func.count())
        .join(last, (last.c.attempt_id == Step.attempt_id) & (last.c.seq == Step.seq))
        .where(Step.option.is_not(None))
        .group_by(Step.attempt_id),
    )
    return {attempt: n_items for attempt, n_items in rows}  # noqa: C416 - dict(rows) loses the types


def _counts() -> ColumnElement[bool]:
    return (Step.kind == StepKind.ANSWER) & (Step.mark == StepMark.ON_TIME)


def _credits(session: Session, sitting: Sitting) -> tuple[int, dict[int, int]]:
    """Minutes for the whole room, and by attempt."""
    rows = session.execute(
        select(TimeCredit.attempt_id, func.sum(TimeCredit.minutes))
        .where(TimeCredit.sitting_id == sitting.id)
        .group_by(TimeCredit.attempt_id),
    )
    minutes = {attempt: int(total) for attempt, total in rows}
    for_room = minutes.pop(None, 0)
    return for_room, {attempt: total for attempt, total in minutes.items() if attempt is not None}
