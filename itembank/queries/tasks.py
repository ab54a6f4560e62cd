"""Writing tasks as people see them: what a writer still owes, and how far each task has come."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, load_only, selectinload

from itembank.model import Bloom, Blueprint, Competency, CoreCompetency, Indicator, Item, ItemVersion, WritingTask
from itembank.states import ItemState
from registry.actor import Actor
from registry.model import Account, RoleGrant
from registry.roles import Role

# From its approval on an item counts for the task, whatever a try-out says of it later.
_APPROVED = frozenset({ItemState.APPROVED, ItemState.PRETEST, ItemState.OPERATIONAL, ItemState.SUSPENDED})
# The columns of a version that a list needs; its texts stay in the database.
_SHOWN = (
    ItemVersion.public_id,
    ItemVersion.number,
    ItemVersion.state,
    ItemVersion.changed_at,
    ItemVersion.author_id,
)


@dataclass(frozen=True)
class TaskItem:
    """An item that was written for a task, by its latest version."""

    version: uuid.UUID
    code: str
    number: int
    state: ItemState
    since: datetime


@dataclass(frozen=True)
class Task:
    """A task with all that a list shows of it."""

    public_id: uuid.UUID
    blueprint: str
    blueprint_title: str
    competency: str
    competency_title: str
    indicator: uuid.UUID
    indicator_code: str
    indicator_text: str
    bloom: Bloom
    assignee: uuid.UUID
    assignee_name: str
    assigned_by: str
    assigned_at: datetime
    n_items: int
    due_on: date
    note: str
    ended_at: datetime | None
    items: tuple[TaskItem, ...]

    @property
    def n_written(self) -> int:
        """Items begun for the task, drafts included."""
        return len(self.items)

    @property
    def n_in_review(self) -> int:
        """Items that wait for reviewers."""
        return sum(item.state is ItemState.IN_REVIEW for item in self.items)

    @property
    def n_approved(self) -> int:
        """Items that reviewers approved."""
        return sum(item.state in _APPROVED for item in self.items)

    @property
    def n_to_begin(self) -> int:
        """Items that nobody has begun yet."""
        return max(0, self.n_items - self.n_written)

    def is_late(self, today: date) -> bool:
        """Whether the day is past and the task is not fulfilled."""
        return self.ended_at is None and self.due_on < today


@dataclass(frozen=True)
class Writer:
    """Somebody who may be given a task."""

    public_id: uuid.UUID
    name: str
    n_open: int  # tasks not ended yet


def tasks_of(session: Session, actor: Actor) -> list[Task]:
    """The open tasks of a writer, the most urgent first."""
    return described(session, _tasks(session, WritingTask.assignee_id == actor.key, WritingTask.ended_at.is_(None)))


def open_tasks(session: Session, *, blueprint: str | None = None, indicator: uuid.UUID | None = None) -> list[Task]:
    """The open tasks of everybody, of one blueprint (code) or one indicator (public id) if asked; for bank managers."""
    wanted: list[ColumnElement[bool]] = [WritingTask.ended_at.is_(None)]
    if blueprint is not None:
        wanted.append(Blueprint.code == blueprint)
    if indicator is not None:
        wanted.append(Indicator.public_id == indicator)
    return described(session, _tasks(session, *wanted))


def ended_tasks(session: Session, *, blueprint: str, limit: int = 50) -> list[Task]:
    """The tasks of a blueprint that were fulfilled or taken back, the latest first."""
    found = _tasks(session, WritingTask.ended_at.is_not(None), Blueprint.code == blueprint)
    latest = sorted(found, key=lambda task: task.ended_at or task.assigned_at, reverse=True)
    return described(session, latest[:limit])


def writers(session: Session) -> list[Writer]:
    """Who may be given a task: item writers who can sign in, those with the fewest open tasks first."""
    n_open = func.count(WritingTask.id)
    is_open = (WritingTask.assignee_id == Account.id) & WritingTask.ended_at.is_(None)
    granted = RoleGrant.role == Role.ITEM_WRITER, RoleGrant.approved_at.is_not(None), RoleGrant.revoked_at.is_(None)
    holders = select(RoleGrant.account_id).where(*granted)
    rows = session.execute(
        select(Account.public_id, Account.full_name, n_open)
        .outerjoin(WritingTask, is_open)
        .where(Account.id.in_(holders), Account.disabled_at.is_(None))
        .group_by(Account.id)
        .order_by(n_open, Account.full_name, Account.id)
    )
    return [Writer(*row) for row in rows]


def task_by_public_id(session: Session, public_id: uuid.UUID) -> WritingTask | None:
    """The task that a page names."""
    return session.scalar(select(WritingTask).where(WritingTask.public_id == public_id))


def described(session: Session, tasks: Sequence[WritingTask]) -> list[Task]:
    """Tasks with the items that their writers began since; in the same order."""
    items = _items(session, tasks)
    return [_described(task, items[task.id]) for task in tasks]


def _tasks(session: Session, *wanted: ColumnElement[bool]) -> list[WritingTask]:
    chain = selectinload(WritingTask.indicator).selectinload(Indicator.competency)
    statement = (
        select(WritingTask)
        .join(WritingTask.indicator)
        .join(Indicator.competency)
        .join(Competency.core)
        .join(CoreCompetency.blueprint)
        .where(*wanted)
        .options(
            chain.selectinload(Competency.core).selectinload(CoreCompetency.blueprint),
            selectinload(WritingTask.assignee),
            selectinload(WritingTask.assigned_by),
        )
        .order_by(WritingTask.due_on, WritingTask.id)
    )
    return list(session.scalars(statement))


def _items(session: Session, tasks: Sequence[WritingTask]) -> Mapping[int, list[TaskItem]]:
    """By task: the items of its cell that its writer began after it was given."""
    if not tasks:
        return {}
    # Only what somebody with a task began since the first of them was given: a cell of a large bank holds hundreds.
    begun = select(ItemVersion.item_id).where(ItemVersion.author_id.in_({task.assignee_id for task in tasks}))
    rows = session.execute(
        select(ItemVersion, Item, Indicator.lineage)
        .join(ItemVersion.item)
        .join(Item.indicator)
        .where(Indicator.lineage.in_({task.indicator.lineage for task in tasks}), ItemVersion.demo_only.is_(False))
        .where(Item.created_at >= min(task.assigned_at for task in tasks), Item.id.in_(begun))
        .options(load_only(*_SHOWN))
        .order_by(Item.code, ItemVersion.number)
    )
    written = _Written()
    for version, item, lineage in rows:
        written.add(version, item, lineage)
    return {task.id: written.of(task) for task in tasks}


class _Written:
    """The items of some cells by their latest versions, and who ever wrote a version of each."""

    def __init__(self) -> None:
        self._authors: dict[int, set[int | None]] = defaultdict(set)
        self._latest: dict[int, tuple[Item, uuid.UUID, TaskItem]] = {}

    def add(self, version: ItemVersion, item: Item, lineage: uuid.UUID) -> None:
        """One version; those of an item come in their order."""
        shown = TaskItem(version.public_id, item.code, version.number, version.state, version.changed_at)
        self._authors[item.id].add(version.author_id)
        self._latest[item.id] = item, lineage, shown

    def of(self, task: WritingTask) -> list[TaskItem]:
        """What the writer of a task began for it."""
        return [
            shown
            for item, lineage, shown in self._latest.values()
            if lineage == task.indicator.lineage
            and task.assignee_id in self._authors[item.id]
            and item.created_at >= task.assigned_at
        ]


def _described(task: WritingTask, items: Sequence[TaskItem]) -> Task:
    indicator = task.indicator
    competency = indicator.competency
    blueprint = competency.core.blueprint
    return Task(
        public_id=task.public_id,
        blueprint=blueprint.code,
        blueprint_title=blueprint.title,
        competency=competency.code,
        competency_title=competency.title,
        indicator=indicator.public_id,
        indicator_code=indicator.code,
        indicator_text=indicator.text,
        bloom=indicator.bloom,
        assignee=task.assignee.public_id,
        assignee_name=task.assignee.full_name,
        assigned_by=task.assigned_by.full_name,
        assigned_at=task.assigned_at,
        n_items=task.n_items,
        due_on=task.due_on,
        note=task.note,
        ended_at=task.ended_at,
        items=tuple(items),
    )
