"""What lies on somebody's desk: which versions wait, and which acts a page may offer on one.

A page asks here before it shows a button; the operations decide again when the button is pressed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, selectinload

from itembank.consensus import REVIEWS_NEEDED, Standing, standing
from itembank.model import (
    Competency,
    CoreCompetency,
    Indicator,
    Item,
    ItemVersion,
    Review,
    ReviewAssignment,
)
from itembank.queries.reviewers import authors_of
from itembank.states import TRANSITIONS, ItemState
from registry.actor import Actor
from registry.model import AuditEvent

# Reviews approve and revise, on pages of their own, and a try-out form brings its versions into the try-out by itself.
_NOT_BY_HAND = {
    (ItemState.IN_REVIEW, ItemState.APPROVED),
    (ItemState.IN_REVIEW, ItemState.REVISION),
    (ItemState.APPROVED, ItemState.PRETEST),
}

DONE_SHOWN = 100  # of what a reviewer has read, the last ones are enough to look back on


@dataclass(frozen=True)
class ReviewDesk:
    """A version as one reviewer meets it: blind, until both readings are in."""

    version: ItemVersion
    assignment: ReviewAssignment | None  # none: this person was not asked, and sees nothing
    is_own: bool  # the person wrote a version of the item
    mine: Review | None
    reviews: tuple[Review, ...]

    @property
    def may_read(self) -> bool:
        """Whether this person may see the version at all."""
        return self.assignment is not None and not self.is_own

    @property
    def may_mark(self) -> bool:
        """Whether this reviewer's reading is still wanted."""
        return self.may_read and self.mine is None and self.version.state is ItemState.IN_REVIEW

    @property
    def is_blind(self) -> bool:
        """Whether the readings of others are hidden, so that two readings stay independent."""
        return len(self.reviews) < REVIEWS_NEEDED

    @property
    def others(self) -> tuple[Review, ...]:
        """What others said, once everybody has spoken."""
        return () if self.is_blind else tuple(review for review in self.reviews if review is not self.mine)

    @property
    def standing(self) -> Standing:
        """What the readings come to."""
        return standing(self.reviews)

    def days_late(self, today: date) -> int:
        """For how many days the reading has been due; 0 when it is not."""
        if self.assignment is None or not self.may_mark:
            return 0
        return max(0, (today - self.assignment.due_on).days)


def review_desk(session: Session, version: ItemVersion, actor: Actor) -> ReviewDesk:
    """What a reviewer finds on the page of a version."""
    assignment = session.scalar(
        select(ReviewAssignment).where(
            ReviewAssignment.version_id == version.id,
            ReviewAssignment.reviewer_id == actor.account_id,
            ReviewAssignment.ended_at.is_(None),
        )
    )
    is_own = actor.account_id in authors_of(session, {version.item_id})[version.item_id]
    return _desk(version, assignment=assignment, is_own=is_own, actor=actor)


def was_asked(session: Session, version: ItemVersion, actor: Actor) -> bool:
    """Whether somebody was ever asked to read a version, also when it is with somebody else now."""
    asked = select(ReviewAssignment.id).where(
        ReviewAssignment.version_id == version.id, ReviewAssignment.reviewer_id == actor.account_id
    )
    return session.scalar(asked.limit(1)) is not None


def my_reviews(session: Session, actor: Actor) -> list[ReviewDesk]:
    """What a reviewer was asked to read: what waits first, the most urgent on top, then the newest work."""
    asked = _asked_of(actor)
    read = exists().where(Review.version_id == ReviewAssignment.version_id, Review.reviewer_id == actor.key)
    waiting = session.scalars(asked.where(~read).order_by(ReviewAssignment.due_on, ReviewAssignment.id))
    done = asked.where(read).order_by(ReviewAssignment.id.desc()).limit(DONE_SHOWN)
    found = [*waiting, *session.scalars(done)]
    authors = authors_of(session, {each.version.item_id for each in found})
    desks = [
        _desk(each.version, assignment=each, is_own=actor.key in authors[each.version.item_id], actor=actor)
        for each in found
    ]
    newest = sorted((desk for desk in desks if desk.mine), key=_handed_in, reverse=True)
    return [*(desk for desk in desks if desk.may_mark), *newest]


def _asked_of(actor: Actor) -> Select[ReviewAssignment]:
    indicator = selectinload(ItemVersion.item).selectinload(Item.indicator).selectinload(Indicator.competency)
    version = selectinload(ReviewAssignment.version)
    statement = select(ReviewAssignment).where(
        ReviewAssignment.reviewer_id == actor.key, ReviewAssignment.ended_at.is_(None)
    )
    return statement.options(
        version.selectinload(ItemVersion.reviews).selectinload(Review.rulings),
        version.options(indicator.selectinload(Competency.core).selectinload(CoreCompetency.blueprint)),
    )


def _handed_in(desk: ReviewDesk) -> tuple[datetime, int]:
    assert desk.mine is not None  # noqa: S101 - only desks with a reading are sorted
    return desk.mine.submitted_at, desk.mine.id


def _desk(version: ItemVersion, *, assignment: ReviewAssignment | None, is_own: bool, actor: Actor) -> ReviewDesk:
    mine = next((review for review in version.reviews if review.reviewer_id == actor.account_id), None)
    return ReviewDesk(version=version, assignment=assignment, is_own=is_own, mine=mine, reviews=tuple(version.reviews))


def moves_by_hand(state: ItemState, *, history: Sequence[AuditEvent], has_statistics: bool) -> tuple[ItemState, ...]:
    """The moves that a bank manager may make with a version, in the order of its life."""
    offered = [new for new in ItemState if new in TRANSITIONS[state] and (state, new) not in _NOT_BY_HAND]
    if state is ItemState.SUSPENDED:
        return tuple(new for new in offered if new == _suspended_from(history))
    return tuple(new for new in offered if new is not ItemState.OPERATIONAL or has_statistics)


def _suspended_from(history: Sequence[AuditEvent]) -> str | None:
    suspensions = [event for event in history if event.details.get("to") == ItemState.SUSPENDED]
    return suspensions[-1].details["from"] if suspensions else None
