"""Blueprints with their versions, the cells of the one in force, and the items that a new version left behind."""

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, load_only, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from itembank.coverage import LIVE_STATES, Counts
from itembank.model import (
    Bloom,
    Blueprint,
    BlueprintState,
    Competency,
    CoreCompetency,
    Indicator,
    Item,
    ItemVersion,
)
from itembank.plantext import BlueprintText
from itembank.queries.cells import with_blueprint
from itembank.states import ItemState
from registry.model import AuditEvent

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch

# Versions ---------------------------------------------------------------------------------------------------------


def blueprint_versions(session: Session) -> dict[str, list[Blueprint]]:
    """Every blueprint by its code with all its versions, the newest first."""
    found = session.scalars(select(Blueprint).order_by(Blueprint.code, Blueprint.version.desc()))
    versions: dict[str, list[Blueprint]] = defaultdict(list)
    for blueprint in found:
        versions[blueprint.code].append(blueprint)
    return dict(versions)


def blueprint_by_public_id(session: Session, public_id: uuid.UUID) -> Blueprint | None:
    """One version with its whole tree."""
    return session.scalar(select(Blueprint).where(Blueprint.public_id == public_id).options(whole_tree()))


def published(session: Session, code: str) -> Blueprint | None:
    """The version that is in force, with its whole tree."""
    in_force = Blueprint.code == code, Blueprint.state == BlueprintState.PUBLISHED
    return session.scalar(select(Blueprint).where(*in_force).options(whole_tree()))


def all_published(session: Session) -> list[Blueprint]:
    """Every blueprint in force with its whole tree, by code."""
    in_force = Blueprint.state == BlueprintState.PUBLISHED
    return list(session.scalars(select(Blueprint).where(in_force).order_by(Blueprint.code).options(whole_tree())))


def draft_of(session: Session, code: str) -> Blueprint | None:
    """The version that is being edited."""
    return session.scalar(select(Blueprint).where(Blueprint.code == code, Blueprint.state == BlueprintState.DRAFT))


def version_before(session: Session, blueprint: Blueprint) -> Blueprint | None:
    """The published version that this one follows, with its whole tree."""
    earlier = Blueprint.code == blueprint.code, Blueprint.version < blueprint.version
    statement = select(Blueprint).where(*earlier, Blueprint.state != BlueprintState.DRAFT)
    return session.scalar(statement.order_by(Blueprint.version.desc()).limit(1).options(whole_tree()))


def indicator_by_public_id(session: Session, public_id: uuid.UUID) -> Indicator | None:
    """The indicator that a page or a form names."""
    return session.scalar(select(Indicator).where(Indicator.public_id == public_id))


def whole_tree() -> ORMOption:
    """Loads a blueprint with everything under it in four statements."""
    competencies = selectinload(Blueprint.cores).selectinload(CoreCompetency.competencies)
    return competencies.selectinload(Competency.indicators)


def text_of_blueprint(blueprint: Blueprint) -> BlueprintText:
    """A version as its file holds it; an unfinished one is refused with a `ValidationError`."""
    head = ("code", "title", "subject", "levels", "n_options", "version")
    return BlueprintText.model_validate(
        {name: getattr(blueprint, name) for name in head}
        | {"section": blueprint.section.value, "cores": tuple(_core(core) for core in blueprint.cores)}
    )


def _core(core: CoreCompetency) -> dict[str, object]:
    competencies = tuple(_competency(competency) for competency in core.competencies)
    return {"code": core.code, "title": core.title, "regulation": core.regulation, "competencies": competencies}


def _competency(competency: Competency) -> dict[str, object]:
    names = ("code", "source_code", "regulation", "weight", "title")
    indicators = tuple(_indicator(indicator) for indicator in competency.indicators)
    return {name: getattr(competency, name) for name in names} | {"indicators": indicators}


def _indicator(indicator: Indicator) -> dict[str, object]:
    names = ("code", "source_code", "text")
    return {name: getattr(indicator, name) for name in names} | {"bloom": indicator.bloom.value}


# Cells ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """An indicator of the version in force with the items that cover it."""

    indicator: uuid.UUID
    code: str
    text: str
    bloom: Bloom
    competency: str
    competency_title: str
    core: str
    counts: Counts


def cells_of(session: Session, blueprint: Blueprint) -> list[Cell]:
    """All cells of a blueprint in its order, empty ones included; demo versions do not count."""
    counted = _counted(session, Blueprint.id == blueprint.id)
    return [
        Cell(
            indicator=indicator.public_id,
            code=indicator.code,
            text=indicator.text,
            bloom=indicator.bloom,
            competency=competency.code,
            competency_title=competency.title,
            core=core.code,
            counts=Counts(counted.get(indicator.id, {})),
        )
        for core in blueprint.cores
        for competency in core.competencies
        for indicator in competency.indicators
    ]


def _counted(session: Session, *wanted: ColumnElement[bool]) -> Mapping[int, Mapping[ItemState, int]]:
    number = func.count(ItemVersion.id)
    statement = with_blueprint(select(Item.indicator_id, ItemVersion.state, number).join(ItemVersion.item))
    current = ItemVersion.demo_only.is_(False), ItemVersion.state != ItemState.REVISION
    rows = session.execute(statement.where(*wanted, *current).group_by(Item.indicator_id, ItemVersion.state))
    counted: dict[int, dict[ItemState, int]] = defaultdict(dict)
    for indicator, state, n_versions in rows:
        counted[indicator][state] = n_versions
    return counted


def key_positions(session: Session, blueprint: Blueprint) -> dict[uuid.UUID, Counter[int]]:
    """How often each position is the key among the live items of each indicator (by its public id)."""
    statement = select(Indicator.public_id, ItemVersion.key_position, func.count(ItemVersion.id))
    live = ItemVersion.demo_only.is_(False), ItemVersion.state.in_(LIVE_STATES), Blueprint.id == blueprint.id
    rows = session.execute(
        with_blueprint(statement.join(ItemVersion.item))
        .where(*live)
        .group_by(Indicator.public_id, ItemVersion.key_position)
    )
    counted: dict[uuid.UUID, Counter[int]] = defaultdict(Counter)
    for indicator, position, number in rows:
        counted[indicator][position] = number
    return counted


def live_items(
    session: Session, lineages: Collection[uuid.UUID], *, covering: Blueprint | None = None
) -> Counter[uuid.UUID]:
    """How many items may still come to use for each lineage of indicators, whichever version they hang on.

    With `covering`, only those that hang on that version of the blueprint.
    """
    statement = with_blueprint(select(Indicator.lineage, func.count(ItemVersion.id)).join(ItemVersion.item))
    statement = statement if covering is None else statement.where(Blueprint.id == covering.id)
    rows = session.execute(
        statement.where(Indicator.lineage.in_(lineages), ItemVersion.demo_only.is_(False))
        .where(ItemVersion.state.in_(LIVE_STATES))
        .group_by(Indicator.lineage)
    )
    return Counter({lineage: number for lineage, number in rows})  # noqa: C416 - Counter(rows) would count pairs


def items_of_cell(session: Session, indicator: Indicator) -> list[ItemVersion]:
    """The current versions of the items of a cell, retired ones included, by code."""
    statement = (
        select(ItemVersion)
        .join(ItemVersion.item)
        .where(Item.indicator_id == indicator.id, ItemVersion.demo_only.is_(False))
        .where(ItemVersion.state != ItemState.REVISION)
        .options(selectinload(ItemVersion.item), selectinload(ItemVersion.author))
        .order_by(Item.code)
    )
    return list(session.scalars(statement))


def approvals_since(session: Session, blueprint: Blueprint, since: datetime) -> list[datetime]:
    """When items of a blueprint were approved lately, for the pace of a campaign."""
    approved = select(AuditEvent.subject, AuditEvent.at)
    approved = approved.where(AuditEvent.action == "item.approve", AuditEvent.at >= since)
    # A journal that somebody tampered with must still be readable, whatever stands in it.
    events = {uuid.UUID(subject): at for subject, at in session.execute(approved) if _UUID(subject)}
    of_blueprint = with_blueprint(select(ItemVersion.public_id).join(ItemVersion.item))
    found = session.scalars(
        of_blueprint.where(Blueprint.code == blueprint.code, ItemVersion.public_id.in_(list(events)))
    )
    return sorted(events[version] for version in found)


# Items to look at again -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recheck:
    """An item whose indicator changed: it covers no cell until somebody has looked at it."""

    version: ItemVersion
    item: Item
    old: Indicator  # what it was written for
    new: Indicator | None  # what the version in force says; none: it left the blueprint


def rechecks(session: Session, *, code: str | None = None) -> list[Recheck]:
    """The items to look at again, of one blueprint if asked, by code."""
    waiting = Blueprint.state == BlueprintState.REPLACED, ItemVersion.state.in_(LIVE_STATES)
    statement = with_blueprint(select(ItemVersion, Item, Indicator).join(ItemVersion.item))
    statement = statement.where(*waiting, ItemVersion.demo_only.is_(False))
    statement = statement if code is None else statement.where(Blueprint.code == code)
    up = selectinload(Indicator.competency).selectinload(Competency.core).selectinload(CoreCompetency.blueprint)
    version = load_only(ItemVersion.public_id, ItemVersion.number, ItemVersion.state, ItemVersion.stem)
    rows = session.execute(statement.options(up, version).order_by(Blueprint.code, Item.code)).all()
    successors = _in_force(session, {indicator.lineage for _version, _item, indicator in rows})
    return [Recheck(version, item, old, successors.get(old.lineage)) for version, item, old in rows]


def n_rechecks(session: Session) -> Counter[str]:
    """How many items wait to be looked at again, by the code of their blueprint."""
    statement = with_blueprint(select(Blueprint.code, func.count(ItemVersion.id)).join(ItemVersion.item))
    waiting = Blueprint.state == BlueprintState.REPLACED, ItemVersion.state.in_(LIVE_STATES)
    rows = session.execute(statement.where(*waiting, ItemVersion.demo_only.is_(False)).group_by(Blueprint.code))
    return Counter({code: number for code, number in rows})  # noqa: C416 - Counter(rows) would count pairs


def successor(session: Session, indicator: Indicator) -> Indicator | None:
    """The same indicator on the version in force."""
    return _in_force(session, {indicator.lineage}).get(indicator.lineage)


def _in_force(session: Session, lineages: Collection[uuid.UUID]) -> dict[uuid.UUID, Indicator]:
    plan = aliased(Blueprint)
    statement = (
        select(Indicator)
        .join(Indicator.competency)
        .join(Competency.core)
        .join(plan, CoreCompetency.blueprint_id == plan.id)
        .where(Indicator.lineage.in_(lineages), plan.state == BlueprintState.PUBLISHED)
        .options(
            selectinload(Indicator.competency).selectinload(Competency.core).selectinload(CoreCompetency.blueprint)
        )
    )
    return {indicator.lineage: indicator for indicator in session.scalars(statement)}
