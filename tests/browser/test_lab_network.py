"""The runner on a lab network: `https://lab.test`, mapped to loopback, with a certificate that the PC learned to trust.

The browser checks the real chain: its trust store holds the authority that `site certificate` made, put there with the
command of the steps for kiosk PCs. A browser that was not prepared must refuse.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright
from sqlalchemy import CursorResult, select, update

from exam.model import Attempt, Step
from exam.states import AttemptState, StepKind
from testing_platform.database import Database, make_engine, migrate, sqlite_url
from testing_platform.tls.authority import parse_host
from testing_platform.tls.folder import TlsFolder, issue
from tests.exam_room import START_CODE, furnish
from tests.serving.platform_server import Served, served

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-quic", "--host-resolver-rules=MAP lab.test 127.0.0.1"),
]
SAVED = "Semua jawaban tersimpan di server"


@dataclass(frozen=True)
class Lab:
    """A served installation with one open room."""

    server: Served
    database: Database
    number: str
    pin: str

    @property
    def origin(self) -> str:
        return f"https://lab.test:{self.server.port}"


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    data = tmp_path_factory.mktemp("lab")
    issue(TlsFolder(data / "tls"), [parse_host("lab.test")], now=datetime.now(UTC))
    database, number, pin = one_seat(data)
    with served(data) as server:
        yield Lab(server, database, number, pin)
    database.dispose()


def one_seat(data: Path) -> tuple[Database, str, str]:
    """An open room for one candidate, with number and PIN."""
    engine = make_engine(sqlite_url(data / "testing-platform.sqlite"))
    migrate(engine)
    database = Database(engine)
    with database.transaction() as session:
        room = furnish(session, n_seats=1, now=datetime.now(UTC))
        return database, room.enrolments[0].participant_number, room.pins[0]


def kiosk(playwright: Playwright, home: Path) -> Browser:
    """A browser of a PC whose user has this home, on a network where lab.test is the server."""
    environment: dict[str, str | float | bool] = {**os.environ, "HOME": str(home)}
    return playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, env=environment)


@pytest.fixture(scope="module")
def prepared(playwright: Playwright, lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A PC on which somebody followed the steps for kiosk PCs."""
    home = tmp_path_factory.mktemp("kiosk")
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    authority = str(lab.server.data / "tls" / "authority.crt")
    subprocess.run(["certutil", "-d", f"sql:{store}", "-N", "--empty-password"], check=True)
    add = ["certutil", "-d", f"sql:{store}", "-A", "-t", "C,,", "-n", "Ruang Ujian", "-i", authority]
    subprocess.run(add, check=True)
    browser = kiosk(playwright, home)
    yield browser
    browser.close()


@pytest.fixture
def desk(prepared: Browser) -> Iterator[BrowserContext]:
    context = prepared.new_context(viewport={"width": 1366, "height": 768}, locale="id-ID")
    context.set_default_timeout(20_000)
    yield context
    context.close()


def admit(lab: Lab, page: Page) -> None:
    """What the proctor does after the identity check, without the proctor's page; the seat must have arrived."""
    for _ in range(200):
        with lab.database.transaction() as session:
            moved = session.execute(update(Attempt).values(state=AttemptState.ADMITTED, admitted_at=datetime.now(UTC)))
            if isinstance(moved, CursorResult) and moved.rowcount:
                return
        page.wait_for_timeout(100)
    raise AssertionError("the seat did not arrive")


def begin(page: Page, lab: Lab) -> None:
    """From the sign-in to the first item."""
    page.get_by_label("Nomor peserta").fill(lab.number)
    page.get_by_label("PIN").fill(lab.pin)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_role("button", name="Ya, benar").click()
    page.get_by_label("Kode mulai").fill(START_CODE)
    page.get_by_role("button", name="Lanjutkan").click()
    admit(lab, page)
    page.get_by_role("button", name="Mulai mengerjakan").click()
    expect(page.get_by_role("heading", name="Soal 1 dari")).to_be_visible()


def test_a_candidate_works_over_the_lab_network(desk: BrowserContext, lab: Lab) -> None:
    page = desk.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{lab.origin}/ujian")
    assert page.evaluate("[isSecureContext, Boolean(crypto.subtle), Boolean(navigator.locks)]") == [True, True, True]
    begin(page, lab)
    page.keyboard.press("b")
    expect(page.locator(".saved")).to_have_text(SAVED)
    assert complaints == []


def test_a_service_worker_may_stand_in_front_of_the_page(desk: BrowserContext, lab: Lab) -> None:
    page = desk.new_page()
    page.goto(f"{lab.origin}/ujian")
    scope = page.evaluate("async () => (await navigator.serviceWorker.ready).scope")
    assert scope.startswith(lab.origin)


def test_the_server_goes_away_and_comes_back_on_the_lab_network(desk: BrowserContext, lab: Lab, tmp_path: Path) -> None:
    shutil.copytree(lab.server.data / "tls", tmp_path / "tls")  # the authority that the PC trusts
    database, number, pin = one_seat(tmp_path)
    page = desk.new_page()
    with served(tmp_path) as server:
        here = Lab(server, database, number, pin)
        page.goto(f"{here.origin}/ujian")
        begin(page, here)
        page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        page.keyboard.press("b")
        expect(page.locator(".saved")).to_have_text(SAVED)
    page.keyboard.press("n")
    page.keyboard.press("c")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (1)")
    page.reload()
    expect(page.get_by_role("heading", name="Menunggu server")).to_be_visible()
    expect(page.get_by_text("Baru di komputer ini: 1")).to_be_visible()
    with served(tmp_path, ports=(server.port, server.plain_port)):
        expect(page.get_by_role("button", name="Soal 2 terjawab C")).to_be_visible(timeout=20_000)
        expect(page.locator(".saved")).to_have_text(SAVED, timeout=20_000)
    with database.reading() as session:
        kept = session.execute(select(Step.option).where(Step.kind == StepKind.ANSWER).order_by(Step.seq)).scalars()
        assert list(kept) == [1, 2]
    database.dispose()


def test_a_pc_that_was_not_prepared_refuses(playwright: Playwright, lab: Lab, tmp_path: Path) -> None:
    browser = kiosk(playwright, tmp_path)
    try:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            browser.new_page().goto(f"{lab.origin}/ujian")
    finally:
        browser.close()


@pytest.mark.parametrize("door", ["port", "plain_port"])
def test_plain_http_shows_how_to_go_on(desk: BrowserContext, lab: Lab, door: str) -> None:
    page: Page = desk.new_page()
    page.goto(f"http://lab.test:{getattr(lab.server, door)}/ujian")
    expect(page.get_by_role("heading", name="Buka halaman ini dengan https")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.address')).borderTopWidth") == "2px"
    page.get_by_role("link", name=f"{lab.origin}/ujian").click()
    expect(page.get_by_label("Nomor peserta")).to_be_visible()
