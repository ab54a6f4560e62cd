"""What differs between two editions of a specification of forms: for its history, and for two who revise it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from itembank.model import FormSpecification


class SpecificationChangeKind(StrEnum):
    """What a difference is about."""

    TITLE = "title"
    MINUTES = "minutes"
    CUT = "cut"
    SECTION_ADDED = "section_added"
    SECTION_REMOVED = "section_removed"
    SECTION_ORDER = "section_order"
    WAY = "way"  # how a section spreads its items
    ITEMS = "items"  # of a section
    COMPETENCY = "competency"  # the items of one


@dataclass(frozen=True)
class SpecificationChange:
    """One difference, with what it was before and is afterwards."""

    kind: SpecificationChangeKind
    before: str = ""
    after: str = ""
    blueprint: str = ""
    competency: str = ""


def changes(old: FormSpecification, new: FormSpecification) -> list[SpecificationChange]:
    """All differences that change a form: what holds for the whole, then section by section."""
    return [*_of_whole(old, new), *_of_sections(_by_blueprint(old), _by_blueprint(new))]


def way_of(section: Mapping[str, Any]) -> tuple[str, int | None]:
    """How a section spreads its items, and the number that goes with it."""
    for way in ("per_indicator", "min_per_core"):
        if (number := section.get(way)) is not None:
            return way, number
    return "allocation", None


def _of_whole(old: FormSpecification, new: FormSpecification) -> Iterator[SpecificationChange]:
    pairs = (
        (SpecificationChangeKind.TITLE, old.title, new.title),
        (SpecificationChangeKind.MINUTES, str(old.duration_minutes), str(new.duration_minutes)),
        (SpecificationChangeKind.CUT, str(old.pass_percent), str(new.pass_percent)),
    )
    for kind, before, after in pairs:
        if before != after:
            yield SpecificationChange(kind, before, after)


def _of_sections(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Iterator[SpecificationChange]:
    for blueprint, section in new.items():
        if blueprint in old:
            yield from _of_section(blueprint, old[blueprint], section)
        else:
            n_items = str(section["n_items"])
            yield SpecificationChange(SpecificationChangeKind.SECTION_ADDED, after=n_items, blueprint=blueprint)
    for blueprint, section in old.items():
        if blueprint not in new:
            n_items = str(section["n_items"])
            yield SpecificationChange(SpecificationChangeKind.SECTION_REMOVED, before=n_items, blueprint=blueprint)
    before, after = [code for code in old if code in new], [code for code in new if code in old]
    if before != after:
        yield SpecificationChange(SpecificationChangeKind.SECTION_ORDER, ", ".join(before), ", ".join(after))


def _of_section(blueprint: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[SpecificationChange]:
    if way_of(old) != way_of(new):
        before, after = (_shown_way(section) for section in (old, new))
        yield SpecificationChange(SpecificationChangeKind.WAY, before, after, blueprint)
    if old["n_items"] != new["n_items"]:
        numbers = str(old["n_items"]), str(new["n_items"])
        yield SpecificationChange(SpecificationChangeKind.ITEMS, *numbers, blueprint)
    taken, takes = old.get("allocation", {}), new.get("allocation", {})
    if way_of(old)[0] == way_of(new)[0] == "allocation":
        for competency in {**takes, **taken}:
            number, now = taken.get(competency, 0), takes.get(competency, 0)
            if number != now:
                kind = SpecificationChangeKind.COMPETENCY
                yield SpecificationChange(kind, str(number), str(now), blueprint, competency)


def _shown_way(section: Mapping[str, Any]) -> str:
    way, number = way_of(section)
    return way if number is None else f"{way} {number}"


def _by_blueprint(specification: FormSpecification) -> dict[str, Mapping[str, Any]]:
    return {section["blueprint"]: section for section in specification.sections}
