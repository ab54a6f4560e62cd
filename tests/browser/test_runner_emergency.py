"""The emergency file: what the browser seals, the centre opens with plain cryptography, and nobody else does."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from playwright.sync_api import Page, expect

from exam import emergency
from exam.statements import short_code
from tests.browser.runner_hands import answers, expect_on_server, leap, start
from tests.browser.runner_peer import NUMBER, Peer
from tests.browser.test_runner_offline import until_kept

PURPOSE = b"testing-platform/emergency-file/v1"


def opened(content: bytes, centre: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """What is inside, by the words of the format and nothing of ours."""
    outside = json.loads(content)
    assert outside["format"] == "testing-platform-emergency-1"
    point = base64.b64decode(outside["public_key"])
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    secret = centre.exchange(ec.ECDH(), theirs)
    key = HKDF(algorithm=SHA256(), length=32, salt=point, info=PURPOSE).derive(secret)
    nonce, sealed = base64.b64decode(outside["nonce"]), base64.b64decode(outside["ciphertext"])
    inside: dict[str, Any] = json.loads(AESGCM(key).decrypt(nonce, sealed, outside["attempt"].encode()))
    return inside


def saved_file(page: Page) -> tuple[str, bytes, str]:
    """Make and save the file on the page: its name, its bytes, and the code that is shown large."""
    page.get_by_role("button", name="Buat berkas darurat").click()
    code = page.locator(".short-code strong").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Simpan berkas").click()
    path = Path(download.value.path())
    return download.value.suggested_filename, path.read_bytes(), code


def away_with_three_answers(page: Page, peer: Peer, address: str) -> None:
    start(page, address, peer)
    until_kept(page)
    answers(page, "ab")
    expect_on_server(page)
    peer.faults.is_gone = True
    answers(page, "cd")
    page.keyboard.press("r")
    expect(page.locator(".saved")).to_contain_text("menunggu sambungan (3)")


def check(peer: Peer, name: str, content: bytes, code: str) -> None:
    inside = opened(content, peer.centre)
    assert name == f"jawaban-{NUMBER}-{code}.json"
    assert code == short_code(content)
    assert inside["token"] == peer.seat.token
    head = len(peer.seat.journal)
    assert inside["head"] == {"seq": head, "digest": peer.seat.heads[-1]}
    assert [step["seq"] for step in inside["steps"]] == list(range(head + 1, head + 1 + len(inside["steps"])))
    assert [set(step) for step in inside["steps"]] == [{"seq", "kind", "item", "option", "value", "at"}] * len(
        inside["steps"]
    )
    chosen = {step["item"]: step["option"] for step in inside["steps"] if step["kind"] == "answer"}
    assert chosen == {"i3": "i3c", "i4": "i4d"}
    assert inside["unsent"] == len(inside["steps"])
    outside = json.loads(content)
    assert outside["participant_number"] == NUMBER
    ours = emergency.open_file(content, peer.centre)  # and the importing side reads the same
    assert (ours.head_seq, len(ours.steps)) == (head, len(inside["steps"]))
    assert abs(outside["made_at_ms"] - peer.now_ms()) < 20 * 60_000  # some tests let the steady clock jump ahead


def test_centre_opens_the_file_that_the_menu_made(page: Page, peer: Peer, address: str) -> None:
    away_with_three_answers(page, peer, address)
    page.keyboard.press("m")
    page.get_by_role("dialog").get_by_role("button", name="Berkas darurat").click()
    name, content, code = saved_file(page)
    check(peer, name, content, code)
    assert b"i3c" not in content
    assert peer.seat.token.encode() not in content
    expect(page.get_by_text("Pengawas harus mencatat sidik berkas ini di berita acara")).to_be_visible()


def test_file_for_another_centre_or_attempt_stays_shut(page: Page, peer: Peer, address: str) -> None:
    away_with_three_answers(page, peer, address)
    page.keyboard.press("m")
    page.get_by_role("dialog").get_by_role("button", name="Berkas darurat").click()
    _name, content, _code = saved_file(page)
    with pytest.raises(InvalidTag):
        opened(content, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(InvalidTag):
        opened(content.replace(b"2f6c7e3d9b10", b"2f6c7e3d9b11"), peer.centre)


def test_file_can_be_made_after_a_reload_without_the_server(page: Page, peer: Peer, address: str) -> None:
    away_with_three_answers(page, peer, address)
    page.reload()
    check(peer, *saved_file(page))
    peer.faults.is_gone = False
    expect(page.get_by_role("heading", name="Soal 5 dari")).to_be_visible()
    expect_on_server(page)  # the file took nothing away from this computer
    assert peer.answers() == {"i1": "i1a", "i2": "i2b", "i3": "i3c", "i4": "i4d"}


def test_long_loss_offers_the_file(page: Page, peer: Peer, address: str) -> None:
    away_with_three_answers(page, peer, address)
    leap(page, seconds=3 * 60)
    page.get_by_role("complementary", name="Sambungan terputus").get_by_role("button", name="Berkas darurat").click()
    check(peer, *saved_file(page))


def test_handing_in_without_the_server_offers_the_file(page: Page, peer: Peer, address: str) -> None:
    away_with_three_answers(page, peer, address)
    page.get_by_role("button", name="Periksa akhir dan kumpulkan").click()
    page.get_by_role("button", name="Kumpulkan jawaban").click()
    page.get_by_role("button", name="Ya, kumpulkan").click()
    check(peer, *saved_file(page))
    peer.faults.is_gone = False
    expect(page.get_by_role("heading", name="Jawaban Anda sudah diterima")).to_be_visible()


def test_end_of_time_without_the_server_offers_the_file(page: Page, peer: Peer, address: str) -> None:
    peer.duration = 900
    away_with_three_answers(page, peer, address)
    leap(page, seconds=16 * 60)
    expect(page.get_by_role("heading", name="Waktu ujian sudah habis")).to_be_visible()
    check(peer, *saved_file(page))


def test_released_seat_and_next_sign_in_offer_the_file(page: Page, peer: Peer, address: str) -> None:
    away_with_three_answers(page, peer, address)
    token, peer.seat.token = peer.seat.token, "of-another-seat"
    peer.faults.is_gone = False
    expect(page.get_by_role("heading", name="Ujian Anda dibuka di komputer lain")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("tidak lagi terkirim dengan sendirinya")).to_be_visible()
    expect(page.get_by_text("tetap dikirim bila server kembali")).to_have_count(0)
    page.get_by_role("button", name="Kembali ke halaman masuk").click()
    page.get_by_text("Ada jawaban di komputer ini yang belum sampai").click()
    name, content, code = saved_file(page)
    peer.seat.token = token
    check(peer, name, content, code)


def test_fingerprint_is_that_of_the_server(page: Page, address: str) -> None:
    page.goto(address)
    ours = page.evaluate(
        """async (texts) => {
            const { fingerprintOf } = await import('/static/runner/emergency.js');
            return Promise.all(texts.map((text) => fingerprintOf(new TextEncoder().encode(text))));
        }""",
        ["", "a", "berkas"],
    )
    assert ours == [short_code(text) for text in (b"", b"a", b"berkas")]
