"""What differs between two versions of a blueprint, and whether an item that was written for one still fits the other.

Indicators are the same thing in both versions when they share their lineage. Core competencies and competencies have
none: they are the same when they share their code or their title, so that renumbering alone is no other competency.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from itembank.model import Blueprint, Competency, CoreCompetency, Indicator

_Part = TypeVar("_Part", CoreCompetency, Competency)


class ChangeKind(StrEnum):
    """What happened to a part of a blueprint."""

    ADDED = "added"
    REMOVED = "removed"
    REWORDED = "reworded"
    RECODED = "recoded"
    MOVED = "moved"
    BLOOM = "bloom"
    REGULATION = "regulation"
    SOURCE_CODE = "source_code"
    WEIGHT = "weight"
    TITLE = "title"
    SUBJECT = "subject"
    LEVELS = "levels"
    SECTION = "section"
    OPTIONS = "options"


class PartKind(StrEnum):
    """Which part of a blueprint a change is about."""

    BLUEPRINT = "blueprint"
    CORE = "core"
    COMPETENCY = "competency"
    INDICATOR = "indicator"


@dataclass(frozen=True)
class Change:
    """One difference: what it is about, by its code in the newest version that has it; its words before and after."""

    part: PartKind
    kind: ChangeKind
    code: str
    before: str = ""
    after: str = ""
    lineage: uuid.UUID | None = None  # of an indicator


def still_fits(old: Indicator, new: Indicator) -> bool:
    """Whether items of the old indicator cover the new one without anybody looking at them again."""
    return (
        _words(old.text) == _words(new.text)
        and old.bloom == new.bloom
        and _same(old.competency, new.competency)
        and _plan(old).n_options == _plan(new).n_options
    )


def changes(old: Blueprint, new: Blueprint) -> list[Change]:
    """All differences, the whole first, then down the tree of the newer version, then what is gone."""
    return [*_of_head(old, new), *_of_cores(old, new), *_of_competencies(old, new), *_of_indicators(old, new)]


def indicators_of(blueprint: Blueprint) -> list[Indicator]:
    """All indicators in the order of the plan."""
    return [indicator for competency in competencies_of(blueprint) for indicator in competency.indicators]


def competencies_of(blueprint: Blueprint) -> list[Competency]:
    """All competencies in the order of the plan."""
    return [competency for core in blueprint.cores for competency in core.competencies]


def _of_head(old: Blueprint, new: Blueprint) -> Iterator[Change]:
    pairs = (
        (ChangeKind.TITLE, old.title, new.title),
        (ChangeKind.SUBJECT, old.subject, new.subject),
        (ChangeKind.LEVELS, ", ".join(old.levels), ", ".join(new.levels)),
        (ChangeKind.SECTION, old.section.value, new.section.value),
        (ChangeKind.OPTIONS, str(old.n_options), str(new.n_options)),
    )
    for kind, before, after in pairs:
        if before != after:
            yield Change(PartKind.BLUEPRINT, kind, new.code, before, after)


def _of_cores(old: Blueprint, new: Blueprint) -> Iterator[Change]:
    for core in new.cores:
        before = _partner(core, old.cores)
        if before is None:
            yield Change(PartKind.CORE, ChangeKind.ADDED, core.code, after=core.title)
        else:
            yield from _of_part(PartKind.CORE, before, core)
    for core in old.cores:
        if _partner(core, new.cores) is None:
            yield Change(PartKind.CORE, ChangeKind.REMOVED, core.code, before=core.title)


def _of_competencies(old: Blueprint, new: Blueprint) -> Iterator[Change]:
    for competency in competencies_of(new):
        before = _partner(competency, competencies_of(old))
        if before is None:
            yield Change(PartKind.COMPETENCY, ChangeKind.ADDED, competency.code, after=competency.title)
            continue
        yield from _of_part(PartKind.COMPETENCY, before, competency)
        if not _same(before.core, competency.core):
            yield _changed(competency, ChangeKind.MOVED, before.core.code, competency.core.code)
        if before.weight != competency.weight:
            yield _changed(competency, ChangeKind.WEIGHT, _shown(before.weight), _shown(competency.weight))
    for competency in competencies_of(old):
        if _partner(competency, competencies_of(new)) is None:
            yield Change(PartKind.COMPETENCY, ChangeKind.REMOVED, competency.code, before=competency.title)


def _of_indicators(old: Blueprint, new: Blueprint) -> Iterator[Change]:
    before = {indicator.lineage: indicator for indicator in indicators_of(old)}
    after = {indicator.lineage: indicator for indicator in indicators_of(new)}
    for lineage, indicator in after.items():
        if lineage in before:
            yield from _of_indicator(before[lineage], indicator)
        else:
            yield _about(indicator, ChangeKind.ADDED, "", indicator.text)
    for lineage, indicator in before.items():
        if lineage not in after:
            yield _about(indicator, ChangeKind.REMOVED, indicator.text, "")


def _of_indicator(old: Indicator, new: Indicator) -> Iterator[Change]:
    if _words(old.text) != _words(new.text):
        yield _about(new, ChangeKind.REWORDED, old.text, new.text)
    if old.bloom != new.bloom:
        yield _about(new, ChangeKind.BLOOM, old.bloom.value, new.bloom.value)
    if not _same(old.competency, new.competency):
        yield _about(new, ChangeKind.MOVED, old.competency.code, new.competency.code)
    if old.code != new.code:
        yield _about(new, ChangeKind.RECODED, old.code, new.code)
    if old.source_code != new.source_code:
        yield _about(new, ChangeKind.SOURCE_CODE, _shown(old.source_code), _shown(new.source_code))


def _of_part(kind: PartKind, old: _Part, new: _Part) -> Iterator[Change]:
    if _words(old.title) != _words(new.title):
        yield Change(kind, ChangeKind.REWORDED, new.code, old.title, new.title)
    if old.code != new.code:
        yield Change(kind, ChangeKind.RECODED, new.code, old.code, new.code)
    if old.regulation != new.regulation:
        yield Change(kind, ChangeKind.REGULATION, new.code, _shown(old.regulation), _shown(new.regulation))


def _about(indicator: Indicator, kind: ChangeKind, before: str, after: str) -> Change:
    return Change(PartKind.INDICATOR, kind, indicator.code, before, after, indicator.lineage)


def _changed(competency: Competency, kind: ChangeKind, before: str, after: str) -> Change:
    return Change(PartKind.COMPETENCY, kind, competency.code, before, after)


def _partner(part: _Part, others: Sequence[_Part]) -> _Part | None:
    by_code = next((other for other in others if other.code == part.code), None)
    return by_code or next((other for other in others if _words(other.title) == _words(part.title)), None)


def _same(old: _Part, new: _Part) -> bool:
    return old.code == new.code or _words(old.title) == _words(new.title)


def _plan(indicator: Indicator) -> Blueprint:
    return indicator.competency.core.blueprint


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _shown(value: str | int | None) -> str:
    return "" if value is None else str(value)
