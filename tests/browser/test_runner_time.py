"""Time in the runner: the server's, whatever the clock of the computer says; warnings, the end, more time, breaks."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.runner_hands import answers, expect_on_server, leap, sign_in, start, wait_until
from tests.browser.runner_peer import Peer

DAY_MS = 86_400_000


def at_errors(peer: Peer) -> list[float]:
    """How far each act's time is from the time at which the peer wrote it down, in seconds."""
    return [(step["at"] - seen) / 1000 for step, seen in zip(peer.seat.journal, peer.seat.seen_ms, strict=True)]


def test_acts_bear_the_time_of_the_server_though_the_computer_is_days_off(page: Page, peer: Peer, address: str) -> None:
    peer.clock_offset_ms = 3 * DAY_MS
    start(page, address, peer)
    answers(page, "ab")
    expect_on_server(page)
    assert max(abs(error) for error in at_errors(peer)) < 2
    # somebody sets the date of the computer back by a day, in the middle
    page.evaluate("() => { const now = Date.now; Date.now = () => now() - 86400000; }")
    answers(page, "cd")
    expect_on_server(page)
    assert max(abs(error) for error in at_errors(peer)) < 2
    expect(page.get_by_role("timer")).to_contain_text("1:59:")


def test_best_word_about_the_time_wins_until_the_computer_slept(page: Page, address: str) -> None:
    page.goto(address)
    told = page.evaluate(
        """async () => {
            const { ServerTime } = await import('/static/runner/server_time.js');
            const time = new ServerTime();
            const now = performance.now();
            const offset = () => Math.round(time.now() - performance.now());
            time.hear(1e12 + 40, now, now + 80);       // slow: somewhere within 80 ms
            const slow = offset();
            time.hear(1e12 + 105, now + 100, now + 110); // quick: knows better
            const quick = offset();
            time.hear(1e12 + 160, now + 200, now + 280); // slow again, and not at odds: changes nothing
            const kept = offset();
            time.hear(1e12 + 600000, now + 300, now + 310); // ten minutes have passed that were not counted here
            const slept = offset();
            return [slow, quick, kept, slept].map((value) => value - Math.round(1e12 - now));
        }"""
    )
    assert told == [0, 0, 0, 599_695]


def test_waking_up_asks_the_server_at_once(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    page.keyboard.press("a")
    expect_on_server(page)
    wait_until(page, lambda: len(peer.seat.journal) == 2)  # the look at the item and the answer: nothing waits any more
    before = len(peer.seat.posts)
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 3600000; }")
    wait_until(page, lambda: len(peer.seat.posts) > before, seconds=5)  # long before the next heartbeat


def test_later_warning_takes_the_place_of_the_earlier_one(page: Page, peer: Peer, address: str) -> None:
    peer.duration = 606
    start(page, address, peer)
    expect(page.get_by_text("Sisa waktu Anda 10 menit")).to_be_visible(timeout=15_000)
    peer.seat.ends_at = time.monotonic() + 299
    page.keyboard.press("a")
    expect(page.get_by_text("Sisa waktu Anda 5 menit")).to_be_visible()
    expect(page.get_by_text("Sisa waktu Anda 10 menit")).to_be_hidden()
    assert page.get_by_role("alert").filter(has_text="5 menit").count() == 1


def test_time_given_back_after_the_end_is_worked_and_not_handed_in(page: Page, peer: Peer, address: str) -> None:
    peer.duration = 900
    start(page, address, peer)
    answers(page, "a")
    expect_on_server(page)
    peer.faults.is_away = True
    answers(page, "b")
    leap(page, seconds=16 * 60)
    expect(page.get_by_role("heading", name="Waktu ujian sudah habis")).to_be_visible()
    peer.seat.ends_at = time.monotonic() + 1200
    peer.faults.is_away = False
    expect(page.get_by_text("Waktu Anda ditambah. Sisa waktu sekarang 20 menit")).to_be_visible(timeout=20_000)
    answers(page, "c")
    expect_on_server(page)
    assert peer.seat.state == "working"
    assert peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3c"}


def test_time_is_read_out_on_demand(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    page.keyboard.press("t")
    expect(page.locator("#announcer")).to_have_text(re.compile(r"Sisa waktu (1:59:\d\d|2:00:00)\."))


def test_extra_time_and_break_of_this_person_are_told_before_the_start(page: Page, peer: Peer, address: str) -> None:
    peer.extra, peer.seat.break_left, peer.seat.state = 1800, 600, "admitted"
    sign_in(page, address)
    expect(page.get_by_text("150 menit (sudah termasuk tambahan 30 menit untuk Anda)")).to_be_visible()
    expect(page.get_by_text("Istirahat yang boleh Anda ambil")).to_be_visible()


def on_break(page: Page, peer: Peer, address: str, *, seconds: float) -> None:
    peer.seat.break_left = seconds
    start(page, address, peer)
    answers(page, "a")
    expect_on_server(page)
    page.get_by_role("button", name="Istirahat").click()
    page.get_by_role("button", name="Ya, istirahat").click()
    expect(page.get_by_role("heading", name="Anda sedang beristirahat")).to_be_visible()


def test_break_hides_the_items_and_stops_the_clock(page: Page, peer: Peer, address: str) -> None:
    on_break(page, peer, address, seconds=600)
    expect(page.locator(".stem")).to_be_hidden()
    assert peer.seat.state == "on_break"
    page.keyboard.press("c")
    page.get_by_role("button", name="Lanjut mengerjakan").click()
    expect(page.locator(".stem")).to_be_visible()
    wait_until(page, lambda: peer.seat.state == "working")
    assert peer.answers() == {"i1": "i1a"}
    assert 580 < peer.seat.break_left < 600
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Istirahat (tersisa 10 menit)")).to_be_visible()


def test_break_ends_by_itself(page: Page, peer: Peer, address: str) -> None:
    on_break(page, peer, address, seconds=3)
    expect(page.locator(".stem")).to_be_visible(timeout=10_000)
    answers(page, "b")
    expect_on_server(page)
    assert peer.answers() == {"i1": "i1a", "i2": "i2b"}
    expect(page.get_by_role("button", name="Istirahat")).to_be_hidden()


def test_break_can_be_ended_while_the_server_is_away(page: Page, peer: Peer, address: str) -> None:
    on_break(page, peer, address, seconds=600)
    peer.faults.is_away = True
    page.get_by_role("button", name="Lanjut mengerjakan").click()
    answers(page, "b")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan")
    peer.faults.is_away = False
    expect_on_server(page)
    assert peer.seat.state == "working"
    assert peer.answers() == {"i1": "i1a", "i2": "i2b"}
    expect(page.locator(".stem")).to_be_visible()


def test_break_survives_a_reload(page: Page, peer: Peer, address: str) -> None:
    on_break(page, peer, address, seconds=600)
    page.reload()
    expect(page.get_by_role("heading", name="Anda sedang beristirahat")).to_be_visible()
    expect(page.get_by_text("Sisa istirahat")).to_be_visible()
    page.get_by_role("button", name="Lanjut mengerjakan").click()
    expect(page.locator(".stem")).to_be_visible()


def test_break_needs_the_server_to_begin(page: Page, peer: Peer, address: str) -> None:
    peer.seat.break_left = 600
    start(page, address, peer)
    expect_on_server(page)
    peer.faults.is_away = True
    page.get_by_role("button", name="Istirahat").click()
    page.get_by_role("button", name="Ya, istirahat").click()
    expect(page.get_by_text("Istirahat belum dapat dimulai")).to_be_visible()
    expect(page.locator(".stem")).to_be_visible()
