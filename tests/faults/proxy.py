"""A bad network between browsers and the server: an HTTP proxy of ours that does what cables, switches and radios do.

It knows where a request ends, so it can lose one before the server saw it or after the server acted, send it twice, or
again long after newer ones, break an answer off in the middle, or close one half of a connection. `Weather` says
how often; it may change while the proxy runs, also from another thread.
"""

import asyncio
import ctypes
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum

_SO_ATTACH_FILTER = 26  # Linux; the module `socket` has no name for it

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Cut(Enum):
    """How a line is dead."""

    NO = "no"
    REFUSED = "refused"  # a cable pulled out of this computer: every attempt fails at once
    SILENT = "silent"  # a dead switch: connections stay open and nothing ever comes


@dataclass(frozen=True)
class Weather:
    """What happens to requests, each with a probability; the first that applies."""

    lost_request: float = 0  # the server never sees it
    lost_reply: float = 0  # the server acts, the browser does not hear of it
    late: float = 0  # the browser has given up when it reaches the server, after `late_seconds`
    doubled: float = 0  # it reaches the server twice, at nearly the same moment
    replayed: float = 0  # it reaches the server again after `late_seconds`, when newer ones are there
    truncated: float = 0  # the answer breaks off in the middle
    half_closed: float = 0  # the line is closed towards the browser, which may still send
    packet_loss: float = 0  # of the packets of TCP, in both directions; for lines opened from now on
    latency_seconds: float = 0  # in all, half of it before and half after
    late_seconds: float = 0.1
    cut: Cut = Cut.NO


CALM = Weather()
PACKET_LOSS = Weather(packet_loss=0.3)
REQUEST_LOSS = Weather(lost_request=0.15, lost_reply=0.15)  # thirty of a hundred, half of them after the server acted
SLOW = Weather(latency_seconds=2.0)
OUT_OF_ORDER = Weather(doubled=0.2, replayed=0.2, late=0.1)
BROKEN_OFF = Weather(truncated=0.15, half_closed=0.15)
STORM = Weather(lost_request=0.1, lost_reply=0.1, late=0.1, doubled=0.1, replayed=0.1, truncated=0.05, half_closed=0.05)
CABLE_OUT = Weather(cut=Cut.REFUSED)
SWITCH_DEAD = Weather(cut=Cut.SILENT)


@dataclass(frozen=True)
class _Message:
    """A whole request or answer, to the byte."""

    head: bytes
    body: bytes

    @property
    def ends_connection(self) -> bool:
        return b"connection: close" in self.head.lower()


class FaultProxy:
    """The proxy: `open` it in an event loop, or use `bad_network` from a test without one."""

    def __init__(self, host: str, port: int, *, seed: int = 1) -> None:
        self._server_address = (host, port)
        self._chance = random.Random(seed)
        self._listener: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._weather = CALM
        self._lines: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.happened: Counter[str] = Counter()

    @property
    def weather(self) -> Weather:
        """How the network is now."""
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._weather = weather
        if weather.cut is Cut.REFUSED and self._loop is not None:
            self._loop.call_soon_threadsafe(self._drop_lines)

    @property
    def address(self) -> tuple[str, int]:
        """Where browsers connect to."""
        assert self._listener is not None, "it was not opened"
        host, port = self._listener.sockets[0].getsockname()[:2]
        return (str(host), int(port))

    async def open(self) -> None:
        """Listen on a free port of loopback."""
        self._loop = asyncio.get_running_loop()
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        """Stop listening and let every line go."""
        assert self._listener is not None
        self._listener.close()
        self._drop_lines()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # one turn of the loop, in which the lines are really let go

    def _drop_lines(self) -> None:
        for line in list(self._lines):
            line.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._lines.add(writer)
        line = _Line(self._server_address, packet_loss=self._weather.packet_loss)
        lose_packets(writer, self._weather.packet_loss)
        try:
            while await self._pass_on(reader, writer, line):
                pass
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            line.close()
            self._lines.discard(writer)
            self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: "_Line") -> bool:
        """One request and its answer; False when the connection is over."""
        if self._weather.cut is Cut.REFUSED:
            return False
        request = await _read(reader)
        weather, fate = self._weather, self._draw()
        self.happened[fate] += 1
        if weather.cut is not Cut.NO:
            await self._wait_for_the_line()
            return False
        await asyncio.sleep(weather.latency_seconds / 2)
        if fate in {"lost_request", "late"}:
            if fate == "late":
                self._start(self._send_later(request, weather.late_seconds))
            return False
        if fate == "doubled":
            self._start(self._send_later(request, 0))
        elif fate == "replayed":
            self._start(self._send_later(request, weather.late_seconds))
        answer = await line.exchange(request)
        await asyncio.sleep(weather.latency_seconds / 2)
        return await self._answer(writer, answer, fate)

    async def _answer(self, writer: asyncio.StreamWriter, answer: _Message, fate: str) -> bool:
        if fate == "lost_reply" or self._weather.cut is not Cut.NO:
            return False
        whole = answer.head + answer.body
        if fate == "half_closed":
            writer.write_eof()
            await asyncio.sleep(self._weather.late_seconds)
            return False
        writer.write(whole[: len(whole) - len(answer.body) // 2 - 1] if fate == "truncated" else whole)
        await writer.drain()
        return fate != "truncated" and not answer.ends_connection

    def _draw(self) -> str:
        drawn = self._chance.random()
        for fate in ("lost_request", "lost_reply", "late", "doubled", "replayed", "truncated", "half_closed"):
            drawn -= getattr(self._weather, fate)
            if drawn < 0:
                return fate
        return "passed"

    async def _wait_for_the_line(self) -> None:
        while self._weather.cut is Cut.SILENT:
            await asyncio.sleep(0.05)

    async def _send_later(self, request: _Message, seconds: float) -> None:
        await asyncio.sleep(seconds)
        line = _Line(self._server_address)
        try:
            with suppress(OSError, EOFError):
                await line.exchange(request)
        finally:
            line.close()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Line:
    """The proxy's own connection to the server, for one browser."""

    def __init__(self, address: tuple[str, int], *, packet_loss: float = 0) -> None:
        self._address = address
        self._packet_loss = packet_loss
        self._streams: Streams | None = None

    async def exchange(self, request: _Message) -> _Message:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address)
            lose_packets(self._streams[1], self._packet_loss)
        reader, writer = self._streams
        writer.write(request.head + request.body)
        answer = await _read(reader, is_answer=True, has_body=not request.head.startswith(b"HEAD "))
        if answer.ends_connection:
            self.close()
        return answer

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


def lose_packets(writer: asyncio.StreamWriter, share: float) -> None:
    """Let the kernel drop this share of the packets that arrive on a line; TCP notices and sends them again.

    A socket filter of four instructions: load a random number, compare, keep or drop. It needs no rights and no
    network of its own, unlike `tc netem`, which many kernels lack.
    """
    if share == 0:
        return
    drop_below = int(share * (1 << 32))
    program = b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (0x20, 0, 0, (-0x1000 + 56) % (1 << 32)),  # a random number
            (0x35, 1, 0, drop_below),  # at least this: skip one
            (0x06, 0, 0, 0),  # drop
            (0x06, 0, 0, 0xFFFFFFFF),  # keep
        )
    )
    kept = ctypes.create_string_buffer(program)  # the kernel copies it during the call
    line: socket.socket = writer.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 4, ctypes.addressof(kept)))


async def _read(reader: asyncio.StreamReader, *, is_answer: bool = False, has_body: bool = True) -> _Message:
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().partition(b":")[::2] for line in head.split(b"\r\n")[1:] if line)
    status = int(head.split(b" ", 2)[1]) if is_answer else 0
    if not has_body or status in {204, 304}:
        body = b""
    elif b"chunked" in fields.get(b"transfer-encoding", b""):
        body = await _read_chunks(reader)
    elif b"content-length" in fields:
        body = await reader.readexactly(int(fields[b"content-length"]))
    else:
        body = await reader.read() if is_answer else b""
    return _Message(head, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        line = await reader.readline()
        size = int(line.split(b";")[0], 16)
        body += line + await reader.readexactly(size + 2)
        if size == 0:
            return body


@contextmanager
def bad_network(host: str, port: int, *, seed: int = 1) -> Iterator[FaultProxy]:
    """A proxy in a thread of its own, for tests that have no event loop, such as those with a browser."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="bad network", daemon=True)
    thread.start()
    proxy = FaultProxy(host, port, seed=seed)
    asyncio.run_coroutine_threadsafe(proxy.open(), loop).result(timeout=10)
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()
