"""Asks the application and makes the bytes of its reply; nothing here waits or touches a socket."""

import errno
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors, wsgi

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (errors.LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG),
    (errors.LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (errors.UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED),
    (errors.ExpectationFailed, HTTPStatus.EXPECTATION_FAILED),
)
_SERVER = "testing-platform"  # what it is made of is nobody's business
GO_AHEAD = b"HTTP/1.1 100 Continue\r\n\r\n"


class _Parts(list[bytes]):
    """Stands where gunicorn's response expects a socket: what is written is kept, and sent in one piece later."""

    def sendall(self, piece: bytes) -> None:
        self.append(piece)

    send = sendall


class Reply:
    """The bytes of a reply, and whether the connection ends with it."""

    __slots__ = ("content", "is_last")

    def __init__(self, content: bytes, *, is_last: bool) -> None:
        self.content = content
        self.is_last = is_last


def reply_to(
    request: Any, application: Application, *, config: Any, peer: Any, server: Any, scheme: str, is_last: bool
) -> Reply:
    """What the application answers.

    All of it is in memory before the first byte leaves: whoever reads slowly holds memory, and no thread.
    """
    parts = _Parts()
    response, environ = wsgi.create(request, parts, peer, server, config)
    response.version = _SERVER
    environ["wsgi.multithread"] = True
    environ["wsgi.url_scheme"] = scheme
    if is_last:
        response.force_close()
    content = application(environ, response.start_response)
    try:
        for piece in content:
            if piece:
                response.write(piece)
        response.close()
    finally:
        close = getattr(content, "close", None)
        if close is not None:
            close()
    return Reply(b"".join(parts), is_last=response.should_close())


def refusal(status: HTTPStatus) -> Reply:
    """A reply that the application never hears of: the request was late, malformed or one too many."""
    text = f"{status.value} {status.phrase}\n".encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return Reply(head.encode() + text, is_last=True)


def status_of(error: Exception) -> HTTPStatus:
    """The status for bytes that are no request."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)


def is_gone(error: OSError) -> bool:
    """Whether the client simply went away."""
    return isinstance(error, ConnectionError) or error.errno in {errno.ENOTCONN, errno.ETIMEDOUT, errno.EBADF}
