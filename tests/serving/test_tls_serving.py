"""The platform over TLS as a lab sees it: the chain is checked, plain HTTP gets a page, ports in use are told."""

import contextlib
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest

from testing_platform.tls.authority import parse_host
from testing_platform.tls.folder import TlsFolder, issue
from tests.serving.platform_server import Served, command, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("lab")
    shutil.copy(sqlite_template, data / "testing-platform.sqlite")
    issue(TlsFolder(data / "tls"), [parse_host("lab.test"), parse_host("127.0.0.1")], now=datetime.now(UTC))
    with served(data) as server:
        yield server


@contextlib.contextmanager
def over_tls(server: Served, path: str) -> Iterator[HTTPResponse]:
    """Ask as a browser that trusts the authority."""
    context = ssl.create_default_context(cafile=str(server.data / "tls" / "authority.crt"))
    with contextlib.closing(HTTPSConnection("127.0.0.1", server.port, timeout=20, context=context)) as connection:
        connection.request("GET", path)
        yield connection.getresponse()


def in_plain(port: int, path: str, *, method: str = "GET", body: str = "", host: str = "lab.test") -> tuple[int, str]:
    """Ask without TLS."""
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body=body, headers={"Host": host})
        reply = connection.getresponse()
        assert "Set-Cookie" not in reply.headers
        assert "Location" not in reply.headers
        return reply.status, reply.read().decode()


def test_who_trusts_the_authority_is_served(server: Served) -> None:
    with over_tls(server, "/masuk") as reply:
        assert reply.status == 200
        assert "Secure" in reply.headers["Set-Cookie"]
        # Browsers that keep such a promise offer no way through on the morning when the certificate was forgotten.
        assert "Strict-Transport-Security" not in reply.headers


def test_who_does_not_trust_it_is_not(server: Served) -> None:
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="lab.test")


def test_old_versions_of_tls_are_refused(server: Served) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain,
        pytest.raises((ssl.SSLError, ConnectionResetError)),
    ):
        context.wrap_socket(plain)


@pytest.mark.parametrize("door", ["port", "plain_port"])
def test_plain_http_gets_a_page_that_says_how_to_go_on(server: Served, door: str) -> None:
    status, text = in_plain(getattr(server, door), "/ujian?kode=HKWT47")
    assert status == 426
    assert f'href="https://lab.test:{server.port}/ujian"' in text
    assert "Tidak ada jawaban yang hilang" in text
    assert "No answer is lost" in text
    assert "HKWT47" not in text


def test_credentials_that_came_in_plain_go_nowhere(server: Served) -> None:
    status, text = in_plain(server.plain_port, "/api/v1/session", method="POST", body='{"pin": "7777"}')
    assert (status, "7777" in text) == (426, False)


def test_a_name_that_the_certificate_does_not_know_is_not_repeated(server: Served) -> None:
    _status, text = in_plain(server.plain_port, "/", host='evil.test"><script>')
    assert "evil" not in text
    assert "https://lab.test:" in text
    assert f"https://127.0.0.1:{server.port}/" in in_plain(server.plain_port, "/", host="127.0.0.1:80")[1]


@pytest.mark.parametrize("number", [8, 80])
def test_the_platform_answers_while_others_drip(server: Served, number: int) -> None:
    context = ssl.create_default_context(cafile=str(server.data / "tls" / "authority.crt"))
    firsts = [b"POST /api/v1/session HTTP/1.1\r\nHo", b"POST /masuk HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"]
    with contextlib.ExitStack() as stack:
        dripping = [stack.enter_context(dripper(context, server.port, firsts[n % 2])) for n in range(number)]
        times = []
        end = time.monotonic() + 7
        while time.monotonic() < end:
            began = time.monotonic()
            for connection in dripping:
                with contextlib.suppress(OSError):
                    connection.send(b"x")
            with over_tls(server, "/health") as reply:
                assert reply.status == 200
            times.append(time.monotonic() - began)
            threading.Event().wait(1)
        assert max(times) < 6
        assert all(is_ended(connection) for connection in dripping)


def dripper(context: ssl.SSLContext, port: int, first: bytes) -> ssl.SSLSocket:
    """A client that begins a request and will not finish it."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection = context.wrap_socket(plain, server_hostname="lab.test")
    connection.sendall(first)
    return connection


def is_ended(connection: ssl.SSLSocket) -> bool:
    """Whether the server has refused and ended it."""
    try:
        heard = connection.recv(4096)
        return heard == b"" or (b" 408 " in heard and connection.recv(4096) == b"")
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_port_in_use_is_told_at_once(server: Served) -> None:
    refused = command(server.data, ["serve", "--port", str(server.port)])
    assert refused.returncode == 2
    assert f"port {server.port}" in refused.stderr
    refused = command(server.data, ["serve", "--host", "other.test"])
    assert (refused.returncode, "not for other.test" in refused.stderr) == (2, True)


def test_the_operator_is_told_the_address(server: Served) -> None:
    assert f"Serving on https://lab.test:{server.port}" in server.output.read_text()
