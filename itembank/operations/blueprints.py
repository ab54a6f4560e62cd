"""Brings blueprints and form specifications into the bank, and finds indicators in the versions that are in force."""

from datetime import date, datetime
from math import ceil, floor

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.model import (
    Blueprint,
    BlueprintState,
    Competency,
    CoreCompetency,
    FormSpecification,
    Indicator,
    Section,
)
from itembank.operations.blueprint_drafts import import_blueprint
from itembank.operations.blueprint_parts import seen_whole
from itembank.operations.blueprint_trees import tree_of
from itembank.operations.errors import BlueprintExists, IndicatorUnknown, SpecificationExists
from itembank.operations.publishing import publish
from itembank.plan_changes import competencies_of
from itembank.plantext import BlueprintText, FormSectionText, FormText
from itembank.weights import allocation
from registry import audit
from registry.actor import Actor
from registry.columns import Document

# How often a position may be the key, as parts of an even share: as in the shipped specifications.
KEY_BALANCE = (0.8, 1.2)


def load_blueprint(session: Session, text: BlueprintText, *, actor: Actor, now: datetime) -> Blueprint:
    """Put the blueprint of a file in force; a higher version of one that the bank has replaces that, as on its page."""
    before = blueprint_of(session, code=text.code)
    if blueprint_of(session, code=text.code, version=text.version) or (before and before.version > text.version):
        raise BlueprintExists(blueprint=text.code, version=text.version)
    if before is not None:
        draft = import_blueprint(session, text, version=text.version, actor=actor, now=now)
        publish(session, draft, seen=seen_whole(draft), actor=actor, now=now)
        return draft
    blueprint = Blueprint(
        code=text.code,
        version=text.version,
        title=text.title,
        subject=text.subject,
        levels=list(text.levels),
        section=Section(text.section),
        n_options=text.n_options,
        cores=tree_of(text),
    )
    session.add(blueprint)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="blueprint.load",
        subject_kind="blueprint",
        subject=blueprint.public_id,
        at=now,
        details={"code": text.code, "version": text.version},
    )
    return blueprint


def set_target(
    session: Session, blueprint: Blueprint, *, target: int, target_on: date | None, actor: Actor, now: datetime
) -> None:
    """Say how many usable items each indicator should have, and by when; a wish for the writers, not content."""
    blueprint.target, blueprint.target_on = target, target_on
    session.flush()
    details: Document = {"code": blueprint.code, "target": target, "on": target_on.isoformat() if target_on else None}
    audit.record(
        session,
        actor=actor,
        action="blueprint.set-target",
        subject_kind="blueprint",
        subject=blueprint.public_id,
        at=now,
        details=details,
    )


def plan_forms(
    session: Session,
    blueprint: Blueprint,
    *,
    code: str,
    title: str,
    n_items: int,
    duration_minutes: int,
    pass_percent: int,
    actor: Actor,
    now: datetime,
) -> FormSpecification:
    """A way of putting forms together from one blueprint: its competencies get their items by weight."""
    section = FormSectionText(
        code=blueprint.section.value,
        title=blueprint.title,
        blueprint=blueprint.code,
        n_items=n_items,
        allocation=allocation(competencies_of(blueprint), n_items=n_items),
    )
    text = FormText(
        code=code,
        title=title,
        n_items=n_items,
        pass_percent=pass_percent,
        duration_minutes=duration_minutes,
        key_position_min=floor(KEY_BALANCE[0] * n_items / blueprint.n_options),
        key_position_max=ceil(KEY_BALANCE[1] * n_items / blueprint.n_options),
        sections=(section,),
    )
    return load_form_specification(session, text, actor=actor, now=now)


def load_form_specification(session: Session, text: FormText, *, actor: Actor, now: datetime) -> FormSpecification:
    """Add a way of putting forms together."""
    if session.scalar(select(FormSpecification.id).where(FormSpecification.code == text.code)) is not None:
        raise SpecificationExists(specification=text.code)
    specification = FormSpecification(
        **text.model_dump(exclude={"sections"}),
        sections=[section.model_dump(mode="json", exclude_none=True) for section in text.sections],
    )
    session.add(specification)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="form_specification.load",
        subject_kind="form_specification",
        subject=specification.public_id,
        at=now,
        details={"code": text.code},
    )
    return specification


def blueprint_of(session: Session, *, code: str, version: int | None = None) -> Blueprint | None:
    """The blueprint of this code: the version in force unless another is named."""
    query = select(Blueprint).where(Blueprint.code == code)
    in_force = Blueprint.state == BlueprintState.PUBLISHED
    return session.scalar(query.where(in_force if version is None else Blueprint.version == version))


def indicator_of(session: Session, *, blueprint: str, code: str) -> Indicator:
    """The indicator of this code in the version of a blueprint that is in force."""
    indicator = session.scalar(
        select(Indicator)
        .join(Indicator.competency)
        .join(Competency.core)
        .join(CoreCompetency.blueprint)
        .where(Blueprint.code == blueprint, Indicator.code == code, Blueprint.state == BlueprintState.PUBLISHED)
    )
    if indicator is None:
        raise IndicatorUnknown(blueprint=blueprint, indicator=code)
    return indicator
