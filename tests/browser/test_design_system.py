"""The design system as people meet it: every macro in a real Chromium, under the production content security policy.

The gallery (gallery.html beside this file) shows each macro once. A page built of parts that
are accessible and quiet here has only its own words to get wrong.
Set DESIGN_PICTURES to a folder to keep screenshots of each theme and size.
"""

import itertools
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, flash, render_template
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from testing_platform.security import CONTENT_POLICY

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "testing_platform" / "static"
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
THEMES = ("light", "dark", "contrast")
SIZES = ((1366, 768), (800, 600))
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
STATES = {
    "draft": "Draf",
    "in_review": "Ditelaah",
    "revision": "Diperbaiki",
    "approved": "Disetujui",
    "pretest": "Uji coba",
    "operational": "Dipakai",
    "suspended": "Ditangguhkan",
    "retired": "Dipensiunkan",
}
VERDICTS = {
    "keep": "Pertahankan",
    "watch": "Amati",
    "revise": "Perbaiki",
    "drop": "Gugurkan",
    "check_key": "Periksa kunci",
}
ATTEMPTS = {
    "not_started": "Belum mulai",
    "in_progress": "Mengerjakan",
    "paused": "Dijeda",
    "submitted": "Selesai",
    "offline": "Terputus",
    "pass": "Lulus",
    "fail": "Belum lulus",
}
GROUNDS = ("paper", "surface")
CONTRASTS = (
    ("ink", (*GROUNDS, "accent-soft", "ok-soft", "warn-soft", "bad-soft"), 7),
    ("muted", GROUNDS, 4.5),
    ("accent", (*GROUNDS, "accent-soft"), 4.5),
    ("accent-strong", (*GROUNDS, "accent-soft"), 4.5),
    ("accent-ink", ("accent", "accent-strong"), 4.5),
    ("ok", (*GROUNDS, "ok-soft"), 4.5),
    ("warn", (*GROUNDS, "warn-soft"), 4.5),
    ("bad", (*GROUNDS, "bad-soft"), 4.5),
    ("bad-ink", ("bad", "bad-strong"), 4.5),
    ("focus-ink", ("focus",), 4.5),
    ("plate-ink", ("plate",), 7),
    ("line-strong", GROUNDS, 3),
)
TARGETS = ".tp-button, .tp-input, .tp-select, .tp-navigation a, .tp-tabs a, .tp-choice label, .tp-sort, summary"
ERROR_STATUSES = (400, 403, 404, 409, 413, 429, 500)


def _rows() -> list[dict[str, str]]:
    """Enough rows to sort and filter, with an empty figure and a negative one."""
    states, verdicts = list(STATES.items()), list(VERDICTS.items())
    figures = [("0,62", "0,41"), ("0,09", "-0,12"), ("0,97", "0,08"), ("", ""), ("0,45", "0,5"), ("0,51", "0,27")]
    return [
        {
            "code": f"MAT-{number:02}",
            "indicator": "Menentukan turunan fungsi aljabar" if number % 2 else "Memilih asesmen yang sesuai",
            "p": p,
            "r": r,
            "state": states[number][0],
            "state_text": states[number][1],
            "verdict": verdicts[number % 5][0],
            "verdict_text": verdicts[number % 5][1],
        }
        for number, (p, r) in enumerate(figures)
    ]


def _gallery(errors: dict[str, str]) -> str:
    return render_template(
        "gallery.html",
        errors=errors,
        rows=_rows(),
        refreshed=0,
        badges=[*STATES.items(), *ATTEMPTS.items(), *VERDICTS.items()],
        page_language="id",
        navigation=[
            {"label": label, "url": "/", "current": label == "Analisis"}
            for label in ("Beranda", "Bank soal", "Telaah", "Paket", "Sesi", "Analisis", "Hasil", "Akun")
        ],
        account={
            "name": "Siti Rahmawati",
            "role": "Psikometrisi",
            "sign_out_url": "/out",
            "links": [{"label": "Akun saya", "url": "/me"}],
        },
        languages=[
            {"code": "id", "label": "Bahasa Indonesia", "current": True},
            {"code": "en", "label": "English", "current": False},
        ],
        language_url="/language",
    )


def _application() -> Flask:
    app = Flask("gallery", static_folder=str(STATIC), template_folder=str(ROOT / "templates"))
    app.config["SECRET_KEY"] = "only for the gallery"
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600  # a file that is asked for again is opened for nothing, and left so
    app.jinja_loader = ChoiceLoader([FileSystemLoader(ROOT / "templates"), FileSystemLoader(Path(__file__).parent)])
    Babel(app)
    CSRFProtect(app)
    _add_pages(app)
    return app


def _add_pages(app: Flask) -> None:
    refreshes = itertools.count(1)

    @app.get("/")
    def page() -> str:
        flash("Putusan untuk MAT-03 tersimpan.", "ok")
        return _gallery({})

    @app.get("/wrong")
    def wrong() -> str:
        return _gallery({"name": "Tulis nama lengkap", "minutes": "Antara 1 dan 60 menit", "verdict": "Pilih putusan"})

    @app.get("/error/<int:status>")
    def error(status: int) -> str:
        return render_template(f"errors/{status}.html")

    @app.get("/part")
    def part() -> str:
        return render_template("gallery_part.html", refreshed=next(refreshes))

    @app.after_request
    def policy(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        return response


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, _application(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="id-ID")
    yield context
    context.close()


@pytest.fixture
def complaints(context: BrowserContext) -> list[str]:
    """What the browser grumbles about: blocked styles, missing files, errors of scripts."""
    heard: list[str] = []
    context.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: heard.append(str(error.error)))
    return heard


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def _choose(page: Page, theme: str) -> None:
    page.evaluate("theme => localStorage.setItem('tp-theme', theme)", theme)
    page.reload()


def _serious(page: Page) -> list[str]:
    """Violations that axe-core calls serious or critical, one line each."""
    page.evaluate(AXE)
    report = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['html'][:140]} | {node['failureSummary'][:200]}"
        for violation in report["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def _keep_picture(page: Page, name: str) -> None:
    folder = os.environ.get("DESIGN_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", ["/", "/wrong"])
def test_no_serious_accessibility_violation_in_any_theme(
    page: Page, address: str, complaints: list[str], *, path: str, theme: str
) -> None:
    page.goto(address + path)
    _choose(page, theme)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        _keep_picture(page, f"{path.strip('/') or 'gallery'}-{theme}-{width}")
        assert _serious(page) == []
    assert complaints == []


@pytest.mark.parametrize("theme", THEMES)
def test_dialog_and_menus_are_accessible_when_open(page: Page, address: str, theme: str) -> None:
    page.goto(address)
    _choose(page, theme)
    page.locator("summary", has_text="Siti").click()
    _keep_picture(page, f"menu-{theme}")
    assert _serious(page) == []
    page.get_by_role("button", name="Lepas kursi 7").click()
    _keep_picture(page, f"dialog-{theme}")
    assert _serious(page) == []


@pytest.mark.parametrize("status", ERROR_STATUSES)
def test_error_pages_say_what_happened_what_is_safe_and_what_to_do(page: Page, address: str, status: int) -> None:
    page.goto(f"{address}/error/{status}")
    _keep_picture(page, f"error-{status}")
    assert page.locator("h1").inner_text()
    assert page.locator(".tp-error-page dt").all_inner_texts() == ["What is safe", "What to do now"]
    assert _serious(page) == []


def test_nothing_scrolls_sideways_and_letters_and_targets_are_large(page: Page, address: str) -> None:
    page.goto(address)
    for width in (1366, 800, 320):  # 320 is what a small screen has left at large zoom
        page.set_viewport_size({"width": width, "height": 600})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "18px"
    small = page.evaluate(
        """targets => [...document.querySelectorAll(targets)].filter(e => e.checkVisibility())
            .map(e => [e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, height]) => height < 44)""",
        TARGETS,
    )
    assert small == []


def test_table_sorts_numbers_with_decimal_comma_and_keeps_empty_cells_last(page: Page, address: str) -> None:
    page.goto(address)
    column = page.locator("#items tbody td:nth-child(4)")
    page.get_by_role("button", name="r pbis").click()
    assert column.all_inner_texts() == ["-0,12", "0,08", "0,27", "0,41", "0,5", ""]
    page.get_by_role("button", name="r pbis").click()
    assert column.all_inner_texts() == ["0,5", "0,41", "0,27", "0,08", "-0,12", ""]
    assert page.locator("#items th[aria-sort]").get_attribute("aria-sort") == "descending"


def test_filter_counts_what_it_shows_and_says_when_nothing_matches(page: Page, address: str) -> None:
    page.goto(address)
    box = page.locator("#items input[type=search]")
    box.fill("mat-02")
    assert page.locator("#items tbody tr:visible").count() == 1
    assert page.locator("#items [data-table-count]").inner_text() == "1 of 6 rows"
    box.fill("tidak ada")
    assert page.locator("#items .tp-table-none").is_visible()


def test_dialog_opens_by_keyboard_asks_for_a_reason_and_gives_focus_back(page: Page, address: str) -> None:
    page.goto(address)
    opener = page.get_by_role("button", name="Lepas kursi 7")
    opener.press("Space")
    dialog = page.get_by_role("dialog")
    assert dialog.is_visible()
    assert dialog.locator("textarea[name=reason]").get_attribute("required") is not None
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert opener.evaluate("element => element === document.activeElement")


def test_dialog_opens_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/#release")
    assert page.locator("#release").is_visible()
    page.locator("#release [data-dialog-close]").click()
    assert page.locator("#release").is_hidden()
    context.close()


def test_error_summary_takes_focus_and_leads_to_the_field(page: Page, address: str) -> None:
    page.goto(f"{address}/wrong")
    assert page.evaluate("document.activeElement.className") == "tp-error-summary"
    page.get_by_role("link", name="Pilih putusan").click()
    page.keyboard.press("Space")
    assert page.locator("#f-verdict").is_checked()
    described = page.locator("#f-name").get_attribute("aria-describedby")
    assert described == "f-name-hint f-name-error"


def test_chosen_display_survives_a_reload(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("summary", has_text="Display").click()
    page.locator("[data-theme-switch] select").select_option("dark")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 24, 26)"


def test_live_part_refreshes_and_says_how_old_it_is_when_that_fails(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#live p", has_text=re.compile("pembaruan [1-9]")).wait_for()
    page.route("**/part", lambda route: route.fulfill(status=503))
    page.locator(".tp-stale").wait_for()
    assert re.search(r"\d\d.\d\d.\d\d", page.locator(".tp-stale").inner_text())
    assert page.locator("#live p").first.is_visible()
    page.unroute("**/part")
    page.locator(".tp-stale").wait_for(state="detached")


def test_refresh_keeps_filter_order_and_the_place_where_somebody_types(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Nama", exact=True).click()
    page.get_by_role("button", name="Nama", exact=True).click()
    page.locator("#seats input[type=search]").press_sequentially("i")
    before = page.locator("#live p").first.inner_text()
    expect(page.locator("#live p").first).not_to_have_text(before)
    assert page.locator("#seats tbody tr:visible td:nth-child(2)").all_inner_texts() == ["Citra", "Budi"]
    page.keyboard.type("t")
    assert page.locator("#seats input[type=search]").input_value() == "it"
    assert page.locator("#seats tbody tr:visible").count() == 1


def test_device_settings_and_choices_give_the_same_colours() -> None:
    css = (STATIC / "tokens.css").read_text(encoding="utf-8")
    for query, theme in (("prefers-color-scheme: dark", "dark"), ("prefers-contrast: more", "contrast")):
        device = re.search(rf"\({query}\) {{\s*:root:not\(\[data-theme\]\) {{(.*?)}}", css, re.S)
        choice = re.search(rf':root\[data-theme="{theme}"\] {{(.*?)}}', css, re.S)
        assert device is not None
        assert choice is not None
        assert device[1].split() == choice[1].split()


def test_paper_shows_the_whole_table_and_no_controls(page: Page, address: str) -> None:
    page.goto(address)
    _choose(page, "dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#items .tp-table-scroll").evaluate("box => box.scrollHeight === box.clientHeight")
    for hidden in (".tp-navigation", ".tp-header-tools", "#items .tp-table-tools", ".tp-page-actions"):
        assert page.locator(hidden).is_hidden()
    if "DESIGN_PICTURES" in os.environ:
        page.pdf(path=Path(os.environ["DESIGN_PICTURES"]) / "print.pdf", format="A4")


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(first: str, second: str) -> float:
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_pair_of_colours_that_meets_on_a_page_can_be_told_apart(theme: str) -> None:
    css = (STATIC / "tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r"^:root(?:\[data-theme=\"(\w+)\"\])? {(.*?)^}", css, re.S | re.M)
    tokens: dict[str, str] = {}
    for name, block in blocks:
        if name in ("", theme):
            tokens |= dict(re.findall(r"--tp-([a-z-]+): (#[0-9a-f]{6});", block))
    weak = [
        f"{front} on {ground}: {_contrast(tokens[front], tokens[ground]):.2f}"
        for front, grounds, least in CONTRASTS
        for ground in grounds
        if _contrast(tokens[front], tokens[ground]) < least
    ]
    assert weak == []


def test_colours_stand_in_the_tokens_only() -> None:
    css = (STATIC / "staff.css").read_text(encoding="utf-8")
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[^{]*})|\b(?:rgb|hsl|oklch)\(", css) == []
    tokens = (STATIC / "tokens.css").read_text(encoding="utf-8")
    assert set(re.findall(r"var\((--tp-[a-z0-9-]+)", css)) <= set(re.findall(r"(--tp-[a-z0-9-]+):", tokens))


def test_no_template_carries_inline_script_or_style() -> None:
    # A block of JSON is no script: browsers do not run it.
    inline = re.compile(
        r"<script(?![^>]*(?:\bsrc=|type=.application/json.))|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vars",
        re.I,
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0].strip()}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for match in inline.finditer(re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S))
    ]
    assert found == []
