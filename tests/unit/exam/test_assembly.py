"""Assembly keeps every rule of the plan, says exactly what is missing, and depends on nothing but its inputs."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam.assembly import (
    BlueprintOutline,
    Candidate,
    Cell,
    FormPlan,
    SectionPlan,
    assemble,
    plan_section,
)
from exam.errors import CellShortError, KeyBalanceError, PlanContradictsItselfError
from itembank.model import Section
from itembank.plantext import BlueprintText, FormText
from itembank.textformat import LETTERS, shipped_blueprints, shipped_forms, shipped_items

PLANS = {plan.code: plan for plan in shipped_blueprints() if plan.subject == "Matematika"}
FORMS = {form.code: form for form in shipped_forms()}


def outline(plan: BlueprintText) -> BlueprintOutline:
    return BlueprintOutline(
        code=plan.code,
        cores=tuple(core.code for core in plan.cores),
        indicators=tuple(indicator.code for indicator in plan.indicators()),
    )


def form_plan(form: FormText) -> FormPlan:
    return FormPlan(
        sections=tuple(
            plan_section(section.model_dump(exclude_none=True), outline(PLANS[section.blueprint]))
            for section in form.sections
        ),
        n_options=4,
        key_position_min=form.key_position_min,
        key_position_max=form.key_position_max,
    )


def synthetic_pool(*, per_indicator: int = 1) -> list[Candidate]:
    """One or more items for every indicator of the two blueprints, keys going round A, B, C, D."""
    pool: list[Candidate] = []
    for plan in PLANS.values():
        for core in plan.cores:
            for competency in core.competencies:
                for indicator in competency.indicators:
                    for number in range(1, per_indicator + 1):
                        pool.append(
                            Candidate(
                                code=f"{indicator.code}-{number}",
                                version_id=len(pool) + 1,
                                blueprint=plan.code,
                                section=Section(plan.section),
                                core=core.code,
                                competency=competency.code,
                                indicator=indicator.code,
                                key_position=len(pool) % 4,
                            )
                        )
    return pool


WRITTEN_TEST = form_plan(FORMS["uji-tulis-40"])
INDICATORS = [indicator.code for indicator in PLANS["matematika-pedagogik"].indicators()]
ALLOCATION = FORMS["uji-tulis-40"].sections[1].allocation


def test_the_written_test_keeps_every_rule() -> None:
    items = assemble(WRITTEN_TEST, synthetic_pool(), seed=1)
    assert [item.section for item in items] == [Section.PEDAGOGIC] * 12 + [Section.PROFESSIONAL] * 28
    assert len({item.core for item in items[:12]}) == 9
    assert Counter(item.competency for item in items[12:]) == ALLOCATION
    assert all(8 <= count <= 12 for count in Counter(item.key_position for item in items).values())
    assert len({item.code for item in items}) == 40


@pytest.mark.parametrize("code", ["full-60", "pedagogik-20", "profesional-40"])
def test_the_other_forms_take_one_item_of_each_indicator(code: str) -> None:
    form = FORMS[code]
    items = assemble(form_plan(form), synthetic_pool(per_indicator=2), seed=3)
    wanted = sum(len(list(PLANS[section.blueprint].indicators())) for section in form.sections)
    assert len(items) == len({item.indicator for item in items}) == wanted
    keys = Counter(item.key_position for item in items)
    assert all(form.key_position_min <= count <= form.key_position_max for count in keys.values())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40), data=st.data())
def test_the_order_in_which_the_bank_lists_its_items_changes_nothing(seed: int, data: st.DataObject) -> None:
    pool = synthetic_pool()
    shuffled = data.draw(st.permutations(pool))
    assert assemble(WRITTEN_TEST, pool, seed=seed) == assemble(WRITTEN_TEST, shuffled, seed=seed)


def test_another_seed_gives_another_form_and_another_order() -> None:
    pool = synthetic_pool()
    first, second = (assemble(WRITTEN_TEST, pool, seed=seed) for seed in (1, 2))
    assert {item.code for item in first} != {item.code for item in second}
    full = form_plan(FORMS["full-60"])
    assert assemble(full, pool, seed=1) != assemble(full, pool, seed=2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_two_forms_together_show_all_sixty_items(seed: int) -> None:
    pool = synthetic_pool()
    first = {item.code for item in assemble(WRITTEN_TEST, pool, seed=seed)}
    exposed = [replace(item, n_exposures=int(item.code in first)) for item in pool]
    second = {item.code for item in assemble(WRITTEN_TEST, exposed, seed=seed + 1)}
    assert len(first | second) == 60
    assert len(first & second) == 20


@pytest.mark.parametrize("seed", range(12))
def test_two_forms_of_the_shipped_bank_show_all_sixty_items(seed: int) -> None:
    keys = {item.indicator: LETTERS.index(item.key) for item in shipped_items() if item.code.endswith("-1")}
    pool = [replace(item, key_position=keys[item.indicator]) for item in synthetic_pool()]
    first = {item.code for item in assemble(WRITTEN_TEST, pool, seed=seed)}
    exposed = [replace(item, n_exposures=int(item.code in first)) for item in pool]
    second = {item.code for item in assemble(WRITTEN_TEST, exposed, seed=seed)}
    assert (len(first | second), len(first & second)) == (60, 20)


def test_a_second_item_of_an_indicator_is_taken_only_when_needed() -> None:
    # M1.8 gives four items; here its first indicator has three of the five that the pool holds.
    pool = [item for item in synthetic_pool(per_indicator=3) if item.competency != "M1.8" or item.indicator in eight()]
    items = [item for item in assemble(WRITTEN_TEST, pool, seed=5) if item.competency == "M1.8"]
    assert sorted(Counter(item.indicator for item in items).values()) == [1, 1, 2]
    others = [item for item in assemble(WRITTEN_TEST, pool, seed=5) if item.competency != "M1.8"]
    assert max(Counter(item.indicator for item in others).values()) == 1


def eight() -> set[str]:
    return set(sorted({item.indicator for item in synthetic_pool() if item.competency == "M1.8"})[:3])


def test_an_item_never_stands_twice_in_a_form() -> None:
    # M1.8 needs four items and has three indicators, so one indicator gives two. The second version of a fresh item
    # would be the cheapest of all; it is still the same item.
    pool = [item for item in synthetic_pool() if item.competency != "M1.8" or item.indicator in eight()]
    fresh = next(item for item in pool if item.competency == "M1.8")
    again = replace(fresh, version_id=1000)
    worn = replace(fresh, code="worn", version_id=1001, n_exposures=9)
    items = assemble(WRITTEN_TEST, [*pool, again, worn], seed=1)
    assert len({item.code for item in items}) == 40
    assert "worn" in {item.code for item in items}


def test_every_indicator_gives_its_number_even_when_its_items_are_worn() -> None:
    twice = SectionPlan("pedagogic", "matematika-pedagogik", 40, tuple(Cell(code, 2, 2) for code in INDICATORS))
    section = {"code": "pedagogic", "n_items": 40, "per_indicator": 2}
    assert plan_section(section, outline(PLANS["matematika-pedagogik"])) == twice
    pool = [replace(item, n_exposures=9 * (item.indicator == "P01")) for item in synthetic_pool(per_indicator=3)]
    plan = FormPlan(sections=(twice,), n_options=4, key_position_min=5, key_position_max=15)
    items = assemble(plan, pool, seed=1)
    assert Counter(item.indicator for item in items) == dict.fromkeys(INDICATORS, 2)


def test_every_short_cell_is_named_with_what_is_missing() -> None:
    pool = [item for item in synthetic_pool() if item.core != "P5"]
    m18 = sorted(item.code for item in pool if item.competency == "M1.8")
    pool = [item for item in pool if item.code not in m18[2:]]
    with pytest.raises(CellShortError) as caught:
        assemble(WRITTEN_TEST, pool, seed=1)
    assert caught.value.cells == [("P5", 1, 0, 1), ("M1.8", 4, 2, 2)]


def test_a_section_without_enough_items_in_all_is_named_itself() -> None:
    cores: dict[str, Candidate] = {}
    for item in synthetic_pool():
        cores.setdefault(item.core, item)
    pool = [item for item in synthetic_pool() if item.section is Section.PROFESSIONAL or item in cores.values()]
    with pytest.raises(CellShortError) as caught:
        assemble(WRITTEN_TEST, pool, seed=1)
    assert caught.value.cells == [("pedagogic", 12, 9, 3)]


def test_keys_that_cannot_be_balanced_are_told_apart_from_short_cells() -> None:
    lopsided = [
        replace(item, key_position=0 if item.key_position == 1 else item.key_position) for item in synthetic_pool()
    ]
    with pytest.raises(KeyBalanceError) as caught:
        assemble(WRITTEN_TEST, lopsided, seed=1)
    assert caught.value.parameters["closest"][1] == 0  # type: ignore[index]
    assert sum(caught.value.parameters["closest"]) == 40  # type: ignore[call-overload]


def test_an_item_that_no_section_takes_does_not_count_for_the_balance_of_keys() -> None:
    plan = FormPlan(
        (SectionPlan("only", "here", 2, (Cell("1", 2, None),)),), n_options=2, key_position_min=1, key_position_max=2
    )
    same_key = [
        Candidate(f"i{n}", n, "here", Section.PEDAGOGIC, "1", "1.1", f"1.1.{n}", key_position=0) for n in (1, 2)
    ]
    elsewhere = replace(same_key[0], code="other", version_id=3, blueprint="elsewhere", key_position=1)
    with pytest.raises(KeyBalanceError) as caught:
        assemble(plan, [*same_key, elsewhere], seed=1)
    assert caught.value.parameters["closest"] == [2, 0]


def test_a_plan_that_no_bank_could_satisfy_is_refused_as_such() -> None:
    impossible = replace(WRITTEN_TEST, key_position_min=11)
    with pytest.raises(PlanContradictsItselfError):
        assemble(impossible, synthetic_pool(), seed=1)
