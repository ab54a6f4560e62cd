"""The rules as data: read from a file, so that an authority can switch, weigh and reword them without a programmer."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

_Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # the item cannot be scored like this; it does not go to the reviewers
    WARNING = "warning"  # a criterion is probably not met; a person decides
    HINT = "hint"  # worth a look


class Rule(BaseModel):
    """One thing that the linter looks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
    criterion: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{1,2}$")]
    severity: Severity
    enabled: bool = True
    message_id: _Words
    message_en: _Words
    remedy_id: _Words
    remedy_en: _Words
    parameters: Mapping[str, Any] = Field(default_factory=dict)

    def message(self, language: str, values: Mapping[str, object]) -> str:
        """What is the case, in a sentence; Indonesian unless English is asked for."""
        return (self.message_en if language == "en" else self.message_id).format(**values)

    def remedy(self, language: str, values: Mapping[str, object]) -> str:
        """What to do about it."""
        return (self.remedy_en if language == "en" else self.remedy_id).format(**values)


class RuleBook(BaseModel):
    """All rules, each once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: _Words
    edition: Annotated[int, Field(ge=1)]
    rules: Annotated[tuple[Rule, ...], Field(alias="rule", min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> "RuleBook":
        codes = [rule.code for rule in self.rules]
        if len(set(codes)) != len(codes):
            raise ValueError("a rule stands twice in the rule book")
        return self

    @property
    def enabled(self) -> tuple[Rule, ...]:
        """The rules that are switched on."""
        return tuple(rule for rule in self.rules if rule.enabled)

    def rule(self, code: str) -> Rule:
        """The rule of a code."""
        return next(rule for rule in self.rules if rule.code == code)


def parse_rulebook(text: str) -> RuleBook:
    """The rule book that a TOML text describes."""
    return RuleBook.model_validate(tomllib.loads(text))


@cache
def current_rulebook() -> RuleBook:
    """The rule book that items are linted with."""
    return parse_rulebook((files("itembank") / "content" / "linter.toml").read_text(encoding="utf-8"))
