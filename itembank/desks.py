"""What lies on somebody's desk: which versions wait, and which acts a page may offer on one.

A page asks here before it shows a button; the operations decide again when the button is pressed.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from itembank.model import Competency, CoreCompetency, Indicator, Item, ItemStatistics, ItemVersion, Mark, Review
from itembank.operations import REVIEWS_NEEDED
from itembank.states import TRANSITIONS, ItemState
from registry.actor import Actor
from registry.model import AuditEvent

# Reviewers approve and revise at their own desk, and a try-out form brings its versions into the try-out by itself.
_NOT_BY_HAND = {
    (ItemState.IN_REVIEW, ItemState.APPROVED),
    (ItemState.IN_REVIEW, ItemState.REVISION),
    (ItemState.APPROVED, ItemState.PRETEST),
}


@dataclass(frozen=True)
class ReviewDesk:
    """A version in review, as one reviewer meets it."""

    version: ItemVersion
    is_own: bool  # the reviewer wrote a version of the item
    mine: Review | None
    others: tuple[Review, ...]

    @property
    def may_mark(self) -> bool:
        """Whether this reviewer's reading is still wanted."""
        return self._is_open and self.mine is None

    @property
    def refused(self) -> tuple[str, ...]:
        """The criteria to which some reviewer said no."""
        reviews = (*self.others, *([self.mine] if self.mine else []))
        return tuple(sorted({code for review in reviews for code, mark in review.marks.items() if mark == Mark.NO}))

    @property
    def may_approve(self) -> bool:
        """Whether the rules allow an approval now."""
        n_reviews = len(self.others) + (self.mine is not None)
        return self._is_open and self.mine is not None and not self.refused and n_reviews >= REVIEWS_NEEDED

    @property
    def may_revise(self) -> bool:
        """Whether the reviewer has read the version and can send it back."""
        return self._is_open and self.mine is not None

    @property
    def _is_open(self) -> bool:
        return self.version.state is ItemState.IN_REVIEW and not self.is_own


def review_desk(session: Session, version: ItemVersion, actor: Actor) -> ReviewDesk:
    """What a reviewer finds on the page of a version."""
    authors = set(session.scalars(select(ItemVersion.author_id).where(ItemVersion.item_id == version.item_id)))
    return _desk(version, authors, actor)


def waiting_for_review(session: Session, actor: Actor) -> list[ReviewDesk]:
    """All versions in review, whichever waits longest first."""
    indicator = selectinload(ItemVersion.item).selectinload(Item.indicator).selectinload(Indicator.competency)
    statement = (
        select(ItemVersion)
        .where(ItemVersion.state == ItemState.IN_REVIEW)
        .options(
            selectinload(ItemVersion.reviews),
            selectinload(ItemVersion.item).selectinload(Item.versions),
            indicator.selectinload(Competency.core).selectinload(CoreCompetency.blueprint),
        )
        .order_by(ItemVersion.changed_at, ItemVersion.id)
    )
    return [
        _desk(version, {other.author_id for other in version.item.versions}, actor)
        for version in session.scalars(statement)
    ]


def _desk(version: ItemVersion, authors: set[int | None], actor: Actor) -> ReviewDesk:
    mine = next((review for review in version.reviews if review.reviewer_id == actor.account_id), None)
    return ReviewDesk(
        version=version,
        is_own=actor.account_id in authors,
        mine=mine,
        others=tuple(review for review in version.reviews if review is not mine),
    )


def moves_by_hand(state: ItemState, *, history: Sequence[AuditEvent], has_statistics: bool) -> tuple[ItemState, ...]:
    """The moves that a bank manager may make with a version, in the order of its life."""
    offered = [new for new in ItemState if new in TRANSITIONS[state] and (state, new) not in _NOT_BY_HAND]
    if state is ItemState.SUSPENDED:
        return tuple(new for new in offered if new == _suspended_from(history))
    return tuple(new for new in offered if new is not ItemState.OPERATIONAL or has_statistics)


def _suspended_from(history: Sequence[AuditEvent]) -> str | None:
    suspensions = [event for event in history if event.details.get("to") == ItemState.SUSPENDED]
    return suspensions[-1].details["from"] if suspensions else None


def latest_statistics(session: Session, versions: Collection[uuid.UUID]) -> dict[uuid.UUID, ItemStatistics]:
    """The newest figures of those versions that have any; versions go by their public ids."""
    statement = (
        select(ItemVersion.public_id, ItemStatistics)
        .join(ItemStatistics.version)
        .where(ItemVersion.public_id.in_(versions))
        .order_by(ItemStatistics.computed_at, ItemStatistics.id)
    )
    return {public_id: found for public_id, found in session.execute(statement)}  # noqa: C416 - dict() loses the types
