"""What the page of an item shows of its whole life: figures, forms and sittings, history, and what the rules say."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from analysis.drift import Interval, Occasion, Shift, largest_shift
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
    def shift(self) -> Shift | None:
        """A change of difficulty that chance does not explain."""
        return largest_shift([occasion_of(statistics) for statistics in self.on_file.statistics])

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


# Figures --------------------------------------------------------------------------------------------------------------


def occasion_of(statistics: ItemStatistics) -> Occasion:
    """What one administration said, as the picture needs it."""
    figures = statistics.figures
    return Occasion(
        name=statistics.administration_code,
        n=statistics.n_presented,
        p=_number(statistics.difficulty),
        discrimination=_number(statistics.discrimination),
        p_interval=_interval(figures.get("p_interval")),
        discrimination_interval=_interval(figures.get("point_biserial_interval")),
    )


def _interval(found: Any) -> Interval:
    low, high = found if isinstance(found, list) and len(found) == 2 else (None, None)
    return _number(low), _number(high)


def _number(found: float | None) -> float:
    return math.nan if found is None else float(found)


def drift_response(life: Life, *, language: str) -> Response:
    """The figures over the administrations, drawn. The address names the latest figures, so it may be kept."""
    from analysis.drift_pictures import drift_picture

    occasions = [occasion_of(statistics) for statistics in life.on_file.statistics]
    response = Response(drift_picture(occasions, item=life.item.code, language=language), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


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

    nearest_items = platform().nearest_items
    if not nearest_items.is_ready:
        nearest_items.warm(platform().database)
        return None
    neighbours = nearest_items.nearest(session, LintItem.of(text_of_version(version)))
    versions = newest_versions(session, [neighbour.code for neighbour in neighbours])
    return tuple(
        NearItem(versions[neighbour.code], math.floor(100 * neighbour.similarity))
        for neighbour in neighbours
        if neighbour.code in versions
    )
