"""An item as pages show it: the stored, sanitised markup with the addresses of its pictures filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from itembank.model import ItemVersion
from itembank.textformat import LETTERS

# `itembank.markup` writes the name first, and escapes every < and " that an author typed.
_PICTURE = re.compile(r'<img data-media-name="([^"]+)"')
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_MATHS = re.compile(r"\$\$?[^$]+\$\$?")
_MARKS = re.compile(r"[*_`#|]+")


@dataclass(frozen=True)
class ShownItem:
    """What a template needs to show an item; key and rationale stand apart, so that a page must ask for them."""

    stem: Markup
    options: tuple[tuple[str, Markup], ...]
    key: str
    rationale: Markup


def with_pictures(html: str, addresses: Mapping[str, str]) -> Markup:
    """The markup of an item with each picture's address; a picture without one shows its alternative text."""

    def address(match: re.Match[str]) -> str:
        name = match.group(1)
        return f'<img src="{escape(addresses[name])}"' if name in addresses else match.group(0)

    return Markup(_PICTURE.sub(address, html))  # noqa: S704 - sanitised by `itembank.markup` before it was stored


def shown_item(version: ItemVersion, *, endpoint: str = "bank.media", **place: Any) -> ShownItem:
    """A version as the candidate sees it, with key and rationale beside it.

    `endpoint` sends the pictures to readers who have no access to the bank as a whole, from a `place` of their own.
    """
    addresses = {picture.name: url_for(endpoint, sha256=picture.sha256, **place) for picture in version.pictures}
    return ShownItem(
        stem=with_pictures(version.stem_html, addresses),
        options=tuple((LETTERS[part.position], with_pictures(part.html, addresses)) for part in version.options),
        key=LETTERS[version.key_position],
        rationale=with_pictures(version.rationale_html, addresses),
    )


def excerpt(stem: str, *, limit: int = 110) -> str:
    """The first words of a stem for a list, with maths and pictures left out."""
    beginning = stem[: 20 * limit]  # a stem may be endless while somebody types; nobody reads that far in a list
    text = _MARKS.sub(" ", _MATHS.sub("…", _IMAGE.sub(" ", beginning)))
    words = " ".join(text.split())
    return words if len(words) <= limit else words[:limit].rsplit(" ", 1)[0] + " …"
