"""The real server, with our worker class, before a lab whose people have hostile names; its log is kept."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from exam.model import Administration, Form
from registry.model import Site
from testing_platform.config import Settings
from testing_platform.wiring import Platform, build, utc_now
from tests.exam_room import SECRET, Room, furnish
from tests.ports import free_port
from tests.serving.platform_server import ROOT, environment

HOSTILE = (
    'Budi"\'><img src=x onerror="window.pwned=1;alert(1)"><svg onload=alert(2)></svg>'
    "</textarea></title></script><script>window.pwned=2;alert(3)</script>{{7*7}}${7*7}<!--"
)
Json = dict[str, Any]


@dataclass(frozen=True)
class Served:
    """A server that listens, its database from outside, and what it wrote to its log."""

    port: int
    platform: Platform
    room: Room
    output: Path

    @property
    def origin(self) -> str:
        """Where browsers find it."""
        return f"http://127.0.0.1:{self.port}"

    def connect(self, timeout: float = 15.0) -> socket.socket:
        """A plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def raw(self, sent: bytes) -> bytes:
        """Send bytes as they are; everything that comes back until the server ends the connection, or falls silent."""
        heard = b""
        with contextlib.closing(self.connect(timeout=20.0)) as client, contextlib.suppress(OSError):
            client.sendall(sent)
            while piece := client.recv(65536):
                heard += piece
                client.settimeout(1.5)
        return heard

    def post(self, path: str, body: object, token: str = "") -> tuple[int, Json]:
        """Post JSON as a runner does."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("POST", path, body=json.dumps(body), headers=headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())

    def health(self) -> bool:
        """Whether it is well."""
        return self.raw(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")


@contextlib.contextmanager
def served(template: Path, folder: Path, **settings: str) -> Iterator[Served]:
    """A server on a copy of a database with the bank, and a room that opened just now."""
    shutil.copy(template, folder / "testing-platform.sqlite")
    port = free_port()
    platform = build(Settings(data=folder, secret=SecretStr(SECRET), port=port))
    room = _hostile_room(platform)
    output = folder / "output.txt"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "testing_platform", "serve"],
            env=environment(folder, PORT=str(port), **({"LOG_LEVEL": "debug"} | settings)),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    made = Served(port, platform, room, output)
    try:
        _wait(made, process)
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
        platform.database.dispose()


def _wait(made: Served, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert process.poll() is None, made.output.read_text()
        with contextlib.suppress(OSError):
            if made.health():
                return
        time.sleep(0.2)
    raise TimeoutError(made.output.read_text())


def _hostile_room(platform: Platform) -> Room:
    """Everybody and everything in it is named by an attacker."""
    with platform.database.transaction() as session:
        room = furnish(session, n_seats=4, now=utc_now())
        site = session.scalars(select(Site)).one()
        site.name, site.province = HOSTILE, HOSTILE
        room.sitting.title = room.sitting.room = HOSTILE
        for enrolment in room.enrolments:
            enrolment.teacher.full_name = f"{enrolment.seat} {HOSTILE}"
            enrolment.teacher.school = enrolment.teacher.subject = HOSTILE
        session.scalars(select(Administration)).one().title = HOSTILE
        assert session.scalars(select(Form)).one()
        session.flush()
        session.expunge_all()
    return room


def sit_down(server: Served, place: int) -> Mapping[str, Any]:
    """Sign in and take a seat by the contract; the answer of the server."""
    enrolment, pin = server.room.enrolments[place], server.room.pins[place]
    body = {"participant_number": enrolment.participant_number, "pin": pin}
    status, session = server.post("/api/v1/session", body)
    assert status == 200, session
    wanted = {"sitting": session["sittings"][0]["id"], "start_code": "HKWT47", "device": f"pc-{place}"}
    status, seat = server.post("/api/v1/attempts", wanted, session["session_token"])
    assert status == 200, seat
    return seat
