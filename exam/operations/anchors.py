"""Making the heads that leave the server: once a minute for every room with news, for the audit journal, for seals.

A row keeps that a head was made, so that of several workers one makes it and a line that is taken from the files is
missed. The lines are written before the transaction ends: a line without its row does no harm, a row without its
line would look like a theft.
"""

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from exam.anchors import (
    AUDIT,
    FIRST,
    End,
    Head,
    audit_statement,
    minute_of,
    name_of,
    parse,
    root_of,
    seal_subject,
    sitting_statement,
)
from exam.keys import Keys
from exam.model import Anchor, Attempt, Seal, Sitting, Step
from exam.receipts import receipt_name
from exam.seals import runs_of_marks
from exam.statements import as_line, sign
from exam.states import AttemptState, SittingState, StepMark
from exam.timing import epoch_ms
from registry.model import AuditEvent

_RUNNING = (SittingState.OPEN, SittingState.CLOSED)
_OVER = frozenset({AttemptState.SUBMITTED, AttemptState.EXPIRED})
_SEALED_LATELY = timedelta(days=2)

# Any constant does, as long as nothing else in this database takes the same advisory lock.
_TURN = 20121031

Fact = TypeVar("Fact")


@dataclass(frozen=True)
class Ended:
    """An attempt that ended, as far as the minute looks: when any of it changes, its end is told anew."""

    key: int
    attempt: uuid.UUID
    state: AttemptState
    last_seq: int
    has_receipt: bool


@dataclass(frozen=True)
class _Room:
    """Where the journals of a room stand."""

    heads: list[Head] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)


@dataclass(frozen=True)
class Remembered:
    """What a worker still knows of the lines it wrote. Without it lines are longer, never wrong."""

    heads: Mapping[str, frozenset[Head]] = field(default_factory=dict)  # by subject
    ends: Mapping[str, frozenset[Ended]] = field(default_factory=dict)  # likewise
    knows_old_seals: bool = False


@dataclass(frozen=True)
class _Line:
    subject: str
    n: int
    root: bytes
    statement: dict[str, Any]


def anchor_heads(
    session: Session,
    remembered: Remembered,
    *,
    keys: Keys,
    write: Callable[[Sequence[str]], None],
    now: datetime,
) -> Remembered:
    """Let everything that moved since the last minute leave the server; what is to be remembered once committed."""
    _wait_for_turn(session)
    seals = _seal_lines(session, since=now - _SEALED_LATELY if remembered.knows_old_seals else None)
    rooms = _rooms(session, sealed=[line.statement["sitting"] for line in seals])
    latest = _latest(session, [*rooms, AUDIT])
    news = {subject: _News.of(subject, room, latest.get(subject), remembered) for subject, room in rooms.items()}
    lines = [_room_line(session, subject, each, latest.get(subject), now=now) for subject, each in news.items()]
    lines.append(_audit_line(session, latest.get(AUDIT), now=now))
    found = [_signed(line, keys) for line in lines if line is not None]
    found += _not_before_their_rooms(seals, news, {line.subject for line in found})
    if found:
        write([as_line(line.statement) for line in found])
        session.add_all(_row(line, latest.get(line.subject), now=now) for line in found)
        session.flush()
    written = {line.subject: rooms[line.subject] for line in found if line.subject in rooms}
    return Remembered(
        heads=_kept(remembered.heads, rooms) | {subject: frozenset(room.heads) for subject, room in written.items()},
        ends=_kept(remembered.ends, rooms) | {subject: frozenset(room.ended) for subject, room in written.items()},
        knows_old_seals=True,
    )


def _kept(remembered: Mapping[str, frozenset[Fact]], rooms: Collection[str]) -> dict[str, frozenset[Fact]]:
    return {subject: facts for subject, facts in remembered.items() if subject in rooms}


def _rooms(session: Session, *, sealed: Iterable[str]) -> dict[str, _Room]:
    """The heads of every room that is not sealed, or whose seal leaves now: its last steps leave with it."""
    leaving = [uuid.UUID(sitting) for sitting in sealed]
    rows = session.execute(
        select(Sitting.public_id, Attempt.public_id, Attempt.last_seq, Attempt.digest)
        .add_columns(Attempt.id, Attempt.state, Attempt.receipt.is_not(None))
        .join(Attempt, Attempt.sitting_id == Sitting.id)
        .where(Sitting.state.in_(_RUNNING) | Sitting.public_id.in_(leaving))
        .order_by(Sitting.id),
    )
    rooms: dict[str, _Room] = {}
    for sitting, attempt, last_seq, digest, key, state, has_receipt in rows:
        room = rooms.setdefault(str(sitting), _Room())
        room.heads.append(Head(attempt, last_seq, digest))
        if state in _OVER:
            room.ended.append(Ended(key, attempt, state, last_seq, bool(has_receipt)))
    return rooms


def _latest(session: Session, subjects: Iterable[str]) -> dict[str, Anchor]:
    newest = (
        select(Anchor.subject, func.max(Anchor.minute).label("minute"))
        .where(Anchor.subject.in_(list(subjects)))
        .group_by(Anchor.subject)
        .subquery()
    )
    same = (Anchor.subject == newest.c.subject) & (Anchor.minute == newest.c.minute)
    return {row.subject: row for row in session.scalars(select(Anchor).join(newest, same))}


@dataclass(frozen=True)
class _News:
    """What is to be told about a room. Whoever wrote none of the lines before tells all: they stay true."""

    heads: Sequence[Head]
    root: bytes
    changed: frozenset[Head]
    ended: frozenset[Ended]
    is_told: bool  # the line before says all of it

    @classmethod
    def of(cls, subject: str, room: _Room, last: Anchor | None, remembered: Remembered) -> "_News":
        root = root_of(room.heads)
        ended = frozenset(room.ended) - remembered.ends.get(subject, frozenset())
        return cls(
            heads=room.heads,
            root=root,
            changed=frozenset(room.heads) - remembered.heads.get(subject, frozenset()),
            ended=ended,
            is_told=last is not None and root == last.root and not ended,
        )


def _room_line(session: Session, subject: str, news: _News, last: Anchor | None, *, now: datetime) -> _Line | None:
    if news.is_told or (last is not None and minute_of(now, last.minute) is None):
        return None
    statement = sitting_statement(
        uuid.UUID(subject),
        news.heads,
        changed=news.changed,
        ended=_ends(session, news.ended),
        previous=_previous(last),
        at_ms=epoch_ms(now),
    )
    return _Line(subject, statement["n_steps"], news.root, statement)


def _ends(session: Session, ended: Collection[Ended]) -> list[End]:
    """How these attempts ended: the marks that count are those of this very moment."""
    keys = [each.key for each in ended]
    rows = session.execute(
        select(Step.attempt_id, Step.seq, Step.mark).where(Step.attempt_id.in_(keys), Step.mark != StepMark.ON_TIME)
    )
    others: dict[int, dict[int, StepMark]] = {}
    for key, seq, mark in rows:
        others.setdefault(key, {})[seq] = mark
    issued = session.execute(select(Attempt.id, Attempt.receipt).where(Attempt.id.in_(keys)))
    receipts = {key: receipt for key, receipt in issued}  # noqa: C416 - dict(issued) loses the types
    return [
        End(
            attempt=each.attempt,
            state=each.state.value,
            marks=runs_of_marks(each.last_seq, others.get(each.key, {})),
            receipt=receipt_name(receipts[each.key] or "") if each.has_receipt else "",
        )
        for each in ended
    ]


def _audit_line(session: Session, last: Anchor | None, *, now: datetime) -> _Line | None:
    head = session.scalar(select(AuditEvent.digest).order_by(AuditEvent.id.desc()).limit(1))
    if head is None or (last is not None and (head == last.root or minute_of(now, last.minute) is None)):
        return None
    n_events = (last.n_steps if last else 0) + _events_after(session, last)
    statement = audit_statement(n_events=n_events, head=head, previous=_previous(last), at_ms=epoch_ms(now))
    return _Line(AUDIT, n_events, head, statement)


def _events_after(session: Session, last: Anchor | None) -> int:
    counted = select(func.count(AuditEvent.id))
    if last is not None:
        counted = counted.where(
            AuditEvent.id > select(AuditEvent.id).where(AuditEvent.digest == last.root).scalar_subquery()
        )
    return session.scalar(counted) or 0


def _seal_lines(session: Session, *, since: datetime | None) -> list[_Line]:
    """The seals that have not left yet."""
    statement = select(Seal.statement).join(Seal.sitting).order_by(Seal.id)
    if since is not None:
        statement = statement.where(Sitting.sealed_at >= since)
    seals = {seal_subject(uuid.UUID(said["sitting"])): said for said in map(json.loads, session.scalars(statement))}
    gone = set(session.scalars(select(Anchor.subject).where(Anchor.subject.in_(list(seals)))))
    return [
        _Line(subject, said["n_attempts"], bytes.fromhex(said["root"]), said)
        for subject, said in seals.items()
        if subject not in gone
    ]


def _not_before_their_rooms(seals: Iterable[_Line], news: Mapping[str, _News], leaving: Collection[str]) -> list[_Line]:
    """A seal waits a minute for the last head of its room, if that room has had its head of this minute."""
    ready = []
    for seal in seals:
        room = seal.statement["sitting"]
        if room not in news or room in leaving or news[room].is_told:
            ready.append(seal)
    return ready


def _signed(line: _Line, keys: Keys) -> _Line:
    statement = sign(line.statement, keys)
    parse(statement)  # whatever leaves can be read again
    return _Line(line.subject, line.n, line.root, statement)


def _row(line: _Line, last: Anchor | None, *, now: datetime) -> Anchor:
    minute = minute_of(now, last.minute if last else None)
    signature = line.statement["signature"]
    return Anchor(subject=line.subject, minute=minute, n_steps=line.n, root=line.root, signature=signature)


def _previous(last: Anchor | None) -> str:
    return name_of(last.signature) if last else FIRST


def _wait_for_turn(session: Session) -> None:
    # Heads are read and named in one turn, so that no line can tell an older state than the line before it. SQLite
    # serialises writers by itself.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _TURN})
