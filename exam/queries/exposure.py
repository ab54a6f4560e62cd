"""How often candidates met the items of the bank, and where: forms, administrations, sittings.

The bank knows nothing of administrations; whoever shows it brings these queries along.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Subquery, cast, func, select
from sqlalchemy.orm import Session

from exam.model import Administration, Attempt, Form, FormItem, Sitting
from exam.model.forms import Purpose
from exam.states import SittingState
from itembank.model import Item, ItemVersion
from registry.model import Site


def exposure() -> Subquery:
    """How many candidates met each item, in whichever version and form: columns `item_id` and `n_seen`.

    Whoever began a form has met all its items: from then on its text lies readable in the candidate's browser.
    """
    begun = select(Attempt.form_id, func.count().label("n")).where(Attempt.begun_ms.is_not(None))
    by_form = begun.group_by(Attempt.form_id).subquery("begun")
    n_seen = cast(func.sum(by_form.c.n), BigInteger).label("n_seen")
    return (
        select(ItemVersion.item_id, n_seen)
        .join(FormItem, FormItem.version_id == ItemVersion.id)
        .join(by_form, by_form.c.form_id == FormItem.form_id)
        .group_by(ItemVersion.item_id)
        .subquery("exposure")
    )


@dataclass(frozen=True)
class SittingOfItem:
    """A sitting in which candidates meet an item."""

    public_id: uuid.UUID
    title: str
    site: str
    opens_at: datetime
    state: SittingState
    n_begun: int


@dataclass(frozen=True)
class FormOfItem:
    """A form that holds an item, with its sittings."""

    sittings: tuple[SittingOfItem, ...]
    public_id: uuid.UUID
    code: str
    administration: str
    purpose: Purpose
    sealed_at: datetime
    item_code: str
    version: int
    position: int
    scored: bool

    @property
    def n_seen(self) -> int:
        """How many candidates began the form."""
        return sum(sitting.n_begun for sitting in self.sittings)

    @property
    def running(self) -> tuple[SittingOfItem, ...]:
        """The sittings in which the form is being sat now."""
        return tuple(sitting for sitting in self.sittings if sitting.state is SittingState.OPEN)

    @property
    def planned(self) -> tuple[SittingOfItem, ...]:
        """The sittings that have not begun."""
        return tuple(sitting for sitting in self.sittings if sitting.state is SittingState.PLANNED)


def forms_of_items(session: Session, item_codes: Collection[str]) -> list[FormOfItem]:
    """The forms in which some version of the items stands, the newest first."""
    columns = (Form.id, Form.public_id, Form.code, Administration.code, Form.purpose, Form.sealed_at)
    places = (Item.code, ItemVersion.number, FormItem.position, FormItem.scored)
    rows: Sequence[Any] = session.execute(
        select(*columns, *places)
        .select_from(FormItem)
        .join(FormItem.form)
        .join(Form.administration)
        .join(FormItem.version)
        .join(ItemVersion.item)
        .where(Item.code.in_(item_codes))
        .order_by(Form.sealed_at.desc(), Form.id.desc(), Item.code)
    ).all()
    sittings = _sittings(session, {row[0] for row in rows})
    return [FormOfItem(tuple(sittings.get(form_id, ())), *values) for form_id, *values in rows]


def _sittings(session: Session, form_ids: Collection[int]) -> dict[int, list[SittingOfItem]]:
    n_begun = (
        select(func.count())
        .where(Attempt.sitting_id == Sitting.id, Attempt.begun_ms.is_not(None))
        .correlate(Sitting)
        .scalar_subquery()
    )
    columns = (Sitting.public_id, Sitting.title, Site.name, Sitting.opens_at, Sitting.state, n_begun)
    statement = select(Sitting.form_id, *columns).join(Sitting.site).where(Sitting.form_id.in_(form_ids))
    found: dict[int, list[SittingOfItem]] = {}
    for form_id, *values in session.execute(statement.order_by(Sitting.opens_at, Sitting.id)):
        found.setdefault(form_id, []).append(SittingOfItem(*values))
    return found
