"""Handing out roles. A role takes effect when a second admin approves it.

While an installation has only its first admin, nobody could approve; that admin's grants take effect at once, and
the audit journal says so. `registry.second_admin` says when. The system (command line, set-up) grants at once too.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.actor import SYSTEM, Actor
from registry.audit import record
from registry.errors import (
    GrantSettledError,
    LastAdminError,
    MixedSitesError,
    NotAdminError,
    OwnGrantError,
    RoleHeldError,
    RolesConflictError,
    RoleSiteError,
)
from registry.model import Account, RoleGrant, Site
from registry.queries import active_admins
from registry.roles import SITE_ROLES, Role, may_be_combined
from registry.second_admin import approval_needed


def grant_role(
    session: Session,
    account: Account,
    role: Role,
    *,
    actor: Actor,
    now: datetime,
    site: Site | None = None,
) -> RoleGrant:
    """Propose a role for an account; see the module for when it takes effect."""
    _require_admin(actor)
    if actor.account_id == account.id:
        raise OwnGrantError
    _check_fits(session, account, role, site)
    approval = approval_needed(session, actor, now=now)
    grant = RoleGrant(
        account_id=account.id,
        role=role,
        site_id=site.id if site else None,
        granted_by_id=actor.account_id,
        granted_at=now,
        approved_at=None if approval == "second-admin" else now,
    )
    _keep(session, grant)
    session.expire(account, ["grants"])
    _record(session, grant, action="role.grant", actor=actor, now=now, approval=approval)
    return grant


def approve_grant(session: Session, grant: RoleGrant, *, actor: Actor, now: datetime) -> None:
    """Put a proposed role into effect, as another admin than the proposer, and not for oneself."""
    _require_admin(actor)
    if actor.key in (grant.granted_by_id, grant.account_id):
        raise OwnGrantError
    approved = session.scalars(
        update(RoleGrant)
        .where(RoleGrant.id == grant.id, RoleGrant.approved_at.is_(None), RoleGrant.revoked_at.is_(None))
        .values(approved_by_id=actor.key, approved_at=now)
        .returning(RoleGrant.id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    if not approved:
        raise GrantSettledError
    _record(session, grant, action="role.approve", actor=actor, now=now)


def revoke_grant(session: Session, grant: RoleGrant, *, actor: Actor, now: datetime) -> None:
    """Take a role away, or withdraw a proposal, at once. The last admin keeps the role."""
    _require_admin(actor)
    if grant.role is Role.ADMIN and grant.approved_at and active_admins(session) == {grant.account_id}:
        raise LastAdminError
    revoked = session.scalars(
        update(RoleGrant)
        .where(RoleGrant.id == grant.id, RoleGrant.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(RoleGrant.id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    if not revoked:
        raise GrantSettledError
    _record(session, grant, action="role.revoke", actor=actor, now=now)


def _require_admin(actor: Actor) -> None:
    if actor != SYSTEM and Role.ADMIN not in actor.roles:
        raise NotAdminError


def _check_fits(session: Session, account: Account, role: Role, site: Site | None) -> None:
    if (role in SITE_ROLES) != (site is not None):
        raise RoleSiteError(role=role.value)
    held = session.execute(
        select(RoleGrant.role, RoleGrant.site_id).where(
            RoleGrant.account_id == account.id,
            RoleGrant.revoked_at.is_(None),
        ),
    ).all()
    if not may_be_combined({other for other, _ in held}, role):
        raise RolesConflictError(role=role.value)
    # An actor carries roles and sites side by side, so a proktor here who were a pengawas there would be both at both.
    if site and any(at is not None and other is not role and at != site.id for other, at in held):
        raise MixedSitesError(role=role.value)


def _keep(session: Session, grant: RoleGrant) -> None:
    try:
        with session.begin_nested():
            session.add(grant)
            session.flush()
    except IntegrityError as refused:
        raise RoleHeldError(role=grant.role.value) from refused


def _record(
    session: Session, grant: RoleGrant, *, action: str, actor: Actor, now: datetime, approval: str | None = None
) -> None:
    details = {
        "grant": str(grant.public_id),
        "role": grant.role.value,
        "site": str(grant.site.public_id) if grant.site else None,
    }
    if approval:
        details["approval"] = approval
    subject = grant.account.public_id
    record(session, actor=actor, action=action, subject_kind="account", subject=subject, at=now, details=details)
