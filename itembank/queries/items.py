"""One item: the page of a version, and items as pages and forms name them."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from itembank.model import (
    Blueprint,
    Competency,
    CoreCompetency,
    Indicator,
    Item,
    ItemPicture,
    ItemStatistics,
    ItemVersion,
)
from itembank.queries.statistics import statistics_of
from registry.model import AuditEvent


@dataclass(frozen=True)
class ItemPage:
    """All that the page of a version shows; options, pictures and reviews hang on the version."""

    version: ItemVersion
    item: Item
    indicator: Indicator
    competency: Competency
    core: CoreCompetency
    blueprint: Blueprint
    versions: tuple[ItemVersion, ...]  # of the item, the newest first
    statistics: tuple[ItemStatistics, ...]  # of this version with their curations, the newest first
    history: tuple[AuditEvent, ...]  # of this version, the oldest first


def item_page(session: Session, public_id: uuid.UUID) -> ItemPage | None:
    """The page of one version; None when there is no such version."""
    version = session.scalar(
        select(ItemVersion)
        .where(ItemVersion.public_id == public_id)
        .options(
            selectinload(ItemVersion.options),
            selectinload(ItemVersion.reviews),
            selectinload(ItemVersion.pictures).selectinload(ItemPicture.media),
        )
        .execution_options(populate_existing=True)
    )
    if version is None:
        return None
    indicator = version.item.indicator
    return ItemPage(
        version=version,
        item=version.item,
        indicator=indicator,
        competency=indicator.competency,
        core=indicator.competency.core,
        blueprint=indicator.competency.core.blueprint,
        versions=tuple(versions_of(session, version.item)),
        statistics=tuple(statistics_of(session, version)),
        history=tuple(history_of(session, version)),
    )


def versions_of(session: Session, item: Item) -> list[ItemVersion]:
    """All versions of an item, the newest first."""
    statement = select(ItemVersion).where(ItemVersion.item_id == item.id).order_by(ItemVersion.number.desc())
    return list(session.scalars(statement))


def version_by_public_id(session: Session, public_id: uuid.UUID) -> ItemVersion | None:
    """The version that a page or a form names."""
    return session.scalar(select(ItemVersion).where(ItemVersion.public_id == public_id))


def item_by_code(session: Session, code: str) -> Item | None:
    """The item of this code."""
    return session.scalar(select(Item).where(Item.code == code))


def history_of(session: Session, version: ItemVersion) -> list[AuditEvent]:
    """What staff did with a version, the oldest act first."""
    statement = select(AuditEvent).where(AuditEvent.subject == str(version.public_id)).order_by(AuditEvent.id)
    return list(session.scalars(statement))
