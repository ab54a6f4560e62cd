"""The writer's desk in a real browser: two people race for one draft; server and session go away during typing."""

import logging
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from itembank.model import Indicator, ItemVersion, WorkingCopy
from itembank.operations import drafting
from itembank.operations.writing import note_author
from registry.actor import Actor
from registry.roles import Role
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.database import Database
from testing_platform.wiring import utc_now
from tests.examination import make_staff
from tests.ports import HOST, free_port
from tests.store.bank_builder import load_pedagogic
from tests.web import conftest as web

STEM, RATIONALE = "Pokok soal", "Pembahasan"


@dataclass
class Desk:
    """A server that can go away, an item that two people write, and signed-in browsers."""

    app: Flask
    browser: Browser
    port: int = field(default_factory=free_port)
    path: str = ""
    server: BaseWSGIServer | None = None

    @property
    def database(self) -> Database:
        database: Database = self.app.extensions["testing_platform"].database
        return database

    def come(self) -> None:
        self.server = make_server(HOST, self.port, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def go_away(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def cookie(self, who: Actor) -> dict[str, str]:
        """A session of its own, as after signing in."""
        client = self.app.test_client()
        assert isinstance(client, web.Browser)
        with self.database.transaction() as session:
            client.sign_in_as(session, who)
        cookie = client.get_cookie("testing_platform")
        assert cookie is not None
        return {"name": "testing_platform", "value": cookie.value, "url": f"http://{HOST}:{self.port}"}

    def opened_by(self, who: Actor) -> Page:
        """The editor in a browser of its own."""
        context = self.browser.new_context(viewport={"width": 1366, "height": 768}, locale="id-ID")
        context.set_default_timeout(10_000)
        context.add_cookies([self.cookie(who)])  # type: ignore[list-item]  # a cookie with an address is enough
        page = context.new_page()
        page.goto(f"http://{HOST}:{self.port}{self.path}")
        return page

    def kept(self) -> dict[str, str]:
        """What the server keeps of everybody's typing: the stems by the names of the accounts."""
        with self.database.reading() as session:
            return {copy.account.full_name: copy.content["stem"] for copy in session.scalars(select(WorkingCopy))}


@dataclass(frozen=True)
class People:
    """Who writes on the item."""

    writer: Actor
    colleague: Actor


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    shutil.copy(sqlite_template, tmp_path / "testing-platform.sqlite")
    app = create_app(Settings(data=tmp_path, secret=SecretStr("for tests only: " + "x" * 32)))
    app.test_client_class = web.Browser
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    desk = Desk(app, browser)
    desk.come()
    yield desk
    desk.go_away()
    for context in browser.contexts:
        context.close()
    desk.database.dispose()


@pytest.fixture
def people(desk: Desk) -> People:
    with desk.database.transaction() as session:
        load_pedagogic(session)
        found = People(*(make_staff(session, Role.ITEM_WRITER, name) for name in ("Bambang", "Ani")))
        manager = make_staff(session, Role.BANK_MANAGER, "Rina")
        cell = session.scalars(select(Indicator).where(Indicator.code == "P07")).one()
        version = drafting.open_item(session, cell, actor=manager, now=utc_now())
        for who in (found.writer, found.colleague):
            note_author(session, version.item, who.key, by=manager.key, now=utc_now())
        desk.path = f"/menulis/{version.public_id}"
    return found


def kept(page: Page) -> None:
    """Wait until the page says that the server has everything."""
    expect(page.locator("#status")).to_have_attribute("data-state", "kept")


def complete(page: Page) -> None:
    """Fill in all but the stem."""
    for letter, text in zip("ABCD", ("20 cm", "24 cm", "28 cm", "48 cm"), strict=True):
        page.get_by_label(f"Pilihan {letter}", exact=True).fill(text)
    page.get_by_role("radio", name="C adalah kunci").check()
    page.get_by_label(RATIONALE, exact=True).fill("Jumlahkan keempat sisinya.")


def test_two_people_race_for_one_draft_and_no_word_is_lost(desk: Desk, people: People) -> None:
    first, second = desk.opened_by(people.writer), desk.opened_by(people.colleague)
    for page, stem in ((first, "Berapa keliling persegi itu?"), (second, "Hitunglah kelilingnya!")):
        page.get_by_label(STEM, exact=True).fill(stem)
        complete(page)
        kept(page)
    shown = first.frame_locator("#screen").locator("#stem")
    expect(shown).to_have_text("Berapa keliling persegi itu?")
    first.get_by_role("button", name="Simpan dan periksa").click()
    expect(first.get_by_text("Rancangan disimpan")).to_be_visible()
    second.get_by_label(RATIONALE, exact=True).fill("Empat kali sisinya.")
    expect(second.get_by_text("Bambang menyimpan rancangan ini")).to_be_visible()
    second.get_by_role("button", name="Simpan dan periksa").click()
    expect(second.get_by_role("heading", name="Dua naskah")).to_be_visible()
    second.get_by_role("group", name=STEM).get_by_label("Keduanya").check()
    second.get_by_role("group", name=RATIONALE).get_by_label("Di jendela ini").check()
    second.get_by_role("button", name="Lanjutkan").click()
    both = "Hitunglah kelilingnya!\n\nBerapa keliling persegi itu?"
    expect(second.get_by_label(STEM, exact=True)).to_have_value(both)
    second.get_by_role("button", name="Simpan dan periksa").click()
    expect(second.get_by_text("Rancangan disimpan")).to_be_visible()
    with desk.database.reading() as session:
        version = session.scalars(select(ItemVersion)).one()
        assert (version.stem, version.rationale) == (both, "Empat kali sisinya.")


def test_a_stopped_window_leads_to_both_texts(desk: Desk, people: People) -> None:
    older, newer = desk.opened_by(people.writer), desk.opened_by(people.writer)
    newer.get_by_label(STEM, exact=True).fill("Dari jendela kedua.")
    kept(newer)
    older.get_by_label(STEM, exact=True).fill("Dari jendela pertama.")
    expect(older.get_by_text("di jendela lain")).to_be_visible()
    older.get_by_role("button", name="Simpan dan periksa").click()
    sides = older.get_by_role("group", name=STEM)
    expect(sides).to_contain_text("Dari jendela kedua.")
    expect(sides).to_contain_text("Dari jendela pertama.")
    assert desk.kept() == {"Bambang": "Dari jendela kedua."}


def test_typing_outlives_the_server_the_page_and_the_session(desk: Desk, people: People) -> None:
    page = desk.opened_by(people.writer)
    page.get_by_label(STEM, exact=True).fill("Sebelum putus.")
    kept(page)
    desk.go_away()
    page.get_by_label(STEM, exact=True).fill("Diketik saat server pergi.")
    expect(page.locator("#status")).to_have_attribute("data-state", "away")
    page.get_by_role("button", name="Simpan dan periksa").click()  # no error page takes the place of the text
    expect(page.get_by_label(STEM, exact=True)).to_have_value("Diketik saat server pergi.")
    page.close(run_before_unload=False)
    desk.come()
    again = page.context.new_page()
    again.goto(f"http://{HOST}:{desk.port}/menulis/")
    again.get_by_role("link", name="MAT-PED-07-1").first.click()
    again.get_by_role("button", name="Pakai ketikan itu").click()
    kept(again)
    assert desk.kept() == {"Bambang": "Diketik saat server pergi."}
    again.context.clear_cookies()
    again.get_by_label(STEM, exact=True).fill("Diketik sesudah keluar.")
    expect(again.locator("#status")).to_have_attribute("data-state", "out")
    again.context.add_cookies([desk.cookie(people.writer)])  # type: ignore[list-item]  # as after signing in again
    kept(again)
    assert desk.kept() == {"Bambang": "Diketik sesudah keluar."}
    assert again.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('tp-typing'))") == []


def test_a_comment_outlives_the_session_and_leaves_nothing_behind_once_taken(desk: Desk, people: People) -> None:
    page = desk.opened_by(people.writer)
    said = page.get_by_label("Komentar", exact=True)
    said.fill("Gambar persegi kurang besar.")
    page.get_by_label("Tentang").select_option("stem")
    page.context.clear_cookies()
    page.get_by_role("button", name="Kirim komentar").click()
    expect(page.get_by_role("heading", name="Silakan masuk lagi")).to_be_visible()
    enter = page.get_by_role("link", name="Masuk")
    expect(enter).to_have_attribute("href", f"/masuk?next={desk.path}")
    page.context.add_cookies([desk.cookie(people.writer)])  # type: ignore[list-item]  # as after signing in again
    page.goto(f"http://{HOST}:{desk.port}{desk.path}")
    expect(said).to_have_value("")
    page.get_by_role("button", name="Isikan kembali").click()
    expect(said).to_have_value("Gambar persegi kurang besar.")
    expect(page.get_by_label("Tentang")).to_have_value("stem")
    page.get_by_role("button", name="Kirim komentar").click()
    expect(page.get_by_text("Gambar persegi kurang besar.")).to_be_visible()
    expect(page.get_by_role("button", name="Isikan kembali")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('tp-words'))") == []


def test_refused_words_are_offered_back_to_nobody_but_who_typed_them(desk: Desk, people: People) -> None:
    page, put_back = desk.opened_by(people.writer), "Isikan kembali"
    said, long = page.get_by_label("Komentar", exact=True), "Panjang sekali. " * 130
    said.evaluate("(field) => field.removeAttribute('maxlength')")
    said.fill(long)
    page.get_by_role("button", name="Kirim komentar").click()
    expect(page.locator("#tp-messages .tp-notice-bad")).to_be_visible()  # by a redirect, as if it had been taken
    expect(page.get_by_role("button", name=put_back)).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=put_back)).to_have_count(1)  # the empty form is no typing of anybody's
    said.fill("Ditulis tanpa melihat tawaran itu.")
    page.reload()
    expect(page.get_by_role("button", name=put_back)).to_have_count(2)  # neither replaced the other
    page.context.add_cookies([desk.cookie(people.colleague)])  # type: ignore[list-item]  # another person, same computer
    page.reload()
    expect(said).to_be_visible()
    expect(page.get_by_role("button", name=put_back)).to_have_count(0)


def test_an_answer_to_an_older_question_does_not_say_that_newer_typing_is_kept(desk: Desk, people: People) -> None:
    page = desk.opened_by(people.writer)
    held: dict[str, Route] = {}
    page.route("**/ketikan", lambda route: held.setdefault(route.request.method, route))
    page.reload()
    page.get_by_label(STEM, exact=True).fill("Masih di jalan.")
    status = page.locator("#status")
    expect(status).to_have_attribute("data-state", "sending")
    with page.expect_response("**/ketikan"):
        held["GET"].continue_()
    expect(status).to_have_attribute("data-state", "sending")
    held["POST"].continue_()
    kept(page)
