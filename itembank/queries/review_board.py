"""The board of reviews: what waits for whom, and since when. The oldest stands first everywhere."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased, selectinload

from itembank.consensus import REVIEWS_NEEDED, Refusal, Standing, refusals, standing
from itembank.model import Indicator, Item, ItemVersion, Review, ReviewAssignment
from itembank.queries.reviewers import proposals, readers, reviewers
from itembank.states import ItemState
from registry.model import Account


@dataclass(frozen=True)
class Reading:
    """One reviewer's part in a version: asked, and perhaps done."""

    reviewer: Account
    assignment: ReviewAssignment | None  # none: a review from before there were assignments
    review: Review | None

    def days_late(self, today: date) -> int:
        """For how many days the reading has been due; 0 when it is in or still has time."""
        if self.review is not None or self.assignment is None:
            return 0
        return max(0, (today - self.assignment.due_on).days)


@dataclass(frozen=True)
class Waiting:
    """A version in review with all who read it."""

    version: ItemVersion
    readings: tuple[Reading, ...]
    proposed: tuple[Account, ...]  # for the places that nobody has

    @property
    def n_lacking(self) -> int:
        """How many reviewers are still to be asked."""
        return max(0, REVIEWS_NEEDED - len(self.readings))

    @property
    def has_enough(self) -> bool:
        """Whether there are people for the places that nobody has."""
        return len(self.proposed) >= self.n_lacking

    @property
    def standing(self) -> Standing:
        """What the readings that are in come to."""
        return standing(self.version.reviews)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every no, for whoever rules on it."""
        return refusals(self.version.reviews)

    @property
    def since(self) -> datetime:
        """Since when it waits as it does: for its last reading where all are in, else for being in review."""
        if self.standing is Standing.READING:
            return self.version.changed_at
        return max(review.submitted_at for review in self.version.reviews)


@dataclass(frozen=True)
class Workload:
    """What lies on one reviewer's desk."""

    reviewer: Account
    open: tuple[Reading, ...]
    n_done: int  # readings of versions that are in review

    def n_late(self, today: date) -> int:
        """How many readings are overdue."""
        return sum(reading.days_late(today) > 0 for reading in self.open)

    @property
    def oldest(self) -> datetime | None:
        """Since when the oldest open reading waits."""
        return min((each.assignment.assigned_at for each in self.open if each.assignment), default=None)


@dataclass(frozen=True)
class Board:
    """All versions between the writer's hand-in and the approval, by whose turn it is."""

    versions: tuple[Waiting, ...]  # in review, the longest waiting first
    writing: tuple[ItemVersion, ...]  # drafts that reviewers sent back, the longest waiting first
    workloads: tuple[Workload, ...]  # by name

    @property
    def to_assign(self) -> tuple[Waiting, ...]:
        """The bank manager is to ask reviewers."""
        return tuple(each for each in self.versions if each.n_lacking)

    @property
    def to_read(self) -> tuple[tuple[Waiting, Reading], ...]:
        """A reviewer is to hand in a reading; the one due first stands first."""
        found = [(each, reading) for each in self.versions for reading in each.readings if reading.review is None]
        return tuple(sorted(found, key=lambda pair: pair[1].assignment.due_on if pair[1].assignment else date.min))

    @property
    def to_decide(self) -> tuple[Waiting, ...]:
        """All readings are in, and the bank manager has the word."""
        found = [each for each in self.versions if each.standing is not Standing.READING]
        return tuple(sorted(found, key=lambda each: each.since))


def board(session: Session) -> Board:
    """What waits for whom."""
    versions = list(session.scalars(_in_review()))
    waiting = _waiting(session, versions)
    return Board(versions=waiting, writing=tuple(_sent_back(session)), workloads=_workloads(session, waiting))


def waiting_version(session: Session, public_id: uuid.UUID) -> Waiting | None:
    """One version with those who read it, in whatever state it is; None when there is no such version."""
    version = session.scalar(_with_parts(select(ItemVersion)).where(ItemVersion.public_id == public_id))
    return None if version is None else _waiting(session, [version])[0]


def assignment_by_public_id(session: Session, public_id: uuid.UUID) -> ReviewAssignment | None:
    """The assignment that a form names."""
    return session.scalar(select(ReviewAssignment).where(ReviewAssignment.public_id == public_id))


def _in_review() -> Select[ItemVersion]:
    statement = _with_parts(select(ItemVersion)).where(ItemVersion.state == ItemState.IN_REVIEW)
    return statement.order_by(ItemVersion.changed_at, ItemVersion.id)


def _with_parts(statement: Select[ItemVersion]) -> Select[ItemVersion]:
    return statement.options(
        selectinload(ItemVersion.author),
        selectinload(ItemVersion.item).selectinload(Item.indicator).selectinload(Indicator.competency),
        selectinload(ItemVersion.reviews).options(selectinload(Review.rulings), selectinload(Review.reviewer)),
    )


def _waiting(session: Session, versions: Sequence[ItemVersion]) -> tuple[Waiting, ...]:
    assignments = _assignments(session, versions)
    in_review = [version for version in versions if version.state is ItemState.IN_REVIEW]
    proposed = proposals(session, in_review, taken=readers(session, in_review))
    return tuple(
        Waiting(
            version=version,
            readings=_readings(version, assignments[version.id]),
            proposed=tuple(proposed.get(version.id, ())),
        )
        for version in versions
    )


def _assignments(session: Session, versions: Collection[ItemVersion]) -> dict[int, list[ReviewAssignment]]:
    statement = (
        select(ReviewAssignment)
        .where(ReviewAssignment.version_id.in_([version.id for version in versions]))
        .where(ReviewAssignment.ended_at.is_(None))
        .options(selectinload(ReviewAssignment.reviewer))
    )
    found: dict[int, list[ReviewAssignment]] = defaultdict(list)
    for assignment in session.scalars(statement.order_by(ReviewAssignment.id)):
        found[assignment.version_id].append(assignment)
    return found


def _readings(version: ItemVersion, assignments: Sequence[ReviewAssignment]) -> tuple[Reading, ...]:
    reviews = {review.reviewer_id: review for review in version.reviews if review.reviewer}
    asked = [Reading(each.reviewer, each, reviews.pop(each.reviewer_id, None)) for each in assignments]
    unasked = [Reading(review.reviewer, None, review) for review in reviews.values() if review.reviewer]
    return (*asked, *unasked)


def _workloads(session: Session, waiting: Sequence[Waiting]) -> tuple[Workload, ...]:
    readings = [reading for each in waiting for reading in each.readings]
    people = {person.id: person for person in reviewers(session)}
    people |= {reading.reviewer.id: reading.reviewer for reading in readings}
    return tuple(
        Workload(
            reviewer=person,
            open=tuple(each for each in readings if each.reviewer.id == person.id and each.review is None),
            n_done=sum(each.reviewer.id == person.id and each.review is not None for each in readings),
        )
        for person in sorted(people.values(), key=lambda person: person.full_name)
    )


def _sent_back(session: Session) -> list[ItemVersion]:
    """Drafts whose predecessor was sent to revision while it was in review, or later."""
    before = aliased(ItemVersion)
    statement = (
        select(ItemVersion)
        .join(before, (before.item_id == ItemVersion.item_id) & (before.number == ItemVersion.number - 1))
        .where(ItemVersion.state == ItemState.DRAFT, before.state == ItemState.REVISION)
        .options(selectinload(ItemVersion.author), selectinload(ItemVersion.item).selectinload(Item.indicator))
        .order_by(ItemVersion.changed_at, ItemVersion.id)
    )
    return list(session.scalars(statement))
