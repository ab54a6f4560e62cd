"""What each journal of a room adds up to so far, kept in memory: a look at a room reads only the steps that are new.

A room of 500 seats takes on about a hundred steps a second, and every proctor's board asks every few seconds; to
replay all journals each time would cost more than keeping the answers does. The memory is a cache and nothing else:
the journal stays the only truth, and whoever starts with an empty memory gets the same figures.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Integer

from exam.model import Attempt, Outage
from exam.queries.outages import excused_steps
from exam.states import StepKind, StepMark

MOST_ROOMS = 64  # in memory at once; beyond it the room that was looked at least recently is forgotten

# The same question to both kinds of database: of some journals, the answers and reports after one step and up to
# another. Up to, because the heads were read before: a step that the head does not know yet waits for the next look.
_NEW_STEPS_POSTGRESQL = text("""
    SELECT step.attempt_id, step.seq, step.kind, step.item, step.option, step.mark
    FROM unnest(:attempts, :after, :upto) AS wanted (attempt, after, upto)
    JOIN step ON step.attempt_id = wanted.attempt AND step.seq > wanted.after AND step.seq <= wanted.upto
    WHERE step.kind IN ('answer', 'challenge')
    ORDER BY step.attempt_id, step.seq
""").bindparams(
    bindparam("attempts", type_=ARRAY(BigInteger)),
    bindparam("after", type_=ARRAY(Integer)),
    bindparam("upto", type_=ARRAY(Integer)),
)
_NEW_STEPS_SQLITE = text("""
    SELECT step.attempt_id, step.seq, step.kind, step.item, step.option, step.mark
    FROM json_each(:wanted) AS wanted
    CROSS JOIN step ON step.attempt_id = wanted.value ->> 0
        AND step.seq > wanted.value ->> 1 AND step.seq <= wanted.value ->> 2
    WHERE step.kind IN ('answer', 'challenge')
    ORDER BY step.attempt_id, step.seq
""")


NewStepRow = Row[tuple[int, int, str, int, int | None, str]]


@dataclass
class Tally:
    """What one journal adds up to, up to a step, by the rule of `exam.journal.replay`, as a test makes sure."""

    excused: frozenset[int] = frozenset()  # late steps that count because of an approved outage
    seq: int = 0
    answered: set[int] = field(default_factory=set)
    n_challenges: int = 0

    def add(self, step: NewStepRow) -> None:
        """Count one more step; only what counts is an answer, a report is one whenever it came."""
        if step.kind == StepKind.CHALLENGE:
            self.n_challenges += 1
        elif step.mark == StepMark.ON_TIME or (step.mark == StepMark.LATE and step.seq in self.excused):
            (self.answered.discard if step.option is None else self.answered.add)(step.item)


@dataclass
class _Room:
    lock: threading.Lock = field(default_factory=threading.Lock)
    tallies: dict[int, Tally] = field(default_factory=dict)
    excused: Mapping[int, frozenset[int]] = field(default_factory=dict)
    excused_for: object = None  # the outages and heads by which they were found


_NONE_EXCUSED: Mapping[int, frozenset[int]] = MappingProxyType({})


class Tallies:
    """The memory of one process; any number of its threads may look at the same room."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rooms: OrderedDict[int, _Room] = OrderedDict()

    def look(
        self,
        session: Session,
        sitting_id: int,
        heads: Mapping[int, int],
        *,
        excused: Mapping[int, frozenset[int]] = _NONE_EXCUSED,
    ) -> dict[int, tuple[int, int]]:
        """By attempt: how many items are answered and how many reports there are; `heads` holds each last seq."""
        room = self._room(sitting_id)
        with room.lock:
            moved = _moved(room.tallies, heads, excused)
            for step in _new_steps(session, moved):
                room.tallies[step.attempt_id].add(step)
            for attempt, _, upto in moved:
                room.tallies[attempt].seq = upto
            return {one: (len(room.tallies[one].answered), room.tallies[one].n_challenges) for one in heads}

    def excused(self, session: Session, sitting_id: int, heads: Mapping[int, int]) -> Mapping[int, frozenset[int]]:
        """The late steps that count, found anew when an outage was approved or a journal of the room has grown.

        Finding them takes whole journals, and boards of closed rooms are looked at as often as those of open ones.
        """
        approved = select(Outage.id).where(Outage.sitting_id == sitting_id, Outage.approved_at.is_not(None))
        outages = frozenset(session.scalars(approved))
        if not outages:
            return _NONE_EXCUSED
        room, found_for = self._room(sitting_id), (outages, frozenset(heads.items()))
        with room.lock:
            if room.excused_for != found_for:
                room.excused = excused_steps(session, Attempt.sitting_id == sitting_id)
                room.excused_for = found_for
            return room.excused

    def _room(self, sitting_id: int) -> _Room:
        with self._lock:
            room = self._rooms.setdefault(sitting_id, _Room())
            self._rooms.move_to_end(sitting_id)
            if len(self._rooms) > MOST_ROOMS:
                self._rooms.popitem(last=False)
            return room


def _moved(
    tallies: dict[int, Tally], heads: Mapping[int, int], excused: Mapping[int, frozenset[int]]
) -> list[tuple[int, int, int]]:
    """The journals that hold more than is counted yet, each with the stretch that is missing."""
    moved = []
    for attempt, last_seq in heads.items():
        tally, counts = tallies.get(attempt), excused.get(attempt, frozenset())
        # A head behind what was counted: a colleague's look was later than ours, or a backup was put back. Other late
        # steps than before: an outage was approved. Either way the journal is counted anew.
        if tally is None or tally.seq > last_seq or tally.excused != counts:
            tally = tallies[attempt] = Tally(excused=counts)
        if tally.seq < last_seq:
            moved.append((attempt, tally.seq, last_seq))
    return moved


def _new_steps(session: Session, moved: list[tuple[int, int, int]]) -> Iterable[NewStepRow]:
    if not moved:
        return ()
    if session.get_bind().dialect.name == "sqlite":
        return session.execute(_NEW_STEPS_SQLITE, {"wanted": json.dumps(moved)})
    attempts, after, upto = (list(column) for column in zip(*moved, strict=True))
    return session.execute(_NEW_STEPS_POSTGRESQL, {"attempts": attempts, "after": after, "upto": upto})
