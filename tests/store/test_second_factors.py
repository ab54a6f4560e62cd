"""The second factor in the database: one code serves once, wrong ones wait, and no path leads around it."""

from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry import operations as registry
from registry.actor import SYSTEM
from registry.errors import ClocksDifferError, CodeRefusedError, NotEnrollingError, SecondFactorHeldError
from registry.model import Account, AuditEvent, HalfSession, RecoveryCode, SecondFactor, SigninEvent
from registry.operations import CodeNeeded, HalfSessionOver, SignedInByCode, SigninRefused
from registry.operations.second_factors import ENROLMENT_LIFETIME
from registry.operations.signins import HALF_LIFETIME
from registry.queries import n_recovery_codes, owes_second_factor, second_factor_of
from registry.roles import Role
from registry.second_factor import FactorKeys
from registry.throttling import FREE_TRIES
from tests.conftest import NOW

PASSWORD = "kereta pagi ke Solo"
KEYS = FactorKeys(secret=bytes(range(32)), recovery=bytes(range(32, 64)))
STEP = timedelta(seconds=30)


class Phone:
    """An account with its phone, and the paper with the recovery codes."""

    def __init__(self, session: Session) -> None:
        self.session = session
        link = registry.first_admin_link(session, now=NOW, email="admin@contoh.id")
        assert link
        self.account = registry.use_link(session, link, password=PASSWORD, now=NOW)
        registry.begin_enrolment(session, self.account, keys=KEYS, actor=SYSTEM, now=NOW)
        secret = registry.enrolling_secret(session, self.account, keys=KEYS, now=NOW)
        assert secret
        self.secret = secret
        self.paper = self.confirm(self.code(NOW))

    def code(self, now: datetime) -> str:
        return pyotp.TOTP(self.secret).at(now)

    def confirm(self, code: str, now: datetime = NOW) -> tuple[str, ...]:
        return registry.confirm_enrolment(self.session, self.account, code=code, keys=KEYS, actor=SYSTEM, now=now)

    def half(self, now: datetime) -> str:
        """Give the right password."""
        outcome = registry.sign_in(self.session, email="admin@contoh.id", password=PASSWORD, now=now)
        assert isinstance(outcome, CodeNeeded)
        return outcome.token

    def finish(self, token: str, code: str, now: datetime) -> SignedInByCode | SigninRefused | HalfSessionOver:
        return registry.finish_sign_in(self.session, token, code=code, keys=KEYS, now=now)

    def enters(self, code: str, now: datetime) -> bool:
        """Sign in from the beginning."""
        return isinstance(self.finish(self.half(now), code, now), SignedInByCode)


@pytest.fixture
def phone(session: Session) -> Phone:
    """An administrator whose phone was set up at NOW."""
    return Phone(session)


def actions(session: Session) -> list[str]:
    return [event.action for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def test_a_code_signs_in_once_and_no_earlier_one_after_it(phone: Phone) -> None:
    later = NOW + 2 * STEP
    assert not phone.enters(phone.code(NOW), NOW)  # it turned the second factor on, so it is used
    assert phone.enters(phone.code(later), later)
    assert not phone.enters(phone.code(later), later)
    assert not phone.enters(phone.code(later - STEP), later)
    assert phone.enters(phone.code(later + STEP), later)


def test_a_half_session_signs_in_once_within_five_minutes(phone: Phone) -> None:
    used, old = phone.half(NOW), phone.half(NOW)
    assert isinstance(phone.finish(used, phone.code(NOW + STEP), NOW), SignedInByCode)
    assert isinstance(phone.finish(used, phone.code(NOW + 2 * STEP), NOW + STEP), HalfSessionOver)
    late = NOW + HALF_LIFETIME
    assert isinstance(phone.finish(old, phone.code(late), late), HalfSessionOver)
    assert isinstance(phone.finish("guessed", phone.code(late), late), HalfSessionOver)
    assert registry.session_account(phone.session, used, now=NOW) is None


def test_a_new_password_and_a_disabled_account_end_half_sessions(phone: Phone) -> None:
    first = phone.half(NOW)
    registry.change_password(phone.session, phone.account, password="hujan sore di Bogor", actor=SYSTEM, now=NOW)
    assert registry.half_session(phone.session, first, now=NOW) is None
    second = registry.sign_in(phone.session, email="admin@contoh.id", password="hujan sore di Bogor", now=NOW)
    assert isinstance(second, CodeNeeded)
    phone.account.disabled_at = NOW
    phone.session.flush()
    assert registry.half_session(phone.session, second.token, now=NOW) is None


def test_wrong_codes_make_the_right_one_wait_but_no_recovery_code(phone: Phone) -> None:
    now = NOW + 2 * STEP
    for _ in range(FREE_TRIES):
        assert not phone.enters("000000" if phone.code(now) != "000000" else "000001", now)
    assert not phone.enters(phone.code(now), now)
    assert phone.enters(phone.paper[0], now)
    log = [event.outcome for event in phone.session.scalars(select(SigninEvent).order_by(SigninEvent.id))]
    assert log == ["code-asked", "wrong-code"] * (FREE_TRIES + 1) + ["code-asked", "signed-in"]


def test_the_wait_ends_and_the_owner_learns_of_the_tries(phone: Phone) -> None:
    for _ in range(FREE_TRIES):
        phone.enters("000000", NOW)
    later = NOW + timedelta(minutes=1)
    outcome = phone.finish(phone.half(later), phone.code(later), later)
    assert isinstance(outcome, SignedInByCode)
    assert outcome.n_wrong_before == FREE_TRIES
    again = phone.finish(phone.half(later), phone.code(later + STEP), later)
    assert isinstance(again, SignedInByCode)
    assert again.n_wrong_before == 0


def test_a_recovery_code_serves_once_and_new_ones_end_the_old(phone: Phone) -> None:
    assert phone.enters(phone.paper[0].lower(), NOW)
    assert not phone.enters(phone.paper[0], NOW)
    assert n_recovery_codes(phone.session, phone.account) == 9
    fresh = registry.renew_recovery_codes(phone.session, phone.account, keys=KEYS, actor=SYSTEM, now=NOW)
    assert not phone.enters(phone.paper[1], NOW)
    assert phone.enters(fresh[0], NOW)
    assert actions(phone.session).count("account.use-recovery-code") == 2


def test_an_owner_is_proved_by_password_and_code_together(phone: Phone) -> None:
    def proves(password: str, code: str) -> bool:
        return registry.prove_owner(
            phone.session, phone.account, password=password, code=code, keys=KEYS, now=NOW + STEP
        )

    right = phone.code(NOW + STEP)
    assert not proves("salah sama sekali", right)
    assert not proves(PASSWORD, "000000")
    assert proves(PASSWORD, right)  # the wrong password used up no code
    assert phone.account.failed_signins == 0


def test_setting_up_asks_for_a_code_and_tells_a_wrong_clock(session: Session) -> None:
    link = registry.first_admin_link(session, now=NOW, email="admin@contoh.id")
    assert link
    account = registry.use_link(session, link, password=PASSWORD, now=NOW)
    with pytest.raises(NotEnrollingError):
        registry.confirm_enrolment(session, account, code="000000", keys=KEYS, actor=SYSTEM, now=NOW)
    registry.begin_enrolment(session, account, keys=KEYS, actor=SYSTEM, now=NOW)
    lost = registry.enrolling_secret(session, account, keys=KEYS, now=NOW)
    registry.begin_enrolment(session, account, keys=KEYS, actor=SYSTEM, now=NOW)
    secret = registry.enrolling_secret(session, account, keys=KEYS, now=NOW)
    assert secret
    assert secret != lost
    for when, error in ((NOW + timedelta(minutes=6), ClocksDifferError), (NOW + timedelta(hours=6), CodeRefusedError)):
        code = pyotp.TOTP(secret).at(when)
        with pytest.raises(error):
            registry.confirm_enrolment(session, account, code=code, keys=KEYS, actor=SYSTEM, now=NOW)
    assert second_factor_of(session, account) is None
    assert isinstance(registry.sign_in(session, email="admin@contoh.id", password=PASSWORD, now=NOW), registry.SignedIn)
    late = NOW + ENROLMENT_LIFETIME
    assert registry.enrolling_secret(session, account, keys=KEYS, now=late) is None


def test_a_second_factor_that_is_on_is_not_set_up_over(phone: Phone) -> None:
    with pytest.raises(SecondFactorHeldError):
        registry.begin_enrolment(phone.session, phone.account, keys=KEYS, actor=SYSTEM, now=NOW)
    assert registry.enrolling_secret(phone.session, phone.account, keys=KEYS, now=NOW) is None


def test_a_role_owes_it_until_it_is_on(phone: Phone) -> None:
    admins = frozenset({Role.ADMIN})
    assert not owes_second_factor(phone.session, phone.account, demanded_of=admins)
    assert registry.remove_second_factor(phone.session, phone.account, actor=SYSTEM, now=NOW, by="owner")
    assert owes_second_factor(phone.session, phone.account, demanded_of=admins)
    assert not owes_second_factor(phone.session, phone.account, demanded_of=frozenset({Role.REVIEWER}))
    assert not registry.remove_second_factor(phone.session, phone.account, actor=SYSTEM, now=NOW, by="owner")


def test_the_link_that_two_people_stand_behind_takes_it_off_and_the_journal_tells(phone: Phone) -> None:
    link = registry.issue_link(phone.session, phone.account, actor=SYSTEM, now=NOW)
    assert second_factor_of(phone.session, phone.account) is not None  # not before the link is used
    registry.use_link(phone.session, link, password="hujan sore di Bogor", now=NOW)
    assert second_factor_of(phone.session, phone.account) is None
    assert n_recovery_codes(phone.session, phone.account) == 0
    told = phone.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert told
    assert (told.action, told.details) == ("account.remove-second-factor", {"by": "link"})


def test_the_database_holds_no_secret_in_the_clear(phone: Phone) -> None:
    token = phone.half(NOW)
    phone.enters(phone.paper[0], NOW)
    tables = (Account, SecondFactor, RecoveryCode, HalfSession, AuditEvent, SigninEvent)
    kept = repr([phone.session.execute(select(table.__table__)).all() for table in tables])
    for secret in (phone.secret, token, *phone.paper):
        assert secret not in kept
        assert secret not in repr(CodeNeeded(token))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recovery_code SET used_at = NULL WHERE used_at IS NOT NULL",
        "UPDATE recovery_code SET digest = 'x'",
        "UPDATE second_factor SET sealed_secret = 'x'",
        "UPDATE second_factor SET confirmed_at = NULL",
        "UPDATE half_session SET ended_at = NULL WHERE ended_at IS NOT NULL",
        "UPDATE half_session SET expires_at = created_at",
        "DELETE FROM half_session",
    ],
)
def test_the_database_itself_refuses_to_revive_what_was_used(phone: Phone, statement: str) -> None:
    phone.enters(phone.paper[0], NOW)
    with pytest.raises(DBAPIError, match="protected"):
        phone.session.execute(text(statement))


def test_one_code_given_twice_at_once_signs_in_once(phone: Phone) -> None:
    """What the row lock is for: the second reader sees the step of the first, not the one it read before."""
    later = NOW + 2 * STEP
    stale = second_factor_of(phone.session, phone.account)
    assert stale
    phone.session.execute(
        update(SecondFactor).values(last_used_step=int(later.timestamp()) // 30),
        execution_options={"synchronize_session": False},
    )
    assert not phone.enters(phone.code(later), later)
