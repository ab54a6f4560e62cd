"""Builds the Flask application out of its parts; a route without a declared permission stops it here."""

from http import HTTPStatus

import structlog
from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

from testing_platform import __version__, compression, i18n, logs, pages, security, static_files
from testing_platform.api import anchors
from testing_platform.api import delivery as api
from testing_platform.api.fast_lane import FastLane
from testing_platform.api.problems import problem
from testing_platform.config import Settings, load
from testing_platform.database import require_current
from testing_platform.permissions import check_all_declared
from testing_platform.wiring import Platform, build


class Application(Flask):
    """Flask, except that a failed request is one line of the log and holds nobody's data."""

    def log_exception(self, exc_info: logs.ExcInfo) -> None:
        """Write down where a request failed; not the message, in which a database may quote a person's data."""
        logs.request_failed(exc_info, request=g.get("request_id"), endpoint=request.endpoint)


def _check_database(platform: Platform) -> None:
    try:
        require_current(platform.database.engine)
    except OperationalError:
        # Away, not wrong: `serve` has looked before. A worker that is started in such a minute must answer when the
        # database is back; gunicorn would end the whole server with a worker that cannot start.
        structlog.get_logger().warning("database_away")


def create_app(settings: Settings | None = None) -> Flask:
    """An application ready to serve; refuses to start on a database that is behind the migrations."""
    settings = settings or load()
    logs.configure(settings)
    platform = build(settings)
    _check_database(platform)
    is_secure = settings.secure_cookies or settings.behind_proxy or settings.serves_tls
    app = Application("testing_platform", template_folder=str(pages.templates_folder()), static_folder=None)
    app.config.update(
        SECRET_KEY=platform.keys.token,
        # The prefix keeps other hosts of the same domain from planting a cookie; without TLS browsers refuse it.
        SESSION_COOKIE_NAME="__Host-testing_platform" if is_secure else "testing_platform",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session; a page left open must still save
        TEMPLATES_AUTO_RELOAD=False,
        BABEL_DEFAULT_LOCALE="id",
    )
    app.extensions["testing_platform"] = platform
    app.jinja_env.globals.update(version=__version__)
    app.jinja_env.autoescape = True
    app.wsgi_app = FastLane(app, platform, body_limit=security.API_BODY_LIMIT)  # type: ignore[method-assign]
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    compression.install(app)
    static_files.install(app)
    i18n.install(app)
    security.install(app)
    app.register_blueprint(anchors.bp)
    app.register_blueprint(api.bp)
    security.csrf.exempt(api.bp)  # bearer tokens, no cookies: there is nothing to forge
    pages.register(app)
    app.register_error_handler(HTTPException, _page_or_problem)
    check_all_declared(app)
    return app


def _page_or_problem(error: HTTPException) -> Response | tuple[str, int]:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if request.path.startswith("/api/"):
        kinds = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 400: "bad-request"}
        answer = problem(kinds.get(status, "server-error"))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            answer.headers["Allow"] = ", ".join(error.valid_methods)
        return answer
    if isinstance(error, CSRFError) and security.has_lost_session():
        status = HTTPStatus.UNAUTHORIZED  # the form was good: it is the session that is gone, and with it its token
    return pages.error_page(status)
