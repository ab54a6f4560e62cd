"""A small HTTP client on asyncio, so that hundreds of candidates fit into one test beside the server they trouble."""

import asyncio
import json
from typing import Any

Json = dict[str, Any]


class UnreachableError(Exception):
    """No whole answer came: cable, server, or time. What was sent may or may not have arrived."""


class RefusedError(Exception):
    """The server answered with a problem."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.kind = str(body.get("type", ""))
        self.body = body

    @property
    def is_passing(self) -> bool:
        """True when the same call may be made again later."""
        return self.status >= 500 or self.status in {408, 429}


class Wire:
    """A kept-alive connection of one browser, made anew when it broke."""

    def __init__(self, host: str, port: int, *, limit_seconds: float = 12.0) -> None:
        self._address = (host, port)
        self._limit = limit_seconds
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: Json, *, token: str = "") -> Json:
        """One call of the contract; its answer as JSON."""
        content = await self._whole_call("POST", path, token=token, body=json.dumps(body).encode())
        answer: Json = json.loads(content)
        return answer

    async def get(self, path: str, *, token: str = "") -> bytes:
        """One download."""
        return await self._whole_call("GET", path, token=token, body=b"")

    async def _whole_call(self, method: str, path: str, *, token: str, body: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._limit):
                status, content = await self._call(method, path, token=token, body=body)
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError) as error:
            self.close()
            raise UnreachableError(repr(error)) from error
        if status >= 400:
            raise RefusedError(status, _object(content))
        return content

    async def _call(self, method: str, path: str, *, token: str, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._address[0]}\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/json\r\n"
        head += f"Authorization: Bearer {token}\r\n\r\n" if token else "\r\n"
        writer.write(head.encode() + body)
        status = int((await _line(reader)).split()[1])
        headers = {}
        while line := await _line(reader):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        content = await reader.readexactly(int(headers["content-length"])) if status not in {204, 304} else b""
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, content

    def close(self) -> None:
        """Let the connection go."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def _line(reader: asyncio.StreamReader) -> str:
    line = await reader.readline()
    if not line.endswith(b"\n"):
        raise EOFError("the connection ended in the middle of an answer")
    return line.decode("latin-1").rstrip("\r\n")


def _object(content: bytes) -> Json:
    # The error page of something between is not JSON; it must not hide the status.
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
