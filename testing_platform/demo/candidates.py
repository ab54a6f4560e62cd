"""Simulated candidates that sit the test as a browser does: over HTTP, by the runner's contract alone.

They keep what they sent until the server has acknowledged it, send it again after a lost connection, and check
every digest, so that a run of them proves as much about the answer path as a run of browsers.
"""

import base64
import hashlib
import http.client
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exam.sealing import open_package

BATCH = 5  # acts that a browser gathers while the candidate reads on
_TRIES = 200
_PAUSE_SECONDS = 0.1

Json = dict[str, Any]


class RefusedError(Exception):
    """The server answered with a problem that a candidate cannot mend."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem.get('type')}: {problem.get('title')}")
        self.status = status
        self.problem = problem


class Connection:
    """A kept-alive connection that is made anew after the server went away."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._http: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, *, token: str = "", body: Json | None = None) -> bytes:
        """One call, repeated while the server is away; every call of the contract may safely be repeated."""
        for _ in range(_TRIES):
            try:
                return self._call(method, path, token=token, body=body)
            except (OSError, http.client.HTTPException):
                self.close()
                time.sleep(_PAUSE_SECONDS)
        raise ConnectionError(f"no answer from {self._address[0]}:{self._address[1]}")

    def _call(self, method: str, path: str, *, token: str, body: Json | None) -> bytes:
        if self._http is None:
            self._http = http.client.HTTPConnection(*self._address, timeout=30)
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        response = self._http.getresponse()
        content = response.read()
        if response.status >= 400:
            raise RefusedError(response.status, json.loads(content or b"{}"))
        return content

    def json(self, method: str, path: str, *, token: str = "", body: Json | None = None) -> Json:
        """One call whose answer is JSON."""
        answer: Json = json.loads(self.call(method, path, token=token, body=body))
        return answer

    def close(self) -> None:
        """Let the connection go."""
        if self._http is not None:
            self._http.close()
            self._http = None


@dataclass(frozen=True)
class Card:
    """What stands on a candidate's card."""

    participant_number: str
    pin: str = field(repr=False)


@dataclass
class Candidate:
    """One candidate at one seat."""

    connection: Connection
    card: Card
    seat: Json = field(default_factory=dict)
    form: Json = field(default_factory=dict)
    digest: str = ""
    seq: int = 0
    acknowledged: list[Json] = field(default_factory=list)

    def arrive(self, start_code: str) -> str:
        """Sign in and take the seat; again until the proctor admits. The state of the attempt comes back."""
        session = self.connection.json(
            "POST",
            "/api/v1/session",
            body={"participant_number": self.card.participant_number, "pin": self.card.pin},
        )
        self.seat = self.connection.json(
            "POST",
            "/api/v1/attempts",
            token=session["session_token"],
            body={
                "sitting": session["sittings"][0]["id"],
                "start_code": start_code,
                "device": f"device-{self.card.participant_number}",
            },
        )
        self.digest, self.seq = self.seat["digest"], self.seat["last_seq"]
        return str(self.seat["state"])

    def begin(self) -> None:
        """Fetch form and pictures as ciphertext, check their digests, start the clock, and read the form."""
        package = self._fetch(self.seat["form_url"], self.seat["form_sha256"])
        for picture in self.seat["media"]:
            self._fetch(picture["url"], picture["sha256"])
        begun = self.connection.json("POST", self._path("begin"), token=self._token, body={"media_verified": True})
        key = base64.b64decode(begun["form_key"])
        self.form = open_package(package, key=key)

    def answer(self, choices: Mapping[str, str]) -> None:
        """Go through the items in the order shown, look at each, and choose; acts travel in batches."""
        for batch in _batches(self._acts(choices)):
            self.send(batch)

    def send(self, batch: Sequence[Json]) -> None:
        """Send steps until they are acknowledged."""
        sent = [dict(step) for step in batch]
        answer = self._steps(sent)
        self.digest, self.seq = answer["digest"], answer["acked_seq"]
        self.acknowledged += sent

    def submit(self) -> Json:
        """Hand in; the receipt comes back."""
        body = {"last_seq": self.seq, "prev": self.digest}
        receipt: Json = self.connection.json("POST", self._path("submit"), token=self._token, body=body)["receipt"]
        return receipt

    def _acts(self, choices: Mapping[str, str]) -> Iterator[Json]:
        seq = self.seq
        for item in self.seat["order"]:
            seq += 1
            yield {"seq": seq, "kind": "view", "item": item, "at": _now_ms()}
            if item in choices:
                seq += 1
                yield {"seq": seq, "kind": "answer", "item": item, "option": choices[item], "at": _now_ms()}

    def _steps(self, batch: Sequence[Json]) -> Json:
        try:
            return self.connection.json(
                "POST",
                self._path("steps"),
                token=self._token,
                body={"prev": self.digest, "steps": list(batch)},
            )
        except RefusedError as refusal:
            # The reply to an earlier try was lost, but the steps are there: go on from where the server stands.
            if refusal.problem.get("type") == "chain-mismatch" and refusal.problem["last_seq"] == batch[-1]["seq"]:
                return {"digest": refusal.problem["digest"], "acked_seq": refusal.problem["last_seq"]}
            raise

    def _fetch(self, url: str, sha256: str) -> bytes:
        content = self.connection.call("GET", url, token=self._token)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(f"{url} arrived damaged")
        return content

    def _path(self, act: str) -> str:
        return f"/api/v1/attempts/{self.seat['attempt']}/{act}"

    @property
    def _token(self) -> str:
        return str(self.seat["token"])


def _batches(acts: Iterator[Json]) -> Iterator[list[Json]]:
    batch: list[Json] = []
    for act in acts:
        batch.append(act)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
