"""Practice before the clock starts: everything can be tried, nothing is sent or kept, and the way back is one press."""

from playwright.sync_api import Page, expect

from tests.browser.runner_hands import left_on_computer, sign_in, wait_until
from tests.browser.runner_peer import Peer


def practise(page: Page, address: str) -> None:
    sign_in(page, address)
    expect(page.get_by_text("Semua soal dan gambar sudah lengkap")).to_be_visible()
    page.get_by_role("button", name="Coba soal latihan").click()
    expect(page.get_by_role("heading", name="Soal 1 dari 3")).to_be_focused()


def test_everything_can_be_tried_and_nothing_is_sent(page: Page, peer: Peer, address: str) -> None:
    practise(page, address)
    expect(page.get_by_text("Latihan, tidak dinilai")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Soal 1 terjawab B")).to_be_visible()
    page.keyboard.press("3")
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Soal 1 terjawab C, ragu-ragu")).to_be_visible()
    page.get_by_role("button", name="Hapus jawaban").click()
    page.keyboard.press("n")
    page.get_by_role("button", name="Perbesar gambar").click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    page.keyboard.press("3")
    expect(page.get_by_text("Ini latihan, jadi tidak ada yang terkirim")).to_be_visible()
    page.get_by_role("button", name="Berikutnya").click()
    expect(page.locator(".stem math")).to_be_visible()
    assert peer.seat.posts == []
    assert peer.seat.begun_with == []
    assert left_on_computer(page) == {"steps": 0, "heads": 0}


def test_practice_is_left_when_the_candidate_may_start(page: Page, peer: Peer, address: str) -> None:
    practise(page, address)
    peer.seat.state = "admitted"
    page.get_by_role("button", name="Ke halaman mulai").click()
    page.get_by_role("button", name="Mulai mengerjakan").click()
    expect(page.get_by_role("heading", name="Soal 1 dari 12")).to_be_visible()
    page.keyboard.press("a")
    wait_until(page, lambda: peer.answers() == {"i1": "i1a"})


def test_practice_is_left_before_the_identity_check_too(page: Page, peer: Peer, address: str) -> None:
    practise(page, address)
    page.get_by_role("navigation").get_by_role("button", name="Selesai latihan").click()
    expect(page.get_by_text("Menunggu pengawas memeriksa identitas")).to_be_visible()
    peer.seat.state = "admitted"
    expect(page.get_by_role("button", name="Mulai mengerjakan")).to_be_enabled()
    page.get_by_role("button", name="Coba soal latihan").click()
    expect(page.get_by_role("heading", name="Soal 1 dari 3")).to_be_visible()


def test_seat_that_is_taken_away_meanwhile_ends_the_practice(page: Page, peer: Peer, address: str) -> None:
    practise(page, address)
    peer.seat.device = "another"
    expect(page.get_by_role("heading", name="Ujian Anda masih terbuka di komputer lain")).to_be_visible()
