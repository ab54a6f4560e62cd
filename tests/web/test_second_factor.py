"""Two-step verification on the pages: signing in both ways, and that half a sign-in opens nothing."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from registry.model import Account, AccountLink, StaffSession
from registry.passwords import hash_password
from registry.queries import second_factor_of
from registry.roles import Role
from registry.throttling import FREE_TRIES
from testing_platform.config import Settings, load
from testing_platform.database import Database
from testing_platform.errors import SettingError
from testing_platform.wiring import Platform, utc_now
from tests.attacks.lab import Clock
from tests.web.conftest import Browser, Cast

PASSWORD = "pelangi di atas sawah"
STEP = timedelta(seconds=30)
PAGE = "/akun-saya/dua-langkah"
CODES = re.compile(r"<li><code>([0-9A-Z ]{19})</code></li>")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The server's clock, moved by the test: no code changes while one is typed."""
    clock = Clock(utc_now())
    clock.put_everywhere(monkeypatch.setattr)
    return clock


class Person:
    """A reviewer with a password and a phone, in front of some browser."""

    def __init__(self, cast: Cast, database: Database, clock: Clock) -> None:
        self.cast, self.database, self.clock = cast, database, clock
        self.browser = cast[Role.REVIEWER]
        assert self.browser.actor
        with database.transaction() as session:
            account = session.get_one(Account, self.browser.actor.key)
            account.password_hash = hash_password(PASSWORD)
        self.account = account
        self.key = ""
        self.paper: list[str] = []

    def set_up(self) -> TestResponse:
        """Go through the pages as a person does, and keep the codes on paper."""
        assert self.browser.submit(f"{PAGE}/mulai", {"password": PASSWORD}).location.startswith(PAGE)
        self.read_square()
        answer = self.browser.submit(f"{PAGE}/pasang", {"code": self.code()})
        self.paper = CODES.findall(answer.text)
        self.clock.now += 2 * STEP
        return answer

    def read_square(self) -> None:
        found = re.search(r'factor-key">([A-Z2-7 ]+)<', self.browser.get(PAGE).text)
        assert found
        self.key = found[1].replace(" ", "")

    def code(self) -> str:
        """What the phone shows now."""
        return pyotp.TOTP(self.key).at(self.clock.now)

    def give_password(self, browser: Browser, **more: str) -> TestResponse:
        return browser.submit("/masuk", {"email": self.account.email, "password": PASSWORD, **more})

    def has_factor(self) -> bool:
        with self.database.reading() as session:
            return second_factor_of(session, self.account) is not None


@pytest.fixture
def person(cast: Cast, web_database: Database, clock: Clock) -> Person:
    """Somebody who is signed in and has no second factor yet."""
    return Person(cast, web_database, clock)


@pytest.fixture
def guarded(person: Person) -> Person:
    """Somebody whose second factor is on."""
    person.set_up()
    return person


@pytest.fixture
def demand(app: Flask, platform: Platform) -> Callable[[str], None]:
    """Demand a second factor of roles, as the setting does."""

    def of(roles: str) -> None:
        settings = platform.settings.model_copy(update={"second_factor_roles": roles})
        app.extensions["testing_platform"] = replace(platform, settings=settings)

    return of


# Signing in -------------------------------------------------------------------------------------------------------


def test_signing_in_takes_the_password_and_then_the_code(guarded: Person, client: Browser) -> None:
    first = guarded.give_password(client, next="/akun-saya")
    assert first.location == "/masuk/kode?next=/akun-saya"
    page = client.get(first.location)
    assert 'name="next" value="/akun-saya"' in page.text
    assert 'autocomplete="one-time-code"' in page.text
    assert client.submit("/masuk/kode", {"code": guarded.code(), "next": "/akun-saya"}).location == "/akun-saya"
    assert client.get("/akun-saya").status_code == 200


def test_half_a_sign_in_opens_nothing(guarded: Person, client: Browser) -> None:
    guarded.give_password(client)
    for path in ("/telaah/", "/akun-saya", PAGE, f"{PAGE}/matikan", "/admin/akun"):
        assert client.get(path).location.startswith("/masuk?next="), path
    with client.session_transaction() as cookie:
        half = cookie["half_session"]
        cookie["_user_id"], cookie["_fresh"] = half, True
    assert client.get("/telaah/").status_code == 302
    assert half not in client.get("/masuk/kode").text


def test_a_stranger_gets_no_page_that_asks_for_a_code(client: Browser) -> None:
    assert client.get("/masuk/kode").location == "/masuk"
    assert client.submit("/masuk/kode", {"code": "123456"}).location == "/masuk"


def test_half_a_sign_in_ends_after_five_minutes(guarded: Person, client: Browser) -> None:
    guarded.give_password(client)
    guarded.clock.now += timedelta(minutes=5, seconds=1)
    assert client.submit("/masuk/kode", {"code": guarded.code()}).location == "/masuk"
    assert client.get("/telaah/").status_code == 302


def test_the_session_is_another_after_the_code(guarded: Person, client: Browser) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "by a stranger"
    guarded.give_password(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        cookie["planted"] = "between the pages"
        half, token = cookie["half_session"], cookie.get("csrf_token")
    client.submit("/masuk/kode", {"code": guarded.code()})
    with client.session_transaction() as cookie:
        assert not {"planted", "half_session"} & set(cookie)
        assert cookie["_user_id"] != half
        assert token is None or cookie.get("csrf_token") != token


def test_a_code_that_was_seen_serves_nobody_else(guarded: Person, client: Browser, cast: Cast) -> None:
    seen, thief = guarded.code(), cast.stranger()
    guarded.give_password(thief)
    guarded.give_password(client)
    assert client.submit("/masuk/kode", {"code": seen}).status_code == 302
    assert thief.submit("/masuk/kode", {"code": seen}).status_code == 422
    assert thief.get("/telaah/").status_code == 302


def test_refusals_look_alike_and_guessing_is_slowed_down(guarded: Person, client: Browser) -> None:
    guarded.give_password(client)
    told = [client.submit("/masuk/kode", {"code": wrong}) for wrong in ("000000", "kata", "", "1 2 3 4 5 6", "99")]
    assert len(told) == FREE_TRIES
    told.append(client.submit("/masuk/kode", {"code": guarded.code()}))  # right, and it has to wait
    assert {answer.status_code for answer in told} == {422}
    assert len({answer.text.partition('role="alert"')[2].partition("</div>")[0] for answer in told}) == 1
    guarded.clock.now += timedelta(minutes=1)
    assert client.submit("/masuk/kode", {"code": guarded.code()}).status_code == 302


def test_the_owner_is_told_that_somebody_knows_the_password(guarded: Person, client: Browser, cast: Cast) -> None:
    thief = cast.stranger()
    guarded.give_password(thief)
    for _ in range(3):
        thief.submit("/masuk/kode", {"code": "000000"})
    guarded.give_password(client)
    client.submit("/masuk/kode", {"code": guarded.code()})
    assert "tp-notice-warn" in client.get("/akun-saya").text


def test_a_recovery_code_replaces_the_phone_once(guarded: Person, client: Browser, cast: Cast) -> None:
    guarded.give_password(client)
    assert client.submit("/masuk/kode", {"recovery": guarded.paper[3].lower()}).status_code == 302
    assert client.get("/telaah/").status_code == 200
    again = cast.stranger()
    guarded.give_password(again)
    assert again.submit("/masuk/kode", {"recovery": guarded.paper[3]}).status_code == 422


# Setting up, renewing, turning off --------------------------------------------------------------------------------


def test_setting_up_shows_ten_codes_once_and_signs_out_elsewhere(
    person: Person, cast: Cast, web_database: Database
) -> None:
    elsewhere = cast.stranger()
    person.give_password(elsewhere)
    assert elsewhere.get("/telaah/").status_code == 200
    answer = person.set_up()
    assert len(set(person.paper)) == 10
    assert answer.headers["Cache-Control"] == "no-store"
    assert person.has_factor()
    assert elsewhere.get("/telaah/").status_code == 302
    again = person.browser.get(PAGE)
    assert again.status_code == 200
    assert not any(secret in again.text for secret in (*person.paper, person.key, '<svg viewBox="0 0 '))
    with web_database.reading() as session:
        rows = session.scalars(select(StaffSession).where(StaffSession.account_id == person.account.id))
        assert len([row for row in rows if row.revoked_at is None]) == 1


def test_the_square_needs_no_style_inside_the_page(person: Person) -> None:
    person.browser.submit(f"{PAGE}/mulai", {"password": PASSWORD})
    page = person.browser.get(PAGE)
    square = page.text.partition('class="factor-square"')[2].partition("</div>")[0]
    assert "<svg" in square
    assert "style" not in square
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_setting_up_needs_the_password_and_a_right_code(person: Person) -> None:
    assert person.browser.submit(f"{PAGE}/mulai", {"password": "salah sekali"}).status_code == 422
    assert person.browser.submit(f"{PAGE}/pasang", {"code": "000000"}).status_code == 422
    person.browser.submit(f"{PAGE}/mulai", {"password": PASSWORD})
    person.read_square()
    first = person.key
    assert person.browser.submit(f"{PAGE}/pasang", {"code": "12 34"}).status_code == 422
    person.read_square()  # the same square is still there
    assert person.key == first
    assert not person.has_factor()


@pytest.mark.parametrize("act", ["matikan", "kode-cadangan"])
def test_turning_off_and_renewing_need_password_and_code(guarded: Person, act: str) -> None:
    told = set()
    for password, code in ((PASSWORD, "000000"), ("salah sekali", guarded.code())):
        answer = guarded.browser.submit(f"{PAGE}/{act}", {"password": password, "code": code})
        assert answer.status_code == 422
        told.add(answer.text.partition('role="alert"')[2].partition("</div>")[0])
    assert len(told) == 1
    assert guarded.has_factor()
    answer = guarded.browser.submit(f"{PAGE}/{act}", {"password": PASSWORD, "code": guarded.code()})
    assert answer.status_code == (302 if act == "matikan" else 200)
    assert guarded.has_factor() == (act != "matikan")
    assert not set(CODES.findall(answer.text)) & set(guarded.paper)


def test_these_pages_are_for_whoever_has_a_second_factor(person: Person) -> None:
    for act in ("matikan", "kode-cadangan"):
        assert person.browser.get(f"{PAGE}/{act}").location == PAGE
        assert person.browser.submit(f"{PAGE}/{act}", {"password": PASSWORD, "code": "1"}).location == PAGE


def test_changing_the_password_goes_on_as_before(guarded: Person) -> None:
    other = "hujan turun di bulan Juni"
    fields = {"present": PASSWORD, "password": other, "again": other}
    assert guarded.browser.submit("/akun-saya", fields).location == "/akun-saya"
    assert guarded.browser.get("/akun-saya").status_code == 200
    assert guarded.has_factor()


# Where a role demands it ------------------------------------------------------------------------------------------


def test_a_role_that_needs_it_can_do_nothing_else_before(
    person: Person, client: Browser, demand: Callable[[str], None]
) -> None:
    demand("reviewer, admin")
    person.browser = client
    led = client.get(person.give_password(client).location)
    assert led.location == f"{PAGE}?next=/telaah/"
    for path in ("/telaah/", "/akun-saya", "/selamat-datang", f"{PAGE}/matikan"):
        assert client.get(path).location.startswith(PAGE), path
    assert client.get("/telaah/", headers={"HX-Request": "true"}).status_code == 403
    assert client.submit("/akun-saya", {"present": PASSWORD}).status_code == 403
    page = client.get(led.location)
    assert 'name="password"' not in page.text
    assert 'href="/telaah/"' not in page.text
    client.submit(f"{PAGE}/mulai", {"next": "/telaah/"})
    person.read_square()
    answer = client.submit(f"{PAGE}/pasang", {"code": person.code(), "next": "/telaah/"})
    assert 'href="/telaah/"' in answer.text
    assert client.get("/telaah/").status_code == 200


def test_an_open_session_that_owes_it_gives_the_password_again(
    person: Person, client: Browser, demand: Callable[[str], None]
) -> None:
    person.give_password(client)
    person.clock.now += timedelta(minutes=11)
    demand("reviewer")
    assert 'name="password"' in client.get(PAGE).text
    assert client.submit(f"{PAGE}/mulai").status_code == 422
    assert client.submit(f"{PAGE}/mulai", {"password": PASSWORD}).status_code == 302


def test_a_setting_with_a_role_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingError, match="no role komite"):
        load({}, second_factor_roles="admin, komite")
    assert Settings(second_factor_roles="admin committee").roles_with_second_factor == {Role.ADMIN, Role.COMMITTEE}


def test_who_owes_it_may_sign_out_and_others_are_not_asked(
    person: Person, cast: Cast, client: Browser, demand: Callable[[str], None]
) -> None:
    demand("reviewer")
    assert cast[Role.COMMITTEE].get("/akun-saya").status_code == 200
    person.give_password(client)
    assert client.submit("/keluar").location == "/masuk"
    assert client.get(PAGE).location.startswith("/masuk?")


def test_administrators_see_it_and_their_link_says_that_it_turns_it_off(guarded: Person, cast: Cast) -> None:
    page = cast[Role.ADMIN].get(f"/admin/akun/{guarded.account.public_id}").text
    assert "menyala sejak" in page
    assert "dimatikan" in page
    shown = cast[Role.ADMIN].submit(f"/admin/akun/{guarded.account.public_id}/tautan").text
    assert "mematikan verifikasi dua langkah" in shown
    link = re.search(r"/atur/[\w-]+", shown)
    assert link
    cast.another(Role.ADMIN, number=2)
    with guarded.database.transaction() as session:
        session.scalars(select(AccountLink)).one().approved_at = guarded.clock.now
    assert "Verifikasi dua langkah akan mati" in cast.stranger().get(link[0]).text
    assert guarded.has_factor()  # looking at the page turned nothing off
