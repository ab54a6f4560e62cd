"""The second factor of an account: setting it up, giving its code at sign-in, recovery codes, taking it off.

A wrong code must be counted even though the act is refused. So whatever takes a code answers with what came of it,
where other operations raise, and its transaction is committed either way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from registry.actor import Actor
from registry.errors import ClocksDifferError, CodeRefusedError, NotEnrollingError, SecondFactorHeldError
from registry.model import Account, RecoveryCode, SecondFactor
from registry.operations.account_acts import owner_of, record_act
from registry.operations.signins import (
    SignedIn,
    SigninRefused,
    TriedPassword,
    end_half_session,
    half_session,
    log_signin,
    open_session,
    prove_password,
)
from registry.queries import second_factor_of
from registry.second_factor import (
    FactorKeys,
    clock_gap_minutes,
    matching_step,
    new_recovery_codes,
    new_secret,
    open_secret,
    recovery_digest,
    seal_secret,
)
from registry.throttling import throttle

ENROLMENT_LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True)
class HalfSessionOver:
    """The right password was given too long ago, or already used up; sign in anew."""


@dataclass(frozen=True)
class SignedInByCode(SignedIn):
    """Signed in, and how many wrong codes were typed before: many of them mean that somebody knows the password."""

    n_wrong_before: int = 0


# Setting up -------------------------------------------------------------------------------------------------------


def begin_enrolment(session: Session, account: Account, *, keys: FactorKeys, actor: Actor, now: datetime) -> None:
    """Make the secret that the phone will read; it asks for nothing before it is confirmed with a code."""
    session.refresh(account, with_for_update=True)
    if second_factor_of(session, account) is not None:
        raise SecondFactorHeldError
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == account.id))
    sealed = seal_secret(keys.secret, new_secret(), account=account.public_id)
    session.add(SecondFactor(account_id=account.id, sealed_secret=sealed, created_at=now))
    session.flush()
    record_act(session, account, action="account.begin-second-factor", actor=actor, now=now)


def enrolling_secret(session: Session, account: Account, *, keys: FactorKeys, now: datetime) -> str | None:
    """The secret that waits to be confirmed; None when nothing does. Never one that is in use."""
    waiting = _enrolling(session, account, now=now)
    return open_secret(keys.secret, waiting.sealed_secret, account=account.public_id) if waiting else None


def confirm_enrolment(
    session: Session, account: Account, *, code: str, keys: FactorKeys, actor: Actor, now: datetime
) -> tuple[str, ...]:
    """Take the second factor into use with a code from the phone. Returns the recovery codes, shown once."""
    session.refresh(account, with_for_update=True)
    waiting, secret = _enrolling(session, account, now=now), enrolling_secret(session, account, keys=keys, now=now)
    if waiting is None or secret is None:
        raise NotEnrollingError
    step = matching_step(secret, code, now=now)
    if step is None:
        gap = clock_gap_minutes(secret, code, now=now)
        raise ClocksDifferError(minutes=gap) if gap else CodeRefusedError
    waiting.confirmed_at, waiting.last_used_step = now, step  # the code that confirmed signs nobody in
    session.flush()
    record_act(session, account, action="account.add-second-factor", actor=actor, now=now)
    return _fresh_codes(session, account, keys=keys, now=now)


def _enrolling(session: Session, account: Account, *, now: datetime) -> SecondFactor | None:
    return session.scalar(
        select(SecondFactor)
        .where(SecondFactor.account_id == account.id, SecondFactor.confirmed_at.is_(None))
        .where(SecondFactor.created_at > now - ENROLMENT_LIFETIME),
    )


# Giving a code ----------------------------------------------------------------------------------------------------


def finish_sign_in(
    session: Session, token: str, *, code: str, keys: FactorKeys, now: datetime
) -> SignedInByCode | SigninRefused | HalfSessionOver:
    """Sign in with the code, after the password. The refusal does not say why, and must be committed."""
    half = half_session(session, token, now=now)
    if half is None:
        return HalfSessionOver()
    account, n_wrong = half.account, _n_wrong(session, half.account)
    if not take_code(session, account, code=code, keys=keys, now=now):
        log_signin(session, account, outcome="wrong-code", now=now)
        return SigninRefused()
    if not end_half_session(session, half, now=now):
        return HalfSessionOver()
    log_signin(session, account, outcome="signed-in", now=now)
    opened = open_session(session, account, now=now)
    return SignedInByCode(opened.account, opened.token, n_wrong)


def take_code(session: Session, account: Account, *, code: str, keys: FactorKeys, now: datetime) -> bool:
    """Use up a code from the phone or a recovery code; each is taken once. Commit also when it is refused."""
    factor = session.scalar(
        select(SecondFactor)
        .where(SecondFactor.account_id == account.id, SecondFactor.confirmed_at.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True),
    )
    if factor is None:
        return False
    # Nobody guesses 80 bits, so whoever hammers this page keeps out no owner with a recovery code.
    if _took_recovery_code(session, account, code=code, keys=keys, now=now) or _took_digits(
        factor, account, code=code, keys=keys, now=now
    ):
        factor.failed_tries, factor.blocked_until = 0, None
        session.flush()
        return True
    if factor.blocked_until is None or factor.blocked_until <= now:
        factor.failed_tries += 1
        factor.blocked_until = throttle(factor.failed_tries, now)
    session.flush()
    return False


def prove_owner(
    session: Session,
    account: Account,
    *,
    password: str,
    code: str,
    keys: FactorKeys,
    now: datetime,
    tried: TriedPassword | None = None,
) -> bool:
    """Whether somebody who is signed in has password and code. Commit also when not; nothing tells which was wrong."""
    if not prove_password(session, account, password=password, now=now, tried=tried):
        return False
    return take_code(session, account, code=code, keys=keys, now=now)


def _took_digits(factor: SecondFactor, account: Account, *, code: str, keys: FactorKeys, now: datetime) -> bool:
    if factor.blocked_until is not None and factor.blocked_until > now:
        return False
    secret = open_secret(keys.secret, factor.sealed_secret, account=account.public_id)
    step = matching_step(secret, code, now=now) if secret else None
    if step is None or (factor.last_used_step is not None and step <= factor.last_used_step):
        return False
    factor.last_used_step = step
    return True


def _took_recovery_code(session: Session, account: Account, *, code: str, keys: FactorKeys, now: datetime) -> bool:
    digest = recovery_digest(keys.recovery, code, account=account.public_id)
    if digest is None:
        return False
    taken = session.scalars(
        update(RecoveryCode)
        .where(RecoveryCode.account_id == account.id, RecoveryCode.digest == digest, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.id),
    ).all()
    if taken:
        record_act(session, account, action="account.use-recovery-code", actor=owner_of(account), now=now)
    return bool(taken)


def _n_wrong(session: Session, account: Account) -> int:
    factor = second_factor_of(session, account)
    return factor.failed_tries if factor else 0


# Changing and taking off ------------------------------------------------------------------------------------------


def renew_recovery_codes(
    session: Session, account: Account, *, keys: FactorKeys, actor: Actor, now: datetime
) -> tuple[str, ...]:
    """Ten new recovery codes, for an owner who proved it (`prove_owner`); the earlier ones die."""
    record_act(session, account, action="account.renew-recovery-codes", actor=actor, now=now)
    return _fresh_codes(session, account, keys=keys, now=now)


def remove_second_factor(session: Session, account: Account, *, actor: Actor, now: datetime, by: str) -> bool:
    """Sign in by password alone again. `by` says in the journal who let it happen: the owner with a code, or a link.

    False when there was none.
    """
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    removed = session.scalars(
        delete(SecondFactor).where(SecondFactor.account_id == account.id).returning(SecondFactor.confirmed_at),
    ).all()
    if not any(removed):
        return False
    record_act(session, account, action="account.remove-second-factor", actor=actor, now=now, details={"by": by})
    return True


def _fresh_codes(session: Session, account: Account, *, keys: FactorKeys, now: datetime) -> tuple[str, ...]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = new_recovery_codes()
    digests = [recovery_digest(keys.recovery, code, account=account.public_id) for code in codes]
    session.add_all(RecoveryCode(account_id=account.id, digest=each, created_at=now) for each in digests)
    session.flush()
    return codes
