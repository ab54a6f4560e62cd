"""What the pages of a specification show of a section: its numbers beside what the bank holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from itembank.form_supply import Shortage, Supply, shortages
from itembank.model import Blueprint, Competency, CoreCompetency
from itembank.operations.plan_errors import SpecificationError
from itembank.operations.specifications import section_texts
from itembank.plan_changes import competencies_of, indicators_of
from itembank.queries.plans import all_published
from itembank.queries.specifications import supply
from testing_platform.web.specifications_form import TypedSection


@dataclass(frozen=True)
class Bank:
    """The blueprints in force with the items that may enter forms."""

    plans: Mapping[str, Blueprint]
    held: Mapping[str, Supply]

    @classmethod
    def read(cls, session: Session) -> "Bank":
        """As it is now."""
        plans = {plan.code: plan for plan in all_published(session)}
        return cls(plans, supply(session, plans))


@dataclass(frozen=True)
class Row:
    """A competency or a core competency with the items that may enter a form."""

    part: Competency | CoreCompetency
    n_indicators: int
    n_tryout: int
    n_operational: int


@dataclass(frozen=True)
class SectionView:
    """A section as a page shows it; without a blueprint where none of its code is in force."""

    typed: TypedSection
    plan: Blueprint | None
    groups: Sequence[tuple[Row, Sequence[Row]]] = ()  # core competencies with their competencies
    n_items: int = 0
    n_indicators: int = 0
    thinnest: int = 0  # items of the indicator that has the fewest
    short: Sequence[Shortage] = ()  # no form at all
    short_operational: Sequence[Shortage] = ()  # no form that counts
    gone: Sequence[str] = ()  # competencies with items that the blueprint in force does not have

    def number(self, competency: str) -> str:
        """What was typed for a competency."""
        return self.typed.numbers.get(competency, "0")

    @property
    def titles(self) -> dict[str, str]:
        """What the cells are about, by their codes."""
        if self.plan is None:
            return {}
        competencies = competencies_of(self.plan)
        return {
            **{indicator.code: indicator.text for indicator in indicators_of(self.plan)},
            **{competency.code: competency.title for competency in competencies},
            **{core.code: core.title for core in self.plan.cores},
        }


def section_view(typed: TypedSection, bank: Bank) -> SectionView:
    """A section with what the bank has for it."""
    plan = bank.plans.get(typed.blueprint)
    if plan is None:
        return SectionView(typed, None)
    held = bank.held[plan.code]
    short, short_operational = _short(typed, plan, held)
    codes = [indicator.code for indicator in indicators_of(plan)]
    known = {competency.code for competency in competencies_of(plan)}
    return SectionView(
        typed,
        plan,
        groups=[
            (_row(core, core.competencies, held), [_row(each, [each], held) for each in core.competencies])
            for core in plan.cores
        ],
        n_items=typed.n_total(plan),
        n_indicators=len(codes),
        thinnest=min((held.tryout.get(code, 0) for code in codes), default=0),
        short=short,
        short_operational=short_operational,
        gone=[code for code, text in typed.numbers.items() if code not in known and text not in {"", "0"}],
    )


def _short(typed: TypedSection, plan: Blueprint, held: Supply) -> tuple[list[Shortage], list[Shortage]]:
    try:
        ((section, _plan),) = section_texts([typed.spread()], {plan.code: plan})
    except SpecificationError:  # what makes no sense yet is told when it is saved
        return [], []
    return shortages(section, plan, held.tryout), shortages(section, plan, held.operational)


def _row(part: Competency | CoreCompetency, competencies: Iterable[Competency], held: Supply) -> Row:
    codes = [indicator.code for competency in competencies for indicator in competency.indicators]
    tryout, operational = (sum(counted.get(code, 0) for code in codes) for counted in (held.tryout, held.operational))
    return Row(part, len(codes), tryout, operational)
