"""Reviewing: what one was asked to read, the criteria with words for each no, blindness, and nobody else's items."""

import re
import uuid

import pytest

from itembank import queries
from itembank.checklist import current_checklist
from itembank.states import ItemState
from registry.actor import Actor
from registry.roles import Role
from testing_platform.database import Database
from tests.store.bank_builder import ask, load_pedagogic
from tests.web.bank_pages import in_review
from tests.web.conftest import Browser, Cast

YES = {f"mark-{code}": "yes" for code in current_checklist().codes}
NO_M2 = {**YES, "mark-M2": "no", "words-M2": "Pengecoh D tidak masuk akal"}


def actor_of(browser: Browser) -> Actor:
    assert browser.actor is not None
    return browser.actor


@pytest.fixture
def second(cast: Cast) -> Browser:
    """The other reviewer."""
    return cast.another(Role.REVIEWER, number=2)


@pytest.fixture
def waiting(web_database: Database, cast: Cast, second: Browser) -> uuid.UUID:
    """An item that two people were asked to read."""
    readers, writer = (actor_of(cast[Role.REVIEWER]), actor_of(second)), actor_of(cast[Role.ITEM_WRITER])
    with web_database.transaction() as session:
        load_pedagogic(session)
        version = in_review(session, writer)
        ask(session, version, *readers)
        return version.public_id


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
        ("POST", f"/telaah/{waiting}/kembalikan"),
    ):
        assert cast.who_may(method, path) == {Role.REVIEWER}, path


def test_reviewers_see_what_they_were_asked_to_read_and_nothing_else(cast: Cast, waiting: uuid.UUID) -> None:
    asked, other = cast[Role.REVIEWER], cast.another(Role.REVIEWER, number=3)
    (picture,) = re.findall(rf"/telaah/{waiting}/media/[0-9a-f]+", asked.get(f"/telaah/{waiting}").text)
    assert asked.get(picture).status_code == 200
    assert asked.get(picture[:-4] + "0000").status_code == 404
    for path in (f"/telaah/{waiting}", picture):
        assert other.get(path).status_code == 404
    assert other.submit(f"/telaah/{waiting}", YES).status_code == 404
    assert "UJI-01-1" not in other.get("/telaah/").text
    for path in ("/bank/", f"/bank/soal/{waiting}"):
        assert asked.get(path).status_code == 403


@pytest.mark.usefixtures("waiting")
def test_the_list_says_what_waits_and_until_when(cast: Cast) -> None:
    text = cast[Role.REVIEWER].get("/telaah/").text
    assert "UJI-01-1" in text
    # Five columns: all of them, with what is to be done, fit on a screen of 800 pixels.
    assert text.count('<th scope="col"') == 5


def test_the_desk_shows_the_item_beside_sixteen_criteria_without_a_key_in_sight(cast: Cast, waiting: uuid.UUID) -> None:
    text = cast[Role.REVIEWER].get(f"/telaah/{waiting}").text
    for criterion in current_checklist().criteria:
        assert f'name="mark-{criterion.code}"' in text
        assert f'name="words-{criterion.code}"' in text
        assert criterion.title_id in text
    assert re.search(r"<details[^>]*><summary>[^<]*kunci", text)


def test_two_complete_reviews_approve(cast: Cast, web_database: Database, waiting: uuid.UUID, second: Browser) -> None:
    reviewer = cast[Role.REVIEWER]
    assert reviewer.submit(f"/telaah/{waiting}", YES).status_code == 302
    assert state_of(web_database, waiting) is ItemState.IN_REVIEW
    assert second.submit(f"/telaah/{waiting}", YES).status_code == 302
    assert state_of(web_database, waiting) is ItemState.APPROVED
    assert "tp-notice-note" in reviewer.get(f"/telaah/{waiting}").text
    assert 'data-state="approved"' in reviewer.get("/telaah/").text


def test_an_incomplete_review_comes_back_with_everything_typed(
    cast: Cast, web_database: Database, waiting: uuid.UUID
) -> None:
    marks = {**NO_M2, "mark-B4": ""}
    response = cast[Role.REVIEWER].submit(f"/telaah/{waiting}", {**marks, "comment": "Catatan saya"})
    assert response.status_code == 422
    assert 'href="#f-mark-B4"' in response.text
    assert "Catatan saya</textarea>" in response.text
    assert "Pengecoh D tidak masuk akal</textarea>" in response.text
    assert re.search(r'name="mark-M2" value="no" checked', response.text)
    assert n_reviews(web_database, waiting) == 0


def test_each_no_needs_its_own_words(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    response = reviewer.submit(f"/telaah/{waiting}", {**NO_M2, "words-M2": "   ", "comment": "Perbaiki."})
    assert response.status_code == 422
    assert 'href="#f-words-M2"' in response.text
    assert reviewer.submit(f"/telaah/{waiting}", {**NO_M2, "words-M2": "x" * 1001}).status_code == 422
    assert n_reviews(web_database, waiting) == 0
    assert reviewer.submit(f"/telaah/{waiting}", NO_M2).status_code == 302


def test_marks_of_the_other_appear_once_both_are_in(cast: Cast, waiting: uuid.UUID, second: Browser) -> None:
    first = cast[Role.REVIEWER]
    first.submit(f"/telaah/{waiting}", NO_M2)
    assert "Pengecoh D" not in second.get(f"/telaah/{waiting}").text
    assert "Pengecoh D" in first.get(f"/telaah/{waiting}").text
    second.submit(f"/telaah/{waiting}", YES)
    text = second.get(f"/telaah/{waiting}").text
    assert "Pengecoh D" in text
    assert "reviewer 1" not in text, "they learn what was said, not by whom"


def test_a_review_is_handed_in_once(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    reviewer.submit(f"/telaah/{waiting}", YES)
    assert reviewer.submit(f"/telaah/{waiting}", YES).status_code == 422
    assert n_reviews(web_database, waiting) == 1


def test_a_review_is_given_back_with_a_reason(cast: Cast, waiting: uuid.UUID) -> None:
    reviewer = cast[Role.REVIEWER]
    assert reviewer.submit(f"/telaah/{waiting}/kembalikan", {"reason": "x"}).status_code == 422
    assert reviewer.get(f"/telaah/{waiting}").status_code == 200
    assert reviewer.submit(f"/telaah/{waiting}/kembalikan", {"reason": "Penulisnya rekan saya"}).status_code == 302
    assert reviewer.get(f"/telaah/{waiting}").status_code == 302


def test_who_reads_too_late_keeps_the_words(cast: Cast, waiting: uuid.UUID) -> None:
    reader, board = cast[Role.REVIEWER], cast[Role.BANK_MANAGER]
    assert board.submit(f"/papan-telaah/{waiting}/tarik", {"reason": "Salah sel"}).status_code == 302
    refused = reader.submit(f"/telaah/{waiting}", NO_M2)
    assert refused.status_code == 422
    assert "Pengecoh D tidak masuk akal" in refused.text
    assert "data-words-over" not in refused.text


def test_what_went_to_somebody_else_is_said_to_be_gone(cast: Cast, waiting: uuid.UUID) -> None:
    reader = cast[Role.REVIEWER]
    reader.submit(f"/telaah/{waiting}/kembalikan", {"reason": "Saya mengenal penulisnya"})
    assert "UJI-01-1" not in reader.get("/telaah/").text
    assert reader.get(f"/telaah/{waiting}").location == "/telaah/"
    assert reader.submit(f"/telaah/{waiting}", YES).location == "/telaah/"
    assert "UJI-01-1" in reader.get("/telaah/").text  # in the words of the refusal
    assert cast.another(Role.REVIEWER, number=3).get(f"/telaah/{waiting}").status_code == 404
