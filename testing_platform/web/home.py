"""The start page, the choice of language, and the health check."""

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy import text
from werkzeug.wrappers import Response as AnyResponse

from testing_platform import pages
from testing_platform.i18n import COOKIE_FIELD, LANGUAGES
from testing_platform.permissions import Permission, requires
from testing_platform.web.redirects import local_target
from testing_platform.wiring import platform

bp = Blueprint("home", __name__)


@bp.get("/")
@requires(Permission.PUBLIC)
def index() -> str | AnyResponse:
    """Staff go to their work, everybody else chooses: the test, a result, or signing in."""
    if current_user.is_authenticated:
        return redirect(pages.home_of(current_user.actor))
    results = "results.ask" in current_app.view_functions
    return render_template("home/index.html", results_url=url_for("results.ask") if results else "")


@bp.get("/selamat-datang")
@requires(Permission.STAFF)
def welcome() -> str:
    """For staff who hold no role yet, or whose roles have no page."""
    return render_template("home/welcome.html")


@bp.post("/bahasa")
@requires(Permission.PUBLIC)
def set_language() -> AnyResponse:
    """Keep the language that somebody chose."""
    language = request.form.get("language", "")
    if language in LANGUAGES:
        session[COOKIE_FIELD] = language
    return redirect(local_target(request.form.get("next"), default=url_for("home.index")))


@bp.get("/health")
@requires(Permission.PUBLIC)
def health() -> Response:
    """Whether this worker can reach its database; for load balancers and `doctor`."""
    with platform().database.reading() as database:
        database.execute(text("SELECT 1"))
    return jsonify({"status": "ok"})
