"""Moves a version through its life. Every move of every operation ends in `claim`, so that one worker wins."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from itembank.characters import visible_words
from itembank.model import ItemStatistics, ItemVersion
from itembank.operations.errors import (
    IllegalMove,
    MovedMeanwhile,
    NotTriedOut,
    ReasonMissing,
    ReturnElsewhere,
)
from itembank.operations.tasks import fulfil_tasks
from itembank.states import ItemState, may_move
from registry import audit
from registry.actor import Actor
from registry.columns import Document
from registry.model import AuditEvent

# These moves have verbs of their own, with conditions that a bare move would slip past.
_OWN_VERBS = {
    (ItemState.DRAFT, ItemState.IN_REVIEW),
    (ItemState.IN_REVIEW, ItemState.APPROVED),
}


class Place(TypedDict):
    """The parameters of a message about one version."""

    item: str
    version: int


def move_version(
    session: Session,
    version: ItemVersion,
    *,
    to: ItemState,
    reason: str,
    actor: Actor,
    now: datetime,
    details: Document | None = None,
) -> None:
    """Take a version to another state where no verb of its own does it: suspend, bring back, retire, put to use.

    Submitting, approving and revising have their own operations and are refused here.
    """
    reason = reason_given(version, reason)
    check_move(session, version, to=to)
    moved(session, version, to=to, actor=actor, now=now, details={"reason": reason, **(details or {})})


def check_move(session: Session, version: ItemVersion, *, to: ItemState) -> None:
    """Refuse what `move_version` would refuse, and change nothing."""
    has_own_verb = (version.state, to) in _OWN_VERBS or to is ItemState.REVISION
    if has_own_verb or not may_move(version.state, to):
        raise IllegalMove(**place(version), old=version.state, new=to)
    if version.state is ItemState.SUSPENDED:
        _require_return(session, version, to=to)
    elif to is ItemState.OPERATIONAL:
        _require_statistics(session, version)


def suspended_from(session: Session, version: ItemVersion) -> ItemState | None:
    """Where a version stood when it was last suspended; the journal alone remembers it."""
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.subject == str(version.public_id)).order_by(AuditEvent.id.desc())
    )
    suspension = next((event for event in events if event.details.get("to") == ItemState.SUSPENDED), None)
    return ItemState(suspension.details["from"]) if suspension else None


def start_pretest(session: Session, versions: Sequence[ItemVersion], *, actor: Actor, now: datetime) -> None:
    """Put approved versions into a try-out; those that are tried out or operational already stay as they are."""
    for version in versions:
        if version.state is ItemState.APPROVED:
            moved(session, version, to=ItemState.PRETEST, actor=actor, now=now)


def moved(
    session: Session,
    version: ItemVersion,
    *,
    to: ItemState,
    actor: Actor,
    now: datetime,
    action: str = "item.move",
    details: Document | None = None,
) -> None:
    """Claim the move and write it down."""
    old = version.state
    claim(session, version, to=to, now=now)
    written(session, version, action, actor=actor, now=now, details={"from": old, "to": to, **(details or {})})
    if to is ItemState.APPROVED:
        fulfil_tasks(session, version, actor=actor, now=now)


def claim(session: Session, version: ItemVersion, *, to: ItemState, now: datetime) -> None:
    """Move the row if it still is where this worker saw it; of two workers one wins, the other is told."""
    old = version.state
    if not may_move(old, to):
        raise IllegalMove(**place(version), old=old, new=to)
    statement = (
        update(ItemVersion)
        .where(ItemVersion.id == version.id, ItemVersion.state == old)
        .values(state=to, changed_at=now)
        .returning(ItemVersion.id)
    )
    won = session.scalar(statement, execution_options={"synchronize_session": False})
    session.refresh(version, ["state", "changed_at"])
    if won is None:
        raise MovedMeanwhile(**place(version), old=old)


def written(
    session: Session, version: ItemVersion, action: str, *, actor: Actor, now: datetime, details: Document | None = None
) -> None:
    """One audit event about a version."""
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="item_version",
        subject=version.public_id,
        at=now,
        details={"item": version.item.code, "version": version.number, **(details or {})},
    )


def reason_given(version: ItemVersion, reason: str) -> str:
    """Why, in characters that everybody sees; an act that must say why and does not is refused."""
    words = visible_words(reason)
    if not words:
        raise ReasonMissing(item=version.item.code)
    return words


def place(version: ItemVersion) -> Place:
    """How messages name a version."""
    return Place(item=version.item.code, version=version.number)


def _require_return(session: Session, version: ItemVersion, *, to: ItemState) -> None:
    # Else a suspension would be a way around the try-out: approved -> suspended -> operational.
    old = suspended_from(session, version)
    if old is not to:
        raise ReturnElsewhere(**place(version), old=old or "")


def _require_statistics(session: Session, version: ItemVersion) -> None:
    if not session.scalar(select(exists().where(ItemStatistics.version_id == version.id))):
        raise NotTriedOut(**place(version))
