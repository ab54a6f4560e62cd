"""Lists of the bank, narrowed to what somebody is looking for."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from itembank.model import Blueprint, Competency, Indicator, Item, ItemOption, ItemVersion
from itembank.queries.cells import with_blueprint
from itembank.states import ItemState


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
    statement = with_blueprint(select(*columns).join(ItemVersion.item)).where(*_conditions(wanted))
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
