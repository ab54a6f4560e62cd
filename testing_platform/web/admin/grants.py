"""Handing out roles: one administrator proposes, another approves; taking a role away works at once."""

import uuid

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from registry import operations, queries
from registry.errors import RegistryError, RoleSiteError
from registry.model import RoleGrant, Site
from registry.roles import Role
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.admin.accounts import account_page, find
from testing_platform.web.admin.blueprint import Answer, bp
from testing_platform.web.admin.typed import Typed
from testing_platform.web.redirects import local_target
from testing_platform.wiring import platform, utc_now


@bp.post("/akun/<uuid:account_id>/peran")
@requires(Permission.ACCOUNT_MANAGE)
def grant_role(account_id: uuid.UUID) -> Answer:
    """Propose a role for an account."""
    typed = Typed.of_request("role", "site")
    typed.check_choice("role", [role.value for role in Role], missing=_("Choose a role."))
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                granted = _grant(session, account_id, typed)
                in_effect = queries.is_active(granted)
            flash(_in_effect() if in_effect else _waits(), "ok" if in_effect else "note")
            return redirect(url_for(".account", account_id=account_id))
        except RegistryError as error:
            typed.refuse(error, "site" if isinstance(error, RoleSiteError) else "role")
    return account_page(account_id, typed=typed), 422


@bp.post("/peran/<uuid:grant_id>/setujui")
@requires(Permission.ACCOUNT_MANAGE)
def approve_grant(grant_id: uuid.UUID) -> Answer:
    """Put a proposed role into effect."""
    with platform().database.reading() as session:
        account_id = _find(session, grant_id).account.public_id
    try:
        with platform().database.transaction() as session:
            operations.approve_grant(session, _find(session, grant_id), actor=current_actor(), now=utc_now())
    except RegistryError as error:
        return account_page(account_id, refused=text_of(error)), 422
    flash(_in_effect(), "ok")
    return redirect(_back(account_id))


@bp.post("/peran/<uuid:grant_id>/cabut")
@requires(Permission.ACCOUNT_MANAGE)
def revoke_grant(grant_id: uuid.UUID) -> Answer:
    """Take a role away, or withdraw a proposal."""
    with platform().database.reading() as session:
        account_id = _find(session, grant_id).account.public_id
    try:
        with platform().database.transaction() as session:
            operations.revoke_grant(session, _find(session, grant_id), actor=current_actor(), now=utc_now())
    except RegistryError as error:
        return account_page(account_id, refused=text_of(error)), 422
    flash(_("The role is taken away."), "ok")
    return redirect(_back(account_id))


def _grant(session: Session, account_id: uuid.UUID, typed: Typed) -> RoleGrant:
    return operations.grant_role(
        session,
        find(session, account_id),
        Role(typed["role"]),
        site=_site(session, typed["site"]),
        actor=current_actor(),
        now=utc_now(),
    )


def _site(session: Session, text: str) -> Site | None:
    if not text:
        return None
    try:
        return queries.find_site(session, uuid.UUID(text)) or abort(404)
    except ValueError:
        abort(404)


def _find(session: Session, grant_id: uuid.UUID) -> RoleGrant:
    return queries.find_grant(session, grant_id) or abort(404)


def _back(account_id: uuid.UUID) -> str:
    return local_target(request.form.get("next"), default=url_for(".account", account_id=account_id))


def _in_effect() -> str:
    return str(_("The role is in effect."))


def _waits() -> str:
    return str(_("The role is proposed. It takes effect when another administrator approves it."))
