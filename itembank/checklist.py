"""The criteria that reviewers mark. They are read from a file, so that changing them takes no programmer.

The product ships a checklist of sixteen; another authority loads its own (`itembank.operations.checklists`), and from
then on reviews are written with that one. A review stores the name of its checklist and is always shown under it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field, StringConstraints

from itembank.tomltext import NothingHidden, Settings, Slug, read_settings, refuse_duplicates

_Words = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True), NothingHidden]
_CriterionCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{1,2}$")]


class CriterionGroup(StrEnum):
    """The three sides from which an item is read."""

    MATERIAL = "material"
    CONSTRUCTION = "construction"
    LANGUAGE = "language"


class Criterion(Settings):
    """One thing that a reviewer answers with yes or no, in both languages.

    The linter and the verdicts on statistics name criteria of the shipped checklist. `covers` says which of them a
    criterion of another checklist stands for; without it a criterion stands for its own code.
    """

    code: _CriterionCode
    group: CriterionGroup = Field(strict=False)
    title_id: _Words
    title_en: _Words
    help_id: _Words
    help_en: _Words
    covers: tuple[_CriterionCode, ...] = Field(default=(), strict=False)

    @property
    def covered(self) -> tuple[str, ...]:
        """The criteria of the shipped checklist that this one stands for."""
        return self.covers or (self.code,)

    def title(self, language: str) -> str:
        """The criterion in a few words; Indonesian unless English is asked for."""
        return self.title_en if language == "en" else self.title_id

    def help(self, language: str) -> str:
        """How to decide it; Indonesian unless English is asked for."""
        return self.help_en if language == "en" else self.help_id


class Checklist(Settings):
    """The criteria in the order in which they are read."""

    code: Annotated[Slug, Field(max_length=48)]
    edition: Annotated[int, Field(ge=1, le=9999)]
    shipped_comment: _Words = "–"  # only the shipped items carry it
    criteria: tuple[Criterion, ...] = Field(alias="criterion", min_length=1, max_length=60, strict=False)

    @property
    def name(self) -> str:
        """Code and edition, as reviews store them."""
        return checklist_name(self.code, self.edition)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the criteria in order."""
        return tuple(criterion.code for criterion in self.criteria)

    def grouped(self) -> Mapping[CriterionGroup, tuple[Criterion, ...]]:
        """The criteria under their groups, for a form that people fill in."""
        return {group: tuple(c for c in self.criteria if c.group is group) for group in CriterionGroup}

    def in_order(self, codes: Sequence[str]) -> tuple[Criterion, ...]:
        """The criteria of these codes, in the order in which they are read."""
        return tuple(criterion for criterion in self.criteria if criterion.code in codes)

    def standing_for(self, code: str) -> tuple[Criterion, ...]:
        """The criteria that stand for one of the shipped checklist, which the linter and verdicts name."""
        return tuple(criterion for criterion in self.criteria if code in criterion.covered)


def checklist_name(code: str, edition: int) -> str:
    """A checklist as reviews name it."""
    return f"{code}/{edition}"


def parse_checklist(text: str, *, source: str = "checklist.toml") -> Checklist:
    """The checklist that a TOML text describes; `source` is how errors name the file."""
    checklist = read_settings(text, Checklist, source=source)
    refuse_duplicates(checklist.codes, text, source=source)
    return checklist


def shipped_source() -> str:
    """The text of the shipped checklist, for whoever wants to make their own of it."""
    return (files("itembank") / "content" / "checklist.toml").read_text(encoding="utf-8")


@cache
def current_checklist() -> Checklist:
    """The checklist that the product ships; in use until the authority loads another."""
    return parse_checklist(shipped_source())
