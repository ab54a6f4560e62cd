"""A picture that enters the bank can neither act nor reach out nor tell where it was taken."""

import hashlib
import io
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image, PngImagePlugin

from itembank import errors
from itembank.media import (
    LIMIT_RASTER_BYTES,
    LIMIT_SVG_BYTES,
    LIMIT_SVG_ELEMENTS,
    clean_media,
    clean_raster,
    clean_svg,
)

# A loaded machine is no failure.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 480 320">'


def _svg(inside: str) -> bytes:
    return f"{_HEAD}{inside}</svg>".encode()


def test_a_plain_drawing_keeps_its_shapes_and_gains_its_size() -> None:
    media = clean_svg(
        _svg('<defs><marker id="m"/></defs><path d="M0 0L9 9" marker-end="url(#m)"/><text x="1">A</text>')
    )
    assert (media.media_type, media.width, media.height) == ("image/svg+xml", 480, 320)
    assert media.sha256 == hashlib.sha256(media.data).hexdigest()
    root = etree.fromstring(media.data)
    assert [etree.QName(element).localname for element in root.iter()] == ["svg", "defs", "marker", "path", "text"]
    assert (root.get("width"), root.get("height")) == ("480", "320")


def test_cleaning_twice_changes_nothing() -> None:
    once = clean_svg(_svg("<style>.a{fill:#00f}</style><g><rect width='3'/><!-- x --></g>"))
    assert clean_svg(once.data) == once


def test_traces_of_a_drawing_program_disappear_but_the_words_stay() -> None:
    inside = (
        '<text>A<i:x xmlns:i="http://inkscape.example/" i:y="1">no</i:x>B</text><?xml-stylesheet href="x"?><!-- y -->'
    )
    data = clean_svg(_svg(inside)).data
    assert b"<text>AB</text>" in data
    assert not any(trace in data for trace in (b"inkscape", b"stylesheet", b"<!--"))


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<foreignObject><p/></foreignObject>",
        "<image href='x.png'/>",
        "<use href='#a'/>",
        "<a href='javascript:alert(1)'><rect/></a>",
        "<animate attributeName='x'/>",
        "<set attributeName='x'/>",
        "<rect onclick='alert(1)'/>",
        "<rect ONLOAD='alert(1)'/>",
        "<rect xlink:href='http://example.org'/>",
        "<rect fill='url(http://example.org/#a)'/>",
        "<rect style='fill:url(http://example.org)'/>",
        "<rect style='fill:u\\72l(x)'/>",
        "<style>@import 'x';</style>",
        "<style>rect{fill:url(x)}</style>",
        "<rect unknown='1'/>",
        "<filter/>",
    ],
)
def test_what_acts_or_reaches_out_is_refused_with_its_line(inside: str) -> None:
    with pytest.raises(errors.SvgForbidden) as refused:
        clean_svg(_svg("\n\n" + inside))
    assert refused.value.params["line"] == 3


def test_entities_and_document_types_are_refused_unread() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    for inside in ("", "<text>&b;</text>", "<text>&f;</text>"):
        with pytest.raises(errors.SvgForbidden):
            clean_svg((bomb + _svg(inside).decode()).encode())


def test_an_exponential_entity_is_not_expanded() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 30}">' for n in range(1, 9))
    bomb = f'<!DOCTYPE svg [<!ENTITY e0 "aaaa">{levels}]>' + _svg("<text>&e8;</text>").decode()
    with pytest.raises(errors.MediaError):
        clean_svg(bomb.encode())


@pytest.mark.parametrize("box", ["", "0 0 480", "0 0 0 10", "0 0 9999 10", "a b c d", "0 0 nan 10", "0 0 inf 1"])
def test_a_drawing_without_a_usable_size_is_refused(box: str) -> None:
    with pytest.raises(errors.SvgWithoutSize):
        clean_svg(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"/>'.encode())


def test_a_drawing_too_large_too_full_or_broken_is_refused() -> None:
    with pytest.raises(errors.MediaTooLarge):
        clean_svg(_svg(" " * LIMIT_SVG_BYTES))
    with pytest.raises(errors.SvgForbidden):
        clean_svg(_svg("<g/>" * LIMIT_SVG_ELEMENTS))
    for broken in (b"<svg", _svg("<g>"), b"<svg/>", _svg("<g>" * 300 + "</g>" * 300)):
        with pytest.raises(errors.MediaDamaged):
            clean_svg(broken)


@_UNHURRIED
@given(st.binary(max_size=200).map(lambda tail: b"<svg" + tail))
def test_any_bytes_are_cleaned_or_refused(data: bytes) -> None:
    with pytest.raises(errors.MediaError):
        clean_media(data)


# PNG and JPEG


def _picture(kind: str, *, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (30, 20), 200 if mode == "L" else None).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_every_kind_of_png_is_written_again(mode: str) -> None:
    media = clean_media(_picture("PNG", mode=mode))
    assert (media.media_type, media.width, media.height) == ("image/png", 30, 20)
    assert clean_media(media.data) == media


def test_metadata_is_dropped() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Siti rahasia")
    assert b"rahasia" not in clean_media(_picture("PNG", pnginfo=text)).data
    exif = Image.Exif()
    exif[0x013B] = "Siti rahasia"
    data = clean_media(_picture("JPEG", exif=exif, comment=b"rahasia")).data
    assert b"rahasia" not in data
    assert b"Exif" not in data


def test_a_photograph_is_turned_upright_before_its_metadata_goes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    media = clean_media(_picture("JPEG", exif=exif))
    assert (media.media_type, media.width, media.height) == ("image/jpeg", 20, 30)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(errors.MediaTooManyPixels):
        clean_raster(_png_header(width=60_000, height=60_000))


def test_a_bomb_just_above_the_limit_is_refused() -> None:
    with pytest.raises(errors.MediaTooManyPixels):
        clean_raster(_png_header(width=20_001, height=1_000))


def test_an_oversized_damaged_or_foreign_file_is_refused() -> None:
    with pytest.raises(errors.MediaTooLarge):
        clean_media(b"\x89PNG\r\n\x1a\n" + b"\0" * LIMIT_RASTER_BYTES)
    with pytest.raises(errors.MediaDamaged):
        clean_media(_picture("PNG")[:-30])
    with pytest.raises(errors.MediaDamaged):
        clean_media(b"\xff\xd8\xff")
    for foreign in (b"", b"GIF89a", b"%PDF-1.7", b"<html></html>"):
        with pytest.raises(errors.MediaUnknownType):
            clean_media(foreign)


def _png_header(*, width: int, height: int) -> bytes:
    """A PNG that claims its size and holds almost nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    size = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
