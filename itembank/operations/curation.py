"""Keeps what an administration says of a version, and carries out what a psychometrician decides about it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.characters import visible_words
from itembank.checklist import current_checklist
from itembank.model import Curation, CurationAct, ItemStatistics, ItemVersion
from itembank.operations.errors import VerdictContradicted, VerdictDecided
from itembank.operations.life import moved, place, reason_given, written
from itembank.operations.writing import copy_as_draft
from itembank.states import ItemState
from registry.actor import Actor

# Where a verdict leads when it is accepted; the first is what pages propose. A version may also stay where it is.
PROPOSED: dict[str, tuple[ItemState, ...]] = {
    "keep": (ItemState.OPERATIONAL,),
    "watch": (ItemState.OPERATIONAL, ItemState.PRETEST),
    "revise": (ItemState.REVISION,),
    "check_key": (ItemState.REVISION,),
    "drop": (ItemState.RETIRED,),
}


def record_statistics(
    session: Session,
    version: ItemVersion,
    *,
    administration: uuid.UUID,
    administration_code: str,
    n_presented: int,
    figures: Mapping[str, Any],
    verdict: str,
    reasons: Sequence[Mapping[str, Any]],
    actor: Actor,
    now: datetime,
) -> ItemStatistics:
    """Keep the figures of one administration, and what the policy makes of them; a later run adds, never replaces.

    A reason names the criterion that it re-opens under "criterion".
    """
    statistics = ItemStatistics(
        version=version,
        administration=administration,
        administration_code=administration_code,
        computed_at=now,
        n_presented=n_presented,
        figures=dict(figures),
        difficulty=figures.get("p"),
        discrimination=figures.get("point_biserial"),
        verdict=verdict,
        reasons=[dict(reason) for reason in reasons],
    )
    session.add(statistics)
    session.flush()
    details = {"administration": administration_code, "n_presented": n_presented, "verdict": verdict}
    written(session, version, "item.statistics", actor=actor, now=now, details=details)
    return statistics


def decide_verdict(
    session: Session,
    statistics: ItemStatistics,
    *,
    act: CurationAct,
    target: ItemState,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Curation:
    """Accept or overrule a verdict and move the version; revision opens a new draft for the writer.

    The target may be the state in which the version is: then the decision is kept and nothing moves.
    """
    version = statistics.version
    _check_decision(session, statistics, act=act, target=target, reason=reason)
    curation = Curation(
        statistics_id=statistics.id,
        decided_by_id=actor.key,
        decided_at=now,
        act=act,
        moved_to=target,
        reopened=reopened(statistics) if target is ItemState.REVISION else [],
        reason=visible_words(reason),
    )
    session.add(curation)
    session.flush()
    session.expire(statistics, ["curation"])
    details = {"act": act, "verdict": statistics.verdict, "reopened": curation.reopened}
    _carry_out(session, version, target=target, actor=actor, now=now, details=details)
    return curation


def reopened(statistics: ItemStatistics) -> list[str]:
    """The criteria that the reasons of a verdict re-open, in the order of the checklist."""
    named = {reason.get("criterion") for reason in statistics.reasons}
    return [code for code in current_checklist().codes if code in named]


def _check_decision(
    session: Session, statistics: ItemStatistics, *, act: CurationAct, target: ItemState, reason: str
) -> None:
    version = statistics.version
    if session.scalar(select(Curation.id).where(Curation.statistics_id == statistics.id)) is not None:
        raise VerdictDecided(**place(version))
    if act is CurationAct.OVERRULED:
        reason_given(version, reason)
    elif target not in PROPOSED.get(statistics.verdict, ()):
        raise VerdictContradicted(item=version.item.code, verdict=statistics.verdict, target=target)


def _carry_out(
    session: Session, version: ItemVersion, *, target: ItemState, actor: Actor, now: datetime, details: dict[str, Any]
) -> None:
    if target is version.state:
        written(session, version, "item.curate", actor=actor, now=now, details={"to": target, **details})
        return
    moved(session, version, to=target, actor=actor, now=now, action="item.curate", details=details)
    if target is ItemState.REVISION:
        copy_as_draft(session, version, now=now)
