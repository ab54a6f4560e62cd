"""Reads the settings of a text file (TOML) against a strict model, and says on which line a mistake stands."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from itembank.characters import character_name, hidden_character
from itembank.errors import DuplicateCode, FieldRefused, TomlRefused


def _visible(text: str) -> str:
    place = hidden_character(text)
    if place is not None:
        raise ValueError(f"hidden character {character_name(text[place])}")
    return text


Words = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(?:[^\n]*\S)?$")]
NothingHidden = AfterValidator(_visible)
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(?:[.-][A-Z0-9]+)*$", max_length=40)]
Bloom = Annotated[str, StringConstraints(pattern=r"^C[1-6]$")]
Count = Annotated[int, Field(ge=1, le=1000)]


class Settings(BaseModel):
    """Settings of a file: nothing unknown, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


_Model = TypeVar("_Model", bound=Settings)


def read_settings(text: str, model: type[_Model], *, source: str, first_line: int = 1) -> _Model:
    """The checked settings; `first_line` is where the text begins in its file."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(match.group(1)) if match else text.count("\n") + 1
        detail = re.sub(r" \(at .*\)$", "", str(error))
        raise TomlRefused(source=source, line=line + first_line - 1, detail=detail) from error
    except RecursionError as error:
        raise TomlRefused(source=source, line=first_line, detail="nested too deeply") from error
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
        elif inside and location and line.split("=")[0].strip('" ') == location[-1]:
            return number
    return best


def refuse_duplicates(codes: Sequence[str], text: str, *, source: str) -> None:
    """No code twice; the error names the line of the last one."""
    for code, count in Counter(codes).items():
        if count > 1:
            places = [match.start() for match in re.finditer(rf'(?m)^code *= *"{re.escape(code)}"', text)]
            raise DuplicateCode(source=source, line=text.count("\n", 0, places[-1]) + 1, found=code)
