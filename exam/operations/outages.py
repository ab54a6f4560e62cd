"""Outages: the worker notes who was silent, one person proposes an interval, another approves it.

The first signature is given where it happened, the second by the committee, and only until the sitting is sealed:
afterwards nothing about its answers can change any more.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, text, update
from sqlalchemy.orm import Session

from exam.access import require_approve_outage, require_run, require_withdraw_outage
from exam.errors import (
    OutageApprovedError,
    OutageIntervalError,
    OutageReasonMissingError,
    OwnOutageError,
    SittingStateError,
)
from exam.model import Attempt, ContactGap, Outage, ServerGap, ServerPulse, Sitting, Step
from exam.outages import LONGEST_SILENCE_MS, SEAT_SILENT_MS, Interval, holes, proof
from exam.queries.outages import as_document, evidence_of
from exam.states import SittingState
from exam.timing import epoch_ms
from registry.actor import Actor
from registry.audit import record
from registry.columns import Document

SHORTEST_REASON, LONGEST_REASON = 5, 500
_BEFORE_SEAL = (SittingState.OPEN, SittingState.CLOSED)


# The two signatures -----------------------------------------------------------------------------------------------


def propose_outage(
    session: Session, sitting: Sitting, *, interval: Interval, reason: str, actor: Actor, now: datetime
) -> Outage:
    """Put up an interval that the evidence proves; what proves it is kept with it."""
    require_run(actor, sitting)
    _wait_for_turn(session, sitting)
    if not interval.from_ms < interval.until_ms <= epoch_ms(now):
        raise OutageIntervalError
    if len(reason.strip()) < SHORTEST_REASON:
        raise OutageReasonMissingError(at_least=SHORTEST_REASON)
    proved = proof(interval, evidence_of(session, sitting, now_ms=epoch_ms(now)))
    outage = Outage(
        sitting=sitting,
        from_ms=interval.from_ms,
        until_ms=interval.until_ms,
        reason=reason.strip()[:LONGEST_REASON],
        evidence=as_document(proved),
        proposed_by_id=actor.key,
        proposed_at=now,
    )
    session.add(outage)
    session.flush()
    _record(session, outage, "outage.propose", actor=actor, now=now)
    return outage


def approve_outage(session: Session, outage: Outage, *, actor: Actor, now: datetime) -> None:
    """The second signature: from now on the late steps of this interval count."""
    require_approve_outage(actor)
    _wait_for_turn(session, outage.sitting)
    if outage.proposed_by_id == actor.key:
        raise OwnOutageError
    approved = session.execute(
        update(Outage)
        .where(Outage.id == outage.id, Outage.approved_at.is_(None))
        .values(approved_by_id=actor.key, approved_at=now),
        execution_options={"synchronize_session": False},
    )
    _require_one(approved)
    session.refresh(outage)
    _record(session, outage, "outage.approve", actor=actor, now=now)


def withdraw_outage(session: Session, outage: Outage, *, actor: Actor, now: datetime) -> None:
    """Take a proposal back, or refuse it; what was approved stays."""
    require_withdraw_outage(actor, outage.sitting)
    _wait_for_turn(session, outage.sitting)
    _record(session, outage, "outage.withdraw", actor=actor, now=now)
    withdrawn = session.execute(
        delete(Outage).where(Outage.id == outage.id, Outage.approved_at.is_(None)),
        execution_options={"synchronize_session": False},
    )
    _require_one(withdrawn)
    session.expunge(outage)


def _wait_for_turn(session: Session, sitting: Sitting) -> None:
    # Whoever seals takes the same row, so an outage is decided before the seal or not at all. NO KEY UPDATE, so that
    # candidates whose attempts refer to the sitting never wait.
    state = session.scalar(select(Sitting.state).where(Sitting.id == sitting.id).with_for_update(key_share=True))
    if state not in _BEFORE_SEAL:
        raise SittingStateError(state=state.value if state else "")


def _require_one(result: object) -> None:
    if cast("CursorResult[Any]", result).rowcount != 1:
        raise OutageApprovedError


def _record(session: Session, outage: Outage, action: str, *, actor: Actor, now: datetime) -> None:
    details: Document = {
        "outage": str(outage.public_id),
        "from_ms": outage.from_ms,
        "until_ms": outage.until_ms,
        "evidence": outage.evidence,
    }
    subject = outage.sitting.public_id
    record(session, actor=actor, action=action, subject_kind="sitting", subject=subject, at=now, details=details)


# What the worker notes --------------------------------------------------------------------------------------------


def note_pulse(session: Session, *, now: datetime) -> list[Interval]:
    """A worker is alive. Returns the silences of the server that this look has found and noted."""
    now_ms = epoch_ms(now)
    session.execute(_FIRST_PULSE, {"now_ms": now_ms})
    last_ms = session.scalars(select(ServerPulse.at_ms).where(ServerPulse.id == 1).with_for_update()).one()
    set_pulse(session, now=now)
    return _note_server_gaps(session, Interval(last_ms, now_ms)) if now_ms - last_ms > LONGEST_SILENCE_MS else []


def set_pulse(session: Session, *, now: datetime) -> None:
    """Go on from here without a silence, for instance after the computer's clock was set while the worker lived."""
    session.execute(update(ServerPulse).values(at_ms=epoch_ms(now)))


def _note_server_gaps(session: Session, whole: Interval) -> list[Interval]:
    found = holes(_signs_of_life(session, whole), whole=whole)
    session.add_all(ServerGap(from_ms=gap.from_ms, until_ms=gap.until_ms) for gap in found)
    session.flush()
    return found


def _signs_of_life(session: Session, whole: Interval) -> list[int]:
    """When the server was heard to answer somebody in this time: only a server that lives receives anything."""
    received = (
        select(Step.received_ms)
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(Attempt.last_seen_ms >= whole.from_ms, Step.received_ms.between(whole.from_ms, whole.until_ms))
        .distinct()
    )
    seen = select(Attempt.last_seen_ms).where(Attempt.last_seen_ms.between(whole.from_ms, whole.until_ms))
    return [*session.scalars(received), *session.scalars(seen)]


def watch_seats(session: Session, *, now: datetime) -> None:
    """Open a silence for every seat at work that was not heard for a while, and close those of seats that are back."""
    _close_silences(session)
    _open_silences(session, silent_since=epoch_ms(now) - SEAT_SILENT_MS)


def _close_silences(session: Session) -> None:
    heard = select(Attempt.last_seen_ms).where(Attempt.id == ContactGap.attempt_id).scalar_subquery()
    session.execute(
        update(ContactGap).where(ContactGap.until_ms.is_(None), heard > ContactGap.from_ms).values(until_ms=heard),
        execution_options={"synchronize_session": False},
    )


def _open_silences(session: Session, *, silent_since: int) -> None:
    session.execute(_OPEN_SILENCES, {"silent_since": silent_since})


# Who handed in or has the receipt was heard to the end; who fell silent after the deadline missed nothing.
# Several workers may look at once, so what another one has noted is left as it is.
_OPEN_SILENCES = text("""
    INSERT INTO contact_gap (attempt_id, from_ms)
    SELECT attempt.id, attempt.last_seen_ms FROM attempt JOIN sitting ON sitting.id = attempt.sitting_id
    WHERE sitting.state IN ('open', 'closed') AND attempt.state IN ('working', 'expired') AND attempt.receipt IS NULL
      AND attempt.last_seen_ms < :silent_since AND attempt.last_seen_ms <= attempt.deadline_ms
    ON CONFLICT DO NOTHING
""")

_FIRST_PULSE = text("INSERT INTO server_pulse (id, at_ms) VALUES (1, :now_ms) ON CONFLICT DO NOTHING")


def n_waiting(session: Session, sitting: Sitting) -> int:
    """How many proposals of a sitting wait for the second signature."""
    waiting = select(func.count()).where(Outage.sitting_id == sitting.id, Outage.approved_at.is_(None))
    return session.scalar(waiting) or 0
