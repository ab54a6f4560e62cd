"""Reads and writes the plain text files that carry the bank between people, installations and version control.

An item is one Markdown file with a small block of settings; a blueprint and the list of forms are TOML. A writer edits
them with any editor, so every refusal names the file, the line and the remedy. The shipped content is read through
importlib.resources and is therefore found in a checkout and in an installed wheel alike.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from itembank.errors import (
    DuplicateCode,
    DuplicateOption,
    FieldRefused,
    FrontMatterMissing,
    KeyNotAnOption,
    OptionCountRefused,
    OptionRefused,
    SectionRefused,
    SourceTextRefused,
    TextError,
    TomlRefused,
)
from itembank.markup import Rendered, Sized, render, render_option
from itembank.media import CleanMedia, clean_media

LETTERS = "ABCDE"
SECTIONS = ("Soal", "Pilihan", "Pembahasan")
_FENCE = "+++"
_OPTION = re.compile(r"- ([A-Z])\.(?: (.*))?")

_Words = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(?:[^\n]*\S)?$")]
_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
_Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(?:[.-][A-Z0-9]+)*$", max_length=40)]
_Bloom = Annotated[str, StringConstraints(pattern=r"^C[1-6]$")]
_Count = Annotated[int, Field(ge=1, le=1000)]


class _Settings(BaseModel):
    """Settings of a file: nothing unknown, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


_Model = TypeVar("_Model", bound=_Settings)

# Items


class _FrontMatter(_Settings):
    code: _Code
    blueprint: _Slug
    indicator: _Code
    bloom: _Bloom
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
    settings = _settings("\n".join(lines[1:end]), _FrontMatter, source=source, first_line=2)
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


# Blueprints


class IndicatorText(_Settings):
    """What one item must show that the candidate can do."""

    code: _Code
    source_code: _Words
    bloom: _Bloom
    text: _Words


class CompetencyText(_Settings):
    """A competency with its indicators; `regulation` is the number in the ministerial regulation."""

    code: _Code
    source_code: _Words
    regulation: _Words | None = None
    title: _Words
    indicators: tuple[IndicatorText, ...] = Field(alias="indicator", min_length=1, strict=False)


class CoreText(_Settings):
    """A core competency with its competencies."""

    code: _Code
    title: _Words
    regulation: _Words | None = None
    competencies: tuple[CompetencyText, ...] = Field(alias="competency", min_length=1, strict=False)


class BlueprintText(_Settings):
    """The plan of one section of a test: what is measured, and how deeply."""

    code: _Slug
    title: _Words
    subject: _Words
    levels: tuple[_Words, ...] = Field(min_length=1, strict=False)
    section: _Slug
    n_options: Annotated[int, Field(ge=4, le=5)]
    version: _Count
    cores: tuple[CoreText, ...] = Field(alias="core", min_length=1, strict=False)

    def indicators(self) -> Iterator[IndicatorText]:
        """All indicators in the order of the plan."""
        for core in self.cores:
            for competency in core.competencies:
                yield from competency.indicators


def parse_blueprint(text: str, *, source: str) -> BlueprintText:
    """The blueprint in one file."""
    blueprint = _settings(text, BlueprintText, source=source)
    codes = [core.code for core in blueprint.cores]
    codes += [competency.code for core in blueprint.cores for competency in core.competencies]
    codes += [indicator.code for indicator in blueprint.indicators()]
    _unique(codes, text, source=source)
    return blueprint


# Forms


class FormSectionText(_Settings):
    """A section of a form and the one way in which it spreads its items over the blueprint."""

    code: _Slug
    title: _Words
    blueprint: _Slug
    n_items: _Count
    per_indicator: _Count | None = None
    min_per_core: _Count | None = None
    allocation: dict[_Code, Annotated[int, Field(ge=0)]] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "FormSectionText":
        ways = (self.per_indicator, self.min_per_core, self.allocation)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give exactly one of per_indicator, min_per_core, allocation")
        if self.allocation is not None and sum(self.allocation.values()) != self.n_items:
            raise ValueError(f"the allocation adds up to {sum(self.allocation.values())}, n_items is {self.n_items}")
        return self


class FormText(_Settings):
    """How one kind of form is put together and when it is passed."""

    code: _Slug
    title: _Words
    n_items: _Count
    pass_percent: Annotated[int, Field(ge=1, le=100)]
    duration_minutes: _Count
    key_position_min: Annotated[int, Field(ge=0)]
    key_position_max: _Count
    sections: tuple[FormSectionText, ...] = Field(alias="section", min_length=1, strict=False)

    @model_validator(mode="after")
    def _adds_up(self) -> "FormText":
        total = sum(section.n_items for section in self.sections)
        if total != self.n_items:
            raise ValueError(f"the sections hold {total} items, n_items is {self.n_items}")
        if self.key_position_min > self.key_position_max:
            raise ValueError("key_position_min is above key_position_max")
        return self


class _FormsFile(_Settings):
    forms: tuple[FormText, ...] = Field(alias="form", min_length=1, strict=False)


def parse_forms(text: str, *, source: str = "forms.toml") -> tuple[FormText, ...]:
    """The forms in one file."""
    forms = _settings(text, _FormsFile, source=source).forms
    _unique([form.code for form in forms], text, source=source)
    return forms


# Settings and where they stand


def _settings(text: str, model: type[_Model], *, source: str, first_line: int = 1) -> _Model:
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(match.group(1)) if match else text.count("\n") + 1
        detail = re.sub(r" \(at .*\)$", "", str(error))
        raise TomlRefused(source=source, line=line + first_line - 1, detail=detail) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        line = _line_of(text, first["loc"]) + first_line - 1
        field = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        detail = str(first["msg"]).removeprefix("Value error, ")
        raise FieldRefused(source=source, line=line, field=field or "settings", detail=detail) from error


def _line_of(text: str, location: Sequence[int | str]) -> int:
    """The line of a setting: the last heading on the way to it, or the line of its name below that heading."""
    counts: Counter[tuple[str, ...]] = Counter()
    best, inside = 1, True
    for number, line in enumerate(text.split("\n"), start=1):
        heading = re.match(r"\[\[([\w.]+)\]\]", line.strip())
        if heading:
            path = tuple(heading.group(1).split("."))
            counts[path] += 1
            for deeper in [key for key in counts if key[: len(path)] == path and key != path]:
                del counts[deeper]
            place: list[int | str] = []
            for depth in range(1, len(path) + 1):
                place += [path[depth - 1], counts[path[:depth]] - 1]
            inside = list(location[: len(place)]) == place
            best = number if inside else best
        elif inside and location and line.split("=")[0].strip() == location[-1]:
            return number
    return best


def _line_starting(name: str, lines: Sequence[str]) -> int:
    return next(number for number, line in enumerate(lines, start=1) if line.split("=")[0].strip() == name)


def _unique(codes: Sequence[str], text: str, *, source: str) -> None:
    for code, count in Counter(codes).items():
        if count > 1:
            places = [match.start() for match in re.finditer(rf'(?m)^code *= *"{re.escape(code)}"', text)]
            raise DuplicateCode(source=source, line=text.count("\n", 0, places[-1]) + 1, found=code)


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
