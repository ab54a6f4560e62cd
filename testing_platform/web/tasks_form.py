"""A writing task and a campaign's target as typed; the checks of shape, in the words of the page."""

import uuid
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from itembank.operations.tasks import MOST_ITEMS

NOTE_MAX = 1000
LAST_YEAR = 2099  # a later one is a slip of the finger


@dataclass(frozen=True)
class TypedTask:
    """A task as typed, with what is wrong with it."""

    assignee: str = ""
    due: str = ""
    n_items: str = "1"
    note: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "TypedTask":
        """Checks the shape only; whether the person writes items is for the operation to say."""
        assignee, due, n_items, note = (form.get(name, "").strip() for name in ("assignee", "due", "n_items", "note"))
        typed = cls(assignee, due, n_items, note.replace("\r\n", "\n"))
        if _uuid(assignee) is None:
            typed.errors["assignee"] = gettext("Choose a writer.")
        if day(due) is None:
            typed.errors["due"] = gettext("Choose a day before the year %(year)s.", year=LAST_YEAR + 1)
        if number(n_items, most=MOST_ITEMS) is None:
            typed.errors["n_items"] = gettext("Write a whole number from 1 to %(most)s.", most=MOST_ITEMS)
        if len(note) > NOTE_MAX:
            typed.errors["note"] = gettext("Write at most %(limit)s characters.", limit=NOTE_MAX)
        return typed

    @property
    def assignee_id(self) -> uuid.UUID:
        """The public id of the chosen account; only where nothing is wrong."""
        return uuid.UUID(self.assignee)

    @property
    def due_on(self) -> date:
        """The chosen day; only where nothing is wrong."""
        return date.fromisoformat(self.due)


@dataclass(frozen=True)
class TypedTarget:
    """What a campaign should reach, as typed."""

    target: str
    target_on: str
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "TypedTarget":
        """Checks the shape; no day means that there is no hurry."""
        typed = cls(form.get("target", "").strip(), form.get("target_on", "").strip())
        if number(typed.target, most=MOST_ITEMS) is None:
            typed.errors["target"] = gettext("Write a whole number from 1 to %(most)s.", most=MOST_ITEMS)
        if typed.target_on and day(typed.target_on) is None:
            typed.errors["target_on"] = gettext("Choose a day before the year %(year)s.", year=LAST_YEAR + 1)
        return typed


def day(text: str) -> date | None:
    """The day that a date field sent."""
    try:
        chosen = date.fromisoformat(text)
    except ValueError:
        return None
    return chosen if chosen.year <= LAST_YEAR else None


def number(text: str, *, most: int) -> int | None:
    """A whole number from 1 to `most`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return None
    return int(text) if 1 <= int(text) <= most else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
