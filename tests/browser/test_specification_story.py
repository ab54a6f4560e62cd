"""Somebody changes a specification in a real browser: the page adds up, and says at once where the bank is short."""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pydantic import SecretStr
from werkzeug.serving import make_server

from itembank.operations.specifications import plan_forms
from registry.roles import Role
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.wiring import Platform
from tests.conftest import NOW
from tests.examination import make_staff
from tests.ports import HOST
from tests.store.bank_builder import PEDAGOGIC, load_pedagogic
from tests.store.blueprint_builder import in_force
from tests.web import conftest as web


@pytest.fixture
def form_page(sqlite_template: Path, tmp_path: Path, context: BrowserContext) -> Iterator[Page]:
    """The form of a specification over a bank without any item, in the browser of a bank manager."""
    shutil.copy(sqlite_template, tmp_path / "testing-platform.sqlite")
    app = create_app(Settings(data=tmp_path, secret=SecretStr("for tests only: " + "x" * 32)))
    app.test_client_class = web.Browser
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    platform = app.extensions["testing_platform"]
    assert isinstance(platform, Platform)
    client = app.test_client()
    assert isinstance(client, web.Browser)
    with platform.database.transaction() as session:
        load_pedagogic(session)
        manager = make_staff(session, Role.BANK_MANAGER, "Rina")
        numbers = {"n_items": 20, "duration_minutes": 60, "pass_percent": 75}
        plan_forms(session, in_force(session), code="tes", title="Tes", **numbers, actor=manager, now=NOW)
        client.sign_in_as(session, manager)
    cookie = client.get_cookie("testing_platform")
    assert cookie is not None
    server = make_server(HOST, 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://{HOST}:{server.server_port}"
    context.add_cookies([{"name": "testing_platform", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/kisi-kisi/spesifikasi/tes/ubah")
    yield page
    context.close()
    server.shutdown()
    server.server_close()
    platform.database.dispose()


def test_the_page_adds_up_and_tells_what_is_short(form_page: Page) -> None:
    total, own = form_page.locator("[data-spec-total]"), form_page.locator("[data-spec-sum]")
    first, each = (form_page.locator(f'[name="{name}"]') for name in (f"n:{PEDAGOGIC}:P1.1", f"each:{PEDAGOGIC}"))
    row = form_page.locator("tr", has=first)
    expect(total).to_have_text("20")
    expect(row).to_contain_text("terlalu sedikit")
    first.fill("0")
    expect(row.locator(".spec-few")).to_be_hidden()
    expect(own).to_have_text("19")
    form_page.get_by_label("Sama banyak dari setiap indikator").check()
    expect(first).to_be_hidden()
    each.fill("2")
    expect(total).to_have_text("40")
    each.press("Enter")  # saves; it must not be taken for removing the first section
    expect(form_page.get_by_role("alert")).to_contain_text("Soal di bank belum cukup")
    expect(each).to_have_value("2")
    form_page.get_by_label("Tetap simpan").check()
    form_page.get_by_role("button", name="Simpan sebagai edisi 2").last.click()
    expect(form_page).to_have_url(f"{form_page.url.partition('/kisi-kisi')[0]}/kisi-kisi/spesifikasi/tes")
    expect(form_page.get_by_text("edisi 2").first).to_be_visible()
