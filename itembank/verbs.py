"""Whether an indicator says something that can be seen: its verb must be measurable and fit its level of Bloom.

The list of verbs is data (`content/verbs.toml`) and can be exchanged. An indicator begins with its verb, as is the
custom ("Menjelaskan ..."); words such as "peserta dapat" before it are passed over, because the verb is what counts.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Level = Literal["C1", "C2", "C3", "C4", "C5", "C6"]
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# What some write before the verb; none of it says what a person does.
_LEAD_INS = frozenset({"peserta", "didik", "guru", "disajikan", "diberikan", "dapat", "mampu", "untuk"})
_ABLE = ("dapat", "mampu")


class VerbProblem(StrEnum):
    """What is wrong with the verb of an indicator."""

    MISSING = "missing"
    UNMEASURABLE = "unmeasurable"
    OTHER_LEVEL = "other_level"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """What a problem of this kind means for publishing."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


class _Severities(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    unmeasurable: Severity
    other_level: Severity
    unknown: Severity


class VerbList(BaseModel):
    """Measurable verbs by level, unmeasurable ones with what to write instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: _Words
    edition: Annotated[int, Field(ge=1)]
    severity: _Severities
    levels: Mapping[_Level, str]
    unmeasurable: Mapping[str, _Words]

    def levels_of(self, verb: str) -> tuple[str, ...]:
        """The levels at which a verb stands, lowest first."""
        return tuple(level for level in sorted(self.levels) if verb in self.levels[level].split())

    def of_level(self, level: str) -> tuple[str, ...]:
        """The verbs of a level, for people who look for one."""
        return tuple(sorted(set(self.levels.get(level, "").split())))  # type: ignore[call-overload]  # any code may be asked


@dataclass(frozen=True)
class VerbFinding:
    """What is wrong with a verb: how serious, and what would do instead."""

    problem: VerbProblem
    severity: Severity
    verb: str
    levels: tuple[str, ...] = ()  # where the verb belongs
    instead: str = ""  # for an unmeasurable verb


def verb_of(text: str) -> str:
    """The verb of an indicator in lower case; empty when the text has none."""
    words = [match.group().lower() for match in _WORD.finditer(text)]
    if words and words[0] in _LEAD_INS:
        after = max((place + 1 for place, word in enumerate(words) if word in _ABLE), default=0)
        words = [word for word in words[after:] if word not in _LEAD_INS] or words
    return words[0] if words else ""


def verb_finding(text: str, bloom: str, verbs: VerbList | None = None) -> VerbFinding | None:
    """What is wrong with the verb of an indicator at a level; None when nothing is, or the check is switched off."""
    listed = verbs or current_verbs()
    finding = _finding(verb_of(text), bloom, listed)
    return None if finding is None or finding.severity is Severity.OFF else finding


def _finding(verb: str, bloom: str, verbs: VerbList) -> VerbFinding | None:
    if not verb:
        return VerbFinding(VerbProblem.MISSING, Severity.ERROR, verb)
    if verb in verbs.unmeasurable:
        instead = verbs.unmeasurable[verb]
        return VerbFinding(VerbProblem.UNMEASURABLE, verbs.severity.unmeasurable, verb, instead=instead)
    levels = verbs.levels_of(verb)
    if not levels:
        return VerbFinding(VerbProblem.UNKNOWN, verbs.severity.unknown, verb)
    return None if bloom in levels else VerbFinding(VerbProblem.OTHER_LEVEL, verbs.severity.other_level, verb, levels)


def parse_verbs(text: str) -> VerbList:
    """The list of verbs that a TOML text describes."""
    return VerbList.model_validate(tomllib.loads(text))


def listed_twice(verbs: VerbList) -> Iterator[str]:
    """Verbs that the list calls measurable and unmeasurable at once."""
    yield from (verb for verb in verbs.unmeasurable if verbs.levels_of(verb))


@cache
def current_verbs() -> VerbList:
    """The list that comes with the product."""
    return parse_verbs((files("itembank") / "content" / "verbs.toml").read_text(encoding="utf-8"))
