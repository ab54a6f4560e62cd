"""`testing-platform blueprint`: what blueprints say, and how full they are, on a terminal or as JSON for programs.

The JSON is a list of objects, one an indicator, that never loses a field: scripts of an authority read it.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from itembank.coverage import Progress, Stage
from itembank.model import Blueprint
from itembank.queries import plans
from itembank.states import ItemState
from itembank.textformat import LETTERS
from itembank.verbs import verb_finding
from testing_platform.config import load
from testing_platform.database import require_current
from testing_platform.errors import PlatformError
from testing_platform.wiring import build

Row = Mapping[str, Any]


class BlueprintUnknownError(PlatformError):
    """A blueprint, or a version of it, that the bank does not have."""

    def __init__(self, *, code: str, known: list[str]) -> None:
        there_are = f"There are: {', '.join(known)}." if known else "There is none yet; run: testing-platform seed"
        super().__init__(f"The bank has no blueprint {code} in force. {there_are}")


def add_arguments(show: argparse.ArgumentParser, coverage: argparse.ArgumentParser) -> None:
    """The arguments of both parts of the command."""
    for part in (show, coverage):
        part.add_argument("code", nargs="?", metavar="CODE", help="code of a blueprint (default: all in force)")
        part.add_argument("--json", action="store_true", help="write a list of indicators as JSON")


def show(options: argparse.Namespace) -> int:
    """Print the trees of blueprints."""
    return _print(options, rows=_indicators, text=_tree)


def coverage(options: argparse.Namespace) -> int:
    """Print how many items stand where, cell by cell."""
    return _print(options, rows=_cells, text=_table)


def _print(
    options: argparse.Namespace,
    *,
    rows: Callable[[Session, Blueprint], Iterator[Row]],
    text: Callable[[Session, Blueprint], Iterator[str]],
) -> int:
    database = build(load()).database
    require_current(database.engine)
    with database.reading() as session:
        wanted = _wanted(session, options.code)
        if options.json:
            found = [row for plan in wanted for row in rows(session, plan)]
            print(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            for plan in wanted:
                print("\n".join(text(session, plan)), end="\n\n")
    return 0


def _wanted(session: Session, code: str | None) -> list[Blueprint]:
    found = plans.all_published(session)
    if code is None:
        return found
    chosen = [plan for plan in found if plan.code == code]
    if not chosen:
        raise BlueprintUnknownError(code=code, known=[plan.code for plan in found])
    return chosen


# Shapes -----------------------------------------------------------------------------------------------------------


def _indicators(_session: Session, plan: Blueprint) -> Iterator[Row]:
    for core in plan.cores:
        for competency in core.competencies:
            for indicator in competency.indicators:
                finding = verb_finding(indicator.text, indicator.bloom.value)
                yield {
                    "code": plan.code,
                    "version": plan.version,
                    "indicator": indicator.code,
                    "bloom": indicator.bloom.value,
                    "text": indicator.text,
                    "competency": competency.code,
                    "core": core.code,
                    "regulation": competency.regulation,
                    "state": plan.state.value,
                    "key": list(LETTERS[: plan.n_options]),  # the positions that a key may have
                    "verb": finding.problem.value if finding else None,
                }


def _cells(session: Session, plan: Blueprint) -> Iterator[Row]:
    keys = plans.key_positions(session, plan)
    for cell in plans.cells_of(session, plan):
        counted = keys[cell.indicator]
        yield {
            "code": plan.code,
            "version": plan.version,
            "indicator": cell.code,
            "bloom": cell.bloom.value,
            "competency": cell.competency,
            "state": {state.value: cell.counts.states.get(state, 0) for state in ItemState},
            "key": {letter: counted[place] for place, letter in enumerate(LETTERS[: plan.n_options])},
            "usable": cell.counts.n_usable,
            "target": plan.target,
            "missing": max(0, plan.target - cell.counts.n_usable),
        }


def _tree(_session: Session, plan: Blueprint) -> Iterator[str]:
    levels = ", ".join(plan.levels)
    yield f"{plan.title} ({plan.code}, version {plan.version}; {levels}; {plan.n_options} options)"
    for core in plan.cores:
        yield f"{core.code} {core.title}"
        for competency in core.competencies:
            regulation = f" [Permendiknas 16/2007: {competency.regulation}]" if competency.regulation else ""
            yield f"  {competency.code} {competency.title}{regulation}"
            for indicator in competency.indicators:
                finding = verb_finding(indicator.text, indicator.bloom.value)
                remark = f"  <- verb: {finding.problem.value}" if finding else ""
                yield f"    {indicator.code} {indicator.bloom.value} {indicator.text}{remark}"


def _table(session: Session, plan: Blueprint) -> Iterator[str]:
    cells = plans.cells_of(session, plan)
    progress = Progress.of([cell.counts for cell in cells], target=plan.target)
    yield f"{plan.title} ({plan.code}, version {plan.version})"
    usable = f"{progress.n_reached} of {progress.n_target} usable items"
    yield f"{usable}; {progress.n_full} of {progress.n_cells} cells full"
    yield f"{'cell':<8} {'bloom':<6}" + "".join(f"{stage.value:>12}" for stage in Stage) + f"{'missing':>9}"
    for cell in cells:
        numbers = "".join(f"{cell.counts.of(stage) or '.':>12}" for stage in Stage)
        missing = max(0, plan.target - cell.counts.n_usable)
        yield f"{cell.code:<8} {cell.bloom.value:<6}{numbers}{missing or '.':>9}"
