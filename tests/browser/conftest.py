"""A browser, a page, and the peer that it talks to: what every test of the runner needs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.real_room import RealRoom, real_room
from tests.browser.runner_hands import CHROMIUM
from tests.browser.runner_items import FIGURE, make_items
from tests.browser.runner_peer import Peer, serving


@pytest.fixture(autouse=True)
def patience() -> None:
    """Machines that do much at a time are slow, not wrong."""
    expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**CHROMIUM)
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="id-ID")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def peer() -> Peer:
    return Peer(make_items(12), {"segitiga": FIGURE})


@pytest.fixture
def address(peer: Peer) -> Iterator[str]:
    with serving(peer) as address:
        yield address


@pytest.fixture(scope="session")
def served_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRoom]:
    with real_room(tmp_path_factory.mktemp("room")) as room:
        yield room


@pytest.fixture
def open_room(served_room: RealRoom) -> RealRoom:
    """The room with its real server running, whatever an earlier test did to it."""
    if not served_room.site.server.is_alive:
        served_room.site.start_server()
    return served_room
