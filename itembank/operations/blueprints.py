"""Brings blueprints into the bank, and finds indicators in the versions that are in force."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.model import (
    Blueprint,
    BlueprintState,
    Competency,
    CoreCompetency,
    Indicator,
    Section,
)
from itembank.operations.blueprint_drafts import import_blueprint
from itembank.operations.blueprint_parts import seen_whole
from itembank.operations.blueprint_trees import tree_of
from itembank.operations.errors import BlueprintExists, IndicatorUnknown
from itembank.operations.publishing import publish
from itembank.plantext import BlueprintText
from registry import audit
from registry.actor import Actor
from registry.columns import Document


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
