"""Sessions of staff: fixation, cookies, signing out, guessed passwords, where a sign-in leads, hosts that lie."""

from datetime import timedelta

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.test import TestResponse

from registry.model import Account, SigninEvent
from registry.passwords import hash_password
from registry.roles import Role
from testing_platform.app import create_app
from testing_platform.config import Settings
from tests.attacks.lab import Lab
from tests.web.conftest import Browser

PASSWORD = "bunga kenanga di tepi jalan"
EMAIL = "proktor@contoh.id"


@pytest.fixture
def proctor(lab: Lab) -> Browser:
    """The browser of somebody who has a password and did not sign in yet."""
    browser = lab.staff(Role.PROKTOR, "the proctor")
    with lab.database.transaction() as session:
        account = session.get(Account, browser.actor and browser.actor.account_id)
        assert account is not None
        account.email, account.password_hash = EMAIL, hash_password(PASSWORD)
    return lab.browser()


def sign_in(browser: Browser, password: str = PASSWORD, **more: str) -> TestResponse:
    """Fill in the sign-in page."""
    return browser.submit("/masuk", {"email": EMAIL, "password": password, **more})


def cookie_of(browser: Browser) -> str:
    """The session cookie as the browser holds it."""
    cookie = browser.get_cookie("testing_platform")
    return cookie.value if cookie else ""


def test_a_cookie_that_a_stranger_planted_is_worth_nothing_after_the_sign_in(lab: Lab, proctor: Browser) -> None:
    stranger = lab.browser()
    stranger.csrf_token()
    planted = cookie_of(stranger)
    proctor.set_cookie("testing_platform", planted)
    assert sign_in(proctor).status_code == 302
    assert cookie_of(proctor) != planted
    assert proctor.get("/ruang/").status_code == 200
    assert stranger.get("/ruang/").status_code == 302
    with stranger.session_transaction() as left, proctor.session_transaction() as made:
        assert left["csrf_token"] != made.get("csrf_token")


def test_a_session_name_that_a_stranger_chose_is_none(proctor: Browser) -> None:
    for chosen in ("chosen-by-a-stranger", "", None, "ÿ"):
        with proctor.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = chosen, True
        assert proctor.get("/ruang/").status_code == 302


def test_signing_out_kills_the_session_everywhere(lab: Lab, proctor: Browser) -> None:
    sign_in(proctor)
    stolen = cookie_of(proctor)
    thief = lab.browser()
    thief.set_cookie("testing_platform", stolen)
    assert thief.get("/ruang/").status_code == 200
    proctor.submit("/keluar")
    assert thief.get("/ruang/").status_code == 302
    assert proctor.get("/ruang/").status_code == 302


@pytest.mark.parametrize("hours", [2.1, 12.1])
def test_a_session_that_is_left_alone_ends(lab: Lab, proctor: Browser, hours: float) -> None:
    sign_in(proctor)
    lab.clock.now += timedelta(hours=hours)
    assert proctor.get("/ruang/").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy(lab: Lab, proctor: Browser) -> None:
    sign_in(proctor)
    for _ in range(11):
        lab.clock.now += timedelta(hours=1)
        assert proctor.get("/ruang/").status_code == 200
    lab.clock.now += timedelta(hours=1.1)
    assert proctor.get("/ruang/").status_code == 302


def test_a_disabled_account_is_out_at_once(lab: Lab, proctor: Browser) -> None:
    sign_in(proctor)
    with lab.database.transaction() as session:
        session.scalars(select(Account).where(Account.email == EMAIL)).one().disabled_at = lab.clock.now
    assert proctor.get("/ruang/").status_code == 302
    assert sign_in(lab.browser()).status_code == 422


def test_guessed_passwords_are_slowed_down_and_tell_nothing(lab: Lab, proctor: Browser) -> None:
    told = [sign_in(lab.browser(), f"tebakan nomor {n} yang salah").get_data(as_text=True) for n in range(6)]
    assert len({tuple(_without_tokens(page)) for page in told}) == 1
    assert sign_in(proctor).status_code == 422  # even the right one waits; and the page says the same
    lab.clock.now += timedelta(minutes=5, seconds=1)
    assert sign_in(proctor).status_code == 302
    with lab.database.reading() as session:
        outcomes = [event.outcome for event in session.scalars(select(SigninEvent).order_by(SigninEvent.id))]
    assert outcomes == ["wrong-password"] * 5 + ["blocked"] * 2 + ["signed-in"]


def test_who_is_at_work_stays_at_work_while_the_password_is_guessed(lab: Lab, proctor: Browser) -> None:
    sign_in(proctor)
    for n in range(8):
        sign_in(lab.browser(), f"tebakan nomor {n} yang salah")
    assert proctor.get("/ruang/").status_code == 200


def test_an_unknown_address_is_answered_like_a_wrong_password(lab: Lab, proctor: Browser) -> None:
    browser = lab.browser()
    wrong = browser.submit("/masuk", {"email": EMAIL, "password": "salah sama sekali"})
    unknown = browser.submit("/masuk", {"email": "nobody@contoh.id", "password": "salah sama sekali"})
    assert wrong.status == unknown.status
    plain = [answer.get_data(as_text=True).replace(EMAIL, "nobody@contoh.id") for answer in (wrong, unknown)]
    assert _without_tokens(plain[0]) == _without_tokens(plain[1])
    assert proctor.get("/ruang/").status_code == 302


def _without_tokens(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrf" not in line]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "http:///evil.example",
        "/%0d%0aSet-Cookie:x=1",
        "@evil.example",
        "evil.example",
    ],
)
def test_a_sign_in_leads_to_this_site_only(lab: Lab, proctor: Browser, target: str) -> None:
    location = sign_in(proctor, next=target).location
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\n" not in location
    spoken = lab.browser().submit("/bahasa", {"language": "en", "next": target}).location
    assert spoken.startswith("/")
    assert not spoken.startswith(("//", "/\\"))


def test_where_a_stranger_wanted_to_go_is_text_on_the_page(lab: Lab) -> None:
    page = lab.browser().get('/masuk?next="><script>alert(1)</script>').get_data(as_text=True)
    assert "<script>alert(1)" not in page


def test_a_foreign_host_is_not_believed_where_it_would_matter(proctor: Browser) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    for path in ("/", "/masuk", "/ujian", "/hasil/", "/tanda-terima/", "/nothing"):
        answer = proctor.get(path, headers=headers)
        assert "evil.example" not in answer.get_data(as_text=True), path
        assert "evil.example" not in answer.headers.get("Location", ""), path


@pytest.mark.parametrize("how", [{"secure_cookies": True}, {"behind_proxy": True}, {"host": "10.0.0.5"}])
def test_cookies_are_for_this_server_over_tls_and_out_of_reach_of_scripts(lab: Lab, how: dict[str, object]) -> None:
    secure = _app(lab, **how)
    answer = secure.test_client().get("/masuk", base_url="https://lab.test", headers={"X-Forwarded-Proto": "https"})
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie


def _app(lab: Lab, **how: object) -> Flask:
    settings = Settings.model_validate({"data": lab.platform.settings.data, "secret": SecretStr("x" * 40), **how})
    return create_app(settings)


def test_pages_for_candidates_leave_no_cookie(lab: Lab) -> None:
    browser = lab.browser()
    for path in ("/ujian", "/sw.js", "/static/manifest.json", "/health"):
        assert browser.get(path).headers.getlist("Set-Cookie") == [], path
    one = lab.candidates[0]
    lab.seat(one)
    one.submit(0)
    assert [header for answer in one.heard for header in answer.headers.getlist("Set-Cookie")] == []
