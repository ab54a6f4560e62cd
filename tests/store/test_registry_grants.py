"""Roles: two admins hand them out together, and nobody gathers what must stay apart."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import operations as registry
from registry.actor import SYSTEM, Actor
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
from registry.model import Account, AuditEvent, Site, SiteKind, TimeZone
from registry.queries import active_admins, actor_of, pending_grants
from registry.roles import Role
from registry.second_admin import ALWAYS, WAIT_ALONE, alone_from
from tests.conftest import NOW


def person(session: Session, name: str, *, admin: bool = False) -> Account:
    account = registry.create_account(session, email=f"{name}@contoh.id", full_name=name.title(), actor=SYSTEM, now=NOW)
    account.password_hash = "set"
    if admin:
        registry.grant_role(session, account, Role.ADMIN, actor=SYSTEM, now=NOW)
    session.flush()
    return account


def place(session: Session, code: str) -> Site:
    return registry.create_site(
        session,
        code=code,
        name=f"Kampus {code}",
        kind=SiteKind.LPTK,
        time_zone=TimeZone.WITA,
        province="Bali",
        actor=SYSTEM,
        now=NOW,
    )


def acting(account: Account) -> Actor:
    return actor_of(account)


def last_details(session: Session) -> dict[str, object]:
    return session.scalars(select(AuditEvent.details).order_by(AuditEvent.id.desc()).limit(1)).one()


def test_with_two_admins_a_role_waits_for_the_second(session: Session) -> None:
    ani, budi, citra = person(session, "ani", admin=True), person(session, "budi", admin=True), person(session, "citra")
    grant = registry.grant_role(session, citra, Role.COMMITTEE, actor=acting(ani), now=NOW)
    assert last_details(session)["approval"] == "second-admin"
    assert acting(citra).roles == set()
    assert list(pending_grants(session)) == [grant]
    with pytest.raises(OwnGrantError):
        registry.approve_grant(session, grant, actor=acting(ani), now=NOW)
    registry.approve_grant(session, grant, actor=acting(budi), now=NOW)
    session.expire_all()
    assert acting(citra).roles == {Role.COMMITTEE}
    assert (grant.granted_by_id, grant.approved_by_id) == (ani.id, budi.id)
    with pytest.raises(GrantSettledError):
        registry.approve_grant(session, grant, actor=acting(budi), now=NOW)


def test_a_sole_admin_grants_at_once_and_the_journal_says_so(session: Session) -> None:
    ani, budi = person(session, "ani", admin=True), person(session, "budi")
    registry.grant_role(session, budi, Role.REVIEWER, actor=acting(ani), now=NOW)
    assert last_details(session)["approval"] == "sole-admin"
    session.expire_all()
    assert acting(budi).roles == {Role.REVIEWER}


@pytest.mark.parametrize("how", ["disabled", "revoked"])
def test_an_admin_who_sent_the_other_away_still_waits_a_week(session: Session, how: str) -> None:
    ani, budi, citra = person(session, "ani", admin=True), person(session, "budi", admin=True), person(session, "citra")
    if how == "disabled":
        registry.disable_account(session, budi, actor=acting(ani), now=NOW)
    else:
        registry.revoke_grant(session, budi.grants[0], actor=acting(ani), now=NOW)
    almost = NOW + WAIT_ALONE - timedelta(seconds=1)
    assert alone_from(session, acting(ani)) == NOW + WAIT_ALONE
    waiting = registry.grant_role(session, citra, Role.REVIEWER, actor=acting(ani), now=almost)
    assert waiting.approved_at is None
    assert last_details(session)["approval"] == "second-admin"
    with pytest.raises(OwnGrantError):
        registry.approve_grant(session, waiting, actor=acting(ani), now=NOW + WAIT_ALONE)
    at_once = registry.grant_role(session, citra, Role.COMMITTEE, actor=acting(ani), now=NOW + WAIT_ALONE)
    assert at_once.approved_at == NOW + WAIT_ALONE
    assert last_details(session)["approval"] == "sole-admin"


def test_the_week_begins_when_the_last_of_the_others_left(session: Session) -> None:
    ani, budi, dewi = (person(session, name, admin=True) for name in ("ani", "budi", "dewi"))
    registry.revoke_grant(session, budi.grants[0], actor=acting(ani), now=NOW)
    assert alone_from(session, acting(ani)) is None
    later = NOW + timedelta(days=3)
    registry.disable_account(session, dewi, actor=acting(ani), now=later)
    # What is done afterwards to those who left does not make the wait longer.
    registry.disable_account(session, budi, actor=acting(ani), now=later + timedelta(days=1))
    registry.revoke_grant(session, dewi.grants[0], actor=acting(ani), now=later + timedelta(days=2))
    assert alone_from(session, acting(ani)) == later + WAIT_ALONE


def test_who_comes_back_watches_again_and_leaves_again(session: Session) -> None:
    ani, budi = person(session, "ani", admin=True), person(session, "budi", admin=True)
    registry.revoke_grant(session, budi.grants[0], actor=acting(ani), now=NOW)
    returned, left = NOW + timedelta(days=30), NOW + timedelta(days=31)
    registry.grant_role(session, budi, Role.ADMIN, actor=acting(ani), now=returned)
    assert alone_from(session, acting(ani)) is None
    registry.disable_account(session, budi, actor=acting(ani), now=left)
    assert alone_from(session, acting(ani)) == left + WAIT_ALONE


def test_an_admin_who_never_had_a_password_was_never_a_second_one(session: Session) -> None:
    ani, budi = person(session, "ani", admin=True), person(session, "budi", admin=True)
    budi.password_hash = None
    session.flush()
    assert alone_from(session, acting(ani)) == ALWAYS
    registry.disable_account(session, budi, actor=acting(ani), now=NOW)
    assert alone_from(session, acting(ani)) == ALWAYS


def test_an_admin_who_cannot_sign_in_yet_is_no_second_admin(session: Session) -> None:
    ani, budi = person(session, "ani", admin=True), person(session, "budi", admin=True)
    budi.password_hash = None
    session.flush()
    assert active_admins(session) == {ani.id}


def test_nobody_decides_about_themselves(session: Session) -> None:
    ani, budi = person(session, "ani", admin=True), person(session, "budi", admin=True)
    with pytest.raises(OwnGrantError):
        registry.grant_role(session, ani, Role.ITEM_WRITER, actor=acting(ani), now=NOW)
    grant = registry.grant_role(session, budi, Role.ITEM_WRITER, actor=acting(ani), now=NOW)
    with pytest.raises(OwnGrantError):
        registry.approve_grant(session, grant, actor=acting(budi), now=NOW)


def test_only_admins_hand_out_roles(session: Session) -> None:
    person(session, "ani", admin=True)
    budi, citra = person(session, "budi"), person(session, "citra")
    grant = registry.grant_role(session, budi, Role.COMMITTEE, actor=SYSTEM, now=NOW)
    with pytest.raises(NotAdminError):
        registry.grant_role(session, citra, Role.REVIEWER, actor=acting(budi), now=NOW)
    with pytest.raises(NotAdminError):
        registry.revoke_grant(session, grant, actor=acting(citra), now=NOW)
    with pytest.raises(NotAdminError):
        registry.approve_grant(session, grant, actor=acting(citra), now=NOW)


@pytest.mark.parametrize(("held", "wanted"), [(Role.ADMIN, Role.COMMITTEE), (Role.REVIEWER, Role.ADMIN)])
def test_power_and_approval_never_meet_in_one_account(session: Session, held: Role, wanted: Role) -> None:
    budi = person(session, "budi")
    grant = registry.grant_role(session, budi, held, actor=SYSTEM, now=NOW)
    with pytest.raises(RolesConflictError):
        registry.grant_role(session, budi, wanted, actor=SYSTEM, now=NOW)
    person(session, "ani", admin=True)
    registry.revoke_grant(session, grant, actor=SYSTEM, now=NOW)
    registry.grant_role(session, budi, wanted, actor=SYSTEM, now=NOW)


def test_a_role_is_held_once(session: Session) -> None:
    budi, site = person(session, "budi"), place(session, "A")
    registry.grant_role(session, budi, Role.PROKTOR, site=site, actor=SYSTEM, now=NOW)
    with pytest.raises(RoleHeldError):
        registry.grant_role(session, budi, Role.PROKTOR, site=site, actor=SYSTEM, now=NOW)
    session.commit()
    assert len(budi.grants) == 1


def test_site_roles_have_sites_and_no_other_role_has(session: Session) -> None:
    budi, site = person(session, "budi"), place(session, "A")
    with pytest.raises(RoleSiteError):
        registry.grant_role(session, budi, Role.PENGAWAS, actor=SYSTEM, now=NOW)
    with pytest.raises(RoleSiteError):
        registry.grant_role(session, budi, Role.REVIEWER, site=site, actor=SYSTEM, now=NOW)


def test_nobody_is_proktor_here_and_pengawas_there(session: Session) -> None:
    budi, here, there = person(session, "budi"), place(session, "A"), place(session, "B")
    registry.grant_role(session, budi, Role.PROKTOR, site=here, actor=SYSTEM, now=NOW)
    with pytest.raises(MixedSitesError):
        registry.grant_role(session, budi, Role.PENGAWAS, site=there, actor=SYSTEM, now=NOW)
    registry.grant_role(session, budi, Role.PROKTOR, site=there, actor=SYSTEM, now=NOW)
    with pytest.raises(MixedSitesError):
        registry.grant_role(session, budi, Role.PENGAWAS, site=there, actor=SYSTEM, now=NOW)
    session.expire_all()
    actor = acting(budi)
    assert actor.roles == {Role.PROKTOR}
    assert actor.site_ids == {here.id, there.id}


def test_a_revoked_role_is_gone_at_once_and_may_be_granted_again(session: Session) -> None:
    budi, site = person(session, "budi"), place(session, "A")
    grant = registry.grant_role(session, budi, Role.PROKTOR, site=site, actor=SYSTEM, now=NOW)
    registry.revoke_grant(session, grant, actor=SYSTEM, now=NOW)
    session.expire_all()
    assert not acting(budi).roles | acting(budi).site_ids
    with pytest.raises(GrantSettledError):
        registry.revoke_grant(session, grant, actor=SYSTEM, now=NOW)
    registry.grant_role(session, budi, Role.PROKTOR, site=site, actor=SYSTEM, now=NOW)


def test_the_last_admin_keeps_the_role(session: Session) -> None:
    ani = person(session, "ani", admin=True)
    with pytest.raises(LastAdminError):
        registry.revoke_grant(session, ani.grants[0], actor=SYSTEM, now=NOW)
