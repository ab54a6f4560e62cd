"""The front door: three ways in, the choice of language, health, and staff without a role."""

import pytest
from sqlalchemy import update

from registry.model import RoleGrant
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.wiring import utc_now
from tests.web.conftest import Browser, Cast

FIRST_PAGES = {
    Role.ADMIN: "/admin/akun",
    Role.ITEM_WRITER: "/menulis/",
    Role.REVIEWER: "/telaah/",
    Role.BANK_MANAGER: "/bank/",
    Role.PSYCHOMETRICIAN: "/bank/",
    Role.COMMITTEE: "/analisis/",
    Role.PROKTOR: "/ruang/",
    Role.PENGAWAS: "/ruang/",
}


def without_roles(browser: Browser, database: Database) -> Browser:
    assert browser.actor
    with database.transaction() as session:
        held = update(RoleGrant).where(RoleGrant.account_id == browser.actor.key)
        session.execute(held.values(revoked_at=utc_now()))
    return browser


def test_the_start_page_has_three_doors(client: Browser) -> None:
    page = client.get("/").text
    assert [f'href="{way}"' in page for way in ("/ujian", "/hasil/", "/masuk")] == [True, True, True]
    main = page.partition("<main")[2].partition("</main>")[0]
    assert main.count("tp-button-primary") == 1
    assert 'tp-button-primary" href="/ujian"' in main


def test_every_door_opens(client: Browser) -> None:
    assert [client.get(way).status_code for way in ("/ujian", "/hasil/", "/masuk")] == [200, 200, 200]


@pytest.mark.parametrize("role", FIRST_PAGES)
def test_staff_go_to_their_work(cast: Cast, role: Role) -> None:
    browser = cast[role]
    assert browser.get("/").location == FIRST_PAGES[role]
    assert browser.get(FIRST_PAGES[role]).status_code == 200


def test_every_role_has_a_first_page(cast: Cast) -> None:
    assert [role for role in Role if cast[role].get("/").location == "/selamat-datang"] == []


def test_an_account_without_a_role_learns_what_happens_now(cast: Cast, web_database: Database) -> None:
    browser = without_roles(cast[Role.REVIEWER], web_database)
    assert browser.get("/").location == "/selamat-datang"
    page = browser.get("/selamat-datang")
    assert page.status_code == 200
    assert "reviewer 1" in page.text
    assert browser.get("/akun-saya").status_code == 200
    assert browser.get("/bank/").status_code == 403
    assert browser.submit("/keluar").status_code == 302


def test_the_language_is_kept(client: Browser) -> None:
    assert '<html lang="id"' in client.get("/").text
    assert client.submit("/bahasa", {"language": "en", "next": "/masuk?next=/"}).location == "/masuk?next=/"
    assert '<html lang="en"' in client.get("/").text


@pytest.mark.parametrize("language", ["", "xx", "../id"])
def test_an_unknown_language_changes_nothing(client: Browser, language: str) -> None:
    assert client.submit("/bahasa", {"language": language, "next": "//jahat.example"}).location == "/"
    assert '<html lang="id"' in client.get("/").text


def test_health_is_told_to_everybody(client: Browser) -> None:
    assert client.get("/health").get_json() == {"status": "ok"}
