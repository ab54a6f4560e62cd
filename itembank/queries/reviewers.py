"""Who may review, how much lies on each desk, and whom the platform proposes for an item."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from itembank.consensus import REVIEWS_NEEDED
from itembank.model import ItemAuthor, ItemVersion, Passage, Review, ReviewAssignment
from itembank.states import ItemState
from registry.model import Account, RoleGrant
from registry.roles import Role


@dataclass(frozen=True)
class Candidate:
    """Somebody who may review, with what waits on their desk already."""

    account: Account
    n_open: int


def reviewers(session: Session) -> list[Account]:
    """Everybody who holds the role and can sign in, by name."""
    grants = select(RoleGrant.account_id).where(
        RoleGrant.role == Role.REVIEWER, RoleGrant.approved_at.is_not(None), RoleGrant.revoked_at.is_(None)
    )
    found = select(Account).where(Account.id.in_(grants), Account.disabled_at.is_(None))
    return list(session.scalars(found.order_by(Account.full_name, Account.id)))


def is_reviewer(session: Session, account: Account) -> bool:
    """Whether somebody may be asked for a review."""
    return account.id in {found.id for found in reviewers(session)}


def open_assignments() -> Select[ReviewAssignment]:
    """The assignments that wait for their reviewer: not ended, the version still in review, no reading handed in."""
    handed_in = exists().where(
        Review.version_id == ReviewAssignment.version_id, Review.reviewer_id == ReviewAssignment.reviewer_id
    )
    return (
        select(ReviewAssignment)
        .join(ReviewAssignment.version)
        .where(ReviewAssignment.ended_at.is_(None), ItemVersion.state == ItemState.IN_REVIEW, ~handed_in)
    )


def active_assignments(session: Session, version: ItemVersion) -> list[ReviewAssignment]:
    """Who reads or has read a version, in the order in which they were asked."""
    statement = select(ReviewAssignment).where(
        ReviewAssignment.version_id == version.id, ReviewAssignment.ended_at.is_(None)
    )
    return list(session.scalars(statement.order_by(ReviewAssignment.id)))


def readers(session: Session, versions: Collection[ItemVersion]) -> dict[int, set[int]]:
    """The accounts that read or have read each version, by the keys of the versions."""
    keys = [version.id for version in versions]
    asked = select(ReviewAssignment.version_id, ReviewAssignment.reviewer_id).where(
        ReviewAssignment.version_id.in_(keys), ReviewAssignment.ended_at.is_(None)
    )
    # Reviews from before there were assignments count too.
    read = select(Review.version_id, Review.reviewer_id).where(
        Review.version_id.in_(keys), Review.reviewer_id.is_not(None)
    )
    found: dict[int, set[int]] = {key: set() for key in keys}
    for key, reviewer in session.execute(asked.union(read)):
        found[key].add(reviewer)
    return found


def authors_of(session: Session, item_ids: Collection[int]) -> dict[int, set[int]]:
    """The accounts that wrote on some version of each item, or on the passage behind it."""
    began = select(ItemVersion.item_id, ItemVersion.author_id).where(ItemVersion.item_id.in_(item_ids))
    added = select(ItemAuthor.item_id, ItemAuthor.account_id).where(ItemAuthor.item_id.in_(item_ids))
    shown = aliased(Passage)
    passage = (
        select(ItemVersion.item_id, Passage.written_by_id)
        .join(ItemVersion.passage.of_type(shown))
        .join(Passage, Passage.code == shown.code)
        .where(ItemVersion.item_id.in_(item_ids))
    )
    rows = [*session.execute(began), *session.execute(added), *session.execute(passage)]
    found: dict[int, set[int]] = {item_id: set() for item_id in item_ids}
    for item_id, author_id in rows:
        if author_id is not None:
            found[item_id].add(author_id)
    return found


def candidates(session: Session) -> list[Candidate]:
    """All reviewers, those with the fewest open assignments first."""
    load = Counter(assignment.reviewer_id for assignment in session.scalars(open_assignments()))
    found = [Candidate(account, load[account.id]) for account in reviewers(session)]
    return sorted(found, key=lambda each: each.n_open)


def proposals(
    session: Session, versions: Sequence[ItemVersion], *, taken: dict[int, set[int]]
) -> dict[int, list[Account]]:
    """For each version the reviewers that it still lacks: those with the least to do, never a writer of the item.

    `taken` holds the reviewers that a version has, by its key. What is proposed for one version counts as work for the
    next, so that taking all proposals at once spreads them evenly. Fewer come back where there are not enough people.
    """
    everybody = candidates(session)
    load = Counter({each.account.id: each.n_open for each in everybody})
    authors = authors_of(session, {version.item_id for version in versions})
    found: dict[int, list[Account]] = {}
    for version in versions:
        held = taken.get(version.id, set())
        fit = _fit(everybody, strangers_to=authors[version.item_id] | held)
        chosen = sorted(fit, key=lambda account: load[account.id])[: max(0, REVIEWS_NEEDED - len(held))]
        load.update(account.id for account in chosen)
        found[version.id] = chosen
    return found


def _fit(everybody: Iterable[Candidate], *, strangers_to: set[int]) -> list[Account]:
    return [each.account for each in everybody if each.account.id not in strangers_to]
