"""A gunicorn with the worker class of the platform and the smallest application, as a process of its own."""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
LARGE_REPLY = 32 * 1024 * 1024  # more than the buffers of two sockets take


@dataclass(frozen=True)
class Setup:
    """How the server is started."""

    workers: int = 1
    threads: int = 1
    budget_bytes: int = 64 * 1024 * 1024
    slow_per_address: int = 8
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    process: "subprocess.Popen[bytes]"

    def connect(self, timeout: float = 15.0) -> socket.socket:
        """A plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def save(self, body: bytes = b"answer") -> float:
        """Ask for what a runner asks, and tell how long the answer took."""
        began = time.monotonic()
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("POST", "/api/v1/save", body=body)
            reply = connection.getresponse()
            assert (reply.status, json.loads(reply.read())["body"]) == (200, len(body))
        return time.monotonic() - began

    def save_over_tls(self) -> float:
        """The same over TLS; the certificate is a matter of other tests."""
        began = time.monotonic()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with contextlib.closing(HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)) as connection:
            connection.request("POST", "/api/v1/save", body=b"answer")
            assert connection.getresponse().status == 200
        return time.monotonic() - began


@contextlib.contextmanager
def running(setup: Setup) -> Iterator[Running]:
    """A server on a free port until the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "tests.serving.trivial_server", str(port), json.dumps(asdict(setup))]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        _wait_for(port)
        yield Running(port, process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Tells what it received; `/large` answers more than a client takes that does not read, `/slow` takes its time."""
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(LARGE_REPLY))])
        return [bytes(LARGE_REPLY)]
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1.5)
    told = {
        "path": environ["PATH_INFO"],
        "body": len(environ["wsgi.input"].read()),
        "length": environ.get("CONTENT_LENGTH"),
        "scheme": environ["wsgi.url_scheme"],
        "address": environ["REMOTE_ADDR"],
        "process": os.getpid(),
    }
    content = json.dumps(told).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]


def wrong_door(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """What plain HTTP gets where TLS is spoken."""
    start_response("426 Upgrade Required", [("Content-Length", "4")])
    return [b"TLS!"]


def _serve(port: int, setup: Setup) -> None:
    from gunicorn.app.base import BaseApplication

    from testing_platform.web_server.limits import Limits
    from testing_platform.web_server.worker import PatientWorker, WebServer

    tls = None
    if setup.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(setup.certificate, setup.key)
    limits = Limits(budget_bytes=setup.budget_bytes, slow_per_address=setup.slow_per_address)

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        web_server = WebServer(limits=limits, tls=tls, wrong_door=wrong_door)

        def load_config(self) -> None:
            options = {
                "bind": f"127.0.0.1:{port}",
                "worker_class": PatientWorker,
                "workers": setup.workers,
                "threads": setup.threads,
                "loglevel": "warning",
                "control_socket_disable": True,
                "graceful_timeout": 3,
                "limit_request_fields": 60,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return application

    Server().run()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Setup(**json.loads(sys.argv[2])))
