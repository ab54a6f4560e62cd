"""Starts the server: gunicorn with a worker class of ours, and one worker process beside it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication

from registry.operations import first_admin_link
from testing_platform import logs
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.database import require_current
from testing_platform.doors import Doors
from testing_platform.server_clock import SERVER_CLOCK
from testing_platform.static_files import static_files
from testing_platform.web_server.worker import PatientWorker, WebServer
from testing_platform.wiring import build, utc_now

LOOK_SECONDS = 1.0

log = structlog.get_logger()


class Companion:
    """The worker beside the server: started again whenever it dies, because nobody would miss it before a job does."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self.stopping = threading.Event()
        self.process = self._started()

    def watch(self) -> None:
        """Look after it from a thread of its own until `stop`."""
        threading.Thread(target=self._watch, daemon=True).start()

    def look(self) -> None:
        """Start it again if it is gone."""
        if self.process.poll() is not None and not self.stopping.is_set():
            log.warning("worker_died")
            self.process = self._started()

    def let_go(self) -> None:
        """The server is about to end: who dies from now on stays dead."""
        self.stopping.set()

    def stop(self) -> None:
        """End it with the server."""
        self.let_go()
        self.process.terminate()

    def _watch(self) -> None:
        while not self.stopping.wait(LOOK_SECONDS):
            self.look()

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command)  # noqa: S603 - our own program, no word from outside


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, settings: Settings, options: dict[str, Any], *, web_server: WebServer) -> None:
        self.web_server = web_server  # where the worker class looks for it
        self._settings = settings
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return create_app(self._settings)


def serve(settings: Settings) -> None:
    """Serve until stopped; prints the set-up link while no account exists."""
    doors = Doors.of(settings, now=utc_now())
    logs.configure(settings)
    platform = build(settings)
    require_current(platform.database.engine)
    with platform.database.transaction() as session:
        token = first_admin_link(session, now=utc_now())
    platform.database.dispose()
    if token:
        print(f"First start. Make the first administrator here (48 hours, once):\n  {doors.origin}/atur/{token}")
    for line in doors.notices(now=utc_now()):
        print(line)
    print(f"Serving on {doors.origin} - stop with Ctrl+C", flush=True)
    SERVER_CLOCK.hand_down(os.environ)  # the worker beside the server judges by the same time
    worker = Companion([sys.executable, "-m", "testing_platform", "worker", "--parent", str(os.getpid())])
    worker.watch()
    doors.watch(every=worker.stopping.wait)
    static_files().compress_all()  # before the processes part ways, so that they share the result
    _Server(settings, _options(settings, worker, binds=doors.binds), web_server=doors.web_server()).run()


def _options(settings: Settings, worker: Companion, *, binds: Sequence[str]) -> dict[str, Any]:
    return {
        "bind": list(binds),
        "worker_class": PatientWorker,
        "workers": settings.workers,
        "threads": settings.threads,
        "timeout": 60,
        "graceful_timeout": 10,
        "control_socket_disable": True,
        "loglevel": "warning",
        "accesslog": None,  # an access log would hold addresses of people; metrics come elsewhere
        "proc_name": "testing-platform",
        "limit_request_line": 4094,
        "limit_request_fields": 60,
        "when_ready": lambda _server: before_ending(worker.let_go),  # Ctrl+C reaches the worker at the same moment
        "on_exit": lambda _server: worker.stop(),
    }


def before_ending(act: Callable[[], None]) -> None:
    """Do something as soon as the server is told to end; its own handlers, which wait for requests, come after."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        before = signal.getsignal(number)

        def ending(number: int, frame: FrameType | None, before: Any = before) -> None:
            act()
            before(number, frame)

        signal.signal(number, ending)
