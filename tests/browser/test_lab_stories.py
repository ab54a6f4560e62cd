"""What happens to a computer in the lab, told in a real browser over the real server: nothing is lost, nothing doubled.

Time is never waited for: the clock of the page is moved by hand, the deadline of an attempt by the proctor's program.
"""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright, expect

from exam.states import AttemptState, StepMark
from tests.browser.real_room import RealRoom, begin
from tests.browser.runner_hands import CHROMIUM, answers, expect_on_server, hand_in

RECEIPT = "Jawaban Anda sudah diterima"
DAY = 24 * 3600


def chosen(keys: str, *, first: int = 1) -> dict[int, str]:
    """What `answers` leaves on the paper."""
    return {place: key.upper() for place, key in enumerate(keys, start=first) if key != "."}


def expect_receipt(page: Page, answered: int) -> None:
    expect(page.get_by_role("heading", name=RECEIPT)).to_be_visible(timeout=20_000)
    expect(page.locator("main")).to_contain_text(f"{answered} dari 40")


def test_ten_minutes_without_network_lose_nothing(page: Page, context: BrowserContext, open_room: RealRoom) -> None:
    card = open_room.card()
    page.clock.install()
    begin(page, open_room, card)
    answers(page, "abc")
    expect_on_server(page)
    context.set_offline(True)
    answers(page, "dab")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (3)")
    page.clock.fast_forward("10:00")
    expect(page.get_by_text("Sambungan terputus 10 menit")).to_be_visible()
    answers(page, "cd.a")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (6)")
    context.set_offline(False)
    page.clock.fast_forward("01:00")
    expect_on_server(page)
    expect(page.get_by_text("Sambungan kembali setelah")).to_be_visible()
    paper = open_room.paper(card)
    assert paper.answers == chosen("abcdabcd.a")
    assert [paper.times("answer", place) for place in range(1, 11)] == [1, 1, 1, 1, 1, 1, 1, 1, 0, 1]
    assert paper.marks == {StepMark.ON_TIME}
    hand_in(page)
    expect_receipt(page, 9)


def test_a_browser_killed_with_unsent_answers_brings_them_along(
    playwright: Playwright, open_room: RealRoom, tmp_path: Path
) -> None:
    card = open_room.card()
    first, page = at_home(playwright, tmp_path)
    begin(page, open_room, card)
    answers(page, "ab")
    expect_on_server(page)
    first.set_offline(True)
    answers(page, "cda")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (3)")
    kill_browser(tmp_path)
    assert open_room.paper(card).answers == chosen("ab")
    second, page = at_home(playwright, tmp_path)
    page.goto(open_room.page)
    expect(page.get_by_role("heading", name="Soal 6 dari 40")).to_be_visible()
    expect(page.get_by_role("button", name="Soal 5 terjawab A")).to_be_visible()
    expect_on_server(page)
    paper = open_room.paper(card)
    second.close()
    assert paper.answers == chosen("abcda")
    assert [paper.times("answer", place) for place in range(1, 6)] == [1] * 5


def at_home(playwright: Playwright, profile: Path) -> tuple[BrowserContext, Page]:
    """The browser of a computer that keeps its disk."""
    context = playwright.chromium.launch_persistent_context(profile, **CHROMIUM)
    context.set_default_timeout(15_000)
    return context, context.new_page()


def kill_browser(profile: Path) -> None:
    """SIGKILL to every process of the browser on this profile, as the power goes."""
    found = subprocess.run(["pgrep", "-f", f"user-data-dir={profile}"], capture_output=True, text=True, check=True)
    for pid in map(int, found.stdout.split()):
        os.kill(pid, signal.SIGKILL)


def test_a_server_restarted_in_the_last_minute_still_takes_everything(page: Page, open_room: RealRoom) -> None:
    card = open_room.card()
    page.clock.install()
    begin(page, open_room, card)
    answers(page, "ab")
    expect_on_server(page)
    open_room.site.set_deadline(from_now(59), [card.participant_number])
    answers(page, "c")  # its acknowledgement brings the new end along
    expect(page.get_by_text("Sisa waktu Anda 1 menit")).to_be_visible()
    expect_on_server(page)
    open_room.site.kill_everything()
    answers(page, "da")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (2)")
    open_room.site.start_server()
    page.clock.fast_forward("00:10")
    expect_on_server(page)
    open_room.site.set_deadline(from_now(0), [card.participant_number])
    page.clock.fast_forward("01:00")
    expect_receipt(page, 5)
    paper = open_room.paper(card)
    assert paper.answers == chosen("abcda")
    assert paper.marks == {StepMark.ON_TIME}
    assert [paper.times("answer", place) for place in range(1, 6)] == [1] * 5
    assert paper.state is AttemptState.EXPIRED


def from_now(seconds: float) -> int:
    """A moment as the server counts them."""
    return int((time.time() + seconds) * 1000)


def test_a_date_that_is_wrong_by_a_day_both_ways_changes_nothing(page: Page, open_room: RealRoom) -> None:
    card = open_room.card()
    page.clock.install(time=time.time() - DAY)
    begin(page, open_room, card)
    expect(page.locator("header .time-face")).to_have_text(re.compile("1:59:[0-9]{2}|2:00:00"))
    answers(page, "ab")
    expect_on_server(page)
    page.clock.set_system_time(time.time() + DAY)
    answers(page, "c")
    expect_on_server(page)
    expect(page.locator("header .time-face")).to_have_text(re.compile("1:59:[0-9]{2}|2:00:00"))
    page.reload()
    expect(page.get_by_role("button", name="Soal 3 terjawab C")).to_be_visible()
    hand_in(page)
    expect_receipt(page, 3)
    paper = open_room.paper(card)
    assert paper.answers == chosen("abc")
    assert paper.marks == {StepMark.ON_TIME}


def test_a_second_tab_waits_and_takes_over(page: Page, context: BrowserContext, open_room: RealRoom) -> None:
    card = open_room.card()
    begin(page, open_room, card)
    answers(page, "ab")
    second = context.new_page()
    second.goto(open_room.page)
    expect(second.get_by_role("heading", name="Ujian sudah terbuka di tab lain")).to_be_visible()
    answers(page, "c")
    expect_on_server(page)
    page.close()
    expect(second.get_by_role("button", name="Soal 3 terjawab C")).to_be_visible()
    answers(second, "d")
    expect_on_server(second)
    paper = open_room.paper(card)
    assert paper.answers == chosen("abcd")
    assert [paper.times("answer", place) for place in range(1, 5)] == [1] * 4
