"""Says how forms are put together: specifications brought in, made from weights, and revised edition by edition.

An edition never changes: forms keep the one they were assembled by. A revision writes the next one, and says which one
it saw, so that of two people who revise at once the second is told instead of overwriting the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import ceil, floor

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from itembank.form_supply import Shortage, Supply, overdrawn, shortages
from itembank.model import Blueprint, FormSpecification
from itembank.operations.errors import SpecificationExists, WorkflowError
from itembank.operations.plan_errors import (
    BankTooSmall,
    CellOverdrawn,
    CompetencyUnknown,
    FormTooLong,
    SectionBlueprintUnknown,
    SectionEmpty,
    SectionsMissing,
    SectionTooSmall,
    SectionTwice,
    SpecificationRevisedMeanwhile,
    SpecificationUnchanged,
)
from itembank.plan_changes import competencies_of, indicators_of
from itembank.plantext import FormSectionText, FormText
from itembank.queries.plans import all_published
from itembank.queries.specifications import form_specification, supply
from itembank.specification_changes import changes
from itembank.weights import allocation
from registry import audit
from registry.actor import Actor

# How often a position may be the key, as parts of an even share: as in the shipped specifications.
KEY_BALANCE = (Fraction(8, 10), Fraction(12, 10))
ITEMS_MAX = 200

_Sections = list[tuple[FormSectionText, Blueprint]]


@dataclass(frozen=True)
class Spread:
    """How a section spreads its items over the blueprint that it takes them from; exactly one of three ways."""

    blueprint: str
    allocation: Mapping[str, int] = field(default_factory=dict)  # for each competency
    per_indicator: int | None = None
    min_per_core: int | None = None
    n_items: int = 0  # of the section; only beside `min_per_core`, the other ways say it themselves


@dataclass(frozen=True)
class Revision:
    """What the next edition of a specification says."""

    title: str
    duration_minutes: int
    pass_percent: int
    sections: Sequence[Spread]


def load_form_specification(session: Session, text: FormText, *, actor: Actor, now: datetime) -> FormSpecification:
    """Add a way of putting forms together."""
    if form_specification(session, text.code) is not None:
        raise SpecificationExists(specification=text.code)
    specification = _row(text, edition=1)
    _add(session, specification, refusal=SpecificationExists(specification=text.code))
    _record(session, specification, "form_specification.load", actor=actor, now=now)
    return specification


def plan_forms(
    session: Session,
    blueprint: Blueprint,
    *,
    code: str,
    title: str,
    n_items: int,
    duration_minutes: int,
    pass_percent: int,
    actor: Actor,
    now: datetime,
) -> FormSpecification:
    """A way of putting forms together from one blueprint: its competencies get their items by weight."""
    by_weight = Spread(blueprint.code, allocation(competencies_of(blueprint), n_items=n_items))
    revision = Revision(title, duration_minutes, pass_percent, (by_weight,))
    sections, _held = _sections(session, revision)
    return load_form_specification(session, _text(code, revision, sections), actor=actor, now=now)


def revise_specification(
    session: Session,
    specification: FormSpecification,
    revision: Revision,
    *,
    seen: int,
    is_ahead: bool = False,
    actor: Actor,
    now: datetime,
) -> FormSpecification:
    """Write the next edition, by which forms are assembled from now on; `seen` is the edition that the person read.

    `is_ahead`: the person knows that the bank holds too few items for it so far, and plans ahead of the writers.
    """
    newest = form_specification(session, specification.code) or specification
    if newest.edition != seen:
        raise SpecificationRevisedMeanwhile(specification=newest.code, edition=newest.edition)
    sections, held = _sections(session, revision)
    row = _row(_text(newest.code, revision, sections), edition=seen + 1)
    if not changes(newest, row):
        raise SpecificationUnchanged(specification=newest.code, edition=newest.edition)
    if not is_ahead:
        _refuse_short(sections, held)
    _add(session, row, refusal=SpecificationRevisedMeanwhile(specification=newest.code, edition=row.edition))
    _record(session, row, "form_specification.revise", actor=actor, now=now)
    return row


def section_texts(spreads: Sequence[Spread], plans: Mapping[str, Blueprint]) -> _Sections:
    """The sections as a specification holds them, each with its blueprint of those in force; refused if senseless."""
    if not spreads:
        raise SectionsMissing
    codes: list[str] = []
    sections: _Sections = []
    for spread in spreads:
        plan = plans.get(spread.blueprint)
        if plan is None:
            raise SectionBlueprintUnknown(blueprint=spread.blueprint)
        if any(plan.code == other.code for _section, other in sections):
            raise SectionTwice(blueprint=plan.code)
        _refuse_strangers(spread, plan)
        codes.append(plan.section.value)
        sections.append((_section(spread, plan, number=codes.count(plan.section.value)), plan))
    n_items = sum(section.n_items for section, _plan in sections)
    if n_items > ITEMS_MAX:
        raise FormTooLong(n_items=n_items, most=ITEMS_MAX)
    return sections


def _sections(session: Session, revision: Revision) -> tuple[_Sections, Mapping[str, Supply]]:
    plans = {plan.code: plan for plan in all_published(session)}
    sections = section_texts(revision.sections, plans)
    held = supply(session, [plan.code for _section, plan in sections])
    for section, plan in sections:
        for cell in overdrawn(section, plan, held[plan.code].tryout):
            part = _name_of(cell, section)
            raise CellOverdrawn(blueprint=plan.code, part=part, wanted=cell.wanted, most=cell.available)
    return sections, held


def _refuse_short(sections: _Sections, held: Mapping[str, Supply]) -> None:
    short = [
        f"{_name_of(each, section)} ({each.available}/{each.wanted})"
        for section, plan in sections
        for each in shortages(section, plan, held[plan.code].tryout)
    ]
    if short:
        raise BankTooSmall(cells=", ".join(short))


def _name_of(cell: Shortage, section: FormSectionText) -> str:
    """A cell as people know it: a whole section by its title."""
    return section.title if cell.cell == section.code else cell.cell


def _text(code: str, revision: Revision, sections: _Sections) -> FormText:
    n_items = sum(section.n_items for section, _plan in sections)
    least, most = _key_bounds(sections)
    return FormText(
        code=code,
        title=revision.title,
        n_items=n_items,
        pass_percent=revision.pass_percent,
        duration_minutes=revision.duration_minutes,
        key_position_min=least,
        key_position_max=most,
        sections=tuple(section for section, _plan in sections),
    )


def _section(spread: Spread, plan: Blueprint, *, number: int) -> FormSectionText:
    n_items = _n_items(spread, plan)
    _refuse_size(spread, plan, n_items)
    exact = {competency: each for competency, each in spread.allocation.items() if each}
    return FormSectionText(
        # Assembly tells sections apart by their codes, so a second one of a kind gets a number.
        code=plan.section.value if number == 1 else f"{plan.section.value}-{number}",
        title=plan.title,
        blueprint=plan.code,
        n_items=n_items,
        per_indicator=spread.per_indicator,
        min_per_core=spread.min_per_core,
        allocation=None if spread.per_indicator or spread.min_per_core else exact,
    )


def _refuse_size(spread: Spread, plan: Blueprint, n_items: int) -> None:
    if n_items < 1:
        raise SectionEmpty(blueprint=plan.code)
    if n_items > ITEMS_MAX:
        raise FormTooLong(n_items=n_items, most=ITEMS_MAX)
    least = spread.min_per_core or 0
    if (needed := least * len(plan.cores)) > n_items:
        raise SectionTooSmall(blueprint=plan.code, n_items=n_items, least=least, needed=needed)


def _refuse_strangers(spread: Spread, plan: Blueprint) -> None:
    known = {competency.code for competency in competencies_of(plan)}
    for competency in spread.allocation:
        if competency not in known:
            raise CompetencyUnknown(blueprint=plan.code, competency=competency)


def _n_items(spread: Spread, plan: Blueprint) -> int:
    if spread.per_indicator is not None:
        return spread.per_indicator * len(indicators_of(plan))
    return sum(spread.allocation.values()) if spread.min_per_core is None else spread.n_items


def _key_bounds(sections: _Sections) -> tuple[int, int]:
    """How often a position may be the key; where numbers of options differ, the last one comes up less often."""
    shares = [
        sum(Fraction(section.n_items, plan.n_options) for section, plan in sections if position < plan.n_options)
        for position in range(max(plan.n_options for _section, plan in sections))
    ]
    return floor(KEY_BALANCE[0] * min(shares)), ceil(KEY_BALANCE[1] * max(shares))


def _row(text: FormText, *, edition: int) -> FormSpecification:
    return FormSpecification(
        **text.model_dump(exclude={"sections"}),
        edition=edition,
        sections=[section.model_dump(mode="json", exclude_none=True) for section in text.sections],
    )


def _add(session: Session, row: FormSpecification, *, refusal: WorkflowError) -> None:
    # Of two people who write the same edition at once the database lets one through.
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise refusal from error


def _record(session: Session, row: FormSpecification, action: str, *, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="form_specification",
        subject=row.public_id,
        at=now,
        details={"code": row.code, "edition": row.edition},
    )
