"""The pages on the checks themselves: agreement of reviewers, foresight of checks, and the checklist in use."""

import io
import re
import uuid

import pytest

from itembank import operations
from itembank.checklist import shipped_source
from itembank.model import Mark
from registry.actor import SYSTEM
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import ALL_YES, ask, load_pedagogic, new_item, with_statistics
from tests.web.conftest import Browser, Cast
from tests.web.test_review_pages import actor_of

BOARD = "/papan-telaah/"
OTHER = """code = "lembaga-lain"
edition = 1
[[criterion]]
code = "Z1"
group = "construction"
title_id = "Pilihan setara"
title_en = "Options alike"
help_id = "Panjang dan rincinya."
help_en = "Length and detail."
covers = ["K6", "M2"]
"""


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


@pytest.fixture
def administration(cast: Cast, web_database: Database) -> uuid.UUID:
    """An item that one reviewer doubted, the manager let pass, and the try-out proved faulty."""
    people = [actor_of(cast.another(Role.REVIEWER, number=number)) for number in (1, 2)]
    writer, manager = actor_of(cast[Role.ITEM_WRITER]), actor_of(cast[Role.BANK_MANAGER])
    with web_database.transaction() as session:
        load_pedagogic(session)
        version = new_item(session, writer)
        operations.submit_for_review(session, version, actor=writer, now=NOW)
        ask(session, version, *people)
        for reader, mark in zip(people, (Mark.NO, Mark.YES), strict=True):
            marks, words = {**ALL_YES, "M2": mark}, {"M2": "D tidak memikat."}
            operations.review_version(session, version, marks=marks, comments=words, actor=reader, now=NOW)
        word = operations.Word(upheld=False, reason="Coba dahulu.")
        key = (version.reviews[0].public_id, "M2")
        operations.rule(session, version, {key: word}, actor=manager, now=NOW)
        operations.start_pretest(session, [version], actor=SYSTEM, now=NOW)
        return with_statistics(session, version).administration


@pytest.mark.parametrize("page", ["kesepakatan", "bukti"])
def test_the_quality_of_checks_is_for_managers_and_psychometricians(cast: Cast, page: str) -> None:
    assert cast.who_may("GET", BOARD + page) == {Role.BANK_MANAGER, Role.PSYCHOMETRICIAN}
    assert "tp-empty" in cast[Role.PSYCHOMETRICIAN].get(BOARD + page).text


def test_the_checklist_is_the_bank_managers(cast: Cast) -> None:
    for method, path in (("GET", "daftar"), ("POST", "daftar"), ("GET", "daftar/telaah-16/1.toml")):
        assert cast.who_may(method, BOARD + path) == {Role.BANK_MANAGER}


@pytest.mark.usefixtures("administration")
def test_agreement_names_criteria_pairs_and_reviewers_and_calls_few_few(cast: Cast) -> None:
    text = text_of(cast[Role.BANK_MANAGER].get(BOARD + "kesepakatan").text)
    assert "Baru 1 soal" in text
    assert re.search(r"M2 Setiap pengecoh masuk akal 1 0 % 0–79 %", text)
    assert re.search(r"reviewer 1, reviewer 2 1 0 % 94 %", text)


def test_foresight_shows_what_was_foreseen_and_by_whom(cast: Cast, administration: uuid.UUID) -> None:
    psychometrician = cast[Role.PSYCHOMETRICIAN]
    page = psychometrician.get(f"{BOARD}bukti?pelaksanaan={administration}").text
    assert re.search(r"Terduga: .*UJI-01-1", text_of(page[page.index("<dl") :]))
    assert psychometrician.get(f"{BOARD}bukti?pelaksanaan={uuid.uuid4()}").status_code == 404
    assert "UJI-01-1" in psychometrician.get(f"{BOARD}bukti").text


def sent(manager: Browser, source: bytes) -> int:
    return manager.submit(BOARD + "daftar", {"file": (io.BytesIO(source), "daftar.toml")}).status_code


def test_another_authority_loads_its_own_checklist(cast: Cast, web_database: Database) -> None:
    manager, reviewer = cast[Role.BANK_MANAGER], cast[Role.REVIEWER]
    assert manager.get(BOARD + "daftar/telaah-16/1.toml").text == shipped_source()
    assert sent(manager, OTHER.encode()) == 302
    assert "lembaga-lain/1" in manager.get(BOARD + "daftar").text
    writer, reader = actor_of(cast[Role.ITEM_WRITER]), actor_of(reviewer)
    with web_database.transaction() as session:
        load_pedagogic(session)
        version = new_item(session, writer)
        operations.submit_for_review(session, version, actor=writer, now=NOW)
        ask(session, version, reader)
    desk = reviewer.get(f"/telaah/{version.public_id}").text
    assert re.findall(r'name="mark-([A-Z0-9]+)" value="yes"', desk) == ["Z1"]
    assert reviewer.submit(f"/telaah/{version.public_id}", {"mark-Z1": "yes"}).status_code == 302


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xff\xfe",
        OTHER.replace('"construction"', '"warna"').encode(),
        shipped_source().replace("Soal mengukur", "Butir mengukur").encode(),
        b"x" * 200_001,
    ],
)
def test_a_checklist_that_cannot_be_used_is_refused_in_words(cast: Cast, source: bytes) -> None:
    manager = cast[Role.BANK_MANAGER]
    answer = manager.submit(BOARD + "daftar", {"file": (io.BytesIO(source), "daftar.toml")})
    assert answer.status_code == 422
    assert "tp-error-summary" in answer.text
    assert "telaah-16/1" in manager.get(BOARD + "daftar").text
