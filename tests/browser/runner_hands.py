"""What a candidate does at the runner, as tests say it, and what a test may look at afterwards."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.runner_peer import NUMBER, PIN, START_CODE, Peer

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
ARGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-quic"),
]
CHROMIUM: dict[str, Any] = {"executable_path": "/usr/bin/chromium", "args": ARGS}
SERVER = "Semua jawaban tersimpan di server"


def wait_until(page: Page, condition: Callable[[], bool], *, seconds: float = 15) -> None:
    """Let the page go on until the peer has seen what is awaited."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come about in time"
        page.wait_for_timeout(25)


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Nomor peserta").fill(NUMBER)
    page.get_by_label("PIN").fill(PIN.replace("-", "").lower())
    page.get_by_role("button", name="Masuk").click()
    page.get_by_role("button", name="Ya, benar").click()
    page.get_by_label("Kode mulai").fill(START_CODE.lower())
    page.get_by_role("button", name="Lanjutkan").click()


def start(page: Page, address: str, peer: Peer) -> None:
    peer.seat.state = "admitted"
    sign_in(page, address)
    page.get_by_role("button", name="Mulai mengerjakan").click()
    expect(page.get_by_role("heading", name="Soal 1 dari")).to_be_visible()


def answers(page: Page, keys: str) -> None:
    """Press a letter on each item and go on; a dot skips the item."""
    for key in keys:
        if key != ".":
            page.keyboard.press(key)
        page.keyboard.press("n")


def expect_on_server(page: Page) -> None:
    expect(page.locator(".saved")).to_have_text(SERVER, timeout=20_000)


def cable_back(page: Page) -> None:
    """The computer notices its network at once, instead of at the next try."""
    page.evaluate("dispatchEvent(new Event('online'))")


def leap(page: Page, *, seconds: float) -> None:
    """Let the steady clock of the page jump ahead."""
    page.evaluate(
        """(ms) => {
            const now = performance.now.bind(performance);
            performance.now = () => now() + ms;
        }""",
        seconds * 1000,
    )


def hand_in(page: Page) -> None:
    page.get_by_role("button", name="Periksa akhir dan kumpulkan").click()
    page.get_by_role("button", name="Kumpulkan jawaban").click()
    page.get_by_role("button", name="Ya, kumpulkan").click()


def left_on_computer(page: Page) -> dict[str, int]:
    return dict(
        page.evaluate(
            """() => new Promise((resolve) => {
                const opening = indexedDB.open('tp-runner');
                opening.onsuccess = () => {
                    const transaction = opening.result.transaction(['steps', 'heads']);
                    const steps = transaction.objectStore('steps').count();
                    const heads = transaction.objectStore('heads').count();
                    transaction.oncomplete = () => resolve({ steps: steps.result, heads: heads.result });
                };
            })"""
        )
    )


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe-core calls serious or critical (by these rules, or all), and what makes the page scroll sideways."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    found = page.evaluate(
        """async (rules) => {
            const options = { resultTypes: ['violations'], ...(rules.length && { runOnly: rules }) };
            const { violations } = await axe.run(document, options);
            return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
              .map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
        }""",
        list(rules),
    )
    sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, *(["scrolls sideways"] if sideways > 0 else [])]


def press_until(page: Page, name: str) -> None:
    """Tab to the button of this name and press it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name == page.evaluate("document.activeElement.textContent.trim()"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach {name}")
