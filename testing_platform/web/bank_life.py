"""What the page of an item shows of its whole life: figures, forms and sittings, history, and what the rules say."""

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from exam.queries.exposure import FormOfItem, forms_of_items
from itembank.model import Item, ItemStatistics, ItemVersion
from itembank.queries.life import ItemLife, item_life, newest_versions
from itembank.states import ItemState
from itembank.textformat import LETTERS
from itembank.version_text import findings_of, text_of_version
from registry.model import AuditEvent
from testing_platform.web.authoring_words import Remark, remarks_of
from testing_platform.wiring import platform

LEAKABLE = frozenset({ItemState.APPROVED, ItemState.PRETEST, ItemState.OPERATIONAL})


@dataclass(frozen=True)
class Happening:
    """One line of the history: an act of staff, or a form that took the item."""

    at: datetime
    version: int
    event: AuditEvent | None = None
    form: FormOfItem | None = None


@dataclass(frozen=True)
class Life:
    """The life of an item, ready to be shown."""

    item: Item
    on_file: ItemLife
    forms: tuple[FormOfItem, ...]  # the newest first

    @property
    def n_seen(self) -> int:
        """How many candidates met the item, in whichever version."""
        return sum(form.n_seen for form in self.forms)

    @property
    def latest(self) -> ItemStatistics | None:
        """The newest figures."""
        return self.on_file.statistics[-1] if self.on_file.statistics else None

    @property
    def running(self) -> tuple[FormOfItem, ...]:
        """Forms that candidates are sitting now."""
        return tuple(form for form in self.forms if form.running)

    @property
    def planned(self) -> tuple[FormOfItem, ...]:
        """Forms of sittings that have not begun."""
        return tuple(form for form in self.forms if form.planned)

    @property
    def happenings(self) -> list[Happening]:
        """Everything that happened, the newest first."""
        acts = [Happening(event.at, self.on_file.number(event), event=event) for event in self.on_file.events]
        uses = [Happening(form.sealed_at, form.version, form=form) for form in self.forms]
        return sorted([*acts, *uses], key=lambda happening: happening.at, reverse=True)

    def suspension(self, version: ItemVersion) -> AuditEvent | None:
        """The act that took a version out, while it is out."""
        if version.state is not ItemState.SUSPENDED:
            return None
        acts = reversed(self.on_file.events_of(version))
        return next((event for event in acts if event.details.get("to") == ItemState.SUSPENDED), None)


def life_of(session: Session, item: Item) -> Life:
    """The whole life of an item."""
    return Life(item, item_life(session, item), tuple(forms_of_items(session, [item.code])))


# What the rules say of it ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NearItem:
    """An item that resembles this one."""

    version: ItemVersion
    percent: int


@dataclass(frozen=True)
class Checked:
    """What a machine can say of an item."""

    remarks: tuple[Remark, ...]
    near: tuple[NearItem, ...] | None  # none: the bank is still being read


def checked(session: Session, version: ItemVersion) -> Checked:
    """What the linter says of a version, and the nearest items."""
    text = text_of_version(version)
    parts = {"stem": text.stem, **dict(zip(LETTERS, text.options, strict=False)), "rationale": text.rationale}
    return Checked(tuple(remarks_of(findings_of(version), {}, parts=parts)), _near(session, version))


def _near(session: Session, version: ItemVersion) -> tuple[NearItem, ...] | None:
    from itembank.linter.reading import LintItem

    bank = platform().neighbours
    if not bank.is_ready:
        bank.warm(platform().database.reading)
        return None
    neighbours = bank.nearest(session, LintItem.of(text_of_version(version)))
    versions = newest_versions(session, [neighbour.code for neighbour in neighbours])
    return tuple(
        NearItem(versions[neighbour.code], math.floor(100 * neighbour.similarity))
        for neighbour in neighbours
        if neighbour.code in versions
    )
