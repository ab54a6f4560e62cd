"""Every word of the pages has its Indonesian, and the runner says the same things in both languages."""

import gettext
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from testing_platform.translations.catalog import MO, PO, as_mo, as_po, read, sources, untranslated, updated
from tests.house.sources import ROOT

# The runner has word tables of its own; its one page only says what is missing when they cannot be loaded.
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*.html")) if path.parent.name != "runner"]
RUNNER = ROOT / "testing_platform" / "static" / "runner"

# What a page may say outside of the catalog: the product's name, and abbreviations that are the same everywhere.
SAME_EVERYWHERE = {"Ujian Kompetensi", "CSV", "PDF", "XLSX", "NUPTK", "PIN", "JSON"}

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_SPOKEN_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-description"}
_NOT_PROSE = {"script", "style", "pre", "code"}  # a sample of a file is the same in every language
_ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')  # macros put attributes together as text


@cache
def used() -> Catalog:
    """The msgids that the sources use now."""
    return sources()


@cache
def committed() -> Catalog:
    """The catalog as it is committed."""
    return read()


def msgids(catalog: Catalog) -> set[str]:
    return {_english(message) for message in catalog if message.id}


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _texts(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


# The catalog -------------------------------------------------------------------------------------------------------


def test_every_msgid_of_the_sources_is_in_the_catalog() -> None:
    """`python -m testing_platform.translations` adds what is missing."""
    assert sorted(msgids(used()) - msgids(committed())) == []


def test_the_catalog_holds_nothing_that_no_source_uses() -> None:
    assert sorted(msgids(committed()) - msgids(used())) == []
    assert "\n#~" not in PO.read_text()


def test_everything_has_an_indonesian_text() -> None:
    assert untranslated(committed()) == []


def test_quotation_marks_come_in_pairs() -> None:
    """A lone one at the end of a sentence is what a slip of the editor leaves on the page."""
    texts = [text for message in committed() if message.id for text in _texts(message.string)]
    assert [text for text in texts if text.count('"') % 2 or text.count("“") != text.count("”")] == []


def test_no_translation_is_marked_as_a_guess() -> None:
    assert [_english(message) for message in committed() if message.id and message.fuzzy] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    """A lost %(name)s would break the page, or hide what it was about."""
    for message in committed():
        wanted = Counter(_PLACEHOLDER.findall(_texts(message.id)[-1])) if message.id else Counter[str]()
        for text in _texts(message.string) if message.id else ():
            assert Counter(_PLACEHOLDER.findall(text)) == wanted, message.id


def test_a_percent_sign_is_part_of_a_placeholder_or_doubled() -> None:
    """Templates format every text, so a single percent sign would fail when the page is shown."""
    for message in committed():
        for text in _texts(message.string) if message.id else ():
            assert "%" not in _PLACEHOLDER.sub("", text), text


def test_plurals_have_the_one_form_of_indonesian() -> None:
    assert [m.id for m in committed() if isinstance(m.id, tuple | list) and len(_texts(m.string)) != 1] == []
    assert committed().num_plurals == 1


def test_the_catalog_keeps_the_order_in_which_the_command_writes_it() -> None:
    """A catalog edited by hand stays easy to compare. References may lag behind text that moved to another file."""
    assert _without_references(as_po(updated(committed(), used()))) == _without_references(PO.read_bytes())


def _without_references(content: bytes) -> list[str]:
    return [line for line in content.decode().splitlines() if not line.startswith("#:")]


def test_the_compiled_catalog_says_what_the_text_says() -> None:
    """The server reads the compiled file; it must not lag behind the one that people edit."""
    assert _compiled(MO.read_bytes()) == _compiled(as_mo(committed()))


def _compiled(content: bytes) -> dict[object, str]:
    texts: dict[object, str] = gettext.GNUTranslations(BytesIO(content))._catalog  # type: ignore[attr-defined]
    return {msgid: text for msgid, text in texts.items() if msgid}


# Templates ---------------------------------------------------------------------------------------------------------


class _Spoken(HTMLParser):
    """What a person would read or hear of a template, once everything that Jinja fills in is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._not_prose = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._not_prose += tag in _NOT_PROSE
        self.found += [value for name, value in attrs if value and name in _SPOKEN_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self._not_prose -= tag in _NOT_PROSE

    def handle_data(self, data: str) -> None:
        if not self._not_prose:
            self.found.append(data)


def plain_words(template: str) -> Iterator[str]:
    """Words that stand in a template outside of `_(...)`."""
    parser = _Spoken()
    parser.feed(re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", " ", template, flags=re.DOTALL))
    for text in parser.found:
        rest = _ATTRIBUTE.sub("", text)
        for word in sorted(SAME_EVERYWHERE, key=len, reverse=True):
            rest = rest.replace(word, "")
        if _LETTERS.search(rest):
            yield " ".join(text.split())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_say_nothing_outside_of_the_catalog(path: Path) -> None:
    assert list(plain_words(path.read_text())) == []


def test_the_search_for_plain_words_finds_them() -> None:
    """The rule above is worth as much as what it sees."""
    page = '<p title="Save now">{{ _("Fine") }} %</p><script>let word;</script><b>CSV</b> Untold {# note #}{% if x %}'
    assert list(plain_words(page)) == ["Save now", "Untold"]


# The runner --------------------------------------------------------------------------------------------------------


def runner_texts(language: str) -> dict[str, str]:
    """The lines of a word table of the runner: key and text."""
    source = (RUNNER / f"text.{language}.js").read_text()
    line = re.compile(r"^  (?:'([^']+)'|([\w-]+)):\s*'((?:[^'\\]|\\.)*)',$", re.MULTILINE)
    return {quoted or bare: text for quoted, bare, text in line.findall(source)}


def test_the_runner_says_the_same_things_in_both_languages() -> None:
    indonesian, english = runner_texts("id"), runner_texts("en")
    assert len(indonesian) > 100
    assert set(indonesian) == set(english)


def test_the_runner_reads_every_line_of_its_word_tables() -> None:
    """A line that this test cannot read would not be compared either."""
    for language in ("id", "en"):
        lines = (RUNNER / f"text.{language}.js").read_text().splitlines()
        assert len(runner_texts(language)) == sum(line.startswith("  ") for line in lines)


def test_the_runner_fills_in_the_same_values_in_both_languages() -> None:
    indonesian, english = runner_texts("id"), runner_texts("en")
    for key, text in indonesian.items():
        assert sorted(_PLACEHOLDER.findall(text)) == sorted(_PLACEHOLDER.findall(english[key])), key
