"""Blueprints in force, and the ways in which forms are put together from them."""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from itembank.model import Blueprint, BlueprintState, Competency, CoreCompetency, FormSpecification


def blueprints(session: Session) -> list[Blueprint]:
    """The version in force of every blueprint, by code."""
    in_force = Blueprint.state == BlueprintState.PUBLISHED
    return list(session.scalars(select(Blueprint).where(in_force).order_by(Blueprint.code)))


def blueprint_by_code(session: Session, code: str) -> Blueprint | None:
    """The version of a blueprint that is in force, with its whole tree."""
    return session.scalar(
        select(Blueprint)
        .where(Blueprint.code == code, Blueprint.state == BlueprintState.PUBLISHED)
        .options(
            selectinload(Blueprint.cores).selectinload(CoreCompetency.competencies).selectinload(Competency.indicators)
        )
    )


def form_specifications(session: Session) -> list[FormSpecification]:
    """All ways in which forms are put together, by code."""
    return list(session.scalars(select(FormSpecification).order_by(FormSpecification.code)))


def form_specification(session: Session, code: str) -> FormSpecification | None:
    """One way of putting a form together."""
    return session.scalar(select(FormSpecification).where(FormSpecification.code == code))
