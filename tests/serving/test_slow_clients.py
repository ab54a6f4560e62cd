"""Clients that drip, idle or do not read hold no thread: a save is answered at once, and they are ended in time."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.serving.certificates import self_signed
from tests.serving.trivial_server import Running, Setup, running

HEAD = b"POST /api/v1/save HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n"
MUST_ANSWER_SECONDS = 6.0
MUST_END_SECONDS = 5.0 + 2.0  # the deadline, and a busy machine
NOTHING = b""


class Dripper:
    """A client that sends a byte a second until the server has had enough, and notes when that was."""

    def __init__(self, server: Running, first: bytes) -> None:
        self.began = time.monotonic()
        self.socket = server.connect()
        self.first = first
        self.heard = b""
        self.lasted: float | None = None
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def _drip(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.sendall(self.first)
            self.socket.settimeout(1.0)
            while True:
                try:
                    piece = self.socket.recv(4096)
                except TimeoutError:
                    self.socket.sendall(b"x")
                    continue
                self.heard += piece
                if not piece:
                    break
        self.lasted = time.monotonic() - self.began

    def end(self, seconds: float = 20) -> None:
        """Wait until the server has ended it."""
        self._thread.join(seconds)
        self.socket.close()


@contextlib.contextmanager
def dripping(server: Running, number: int) -> Iterator[list[Dripper]]:
    """So many clients: half of them drip their head, half their body."""
    firsts = [HEAD[:30], HEAD + b"\r\n"]
    drippers = [Dripper(server, firsts[count % 2]) for count in range(number)]
    yield drippers
    for dripper in drippers:
        dripper.end()


@pytest.mark.parametrize("number", [8, 80])
def test_a_save_is_answered_while_others_drip(number: int) -> None:
    with running(Setup(workers=2, threads=2)) as server, dripping(server, number) as drippers:
        idlers = [server.connect() for _ in range(number)]  # these say nothing at all
        end = time.monotonic() + MUST_END_SECONDS
        slowest = 0.0
        while time.monotonic() < end:
            slowest = max(slowest, server.save())
            threading.Event().wait(0.05)
        for idler in idlers:
            idler.close()
    assert slowest < MUST_ANSWER_SECONDS
    assert all(dripper.lasted is not None and dripper.lasted < MUST_END_SECONDS for dripper in drippers)
    assert all(b" 408 " in dripper.heard for dripper in drippers)


def test_one_address_has_a_few_slow_requests_and_no_more() -> None:
    with running(Setup(slow_per_address=3)) as server, dripping(server, 10) as drippers:
        pass
    early = [dripper for dripper in drippers if dripper.lasted is not None and dripper.lasted < 4.0]
    assert len(early) == 7


def test_kept_connections_that_idle_hold_no_thread() -> None:
    with running(Setup()) as server:
        idlers = [server.connect() for _ in range(30)]
        for idler in idlers:
            idler.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert idler.recv(4096).startswith(b"HTTP/1.1 200")
        assert server.save() < MUST_ANSWER_SECONDS
        for idler in idlers:
            idler.close()


def test_who_does_not_read_the_reply_holds_no_thread() -> None:
    with running(Setup()) as server:
        deaf = [server.connect() for _ in range(4)]
        for each in deaf:
            each.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        assert server.save() < MUST_ANSWER_SECONDS
        for each in deaf:
            each.close()


def test_who_reads_late_gets_the_whole_reply() -> None:
    with running(Setup()) as server, server.connect() as late:
        late.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        server.save()
        n_bytes = 0
        while piece := late.recv(1 << 20):
            n_bytes += len(piece)
        assert n_bytes > 32 * 1024 * 1024


def test_requests_in_a_row_are_answered_in_a_row() -> None:
    with running(Setup()) as server, server.connect() as client:
        asked = [b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(50)]
        client.sendall(b"".join(asked))
        heard = b""
        while heard.count(b'"path"') < 50:
            heard += client.recv(65536)
        paths = [json.loads(part.split(b"\r\n\r\n")[1])["path"] for part in heard.split(b"HTTP/1.1 ")[1:]]
        assert paths == [f"/{number}" for number in range(50)]


def test_the_body_may_wait_for_a_go_ahead() -> None:
    with running(Setup()) as server, server.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hello")
        assert b'"body": 5' in client.recv(4096)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 40000, b"431"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: odd\r\n\r\n", b"501"),
    ],
)
def test_what_is_no_request_is_refused_and_ended(sent: bytes, status: bytes) -> None:
    with running(Setup()) as server, server.connect() as client:
        client.sendall(sent)
        heard = everything(client)
        assert heard.startswith(b"HTTP/1.1 " + status)
        assert b"Connection: close" in heard


def test_an_oversized_body_is_answered_before_it_is_sent() -> None:
    with running(Setup()) as server, server.connect() as client:
        client.sendall(b"POST /api/v1/save HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n")
        heard = everything(client)
        assert b'"length": "9000000"' in heard  # the application is asked, and refuses in its own words
        assert b'"body": 0' in heard


def test_large_bodies_beyond_the_memory_for_them_are_refused() -> None:
    with running(Setup(budget_bytes=1_000_000)) as server, server.connect() as client, server.connect() as other:
        head = b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n"
        client.sendall(head + b"x")
        server.save()  # by then the first one was seen
        other.sendall(head + b"x")
        assert b" 503 " in everything(other)
        client.sendall(b"x" * 899_999)
        assert b'"body": 900000' in client.recv(4096)


def test_an_address_that_a_client_claims_is_not_believed() -> None:
    with running(Setup()) as server, server.connect() as client:
        claims = b"X-Forwarded-For: 10.9.8.7\r\nX-Forwarded-Proto: https\r\n"
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n" + claims + b"\r\n")
        told = json.loads(client.recv(4096).split(b"\r\n\r\n")[1])
        assert (told["address"], told["scheme"]) == ("127.0.0.1", "http")


def test_a_server_that_is_told_to_end_answers_what_has_begun() -> None:
    with running(Setup(workers=2, threads=2)) as server, server.connect() as working, server.connect() as idle:
        working.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        idle.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b" 200 " in idle.recv(4096)
        os.kill(server.process.pid, signal.SIGTERM)
        heard = everything(working)
        assert heard.startswith(b"HTTP/1.1 200")
        assert b'"path": "/slow"' in heard
        assert everything(idle) == NOTHING
        assert server.process.wait(timeout=20) == 0


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One thread, and TLS."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key, certificate = self_signed()
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    with running(Setup(certificate=str(folder / "certificate.pem"), key=str(folder / "key.pem"))) as server:
        yield server


def handshake_begun(server: Running) -> socket.socket:
    client = server.connect()
    client.sendall(b"\x16\x03\x01\x02\x00\x01")  # a record of 512 bytes, of which one is here
    return client


def nothing_sent(server: Running) -> socket.socket:
    return server.connect()


@pytest.mark.parametrize("begin", [handshake_begun, nothing_sent])
def test_slow_handshakes_hold_no_thread_and_end_in_time(
    tls_server: Running, begin: Callable[[Running], socket.socket]
) -> None:
    slow = [begin(tls_server) for _ in range(20)]
    began = time.monotonic()
    assert tls_server.save_over_tls() < MUST_ANSWER_SECONDS
    for client in slow:
        assert everything(client) == NOTHING
        client.close()
    assert time.monotonic() - began < MUST_END_SECONDS


def test_plain_http_on_the_tls_port_is_told_so(tls_server: Running) -> None:
    with tls_server.connect() as client:
        client.sendall(b"GET /ujian HTTP/1.1\r\nHost: a\r\n\r\n")
        heard = everything(client)
        assert heard.startswith(b"HTTP/1.1 426")
        assert heard.endswith(b"TLS!")


def everything(client: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(65536):
            heard += piece
    return heard
