"""How slow, how large and how many requests may be; and what large bodies may hold in memory together."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from testing_platform.security import body_limit

KILO = 1024


@dataclass(frozen=True)
class Limits:
    """What one process of the server grants its clients."""

    request_seconds: float = 5.0  # head and body together, from the first byte; a TLS handshake likewise
    idle_seconds: float = 30.0  # a connection that says nothing between two requests
    reply_seconds: float = 60.0  # a client that does not take its reply
    linger_seconds: float = 2.0  # after a refusal, so that it is read before the connection ends
    slow_after_seconds: float = 2.0  # an unfinished request is slow from here on
    slow_per_address: int = 8  # in all processes together
    head_bytes: int = 32 * KILO
    large_bytes: int = 64 * KILO  # bodies beyond it draw on the common budget
    budget_bytes: int = 64 * KILO * KILO
    connections: int = 4096
    body_bytes: Callable[[str], int] = body_limit  # by path


class Budget:
    """Memory that all large bodies of a process share."""

    def __init__(self, n_bytes: int) -> None:
        self._left = n_bytes
        self._lock = threading.Lock()

    def take(self, n_bytes: int) -> bool:
        """Reserve so much; False when it is not there."""
        with self._lock:
            if n_bytes > self._left:
                return False
            self._left -= n_bytes
            return True

    def give(self, n_bytes: int) -> None:
        """Return what was reserved."""
        with self._lock:
            self._left += n_bytes
