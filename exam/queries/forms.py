"""Forms for those who assemble them: rounds of testing with their forms, and what stands in a sealed form.

Keys are read here, so only pages for bank managers may ask.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from exam.model import Administration, Form, FormItem
from itembank.model import Bloom, Competency, Indicator, Item, ItemVersion, Section


@dataclass(frozen=True)
class SheetRow:
    """One item of a form with what it measures."""

    position: int
    section: Section
    version_id: uuid.UUID
    item_code: str
    competency: str
    competency_title: str
    indicator: str
    indicator_text: str
    bloom: Bloom
    key_position: int
    scored: bool


@dataclass(frozen=True)
class Overlap:
    """How many items a form shares with another one of the same administration."""

    form: Form
    n_shared: int


@dataclass(frozen=True)
class FormSheet:
    """A sealed form laid open: items in canonical order, and what follows from them."""

    form: Form
    rows: tuple[SheetRow, ...]
    overlaps: tuple[Overlap, ...]
    n_options: int

    @property
    def by_key(self) -> list[int]:
        """How often each option letter is the key, A first."""
        counts = Counter(row.key_position for row in self.rows)
        return [counts[position] for position in range(self.n_options)]

    @property
    def by_bloom(self) -> dict[Bloom, int]:
        """How many items stand at each cognitive level."""
        counts = Counter(row.bloom for row in self.rows)
        return {bloom: counts[bloom] for bloom in Bloom if counts[bloom]}

    @property
    def by_section(self) -> dict[Section, int]:
        """How many items each section has, in the order of the form."""
        return dict(Counter(row.section for row in self.rows))

    @property
    def by_competency(self) -> list[tuple[SheetRow, int, int]]:
        """For each competency that occurs: a row that names it, its items, its different indicators."""
        cells: dict[tuple[Section, str], list[SheetRow]] = {}
        for row in self.rows:
            cells.setdefault((row.section, row.competency), []).append(row)
        ordered = sorted(cells.items(), key=lambda cell: (list(Section).index(cell[0][0]), _natural(cell[0][1])))
        return [(rows[0], len(rows), len({row.indicator for row in rows})) for _cell, rows in ordered]


def administrations(session: Session) -> Sequence[Administration]:
    """All rounds of testing with their forms, the newest first."""
    forms = selectinload(Administration.forms).defer(Form.package)
    statement = select(Administration).options(forms, selectinload(Administration.sittings))
    return session.scalars(statement.order_by(Administration.id.desc())).all()


def administration_by_public_id(session: Session, public_id: uuid.UUID) -> Administration | None:
    """One round of testing."""
    return session.scalar(select(Administration).where(Administration.public_id == public_id))


def find_form(session: Session, public_id: uuid.UUID) -> Form | None:
    """One form, whatever its purpose; its ciphertext stays in the database."""
    return session.scalar(
        select(Form)
        .where(Form.public_id == public_id)
        .options(defer(Form.package), selectinload(Form.administration).selectinload(Administration.forms))
    )


def form_sheet(session: Session, form: Form) -> FormSheet:
    """All that the page of a form shows."""
    found = session.execute(
        select(FormItem, ItemVersion.public_id, ItemVersion.key_position, Item.code, Indicator, Competency)
        .join(FormItem.version)
        .join(ItemVersion.item)
        .join(Item.indicator)
        .join(Indicator.competency)
        .where(FormItem.form_id == form.id)
        .order_by(FormItem.position)
    )
    rows = tuple(
        SheetRow(
            position=place.position,
            section=place.section,
            version_id=version_id,
            item_code=code,
            competency=competency.code,
            competency_title=competency.title,
            indicator=indicator.code,
            indicator_text=indicator.text,
            bloom=indicator.bloom,
            key_position=key_position,
            scored=place.scored,
        )
        for place, version_id, key_position, code, indicator, competency in found
    )
    options = session.scalars(select(FormItem.option_keys).where(FormItem.form_id == form.id))
    n_options = max(map(len, options), default=0)  # sections may come from blueprints with 4 and with 5
    return FormSheet(form, rows, tuple(_overlaps(session, form)), n_options)


def forms_by(session: Session, specification: str) -> Sequence[Form]:
    """The forms that were assembled by a specification, whichever edition, the newest first."""
    statement = select(Form).where(Form.specification == specification).order_by(Form.id.desc())
    return session.scalars(statement.options(defer(Form.package), joinedload(Form.administration))).all()


def n_forms_by_specification(session: Session) -> Counter[str]:
    """How many forms each specification has, by its code."""
    rows = session.execute(select(Form.specification, func.count(Form.id)).group_by(Form.specification))
    return Counter({code: number for code, number in rows})  # noqa: C416 - Counter(rows) would count pairs


def _overlaps(session: Session, form: Form) -> list[Overlap]:
    """Overlap counts items, in whichever version: a candidate who met the older wording has met the item."""
    others = [other for other in form.administration.forms if other.id != form.id]
    own = _items(session, form)
    return [Overlap(other, len(own & _items(session, other))) for other in others]


def _items(session: Session, form: Form) -> set[int]:
    statement = select(ItemVersion.item_id).join(FormItem, FormItem.version_id == ItemVersion.id)
    return set(session.scalars(statement.where(FormItem.form_id == form.id)))


def _natural(code: str) -> list[tuple[int, str]]:
    """So that M1.2 stands before M1.10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in code.replace(".", " . ").split()]
