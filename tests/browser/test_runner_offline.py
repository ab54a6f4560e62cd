"""The runner without its server: opened again after a reload or a crash, never in another version, nothing readable.

Every test drives a real Chromium against the peer of runner_peer.py, whose doors can be shut altogether.
"""

import hashlib
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from testing_platform import runner_shell
from tests.browser.runner_hands import (
    CHROMIUM,
    answers,
    cable_back,
    expect_on_server,
    hand_in,
    leap,
    sign_in,
    start,
    wait_until,
)
from tests.browser.runner_peer import Peer

KEPT_FILE = re.compile(
    r"/static/v-[0-9a-f]+/(runner/|vendor/fonts/|tokens\.css$|mark\.svg$)|/sealed/[0-9a-f]{64}$|/pinned$"
)


def until_kept(page: Page) -> None:
    """The worker has the whole page; from now on the server may go."""
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")


def everything_kept(page: Page) -> dict[str, str]:
    """All that the caches of this computer hold: address and text."""
    return dict(
        page.evaluate(
            """async () => {
                const found = {};
                for (const name of await caches.keys()) {
                    const cache = await caches.open(name);
                    for (const request of await cache.keys())
                        found[new URL(request.url).pathname] = await (await cache.match(request)).text();
                }
                return found;
            }"""
        )
    )


def test_reload_without_the_server_tells_what_is_safe_and_goes_on_by_itself(
    page: Page, peer: Peer, address: str
) -> None:
    start(page, address, peer)
    until_kept(page)
    answers(page, "abc")
    expect_on_server(page)
    peer.faults.is_gone = True
    answers(page, "dab")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (3)")
    page.reload()
    expect(page.get_by_role("heading", name="Menunggu server")).to_be_focused()
    expect(page.get_by_text("Di server: 3 jawaban")).to_be_visible()
    expect(page.get_by_text("Soal 1–3")).to_be_visible()
    expect(page.get_by_text("Baru di komputer ini: 3")).to_be_visible()
    expect(page.get_by_text("Soal 4–6")).to_be_visible()
    expect(page.get_by_role("button", name="Buat berkas darurat")).to_be_visible()
    assert page.locator(".stem").count() == 0
    peer.faults.is_gone = False
    expect(page.get_by_role("heading", name="Soal 7 dari")).to_be_visible()
    expect_on_server(page)
    assert peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3c", "i4": "i4d", "i5": "i5a", "i6": "i6b"}
    assert [step["seq"] for step in peer.seat.journal] == list(range(1, len(peer.seat.journal) + 1))


def test_browser_killed_while_the_server_is_away_comes_back_with_every_answer(
    playwright: Playwright, peer: Peer, address: str, tmp_path: Path
) -> None:
    first = playwright.chromium.launch_persistent_context(tmp_path, **CHROMIUM)
    page = first.new_page()
    start(page, address, peer)
    until_kept(page)
    answers(page, "a")
    expect_on_server(page)
    peer.faults.is_gone = True
    answers(page, "bc")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (2)")
    first.close()
    second = playwright.chromium.launch_persistent_context(tmp_path, **CHROMIUM)
    page = second.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", name="Menunggu server")).to_be_visible()
    expect(page.get_by_text("Siti Rahmawati")).to_be_visible()
    expect(page.get_by_text("Baru di komputer ini: 2")).to_be_visible()
    peer.faults.is_gone = False
    expect(page.get_by_role("button", name="Soal 3 terjawab C")).to_be_visible()
    expect_on_server(page)
    second.close()
    assert peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3c"}


def test_before_the_start_a_reload_without_the_server_waits_too(page: Page, peer: Peer, address: str) -> None:
    peer.seat.state = "waiting"
    start_waiting(page, address)
    until_kept(page)
    peer.faults.is_gone = True
    page.reload()
    expect(page.get_by_role("heading", name="Menunggu server")).to_be_visible()
    peer.faults.is_gone = False
    expect(page.get_by_text("Menunggu pengawas memeriksa identitas")).to_be_visible()


def start_waiting(page: Page, address: str) -> None:
    sign_in(page, address)
    expect(page.get_by_text("Semua soal dan gambar sudah lengkap")).to_be_visible()


def test_nothing_readable_and_no_word_of_the_api_is_kept(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    until_kept(page)
    answers(page, "ab")
    expect_on_server(page)
    kept = everything_kept(page)
    strange = [path for path in kept if path != "/ujian" and not KEPT_FILE.search(path)]
    assert strange == []
    assert sum("/sealed/" in path for path in kept) == 2  # the form and its picture
    whole = "\n".join(kept.values())
    assert peer.seat.token not in whole
    assert "session-1" not in whole
    assert "kehadirannya" not in whole, "a word of an item"


def test_sealed_bytes_are_fetched_once_and_checked_each_time(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "a")
    expect_on_server(page)
    assert (peer.calls["form"], peer.calls["media"]) == (1, 1)
    page.reload()
    expect(page.get_by_role("heading", name="Soal 2 dari")).to_be_visible()
    assert (peer.calls["form"], peer.calls["media"]) == (1, 1)
    page.evaluate(
        """async () => {
            const cache = await caches.open('tp-sealed');
            for (const request of await cache.keys()) await cache.put(request, new Response('not what it was'));
        }"""
    )
    page.reload()
    expect(page.get_by_role("heading", name="Soal 2 dari")).to_be_visible()
    expect(page.get_by_role("button", name="Soal 1 terjawab A")).to_be_visible()


def newer_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the server has a new release of the page."""
    old, name = runner_shell.document(), runner_shell.version()
    page = old.replace(f'data-shell="{name}"', 'data-shell="newer"')
    worker = runner_shell.worker().replace(json.dumps(name), '"newer"')
    worker = worker.replace(hashlib.sha256(old.encode()).hexdigest(), hashlib.sha256(page.encode()).hexdigest())
    monkeypatch.setattr(runner_shell, "document", lambda: page)
    monkeypatch.setattr(runner_shell, "worker", lambda: worker)


def shell_of(page: Page) -> str:
    return str(page.evaluate("document.body.dataset.shell"))


def until_alone(page: Page, version: str) -> None:
    """Only this version of the page is kept any more."""
    try:
        # Browsers let a newer worker take over when the older one rests, which on a busy machine takes a while.
        wait_until(
            page, lambda: set(page.evaluate("caches.keys()")) == {"tp-sealed", f"tp-shell-{version}"}, seconds=60
        )
    except AssertionError as error:
        states = page.evaluate(
            """async () => {
                const one = await navigator.serviceWorker.getRegistration('/ujian');
                return ['installing', 'waiting', 'active'].map((name) => `${name}: ${one[name]?.state}`);
            }"""
        )
        raise AssertionError(f"{page.evaluate('caches.keys()')}; {states}") from error


def test_version_never_changes_during_an_attempt_and_does_afterwards(
    page: Page, peer: Peer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(page, address, peer)
    until_kept(page)
    old = shell_of(page)
    newer_shell(monkeypatch)
    for _ in range(2):
        page.reload()
        expect(page.get_by_role("heading", name="Soal 1 dari")).to_be_visible()
        assert shell_of(page) == old
    page.evaluate("navigator.serviceWorker.getRegistration('/ujian').then((one) => one.update())")
    hand_in(page)
    page.get_by_role("button", name="Selesai").click()
    expect(page.get_by_role("heading", name="Selamat datang")).to_be_visible()
    page.reload()
    assert shell_of(page) == "newer"
    expect(page.get_by_role("heading", name="Selamat datang")).to_be_visible()
    page.wait_for_function("caches.keys().then((names) => names.includes('tp-shell-newer'))")
    until_alone(page, "newer")
    peer.faults.is_gone = True
    page.reload()
    expect(page.get_by_role("heading", name="Selamat datang")).to_be_visible()
    assert shell_of(page) == "newer"


def test_unsent_acts_are_told_with_every_batch(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    expect_on_server(page)
    peer.faults.is_away = True
    page.keyboard.press("a")
    for _ in range(30):
        page.keyboard.press("r")
        page.keyboard.press("n")
        page.keyboard.press("p")
    peer.seat.unsent.clear()
    peer.faults.is_away = False
    wait_until(page, lambda: sum(step["kind"] == "flag" for step in peer.seat.journal) == 30)
    assert peer.seat.unsent[0] > 0
    assert peer.seat.unsent[-1] == 0


def test_state_of_each_answer_is_said_in_words(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "ab")
    expect_on_server(page)
    peer.faults.is_away = True
    page.keyboard.press("c")
    expect(page.get_by_text("Jawaban soal ini ada di komputer ini")).to_be_visible()
    expect(page.get_by_role("button", name="Soal 3 terjawab C, baru di komputer ini")).to_be_visible()
    expect(page.get_by_role("button", name="Soal 2 terjawab B", exact=True)).to_be_visible()
    page.get_by_role("button", name="Hapus jawaban").click()
    expect(page.get_by_text("Penghapusan jawaban ini ada di komputer ini")).to_be_visible()
    page.keyboard.press("d")
    page.get_by_role("button", name="Periksa akhir dan kumpulkan").click()
    expect(page.get_by_text("2 jawaban aman di server, 1 aman di komputer ini.")).to_be_visible()
    peer.faults.is_away = False
    expect(page.get_by_text("Semua jawaban tersimpan di server", exact=True)).to_be_visible()
    page.get_by_role("button", name="Kembali ke soal", exact=True).click()
    page.keyboard.press("m")
    page.get_by_role("button", name="Di mana jawaban saya?").click()
    expect(page.get_by_text("Di server: 3 jawaban")).to_be_visible()


def test_long_loss_is_told_calmly_and_its_end_too(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    answers(page, "a")
    expect_on_server(page)
    peer.faults.is_away = True
    page.keyboard.press("b")
    loss = page.get_by_role("complementary", name="Sambungan terputus")
    expect(loss).to_contain_text("1 jawaban aman di server, 1 aman di komputer ini", timeout=20_000)
    expect(loss.get_by_role("button", name="Berkas darurat")).to_be_hidden()
    leap(page, seconds=3 * 60)
    expect(loss).to_contain_text("Sambungan terputus 3 menit")
    expect(loss.get_by_role("button", name="Berkas darurat")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("Sambungan sudah terputus 3 menit")
    assert page.get_by_role("alert").all_inner_texts() == [""]
    peer.faults.is_away = False
    cable_back(page)
    expect(page.get_by_text("Sambungan kembali setelah 3 menit.")).to_be_visible(timeout=30_000)
    expect(loss).to_be_hidden()
