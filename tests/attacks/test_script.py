"""Script in names, titles, notes, reasons and reports: text on every page, in a real browser that runs what it can."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright
from sqlalchemy import select

from exam.model import Attempt
from exam.operations import proctoring
from registry.actor import SYSTEM
from registry.model import Site
from registry.roles import SITE_ROLES, Role
from testing_platform.app import create_app
from testing_platform.wiring import utc_now
from tests.attacks.every_route import every_route
from tests.attacks.served import HOSTILE, Served, sit_down
from tests.browser.runner_hands import CHROMIUM
from tests.examination import make_staff
from tests.web.conftest import Browser

INJECTED = "document.querySelectorAll('img[src=\"x\"], [onerror], [onload], script:not([src]):not([type])').length"


@dataclass
class Watched:
    """A browser whose pages must stay silent."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def page(self) -> Page:
        """A new page under watch."""
        page = self.context.new_page()
        page.on("dialog", self._dialog)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url} {error}"))
        return page

    def look(self, page: Page, address: str) -> str:
        """Open an address and search it for what the attacker wanted there; the text that people see."""
        answer = page.goto(address)
        assert answer is not None
        if answer.status != 200:
            self.complaints.append(f"{answer.status} {address}")
            return ""
        if page.evaluate("window.pwned") or page.evaluate(INJECTED):
            self.complaints.append(f"injected {address}")
        return page.inner_text("body")

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _console(self, said: ConsoleMessage) -> None:
        # A part of a page that is opened by itself has no icon, which the browser then asks for in vain.
        if "Content Security Policy" in said.text or (said.type == "error" and "404" not in said.text):
            self.complaints.append(f"{said.location} {said.text[:200]}")


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Chromium, as the lab has it."""
    with sync_playwright() as running:
        browser = running.chromium.launch(**CHROMIUM)
        yield Watched(browser.new_context(locale="id-ID"))
        browser.close()


def test_the_watch_sees_what_an_attack_would_do(watched: Watched) -> None:
    page = watched.page()
    page.set_content("<script>window.pwned = 1; alert(1)</script><img src=x onerror='1'>")
    assert page.evaluate("window.pwned") == 1
    assert page.evaluate(INJECTED) == 2
    assert watched.complaints
    watched.complaints.clear()


@pytest.fixture(scope="module")
def scene(server: Served) -> Served:
    """A candidate who reports an item in the attacker's words, and a proctor's reason in them."""
    seat = sit_down(server, 2)
    with server.platform.database.transaction() as session:
        for attempt in session.scalars(select(Attempt)):
            if str(attempt.public_id) == seat["attempt"]:
                proctoring.admit(session, attempt, actor=SYSTEM, now=utc_now())
    path = f"/api/v1/attempts/{seat['attempt']}"
    server.post(f"{path}/begin", {"media_verified": True}, seat["token"])
    reported = {"seq": 1, "kind": "challenge", "item": seat["order"][0], "value": f"other;{HOSTILE}"[:200], "at": 1}
    status, _ = server.post(f"{path}/steps", {"prev": seat["digest"], "steps": [reported]}, seat["token"])
    assert status == 200
    return server


def cookie_of(server: Served, role: Role) -> str:
    """The cookie of a signed-in member of staff with a hostile name."""
    app = create_app(server.platform.settings)
    app.test_client_class = Browser
    browser = app.test_client()
    assert isinstance(browser, Browser)
    with server.platform.database.transaction() as session:
        site = session.scalars(select(Site)).first()
        actor = make_staff(session, role, f"{role.value} {HOSTILE}"[:200], site=site if role in SITE_ROLES else None)
        browser.sign_in_as(session, actor)
    cookie = browser.get_cookie("testing_platform")
    assert cookie is not None
    return cookie.value


def note_everything(server: Served, browser: Browser) -> None:
    """The proctor writes what the attacker dictated."""
    room = f"/ruang/{server.room.sitting.public_id}"
    written = {"reason": HOSTILE, "note": HOSTILE, "kind": "other", "minutes": "5", "act": "add", "seat": ""}
    for path in ("/catatan", "/waktu", "/gangguan"):
        browser.submit(room + path, written)


@pytest.mark.parametrize("role", [Role.PROKTOR, Role.BANK_MANAGER, Role.ADMIN, Role.PSYCHOMETRICIAN, Role.COMMITTEE])
def test_no_page_of_staff_runs_what_people_wrote(scene: Served, watched: Watched, role: Role) -> None:
    app = create_app(scene.platform.settings)
    app.test_client_class = Browser
    value = cookie_of(scene, role)
    writer = app.test_client()
    assert isinstance(writer, Browser)
    writer.set_cookie("testing_platform", value)
    if role is Role.PROKTOR:
        note_everything(scene, writer)
    watched.context.add_cookies([{"name": "testing_platform", "value": value, "url": scene.origin}])
    page, seen = watched.page(), ""
    ids = {"sitting_id": scene.room.sitting.public_id, "enrolment_id": scene.room.enrolments[2].public_id}
    ids["form_id"] = scene.room.form.public_id
    for route in every_route(app, ids):
        is_page = route.method == "GET" and route.is_for_staff and not route.path.endswith((".pdf", ".csv", ".xlsx"))
        if is_page and writer.get(route.path).mimetype == "text/html" and writer.get(route.path).status_code == 200:
            seen += watched.look(page, scene.origin + route.path)
    assert watched.complaints == []
    assert "{{7*7}}${7*7}" in seen  # the attacker's words were there, as words


def test_the_candidates_pages_run_nothing_either(scene: Served, watched: Watched) -> None:
    page = watched.page()
    for path in ("/", "/ujian", "/hasil/", "/tanda-terima/", "/masuk?next=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E"):
        watched.look(page, scene.origin + path)
    page.goto(scene.origin + "/ujian")
    page.get_by_label("Nomor peserta").fill(scene.room.enrolments[3].participant_number)
    page.get_by_label("PIN").fill(scene.room.pins[3])
    page.get_by_role("button", name="Masuk").click()
    page.get_by_text("{{7*7}}").first.wait_for(timeout=30_000)
    assert page.evaluate("window.pwned") is None
    assert page.evaluate(INJECTED) == 0
    assert watched.complaints == []
