"""The candidate's page in Chromium 109, from sign-in to receipt, in the memory that an old PC of a lab can spare."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browser import old_chromium
from tests.browser.real_room import RealRoom, sit_down, start_work, until_kept
from tests.browser.runner_hands import ARGS, answers, expect_on_server, hand_in
from tests.faults.processes import descendants

MOST_MEGABYTES = 400
MATHS = "[...document.querySelectorAll('main math')].map((one) => one.getBoundingClientRect().height > 8)"
PICTURES = "[...document.querySelectorAll('main img')].map((one) => one.complete && one.naturalWidth > 0)"


@pytest.fixture(scope="module")
def program() -> Path:
    return old_chromium.cached()


@pytest.fixture
def old(playwright: Playwright, program: Path, tmp_path: Path) -> Iterator[BrowserContext]:
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=program,
        args=ARGS,
        viewport={"width": 1366, "height": 768},
        locale="id-ID",
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


def test_the_whole_way_in_chromium_109(old: BrowserContext, open_room: RealRoom, tmp_path: Path) -> None:
    page, card = old.new_page(), open_room.card()
    assert "Chrome/109." in page.evaluate("navigator.userAgent")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sit_down(page, open_room, card)
    practise(page)
    start_work(page, open_room)
    assert leaf_through(page) >= {"maths", "picture"}
    megabytes = [memory_of(tmp_path / "profile")]
    reload_while_the_server_is_away(page, open_room)
    lose_the_network(page, old)
    expect_on_server(page)
    megabytes.append(memory_of(tmp_path / "profile"))
    hand_in(page)
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()
    expect(page.locator("main")).to_contain_text("40 dari 40")
    assert open_room.paper(card).answers == {place: "abcd"[place % 4].upper() for place in range(1, 41)} | {40: "D"}
    print(f"\nChromium 109: {max(megabytes):.0f} MB (proportional set size of all its processes)")
    assert max(megabytes) < MOST_MEGABYTES
    assert complaints == []


def practise(page: Page) -> None:
    page.get_by_role("button", name="Coba soal latihan").click()
    answers(page, "ab")
    page.get_by_role("button", name="Selesai latihan").first.click()


def leaf_through(page: Page) -> set[str]:
    """Answer everything; what the items showed, each of it whole."""
    seen = set()
    for place in range(1, 41):
        expect(page.get_by_role("heading", name=f"Soal {place} dari 40")).to_be_visible()
        for kind, shown in (("maths", page.evaluate(MATHS)), ("picture", page.evaluate(PICTURES))):
            assert all(shown), f"item {place}: {kind}"
            seen |= {kind} if shown else set()
        answers(page, "abcd"[place % 4])
    expect_on_server(page)
    return seen


def reload_while_the_server_is_away(page: Page, room: RealRoom) -> None:
    until_kept(page)
    room.site.kill_everything()
    page.reload()
    expect(page.get_by_role("heading", name="Menunggu server")).to_be_visible()
    expect(page.get_by_text("Di server: 40 jawaban")).to_be_visible()
    room.site.start_server()
    expect(page.get_by_role("heading", name="Soal 40 dari 40")).to_be_visible()


def lose_the_network(page: Page, context: BrowserContext) -> None:
    """Work on without it, and make the file for the worst case."""
    context.set_offline(True)
    page.keyboard.press("d")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan")
    page.keyboard.press("m")
    page.get_by_role("dialog").get_by_role("button", name="Berkas darurat").click()
    page.get_by_role("button", name="Buat berkas darurat").click()
    expect(page.get_by_text("Sidik berkas")).to_be_visible()
    page.keyboard.press("Escape")
    context.set_offline(False)


def memory_of(profile: Path) -> float:
    """Megabytes of all processes of the browser on this profile; what they share is counted once."""
    words = ["pgrep", "-f", f"user-data-dir={profile}"]
    first = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    family = {pid for each in first for pid in descendants(int(each))}
    return sum(map(_proportional_kilobytes, family)) / 1024


def _proportional_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
