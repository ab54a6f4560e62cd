"""Specifications of forms: the newest edition of each, all editions of one, the items that the bank has for them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from itembank.form_supply import Supply
from itembank.model import Blueprint, BlueprintState, FormSpecification, Indicator, Item, ItemVersion
from itembank.queries.cells import with_blueprint
from itembank.queries.formable import OPERATIONAL_STATES, TRYOUT_STATES
from itembank.states import ItemState
from registry.model import Account, AuditEvent


@dataclass(frozen=True)
class Written:
    """Who brought an edition into the bank, and when; nobody's name where the product came with it."""

    at: datetime
    by: str | None


def form_specifications(session: Session) -> list[FormSpecification]:
    """All ways in which forms are put together, by code; of each the newest edition."""
    later = aliased(FormSpecification)
    is_followed = select(later.id).where(
        later.code == FormSpecification.code, later.edition > FormSpecification.edition
    )
    newest = select(FormSpecification).where(~is_followed.exists()).order_by(FormSpecification.code)
    return list(session.scalars(newest))


def form_specification(session: Session, code: str, *, edition: int | None = None) -> FormSpecification | None:
    """One way of putting a form together: the newest edition, unless another is named."""
    found = select(FormSpecification).where(FormSpecification.code == code)
    found = found if edition is None else found.where(FormSpecification.edition == edition)
    return session.scalar(found.order_by(FormSpecification.edition.desc()).limit(1))


def editions(session: Session, code: str) -> list[FormSpecification]:
    """All editions of a specification, the newest first."""
    found = select(FormSpecification).where(FormSpecification.code == code)
    return list(session.scalars(found.order_by(FormSpecification.edition.desc())))


def written(session: Session, found: Sequence[FormSpecification]) -> dict[int, Written]:
    """Who wrote each edition, and when, by its number; as the audit journal has it."""
    numbers = {str(specification.public_id): specification.edition for specification in found}
    statement = (
        select(AuditEvent.subject, AuditEvent.at, Account.full_name)
        .outerjoin(Account, Account.public_id == AuditEvent.actor)
        .where(AuditEvent.subject_kind == "form_specification", AuditEvent.subject.in_(numbers))
    )
    return {numbers[subject]: Written(at, name) for subject, at, name in session.execute(statement)}


def supply(session: Session, blueprints: Collection[str]) -> Mapping[str, Supply]:
    """How many items may enter forms, by blueprint and indicator; `eligible_versions` would find as many."""
    tryout = _counted(session, blueprints, TRYOUT_STATES)
    operational = _counted(session, blueprints, OPERATIONAL_STATES)
    return {code: Supply(tryout[code], operational[code]) for code in blueprints}


def _counted(
    session: Session, blueprints: Collection[str], states: Collection[ItemState]
) -> defaultdict[str, Counter[str]]:
    number = func.count(Item.id.distinct())
    statement = with_blueprint(select(Blueprint.code, Indicator.code, number).join(ItemVersion.item)).where(
        Blueprint.code.in_(blueprints),
        Blueprint.state == BlueprintState.PUBLISHED,
        ItemVersion.state.in_(states),
        ItemVersion.demo_only.is_(False),
    )
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for blueprint, indicator, n_items in session.execute(statement.group_by(Blueprint.code, Indicator.code)):
        counted[blueprint][indicator] = n_items
    return counted
