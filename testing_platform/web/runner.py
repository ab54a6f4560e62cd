"""Serves the candidate's runner: one document that never navigates, and the worker that keeps it for a reload."""

from flask import Blueprint, Response

from testing_platform import runner_shell
from testing_platform.permissions import Permission, requires

bp = Blueprint("runner", __name__)


@bp.get(runner_shell.PAGE)
@requires(Permission.PUBLIC)
def document() -> str:
    """The runner; everything else it fetches by itself."""
    return runner_shell.document()


@bp.get(runner_shell.WORKER)
@requires(Permission.PUBLIC)
def worker() -> Response:
    """The service worker. It may look after the candidate's page and nothing else; the browser asks anew each time."""
    response = Response(runner_shell.worker(), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = runner_shell.PAGE
    response.headers["Cache-Control"] = "no-cache"
    return response
