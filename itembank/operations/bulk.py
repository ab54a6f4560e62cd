"""Moves many versions at once: first what would happen to each and why, then each by itself, all or nothing."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from itembank.errors import ItemBankError
from itembank.model import ItemVersion
from itembank.operations.errors import NotSuspended
from itembank.operations.life import check_move, move_version, place, suspended_from
from itembank.states import ItemState
from registry.actor import Actor


class BulkMove(StrEnum):
    """What may be done with many items at once; the rest of an item's life needs a look at each."""

    SUSPEND = "suspend"
    RETURN = "return"  # each to where it was suspended
    OPERATE = "operate"
    RETIRE = "retire"


_TARGETS = {
    BulkMove.SUSPEND: ItemState.SUSPENDED,
    BulkMove.OPERATE: ItemState.OPERATIONAL,
    BulkMove.RETIRE: ItemState.RETIRED,
}


@dataclass(frozen=True)
class Outcome:
    """What becomes of one version: where it goes, or why it stays."""

    version: ItemVersion
    old: ItemState
    new: ItemState | None
    refusal: ItemBankError | None


def foresee(session: Session, versions: Sequence[ItemVersion], move: BulkMove) -> list[Outcome]:
    """What `move_all` would do now; nothing is changed."""
    return list(_each(session, versions, move))


def move_all(
    session: Session, versions: Sequence[ItemVersion], move: BulkMove, *, reason: str, actor: Actor, now: datetime
) -> list[Outcome]:
    """Move every version that may go there, each wholly or not at all; in the journal they share a batch."""
    batch = {"batch": str(uuid.uuid4()), "n_chosen": len(versions)}
    outcomes = []
    for foreseen in _each(session, versions, move):
        if foreseen.new is None:
            outcomes.append(foreseen)
            continue
        try:
            with session.begin_nested():
                version, to = foreseen.version, foreseen.new
                move_version(session, version, to=to, reason=reason, actor=actor, now=now, details=batch)
        except ItemBankError as error:  # somebody else was faster
            outcomes.append(Outcome(foreseen.version, foreseen.old, None, error))
        else:
            outcomes.append(foreseen)
    return outcomes


def _each(session: Session, versions: Sequence[ItemVersion], move: BulkMove) -> Iterator[Outcome]:
    for version in versions:
        old = version.state
        try:
            to = _target(session, version, move)
            check_move(session, version, to=to)
        except ItemBankError as error:
            yield Outcome(version, old, None, error)
        else:
            yield Outcome(version, old, to, None)


def _target(session: Session, version: ItemVersion, move: BulkMove) -> ItemState:
    if move in _TARGETS:
        return _TARGETS[move]
    before = suspended_from(session, version) if version.state is ItemState.SUSPENDED else None
    if before is None:
        raise NotSuspended(**place(version))
    return before
