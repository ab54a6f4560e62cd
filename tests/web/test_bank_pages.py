"""The pages of the item bank: who sees them, what they show, how versions are moved."""

import re
import uuid
from dataclasses import dataclass

import pytest
from flask import Flask

from analysis.explanations import REASONS
from itembank import operations, queries
from itembank.model import Mark
from itembank.states import ItemState
from registry.model import RoleGrant
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.web.item_markup import excerpt, with_pictures
from testing_platform.web.verdict_words import reason_text
from tests.conftest import NOW
from tests.store.bank_builder import ALL_YES, ask, load_pedagogic, new_item
from tests.web.bank_pages import approved, in_review, tried_out
from tests.web.conftest import Browser, Cast

READERS = {Role.BANK_MANAGER, Role.PSYCHOMETRICIAN}


@dataclass(frozen=True)
class Shelf:
    """An approved item, by how pages name it."""

    version_id: uuid.UUID
    sha256: str

    @property
    def url(self) -> str:
        return f"/bank/soal/{self.version_id}"


@pytest.fixture
def shelf(web_database: Database, cast: Cast) -> Shelf:
    """One approved item with a picture."""
    writer, reviewer = cast[Role.ITEM_WRITER].actor, cast[Role.REVIEWER].actor
    second = cast.another(Role.REVIEWER, number=2).actor
    assert writer is not None
    assert reviewer is not None
    assert second is not None
    with web_database.transaction() as session:
        load_pedagogic(session)
        version = approved(session, writer, reviewer, second)
        return Shelf(version.public_id, version.pictures[0].sha256)


def state_of(database: Database, version_id: uuid.UUID) -> ItemState:
    with database.reading() as session:
        version = queries.version_by_public_id(session, version_id)
        assert version is not None
        return version.state


def page(browser: Browser, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status
    return response.get_data(as_text=True)


# Who may ------------------------------------------------------------------------------------------------------------


def test_lists_are_for_readers_of_the_bank(cast: Cast) -> None:
    assert cast.who_may("GET", "/bank/") == READERS


def test_an_item_appears_to_readers_of_the_bank_only(cast: Cast, shelf: Shelf) -> None:
    assert cast.who_may("GET", shelf.url) == READERS
    assert cast.who_may("GET", f"/bank/media/{shelf.sha256}") == READERS
    for role in set(Role) - READERS:
        assert b"kemiringan" not in cast[role].get(shelf.url).data


def test_only_bank_managers_move_items(cast: Cast, shelf: Shelf) -> None:
    assert cast.who_may("POST", f"{shelf.url}/pindah") == {Role.BANK_MANAGER}
    assert "data-dialog-open" not in page(cast[Role.PSYCHOMETRICIAN], shelf.url)
    assert 'value="suspended"' in page(cast[Role.BANK_MANAGER], shelf.url)


def test_a_move_without_the_token_of_the_form_is_refused(cast: Cast, web_database: Database, shelf: Shelf) -> None:
    response = cast[Role.BANK_MANAGER].post(f"{shelf.url}/pindah", data={"to": "suspended", "reason": "Dugaan bocor"})
    assert response.status_code == 400
    assert state_of(web_database, shelf.version_id) is ItemState.APPROVED


# What is shown ------------------------------------------------------------------------------------------------------


def test_the_page_of_an_item_shows_it_with_its_picture_and_maths(cast: Cast, shelf: Shelf) -> None:
    text = page(cast[Role.BANK_MANAGER], shelf.url)
    assert f'<img src="/bank/media/{shelf.sha256}"' in text
    assert "<mfrac>" in text
    assert "Rahasia pembahasan" in text[text.index("<details") :]
    assert "tp-item-key" not in text, "the key is not marked among the options"


@pytest.mark.parametrize("part", ["telaah", "statistik", "periksa", "riwayat"])
def test_every_part_of_the_page_opens(cast: Cast, web_database: Database, shelf: Shelf, part: str) -> None:
    manager = cast[Role.BANK_MANAGER].actor
    assert manager is not None
    with web_database.transaction() as session:
        version = queries.version_by_public_id(session, shelf.version_id)
        assert version is not None
        tried_out(session, version, manager)
    text = page(cast[Role.BANK_MANAGER], f"{shelf.url}?bagian={part}")
    shown = {"telaah": "reviewer 1", "statistik": "0,41", "periksa": "</h2>", "riwayat": 'aria-current="page">1</a>'}
    assert shown[part] in text


def test_a_picture_is_served_with_a_policy_that_disarms_it(cast: Cast, shelf: Shelf) -> None:
    response = cast[Role.BANK_MANAGER].get(f"/bank/media/{shelf.sha256}")
    assert response.mimetype == "image/svg+xml"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "sandbox" in policy
    assert "script" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert cast[Role.BANK_MANAGER].get("/bank/media/" + "0" * 64).status_code == 404


@pytest.mark.usefixtures("shelf")
def test_the_list_is_narrowed_by_words_state_and_indicator(cast: Cast, web_database: Database) -> None:
    writer = cast[Role.BANK_MANAGER]
    assert writer.actor is not None
    with web_database.transaction() as session:
        new_item(session, writer.actor, code="UJI-02-1", indicator="P02")
    assert "UJI-01-1" in page(writer, "/bank/?text=kemiringan")
    assert "UJI-02-1" not in page(writer, "/bank/?text=kemiringan")
    assert "UJI-01-1" not in page(writer, "/bank/?state=draft")
    assert "UJI-02-1" in page(writer, "/bank/?indicator=P02")
    assert "UJI-01-1" not in page(writer, "/bank/?indicator=P02")


@pytest.mark.usefixtures("shelf")
def test_an_unknown_state_is_named_and_what_was_typed_stays(cast: Cast) -> None:
    text = page(cast[Role.BANK_MANAGER], "/bank/?state=hilang&text=kemiringan", 422)
    assert "“hilang”" in text
    assert 'value="kemiringan"' in text


def test_the_list_shows_the_latest_figures(cast: Cast, web_database: Database, shelf: Shelf) -> None:
    manager = cast[Role.BANK_MANAGER]
    assert manager.actor is not None
    assert "0,41" not in page(manager, "/bank/")
    with web_database.transaction() as session:
        version = queries.version_by_public_id(session, shelf.version_id)
        assert version is not None
        tried_out(session, version, manager.actor)
    assert "0,41" in page(manager, "/bank/")


def test_an_item_that_does_not_exist_is_not_found(cast: Cast) -> None:
    page(cast[Role.BANK_MANAGER], f"/bank/soal/{uuid.uuid4()}", 404)


def test_a_manager_who_reviews_sees_no_other_review_before_both_are_in(cast: Cast, web_database: Database) -> None:
    writer, first, second = (
        cast[Role.ITEM_WRITER].actor,
        cast[Role.REVIEWER].actor,
        cast.another(Role.BANK_MANAGER, number=2),
    )
    assert writer is not None
    assert first is not None
    assert second.actor is not None
    with web_database.transaction() as session:
        held = {"role": Role.REVIEWER, "granted_at": NOW, "approved_at": NOW}
        session.add(RoleGrant(account_id=second.actor.key, **held))
        load_pedagogic(session)
        version = in_review(session, writer)
        ask(session, version, first)
        marks, words = {**ALL_YES, "M2": Mark.NO}, {"M2": "Kata Ratna"}
        operations.review_version(session, version, marks=marks, comments=words, actor=first, now=NOW)
    url = f"/bank/soal/{version.public_id}?bagian=telaah"
    history = page(second, f"/bank/soal/{version.public_id}?bagian=riwayat")
    assert "M2" not in re.sub(r"<[^>]*>", " ", history), "tokens in attributes may hold any letters"
    assert "Kata Ratna" not in page(second, url), "also before anybody asked them to read it"
    assert "Kata Ratna" in page(cast[Role.BANK_MANAGER], url)
    with web_database.transaction() as session:
        again = session.get_one(type(version), version.id)
        ask(session, again, second.actor)
        operations.review_version(session, again, marks=ALL_YES, actor=second.actor, now=NOW)
    assert "Kata Ratna" in page(second, url)


# Moves --------------------------------------------------------------------------------------------------------------


def test_a_manager_suspends_an_item_and_brings_it_back(cast: Cast, web_database: Database, shelf: Shelf) -> None:
    manager = cast[Role.BANK_MANAGER]
    moved = manager.submit(f"{shelf.url}/pindah", {"to": "suspended", "reason": "Dugaan bocor di satu lokasi"})
    assert moved.status_code == 302
    assert state_of(web_database, shelf.version_id) is ItemState.SUSPENDED
    text = page(manager, shelf.url)
    assert 'data-dialog-open="move-approved"' in text, "it returns to where it came from"
    assert 'data-dialog-open="move-operational"' not in text
    manager.submit(f"{shelf.url}/pindah", {"to": "approved", "reason": "Pemeriksaan selesai"})
    assert state_of(web_database, shelf.version_id) is ItemState.APPROVED
    assert "Dugaan bocor di satu lokasi" in page(manager, f"{shelf.url}?bagian=riwayat")


def test_a_move_without_a_reason_is_asked_for_it_again(cast: Cast, web_database: Database, shelf: Shelf) -> None:
    response = cast[Role.BANK_MANAGER].submit(f"{shelf.url}/pindah", {"to": "suspended", "reason": " xq9 "})
    assert response.status_code == 422
    assert "xq9</textarea>" in response.text, "what was typed stays"
    assert 'id="f-reason-error"' in response.text
    assert state_of(web_database, shelf.version_id) is ItemState.APPROVED


def test_an_illegal_move_is_refused_in_words(cast: Cast, web_database: Database, shelf: Shelf) -> None:
    manager = cast[Role.BANK_MANAGER]
    manager.submit(f"{shelf.url}/pindah", {"to": "operational", "reason": "Tergesa-gesa"})
    assert state_of(web_database, shelf.version_id) is ItemState.APPROVED
    assert "UJI-01-1" in page(manager, shelf.url)
    assert manager.submit(f"{shelf.url}/pindah", {"to": "hilang", "reason": "Tergesa-gesa"}).status_code == 400


def test_revision_leads_to_the_new_draft(cast: Cast, web_database: Database, shelf: Shelf) -> None:
    manager = cast[Role.BANK_MANAGER]
    assert manager.actor is not None
    with web_database.transaction() as session:
        version = queries.version_by_public_id(session, shelf.version_id)
        assert version is not None
        tried_out(session, version, manager.actor)
    moved = manager.submit(f"{shelf.url}/pindah", {"to": "revision", "reason": "Pengecoh D mati"})
    draft = uuid.UUID(moved.headers["Location"].rsplit("/", 1)[1])
    assert draft != shelf.version_id
    assert state_of(web_database, draft) is ItemState.DRAFT
    manager.submit(f"/bank/soal/{draft}/pindah", {"to": "in_review"})
    assert state_of(web_database, draft) is ItemState.IN_REVIEW


# Verdicts in words --------------------------------------------------------------------------------------------------


def test_every_reason_of_the_policy_has_a_sentence_with_its_numbers(app: Flask) -> None:
    numbers = dict.fromkeys(
        ("n", "wanted", "distractor", "key", "value", "upper_limit", "lower_limit", "limit", "p", "share"), 0.123
    )
    with app.test_request_context():
        for code in REASONS:
            text = reason_text({"code": code, "option": "B", "numbers": numbers})
            assert text != code
            assert "%(" not in text
        easy = {"code": "too_easy", "option": None, "numbers": {"p": 0.93, "limit": 0.9, "wanted": 0.75}}
        assert re.findall(r"\d+%", reason_text(easy)) == ["93%", "90%", "75%"]
        low = {"code": "discrimination_low", "numbers": {"value": -0.05, "upper_limit": None, "wanted": 0.2}}
        assert "−0,05" in reason_text(low)
        assert "0,20" in reason_text(low)


# Pure parts ---------------------------------------------------------------------------------------------------------


def test_pictures_get_their_address_and_nothing_else_changes() -> None:
    html = '<p>a</p><img data-media-name="a.svg" alt="A" width="4"><img data-media-name="b.svg" alt="B">'
    shown = with_pictures(html, {"a.svg": "/bank/media/1?x=1&y=2"})
    assert shown == (
        '<p>a</p><img src="/bank/media/1?x=1&amp;y=2" alt="A" width="4"><img data-media-name="b.svg" alt="B">'
    )


def test_what_an_author_typed_never_becomes_a_picture() -> None:
    html = "<p>&lt;img data-media-name=&quot;a.svg&quot;&gt;</p>"
    assert with_pictures(html, {"a.svg": "/x"}) == html


def test_an_excerpt_leaves_out_what_a_list_cannot_show() -> None:
    stem = "Lihat.\n\n![Segitiga](figures/a.svg)\n\nJika $x^2 = 4$, berapa **$x$**?"
    assert excerpt(stem) == "Lihat. Jika …, berapa … ?"
    assert excerpt("kata " * 60).endswith(" …")
    assert len(excerpt("kata " * 60)) <= 112
