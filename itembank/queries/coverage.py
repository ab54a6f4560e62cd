"""Blueprints, and what the bank holds for each of their indicators."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from itembank.model import Blueprint, BlueprintState, Competency, CoreCompetency, FormSpecification, Item, ItemVersion
from itembank.queries.formable import TRYOUT_STATES
from itembank.states import ItemState


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
    """The version in force of every blueprint, by code."""
    in_force = Blueprint.state == BlueprintState.PUBLISHED
    return list(session.scalars(select(Blueprint).where(in_force).order_by(Blueprint.code)))


def blueprint_by_code(session: Session, code: str) -> Blueprint | None:
    """The version of a blueprint that is in force, with its whole tree."""
    return session.scalar(
        select(Blueprint)
        .where(Blueprint.code == code, Blueprint.state == BlueprintState.PUBLISHED)
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
