"""`testing-platform serve` as an operator starts it, with TLS, as a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from testing_platform.config import PREFIX
from tests.exam_room import SECRET
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@dataclass(frozen=True)
class Served:
    """A server that answers on both ports."""

    port: int
    plain_port: int
    data: Path
    output: Path


def environment(data: Path, **settings: str) -> dict[str, str]:
    """The environment of an installation."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    ours = {"DATA": str(data), "SECRET": SECRET, "LOG_LEVEL": "warning", **settings}
    return outside | {PREFIX + name: value for name, value in ours.items()}


def command(data: Path, words: Sequence[str], **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run `testing-platform WORDS`; it may fail."""
    program = [sys.executable, "-m", "testing_platform", *words]
    return subprocess.run(
        program,
        env=environment(data, **settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )


@contextlib.contextmanager
def served(data: Path, *, ports: Sequence[int] = ()) -> Iterator[Served]:
    """TLS on loopback with the certificate of the data folder, and the page for plain HTTP beside it."""
    port, plain_port = ports or (free_port(), free_port())
    certificate = str(data / "tls" / "server.crt")
    settings = {"PORT": str(port), "PLAIN_PORT": str(plain_port), "TLS_CERTIFICATE": certificate}
    output = data / "output.txt"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "testing_platform", "serve"],
            env=environment(data, **settings),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        assert _listens(process, plain_port), output.read_text()
        yield Served(port, plain_port, data, output)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _listens(process: "subprocess.Popen[bytes]", port: int) -> bool:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
            probe.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            if probe.recv(16):
                return True
        time.sleep(0.1)
    return False
