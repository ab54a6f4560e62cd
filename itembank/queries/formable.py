"""What a form may take, with the cell of the blueprint that each version fills."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.model import Blueprint, BlueprintState, Competency, CoreCompetency, Indicator, Item, ItemVersion, Section
from itembank.queries.cells import with_blueprint
from itembank.states import ItemState

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

    Items whose indicator changed cover no cell until somebody looked at them, so only blueprints in force count.

    Where they are, a demo version is the only one of its indicator: what was planted for a show must come to be shown.
    """
    columns = (ItemVersion.id, Item.id, Item.code, Blueprint.code, Blueprint.section)
    cells = (CoreCompetency.code, Competency.code, Indicator.code, ItemVersion.key_position)
    statement = with_blueprint(select(*columns, *cells).join(ItemVersion.item)).where(
        Blueprint.code.in_(blueprints),
        Blueprint.state == BlueprintState.PUBLISHED,
        ItemVersion.state.in_(states),
    )
    demo = (ItemVersion.demo_only, ItemVersion.state.in_(states))
    planted = select(Item.indicator_id).join(Item.versions).where(*demo)
    fits = ItemVersion.demo_only | Item.indicator_id.not_in(planted) if allow_demo else ItemVersion.demo_only.is_(False)
    statement = statement.where(fits)
    rows = session.execute(statement.order_by(Item.code, ItemVersion.number))
    latest = {row[1]: EligibleVersion(*row) for row in rows}
    return list(latest.values())
