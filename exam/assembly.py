"""Chooses and orders the items of a form: exact, seeded, and the same whatever order the bank lists its items in.

The choice is an integer programme that HiGHS solves to proven optimality, one wish after another:

1. as few second items of one indicator as possible;
2. as few items as possible that earlier forms have shown;
3. among what is left, the seed decides.

Each wish is kept before the next is looked at, so no weight can trade one against another. The hard rules (sections,
cells, one version of an item, balance of key positions) come before all wishes.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exam.errors import CellShortError, KeyBalanceError, PlanContradictsItselfError, SolverFailedError
from itembank.model import Section

# Large enough that two items hardly draw the same, small enough that sums stay exact in the solver.
_DRAWS = 100_000


@dataclass(frozen=True)
class Candidate:
    """A version that a form may take."""

    code: str  # of its item
    version_id: int
    blueprint: str
    section: Section
    core: str
    competency: str
    indicator: str
    key_position: int
    n_exposures: int = 0  # earlier forms that showed its item


@dataclass(frozen=True)
class Cell:
    """A part of a blueprint with the number of items that a form takes from it; no upper end means any number."""

    code: str  # of a core competency, a competency or an indicator
    at_least: int
    at_most: int | None

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate lies in this cell; codes are unique within a blueprint."""
        return self.code in (candidate.core, candidate.competency, candidate.indicator)


@dataclass(frozen=True)
class SectionPlan:
    """A section of the form: how many items, from which blueprint, spread how."""

    code: str
    blueprint: str
    n_items: int
    cells: tuple[Cell, ...]

    def takes(self, candidate: Candidate) -> bool:
        """Whether a candidate could stand in this section."""
        return candidate.blueprint == self.blueprint


@dataclass(frozen=True)
class FormPlan:
    """What a form must be."""

    sections: tuple[SectionPlan, ...]
    n_options: int
    key_position_min: int
    key_position_max: int


@dataclass(frozen=True)
class BlueprintOutline:
    """The codes of a blueprint, empty cells included."""

    code: str
    cores: tuple[str, ...]
    indicators: tuple[str, ...]


@dataclass(frozen=True)
class CellShort:
    """A cell in which the bank holds too few items."""

    cell: str
    wanted: int
    available: int

    @property
    def short(self) -> int:
        """How many items are missing."""
        return self.wanted - self.available


def plan_section(document: Mapping[str, Any], outline: BlueprintOutline) -> SectionPlan:
    """The section that a form specification describes, as shipped in forms.toml."""
    return SectionPlan(
        code=document["code"],
        blueprint=outline.code,
        n_items=document["n_items"],
        cells=tuple(_cells(document, outline)),
    )


def _cells(document: Mapping[str, Any], outline: BlueprintOutline) -> Iterable[Cell]:
    if (each := document.get("per_indicator")) is not None:
        return [Cell(code, each, each) for code in outline.indicators]
    if (least := document.get("min_per_core")) is not None:
        return [Cell(code, least, None) for code in outline.cores]
    return [Cell(code, number, number) for code, number in document["allocation"].items()]


def assemble(plan: FormPlan, candidates: Iterable[Candidate], *, seed: int) -> tuple[Candidate, ...]:
    """The items of a form in their order: sections as planned, within a section as the seed shuffles them."""
    pool = sorted(_usable_by(plan, candidates), key=lambda candidate: (candidate.code, candidate.version_id))
    _refuse_contradictions(plan)
    _refuse_short_cells(plan, pool)
    chosen = _choose(plan, pool, seed=seed)
    return tuple(
        candidate
        for section in plan.sections
        for candidate in sorted(filter(section.takes, chosen), key=lambda c: _draw(seed, "order", c.code))
    )


def _usable_by(plan: FormPlan, candidates: Iterable[Candidate]) -> Iterable[Candidate]:
    # An item of no section stands in no form, so it must not count where key positions are balanced.
    return (candidate for candidate in candidates if any(section.takes(candidate) for section in plan.sections))


def _draw(seed: int, purpose: str, code: str) -> int:
    # A draw depends on seed and item alone, so a larger bank does not reshuffle the items that it had before.
    digest = hashlib.sha256(f"{seed}\n{purpose}\n{code}".encode()).digest()
    return int.from_bytes(digest[:8])


# What no solver is needed for


def _refuse_contradictions(plan: FormPlan) -> None:
    for section in plan.sections:
        least = sum(cell.at_least for cell in section.cells)
        most = sum(section.n_items if cell.at_most is None else cell.at_most for cell in section.cells)
        if not least <= section.n_items <= most:
            raise PlanContradictsItselfError(
                section=section.code, n_items=section.n_items, at_least=least, at_most=most
            )
    n_items = sum(section.n_items for section in plan.sections)
    least, most = plan.key_position_min * plan.n_options, plan.key_position_max * plan.n_options
    if not least <= n_items <= most:
        raise PlanContradictsItselfError(section="key positions", n_items=n_items, at_least=least, at_most=most)


def _refuse_short_cells(plan: FormPlan, pool: Sequence[Candidate]) -> None:
    short = [cell for section in plan.sections for cell in _short_cells(section, pool)]
    if short:
        raise CellShortError(cells=[(cell.cell, cell.wanted, cell.available, cell.short) for cell in short])


def _short_cells(section: SectionPlan, pool: Sequence[Candidate]) -> list[CellShort]:
    inside = [candidate for candidate in pool if section.takes(candidate)]
    counted = [CellShort(cell.code, cell.at_least, _n_items(filter(cell.holds, inside))) for cell in section.cells]
    short = [cell for cell in counted if cell.short > 0]
    whole = CellShort(section.code, section.n_items, _usable(section, inside))
    return short or ([whole] if whole.short > 0 else [])


def _usable(section: SectionPlan, inside: Sequence[Candidate]) -> int:
    """How many items the section could take at most: what lies beyond a cell's upper end does not help."""
    counts = [(cell, _n_items(filter(cell.holds, inside))) for cell in section.cells]
    return sum(count if cell.at_most is None else min(count, cell.at_most) for cell, count in counts)


def _n_items(candidates: Iterable[Candidate]) -> int:
    return len({candidate.code for candidate in candidates})


# The integer programme


def _choose(plan: FormPlan, pool: Sequence[Candidate], *, seed: int) -> list[Candidate]:
    model = _Model(pool)
    for section in plan.sections:
        model.require(section.takes, section.n_items, section.n_items)
        for cell in section.cells:
            model.require(_both(section.takes, cell.holds), cell.at_least, cell.at_most)
    for code, count in Counter(candidate.code for candidate in pool).items():
        if count > 1:
            model.require(_with("code", code), 0, 1)
    gaps = [
        model.require_softly(_with("key_position", position), plan.key_position_min, plan.key_position_max)
        for position in range(plan.n_options)
    ]
    if model.keep_least(model.total(gaps)) > 0:
        raise KeyBalanceError(
            at_least=plan.key_position_min,
            at_most=plan.key_position_max,
            closest=_key_counts(model.chosen(), plan.n_options),
        )
    model.keep_least(model.total(model.seconds_of_indicators()))
    model.keep_least(model.weighted(lambda candidate: candidate.n_exposures))
    model.keep_least(model.weighted(lambda candidate: _draw(seed, "choice", candidate.code) % _DRAWS))
    return model.chosen()


def _key_counts(chosen: Iterable[Candidate], n_options: int) -> list[int]:
    counts = Counter(candidate.key_position for candidate in chosen)
    return [counts[position] for position in range(n_options)]


def _both(first: Callable[[Candidate], bool], second: Callable[[Candidate], bool]) -> Callable[[Candidate], bool]:
    return lambda candidate: first(candidate) and second(candidate)


def _with(name: str, value: object) -> Callable[[Candidate], bool]:
    return lambda candidate: getattr(candidate, name) == value


class _Model:
    """The programme in the words of assembly; one binary variable for each candidate."""

    def __init__(self, pool: Sequence[Candidate]) -> None:
        import highspy  # heavy, and only assembly needs it

        self._pool = pool
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.silent()
        for option, value in (("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5)):
            self._solver.setOptionValue(option, value)
        self._taken = [self._solver.addBinary() for _candidate in pool]
        self._values: list[bool] = []

    def require(self, holds: Callable[[Candidate], bool], at_least: int, at_most: int | None) -> None:
        """A hard rule on how many of the candidates that hold are taken."""
        terms = [taken for candidate, taken in zip(self._pool, self._taken, strict=True) if holds(candidate)]
        if terms:
            self._solver.addConstr(self.total(terms) >= at_least)
            self._solver.addConstr(self.total(terms) <= (len(terms) if at_most is None else at_most))

    def require_softly(self, holds: Callable[[Candidate], bool], at_least: int, at_most: int) -> Any:
        """A rule with a variable that tells how far it is missed, so that a refusal can say how far."""
        terms = [taken for candidate, taken in zip(self._pool, self._taken, strict=True) if holds(candidate)]
        gap = self._solver.addIntegral(lb=0)
        self._solver.addConstr(self.total([*terms, gap]) >= at_least)
        self._solver.addConstr(self.total(terms) - gap <= at_most)
        return gap

    def seconds_of_indicators(self) -> list[Any]:
        """For each indicator, how many items beyond the first are taken."""
        extras = []
        for blueprint, indicator in sorted({(c.blueprint, c.indicator) for c in self._pool}):
            holds = _both(_with("blueprint", blueprint), _with("indicator", indicator))
            terms = [taken for candidate, taken in zip(self._pool, self._taken, strict=True) if holds(candidate)]
            if len(terms) > 1:
                extra = self._solver.addIntegral(lb=0)
                self._solver.addConstr(self.total(terms) - extra <= 1)
                extras.append(extra)
        return extras

    def total(self, terms: Sequence[Any]) -> Any:
        """The sum of variables."""
        return self._solver.qsum(terms)

    def weighted(self, weight: Callable[[Candidate], int]) -> Any:
        """The sum of a weight over the candidates taken."""
        pairs = zip(self._pool, self._taken, strict=True)
        return self._solver.qsum(weight(candidate) * taken for candidate, taken in pairs)

    def keep_least(self, expression: Any) -> int:
        """Make an expression as small as it can be, and hold it there for all that follows."""
        self._solver.minimize(expression)
        if self._solver.modelStatusToString(self._solver.getModelStatus()) != "Optimal":
            raise SolverFailedError(status=self._solver.modelStatusToString(self._solver.getModelStatus()))
        least = round(self._solver.getObjectiveValue())
        self._values = [value > 0.5 for value in self._solver.vals(self._taken)]
        self._solver.addConstr(expression <= least)
        return least

    def chosen(self) -> list[Candidate]:
        """The candidates that the last solution takes."""
        return [candidate for candidate, taken in zip(self._pool, self._values, strict=True) if taken]
