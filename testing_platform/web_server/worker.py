"""The process of the server that reads requests and asks the application.

Its threads all wait at one poller. The one that is woken takes what has come, without waiting for more; if that makes a
request whole it asks the application and sends the reply, otherwise the connection goes back to the poller. So neither
a dripping client nor one that does not take its reply nor a slow handshake ever holds a thread. The main thread
accepts, and looks four times a second for whoever is late.
"""

import os
import resource
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from gunicorn.workers.base import Worker

from testing_platform.web_server.board import Board
from testing_platform.web_server.connection import READ, WRITE, Connection
from testing_platform.web_server.incoming import Incoming, OverloadedError
from testing_platform.web_server.limits import Budget, Limits
from testing_platform.web_server.replies import GO_AHEAD, Application, Reply, is_gone, refusal, reply_to, status_of
from testing_platform.web_server.sweep import slow_ones

_SWEEP_SECONDS = 0.25
_EVEN_OUT_SECONDS = 4.0  # longer than an ended connection lingers, so that none is counted twice
_REFRESH_SECONDS = 20.0
_LEAVE_SECONDS = 1.0  # for requests that are on their way when the server is told to end
_ACCEPT_AT_ONCE = 64
_ENOUGH_FILES = 16_384


class PatientWorker(Worker):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn's worker with threads of our own. The application object may carry `web_server`, a `WebServer`."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        own: WebServer = getattr(self.app, "web_server", None) or _web_server()
        self.limits: Limits = own.limits
        self.board: Board = own.board
        self.tls: ssl.SSLContext | None = own.tls
        self.wrong_door: Application | None = own.wrong_door
        self.plain_port: int = own.plain_port
        self.refresh: Callable[[], None] = own.refresh
        self.trusts_proxy: bool = own.trusts_proxy
        self.slot = self.board.seat(self)
        self.waiting: dict[int, Connection] = {}  # at the poller; whoever takes one out owns it
        self.n_connections = 0
        self.surplus = 0  # connections to end at their next reply, for the sake of an even load
        self._even_out_at = 0.0
        self._refresh_at = 0.0

    def init_process(self) -> None:
        """Prepare what belongs to this process alone, then serve."""
        self.budget = Budget(self.limits.budget_bytes)
        self.epoll = select.epoll()
        self._ask_for_files()
        self._counting = threading.Lock()
        super().init_process()

    def _ask_for_files(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH_FILES)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        self.most = min(self.limits.connections, max(soft, wanted) - 128)

    def run(self) -> None:
        """Serve until told to end; then finish what has begun."""
        for listener in self.sockets:
            listener.setblocking(False)
        for number in range(self.cfg.threads):
            threading.Thread(target=self._attend_all, name=f"attend-{number}", daemon=True).start()
        door = select.poll()
        for listener in self.sockets:
            door.register(listener.fileno(), select.POLLIN)
        door.register(self.PIPE[0], select.POLLIN)
        while self.alive and self.is_parent_alive():
            self._open_door(door)
        self._leave()

    def is_parent_alive(self) -> bool:
        """Whether gunicorn is still there to restart us."""
        return bool(self.ppid == os.getppid())

    # The main thread ----------------------------------------------------------------------------------------------

    def _open_door(self, door: "select.poll") -> None:
        self.notify()
        self.board.tell(self.slot, self.n_connections)
        ready = dict(door.poll(_SWEEP_SECONDS * 1000))
        self._sweep()
        self._keep_house()
        for listener in self.sockets:
            if listener.fileno() in ready:
                self._accept(listener)

    def _accept(self, listener: Any) -> None:
        server = listener.getsockname()
        for _ in range(_ACCEPT_AT_ONCE):
            self.board.let_others_go_first(self.slot, self.n_connections)
            try:
                client, peer = listener.accept()
            except OSError:  # nobody there any more: another process was faster, or the client left
                return
            self._welcome(client, peer=peer, server=server)
            self.board.tell(self.slot, self.n_connections)

    def _welcome(self, client: socket.socket, *, peer: Any, server: Any) -> None:
        if self.n_connections >= self.most and not self._make_room():
            client.close()
            return
        client.setblocking(False)
        now = time.monotonic()
        incoming = Incoming(self.cfg, peer, self.limits, self.budget)
        seconds = self.limits.idle_seconds if self.tls is None else self.limits.request_seconds
        connection = Connection(client, peer=peer, server=server, incoming=incoming, deadline=now + seconds)
        if self.tls is not None and server[1] != self.plain_port:
            connection.is_shaken = False
            connection.begun = now
        self._count(+1)
        self.waiting[connection.fd] = connection
        self.epoll.register(connection.fd, READ)

    def _make_room(self) -> bool:
        # Idle connections end first, those that have been idle longest before the others.
        oldest = min(list(self.waiting.values()), key=lambda each: (each.begun != 0, each.deadline), default=None)
        if oldest is None or self.waiting.pop(oldest.fd, None) is not oldest:
            return False
        self._end(oldest)
        return True

    def _sweep(self) -> None:
        now = time.monotonic()
        waiting = list(self.waiting.values())
        per_process = max(1, self.limits.slow_per_address // max(1, self.cfg.workers))
        slow = slow_ones(waiting, now=now, after=self.limits.slow_after_seconds, trusts_proxy=self.trusts_proxy)
        refused = [each for group in slow.values() for each in group[:-per_process]]
        for connection in refused:
            connection.is_refused = True
        for connection in [*refused, *(each for each in waiting if now > each.deadline)]:
            # A thread looks once more, since the missing bytes may have come; the sweep itself touches nothing.
            if self.waiting.pop(connection.fd, None) is connection:
                self._wait(connection, READ | WRITE)

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now > self._even_out_at:
            self._even_out_at = now + _EVEN_OUT_SECONDS
            self.surplus = self.board.surplus(self.slot, self.n_connections)
        if now > self._refresh_at:
            self._refresh_at = now + _REFRESH_SECONDS
            self.refresh()

    def _leave(self) -> None:
        for listener in self.sockets:
            listener.close()
        now = time.monotonic()
        end, linger = now + self.cfg.graceful_timeout, now + _LEAVE_SECONDS
        while self.n_connections and time.monotonic() < end:
            self.notify()
            time.sleep(0.02)
            if time.monotonic() > linger:
                self._end_idle_ones()

    def _end_idle_ones(self) -> None:
        for connection in list(self.waiting.values()):
            is_idle = not connection.begun and not connection.outgoing
            if is_idle and self.waiting.pop(connection.fd, None) is connection:
                self._end(connection)

    # The threads --------------------------------------------------------------------------------------------------

    def _attend_all(self) -> None:
        poll, waiting = self.epoll.poll, self.waiting
        while True:
            for fd, _events in poll(-1, 1):
                connection = waiting.pop(fd, None)
                if connection is not None:  # otherwise somebody else owns it just now, and will wait again
                    self._attend(connection)

    def _attend(self, connection: Connection) -> None:
        try:
            events = self._go_on(connection)
        except OSError as error:  # TLS errors are among them
            if not isinstance(error, ssl.SSLError) and not is_gone(error):
                self.log.exception("connection")
            events = 0
        except Exception:
            self.log.exception("connection")
            events = 0
        if events:
            self._wait(connection, events)
        else:
            self._end(connection)

    def _go_on(self, connection: Connection) -> int:
        """Do what can be done without waiting; what to wait for next, or 0 when the connection is at its end."""
        if connection.is_lingering:
            return READ if connection.discard() and not connection.is_late() else 0
        if connection.outgoing:
            return self._flush(connection)
        if not connection.is_shaken and (events := self._shake(connection)) != 0:
            return events if events > 0 and not connection.is_late() else 0
        if not connection.take():
            return 0
        return self._answer(connection)

    def _shake(self, connection: Connection) -> int:
        """What the handshake waits for; 0 when it is done, or when the client speaks plain HTTP to the TLS port."""
        if connection.is_plain and self.tls is not None:
            is_tls = connection.speaks_tls()
            if is_tls is None:
                return READ
            if not is_tls:
                connection.is_shaken = True
                return 0
            connection.begin_tls(self.tls)
        if events := connection.shake():
            return events
        connection.begun = 0.0
        connection.deadline = time.monotonic() + self.limits.idle_seconds
        return 0

    def _answer(self, connection: Connection) -> int:
        """Answer every request that is whole."""
        incoming = connection.incoming
        while True:
            try:
                request = incoming.whole()
            except OverloadedError:
                return self._send(connection, refusal(HTTPStatus.SERVICE_UNAVAILABLE))
            except Exception as error:  # gunicorn's errors of parsing have no common ancestor
                return self._send(connection, refusal(status_of(error)))
            if request is None:
                return self._wait_for_rest(connection)
            connection.begun = 0.0
            events = self._send(connection, self._ask(connection, request))
            if events != READ or connection.is_lingering or not incoming.buffer:
                return events

    def _wait_for_rest(self, connection: Connection) -> int:
        if not connection.incoming.has_begun:
            return READ if not connection.is_late() else 0
        if not connection.begun:
            connection.begun = time.monotonic()
            connection.deadline = connection.begun + self.limits.request_seconds
        elif connection.is_late():
            return self._send(connection, refusal(HTTPStatus.REQUEST_TIMEOUT))
        if connection.incoming.wants_go_ahead:
            connection.socket.send(GO_AHEAD)
        return READ

    def _ask(self, connection: Connection, request: Any) -> Reply:
        is_wrong_door = self.tls is not None and connection.is_plain
        application = self.wrong_door if is_wrong_door and self.wrong_door else self.wsgi
        try:
            return reply_to(
                request,
                application,
                config=self.cfg,
                peer=connection.peer,
                server=connection.server,
                scheme="http" if connection.is_plain else "https",
                is_last=is_wrong_door or not self.alive or self._is_surplus(),
            )
        except Exception:
            self.log.exception("request")
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _is_surplus(self) -> bool:
        if self.surplus <= 0:
            return False
        self.surplus -= 1  # two threads may count one; the next look puts it right
        return True

    def _send(self, connection: Connection, reply: Reply) -> int:
        now = time.monotonic()
        if not connection.send(reply):
            connection.begun = 0.0
            connection.deadline = now + self.limits.reply_seconds
            return WRITE
        return self._after_reply(connection, now)

    def _flush(self, connection: Connection) -> int:
        if not connection.flush():
            return 0 if connection.is_late() else WRITE
        events = self._after_reply(connection, time.monotonic())
        return self._answer(connection) if events == READ and connection.incoming.buffer else events

    def _after_reply(self, connection: Connection, now: float) -> int:
        if not connection.is_ending:
            connection.deadline = now + self.limits.idle_seconds
            return READ
        connection.stop_sending()
        connection.is_lingering = True
        connection.deadline = now + self.limits.linger_seconds
        return READ

    def _wait(self, connection: Connection, events: int) -> None:
        self.waiting[connection.fd] = connection
        try:
            self.epoll.modify(connection.fd, events)
        except OSError:  # the main thread took it out of the waiting ones and ended it, this very moment
            return

    def _end(self, connection: Connection) -> None:
        connection.close()
        self._count(-1)

    def _count(self, change: int) -> None:
        with self._counting:
            self.n_connections += change


def _nothing() -> None:
    return


class WebServer:
    """What the processes share; made before they part ways."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        wrong_door: Application | None = None,
        plain_port: int = 0,
        refresh: Callable[[], None] = _nothing,
        trusts_proxy: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self.board = Board()
        self.tls = tls
        self.wrong_door = wrong_door
        self.plain_port = plain_port
        self.refresh = refresh  # now and then, by each process
        self.trusts_proxy = trusts_proxy


@cache
def _web_server() -> WebServer:
    return WebServer()  # for an application object that brings none; the processes share it all the same
