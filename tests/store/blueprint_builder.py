"""Drafts of the pedagogic blueprint for the tests: opened, reworded, published."""

from sqlalchemy.orm import Session

from itembank import queries
from itembank.model import Blueprint, Indicator
from itembank.operations import blueprint_parts as parts
from itembank.operations.blueprint_drafts import open_draft
from itembank.operations.publishing import (
    Published,
    publish,
)
from itembank.plan_changes import indicators_of
from itembank.plantext import IndicatorText
from itembank.queries import plans
from tests.conftest import NOW
from tests.store.bank_builder import PEDAGOGIC, Cast


def in_force(session: Session) -> Blueprint:
    found = plans.published(session, PEDAGOGIC)
    assert found is not None
    return found


def drafted(session: Session, people: Cast) -> Blueprint:
    return open_draft(session, in_force(session), actor=people.manager, now=NOW)


def indicator(plan: Blueprint, code: str) -> Indicator:
    return next(found for found in indicators_of(plan) if found.code == code)


def reword(session: Session, people: Cast, found: Indicator, **fields: str) -> None:
    words = {"code": found.code, "text": found.text, "bloom": found.bloom.value, "source_code": found.source_code}
    parts.change_indicator(
        session,
        found,
        IndicatorText.model_validate(words | fields),
        competency=found.competency,
        seen=parts.seen_of(found),
        actor=people.manager,
        now=NOW,
    )


def published(session: Session, people: Cast, draft: Blueprint) -> Published:
    return publish(session, draft, seen=parts.seen_whole(draft), actor=people.manager, now=NOW)


def usable(session: Session) -> set[str]:
    found = queries.eligible_versions(session, blueprints=[PEDAGOGIC], states=queries.TRYOUT_STATES, allow_demo=False)
    return {version.item_code for version in found}
