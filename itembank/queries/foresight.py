"""What was said of items before a try-out and what the data said afterwards, for the page that compares the two."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from itembank.checklist import Checklist
from itembank.consensus import refusals
from itembank.foresight import DISTRACTOR_FAILURES, Tried, in_checklist
from itembank.model import Competency, CoreCompetency, Indicator, Item, ItemStatistics, ItemVersion, Review
from itembank.textformat import ItemText
from itembank.version_text import findings, text_of_version

_PLACE = selectinload(Indicator.competency).selectinload(Competency.core).selectinload(CoreCompetency.blueprint)

# What the data may have shown by chance re-opens nothing here.
_UNPROVEN = "watch"


@dataclass(frozen=True)
class Analysed:
    """An administration whose answers were analysed."""

    public_id: uuid.UUID
    code: str
    n_items: int
    computed_at: datetime


def analysed_administrations(session: Session) -> list[Analysed]:
    """All administrations with figures, the newest first."""
    newest = func.max(ItemStatistics.computed_at)
    versions = func.count(ItemStatistics.version_id.distinct())
    columns = (ItemStatistics.administration, ItemStatistics.administration_code)
    rows = session.execute(select(*columns, versions, newest).group_by(*columns).order_by(newest.desc()))
    return [Analysed(public_id, code, n_items, at) for public_id, code, n_items, at in rows]


def tried_items(session: Session, checklist: Checklist, *, administration: uuid.UUID | None) -> list[Tried]:
    """Every version with figures, by item code: of one administration, or the newest figures of each over all."""
    statement = (
        select(ItemStatistics)
        .join(ItemStatistics.version)
        .join(ItemVersion.item)
        .options(
            selectinload(ItemStatistics.version).options(
                selectinload(ItemVersion.reviews).selectinload(Review.rulings),
                selectinload(ItemVersion.options),
                selectinload(ItemVersion.pictures),
                selectinload(ItemVersion.item).selectinload(Item.indicator).options(_PLACE),
            )
        )
        .order_by(Item.code, ItemVersion.number, ItemStatistics.id)
    )
    if administration is not None:
        statement = statement.where(ItemStatistics.administration == administration)
    newest = {found.version_id: found for found in session.scalars(statement)}
    return [_tried(found, checklist) for found in newest.values()]


def _tried(found: ItemStatistics, checklist: Checklist) -> Tried:
    version = found.version
    reviews = [review for review in version.reviews if review.reviewer_id and review.checklist == checklist.name]
    proven = [reason for reason in found.reasons if reason.get("outcome") != _UNPROVEN]
    return Tried(
        item=version.item.code,
        version=str(version.public_id),
        was_read=bool(reviews),
        doubted=frozenset(refusal.criterion for refusal in refusals(reviews)),
        pointed=in_checklist(_pointed(version), checklist),
        faulty=in_checklist((reason["criterion"] for reason in proven if reason.get("criterion")), checklist),
        p=found.figures.get("p"),
        discrimination=found.figures.get("point_biserial"),
        has_failed_distractor=any(reason.get("code") in DISTRACTOR_FAILURES for reason in proven),
    )


def _pointed(version: ItemVersion) -> frozenset[str]:
    pictures = frozenset(picture.name for picture in version.pictures)
    return _criteria(text_of_version(version), pictures, version.passage_id is not None)


# What was tried out never changes again, so a page need not lint it anew.
@lru_cache(maxsize=4096)
def _criteria(text: ItemText, pictures: frozenset[str], has_passage: bool) -> frozenset[str]:
    return frozenset(found.criterion for found in findings(text, pictures=set(pictures), has_passage=has_passage))
