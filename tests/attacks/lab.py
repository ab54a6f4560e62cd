"""A lab under attack: an open sitting with candidates at their computers, staff, and a clock that the test moves."""

import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from exam.model import Attempt, Sitting
from exam.operations import proctoring
from exam.states import AttemptState
from registry.actor import SYSTEM
from registry.model import Site
from registry.roles import SITE_ROLES, Role
from testing_platform import wiring
from testing_platform.database import Database
from testing_platform.wiring import Platform
from tests.exam_room import START_CODE, Room
from tests.examination import make_staff
from tests.web.conftest import Browser

Json = dict[str, Any]


class Clock:
    """The server's clock in every module that reads it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def put_everywhere(self, put: Callable[[object, str, object], None]) -> None:
        """Replace the clock wherever it was imported."""
        real = wiring.utc_now
        for module in list(sys.modules.values()):
            if getattr(module, "utc_now", None) is real:
                put(module, "utc_now", self)


class Candidate:
    """A candidate's computer, reduced to its calls; `heard` keeps every answer it was given."""

    def __init__(self, client: FlaskClient, number: str, pin: str) -> None:
        self.client, self.number, self.pin = client, number, pin
        self.session: Json = {}
        self.seat: Json = {}
        self.digest = ""
        self.heard: list[TestResponse] = []

    def call(self, path: str, body: object, token: str = "") -> TestResponse:
        """Post JSON, with a bearer token if there is one."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._kept(self.client.post(path, json=body, headers=headers))

    def get(self, path: str, token: str | None = None) -> TestResponse:
        """Fetch form or picture, with the seat's own token unless told otherwise."""
        held = self.seat.get("token", "") if token is None else token
        headers = {"Authorization": f"Bearer {held}"} if held else {}
        return self._kept(self.client.get(path, headers=headers))

    def sign_in(self, pin: str | None = None) -> TestResponse:
        """Sign in, by default with the right PIN."""
        answer = self.call("/api/v1/session", {"participant_number": self.number, "pin": pin or self.pin})
        if answer.status_code == 200:
            self.session = answer.get_json()
        return answer

    def take_seat(self, *, device: str = "", start_code: str = START_CODE) -> TestResponse:
        """Take the seat on this candidate's own computer."""
        body = {
            "sitting": self.session["sittings"][0]["id"],
            "start_code": start_code,
            "device": device or f"pc-{self.number}",
        }
        answer = self.call("/api/v1/attempts", body, self.session["session_token"])
        if answer.status_code == 200:
            self.seat = answer.get_json()
            self.digest = self.seat["digest"]
        return answer

    def on_attempt(self, act: str, body: object, *, attempt: str = "", token: str = "") -> TestResponse:
        """A call about an attempt, by default the own one."""
        path = f"/api/v1/attempts/{attempt or self.seat['attempt']}/{act}"
        return self.call(path, body, token or self.seat["token"])

    def begin(self) -> TestResponse:
        """Start the clock."""
        return self.on_attempt("begin", {"media_verified": True})

    def send(self, *steps: Json, prev: str = "", **others: Any) -> TestResponse:
        """Send steps; the head moves along when the server took them."""
        answer = self.on_attempt("steps", {"prev": prev or self.digest, "steps": list(steps), **others})
        if answer.status_code == 200:
            self.digest = answer.get_json()["digest"]
        return answer

    def step(self, seq: int, *, item: int = 0, at: int = 1, **others: Any) -> Json:
        """An answer to the item that stands at this place of the own order, cleared unless an option is named."""
        return {"seq": seq, "kind": "answer", "item": self.seat["order"][item], "option": None, "at": at, **others}

    def submit(self, last_seq: int) -> TestResponse:
        """Hand in."""
        return self.on_attempt("submit", {"last_seq": last_seq, "prev": self.digest})

    def _kept(self, answer: TestResponse) -> TestResponse:
        self.heard.append(answer)
        return answer


@dataclass(frozen=True)
class Lab:
    """The application, its furnished room, and the people in it."""

    app: Flask
    room: Room
    clock: Clock
    candidates: tuple[Candidate, ...]

    @property
    def platform(self) -> Platform:
        """What the application is made of."""
        found = self.app.extensions["testing_platform"]
        assert isinstance(found, Platform)
        return found

    @property
    def database(self) -> Database:
        """The database behind it."""
        return self.platform.database

    @property
    def sitting(self) -> uuid.UUID:
        """The sitting of the room."""
        return self.room.sitting.public_id

    def browser(self) -> Browser:
        """A browser that nobody signed in with."""
        browser = self.app.test_client()
        assert isinstance(browser, Browser)
        return browser

    def staff(self, role: Role, name: str, *, site: str | None = None) -> Browser:
        """A signed-in member of staff; site roles work at the site of the room unless another code is named."""
        browser = self.browser()
        with self.database.transaction() as session:
            found = session.scalar(select(Site).where(Site.code == (site or "LPTK-01")))
            assert found is not None
            browser.sign_in_as(session, make_staff(session, role, name, site=found if role in SITE_ROLES else None))
        return browser

    def admit_everybody(self) -> None:
        """The proctor has checked every identity."""
        with self.database.transaction() as session:
            for attempt in session.scalars(select(Attempt).where(Attempt.state == AttemptState.WAITING)):
                proctoring.admit(session, attempt, actor=SYSTEM, now=self.clock.now)

    def seat(self, *candidates: Candidate) -> None:
        """These candidates work."""
        for candidate in candidates:
            assert candidate.sign_in().status_code == 200
            assert candidate.take_seat().status_code == 200
        self.admit_everybody()
        for candidate in candidates:
            assert candidate.begin().status_code == 200

    def attempt_of(self, session: Session, candidate: Candidate) -> Attempt:
        """The row of a candidate's attempt."""
        return session.scalars(select(Attempt).where(Attempt.public_id == uuid.UUID(candidate.seat["attempt"]))).one()

    def sitting_row(self, session: Session) -> Sitting:
        """The row of the sitting."""
        return session.scalars(select(Sitting).where(Sitting.public_id == self.sitting)).one()


def refused(answer: TestResponse, kind: str) -> Mapping[str, Any]:
    """The problem that the server answered with, which must be of this kind."""
    assert answer.mimetype == "application/problem+json", (answer.status_code, answer.data[:300])
    found: Json = answer.get_json(force=True)
    assert found["type"] == kind, found
    return found
