"""Sittings for those who run them: the list of one's own, and how one is found."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from exam.model import Attempt, Enrolment, Form, Sitting
from exam.states import SittingState
from registry.actor import SYSTEM, Actor
from registry.model import Site
from registry.roles import Role

_SEE_ALL_SITES = frozenset({Role.ADMIN, Role.BANK_MANAGER, Role.PSYCHOMETRICIAN, Role.COMMITTEE})


@dataclass(frozen=True)
class SittingRow:
    """One sitting in a list."""

    public_id: uuid.UUID
    title: str
    room: str
    site: str
    time_zone: str
    form: str
    opens_at: datetime
    closes_at: datetime
    state: SittingState
    n_enrolled: int


def find_sitting(session: Session, public_id: uuid.UUID) -> Sitting | None:
    """One sitting with its site and form."""
    return session.scalar(
        select(Sitting)
        .where(Sitting.public_id == public_id)
        .options(
            joinedload(Sitting.site),
            joinedload(Sitting.form).load_only(Form.public_id, Form.code, Form.title, Form.n_items),
        ),
    )


def find_attempt(session: Session, public_id: uuid.UUID) -> Attempt | None:
    """One attempt with its sitting."""
    statement = select(Attempt).where(Attempt.public_id == public_id).options(joinedload(Attempt.sitting))
    return session.scalar(statement)


def sittings_for(session: Session, actor: Actor) -> Sequence[SittingRow]:
    """The sittings that concern somebody, newest window first: all at the centre, elsewhere those of one's sites."""
    only_sites = actor != SYSTEM and not actor.roles & _SEE_ALL_SITES
    enrolled = select(func.count()).where(Enrolment.sitting_id == Sitting.id).correlate(Sitting).scalar_subquery()
    statement = (
        select(Sitting, Site.name, Site.time_zone, Form.title, enrolled)
        .join(Site, Site.id == Sitting.site_id)
        .join(Form, Form.id == Sitting.form_id)
        .order_by(Sitting.opens_at.desc(), Sitting.id.desc())
    )
    if only_sites:
        statement = statement.where(Sitting.site_id.in_(actor.site_ids))
    return [
        SittingRow(
            public_id=sitting.public_id,
            title=sitting.title,
            room=sitting.room,
            site=site,
            time_zone=zone.value,
            form=form,
            opens_at=sitting.opens_at,
            closes_at=sitting.closes_at,
            state=sitting.state,
            n_enrolled=n_enrolled,
        )
        for sitting, site, zone, form, n_enrolled in session.execute(statement)
    ]
