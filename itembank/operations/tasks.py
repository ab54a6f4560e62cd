"""Writing tasks: an empty cell is given to a writer with a day; the task ends by itself when its items are approved."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from itembank.characters import visible_words
from itembank.model import BlueprintState, Indicator, ItemVersion, WritingTask
from itembank.operations.plan_errors import (
    AssigneeNotWriter,
    DueDatePast,
    IndicatorNotCurrent,
    TaskEnded,
    TaskSizeWrong,
    TaskTwice,
)
from itembank.queries.tasks import described
from registry import audit
from registry.actor import Actor
from registry.columns import Document
from registry.model import Account, TimeZone
from registry.queries import actor_of
from registry.roles import Role

MOST_ITEMS = 50


def give_task(
    session: Session,
    indicator: Indicator,
    *,
    assignee: Account,
    due: date,
    actor: Actor,
    now: datetime,
    n_items: int = 1,
    note: str = "",
) -> WritingTask:
    """Ask a writer for items of an indicator until a day."""
    if indicator.competency.core.blueprint.state is not BlueprintState.PUBLISHED:
        raise IndicatorNotCurrent(indicator=indicator.code)
    _check(assignee=assignee, due=due, n_items=n_items, now=now)
    task = WritingTask(
        indicator=indicator,
        assignee=assignee,
        n_items=n_items,
        due_on=due,
        note=visible_words(note),
        assigned_by_id=actor.key,
        assigned_at=now,
    )
    _keep(session, task)
    _written(session, task, "task.give", actor=actor, now=now)
    return task


def change_task(
    session: Session,
    task: WritingTask,
    *,
    assignee: Account,
    due: date,
    n_items: int,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Another writer, day, number or note. What the writer before wrote stays with the item, not with the task."""
    _require_open(session, task)
    # A task that is late already may keep its day while something else of it changes.
    _check(assignee=assignee, due=max(due, today(now)) if due == task.due_on else due, n_items=n_items, now=now)
    task.assignee, task.due_on, task.n_items, task.note = assignee, due, n_items, visible_words(note)
    _keep(session, task)
    _written(session, task, "task.change", actor=actor, now=now)


def take_task_back(session: Session, task: WritingTask, *, actor: Actor, now: datetime) -> None:
    """End a task that is not wanted any more; drafts that were written for it stay."""
    _require_open(session, task)
    _end(session, task, "task.take-back", actor=actor, now=now)


def fulfil_tasks(session: Session, version: ItemVersion, *, actor: Actor, now: datetime) -> None:
    """After an approval: end the tasks for this cell whose items are all approved."""
    of_cell = Indicator.lineage == version.item.indicator.lineage, WritingTask.ended_at.is_(None)
    tasks = list(session.scalars(select(WritingTask).join(WritingTask.indicator).where(*of_cell)))
    for task, shown in zip(tasks, described(session, tasks), strict=True):
        if shown.n_approved >= task.n_items:
            _end(session, task, "task.fulfil", actor=actor, now=now)


def today(now: datetime) -> date:
    """The day in Jakarta, where the authority works: tasks are due on days, not at instants."""
    return now.astimezone(ZoneInfo(TimeZone.WIB.value)).date()


def _check(*, assignee: Account, due: date, n_items: int, now: datetime) -> None:
    if not 1 <= n_items <= MOST_ITEMS:
        raise TaskSizeWrong(most=MOST_ITEMS)
    if due < today(now):
        raise DueDatePast(due=due.isoformat())
    if assignee.disabled_at is not None or Role.ITEM_WRITER not in actor_of(assignee).roles:
        raise AssigneeNotWriter(name=assignee.full_name)


def _keep(session: Session, task: WritingTask) -> None:
    name, code = task.assignee.full_name, task.indicator.code
    try:
        with session.begin_nested():
            session.add(task)
            session.flush()
    except IntegrityError as error:
        raise TaskTwice(name=name, indicator=code) from error


def _require_open(session: Session, task: WritingTask) -> None:
    session.refresh(task, with_for_update=True)
    if task.ended_at is not None:
        raise TaskEnded


def _end(session: Session, task: WritingTask, action: str, *, actor: Actor, now: datetime) -> None:
    task.ended_at = now
    session.flush()
    _written(session, task, action, actor=actor, now=now)


def _written(session: Session, task: WritingTask, action: str, *, actor: Actor, now: datetime) -> None:
    details: Document = {
        "indicator": task.indicator.code,
        "assignee": str(task.assignee.public_id),
        "n_items": task.n_items,
        "due": task.due_on.isoformat(),
    }
    audit.record(
        session,
        actor=actor,
        action=action,
        subject_kind="writing_task",
        subject=task.public_id,
        at=now,
        details=details,
    )
