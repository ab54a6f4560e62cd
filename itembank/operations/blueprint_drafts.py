"""Drafts of blueprints: from scratch, as a copy, from a file, or as the next version; and their end.

Only a draft changes, and the database refuses the rest. What becomes of a draft is published by `publishing`, and its
parts are changed by `blueprint_parts`.
"""

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from itembank.model import Blueprint, BlueprintState, Competency, CoreCompetency, Indicator, Section
from itembank.operations.blueprint_parts import require_draft, touched
from itembank.operations.blueprint_trees import tree_of
from itembank.operations.plan_errors import BlueprintCodeTaken, BlueprintDraftExists
from itembank.plan_changes import indicators_of
from itembank.plantext import BlueprintHead, BlueprintText
from itembank.queries.plans import published
from registry import audit
from registry.actor import Actor


def create_blueprint(session: Session, *, code: str, head: BlueprintHead, actor: Actor, now: datetime) -> Blueprint:
    """An empty draft of a new blueprint."""
    _require_new(session, code)
    return _add(session, _row(code, 1, head, now=now), "blueprint.create", actor=actor, now=now)


def copy_blueprint(
    session: Session, source: Blueprint, *, code: str, title: str, actor: Actor, now: datetime
) -> Blueprint:
    """A draft of a new blueprint with the tree of another one; its indicators are new ones, so no item comes along."""
    _require_new(session, code)
    draft = _row(code, 1, head_of(source).model_copy(update={"title": title}), now=now)
    draft.cores = _tree(source, lineage=lambda _indicator: uuid.uuid4())
    return _add(session, draft, "blueprint.create", actor=actor, now=now)


def open_draft(session: Session, blueprint: Blueprint, *, actor: Actor, now: datetime) -> Blueprint:
    """The next version as a draft, with the same tree; items will follow their indicators when it is published."""
    draft = _row(blueprint.code, _next_version(session, blueprint.code), head_of(blueprint), now=now)
    draft.cores = _tree(blueprint, lineage=lambda indicator: indicator.lineage)
    draft.target, draft.target_on = blueprint.target, blueprint.target_on
    return _add(session, draft, "blueprint.create", actor=actor, now=now)


def import_blueprint(
    session: Session, text: BlueprintText, *, actor: Actor, now: datetime, version: int | None = None
) -> Blueprint:
    """The draft that a file describes: a new blueprint, or the next version of one that the bank has.

    The file knows no lineages. An indicator continues the one with the same words, else the one with the same code.
    """
    before = published(session, text.code)
    draft = _row(text.code, version or _next_version(session, text.code), text, now=now)
    draft.cores = tree_of(text)
    if before is not None:
        _continue(draft, indicators_of(before))
        draft.target, draft.target_on = before.target, before.target_on
    return _add(session, draft, "blueprint.create", actor=actor, now=now)


def discard_draft(session: Session, draft: Blueprint, *, actor: Actor, now: datetime) -> None:
    """Delete a draft; the version in force stays as it is."""
    require_draft(session, draft)
    touched(session, draft, "blueprint.discard", actor=actor, now=now)
    cores = select(CoreCompetency.id).where(CoreCompetency.blueprint_id == draft.id)
    competencies = select(Competency.id).where(Competency.core_id.in_(cores))
    whole = {"synchronize_session": False}
    session.execute(delete(Indicator).where(Indicator.competency_id.in_(competencies)), execution_options=whole)
    session.execute(delete(Competency).where(Competency.core_id.in_(cores)), execution_options=whole)
    session.execute(delete(CoreCompetency).where(CoreCompetency.blueprint_id == draft.id), execution_options=whole)
    session.execute(delete(Blueprint).where(Blueprint.id == draft.id), execution_options=whole)
    session.expire_all()


def head_of(blueprint: Blueprint) -> BlueprintHead:
    """What holds for a whole blueprint, as its pages and files write it."""
    names = ("title", "subject", "levels", "n_options")
    values = {name: getattr(blueprint, name) for name in names}
    return BlueprintHead.model_validate(values | {"section": blueprint.section.value})


def _row(code: str, version: int, head: BlueprintHead, *, now: datetime) -> Blueprint:
    return Blueprint(
        code=code,
        version=version,
        title=head.title,
        subject=head.subject,
        levels=list(head.levels),
        section=Section(head.section),
        n_options=head.n_options,
        state=BlueprintState.DRAFT,
        changed_at=now,
    )


def _add(session: Session, draft: Blueprint, action: str, *, actor: Actor, now: datetime) -> Blueprint:
    # The database allows one draft of a code, so of two people who open one at once the second is told.
    code = draft.code
    try:
        with session.begin_nested():
            session.add(draft)
            session.flush()
    except IntegrityError as error:
        raise BlueprintDraftExists(blueprint=code) from error
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="blueprint",
        subject=draft.public_id,
        at=now,
        details={"code": draft.code, "version": draft.version},
    )
    return draft


def _require_new(session: Session, code: str) -> None:
    if session.scalar(select(Blueprint.id).where(Blueprint.code == code).limit(1)) is not None:
        raise BlueprintCodeTaken(blueprint=code)


def _next_version(session: Session, code: str) -> int:
    last = session.scalar(select(func.max(Blueprint.version)).where(Blueprint.code == code))
    return (last or 0) + 1


def _tree(source: Blueprint, *, lineage: Callable[[Indicator], uuid.UUID]) -> list[CoreCompetency]:
    return [
        CoreCompetency(
            position=core.position,
            code=core.code,
            title=core.title,
            regulation=core.regulation,
            competencies=[_competency(competency, lineage=lineage) for competency in core.competencies],
        )
        for core in source.cores
    ]


def _competency(source: Competency, *, lineage: Callable[[Indicator], uuid.UUID]) -> Competency:
    return Competency(
        position=source.position,
        code=source.code,
        source_code=source.source_code,
        title=source.title,
        regulation=source.regulation,
        weight=source.weight,
        indicators=[
            Indicator(
                position=indicator.position,
                code=indicator.code,
                lineage=lineage(indicator),
                source_code=indicator.source_code,
                bloom=indicator.bloom,
                text=indicator.text,
            )
            for indicator in source.indicators
        ],
    )


def _continue(draft: Blueprint, before: Iterable[Indicator]) -> None:
    left = list(before)
    unmatched = indicators_of(draft)
    for same in (_same_words, _same_code):
        for indicator in list(unmatched):
            partner = next((old for old in left if same(old, indicator)), None)
            if partner is not None:
                indicator.lineage = partner.lineage
                left.remove(partner)
                unmatched.remove(indicator)


def _same_words(old: Indicator, new: Indicator) -> bool:
    return " ".join(old.text.split()).casefold() == " ".join(new.text.split()).casefold()


def _same_code(old: Indicator, new: Indicator) -> bool:
    return old.code == new.code
