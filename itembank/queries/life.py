"""The whole life of an item: its versions with who read them, what administrations said, what was done with them."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from itembank.model import Item, ItemPicture, ItemStatistics, ItemVersion, Review, Ruling
from registry.model import Account, AuditEvent


@dataclass(frozen=True)
class ItemLife:
    """All versions of an item and what happened to them."""

    versions: tuple[ItemVersion, ...]  # the newest first, with their authors, reviews and rulings
    statistics: tuple[ItemStatistics, ...]  # the last word of each administration on each version, the oldest first
    events: tuple[AuditEvent, ...]  # of all versions, the newest first
    names: dict[uuid.UUID, str]  # who acted

    def number(self, event: AuditEvent) -> int:
        """The number of the version that an event is about."""
        return next(version.number for version in self.versions if str(version.public_id) == event.subject)

    def events_of(self, version: ItemVersion) -> tuple[AuditEvent, ...]:
        """What was done with one version, the oldest act first."""
        return tuple(event for event in reversed(self.events) if event.subject == str(version.public_id))


def item_life(session: Session, item: Item) -> ItemLife:
    """Everything that is on file about an item."""
    reviews = selectinload(ItemVersion.reviews)
    statement = select(ItemVersion).where(ItemVersion.item_id == item.id).order_by(ItemVersion.number.desc())
    versions = session.scalars(
        statement.options(
            joinedload(ItemVersion.author),
            selectinload(ItemVersion.options),
            selectinload(ItemVersion.pictures).joinedload(ItemPicture.media).load_only(),
            reviews.joinedload(Review.reviewer),
            reviews.selectinload(Review.rulings).joinedload(Ruling.ruled_by),
        )
    ).all()
    subjects = [str(version.public_id) for version in versions]
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.subject.in_(subjects)).order_by(AuditEvent.id.desc())
    ).all()
    actors = {event.actor for event in events if event.actor}
    names = session.execute(select(Account.public_id, Account.full_name).where(Account.public_id.in_(actors)))
    return ItemLife(
        versions=tuple(versions),
        statistics=tuple(_statistics(session, [version.id for version in versions])),
        events=tuple(events),
        names={public_id: name for public_id, name in names},  # noqa: C416 - dict() loses the types
    )


def _statistics(session: Session, version_ids: list[int]) -> list[ItemStatistics]:
    statement = select(ItemStatistics).where(ItemStatistics.version_id.in_(version_ids))
    loaded = statement.options(joinedload(ItemStatistics.curation), joinedload(ItemStatistics.version))
    found = session.scalars(loaded.order_by(ItemStatistics.computed_at, ItemStatistics.id)).all()
    # An administration that was analysed again has the last word only.
    latest = {(each.administration, each.version_id): each for each in found}
    return sorted(latest.values(), key=lambda each: (each.computed_at, each.id))


def newest_versions(session: Session, codes: Collection[str]) -> dict[str, ItemVersion]:
    """The newest version of each item, by item code."""
    statement = select(Item.code, ItemVersion).join(Item.versions).where(Item.code.in_(codes))
    return {code: version for code, version in session.execute(statement.order_by(ItemVersion.number))}  # noqa: C416 - dict() loses the types
