"""What a candidate does once signed in: take a seat, begin, submit. Steps go through `exam.answer_path`.

Wrong start codes are counted like wrong PINs (see `exam.operations.codes`): the refusal is returned and committed.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from exam import receipts
from exam.credentials import is_start_code, retry_after_seconds, throttle, tries_left
from exam.errors import ChainMismatchError, NotAdmittedError, OtherDeviceError, SittingNotOpenError, SupersededError
from exam.journal import Replay, genesis, replay
from exam.keys import Keys
from exam.model import Attempt, Enrolment, Form, FormItem, SeatEvent, Sitting, Step
from exam.operations.breaks import end_break, end_if_over
from exam.operations.codes import Refusal
from exam.operations.forms import form_key
from exam.operations.proctoring import credited_minutes
from exam.ordering import item_order
from exam.queries.outages import excused_steps
from exam.states import AttemptState, SittingState, StepKind, StepMark
from exam.timing import deadline_ms, epoch_ms, is_overdue, may_begin
from itembank.model import Section


@dataclass(frozen=True)
class Seat:
    """An attempt as its holder's browser needs it to start or to go on."""

    attempt: Attempt
    enrolment: Enrolment
    form: Form
    journal: Replay
    reports: tuple[tuple[int, int], ...] = ()  # item and the browser's time of every report that the journal holds


def enrolment_of_session(session: Session, *, enrolment: uuid.UUID, card: str) -> Enrolment | None:
    """The enrolment behind a session token; None once its card was issued anew."""
    found = session.scalar(
        select(Enrolment)
        .where(Enrolment.public_id == enrolment)
        .options(joinedload(Enrolment.sitting).joinedload(Sitting.form), joinedload(Enrolment.teacher))
        .with_for_update(of=Enrolment),
    )
    if found is None or found.pin_mac is None or card_of(found) != card:
        return None
    return found


def card_of(enrolment: Enrolment) -> str:
    """A name for the card in force: tokens made with an older card die when a new one is issued."""
    return (enrolment.pin_mac or b"").hex()[:16]


def take_seat(
    session: Session,
    enrolment: Enrolment,
    *,
    start_code: str,
    device: str,
    keys: Keys,
    now: datetime,
) -> Seat | Refusal:
    """Start or resume an attempt on a device, with the start code that the proctor shows.

    Who sits at this device already has shown the code of the room: when the proctor changes it, nobody is disturbed.
    """
    sitting = enrolment.sitting
    attempt = session.scalar(select(Attempt).where(Attempt.enrolment_id == enrolment.id).with_for_update())
    if attempt is None or attempt.device != device:
        refusal = _check_start_code(enrolment, start_code=start_code, now=now)
        if refusal is not None:
            return refusal
    if attempt is None:
        if sitting.state is not SittingState.OPEN or not may_begin(now, closes_at=sitting.closes_at):
            raise SittingNotOpenError(state=sitting.state.value)
        attempt = _new_attempt(session, enrolment, device=device, keys=keys, now=now)
    end_if_over(session, attempt, now=now)
    _hold(session, attempt, device=device, now=now)
    return seat_of(session, attempt)


def seat_of(session: Session, attempt: Attempt) -> Seat:
    """The seat with its answers, derived from the journal."""
    steps = _steps(session, attempt) if attempt.last_seq else []
    return Seat(
        attempt=attempt,
        enrolment=attempt.enrolment,
        form=attempt.form,
        journal=_journal(session, attempt, steps),
        reports=tuple((step.item, step.at_ms) for step in steps if step.kind is StepKind.CHALLENGE),
    )


def _steps(session: Session, attempt: Attempt) -> Sequence[Any]:
    return session.execute(
        select(Step.kind, Step.item, Step.option, Step.value, Step.mark, Step.at_ms)
        .where(Step.attempt_id == attempt.id)
        .order_by(Step.seq),
    ).all()


def _journal(session: Session, attempt: Attempt, steps: Sequence[Any]) -> Replay:
    # Hardly any journal holds a late step, and without one nobody asks for outages.
    is_late = any(row.mark is StepMark.LATE for row in steps)
    excused = excused_steps(session, Attempt.id == attempt.id).get(attempt.id, frozenset()) if is_late else frozenset()
    return replay(((row.kind, row.item, row.option, row.value, row.mark) for row in steps), excused=excused)


def begin(
    session: Session,
    *,
    attempt: uuid.UUID,
    epoch: int,
    keys: Keys,
    now: datetime,
) -> tuple[Attempt, bytes]:
    """Start the clock, once, and hand out the form's key; again while working: the same key."""
    held = held_attempt(session, attempt=attempt, epoch=epoch, now=now)
    if held.state is AttemptState.ADMITTED:
        _start_clock(session, held, now=now)
    if held.state is not AttemptState.WORKING:
        raise NotAdmittedError(state=held.state.value)
    session.add(SeatEvent(attempt_id=held.id, at=now, kind="key_released", details={"epoch": epoch}))
    return held, form_key(held.form, keys)


def submit(
    session: Session,
    *,
    attempt: uuid.UUID,
    epoch: int,
    last_seq: int,
    prev: bytes,
    keys: Keys,
    now: datetime,
) -> Attempt:
    """Hand in: closes the attempt and issues its receipt. Again, or after the time ran out: the same receipt."""
    held = held_attempt(session, attempt=attempt, epoch=epoch, now=now)
    if held.receipt is not None:
        return held
    if held.begun_ms is None:
        raise NotAdmittedError(state=held.state.value)
    if (held.last_seq, held.digest) != (last_seq, prev):
        raise ChainMismatchError(last_seq=held.last_seq, digest=held.digest.hex())
    end_break(session, held, now=now)
    if held.state is AttemptState.WORKING:
        _close(held, now=now)
    held.unsent = 0  # the head is where the computer believed it to be, so nothing waits there any more
    held.receipt = receipts.issue(_closing(session, held, now=now), keys)
    session.flush()
    return held


def held_attempt(session: Session, *, attempt: uuid.UUID, epoch: int, now: datetime) -> Attempt:
    """The attempt, locked, if the caller still holds its seat; a break that is over has ended."""
    held = session.scalar(
        select(Attempt)
        .where(Attempt.public_id == attempt)
        .options(joinedload(Attempt.sitting), joinedload(Attempt.enrolment), joinedload(Attempt.form))
        .with_for_update(of=Attempt),
    )
    if held is None or held.epoch != epoch:
        raise SupersededError
    end_if_over(session, held, now=now)
    return held


def _close(attempt: Attempt, *, now: datetime) -> None:
    now_ms = epoch_ms(now)
    assert attempt.deadline_ms is not None  # noqa: S101 - a working attempt has begun (check constraint)
    if is_overdue(now_ms, attempt.deadline_ms, attempt.paused_ms):
        attempt.state = AttemptState.EXPIRED
    else:
        attempt.state = AttemptState.SUBMITTED
        attempt.submitted_ms = now_ms


def _closing(session: Session, attempt: Attempt, *, now: datetime) -> receipts.Closing:
    return receipts.Closing(
        attempt=attempt.public_id,
        participant_number=attempt.enrolment.participant_number,
        form_digest=attempt.form.digest,
        answered=len(seat_of(session, attempt).journal.answers),
        n_items=attempt.form.n_items,
        last_seq=attempt.last_seq,
        digest=attempt.digest,
        closed_at=now,
        state=attempt.state.value,
    )


def _check_start_code(enrolment: Enrolment, *, start_code: str, now: datetime) -> Refusal | None:
    blocked = enrolment.start_code_blocked_until
    if blocked and blocked > now:
        return Refusal("slow-down", retry_after_seconds=retry_after_seconds(blocked, now))
    if is_start_code(enrolment.sitting.start_code, start_code):
        enrolment.failed_start_codes = 0
        enrolment.start_code_blocked_until = None
        return None
    enrolment.failed_start_codes += 1
    enrolment.start_code_blocked_until = throttle(enrolment.failed_start_codes, now)
    return Refusal("bad-start-code", tries_left=tries_left(enrolment.failed_start_codes))


def _new_attempt(session: Session, enrolment: Enrolment, *, device: str, keys: Keys, now: datetime) -> Attempt:
    sitting = enrolment.sitting
    order = item_order(key=keys.order, enrolment=enrolment.public_id, sections=_sections(session, sitting.form_id))
    public_id = uuid.uuid4()
    start = genesis(
        attempt=public_id,
        enrolment=enrolment.public_id,
        form_digest=sitting.form.digest,
        item_order=order,
    )
    attempt = Attempt(
        public_id=public_id,
        enrolment=enrolment,
        sitting_id=sitting.id,
        form_id=sitting.form_id,
        state=AttemptState.WAITING,
        device=device,
        item_order=order,
        genesis=start,
        digest=start,
        last_seq=0,
        epoch=1,
        created_at=now,
        last_seen_ms=epoch_ms(now),
    )
    session.add(attempt)
    session.flush()
    return attempt


def _sections(session: Session, form_id: int) -> Sequence[Sequence[int]]:
    by_section: dict[Section, list[int]] = {}
    rows = session.execute(
        select(FormItem.section, FormItem.position).where(FormItem.form_id == form_id).order_by(FormItem.position),
    )
    for section, position in rows:
        by_section.setdefault(section, []).append(position)
    return list(by_section.values())


def _hold(session: Session, attempt: Attempt, *, device: str, now: datetime) -> None:
    """Give the seat to this device if nobody else has it."""
    if attempt.device is None:
        attempt.device = device
        session.add(SeatEvent(attempt_id=attempt.id, at=now, kind="device_taken", details={"epoch": attempt.epoch}))
    if attempt.device != device:
        raise OtherDeviceError
    attempt.last_seen_ms = epoch_ms(now)
    session.flush()


def _start_clock(session: Session, attempt: Attempt, *, now: datetime) -> None:
    sitting = attempt.sitting
    if sitting.state is not SittingState.OPEN or not may_begin(now, closes_at=sitting.closes_at):
        raise SittingNotOpenError(state=sitting.state.value)
    now_ms = epoch_ms(now)
    deadline = deadline_ms(
        now_ms,
        duration_seconds=sitting.duration_seconds,
        extra_minutes=attempt.enrolment.extra_minutes,
        credited_minutes=credited_minutes(session, attempt),
        hard_end_ms=epoch_ms(sitting.closes_at),
    )
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt.id, Attempt.state == AttemptState.ADMITTED)
        .values(state=AttemptState.WORKING, begun_ms=now_ms, deadline_ms=deadline, last_seen_ms=now_ms),
    )
    session.refresh(attempt, ["state", "begun_ms", "deadline_ms", "last_seen_ms"])
