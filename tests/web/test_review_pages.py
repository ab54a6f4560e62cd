"""Reviewing: the queue, the criteria, the comment for each no, approval, the way back, and nobody's own item."""

import re
import uuid

import pytest

from itembank import queries
from itembank.checklist import current_checklist
from itembank.states import ItemState
from registry.roles import Role
from testing_platform.database import Database
from tests.store.bank_builder import load_pedagogic
from tests.web.bank_pages import in_review
from tests.web.conftest import Browser, Cast

YES = {f"mark-{code}": "yes" for code in current_checklist().codes}


@pytest.fixture
def waiting(web_database: Database, cast: Cast) -> uuid.UUID:
    """An item in review that the item writer wrote."""
    return _hand_in(web_database, cast[Role.ITEM_WRITER])


def _hand_in(database: Database, writer: Browser, *, code: str = "UJI-01-1") -> uuid.UUID:
    assert writer.actor is not None
    with database.transaction() as session:
        if not queries.blueprints(session):
            load_pedagogic(session)
        return in_review(session, writer.actor, code=code).public_id


def state_of(database: Database, version_id: uuid.UUID) -> ItemState:
    with database.reading() as session:
        version = queries.version_by_public_id(session, version_id)
        assert version is not None
        return version.state


def n_reviews(database: Database, version_id: uuid.UUID) -> int:
    with database.reading() as session:
        version = queries.version_by_public_id(session, version_id)
        assert version is not None
        return len(version.reviews)


def test_reviewing_is_for_reviewers(cast: Cast, waiting: uuid.UUID) -> None:
    for method, path in (
        ("GET", "/telaah/"),
        ("GET", f"/telaah/{waiting}"),
        ("POST", f"/telaah/{waiting}"),
        ("POST", f"/telaah/{waiting}/setujui"),
        ("POST", f"/telaah/{waiting}/revisi"),
    ):
        assert cast.who_may(method, path) == {Role.REVIEWER}, path


@pytest.mark.usefixtures("waiting")
def test_the_queue_says_what_waits(cast: Cast) -> None:
    text = cast[Role.REVIEWER].get("/telaah/").text
    assert "UJI-01-1" in text
    assert 'data-state="in_review"' in text
    assert re.search(r"WIB<br>.*?>\d+ hari<", text)
    # Five columns: all of them, with what is to be done, fit on a screen of 800 pixels.
    assert text.count('<th scope="col"') == 5


def test_the_page_shows_the_item_and_all_criteria(cast: Cast, waiting: uuid.UUID) -> None:
    text = cast[Role.REVIEWER].get(f"/telaah/{waiting}").text
    assert "kemiringan" in text
    assert text.count('type="radio"') == 32
    for criterion in current_checklist().criteria:
        assert f'name="mark-{criterion.code}"' in text


def test_a_review_without_a_no_allows_the_approval(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    assert "/setujui" not in reviewer.get(f"/telaah/{waiting}").text
    assert reviewer.submit(f"/telaah/{waiting}", YES).status_code == 302
    text = reviewer.get(f"/telaah/{waiting}").text
    assert f"/telaah/{waiting}/setujui" in text
    assert 'type="radio"' not in text
    assert reviewer.submit(f"/telaah/{waiting}/setujui").status_code == 302
    assert state_of(web_database, waiting) is ItemState.APPROVED


def test_every_criterion_needs_a_mark(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    marks = {name: mark for name, mark in YES.items() if name != "mark-K3"}
    response = cast[Role.REVIEWER].submit(f"/telaah/{waiting}", {**marks, "comment": "Catatan saya"})
    assert response.status_code == 422
    assert 'href="#f-mark-K3"' in response.text
    assert 'href="#f-mark-K4"' not in response.text
    assert response.text.count(" checked") == 15, "what was marked stays marked"
    assert "Catatan saya" in response.text
    assert n_reviews(web_database, waiting) == 0


def test_a_no_needs_words(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    response = reviewer.submit(f"/telaah/{waiting}", {**YES, "mark-M2": "no", "comment": "   "})
    assert response.status_code == 422
    assert 'href="#f-comment"' in response.text
    assert n_reviews(web_database, waiting) == 0
    reviewer.submit(f"/telaah/{waiting}", {**YES, "mark-M2": "no", "comment": "Pengecoh D tidak masuk akal"})
    text = reviewer.get(f"/telaah/{waiting}").text
    assert "/setujui" not in text
    assert f"/telaah/{waiting}/revisi" in text


def test_an_approval_against_a_no_is_refused_in_words(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    reviewer.submit(f"/telaah/{waiting}", {**YES, "mark-M2": "no", "comment": "Pengecoh D tidak masuk akal"})
    response = reviewer.submit(f"/telaah/{waiting}/setujui")
    assert response.status_code == 422
    assert "M2" in response.text
    assert state_of(web_database, waiting) is ItemState.IN_REVIEW


def test_a_second_review_by_the_same_person_is_refused(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    reviewer.submit(f"/telaah/{waiting}", YES)
    assert reviewer.submit(f"/telaah/{waiting}", YES).status_code == 422
    assert n_reviews(web_database, waiting) == 1


def test_sending_back_needs_a_reason_and_opens_a_draft(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    reviewer.submit(f"/telaah/{waiting}", {**YES, "mark-M2": "no", "comment": "Pengecoh D tidak masuk akal"})
    assert reviewer.submit(f"/telaah/{waiting}/revisi", {"reason": "x"}).status_code == 422
    assert state_of(web_database, waiting) is ItemState.IN_REVIEW
    assert reviewer.submit(f"/telaah/{waiting}/revisi", {"reason": "Ganti pengecoh D"}).status_code == 302
    assert state_of(web_database, waiting) is ItemState.REVISION
    with web_database.reading() as session:
        item = queries.item_by_code(session, "UJI-01-1")
        assert item is not None
        assert [version.state for version in item.versions] == [ItemState.REVISION, ItemState.DRAFT]


def test_nobody_reviews_their_own_item(cast: Cast, web_database: Database) -> None:
    reviewer = cast[Role.REVIEWER]
    own = _hand_in(web_database, reviewer)
    text = reviewer.get(f"/telaah/{own}").text
    assert 'type="radio"' not in text
    assert "tp-notice-warn" in text
    assert reviewer.submit(f"/telaah/{own}", YES).status_code == 422
    assert reviewer.submit(f"/telaah/{own}/setujui").status_code == 422
    assert n_reviews(web_database, own) == 0


def test_a_version_that_left_the_review_shows_where_it_is(cast: Cast, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    reviewer.submit(f"/telaah/{waiting}", YES)
    reviewer.submit(f"/telaah/{waiting}/setujui")
    text = reviewer.get(f"/telaah/{waiting}").text
    assert f'href="/bank/soal/{waiting}"' in text
    assert "UJI-01-1" not in reviewer.get("/telaah/").text
