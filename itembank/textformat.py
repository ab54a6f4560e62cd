"""Reads and writes the plain text files that carry the bank between people, installations and version control.

An item is one Markdown file with a small block of settings; a blueprint and the list of forms are TOML. A writer edits
them with any editor, so every refusal names the file, the line and the remedy. The shipped content is read through
importlib.resources and is therefore found in a checkout and in an installed wheel alike.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import StringConstraints

from itembank.errors import (
    DuplicateOption,
    FrontMatterMissing,
    KeyNotAnOption,
    OptionCountRefused,
    OptionRefused,
    SectionRefused,
    SourceTextRefused,
    TextError,
)
from itembank.markup import Rendered, Sized, render, render_option
from itembank.media import CleanMedia, clean_media
from itembank.plantext import BlueprintText, FormText, parse_blueprint, parse_forms
from itembank.tomltext import Bloom, Code, Settings, Slug, read_settings

__all__ = [
    "BlueprintText",
    "FormText",
    "ItemText",
    "RenderedItem",
    "format_item",
    "parse_blueprint",
    "parse_forms",
    "parse_item",
    "render_item",
    "shipped_blueprints",
    "shipped_forms",
    "shipped_items",
    "shipped_media",
]

LETTERS = "ABCDE"
SECTIONS = ("Soal", "Pilihan", "Pembahasan")
_FENCE = "+++"
_OPTION = re.compile(r"- ([A-Z])\.(?: (.*))?")

# Items


class _FrontMatter(Settings):
    code: Code
    blueprint: Slug
    indicator: Code
    bloom: Bloom
    key: Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]


@dataclass(frozen=True)
class ItemText:
    """One item as its file holds it; the texts are in the Markdown subset."""

    code: str
    blueprint: str
    indicator: str
    bloom: str
    key: str
    stem: str
    options: tuple[str, ...]
    rationale: str


@dataclass(frozen=True)
class RenderedItem:
    """One item as it is shown."""

    stem: Rendered
    options: tuple[Rendered, ...]
    rationale: Rendered


def parse_item(text: str, *, source: str) -> ItemText:
    """The item in one file; `source` is how errors name the file."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    end = _front_matter_end(lines, source)
    settings = read_settings("\n".join(lines[1:end]), _FrontMatter, source=source, first_line=2)
    sections = _sections(lines, start=end + 1, source=source)
    options = _options(lines, sections["Pilihan"], source)
    if settings.key not in LETTERS[: len(options)]:
        needed = ", ".join(LETTERS[: len(options)])
        raise KeyNotAnOption(source=source, line=_line_starting("key", lines), key=settings.key, needed=needed)
    return ItemText(
        **settings.model_dump(),
        stem=_section_text(lines, sections["Soal"], name="Soal", source=source),
        options=options,
        rationale=_section_text(lines, sections["Pembahasan"], name="Pembahasan", source=source),
    )


def format_item(item: ItemText) -> str:
    """The file of an item; reading it gives the same item back, or it is refused now."""
    settings = [f'{name} = "{getattr(item, name)}"' for name in _FrontMatter.model_fields]
    options = [
        f"- {letter}. " + text.replace("\n", "\n  ") for letter, text in zip(LETTERS, item.options, strict=False)
    ]
    parts = (item.stem, "\n".join(options), item.rationale)
    body = "\n\n".join(f"## {name}\n\n{part}" for name, part in zip(SECTIONS, parts, strict=True))
    text = "\n".join([_FENCE, *settings, _FENCE, "", body, ""])
    parse_item(text, source=item.code)
    return text


def render_item(item: ItemText, *, media: Collection[str] | Mapping[str, Sized]) -> RenderedItem:
    """The item as HTML; an error says in which part of the item it stands."""
    part = "Soal"
    try:
        stem = render(item.stem, media=media)
        options = []
        for letter, option in zip(LETTERS, item.options, strict=False):
            part = f"Pilihan {letter}"
            options.append(render_option(option, media=media))
        part = "Pembahasan"
        return RenderedItem(stem, tuple(options), render(item.rationale, media=media))
    except TextError as error:
        raise SourceTextRefused(source=item.code, part=part, cause=error) from error


def _front_matter_end(lines: Sequence[str], source: str) -> int:
    if lines[0].strip() != _FENCE:
        raise FrontMatterMissing(source=source, line=1)
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() == _FENCE:
            return number
    raise FrontMatterMissing(source=source, line=len(lines))


def _sections(lines: Sequence[str], *, start: int, source: str) -> dict[str, range]:
    """The lines of each section, in the one order that is allowed."""
    headings = [
        (number, lines[number][3:].strip()) for number in range(start, len(lines)) if _is_heading(lines[number])
    ]
    needed = ", ".join(SECTIONS)
    _nothing_before(lines[start : headings[0][0]] if headings else [], line=start + 1, source=source)
    for position, name in enumerate(SECTIONS):
        if position >= len(headings):
            raise SectionRefused(source=source, line=len(lines), section=name, problem="is missing", needed=needed)
        number, found = headings[position]
        if found != name:
            raise SectionRefused(
                source=source, line=number + 1, section=found, problem="is out of place", needed=needed
            )
    if len(headings) > len(SECTIONS):
        number, found = headings[len(SECTIONS)]
        raise SectionRefused(source=source, line=number + 1, section=found, problem="is one too many", needed=needed)
    ends = [number for number, _name in headings[1:]] + [len(lines)]
    return {name: range(number + 1, end) for (number, name), end in zip(headings, ends, strict=True)}


def _is_heading(line: str) -> bool:
    return line.startswith("## ")


def _nothing_before(lines: Sequence[str], *, line: int, source: str) -> None:
    for number, text in enumerate(lines, start=line):
        if text.strip():
            needed = ", ".join(SECTIONS)
            raise SectionRefused(
                source=source, line=number, section=SECTIONS[0], problem="must come before any text", needed=needed
            )


def _section_text(lines: Sequence[str], where: range, *, name: str, source: str) -> str:
    text = "\n".join(lines[number] for number in where).strip()
    if not text:
        problem, needed = "is empty", ", ".join(SECTIONS)
        raise SectionRefused(source=source, line=where.start, section=name, problem=problem, needed=needed)
    return text


def _options(lines: Sequence[str], where: range, source: str) -> tuple[str, ...]:
    options: list[list[str]] = []
    for number in where:
        line = lines[number]
        if options and (line.startswith("  ") or not line.strip()):
            options[-1].append(line[2:])
        elif line.strip():
            options.append([_option_start(line, position=len(options), number=number, source=source)])
    if not 4 <= len(options) <= len(LETTERS):
        raise OptionCountRefused(source=source, line=where.start, found=len(options))
    texts = tuple("\n".join(part).strip() for part in options)
    _different(texts, line=where.start, source=source)
    return texts


def _option_start(line: str, *, position: int, number: int, source: str) -> str:
    needed = LETTERS[position] if position < len(LETTERS) else "(none)"
    match = _OPTION.fullmatch(line)
    if not match or match.group(1) != needed or not (match.group(2) or "").strip():
        raise OptionRefused(source=source, line=number + 1, needed=needed, found=line.strip()[:40])
    return str(match.group(2))


def _different(options: Sequence[str], *, line: int, source: str) -> None:
    seen: dict[str, str] = {}
    for letter, option in zip(LETTERS, options, strict=False):
        words = " ".join(option.split())
        if words in seen:
            raise DuplicateOption(source=source, line=line, first=seen[words], second=letter)
        seen[words] = letter


def _line_starting(name: str, lines: Sequence[str]) -> int:
    return next(number for number, line in enumerate(lines, start=1) if line.split("=")[0].strip() == name)


# What ships with the bank


def shipped_items() -> tuple[ItemText, ...]:
    """The items that come with the platform, by code."""
    sources = [file for folder in _folders() for file in _files(folder, ".item.md")]
    return tuple(parse_item(file.read_text(encoding="utf-8"), source=file.name) for file in sources)


def shipped_blueprints() -> tuple[BlueprintText, ...]:
    """The blueprints that come with the platform, by code."""
    sources = _files(_content() / "blueprints", ".toml")
    return tuple(parse_blueprint(file.read_text(encoding="utf-8"), source=file.name) for file in sources)


def shipped_forms() -> tuple[FormText, ...]:
    """The forms that come with the platform."""
    return parse_forms((_content() / "forms.toml").read_text(encoding="utf-8"))


def shipped_media() -> dict[str, CleanMedia]:
    """The pictures of the shipped items by name, cleaned like any picture that a writer uploads."""
    figures = [folder / "figures" for folder in _folders() if (folder / "figures").is_dir()]
    pictures = [file for folder in figures for file in _files(folder, ".svg", ".png", ".jpg")]
    return {file.name: clean_media(file.read_bytes()) for file in pictures}


def _content() -> Traversable:
    return files("itembank") / "content"


def _folders() -> list[Traversable]:
    return [folder for folder in _by_name(_content() / "items") if folder.is_dir()]


def _files(folder: Traversable, *endings: str) -> list[Traversable]:
    return [file for file in _by_name(folder) if file.name.endswith(endings)]


def _by_name(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda entry: entry.name)
