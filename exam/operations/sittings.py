"""Preparing and running sittings: plan, enrol, print cards, open, close, seal."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from exam import credentials
from exam.access import require_prepare, require_run
from exam.credentials import Credential
from exam.errors import (
    FormElsewhereError,
    NotYetError,
    RoomTakenError,
    RosterMissingError,
    SittingStateError,
    UnknownEnrolmentError,
)
from exam.keys import Keys
from exam.model import Administration, Attempt, Enrolment, Form, Seal, Sitting
from exam.operations.enrolling import Enrolled, enrol_roster
from exam.operations.preparing import PREPARING, require_state, wait_for_turn
from exam.operations.seals import make_seal
from exam.states import SITTING_TRANSITIONS, AttemptState, SittingState
from exam.timing import check_window, epoch_ms, may_open
from registry.actor import Actor
from registry.audit import record
from registry.columns import Document
from registry.model import Site

_OVER = frozenset({SittingState.CLOSED, SittingState.SEALED})
_ENDED_BY_CLOSING = (AttemptState.WAITING, AttemptState.ADMITTED, AttemptState.WORKING)


@dataclass(frozen=True)
class Card:
    """A participant's card, once, for printing: the only place where PIN and result code are ever readable."""

    enrolment: uuid.UUID
    name: str
    school: str
    participant_number: str
    seat: int
    extra_minutes: int
    pin: str = field(repr=False)  # as shown: 4-4-4-1; empty once the sitting is over and no PIN opens anything
    result_code: str = field(repr=False)


def plan_sitting(
    session: Session,
    *,
    administration: Administration,
    form: Form,
    site: Site,
    title: str,
    room: str,
    opens_at: datetime,
    closes_at: datetime,
    actor: Actor,
    now: datetime,
    duration_minutes: int | None = None,
) -> Sitting:
    """Plan one form in one room of a site for a window of time; the duration is the form's unless given."""
    duration_seconds = (duration_minutes or form.duration_minutes) * 60
    check_window(opens_at, closes_at, duration_seconds=duration_seconds, now=now)
    if form.administration_id != administration.id:
        raise FormElsewhereError(form=form.code)
    wait_for_turn(session)
    _check_room(session, site=site, room=room.strip(), opens_at=opens_at, closes_at=closes_at)
    sitting = Sitting(
        administration=administration,
        form=form,
        site=site,
        title=title.strip(),
        room=room.strip(),
        opens_at=opens_at,
        closes_at=closes_at,
        duration_seconds=duration_seconds,
        state=SittingState.PLANNED,
        start_code=credentials.new_start_code(),
        created_at=now,
    )
    session.add(sitting)
    session.flush()
    details: Document = {
        "form": str(form.public_id),
        "site": str(site.public_id),
        "opens_at": opens_at.isoformat(),
        "closes_at": closes_at.isoformat(),
        "duration_seconds": duration_seconds,
    }
    _record(session, sitting, action="sitting.plan", actor=actor, now=now, details=details)
    return sitting


def issue_cards(
    session: Session,
    sitting: Sitting,
    *,
    keys: Keys,
    actor: Actor,
    now: datetime,
    only: Collection[uuid.UUID] | None = None,
) -> list[Card]:
    """New PINs and result codes, for all candidates or for some; older cards of theirs die. Ordered by seat."""
    require_prepare(actor, sitting)
    require_state(session, sitting, PREPARING)
    enrolments = _chosen(session, sitting, only)
    cards = [_new_card(sitting, enrolment, keys=keys, now=now) for enrolment in enrolments]
    session.flush()
    details: Document = {"enrolments": [str(card.enrolment) for card in cards]}
    _record(session, sitting, action="sitting.issue-cards", actor=actor, now=now, details=details)
    return cards


def issue_result_codes(
    session: Session,
    sitting: Sitting,
    *,
    only: Collection[uuid.UUID],
    keys: Keys,
    actor: Actor,
    now: datetime,
) -> list[Card]:
    """New result codes for people who lost their card after the room closed; the old codes die. Ordered by seat."""
    require_prepare(actor, sitting)
    require_state(session, sitting, _OVER)
    cards = [_new_result_code(sitting, each, keys=keys) for each in _chosen(session, sitting, only)]
    session.flush()
    details: Document = {"enrolments": [str(card.enrolment) for card in cards]}
    _record(session, sitting, action="sitting.issue-result-codes", actor=actor, now=now, details=details)
    return cards


def open_sitting(session: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> None:
    """Open the room: from now on candidates sign in with the start code."""
    require_run(actor, sitting)
    if not may_open(now, opens_at=sitting.opens_at, closes_at=sitting.closes_at):
        zone = sitting.site.time_zone
        raise NotYetError(opens_at=sitting.opens_at, closes_at=sitting.closes_at, time_zone=zone)
    _check_cards(session, sitting)
    _move(session, sitting, SittingState.OPEN, opened_at=now)
    _record(session, sitting, action="sitting.open", actor=actor, now=now)


def close_sitting(session: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> int:
    """Close the room: nobody begins or works any more. Returns how many attempts it ended."""
    require_run(actor, sitting)
    _move(session, sitting, SittingState.CLOSED, closed_at=now)
    ended = session.scalars(
        update(Attempt)
        .where(Attempt.sitting_id == sitting.id, Attempt.state.in_(_ENDED_BY_CLOSING))
        .values(state=AttemptState.EXPIRED)
        .returning(Attempt.id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    _record(session, sitting, action="sitting.close", actor=actor, now=now, details={"n_ended": len(ended)})
    return len(ended)


def seal_sitting(session: Session, sitting: Sitting, *, keys: Keys, actor: Actor, now: datetime) -> Seal:
    """Make the journals of a closed sitting final, and sign one root over all of them."""
    require_run(actor, sitting)
    _move(session, sitting, SittingState.SEALED, sealed_at=now)
    # First every attempt, which waits for steps on their way in; then the heads, which cannot move any more.
    session.execute(
        update(Attempt).where(Attempt.sitting_id == sitting.id).values(sealed_ms=epoch_ms(now)),
        execution_options={"synchronize_session": "fetch"},
    )
    seal = make_seal(session, sitting, keys=keys, now=now)
    details: Document = {"seal": seal.root.hex(), "n_attempts": seal.n_attempts}
    _record(session, sitting, action="sitting.seal", actor=actor, now=now, details=details)
    return seal


def change_start_code(session: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> str:
    """A new code for the wall, when the old one has left the room. Who is signed in stays signed in."""
    require_run(actor, sitting)
    require_state(session, sitting, PREPARING)
    sitting.start_code = credentials.new_start_code()
    session.flush()
    _record(session, sitting, action="sitting.change-start-code", actor=actor, now=now)
    return sitting.start_code


def _check_room(session: Session, *, site: Site, room: str, opens_at: datetime, closes_at: datetime) -> None:
    taken = session.scalar(
        select(Sitting.title)
        .where(Sitting.site_id == site.id, func.lower(Sitting.room) == room.lower(), Sitting.state.in_(PREPARING))
        .where(Sitting.opens_at < closes_at, Sitting.closes_at > opens_at)
        .limit(1),
    )
    if taken is not None:
        raise RoomTakenError(room=room, sitting=taken)


def _check_cards(session: Session, sitting: Sitting) -> None:
    total, with_card = session.execute(
        select(func.count(), func.count(Enrolment.pin_mac)).where(Enrolment.sitting_id == sitting.id),
    ).one()
    if total == 0 or with_card < total:
        raise RosterMissingError(n_enrolled=total, n_cards=with_card)


def _chosen(session: Session, sitting: Sitting, only: Collection[uuid.UUID] | None) -> Sequence[Enrolment]:
    statement = (
        select(Enrolment)
        .where(Enrolment.sitting_id == sitting.id)
        .options(joinedload(Enrolment.teacher))
        .order_by(Enrolment.seat)
    )
    if only is None:
        return session.scalars(statement).all()
    chosen = session.scalars(statement.where(Enrolment.public_id.in_(only))).all()
    if len(chosen) < len(set(only)):
        raise UnknownEnrolmentError
    return chosen


def _new_card(sitting: Sitting, enrolment: Enrolment, *, keys: Keys, now: datetime) -> Card:
    pin = credentials.new_pin()
    enrolment.pin_mac = _mac(sitting, enrolment, purpose=Credential.PIN, code=pin, keys=keys)
    enrolment.card_issued_at = now
    enrolment.failed_pins = 0
    enrolment.pin_blocked_until = None
    return replace(_new_result_code(sitting, enrolment, keys=keys), pin=credentials.shown(pin))


def _new_result_code(sitting: Sitting, enrolment: Enrolment, *, keys: Keys) -> Card:
    code = credentials.new_result_code()
    enrolment.result_code_mac = _mac(sitting, enrolment, purpose=Credential.RESULT_CODE, code=code, keys=keys)
    # Tries with the lost code must not keep the owner of the new one waiting.
    enrolment.failed_result_codes = 0
    enrolment.result_blocked_until = None
    return Card(
        enrolment=enrolment.public_id,
        name=enrolment.teacher.full_name,
        school=enrolment.teacher.school,
        participant_number=enrolment.participant_number,
        seat=enrolment.seat,
        extra_minutes=enrolment.extra_minutes,
        pin="",
        result_code=credentials.shown(code),
    )


def _mac(sitting: Sitting, enrolment: Enrolment, *, purpose: Credential, code: str, keys: Keys) -> bytes:
    return credentials.mac(
        keys.credential,
        purpose=purpose,
        sitting=sitting.public_id,
        participant_number=enrolment.participant_number,
        code=code,
    )


def _move(session: Session, sitting: Sitting, new: SittingState, **values: datetime) -> None:
    old = next(state for state, following in SITTING_TRANSITIONS.items() if new in following)
    moved = session.scalars(
        update(Sitting)
        .where(Sitting.id == sitting.id, Sitting.state == old)
        .values(state=new, **values)
        .returning(Sitting.id),
        execution_options={"synchronize_session": False},
    ).all()
    session.refresh(sitting)
    if not moved:
        raise SittingStateError(state=sitting.state.value)


def _record(
    session: Session, sitting: Sitting, *, action: str, actor: Actor, now: datetime, details: Document | None = None
) -> None:
    subject = sitting.public_id
    record(session, actor=actor, action=action, subject_kind="sitting", subject=subject, at=now, details=details)


__all__ = [
    "Card",
    "Enrolled",
    "change_start_code",
    "close_sitting",
    "enrol_roster",
    "issue_cards",
    "issue_result_codes",
    "open_sitting",
    "plan_sitting",
    "seal_sitting",
]
