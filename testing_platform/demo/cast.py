"""The people of the demo: one account for each role, a second one wherever two people must act."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from registry import queries
from registry.actor import Actor
from registry.model import Account, Site, SiteKind, TimeZone
from registry.operations import create_account, create_site, first_admin_link, grant_role, issue_link, use_link
from registry.roles import Role

SITES = (
    ("LPTK-YK", "Universitas Negeri Contoh Yogyakarta", SiteKind.LPTK, TimeZone.WIB, "DI Yogyakarta"),
    ("LPMP-MK", "LPMP Contoh Makassar", SiteKind.LPMP, TimeZone.WITA, "Sulawesi Selatan"),
    ("P4TK-JY", "P4TK Contoh Jayapura", SiteKind.P4TK, TimeZone.WIT, "Papua"),
)

# Field of the cast, name, e-mail address, role, site of site roles.
PEOPLE: tuple[tuple[str, str, str, Role, str | None], ...] = (
    ("second_admin", "Wulan Sari", "admin2@demo.test", Role.ADMIN, None),
    ("writer", "Bambang Hartono", "penulis@demo.test", Role.ITEM_WRITER, None),
    ("reviewer", "Siti Rahmawati", "penelaah@demo.test", Role.REVIEWER, None),
    ("second_reviewer", "Hendra Gunawan", "penelaah2@demo.test", Role.REVIEWER, None),
    ("bank_manager", "Made Wirawan", "bank@demo.test", Role.BANK_MANAGER, None),
    ("psychometrician", "Ratna Dewi", "psikometri@demo.test", Role.PSYCHOMETRICIAN, None),
    ("committee", "Yohanes Mote", "komite1@demo.test", Role.COMMITTEE, None),
    ("second_committee", "Nurhayati Lubis", "komite2@demo.test", Role.COMMITTEE, None),
    ("proktor", "Agus Salim", "proktor@demo.test", Role.PROKTOR, "LPTK-YK"),
    ("pengawas", "Lestari Putri", "pengawas@demo.test", Role.PENGAWAS, "LPTK-YK"),
    ("proktor_makassar", "Andi Tenri", "proktor2@demo.test", Role.PROKTOR, "LPMP-MK"),
    ("proktor_jayapura", "Paulus Wenda", "proktor3@demo.test", Role.PROKTOR, "P4TK-JY"),
)


@dataclass(frozen=True)
class Cast:
    """Everybody, the sites they work at, and the password that the demo made for all of them."""

    actors: dict[str, Actor]
    sites: list[Site]
    accounts: list[tuple[str, Role, str]]  # e-mail address, role, name
    password: str = field(repr=False)

    def __getattr__(self, name: str) -> Actor:
        try:
            return self.actors[name]
        except KeyError:
            raise AttributeError(name) from None

    def proktor_of(self, site: Site) -> Actor:
        """The proctor of a site."""
        return next(
            actor for actor in self.actors.values() if site.id in actor.site_ids and Role.PROKTOR in actor.roles
        )


def invite(session: Session, *, now: datetime) -> Cast:
    """Make sites and accounts the way an operator does: the first link, then one-time links from the admin."""
    password = f"contoh-{secrets.token_hex(3)}-{secrets.token_hex(3)}"
    token = first_admin_link(session, now=now, email="admin@demo.test", full_name="Joko Susilo")
    assert token is not None  # noqa: S101 - the database is new, so nobody can sign in yet
    admin = queries.actor_of(use_link(session, token, password=password, now=now))
    sites = {
        code: create_site(
            session, code=code, name=name, kind=kind, time_zone=zone, province=province, actor=admin, now=now
        )
        for code, name, kind, zone, province in SITES
    }
    accounts = [("admin@demo.test", Role.ADMIN, admin.name)]
    people: dict[str, Account] = {}
    # The second admin comes last: until then the first one is the only one, and grants need no second approval.
    for field_name, name, email, role, site in sorted(PEOPLE, key=lambda person: person[3] is Role.ADMIN):
        account = create_account(session, email=email, full_name=name, actor=admin, now=now)
        use_link(session, issue_link(session, account, actor=admin, now=now), password=password, now=now)
        grant_role(session, account, role=role, site=sites[site] if site else None, actor=admin, now=now)
        people[field_name] = account
        accounts.append((email, role, name))
    for account in people.values():
        session.refresh(account, ["grants"])
    actors = {name: queries.actor_of(account) for name, account in people.items()}
    return Cast(actors={"admin": admin, **actors}, sites=list(sites.values()), accounts=accounts, password=password)
