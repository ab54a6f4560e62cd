"""Changes the parts of a draft: its head, core competencies, competencies, indicators.

Two people may edit one draft: each change says which wording it saw (`seen`, from `seen_of`), and one that saw an older
wording is refused instead of overwriting what the other wrote.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itembank.model import (
    Bloom,
    Blueprint,
    BlueprintState,
    Competency,
    CoreCompetency,
    Indicator,
    Section,
    WritingTask,
)
from itembank.operations.plan_errors import (
    BlueprintFixed,
    IndicatorInUse,
    PartChangedMeanwhile,
    PartCodeTaken,
    PartNotEmpty,
)
from itembank.plan_changes import competencies_of, indicators_of
from itembank.plantext import BlueprintHead, CompetencyHead, CoreHead, IndicatorText
from itembank.queries.plans import live_items
from registry import audit
from registry.actor import Actor
from registry.columns import Document

Part = CoreCompetency | Competency | Indicator


def change_head(
    session: Session, draft: Blueprint, head: BlueprintHead, *, seen: str, actor: Actor, now: datetime
) -> None:
    """Change what holds for the whole blueprint."""
    require_draft(session, draft)
    if seen != seen_of(draft):
        raise PartChangedMeanwhile(part=draft.code)
    draft.title, draft.subject, draft.levels = head.title, head.subject, list(head.levels)
    draft.section, draft.n_options = Section(head.section), head.n_options
    touched(session, draft, "blueprint.edit", actor=actor, now=now, details={"act": "head"})


def add_core(session: Session, draft: Blueprint, head: CoreHead, *, actor: Actor, now: datetime) -> CoreCompetency:
    """A further core competency, at the end."""
    require_draft(session, draft, code=head.code)
    core = CoreCompetency(position=_end(draft.cores), **head.model_dump(include=set(CoreHead.model_fields)))
    draft.cores.append(core)
    _wrote(session, core, "add", actor=actor, now=now)
    return core


def add_competency(
    session: Session, core: CoreCompetency, head: CompetencyHead, *, actor: Actor, now: datetime
) -> Competency:
    """A further competency of a core competency, at the end."""
    require_draft(session, core.blueprint, code=head.code)
    fields = head.model_dump(include=set(CompetencyHead.model_fields))
    competency = Competency(position=_end(core.competencies), **fields)
    core.competencies.append(competency)
    _wrote(session, competency, "add", actor=actor, now=now)
    return competency


def add_indicator(
    session: Session, competency: Competency, text: IndicatorText, *, actor: Actor, now: datetime
) -> Indicator:
    """A further indicator of a competency, at the end."""
    require_draft(session, competency.core.blueprint, code=text.code)
    indicator = Indicator(position=_end(competency.indicators), **_columns(text))
    competency.indicators.append(indicator)
    _wrote(session, indicator, "add", actor=actor, now=now)
    return indicator


def change_core(
    session: Session, core: CoreCompetency, head: CoreHead, *, seen: str, actor: Actor, now: datetime
) -> None:
    """Other words for a core competency."""
    _require_unchanged(session, core, code=head.code, seen=seen)
    core.code, core.title, core.regulation = head.code, head.title, head.regulation
    _wrote(session, core, "change", actor=actor, now=now)


def change_competency(
    session: Session,
    competency: Competency,
    head: CompetencyHead,
    *,
    core: CoreCompetency,
    seen: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Other words or another core competency for a competency."""
    _require_unchanged(session, competency, code=head.code, seen=seen)
    for name in CompetencyHead.model_fields:
        setattr(competency, name, getattr(head, name))
    if core is not competency.core:
        competency.position = _end(core.competencies)
        competency.core = core
    _wrote(session, competency, "change", actor=actor, now=now)


def change_indicator(
    session: Session,
    indicator: Indicator,
    text: IndicatorText,
    *,
    competency: Competency,
    seen: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Other words, another level or another competency for an indicator."""
    _require_unchanged(session, indicator, code=text.code, seen=seen)
    for name, value in _columns(text).items():
        setattr(indicator, name, value)
    if competency is not indicator.competency:
        indicator.position = _end(competency.indicators)
        indicator.competency = competency
    _wrote(session, indicator, "change", actor=actor, now=now)


def remove_part(session: Session, part: Part, *, actor: Actor, now: datetime) -> None:
    """Take a part away: nothing may stand below it, and no live item or open task may hang on an indicator."""
    require_draft(session, plan_of(part))
    if not isinstance(part, Indicator) and below(part):
        raise PartNotEmpty(part=part.code)
    if isinstance(part, Indicator):
        refuse_in_use(session, part)
    plan = plan_of(part)
    touched(session, plan, "blueprint.edit", actor=actor, now=now, details={"act": "remove", "part": part.code})
    session.delete(part)
    session.flush()
    session.expire_all()


def move_part(session: Session, part: Part, *, earlier: bool, actor: Actor, now: datetime) -> None:
    """Change places with the part before or after it; at the end of the row nothing happens."""
    require_draft(session, plan_of(part))
    row = sorted(beside(part), key=lambda each: each.position)
    place = row.index(part)
    other = place - 1 if earlier else place + 1
    if 0 <= other < len(row):
        row[place], row[other] = row[other], row[place]
        for position, each in enumerate(row, start=1):
            each.position = position
        _wrote(session, part, "move", actor=actor, now=now)
        session.expire_all()


# Rules ------------------------------------------------------------------------------------------------------------


def require_draft(session: Session, blueprint: Blueprint, *, code: str | None = None) -> None:
    """Refuse a change of a published version, and a new part under a code that another part bears."""
    session.refresh(blueprint, ["state"], with_for_update=True)  # two editors take turns
    if blueprint.state is not BlueprintState.DRAFT:
        raise BlueprintFixed(blueprint=blueprint.code, version=blueprint.version)
    if code is not None and code in {part.code for part in parts_of(blueprint)}:
        raise PartCodeTaken(part=code)


def refuse_in_use(session: Session, indicator: Indicator) -> None:
    """Refuse to give up an indicator that people still work on."""
    n_items = live_items(session, [indicator.lineage])[indicator.lineage]
    of_lineage = Indicator.lineage == indicator.lineage, WritingTask.ended_at.is_(None)
    n_tasks = session.scalar(select(func.count(WritingTask.id)).join(WritingTask.indicator).where(*of_lineage)) or 0
    if n_items or n_tasks:
        raise IndicatorInUse(indicator=indicator.code, n_items=n_items, n_tasks=n_tasks)


def seen_of(part: Part | Blueprint) -> str:
    """What a form says that its writer saw: a digest of the fields and of the place in the tree."""
    if isinstance(part, Blueprint):
        fields: list[object] = [part.title, part.subject, part.levels, part.section.value, part.n_options]
    elif isinstance(part, CoreCompetency):
        fields = [part.code, part.title, part.regulation]
    elif isinstance(part, Competency):
        fields = [part.core_id, part.code, part.source_code, part.regulation, part.weight, part.title]
    else:
        fields = [part.competency_id, part.code, part.source_code, part.bloom.value, part.text]
    return _digest(fields)


def seen_whole(blueprint: Blueprint) -> str:
    """The same for a whole draft: what its publisher read."""
    return _digest([seen_of(blueprint), *([type(part).__name__, seen_of(part)] for part in parts_of(blueprint))])


def parts_of(blueprint: Blueprint) -> list[Part]:
    """Every part of a blueprint."""
    return [*blueprint.cores, *competencies_of(blueprint), *indicators_of(blueprint)]


def plan_of(part: Part) -> Blueprint:
    """The blueprint of a part."""
    if isinstance(part, CoreCompetency):
        return part.blueprint
    return part.core.blueprint if isinstance(part, Competency) else part.competency.core.blueprint


def below(part: CoreCompetency | Competency) -> Sequence[Part]:
    """What stands under a part."""
    return part.competencies if isinstance(part, CoreCompetency) else part.indicators


def beside(part: Part) -> Sequence[Part]:
    """The row in which a part stands."""
    if isinstance(part, CoreCompetency):
        return part.blueprint.cores
    return part.core.competencies if isinstance(part, Competency) else part.competency.indicators


# Writing down -----------------------------------------------------------------------------------------------------


def touched(
    session: Session, blueprint: Blueprint, action: str, *, actor: Actor, now: datetime, details: Document | None = None
) -> None:
    """One audit event about a version of a blueprint, and the time of its last change."""
    blueprint.changed_at = now
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="blueprint",
        subject=blueprint.public_id,
        at=now,
        details={"code": blueprint.code, "version": blueprint.version, **(details or {})},
    )


def _wrote(session: Session, part: Part, act: str, *, actor: Actor, now: datetime) -> None:
    session.flush()
    details: Document = {"act": act, "part": part.code, "kind": type(part).__name__}
    touched(session, plan_of(part), "blueprint.edit", actor=actor, now=now, details=details)


def _require_unchanged(session: Session, part: Part, *, code: str, seen: str) -> None:
    require_draft(session, plan_of(part), code=None if code == part.code else code)
    session.refresh(part)
    if seen != seen_of(part):
        raise PartChangedMeanwhile(part=part.code)


def _columns(text: IndicatorText) -> Document:
    return {"code": text.code, "source_code": text.source_code, "bloom": Bloom(text.bloom), "text": text.text}


def _end(row: Sequence[Part]) -> int:
    return max((part.position for part in row), default=0) + 1


def _digest(fields: list[object]) -> str:
    canonical = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:24]
