"""A lab whose server or network fails: four candidates at work, and what their computers keep meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.answer_path import Acknowledgement, Holder, NewStep, append
from exam.model import Attempt, Enrolment, Outage, Sitting
from exam.operations import delivery
from exam.operations.outages import approve_outage, note_pulse, propose_outage, set_pulse, watch_seats
from exam.operations.proctoring import admit_all
from exam.outages import Interval
from exam.states import StepKind
from exam.timing import epoch_ms
from registry.actor import SYSTEM, Actor
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW, Furnished
from tests.exam_room import KEYS, START_CODE
from tests.examination import make_staff

MINUTE = timedelta(minutes=1)
DEADLINE = NOW + 120 * MINUTE


@dataclass
class Computer:
    """One candidate's computer."""

    database: Database
    holder: Holder
    prev: bytes
    seq: int = 0

    def answered(self, item: int, option: int, *, at: datetime) -> NewStep:
        """An act that is written down here, before anything is sent."""
        self.seq += 1
        return NewStep(self.seq, StepKind.ANSWER, item, option, value=None, at_ms=epoch_ms(at))

    def send(self, *steps: NewStep, now: datetime) -> Acknowledgement:
        """What the server acknowledges; nothing to send is the heartbeat."""
        with self.database.connection() as connection:
            answer = append(connection, self.holder, prev=self.prev, steps=steps, now_ms=epoch_ms(now))
        self.prev = answer.digest
        return answer

    def attempt(self, session: Session) -> Attempt:
        """The attempt, in this session."""
        return session.scalars(select(Attempt).where(Attempt.public_id == self.holder.attempt)).one()


@dataclass
class Lab:
    """Everybody in the room, and the two people who sign."""

    database: Database
    sitting_id: int
    computers: list[Computer]
    proktor: Actor
    committee: Actor
    now: datetime = NOW
    _off: set[int] = field(default_factory=set)

    def sitting(self, session: Session) -> Sitting:
        """The sitting, in this session."""
        return session.get_one(Sitting, self.sitting_id)

    def until(
        self, moment: datetime, *, silent: Sequence[int] = (), worker: Callable[[], object] | None = None
    ) -> None:
        """Time goes on: every computer that is not silent is heard each 20 seconds, and the worker looks each 5."""
        if not silent and worker is None:
            self._pass_over(moment - 2 * MINUTE)
        while self.now < moment:
            self.now = min(moment, self.now + timedelta(seconds=5))
            if (self.now - NOW).seconds % 20 == 0:
                for place in set(range(len(self.computers))) - set(silent):
                    self.computers[place].send(now=self.now)
            (worker or self.work)()

    def _pass_over(self, moment: datetime) -> None:
        # Nothing happened all this time: as if everybody had been heard, and the worker had looked.
        if self.now < moment:
            self.now = moment
            for computer in self.computers:
                computer.send(now=moment)
            with self.database.transaction() as session:
                set_pulse(session, now=moment)
                watch_seats(session, now=moment)

    def work(self) -> None:
        """The worker looks."""
        with self.database.transaction() as session:
            note_pulse(session, now=self.now)
            watch_seats(session, now=self.now)

    def sleep(self, moment: datetime) -> None:
        """The server is away until then, and everything that belongs to it."""
        self.now = moment

    def propose(self, from_: datetime, until: datetime, *, actor: Actor | None = None) -> int:
        """The first signature; returns the key of the outage."""
        interval = Interval(epoch_ms(from_), epoch_ms(until))
        with self.database.transaction() as session:
            sitting = self.sitting(session)
            asked = propose_outage(
                session, sitting, interval=interval, reason="Listrik padam", actor=actor or self.proktor, now=self.now
            )
            return asked.id

    def approve(self, outage: int, *, actor: Actor | None = None) -> None:
        """The second signature."""
        with self.database.transaction() as session:
            approve_outage(session, session.get_one(Outage, outage), actor=actor or self.committee, now=self.now)

    def answers(self, place: int) -> dict[int, int]:
        """The answers of one candidate that count."""
        with self.database.reading() as session:
            return delivery.seat_of(session, self.computers[place].attempt(session)).journal.answers


def open_lab(furnished: Furnished) -> Lab:
    """Four candidates whose clocks run from now on."""
    with furnished.database.transaction() as session:
        sitting = session.get_one(Sitting, furnished.room.sitting.id)
        holders = [_sit_down(session, session.get_one(Enrolment, each.id)) for each in furnished.room.enrolments]
        admit_all(session, sitting, actor=SYSTEM, now=NOW)
        for holder, _genesis in holders:
            delivery.begin(session, attempt=holder.attempt, epoch=1, keys=KEYS, now=NOW)
        proktor = make_staff(session, Role.PROKTOR, "Rudi Proktor", site=sitting.site)
        committee = make_staff(session, Role.COMMITTEE, "Siti Komite")
    computers = [Computer(furnished.database, holder, prev=start) for holder, start in holders]
    lab = Lab(furnished.database, sitting.id, computers, proktor, committee)
    lab.work()
    return lab


def _sit_down(session: Session, enrolment: Enrolment) -> tuple[Holder, bytes]:
    device = f"pc-{enrolment.seat}"
    seat = delivery.take_seat(session, enrolment, start_code=START_CODE, device=device, keys=KEYS, now=NOW)
    assert isinstance(seat, delivery.Seat)
    return Holder(attempt=seat.attempt.public_id, epoch=1), seat.attempt.genesis
