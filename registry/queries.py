"""What people look at in the registry: accounts with their roles, sites, teachers, the audit journal."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, selectinload

from registry.actor import Actor
from registry.model import (
    Account,
    AccountLink,
    AuditEvent,
    RecoveryCode,
    RoleGrant,
    SecondFactor,
    Site,
    StaffSession,
    Teacher,
)
from registry.roles import Role

PAGE_SIZE = 50
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


@dataclass(frozen=True)
class TeacherPage:
    """One page of a list of teachers."""

    teachers: Sequence[Teacher]
    n_found: int
    number: int  # from 1
    n_pages: int


@dataclass(frozen=True)
class AuditPage:
    """One page of the audit journal, newest first."""

    events: Sequence[AuditEvent]
    names: dict[uuid.UUID, str]  # of the actors, for the reader; the journal itself holds none
    subjects: dict[str, str]  # of the accounts and sites that were acted on
    older_than: int | None  # pass it on for the next page; none: this is the last


def actor_of(account: Account) -> Actor:
    """The account as who acts: its roles and sites by approved, unrevoked grants only."""
    grants = [grant for grant in account.grants if is_active(grant)]
    return Actor(
        account_id=account.id,
        public_id=account.public_id,
        name=account.full_name,
        roles=frozenset(grant.role for grant in grants),
        site_ids=frozenset(grant.site_id for grant in grants if grant.site_id is not None),
    )


def is_active(grant: RoleGrant) -> bool:
    """True while a grant gives its role."""
    return grant.approved_at is not None and grant.revoked_at is None


def active_admins(session: Session) -> set[int]:
    """The keys of the admins who can sign in."""
    return set(
        session.scalars(
            select(Account.id)
            .join(RoleGrant, RoleGrant.account_id == Account.id)
            .where(RoleGrant.role == Role.ADMIN, RoleGrant.approved_at.is_not(None), RoleGrant.revoked_at.is_(None))
            .where(Account.disabled_at.is_(None), Account.password_hash.is_not(None)),
        ),
    )


def second_factor_of(session: Session, account: Account) -> SecondFactor | None:
    """The second factor that an account signs in with; None while none was confirmed."""
    confirmed = SecondFactor.confirmed_at.is_not(None)
    return session.scalar(select(SecondFactor).where(SecondFactor.account_id == account.id, confirmed))


def owes_second_factor(session: Session, account: Account, *, demanded_of: frozenset[Role]) -> bool:
    """True while an account holds a role that needs a second factor, and has none."""
    if not demanded_of or not actor_of(account).roles & demanded_of:
        return False
    return second_factor_of(session, account) is None


def n_recovery_codes(session: Session, account: Account) -> int:
    """How many recovery codes an account has left."""
    left = select(func.count()).where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
    return session.scalar(left) or 0


def accounts(session: Session) -> Sequence[Account]:
    """All accounts by name, with grants and their sites."""
    statement = select(Account).options(selectinload(Account.grants).joinedload(RoleGrant.site))
    return session.scalars(statement.order_by(Account.full_name, Account.id)).all()


def find_account(session: Session, public_id: uuid.UUID) -> Account | None:
    """One account."""
    return session.scalar(select(Account).where(Account.public_id == public_id))


def find_grant(session: Session, public_id: uuid.UUID) -> RoleGrant | None:
    """One grant."""
    return session.scalar(select(RoleGrant).where(RoleGrant.public_id == public_id))


def pending_grants(session: Session) -> Sequence[RoleGrant]:
    """The grants that wait for a second admin, oldest first."""
    waiting = RoleGrant.approved_at.is_(None) & RoleGrant.revoked_at.is_(None)
    return session.scalars(select(RoleGrant).where(waiting).order_by(RoleGrant.id)).all()


def find_link(session: Session, public_id: uuid.UUID) -> AccountLink | None:
    """One link, to decide about it; its secret is not kept."""
    return session.scalar(select(AccountLink).where(AccountLink.public_id == public_id))


def waiting_links(session: Session, *, now: datetime) -> Sequence[AccountLink]:
    """The links that wait for a second admin, oldest first; see `registry.operations.accounts`."""
    waiting = AccountLink.approved_at.is_(None) & AccountLink.used_at.is_(None) & (AccountLink.expires_at > now)
    statement = select(AccountLink).join(Account, Account.id == AccountLink.account_id).where(waiting)
    statement = statement.where(Account.password_hash.is_not(None), Account.disabled_at.is_(None))
    return session.scalars(statement.order_by(AccountLink.id)).all()


def sites(session: Session) -> Sequence[Site]:
    """All sites by name."""
    return session.scalars(select(Site).order_by(Site.name, Site.id)).all()


def find_site(session: Session, public_id: uuid.UUID) -> Site | None:
    """One site."""
    return session.scalar(select(Site).where(Site.public_id == public_id))


def find_teacher(session: Session, public_id: uuid.UUID) -> Teacher | None:
    """One teacher."""
    return session.scalar(select(Teacher).where(Teacher.public_id == public_id))


def teachers(session: Session, *, words: str = "", page: int = 1) -> TeacherPage:
    """Teachers by name; every word must occur in the name, the school or the NUPTK."""
    found = select(Teacher).where(*(_contains(word) for word in words.split()))
    n_found = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    n_pages = max(1, -(-n_found // PAGE_SIZE))
    number = min(max(1, page), n_pages)
    ordered = found.order_by(Teacher.full_name, Teacher.id).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return TeacherPage(session.scalars(ordered).all(), n_found=n_found, number=number, n_pages=n_pages)


def audit_page(
    session: Session, *, older_than: int | None = None, subject: str | None = None, action: str | None = None
) -> AuditPage:
    """A page of the audit journal; pages do not shift while new events arrive."""
    statement = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(PAGE_SIZE + 1)
    if older_than is not None:
        statement = statement.where(AuditEvent.id < older_than)
    if subject:
        statement = statement.where(AuditEvent.subject == subject)
    if action:
        statement = statement.where(AuditEvent.action == action)
    events = session.scalars(statement).all()
    shown = events[:PAGE_SIZE]
    older = shown[-1].id if len(events) > PAGE_SIZE else None
    return AuditPage(shown, _names(session, shown), _subjects(session, shown), older_than=older)


def names_of(session: Session, keys: Iterable[int | None]) -> dict[int, str]:
    """The names of accounts by their keys, to say who proposed or approved something."""
    rows = session.execute(select(Account.id, Account.full_name).where(Account.id.in_({key for key in keys if key})))
    return {key: name for key, name in rows}  # noqa: C416 - dict(rows) loses the types


def n_open_sessions(session: Session, account: Account, *, now: datetime, seen_after: datetime) -> int:
    """In how many browsers an account is signed in; sessions not seen since `seen_after` fell asleep."""
    is_open = StaffSession.revoked_at.is_(None) & (StaffSession.expires_at > now)
    of_account = select(func.count()).where(StaffSession.account_id == account.id, is_open)
    return session.scalar(of_account.where(StaffSession.last_seen_at > seen_after)) or 0


def _contains(word: str) -> ColumnElement[bool]:
    columns = (Teacher.full_name, Teacher.school, Teacher.nuptk)
    return or_(*(func.lower(column).contains(word.lower(), autoescape=True) for column in columns))


def _names(session: Session, events: Sequence[AuditEvent]) -> dict[uuid.UUID, str]:
    actors = {event.actor for event in events if event.actor}
    rows = session.execute(select(Account.public_id, Account.full_name).where(Account.public_id.in_(actors)))
    return {public_id: name for public_id, name in rows}  # noqa: C416 - dict(rows) loses the types


def _subjects(session: Session, events: Sequence[AuditEvent]) -> dict[str, str]:
    names: dict[str, str] = {}
    for kind, table, name in (("account", Account, Account.full_name), ("site", Site, Site.name)):
        # A journal that somebody tampered with must still be readable, whatever stands in it.
        ids = {uuid.UUID(event.subject) for event in events if event.subject_kind == kind and _UUID(event.subject)}
        rows = session.execute(select(table.public_id, name).where(table.public_id.in_(ids)))
        names |= {str(public_id): text for public_id, text in rows}
    return names
