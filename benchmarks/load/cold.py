"""What a browser that was never here fetches before the test can begin: everything that comes over the line."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import sync_playwright

from benchmarks.load.servers import Server
from testing_platform.runner_shell import PAGE

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


class Line:
    """A line to the server that counts what comes back, whoever asked: page, worker or font."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.n_bytes = 0
        threading.Thread(target=self._open, daemon=True).start()

    def close(self) -> None:
        """No more callers."""
        self._door.close()

    def _open(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._door.accept()
                behind = socket.create_connection(("127.0.0.1", self._server.port))
                for one, other, is_counted in ((caller, behind, False), (behind, caller, True)):
                    threading.Thread(target=self._carry, args=(one, other, is_counted), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, is_counted: bool) -> None:
        with suppress(OSError), one, other:
            while content := one.recv(1 << 16):
                self.n_bytes += len(content) if is_counted else 0
                other.sendall(content)


@contextmanager
def _line(server: Server) -> Iterator[Line]:
    line = Line(server)
    try:
        yield line
    finally:
        line.close()


def kilobytes(server: Server) -> float:
    """Open the candidate's page in a browser without any cache, with every font that an item may need."""
    with _line(server) as line, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{line.port}{PAGE}")
        page.wait_for_load_state("networkidle")
        page.evaluate("Promise.all([...document.fonts].map((font) => font.load()))")
        _await_silence(line)
        browser.close()
        return line.n_bytes / 1000


def _await_silence(line: Line) -> None:
    # The service worker fetches for days without a network after the page has come to rest.
    before = -1
    while before != line.n_bytes:
        before = line.n_bytes
        time.sleep(3)
