"""What the linter found: a rule, the part of the item, and the words it points to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from itembank.linter.rulebook import Rule, Severity


@dataclass(frozen=True)
class Hit:
    """What a check saw, before it is known what the rule says about it."""

    part: str  # stem, a letter, or rationale
    start: int  # offset in the source of the part
    end: int
    values: Mapping[str, object] = field(default_factory=dict)  # what the rule's sentences name


@dataclass(frozen=True)
class Finding:
    """A hit under its rule, with the words it points to."""

    rule: Rule
    part: str
    start: int
    end: int
    words: str
    values: Mapping[str, object]

    @property
    def code(self) -> str:
        """The code of the rule."""
        return self.rule.code

    @property
    def criterion(self) -> str:
        """The criterion of the checklist that is in doubt."""
        return self.rule.criterion

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return self.rule.severity

    def message(self, language: str = "id") -> str:
        """What is the case."""
        return self.rule.message(language, self.values)

    def remedy(self, language: str = "id") -> str:
        """What to do about it."""
        return self.rule.remedy(language, self.values)
