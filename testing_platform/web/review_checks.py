"""How good the checks are: how well reviewers agree, and whether reviewers and linter foresaw the statistics."""

import uuid

from flask import Blueprint, abort, render_template, request

from itembank import readings
from itembank.agreement import FEW_PAIRS
from itembank.foresight import FEW_ITEMS, of_linter, of_reviewers
from itembank.queries.checklists import checklist_in_use
from itembank.queries.foresight import analysed_administrations, tried_items
from itembank.queries.readings import MOST_ITEMS, read_twice
from registry.queries import names_of
from testing_platform.permissions import Permission, requires
from testing_platform.wiring import platform

bp = Blueprint("review_checks", __name__, url_prefix="/papan-telaah")

EVERYTHING = "semua"  # all administrations together; linting a large bank takes its seconds, so one must ask for it


@bp.get("/kesepakatan")
@requires(Permission.CHECKS_READ)
def agreement() -> str:
    """How well reviewers agree: on each criterion, in pairs, and each with all others."""
    with platform().database.reading() as session:
        checklist = checklist_in_use(session)
        read = read_twice(session, checklist=checklist.name)
        readers = readings.by_reader(read)
        return render_template(
            "review/agreement.html",
            checklist=checklist,
            n_read=len(read),
            overall=readings.overall(read),
            criteria=readings.by_criterion(read, checklist.codes),
            pairs=readings.by_pair(read),
            readers=readers,
            names=names_of(session, [each.reader for each in readers]),
            few=FEW_PAIRS,
            most=MOST_ITEMS,
        )


@bp.get("/bukti")
@requires(Permission.CHECKS_READ)
def foresight() -> str:
    """Whether the checks foresaw what an administration found, criterion by criterion."""
    with platform().database.reading() as session:
        administrations = analysed_administrations(session)
        chosen = _chosen([each.public_id for each in administrations])
        checklist = checklist_in_use(session)
        tried = tried_items(session, checklist, administration=chosen)
        return render_template(
            "review/foresight.html",
            checklist=checklist,
            administrations=administrations,
            chosen=chosen,
            tried=tried,
            reviewers=of_reviewers(tried, checklist.codes),
            linter=of_linter(tried, checklist.codes),
            few=FEW_ITEMS,
        )


def _chosen(known: list[uuid.UUID]) -> uuid.UUID | None:
    """The administration that the address names, else the newest; none: all together."""
    asked = request.args.get("pelaksanaan", "")
    if not known or asked == EVERYTHING:
        return None
    if not asked:
        return known[0]
    return next((public_id for public_id in known if str(public_id) == asked), None) or abort(404)
