"""Review: every criterion marked by somebody else than the writer, and no approval over an open no."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from itembank import operations
from itembank.model import ItemVersion, Mark
from itembank.operations.errors import (
    AlreadyReviewed,
    CommentMissing,
    CriterionOpen,
    IllegalMove,
    MarksIncomplete,
    NotInReview,
    OwnItem,
    ReasonMissing,
    ReviewMissing,
)
from itembank.states import ItemState
from registry.actor import SYSTEM, Actor
from tests.conftest import NOW
from tests.store.bank_builder import ALL_YES, Cast, cast, draft, load_pedagogic, new_item

ONE_NO = {**ALL_YES, "K6": Mark.NO}


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


@pytest.fixture
def version(session: Session, people: Cast) -> ItemVersion:
    """An item in review."""
    found = new_item(session, people.writer)
    operations.submit_for_review(session, found, actor=people.writer, now=NOW)
    return found


def review(
    session: Session, version: ItemVersion, actor: Actor, *, marks: dict[str, Mark] = ALL_YES, comment: str = ""
) -> None:
    operations.review_version(session, version, marks=marks, comment=comment, actor=actor, now=NOW)


def test_a_complete_review_carries_an_approval(session: Session, people: Cast, version: ItemVersion) -> None:
    review(session, version, people.reviewer)
    operations.approve(session, version, actor=people.manager, now=NOW)
    session.commit()
    session.expire_all()
    assert version.state is ItemState.APPROVED
    (kept,) = version.reviews
    assert kept.checklist == "telaah-16/1"
    assert len(kept.marks) == 16
    with pytest.raises(DBAPIError, match="keeps its history"):
        session.execute(text("UPDATE review SET comment = 'x'"))


def test_the_reviewer_may_approve_alone_for_now(session: Session, people: Cast, version: ItemVersion) -> None:
    review(session, version, people.reviewer)
    operations.approve(session, version, actor=people.reviewer, now=NOW)
    assert version.state is ItemState.APPROVED


def test_every_criterion_needs_a_mark(session: Session, people: Cast, version: ItemVersion) -> None:
    marks = {code: mark for code, mark in ALL_YES.items() if code != "B4"} | {"X1": Mark.YES}
    with pytest.raises(MarksIncomplete) as caught:
        review(session, version, people.reviewer, marks=marks)
    assert caught.value.params == {"missing": "B4", "unknown": "X1"}


def test_a_no_needs_words_and_forbids_approval(session: Session, people: Cast, version: ItemVersion) -> None:
    with pytest.raises(CommentMissing):
        review(session, version, people.reviewer, marks=ONE_NO)
    review(session, version, people.reviewer, marks=ONE_NO, comment="Pilihan C jauh lebih panjang.")
    review(session, version, people.manager)
    with pytest.raises(CriterionOpen) as caught:
        operations.approve(session, version, actor=people.manager, now=NOW)
    assert caught.value.params["criteria"] == "K6"
    assert version.state is ItemState.IN_REVIEW


def test_nobody_reviews_or_approves_their_own_item(session: Session, people: Cast, version: ItemVersion) -> None:
    with pytest.raises(OwnItem):
        review(session, version, people.writer)
    review(session, version, people.reviewer)
    with pytest.raises(OwnItem):
        operations.approve(session, version, actor=people.writer, now=NOW)


def test_the_writer_of_an_earlier_version_stays_a_writer(session: Session, people: Cast, version: ItemVersion) -> None:
    second = operations.send_to_revision(session, version, reason="Perjelas.", actor=people.reviewer, now=NOW)
    operations.write_draft(session, second, draft("Baru?"), actor=people.manager, now=NOW)
    operations.submit_for_review(session, second, actor=people.manager, now=NOW)
    with pytest.raises(OwnItem):
        review(session, second, people.writer)


def test_no_review_no_approval_and_the_system_cannot_sign(session: Session, people: Cast, version: ItemVersion) -> None:
    with pytest.raises(ReviewMissing):
        operations.approve(session, version, actor=people.manager, now=NOW)
    with pytest.raises(PermissionError):
        operations.approve(session, version, actor=SYSTEM, now=NOW)
    with pytest.raises(IllegalMove):
        operations.move_version(session, version, to=ItemState.APPROVED, reason="cepat", actor=people.manager, now=NOW)


def test_a_reviewer_reads_a_version_once_and_only_in_review(
    session: Session, people: Cast, version: ItemVersion
) -> None:
    review(session, version, people.reviewer)
    with pytest.raises(AlreadyReviewed):
        review(session, version, people.reviewer)
    fresh = new_item(session, people.writer, code="UJI-02-1")
    with pytest.raises(NotInReview):
        review(session, fresh, people.reviewer)


def test_revision_ends_the_version_and_opens_a_draft_with_its_content(
    session: Session, people: Cast, version: ItemVersion
) -> None:
    with pytest.raises(ReasonMissing):
        operations.send_to_revision(session, version, reason=" ", actor=people.reviewer, now=NOW)
    second = operations.send_to_revision(session, version, reason="Perjelas.", actor=people.reviewer, now=NOW)
    session.commit()
    session.expire_all()
    assert version.state is ItemState.REVISION
    assert (second.number, second.state) == (2, ItemState.DRAFT)
    assert second.content_digest == version.content_digest
    assert [option.html for option in second.options] == [option.html for option in version.options]
    assert second.author_id == people.writer.account_id
