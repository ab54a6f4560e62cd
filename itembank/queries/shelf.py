"""One page of the bank after the other, in any order: pages are found by where the last one ended, not by counting.

So the hundredth page is as quick as the first, and a page does not slip while others write.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Float, Subquery, func, literal, select, tuple_
from sqlalchemy.orm import Session, contains_eager

from itembank.model import Item, ItemOption, ItemVersion
from itembank.queries.lists import ItemFilter, ItemRow, Latest, ListStatement
from registry.model import Account

PAGE_SIZE = 50
Place = tuple[Any, ...]  # what a row is sorted by; a string or a number, then item code and version number
_BEYOND = 9.0  # figures lie between -1 and 1; items without any come last in either direction


class SortedBy(StrEnum):
    """What a list may be sorted by."""

    CODE = "code"
    DIFFICULTY = "p"
    DISCRIMINATION = "r"
    EXPOSURE = "exposure"
    AGE = "age"
    HIT = "hit"  # how well the words fit


@dataclass(frozen=True)
class Ordering:
    """In which order a list is shown."""

    by: SortedBy = SortedBy.CODE
    is_descending: bool = False


@dataclass(frozen=True)
class Turn:
    """Which page is wanted: the one after a row, or the one before it."""

    place: Place
    is_backward: bool = False


@dataclass(frozen=True)
class Shelf:
    """One page of a list, and where its neighbours are; none: there is no further page on that side."""

    rows: tuple[ItemRow, ...]
    n_found: int  # on all pages
    before: Place | None
    after: Place | None


def shelf(
    session: Session,
    wanted: ItemFilter,
    *,
    exposure: Subquery,
    ordering: Ordering,
    turn: Turn | None = None,
    size: int = PAGE_SIZE,
) -> Shelf:
    """The page of the bank that a reader asked for."""
    listed = ListStatement(session, wanted, exposure)
    keys = _keys(listed, ordering)
    is_backward = turn is not None and turn.is_backward
    downwards = ordering.is_descending != is_backward
    statement = listed.rows.add_columns(*keys).order_by(*(key.desc() if downwards else key.asc() for key in keys))
    if turn is not None:
        here, there = tuple_(*keys), tuple_(*map(literal, turn.place))
        statement = statement.where(here < there if downwards else here > there)
    found = session.execute(statement.limit(size + 1)).all()
    shown = found[:size][::-1] if is_backward else found[:size]
    has_more, came_from = len(found) > size, turn is not None
    return Shelf(
        rows=tuple(ItemRow(*row[: -len(keys)]) for row in shown),
        n_found=session.scalar(listed.count) or 0,
        before=_place(shown[0], keys) if shown and (has_more if is_backward else came_from) else None,
        after=_place(shown[-1], keys) if shown and (came_from if is_backward else has_more) else None,
    )


def _keys(listed: ListStatement, ordering: Ordering) -> list[ColumnElement[Any]]:
    last = literal(-_BEYOND if ordering.is_descending else _BEYOND, Float)
    first: dict[SortedBy, ColumnElement[Any]] = {
        SortedBy.DIFFICULTY: func.coalesce(Latest.difficulty, last),
        SortedBy.DISCRIMINATION: func.coalesce(Latest.discrimination, last),
        SortedBy.EXPOSURE: listed.n_seen,
        SortedBy.HIT: listed.rank,
    }
    unique: list[ColumnElement[Any]] = [Item.__table__.c.code, ItemVersion.__table__.c.number]
    if ordering.by is SortedBy.AGE:
        return [Item.__table__.c.id, *unique]  # items are numbered in the order in which they were created
    return [first[ordering.by], *unique] if ordering.by in first else unique


def _place(row: Any, keys: list[ColumnElement[Any]]) -> Place:
    return tuple(row[-len(keys) :])


# What a page shows beside its rows -----------------------------------------------------------------------------------


def options_of(session: Session, versions: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """The options of versions, as written."""
    rows = session.execute(
        select(ItemVersion.public_id, ItemOption.text)
        .join(ItemOption.version)
        .where(ItemVersion.public_id.in_(versions))
        .order_by(ItemOption.version_id, ItemOption.position)
    )
    found: dict[uuid.UUID, list[str]] = {}
    for public_id, text in rows:
        found.setdefault(public_id, []).append(text)
    return found


def versions_by_public_id(session: Session, public_ids: Collection[uuid.UUID]) -> list[ItemVersion]:
    """Versions with their items, by item code."""
    statement = select(ItemVersion).join(ItemVersion.item).where(ItemVersion.public_id.in_(public_ids))
    loaded = statement.options(contains_eager(ItemVersion.item)).order_by(Item.code, ItemVersion.number)
    return list(session.scalars(loaded))


def authors(session: Session) -> list[tuple[uuid.UUID, str]]:
    """Everybody who wrote a version, by name."""
    written = select(ItemVersion.author_id).distinct()
    rows = session.execute(select(Account.public_id, Account.full_name).where(Account.id.in_(written)))
    return sorted(((public_id, name) for public_id, name in rows), key=lambda author: author[1].casefold())
