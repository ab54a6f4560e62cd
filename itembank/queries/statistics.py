"""What administrations said of items."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from itembank.model import Item, ItemStatistics, ItemVersion


def statistics_of(session: Session, version: ItemVersion) -> list[ItemStatistics]:
    """What administrations said of a version, the newest first."""
    statement = (
        select(ItemStatistics)
        .where(ItemStatistics.version_id == version.id)
        .options(selectinload(ItemStatistics.curation))
        .order_by(ItemStatistics.computed_at.desc(), ItemStatistics.id.desc())
    )
    return list(session.scalars(statement))


def statistics_by_public_id(session: Session, public_id: uuid.UUID) -> ItemStatistics | None:
    """The verdict that a psychometrician decides on."""
    return session.scalar(select(ItemStatistics).where(ItemStatistics.public_id == public_id))


def administration_statistics(session: Session, administration: uuid.UUID) -> list[ItemStatistics]:
    """The newest verdict on each version of one administration, by item code."""
    statement = (
        select(ItemStatistics)
        .join(ItemStatistics.version)
        .join(ItemVersion.item)
        .where(ItemStatistics.administration == administration)
        .options(selectinload(ItemStatistics.curation), selectinload(ItemStatistics.version))
        .order_by(Item.code, ItemVersion.number, ItemStatistics.id)
    )
    return list({found.version_id: found for found in session.scalars(statement)}.values())
