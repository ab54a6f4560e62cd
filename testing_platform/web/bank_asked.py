"""What a reader asks of the list of the bank: conditions, order, page. As typed, and what it means."""

import base64
import binascii
import json
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict

from itembank.model import Bloom
from itembank.queries.lists import ItemFilter, Span
from itembank.queries.shelf import Ordering, Place, SortedBy, Turn
from itembank.states import ItemState
from itembank.textformat import LETTERS

CELL = ("blueprint", "competency", "indicator", "bloom")
FURTHER = ("key", "author", "p_from", "p_to", "r_from", "r_to", "seen_from", "seen_to", "age")
FILTERS = ("text", "state", *CELL, *FURTHER)
SHIPPED = "shipped"  # in place of an author
AGES: Mapping[str, tuple[Any, int | None, int | None]] = {  # words, at least so many days old, and less than
    "month": (lazy_gettext("under one month"), None, 30),
    "year": (lazy_gettext("one month to one year"), 30, 365),
    "two-years": (lazy_gettext("one to two years"), 365, 730),
    "older": (lazy_gettext("over two years"), 730, None),
}
_MOST_SEEN = 10**9


@dataclass
class _Reading:
    """Reads what was typed and gathers what is wrong with it."""

    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def choice(self, name: str, kind: Callable[[str], Any]) -> Any:
        """One of a list; words that mean nothing are named, never silently dropped."""
        if not self.typed[name]:
            return None
        try:
            return kind(self.typed[name])
        except ValueError:
            self.errors[name] = gettext(
                "There is no “%(choice)s” here. Choose one of the list.", choice=self.typed[name]
            )
            return None

    def span(self, name: str, *, low: float, high: float) -> Span:
        """From one number to another."""
        ends = [self._number(f"{name}_{end}", low=low, high=high) for end in ("from", "to")]
        if None not in ends and ends[0] > ends[1]:  # type: ignore[operator]  # neither is none
            self.errors[f"{name}_to"] = gettext("The upper end lies below the lower one.")
        return Span(*ends)

    def _number(self, name: str, *, low: float, high: float) -> float | None:
        text = self.typed[name].replace("−", "-").replace(",", ".")
        if not text:
            return None
        try:
            number = float(text) if len(text) < 12 else math.nan
        except ValueError:
            number = math.nan
        if not low <= number <= high:
            self.errors[name] = gettext("Write a number from %(low)s to %(high)s.", low=f"{low:g}", high=f"{high:g}")
            return None
        return number


@dataclass(frozen=True)
class AskedItems:
    """What a reader asked the list for: as typed, and what it means."""

    typed: dict[str, str]
    errors: dict[str, str]
    wanted: ItemFilter
    ordering: Ordering
    turn: Turn | None

    @classmethod
    def parse(cls, arguments: MultiDict[str, str], *, now: datetime) -> "AskedItems":
        """The conditions, the order, and the page of an address."""
        reading = _Reading({name: arguments.get(name, "").strip() for name in FILTERS})
        wanted = _filter(reading, now=now)
        ordering = _ordering(arguments.get("sort", ""), has_words=bool(wanted.search))
        turn = _turn(arguments, ordering)
        return cls(reading.typed, reading.errors, wanted, ordering, turn)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen at all."""
        return any(self.typed.values())

    @property
    def is_further_narrowed(self) -> bool:
        """Whether one of the conditions was chosen that a reader seldom needs."""
        return any(self.typed[name] for name in ("competency", "indicator", "bloom", *FURTHER))

    def address(self, *, sort: str | None = None, **page: str) -> str:
        """The address of the same list in another order or on another page."""
        chosen: dict[str, Any] = {name: text for name, text in self.typed.items() if text}
        order = self.sort if sort is None else sort
        return url_for("bank.items", **chosen | ({"sort": order} if order else {}) | page)

    @property
    def sort(self) -> str:
        """The order, as an address names it; empty: the usual one."""
        usual = SortedBy.HIT if self.wanted.search else SortedBy.CODE
        is_usual = self.ordering == Ordering(usual)
        return "" if is_usual else ("-" if self.ordering.is_descending else "") + self.ordering.by.value

    def column(self, by: str) -> dict[str, str]:
        """What the head of a column needs so that a click sorts by it, and a second one the other way round."""
        is_current = self.ordering.by == by
        is_up = is_current and not self.ordering.is_descending
        sorted_by = {"sorted": "ascending" if is_up else "descending"} if is_current else {}
        return {"sort_url": self.address(sort=("-" if is_up else "") + by), **sorted_by}


def _filter(reading: _Reading, *, now: datetime) -> ItemFilter:
    typed = reading.typed
    key = reading.choice("key", LETTERS.index)
    is_shipped = typed["author"] == SHIPPED
    _words, least_days, most_days = reading.choice("age", _age) or ("", None, None)
    return ItemFilter(
        blueprint=typed["blueprint"] or None,
        competency=typed["competency"] or None,
        indicator=typed["indicator"] or None,
        bloom=reading.choice("bloom", Bloom),
        state=reading.choice("state", ItemState),
        text=typed["text"] or None,
        key_position=key,
        author=None if is_shipped else reading.choice("author", uuid.UUID),
        is_shipped=is_shipped,
        difficulty=reading.span("p", low=0, high=1),
        discrimination=reading.span("r", low=-1, high=1),
        exposure=reading.span("seen", low=0, high=_MOST_SEEN),
        created_from=None if most_days is None else now - timedelta(days=most_days),
        created_before=None if least_days is None else now - timedelta(days=least_days),
    )


def _age(name: str) -> tuple[Any, int | None, int | None]:
    if name not in AGES:
        raise ValueError(name)
    return AGES[name]


def _ordering(sort: str, *, has_words: bool) -> Ordering:
    usual = SortedBy.HIT if has_words else SortedBy.CODE
    name = sort.removeprefix("-")
    if name not in set(SortedBy) or (name == SortedBy.HIT and not has_words):
        return Ordering(usual)
    return Ordering(SortedBy(name), is_descending=sort.startswith("-"))


# Where a page begins -------------------------------------------------------------------------------------------------


def written_place(place: Place) -> str:
    """The place of a row, as the address of the next page names it."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def _turn(arguments: MultiDict[str, str], ordering: Ordering) -> Turn | None:
    """The page after or before a row; an address that somebody cut off leads to the first page."""
    for name, is_backward in (("after", False), ("before", True)):
        place = _place(arguments.get(name, ""), ordering)
        if place is not None:
            return Turn(place, is_backward=is_backward)
    return None


def _place(text: str, ordering: Ordering) -> Place | None:
    kinds: dict[SortedBy, type] = {SortedBy.CODE: str, SortedBy.EXPOSURE: int, SortedBy.AGE: int}
    first = kinds.get(ordering.by, float)
    wanted = (str, int) if first is str else (first, str, int)
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    is_fit = isinstance(found, list) and tuple(map(type, found)) == wanted and all(map(_is_bounded, found))
    return tuple(found) if is_fit else None


def _is_bounded(value: str | float) -> bool:
    return len(value) <= 64 and "\0" not in value if isinstance(value, str) else -(2**31) < value < 2**31
