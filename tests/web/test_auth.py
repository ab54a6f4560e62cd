"""Signing in and out, one-time links, and one's own account."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.actor import SYSTEM
from registry.model import Account, AccountLink, StaffSession
from registry.operations import issue_link
from registry.passwords import hash_password, is_password
from registry.roles import Role
from registry.throttling import FREE_TRIES
from testing_platform.database import Database
from testing_platform.wiring import utc_now
from tests.web.conftest import Browser, Cast

PASSWORD = "pelangi di atas sawah"
OTHER = "hujan turun di bulan Juni"


@pytest.fixture
def reviewer(cast: Cast, web_database: Database) -> Account:
    """A reviewer with a password, signed in nowhere."""
    person = cast[Role.REVIEWER].actor
    assert person
    with web_database.transaction() as session:
        account = session.get_one(Account, person.key)
        account.password_hash = hash_password(PASSWORD)
    return account


def sign_in(browser: Browser, account: Account, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    answer = browser.submit("/masuk", {"email": account.email, "password": password, **more})
    return answer.status_code, answer.location or ""


def fresh(database: Database, account: Account) -> Account:
    with database.reading() as session:
        return session.get_one(Account, account.id)


def link_of(database: Database, account: Account) -> str:
    with database.transaction() as session:
        found = session.get_one(Account, account.id)
        return f"/atur/{issue_link(session, found, actor=SYSTEM, now=utc_now())}"


def n_open_sessions(database: Database, account: Account) -> int:
    with database.reading() as session:
        of_account = select(StaffSession).where(StaffSession.account_id == account.id)
        return len([each for each in session.scalars(of_account) if each.revoked_at is None])


# Signing in -------------------------------------------------------------------------------------------------------


def test_the_right_password_opens_the_first_page_of_the_work(client: Browser, reviewer: Account) -> None:
    assert sign_in(client, reviewer) == (302, "/telaah/")
    assert client.get("/akun-saya").status_code == 200


def test_the_address_is_read_without_case_and_spaces(client: Browser, reviewer: Account) -> None:
    answer = client.submit("/masuk", {"email": f"  {reviewer.email.upper()} ", "password": PASSWORD})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("wanted", "target"),
    [("/akun-saya", "/akun-saya"), ("//jahat.example", "/telaah/"), ("https://jahat.example/", "/telaah/")],
)
def test_the_page_that_was_asked_for_follows_if_it_is_ours(
    client: Browser, reviewer: Account, wanted: str, target: str
) -> None:
    assert sign_in(client, reviewer, next=wanted) == (302, target)


def test_a_stranger_is_led_back_after_signing_in(client: Browser) -> None:
    sent = client.get("/akun-saya")
    assert sent.location == "/masuk?next=/akun-saya"
    assert 'name="next" value="/akun-saya"' in client.get(sent.location).text


def test_refusals_look_alike_and_keep_the_address(client: Browser, reviewer: Account) -> None:
    wrong = client.submit("/masuk", {"email": reviewer.email, "password": "salah"})
    unknown = client.submit("/masuk", {"email": "siapa@contoh.id", "password": "salah"})
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert f'value="{reviewer.email}"' in wrong.text
    told = [page.text.partition('role="alert"')[2].partition("</div>")[0] for page in (wrong, unknown)]
    assert told[0] == told[1] != ""
    assert 'salah"' not in wrong.text  # the password never comes back


def test_wrong_passwords_make_the_right_one_wait(client: Browser, reviewer: Account, web_database: Database) -> None:
    for _ in range(FREE_TRIES):
        assert sign_in(client, reviewer, "salah")[0] == 422
    assert sign_in(client, reviewer)[0] == 422
    blocked_until = fresh(web_database, reviewer).blocked_until
    assert blocked_until
    assert blocked_until > utc_now()


def test_a_new_session_begins_at_the_sign_in(client: Browser, reviewer: Account) -> None:
    client.submit("/bahasa", {"language": "en"})
    with client.session_transaction() as cookie:
        cookie["planted"] = "by a stranger"
    sign_in(client, reviewer)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
    assert '<html lang="en"' in client.get("/akun-saya").text


def test_signing_out_ends_the_session_at_the_server(client: Browser, reviewer: Account) -> None:
    sign_in(client, reviewer)
    with client.session_transaction() as cookie:
        stolen = cookie["_user_id"]
    assert client.submit("/keluar").location == "/masuk"
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = stolen, True
    assert client.get("/akun-saya").status_code == 302


def test_whoever_is_signed_in_needs_no_sign_in_page(client: Browser, reviewer: Account) -> None:
    sign_in(client, reviewer)
    assert client.get("/masuk").location == "/telaah/"


# One-time links ---------------------------------------------------------------------------------------------------


def test_a_link_sets_the_password_once(client: Browser, reviewer: Account, web_database: Database) -> None:
    link = link_of(web_database, reviewer)
    assert reviewer.email in client.get(link).text
    assert client.submit(link, {"password": OTHER, "again": OTHER}).location == "/masuk"
    assert client.submit(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert sign_in(client, reviewer, OTHER)[0] == 302


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ((OTHER, PASSWORD), "again"),
        (("pendek", "pendek"), "password"),
        (("passwordpassword", "passwordpassword"), "password"),
        (("reviewer.1@contoh.id", "reviewer.1@contoh.id"), "password"),
    ],
)
def test_a_refused_password_leaves_the_link_alive(
    client: Browser, reviewer: Account, web_database: Database, typed: tuple[str, str], field: str
) -> None:
    link = link_of(web_database, reviewer)
    answer = client.submit(link, dict(zip(("password", "again"), typed, strict=True)))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert client.get(link).status_code == 200


def test_an_old_link_is_refused(client: Browser, reviewer: Account, web_database: Database) -> None:
    link = link_of(web_database, reviewer)
    with web_database.transaction() as session:
        kept = session.scalars(select(AccountLink)).one()
        kept.expires_at = utc_now() - timedelta(seconds=1)
    assert client.get(link).status_code == 404
    assert client.submit(link, {"password": OTHER, "again": OTHER}).status_code == 404
    assert client.get("/atur/tebakan").status_code == 404


# One's own account ------------------------------------------------------------------------------------------------


def change(browser: Browser, *, present: str = PASSWORD, password: str = OTHER, again: str = OTHER) -> tuple[int, str]:
    fields = {"present": present, "password": password, "again": again}
    answer = browser.submit("/akun-saya", fields)
    return answer.status_code, answer.text


def test_another_password_keeps_this_browser_and_ends_the_others(
    client: Browser, cast: Cast, reviewer: Account, web_database: Database
) -> None:
    elsewhere = cast.stranger()
    sign_in(client, reviewer)
    sign_in(elsewhere, reviewer)
    assert change(client)[0] == 302
    assert client.get("/akun-saya").status_code == 200
    assert elsewhere.get("/akun-saya").status_code == 302
    assert is_password(fresh(web_database, reviewer).password_hash, OTHER)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"present": "salah sekali"}, "present"),
        ({"again": PASSWORD}, "again"),
        ({"password": "pendek", "again": "pendek"}, "password"),
    ],
)
def test_a_refused_change_keeps_the_password(
    client: Browser, reviewer: Account, web_database: Database, typed: dict[str, str], field: str
) -> None:
    sign_in(client, reviewer)
    status, page = change(client, **typed)
    assert status == 422
    assert f'href="#f-{field}"' in page
    assert is_password(fresh(web_database, reviewer).password_hash, PASSWORD)
    assert client.get("/akun-saya").status_code == 200


def test_guessing_the_present_password_is_slowed_down(
    client: Browser, reviewer: Account, web_database: Database
) -> None:
    sign_in(client, reviewer)
    for _ in range(FREE_TRIES):
        change(client, present="salah sekali")
    assert change(client)[0] == 422
    assert is_password(fresh(web_database, reviewer).password_hash, PASSWORD)


def test_proving_the_password_leaves_no_session_behind(
    client: Browser, reviewer: Account, web_database: Database
) -> None:
    sign_in(client, reviewer)
    before = n_open_sessions(web_database, reviewer)
    assert change(client, password="pendek", again="pendek")[0] == 422
    assert n_open_sessions(web_database, reviewer) == before


def test_every_role_reaches_its_own_account(cast: Cast) -> None:
    assert cast.who_may("GET", "/akun-saya") == set(Role)
