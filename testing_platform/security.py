"""What every request passes: declared permissions, security headers, size limits, CSRF, and who is signed in."""

import uuid
from datetime import datetime, timedelta

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from registry import queries
from registry.actor import Actor
from registry.model import Account
from registry.operations.signins import session_account, touch_session
from testing_platform.api.problems import problem
from testing_platform.permissions import Permission, permissions_of, required_by
from testing_platform.wiring import platform, utc_now

API_BODY_LIMIT = 64 * 1024
ANCHOR_BODY_LIMIT = 1024 * 1024  # one line names every seat of a room after the worker began anew
UPLOAD_LIMIT = 8 * 1024 * 1024
TOUCH_AFTER = timedelta(minutes=1)  # a session that is used does not fall asleep; not every page writes

# The runner shows pictures as blob: URLs and nothing else; staff pages draw inline SVG and no image from elsewhere.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)

_FILE_HEADERS = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
_DOCUMENT_HEADERS = {
    **_FILE_HEADERS,
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

csrf = CSRFProtect()
login_manager = LoginManager()


class StaffUser(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """A signed-in member of staff, as Flask-Login knows it: the session's token is the id."""

    def __init__(
        self, token: str, actor: Actor, *, language: str, signed_in_at: datetime, owes_second_factor: bool
    ) -> None:
        self.token = token
        self.actor = actor
        self.language = language
        self.signed_in_at = signed_in_at
        self.owes_second_factor = owes_second_factor
        self.permissions = frozenset({Permission.SIGNED_IN}) if owes_second_factor else permissions_of(actor.roles)

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie: the token of a session row, which can be revoked."""
        return self.token


@login_manager.user_loader  # type: ignore[untyped-decorator]  # flask-login ships no types
def _load_user(token: str) -> StaffUser | None:
    now = utc_now()
    with platform().database.reading() as session:
        found = session_account(session, token, now=now)
        if found is None:
            return None
        user = staff_user(session, found.account, token=token, signed_in_at=found.created_at)
    if now - found.last_seen_at > TOUCH_AFTER:
        with platform().database.transaction() as session:
            touch_session(session, found, now=now)
    return user


def staff_user(session: Session, account: Account, *, token: str, signed_in_at: datetime) -> StaffUser:
    """Somebody who is signed in, with what they may do now."""
    demanded = platform().settings.roles_with_second_factor
    owes = queries.owes_second_factor(session, account, demanded_of=demanded)
    actor, language = queries.actor_of(account), account.language
    return StaffUser(token, actor, language=language, signed_in_at=signed_in_at, owes_second_factor=owes)


def current_actor() -> Actor:
    """Who is signed in; only behind a permission that asks for staff."""
    actor: Actor = current_user.actor
    return actor


def may(permission: Permission) -> bool:
    """Whether the person who is signed in holds a permission; for templates, which hide what would be refused."""
    return current_user.is_authenticated and permission in current_user.permissions


def install(app: Flask) -> None:
    """Put the guards in front of every view."""
    app.before_request(_limit_body)  # first of all: whoever looks for a CSRF token reads the body
    app.before_request(_refuse_zero_bytes)
    csrf.init_app(app)
    login_manager.init_app(app)
    app.before_request(guard)
    app.after_request(_headers)
    app.jinja_env.globals.update(may=may, Permission=Permission)


def guard() -> AnyResponse | None:
    """Deny by default: staff views need the declared permission; candidates' views check their own tokens."""
    if request.endpoint is None:
        return None  # no such page: 404
    needed = required_by(current_app, request.endpoint)
    if needed in {Permission.PUBLIC, Permission.CANDIDATE}:
        return None
    if not current_user.is_authenticated:
        if request.method == "GET" and "HX-Request" not in request.headers:
            return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
        abort(401)
    if needed is None or needed not in current_user.permissions:
        if current_user.owes_second_factor and request.method == "GET" and "HX-Request" not in request.headers:
            return redirect(url_for("second_factor.show", next=request.full_path.rstrip("?")))
        abort(403)
    return None


def has_lost_session() -> bool:
    """Whether nobody is signed in where somebody has to be."""
    if request.endpoint is None or current_user.is_authenticated:
        return False
    return required_by(current_app, request.endpoint) not in {Permission.PUBLIC, Permission.CANDIDATE}


def body_limit(path: str) -> int:
    """How many bytes may be sent to a path; the server asks before it reads them."""
    if path == "/api/v1/anchors":
        return ANCHOR_BODY_LIMIT
    return API_BODY_LIMIT if path.startswith("/api/") else UPLOAD_LIMIT


def _limit_body() -> Response | None:
    limit = request.max_content_length = body_limit(request.path)
    request.max_form_memory_size = UPLOAD_LIMIT
    g.request_id = uuid.uuid4().hex[:12]
    if (request.content_length or 0) > limit:
        if request.path.startswith("/api/"):
            return problem("too-large")
        abort(413)
    return None


def _refuse_zero_bytes() -> None:
    # No keyboard types them, and PostgreSQL keeps no text that holds one. The API's shapes refuse them by themselves.
    sent = [request.path, *_texts(request.args)]
    if not request.path.startswith("/api/"):
        sent += _texts(request.form)
    if any("\0" in text for text in sent):
        abort(400)


def _texts(fields: MultiDict[str, str]) -> list[str]:
    return [text for field in fields.items(multi=True) for text in field]


def _headers(response: Response) -> Response:
    for name, value in (_FILE_HEADERS if _is_file(response) else _DOCUMENT_HEADERS).items():
        response.headers.setdefault(name, value)
    # Not for a lab's own authority: browsers that were told so offer no way through once its certificate is forgotten.
    if request.is_secure and platform().settings.behind_proxy:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _is_file(response: Response) -> bool:
    # No browser opens these as a document; a candidate's page loads forty of them, and half a kilobyte each is much.
    return request.endpoint == "static" and response.mimetype in {"text/css", "text/javascript", "font/woff2"}


__all__ = ["csrf", "current_actor", "install", "login_manager", "may"]
