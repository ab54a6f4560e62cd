"""What the writer of a revised item is to mend.

Either reviewers found criteria that are not met, or an administration showed what nobody saw: then the reasons of the
verdict are told, and which criteria they re-open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from itembank.consensus import Refusal, refusals
from itembank.model import Curation, ItemStatistics, ItemVersion, Review
from itembank.states import ItemState
from registry.model import AuditEvent


@dataclass(frozen=True)
class Mend:
    """A criterion that is not met, in the words of one reviewer. Writers learn numbers, never names."""

    criterion: str
    reader: int  # which of the reviewers
    comment: str
    ruling: str  # why the bank manager upheld it; empty where the reviewers agree


@dataclass(frozen=True)
class Mending:
    """All that a revision asks of the writer."""

    version: ItemVersion  # the one that was read and ended
    reason: str
    sent_at: datetime
    checklist: str  # code and edition of the checklist that was marked; empty where nobody marked one
    mends: tuple[Mend, ...]
    remarks: tuple[str, ...]  # what reviewers say of the item as a whole
    verdict: tuple[Mapping[str, Any], ...]  # the reasons of the policy, where an administration sent it back
    reopened: tuple[str, ...]  # the criteria behind those reasons

    @property
    def own_reason(self) -> str:
        """The words of whoever sent it back; empty where they only name the criteria again."""
        named = dict.fromkeys(mend.criterion for mend in self.mends)
        return "" if self.reason == ", ".join(named) else self.reason


def to_mend(session: Session, version: ItemVersion) -> Mending | None:
    """Why the version before this one was sent back; none where nothing was."""
    before = session.scalar(
        select(ItemVersion)
        .where(
            ItemVersion.item_id == version.item_id,
            ItemVersion.number == version.number - 1,
            ItemVersion.state == ItemState.REVISION,
        )
        .options(selectinload(ItemVersion.reviews).selectinload(Review.rulings))
    )
    if before is None:
        return None
    reviews = [review for review in before.reviews if review.reviewer_id is not None]
    curation = _curation(session, before)
    return Mending(
        version=before,
        reason=curation.reason if curation else _reason(session, before),
        sent_at=before.changed_at,
        checklist=reviews[-1].checklist if reviews else "",
        mends=tuple(_mend(refusal) for refusal in refusals(reviews) if refusal.is_open),
        remarks=tuple(review.comment for review in reviews if review.comment) if curation is None else (),
        verdict=tuple(curation.statistics.reasons) if curation else (),
        reopened=tuple(curation.reopened) if curation else (),
    )


def _curation(session: Session, version: ItemVersion) -> Curation | None:
    """The decision after an administration that sent a version back."""
    return session.scalar(
        select(Curation)
        .join(Curation.statistics)
        .where(ItemStatistics.version_id == version.id, Curation.moved_to == ItemState.REVISION)
        .order_by(Curation.id.desc())
        .limit(1)
    )


def _mend(refusal: Refusal) -> Mend:
    rulings = [ruling.reason for ruling in refusal.review.rulings if ruling.criterion == refusal.criterion]
    own_words = refusal.review.comments.get(refusal.criterion, "")
    return Mend(refusal.criterion, refusal.reader, own_words, rulings[0] if rulings else "")


def _reason(session: Session, version: ItemVersion) -> str:
    events = session.scalars(
        select(AuditEvent).where(AuditEvent.subject == str(version.public_id)).order_by(AuditEvent.id.desc())
    )
    ended = next((event for event in events if event.details.get("to") == ItemState.REVISION), None)
    return str(ended.details.get("reason", "")) if ended else ""
