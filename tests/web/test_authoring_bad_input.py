"""Whatever a writer pastes or uploads is refused or made harmless in words, and nothing else of the work is lost."""

import json
import zlib
from io import BytesIO
from itertools import cycle

import pytest
from markupsafe import escape
from PIL import Image

from registry.roles import Role
from testing_platform.database import Database
from tests.web.authoring_desk import GOOD, begun_item, given_task, hidden, typed
from tests.web.conftest import Cast


@pytest.fixture
def page(cast: Cast, web_database: Database) -> str:
    """The editor of an item that the first writer began."""
    return begun_item(cast, given_task(cast, web_database))


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "[kisi](javascript:alert(1))",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "$\\text{<b onclick=alert(1)>x</b>}$",
    "$\\text{</mtext><script>alert(1)</script>}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\newcommand{\\a}{\\a\\a}\\a$",
    "$" + "\\frac{" * 400 + "$",
    "$\\sqrt$",
    "$\\takdikenal{x}$",
    "a" * 100_000,
    "pem\u202ebalik",
    "bel\x07",
]
PARTS = ["stem", "option-B", "rationale"]


def test_an_attack_in_any_part_is_told_and_the_rest_is_kept(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    for attack, part in zip(ATTACKS, cycle(PARTS), strict=False):
        answer = json.loads(typed(writer, page, **{part: attack}).text)
        wrong = [each for each in answer["remarks"] if each["look"] == "bad"]
        assert [each["part"] for each in wrong] == [part.removeprefix("option-")], attack
        assert wrong[0]["message"]
        shown = json.dumps(answer["preview"])
        assert not any(word in shown for word in ("<script", "onerror", "onload", "onclick", "javascript:")), attack


def test_an_attack_is_handed_to_nobody_and_stays_in_its_field(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    for attack in (ATTACKS[0], ATTACKS[11]):
        fields = {**GOOD, "stem": attack, **hidden(writer, page), "act": "hand-in"}
        refused = writer.submit(page, fields)
        assert refused.status_code == 422
        assert "<script>alert" not in refused.text
        assert "Samakan penyebutnya" in refused.text
        assert str(escape(attack)) in refused.text
        assert "<mark>&lt;script" in refused.text or attack is not ATTACKS[0]


def test_script_in_the_other_fields_stays_text(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    attack = '"><script>alert(1)</script>'
    for field in ("sources", "key", "passage", "comment", "alt", "counter", "based_on"):
        fields = {**GOOD, **hidden(writer, page), field: attack, "act": "save"}
        assert "<script>alert" not in writer.submit(page, fields).text, field
    writer.submit(f"{page}/komentar", {"comment": attack, "part": ""})
    assert "<script>alert" not in writer.get(page).text


def test_more_than_the_desk_keeps_is_refused_and_the_last_state_stays(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    typed(writer, page)
    refused = typed(writer, page, sources="a" * 300_000)
    assert (refused.status_code, json.loads(refused.text)["code"]) == (409, "typing-too-long")
    assert "Berapa hasil" in writer.get(page).text


def test_hidden_characters_are_taken_out_at_one_press(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    stem = "Berapa\u200b hasil\u202e $1 + 1$?"
    typed(writer, page, stem=stem)
    assert 'value="clean"' in writer.get(page).text
    assert writer.submit(page, {**GOOD, "stem": stem, **hidden(writer, page), "act": "clean"}).status_code == 302
    assert "Berapa hasil $1 + 1$?" in writer.get(page).text


def bomb() -> bytes:
    """A picture of a few kilobytes that would fill gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = (50_000).to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    )


def svg(inside: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inside}</svg>'.encode()


PICTURES = {
    "bomb": (bomb(), "media-too-many-pixels"),
    "script": (svg("<script>alert(1)</script>"), "media-svg-forbidden"),
    "handler": (svg('<rect onload="alert(1)"/>'), "media-svg-forbidden"),
    "outside": (svg('<image href="https://example.test/x.png"/>'), "media-svg-forbidden"),
    "stylesheet": (svg("<style>@import url(https://example.test/x.css);</style>"), "media-svg-forbidden"),
    "entities": (b'<!DOCTYPE svg [<!ENTITY a "aa">]>' + svg("<text>&a;</text>"), "media-svg-forbidden"),
    "page": (b"<html><svg></svg></html>", "media-damaged"),
    "nothing": (b"", "media-unknown-type"),
    "program": (b"MZ" + bytes(900), "media-unknown-type"),
    "broken": (b"\x89PNG\r\n\x1a\n" + bytes(40), "media-damaged"),
}


def test_a_bad_picture_is_refused_in_words(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    typed(writer, page)
    for kind, (data, code) in PICTURES.items():
        fields = {"alt": "Gambar", "picture": (BytesIO(data), "gambar.png"), **hidden(writer, page)}
        refused = writer.submit(f"{page}/gambar", fields)
        assert (refused.status_code, json.loads(refused.text)["code"]) == (409, code), kind
        assert json.loads(refused.text)["message"]
    assert "Berapa hasil" in writer.get(page).text


def test_a_picture_of_50_megabytes_is_refused_before_it_is_read(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    typed(writer, page)
    headers = {"X-CSRFToken": writer.csrf_token(), "Content-Type": "multipart/form-data; boundary=x"}
    size = {"CONTENT_LENGTH": str(50 * 1024 * 1024)}
    assert writer.post(f"{page}/gambar", headers=headers, environ_overrides=size).status_code == 413
    assert "Berapa hasil" in writer.get(page).text


def test_what_a_photograph_tells_beside_its_pixels_is_taken_out(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    photograph, told = BytesIO(), Image.Exif()
    told[0x010E] = "Rumah Bambang, Jalan Melati 7"
    Image.new("RGB", (40, 30)).save(photograph, "JPEG", exif=told)
    photograph.seek(0)
    fields = {"alt": "Foto", "picture": (photograph, "foto.jpg"), **hidden(writer, page)}
    name = json.loads(writer.submit(f"{page}/gambar", fields).text)["text"]
    shown = json.loads(typed(writer, page, stem=name).text)["preview"]["pictures"]
    assert b"Melati" not in writer.get(next(iter(shown.values()))).data


def test_words_for_a_refused_picture_are_still_there(cast: Cast, page: str) -> None:
    writer, words = cast[Role.ITEM_WRITER], "Garis lurus yang naik"
    sent = {**GOOD, **hidden(writer, page), "alt": words, "act": "picture"}
    for path, fields in ((page, sent), ("/menulis/wacana/", {"name": "Wacana", "source": "Teks", "alt": words})):
        refused = writer.submit(path, {**fields, "picture": (BytesIO(b"bukan gambar"), "a.png")})
        assert refused.status_code == 422
        assert f'value="{words}"' in refused.text


def test_an_unfinished_item_is_no_mistake(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    unfinished = writer.submit(page, {**GOOD, **hidden(writer, page), "key": "", "act": "save"})
    assert unfinished.status_code == 422
    assert "tp-notice-warn" in unfinished.text
    assert "tp-notice-bad" not in unfinished.text


def test_what_is_too_large_leads_back_to_its_form(cast: Cast) -> None:
    writer = cast[Role.ITEM_WRITER]
    came_from = {"Referer": "http://localhost/menulis/wacana/"}
    too_large = writer.post("/menulis/wacana/", data=bytes(20_000_000), headers=came_from)
    assert too_large.status_code == 413
    assert 'class="tp-button tp-button-primary" href="/menulis/wacana/"' in too_large.text
