"""A proctor's hand ends at the own site: every route that names a thing, with the things of another site."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import Attempt, EmergencyFile, Outage
from exam.timing import epoch_ms
from registry.columns import Base
from registry.model import Account, Site
from registry.roles import SITE_ROLES, Role
from testing_platform.database import Database
from testing_platform.permissions import permissions_of
from tests.attacks.every_route import Route, every_route
from tests.attacks.lab import Candidate, Lab
from tests.emergency_files import FileMaker
from tests.examination import make_site
from tests.web.conftest import Browser

NOT_OF_THE_JOURNALS = {"staff_session", "signin_event"}


@dataclass(frozen=True)
class TwoSites:
    """A room at work with an outage and an emergency file, and the staff of another site."""

    lab: Lab
    victim: Candidate
    there: Mapping[str, object]  # ids of the room that is attacked, by the names that addresses use
    here: Mapping[str, object]  # the attackers' own room

    def routes(self, values: Mapping[str, object], role: Role) -> Iterator[Route]:
        """Every route of rooms that the role may ask for, with these ids."""
        permitted = permissions_of(frozenset({role}))
        for route in every_route(self.lab.app, values):
            if route.is_for_staff and "sitting_id" in route.names and route.permission in permitted:
                yield route


@pytest.fixture
def two(lab: Lab) -> TwoSites:
    """Everything that an address can name exists at the other site."""
    victim = lab.candidates[0]
    lab.seat(victim)
    maker = FileMaker(
        lab.platform.keys.emergency_public,
        victim.seat["attempt"],
        victim.number,
        victim.seat["token"],
        0,
        victim.digest,
    )
    with lab.database.transaction() as session:
        own = make_site(session)
        own.code = "OWN"
        attempt = lab.attempt_of(session, victim)
        somebody = Account(email="x@contoh.id", full_name="X", created_at=lab.clock.now)
        session.add(somebody)
        session.flush()
        there = {
            "sitting_id": lab.sitting,
            "enrolment_id": attempt.enrolment.public_id,
            "file_id": _file(session, attempt, maker.make(), somebody),
            "outage_id": _outage(session, attempt, somebody),
        }
        here = dict(there) | {"sitting_id": _own_room(session, lab, own)}
    return TwoSites(lab, victim, there, here)


def maker_of(lab: Lab, victim: Candidate) -> FileMaker:
    """What makes emergency files on the victim's computer."""
    centre, seat = lab.platform.keys.emergency_public, victim.seat
    return FileMaker(centre, seat["attempt"], victim.number, seat["token"], 0, victim.digest)


def _file(session: Session, attempt: Attempt, content: bytes, by: Account) -> uuid.UUID:
    file = EmergencyFile(
        attempt_id=attempt.id,
        fingerprint="ABCD-EFGH",
        content=content,
        size=len(content),
        received_at=attempt.created_at,
        received_by_id=by.id,
    )
    session.add(file)
    session.flush()
    return file.public_id


def _outage(session: Session, attempt: Attempt, by: Account) -> uuid.UUID:
    now_ms = epoch_ms(attempt.created_at)
    outage = Outage(
        sitting_id=attempt.sitting_id,
        from_ms=now_ms,
        until_ms=now_ms + 60_000,
        reason="listrik padam",
        evidence={"server": [], "seats": [], "n_working": 1},
        proposed_by_id=by.id,
        proposed_at=attempt.created_at,
    )
    session.add(outage)
    session.flush()
    return outage.public_id


def _own_room(session: Session, lab: Lab, site: Site) -> uuid.UUID:
    model = lab.sitting_row(session)
    columns = {c.name: getattr(model, c.name) for c in model.__table__.columns if c.name not in {"id", "public_id"}}
    room = type(model)(**columns | {"site_id": site.id, "title": "Sesi sendiri"})
    session.add(room)
    session.flush()
    return uuid.UUID(str(room.public_id))


def snapshot(database: Database) -> dict[str, list[Any]]:
    """All rows of all tables but those of sessions."""
    with database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in NOT_OF_THE_JOURNALS
        }


def fields(two: TwoSites) -> dict[str, Any]:
    """What the forms of rooms ask for, all at once, about the victim."""
    who = {
        "seat": two.victim.seat["attempt"],
        "attempt": two.victim.seat["attempt"],
        "enrolment": two.there["enrolment_id"],
    }
    what = {"reason": "listrik padam di lab", "minutes": "30", "act": "pause", "text": "catatan", "kind": "other"}
    return who | what | {"fingerprint": "ABCD-EFGH", "understood": "1", "extra_minutes": "60", "break_minutes": "20"}


def ask(browser: Browser, route: Route, sent: Mapping[str, Any]) -> int:
    answer = browser.get(route.path) if route.method == "GET" else browser.submit(route.path, sent)
    return answer.status_code


@pytest.mark.parametrize("role", sorted(SITE_ROLES))
def test_rooms_of_another_site_do_not_exist(two: TwoSites, role: Role) -> None:
    browser = two.lab.staff(role, "neighbour", site="OWN")
    before = snapshot(two.lab.database)
    reached = {
        (route.method, route.endpoint): ask(browser, route, fields(two)) for route in two.routes(two.there, role)
    }
    assert len(reached) >= (20 if role is Role.PROKTOR else 10)
    wrong = {name: status for name, status in reached.items() if status != (403 if name[1] == "seals.show" else 404)}
    assert wrong == {}
    assert snapshot(two.lab.database) == before


@pytest.mark.parametrize("role", sorted(SITE_ROLES))
def test_things_of_another_site_are_not_reached_through_the_own_room(two: TwoSites, role: Role) -> None:
    browser = two.lab.staff(role, "neighbour", site="OWN")
    before = snapshot(two.lab.database)
    others = {"enrolment_id", "file_id", "outage_id"}
    for route in two.routes(two.here, role):
        if route.names & others:
            assert ask(browser, route, fields(two)) == 404, route
    assert ask_note(browser, two) == 422  # a seat of the other room, named in the form instead of the address
    assert snapshot(two.lab.database) == before


def ask_note(browser: Browser, two: TwoSites) -> int:
    """Note a fingerprint for a seat of the other room."""
    return browser.submit(f"/ruang/{two.here['sitting_id']}/berkas-darurat/sidik", fields(two)).status_code


def test_the_own_proctor_reaches_all_of_them(two: TwoSites) -> None:
    browser = two.lab.staff(Role.PROKTOR, "of the site")
    pages = [route for route in two.routes(two.there, Role.PROKTOR) if route.method == "GET"]
    assert {route.endpoint: ask(browser, route, {}) for route in pages} == {route.endpoint: 200 for route in pages}


def test_lists_name_no_room_of_another_site(two: TwoSites) -> None:
    browser = two.lab.staff(Role.PROKTOR, "neighbour", site="OWN")
    page = browser.get("/ruang/").get_data(as_text=True)
    assert str(two.here["sitting_id"]) in page
    assert str(two.lab.sitting) not in page


def test_an_emergency_file_of_another_room_is_not_taken_in(two: TwoSites) -> None:
    lab, victim = two.lab, two.victim
    browser = lab.staff(Role.PROKTOR, "neighbour", site="OWN")
    keys = lab.platform.keys
    maker = FileMaker(
        keys.emergency_public, victim.seat["attempt"], victim.number, victim.seat["token"], 0, victim.digest
    )
    maker.act("view", item=victim.seat["order"][0], at=1)
    before = snapshot(lab.database)
    for room in (two.here["sitting_id"], two.there["sitting_id"]):
        sent = {"file": (BytesIO(maker.make()), "jawaban.json")}
        assert browser.submit(f"/ruang/{room}/berkas-darurat", sent).status_code in {404, 422}
    assert snapshot(lab.database) == before


def test_a_grant_that_ended_opens_no_room(two: TwoSites) -> None:
    lab = two.lab
    browser = lab.staff(Role.PROKTOR, "former")
    assert browser.get(f"/ruang/{lab.sitting}").status_code == 200
    with lab.database.transaction() as session:
        account = session.get(Account, browser.actor and browser.actor.account_id)
        assert account is not None
        account.grants[0].revoked_at = lab.clock.now - timedelta(seconds=1)
    assert browser.get(f"/ruang/{lab.sitting}").status_code == 403


def test_nobody_seats_candidates_at_another_site(two: TwoSites) -> None:
    lab = two.lab
    for role in SITE_ROLES:
        browser = lab.staff(role, f"planner {role.value}", site="OWN")
        for path in (f"/sesi/{lab.sitting}", f"/sesi/{lab.sitting}/peserta", f"/sesi/{lab.sitting}/kartu"):
            assert browser.get(path).status_code == 403
            assert browser.submit(path, fields(two)).status_code in {403, 405}
