"""The heat map of the bank against a blueprint, and the page of one cell, from which a writing task is given."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from itembank.coverage import Counts, Progress, Stage, shade
from itembank.model import Bloom, BlueprintState, Indicator
from itembank.model import Blueprint as BlueprintRow
from itembank.operations.tasks import MOST_ITEMS, today
from itembank.queries import plans as queries
from itembank.queries import tasks as task_queries
from itembank.queries.plans import Cell
from testing_platform.permissions import Permission, requires
from testing_platform.web import blueprints_words
from testing_platform.web.item_markup import excerpt
from testing_platform.web.tasks_form import TypedTask
from testing_platform.wiring import platform, utc_now

bp = Blueprint("blueprints_map", __name__, url_prefix="/kisi-kisi")
bp.record_once(blueprints_words.install)

# The views of the map, as its address names them.
BY_INDICATOR, BY_BLOOM = "indikator", "bloom"
USABLE = "usable"  # approved or operational together: what the campaign counts
DAYS_FOR_A_TASK = 14


@bp.get("/<string:code>/peta")
@requires(Permission.BLUEPRINT_READ)
def heat(code: str) -> str:
    """What the bank holds for each cell, by indicator or by competency and level of Bloom."""
    asked = AskedMap.parse(request.args)
    with platform().database.reading() as session:
        plan = queries.published(session, code) or abort(404)
        cells = queries.cells_of(session, plan)
        tasks = task_queries.open_tasks(session, blueprint=code)
        return render_template(
            "blueprints/map.html",
            plan=plan,
            asked=asked,
            groups=[(title, list(part)) for title, part in groupby(filter(asked.takes, cells), key=_competency)],
            matrix=Matrix.of(cells, asked.stage, target=plan.target),
            progress=Progress.of([cell.counts for cell in cells], target=plan.target),
            tasks={cell.indicator: [task for task in tasks if task.indicator == cell.indicator] for cell in cells},
            n_rechecks=queries.n_rechecks(session)[code],
            stages=list(Stage),
            shade=shade,
            today=today(utc_now()),
        )


@bp.get("/sel/<uuid:indicator_id>")
@requires(Permission.BLUEPRINT_READ)
def cell(indicator_id: uuid.UUID) -> str:
    """The items of a cell, its tasks, and the form that gives a further one."""
    with platform().database.reading() as session:
        return cell_page(session, indicator_id)


@dataclass(frozen=True)
class AskedMap:
    """Which view of the map, narrowed to what."""

    view: str
    stage: Stage | None  # none: usable items
    competency: str
    bloom: str

    @classmethod
    def parse(cls, arguments: MultiDict[str, str]) -> "AskedMap":
        """Words that mean nothing give the plain map."""
        view, stage = arguments.get("tampilan", BY_INDICATOR), arguments.get("tahap", USABLE)
        return cls(
            view=view if view in {BY_INDICATOR, BY_BLOOM} else BY_INDICATOR,
            stage=Stage(stage) if stage in set(Stage) else None,
            competency=arguments.get("kompetensi", ""),
            bloom=arguments.get("tingkat", ""),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether only some of the cells are shown."""
        return bool(self.competency or self.bloom)

    def takes(self, shown: Cell) -> bool:
        """Whether a cell is among those that were asked for."""
        return self.competency in {"", shown.competency} and self.bloom in {"", shown.bloom.value}


@dataclass(frozen=True)
class Square:
    """A competency at one level of Bloom: how many items, how many indicators, how dark."""

    number: int
    n_indicators: int
    shade: int


@dataclass(frozen=True)
class Matrix:
    """Competencies down, levels of Bloom across; where no indicator stands there is no square."""

    rows: list[tuple[str, str, dict[str, Square]]]  # code, title, squares by level
    totals: dict[str, Square]

    @classmethod
    def of(cls, cells: list[Cell], stage: Stage | None, *, target: int) -> "Matrix":
        """The matrix of the cells of a blueprint, counted at one stage."""
        rows = []
        for (code, title), part in groupby(cells, key=lambda shown: (shown.competency, shown.competency_title)):
            rows.append((code, title, _squares(list(part), stage, target=target)))
        return cls(rows, _squares(cells, stage, target=target))


def _squares(cells: list[Cell], stage: Stage | None, *, target: int) -> dict[str, Square]:
    squares = {}
    for bloom in Bloom:
        counts = [shown.counts for shown in cells if shown.bloom is bloom]
        if counts:
            number = _number(Counts.together(counts), stage)
            squares[bloom.value] = Square(number, len(counts), shade(number, target * len(counts)))
    return squares


def _number(counts: Counts, stage: Stage | None) -> int:
    return counts.n_usable if stage is None else counts.of(stage)


def _competency(shown: Cell) -> tuple[str, str]:
    return shown.competency, shown.competency_title


def cell_page(session: Session, indicator_id: uuid.UUID, *, typed: TypedTask | None = None) -> str:
    """The page of a cell; `typed` is a task that was refused, with what is wrong."""
    indicator = queries.indicator_by_public_id(session, indicator_id) or abort(404)
    plan = indicator.competency.core.blueprint
    shown = next(each for each in queries.cells_of(session, plan) if each.indicator == indicator_id)
    writers = task_queries.writers(session)
    return render_template(
        "blueprints/cell.html",
        plan=plan,
        indicator=indicator,
        cell=shown,
        items=queries.items_of_cell(session, indicator),
        tasks=task_queries.open_tasks(session, indicator=indicator_id),
        writers=writers,
        typed=typed or _proposal(plan, shown, writers),
        current=_current(session, plan, indicator),
        most_items=MOST_ITEMS,
        stages=list(Stage),
        shade=shade,
        excerpt=excerpt,
        today=today(utc_now()),
    )


def _current(session: Session, plan: BlueprintRow, indicator: Indicator) -> Indicator | None:
    """The same indicator on the version in force, if this one is not."""
    return None if plan.state is BlueprintState.PUBLISHED else queries.successor(session, indicator)


def _proposal(plan: BlueprintRow, shown: Cell, writers: list[task_queries.Writer]) -> TypedTask:
    # The form is filled in already, so that an empty cell takes one press more.
    missing = plan.target - shown.counts.n_usable - shown.counts.n_under_way
    return TypedTask(
        assignee=str(writers[0].public_id) if writers else "",
        due=(today(utc_now()) + timedelta(days=DAYS_FOR_A_TASK)).isoformat(),
        n_items=str(max(1, min(missing, MOST_ITEMS))),
    )
