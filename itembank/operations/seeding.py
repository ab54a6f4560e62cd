"""Fills a bank with the blueprints, form specifications and items that come with the product.

Honesty about the shipped items: nobody of the authority has reviewed them. They go the legal way (draft, in review,
approved), and the review that carries them there names no reviewer and says in words where it comes from. They count
in no score before a try-out, like any other item.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.checklist import current_checklist
from itembank.media import CleanMedia
from itembank.model import FormSpecification, Item, Mark
from itembank.operations.blueprints import blueprint_of, load_blueprint
from itembank.operations.life import claim, written
from itembank.operations.reviewing import add_review
from itembank.operations.specifications import load_form_specification
from itembank.operations.writing import Draft, create_item
from itembank.plan_changes import indicators_of
from itembank.plantext import BlueprintText
from itembank.queries.plans import published
from itembank.states import ItemState
from itembank.textformat import ItemText, shipped_blueprints, shipped_forms, shipped_items, shipped_media
from registry.actor import Actor


@dataclass(frozen=True)
class SeedReport:
    """What a seeding added, by code, and how much was there before."""

    blueprints: tuple[str, ...]
    specifications: tuple[str, ...]
    items: tuple[str, ...]
    left_out: tuple[str, ...]  # items for indicators that this installation changed or took out
    n_present: int

    @property
    def n_added(self) -> int:
        """How many things are new."""
        return len(self.blueprints) + len(self.specifications) + len(self.items)


def seed_shipped_bank(session: Session, *, actor: Actor, now: datetime) -> SeedReport:
    """Add what is missing of the shipped bank; what is there, also when people changed it since, stays untouched."""
    shipped_plans = shipped_blueprints()
    blueprints = [text for text in shipped_plans if not blueprint_of(session, code=text.code, version=text.version)]
    for blueprint in blueprints:
        load_blueprint(session, blueprint, actor=actor, now=now)
    known_forms = set(session.scalars(select(FormSpecification.code)))
    forms = [text for text in shipped_forms() if text.code not in known_forms]
    for form in forms:
        load_form_specification(session, form, actor=actor, now=now)
    shipped = shipped_items()
    known_items = set(session.scalars(select(Item.code)))
    missing = [text for text in shipped if text.code not in known_items]
    asked_for = _still_asked(session, shipped_plans)
    items = [text for text in missing if (text.blueprint, text.indicator) in asked_for]
    left_out = [text for text in missing if text not in items]
    pictures = shipped_media() if items else {}
    for item in items:
        _ship(session, item, pictures=pictures, actor=actor, now=now)
    n_shipped = len(shipped_plans) + len(shipped_forms()) + len(shipped)
    n_present = n_shipped - len(blueprints) - len(forms) - len(missing)
    return SeedReport(_codes(blueprints), _codes(forms), _codes(items), _codes(left_out), n_present=n_present)


def _still_asked(session: Session, shipped: Iterable[BlueprintText]) -> set[tuple[str, str]]:
    """The indicators (blueprint, code) that still say what the shipped items were written for."""
    return {
        (plan.code, text.code)
        for plan in shipped
        if (in_force := published(session, plan.code)) is not None
        for found in indicators_of(in_force)
        for text in plan.indicators()
        if (found.code, found.text, found.bloom.value) == (text.code, text.text, text.bloom)
    }


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


def _codes(texts: Iterable[_Coded]) -> tuple[str, ...]:
    return tuple(text.code for text in texts)


def _ship(session: Session, text: ItemText, *, pictures: Mapping[str, CleanMedia], actor: Actor, now: datetime) -> None:
    version = create_item(
        session,
        code=text.code,
        blueprint=text.blueprint,
        indicator=text.indicator,
        draft=Draft.of(text, pictures=pictures),
        actor=actor,
        now=now,
    )
    version.author_id = None  # whoever runs the seeding did not write it, and may review it later
    session.flush()
    claim(session, version, to=ItemState.IN_REVIEW, now=now)
    checklist = current_checklist()
    marks = dict.fromkeys(checklist.codes, Mark.YES)
    words = checklist.shipped_comment
    add_review(session, version, checklist=checklist, marks=marks, comment=words, reviewer_id=None, now=now)
    claim(session, version, to=ItemState.APPROVED, now=now)
    details = {"from": ItemState.DRAFT, "to": ItemState.APPROVED, "digest": version.content_digest.hex()}
    written(session, version, "item.ship", actor=actor, now=now, details=details)
