"""Accounts of staff and the one-time links by which their owners set a password. No default password exists.

A link to an account that has a password could take it from its owner, so a second admin approves such a link.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.actor import SYSTEM, Actor
from registry.errors import (
    AccountDisabledError,
    EmailMalformedError,
    EmailTakenError,
    LastAdminError,
    LinkRefusedError,
    LinkSettledError,
    NotAdminError,
    OwnLinkError,
)
from registry.model import Account, AccountLink, RoleGrant
from registry.operations.account_acts import owner_of, record_act
from registry.operations.second_factors import remove_second_factor
from registry.operations.signins import end_sessions
from registry.passwords import check_password, hash_password
from registry.queries import active_admins
from registry.roles import Role
from registry.second_admin import approval_needed
from registry.tokens import new_token, token_digest

LINK_LIFETIME = timedelta(hours=48)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def create_account(
    session: Session, *, email: str, full_name: str, actor: Actor, now: datetime, language: str = "id"
) -> Account:
    """An account without roles and without a password; its owner sets one by a link."""
    account = Account(email=_email(email), full_name=full_name.strip(), language=language, created_at=now)
    try:
        with session.begin_nested():
            session.add(account)
            session.flush()
    except IntegrityError as refused:
        raise EmailTakenError from refused
    record_act(session, account, action="account.create", actor=actor, now=now)
    return account


def update_account(
    session: Session, account: Account, *, email: str, full_name: str, actor: Actor, now: datetime
) -> None:
    """Correct the name or the address of an account."""
    checked = _email(email)
    try:
        with session.begin_nested():
            account.email, account.full_name = checked, full_name.strip()
            session.flush()
    except IntegrityError as refused:
        raise EmailTakenError from refused
    record_act(session, account, action="account.update", actor=actor, now=now)


def first_admin_link(
    session: Session,
    *,
    now: datetime,
    email: str = "admin@localhost",
    full_name: str = "Administrator",
) -> str | None:
    """The set-up link of an installation into which nobody can sign in yet; None once somebody can.

    A restart before the link was used makes a new one for the same account, and the old one dies.
    """
    if session.scalar(select(func.count()).where(Account.password_hash.is_not(None))):
        return None
    admin = session.scalar(
        select(Account)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(RoleGrant.role == Role.ADMIN)
        .limit(1),
    )
    if admin is None:
        admin = create_account(session, email=email, full_name=full_name, actor=SYSTEM, now=now)
        session.add(RoleGrant(account=admin, role=Role.ADMIN, granted_at=now, approved_at=now))
        session.flush()
        record_act(session, admin, action="account.first-admin", actor=SYSTEM, now=now)
    return issue_link(session, admin, actor=SYSTEM, now=now)


def issue_link(session: Session, account: Account, *, actor: Actor, now: datetime) -> str:
    """The secret of a new one-time link, shown once; earlier links of the account die.

    Where the account has a password, the link works once a second admin approved it; see `registry.second_admin`.
    """
    _require_admin(actor)
    _wait_for_turn(session, account)
    if account.disabled_at is not None:
        raise AccountDisabledError
    _end_links(session, account, now=now)
    approval = "first-password" if account.password_hash is None else approval_needed(session, actor, now=now)
    token = new_token()
    link = AccountLink(
        account=account,
        token_digest=token_digest(token),
        created_at=now,
        expires_at=now + LINK_LIFETIME,
        issued_by_id=actor.account_id,
        approved_at=now if approval in {"system", "sole-admin"} else None,
    )
    session.add(link)
    session.flush()
    _record_link(session, link, action="account.issue-link", actor=actor, now=now, approval=approval)
    return token


def approve_link(session: Session, link: AccountLink, *, actor: Actor, now: datetime) -> None:
    """Let a waiting link work, as another admin than the one who made it, and not for oneself."""
    _require_admin(actor)
    if actor.key in (link.issued_by_id, link.account_id):
        raise OwnLinkError
    approved = session.scalars(
        update(AccountLink)
        .where(AccountLink.id == link.id, AccountLink.approved_at.is_(None))
        .where(AccountLink.used_at.is_(None), AccountLink.expires_at > now)
        .values(approved_by_id=actor.key, approved_at=now)
        .returning(AccountLink.id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    if not approved:
        raise LinkSettledError
    _record_link(session, link, action="account.approve-link", actor=actor, now=now)


def find_link(session: Session, token: str, *, now: datetime) -> AccountLink | None:
    """The link behind a secret, if it can still be used, and already."""
    return session.scalar(
        select(AccountLink).join(Account, Account.id == AccountLink.account_id).where(*_works(token, now=now)),
    )


def use_link(session: Session, token: str, *, password: str, now: datetime) -> Account:
    """Set the password of the account behind a link, once. Sessions that were open end, and a second factor goes.

    The link is the way back for whoever lost phone and recovery codes; two people stand behind it.
    """
    link = find_link(session, token, now=now)
    if link is None:
        raise LinkRefusedError
    check_password(password, email=link.account.email, full_name=link.account.full_name)
    # Somebody else may have set the first password meanwhile, after which this link would need an approval.
    _wait_for_turn(session, link.account)
    if find_link(session, token, now=now) is None:
        raise LinkRefusedError
    link.used_at = now
    _set_password(session, link.account, password=password, now=now)
    record_act(session, link.account, action="account.use-link", actor=owner_of(link.account), now=now)
    remove_second_factor(session, link.account, actor=owner_of(link.account), now=now, by="link")
    return link.account


def change_password(session: Session, account: Account, *, password: str, actor: Actor, now: datetime) -> None:
    """A new password chosen by its owner, who proved the old one by signing in. All sessions end."""
    check_password(password, email=account.email, full_name=account.full_name)
    _set_password(session, account, password=password, now=now)
    record_act(session, account, action="account.change-password", actor=actor, now=now)


def disable_account(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """Shut an account out at once: sessions end, links die. The last admin cannot be shut out."""
    if active_admins(session) == {account.id}:
        raise LastAdminError
    account.disabled_at = account.disabled_at or now
    end_sessions(session, account, now=now)
    session.flush()
    _end_links(session, account, now=now)
    record_act(session, account, action="account.disable", actor=actor, now=now)


def enable_account(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """Let a disabled account in again, with the roles and the password that it had."""
    account.disabled_at = None
    session.flush()
    record_act(session, account, action="account.enable", actor=actor, now=now)


def _set_password(session: Session, account: Account, *, password: str, now: datetime) -> None:
    account.password_hash = hash_password(password)
    account.failed_signins = 0
    account.blocked_until = None
    end_sessions(session, account, now=now)
    session.flush()
    _end_links(session, account, now=now)


def _end_links(session: Session, account: Account, *, now: datetime) -> None:
    session.execute(
        update(AccountLink)
        .where(AccountLink.account_id == account.id, AccountLink.used_at.is_(None), AccountLink.expires_at > now)
        .values(expires_at=now),
    )


def _works(token: str, *, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        AccountLink.token_digest == token_digest(token),
        AccountLink.used_at.is_(None),
        AccountLink.expires_at > now,
        Account.disabled_at.is_(None),
        or_(AccountLink.approved_at.is_not(None), Account.password_hash.is_(None)),
    )


def _wait_for_turn(session: Session, account: Account) -> None:
    # Whether a link needs an approval hangs on the password, so nobody may set one while that is decided.
    session.flush()
    session.refresh(account, ["password_hash", "disabled_at"], with_for_update=True)


def _require_admin(actor: Actor) -> None:
    if actor != SYSTEM and Role.ADMIN not in actor.roles:
        raise NotAdminError


def _email(text: str) -> str:
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise EmailMalformedError
    return email


def _record_link(
    session: Session, link: AccountLink, *, action: str, actor: Actor, now: datetime, approval: str | None = None
) -> None:
    details = {"link": str(link.public_id)} | ({"approval": approval} if approval else {})
    record_act(session, link.account, action=action, actor=actor, now=now, details=details)
