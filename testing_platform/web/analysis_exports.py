"""The analysis as files. People are named by the random id of their attempt and by nothing else.

Answers and key have the columns that `testing-platform analyze` reads, so anybody can compute everything again.
A CSV of answers cannot tell an item that was never seen from one that was left blank; the list of single answers can.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from string import ascii_uppercase
from typing import Any

from sqlalchemy.orm import Session

from exam.model import Administration, AnalysisRun
from exam.queries.responses import Blank, Responses
from itembank.model import ItemStatistics
from registry.actor import Actor
from registry.audit import record
from registry.columns import Document
from testing_platform.exports import Cell, Table

_CELLS = {Blank.OMITTED: "", Blank.NOT_REACHED: "", Blank.NOT_PRESENTED: "."}
_STATUS = {Blank.OMITTED: "omitted", Blank.NOT_REACHED: "not_reached"}
_FIGURES = ("n_presented", "n_omitted", "n_not_reached", "p", "p_se", "point_biserial", "point_biserial_se")
_MORE_FIGURES = ("item_rest", "biserial", "upper_lower", "alpha_if_deleted")
_PARAMETERS = ("a", "se_a", "b", "d", "se_d")


def answers_table(responses: Responses) -> Table:
    """RESPONSES.csv: one row a candidate, one column an item; `.` where the item was not in the form."""
    headers = ["candidate", "form", "group", *(item.name for item in responses.items)]
    rows = [
        [str(row.public_id), row.form, row.site_kind, *(_letter(answer) for answer in row.answers)]
        for row in responses.attempts
    ]
    return Table(title="responses", headers=headers, rows=rows)


def key_table(responses: Responses) -> Table:
    """KEY.csv: the key of each item, its section and its number of options."""
    rows: list[list[Cell]] = [
        [item.name, ascii_uppercase[item.key_position], item.section.value, item.n_options] for item in responses.items
    ]
    return Table(title="key", headers=["item", "key", "section", "options"], rows=rows)


def single_answers_table(responses: Responses) -> Table:
    """One row a candidate and item: the place in which it was shown, the option, whether it is right."""
    headers = ["candidate", "form", "group", "item", "presented_position", "option", "status", "right"]
    rows: list[list[Cell]] = [
        [
            *(str(row.public_id), row.form, row.site_kind, item.name, place, _letter(answer)),
            *("answered" if answer >= 0 else _STATUS[Blank(answer)], int(answer == item.key_position)),
        ]
        for row in responses.attempts
        for item, answer, place in zip(responses.items, row.answers, row.presented_at, strict=True)
        if place
    ]
    return Table(title="answers", headers=headers, rows=rows)


def _letter(answer: int) -> str:
    return ascii_uppercase[answer] if answer >= 0 else _CELLS[Blank(answer)]


def items_table(verdicts: Sequence[ItemStatistics]) -> Table:
    """The item table with every figure, its error, the verdict and the decision."""
    headers = [
        *("item", "version", "section", "key", *_FIGURES, *_MORE_FIGURES),
        *(f"2pl_{name}" for name in _PARAMETERS),
        *("verdict", "reasons", "decision", "moved_to"),
    ]
    return Table(title="items", headers=headers, rows=[_item_row(statistics) for statistics in verdicts])


def _item_row(statistics: ItemStatistics) -> list[Cell]:
    figures, curation = statistics.figures, statistics.curation
    parameters = figures.get("irt", {}).get("2pl", {})
    reasons = " ".join(str(reason["code"]) for reason in statistics.reasons)
    decided: list[Cell] = [curation.act.value, curation.moved_to.value] if curation else [None, None]
    return [
        *(figures.get("name"), statistics.version.number, figures.get("section"), figures.get("key")),
        *(figures.get(name) for name in (*_FIGURES, *_MORE_FIGURES)),
        *(parameters.get(name) for name in _PARAMETERS),
        *(statistics.verdict, reasons),
        *decided,
    ]


def analysis_document(run: AnalysisRun, verdicts: Sequence[ItemStatistics]) -> Document:
    """The whole analysis for programs: the figures as `analyze --json` names them, verdicts and decisions."""
    return {
        "administration": run.administration.code,
        "run": str(run.public_id),
        "computed_at": run.computed_at.isoformat(),
        "responses_digest": run.responses_digest.hex(),
        "figures": run.figures,
        "items": [_item_document(statistics) for statistics in verdicts],
    }


def _item_document(statistics: ItemStatistics) -> dict[str, Any]:
    curation = statistics.curation
    return {
        "item": statistics.figures.get("name"),
        "version": str(statistics.version.public_id),
        "figures": statistics.figures,
        "verdict": statistics.verdict,
        "reasons": statistics.reasons,
        "decision": None
        if curation is None
        else {
            "act": curation.act.value,
            "moved_to": curation.moved_to.value,
            "reopened": curation.reopened,
            "reason": curation.reason,
            "decided_at": curation.decided_at.isoformat(),
        },
    }


def record_export(
    session: Session, administration: Administration, *, what: str, run: uuid.UUID | None, actor: Actor, now: datetime
) -> None:
    """Write down who took answers or figures out of the platform."""
    record(
        session,
        actor=actor,
        action="analysis.export",
        subject_kind="administration",
        subject=administration.public_id,
        at=now,
        details={"what": what, "run": str(run) if run else None},
    )
