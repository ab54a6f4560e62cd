"""Publishing a blueprint under live items, on both kinds of database."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from itembank.model import BlueprintState, Indicator
from itembank.operations import blueprint_parts as parts
from itembank.operations.blueprint_drafts import discard_draft
from itembank.operations.errors import OwnItem
from itembank.operations.plan_errors import BlueprintFixed, CellUnchanged, IndicatorInUse
from itembank.operations.publishing import (
    ProblemKind,
    Published,
    confirm_fit,
    effects_of,
    move_to_cell,
    problems_of,
)
from itembank.operations.tasks import give_task
from itembank.operations.writing import note_author
from itembank.queries import plans
from itembank.queries.tasks import open_tasks
from itembank.verbs import Severity
from registry.model import Account, RoleGrant
from registry.roles import Role
from tests.conftest import NOW
from tests.store.bank_builder import PEDAGOGIC, Cast, approved_item, cast, load_pedagogic, new_item, person
from tests.store.blueprint_builder import drafted, in_force, indicator, published, reword, usable


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


def test_a_published_version_never_changes(session: Session, people: Cast) -> None:
    plan = in_force(session)
    with pytest.raises(BlueprintFixed):
        reword(session, people, indicator(plan, "P01"), text="Menjelaskan apa saja")
    with pytest.raises(BlueprintFixed):
        discard_draft(session, plan, actor=people.manager, now=NOW)
    for row in (plan, plan.cores[0], plan.cores[0].competencies[0], indicator(plan, "P01")):
        words = {"text": "x"} if isinstance(row, Indicator) else {"title": "x"}
        for statement in (update(type(row)).values(words), delete(type(row)).where(type(row).id == row.id)):
            with pytest.raises(DBAPIError, match="protected"), session.begin_nested():
                session.execute(statement)


def test_items_follow_what_stayed_and_wait_where_it_changed(session: Session, people: Cast) -> None:
    approved_item(session, people, code="UJI-01-1")
    other = new_item(session, people.writer, code="UJI-02-1", indicator="P02")
    draft = drafted(session, people)
    reword(session, people, indicator(draft, "P01"), text="Menjelaskan manfaat tes awal bagi guru")
    reword(session, people, indicator(draft, "P03"), code="P30")
    assert [(effect.indicator.code, effect.follows) for effect in effects_of(session, draft)] == [
        ("P01", False),
        ("P02", True),
    ]
    assert usable(session) == {"UJI-01-1"}
    assert published(session, people, draft) == Published(n_followed=1, n_left=1, n_tasks=0)
    assert [blueprint.state for blueprint in plans.blueprint_versions(session)[PEDAGOGIC]] == [
        BlueprintState.PUBLISHED,
        BlueprintState.REPLACED,
    ]
    assert usable(session) == set()
    assert other.item.indicator is indicator(in_force(session), "P02")
    (waiting,) = plans.rechecks(session)
    assert (waiting.item.code, waiting.old.code, waiting.new) == (
        "UJI-01-1",
        "P01",
        indicator(in_force(session), "P01"),
    )
    assert plans.n_rechecks(session) == {PEDAGOGIC: 1}


def test_a_bank_manager_decides_about_each_item_that_waits(session: Session, people: Cast) -> None:
    items = [approved_item(session, people, code="UJI-01-1").item]
    draft = drafted(session, people)
    reword(session, people, indicator(draft, "P01"), text="Menjelaskan manfaat tes awal bagi guru")
    published(session, people, draft)
    with pytest.raises(OwnItem):
        confirm_fit(session, items[0], actor=people.writer, now=NOW)
    helper = person(session, "helper", Role.BANK_MANAGER)
    note_author(session, items[0], helper.key, by=people.writer.key, now=NOW)
    with pytest.raises(OwnItem):
        confirm_fit(session, items[0], actor=helper, now=NOW)
    confirm_fit(session, items[0], actor=people.manager, now=NOW)
    assert usable(session) == {"UJI-01-1"}
    with pytest.raises(CellUnchanged):
        confirm_fit(session, items[0], actor=people.manager, now=NOW)
    target = indicator(in_force(session), "P02")
    move_to_cell(session, items[0], target, reason="mengukur prasyarat", actor=people.manager, now=NOW)
    assert items[0].indicator is target
    assert plans.rechecks(session) == []


def test_an_indicator_with_items_or_tasks_is_not_given_up(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer, code="UJI-01-1")
    draft = drafted(session, people)
    by = {"actor": people.manager, "now": NOW}
    with pytest.raises(IndicatorInUse):
        parts.remove_part(session, indicator(draft, "P01"), **by)  # type: ignore[arg-type]
    parts.remove_part(session, indicator(draft, "P20"), **by)  # type: ignore[arg-type]
    late = new_item(session, people.writer, code="UJI-20-1", indicator="P20")  # written while the draft was edited
    problem = next(found for found in problems_of(session, draft) if found.kind is ProblemKind.IN_USE)
    assert (problem.part, problem.n_items, problem.severity) == ("P20", 1, Severity.ERROR)
    move_to_cell(session, late.item, version.item.indicator, reason="lebih cocok", **by)  # type: ignore[arg-type]
    assert ProblemKind.IN_USE not in {found.kind for found in problems_of(session, draft)}


def test_open_tasks_move_along(session: Session, people: Cast) -> None:
    session.add(RoleGrant(account_id=people.writer.key, role=Role.ITEM_WRITER, granted_at=NOW, approved_at=NOW))
    session.flush()
    writer = session.get(Account, people.writer.key)
    assert writer is not None
    old = indicator(in_force(session), "P01")
    give_task(session, old, assignee=writer, due=NOW.date(), actor=people.manager, now=NOW)
    draft = drafted(session, people)
    with pytest.raises(IndicatorInUse):
        parts.remove_part(session, indicator(draft, "P01"), actor=people.manager, now=NOW)
    reword(session, people, indicator(draft, "P01"), text="Menjelaskan tes akhir")
    assert published(session, people, draft).n_tasks == 1
    assert open_tasks(session)[0].indicator_text == "Menjelaskan tes akhir"
