"""Assignments: two people each, those with the least to do, never a writer of the item; given back, replaced, late."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank import operations
from itembank.model import ItemVersion, ReviewAssignment
from itembank.operations import drafting
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
from itembank.queries.review_board import board, waiting_version
from itembank.queries.reviewers import candidates, proposals
from registry.actor import Actor
from registry.model import Account, RoleGrant
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import ALL_YES, Cast, ask, cast, draft, load_pedagogic, new_item, person

TODAY = NOW.date()
NEXT_WEEK = TODAY + timedelta(days=7)


@pytest.fixture
def session(sqlite_database: Database) -> Iterator[Session]:
    """Rules without a word of SQL of their own: one kind of database is enough."""
    with Session(sqlite_database.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


def handed_in(session: Session, writer: Actor, *, code: str = "UJI-01-1") -> ItemVersion:
    found = new_item(session, writer, code=code)
    operations.submit_for_review(session, found, actor=writer, now=NOW)
    return found


def assigned(
    session: Session, version: ItemVersion, reviewer: Actor, *, due_on: date = NEXT_WEEK, actor: Actor
) -> ReviewAssignment:
    account = session.get_one(Account, reviewer.key)
    return operations.assign(session, version, reviewer=account, due_on=due_on, actor=actor, now=NOW)


def test_two_different_people_and_no_more(session: Session, people: Cast) -> None:
    version = handed_in(session, people.writer)
    assigned(session, version, people.reviewer, actor=people.manager)
    with pytest.raises(AlreadyAssigned):
        assigned(session, version, people.reviewer, actor=people.manager)
    assigned(session, version, people.second, actor=people.manager)
    with pytest.raises(ReviewersComplete):
        assigned(session, version, person(session, "third", Role.REVIEWER), actor=people.manager)


def test_only_reviewers_who_did_not_write_and_can_sign_in(session: Session, people: Cast) -> None:
    version = handed_in(session, people.writer)
    with pytest.raises(ReviewerUnfit):
        assigned(session, version, people.psychometrician, actor=people.manager)
    gone = person(session, "gone", Role.REVIEWER)
    session.get_one(Account, gone.key).disabled_at = NOW
    with pytest.raises(ReviewerUnfit):
        assigned(session, version, gone, actor=people.manager)
    own = handed_in(session, people.reviewer, code="UJI-02-1")
    with pytest.raises(AuthorAsReviewer):
        assigned(session, own, people.reviewer, actor=people.manager)


def test_not_before_it_was_handed_in_and_not_for_yesterday(session: Session, people: Cast) -> None:
    with pytest.raises(NotInReview):
        assigned(session, new_item(session, people.writer), people.reviewer, actor=people.manager)
    version = handed_in(session, people.writer, code="UJI-02-1")
    with pytest.raises(ReviewDuePast):
        assigned(session, version, people.reviewer, due_on=TODAY - timedelta(days=1), actor=people.manager)


def test_the_proposal_takes_those_with_the_least_to_do_and_spreads_the_work(session: Session, people: Cast) -> None:
    versions = [handed_in(session, people.writer, code=f"UJI-0{number}-1") for number in range(1, 5)]
    person(session, "third", Role.REVIEWER)
    assigned(session, versions[0], people.reviewer, actor=people.manager)
    operations.assign_proposed(session, versions, due_on=NEXT_WEEK, actor=people.manager, now=NOW)
    given = session.scalars(select(ReviewAssignment)).all()
    assert len(given) == 8
    assert {len({each.reviewer_id for each in given if each.version_id == version.id}) for version in versions} == {2}
    assert [each.n_open for each in candidates(session)] == [2, 3, 3], "the least busy first"


def test_the_proposal_never_names_somebody_who_wrote_on_the_item(session: Session, people: Cast) -> None:
    version = handed_in(session, people.reviewer)
    again = operations.send_to_revision(session, version, reason="Perjelas.", actor=people.manager, now=NOW)
    operations.write_draft(session, again, draft("Berapa $\\frac{1}{2}+\\frac{1}{4}$?"), actor=people.writer, now=NOW)
    operations.submit_for_review(session, again, actor=people.writer, now=NOW)
    assert [account.id for account in proposals(session, [again], taken={})[again.id]] == [people.second.key]
    with pytest.raises(ReviewersTooFew) as caught:
        operations.assign_proposed(session, [again], due_on=NEXT_WEEK, actor=people.manager, now=NOW)
    assert (caught.value.params["found"], caught.value.params["needed"]) == (1, 2)


def test_a_reader_is_replaced_until_the_reading_is_in(session: Session, people: Cast) -> None:
    version = handed_in(session, people.writer)
    first = assigned(session, version, people.reviewer, actor=people.manager)
    third = session.get_one(Account, person(session, "third", Role.REVIEWER).key)
    fresh = operations.reassign(session, first, reviewer=third, due_on=NEXT_WEEK, actor=people.manager, now=NOW)
    with pytest.raises(NotAssigned):
        operations.review_version(session, version, marks=ALL_YES, actor=people.reviewer, now=NOW)
    with pytest.raises(AssignmentEnded):
        operations.reassign(session, first, reviewer=third, due_on=NEXT_WEEK, actor=people.manager, now=NOW)
    reader = Actor(third.id, third.public_id, third.full_name, frozenset({Role.REVIEWER}))
    operations.review_version(session, version, marks=ALL_YES, actor=reader, now=NOW)
    with pytest.raises(AssignmentEnded):
        operations.release_reviewer(session, fresh, reason="berubah pikiran", actor=people.manager, now=NOW)


def test_a_reviewer_gives_a_reading_back_with_the_reason(session: Session, people: Cast) -> None:
    version = handed_in(session, people.writer)
    ask(session, version, people.reviewer, people.second)
    operations.give_back(session, version, reason="Penulisnya rekan saya.", actor=people.reviewer, now=NOW)
    with pytest.raises(NotAssigned):
        operations.give_back(session, version, reason="Penulisnya rekan saya.", actor=people.reviewer, now=NOW)
    (lacking,) = board(session).to_assign
    assert (lacking.version.id, lacking.n_lacking) == (version.id, 1)
    assigned(session, version, people.reviewer, actor=people.manager)  # the same person may be asked again


def test_a_reviewer_who_became_a_writer_of_the_item_is_waited_for_no_more(session: Session, people: Cast) -> None:
    version = handed_in(session, people.writer)
    ask(session, version, people.reviewer, people.second)
    account = session.get_one(Account, people.reviewer.key)
    session.add(RoleGrant(account=account, role=Role.ITEM_WRITER, granted_at=NOW, approved_at=NOW))
    session.flush()
    drafting.add_author(session, version, account, actor=people.writer, now=NOW)
    (lacking,) = board(session).to_assign
    assert [each.reviewer.id for each in lacking.readings] == [people.second.key]


def test_the_board_says_whose_turn_it_is_and_who_is_late(session: Session, people: Cast) -> None:
    fresh = handed_in(session, people.writer)
    late = handed_in(session, people.writer, code="UJI-02-1")
    asked = [
        assigned(session, late, each, due_on=TODAY, actor=people.manager) for each in (people.reviewer, people.second)
    ]
    operations.review_version(session, late, marks=ALL_YES, actor=people.reviewer, now=NOW)
    session.expire_all()
    found = board(session)
    assert [each.version.id for each in found.to_assign] == [fresh.id]
    ((waiting, reading),) = found.to_read
    assert (waiting.version.id, reading.assignment) == (late.id, asked[1])
    assert (reading.days_late(TODAY), reading.days_late(TODAY + timedelta(days=3))) == (0, 3)
    assert found.to_decide == ()
    loads = {load.reviewer.id: (len(load.open), load.n_done) for load in found.workloads}
    assert loads == {people.reviewer.key: (0, 1), people.second.key: (1, 0)}
    assert [load.n_late(TODAY + timedelta(days=1)) for load in found.workloads if load.open] == [1]
    one = waiting_version(session, late.public_id)
    assert one is not None
    assert [each.review is not None for each in one.readings] == [True, False]
