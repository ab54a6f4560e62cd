"""Bytes that no browser sends, against the real server: smuggled requests, floods, drips, oversized bodies."""

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from exam.model import Attempt
from exam.operations import proctoring
from registry.actor import SYSTEM
from testing_platform.wiring import utc_now
from tests.attacks.served import Json, Served, sit_down

MUST_ANSWER_SECONDS = 6.0
SMUGGLED = b"GET /masuk HTTP/1.1\r\nHost: a\r\n\r\n"


def framed(*headers: bytes, body: bytes = SMUGGLED) -> bytes:
    """A post with these headers, whose body is a request of its own."""
    return b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\n" + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body


LENGTH = b"Content-Length: %d" % len(SMUGGLED)
AMBIGUOUS = {
    "length and chunks": framed(LENGTH, b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "chunks and length": framed(b"Transfer-Encoding: chunked", b"Content-Length: 4", body=b"0\r\n\r\n" + SMUGGLED),
    "two lengths": framed(b"Content-Length: 0", LENGTH),
    "two equal lengths": framed(LENGTH, LENGTH),
    "lengths in one": framed(b"Content-Length: 0, %d" % len(SMUGGLED)),
    "a signed length": framed(b"Content-Length: +0"),
    "a length in hexadecimal": framed(b"Content-Length: 0x0"),
    "a length with a space before its colon": framed(b"Content-Length : 0", LENGTH),
    "an unknown coding": framed(b"Transfer-Encoding: xchunked", b"Content-Length: 0"),
    "two codings": framed(b"Transfer-Encoding: chunked, identity", b"Content-Length: 0"),
    "a hidden coding": framed(b"Transfer-Encoding:\x0bchunked", b"Content-Length: 0"),
    "a folded coding": framed(b"Transfer-Encoding:\r\n chunked", b"Content-Length: 0"),
    "a coding with an underscore": framed(b"Transfer_Encoding: chunked", LENGTH, LENGTH),
    "bare line feeds": b"POST /api/v1/session HTTP/1.1\nHost: a\nContent-Length: 0\n\n" + SMUGGLED,
    "a zero byte": framed(b"X: a\x00b", b"Content-Length: 0"),
    "a return in a header": framed(b"X: a\rContent-Length: 0", LENGTH, LENGTH),
    "a chunk that lies": framed(b"Transfer-Encoding: chunked", body=b"-1\r\n" + SMUGGLED),
    "a chunk beyond all": framed(b"Transfer-Encoding: chunked", body=b"fffffffffffffffff\r\n" + SMUGGLED),
}


@pytest.mark.parametrize("how", AMBIGUOUS)
def test_no_request_hides_in_another(server: Served, how: str) -> None:
    heard = server.raw(AMBIGUOUS[how])
    assert b"<form" not in heard  # the page of the hidden request
    answers = heard.count(b"HTTP/1.1 ")
    assert answers <= 1, heard[:2000]
    assert b"HTTP/1.1 200" not in heard
    assert server.health()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + b"a=b; " * 8000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        b"\r\n" * 5000,
        b"\x00" * 5000,
    ],
)
def test_floods_and_noise_are_ended_without_a_word_about_us(server: Served, sent: bytes) -> None:
    heard = server.raw(sent)
    assert b"HTTP/1.1 200" not in heard
    for clue in (b"gunicorn", b"Traceback", b"python", b"Python"):
        assert clue not in heard
    assert server.health()


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../etc/passwd",
        "/static/..%2f..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/secret.key",
        "/static/....//....//secret.key",
        "/static//etc/passwd",
        "/static/v-x/../../secret.key",
        "/static/runner/%00main.js",
        "/static/..\\..\\secret.key",
        "/bank/media/..%2f..%2fsecret.key",
        "/api/v1/forms/00000000-0000-0000-0000-000000000000/media/..%2f..%2fsecret.key",
        "/secret.key",
        "/testing-platform.sqlite",
        "/.git/config",
        "/anchors/",
        "/static/",
        "http://evil.example/static/",
        "//evil.example/..",
    ],
)
def test_no_path_leads_out_of_what_is_served(server: Served, path: str) -> None:
    heard = server.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    status = heard.split(b" ", 2)[1]
    assert status in {b"400", b"401", b"302", b"404", b"308"}, heard[:300]
    secret = (server.platform.settings.data / "secret.key") if server.platform.settings.data else None
    assert b"root:" not in heard
    assert b"SQLite format" not in heard
    assert secret is None or not secret.exists() or secret.read_bytes() not in heard
    assert b"Location: //" not in heard
    assert b"evil.example" not in heard.split(b"\r\n\r\n")[0] or status == b"404"


@contextlib.contextmanager
def drips(server: Served, firsts: list[bytes]) -> Iterator[None]:
    """A client for each beginning, which goes on with a byte now and then until the block ends."""
    over = threading.Event()

    def drip(first: bytes) -> None:
        with contextlib.suppress(OSError), contextlib.closing(server.connect()) as client:
            client.sendall(first)
            while not over.wait(0.5):
                client.sendall(b"0")

    threads = [threading.Thread(target=drip, args=(first,), daemon=True) for first in firsts]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join(10)


def test_answers_are_kept_in_time_while_eight_connections_drip(server: Served) -> None:
    seat = working(server, 0)
    path = f"/api/v1/attempts/{seat['attempt']}/steps".encode()
    head = b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + seat["token"].encode() + b"\r\n"
    body = head + b"Content-Length: 60000\r\n\r\n{"
    chunk = head + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{"
    upload = b"POST /masuk HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\ncsrf_token="
    with drips(server, [head[:40], head, body, body, chunk, chunk, upload, upload]):
        slowest, digest, end = 0.0, seat["digest"], time.monotonic() + 7.0
        seq = 0
        while time.monotonic() < end:
            seq += 1
            began = time.monotonic()
            step = {"seq": seq, "kind": "view", "item": seat["order"][0], "at": 1}
            status, answer = server.post(path.decode(), {"prev": digest, "steps": [step]}, seat["token"])
            slowest = max(slowest, time.monotonic() - began)
            assert (status, answer["acked_seq"]) == (200, seq)
            digest = answer["digest"]
            time.sleep(0.2)
    assert slowest < MUST_ANSWER_SECONDS


def test_answers_are_kept_in_time_while_passwords_are_tried(server: Served) -> None:
    seat = working(server, 1)
    over = threading.Event()
    page = server.raw(b"GET /masuk HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").decode()
    cookie = page.split("Set-Cookie: ")[1].split(";")[0]
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = f"csrf_token={token}&email=nobody%40contoh.id&password=salah+sama+sekali".encode()
    head = f"POST /masuk HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\nContent-Length: {len(form)}\r\n"
    request = head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n" + form

    def hammer() -> None:
        while not over.is_set():
            server.raw(request)

    threads = [threading.Thread(target=hammer, daemon=True) for _ in range(12)]
    for thread in threads:
        thread.start()
    slowest = 0.0
    for _ in range(10):
        began = time.monotonic()
        path = f"/api/v1/attempts/{seat['attempt']}/steps"
        status, _answer = server.post(path, {"prev": seat["digest"], "steps": []}, seat["token"])
        slowest = max(slowest, time.monotonic() - began)
        assert status == 200
        time.sleep(0.3)
    over.set()
    for thread in threads:
        thread.join(20)
    assert slowest < MUST_ANSWER_SECONDS


def test_a_body_beyond_the_limit_costs_the_server_nothing(server: Served) -> None:
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n"
    assert b" 413 " in server.raw(head + b"x" * 100_000)[:40]
    chunks = (
        b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5000\r\n" + b"x" * 0x5000
    )
    assert b" 413 " in server.raw(chunks + (b"\r\n5000\r\n" + b"x" * 0x5000) * 8)[:40]
    assert server.health()


def working(server: Served, place: int) -> Json:
    """A candidate whose clock runs."""
    seat = dict(sit_down(server, place))
    with server.platform.database.transaction() as session:
        for attempt in session.scalars(select(Attempt)):
            if str(attempt.public_id) == seat["attempt"]:
                proctoring.admit(session, attempt, actor=SYSTEM, now=utc_now())
    status, _begun = server.post(f"/api/v1/attempts/{seat['attempt']}/begin", {"media_verified": True}, seat["token"])
    assert status == 200
    return seat
