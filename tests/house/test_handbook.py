"""Links and pictures of the documents lead somewhere, and the handbook calls buttons by the words they carry."""

import re
from pathlib import Path

import pytest

from testing_platform.translations.catalog import read
from tests.house.sources import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
HANDBOOK = sorted(page for page in (ROOT / "docs" / "handbook").glob("*.md") if page.stem != "operator")
RUNNER = ROOT / "testing_platform" / "static" / "runner" / "text.id.js"
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000  # a picture is loaded over a school's line

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^(?: {4}|```).*$|`[^`\n]*`", re.MULTILINE)


def links(page: Path) -> list[str]:
    """What a page links to and shows, without addresses elsewhere."""
    found = _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8")))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or target.suffix != ".md" or anchor in anchors(target), f"{link}: no such heading"


def test_every_picture_is_shown_and_small() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    for picture in PICTURES.iterdir():
        assert picture in shown, f"nothing shows {picture.name}"
        assert picture.stat().st_size < MOST_BYTES, f"{picture.name} is too large"


def test_the_handbook_calls_things_by_the_words_on_the_pages() -> None:
    """What stands in bold and begins with a capital is a label; a placeholder of it is written as an ellipsis."""
    catalog = [message.string for message in read()]
    texts = [text for words in catalog for text in ((words,) if isinstance(words, str) else words or ()) if text]
    texts += re.findall(r": '([^']*)'", RUNNER.read_text(encoding="utf-8"))
    labels = {re.sub(r"%\(\w+\)s", "…", str(text)) for text in texts}
    for page in HANDBOOK:
        named = re.findall(r"\*\*([A-Z][^*]+)\*\*", page.read_text(encoding="utf-8"))
        assert set(named) <= labels, f"{page.name}: no page says {sorted(set(named) - labels)}"
