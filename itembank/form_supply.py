"""What a section of a form asks of the bank, and whether the bank has it: the numbers before anybody assembles.

A section asks for items cell by cell: of each indicator, each core competency or each competency. Assembly chooses the
items; here they are only counted, so that a specification can be judged while somebody writes it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from itembank.model import Blueprint, Indicator
from itembank.plan_changes import competencies_of, indicators_of
from itembank.plantext import FormSectionText


@dataclass(frozen=True)
class Supply:
    """How many items of each indicator may enter a form now, by what the form is for."""

    tryout: Mapping[str, int]
    operational: Mapping[str, int]


@dataclass(frozen=True)
class Demand:
    """A cell with the number of items that a section takes from it, or at least from it."""

    cell: str
    n_items: int
    indicators: tuple[str, ...]


@dataclass(frozen=True)
class Shortage:
    """A cell for which there are too few items."""

    cell: str
    wanted: int
    available: int


def demands(section: FormSectionText, plan: Blueprint) -> list[Demand]:
    """What a section asks for, cell by cell; empty cells are left out."""
    return [demand for demand in _cells(section, plan) if demand.n_items]


def _cells(section: FormSectionText, plan: Blueprint) -> Iterator[Demand]:
    if section.per_indicator is not None:
        for indicator in indicators_of(plan):
            yield Demand(indicator.code, section.per_indicator, (indicator.code,))
    elif section.min_per_core is not None:
        for core in plan.cores:
            codes = (indicator.code for competency in core.competencies for indicator in competency.indicators)
            yield Demand(core.code, section.min_per_core, tuple(codes))
    else:
        for competency in competencies_of(plan):
            wanted = (section.allocation or {}).get(competency.code, 0)
            yield Demand(competency.code, wanted, tuple(indicator.code for indicator in competency.indicators))


def shortages(section: FormSectionText, plan: Blueprint, available: Mapping[str, int]) -> list[Shortage]:
    """The cells for which there are too few items; the whole section, where only that is too large."""
    counted = Counter(available)
    asked = demands(section, plan)
    whole = Demand(section.code, section.n_items, tuple(indicator.code for indicator in indicators_of(plan)))
    return _short(asked, counted) or _short([whole], counted)


def overdrawn(section: FormSectionText, plan: Blueprint, available: Mapping[str, int]) -> list[Shortage]:
    """The cells that are asked for more than the blueprint foresees (its target for each indicator) and the bank has.

    The campaign of writing could reach its end, and such a section would still be short.
    """
    foreseen = {code: max(plan.target, available.get(code, 0)) for code in map(_code, indicators_of(plan))}
    return shortages(section, plan, foreseen)


def _short(asked: list[Demand], counted: Counter[str]) -> list[Shortage]:
    found = ((demand, sum(counted[code] for code in demand.indicators)) for demand in asked)
    return [Shortage(demand.cell, demand.n_items, have) for demand, have in found if have < demand.n_items]


def _code(indicator: Indicator) -> str:
    return indicator.code
