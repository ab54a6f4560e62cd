"""Languages: Indonesian first, English second. The person's choice wins, then the account's, then Indonesian."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, session
from flask_babel import Babel, force_locale, format_datetime, lazy_gettext
from flask_login import current_user

from itembank.states import ItemState
from registry.model import TimeZone
from registry.roles import Role

LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
COOKIE_FIELD = "language"

_ROLE_NAMES = {
    Role.ADMIN: lazy_gettext("Administrator"),
    Role.ITEM_WRITER: lazy_gettext("Item writer"),
    Role.REVIEWER: lazy_gettext("Reviewer"),
    Role.BANK_MANAGER: lazy_gettext("Bank manager"),
    Role.PSYCHOMETRICIAN: lazy_gettext("Psychometrician"),
    Role.COMMITTEE: lazy_gettext("Committee"),
    Role.PROKTOR: lazy_gettext("Proctor"),
    Role.PENGAWAS: lazy_gettext("Invigilator"),
}

ITEM_STATE_NAMES = {
    ItemState.DRAFT: lazy_gettext("Draft"),
    ItemState.IN_REVIEW: lazy_gettext("In review"),
    ItemState.REVISION: lazy_gettext("Sent to revision"),
    ItemState.APPROVED: lazy_gettext("Approved"),
    ItemState.PRETEST: lazy_gettext("In try-out"),
    ItemState.OPERATIONAL: lazy_gettext("Operational"),
    ItemState.SUSPENDED: lazy_gettext("Suspended"),
    ItemState.RETIRED: lazy_gettext("Retired"),
}

ZONE_NAMES = {TimeZone.WIB: "WIB", TimeZone.WITA: "WITA", TimeZone.WIT: "WIT"}


def install(app: Flask) -> None:
    """Choose the language of each request, and teach the templates how instants and zones are written."""
    Babel(app, locale_selector=_language, default_translation_directories="translations")
    app.jinja_env.filters["local"] = local_text
    app.jinja_env.globals.update(role_name=role_name, zone_name=zone_name)


def _language() -> str:
    chosen = session.get(COOKIE_FIELD)
    if chosen in LANGUAGES:
        return str(chosen)
    if current_user and current_user.is_authenticated and current_user.language in LANGUAGES:
        return str(current_user.language)
    return "id"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """The texts of the pages for a command, which has no request and no installation behind it."""
    app = Flask("testing_platform")
    Babel(app, default_translation_directories="translations")
    with app.app_context(), force_locale(language):
        yield


def role_name(role: Role) -> str:
    """A role as people call it, in the language of the request."""
    return str(_ROLE_NAMES[role])


def zone_name(zone: TimeZone) -> str:
    """WIB, WITA or WIT."""
    return ZONE_NAMES[zone]


def local_text(instant: datetime, zone: TimeZone = TimeZone.WIB, form: str = "d MMM yyyy HH.mm") -> str:
    """An instant as the clock on the wall of a site shows it, with the zone's name."""
    there = instant.astimezone(ZoneInfo(zone.value))
    return f"{format_datetime(there, form, rebase=False)} {zone_name(zone)}"
