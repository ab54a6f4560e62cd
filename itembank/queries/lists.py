"""Lists of the bank, narrowed to what somebody is looking for."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, SQLColumnExpression, Subquery, func, literal, select
from sqlalchemy.orm import Session, aliased

from itembank import search_index
from itembank.model import Bloom, Blueprint, Competency, Indicator, Item, ItemStatistics, ItemVersion
from itembank.queries.cells import with_blueprint
from itembank.searching import Search
from itembank.states import ItemState
from itembank.textformat import LETTERS
from registry.model import Account


@dataclass(frozen=True)
class Span:
    """From where to where a number may lie, both ends included; none: no limit on that side."""

    low: float | None = None
    high: float | None = None

    def holds(self, column: SQLColumnExpression[Any]) -> list[ColumnElement[bool]]:
        """The conditions for a column."""
        found = [column >= self.low] if self.low is not None else []
        return found + ([column <= self.high] if self.high is not None else [])


@dataclass(frozen=True)
class ItemFilter:
    """What a list of items is narrowed to; codes as in the blueprint."""

    blueprint: str | None = None
    competency: str | None = None
    indicator: str | None = None
    bloom: Bloom | None = None
    state: ItemState | None = None
    text: str | None = None  # words of the code, the stem, the options or the explanation
    demo_only: bool | None = None
    key_position: int | None = None
    author: uuid.UUID | None = None
    is_shipped: bool = False  # only what comes with the product
    difficulty: Span = field(default_factory=Span)  # of the latest statistics
    discrimination: Span = field(default_factory=Span)
    exposure: Span = field(default_factory=Span)  # candidates who met the item, in whichever version
    created_from: datetime | None = None
    created_before: datetime | None = None

    @cached_property
    def search(self) -> Search:
        """The words to look for."""
        return Search.parse(self.text or "")


@dataclass(frozen=True)
class ItemRow:
    """One version in a list."""

    public_id: uuid.UUID
    item_code: str
    number: int
    state: ItemState
    changed_at: datetime
    created_at: datetime  # of the item
    demo_only: bool
    stem: str
    blueprint: str
    competency: str
    indicator: str
    indicator_text: str
    bloom: Bloom
    key_position: int
    author: str | None  # none: comes with the product
    difficulty: float | None  # of the latest statistics
    discrimination: float | None
    n_seen: int  # candidates who met the item, in whichever version

    @property
    def key(self) -> str:
        """The letter of the key."""
        return LETTERS[self.key_position]


Latest = aliased(ItemStatistics)
_Author = aliased(Account)


def find_items(session: Session, wanted: ItemFilter, *, exposure: Subquery | None = None) -> list[ItemRow]:
    """The versions that a filter lets through, by blueprint and item; those that a revision ended only on request.

    `exposure` tells how many candidates met each item, see `exposures`; without it nobody counts as having met one.
    """
    statement = ListStatement(session, wanted, exposure).rows
    rows = session.execute(statement.order_by(Blueprint.code, Item.code, ItemVersion.number))
    return [ItemRow(*row) for row in rows]


def find_keys(session: Session, wanted: ItemFilter) -> list[int]:
    """The same versions by their keys, by item code."""
    statement = ListStatement(session, wanted, None).keys.order_by(Item.code, ItemVersion.number)
    return list(session.scalars(statement))


def nobody() -> Subquery:
    """An exposure for places that know nothing of administrations: `item_id` and `n_seen`, without any row."""
    columns = (literal(0, Integer).label("item_id"), literal(0, Integer).label("n_seen"))
    return select(*columns).where(literal(1) == 0).subquery("exposure")


class ListStatement:
    """The statement of a list, and the expressions that it can be sorted by."""

    def __init__(self, session: Session, wanted: ItemFilter, exposure: Subquery | None) -> None:
        self.exposure = nobody() if exposure is None else exposure
        self._hits = search_index.hits(session, wanted.search) if wanted.search else None
        self._wanted = wanted

    @property
    def n_seen(self) -> ColumnElement[int]:
        """How many candidates met the item."""
        return func.coalesce(self.exposure.c.n_seen, literal(0, Integer))

    @property
    def rank(self) -> ColumnElement[float]:
        """The smaller, the better the hit; without words all are alike."""
        return literal(0.0, Float) if self._hits is None else self._hits.c.rank

    @property
    def rows(self) -> Select[Any]:
        """All columns of `ItemRow`, in its order."""
        columns: Any = select(
            ItemVersion.public_id,
            Item.code,
            ItemVersion.number,
            ItemVersion.state,
            ItemVersion.changed_at,
            Item.created_at,
            ItemVersion.demo_only,
            ItemVersion.stem,
            Blueprint.code,
            Competency.code,
            Indicator.code,
            Indicator.text,
            Indicator.bloom,
            ItemVersion.key_position,
            _Author.full_name,
            Latest.difficulty,
            Latest.discrimination,
            self.n_seen,
        )
        return self._joined(columns)

    @property
    def keys(self) -> Select[Any]:
        """The keys alone."""
        return self._joined(select(ItemVersion.id))

    @property
    def count(self) -> Select[tuple[int]]:
        """How many versions there are; only what narrows the list is looked at."""
        wanted = self._wanted
        statement: Select[Any] = select(func.count(ItemVersion.id)).select_from(ItemVersion).join(ItemVersion.item)
        if wanted.blueprint or wanted.competency or wanted.indicator or wanted.bloom:
            statement = with_blueprint(statement)
        if wanted.author:
            statement = self._with_author(statement)
        if wanted.difficulty != Span() or wanted.discrimination != Span():
            statement = self._with_figures(statement)
        if wanted.exposure != Span():
            statement = self._with_exposure(statement)
        return self._narrowed(statement)

    def _joined(self, columns: Select[Any]) -> Select[Any]:
        statement = with_blueprint(columns.select_from(ItemVersion).join(ItemVersion.item))
        return self._narrowed(self._with_exposure(self._with_figures(self._with_author(statement))))

    def _narrowed(self, statement: Select[Any]) -> Select[Any]:
        if self._hits is not None:
            statement = statement.join(self._hits, self._hits.c.version_id == ItemVersion.id)
        return statement.where(*self._conditions())

    @staticmethod
    def _with_author(statement: Select[Any]) -> Select[Any]:
        return statement.outerjoin(_Author, ItemVersion.author_id == _Author.id)

    @staticmethod
    def _with_figures(statement: Select[Any]) -> Select[Any]:
        newest = select(func.max(ItemStatistics.id)).where(ItemStatistics.version_id == ItemVersion.id)
        return statement.outerjoin(Latest, Latest.id == newest.scalar_subquery())

    def _with_exposure(self, statement: Select[Any]) -> Select[Any]:
        return statement.outerjoin(self.exposure, self.exposure.c.item_id == Item.id)

    def _conditions(self) -> list[ColumnElement[bool]]:
        wanted = self._wanted
        # A revision always opens the next version, so the versions that no revision ended are the current ones.
        shown = ItemVersion.state == wanted.state if wanted.state else ItemVersion.state != ItemState.REVISION
        equal: tuple[tuple[Any, object], ...] = (
            (Blueprint.code, wanted.blueprint),
            (Competency.code, wanted.competency),
            (Indicator.code, wanted.indicator),
            (Indicator.bloom, wanted.bloom),
            (ItemVersion.demo_only, wanted.demo_only),
            (ItemVersion.key_position, wanted.key_position),
            (_Author.public_id, wanted.author),
        )
        return [
            shown,
            *(column == value for column, value in equal if value is not None),
            *([ItemVersion.author_id.is_(None)] if wanted.is_shipped else []),
            *wanted.difficulty.holds(Latest.difficulty),
            *wanted.discrimination.holds(Latest.discrimination),
            *wanted.exposure.holds(self.n_seen),
            *([Item.created_at >= wanted.created_from] if wanted.created_from else []),
            *([Item.created_at < wanted.created_before] if wanted.created_before else []),
        ]
