"""Candidates for the load generator: what a browser asks in a whole examination, and nothing else."""

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.load.engine import Answer, Ask, Json, Script, request
from benchmarks.load.outbox import a_whole_test, sendings
from exam.sealing import open_package
from tests.exam_room import START_CODE, Room


@dataclass
class Candidate:
    """One candidate: what the browser knows."""

    number: str
    pin: str
    seat: Json = field(default_factory=dict)
    form: Json = field(default_factory=dict)
    digest: str = ""
    seq: int = 0
    session: Json = field(default_factory=dict)

    def sign_in(self, due: float = 0.0) -> Ask:
        """With number and PIN."""
        body = {"participant_number": self.number, "pin": self.pin}
        return Ask("sign in", request("POST", "/api/v1/session", body=body), due)

    def take_seat(self, due: float = 0.0) -> Ask:
        """With the start code."""
        body = {"sitting": self.session["sittings"][0]["id"], "start_code": START_CODE, "device": f"pc-{self.number}"}
        return Ask("seat", request("POST", "/api/v1/attempts", token=self.session["session_token"], body=body), due)

    def seated(self, answer: Answer) -> None:
        """Take note of the seat."""
        self.seat = answer.json()
        self.digest, self.seq = self.seat["digest"], self.seat["last_seq"]

    def fetch(self, url: str) -> Ask:
        """A file of the form."""
        return Ask("form", request("GET", url, token=self.seat["token"]))

    def begin(self, due: float = 0.0) -> Ask:
        """Start the clock."""
        return Ask("begin", self._post("begin", {"media_verified": True}), due)

    def read(self, package: bytes, begun: Answer) -> None:
        """Open the form."""
        assert hashlib.sha256(package).hexdigest() == self.seat["form_sha256"]
        self.form = open_package(package, key=base64.b64decode(begun.json()["form_key"]))

    def steps(self, *acts: Json, due: float = 0.0, kind: str = "save") -> Ask:
        """Send acts."""
        steps = [{"seq": self.seq + 1 + n, "at": time.time_ns() // 1_000_000, **act} for n, act in enumerate(acts)]
        return Ask(kind, self._post("steps", {"prev": self.digest, "steps": steps, "unsent": 0}), due)

    def kept(self, answer: Answer) -> None:
        """Take note of where the journal stands."""
        found = answer.json()
        self.digest, self.seq = found["digest"], found["acked_seq"]

    def submit(self, due: float = 0.0) -> Ask:
        """Hand in."""
        return Ask("submit", self._post("submit", {"last_seq": self.seq, "prev": self.digest}), due)

    def answer_to(self, number: int) -> Json:
        """An act: choose something at some item."""
        item = self.form["items"][number % len(self.form["items"])]
        return {"kind": "answer", "item": item["id"], "option": item["options"][number % 4]["id"]}

    def _post(self, act: str, body: Json) -> bytes:
        return request("POST", f"/api/v1/attempts/{self.seat['attempt']}/{act}", token=self.seat["token"], body=body)


def candidates_of(room: Room) -> list[Candidate]:
    """Everybody with a card."""
    return [Candidate(e.participant_number, pin) for e, pin in zip(room.enrolments, room.pins, strict=True)]


def arriving(candidate: Candidate, *, due: float = 0.0) -> Script:
    """Sign in and take the seat."""
    answer = yield candidate.sign_in(due)
    candidate.session = answer.json()
    answer = yield candidate.take_seat()
    candidate.seated(answer)


def beginning(candidate: Candidate, *, due: float = 0.0, pictures: bool = True) -> Script:
    """Fetch form and pictures, and begin."""
    package = yield candidate.fetch(candidate.seat["form_url"])._replace(due=due)
    for picture in candidate.seat["media"] if pictures else []:
        yield candidate.fetch(picture["url"])
    begun = yield candidate.begin()
    candidate.read(package.body, begun)


def whole_exam(candidate: Candidate, admit: Callable[[], None]) -> Script:
    """From the sign-in to the receipt."""
    yield from arriving(candidate)
    admit()
    answer = yield candidate.take_seat()
    candidate.seated(answer)
    yield from beginning(candidate)
    for sending in sendings(a_whole_test(candidate.form["items"])):
        if sending.acts:
            answer = yield candidate.steps(*sending.acts, kind="heartbeat" if sending.is_heartbeat else "save")
            candidate.kept(answer)
    yield candidate.submit()
