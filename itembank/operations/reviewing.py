"""Reviewing: marks for each criterion, approval, and the way back to the writer."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.checklist import current_checklist
from itembank.model import ItemVersion, Mark, Review
from itembank.operations.errors import (
    AlreadyReviewed,
    CommentMissing,
    CriterionOpen,
    MarksIncomplete,
    NotInReview,
    OwnItem,
    ReviewMissing,
)
from itembank.operations.life import moved, place, require_reason, written
from itembank.operations.writing import copy_as_draft
from itembank.states import ItemState
from registry.actor import Actor

# Complete reviews that an approval needs. Two blind ones later; the table of reviews has room for both.
REVIEWS_NEEDED = 1


def review_version(
    session: Session, version: ItemVersion, *, marks: Mapping[str, Mark], comment: str, actor: Actor, now: datetime
) -> Review:
    """Write down one reviewer's reading of a version: every criterion marked, and words for each no."""
    if version.state is not ItemState.IN_REVIEW:
        raise NotInReview(**place(version), state=version.state)
    _require_stranger(session, version, actor)
    if any(review.reviewer_id == actor.key for review in _reviews(session, version)):
        raise AlreadyReviewed(**place(version))
    _check_marks(marks, comment)
    review = add_review(session, version, marks=marks, comment=comment, reviewer_id=actor.key, now=now)
    refused = _refused(review)
    written(session, version, "item.review", actor=actor, now=now, details={"refused": refused})
    return review


def approve(session: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> None:
    """Approve a version that reviewers found in order. Its writers cannot, and an open no forbids it."""
    _require_stranger(session, version, actor)
    reviews = _reviews(session, version)
    open_criteria = sorted({code for review in reviews for code in _refused(review)})
    if open_criteria:
        raise CriterionOpen(**place(version), criteria=", ".join(open_criteria))
    if len(reviews) < REVIEWS_NEEDED:
        raise ReviewMissing(**place(version), found=len(reviews), needed=REVIEWS_NEEDED)
    moved(session, version, to=ItemState.APPROVED, actor=actor, now=now, action="item.approve")


def send_to_revision(
    session: Session, version: ItemVersion, *, reason: str, actor: Actor, now: datetime
) -> ItemVersion:
    """End a version and give the writer a new draft with its content."""
    require_reason(version, reason)
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
    marks: Mapping[str, Mark],
    comment: str,
    reviewer_id: int | None,
    now: datetime,
) -> Review:
    """The row of a review under the current checklist; no reviewer means that the product came with it."""
    review = Review(
        version_id=version.id,
        reviewer_id=reviewer_id,
        checklist=current_checklist().name,
        marks={code: Mark(mark).value for code, mark in marks.items()},
        comment=comment.strip(),
        submitted_at=now,
    )
    session.add(review)
    session.flush()
    session.expire(version, ["reviews"])
    return review


def _reviews(session: Session, version: ItemVersion) -> list[Review]:
    return list(session.scalars(select(Review).where(Review.version_id == version.id).order_by(Review.id)))


def _refused(review: Review) -> list[str]:
    return [code for code, mark in review.marks.items() if mark == Mark.NO]


def _require_stranger(session: Session, version: ItemVersion, actor: Actor) -> None:
    # Whoever wrote an earlier version would still be judging their own work.
    authors = select(ItemVersion.author_id).where(ItemVersion.item_id == version.item_id)
    if actor.key in set(session.scalars(authors)):
        raise OwnItem(item=version.item.code)


def _check_marks(marks: Mapping[str, Mark], comment: str) -> None:
    wanted = current_checklist().codes
    missing = [code for code in wanted if code not in marks]
    unknown = sorted(set(marks) - set(wanted))
    if missing or unknown:
        raise MarksIncomplete(missing=", ".join(missing) or "-", unknown=", ".join(unknown) or "-")
    refused = [code for code in wanted if marks[code] is Mark.NO]
    if refused and not comment.strip():
        raise CommentMissing(criteria=", ".join(refused))
