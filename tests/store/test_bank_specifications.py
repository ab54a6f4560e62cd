"""Specifications of forms: revised edition by edition, refused where they make no sense, and kept by sealed forms."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam.assembly import assemble
from exam.errors import CellShortError
from exam.keys import Keys
from exam.model import Form, Purpose
from exam.operations import forms
from itembank import operations, queries
from itembank.form_supply import overdrawn, shortages
from itembank.model import FormSpecification
from itembank.operations import plan_errors as errors
from itembank.operations import specifications
from itembank.operations.errors import SpecificationExists
from itembank.operations.specifications import Revision, Spread, plan_forms, revise_specification, section_texts
from itembank.queries import plans
from itembank.queries import specifications as reads
from itembank.specification_changes import SpecificationChangeKind, changes
from itembank.textformat import shipped_blueprints
from registry.actor import SYSTEM, Actor
from registry.model import AuditEvent
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import PEDAGOGIC, load_pedagogic, person
from tests.store.blueprint_builder import in_force

PHYSICS, MATHEMATICS = "fisika-profesional", "matematika-profesional"
EIGHT = Spread(PEDAGOGIC, {"P1.1": 2, "P2.1": 3, "P5.1": 3})
REVISION = Revision("Tes pendek", 30, 70, (EIGHT,))


@pytest.fixture
def session(sqlite_database: Database) -> Iterator[Session]:
    """The rules are the same on every database; what the database itself must do is tested on both below."""
    with Session(sqlite_database.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def manager(session: Session) -> Actor:
    load_pedagogic(session)
    return person(session, "manager", Role.BANK_MANAGER)


@pytest.fixture
def first(session: Session, manager: Actor) -> FormSpecification:
    """A specification as it was made, by the weights."""
    return planned(session, manager)


def planned(session: Session, manager: Actor, *, n_items: int = 20) -> FormSpecification:
    return plan_forms(
        session,
        in_force(session),
        code="tes",
        title="Tes",
        n_items=n_items,
        duration_minutes=60,
        pass_percent=75,
        actor=manager,
        now=NOW,
    )


def revised(
    session: Session, found: FormSpecification, manager: Actor, revision: Revision = REVISION, *, seen: int = 1
) -> FormSpecification:
    return revise_specification(session, found, revision, seen=seen, is_ahead=True, actor=manager, now=NOW)


def load_physics(session: Session) -> None:
    text = next(plan for plan in shipped_blueprints() if plan.code == PHYSICS)
    operations.load_blueprint(session, text, actor=SYSTEM, now=NOW)


# Editions ---------------------------------------------------------------------------------------------------------


def test_a_revision_is_the_next_edition_and_the_first_stays(
    session: Session, first: FormSpecification, manager: Actor
) -> None:
    second = revised(session, first, manager)
    assert (second.edition, second.n_items, second.pass_percent) == (2, 8, 70)
    assert second.sections[0]["allocation"] == dict(EIGHT.allocation)
    assert (first.edition, first.n_items, first.title) == (1, 20, "Tes")
    assert queries.form_specifications(session) == [second]
    assert queries.form_specification(session, "tes") is second
    assert queries.form_specification(session, "tes", edition=1) is first
    assert reads.editions(session, "tes") == [second, first]


def test_the_journal_tells_who_wrote_which_edition(session: Session, first: FormSpecification, manager: Actor) -> None:
    second = revised(session, first, manager)
    written = reads.written(session, [first, second])
    assert {number: (each.by, each.at) for number, each in written.items()} == dict.fromkeys((1, 2), ("Manager", NOW))
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "form_specification.revise")).one()
    assert event.details == {"code": "tes", "edition": 2}


def test_whoever_saw_an_older_edition_overwrites_nothing(
    session: Session, first: FormSpecification, manager: Actor
) -> None:
    second = revised(session, first, manager)
    other = replace(REVISION, title="Judul orang lain")
    for seen in (1, 7):
        with pytest.raises(errors.SpecificationRevisedMeanwhile):
            revised(session, first, manager, other, seen=seen)
    assert queries.form_specification(session, "tes") is second
    assert revised(session, second, manager, other, seen=2).edition == 3


def test_of_two_who_write_the_same_edition_at_once_one_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        load_pedagogic(session)
        actor = person(session, "manager", Role.BANK_MANAGER)
        first = planned(session, actor)
        second = revised(session, first, actor)
        # A transaction that began before the other one ended still reads the first edition.
        monkeypatch.setattr(specifications, "form_specification", lambda *_args: first)
        with pytest.raises(errors.SpecificationRevisedMeanwhile):
            revised(session, first, actor, replace(REVISION, title="Lain"))
        assert reads.editions(session, "tes") == [second, first]


def test_of_two_who_make_one_code_at_once_one_is_told(
    session: Session, manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(specifications, "form_specification", lambda *_args: None)  # neither has seen the other's
    first = planned(session, manager)
    with pytest.raises(SpecificationExists):
        planned(session, manager, n_items=10)
    assert reads.editions(session, "tes") == [first]


@pytest.mark.parametrize("act", [update(FormSpecification).values(title="Lain"), delete(FormSpecification)])
def test_the_database_keeps_every_edition_as_it_was(database: Database, act: object) -> None:
    with database.transaction() as session:
        load_pedagogic(session)
        planned(session, person(session, "manager", Role.BANK_MANAGER))
    with pytest.raises(DBAPIError, match="keeps its history"), database.transaction() as session:
        session.execute(act)  # type: ignore[call-overload]


def test_the_same_again_is_no_edition(session: Session, first: FormSpecification, manager: Actor) -> None:
    second = revised(session, first, manager)
    with pytest.raises(errors.SpecificationUnchanged):
        revised(session, second, manager, seen=2)


# What a specification may say -------------------------------------------------------------------------------------


def test_a_section_of_another_blueprint_stands_beside_the_first(
    session: Session, first: FormSpecification, manager: Actor
) -> None:
    load_physics(session)
    both = replace(REVISION, sections=(EIGHT, Spread(PHYSICS, min_per_core=1, n_items=20)))
    second = revised(session, first, manager, both)
    assert [(section["code"], section["n_items"]) for section in second.sections] == [
        ("pedagogic", 8),
        ("professional", 20),
    ]
    assert second.n_items == 28
    # The fifth option exists in 20 items only, so it is the key about 4 times; the others about 6 times each.
    assert (second.key_position_min, second.key_position_max) == (3, 8)
    assert [change.kind for change in changes(first, second)][-1] is SpecificationChangeKind.SECTION_ADDED


def test_shipped_bounds_of_keys_are_those_of_the_rule(session: Session, first: FormSpecification) -> None:
    assert session is not None
    assert (first.key_position_min, first.key_position_max) == (4, 6)


@pytest.mark.parametrize(
    ("sections", "error"),
    [
        ((), errors.SectionsMissing),
        ((EIGHT, EIGHT), errors.SectionTwice),
        ((Spread("kimia", {"K1": 1}),), errors.SectionBlueprintUnknown),
        ((Spread(PEDAGOGIC, {"P1.1": 0}),), errors.SectionEmpty),
        ((Spread(PEDAGOGIC, {"P1.1": 1, "M1.1": 1}),), errors.CompetencyUnknown),
        ((Spread(PEDAGOGIC, {"P1.1": 4}),), errors.CellOverdrawn),
        ((Spread(PEDAGOGIC, per_indicator=4),), errors.CellOverdrawn),
        ((Spread(PEDAGOGIC, min_per_core=1, n_items=61),), errors.CellOverdrawn),
        ((Spread(PEDAGOGIC, min_per_core=2, n_items=12),), errors.SectionTooSmall),
        ((Spread(PEDAGOGIC, {"P1.1": 1001}),), errors.FormTooLong),
    ],
)
def test_what_makes_no_sense_is_refused(
    session: Session,
    first: FormSpecification,
    manager: Actor,
    sections: tuple[Spread, ...],
    error: type[errors.SpecificationError],
) -> None:
    with pytest.raises(error):
        revised(session, first, manager, replace(REVISION, sections=sections))
    assert reads.editions(session, "tes") == [first]


def test_whoever_plans_ahead_of_the_writers_must_know_it(
    session: Session, first: FormSpecification, manager: Actor
) -> None:
    with pytest.raises(errors.BankTooSmall, match=r"P1\.1 \(0/2\), P2\.1 \(0/3\), P5\.1 \(0/3\)"):
        revise_specification(session, first, REVISION, seen=1, actor=manager, now=NOW)
    assert revised(session, first, manager).edition == 2


# What the bank holds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("banked", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "spread",
    [
        Spread(PHYSICS, {"F1.1": 1, "F1.2": 2}),
        Spread(PHYSICS, per_indicator=1),
        Spread(PHYSICS, min_per_core=1, n_items=3),
        Spread(PEDAGOGIC, per_indicator=1),
    ],
)
def test_what_is_short_is_what_assembly_would_refuse(banked: Database, spread: Spread) -> None:
    with banked.transaction() as session:
        ((section, plan),) = section_texts([spread], {plan.code: plan for plan in plans.all_published(session)})
        held = reads.supply(session, [plan.code])[plan.code]
        found = [(each.cell, each.wanted, each.available) for each in shortages(section, plan, held.tryout)]
        row = FormSpecification(code="x", sections=[section.model_dump(mode="json", exclude_none=True)])
        row.key_position_min, row.key_position_max = 0, 200
        wanted = forms.form_plan(session, row)
        pool = forms.candidates(session, wanted, purpose=Purpose.TRYOUT, prefer_unexposed=False, allow_demo=False)
    if found:
        with pytest.raises(CellShortError) as refusal:
            assemble(wanted, pool, seed=1)
        assert [cell[:3] for cell in refusal.value.cells] == found
    else:
        assert len(assemble(wanted, pool, seed=1)) == section.n_items


def test_a_bank_that_holds_more_than_the_target_may_give_it(session: Session, manager: Actor) -> None:
    assert manager is not None
    plan = plans.published(session, PEDAGOGIC)
    assert plan is not None
    ((section, _plan),) = section_texts([Spread(PEDAGOGIC, {"P1.1": 4})], {PEDAGOGIC: plan})
    held = {plan.cores[0].competencies[0].indicators[0].code: 4}
    assert overdrawn(section, plan, held) == []
    assert [(each.wanted, each.available) for each in overdrawn(section, plan, {})] == [(4, 3)]


# Sealed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("banked", ["sqlite"], indirect=True)
def test_a_sealed_form_keeps_its_edition_and_the_next_takes_the_newest(banked: Database) -> None:
    with banked.transaction() as session:
        actor = person(session, "manager", Role.BANK_MANAGER)
        before = sealed(session, actor, "A")
        found = queries.form_specification(session, "pedagogik-20")
        assert found is not None
        ten = Spread(PEDAGOGIC, min_per_core=1, n_items=10)
        revision = Revision(found.title, 30, found.pass_percent, (ten,))
        revise_specification(session, found, revision, seen=1, actor=actor, now=NOW)
        after = sealed(session, actor, "B")
    assert (before.specification_edition, before.n_items, before.duration_minutes) == (1, 20, 60)
    assert (after.specification_edition, after.n_items, after.duration_minutes) == (2, 10, 30)


def sealed(session: Session, actor: Actor, code: str) -> Form:
    where = forms.create_administration(
        session, code=f"U-{code}", title="Putaran", purpose=Purpose.TRYOUT, actor=actor, now=NOW
    )
    return forms.assemble_form(
        session,
        administration=where,
        specification_code="pedagogik-20",
        code=code,
        title="Paket",
        seed=1,
        purpose=Purpose.TRYOUT,
        actor=actor,
        now=NOW,
        keys=Keys.derive("a secret for tests only"),
    )
