"""Publishes a draft of a blueprint, and settles what becomes of the items that were written for the version before.

Items follow their indicator into the new version as long as it asks for the same thing. Where its words, its level, its
competency or the number of options changed, they stay with the old version and cover no cell, until a bank manager has
looked at each: it still fits, it fits another indicator, or it is revised or retired. Sealed forms never change.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from itembank.characters import visible_words
from itembank.model import (
    Blueprint,
    BlueprintState,
    Competency,
    CoreCompetency,
    Indicator,
    Item,
    ItemOption,
    ItemVersion,
    WritingTask,
)
from itembank.operations.blueprint_parts import require_draft, seen_whole, touched
from itembank.operations.errors import OptionCountWrong, OwnItem, ReasonMissing
from itembank.operations.plan_errors import (
    CellUnchanged,
    IndicatorGone,
    IndicatorNotCurrent,
    PartChangedMeanwhile,
    PlanNotReady,
)
from itembank.plan_changes import changes, competencies_of, indicators_of, still_fits
from itembank.queries.plans import live_items, successor, text_of_blueprint, version_before
from itembank.queries.reviewers import authors_of
from itembank.queries.specifications import form_specifications
from itembank.states import ItemState
from itembank.verbs import Severity, VerbFinding, verb_finding
from registry import audit
from registry.actor import Actor


class ProblemKind(StrEnum):
    """What stands between a draft and its publication."""

    EMPTY = "empty"  # a part without anything below it
    VERB = "verb"
    IN_USE = "in_use"  # an indicator was left out that has live items or open tasks
    SPECIFICATION = "specification"  # forms can no longer be assembled by it
    UNCHANGED = "unchanged"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Problem:
    """One of them; a warning does not keep the draft from being published."""

    kind: ProblemKind
    severity: Severity
    part: str  # the code of what it is about
    n_items: int = 0
    n_tasks: int = 0
    verb: VerbFinding | None = None
    detail: str = ""


@dataclass(frozen=True)
class Effect:
    """What publishing does to the items of one indicator."""

    indicator: Indicator  # of the draft
    n_items: int
    follows: bool  # else its items must be looked at again


@dataclass(frozen=True)
class Published:
    """What a publication did."""

    n_followed: int  # items that cover the new version
    n_left: int  # live items to look at again
    n_tasks: int  # open tasks that moved along


def problems_of(session: Session, draft: Blueprint) -> list[Problem]:
    """All that stands between a draft and its publication, warnings included."""
    return [*_gaps(draft), *_verbs(draft), *_left_out(session, draft), *_specifications(session, draft)]


def effects_of(session: Session, draft: Blueprint) -> list[Effect]:
    """What publishing would do to the items of each indicator that has some, in the order of the draft."""
    before = version_before(session, draft)
    old = {indicator.lineage: indicator for indicator in indicators_of(before)} if before else {}
    counted = live_items(session, list(old))
    return [
        Effect(new, counted[new.lineage], follows=still_fits(old[new.lineage], new))
        for new in indicators_of(draft)
        if counted[new.lineage]
    ]


def publish(session: Session, draft: Blueprint, *, seen: str, actor: Actor, now: datetime) -> Published:
    """Put a draft in force exactly as its publisher read it; the version before is replaced."""
    require_draft(session, draft)
    if seen != seen_whole(draft):
        raise PartChangedMeanwhile(part=draft.code)
    errors = [problem for problem in problems_of(session, draft) if problem.severity is Severity.ERROR]
    if errors:
        raise PlanNotReady(n_problems=len(errors))
    replaced = update(Blueprint).where(Blueprint.code == draft.code, Blueprint.state == BlueprintState.PUBLISHED)
    session.execute(replaced.values(state=BlueprintState.REPLACED, changed_at=now))
    draft.state = BlueprintState.PUBLISHED
    session.flush()
    done = _follow(session, draft)
    details = {"followed": done.n_followed, "left": done.n_left, "tasks": done.n_tasks}
    touched(session, draft, "blueprint.publish", actor=actor, now=now, details=details)
    session.expire_all()
    return done


# Items to look at again -------------------------------------------------------------------------------------------


def confirm_fit(session: Session, item: Item, *, actor: Actor, now: datetime) -> None:
    """A bank manager read the item against the new wording: it still shows what the indicator says."""
    new = successor(session, item.indicator)
    if new is None:
        raise IndicatorGone(indicator=item.indicator.code, item=item.code)
    _put(session, item, new, action="item.confirm-fit", reason="", actor=actor, now=now)


def move_to_cell(
    session: Session, item: Item, indicator: Indicator, *, reason: str, actor: Actor, now: datetime
) -> None:
    """The item shows what another indicator says; from now on it covers that one."""
    reason = visible_words(reason)
    if not reason:
        raise ReasonMissing(item=item.code)
    _put(session, item, indicator, action="item.move-to-cell", reason=reason, actor=actor, now=now)


def _put(session: Session, item: Item, to: Indicator, *, action: str, reason: str, actor: Actor, now: datetime) -> None:
    plan = to.competency.core.blueprint
    if plan.state is not BlueprintState.PUBLISHED:
        raise IndicatorNotCurrent(indicator=to.code)
    if item.indicator_id == to.id:
        raise CellUnchanged(item=item.code)
    _require_judge(session, item, actor)
    _require_options(session, item, plan.n_options)
    details = {"item": item.code, "from": item.indicator.code, "to": to.code, "version": plan.version}
    item.indicator = to
    session.flush()
    current = max(item.versions, key=lambda version: version.number)
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="item_version",
        subject=current.public_id,
        at=now,
        details=details | ({"reason": reason} if reason else {}),
    )


def _require_judge(session: Session, item: Item, actor: Actor) -> None:
    # Whether an item fits its indicator is the first criterion of the checklist, and nobody judges their own item.
    if actor.key in authors_of(session, {item.id})[item.id]:
        raise OwnItem(item=item.code)


def _require_options(session: Session, item: Item, needed: int) -> None:
    # A draft can still be given the right number; a submitted version never changes.
    counts = session.execute(
        select(ItemVersion.id, func.count())
        .join(ItemOption, ItemOption.version_id == ItemVersion.id)
        .where(ItemVersion.item_id == item.id, ItemVersion.state.not_in(_CHANGEABLE))
        .group_by(ItemVersion.id)
    )
    for _version, found in counts:
        if found != needed:
            raise OptionCountWrong(item=item.code, found=found, needed=needed)


_CHANGEABLE = (ItemState.DRAFT, ItemState.REVISION, ItemState.RETIRED)


# What stands in the way -------------------------------------------------------------------------------------------


def _gaps(draft: Blueprint) -> Iterator[Problem]:
    if not draft.cores:
        yield Problem(ProblemKind.EMPTY, Severity.ERROR, draft.code)
    empty = [core.code for core in draft.cores if not core.competencies]
    empty += [competency.code for competency in competencies_of(draft) if not competency.indicators]
    yield from (Problem(ProblemKind.EMPTY, Severity.ERROR, code) for code in empty)
    if draft.cores and not empty:
        try:
            text_of_blueprint(draft)
        except ValidationError as error:
            detail = str(error.errors(include_url=False)[0]["msg"])
            yield Problem(ProblemKind.MALFORMED, Severity.ERROR, draft.code, detail=detail)


def _verbs(draft: Blueprint) -> Iterator[Problem]:
    for indicator in indicators_of(draft):
        finding = verb_finding(indicator.text, indicator.bloom.value)
        if finding is not None:
            yield Problem(ProblemKind.VERB, finding.severity, indicator.code, verb=finding)


def _left_out(session: Session, draft: Blueprint) -> Iterator[Problem]:
    before = version_before(session, draft)
    if before is None:
        return
    if not changes(before, draft):
        yield Problem(ProblemKind.UNCHANGED, Severity.ERROR, draft.code)
    kept = {indicator.lineage for indicator in indicators_of(draft)}
    gone = [indicator for indicator in indicators_of(before) if indicator.lineage not in kept]
    n_items = live_items(session, [indicator.lineage for indicator in gone])
    n_tasks = _open_tasks(session, gone)
    for indicator in gone:
        found = n_items[indicator.lineage], n_tasks.get(indicator.lineage, 0)
        if any(found):
            yield Problem(ProblemKind.IN_USE, Severity.ERROR, indicator.code, n_items=found[0], n_tasks=found[1])


def _open_tasks(session: Session, indicators: Sequence[Indicator]) -> dict[uuid.UUID, int]:
    lineages = [indicator.lineage for indicator in indicators]
    rows = session.execute(
        select(Indicator.lineage, func.count(WritingTask.id))
        .join(WritingTask, WritingTask.indicator_id == Indicator.id)
        .where(Indicator.lineage.in_(lineages), WritingTask.ended_at.is_(None))
        .group_by(Indicator.lineage)
    )
    return {lineage: number for lineage, number in rows}  # noqa: C416 - dict(rows) loses the types


def _specifications(session: Session, draft: Blueprint) -> Iterator[Problem]:
    # A warning: the plan of a form may follow the blueprint later, and forms that are sealed stay as they are.
    for specification in form_specifications(session):
        for section in specification.sections:
            if section["blueprint"] == draft.code and (detail := _misfit(section, draft)):
                yield Problem(ProblemKind.SPECIFICATION, Severity.WARNING, specification.code, detail=detail)


def _misfit(section: dict[str, object], draft: Blueprint) -> str:
    """What a section of a form specification asks for that the draft does not have; empty when it fits."""
    n_items, each, least = section["n_items"], section.get("per_indicator"), section.get("min_per_core")
    allocation = section.get("allocation")
    if isinstance(each, int) and each * len(indicators_of(draft)) != n_items:
        return f"{each} x {len(indicators_of(draft))} ≠ {n_items}"
    if isinstance(least, int) and isinstance(n_items, int) and least * len(draft.cores) > n_items:
        return f"{least} x {len(draft.cores)} > {n_items}"
    if isinstance(allocation, dict):
        known = {competency.code for competency in competencies_of(draft)}
        return ", ".join(code for code in allocation if code not in known)
    return ""


# Following --------------------------------------------------------------------------------------------------------


def _follow(session: Session, blueprint: Blueprint) -> Published:
    new = {indicator.lineage: indicator for indicator in indicators_of(blueprint)}
    up = selectinload(Indicator.competency).selectinload(Competency.core).selectinload(CoreCompetency.blueprint)
    current = [indicator.id for indicator in new.values()]
    older = select(Indicator).where(Indicator.lineage.in_(list(new)), Indicator.id.not_in(current)).options(up)
    n_followed = n_tasks = 0
    for old in session.scalars(older).all():
        to = new[old.lineage]
        if still_fits(old, to):
            items = update(Item).where(Item.indicator_id == old.id).values(indicator_id=to.id)
            n_followed += len(session.scalars(items.returning(Item.id)).all())
        tasks = update(WritingTask).where(WritingTask.indicator_id == old.id, WritingTask.ended_at.is_(None))
        n_tasks += len(session.scalars(tasks.values(indicator_id=to.id).returning(WritingTask.id)).all())
    left = live_items(session, list(new)) - live_items(session, list(new), covering=blueprint)
    return Published(n_followed=n_followed, n_left=left.total(), n_tasks=n_tasks)
