"""Every state in which a candidate may see the runner, each as the way that leads there from an empty page."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.runner_hands import answers, cable_back, expect_on_server, hand_in, leap, sign_in, start
from tests.browser.runner_peer import NUMBER, PIN, START_CODE, Peer

Way = Callable[[Page, Peer, str], None]


def heading(page: Page, text: str) -> None:
    """Wait for the page of this heading."""
    expect(page.get_by_role("heading", name=text)).to_be_visible(timeout=25_000)


def press(page: Page, name: str) -> None:
    """Press the button of this name."""
    page.get_by_role("button", name=name).first.click()


def signing_in(page: Page, _peer: Peer, address: str) -> None:
    page.goto(address)
    heading(page, "Selamat datang")


def wrong_pin(page: Page, peer: Peer, address: str) -> None:
    peer.faults.refusals["session"] = (401, {"slug": "bad-credentials"})
    signing_in(page, peer, address)
    page.get_by_label("Nomor peserta").fill(NUMBER)
    page.get_by_label("PIN").fill(PIN)
    press(page, "Masuk")
    expect(page.get_by_text("tidak cocok")).to_be_visible()


def mistyped_pin(page: Page, peer: Peer, address: str) -> None:
    signing_in(page, peer, address)
    page.get_by_label("Nomor peserta").fill(NUMBER)
    page.get_by_label("PIN").fill("7K3M-9Q")
    press(page, "Masuk")
    expect(page.get_by_text("PIN belum lengkap")).to_be_visible()


def confirming(page: Page, peer: Peer, address: str) -> None:
    signing_in(page, peer, address)
    page.get_by_label("Nomor peserta").fill(NUMBER)
    page.get_by_label("PIN").fill(PIN)
    press(page, "Masuk")
    heading(page, "Apakah data ini benar?")


def start_code(page: Page, peer: Peer, address: str) -> None:
    confirming(page, peer, address)
    press(page, "Ya, benar")
    heading(page, "Masukkan kode mulai")


def wrong_start_code(page: Page, peer: Peer, address: str) -> None:
    start_code(page, peer, address)
    page.get_by_label("Kode mulai").fill(START_CODE[::-1])
    press(page, "Lanjutkan")
    expect(page.get_by_text("Sisa percobaan: 4")).to_be_visible()


def waiting(page: Page, peer: Peer, address: str) -> None:
    peer.seat.break_left, peer.extra = 600, 1800
    sign_in(page, address)
    expect(page.get_by_text("Semua soal dan gambar sudah lengkap")).to_be_visible()


def practising(page: Page, peer: Peer, address: str) -> None:
    waiting(page, peer, address)
    press(page, "Coba soal latihan")
    page.keyboard.press("n")
    heading(page, "Soal 2 dari 3")


def practising_admitted(page: Page, peer: Peer, address: str) -> None:
    practising(page, peer, address)
    peer.seat.state = "admitted"
    expect(page.get_by_role("button", name="Ke halaman mulai")).to_be_visible()


def ready(page: Page, peer: Peer, address: str) -> None:
    peer.seat.state = "admitted"
    sign_in(page, address)
    heading(page, "Semua sudah siap")


def item(page: Page, peer: Peer, address: str) -> None:
    peer.seat.break_left = 600
    start(page, address, peer)
    answers(page, "ab.d")
    page.keyboard.press("p")
    page.keyboard.press("p")
    expect_on_server(page)


def item_with_picture(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "abcda")
    page.keyboard.press("b")
    page.keyboard.press("r")
    expect_on_server(page)


def picture_large(page: Page, peer: Peer, address: str) -> None:
    item_with_picture(page, peer, address)
    press(page, "Perbesar gambar")


def reporting(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    page.keyboard.press("l")
    heading(page, "Laporkan soal 3")


def reported(page: Page, peer: Peer, address: str) -> None:
    reporting(page, peer, address)
    page.keyboard.press("1")
    expect(page.get_by_text("Sudah Anda laporkan")).to_be_visible()


def menu(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    page.keyboard.press("m")
    heading(page, "Menu")


def helping(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    page.keyboard.press("?")
    heading(page, "Bantuan")


def looks(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    press(page, "Tampilan")
    heading(page, "Tampilan")


def places(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    page.keyboard.press("m")
    press(page, "Di mana jawaban saya?")


def asking_for_a_break(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    press(page, "Istirahat")
    heading(page, "Istirahat sekarang?")


def on_break(page: Page, peer: Peer, address: str) -> None:
    asking_for_a_break(page, peer, address)
    press(page, "Ya, istirahat")
    heading(page, "Anda sedang beristirahat")


def paused(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    peer.seat.state = "paused"
    page.keyboard.press("c")
    heading(page, "Ujian dijeda oleh pengawas")


def unsent(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    peer.faults.is_gone = True
    page.keyboard.press("c")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan")
    leap(page, seconds=10)  # so long nobody is told
    expect(page.get_by_role("complementary", name="Sambungan terputus")).to_be_visible(timeout=25_000)


def long_loss(page: Page, peer: Peer, address: str) -> None:
    unsent(page, peer, address)
    leap(page, seconds=12 * 60)
    expect(page.get_by_text("Sambungan terputus 12 menit")).to_be_visible()


def back_again(page: Page, peer: Peer, address: str) -> None:
    long_loss(page, peer, address)
    peer.faults.is_gone = False
    cable_back(page)
    expect(page.get_by_text("Sambungan kembali setelah 12 menit")).to_be_visible(timeout=25_000)


def emergency_file(page: Page, peer: Peer, address: str) -> None:
    unsent(page, peer, address)
    page.keyboard.press("m")
    page.get_by_role("dialog").get_by_role("button", name="Berkas darurat").click()
    press(page, "Buat berkas darurat")
    expect(page.get_by_text("Sidik berkas")).to_be_visible()


def opened_again_without_server(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    peer.faults.is_gone = True
    page.keyboard.press("c")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan")
    page.reload()
    heading(page, "Menunggu server")


def ten_minutes(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    peer.seat.ends_at = time.monotonic() + 599
    page.keyboard.press("b")
    expect(page.get_by_text("Sisa waktu Anda 10 menit")).to_be_visible()


def five_minutes(page: Page, peer: Peer, address: str) -> None:
    ten_minutes(page, peer, address)
    peer.seat.ends_at = time.monotonic() + 299
    page.keyboard.press("a")
    expect(page.get_by_text("Sisa waktu Anda 5 menit")).to_be_visible()


def more_minutes(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    assert peer.seat.ends_at is not None
    peer.seat.ends_at += 600
    page.keyboard.press("c")
    expect(page.get_by_text("Waktu Anda ditambah 10 menit")).to_be_visible()


def time_over_without_server(page: Page, peer: Peer, address: str) -> None:
    unsent(page, peer, address)
    leap(page, seconds=180 * 60)
    heading(page, "Waktu ujian sudah habis")
    expect(page.get_by_role("button", name="Buat berkas darurat")).to_be_visible(timeout=25_000)


def final_check(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    page.keyboard.press("r")
    expect_on_server(page)
    finish(page)
    heading(page, "Periksa akhir")


def finish(page: Page) -> None:
    """From the number grid, beside the item or behind its button."""
    if not page.get_by_role("button", name="Periksa akhir dan kumpulkan").is_visible():
        press(page, "Daftar soal")
    page.get_by_role("button", name="Periksa akhir dan kumpulkan").last.click()


def final_question(page: Page, peer: Peer, address: str) -> None:
    final_check(page, peer, address)
    press(page, "Kumpulkan jawaban")
    heading(page, "Kumpulkan jawaban sekarang?")


def handing_in_without_server(page: Page, peer: Peer, address: str) -> None:
    unsent(page, peer, address)
    finish(page)
    press(page, "Kumpulkan jawaban")
    press(page, "Ya, kumpulkan")
    expect(page.get_by_role("button", name="Buat berkas darurat")).to_be_visible(timeout=25_000)


def receipt(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    hand_in(page)
    heading(page, "Jawaban Anda sudah diterima")


def superseded(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    peer.seat.token = "of-another-seat"
    page.keyboard.press("c")
    heading(page, "Ujian Anda dibuka di komputer lain")


def held_at_sign_in(page: Page, peer: Peer, address: str) -> None:
    superseded(page, peer, address)
    press(page, "Kembali ke halaman masuk")
    page.get_by_text("Ada jawaban di komputer ini").click()


def sealed(page: Page, peer: Peer, address: str) -> None:
    item(page, peer, address)
    peer.faults.refusals["steps"] = (409, {"slug": "sealed"})
    page.keyboard.press("c")
    heading(page, "Ujian ini sudah ditutup")


def other_device(page: Page, peer: Peer, address: str) -> None:
    peer.seat.device = "another"
    sign_in(page, address)
    heading(page, "Ujian Anda masih terbuka di komputer lain")


def second_tab(page: Page, peer: Peer, address: str) -> None:
    first = page.context.new_page()
    signing_in(first, peer, address)
    page.goto(address)
    heading(page, "Ujian sudah terbuka di tab lain")


def old_browser(page: Page, _peer: Peer, address: str) -> None:
    page.add_init_script("delete window.MathMLElement")
    page.goto(address)
    heading(page, "Peramban ini terlalu lama")


WAYS: tuple[Way, ...] = (
    *(signing_in, wrong_pin, mistyped_pin, confirming, start_code, wrong_start_code, waiting, practising),
    *(practising_admitted, ready, item, item_with_picture, picture_large, reporting, reported, menu, helping, looks),
    *(places, asking_for_a_break, on_break, paused, unsent, long_loss, back_again, emergency_file),
    *(opened_again_without_server, ten_minutes, five_minutes, more_minutes, time_over_without_server, final_check),
    *(final_question, handing_in_without_server, receipt, superseded, held_at_sign_in, sealed, other_device),
    *(second_tab, old_browser),
)
