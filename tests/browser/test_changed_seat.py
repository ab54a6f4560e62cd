"""A computer breaks with unsent answers: they follow on a stick while the candidate works on at another one.

Over the real server, in two real browsers. What staff do on their pages is done by the operations behind them.
"""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from exam.model import Attempt, Enrolment
from exam.operations.emergency import Opener, import_file, note_fingerprint, receive_file
from exam.operations.proctoring import release_seat
from registry.actor import SYSTEM
from registry.roles import Role
from testing_platform.demo.candidates import Card
from testing_platform.wiring import Platform, utc_now
from tests.browser.real_room import RealRoom, begin
from tests.browser.runner_hands import answers, cable_back, expect_on_server, hand_in
from tests.exam_room import START_CODE
from tests.examination import make_staff


def test_answers_of_a_broken_computer_follow_while_the_candidate_works_on(
    page: Page, browser: Browser, open_room: RealRoom
) -> None:
    card = open_room.card()
    begin(page, open_room, card)
    answers(page, "ab")
    expect_on_server(page)
    page.context.set_offline(True)
    answers(page, "cda")
    fingerprint, content = saved_file(page)
    release(open_room.site.platform, card)
    other = browser.new_context(locale="id-ID").new_page()
    go_on(other, open_room, card)
    answers(other, "...b")
    expect_on_server(other)
    other.context.set_offline(True)  # here too something waits: the steps of the file will take its number
    for key in "l2":
        other.keyboard.press(key)
    bring(open_room.site.platform, card, fingerprint, content)
    other.context.set_offline(False)
    cable_back(other)
    # The next request finds the journal further on than this page knew.
    expect(other.get_by_text("3 jawaban Anda dari komputer sebelumnya sudah ditambahkan.")).to_be_visible()
    answers(other, "c")
    for place, letter in ((3, "C"), (4, "D"), (5, "A")):
        expect(other.get_by_role("button", name=f"Soal {place} terjawab {letter}")).to_be_visible()
    expect_on_server(other)
    hand_in(other)
    expect(other.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()
    paper = open_room.paper(card)
    assert paper.answers == dict(enumerate("ABCDABC", start=1))
    assert paper.times("challenge", 7) == 1
    other.context.close()


def saved_file(page: Page) -> tuple[str, bytes]:
    page.keyboard.press("m")
    page.get_by_role("dialog").get_by_role("button", name="Berkas darurat").click()
    page.get_by_role("button", name="Buat berkas darurat").click()
    fingerprint = page.locator(".short-code strong").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Simpan berkas").click()
    return fingerprint, Path(download.value.path()).read_bytes()


def go_on(page: Page, room: RealRoom, card: Card) -> None:
    """The candidate comes back at the first item that the server has no answer for."""
    page.set_default_timeout(15_000)
    page.goto(room.page)
    page.get_by_label("Nomor peserta").fill(card.participant_number)
    page.get_by_label("PIN").fill(card.pin)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_role("button", name="Ya, benar").click()
    page.get_by_label("Kode mulai").fill(START_CODE)
    page.get_by_role("button", name="Lanjutkan").click()
    expect(page.get_by_role("heading", name="Soal 3 dari 40")).to_be_visible(timeout=20_000)


def release(platform: Platform, card: Card) -> None:
    with platform.database.transaction() as session:
        seat = Enrolment.participant_number == card.participant_number
        attempt = session.scalars(select(Attempt).join(Enrolment).where(seat)).one()
        release_seat(session, attempt, actor=SYSTEM, now=utc_now())


def bring(platform: Platform, card: Card, fingerprint: str, content: bytes) -> None:
    """Two people bring the file in."""
    opener, now = Opener(platform.keys, platform.tokens), utc_now()
    with platform.database.transaction() as session:
        seat = Enrolment.participant_number == card.participant_number
        attempt = session.scalars(select(Attempt).join(Enrolment).where(seat)).one()
        first, second = (
            make_staff(session, role, role.value, site=attempt.sitting.site) for role in (Role.PROKTOR, Role.PENGAWAS)
        )
        note_fingerprint(session, attempt, typed=fingerprint, actor=second, now=now)
        file = receive_file(session, attempt.sitting, content=content, opener=opener, actor=first, now=now)
        import_file(session, file, opener=opener, actor=second, now=now)
