"""Accounts of staff and the one-time links by which their owners set a password. No default password exists."""

import re
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.actor import SYSTEM, Actor
from registry.audit import record
from registry.errors import AccountDisabledError, EmailMalformedError, EmailTakenError, LastAdminError, LinkRefusedError
from registry.model import Account, AccountLink, RoleGrant
from registry.operations.signins import end_sessions
from registry.passwords import check_password, hash_password
from registry.queries import active_admins
from registry.roles import Role
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
    _record(session, account, action="account.create", actor=actor, now=now)
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
    _record(session, account, action="account.update", actor=actor, now=now)


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
        _record(session, admin, action="account.first-admin", actor=SYSTEM, now=now)
    return issue_link(session, admin, actor=SYSTEM, now=now)


def issue_link(session: Session, account: Account, *, actor: Actor, now: datetime) -> str:
    """The secret of a new one-time link, shown once; earlier links of the account die."""
    if account.disabled_at is not None:
        raise AccountDisabledError
    session.execute(
        update(AccountLink)
        .where(AccountLink.account_id == account.id, AccountLink.used_at.is_(None), AccountLink.expires_at > now)
        .values(expires_at=now),
    )
    token = new_token()
    expires_at = now + LINK_LIFETIME
    session.add(
        AccountLink(account=account, token_digest=token_digest(token), created_at=now, expires_at=expires_at),
    )
    session.flush()
    _record(session, account, action="account.issue-link", actor=actor, now=now)
    return token


def find_link(session: Session, token: str, *, now: datetime) -> AccountLink | None:
    """The link behind a secret, if it can still be used."""
    return session.scalar(
        select(AccountLink)
        .join(Account)
        .where(AccountLink.token_digest == token_digest(token))
        .where(AccountLink.used_at.is_(None), AccountLink.expires_at > now, Account.disabled_at.is_(None)),
    )


def use_link(session: Session, token: str, *, password: str, now: datetime) -> Account:
    """Set the password of the account behind a link, once. Sessions that were open end."""
    link = find_link(session, token, now=now)
    if link is None:
        raise LinkRefusedError
    check_password(password, email=link.account.email, full_name=link.account.full_name)
    claimed = session.scalars(
        update(AccountLink)
        .where(AccountLink.id == link.id, AccountLink.used_at.is_(None))
        .values(used_at=now)
        .returning(AccountLink.id),
    ).all()
    if not claimed:
        raise LinkRefusedError
    _set_password(session, link.account, password=password, now=now)
    _record(session, link.account, action="account.use-link", actor=_owner(link.account), now=now)
    return link.account


def change_password(session: Session, account: Account, *, password: str, actor: Actor, now: datetime) -> None:
    """A new password chosen by its owner, who proved the old one by signing in. All sessions end."""
    check_password(password, email=account.email, full_name=account.full_name)
    _set_password(session, account, password=password, now=now)
    _record(session, account, action="account.change-password", actor=actor, now=now)


def disable_account(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """Shut an account out at once: sessions end, links die. The last admin cannot be shut out."""
    if active_admins(session) == {account.id}:
        raise LastAdminError
    account.disabled_at = account.disabled_at or now
    end_sessions(session, account, now=now)
    session.flush()
    _record(session, account, action="account.disable", actor=actor, now=now)


def enable_account(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """Let a disabled account in again, with the roles and the password that it had."""
    account.disabled_at = None
    session.flush()
    _record(session, account, action="account.enable", actor=actor, now=now)


def _set_password(session: Session, account: Account, *, password: str, now: datetime) -> None:
    account.password_hash = hash_password(password)
    account.failed_signins = 0
    account.blocked_until = None
    end_sessions(session, account, now=now)
    session.flush()


def _email(text: str) -> str:
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise EmailMalformedError
    return email


def _owner(account: Account) -> Actor:
    return Actor(account_id=account.id, public_id=account.public_id, name=account.full_name)


def _record(session: Session, account: Account, *, action: str, actor: Actor, now: datetime) -> None:
    record(session, actor=actor, action=action, subject_kind="account", subject=account.public_id, at=now)
