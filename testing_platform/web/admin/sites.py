"""Sites: the places where the test is sat, with the time zone in which their windows are entered and shown."""

import re
import uuid

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from registry import operations, queries
from registry.errors import SiteCodeTakenError
from registry.model import Site, SiteKind, TimeZone
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.admin.blueprint import Answer, bp
from testing_platform.web.admin.typed import NOTHING, Typed
from testing_platform.wiring import platform, utc_now

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@bp.get("/tempat")
@requires(Permission.SITE_MANAGE)
def sites() -> str:
    """All sites."""
    with platform().database.reading() as session:
        return render_template("admin/sites.html", sites=queries.sites(session))


@bp.get("/tempat/baru")
@requires(Permission.SITE_MANAGE)
def new_site() -> str:
    """The form for a new site."""
    return _form(NOTHING)


@bp.post("/tempat/baru")
@requires(Permission.SITE_MANAGE)
def create_site() -> Answer:
    """Add a site."""
    typed = _typed("code")
    if not CODE.fullmatch(typed["code"]):
        typed.errors["code"] = _("The code has 1 to 64 letters, digits, full stops or hyphens, without spaces.")
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                _create(session, typed)
            flash(_("Site %(code)s is added.", code=typed["code"]), "ok")
            return redirect(url_for(".sites"))
        except SiteCodeTakenError as error:
            typed.refuse(error, "code")
    return _form(typed), 422


@bp.get("/tempat/<uuid:site_id>")
@requires(Permission.SITE_MANAGE)
def edit_site(site_id: uuid.UUID) -> str:
    """The form to correct a site."""
    with platform().database.reading() as session:
        site = _find(session, site_id)
        values = {"name": site.name, "kind": site.kind.value, "zone": site.time_zone.name, "province": site.province}
        return _form(Typed(values), site=site)


@bp.post("/tempat/<uuid:site_id>")
@requires(Permission.SITE_MANAGE)
def update_site(site_id: uuid.UUID) -> Answer:
    """Correct a site; its code stays."""
    typed = _typed()
    if typed.errors:
        with platform().database.reading() as session:
            return _form(typed, site=_find(session, site_id)), 422
    with platform().database.transaction() as session:
        site = _find(session, site_id)
        operations.update_site(
            session,
            site,
            name=typed["name"],
            kind=SiteKind(typed["kind"]),
            time_zone=TimeZone[typed["zone"]],
            province=typed["province"],
            actor=current_actor(),
            now=utc_now(),
        )
    flash(_("Site %(code)s is corrected.", code=site.code), "ok")
    return redirect(url_for(".sites"))


def _find(session: Session, site_id: uuid.UUID) -> Site:
    return queries.find_site(session, site_id) or abort(404)


def _typed(*more: str) -> Typed:
    typed = Typed.of_request("name", "kind", "zone", "province", *more)
    typed.check_lines(name=_("Write the name of the site."), province=_("Write the province."))
    typed.check_choice("kind", [kind.value for kind in SiteKind], missing=_("Choose the kind of institution."))
    typed.check_choice("zone", list(TimeZone.__members__), missing=_("Choose the time zone."))
    return typed


def _create(session: Session, typed: Typed) -> Site:
    return operations.create_site(
        session,
        code=typed["code"],
        name=typed["name"],
        kind=SiteKind(typed["kind"]),
        time_zone=TimeZone[typed["zone"]],
        province=typed["province"],
        actor=current_actor(),
        now=utc_now(),
    )


def _form(typed: Typed, *, site: Site | None = None) -> str:
    return render_template("admin/site_form.html", typed=typed, site=site, kinds=_kinds(), zones=_zones())


def _kinds() -> list[tuple[str, str, str]]:
    return [
        (SiteKind.LPTK.value, "LPTK", _("university that trains teachers")),
        (SiteKind.LPMP.value, "LPMP", _("provincial institute for the quality of education")),
        (SiteKind.P4TK.value, "P4TK", _("national centre for the development of teachers")),
    ]


def _zones() -> list[tuple[str, str, str]]:
    return [
        ("WIB", "WIB", _("western time: Sumatra, Java, West and Central Kalimantan")),
        ("WITA", "WITA", _("central time: Bali, Nusa Tenggara, South, East and North Kalimantan, Sulawesi")),
        ("WIT", "WIT", _("eastern time: Maluku and Papua")),
    ]
