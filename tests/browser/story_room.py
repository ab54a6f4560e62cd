"""The story in the room: the proctor, the projector, the candidate at the computer."""

import re
from pathlib import Path

from playwright.sync_api import expect
from sqlalchemy import select

from exam.model import Attempt, ContactGap, Enrolment, Sitting
from exam.timing import MINUTE_MS, epoch_ms
from testing_platform.wiring import Platform, utc_now
from tests.browser.story_candidates import PrintedCard
from tests.browser.story_stage import Person

SAVED = "Semua jawaban tersimpan di server"
WEAK_CODE = re.compile("[^A-Z0-9]")


def open_room(proctor: Person, room: str) -> str:
    """Enter the room and open it; the start code comes back."""
    proctor.open("/ruang/")
    proctor.look(f"ruang-daftar{_suffix(room)}")
    proctor.follow(proctor.page.get_by_role("link", name=room, exact=True))
    proctor.look(f"ruang-sebelum{_suffix(room)}")
    proctor.press("/buka")
    return WEAK_CODE.sub("", proctor.page.locator(".tp-code").inner_text())


def show_code(proctor: Person, code: str) -> None:
    """Put the start code on the wall."""
    with proctor.page.context.expect_page() as opened:
        proctor.page.locator('a[href$="/layar"]').click()
    wall = Person(proctor.stage, "projector", opened.value)
    wall.watch(wall.page)
    assert WEAK_CODE.sub("", wall.page.locator(".screen-code").inner_text()) == code
    wall.look("ruang-layar")
    wall.page.close()


def arrive(candidate: Person, card: PrintedCard, code: str, *, picture: str = "") -> None:
    """Sign in with what stands on the card, and give the code on the wall."""
    candidate.open("/ujian")
    page = candidate.page
    page.get_by_label("Nomor peserta").fill(card.number)
    page.get_by_label("PIN").fill(card.pin.lower())
    if picture:
        candidate.look(f"{picture}-masuk")
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("button", name="Ya, benar")).to_be_visible()
    if picture:
        candidate.look(f"{picture}-data")
    page.get_by_role("button", name="Ya, benar").click()
    page.get_by_label("Kode mulai").fill(code.lower())
    if picture:
        candidate.look(f"{picture}-kode")
    page.get_by_role("button", name="Lanjutkan").click()


def wait_for_admission(candidate: Person) -> None:
    """Everything is fetched; the identity check is still to come."""
    expect(candidate.page.get_by_text("Semua soal dan gambar sudah lengkap")).to_be_visible()
    expect(candidate.page.get_by_role("button", name="Mulai mengerjakan")).to_be_disabled()
    candidate.look("peserta-tunggu")


def admit(proctor: Person, seat: int) -> None:
    """Let one candidate begin after the identity check, on the live board."""
    button = proctor.page.locator(f"#admit-{seat}")
    expect(button).to_be_visible()
    proctor.look("ruang-menunggu")
    button.click()
    expect(proctor.page.locator(f"#kursi-{seat}.room-seat-admitted")).to_be_visible()


def admit_everybody(proctor: Person) -> None:
    """Let all others begin."""
    proctor.page.locator("#admit-all").click()
    expect(proctor.page.locator("#admit-all")).to_have_count(0)


def begin(candidate: Person) -> None:
    """Start the clock."""
    expect(candidate.page.get_by_role("heading", name="Semua sudah siap")).to_be_visible()
    candidate.look("peserta-siap")
    candidate.page.get_by_role("button", name="Mulai mengerjakan").click()
    expect(candidate.page.get_by_role("heading", name="Soal 1 dari 40")).to_be_visible()


def work_a_little(candidate: Person) -> None:
    """Answer with the mouse and with the keyboard, mark one as doubtful."""
    page = candidate.page
    page.locator(".option").nth(2).click()
    page.get_by_role("button", name="Berikutnya").click()
    for key in "bdan":
        page.keyboard.press(key)
        if key != "n":
            page.keyboard.press("n")
    page.keyboard.press("c")
    page.get_by_role("button", name="Ragu-ragu").click()
    expect(page.get_by_role("button", name=re.compile("Soal 6 terjawab C, ragu-ragu"))).to_be_visible()
    expect(page.locator(".saved")).to_have_text(SAVED)


def look_at_a_figure(candidate: Person) -> None:
    """Leaf through the test to the first item with a picture, as the handbook shows it."""
    page = candidate.page
    for place in range(6, 41):
        expect(page.get_by_role("heading", name=f"Soal {place} dari 40")).to_be_visible()
        if page.locator("main img").count():
            break
        page.keyboard.press("n")
    candidate.look("runner-item")


def reload(candidate: Person) -> None:
    """Lose the page and find it again where it was."""
    heading = candidate.page.locator("h1").inner_text()
    candidate.page.reload()
    expect(candidate.page.get_by_role("heading", name=heading)).to_be_visible()
    expect(candidate.page.get_by_role("button", name=re.compile("Soal 6 terjawab C, ragu-ragu"))).to_be_visible()


def watch_board(proctor: Person) -> None:
    """See the room at work."""
    expect(proctor.page.locator(".room-seat-working").first).to_be_visible()
    proctor.look("ruang-berlangsung")


def release_seat(proctor: Person, seat: int) -> None:
    """Free the seat, so that the candidate goes on elsewhere."""
    proctor.follow(proctor.page.locator(f"#kursi-{seat} .room-seat-name"))
    proctor.look("ruang-kursi")
    proctor.confirm("release", picture="ruang-lepaskan")


def add_minutes(proctor: Person, seat: int) -> None:
    """Give the time back that the move cost."""
    proctor.follow(proctor.page.locator(f"#kursi-{seat} .room-seat-name"))
    proctor.fill(minutes="5", reason="Komputer kursi 1 rusak; peserta pindah ke kursi cadangan.")
    proctor.look("ruang-menit")
    proctor.press("/waktu", within=proctor.page.locator("#minutes"))


def go_on(candidate: Person) -> None:
    """The test stands on the other computer: what is given from now on is news there."""
    expect(candidate.page.get_by_role("heading", name=re.compile("Soal .* dari 40"))).to_be_visible()


def hear_of_minutes(candidate: Person) -> None:
    """The next answer that the server acknowledges brings the news along."""
    candidate.page.get_by_role("button", name=re.compile(r"^Soal 7\b")).click()
    candidate.page.keyboard.press("a")
    expect(candidate.page.get_by_text("Waktu Anda ditambah 5 menit")).to_be_visible()


def save_a_file(candidate: Person) -> tuple[str, Path]:
    """The cable is out: what is answered meanwhile goes onto a stick. The fingerprint and the file come back."""
    page = candidate.page
    page.context.set_offline(True)
    with candidate.excusing("ERR_INTERNET_DISCONNECTED"):
        for key in "nbnc":
            page.keyboard.press(key)
        expect(page.locator(".saved")).to_contain_text("menunggu sambungan")
        page.keyboard.press("m")
        page.get_by_role("dialog").get_by_role("button", name="Berkas darurat").click()
        page.get_by_role("button", name="Buat berkas darurat").click()
        fingerprint = page.locator(".short-code strong").inner_text()
        candidate.look("peserta-berkas-darurat")
        file = candidate.download(page.get_by_role("button", name="Simpan berkas"))
        page.keyboard.press("Escape")
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator(".saved")).to_have_text(SAVED)
    return fingerprint, file


def take_the_file(proctor: Person, seat: int, *, fingerprint: str, file: Path) -> None:
    """Write the fingerprint down while the candidate is there, then take the file in from the stick."""
    proctor.follow(proctor.page.get_by_role("link", name="Berkas darurat", exact=True))
    place = proctor.page.locator("main select option").filter(has_text=re.compile(rf"^\s*Kursi {seat} ")).inner_text()
    proctor.page.locator("main select").select_option(label=place)
    proctor.fill(fingerprint=fingerprint.lower())
    proctor.press("/sidik")
    proctor.page.locator("main input[type=file]").set_input_files(file)
    proctor.press("/berkas-darurat")
    proctor.look("ruang-berkas-darurat-satu")
    proctor.follow(proctor.page.get_by_role("link", name="Semua berkas darurat"))
    proctor.look("ruang-berkas-darurat")


def note_silences(platform: Platform, room: str) -> None:
    """As the worker notes it after a switch was without power: five seats were not heard for some minutes."""
    now_ms = epoch_ms(utc_now())
    with platform.database.transaction() as session:
        seats = select(Attempt.id).join(Enrolment).join(Sitting, Sitting.id == Attempt.sitting_id)
        bench = session.scalars(seats.where(Sitting.room == room, Enrolment.seat.between(8, 12)))
        for place, attempt in enumerate(bench):
            begins = now_ms - 12 * MINUTE_MS + 1700 * place
            ends = now_ms - 7 * MINUTE_MS + 2300 * place
            session.add(ContactGap(attempt_id=attempt, from_ms=begins, until_ms=ends))


def read_outages(proctor: Person) -> None:
    """See what was found, and write what happened beside it."""
    proctor.follow(proctor.page.get_by_role("link", name="Gangguan", exact=True))
    expect(proctor.page.locator("#findings tbody tr")).to_have_count(1)
    proctor.fill(reason="Sakelar jaringan di baris kedua tanpa listrik.")
    proctor.look("ruang-gangguan")


def finish(candidate: Person) -> None:
    """Answer almost everything, check, hand in, and keep the receipt."""
    page = candidate.page
    expect(page.get_by_role("heading", name=re.compile("Soal .* dari 40"))).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^Soal 7\b")).click()
    for place in range(7, 41):
        expect(page.get_by_role("heading", name=f"Soal {place} dari 40")).to_be_visible()
        if place != 20:
            page.keyboard.press("abcd"[place % 4])
        if place < 40:
            page.keyboard.press("n")
    expect(page.locator(".saved")).to_have_text(SAVED)
    page.get_by_role("button", name="Periksa akhir dan kumpulkan").click()
    expect(page.get_by_role("button", name="Kembali ke soal 5", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Kembali ke soal 6")).to_be_visible()
    candidate.look("peserta-periksa-akhir")
    page.get_by_role("button", name="Kumpulkan jawaban").click()
    candidate.look("peserta-kumpulkan")
    page.get_by_role("button", name="Ya, kumpulkan").click()
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()
    expect(page.locator("main")).to_contain_text("38 dari 40")
    candidate.look("peserta-tanda-terima")


def close_and_seal(proctor: Person, room: str, *, picture: bool = False) -> None:
    """End the sitting and make the answers final."""
    proctor.open("/ruang/")
    proctor.follow(proctor.page.get_by_role("link", name=room, exact=True))
    proctor.confirm("close", picture="ruang-tutup" if picture else "")
    if picture:
        proctor.look("ruang-ditutup")
    proctor.confirm("seal", picture="ruang-segel" if picture else "")
    if picture:
        proctor.go("/catatan")
        proctor.look("ruang-catatan")


def _suffix(room: str) -> str:
    return "" if room.endswith("1") else "-2"
