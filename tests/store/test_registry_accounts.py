"""Accounts, links, sessions: who gets in, who does not, and that nothing readable is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry import operations as registry
from registry.actor import SYSTEM, Actor
from registry.audit import first_broken
from registry.errors import (
    AccountDisabledError,
    EmailMalformedError,
    EmailTakenError,
    LastAdminError,
    LinkRefusedError,
    LinkSettledError,
    NotAdminError,
    OwnLinkError,
    PasswordTooShortError,
)
from registry.model import Account, AccountLink, AuditEvent, SigninEvent, StaffSession
from registry.operations import SignedIn, SigninRefused
from registry.operations.signins import IDLE_LIFETIME, SESSION_LIFETIME, CodeNeeded
from registry.queries import actor_of, waiting_links
from registry.roles import Role
from registry.second_admin import WAIT_ALONE
from testing_platform.database import Database
from tests.conftest import NOW

GOOD = "kereta pagi ke Solo"
OTHER = "hujan sore di Bogor"


def first_admin(session: Session, *, email: str = "admin@contoh.id") -> Account:
    token = registry.first_admin_link(session, now=NOW, email=email)
    assert token is not None
    return registry.use_link(session, token, password=GOOD, now=NOW)


def try_password(session: Session, password: str, *, now: datetime = NOW) -> SignedIn | SigninRefused:
    result = registry.sign_in(session, email="admin@contoh.id", password=password, now=now)
    assert not isinstance(result, CodeNeeded)
    return result


def welcome(session: Session) -> SignedIn:
    result = try_password(session, GOOD)
    assert isinstance(result, SignedIn)
    return result


def test_the_first_link_makes_an_admin_and_there_is_no_second(session: Session) -> None:
    admin = first_admin(session)
    session.expire_all()
    assert actor_of(admin).roles == {Role.ADMIN}
    assert registry.first_admin_link(session, now=NOW) is None


def test_a_restart_before_the_first_link_was_used_replaces_it(session: Session) -> None:
    lost = registry.first_admin_link(session, now=NOW)
    found = registry.first_admin_link(session, now=NOW + timedelta(minutes=1))
    assert lost
    assert found
    with pytest.raises(LinkRefusedError):
        registry.use_link(session, lost, password=GOOD, now=NOW + timedelta(minutes=2))
    registry.use_link(session, found, password=GOOD, now=NOW + timedelta(minutes=2))
    assert len(session.scalars(select(Account)).all()) == 1


def test_a_link_serves_once_and_for_two_days(session: Session) -> None:
    account = first_admin(session)
    used = registry.issue_link(session, account, actor=SYSTEM, now=NOW)
    registry.use_link(session, used, password=OTHER, now=NOW + timedelta(hours=47))
    with pytest.raises(LinkRefusedError):
        registry.use_link(session, used, password=GOOD, now=NOW + timedelta(hours=47))
    old = registry.issue_link(session, account, actor=SYSTEM, now=NOW)
    with pytest.raises(LinkRefusedError):
        registry.use_link(session, old, password=GOOD, now=NOW + timedelta(hours=48))
    with pytest.raises(LinkRefusedError):
        registry.use_link(session, "guessed", password=GOOD, now=NOW)


def test_a_weak_password_does_not_burn_the_link(session: Session) -> None:
    token = registry.first_admin_link(session, now=NOW)
    assert token
    with pytest.raises(PasswordTooShortError):
        registry.use_link(session, token, password="pendek", now=NOW)
    assert registry.find_link(session, token, now=NOW) is not None
    assert registry.use_link(session, token, password=GOOD, now=NOW).email == "admin@localhost"


def test_a_password_tried_before_the_transaction_counts_while_it_is_the_same(session: Session) -> None:
    token = registry.first_admin_link(session, now=NOW, email="admin@contoh.id")
    assert token
    account = registry.use_link(session, token, password=GOOD, now=NOW)
    tried = registry.try_password(registry.stored_hash(session, " Admin@contoh.id"), GOOD)
    assert tried.fits
    signed_in = registry.sign_in(session, email="admin@contoh.id", password=GOOD, now=NOW, tried=tried)
    assert isinstance(signed_in, registry.SignedIn)
    registry.change_password(session, account, password=OTHER, actor=SYSTEM, now=NOW)
    outdated = registry.sign_in(session, email="admin@contoh.id", password=GOOD, now=NOW, tried=tried)
    assert isinstance(outdated, registry.SigninRefused)


def test_the_database_holds_no_secret_in_the_clear(session: Session) -> None:
    token = registry.first_admin_link(session, now=NOW, email="admin@contoh.id")
    assert token
    registry.use_link(session, token, password=GOOD, now=NOW)
    cookie = welcome(session).token
    kept = repr(
        [
            session.execute(select(AccountLink.__table__)).all(),
            session.execute(select(StaffSession.__table__)).all(),
            session.execute(select(Account.__table__)).all(),
            session.execute(select(AuditEvent.__table__)).all(),
        ]
    )
    assert "$argon2id$" in kept
    for secret in (token, cookie, GOOD):
        assert secret not in kept
    assert cookie not in repr(welcome(session))


def test_addresses_are_unique_whatever_their_case(session: Session) -> None:
    siti = registry.create_account(session, email="Siti@Contoh.ID", full_name="Siti", actor=SYSTEM, now=NOW)
    budi = registry.create_account(session, email="budi@contoh.id", full_name="Budi", actor=SYSTEM, now=NOW)
    assert siti.email == "siti@contoh.id"
    with pytest.raises(EmailTakenError):
        registry.create_account(session, email="SITI@contoh.id", full_name="Lain", actor=SYSTEM, now=NOW)
    with pytest.raises(EmailTakenError):
        registry.update_account(session, budi, email="siti@contoh.id", full_name="Budi", actor=SYSTEM, now=NOW)
    with pytest.raises(EmailMalformedError):
        registry.create_account(session, email="siti at contoh", full_name="Siti", actor=SYSTEM, now=NOW)
    session.commit()
    assert [account.email for account in session.scalars(select(Account).order_by(Account.id))] == [
        "siti@contoh.id",
        "budi@contoh.id",
    ]


def test_the_right_password_opens_a_session_that_signing_out_ends(session: Session) -> None:
    admin = first_admin(session)
    token = welcome(session).token
    found = registry.session_account(session, token, now=NOW)
    assert found is not None
    assert found.account is admin
    assert registry.session_account(session, token + "x", now=NOW) is None
    registry.sign_out(session, token, now=NOW)
    assert registry.session_account(session, token, now=NOW) is None


def test_a_session_falls_asleep_unless_touched_and_ends_after_a_working_day(session: Session) -> None:
    first_admin(session)
    token = welcome(session).token
    asleep = NOW + IDLE_LIFETIME
    assert registry.session_account(session, token, now=asleep) is None
    found = registry.session_account(session, token, now=asleep - timedelta(seconds=1))
    assert found
    registry.touch_session(session, found, now=asleep - timedelta(seconds=1))
    assert registry.session_account(session, token, now=asleep) is not None
    found.last_seen_at = NOW + SESSION_LIFETIME - timedelta(minutes=1)
    session.flush()
    assert registry.session_account(session, token, now=NOW + SESSION_LIFETIME - timedelta(seconds=1)) is not None
    assert registry.session_account(session, token, now=NOW + SESSION_LIFETIME) is None


def test_wrong_passwords_are_counted_and_waiting_grows(session: Session) -> None:
    first_admin(session)
    for _ in range(5):
        assert isinstance(try_password(session, "salah"), SigninRefused)
    assert isinstance(try_password(session, GOOD), SigninRefused)
    assert isinstance(try_password(session, GOOD, now=NOW + timedelta(seconds=29)), SigninRefused)
    later = NOW + timedelta(seconds=30)
    assert isinstance(try_password(session, "salah", now=later), SigninRefused)
    assert isinstance(try_password(session, GOOD, now=later + timedelta(seconds=59)), SigninRefused)
    assert isinstance(try_password(session, GOOD, now=later + timedelta(seconds=60)), SignedIn)
    assert session.scalars(select(Account.failed_signins)).one() == 0
    outcomes = list(session.scalars(select(SigninEvent.outcome).order_by(SigninEvent.id)))
    assert outcomes == ["wrong-password"] * 5 + ["blocked"] * 2 + ["wrong-password", "blocked", "signed-in"]


def test_every_refusal_looks_the_same(session: Session) -> None:
    admin = first_admin(session)
    registry.create_account(session, email="baru@contoh.id", full_name="Baru", actor=SYSTEM, now=NOW)
    refusals = [
        registry.sign_in(session, email=email, password=GOOD, now=NOW)
        for email in ("siapa@contoh.id", "baru@contoh.id")
    ]
    admin.disabled_at = NOW
    refusals += [try_password(session, "salah"), try_password(session, GOOD)]
    assert refusals == [SigninRefused()] * 4
    outcomes = list(session.scalars(select(SigninEvent.outcome).order_by(SigninEvent.id)))
    assert outcomes == ["unknown", "wrong-password", "disabled", "disabled"]


def test_disabling_shuts_out_at_once(session: Session) -> None:
    first_admin(session)
    session.commit()
    second = registry.create_account(session, email="dua@contoh.id", full_name="Dua", actor=SYSTEM, now=NOW)
    link = registry.issue_link(session, second, actor=SYSTEM, now=NOW)
    registry.use_link(session, link, password=OTHER, now=NOW)
    signed_in = registry.sign_in(session, email="dua@contoh.id", password=OTHER, now=NOW)
    assert isinstance(signed_in, SignedIn)
    pending = registry.issue_link(session, second, actor=SYSTEM, now=NOW)
    registry.disable_account(session, second, actor=SYSTEM, now=NOW)
    assert registry.session_account(session, signed_in.token, now=NOW) is None
    assert registry.find_link(session, pending, now=NOW) is None
    with pytest.raises(AccountDisabledError):
        registry.issue_link(session, second, actor=SYSTEM, now=NOW)
    registry.enable_account(session, second, actor=SYSTEM, now=NOW)
    assert registry.find_link(session, pending, now=NOW) is None
    assert registry.session_account(session, signed_in.token, now=NOW) is None
    assert isinstance(registry.sign_in(session, email="dua@contoh.id", password=OTHER, now=NOW), SignedIn)


def test_the_last_admin_cannot_be_shut_out(session: Session) -> None:
    admin = first_admin(session)
    with pytest.raises(LastAdminError):
        registry.disable_account(session, admin, actor=SYSTEM, now=NOW)


def test_a_new_password_ends_all_sessions(session: Session) -> None:
    admin = first_admin(session)
    token = welcome(session).token
    registry.change_password(session, admin, password=OTHER, actor=actor_of(admin), now=NOW)
    assert registry.session_account(session, token, now=NOW) is None
    assert isinstance(try_password(session, GOOD), SigninRefused)
    second = try_password(session, OTHER)
    assert isinstance(second, SignedIn)
    registry.revoke_sessions(session, admin, actor=actor_of(admin), now=NOW)
    assert registry.session_account(session, second.token, now=NOW) is None


# Links to accounts that have a password ---------------------------------------------------------------------------


def staff(session: Session, name: str, role: Role | None = None, *, is_invited: bool = False) -> Account:
    account = registry.create_account(session, email=f"{name}@contoh.id", full_name=name.title(), actor=SYSTEM, now=NOW)
    account.password_hash = None if is_invited else "set"
    if role:
        registry.grant_role(session, account, role, actor=SYSTEM, now=NOW)
    session.flush()
    return account


def link_for(session: Session, account: Account, *, by: Actor) -> tuple[str, AccountLink]:
    token = registry.issue_link(session, account, actor=by, now=NOW)
    return token, session.scalars(select(AccountLink).order_by(AccountLink.id.desc()).limit(1)).one()


def last_event(session: Session) -> AuditEvent:
    return session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()


def test_a_link_that_could_take_an_account_waits_for_a_second_admin(session: Session) -> None:
    ani, budi = (actor_of(staff(session, name, Role.ADMIN)) for name in ("ani", "budi"))
    citra = staff(session, "citra", Role.COMMITTEE)
    token, link = link_for(session, citra, by=ani)
    assert last_event(session).details == {"link": str(link.public_id), "approval": "second-admin"}
    assert list(waiting_links(session, now=NOW)) == [link]
    assert registry.find_link(session, token, now=NOW) is None
    with pytest.raises(LinkRefusedError):
        registry.use_link(session, token, password=OTHER, now=NOW)
    registry.approve_link(session, link, actor=budi, now=NOW)
    assert (link.issued_by_id, link.approved_by_id, link.approved_at) == (ani.key, budi.key, NOW)
    event = last_event(session)
    assert (event.action, event.actor, event.details) == (
        "account.approve-link",
        budi.public_id,
        {"link": str(link.public_id)},
    )
    assert list(waiting_links(session, now=NOW)) == []
    assert registry.use_link(session, token, password=OTHER, now=NOW) is citra


def test_neither_the_maker_nor_the_owner_nor_others_approve_a_link(session: Session) -> None:
    ani, budi = staff(session, "ani", Role.ADMIN), staff(session, "budi", Role.ADMIN)
    _, link = link_for(session, budi, by=actor_of(ani))
    for own in (ani, budi):
        with pytest.raises(OwnLinkError):
            registry.approve_link(session, link, actor=actor_of(own), now=NOW)
    member = actor_of(staff(session, "citra", Role.COMMITTEE))
    with pytest.raises(NotAdminError):
        registry.approve_link(session, link, actor=member, now=NOW)
    with pytest.raises(NotAdminError):
        registry.issue_link(session, budi, actor=member, now=NOW)
    for own in (ani, budi):  # and not by writing past the operation either
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(update(AccountLink).values(approved_by_id=own.id, approved_at=NOW))


def test_a_link_is_approved_once_and_while_it_lives(session: Session) -> None:
    ani, budi = (actor_of(staff(session, name, Role.ADMIN)) for name in ("ani", "budi"))
    citra = staff(session, "citra")
    _, replaced = link_for(session, citra, by=ani)
    _, link = link_for(session, citra, by=ani)
    with pytest.raises(LinkSettledError):
        registry.approve_link(session, replaced, actor=budi, now=NOW)
    with pytest.raises(LinkSettledError):
        registry.approve_link(session, link, actor=budi, now=NOW + timedelta(hours=48))
    registry.approve_link(session, link, actor=budi, now=NOW)
    with pytest.raises(LinkSettledError):
        registry.approve_link(session, link, actor=budi, now=NOW)


def test_the_first_password_needs_no_second_admin_and_the_second_one_does(session: Session) -> None:
    ani, _ = (actor_of(staff(session, name, Role.ADMIN)) for name in ("ani", "budi"))
    citra = staff(session, "citra", is_invited=True)
    token, link = link_for(session, citra, by=ani)
    assert last_event(session).details["approval"] == "first-password"
    assert list(waiting_links(session, now=NOW)) == []
    citra.password_hash = "set meanwhile"
    session.flush()
    with pytest.raises(LinkRefusedError):
        registry.use_link(session, token, password=GOOD, now=NOW)
    citra.password_hash = None
    session.flush()
    assert registry.use_link(session, token, password=GOOD, now=NOW) is citra
    assert link.approved_at is None


def test_the_first_admin_alone_makes_links_that_work_at_once(session: Session) -> None:
    ani, citra = actor_of(staff(session, "ani", Role.ADMIN)), staff(session, "citra", Role.COMMITTEE)
    token, _ = link_for(session, citra, by=ani)
    assert last_event(session).details["approval"] == "sole-admin"
    assert registry.use_link(session, token, password=OTHER, now=NOW) is citra


def test_who_sent_the_other_admin_away_makes_no_links_that_work_for_a_week(session: Session) -> None:
    ani, budi = actor_of(staff(session, "ani", Role.ADMIN)), staff(session, "budi", Role.ADMIN)
    citra = staff(session, "citra", Role.COMMITTEE)
    registry.disable_account(session, budi, actor=ani, now=NOW)
    token, _ = link_for(session, citra, by=ani)
    assert registry.find_link(session, token, now=NOW) is None
    after = NOW + WAIT_ALONE
    token = registry.issue_link(session, citra, actor=ani, now=after)
    assert registry.find_link(session, token, now=after) is not None


def test_of_two_who_use_a_link_at_once_one_wins(database: Database) -> None:
    with database.transaction() as session:
        token, _ = link_for(session, staff(session, "citra", is_invited=True), by=SYSTEM)
    together = Barrier(2)

    def use(password: str) -> bool:
        together.wait()
        try:
            with database.transaction() as session:
                registry.use_link(session, token, password=password, now=NOW)
        except LinkRefusedError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, (GOOD, OTHER))) == [False, True]


def test_a_new_password_kills_the_links_of_an_account(session: Session) -> None:
    citra = staff(session, "citra")
    token, _ = link_for(session, citra, by=SYSTEM)
    registry.change_password(session, citra, password=GOOD, actor=actor_of(citra), now=NOW)
    assert registry.find_link(session, token, now=NOW) is None


def test_the_acts_stand_in_an_unbroken_audit_journal(session: Session) -> None:
    first_admin(session)
    session.commit()
    session.expire_all()
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == [
        "account.create",
        "account.first-admin",
        "account.issue-link",
        "account.use-link",
    ]
    assert first_broken(events) is None
