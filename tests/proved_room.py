"""A room that works under a clock of its own and lets its heads leave every minute, for tests of what can be proved."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.answer_path import Holder, NewStep, append
from exam.keys import Keys
from exam.model import Enrolment, Seal, Sitting
from exam.operations import delivery
from exam.operations.anchors import Remembered, anchor_heads
from exam.operations.proctoring import admit_all
from exam.operations.sittings import close_sitting, seal_sitting
from exam.states import StepKind
from exam.timing import epoch_ms
from registry.actor import SYSTEM
from testing_platform.anchor_files import append_lines
from testing_platform.database import Database
from tests.conftest import NOW, Furnished
from tests.exam_room import KEYS, START_CODE


@dataclass
class Desk:
    """One candidate at work, with what their browser knows."""

    holder: Holder
    digest: bytes
    seq: int = 0
    receipt: str = ""


@dataclass
class ProvedRoom:
    """The room, its clock, and the folder of its heads."""

    database: Database
    sitting: uuid.UUID
    folder: Path
    keys: Keys = KEYS
    now: datetime = NOW
    desks: list[Desk] = field(default_factory=list)
    remembered: Remembered = field(default_factory=Remembered)

    @classmethod
    def of(cls, furnished: Furnished, folder: Path, *, keys: Keys = KEYS) -> "ProvedRoom":
        """Everybody has signed in, was admitted and begins."""
        room = cls(furnished.database, furnished.room.sitting.public_id, folder, keys)
        for number, enrolment in enumerate(furnished.room.enrolments):
            room.seat(enrolment.id, device=f"pc-{number}")
        with room.database.transaction() as session:
            admit_all(session, room.in_session(session), actor=SYSTEM, now=room.now)
        for desk in room.desks:
            with room.database.transaction() as session:
                delivery.begin(session, attempt=desk.holder.attempt, epoch=1, keys=room.keys, now=room.now)
        return room

    def in_session(self, session: Session) -> Sitting:
        """The sitting, to be worked with in a session."""
        return session.scalars(select(Sitting).where(Sitting.public_id == self.sitting)).one()

    def seat(self, enrolment_key: int, *, device: str) -> None:
        """Sign one candidate in."""
        with self.database.transaction() as session:
            enrolment = session.get_one(Enrolment, enrolment_key)
            seat = delivery.take_seat(
                session, enrolment, start_code=START_CODE, device=device, keys=self.keys, now=self.now
            )
            assert isinstance(seat, delivery.Seat)
            self.desks.append(Desk(Holder(seat.attempt.public_id, epoch=1), digest=seat.attempt.genesis))

    def answer(self, desk: Desk, *answers: tuple[int, int | None]) -> None:
        """A candidate answers items, each a second after the one before."""
        for item, option in answers:
            self.now += timedelta(seconds=1)
            step = NewStep(desk.seq + 1, StepKind.ANSWER, item, option, None, at_ms=epoch_ms(self.now))
            with self.database.connection() as connection:
                reply = append(connection, desk.holder, prev=desk.digest, steps=[step], now_ms=epoch_ms(self.now))
            desk.digest, desk.seq = reply.digest, reply.acked_seq

    def minute(self) -> list[str]:
        """A minute passes, and what moved leaves the server; the lines that were written."""
        self.now += timedelta(minutes=1)
        written: list[str] = []

        def write(lines: Sequence[str]) -> None:
            append_lines(self.folder, lines, day=self.now.date())
            written.extend(lines)

        with self.database.transaction() as session:
            self.remembered = anchor_heads(session, self.remembered, keys=self.keys, write=write, now=self.now)
        return written

    def submit(self, desk: Desk) -> str:
        """A candidate hands in; the receipt."""
        self.now += timedelta(seconds=1)
        with self.database.transaction() as session:
            attempt = delivery.submit(
                session,
                attempt=desk.holder.attempt,
                epoch=1,
                last_seq=desk.seq,
                prev=desk.digest,
                keys=self.keys,
                now=self.now,
            )
            desk.receipt = attempt.receipt or ""
        return desk.receipt

    def close(self) -> None:
        """Nobody works any more."""
        self.now += timedelta(seconds=1)
        with self.database.transaction() as session:
            close_sitting(session, self.in_session(session), actor=SYSTEM, now=self.now)

    def seal(self) -> Seal:
        """The room is closed, and its answers are final."""
        self.close()
        return self.seal_closed()

    def seal_closed(self) -> Seal:
        """The answers of a closed room are final."""
        with self.database.transaction() as session:
            return seal_sitting(session, self.in_session(session), keys=self.keys, actor=SYSTEM, now=self.now)


def worked(furnished: Furnished, folder: Path) -> ProvedRoom:
    """A whole sitting of four: two minutes of work, everybody hands in but one, sealed, and the seal has left."""
    room = ProvedRoom.of(furnished, folder)
    room.minute()
    for place, desk in enumerate(room.desks):
        room.answer(desk, (1, place % 4), (2, 1), (1, (place + 1) % 4))
    room.minute()
    for desk in room.desks:
        room.answer(desk, (3, 2), (4, None))
    room.minute()
    for desk in room.desks[:3]:
        room.submit(desk)
    room.seal()
    room.minute()
    return room
