"""Review: two blind readings by people who were asked and did not write the item, and no approval over an open no."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from itembank import operations
from itembank.consensus import Standing, standing
from itembank.desks import my_reviews, review_desk
from itembank.model import ItemVersion, Mark
from itembank.operations.errors import (
    AlreadyReviewed,
    CommentMissing,
    CriterionOpen,
    IllegalMove,
    MarksIncomplete,
    NotAssigned,
    NotInReview,
    OwnItem,
    ReasonMissing,
    ReviewMissing,
)
from itembank.operations.reviewing import settle
from itembank.states import ItemState
from registry.actor import SYSTEM, Actor
from registry.model import AuditEvent
from registry.roles import Role
from tests.conftest import NOW
from tests.store.bank_builder import ALL_YES, Cast, ask, cast, draft, load_pedagogic, new_item, person, read_by

NO_K6 = {**ALL_YES, "K6": Mark.NO}
WORDS = {"K6": "Pilihan C jauh lebih panjang."}


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


@pytest.fixture
def version(session: Session, people: Cast) -> ItemVersion:
    """An item in review that two people were asked to read."""
    found = handed_in(session, people)
    ask(session, found, people.reviewer, people.second)
    return found


def handed_in(session: Session, people: Cast, *, code: str = "UJI-01-1") -> ItemVersion:
    found = new_item(session, people.writer, code=code)
    operations.submit_for_review(session, found, actor=people.writer, now=NOW)
    return found


def review(
    session: Session,
    version: ItemVersion,
    actor: Actor,
    *,
    marks: dict[str, Mark] = ALL_YES,
    comments: dict[str, str] | None = None,
) -> None:
    operations.review_version(session, version, marks=marks, comments=comments, actor=actor, now=NOW)


def test_two_readings_without_a_no_approve_the_item_by_themselves(
    session: Session, people: Cast, version: ItemVersion
) -> None:
    review(session, version, people.reviewer)
    assert standing(version.reviews) is Standing.READING
    review(session, version, people.second)
    session.commit()
    session.expire_all()
    assert version.state is ItemState.APPROVED
    assert [kept.checklist for kept in version.reviews] == ["telaah-16/1"] * 2
    assert {len(kept.marks) for kept in version.reviews} == {16}
    with pytest.raises(DBAPIError, match="keeps its history"):
        session.execute(text("UPDATE review SET comment = 'x'"))


def test_every_criterion_needs_a_mark(session: Session, people: Cast, version: ItemVersion) -> None:
    marks = {code: mark for code, mark in ALL_YES.items() if code != "B4"} | {"X1": Mark.YES}
    with pytest.raises(MarksIncomplete) as caught:
        review(session, version, people.reviewer, marks=marks)
    assert caught.value.params == {"missing": "B4", "unknown": "X1"}


def test_each_no_needs_words_of_its_own(session: Session, people: Cast, version: ItemVersion) -> None:
    for comments in (None, {"K6": "  "}, {"K7": "Pilihan D merangkum."}):
        with pytest.raises(CommentMissing) as caught:
            review(session, version, people.reviewer, marks=NO_K6, comments=comments)
        assert caught.value.params == {"criteria": "K6"}
    review(session, version, people.reviewer, marks=NO_K6, comments=WORDS)
    assert version.reviews[0].comments == WORDS


def test_an_open_no_forbids_every_way_to_an_approval(session: Session, people: Cast, version: ItemVersion) -> None:
    review(session, version, people.reviewer, marks=NO_K6, comments=WORDS)
    review(session, version, people.second)
    assert (version.state, standing(version.reviews)) == (ItemState.IN_REVIEW, Standing.DISPUTED)
    assert settle(session, version, actor=people.manager, now=NOW) is Standing.DISPUTED
    with pytest.raises(CriterionOpen) as caught:
        operations.approve(session, version, actor=people.manager, now=NOW)
    assert caught.value.params["criteria"] == "K6"
    with pytest.raises(IllegalMove):
        operations.move_version(session, version, to=ItemState.APPROVED, reason="cepat", actor=people.manager, now=NOW)
    assert version.state is ItemState.IN_REVIEW


def test_nobody_reviews_or_approves_their_own_item(session: Session, people: Cast, version: ItemVersion) -> None:
    with pytest.raises(OwnItem):
        review(session, version, people.writer)
    review(session, version, people.reviewer)
    with pytest.raises(OwnItem):
        operations.approve(session, version, actor=people.writer, now=NOW)


def test_the_writer_of_an_earlier_version_stays_a_writer(session: Session, people: Cast, version: ItemVersion) -> None:
    second = operations.send_to_revision(session, version, reason="Perjelas.", actor=people.manager, now=NOW)
    operations.write_draft(session, second, draft("Baru?"), actor=people.manager, now=NOW)
    operations.submit_for_review(session, second, actor=people.manager, now=NOW)
    with pytest.raises(OwnItem):
        review(session, second, people.writer)


def test_who_was_not_asked_neither_reads_nor_sees(session: Session, people: Cast, version: ItemVersion) -> None:
    other = person(session, "other", Role.REVIEWER)
    with pytest.raises(NotAssigned):
        review(session, version, other)
    assert not review_desk(session, version, other).may_read
    assert my_reviews(session, other) == []
    assert [desk.version.id for desk in my_reviews(session, people.reviewer)] == [version.id]


def test_no_review_no_approval_and_the_system_cannot_sign(session: Session, people: Cast, version: ItemVersion) -> None:
    review(session, version, people.reviewer)
    with pytest.raises(ReviewMissing) as caught:
        operations.approve(session, version, actor=people.manager, now=NOW)
    assert caught.value.params["found"] == 1
    with pytest.raises(PermissionError):
        operations.approve(session, version, actor=SYSTEM, now=NOW)


def test_a_reviewer_reads_a_version_once_and_only_in_review(
    session: Session, people: Cast, version: ItemVersion
) -> None:
    review(session, version, people.reviewer)
    with pytest.raises(AlreadyReviewed):
        review(session, version, people.reviewer)
    fresh = new_item(session, people.writer, code="UJI-02-1")
    with pytest.raises(NotInReview):
        review(session, fresh, people.reviewer)


def test_marks_stay_hidden_until_both_readings_are_in(session: Session, people: Cast, version: ItemVersion) -> None:
    review(session, version, people.reviewer, marks=NO_K6, comments=WORDS)
    for reader in (people.reviewer, people.second):
        desk = review_desk(session, version, reader)
        assert (desk.is_blind, desk.others) == (True, ())
    review(session, version, people.second)
    session.expire_all()
    (first,) = review_desk(session, version, people.second).others
    assert first.comments == WORDS
    assert [other.reviewer_id for other in review_desk(session, version, people.reviewer).others] == [people.second.key]


def test_what_waits_stands_before_what_is_done(session: Session, people: Cast, version: ItemVersion) -> None:
    later = handed_in(session, people, code="UJI-02-1")
    ask(session, later, people.reviewer)
    review(session, version, people.reviewer)
    session.expire_all()
    desks = my_reviews(session, people.reviewer)
    assert [(desk.version.id, desk.may_mark) for desk in desks] == [(later.id, True), (version.id, False)]


def test_revision_ends_the_version_and_opens_a_draft_with_its_content(
    session: Session, people: Cast, version: ItemVersion
) -> None:
    with pytest.raises(ReasonMissing):
        operations.send_to_revision(session, version, reason=" ", actor=people.manager, now=NOW)
    second = operations.send_to_revision(session, version, reason="Perjelas.", actor=people.manager, now=NOW)
    session.commit()
    session.expire_all()
    assert version.state is ItemState.REVISION
    assert (second.number, second.state) == (2, ItemState.DRAFT)
    assert second.content_digest == version.content_digest
    assert [option.html for option in second.options] == [option.html for option in version.options]
    assert second.author_id == people.writer.account_id


def test_the_new_version_is_read_afresh(session: Session, people: Cast, version: ItemVersion) -> None:
    review(session, version, people.reviewer, marks=NO_K6, comments=WORDS)
    second = operations.send_to_revision(session, version, reason="Perjelas.", actor=people.manager, now=NOW)
    operations.submit_for_review(session, second, actor=people.writer, now=NOW)
    with pytest.raises(NotAssigned):
        review(session, second, people.reviewer)
    read_by(session, second, people.reviewer, people.second)
    assert second.state is ItemState.APPROVED


def test_the_journal_says_who_approved(session: Session, people: Cast, version: ItemVersion) -> None:
    review(session, version, people.reviewer)
    review(session, version, people.second)
    (event,) = session.query(AuditEvent).filter(AuditEvent.action == "item.approve")
    assert event.actor == people.second.public_id
