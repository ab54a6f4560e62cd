"""What people look up in the bank: lists, the page of an item, the coverage of a blueprint, what a form may take."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from itembank.model import (
    Blueprint,
    Competency,
    CoreCompetency,
    FormSpecification,
    Indicator,
    Item,
    ItemOption,
    ItemPicture,
    ItemStatistics,
    ItemVersion,
    Section,
)
from itembank.states import ItemState
from registry.model import AuditEvent

_Columns = TypeVarTuple("_Columns")

# Lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ItemFilter:
    """What a list of items is narrowed to; codes as in the blueprint."""

    blueprint: str | None = None
    competency: str | None = None
    indicator: str | None = None
    state: ItemState | None = None
    text: str | None = None  # anywhere in item code, stem, options or indicator
    demo_only: bool | None = None


@dataclass(frozen=True)
class ItemRow:
    """One version in a list."""

    public_id: uuid.UUID
    item_code: str
    number: int
    state: ItemState
    changed_at: datetime
    demo_only: bool
    stem: str
    blueprint: str
    competency: str
    indicator: str
    indicator_text: str
    bloom: str


def find_items(session: Session, wanted: ItemFilter) -> list[ItemRow]:
    """The versions that a filter lets through, by blueprint and item; those that a revision ended only on request."""
    columns = (ItemVersion, Item.code, Indicator, Competency.code, Blueprint.code)
    statement = _with_blueprint(select(*columns).join(ItemVersion.item)).where(*_conditions(wanted))
    rows = session.execute(statement.order_by(Blueprint.code, Item.code, ItemVersion.number))
    return [_item_row(*row) for row in rows]


def _item_row(version: ItemVersion, code: str, indicator: Indicator, competency: str, blueprint: str) -> ItemRow:
    return ItemRow(
        public_id=version.public_id,
        item_code=code,
        number=version.number,
        state=version.state,
        changed_at=version.changed_at,
        demo_only=version.demo_only,
        stem=version.stem,
        blueprint=blueprint,
        competency=competency,
        indicator=indicator.code,
        indicator_text=indicator.text,
        bloom=indicator.bloom.value,
    )


def _with_blueprint(statement: Select[*_Columns]) -> Select[*_Columns]:
    return (
        statement.join(Item.indicator).join(Indicator.competency).join(Competency.core).join(CoreCompetency.blueprint)
    )


def _conditions(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    # A revision always opens the next version, so the versions that no revision ended are the current ones.
    shown = ItemVersion.state == wanted.state if wanted.state else ItemVersion.state != ItemState.REVISION
    equal = (
        (Blueprint.code, wanted.blueprint),
        (Competency.code, wanted.competency),
        (Indicator.code, wanted.indicator),
        (ItemVersion.demo_only, wanted.demo_only),
    )
    conditions = [shown, *(column == value for column, value in equal if value is not None)]
    return [*conditions, _holds(wanted.text.strip())] if wanted.text and wanted.text.strip() else conditions


def _holds(text: str) -> ColumnElement[bool]:
    in_options = select(ItemOption.version_id).where(ItemOption.text.icontains(text, autoescape=True))
    columns = (Item.code, ItemVersion.stem, Indicator.code, Indicator.text)
    return or_(*(column.icontains(text, autoescape=True) for column in columns), ItemVersion.id.in_(in_options))


# One item ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ItemPage:
    """All that the page of a version shows; options, pictures and reviews hang on the version."""

    version: ItemVersion
    item: Item
    indicator: Indicator
    competency: Competency
    core: CoreCompetency
    blueprint: Blueprint
    versions: tuple[ItemVersion, ...]  # of the item, the newest first
    statistics: tuple[ItemStatistics, ...]  # of this version with their curations, the newest first
    history: tuple[AuditEvent, ...]  # of this version, the oldest first


def item_page(session: Session, public_id: uuid.UUID) -> ItemPage | None:
    """The page of one version; None when there is no such version."""
    version = session.scalar(
        select(ItemVersion)
        .where(ItemVersion.public_id == public_id)
        .options(
            selectinload(ItemVersion.options),
            selectinload(ItemVersion.reviews),
            selectinload(ItemVersion.pictures).selectinload(ItemPicture.media),
        )
        .execution_options(populate_existing=True)
    )
    if version is None:
        return None
    indicator = version.item.indicator
    return ItemPage(
        version=version,
        item=version.item,
        indicator=indicator,
        competency=indicator.competency,
        core=indicator.competency.core,
        blueprint=indicator.competency.core.blueprint,
        versions=tuple(versions_of(session, version.item)),
        statistics=tuple(statistics_of(session, version)),
        history=tuple(history_of(session, version)),
    )


def versions_of(session: Session, item: Item) -> list[ItemVersion]:
    """All versions of an item, the newest first."""
    statement = select(ItemVersion).where(ItemVersion.item_id == item.id).order_by(ItemVersion.number.desc())
    return list(session.scalars(statement))


def version_by_public_id(session: Session, public_id: uuid.UUID) -> ItemVersion | None:
    """The version that a page or a form names."""
    return session.scalar(select(ItemVersion).where(ItemVersion.public_id == public_id))


def item_by_code(session: Session, code: str) -> Item | None:
    """The item of this code."""
    return session.scalar(select(Item).where(Item.code == code))


def statistics_of(session: Session, version: ItemVersion) -> list[ItemStatistics]:
    """What administrations said of a version, the newest first."""
    statement = (
        select(ItemStatistics)
        .where(ItemStatistics.version_id == version.id)
        .options(selectinload(ItemStatistics.curation))
        .order_by(ItemStatistics.computed_at.desc(), ItemStatistics.id.desc())
    )
    return list(session.scalars(statement))


def statistics_by_public_id(session: Session, public_id: uuid.UUID) -> ItemStatistics | None:
    """The verdict that a psychometrician decides on."""
    return session.scalar(select(ItemStatistics).where(ItemStatistics.public_id == public_id))


def administration_statistics(session: Session, administration: uuid.UUID) -> list[ItemStatistics]:
    """The newest verdict on each version of one administration, by item code."""
    statement = (
        select(ItemStatistics)
        .join(ItemStatistics.version)
        .join(ItemVersion.item)
        .where(ItemStatistics.administration == administration)
        .options(selectinload(ItemStatistics.curation), selectinload(ItemStatistics.version))
        .order_by(Item.code, ItemVersion.number, ItemStatistics.id)
    )
    return list({found.version_id: found for found in session.scalars(statement)}.values())


def history_of(session: Session, version: ItemVersion) -> list[AuditEvent]:
    """What staff did with a version, the oldest act first."""
    statement = select(AuditEvent).where(AuditEvent.subject == str(version.public_id)).order_by(AuditEvent.id)
    return list(session.scalars(statement))


# Blueprints and their coverage ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoverageRow:
    """How many versions an indicator or a competency has in each state."""

    core: str
    competency: str
    indicator: str | None  # none: the whole competency
    title: str
    counts: Counter[ItemState]

    @property
    def n_usable(self) -> int:
        """Versions that some form may take."""
        return sum(self.counts[state] for state in TRYOUT_STATES)


def blueprints(session: Session) -> list[Blueprint]:
    """The newest version of every blueprint, by code."""
    found = session.scalars(select(Blueprint).order_by(Blueprint.code, Blueprint.version))
    return list({blueprint.code: blueprint for blueprint in found}.values())


def blueprint_by_code(session: Session, code: str) -> Blueprint | None:
    """The newest version of a blueprint with its whole tree."""
    return session.scalar(
        select(Blueprint)
        .where(Blueprint.code == code)
        .order_by(Blueprint.version.desc())
        .limit(1)
        .options(
            selectinload(Blueprint.cores).selectinload(CoreCompetency.competencies).selectinload(Competency.indicators)
        )
    )


def form_specifications(session: Session) -> list[FormSpecification]:
    """All ways in which forms are put together, by code."""
    return list(session.scalars(select(FormSpecification).order_by(FormSpecification.code)))


def form_specification(session: Session, code: str) -> FormSpecification | None:
    """One way of putting a form together."""
    return session.scalar(select(FormSpecification).where(FormSpecification.code == code))


def coverage_by_indicator(session: Session, blueprint: Blueprint) -> list[CoverageRow]:
    """What the bank holds for each indicator, empty ones included; demo versions do not count."""
    rows = session.execute(
        select(Item.indicator_id, ItemVersion.state)
        .join(ItemVersion.item)
        .where(ItemVersion.demo_only.is_(False), ItemVersion.state != ItemState.REVISION)
    )
    counted = Counter((indicator, state) for indicator, state in rows)
    return [
        CoverageRow(
            core=core.code,
            competency=competency.code,
            indicator=indicator.code,
            title=indicator.text,
            counts=Counter(
                {state: counted[indicator.id, state] for state in ItemState if counted[indicator.id, state]}
            ),
        )
        for core in blueprint.cores
        for competency in core.competencies
        for indicator in competency.indicators
    ]


def coverage_by_competency(session: Session, blueprint: Blueprint) -> list[CoverageRow]:
    """What the bank holds for each competency: the sum over its indicators."""
    rows = coverage_by_indicator(session, blueprint)
    return [
        CoverageRow(
            core=core.code,
            competency=competency.code,
            indicator=None,
            title=competency.title,
            counts=_sum(row.counts for row in rows if row.competency == competency.code),
        )
        for core in blueprint.cores
        for competency in core.competencies
    ]


def _sum(counts: Iterable[Counter[ItemState]]) -> Counter[ItemState]:
    total: Counter[ItemState] = Counter()
    for count in counts:
        total.update(count)
    return total


# What a form may take ---------------------------------------------------------------------------------------------

TRYOUT_STATES = frozenset({ItemState.APPROVED, ItemState.PRETEST, ItemState.OPERATIONAL})
OPERATIONAL_STATES = frozenset({ItemState.OPERATIONAL})


@dataclass(frozen=True)
class EligibleVersion:
    """A version that a form may take, with the cell of the blueprint that it fills."""

    version_id: int
    item_id: int
    item_code: str
    blueprint: str
    section: Section
    core: str
    competency: str
    indicator: str
    key_position: int


def eligible_versions(
    session: Session, *, blueprints: Collection[str], states: Collection[ItemState], allow_demo: bool
) -> list[EligibleVersion]:
    """The latest version of each item that stands in one of the states; demo versions only where they are allowed.

    Where they are, a demo version is the only one of its indicator: what was planted for a show must come to be shown.
    """
    columns = (ItemVersion.id, Item.id, Item.code, Blueprint.code, Blueprint.section)
    cells = (CoreCompetency.code, Competency.code, Indicator.code, ItemVersion.key_position)
    statement = _with_blueprint(select(*columns, *cells).join(ItemVersion.item)).where(
        and_(Blueprint.code.in_(blueprints), ItemVersion.state.in_(states)),
    )
    demo = (ItemVersion.demo_only, ItemVersion.state.in_(states))
    planted = select(Item.indicator_id).join(Item.versions).where(*demo)
    fits = ItemVersion.demo_only | Item.indicator_id.not_in(planted) if allow_demo else ItemVersion.demo_only.is_(False)
    statement = statement.where(fits)
    rows = session.execute(statement.order_by(Item.code, ItemVersion.number))
    latest = {row[1]: EligibleVersion(*row) for row in rows}
    return list(latest.values())
