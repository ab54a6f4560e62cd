"""The pages: which blueprints there are, what every template may use, and the error pages."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, render_template, request, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user

from registry.actor import Actor
from registry.roles import Role
from testing_platform import web
from testing_platform.i18n import LANGUAGES, role_name
from testing_platform.permissions import Permission, permissions_of
from testing_platform.web.redirects import local_target

# The main menu: endpoint, permission, label. Order is the order of the work.
NAVIGATION: tuple[tuple[str, Permission, str], ...] = (
    ("bank.items", Permission.BANK_READ, "Item bank"),
    ("blueprints.index", Permission.BLUEPRINT_READ, "Blueprints"),
    ("authoring.desk", Permission.ITEM_WRITE, "Writing desk"),
    ("review.queue", Permission.ITEM_REVIEW, "Review"),
    ("review_board.index", Permission.REVIEW_ASSIGN, "Review board"),
    ("forms.index", Permission.FORM_ASSEMBLE, "Forms"),
    ("sittings.index", Permission.SITTING_PLAN, "Sittings"),
    ("proctoring.index", Permission.SITTING_ADMIT, "My rooms"),
    ("analysis.index", Permission.ANALYSIS_READ, "Analysis"),
    ("scoring.index", Permission.SCORE_READ, "Scores and release"),
    ("outage_approval.index", Permission.OUTAGE_APPROVE, "Outages"),
    ("admin.accounts", Permission.ACCOUNT_MANAGE, "Accounts"),
    ("admin.sites", Permission.SITE_MANAGE, "Sites"),
    ("admin.teachers", Permission.TEACHER_MANAGE, "Teachers"),
    ("admin.audit", Permission.AUDIT_READ, "Audit"),
)

_ERROR_PAGES = {400, 401, 403, 404, 409, 413, 429, 500}


def templates_folder() -> Path:
    """Where the templates are: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"


def static_folder() -> Path:
    """Where the static files are."""
    return Path(__file__).parent / "static"


def register(app: Flask) -> None:
    """Add every page to the application."""
    for blueprint in web.blueprints():
        app.register_blueprint(blueprint)
    app.context_processor(_frame)


def home_of(actor: Actor) -> str:
    """The page on which somebody starts: the first one of the menu that they may use."""
    permitted = permissions_of(actor.roles)
    for endpoint, permission, _label in NAVIGATION:
        if permission in permitted:
            return url_for(endpoint)
    return url_for("home.welcome")


def error_page(status: int) -> tuple[str, int]:
    """The page for a status, in the voice of all our errors: what happened, what is safe, what to do now."""
    known = status if status in _ERROR_PAGES else (400 if status < 500 else 500)
    page = render_template(f"errors/{known}.html", reference=g.get("request_id"), page_before=_page_before())
    return page, status


def _page_before() -> str | None:
    """The page of ours from which a form was sent."""
    before = urlsplit(request.referrer or "")
    return local_target(before.path, default="") or None if before.netloc == request.host else None


def _frame() -> dict[str, Any]:
    language = str(get_locale() or "id")
    frame: dict[str, Any] = {
        "page_language": language,
        "languages": [{"code": code, "label": label, "current": code == language} for code, label in LANGUAGES.items()],
        "language_url": url_for("home.set_language"),
    }
    if current_user.is_authenticated:
        frame["navigation"] = _navigation()
        frame["account"] = _account(current_user.actor)
    return frame


def _navigation() -> list[dict[str, Any]]:
    here = (request.endpoint or "").partition(".")[0]
    return [
        {"label": gettext(label), "url": url_for(endpoint), "current": _is_here(endpoint, here)}
        for endpoint, permission, label in NAVIGATION
        if permission in current_user.permissions
    ]


def _is_here(endpoint: str, blueprint: str) -> bool:
    if blueprint == "admin":  # one blueprint, several entries of the menu
        return request.path.startswith(url_for(endpoint))
    # A room and a sitting have more pages than one blueprint holds; all of them stand under one address.
    return endpoint.partition(".")[0] == blueprint or request.path.startswith(url_for(endpoint))


def _account(actor: Actor) -> dict[str, Any]:
    roles = ", ".join(role_name(Role(role)) for role in sorted(actor.roles))
    links = [{"label": gettext("My account"), "url": url_for("auth.own_account")}]
    return {
        "id": actor.public_id,
        "name": actor.name,
        "role": roles,
        "sign_out_url": url_for("auth.sign_out"),
        "links": links,
    }
