"""Writing tasks for bank managers: give, change, take back; how the campaign of a blueprint goes."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from itembank import operations
from itembank.coverage import PACE_WEEKS, Progress, expected_end
from itembank.errors import ItemBankError
from itembank.model import Blueprint as BlueprintRow
from itembank.model import WritingTask
from itembank.operations.blueprints import set_target
from itembank.operations.tasks import MOST_ITEMS, today
from itembank.queries import plans as queries
from itembank.queries import tasks as task_queries
from itembank.queries.tasks import Task
from registry.model import Account
from registry.queries import find_account
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.blueprints_map import cell_page
from testing_platform.web.tasks_form import TypedTarget, TypedTask, day
from testing_platform.wiring import platform, utc_now

bp = Blueprint("tasks", __name__, url_prefix="/kisi-kisi/tugas")


@bp.get("/")
@requires(Permission.BLUEPRINT_READ)
def index() -> str:
    """How the campaign of a blueprint goes: the figures, who writes what, what is late."""
    with platform().database.reading() as session:
        return _campaign_page(session, request.args.get("kisi"))


@bp.post("/sasaran/<string:code>")
@requires(Permission.TASK_GIVE)
def target(code: str) -> AnyResponse | tuple[str, int]:
    """Say how many items each cell should have, and by when."""
    typed = TypedTarget.parse(request.form)
    if typed.errors:
        with platform().database.reading() as session:
            return _campaign_page(session, code, typed=typed), 422
    with platform().database.transaction() as session:
        plan = queries.published(session, code) or abort(404)
        wanted = int(typed.target), day(typed.target_on)
        set_target(session, plan, target=wanted[0], target_on=wanted[1], actor=current_actor(), now=utc_now())
    flash(gettext("The target is written down."), "ok")
    return redirect(url_for(".index", kisi=code))


@bp.post("/untuk/<uuid:indicator_id>")
@requires(Permission.TASK_GIVE)
def give(indicator_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Give a cell to a writer."""
    typed = TypedTask.parse(request.form)
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                task = _give(session, indicator_id, typed)
                told = gettext("%(name)s has the task now.", name=task.assignee.full_name)
            flash(told, "ok")
            return redirect(url_for("blueprints_map.cell", indicator_id=indicator_id))
        except ItemBankError as error:
            typed.errors[""] = text_of(error)
    with platform().database.reading() as session:
        return cell_page(session, indicator_id, typed=typed), 422


@bp.get("/<uuid:task_id>")
@requires(Permission.TASK_GIVE)
def edit(task_id: uuid.UUID) -> str:
    """One task: what was written for it, and the form that changes it."""
    with platform().database.reading() as session:
        task = _task(session, task_id)
        typed = TypedTask(str(task.assignee.public_id), task.due_on.isoformat(), str(task.n_items), task.note)
        return _task_page(session, task, typed)


@bp.post("/<uuid:task_id>")
@requires(Permission.TASK_GIVE)
def change(task_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Another writer, day, number or note."""
    typed = TypedTask.parse(request.form)
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                task = _task(session, task_id)
                _change(session, task, typed)
                code = task.indicator.competency.core.blueprint.code
            flash(gettext("The task is changed."), "ok")
            return redirect(url_for(".index", kisi=code))
        except ItemBankError as error:
            typed.errors[""] = text_of(error)
    with platform().database.reading() as session:
        return _task_page(session, _task(session, task_id), typed), 422


@bp.post("/<uuid:task_id>/tarik")
@requires(Permission.TASK_GIVE)
def take_back(task_id: uuid.UUID) -> AnyResponse:
    """End a task that is not wanted any more."""
    with platform().database.reading() as session:
        code = _task(session, task_id).indicator.competency.core.blueprint.code
    try:
        with platform().database.transaction() as session:
            operations.take_task_back(session, _task(session, task_id), actor=current_actor(), now=utc_now())
        flash(gettext("The task is taken back. What was written for it stays."), "ok")
    except ItemBankError as error:
        flash(text_of(error), "bad")
    return redirect(url_for(".index", kisi=code))


# Carrying out -----------------------------------------------------------------------------------------------------


def _give(session: Session, indicator_id: uuid.UUID, typed: TypedTask) -> WritingTask:
    indicator = queries.indicator_by_public_id(session, indicator_id) or abort(404)
    return operations.give_task(
        session,
        indicator,
        assignee=_assignee(session, typed),
        due=typed.due_on,
        n_items=int(typed.n_items),
        note=typed.note,
        actor=current_actor(),
        now=utc_now(),
    )


def _change(session: Session, task: WritingTask, typed: TypedTask) -> None:
    operations.change_task(
        session,
        task,
        assignee=_assignee(session, typed),
        due=typed.due_on,
        n_items=int(typed.n_items),
        note=typed.note,
        actor=current_actor(),
        now=utc_now(),
    )


def _assignee(session: Session, typed: TypedTask) -> Account:
    return find_account(session, typed.assignee_id) or abort(404)


def _task(session: Session, task_id: uuid.UUID) -> WritingTask:
    return task_queries.task_by_public_id(session, task_id) or abort(404)


# Presenting -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """What one writer has to do and has done, over all open tasks of a blueprint."""

    name: str
    n_tasks: int
    n_items: int
    n_written: int
    n_in_review: int
    n_approved: int
    n_late: int

    @classmethod
    def of(cls, tasks: list[Task], *, on: date) -> "Share":
        """The sum over the tasks of one writer."""
        return cls(
            name=tasks[0].assignee_name,
            n_tasks=len(tasks),
            n_items=sum(task.n_items for task in tasks),
            n_written=sum(task.n_written for task in tasks),
            n_in_review=sum(task.n_in_review for task in tasks),
            n_approved=sum(task.n_approved for task in tasks),
            n_late=sum(task.is_late(on) for task in tasks),
        )


def _shares(tasks: list[Task], *, on: date) -> list[Share]:
    by_writer: dict[uuid.UUID, list[Task]] = defaultdict(list)
    for task in tasks:
        by_writer[task.assignee].append(task)
    return sorted((Share.of(held, on=on) for held in by_writer.values()), key=lambda share: (-share.n_late, share.name))


def _campaign_page(session: Session, code: str | None, *, typed: TypedTarget | None = None) -> str:
    plans = queries.all_published(session)
    plan = next((plan for plan in plans if plan.code == code), None) if code else next(iter(plans), None)
    if plan is None:
        return render_template("tasks/index.html", plans=plans, plan=None) if code is None else abort(404)
    return render_template("tasks/index.html", plans=plans, plan=plan, typed=typed, **_campaign(session, plan))


def _campaign(session: Session, plan: BlueprintRow) -> dict[str, object]:
    now, on = utc_now(), today(utc_now())
    tasks = task_queries.open_tasks(session, blueprint=plan.code)
    cells = queries.cells_of(session, plan)
    progress = Progress.of([cell.counts for cell in cells], target=plan.target)
    n_lately = len(queries.approvals_since(session, plan, now - timedelta(weeks=PACE_WEEKS)))
    given = {task.indicator for task in tasks}
    return {
        "progress": progress,
        "n_waiting": sum(cell.counts.n_live == 0 and cell.indicator not in given for cell in cells),
        "counts": [cell.counts for cell in cells],
        "tasks": tasks,
        "ended": task_queries.ended_tasks(session, blueprint=plan.code),
        "shares": _shares(tasks, on=on),
        "n_lately": n_lately,
        "pace_weeks": PACE_WEEKS,
        "end": expected_end(progress.n_missing, n_lately=n_lately, today=on),
        "most_items": MOST_ITEMS,
        "today": on,
    }


def _task_page(session: Session, task: WritingTask, typed: TypedTask) -> str:
    (shown,) = task_queries.described(session, [task])
    return render_template(
        "tasks/task.html",
        task=shown,
        typed=typed,
        writers=task_queries.writers(session),
        most_items=MOST_ITEMS,
        today=today(utc_now()),
    )
