"""Blueprints: which there are, what a version says, its file, and what differs from the version before."""

import uuid

from flask import Blueprint, Response, abort, render_template
from pydantic import ValidationError

from itembank.coverage import Progress
from itembank.crosswalk import crosswalk
from itembank.model import BlueprintState
from itembank.operations.blueprint_parts import below
from itembank.plan_changes import competencies_of, indicators_of
from itembank.plantext import format_blueprint
from itembank.queries import plans as queries
from itembank.verbs import verb_finding
from itembank.weights import shares, weight_of
from testing_platform.permissions import Permission, requires
from testing_platform.wiring import platform

bp = Blueprint("blueprints", __name__, url_prefix="/kisi-kisi")


@bp.get("/")
@requires(Permission.BLUEPRINT_READ)
def index() -> str:
    """All blueprints with how full they are, and the drafts that wait to be published."""
    with platform().database.reading() as session:
        versions = queries.blueprint_versions(session)
        in_force = {plan.code: plan for plan in queries.all_published(session)}
        progress = {
            code: Progress.of([cell.counts for cell in queries.cells_of(session, plan)], target=plan.target)
            for code, plan in in_force.items()
        }
        return render_template(
            "blueprints/index.html",
            versions=versions,
            in_force=in_force,
            drafts={code: found for code, plans in versions.items() for found in plans if found.state == "draft"},
            progress=progress,
            n_rechecks=queries.n_rechecks(session),
        )


@bp.get("/versi/<uuid:plan_id>")
@requires(Permission.BLUEPRINT_READ)
def show(plan_id: uuid.UUID) -> str:
    """One version as a tree: core competencies, competencies, indicators with their verbs and levels."""
    with platform().database.reading() as session:
        plan = queries.blueprint_by_public_id(session, plan_id) or abort(404)
        competencies, indicators = competencies_of(plan), indicators_of(plan)
        percent = shares(competencies)
        return render_template(
            "blueprints/show.html",
            plan=plan,
            versions=queries.blueprint_versions(session)[plan.code],
            verb_finding=verb_finding,
            n_live=queries.live_items(session, [indicator.lineage for indicator in indicators]),
            crosswalk=crosswalk(competencies),
            weights={each.code: (weight_of(each), percent[each.code]) for each in competencies},
            is_in_force=plan.state is BlueprintState.PUBLISHED,
            is_complete=bool(plan.cores) and all(map(below, plan.cores)) and all(map(below, competencies)),
            has_draft=queries.draft_of(session, plan.code) is not None,
            n_rechecks=queries.n_rechecks(session)[plan.code],
        )


@bp.get("/versi/<uuid:plan_id>/berkas")
@requires(Permission.BLUEPRINT_READ)
def file(plan_id: uuid.UUID) -> Response:
    """A version in the shipped text format, to keep, compare or take elsewhere."""
    with platform().database.reading() as session:
        plan = queries.blueprint_by_public_id(session, plan_id) or abort(404)
        try:
            text = format_blueprint(queries.text_of_blueprint(plan))
        except ValidationError:
            abort(409)  # an unfinished draft, of which the page offers no file
        response = Response(text, mimetype="application/toml")
    response.headers["Content-Disposition"] = f'attachment; filename="{plan.code}-v{plan.version}.toml"'
    return response
