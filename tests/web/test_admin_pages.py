"""Administration pages: who may open them, what they do, and that refusals keep what was typed."""

import io
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from registry import queries
from registry.model import Account, AuditEvent, RoleGrant, Site, StaffSession, Teacher, TimeZone
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.web.admin.audit_words import ACTIONS
from testing_platform.wiring import utc_now
from tests.examination import make_site
from tests.web.conftest import Browser, Cast

ROOT = Path(__file__).parents[2]
ANY = "00000000-0000-4000-8000-000000000000"
ADMINS = {Role.ADMIN}
WITH_TEACHERS = {Role.ADMIN, Role.BANK_MANAGER}
AUDITORS = {Role.ADMIN, Role.COMMITTEE}

WHO_MAY = {
    ("GET", "/admin/akun"): ADMINS,
    ("GET", "/admin/akun/baru"): ADMINS,
    ("POST", "/admin/akun/baru"): ADMINS,
    ("GET", f"/admin/akun/{ANY}"): ADMINS,
    ("GET", f"/admin/akun/{ANY}/ubah"): ADMINS,
    ("POST", f"/admin/akun/{ANY}/ubah"): ADMINS,
    ("POST", f"/admin/akun/{ANY}/tautan"): ADMINS,
    ("POST", f"/admin/tautan/{ANY}/setujui"): ADMINS,
    ("POST", f"/admin/akun/{ANY}/nonaktifkan"): ADMINS,
    ("POST", f"/admin/akun/{ANY}/aktifkan"): ADMINS,
    ("POST", f"/admin/akun/{ANY}/akhiri-sesi"): ADMINS,
    ("POST", f"/admin/akun/{ANY}/peran"): ADMINS,
    ("POST", f"/admin/peran/{ANY}/setujui"): ADMINS,
    ("POST", f"/admin/peran/{ANY}/cabut"): ADMINS,
    ("GET", "/admin/tempat"): ADMINS,
    ("GET", "/admin/tempat/baru"): ADMINS,
    ("POST", "/admin/tempat/baru"): ADMINS,
    ("GET", f"/admin/tempat/{ANY}"): ADMINS,
    ("POST", f"/admin/tempat/{ANY}"): ADMINS,
    ("GET", "/admin/guru"): WITH_TEACHERS,
    ("GET", "/admin/guru/baru"): WITH_TEACHERS,
    ("POST", "/admin/guru/baru"): WITH_TEACHERS,
    ("GET", "/admin/guru/impor"): WITH_TEACHERS,
    ("POST", "/admin/guru/impor"): WITH_TEACHERS,
    ("GET", "/admin/jejak"): AUDITORS,
    ("GET", "/admin/jejak/rantai"): AUDITORS,
}


@pytest.fixture
def admin(cast: Cast) -> Browser:
    """An administrator, the only one."""
    return cast[Role.ADMIN]


def make_account(database: Database, name: str = "Budi Santoso", *, is_invited: bool = False) -> Account:
    """Somebody with an account and without a role, as a set-up link leaves them, or before it was used."""
    with database.transaction() as session:
        now = session.scalar(select(Account.created_at).limit(1))
        assert now is not None
        email = f"{name.lower().replace(' ', '.')}@contoh.id"
        account = Account(email=email, full_name=name, created_at=now, password_hash=None if is_invited else "kept")
        session.add(account)
    return account


def can_sign_in(database: Database, *browsers: Browser) -> None:
    """Give the accounts of the cast a password, so that they count as administrators who can approve."""
    with database.transaction() as session:
        for browser in browsers:
            assert browser.actor
            session.get_one(Account, browser.actor.key).password_hash = "kept"


def grants_of(database: Database, account: Account) -> list[RoleGrant]:
    with database.reading() as session:
        return list(session.scalars(select(RoleGrant).where(RoleGrant.account_id == account.id)))


def page_of(account: Account) -> str:
    return f"/admin/akun/{account.public_id}"


# Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), WHO_MAY, ids=lambda part: part.replace(ANY, "ID"))
def test_only_these_roles_come_in(cast: Cast, method: str, path: str) -> None:
    assert cast.who_may(method, path) == WHO_MAY[method, path]


def test_the_table_of_permissions_names_every_route(admin: Browser) -> None:
    rules = [rule for rule in admin.application.url_map.iter_rules() if rule.endpoint.startswith("admin.")]
    routes = {
        (method, re.sub(r"<uuid:\w+>", ANY, rule.rule))
        for rule in rules
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert routes == set(WHO_MAY)


@pytest.mark.parametrize("kind", ["akun", "tempat"])
def test_an_unknown_thing_is_no_page(admin: Browser, kind: str) -> None:
    assert admin.get(f"/admin/{kind}/{uuid4()}").status_code == 404


# Accounts ---------------------------------------------------------------------------------------------------------


def test_a_new_account_gets_a_link_that_works_once(admin: Browser, cast: Cast, web_database: Database) -> None:
    made = admin.submit("/admin/akun/baru", {"full_name": "Siti  Aminah", "email": "Siti@Contoh.id"})
    assert made.status_code == 200
    link = re.search(r'value="http://localhost(/atur/[^"]+)"', made.text)
    assert link
    with web_database.reading() as session:
        account = session.scalars(select(Account).where(Account.email == "siti@contoh.id")).one()
    assert account.full_name == "Siti Aminah"

    owner = cast.stranger()
    assert "siti@contoh.id" in owner.get(link[1]).text
    words = {"password": "pelangi di atas sawah", "again": "pelangi di atas sawah"}
    assert owner.submit(link[1], words).status_code == 302
    assert owner.get(link[1]).status_code == 404


def test_the_link_is_shown_once_only(admin: Browser, web_database: Database) -> None:
    account = make_account(web_database)
    first = admin.submit(f"{page_of(account)}/tautan")
    assert "/atur/" in first.text
    assert "/atur/" not in admin.get(page_of(account)).text


def test_a_new_link_kills_the_earlier_one(admin: Browser, cast: Cast, web_database: Database) -> None:
    account = make_account(web_database, is_invited=True)
    links = [admin.submit(f"{page_of(account)}/tautan").text for _ in range(2)]
    earlier, later = (re.findall(r'value="http://localhost(/atur/[^"]+)"', page)[0] for page in links)
    assert cast.stranger().get(earlier).status_code == 404
    assert cast.stranger().get(later).status_code == 200


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"full_name": "", "email": "siti@contoh.id"}, "full_name"),
        ({"full_name": "Siti", "email": ""}, "email"),
        ({"full_name": "Siti", "email": "tanpa-alamat"}, "email"),
        ({"full_name": "Siti", "email": "admin.1@contoh.id"}, "email"),
        ({"full_name": "S" * 301, "email": "siti@contoh.id"}, "full_name"),
    ],
)
def test_a_refused_account_keeps_what_was_typed(admin: Browser, typed: dict[str, str], field: str) -> None:
    answer = admin.submit("/admin/akun/baru", typed)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert all(f'value="{value}"' in answer.text for value in typed.values())


def test_name_and_address_are_corrected(admin: Browser, web_database: Database) -> None:
    account = make_account(web_database)
    assert admin.submit(f"{page_of(account)}/ubah", {"full_name": "Budi S.", "email": "b@contoh.id"}).status_code == 302
    assert "b@contoh.id" in admin.get(page_of(account)).text
    refused = admin.submit(f"{page_of(account)}/ubah", {"full_name": "Budi S.", "email": "admin.1@contoh.id"})
    assert refused.status_code == 422
    assert 'value="admin.1@contoh.id"' in refused.text


def test_an_account_is_disabled_signed_out_and_enabled(admin: Browser, cast: Cast) -> None:
    reviewer = cast[Role.REVIEWER]
    assert reviewer.get("/akun-saya").status_code == 200
    assert reviewer.actor
    page = f"/admin/akun/{reviewer.actor.public_id}"
    assert admin.submit(f"{page}/nonaktifkan").status_code == 302
    assert reviewer.get("/akun-saya").status_code == 302
    assert admin.submit(f"{page}/tautan").status_code == 422
    assert admin.submit(f"{page}/aktifkan").status_code == 302
    assert admin.submit(f"{page}/tautan").status_code == 200


def test_the_last_admin_is_not_disabled(admin: Browser, web_database: Database) -> None:
    can_sign_in(web_database, admin)
    assert admin.actor
    assert admin.submit(f"/admin/akun/{admin.actor.public_id}/nonaktifkan").status_code == 422
    assert admin.get("/admin/akun").status_code == 200


def test_sessions_end_everywhere(admin: Browser, cast: Cast, web_database: Database) -> None:
    reviewer = cast[Role.REVIEWER]
    assert reviewer.actor
    assert admin.submit(f"/admin/akun/{reviewer.actor.public_id}/akhiri-sesi").status_code == 302
    assert reviewer.get("/akun-saya").status_code == 302
    with web_database.reading() as session:
        ended = select(StaffSession).where(StaffSession.account_id == reviewer.actor.key)
        assert all(each.revoked_at for each in session.scalars(ended))


# Links to accounts that have a password ---------------------------------------------------------------------------


def link_in(page: str) -> str:
    found = re.search(r'value="http://localhost(/atur/[^"]+)"', page)
    assert found
    return found[1]


def disable(database: Database, browser: Browser, *, days_ago: int) -> None:
    with database.transaction() as session:
        assert browser.actor
        session.get_one(Account, browser.actor.key).disabled_at = utc_now() - timedelta(days=days_ago)


def test_a_link_to_an_account_with_a_password_waits(admin: Browser, cast: Cast, web_database: Database) -> None:
    second = cast.another(Role.ADMIN, number=2)
    can_sign_in(web_database, admin, second)
    account = make_account(web_database)
    shown = admin.submit(f"{page_of(account)}/tautan").text
    assert "belum berlaku" in shown
    assert cast.stranger().get(link_in(shown)).status_code == 404
    assert re.search(r'action="(/admin/tautan/[^"]+/setujui)"', admin.get(page_of(account)).text) is None
    approve = re.search(r'action="(/admin/tautan/[^"]+/setujui)"', second.get(page_of(account)).text)
    assert approve
    assert "Tautan yang menunggu persetujuan" in second.get("/admin/akun").text
    refused = admin.submit(approve[1])
    assert refused.status_code == 422
    assert "Administrator lain harus menyetujui tautan ini" in refused.text
    assert second.submit(approve[1]).status_code == 302
    assert cast.stranger().get(link_in(shown)).status_code == 200
    assert second.submit(approve[1]).status_code == 422
    assert "Tautan yang menunggu persetujuan" not in second.get("/admin/akun").text


def test_an_admin_who_sent_the_other_away_reads_from_when_to_decide_alone(
    admin: Browser, cast: Cast, web_database: Database
) -> None:
    second = cast.another(Role.ADMIN, number=2)
    can_sign_in(web_database, admin, second)
    account = make_account(web_database)
    assert second.actor
    assert admin.submit(f"/admin/akun/{second.actor.public_id}/nonaktifkan").status_code == 302
    page = admin.get(page_of(account)).text
    assert page.count("kurang dari 7 hari") == 2
    assert "Usulkan peran" in page
    assert cast.stranger().get(link_in(admin.submit(f"{page_of(account)}/tautan").text)).status_code == 404
    admin.submit(f"{page_of(account)}/peran", {"role": "reviewer", "site": ""})
    (grant,) = grants_of(web_database, account)
    assert not queries.is_active(grant)

    disable(web_database, second, days_ago=8)
    assert "langsung berlaku" in admin.get(page_of(account)).text
    assert cast.stranger().get(link_in(admin.submit(f"{page_of(account)}/tautan").text)).status_code == 200


# Roles ------------------------------------------------------------------------------------------------------------


def test_a_role_waits_for_a_second_admin(admin: Browser, cast: Cast, web_database: Database) -> None:
    second = cast.another(Role.ADMIN, number=2)
    can_sign_in(web_database, admin, second)
    account = make_account(web_database)
    assert admin.submit(f"{page_of(account)}/peran", {"role": "reviewer", "site": ""}).status_code == 302
    (grant,) = grants_of(web_database, account)
    assert not queries.is_active(grant)

    assert admin.submit(f"/admin/peran/{grant.public_id}/setujui").status_code == 422
    assert f"/admin/peran/{grant.public_id}/setujui" not in admin.get("/admin/akun").text
    assert f"/admin/peran/{grant.public_id}/setujui" in second.get("/admin/akun").text
    assert second.submit(f"/admin/peran/{grant.public_id}/setujui").status_code == 302
    (grant,) = grants_of(web_database, account)
    assert queries.is_active(grant)


def test_the_only_admin_grants_at_once(admin: Browser, web_database: Database) -> None:
    can_sign_in(web_database, admin)
    account = make_account(web_database)
    account_page = admin.get(page_of(account)).text
    assert "at once" in account_page or "seketika" in account_page or "langsung" in account_page
    admin.submit(f"{page_of(account)}/peran", {"role": "committee", "site": ""})
    (grant,) = grants_of(web_database, account)
    assert queries.is_active(grant)


def test_a_site_role_needs_its_site_and_keeps_the_choice(admin: Browser, web_database: Database) -> None:
    account = make_account(web_database)
    with web_database.transaction() as session:
        site = make_site(session)
    refused = admin.submit(f"{page_of(account)}/peran", {"role": "proktor", "site": ""})
    assert refused.status_code == 422
    assert '<option value="proktor" selected>' in refused.text
    assert 'href="#f-site"' in refused.text
    assert (
        admin.submit(f"{page_of(account)}/peran", {"role": "proktor", "site": str(site.public_id)}).status_code == 302
    )
    (grant,) = grants_of(web_database, account)
    assert grant.site_id == site.id


@pytest.mark.parametrize("role", ["", "root"])
def test_an_unknown_role_is_refused(admin: Browser, web_database: Database, role: str) -> None:
    account = make_account(web_database)
    assert admin.submit(f"{page_of(account)}/peran", {"role": role}).status_code == 422
    assert grants_of(web_database, account) == []


def test_nobody_grants_a_role_to_oneself(admin: Browser) -> None:
    assert admin.actor
    page = f"/admin/akun/{admin.actor.public_id}"
    assert f"{page}/peran" not in admin.get(page).text
    assert admin.submit(f"{page}/peran", {"role": "item_writer"}).status_code == 422


def test_a_role_is_taken_away_at_once(admin: Browser, cast: Cast, web_database: Database) -> None:
    manager = cast[Role.BANK_MANAGER]
    assert manager.get("/admin/guru").status_code == 200
    with web_database.reading() as session:
        assert manager.actor
        grant = session.scalars(select(RoleGrant).where(RoleGrant.account_id == manager.actor.key)).one()
    assert admin.submit(f"/admin/peran/{grant.public_id}/cabut", {"next": "//evil.example"}).location.startswith(
        "/admin"
    )
    assert manager.get("/admin/guru").status_code == 403
    assert admin.submit(f"/admin/peran/{grant.public_id}/cabut").status_code == 422


# Sites ------------------------------------------------------------------------------------------------------------

SITE = {"code": "LPMP-JTG", "name": "LPMP Jawa Tengah", "kind": "LPMP", "zone": "WIB", "province": "Jawa Tengah"}


def test_a_site_is_added_and_corrected(admin: Browser, web_database: Database) -> None:
    assert admin.submit("/admin/tempat/baru", SITE).status_code == 302
    with web_database.reading() as session:
        site = session.scalars(select(Site)).one()
    assert site.time_zone is TimeZone.WIB
    assert admin.submit(f"/admin/tempat/{site.public_id}", {**SITE, "zone": "WIT"}).status_code == 302
    assert "WIT" in admin.get("/admin/tempat").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "LPMP JTG"), ("code", ""), ("name", ""), ("kind", "SEKOLAH"), ("zone", "GMT"), ("province", "")],
)
def test_a_refused_site_keeps_what_was_typed(admin: Browser, web_database: Database, field: str, value: str) -> None:
    answer = admin.submit("/admin/tempat/baru", {**SITE, field: value})
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'value="{"Jawa Tengah" if field != "province" else SITE["name"]}"' in answer.text
    with web_database.reading() as session:
        assert session.scalars(select(Site)).all() == []


def test_two_sites_never_share_a_code(admin: Browser) -> None:
    admin.submit("/admin/tempat/baru", SITE)
    answer = admin.submit("/admin/tempat/baru", SITE)
    assert answer.status_code == 422
    assert 'href="#f-code"' in answer.text


# Teachers ---------------------------------------------------------------------------------------------------------

TEACHER = {
    "nuptk": "1234 5678 9012 3456",
    "full_name": "Siti Rahmawati",
    "level": "SMP",
    "subject": "Matematika",
    "school": "SMP Negeri 1",
}
HEADER = "nuptk;nama;jenjang;mapel;sekolah\n"


def test_one_teacher_is_added_and_found(admin: Browser) -> None:
    assert admin.submit("/admin/guru/baru", TEACHER).status_code == 302
    assert "Siti Rahmawati" in admin.get("/admin/guru?q=negeri+rahma").text
    assert "Siti Rahmawati" not in admin.get("/admin/guru?q=budi").text


@pytest.mark.parametrize(("field", "value"), [("nuptk", "123"), ("nuptk", ""), ("level", "TK"), ("school", "")])
def test_a_refused_teacher_keeps_what_was_typed(admin: Browser, field: str, value: str) -> None:
    answer = admin.submit("/admin/guru/baru", {**TEACHER, field: value})
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert 'value="Siti Rahmawati"' in answer.text


def test_a_nuptk_belongs_to_one_teacher(admin: Browser) -> None:
    admin.submit("/admin/guru/baru", TEACHER)
    answer = admin.submit("/admin/guru/baru", TEACHER)
    assert answer.status_code == 422
    assert 'href="#f-nuptk"' in answer.text


def send_list(browser: Browser, content: bytes) -> tuple[int, str]:
    answer = browser.submit("/admin/guru/impor", {"list": (io.BytesIO(content), "guru.csv")})
    return answer.status_code, answer.text


def test_a_list_is_taken_as_a_whole(admin: Browser, web_database: Database) -> None:
    lines = "".join(f"{n:016};Guru {n:02};SD;Matematika;SD {n}\n" for n in range(60))
    assert send_list(admin, (HEADER + lines).encode()) == (302, send_list(admin, (HEADER + lines).encode())[1])
    with web_database.reading() as session:
        assert len(session.scalars(select(Teacher)).all()) == 60
    second = admin.get("/admin/guru?page=2").text
    assert "Guru 55" in second
    assert "Guru 05" not in second


def test_every_problem_of_a_list_is_named_and_nothing_taken(admin: Browser, web_database: Database) -> None:
    content = HEADER + "0000000000000001;Ani;SD;IPA;SD 1\n1,23E+15;Budi;SD;IPA;SD 1\n0000000000000001;;TK;IPA;SD 1\n"
    status, page = send_list(admin, content.encode())
    assert status == 422
    found = re.findall(r'<tr><td class="tp-number">(\d+)</td><td>([^<]+)</td>', page)
    assert sorted(found) == [("3", "nuptk"), ("4", "jenjang"), ("4", "nama"), ("4", "nuptk")]
    with web_database.reading() as session:
        assert session.scalars(select(Teacher)).all() == []


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", "nama\nSiti".encode("utf-16"), HEADER.encode() + b"1;\xe9;SD;a;b"]
)
def test_a_file_of_another_kind_is_told_apart(admin: Browser, content: bytes) -> None:
    status, page = send_list(admin, content)
    assert status == 422
    assert "guru.csv" in page


def test_no_file_is_no_list(admin: Browser) -> None:
    for fields in ({}, {"list": (io.BytesIO(), "")}):  # the second is what browsers send
        answer = admin.submit("/admin/guru/impor", fields)
        assert answer.status_code == 422
        assert 'id="f-list-error"' in answer.text


# The journal ------------------------------------------------------------------------------------------------------


def test_the_journal_shows_acts_newest_first(admin: Browser, web_database: Database) -> None:
    admin.submit("/admin/tempat/baru", SITE)
    account = make_account(web_database)
    admin.submit(f"{page_of(account)}/tautan")
    page = admin.get("/admin/jejak").text
    assert page.index("Budi Santoso") < page.index("LPMP Jawa Tengah")
    only_sites = admin.get("/admin/jejak?action=site.create").text
    assert "LPMP Jawa Tengah" in only_sites
    assert "Budi Santoso" not in only_sites
    assert "Budi Santoso" in admin.get(f"/admin/jejak?subject={account.public_id}").text


def test_older_events_stand_on_further_pages(admin: Browser) -> None:
    for number in range(queries.PAGE_SIZE + 1):
        admin.submit("/admin/tempat/baru", {**SITE, "code": f"S{number}", "name": f"Tempat {number:02}"})
    first = admin.get("/admin/jejak?action=site.create").text
    assert "Tempat 00" not in first
    older = re.search(r'href="(/admin/jejak\?[^"]*older_than=\d+)"', first)
    assert older
    assert "Tempat 00" in admin.get(older[1].replace("&amp;", "&")).text


def test_the_chain_is_checked(admin: Browser, web_database: Database) -> None:
    admin.submit("/admin/tempat/baru", SITE)
    holds = admin.get("/admin/jejak/rantai").text
    with web_database.reading() as session:
        head = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert head.digest.hex() in holds
    assert "tp-notice-ok" in holds
    fragment = admin.get("/admin/jejak/rantai", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert head.digest.hex() in fragment


def test_a_changed_event_is_named(admin: Browser, web_database: Database) -> None:
    for number in range(3):
        admin.submit("/admin/tempat/baru", {**SITE, "code": f"S{number}"})
    with web_database.transaction() as session:
        session.execute(text("DROP TRIGGER protect_audit_event_update"))
        session.execute(text("UPDATE audit_event SET actor = NULL WHERE id = 2"))
    broken = admin.get("/admin/jejak/rantai").text
    assert "tp-notice-bad" in broken
    assert "older_than=3" in broken


def test_every_act_has_its_words() -> None:
    sources = [path for package in ("registry", "itembank", "exam") for path in (ROOT / package).rglob("*.py")]
    shell = ("jobs.py", "web/score_tables.py", "web/analysis_exports.py")
    sources += [ROOT / "testing_platform" / name for name in shell]
    acts = {
        word
        for path in sources
        if "operations" in path.parts or "testing_platform" in path.parts
        for word in re.findall(r'"([a-z_]+\.[a-z-]+)"', path.read_text())
        if not word.endswith((".toml", ".id", ".typ"))
    }
    assert acts == set(ACTIONS)


def test_ids_of_the_page_are_public_ones(admin: Browser, web_database: Database) -> None:
    account = make_account(web_database)
    assert UUID(str(account.public_id))
    assert str(account.public_id) in admin.get("/admin/akun").text


# The frame --------------------------------------------------------------------------------------------------------


def test_the_page_of_an_account_says_who_is_signed_in(admin: Browser, web_database: Database) -> None:
    page = admin.get(page_of(make_account(web_database))).text
    assert '<span class="tp-account-name">admin 1</span>' in page
    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == ["/admin/akun"]
