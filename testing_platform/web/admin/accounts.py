"""Accounts of staff: the list, one account with all that can be done to it, and its one-time links."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from registry import operations, queries
from registry.errors import EmailMalformedError, EmailTakenError, RegistryError
from registry.model import Account, AccountLink, RoleGrant
from registry.operations.accounts import LINK_LIFETIME
from registry.operations.signins import IDLE_LIFETIME
from registry.roles import SITE_ROLES, Role
from registry.second_admin import alone_from, decides_alone
from testing_platform.error_texts import text_of
from testing_platform.i18n import role_name
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.admin.blueprint import Answer, bp
from testing_platform.web.admin.typed import NOTHING, Typed
from testing_platform.wiring import platform, utc_now


@bp.get("/akun")
@requires(Permission.ACCOUNT_MANAGE)
def accounts() -> str:
    """Everybody with an account, and the roles that wait for a second administrator."""
    with platform().database.reading() as session:
        pending, links = queries.pending_grants(session), queries.waiting_links(session, now=utc_now())
        return render_template(
            "admin/accounts.html",
            accounts=queries.accounts(session),
            pending=pending,
            names=queries.names_of(session, [g.granted_by_id for g in pending] + [li.issued_by_id for li in links]),
            links=links,
            actor=current_actor(),
            state_of=lambda account: state_of(account, utc_now()),
            is_active=queries.is_active,
        )


@bp.get("/akun/baru")
@requires(Permission.ACCOUNT_MANAGE)
def new_account() -> str:
    """The form for a new account."""
    return render_template("admin/account_form.html", typed=NOTHING, person=None)


@bp.post("/akun/baru")
@requires(Permission.ACCOUNT_MANAGE)
def create_account() -> Answer:
    """Make an account, and show its first link once."""
    typed = _person()
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                made = operations.create_account(
                    session, email=typed["email"], full_name=typed["full_name"], actor=current_actor(), now=utc_now()
                )
                return _show_link(session, made, is_new=True)
        except (EmailTakenError, EmailMalformedError) as error:
            typed.refuse(error, "email")
    return render_template("admin/account_form.html", typed=typed, person=None), 422


@bp.get("/akun/<uuid:account_id>")
@requires(Permission.ACCOUNT_MANAGE)
def account(account_id: uuid.UUID) -> str:
    """One account: its roles, its state, and what can be done."""
    return account_page(account_id)


@bp.get("/akun/<uuid:account_id>/ubah")
@requires(Permission.ACCOUNT_MANAGE)
def edit_account(account_id: uuid.UUID) -> str:
    """The form to correct a name or an address."""
    with platform().database.reading() as session:
        found = find(session, account_id)
        typed = Typed({"email": found.email, "full_name": found.full_name})
        return render_template("admin/account_form.html", typed=typed, person=found)


@bp.post("/akun/<uuid:account_id>/ubah")
@requires(Permission.ACCOUNT_MANAGE)
def update_account(account_id: uuid.UUID) -> Answer:
    """Correct the name or the address of an account."""
    typed = _person()
    if not typed.errors:
        try:
            with platform().database.transaction() as session:
                operations.update_account(
                    session,
                    find(session, account_id),
                    email=typed["email"],
                    full_name=typed["full_name"],
                    actor=current_actor(),
                    now=utc_now(),
                )
            flash(_("The account is corrected."), "ok")
            return redirect(url_for(".account", account_id=account_id))
        except (EmailTakenError, EmailMalformedError) as error:
            typed.refuse(error, "email")
    with platform().database.reading() as session:
        return render_template("admin/account_form.html", typed=typed, person=find(session, account_id)), 422


@bp.post("/akun/<uuid:account_id>/tautan")
@requires(Permission.ACCOUNT_MANAGE)
def issue_link(account_id: uuid.UUID) -> Answer:
    """Make a new one-time link and show it once."""
    try:
        with platform().database.transaction() as session:
            return _show_link(session, find(session, account_id), is_new=False)
    except RegistryError as error:
        return account_page(account_id, refused=text_of(error)), 422


@bp.post("/tautan/<uuid:link_id>/setujui")
@requires(Permission.ACCOUNT_MANAGE)
def approve_link(link_id: uuid.UUID) -> Answer:
    """Let a link work that another administrator made."""
    with platform().database.reading() as session:
        account_id = _find_link(session, link_id).account.public_id
    try:
        with platform().database.transaction() as session:
            operations.approve_link(session, _find_link(session, link_id), actor=current_actor(), now=utc_now())
    except RegistryError as error:
        return account_page(account_id, refused=text_of(error)), 422
    flash(_("The link works now. Whoever has it can set the password of this account."), "ok")
    return redirect(url_for(".account", account_id=account_id))


@bp.post("/akun/<uuid:account_id>/nonaktifkan")
@requires(Permission.ACCOUNT_MANAGE)
def disable_account(account_id: uuid.UUID) -> Answer:
    """Shut an account out."""
    return act_on(account_id, operations.disable_account, done=_("The account is disabled and signed out everywhere."))


@bp.post("/akun/<uuid:account_id>/aktifkan")
@requires(Permission.ACCOUNT_MANAGE)
def enable_account(account_id: uuid.UUID) -> Answer:
    """Let a disabled account in again."""
    return act_on(account_id, operations.enable_account, done=_("The account can be used again."))


@bp.post("/akun/<uuid:account_id>/akhiri-sesi")
@requires(Permission.ACCOUNT_MANAGE)
def end_sessions(account_id: uuid.UUID) -> Answer:
    """Sign an account out wherever it is signed in."""
    return act_on(account_id, operations.revoke_sessions, done=_("The account is signed out everywhere."))


# Shared by the routes about accounts and roles --------------------------------------------------------------------


def find(session: Session, account_id: uuid.UUID) -> Account:
    """The account of an address, or 404."""
    return queries.find_account(session, account_id) or abort(404)


def act_on(account_id: uuid.UUID, operation: Callable[..., object], *, done: str) -> Answer:
    """Do one thing to an account; a refusal is told on its page."""
    try:
        with platform().database.transaction() as session:
            operation(session, find(session, account_id), actor=current_actor(), now=utc_now())
    except RegistryError as error:
        return account_page(account_id, refused=text_of(error)), 422
    flash(done, "ok")
    return redirect(url_for(".account", account_id=account_id))


def account_page(account_id: uuid.UUID, *, typed: Typed = NOTHING, refused: str = "") -> str:
    """The page of an account, with the form for a role as typed, and with what was refused."""
    now = utc_now()
    with platform().database.reading() as session:
        found = find(session, account_id)
        return render_template(
            "admin/account.html",
            person=found,
            state=state_of(found, now),
            factor=queries.second_factor_of(session, found),
            n_sessions=queries.n_open_sessions(session, found, now=now, seen_after=now - IDLE_LIFETIME),
            typed=typed,
            refused=refused,
            **_roles_of(session, found),
            **_oversight(session, found, now),
        )


def state_of(account: Account, now: datetime) -> str:
    """Where an account stands, as its badge shows it."""
    if account.disabled_at is not None:
        return "disabled"
    if account.password_hash is None:
        return "invited"
    if account.blocked_until is not None and account.blocked_until > now:
        return "blocked"
    return "active"


def _roles_of(session: Session, account: Account) -> dict[str, Any]:
    grants = [grant for grant in account.grants if grant.revoked_at is None]
    return {
        "grants": sorted(grants, key=_by_role),
        "names": queries.names_of(session, [key for g in grants for key in (g.granted_by_id, g.approved_by_id)]),
        "sites": queries.sites(session),
        "roles": [(role.value, role_name(role)) for role in Role],
        "site_roles": [role_name(role) for role in Role if role in SITE_ROLES],
        "actor": current_actor(),
        "is_active": queries.is_active,
    }


def _oversight(session: Session, account: Account, now: datetime) -> dict[str, Any]:
    link = _waiting_link(session, account, now)
    return {
        "waiting_link": link,
        "issuer": queries.names_of(session, [link.issued_by_id]).get(link.issued_by_id or 0, "") if link else "",
        "decides_alone": decides_alone(session, current_actor(), now=now),
        "alone_from": alone_from(session, current_actor()),
    }


def _waiting_link(session: Session, account: Account, now: datetime) -> AccountLink | None:
    return next((link for link in queries.waiting_links(session, now=now) if link.account_id == account.id), None)


def _find_link(session: Session, link_id: uuid.UUID) -> AccountLink:
    return queries.find_link(session, link_id) or abort(404)


def _by_role(grant: RoleGrant) -> tuple[int, str]:
    return list(Role).index(grant.role), grant.site.name if grant.site else ""


def _person() -> Typed:
    typed = Typed.of_request("email", "full_name")
    typed.check_lines(email=_("Write the e-mail address."), full_name=_("Write the full name."))
    return typed


def _show_link(session: Session, account: Account, *, is_new: bool) -> str:
    # Shown in the answer itself and kept nowhere: neither the session cookie nor the database holds the secret.
    now = utc_now()
    token = operations.issue_link(session, account, actor=current_actor(), now=now)
    return render_template(
        "admin/link.html",
        person=account,
        link=url_for("auth.set_password", token=token, _external=True),
        expires_at=now + LINK_LIFETIME,
        factor=queries.second_factor_of(session, account),
        is_new=is_new,
        waits=_waiting_link(session, account, now) is not None,
        alone_from=alone_from(session, current_actor()),
    )
