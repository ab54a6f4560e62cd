"""Reads the plans of a test: blueprints (what is measured, and how deeply) and forms (how many items of what).

Both are TOML files that a person edits; see the shipped ones beside the items.
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from itembank.tomltext import Bloom, Code, Count, Settings, Slug, Words, read_settings, refuse_duplicates

# Blueprints


class IndicatorText(Settings):
    """What one item must show that the candidate can do."""

    code: Code
    source_code: Words | None = None
    bloom: Bloom
    text: Words


class CompetencyText(Settings):
    """A competency with its indicators; `regulation` is the number in the ministerial regulation."""

    code: Code
    source_code: Words | None = None
    regulation: Words | None = None
    title: Words
    indicators: tuple[IndicatorText, ...] = Field(alias="indicator", min_length=1, strict=False)


class CoreText(Settings):
    """A core competency with its competencies."""

    code: Code
    title: Words
    regulation: Words | None = None
    competencies: tuple[CompetencyText, ...] = Field(alias="competency", min_length=1, strict=False)


class BlueprintText(Settings):
    """The plan of one section of a test: what is measured, and how deeply."""

    code: Slug
    title: Words
    subject: Words
    levels: tuple[Words, ...] = Field(min_length=1, strict=False)
    section: Slug
    n_options: Annotated[int, Field(ge=4, le=5)]
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
