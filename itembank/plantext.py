"""Reads and writes the plans of a test: blueprints (what is measured, how deeply) and forms (how many items of what).

Both are TOML files that a person edits; see the shipped ones beside the items.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from itembank.tomltext import Bloom, Code, Count, NothingHidden, Settings, Slug, Words, read_settings, refuse_duplicates

# Blueprints


_Visible = Annotated[Words, NothingHidden]
Line = Annotated[_Visible, StringConstraints(max_length=300)]
Sentence = Annotated[_Visible, StringConstraints(max_length=600)]
Number = Annotated[_Visible, StringConstraints(max_length=16)]  # such as 20.4 in another document
Level = Literal["SD", "SMP", "SMA", "SMK"]


class IndicatorText(Settings):
    """What one item must show that the candidate can do."""

    code: Code
    source_code: Number | None = None
    bloom: Bloom
    text: Sentence


class CompetencyHead(Settings):
    """A competency by itself; `regulation` is its number in the regulation, `weight` its share of a form."""

    code: Code
    source_code: Number | None = None
    regulation: Number | None = None
    weight: Count | None = None
    title: Sentence


class CompetencyText(CompetencyHead):
    """A competency with its indicators."""

    indicators: tuple[IndicatorText, ...] = Field(alias="indicator", min_length=1, strict=False)


class CoreHead(Settings):
    """A core competency by itself."""

    code: Code
    title: Sentence
    regulation: Number | None = None


class CoreText(CoreHead):
    """A core competency with its competencies."""

    competencies: tuple[CompetencyText, ...] = Field(alias="competency", min_length=1, strict=False)


class BlueprintHead(Settings):
    """What holds for a whole blueprint."""

    title: Line
    subject: Line
    levels: tuple[Level, ...] = Field(min_length=1, strict=False)
    section: Literal["pedagogic", "professional"]
    n_options: Annotated[int, Field(ge=4, le=5)]


class BlueprintText(BlueprintHead):
    """The plan of one section of a test: what is measured, and how deeply."""

    code: Annotated[Slug, StringConstraints(max_length=64)]
    version: Count
    cores: tuple[CoreText, ...] = Field(alias="core", min_length=1, strict=False)

    def indicators(self) -> Iterator[IndicatorText]:
        """All indicators in the order of the plan."""
        for core in self.cores:
            for competency in core.competencies:
                yield from competency.indicators


def parse_blueprint(text: str, *, source: str) -> BlueprintText:
    """The blueprint in one file."""
    blueprint = read_settings(text, BlueprintText, source=source)
    codes = [core.code for core in blueprint.cores]
    codes += [competency.code for core in blueprint.cores for competency in core.competencies]
    codes += [indicator.code for indicator in blueprint.indicators()]
    refuse_duplicates(codes, text, source=source)
    return blueprint


def format_blueprint(blueprint: BlueprintText) -> str:
    """The file of a blueprint; reading it gives the same blueprint back."""
    head = {name: getattr(blueprint, name) for name in ("code", *BlueprintHead.model_fields, "version")}
    parts = [_settings(head)]
    for core in blueprint.cores:
        parts.append("[[core]]\n" + _settings(_own(core, CoreHead)))
        for competency in core.competencies:
            parts.append("[[core.competency]]\n" + _settings(_own(competency, CompetencyHead)))
            parts += [
                "[[core.competency.indicator]]\n" + _settings(indicator.model_dump())
                for indicator in competency.indicators
            ]
    return "\n".join(parts)


def _own(part: Settings, head: type[Settings]) -> dict[str, Any]:
    return {name: getattr(part, name) for name in head.model_fields}


def _settings(values: Mapping[str, Any]) -> str:
    # TOML and JSON write texts, numbers and lists of texts alike.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value is not None]
    return "\n".join([*lines, ""])


# Forms


class FormSectionText(Settings):
    """A section of a form and the one way in which it spreads its items over the blueprint."""

    code: Slug
    title: Words
    blueprint: Slug
    n_items: Count
    per_indicator: Count | None = None
    min_per_core: Count | None = None
    allocation: dict[Code, Annotated[int, Field(ge=0)]] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "FormSectionText":
        ways = (self.per_indicator, self.min_per_core, self.allocation)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give exactly one of per_indicator, min_per_core, allocation")
        if self.allocation is not None and sum(self.allocation.values()) != self.n_items:
            raise ValueError(f"the allocation adds up to {sum(self.allocation.values())}, n_items is {self.n_items}")
        return self


class FormText(Settings):
    """How one kind of form is put together and when it is passed."""

    code: Slug
    title: Words
    n_items: Count
    pass_percent: Annotated[int, Field(ge=1, le=100)]
    duration_minutes: Count
    key_position_min: Annotated[int, Field(ge=0)]
    key_position_max: Count
    sections: tuple[FormSectionText, ...] = Field(alias="section", min_length=1, strict=False)

    @model_validator(mode="after")
    def _adds_up(self) -> "FormText":
        total = sum(section.n_items for section in self.sections)
        if total != self.n_items:
            raise ValueError(f"the sections hold {total} items, n_items is {self.n_items}")
        if self.key_position_min > self.key_position_max:
            raise ValueError("key_position_min is above key_position_max")
        return self


class _FormsFile(Settings):
    forms: tuple[FormText, ...] = Field(alias="form", min_length=1, strict=False)


def parse_forms(text: str, *, source: str = "forms.toml") -> tuple[FormText, ...]:
    """The forms in one file."""
    forms = read_settings(text, _FormsFile, source=source).forms
    refuse_duplicates([form.code for form in forms], text, source=source)
    return forms
