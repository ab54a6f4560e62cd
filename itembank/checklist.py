"""The criteria that reviewers mark. They are read from a file, so that changing them takes no programmer."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

_Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class CriterionGroup(StrEnum):
    """The three sides from which an item is read."""

    MATERIAL = "material"
    CONSTRUCTION = "construction"
    LANGUAGE = "language"


class Criterion(BaseModel):
    """One thing that a reviewer answers with yes or no, in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{1,2}$")]
    group: CriterionGroup
    title_id: _Words
    title_en: _Words
    help_id: _Words
    help_en: _Words

    def title(self, language: str) -> str:
        """The criterion in a few words; Indonesian unless English is asked for."""
        return self.title_en if language == "en" else self.title_id

    def help(self, language: str) -> str:
        """How to decide it; Indonesian unless English is asked for."""
        return self.help_en if language == "en" else self.help_id


class Checklist(BaseModel):
    """The criteria in the order in which they are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: _Words
    edition: Annotated[int, Field(ge=1)]
    shipped_comment: _Words
    criteria: Annotated[tuple[Criterion, ...], Field(alias="criterion", min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> "Checklist":
        if len(set(self.codes)) != len(self.criteria):
            raise ValueError("a criterion stands twice in the checklist")
        return self

    @property
    def name(self) -> str:
        """Code and edition, as reviews store them."""
        return f"{self.code}/{self.edition}"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the criteria in order."""
        return tuple(criterion.code for criterion in self.criteria)

    def grouped(self) -> Mapping[CriterionGroup, tuple[Criterion, ...]]:
        """The criteria under their groups, for a form that people fill in."""
        return {group: tuple(c for c in self.criteria if c.group is group) for group in CriterionGroup}


def parse_checklist(text: str) -> Checklist:
    """The checklist that a TOML text describes."""
    return Checklist.model_validate(tomllib.loads(text))


@cache
def current_checklist() -> Checklist:
    """The checklist that reviews are written with."""
    return parse_checklist((files("itembank") / "content" / "checklist.toml").read_text(encoding="utf-8"))
