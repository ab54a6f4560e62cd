"""Makes pictures safe before they enter the bank: what comes out is ours, not the file that somebody sent.

An SVG is parsed without entities, DTD and network and written again from an allow-list; PNG and JPEG are decoded and
encoded again without their metadata. What could act or reach out is refused with its place, so that the writer can mend
the drawing; traces of drawing programs (foreign namespaces, comments) only disappear.
"""

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lxml import etree
from PIL import Image, ImageOps, UnidentifiedImageError

from itembank.errors import (
    MediaDamaged,
    MediaTooLarge,
    MediaTooManyPixels,
    MediaUnknownType,
    SvgForbidden,
    SvgWithoutSize,
)

LIMIT_SVG_BYTES = 512 * 1024
LIMIT_RASTER_BYTES = 8 * 1024 * 1024
LIMIT_PIXELS = 20_000_000
LIMIT_SVG_SIDE = 4_096
LIMIT_SVG_ELEMENTS = 5_000

MediaType = Literal["image/svg+xml", "image/png", "image/jpeg"]

_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = """
    svg g defs title desc style path line polyline polygon rect circle ellipse text tspan marker clipPath
    linearGradient radialGradient stop pattern
"""
_ATTRIBUTES = """
    id class style transform viewBox width height preserveAspectRatio version role aria-label aria-labelledby lang
    x y x1 y1 x2 y2 dx dy cx cy r rx ry fx fy d points pathLength rotate textLength lengthAdjust
    fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray
    stroke-dashoffset stroke-miterlimit vector-effect opacity color display visibility paint-order
    font-family font-size font-style font-weight text-anchor dominant-baseline alignment-baseline baseline-shift
    letter-spacing word-spacing text-decoration writing-mode
    marker-start marker-mid marker-end markerWidth markerHeight markerUnits refX refY orient clip-path clip-rule
    clipPathUnits gradientUnits gradientTransform offset stop-color stop-opacity spreadMethod
    patternUnits patternContentUnits patternTransform shape-rendering text-rendering
"""
_ALLOWED_ELEMENTS = frozenset(_ELEMENTS.split())
_ALLOWED_ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_LOCAL_REFERENCE = re.compile(r"url\(\s*['\"]?#[\w.-]+['\"]?\s*\)")
_REACHING_OUT = re.compile(r"url\s*\(|@|\\|javascript:|expression\s*\(|<|&", re.IGNORECASE)


@dataclass(frozen=True)
class CleanMedia:
    """A picture as it is kept: addressed by the digest of its bytes, with its size in CSS pixels."""

    sha256: str
    media_type: MediaType
    data: bytes
    width: int
    height: int


def clean_media(data: bytes) -> CleanMedia:
    """A picture of any allowed kind; the bytes decide the kind, not the name."""
    if data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return clean_raster(data)
    if b"<svg" in data[:4096]:
        return clean_svg(data)
    raise MediaUnknownType


def clean_svg(data: bytes) -> CleanMedia:
    """A drawing from which everything active or external is kept out."""
    if len(data) > LIMIT_SVG_BYTES:
        raise MediaTooLarge(size=len(data), limit=LIMIT_SVG_BYTES)
    root = _parse_svg(data)
    for element in list(root.iter()):
        _admit(element)
    width, height = _size(root)
    root.set("width", str(width))
    root.set("height", str(height))
    etree.cleanup_namespaces(root)
    return _kept(etree.tostring(root, encoding="utf-8"), "image/svg+xml", width=width, height=height)


def clean_raster(data: bytes) -> CleanMedia:
    """A photograph or screenshot, decoded and encoded again."""
    if len(data) > LIMIT_RASTER_BYTES:
        raise MediaTooLarge(size=len(data), limit=LIMIT_RASTER_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _encoded_again(data)
    except Image.DecompressionBombError as error:
        raise MediaTooManyPixels(limit=LIMIT_PIXELS) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise MediaDamaged(detail=type(error).__name__) from error


def _kept(data: bytes, media_type: MediaType, *, width: int, height: int) -> CleanMedia:
    return CleanMedia(hashlib.sha256(data).hexdigest(), media_type, data, width, height)


# PNG and JPEG


def _encoded_again(data: bytes) -> CleanMedia:
    with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as picture:
        kind = picture.format
        if picture.width * picture.height > LIMIT_PIXELS:
            raise MediaTooManyPixels(limit=LIMIT_PIXELS)
        picture.load()
        upright = ImageOps.exif_transpose(picture)
    plain = upright.convert("RGBA" if upright.has_transparency_data and kind == "PNG" else "RGB")
    plain.info.clear()
    out = io.BytesIO()
    if kind == "PNG":
        plain.save(out, "PNG", optimize=True)
        return _kept(out.getvalue(), "image/png", width=plain.width, height=plain.height)
    plain.save(out, "JPEG", quality=90, optimize=True)
    return _kept(out.getvalue(), "image/jpeg", width=plain.width, height=plain.height)


# SVG


def _parse_svg(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise MediaDamaged(detail=str(error.msg)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise SvgForbidden(line=1, found="<!DOCTYPE>")
    if root.tag != f"{{{_SVG}}}svg":
        raise MediaDamaged(detail=f"the first element must be <svg> in the namespace {_SVG}")
    if sum(1 for _element in root.iter()) > LIMIT_SVG_ELEMENTS:
        raise SvgForbidden(line=1, found=f"a drawing of more than {LIMIT_SVG_ELEMENTS} elements")
    return root


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 1


def _admit(element: etree._Element) -> None:
    line = _line(element)
    if not isinstance(element.tag, str):
        raise SvgForbidden(line=line, found="&...;")
    name = etree.QName(element)
    if name.namespace != _SVG:
        _remove(element)
        return
    if name.localname not in _ALLOWED_ELEMENTS:
        raise SvgForbidden(line=line, found=f"<{name.localname}>")
    if name.localname == "style" and _REACHING_OUT.search(element.text or ""):
        raise SvgForbidden(line=line, found="a style with url(), @ or an escape")
    for attribute, value in list(_attributes(element)):
        _admit_attribute(element, attribute, value)


def _attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    for attribute, value in element.attrib.items():
        yield str(attribute), str(value)


def _admit_attribute(element: etree._Element, attribute: str, value: str) -> None:
    line = _line(element)
    name = etree.QName(attribute)
    if name.localname == "href":
        raise SvgForbidden(line=line, found=f'{name.localname}="..."')
    if name.namespace or attribute.startswith("data-"):
        del element.attrib[attribute]
        return
    if attribute not in _ALLOWED_ATTRIBUTES:
        raise SvgForbidden(line=line, found=f'{attribute}="..."')
    if _REACHING_OUT.search(_LOCAL_REFERENCE.sub("", value)) and attribute not in ("aria-label",):
        raise SvgForbidden(line=line, found=f"{attribute}={value[:40]!r}")


def _remove(element: etree._Element) -> None:
    """The element goes, the text behind it stays with its parent."""
    parent = element.getparent()
    if parent is None:
        return
    previous = element.getprevious()
    if element.tail and previous is not None:
        previous.tail = (previous.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _size(root: etree._Element) -> tuple[int, int]:
    numbers = re.split(r"[\s,]+", str(root.get("viewBox", "")).strip())
    try:
        width, height = (round(float(number)) for number in numbers[2:4])
    except (ValueError, OverflowError) as error:
        raise SvgWithoutSize(limit=LIMIT_SVG_SIDE) from error
    if len(numbers) != 4 or not (1 <= width <= LIMIT_SVG_SIDE and 1 <= height <= LIMIT_SVG_SIDE):
        raise SvgWithoutSize(limit=LIMIT_SVG_SIDE)
    return width, height
