"""Reports of broken items, as candidates send them: the reason, and what was on the screen.

A report is one line of a step: the reason, then `name=value` parts with semicolons between (docs/api.md). Whoever
reads it is lenient: a reason alone, an unknown part, a line that was cut, all of them are still somebody's report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChallengeReason(StrEnum):
    """What a candidate finds wrong with an item."""

    NO_RIGHT_ANSWER = "no-right-answer"
    TWO_ANSWERS = "two-answers"
    PICTURE = "picture"
    TYPING = "typing"
    OFF_TOPIC = "off-topic"
    OTHER = "other"


@dataclass(frozen=True)
class Report:
    """One report of an item."""

    reason: ChallengeReason
    screen: Mapping[str, str] = field(default_factory=dict)  # what was on the screen: size, zoom, pictures, ...

    @property
    def is_automatic(self) -> bool:
        """Whether the computer reported a picture that it could not show, and nobody pressed anything."""
        return self.screen.get("auto") == "1"


def read_report(value: str | None) -> Report:
    """A report from the value of its step."""
    reason, *parts = (value or "").split(";")
    screen = dict(part.split("=", maxsplit=1) for part in parts if "=" in part)
    known = reason.strip().lower().replace("_", "-")
    return Report(ChallengeReason(known) if known in set(ChallengeReason) else ChallengeReason.OTHER, screen)
