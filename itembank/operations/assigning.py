"""Assignments: who is to read which version, and until when. Two people each, and never somebody who wrote the item."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from itembank.consensus import REVIEWS_NEEDED
from itembank.model import Item, ItemVersion, Review, ReviewAssignment
from itembank.operations.errors import (
    AlreadyAssigned,
    AssignmentEnded,
    AuthorAsReviewer,
    NotAssigned,
    NotInReview,
    ReviewDuePast,
    ReviewersComplete,
    ReviewersTooFew,
    ReviewerUnfit,
)
from itembank.operations.life import place, reason_given, written
from itembank.operations.tasks import today
from itembank.queries.reviewers import (
    active_assignments,
    authors_of,
    is_reviewer,
    open_assignments,
    proposals,
    readers,
)
from itembank.states import ItemState
from registry.actor import Actor
from registry.model import Account


def assign(
    session: Session, version: ItemVersion, *, reviewer: Account, due_on: date, actor: Actor, now: datetime
) -> ReviewAssignment:
    """Ask somebody to read a version until a day."""
    lock_version(session, version)
    _require_in_review(version)
    _require_day(due_on, now)
    taken = readers(session, [version])[version.id]
    if len(taken) >= REVIEWS_NEEDED:
        raise ReviewersComplete(**place(version), needed=REVIEWS_NEEDED)
    _require_fit(session, version, reviewer, taken=taken)
    assignment = ReviewAssignment(
        version=version, reviewer=reviewer, due_on=due_on, assigned_by_id=actor.account_id, assigned_at=now
    )
    session.add(assignment)
    session.flush()
    details = {"reviewer": str(reviewer.public_id), "due_on": due_on.isoformat()}
    written(session, version, "review.assign", actor=actor, now=now, details=details)
    return assignment


def assign_proposed(
    session: Session, versions: Sequence[ItemVersion], *, due_on: date, actor: Actor, now: datetime
) -> list[ReviewAssignment]:
    """Take the platform's proposal for some versions: whoever has the least to do reads what lacks reviewers."""
    ordered = sorted(versions, key=lambda version: version.id)  # two managers at once must not wait for each other
    for version in ordered:
        lock_version(session, version)
    taken = readers(session, ordered)
    chosen = proposals(session, versions, taken=taken)
    for version in versions:
        n_people = len(taken[version.id]) + len(chosen[version.id])
        if n_people < REVIEWS_NEEDED:
            raise ReviewersTooFew(item=version.item.code, needed=REVIEWS_NEEDED, found=n_people)
    return [
        assign(session, version, reviewer=reviewer, due_on=due_on, actor=actor, now=now)
        for version in versions
        for reviewer in chosen[version.id]
    ]


def reassign(
    session: Session, assignment: ReviewAssignment, *, reviewer: Account, due_on: date, actor: Actor, now: datetime
) -> ReviewAssignment:
    """Give a reading to somebody else, who did not hand it in yet."""
    _end(session, assignment, now=now)
    return assign(session, assignment.version, reviewer=reviewer, due_on=due_on, actor=actor, now=now)


def release_reviewer(
    session: Session, assignment: ReviewAssignment, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Take an assignment back, or give it back as its reviewer, with the reason; the version waits for another one."""
    version = assignment.version
    reason = reason_given(version, reason)
    _end(session, assignment, now=now)
    details = {"reviewer": str(assignment.reviewer.public_id), "reason": reason}
    written(session, version, "review.release", actor=actor, now=now, details=details)


def give_back(session: Session, version: ItemVersion, *, reason: str, actor: Actor, now: datetime) -> None:
    """As a reviewer, return a reading that one cannot do, for instance because of a conflict of interest."""
    mine = next((held for held in active_assignments(session, version) if held.reviewer_id == actor.key), None)
    if mine is None:
        raise NotAssigned(**place(version))
    release_reviewer(session, mine, reason=reason, actor=actor, now=now)


def excuse_author(session: Session, item: Item, account: Account, *, actor: Actor, now: datetime) -> None:
    """Take the readings of an item off the desk of somebody who writes on it now; else they would wait for ever."""
    versions = select(ItemVersion.id).where(ItemVersion.item_id == item.id)
    held = ReviewAssignment.version_id.in_(versions), ReviewAssignment.reviewer_id == account.id
    for assignment in session.scalars(open_assignments().where(*held)).all():
        _end(session, assignment, now=now)
        details = {"reviewer": str(account.public_id)}
        written(session, assignment.version, "review.release", actor=actor, now=now, details=details)


def lock_version(session: Session, version: ItemVersion) -> None:
    """Let acts on the reviews of one version take turns, and see the version as it is now.

    Two reviewers who hand in at once would else each miss the other's reading, and nobody would settle the version.
    SQLite writes one after the other anyway and knows no such lock.
    """
    statement = select(ItemVersion).where(ItemVersion.id == version.id).with_for_update(of=ItemVersion)
    session.scalars(statement.execution_options(populate_existing=True)).one()


def _end(session: Session, assignment: ReviewAssignment, *, now: datetime) -> None:
    version = assignment.version
    lock_version(session, version)
    session.refresh(assignment)
    handed_in = exists().where(Review.version_id == version.id, Review.reviewer_id == assignment.reviewer_id)
    if assignment.ended_at is not None or session.scalar(select(handed_in)):
        raise AssignmentEnded(item=version.item.code)
    _require_in_review(version)
    assignment.ended_at = now
    session.flush()


def _require_in_review(version: ItemVersion) -> None:
    if version.state is not ItemState.IN_REVIEW:
        raise NotInReview(**place(version), state=version.state)


def _require_day(due_on: date, now: datetime) -> None:
    if due_on < today(now):
        raise ReviewDuePast


def _require_fit(session: Session, version: ItemVersion, reviewer: Account, *, taken: Collection[int]) -> None:
    if not is_reviewer(session, reviewer):
        raise ReviewerUnfit(person=reviewer.full_name)
    if reviewer.id in authors_of(session, {version.item_id})[version.item_id]:
        raise AuthorAsReviewer(person=reviewer.full_name, item=version.item.code)
    if reviewer.id in taken:
        raise AlreadyAssigned(person=reviewer.full_name, item=version.item.code)
