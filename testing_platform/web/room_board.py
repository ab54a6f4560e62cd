"""The board of a room: every seat, how many there are of each kind, and what changed since somebody looked last.

A board of 500 seats is asked for every three seconds. So the parts of a tile are drawn once for all who watch, and a
board that this process showed before is answered with the seats that look otherwise now. A process that does not
know the asker's board sends the whole one: nothing depends on this memory.
"""

import hashlib
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from flask import current_app
from flask_babel import get_locale
from markupsafe import Markup

from exam.model import Sitting
from exam.queries.live_room import SeatRow
from exam.queries.tallies import Tallies
from registry.model import TimeZone
from testing_platform.web.room_seats import KINDS, SeatFacts, SeatIdentity, SeatSigns, SeatTime, badge_of, seat_word

SMALL_ROOM = 40  # seats that fit a screen, so that everybody is found where they sit
_MOST_BOARDS = 64
_MOST_PARTS = 4096


@dataclass(frozen=True)
class BoardView:
    """How somebody wants the board: by seat or by urgency, all seats or those that need attention."""

    order: str = ""  # kursi or perhatian; empty: what suits the size of the room
    shown: str = "semua"  # semua or perhatian

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "BoardView":
        """What the address or the form asks for; anything else is the usual board."""
        order, shown = given.get("urut", ""), given.get("tampil", "")
        return cls(order if order in {"kursi", "perhatian"} else "", "perhatian" if shown == "perhatian" else "semua")

    def is_by_urgency(self, n_seats: int) -> bool:
        """Whether what needs attention stands first."""
        return self.order == "perhatian" or (not self.order and n_seats > SMALL_ROOM)


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

    all_seats: tuple[SeatFacts, ...]
    seats: tuple[SeatFacts, ...]  # those that are shown, in the order in which they are
    view: BoardView
    n_items: int
    zone: TimeZone
    digest: str  # of all that is shown
    as_of_ms: int

    @classmethod
    def of(cls, sitting: Sitting, rows: Sequence[SeatRow], *, view: BoardView, now: datetime) -> "Board":
        """The board of a sitting."""
        all_seats = tuple([SeatFacts.of(row, now=now) for row in rows])
        seats = tuple(seat for seat in all_seats if seat.needs_attention) if view.shown == "perhatian" else all_seats
        if view.is_by_urgency(len(all_seats)):
            seats = tuple(sorted(seats, key=lambda seat: seat.urgency))
        kinds = Counter(seat.kind for seat in all_seats)
        shown = repr((sitting.public_id, sitting.state, str(get_locale()), view, seats, kinds))
        return cls(
            all_seats=all_seats,
            seats=seats,
            view=view,
            n_items=sitting.form.n_items,
            zone=sitting.site.time_zone,
            digest=hashlib.blake2b(shown.encode(), digest_size=8).hexdigest(),
            as_of_ms=int(now.timestamp() * 1000),
        )

    @property
    def tallies(self) -> list[Tally]:
        """How many seats there are of each kind that occurs."""
        counts = Counter(seat.kind for seat in self.all_seats)
        return [Tally(kind, badge_of(kind), seat_word(kind), counts[kind]) for kind in KINDS if counts[kind]]

    @property
    def n_waiting(self) -> int:
        """How many wait for the check of their identity."""
        return sum(seat.kind == "waiting" for seat in self.all_seats)

    @property
    def n_attention(self) -> int:
        """How many seats need the proctor."""
        return sum(seat.needs_attention for seat in self.all_seats)

    @property
    def is_by_urgency(self) -> bool:
        """Whether what needs attention stands first."""
        return self.view.is_by_urgency(len(self.all_seats))

    def changed_since(self, seen: "Board | None") -> list[SeatFacts] | None:
        """The seats that look otherwise than on a board shown before; None when the whole board must be sent."""
        if seen is None or [seat.seat for seat in seen.seats] != [seat.seat for seat in self.seats]:
            return None
        return [now for now, before in zip(self.seats, seen.seats, strict=True) if now != before]

    def picture(self, seat: SeatFacts, room: str) -> Markup:
        """What stands on the tile of a seat; `room` is the address of the room."""
        language = str(get_locale())
        parts = [_head(seat.identity, room, language)]
        if seat.has_begun:
            parts.append(_progress(seat.n_answered, self.n_items, language))
        parts.append(_notes(seat.time, self.zone, language))
        if seat.has_signs:
            parts.append(_signs(seat.signs, language))
        if seat.kind == "waiting":
            parts.append(_admission(seat.identity, room, language))
        return Markup("").join(parts)


@dataclass
class BoardMemory:
    """What one process remembers between two looks at its rooms: journals counted so far, and boards shown."""

    tallies: Tallies = field(default_factory=Tallies)
    _boards: "OrderedDict[str, Board]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def remember(self, board: Board) -> None:
        """Keep a board that is being shown."""
        with self._lock:
            self._boards[board.digest] = board
            self._boards.move_to_end(board.digest)
            if len(self._boards) > _MOST_BOARDS:
                self._boards.popitem(last=False)

    def shown_before(self, digest: str) -> Board | None:
        """A board by its digest, if this process showed it a moment ago."""
        with self._lock:
            return self._boards.get(digest)


# The parts of a tile, drawn once for all who watch. A candidate who answers changes one part, and the new one was
# drawn for somebody else before: in a room of 500 nearly nothing is ever drawn twice.


def _part(name: str, *given: object) -> Markup:
    part: Markup = getattr(current_app.jinja_env.get_template("proctoring/_seat.html").module, name)(*given)
    return part


@lru_cache(maxsize=_MOST_PARTS)
def _head(seat: SeatIdentity, room: str, language: str) -> Markup:  # noqa: ARG001 - a part for each language
    return _part("head", seat, room)


@lru_cache(maxsize=_MOST_PARTS)
def _progress(n_answered: int, n_items: int, language: str) -> Markup:  # noqa: ARG001
    return _part("progress", n_answered, n_items)


@lru_cache(maxsize=_MOST_PARTS)
def _notes(time: SeatTime, zone: TimeZone, language: str) -> Markup:  # noqa: ARG001
    return _part("notes", time, zone)


@lru_cache(maxsize=_MOST_PARTS)
def _signs(signs: SeatSigns, language: str) -> Markup:  # noqa: ARG001
    return _part("signs", signs)


@lru_cache(maxsize=_MOST_PARTS)
def _admission(seat: SeatIdentity, room: str, language: str) -> Markup:  # noqa: ARG001
    return _part("admission", seat, room)
