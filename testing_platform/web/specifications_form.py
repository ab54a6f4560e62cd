"""A specification of forms as typed: the whole and its sections. Shapes only; the rules are the bank's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from itembank.characters import hidden_character
from itembank.model import Blueprint, FormSpecification
from itembank.operations.specifications import ITEMS_MAX, Revision, Spread
from itembank.plan_changes import competencies_of, indicators_of
from itembank.specification_changes import way_of
from itembank.weights import allocation
from testing_platform.web.tasks_form import number

MINUTES_MAX, TITLE_MAX = 600, 300


class Way(StrEnum):
    """The three ways in which a section spreads its items; as a specification names them."""

    ALLOCATION = "allocation"
    PER_INDICATOR = "per_indicator"
    MIN_PER_CORE = "min_per_core"


@dataclass(frozen=True)
class TypedSection:
    """A section as typed. The numbers of ways that were not chosen are kept, so that choosing again loses nothing."""

    blueprint: str
    way: Way
    numbers: Mapping[str, str]  # for each competency
    each: str = "1"
    n_items: str = ""
    least: str = "1"

    @classmethod
    def parse(cls, form: MultiDict[str, str], blueprint: str) -> "TypedSection":
        """One section of the form; empty fields of competencies mean none."""
        start = f"n:{blueprint}:"
        numbers = {name.removeprefix(start): form[name].strip() for name in form if name.startswith(start)}
        way = form.get(f"way:{blueprint}", "")
        texts = (form.get(f"{name}:{blueprint}", "").strip() for name in ("each", "items", "least"))
        return cls(blueprint, Way(way) if way in set(Way) else Way.ALLOCATION, numbers, *texts)

    @classmethod
    def by_weight(cls, plan: Blueprint, n_items: int) -> "TypedSection":
        """A section that takes so many items of a blueprint by its weights."""
        numbers = allocation(competencies_of(plan), n_items=n_items)
        return cls(plan.code, Way.ALLOCATION, _texts(numbers), n_items=str(n_items))

    @classmethod
    def stored(cls, section: Mapping[str, Any], plan: Blueprint | None) -> "TypedSection":
        """A section of an edition; the ways that it does not use begin with numbers that come near to it."""
        way, many = way_of(section)
        n_items = section["n_items"]
        numbers: Mapping[str, int] = section.get("allocation", {})
        if plan is not None and way == Way.PER_INDICATOR:
            numbers = {each.code: (many or 0) * len(each.indicators) for each in competencies_of(plan)}
        elif plan is not None and way == Way.MIN_PER_CORE:
            numbers = allocation(competencies_of(plan), n_items=n_items)
        others = {"each": str(many)} if way == Way.PER_INDICATOR else {"least": str(many)} if many else {}
        return cls(section["blueprint"], Way(way), _texts(numbers), n_items=str(n_items), **others)

    def wrong(self) -> Iterable[tuple[str, str]]:
        """The fields of the chosen way that hold no number, with what to write."""
        if self.way is Way.ALLOCATION:
            for competency, text in self.numbers.items():
                if _whole(text) is None:
                    yield (
                        f"n:{self.blueprint}:{competency}",
                        gettext("%(part)s: write a whole number from 0 to %(most)s.", part=competency, most=ITEMS_MAX),
                    )
            return
        names = {"each": self.each} if self.way is Way.PER_INDICATOR else {"items": self.n_items, "least": self.least}
        for name, text in names.items():
            if number(text, most=ITEMS_MAX) is None:
                words = gettext("Write a whole number from 1 to %(most)s.", most=ITEMS_MAX)
                yield f"{name}:{self.blueprint}", words

    def spread(self) -> Spread:
        """What the section asks for; what is no number counts as none."""
        if self.way is Way.PER_INDICATOR:
            return Spread(self.blueprint, per_indicator=number(self.each, most=ITEMS_MAX) or 0)
        if self.way is Way.MIN_PER_CORE:
            least, n_items = (number(text, most=ITEMS_MAX) or 0 for text in (self.least, self.n_items))
            return Spread(self.blueprint, min_per_core=least, n_items=n_items)
        return Spread(self.blueprint, {competency: _whole(text) or 0 for competency, text in self.numbers.items()})

    def n_total(self, plan: Blueprint) -> int:
        """How many items the section takes as typed."""
        if self.way is Way.PER_INDICATOR:
            return (number(self.each, most=ITEMS_MAX) or 0) * len(indicators_of(plan))
        if self.way is Way.MIN_PER_CORE:
            return number(self.n_items, most=ITEMS_MAX) or 0
        return sum(_whole(self.numbers.get(each.code, "")) or 0 for each in competencies_of(plan))


@dataclass(frozen=True)
class TypedRevision:
    """A revision as typed, with what is wrong with it."""

    title: str
    duration_minutes: str
    cut: str
    seen: int
    sections: Sequence[TypedSection]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, form: MultiDict[str, str]) -> "TypedRevision":
        """Checks the shape only."""
        title, minutes, cut = (" ".join(form.get(name, "").split()) for name in ("title", "duration_minutes", "cut"))
        codes = list(dict.fromkeys(form.getlist("section")))
        sections = tuple(TypedSection.parse(form, blueprint) for blueprint in codes)
        typed = cls(title, minutes, cut, number(form.get("seen", ""), most=9999) or 0, sections)
        typed.errors.update(typed.wrong())
        return typed

    @classmethod
    def stored(cls, specification: FormSpecification, plans: Mapping[str, Blueprint]) -> "TypedRevision":
        """An edition, for its form."""
        return cls(
            title=specification.title,
            duration_minutes=str(specification.duration_minutes),
            cut=str(specification.pass_percent),
            seen=specification.edition,
            sections=tuple(
                TypedSection.stored(section, plans.get(section["blueprint"])) for section in specification.sections
            ),
        )

    def wrong(self) -> Iterable[tuple[str, str]]:
        """The fields that cannot be understood, with what to write."""
        if not 0 < len(self.title) <= TITLE_MAX or hidden_character(self.title) is not None:
            yield "title", gettext("Write 1 to %(most)s characters that can be seen.", most=TITLE_MAX)
        for name, text, most in (
            ("duration_minutes", self.duration_minutes, MINUTES_MAX),
            ("cut", self.cut, 100),
        ):
            if number(text, most=most) is None:
                yield name, gettext("Write a whole number from 1 to %(most)s.", most=most)
        for section in self.sections:
            yield from section.wrong()

    def without(self, blueprint: str) -> "TypedRevision":
        """Without the section of a blueprint."""
        return replace(self, sections=tuple(each for each in self.sections if each.blueprint != blueprint), errors={})

    def moved_up(self, blueprint: str) -> "TypedRevision":
        """With the section of a blueprint one place earlier; the first stays where it is."""
        sections: list[TypedSection] = []
        for each in self.sections:
            sections.insert(max(0, len(sections) - (each.blueprint == blueprint)), each)
        return replace(self, sections=sections, errors={})

    def with_section(self, section: TypedSection) -> "TypedRevision":
        """With a section in the place of the one from the same blueprint, or at the end."""
        known = any(each.blueprint == section.blueprint for each in self.sections)
        kept = tuple(section if each.blueprint == section.blueprint else each for each in self.sections)
        return replace(self, sections=kept if known else (*kept, section), errors={})

    def revision(self) -> Revision:
        """What the operation takes; only where nothing is wrong."""
        return Revision(
            self.title, int(self.duration_minutes), int(self.cut), [each.spread() for each in self.sections]
        )


def _texts(numbers: Mapping[str, int]) -> dict[str, str]:
    return {competency: str(each) for competency, each in numbers.items()}


def _whole(text: str) -> int | None:
    """A whole number from 0; nothing typed is none taken."""
    return 0 if text in {"", "0"} else number(text, most=ITEMS_MAX)
