"""Writing tasks: given for a cell, seen by the writer, ended by the approval."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank import operations
from itembank.model import Indicator, WritingTask
from itembank.operations.blueprints import indicator_of
from itembank.operations.plan_errors import AssigneeNotWriter, DueDatePast, TaskEnded, TaskSizeWrong, TaskTwice
from itembank.operations.tasks import change_task, give_task, take_task_back, today
from itembank.queries.tasks import open_tasks, tasks_of
from registry.model import Account, AuditEvent, RoleGrant
from registry.roles import Role
from tests.conftest import NOW
from tests.store.bank_builder import PEDAGOGIC, Cast, approved_item, cast, load_pedagogic, new_item, person

TODAY = date(2026, 11, 2)
NEXT_WEEK = TODAY + timedelta(days=7)


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    found = cast(session)
    make_writer(session, found.writer.key)
    return found


def make_writer(session: Session, account: int) -> None:
    session.add(RoleGrant(account_id=account, role=Role.ITEM_WRITER, granted_at=NOW, approved_at=NOW))
    session.flush()


def account(session: Session, key: int) -> Account:
    found = session.get(Account, key)
    assert found is not None
    return found


def cell(session: Session, code: str = "P01") -> Indicator:
    return indicator_of(session, blueprint=PEDAGOGIC, code=code)


def given(session: Session, people: Cast, *, code: str = "P01", n_items: int = 1, due: date = NEXT_WEEK) -> WritingTask:
    writer = account(session, people.writer.key)
    return give_task(
        session, cell(session, code), assignee=writer, due=due, n_items=n_items, actor=people.manager, now=NOW
    )


def test_a_writer_sees_the_task_and_how_far_it_has_come(session: Session, people: Cast) -> None:
    before = new_item(session, people.writer, code="UJI-01-1")
    before.item.created_at = NOW - timedelta(days=1)
    given(session, people, n_items=2)
    written = new_item(session, people.writer, code="UJI-01-2")
    new_item(session, people.psychometrician, code="UJI-01-3")
    (task,) = tasks_of(session, people.writer)
    assert (task.indicator_code, task.n_items, task.due_on) == ("P01", 2, NEXT_WEEK)
    assert [item.version for item in task.items] == [written.public_id]
    assert (task.n_written, task.n_in_review, task.n_approved, task.n_to_begin) == (1, 0, 0, 1)
    operations.submit_for_review(session, written, actor=people.writer, now=NOW)
    assert tasks_of(session, people.writer)[0].n_in_review == 1
    assert tasks_of(session, people.psychometrician) == []


def test_the_approval_of_the_last_item_ends_the_task(session: Session, people: Cast) -> None:
    task = given(session, people)
    other = given(session, people, code="P02")
    assert task.ended_at is None
    approved_item(session, people)
    assert task.ended_at == NOW
    assert [found.public_id for found in open_tasks(session)] == [other.public_id]
    assert session.scalar(select(AuditEvent.details).where(AuditEvent.action == "task.fulfil")) is not None


def test_a_task_for_two_items_outlives_the_first_approval(session: Session, people: Cast) -> None:
    task = given(session, people, n_items=2)
    approved_item(session, people)
    assert task.ended_at is None
    assert (tasks_of(session, people.writer)[0].n_approved, task.n_items) == (1, 2)


def test_what_another_wrote_or_was_written_before_counts_for_nobody_else(session: Session, people: Cast) -> None:
    other = person(session, "other", Role.ITEM_WRITER)
    make_writer(session, other.key)
    early, assignee = NOW - timedelta(days=9), account(session, other.key)
    give_task(session, cell(session), assignee=assignee, due=NEXT_WEEK, actor=people.manager, now=early)
    new_item(session, other, code="UJI-01-1")
    before = new_item(session, people.writer, code="UJI-01-2")
    before.item.created_at = NOW - timedelta(days=3)
    given(session, people)
    own = new_item(session, people.writer, code="UJI-01-3")
    session.flush()
    found = {task.assignee_name: [item.code for item in task.items] for task in open_tasks(session)}
    assert found == {"Writer": [own.item.code], "Other": ["UJI-01-1"]}


def test_open_tasks_are_narrowed_to_a_blueprint_and_a_cell(session: Session, people: Cast) -> None:
    task = given(session, people)
    given(session, people, code="P02", due=TODAY)
    assert [found.indicator_code for found in open_tasks(session, blueprint=PEDAGOGIC)] == ["P02", "P01"]
    assert open_tasks(session, blueprint="matematika-profesional") == []
    assert [found.public_id for found in open_tasks(session, indicator=task.indicator.public_id)] == [task.public_id]


def test_a_task_is_late_from_the_day_after(session: Session, people: Cast) -> None:
    given(session, people, due=TODAY)
    (task,) = open_tasks(session)
    assert (task.is_late(TODAY), task.is_late(TODAY + timedelta(days=1))) == (False, True)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"due": TODAY - timedelta(days=1)}, DueDatePast),
        ({"n_items": 0}, TaskSizeWrong),
        ({"n_items": 51}, TaskSizeWrong),
    ],
)
def test_a_senseless_task_is_refused(
    session: Session, people: Cast, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        given(session, people, **changes)  # type: ignore[arg-type]  # the table mixes days and numbers
    assert open_tasks(session) == []


def test_only_writers_get_tasks(session: Session, people: Cast) -> None:
    reviewer = account(session, people.reviewer.key)
    with pytest.raises(AssigneeNotWriter):
        give_task(session, cell(session), assignee=reviewer, due=NEXT_WEEK, actor=people.manager, now=NOW)


def test_one_open_task_of_a_writer_for_a_cell(session: Session, people: Cast) -> None:
    task = given(session, people)
    with pytest.raises(TaskTwice):
        given(session, people)
    take_task_back(session, task, actor=people.manager, now=NOW)
    given(session, people)
    assert len(open_tasks(session)) == 1


def test_a_late_task_is_handed_on_with_a_new_day_and_an_ended_one_stays_ended(session: Session, people: Cast) -> None:
    task = given(session, people, due=TODAY)
    later, heir = NOW + timedelta(days=3), person(session, "heir", Role.ITEM_WRITER)
    make_writer(session, heir.key)
    wanted = {"assignee": account(session, heir.key), "n_items": 3, "note": " Pakai gambar. ", "actor": people.manager}
    change_task(session, task, due=task.due_on, now=later, **wanted)  # type: ignore[arg-type]  # one table of wishes
    (shown,) = tasks_of(session, heir)
    assert (shown.n_items, shown.note, shown.due_on) == (3, "Pakai gambar.", TODAY)
    assert tasks_of(session, people.writer) == []
    with pytest.raises(DueDatePast):
        change_task(session, task, due=TODAY + timedelta(days=1), now=later, **wanted)  # type: ignore[arg-type]
    take_task_back(session, task, actor=people.manager, now=later)
    with pytest.raises(TaskEnded):
        take_task_back(session, task, actor=people.manager, now=later)


def test_the_day_is_the_one_in_jakarta() -> None:
    assert today(NOW.replace(hour=16, minute=59)) == TODAY
    assert today(NOW.replace(hour=17)) == TODAY + timedelta(days=1)
