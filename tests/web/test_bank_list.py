"""The list of the bank in a browser: found, sorted, paged, and moved many at a time."""

import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from itembank.model import ItemVersion
from itembank.operations.bulk import BulkMove
from itembank.operations.life import start_pretest
from itembank.queries.lists import ItemFilter, find_items
from itembank.queries.shelf import SortedBy, versions_by_public_id
from itembank.states import ItemState
from registry.actor import SYSTEM
from registry.queries import audit_page
from registry.roles import Role
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.database import Database
from testing_platform.web.bank_asked import written_place
from tests.conftest import NOW
from tests.web.conftest import Browser, Cast


@pytest.fixture
def manager(cast: Cast) -> Browser:
    return cast[Role.BANK_MANAGER]


@pytest.fixture
def app(sqlite_banked: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on the shipped bank."""
    shutil.copy(sqlite_banked, tmp_path / "testing-platform.sqlite")
    app = create_app(Settings(data=tmp_path, secret=SecretStr("for tests only: " + "x" * 32)))
    app.testing = True
    app.test_client_class = Browser
    yield app
    app.extensions["testing_platform"].database.dispose()


@pytest.fixture
def shipped(web_database: Database) -> list[uuid.UUID]:
    """The pedagogic items, by code."""
    with web_database.reading() as session:
        return [row.public_id for row in find_items(session, ItemFilter(blueprint="matematika-pedagogik"))]


def page(browser: Browser, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status, response.get_data(as_text=True)[:2000]
    return response.get_data(as_text=True)


def codes(text: str) -> list[str]:
    return re.findall(r'<a href="/bank/soal/[^"]*">([^<]+)</a>', text)


def ticked(items: Sequence[uuid.UUID], move: BulkMove, reason: str = "") -> dict[str, object]:
    return {"item": [str(item) for item in items], "move": move.value, "reason": reason, "back": "/bank/?text=segitiga"}


def versions(database: Database, items: Sequence[uuid.UUID]) -> list[ItemVersion]:
    with database.reading() as session:
        return versions_by_public_id(session, items)


# Finding --------------------------------------------------------------------------------------------------------------


def test_pages_lead_to_the_next_and_back(manager: Browser) -> None:
    first = page(manager, "/bank/")
    assert len(codes(first)) == 50
    following = re.search(r'href="([^"]*)" rel="next"', first)
    assert following is not None
    second = page(manager, following[1].replace("&amp;", "&"))
    assert codes(second)[0] > codes(first)[-1]
    previous = re.search(r'href="([^"]*)" rel="prev"', second)
    assert previous is not None
    assert codes(page(manager, previous[1].replace("&amp;", "&"))) == codes(first)


def test_words_are_marked_where_they_were_found(manager: Browser) -> None:
    text = page(manager, "/bank/?text=segitiga")
    assert "<mark>segitiga</mark>" in text
    assert len(codes(text)) > 5
    assert (
        "&lt;script" not in page(manager, "/bank/?text=<script>alert(1)</script>").split("<main")[1].split("<form")[0]
    )


@pytest.mark.parametrize("by", ["", *(f"{sign}{by}" for by in SortedBy for sign in ("", "-"))])
def test_every_order_has_further_pages(manager: Browser, by: str) -> None:
    text = page(manager, f"/bank/?text=yang&sort={by}")
    following = re.search(r'href="([^"]*)" rel="next"', text)
    assert following is not None
    assert not set(codes(page(manager, following[1].replace("&amp;", "&")))) & set(codes(text))


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("p_from=1,5", "p_from"),
        ("r_from=0,5&r_to=0,2", "r_to"),
        ("age=ancient", "age"),
        ("key=Z", "key"),
        ("author=x", "author"),
        ("seen_from=-1", "seen_from"),
    ],
)
def test_conditions_that_mean_nothing_are_named(manager: Browser, asked: str, wrong: str) -> None:
    assert f'href="#f-{wrong}"' in page(manager, f"/bank/?{asked}", 422)


@pytest.mark.parametrize(
    "place",
    [
        "x",
        "W10",
        written_place(("a",)),
        written_place((1, "a", 2)),
        written_place(("a", 2**40)),
        "é",
        written_place(("a", True)),
    ],
)
def test_a_broken_address_leads_to_the_first_page(manager: Browser, place: str) -> None:
    assert codes(page(manager, f"/bank/?after={place}"))[0] == codes(page(manager, "/bank/"))[0]


def test_all_conditions_work_together(manager: Browser) -> None:
    conditions = (
        "text=siswa&bloom=C4&key=B&author=shipped&p_from=0,1&p_to=.9&r_from=-0,2&r_to=1&seen_from=0&seen_to=5&age=older"
    )
    assert "rel=" not in page(manager, f"/bank/?{conditions}").split("<main")[1]
    assert codes(page(manager, "/bank/?bloom=C4&key=B&author=shipped&seen_to=0"))


# Moving ---------------------------------------------------------------------------------------------------------------


def test_only_bank_managers_move_many(cast: Cast, shipped: list[uuid.UUID]) -> None:
    assert cast.who_may("POST", "/bank/pindahkan") == {Role.BANK_MANAGER}
    assert cast.who_may("POST", "/bank/pindahkan/jalankan") == {Role.BANK_MANAGER}
    assert 'name="item"' not in page(cast[Role.PSYCHOMETRICIAN], "/bank/")
    assert 'name="item"' in page(cast[Role.BANK_MANAGER], "/bank/")
    assert shipped


def test_first_it_is_shown_what_would_move_and_why_the_rest_stays(
    manager: Browser, web_database: Database, shipped: list[uuid.UUID]
) -> None:
    with web_database.transaction() as session:
        start_pretest(session, versions_by_public_id(session, shipped[:2]), actor=SYSTEM, now=NOW)
    response = manager.submit("/bank/pindahkan", ticked(shipped[:3], BulkMove.RETIRE))
    text = response.get_data(as_text=True)
    assert text.index("MAT-PED-01-1") < text.index("MAT-PED-01-3")
    assert 'href="/bank/?text=segitiga"' in text
    assert {version.state for version in versions(web_database, shipped[:3])} == {ItemState.PRETEST, ItemState.APPROVED}


def test_each_item_moves_wholly_or_not_at_all(
    manager: Browser, web_database: Database, shipped: list[uuid.UUID]
) -> None:
    with web_database.transaction() as session:
        start_pretest(session, versions_by_public_id(session, shipped[:2]), actor=SYSTEM, now=NOW)
    manager.submit("/bank/pindahkan/jalankan", ticked(shipped[:3], BulkMove.RETIRE, "Usang sejak 2015"))
    states = [version.state for version in versions(web_database, shipped[:3])]
    assert states == [ItemState.RETIRED, ItemState.RETIRED, ItemState.APPROVED]
    with web_database.reading() as session:
        events = [audit_page(session, subject=str(item), action="item.move").events[0] for item in shipped[:2]]
    assert {event.details["reason"] for event in events} == {"Usang sejak 2015"}
    assert len({event.details["batch"] for event in events}) == 1


def test_what_was_suspended_goes_back_to_where_it_was(
    manager: Browser, web_database: Database, shipped: list[uuid.UUID]
) -> None:
    with web_database.transaction() as session:
        start_pretest(session, versions_by_public_id(session, shipped[:1]), actor=SYSTEM, now=NOW)
    manager.submit("/bank/pindahkan/jalankan", ticked(shipped[:2], BulkMove.SUSPEND, "Dugaan bocor"))
    assert {version.state for version in versions(web_database, shipped[:2])} == {ItemState.SUSPENDED}
    report = manager.submit("/bank/pindahkan/jalankan", ticked(shipped[:3], BulkMove.RETURN, "Ternyata tidak bocor"))
    assert "tidak sedang ditangguhkan" in report.get_data(as_text=True)
    states = [version.state for version in versions(web_database, shipped[:3])]
    assert states == [ItemState.PRETEST, ItemState.APPROVED, ItemState.APPROVED]


def test_a_move_without_a_reason_keeps_the_page(
    manager: Browser, web_database: Database, shipped: list[uuid.UUID]
) -> None:
    response = manager.submit("/bank/pindahkan/jalankan", ticked(shipped[:1], BulkMove.SUSPEND, "ya"))
    assert response.status_code == 422
    assert str(shipped[0]) in response.get_data(as_text=True)
    assert versions(web_database, shipped[:1])[0].state is ItemState.APPROVED


def test_nothing_ticked_leads_back_with_a_word(manager: Browser) -> None:
    response = manager.submit("/bank/pindahkan", ticked([], BulkMove.SUSPEND))
    assert response.headers["Location"] == "/bank/?text=segitiga"
    elsewhere = {**ticked([], BulkMove.SUSPEND), "back": "https://contoh.test/"}
    assert manager.submit("/bank/pindahkan", elsewhere).headers["Location"] == "/bank/"
    assert manager.submit("/bank/pindahkan", {"move": "fly"}).status_code == 400
