"""Signing in and out. Wrong passwords are counted, and the count must survive the refusal.

That is why `sign_in` returns a refusal where other operations raise: an error would roll the count back. It says
the same whatever the reason, and takes as long, so nobody learns from it who has an account.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from registry.actor import Actor
from registry.audit import record
from registry.model import Account, HalfSession, SigninEvent, StaffSession
from registry.passwords import hash_password, is_password, needs_rehash
from registry.queries import second_factor_of
from registry.throttling import throttle
from registry.tokens import new_token, token_digest

SESSION_LIFETIME = timedelta(hours=12)
HALF_LIFETIME = timedelta(minutes=5)
IDLE_LIFETIME = timedelta(hours=2)
_TOUCH_AFTER = timedelta(minutes=1)
_RIGHT = "right-password"


@dataclass(frozen=True)
class SignedIn:
    """A person who is signed in, and the secret that the browser keeps."""

    account: Account
    token: str = field(repr=False)


@dataclass(frozen=True)
class CodeNeeded:
    """The password was right and the account has a second factor; the secret opens the page that asks for its code."""

    token: str = field(repr=False)


@dataclass(frozen=True)
class SigninRefused:
    """Not signed in: wrong address, wrong password, disabled, or too many tries. Deliberately without a reason."""


@dataclass(frozen=True)
class TriedPassword:
    """A password that was held against what an account had, before the transaction that signs in."""

    against: str | None = field(repr=False)
    fits: bool


def stored_hash(session: Session, email: str) -> str | None:
    """What `try_password` holds a password against."""
    return session.scalar(select(Account.password_hash).where(Account.email == _folded(email)))


def try_password(against: str | None, password: str) -> TriedPassword:
    """The slow part of signing in. No transaction is open meanwhile: on SQLite nobody could save an answer."""
    return TriedPassword(against, is_password(against, password))


def sign_in(
    session: Session, *, email: str, password: str, now: datetime, tried: TriedPassword | None = None
) -> SignedIn | CodeNeeded | SigninRefused:
    """Open a session for the right address and password, or ask for the code. Commit also when it is refused."""
    account = session.scalar(select(Account).where(Account.email == _folded(email)).with_for_update())
    outcome = _counted(account, password=password, now=now, tried=tried)
    if account is None or outcome != _RIGHT:
        log_signin(session, account, outcome=outcome, now=now)
        return SigninRefused()
    if second_factor_of(session, account) is not None:
        log_signin(session, account, outcome="code-asked", now=now)
        return _half_session(session, account, now=now)
    log_signin(session, account, outcome="signed-in", now=now)
    return open_session(session, account, now=now)


def prove_password(
    session: Session, account: Account, *, password: str, now: datetime, tried: TriedPassword | None = None
) -> bool:
    """Whether somebody who is signed in knows the password. Counted and slowed down like signing in: commit always."""
    session.refresh(account, with_for_update=True)
    outcome = _counted(account, password=password, now=now, tried=tried)
    log_signin(session, account, outcome="proven" if outcome == _RIGHT else outcome, now=now)
    return outcome == _RIGHT


def log_signin(session: Session, account: Account | None, *, outcome: str, now: datetime) -> None:
    """A line of the sign-in log."""
    session.add(SigninEvent(at=now, account_id=account.id if account else None, outcome=outcome))
    session.flush()


def open_session(session: Session, account: Account, *, now: datetime) -> SignedIn:
    """A new session for somebody who proved who they are."""
    token = new_token()
    session.add(
        StaffSession(
            account=account,
            token_digest=token_digest(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LIFETIME,
        ),
    )
    session.flush()
    return SignedIn(account, token)


def half_session(session: Session, token: str, *, now: datetime) -> HalfSession | None:
    """The half session behind a browser's secret; None when it ended. It names an account and opens nothing."""
    found = session.scalar(
        select(HalfSession)
        .where(HalfSession.token_digest == token_digest(token))
        .where(HalfSession.ended_at.is_(None), HalfSession.expires_at > now)
        .options(joinedload(HalfSession.account)),
    )
    return found if found and found.account.disabled_at is None else None


def end_half_session(session: Session, half: HalfSession, *, now: datetime) -> bool:
    """Use up a half session; False when somebody else was faster."""
    ended = update(HalfSession).where(HalfSession.id == half.id, HalfSession.ended_at.is_(None)).values(ended_at=now)
    return bool(session.scalars(ended.returning(HalfSession.id)).all())


def _folded(email: str) -> str:
    return email.strip().lower()


def session_account(session: Session, token: str, *, now: datetime) -> StaffSession | None:
    """The session behind a browser's secret with its account; None when it ended. Reads only."""
    found = session.scalar(
        select(StaffSession)
        .where(StaffSession.token_digest == token_digest(token))
        .where(StaffSession.revoked_at.is_(None), StaffSession.expires_at > now)
        .where(StaffSession.last_seen_at > now - IDLE_LIFETIME)
        .options(joinedload(StaffSession.account).selectinload(Account.grants)),
    )
    return found if found and found.account.disabled_at is None else None


def touch_session(session: Session, staff_session: StaffSession, *, now: datetime) -> None:
    """Keep a session from falling asleep; writes at most once a minute."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.id == staff_session.id, StaffSession.last_seen_at < now - _TOUCH_AFTER)
        .values(last_seen_at=now),
    )


def sign_out(session: Session, token: str, *, now: datetime) -> None:
    """End the session of this browser."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.token_digest == token_digest(token), StaffSession.revoked_at.is_(None))
        .values(revoked_at=now),
    )


def revoke_sessions(session: Session, account: Account, *, actor: Actor, now: datetime) -> None:
    """End all sessions of an account, wherever they are."""
    end_sessions(session, account, now=now)
    record(
        session,
        actor=actor,
        action="account.revoke-sessions",
        subject_kind="account",
        subject=account.public_id,
        at=now,
    )


def end_sessions(session: Session, account: Account, *, now: datetime) -> None:
    """The ending itself, as part of another act that is recorded."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.account_id == account.id, StaffSession.revoked_at.is_(None))
        .values(revoked_at=now),
    )
    session.execute(
        update(HalfSession)
        .where(HalfSession.account_id == account.id, HalfSession.ended_at.is_(None))
        .values(ended_at=now),
    )


def _counted(account: Account | None, *, password: str, now: datetime, tried: TriedPassword | None) -> str:
    stored = account.password_hash if account else None
    # What was tried before counts only while the password is still the same.
    fits = tried.fits if tried and tried.against == stored else is_password(stored, password)
    outcome = _outcome(account, fits=fits, now=now)
    if account is not None and outcome == "wrong-password":
        account.failed_signins += 1
        account.blocked_until = throttle(account.failed_signins, now)
    if account is not None and outcome == _RIGHT:
        account.failed_signins, account.blocked_until = 0, None
        if account.password_hash and needs_rehash(account.password_hash):
            account.password_hash = hash_password(password)
    return outcome


def _outcome(account: Account | None, *, fits: bool, now: datetime) -> str:
    if account is None:
        return "unknown"
    if account.disabled_at is not None:
        return "disabled"
    if account.blocked_until is not None and account.blocked_until > now:
        return "blocked"
    return _RIGHT if fits else "wrong-password"


def _half_session(session: Session, account: Account, *, now: datetime) -> CodeNeeded:
    token = new_token()
    session.add(
        HalfSession(account=account, token_digest=token_digest(token), created_at=now, expires_at=now + HALF_LIFETIME),
    )
    session.flush()
    return CodeNeeded(token)
