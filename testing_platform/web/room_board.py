"""The board of a room: every seat, how many there are of each kind, and a digest that tells whether it changed."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import get_locale

from exam.model import Sitting
from exam.queries.sittings import SeatRow
from testing_platform.web.sitting_words import ShownSeat, seat_word, shown_seat

# In the order in which the proctor needs them: what waits for an act first.
_KINDS = ("waiting", "offline", "released", "paused", "working", "admitted", "not_started", "submitted", "expired")


@dataclass(frozen=True)
class Tally:
    """How many seats look alike."""

    kind: str
    badge: str
    word: str
    n_seats: int


@dataclass(frozen=True)
class Board:
    """A room as the proctor sees it now."""

    seats: tuple[ShownSeat, ...]
    n_items: int
    digest: str  # of all that is shown

    @classmethod
    def of(cls, sitting: Sitting, rows: Sequence[SeatRow], *, now: datetime) -> "Board":
        """The board of a sitting."""
        seats = tuple(shown_seat(row, now=now) for row in rows)
        shown = repr((sitting.state, str(get_locale()), seats))
        return cls(seats, sitting.form.n_items, hashlib.sha256(shown.encode()).hexdigest()[:16])

    @property
    def tallies(self) -> list[Tally]:
        """How many seats there are of each kind that occurs."""
        counts = Counter(seat.kind for seat in self.seats)
        looks = {seat.kind: seat.badge for seat in self.seats}
        return [Tally(kind, looks[kind], seat_word(kind), counts[kind]) for kind in _KINDS if counts[kind]]

    @property
    def n_waiting(self) -> int:
        """How many wait for the check of their identity."""
        return sum(seat.kind == "waiting" for seat in self.seats)
