"""Turns the text of an item into the HTML that a candidate sees, and lets nothing else through.

Three sieves stand behind each other: a scanner takes the maths out and hands it to `latex`; markdown-it reads the rest
with only the needed rules switched on; nh3 removes at the end whatever is not on the list of allowed elements. What a
writer could have meant but must not use (HTML, links) is refused with its line instead of vanishing silently.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Protocol

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from itembank.characters import character_name, hidden_character
from itembank.errors import (
    AltTextMissing,
    HiddenCharacter,
    LatexError,
    LinkRefused,
    MathsNotClosed,
    MathsRefused,
    PictureNameRefused,
    PictureUnknown,
    RawHtml,
    TextTooLong,
)
from itembank.latex import to_mathml

LIMIT_CHARACTERS = 8_000  # three pages; the longest shipped stem has not a tenth of it
# No entities: &#xE000; would smuggle in what the scan for hidden characters has refused.
_RULES = ("emphasis", "list", "table", "image", "link", "newline", "escape")
_MEDIA_NAME = re.compile(r"(?:figures/)?([A-Za-z0-9][A-Za-z0-9._-]*\.(?:svg|png|jpe?g))")
_TAG = re.compile(r"</?[A-Za-z][^\s>]*>?|<[!?]\S*")
# Private characters: no text may hold them (see `characters`), so nobody can imitate a placeholder.
_PLACEHOLDER = re.compile("\ue000([0-9]+)\ue001")

_CLASSES = frozenset({"cases", "align-left", "align-center", "align-right"})
_ATTRIBUTES = {
    "ol": {"start"},
    "th": {"class", "scope"},
    "td": {"class"},
    "img": {"data-media-name", "alt", "width", "height"},
    "math": {"display", "displaystyle"},
    "mo": {"form", "stretchy", "lspace", "rspace", "mathsize"},
    "mi": {"mathvariant"},
    "mspace": {"width"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"class"},
}
_WITHOUT_ATTRIBUTES = """
    p strong em ul li br table thead tbody tr
    mn mtext mrow msqrt mroot msub msup msubsup munder munderover mtr mtd
"""
_CLEANER = nh3.Cleaner(
    tags={*_ATTRIBUTES, *_WITHOUT_ATTRIBUTES.split()},
    attributes=_ATTRIBUTES,
    attribute_filter=lambda _element, name, value: None if name == "class" and value not in _CLASSES else value,
    url_schemes=set(),
    link_rel=None,
)


class Sized(Protocol):
    """A picture whose size is known, so that the page does not jump when it arrives."""

    @property
    def width(self) -> int:
        """Width in CSS pixels."""
        ...

    @property
    def height(self) -> int:
        """Height in CSS pixels."""
        ...


@dataclass(frozen=True)
class Rendered:
    """A text as HTML, with the pictures that it names and its words for search and for the linter."""

    html: str
    media_names: tuple[str, ...]
    plain_text: str


@dataclass(frozen=True)
class _Maths:
    source: str
    line: int
    display: bool


def render(text: str, *, media: Collection[str] | Mapping[str, Sized]) -> Rendered:
    """The HTML of a stem, an option or a rationale; `media` are the pictures it may show."""
    return _render(text, media=media, inline=False)


def render_option(text: str, *, media: Collection[str] | Mapping[str, Sized]) -> Rendered:
    """As `render`, but a single paragraph loses its <p>, so that it fits into a label."""
    return _render(text, media=media, inline=True)


def clean(html: str) -> str:
    """Only allowed elements and attributes; the same again when given its own result."""
    return _CLEANER.clean(html)


def _render(text: str, *, media: Collection[str] | Mapping[str, Sized], inline: bool) -> Rendered:
    refuse_bad_text(text)
    marked, maths = _extract_maths(text)
    tokens = _parser().parse(marked)
    page = _Page(maths=maths, media=media)
    for line, token in _inline_tokens(tokens):
        page.admit(token, line=_original_line(marked, maths, line))
    if inline and [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]:
        tokens = tokens[1:2]
    html = _parser().renderer.render(_styled(tokens), _parser().options, {})
    plain = _restore(" ".join(_words(tokens)), maths)
    return Rendered(clean(page.with_maths(html)).strip(), tuple(page.media_names), plain)


def refuse_bad_text(text: str) -> None:
    """Refuse what no text of the bank may be, shown or not: endless, or with characters that nobody sees."""
    if len(text) > LIMIT_CHARACTERS:
        raise TextTooLong(length=len(text), limit=LIMIT_CHARACTERS)
    offset = hidden_character(text)
    if offset is not None:
        line = text.count("\n", 0, offset) + 1
        at = offset - text.rfind("\n", 0, offset)
        raise HiddenCharacter(line=line, at=at, offset=offset, character=character_name(text[offset]))


# Maths


def _extract_maths(text: str) -> tuple[str, list[_Maths]]:
    """The text with numbered placeholders, and the maths that stood there."""
    maths: list[_Maths] = []
    pieces: list[str] = []
    position = 0
    for start, mark in _openings(text):
        if start < position:
            continue
        end = _closing(text, start + len(mark), mark)
        source = text[start + len(mark) : end]
        pieces += [text[position:start], f"\ue000{len(maths)}\ue001"]
        maths.append(_Maths(source, text.count("\n", 0, start) + 1, display=mark == "$$"))
        position = end + len(mark)
    pieces.append(text[position:])
    return "".join(pieces), maths


def _openings(text: str) -> Iterator[tuple[int, str]]:
    """Where a dollar sign without a backslash stands; the caller skips those inside maths."""
    for match in re.finditer(r"\\.|\$\$?", text, re.DOTALL):
        if match.group()[0] == "$":
            yield match.start(), match.group()


def _closing(text: str, start: int, mark: str) -> int:
    blank_line = re.compile(r"\n[ \t]*\n").search(text, start)
    limit = blank_line.start() if blank_line else len(text)
    match = re.compile(r"(?<!\\)" + re.escape(mark)).search(text, start, limit)
    if not match:
        raise MathsNotClosed(line=text.count("\n", 0, start) + 1, mark=mark)
    return match.start()


def _mathml(maths: _Maths, *, alone: bool) -> str:
    try:
        return to_mathml(maths.source.strip(), display=maths.display, large=alone)
    except LatexError as error:
        excerpt = maths.source if len(maths.source) <= 60 else maths.source[:60] + "…"
        raise MathsRefused(line=maths.line, maths=excerpt, cause=error) from error


def _restore(text: str, maths: list[_Maths]) -> str:
    """Placeholders back to the LaTeX source."""
    return _PLACEHOLDER.sub(lambda match: f"${maths[int(match.group(1))].source.strip()}$", text)


def _original_line(marked: str, maths: list[_Maths], line: int) -> int:
    """The line of the writer's text; maths over several lines became one placeholder."""
    before = "\n".join(marked.split("\n")[:line])
    return line + 1 + sum(maths[int(number)].source.count("\n") for number in _PLACEHOLDER.findall(before))


# Markdown


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(list(_RULES))
    # Every address counts as a link here: it is refused afterwards, not left standing as odd text.
    parser.validateLink = _any_address  # type: ignore[method-assign]
    return parser


def _any_address(url: str) -> bool:  # noqa: ARG001 -- the signature is markdown-it's
    return True


def _inline_tokens(tokens: list[Token]) -> Iterator[tuple[int, Token]]:
    """Every inline token with its line, counted from 0."""
    for block in tokens:
        line = block.map[0] if block.map else 0
        for token in block.children or []:
            yield line, token
            if token.type in ("softbreak", "hardbreak"):
                line += 1


def _styled(tokens: list[Token]) -> list[Token]:
    """Column alignment as a class, because style attributes are not allowed."""
    for token in tokens:
        style = token.attrs.pop("style", None)
        if style:
            token.attrs["class"] = "align-" + str(style).removeprefix("text-align:")
        if token.type == "th_open":
            token.attrs["scope"] = "col"
    return tokens


def _words(tokens: list[Token]) -> Iterator[str]:
    for _line, token in _inline_tokens(tokens):
        if token.type in ("text", "image", "text_special"):
            yield token.content.strip()


@dataclass
class _Page:
    """What has been met while one text is read."""

    maths: list[_Maths]
    media: Collection[str] | Mapping[str, Sized]

    def __post_init__(self) -> None:
        self.media_names: list[str] = []

    def admit(self, token: Token, *, line: int) -> None:
        """Refuse what must not be in an item, and prepare pictures."""
        if token.type == "link_open":
            raise LinkRefused(line=line)
        if token.type == "image":
            self._admit_picture(token, line=line)
        elif token.type == "text" and (match := _TAG.search(token.content)):
            raise RawHtml(line=line, found=match.group()[:40])

    def _admit_picture(self, token: Token, *, line: int) -> None:
        address = str(token.attrs["src"])
        match = _MEDIA_NAME.fullmatch(address)
        if not match:
            raise PictureNameRefused(line=line, found=address[:60])
        name = match.group(1)
        if name not in self.media:
            raise PictureUnknown(line=line, name=name)
        alt = _restore(token.content, self.maths).strip()
        if not alt:
            raise AltTextMissing(line=line, name=name)
        self.media_names += [name] if name not in self.media_names else []
        self._draw(token, name=name, alt=alt)

    def _draw(self, token: Token, *, name: str, alt: str) -> None:
        attributes = {"data-media-name": name, "alt": alt}
        if isinstance(self.media, Mapping):
            size = self.media[name]
            attributes |= {"width": str(size.width), "height": str(size.height)}
        token.type, token.tag, token.children = "html_inline", "", []
        token.content = "<img " + " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items()) + ">"

    def with_maths(self, html: str) -> str:
        """Placeholders replaced by MathML; an option that is nothing but a formula gets it at full size."""
        alone = _PLACEHOLDER.fullmatch(html.strip()) is not None
        return _PLACEHOLDER.sub(lambda match: _mathml(self.maths[int(match.group(1))], alone=alone), html)
