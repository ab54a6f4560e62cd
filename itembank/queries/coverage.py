"""Blueprints in force."""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from itembank.model import Blueprint, BlueprintState, Competency, CoreCompetency


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
