"""How many connections each process of the server holds, in memory that all of them see.

Connections live long, and each asks again and again; a process that accepted twice as many as its neighbour would work
twice as much while the other waits. So whoever holds more than the least loaded lets it go first: a delay of
milliseconds, no lock, and nobody depends on anybody: a process that stopped telling of itself is not waited for.
"""

import mmap
import os
import struct
import time
from typing import Any

_SLOT = struct.Struct("=qd")  # connections, monotonic time of the last word
_N_SLOTS = 192  # 64 processes, and as many again while a restart replaces them
_SILENT_SECONDS = 1.5
_WAIT = 0.01  # for each connection more than the other has
_LONGEST_WAIT = 0.06
_LOOK_AGAIN = 0.002
_FEW = 8
_TOLERANCE = 16  # one in sixteen more than the others is even enough, and lets a crowd in faster


class Board:
    """Made before the processes part ways."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _SLOT.size * _N_SLOTS)
        self._occupants: list[Any] = [None] * _N_SLOTS  # gunicorn's workers, as the arbiter knows them

    def seat(self, worker: Any) -> int:
        """A slot for a process that is about to start; only the arbiter asks."""
        free = next(slot for slot, occupant in enumerate(self._occupants) if occupant is None or not _lives(occupant))
        self._occupants[free] = worker
        self._shared[free * _SLOT.size : (free + 1) * _SLOT.size] = bytes(_SLOT.size)
        return free

    def tell(self, slot: int, n_connections: int) -> None:
        """Say how many connections this process holds."""
        _SLOT.pack_into(self._shared, slot * _SLOT.size, n_connections, time.monotonic())

    def counts(self) -> dict[int, int]:
        """The connections of every process that told of itself lately."""
        since = time.monotonic() - _SILENT_SECONDS
        told = (_SLOT.unpack_from(self._shared, slot * _SLOT.size) for slot in range(_N_SLOTS))
        return {slot: count for slot, (count, at) in enumerate(told) if at > since}

    def let_others_go_first(self, slot: int, n_connections: int) -> None:
        """Leave a new connection to those who hold fewer, for a moment that grows with the difference."""
        until = time.monotonic() + min(_LONGEST_WAIT, _WAIT * self.ahead(slot, n_connections))
        while time.monotonic() < until and self.ahead(slot, n_connections) > 0:
            time.sleep(_LOOK_AGAIN)

    def ahead(self, slot: int, n_connections: int) -> int:
        """How many more connections this process holds than the least loaded other one."""
        return n_connections - self._least(slot, n_connections) - n_connections // _TOLERANCE

    def surplus(self, slot: int, n_connections: int) -> int:
        """How many connections to end at their next reply, so that their clients come back to a process that has room.

        Only where one process holds twice as many as another: after a process was started anew, for one.
        """
        ahead = n_connections - self._least(slot, n_connections)
        return ahead // 2 if ahead > max(_FEW, n_connections // 2) else 0

    def _least(self, slot: int, n_connections: int) -> int:
        return min((count for other, count in self.counts().items() if other != slot), default=n_connections)


def _lives(worker: Any) -> bool:
    if not isinstance(worker.pid, int):  # it starts just now
        return True
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return False
    return True
