"""Serves the candidate's runner: one document that never navigates."""

from flask import Blueprint, render_template

from testing_platform.permissions import Permission, requires

bp = Blueprint("runner", __name__)


@bp.get("/ujian")
@requires(Permission.PUBLIC)
def document() -> str:
    """The runner; everything else it fetches by itself."""
    return render_template("runner/runner.html", api_base="/api/v1")
