"""The candidate's runner on a bad day: lost replies, a vanished server, a crash, another seat, a broken picture.

Every test drives a real Chromium against the peer of runner_peer.py over real HTTP, under the production policy.
"""

import gzip
import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browser.runner_hands import (
    CHROMIUM,
    answers,
    barriers,
    cable_back,
    expect_on_server,
    hand_in,
    left_on_computer,
    press_until,
    sign_in,
    start,
    wait_until,
)
from tests.browser.runner_items import make_items
from tests.browser.runner_peer import NUMBER, PIN, START_CODE, Peer, serving

RUNNER = Path(__file__).resolve().parents[2] / "testing_platform" / "static" / "runner"


# The usual day


def test_whole_test_from_card_to_receipt(page: Page, peer: Peer, address: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, address)
    expect(page.get_by_text("Semua soal dan gambar sudah lengkap")).to_be_visible()
    expect(page.get_by_role("button", name="Mulai mengerjakan")).to_be_disabled()
    assert peer.seat.begun_with == []
    peer.seat.state = "admitted"
    page.get_by_role("button", name="Mulai mengerjakan").click()
    expect(page.get_by_role("heading", name="Soal 1 dari")).to_be_visible()
    answers(page, "ab.")
    page.locator(".option").nth(3).click()
    page.get_by_role("button", name="Ragu-ragu").click()
    page.get_by_role("button", name="Soal 2 terjawab B").click()
    page.get_by_role("button", name="Hapus jawaban").click()
    expect(page.get_by_role("button", name="Soal 4 terjawab D, ragu-ragu")).to_be_visible()
    hand_in(page)
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()
    expect(page.get_by_text("K7QF-3M2P")).to_be_visible()
    expect(page.get_by_text("23 November 2026 pukul 10.12")).to_be_visible()
    # Where results will be shown is said in words: a link would lead out of the document of the test.
    results = urljoin(address, "/hasil")
    expect(page.get_by_text(f"lihat hasil Anda di {results} dengan nomor peserta")).to_be_visible()
    expect(page.get_by_text(urljoin(address, "/tanda-terima"))).to_be_visible()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Simpan berkas tanda terima").click()
    saved = json.loads(saving.value.path().read_text(encoding="utf-8"))
    assert saving.value.suggested_filename == f"tanda-terima-{NUMBER}-K7QF-3M2P.json"
    assert (saved["signature"], saved["short_code"], saved["last_seq"]) == ("00", "K7QF-3M2P", len(peer.seat.journal))
    expect(page.locator("main a")).to_have_count(0)
    assert peer.answers() == {"i1": "i1a", "i4": "i4d"}
    assert peer.flags() == ["i4"]
    assert peer.seat.begun_with == [{"media_verified": True}]
    assert [step["seq"] for step in peer.seat.journal] == list(range(1, len(peer.seat.journal) + 1))
    assert left_on_computer(page) == {"steps": 0, "heads": 0}
    assert peer.seat.token not in page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert complaints == []


def test_looking_around_costs_no_request_of_its_own(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    wait_until(page, lambda: bool(peer.seat.posts))
    before = list(peer.seat.posts)
    for number in (2, 3, 4):
        page.keyboard.press("n")
        expect(page.get_by_role("heading", name=f"Soal {number} dari")).to_be_visible()
    page.wait_for_timeout(500)  # long enough for an answer to leave
    assert peer.seat.posts == before
    page.keyboard.press("a")
    expect_on_server(page)
    assert [step["kind"] for step in peer.seat.journal] == ["view", "view", "view", "view", "answer"]


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ((400, {"slug": "pin-mistyped"}), "salah ketik"),
        ((401, {"slug": "bad-credentials"}), "tidak cocok"),
        ((429, {"slug": "slow-down", "retry_after_seconds": 30}), "Tunggu 30 detik"),
        ((500, {"slug": "oops"}), "tunjukkan pesan ini"),
    ],
)
def test_sign_in_refused_keeps_what_was_typed(
    page: Page, peer: Peer, address: str, problem: tuple[int, dict[str, Any]], words: str
) -> None:
    peer.faults.refusals["session"] = problem
    page.goto(address)
    page.get_by_label("Nomor peserta").fill(NUMBER)
    page.get_by_label("PIN").fill("7k3m9q2rt5vxc")
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_label("Nomor peserta")).to_have_value(NUMBER)
    expect(page.get_by_label("PIN")).to_have_value(PIN)


def test_wrong_start_code_says_how_many_tries_are_left(page: Page, peer: Peer, address: str) -> None:
    peer.faults.refusals["attempts"] = (403, {"slug": "bad-start-code", "tries_left": 3})
    sign_in(page, address)
    expect(page.get_by_text("Sisa percobaan: 3")).to_be_visible()
    expect(page.get_by_label("Kode mulai")).to_be_focused()


# Answers survive


def test_lost_reply_stores_each_step_once(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    expect_on_server(page)
    peer.faults.lost_replies["steps"] = 2
    answers(page, "a")
    wait_until(page, lambda: peer.faults.lost_replies["steps"] < 2)
    answers(page, "bc")
    expect_on_server(page)
    assert peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3c"}
    answered = [step["item"] for step in peer.seat.journal if step["kind"] == "answer"]
    assert answered == ["i1", "i2", "i3"]
    assert peer.calls["attempts"] == 1, "the very same batch is acknowledged again; nothing needs to be compared"


def test_work_goes_on_while_the_server_is_away(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    peer.faults.is_away = True
    answers(page, "abcd")
    expect(page.locator(".saved")).to_contain_text("Tersimpan di komputer ini, menunggu sambungan (4)")
    expect(page.locator("#announcer")).to_contain_text("Silakan terus bekerja")
    assert peer.answers() == {}
    wait_until(page, lambda: peer.calls["away"] >= 4)  # it tries again and again, nobody has to press anything
    peer.faults.is_away = False
    cable_back(page)
    expect_on_server(page)
    assert peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3c", "i4": "i4d"}


def test_reload_comes_back_to_the_same_item(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "ab..")
    expect_on_server(page)
    page.reload()
    expect(page.get_by_role("heading", name="Soal 5 dari")).to_be_visible()
    expect(page.get_by_role("button", name="Soal 2 terjawab B")).to_be_visible()
    answers(page, "d")
    expect_on_server(page)
    assert peer.answers() == {"i1": "i1a", "i2": "i2b", "i5": "i5d"}


def test_crash_of_the_browser_keeps_unsent_answers(
    playwright: Playwright, peer: Peer, address: str, tmp_path: Path
) -> None:
    first = playwright.chromium.launch_persistent_context(tmp_path, **CHROMIUM)
    page = first.new_page()
    start(page, address, peer)
    answers(page, "a")
    expect_on_server(page)
    peer.faults.is_away = True
    answers(page, "bc")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (2)")
    first.close()
    peer.faults.is_away = False
    second = playwright.chromium.launch_persistent_context(tmp_path, **CHROMIUM)
    page = second.new_page()
    page.goto(address)  # nothing has to be typed again
    expect(page.get_by_role("button", name="Soal 3 terjawab C")).to_be_visible()
    expect_on_server(page)
    second.close()
    assert peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3c"}


def test_mismatch_ends_with_the_screen_in_the_journal(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "ab")
    expect_on_server(page)
    last = len(peer.seat.journal)
    with peer.lock:
        peer.write({"seq": last + 1, "kind": "answer", "item": "i1", "option": "i1d", "at": 1})
        peer.write({"seq": last + 2, "kind": "flag", "item": "i2", "value": "on", "at": 1})
    answers(page, "c")
    wait_until(page, lambda: peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3c"})
    # A mark where the screen had none takes nothing away from anybody, so it is shown and stays.
    expect(page.get_by_role("button", name="Soal 2 terjawab B, ragu-ragu")).to_be_visible()
    expect_on_server(page)
    assert peer.flags() == ["i2"]


def test_step_that_the_server_never_takes_does_not_hold_back_others(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    expect_on_server(page)
    peer.options["i1"].discard("i1a")
    answers(page, "abc")
    expect(page.get_by_text("Satu catatan tidak diterima server")).to_be_visible()
    wait_until(page, lambda: peer.answers() == {"i2": "i2b", "i3": "i3c"})


def test_submit_waits_out_an_outage(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    peer.faults.is_away = True
    answers(page, "ab")
    hand_in(page)
    expect(page.get_by_text("2 jawaban terakhir aman di komputer ini")).to_be_visible()
    page.get_by_role("button", name="Kembali ke soal").click()
    expect(page.get_by_role("heading", name="Periksa akhir")).to_be_visible()
    peer.faults.is_away = False
    peer.faults.lost_replies["submit"] = 1
    page.get_by_role("button", name="Kumpulkan jawaban").click()
    page.get_by_role("button", name="Ya, kumpulkan").click()
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()
    assert peer.answers() == {"i1": "i1a", "i2": "i2b"}


# Time, pause, seat


def test_time_up_hands_in_by_itself(page: Page, peer: Peer, address: str) -> None:
    peer.duration = 4
    start(page, address, peer)
    expect(page.get_by_text("Sisa waktu Anda 1 menit")).to_be_visible()
    answers(page, "a")
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()
    assert peer.answers() == {"i1": "i1a"}


def test_time_that_ran_out_while_away_still_ends_in_a_receipt(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "ab")
    expect_on_server(page)
    page.goto("about:blank")
    peer.seat.ends_at = time.monotonic()
    page.goto(address)
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()


def test_answers_that_arrive_after_the_end_are_named_beside_the_receipt(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "ab")
    expect_on_server(page)
    peer.faults.is_away = True
    answers(page, ".cd")
    peer.seat.ends_at = time.monotonic()
    peer.faults.is_away = False
    cable_back(page)
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()
    expect(page.get_by_text("2 dari 12")).to_be_visible()
    expect(page.get_by_text("2 jawaban Anda sampai ke server setelah waktu habis.")).to_be_visible()
    assert len(peer.answers()) == 4


def test_pause_covers_the_items_until_the_room_goes_on(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    peer.seat.state = "paused"
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Ujian dijeda oleh pengawas")).to_be_visible()
    expect(page.locator(".stem")).to_be_hidden()
    page.keyboard.press("c")
    peer.seat.state = "working"
    expect(page.locator(".stem")).to_be_visible()
    assert peer.answers() == {"i1": "i1a"}


def test_added_time_is_told(page: Page, peer: Peer, address: str) -> None:
    peer.duration = 900
    start(page, address, peer)
    assert peer.seat.ends_at is not None
    peer.seat.ends_at += 600
    page.keyboard.press("a")
    expect(page.get_by_text("Waktu Anda ditambah 10 menit")).to_be_visible()
    expect(page.get_by_role("timer")).to_contain_text("0:24:")


def test_released_seat_says_what_to_do(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    expect_on_server(page)
    peer.seat.token = "of-another-seat"
    answers(page, "a")
    expect(page.get_by_role("heading", name="Ujian Anda dibuka di komputer lain")).to_be_visible()
    expect(page.get_by_text("1 jawaban terakhir masih tersimpan di komputer ini")).to_be_visible()
    expect(page.get_by_text("Panggil pengawas")).to_be_visible()


def test_seat_released_before_the_start_says_so_too(page: Page, peer: Peer, address: str) -> None:
    peer.seat.state = "admitted"
    peer.faults.refusals["begin"] = (401, {"slug": "superseded"})
    sign_in(page, address)
    page.get_by_role("button", name="Mulai mengerjakan").click()
    expect(page.get_by_role("heading", name="Ujian Anda dibuka di komputer lain")).to_be_visible()


def test_other_device_needs_the_release(page: Page, peer: Peer, address: str) -> None:
    peer.seat.device = "another"
    sign_in(page, address)
    expect(page.get_by_role("heading", name="Ujian Anda masih terbuka di komputer lain")).to_be_visible()
    peer.seat.device = None
    page.get_by_role("button", name="Coba lagi").click()
    expect(page.get_by_text("Menunggu pengawas memeriksa identitas")).to_be_visible()


def test_second_tab_waits_for_the_first(context: BrowserContext, peer: Peer, address: str) -> None:
    first, second = context.new_page(), context.new_page()
    start(first, address, peer)
    second.goto(address)
    expect(second.get_by_role("heading", name="Ujian sudah terbuka di tab lain")).to_be_visible()
    first.close()
    expect(second.get_by_role("heading", name="Soal 1 dari")).to_be_visible()  # it goes on where the first one stood


# The asset gate


def test_damaged_download_is_fetched_again(page: Page, peer: Peer, address: str) -> None:
    peer.faults.damaged_downloads = 2
    start(page, address, peer)
    assert peer.faults.damaged_downloads == 0


def test_damage_that_stays_keeps_the_clock_still(page: Page, peer: Peer, address: str) -> None:
    peer.faults.damaged_downloads = 1_000
    peer.seat.state = "admitted"
    sign_in(page, address)
    expect(page.get_by_text("Berkas soal yang diterima tidak utuh")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Mulai mengerjakan")).to_be_disabled()
    peer.faults.damaged_downloads = 0
    page.get_by_role("button", name="Coba lagi").click()
    page.get_by_role("button", name="Mulai mengerjakan").click()
    expect(page.get_by_role("heading", name="Soal 1 dari")).to_be_visible()
    assert len(peer.seat.begun_with) == 1


def test_items_missing_after_the_start_do_not_say_that_the_clock_stands(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    expect_on_server(page)
    page.evaluate("caches.delete('tp-sealed')")
    page.route("**/api/v1/forms/*", lambda route: route.fulfill(status=404, json={"type": "not-found"}))
    page.reload()
    expect(page.get_by_text("Soal belum dapat diunduh dengan lengkap.")).to_be_visible()
    expect(page.get_by_text("Jawaban Anda aman. Bila waktu Anda berkurang")).to_be_visible()
    expect(page.get_by_text("Waktu ujian belum berjalan")).to_have_count(0)
    page.unroute("**/api/v1/forms/*")
    page.get_by_role("button", name="Coba lagi").click()
    expect(page.get_by_role("heading", name="Soal 1 dari")).to_be_visible()


def test_picture_that_cannot_be_shown_is_reported_by_itself(context: BrowserContext) -> None:
    peer = Peer(make_items(12), {"segitiga": b"this is no picture"})
    with serving(peer) as address:
        page = context.new_page()
        start(page, address, peer)
        page.get_by_role("button", name=re.compile("^Soal 6 ")).click()
        expect(page.get_by_text("Gambar soal ini tidak dapat ditampilkan")).to_be_visible()
        wait_until(page, lambda: {"i6", "i11"} == {s["item"] for s in peer.seat.journal if s["kind"] == "challenge"})


def test_picture_can_be_seen_large(page: Page, peer: Peer, address: str) -> None:
    page.set_viewport_size({"width": 800, "height": 600})
    start(page, address, peer)
    answers(page, ".....")
    small = page.locator(".stem img").bounding_box()
    page.get_by_role("button", name="Perbesar gambar").click()
    large = page.get_by_role("dialog").get_by_role("img").bounding_box()
    assert small is not None
    assert large is not None
    assert large["height"] > 1.5 * small["height"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Perbesar gambar")).to_be_focused()


def test_item_is_reported_in_two_key_presses(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    page.keyboard.press("l")
    page.keyboard.press("2")
    expect(page.get_by_text("Laporan Anda untuk soal 1 sudah dicatat")).to_be_visible()
    wait_until(page, lambda: any(s["kind"] == "challenge" for s in peer.seat.journal))
    (value,) = [s["value"] for s in peer.seat.journal if s["kind"] == "challenge"]
    assert value == "two-answers;answer=none;size=normal;theme=light;view=1366x768;zoom=1;pictures=0/0"
    expect(page.get_by_role("button", name="Soal 1 belum dijawab")).to_be_visible()  # the digit chose no option
    assert peer.answers() == {}


# For everybody's eyes and hands


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_no_serious_barrier_at_the_smallest_size(page: Page, peer: Peer, address: str, theme: str) -> None:
    page.set_viewport_size({"width": 800, "height": 600})
    page.goto(address)
    page.evaluate("theme => sessionStorage.setItem('tp-visit', JSON.stringify({ looks: { theme } }))", theme)
    expect(page.get_by_role("heading", name="Selamat datang")).to_be_visible()
    assert barriers(page) == []
    start(page, address, peer)
    answers(page, "ab")
    page.keyboard.press("r")
    assert barriers(page) == []
    page.get_by_role("button", name="Daftar soal").click()
    assert barriers(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Periksa akhir dan kumpulkan").click()
    assert barriers(page) == []


@pytest.mark.parametrize("size", [(1366, 768), (800, 600)])
def test_all_options_are_in_view(page: Page, peer: Peer, address: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    start(page, address, peer)
    foot = page.locator(".foot").bounding_box()
    assert foot is not None
    for number in range(1, 7):
        last = page.locator(".option").last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= foot["y"] + 1, f"item {number}"
        page.keyboard.press("n")


def test_help_names_the_keys_of_as_many_options_as_there_are(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    page.keyboard.press("?")
    keys = page.locator("dialog tr").filter(has_text="Memilih jawaban menurut huruf atau angkanya").locator("kbd")
    assert keys.all_inner_texts() == [*"ABCD1234"]
    page.evaluate("import('/static/runner/views/dialogs.js').then(({ helpDialog }) => helpDialog({ nOptions: 5 }))")
    expect(page.locator("dialog").nth(1)).to_be_visible()
    assert page.locator("dialog").nth(1).locator("tr").first.locator("kbd").all_inner_texts() == [*"ABCDE12345"]


def test_letter_keys_can_be_switched_off(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    page.get_by_role("button", name="Tampilan").click()
    page.get_by_label("Mati").check()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Soal 2 dari")).to_be_visible()
    expect(page.get_by_role("button", name="Soal 1 belum dijawab")).to_be_visible()


def test_keyboard_alone_reaches_the_receipt(page: Page, peer: Peer, address: str) -> None:
    peer.seat.state = "admitted"
    page.goto(address)
    expect(page.get_by_label("Nomor peserta")).to_be_focused()
    page.keyboard.type(NUMBER)
    page.keyboard.press("Tab")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Apakah data ini benar?")).to_be_focused()
    press_until(page, "Ya, benar")
    expect(page.get_by_label("Kode mulai")).to_be_focused()
    page.keyboard.type(START_CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Mulai mengerjakan")).to_be_enabled()
    press_until(page, "Mulai mengerjakan")
    expect(page.get_by_role("heading", name="Soal 1 dari")).to_be_focused()
    page.keyboard.press("2")
    press_until(page, "Periksa akhir dan kumpulkan")
    press_until(page, "Kumpulkan jawaban")
    press_until(page, "Ya, kumpulkan")
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_focused()
    assert peer.answers() == {"i1": "i1b"}


# The parts


def test_pin_as_people_type_it(page: Page, address: str) -> None:
    page.goto(address)
    tidy = "async (typed) => (await import('/static/runner/memory.js')).tidyPin(typed)"
    for typed in ("7k3m 9q2r t5vx c", "7K3M9Q2RT5VXC", " 7k3m-9q2r-t5vx-c\n", "7K3M–9Q2R–T5VX–C"):
        assert page.evaluate(tidy, typed) == PIN
    assert page.evaluate(tidy, "ilo0-1111-oooo-l") == "1100-1111-0000-1"


def test_codes_may_be_scanned(page: Page, peer: Peer, address: str) -> None:
    page.goto(address)
    expect(page.get_by_label("Nomor peserta")).to_be_focused()
    page.keyboard.type(f"{NUMBER}\n{PIN.lower()}\n")
    page.get_by_role("button", name="Ya, benar").click()
    page.get_by_label("Kode mulai").fill("me-la ti")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Menunggu pengawas memeriksa identitas")).to_be_visible()
    assert peer.calls["session"] == 1


def test_item_text_keeps_maths_and_drops_scripts(page: Page, address: str) -> None:
    page.goto(address)
    html = page.evaluate(
        """async (html) => {
            const { richText } = await import('/static/runner/richtext.js');
            const box = document.createElement('div');
            box.append(richText(html, new Map([['abc', 'blob:known']])));
            return box.innerHTML;
        }""",
        '<p onclick="x()" class="note" style="color:red">A<script>x()</script><a href="javascript:x()">link</a></p>'
        '<img data-media="abc" src="http://elsewhere/x.png" onerror="x()" alt="B"><iframe src="/x"></iframe>'
        '<math display="block" href="x"><mfrac linethickness="0"><mi>a</mi><mn>2</mn></mfrac></math>'
        '<table><tbody><tr><td class="align-right">1</td></tr></tbody></table>',
    )
    assert html == (
        '<p>A</p><img data-media="abc" alt="B" src="blob:known">'
        '<math display="block"><mfrac linethickness="0"><mi>a</mi><mn>2</mn></mfrac></math>'
        '<table><tbody><tr><td class="align-right">1</td></tr></tbody></table>'
    )


def test_steps_held_from_before_a_seat_change_only_fill_gaps(page: Page, address: str) -> None:
    page.goto(address)
    joined = page.evaluate(
        """async () => {
            const { joinWithServer } = await import('/static/runner/state.js');
            const held = ['a', 'b', 'c'].map((item, n) => ({ seq: 4 + n, kind: 'answer', item, option: `${item}1` }));
            return {
                later: joinWithServer({ held, lastSeq: 3, answers: {} }),
                half: joinWithServer({ held, lastSeq: 5, answers: { a: 'a1', b: 'b1' } }),
                moved: joinWithServer({ held, lastSeq: 9, answers: { a: 'a2', b: 'b2' } }),
                reports: joinWithServer({
                    held: [4, 5].map((seq) => ({ seq, kind: 'challenge', item: 'a', value: 'typing', at: 10 * seq })),
                    lastSeq: 9, answers: {}, reports: [{ item: 'a', at: 40 }],
                }),
            };
        }"""
    )
    assert [step["seq"] for step in joined["later"]["keep"]] == [4, 5, 6]
    assert [step["seq"] for step in joined["half"]["keep"]] == [6]
    assert joined["moved"] == {"keep": [], "revive": [{"kind": "answer", "item": "c", "option": "c1"}]}
    assert [step["at"] for step in joined["reports"]["keep"]] == [50]


def test_reports_that_wait_while_a_file_comes_in_arrive_once(page: Page, peer: Peer, address: str) -> None:
    """One has arrived and only its reply was lost, the other never left; steps of the file took the numbers of both."""
    start(page, address, peer)
    expect_on_server(page)
    peer.faults.lost_replies["steps"] = 1
    page.keyboard.press("l")
    page.keyboard.press("2")
    wait_until(page, lambda: peer.faults.lost_replies["steps"] == 0)
    peer.faults.is_away = True
    page.keyboard.press("n")
    page.keyboard.press("l")
    page.keyboard.press("1")
    expect(page.get_by_text("Laporan Anda untuk soal 2 sudah dicatat")).to_be_visible()
    with peer.lock:
        for item in range(5, 10):
            peer.bring(f"i{item}", f"i{item}d")
        peer.faults.is_away = False
    cable_back(page)
    expect(page.get_by_text("5 jawaban Anda dari komputer sebelumnya sudah ditambahkan.")).to_be_visible()
    wait_until(page, lambda: len(reported(peer)) == 2)
    expect_on_server(page)
    assert sorted(reported(peer)) == ["i1", "i2"]
    page.reload()
    page.get_by_role("button", name="Soal 2 belum dijawab").click()
    expect(page.get_by_role("button", name="Sudah Anda laporkan")).to_be_visible()


def test_nothing_leaves_the_disk_before_the_server_has_said_what_it_has(page: Page, peer: Peer, address: str) -> None:
    """The journal went on without this page, and before the two could be compared the page was gone."""
    start(page, address, peer)
    answers(page, "a")
    expect_on_server(page)
    peer.faults.is_away = True
    answers(page, ".b")
    for item in range(5, 10):
        peer.bring(f"i{item}", f"i{item}d")
    peer.faults.refusals["attempts"] = (503, {"slug": "server-error"})
    peer.faults.is_away = False
    cable_back(page)
    wait_until(page, lambda: peer.calls["attempts"] > 1)
    page.reload()
    expect(page.get_by_role("heading", name="Menunggu server")).to_be_visible()
    del peer.faults.refusals["attempts"]
    cable_back(page)
    expect(page.get_by_role("button", name="Soal 3 terjawab B")).to_be_visible()
    expect_on_server(page)
    assert {"i1": "i1a", "i3": "i3b"}.items() <= peer.answers().items()


def reported(peer: Peer) -> list[str]:
    return [step["item"] for step in peer.seat.journal if step["kind"] == "challenge"]


def test_answers_that_staff_brought_in_a_file_are_shown_and_not_wiped_out(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "a")
    expect_on_server(page)
    for item in (1, 3):  # the first is answered here already, and differently: the screen holds
        peer.bring(f"i{item}", f"i{item}d")
    answers(page, "b")
    expect(page.get_by_role("button", name="Soal 3 terjawab D")).to_be_visible()
    expect(page.get_by_text("1 jawaban Anda dari komputer sebelumnya sudah ditambahkan.")).to_be_visible()
    expect_on_server(page)
    wait_until(page, lambda: peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3d"})


def test_an_answer_that_a_file_brings_later_is_taken_over_unless_it_was_chosen_here(
    page: Page, peer: Peer, address: str
) -> None:
    """At the computer before the candidate had changed an answer; here its older self came from the server."""
    start(page, address, peer)
    answers(page, "a")
    expect_on_server(page)
    page.reload()
    expect(page.get_by_role("heading", name="Soal 2 dari")).to_be_visible()
    peer.bring("i1", "i1d")
    answers(page, "b")
    expect(page.get_by_role("button", name="Soal 1 terjawab D")).to_be_visible()
    expect_on_server(page)
    wait_until(page, lambda: peer.answers() == {"i1": "i1d", "i2": "i2b"})


def test_clock_follows_the_server_and_warns_once(page: Page, address: str) -> None:
    page.goto(address)
    heard = page.evaluate(
        """async () => {
            const { Clock, clockFace } = await import('/static/runner/clock.js');
            const said = [];
            const clock = new Clock({
                onTick: () => {}, onEnd: () => said.push('end'),
                onWarning: (minutes) => said.push(minutes), onGift: (minutes) => said.push(`+${minutes}`),
            });
            const tell = (seconds) => clock.hear(seconds, performance.now());
            clock.start();
            [700, 590, 589, 290, 1500, 595, 0, 0].forEach(tell);
            clock.hold(true);
            tell(100);
            clock.stop();
            return [said, Math.round(clock.remaining()), clockFace(5399), clockFace(0.2), clockFace(0)];
        }"""
    )
    assert heard == [[10, 5, "+20", 10, "end"], 100, "1:29:59", "0:00:01", "0:00:00"]


def texts(language: str) -> set[str]:
    lines = (RUNNER / f"text.{language}.js").read_text(encoding="utf-8").splitlines()
    return {match[1] for line in lines if (match := re.match(r"  '?([\w.-]+)'?: ['\"]", line))}


def test_every_word_exists_in_both_languages() -> None:
    sources = [path.read_text(encoding="utf-8") for path in RUNNER.rglob("*.js") if not path.name.startswith("text.")]
    quoted = {key for source in sources for key in re.findall(r"'([a-z]+(?:[.-][a-z-]+)+)'", source)}
    asked = {key for source in sources for key in re.findall(r"\bt\('([^']+)'", source)}
    assert texts("id") == texts("en")
    assert asked - texts("id") == set()
    families = ("look.size-", "look.theme-", "look.keys-", "report.", "place.")
    unused = {key for key in texts("id") - asked - quoted if not key.startswith(families)}
    assert unused <= {"minutes", "reload", "back", "close", "brand", "skip"}


def test_runner_stays_small_and_plain() -> None:
    files = [path for path in RUNNER.rglob("*") if path.suffix in {".js", ".css", ".svg"}]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 150_000
    for path in files:
        source = path.read_text(encoding="utf-8")
        assert len(source.splitlines()) <= 400, path.name
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|https?://(?!www\.w3\.org/)", source
        ), path.name
