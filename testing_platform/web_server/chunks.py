"""A body in chunks, decoded as it comes (RFC 9112 section 7.1). Browsers send none; some tools do."""

import re

from gunicorn.http.errors import InvalidChunkSize

_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(;[\t\x20-\x7e\x80-\xff]*)?")
_LONGEST_LINE = 1024
_MOST_TRAILERS = 8 * 1024


class ChunkedBody:
    """Takes chunks out of a buffer until the last one, or until there is more than the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._missing = 0  # bytes of the present chunk, its line end included
        self._is_trailer = False
        self._trailer_bytes = 0
        self.size = 0

    def take(self, buffer: bytearray) -> bool:
        """Decode what is there; True after the last chunk."""
        while self.size <= self._limit:
            if self._is_trailer:
                if (line := self._line(buffer)) is None:
                    return False
                self._trailer_bytes += len(line)
                if not line:
                    return True
                if self._trailer_bytes > _MOST_TRAILERS:
                    raise InvalidChunkSize(b"trailers")
            elif self._missing:
                if not self._data(buffer):
                    return False
            elif not self._begin_chunk(buffer):
                return False
        return True

    def content(self) -> bytes:
        """What the chunks held."""
        return b"".join(self._parts)

    def _line(self, buffer: bytearray) -> bytes | None:
        end = buffer.find(b"\r\n")
        if max(end, 0 if end >= 0 else len(buffer)) > _LONGEST_LINE:
            raise InvalidChunkSize(b"line too long")
        if end < 0:
            return None
        line = bytes(buffer[:end])
        del buffer[: end + 2]
        return line

    def _begin_chunk(self, buffer: bytearray) -> bool:
        line = self._line(buffer)
        if line is None:
            return False
        match = _SIZE.fullmatch(line)
        if match is None:
            raise InvalidChunkSize(line)
        size = int(match[1], 16)
        self.size += size
        self._is_trailer = size == 0
        self._missing = size + 2 if size else 0
        return True

    def _data(self, buffer: bytearray) -> bool:
        taken = bytes(memoryview(buffer)[: max(0, self._missing - 2)])
        if taken:
            del buffer[: len(taken)]
            self._parts.append(taken)
            self._missing -= len(taken)
        if self._missing > 2 or len(buffer) < 2:
            return False
        if buffer[:2] != b"\r\n":
            raise InvalidChunkSize(bytes(buffer[:2]))
        del buffer[:2]
        self._missing = 0
        return True
