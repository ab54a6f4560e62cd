"""The server of the demo: the same `testing-platform serve` that an operator starts, as a process of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType, TracebackType

from testing_platform.config import PREFIX, Settings
from testing_platform.errors import PlatformError

_START_SECONDS = 30


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Inside this block a request to end (SIGTERM, SIGHUP) unwinds like Ctrl+C, so that no server is left behind."""
    before = {number: signal.signal(number, _unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _unwind(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one must not stop the stopping
    raise SystemExit(128 + number)


class Server:
    """A running server; stopped at the end of the block, whatever happened inside."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.host, self.port = settings.host, settings.port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Where browsers find it."""
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> "Server":
        self.refuse_taken_port()
        self.start()
        return self

    def __exit__(self, *_exception: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        environment |= {
            PREFIX + "DATA": str(self.settings.data),
            PREFIX + "PORT": str(self.port),
            PREFIX + "HOST": self.host,
            PREFIX + "LOG_LEVEL": self.settings.log_level,
        }
        # A session of its own: a kill of the whole group leaves nothing behind.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "testing_platform", "serve"],
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait_until_it_answers(self._process)
        except (
            BaseException
        ):  # also when somebody ends the demo just now: the block has not begun, so nobody else stops it
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill server and worker at once, as a power cut would (SIGKILL to the whole group)."""
        self._end(signal.SIGKILL)

    def wait(self) -> None:
        """Serve until somebody presses Ctrl+C."""
        if self._process is not None:
            try:
                self._process.wait()
            except KeyboardInterrupt:
                print("\nStopping.")

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            os.killpg(process.pid, number)
            process.wait(timeout=30)

    def _wait_until_it_answers(self, process: "subprocess.Popen[bytes]") -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            try:
                with closing(http.client.HTTPConnection(self.host, self.port, timeout=2)) as connection:
                    connection.request("GET", "/health")
                    if connection.getresponse().status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise PlatformError(f"The server at {self.origin} did not start; its messages stand above.")

    def refuse_taken_port(self) -> None:
        """Refuse a port on which something listens already: another demo, perhaps, and its database with it."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                text = f"Port {self.port} is taken ({error.strerror}). Stop what listens there, or use --port NUMBER."
                raise PlatformError(text) from None
