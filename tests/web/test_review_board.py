"""The board of reviews: who is asked, what waits for whom, rulings, and the way back to the writer."""

import re
import uuid
from datetime import timedelta

import pytest

from itembank import queries
from itembank.states import ItemState
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.wiring import utc_now
from tests.store.bank_builder import load_pedagogic
from tests.web.bank_pages import in_review
from tests.web.conftest import Browser, Cast
from tests.web.test_review_pages import NO_M2, YES, actor_of, state_of

BOARD = "/papan-telaah/"
DUE = {"due_on": (utc_now() + timedelta(days=9)).date().isoformat()}


@pytest.fixture
def waiting(web_database: Database, cast: Cast) -> uuid.UUID:
    """An item in review for which nobody was asked yet; two reviewers are there."""
    writer, _first, _second = cast[Role.ITEM_WRITER], cast[Role.REVIEWER], cast.another(Role.REVIEWER, number=2)
    with web_database.transaction() as session:
        load_pedagogic(session)
        return in_review(session, actor_of(writer)).public_id


@pytest.fixture
def read(cast: Cast, waiting: uuid.UUID) -> uuid.UUID:
    """The same item after the reviewers came to differ."""
    cast[Role.BANK_MANAGER].submit(f"{BOARD}tugaskan", DUE)
    for number, marks in ((1, NO_M2), (2, YES)):
        cast.another(Role.REVIEWER, number=number).submit(f"/telaah/{waiting}", marks)
    return waiting


def test_the_board_is_for_bank_managers(cast: Cast, waiting: uuid.UUID) -> None:
    for method, path in (
        ("GET", BOARD),
        ("GET", f"{BOARD}{waiting}"),
        ("POST", f"{BOARD}tugaskan"),
        ("POST", f"{BOARD}{waiting}/tugaskan"),
        ("POST", f"{BOARD}{waiting}/putuskan"),
        ("POST", f"{BOARD}{waiting}/kembalikan"),
        ("POST", f"{BOARD}{waiting}/setujui"),
        ("POST", f"{BOARD}{waiting}/tarik"),
        ("POST", f"{BOARD}tugas/{uuid.uuid4()}/ganti"),
    ):
        assert cast.who_may(method, path) == {Role.BANK_MANAGER}, path


def test_an_empty_board_says_what_to_do(cast: Cast) -> None:
    assert "tp-empty" in cast[Role.BANK_MANAGER].get(BOARD).text


def test_one_press_asks_those_who_are_proposed(cast: Cast, waiting: uuid.UUID) -> None:
    manager = cast[Role.BANK_MANAGER]
    assert "reviewer 1, reviewer 2" in manager.get(BOARD).text
    assert manager.submit(f"{BOARD}tugaskan", DUE).status_code == 302
    for number in (1, 2):
        assert "UJI-01-1" in cast.another(Role.REVIEWER, number=number).get("/telaah/").text
    swap = re.findall(r'action="(/papan-telaah/tugas/[^"]+)"', manager.get(f"{BOARD}{waiting}").text)
    later = {"due_on": "2099-12-31", "reviewer": str(actor_of(cast[Role.REVIEWER]).public_id)}
    manager.submit(swap[0], later)
    assert "2099" in cast[Role.REVIEWER].get("/telaah/").text, "the same person may get a new date"


def test_the_manager_chooses_and_replaces(cast: Cast, waiting: uuid.UUID) -> None:
    manager, third = cast[Role.BANK_MANAGER], cast.another(Role.REVIEWER, number=3)
    people = [actor_of(cast.another(Role.REVIEWER, number=number)).public_id for number in (1, 2)]
    manager.submit(f"{BOARD}{waiting}/tugaskan", {**DUE, "reviewer": [str(key) for key in people]})
    swap = re.findall(r'action="(/papan-telaah/tugas/[^"]+)"', manager.get(f"{BOARD}{waiting}").text)
    assert len(swap) == 2
    manager.submit(swap[0], {**DUE, "reviewer": str(actor_of(third).public_id)})
    assert "UJI-01-1" in third.get("/telaah/").text
    assert "UJI-01-1" not in cast[Role.REVIEWER].get("/telaah/").text


def test_a_refused_choice_is_told_in_words(cast: Cast, waiting: uuid.UUID) -> None:
    manager = cast[Role.BANK_MANAGER]
    writer = str(actor_of(cast[Role.ITEM_WRITER]).public_id)
    answer = manager.submit(f"{BOARD}{waiting}/tugaskan", {**DUE, "reviewer": writer})
    assert "tp-notice-bad" in manager.get(answer.location).text
    assert manager.submit(f"{BOARD}{waiting}/tugaskan", {**DUE, "reviewer": "siapa"}).status_code == 400


def test_the_manager_sees_both_readings_and_sets_a_no_aside(
    cast: Cast, web_database: Database, read: uuid.UUID
) -> None:
    manager = cast[Role.BANK_MANAGER]
    assert f'href="{BOARD}{read}"' in manager.get(BOARD).text
    text = manager.get(f"{BOARD}{read}").text
    assert "Pengecoh D tidak masuk akal" in text
    fields = {"ruling-1-M2": "overrule", "reason-1-M2": "Kekeliruan itu lazim."}
    incomplete = manager.submit(f"{BOARD}{read}/putuskan", {**fields, "reason-1-M2": "x"})
    assert incomplete.status_code == 422
    assert re.search(r'value="overrule" checked', incomplete.text)
    assert manager.submit(f"{BOARD}{read}/putuskan", fields).status_code == 302
    assert state_of(web_database, read) is ItemState.APPROVED


def test_an_upheld_no_goes_back_with_the_words(cast: Cast, web_database: Database, read: uuid.UUID) -> None:
    manager = cast[Role.BANK_MANAGER]
    manager.submit(f"{BOARD}{read}/putuskan", {"ruling-1-M2": "uphold", "reason-1-M2": "Benar, ganti D."})
    assert state_of(web_database, read) is ItemState.REVISION
    with web_database.reading() as session:
        item = queries.item_by_code(session, "UJI-01-1")
        assert item is not None
        draft = item.versions[-1].public_id
    assert f'href="{BOARD}{draft}"' in manager.get(BOARD).text
    text = manager.get(f"{BOARD}{draft}").text
    assert "Pengecoh D tidak masuk akal" in text
    assert "Benar, ganti D." in text


def test_what_both_refuse_goes_back_by_one_press(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    manager = cast[Role.BANK_MANAGER]
    manager.submit(f"{BOARD}tugaskan", DUE)
    for number in (1, 2):
        cast.another(Role.REVIEWER, number=number).submit(f"/telaah/{waiting}", NO_M2)
    assert "/putuskan" not in manager.get(f"{BOARD}{waiting}").text
    manager.submit(f"{BOARD}{waiting}/kembalikan", {"note": ""})
    assert state_of(web_database, waiting) is ItemState.REVISION


def test_an_item_is_withdrawn_before_it_was_read(cast: Cast, web_database: Database, waiting: uuid.UUID) -> None:
    manager = cast[Role.BANK_MANAGER]
    refused = manager.submit(f"{BOARD}{waiting}/tarik", {"reason": " xq "})
    assert (refused.status_code, "xq</textarea>" in refused.text) == (422, True)
    assert manager.submit(f"{BOARD}{waiting}/tarik", {"reason": "Gambarnya tertinggal."}).status_code == 302
    assert state_of(web_database, waiting) is ItemState.REVISION


def test_a_manager_who_wrote_the_item_cannot_rule(cast: Cast, web_database: Database, read: uuid.UUID) -> None:
    manager: Browser = cast[Role.BANK_MANAGER]
    with web_database.transaction() as session:
        version = queries.version_by_public_id(session, read)
        assert version is not None
        own = in_review(session, actor_of(manager), code="UJI-02-1").public_id
    manager.submit(f"{BOARD}tugaskan", DUE)
    for number, marks in ((1, NO_M2), (2, YES)):
        cast.another(Role.REVIEWER, number=number).submit(f"/telaah/{own}", marks)
    assert "/putuskan" not in manager.get(f"{BOARD}{own}").text
    manager.submit(f"{BOARD}{own}/putuskan", {"ruling-1-M2": "overrule", "reason-1-M2": "Punya saya."})
    assert state_of(web_database, own) is ItemState.IN_REVIEW
