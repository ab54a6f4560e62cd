"""Reviewing: marks for each criterion, words for each no, approval by two readings, and the way back to the writer."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.characters import visible_words
from itembank.checklist import Checklist
from itembank.consensus import REVIEWS_NEEDED, Standing, open_criteria, standing
from itembank.model import ItemVersion, Mark, Review
from itembank.operations.assigning import lock_version
from itembank.operations.errors import (
    AlreadyReviewed,
    CommentMissing,
    CriterionOpen,
    MarksIncomplete,
    NotAssigned,
    NotInReview,
    OwnItem,
    ReviewMissing,
)
from itembank.operations.life import moved, place, reason_given, written
from itembank.operations.writing import copy_as_draft
from itembank.queries.checklists import checklist_in_use, checklist_named
from itembank.queries.reviewers import active_assignments, authors_of
from itembank.states import ItemState
from registry.actor import Actor


def review_version(
    session: Session,
    version: ItemVersion,
    *,
    marks: Mapping[str, Mark],
    comments: Mapping[str, str] | None = None,
    comment: str = "",
    actor: Actor,
    now: datetime,
) -> Review:
    """Hand in one reviewer's reading: every criterion marked, and words for each no.

    `comments` holds words for single criteria, `comment` those on the item as a whole. The second reading settles the
    version: where both say yes throughout, it is approved at once.
    """
    lock_version(session, version)
    if version.state is not ItemState.IN_REVIEW:
        raise NotInReview(**place(version), state=version.state)
    require_stranger(session, version, actor)
    reviews = reviews_of(session, version)
    if any(review.reviewer_id == actor.key for review in reviews):
        raise AlreadyReviewed(**place(version))
    if actor.key not in {held.reviewer_id for held in active_assignments(session, version)}:
        raise NotAssigned(**place(version))
    checklist = checklist_of(session, version)
    spoken = {code: visible_words(text) for code, text in (comments or {}).items()}
    words = {code: text for code, text in spoken.items() if text}
    _check_marks(checklist, marks, words)
    review = add_review(
        session,
        version,
        checklist=checklist,
        marks=marks,
        comments=words,
        comment=comment,
        reviewer_id=actor.key,
        now=now,
    )
    refused = [code for code, mark in review.marks.items() if mark == Mark.NO]
    written(session, version, "item.review", actor=actor, now=now, details={"refused": refused})
    settle(session, version, actor=actor, now=now)
    return review


def settle(session: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> Standing:
    """Approve a version whose readings leave nothing open; every other standing waits for the bank manager."""
    found = standing(reviews_of(session, version))
    if found is Standing.AGREED:
        moved(session, version, to=ItemState.APPROVED, actor=actor, now=now, action="item.approve")
    return found


def approve(session: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> None:
    """Approve by hand a version whose readings are in order; its writers cannot, and an open no forbids it."""
    lock_version(session, version)
    require_stranger(session, version, actor)
    reviews = reviews_of(session, version)
    criteria = open_criteria(reviews)
    if criteria:
        raise CriterionOpen(**place(version), criteria=", ".join(sorted(criteria)))
    if len(reviews) < REVIEWS_NEEDED:
        raise ReviewMissing(**place(version), found=len(reviews), needed=REVIEWS_NEEDED)
    moved(session, version, to=ItemState.APPROVED, actor=actor, now=now, action="item.approve")


def send_to_revision(
    session: Session, version: ItemVersion, *, reason: str, actor: Actor, now: datetime
) -> ItemVersion:
    """End a version and give the writer a new draft with its content."""
    reason = reason_given(version, reason)
    moved(
        session,
        version,
        to=ItemState.REVISION,
        actor=actor,
        now=now,
        action="item.revise",
        details={"reason": reason},
    )
    return copy_as_draft(session, version, now=now)


def add_review(
    session: Session,
    version: ItemVersion,
    *,
    checklist: Checklist,
    marks: Mapping[str, Mark],
    comment: str,
    reviewer_id: int | None,
    now: datetime,
    comments: Mapping[str, str] | None = None,
) -> Review:
    """The row of a review under a checklist; no reviewer means that the product came with it."""
    review = Review(
        version_id=version.id,
        reviewer_id=reviewer_id,
        checklist=checklist.name,
        marks={code: Mark(marks[code]).value for code in checklist.codes},
        comments=dict(comments or {}),
        comment=visible_words(comment),
        submitted_at=now,
    )
    session.add(review)
    session.flush()
    session.expire(version, ["reviews"])
    return review


def reviews_of(session: Session, version: ItemVersion) -> list[Review]:
    """The readings of a version, in the order in which they came in."""
    return list(session.scalars(select(Review).where(Review.version_id == version.id).order_by(Review.id)))


def checklist_of(session: Session, version: ItemVersion) -> Checklist:
    """The checklist for reading a version: the one of its first reading, so that two readings can be compared."""
    reviews = reviews_of(session, version)
    return checklist_named(session, reviews[0].checklist) if reviews else checklist_in_use(session)


def require_stranger(session: Session, version: ItemVersion, actor: Actor) -> None:
    """Refuse whoever wrote a version of the item: they would still be judging their own work."""
    if actor.key in authors_of(session, {version.item_id})[version.item_id]:
        raise OwnItem(item=version.item.code)


def _check_marks(checklist: Checklist, marks: Mapping[str, Mark], words: Mapping[str, str]) -> None:
    missing = [code for code in checklist.codes if code not in marks]
    unknown = sorted((set(marks) | set(words)) - set(checklist.codes))
    if missing or unknown:
        raise MarksIncomplete(missing=", ".join(missing) or "-", unknown=", ".join(unknown) or "-")
    silent = [code for code in checklist.codes if marks[code] is Mark.NO and code not in words]
    if silent:
        raise CommentMissing(criteria=", ".join(silent))
