"""Collects one request after the other out of the bytes of a connection; nothing here waits or touches a socket.

gunicorn's parser reads the head, because it is strict and well tried. It would wait for missing bytes, so it only
ever gets a head that is complete; bodies are collected here.
"""

import io
from typing import Any, Protocol

from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader

from testing_platform.web_server.chunks import ChunkedBody
from testing_platform.web_server.limits import Budget, Limits

_END_OF_HEAD = b"\r\n\r\n"


class OverloadedError(Exception):
    """Large bodies of others hold all the memory that there is for them."""


class _Body(Protocol):
    def take(self, buffer: bytearray) -> bool: ...

    def content(self) -> bytes: ...

    @property
    def size(self) -> int: ...


class LengthBody:
    """A body whose length the head announced."""

    def __init__(self, length: int) -> None:
        self.size = length
        self._content = b""

    def take(self, buffer: bytearray) -> bool:
        """Move the body out of the buffer once all of it is there."""
        if len(buffer) < self.size:
            return False
        self._content = bytes(memoryview(buffer)[: self.size])
        del buffer[: self.size]
        return True

    def content(self) -> bytes:
        """What was sent."""
        return self._content


class _Head(Unreader):  # type: ignore[misc]  # gunicorn ships no types
    """The bytes of a complete head, as gunicorn's parser wants to be given them."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self._head = head

    def chunk(self, _size_hint: int | None = None) -> bytes:
        head, self._head = self._head, b""
        return head


class Incoming:
    """The bytes of a connection that no request was made of yet, and the request that they begin."""

    def __init__(self, config: Any, peer: Any, limits: Limits, budget: Budget) -> None:
        self.buffer = bytearray()
        self.request: Any = None  # gunicorn's, once the head is here
        self.is_too_large = False
        self._config = config
        self._peer = peer
        self._limits = limits
        self._budget = budget
        self._body: _Body | None = None
        self._limit = 0
        self._reserved = 0
        self._n_requests = 0
        self._searched = 0

    @property
    def has_begun(self) -> bool:
        """Whether a request is on its way."""
        return bool(self.buffer) or self.request is not None

    @property
    def wants_go_ahead(self) -> bool:
        """Whether the client waits to be told that it may send the body; True only once."""
        request = self.request
        if request is None or not request._expected_100_continue:
            return False
        request._expected_100_continue = False
        return True

    def whole(self) -> Any:
        """The next request with its body, or None while bytes are missing.

        A body that is too large is not waited for: the request comes without it, marked, so that the application can
        refuse it in its own words.
        """
        if self.request is None and not self._read_head():
            return None
        request, body = self.request, self._body
        if body is not None and not self.is_too_large:
            is_whole = body.take(self.buffer)
            self.is_too_large = body.size > self._limit
            if not is_whole and not self.is_too_large:
                self._reserve(body.size)
                return None
        self._hand_over(request, body)
        return request

    def release(self) -> None:
        """Give back what the body reserved; when it was handed over, and when the connection ends."""
        if self._reserved:
            self._budget.give(self._reserved)
            self._reserved = 0

    def _read_head(self) -> bool:
        buffer = self.buffer
        if buffer[:2] == b"\r\n":  # one empty line before a request is allowed
            del buffer[:2]
        end = buffer.find(_END_OF_HEAD, max(0, self._searched - 3))
        self._searched = len(buffer)
        if max(end, 0 if end >= 0 else len(buffer)) > self._limits.head_bytes:
            raise LimitRequestHeaders("head too large")
        if end < 0:
            return False
        head = bytes(memoryview(buffer)[: end + 4])
        del buffer[: end + 4]
        self._searched = 0
        self._n_requests += 1
        self.request = Request(self._config, _Head(head), self._peer, self._n_requests)
        self._begin_body()
        return True

    def _begin_body(self) -> None:
        self._limit = self._limits.body_bytes(self.request.path)
        reader = self.request.body.reader
        if isinstance(reader, ChunkedReader):
            self._body = ChunkedBody(self._limit)
        elif isinstance(reader, LengthReader) and reader.length:
            self._body = LengthBody(reader.length)
            self.is_too_large = reader.length > self._limit

    def _reserve(self, size: int) -> None:
        if size > self._limits.large_bytes and size > self._reserved:
            if not self._budget.take(size - self._reserved):
                raise OverloadedError
            self._reserved = size

    def _hand_over(self, request: Any, body: _Body | None) -> None:
        if self.is_too_large:
            request.force_close()
            request.headers = [*_without_length(request.headers), ("CONTENT-LENGTH", str(body.size if body else 0))]
        request.body = io.BytesIO(b"" if body is None or self.is_too_large else body.content())
        request._expected_100_continue = False
        self.request = self._body = None
        self.is_too_large = False
        self.release()


def _without_length(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [header for header in headers if header[0] not in {"CONTENT-LENGTH", "TRANSFER-ENCODING"}]
