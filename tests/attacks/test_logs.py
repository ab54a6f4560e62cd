"""What the server writes down of a whole attempt, its failures included: no code, token, name, number or answer."""

import re

import pytest

from tests.attacks.served import HOSTILE, Served, sit_down


@pytest.fixture
def log(server: Served) -> bytes:
    """The log, at its most talkative, after a candidate met everything that can go wrong."""
    enrolment, pin = server.room.enrolments[3], server.room.pins[3]
    wrong = {"participant_number": enrolment.participant_number, "pin": "0" * 13}
    server.post("/api/v1/session", wrong)
    seat = sit_down(server, 3)
    path = f"/api/v1/attempts/{seat['attempt']}"
    server.post(f"{path}/begin", {"media_verified": True}, seat["token"])
    server.post(f"{path}/steps", {"prev": "0" * 64, "steps": []}, seat["token"] + "x")
    server.post(f"{path}/steps", {"prev": pin, "steps": [pin]}, seat["token"])
    request = f"GET /masuk?next={pin} HTTP/1.1\r\nHost: {pin}\r\nReferer: {pin}\r\nConnection: close\r\n\r\n"
    server.raw(request.encode())
    server.raw(b"GET /" + pin.encode() + b" HTTP/9.9\r\n\r\n")
    server.raw(b"GET /\r\x00" + pin.encode() + b"\r\n\r\n")
    secrets = [pin, seat["token"], seat["order"][0], enrolment.participant_number, HOSTILE[:20]]
    written = server.output.read_bytes()
    assert b"Serving on" in written
    assert [secret for secret in secrets if secret.encode() in written] == []
    return written


def test_the_log_holds_nothing_about_anybody(log: bytes, server: Served) -> None:
    for pin in server.room.pins:
        assert pin.encode() not in log
    for clue in (b"Traceback", b"Bearer", b"127.0.0.1 - -", b"'REMOTE_ADDR'"):
        assert clue not in log


def test_the_health_page_tells_that_and_nothing_else(server: Served) -> None:
    heard = server.raw(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    head, body = heard.split(b"\r\n\r\n", 1)
    assert body.strip() == b'{"status":"ok"}'
    for clue in (b"gunicorn", b"Python", b"Werkzeug"):
        assert clue not in head
    for path in (b"/metrics", b"/debug", b"/console", b"/admin/metrics", b"/server-status", b"/openapi.json", b"/docs"):
        answer = server.raw(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert answer.split(b" ", 2)[1] == b"404", path


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/static/nothing.js", "/hasil/x", "/ruang/x"])
def test_error_pages_tell_nothing_of_the_inside(server: Served, path: str) -> None:
    heard = server.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert heard.split(b" ", 2)[1] == b"404"
    assert not re.search(rb"\w\.py[:\"', ]", heard)
    for clue in (b"traceback", b"werkzeug", b"flask", b"sqlite", str(server.platform.settings.data).lower().encode()):
        assert clue not in heard.lower()
