"""The load generator: one thread, one poller, a kept-alive connection for each client, no library of HTTP.

A client is a generator: it yields what to ask and gets the answer. What has a due time is measured from then, and not
from when the generator came round to it, so that a server that stops for a second is charged for everybody it kept
waiting.
"""

import heapq
import json
import select
import socket
import time
from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Json = dict[str, Any]


class Ask(NamedTuple):
    """One request; `due` is on the clock of `time.monotonic`, zero means at once."""

    kind: str
    content: bytes
    due: float = 0.0


class Answer(NamedTuple):
    """What came back."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Json:
        """The body."""
        found: Json = json.loads(self.body)
        return found


Script = Generator[Ask, Answer, None]


def request(method: str, path: str, *, token: str = "", body: Json | None = None, accept: str = "") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if accept:
        lines.append(f"Accept-Encoding: {accept}")
    content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass
class Record:
    """What a run measured: seconds for each request by kind, and what was refused."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: list[tuple[str, Answer]] = field(default_factory=list)
    bytes_by_kind: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    late_seconds: float = 0.0  # how far the generator itself fell behind, at worst

    @property
    def bytes_received(self) -> int:
        """Heads and bodies of all answers."""
        return sum(self.bytes_by_kind.values())

    def n(self, kind: str) -> int:
        """How many requests of a kind were answered."""
        return len(self.seconds[kind])

    def percentile(self, kind: str, percent: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.seconds[kind])
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


@dataclass
class _Client:
    script: Script
    connection: socket.socket | None = None
    ask: Ask | None = None
    since: float = 0.0
    unsent: bytes = b""
    received: bytearray = field(default_factory=bytearray)
    total: int = -1  # bytes of the whole answer, once its head is there


class Engine:
    """Runs scripts against one server until all have ended."""

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self._poll = select.epoll()
        self._by_file: dict[int, _Client] = {}
        self._due: list[tuple[float, int, _Client]] = []
        self._n = 0
        self.record = Record()

    def run(self, scripts: Iterable[Script]) -> Record:
        """Run them together; the record of all."""
        clients = [_Client(script) for script in scripts]
        self._left = len(clients)
        for client in clients:
            self._next(client, None)
        while self._left:
            timeout = self._start_due()
            for file, events in self._poll.poll(timeout):
                client = self._by_file[file]
                if events & select.EPOLLOUT:
                    self._send(client)
                if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR) and client.connection:
                    self._receive(client)
        return self.record

    def _next(self, client: _Client, answer: Answer | None) -> None:
        try:
            client.ask = next(client.script) if answer is None else client.script.send(answer)
        except StopIteration:
            self._close(client)
            self._left -= 1
            return
        self._n += 1
        if client.ask.due:
            heapq.heappush(self._due, (client.ask.due, self._n, client))
        else:
            self._start(client, time.monotonic())

    def _start_due(self) -> float:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            due, _, client = heapq.heappop(self._due)
            self.record.late_seconds = max(self.record.late_seconds, now - due)
            self._start(client, due)
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else -1

    def _start(self, client: _Client, since: float) -> None:
        assert client.ask is not None
        client.since, client.unsent, client.total = since, client.ask.content, -1
        client.received.clear()
        if client.connection is None:
            client.connection = socket.socket()
            client.connection.setblocking(False)
            client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.connection.connect_ex(self._address)
            self._by_file[client.connection.fileno()] = client
            self._poll.register(client.connection, select.EPOLLOUT | select.EPOLLIN)
        else:
            self._send(client)

    def _send(self, client: _Client) -> None:
        assert client.connection is not None
        if client.unsent:
            try:
                client.unsent = client.unsent[client.connection.send(client.unsent) :]
            except BlockingIOError:
                pass
            except OSError:
                self._again(client)
                return
        wanted = select.EPOLLIN | (select.EPOLLOUT if client.unsent else 0)
        self._poll.modify(client.connection, wanted)

    def _receive(self, client: _Client) -> None:
        assert client.connection is not None
        try:
            found = client.connection.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            found = b""
        if not found:
            self._again(client)
            return
        client.received += found
        self._look(client)

    def _look(self, client: _Client) -> None:
        received = client.received
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        if client.total < 0:
            client.total = end + 4 + _length(bytes(received[: end + 2]).lower())
        if len(received) < client.total:
            return
        answer = Answer(int(received[9:12]), bytes(received[:end]), bytes(received[end + 4 : client.total]))
        assert client.ask is not None
        self.record.bytes_by_kind[client.ask.kind] += client.total
        self.record.seconds[client.ask.kind].append(time.monotonic() - client.since)
        if answer.status >= 400:
            self.record.refused.append((client.ask.kind, answer))
        if b"connection: close" in answer.head.lower():
            self._close(client)
        client.received.clear()
        self._next(client, answer)

    def _again(self, client: _Client) -> None:
        """The server ended an idle connection: say it on a new one, as a browser does."""
        self._close(client)
        if client.ask is not None:
            self._start(client, client.since)

    def _close(self, client: _Client) -> None:
        if client.connection is not None:
            self._poll.unregister(client.connection)
            del self._by_file[client.connection.fileno()]
            client.connection.close()
            client.connection = None


def _length(head: bytes) -> int:
    if head[9:12] in (b"304", b"204"):
        return 0
    at = head.find(b"\r\ncontent-length:")
    assert at >= 0, head
    return int(head[at + 17 : head.index(b"\r\n", at + 17)])
