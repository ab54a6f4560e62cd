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
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from exam.anchors import (
    AUDIT,
    FIRST,
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
from exam.model import Anchor, Attempt, Seal, Sitting
from exam.statements import as_line, sign
from exam.states import SittingState
from exam.timing import epoch_ms
from registry.model import AuditEvent

_RUNNING = (SittingState.OPEN, SittingState.CLOSED)
_SEALED_LATELY = timedelta(days=2)

# Any constant does, as long as nothing else in this database takes the same advisory lock.
_TURN = 20121031


@dataclass(frozen=True)
class Remembered:
    """What a worker still knows of the lines it wrote. Without it lines are longer, never wrong."""

    heads: Mapping[str, frozenset[Head]] = field(default_factory=dict)  # by subject
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
    lines = [_room_line(subject, heads, latest.get(subject), remembered, now=now) for subject, heads in rooms.items()]
    lines.append(_audit_line(session, latest.get(AUDIT), now=now))
    found = [_signed(line, keys) for line in lines if line is not None]
    found += _not_before_their_rooms(seals, rooms, latest, {line.subject for line in found})
    if found:
        write([as_line(line.statement) for line in found])
        session.add_all(_row(line, latest.get(line.subject), now=now) for line in found)
        session.flush()
    written = {line.subject: frozenset(rooms[line.subject]) for line in found if line.subject in rooms}
    kept = {subject: heads for subject, heads in remembered.heads.items() if subject in rooms}
    return Remembered(kept | written, knows_old_seals=True)


def _rooms(session: Session, *, sealed: Iterable[str]) -> dict[str, list[Head]]:
    """The heads of every room that is not sealed, or whose seal leaves now: its last steps leave with it."""
    leaving = [uuid.UUID(sitting) for sitting in sealed]
    rows = session.execute(
        select(Sitting.public_id, Attempt.public_id, Attempt.last_seq, Attempt.digest)
        .join(Attempt, Attempt.sitting_id == Sitting.id)
        .where(Sitting.state.in_(_RUNNING) | Sitting.public_id.in_(leaving))
        .order_by(Sitting.id),
    )
    rooms: dict[str, list[Head]] = {}
    for sitting, attempt, last_seq, digest in rows:
        rooms.setdefault(str(sitting), []).append(Head(attempt, last_seq, digest))
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


def _room_line(
    subject: str, heads: Sequence[Head], last: Anchor | None, remembered: Remembered, *, now: datetime
) -> _Line | None:
    root = root_of(heads)
    if _is_no_news(root, last, now=now):
        return None
    # Whoever wrote none of the lines before names all: more than necessary, and the lines between stay true.
    changed = set(heads) - remembered.heads.get(subject, frozenset())
    statement = sitting_statement(
        uuid.UUID(subject), heads, changed=changed, previous=_previous(last), at_ms=epoch_ms(now)
    )
    return _Line(subject, statement["n_steps"], root, statement)


def _audit_line(session: Session, last: Anchor | None, *, now: datetime) -> _Line | None:
    head = session.scalar(select(AuditEvent.digest).order_by(AuditEvent.id.desc()).limit(1))
    if head is None or _is_no_news(head, last, now=now):
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


def _not_before_their_rooms(
    seals: Iterable[_Line], rooms: Mapping[str, list[Head]], latest: Mapping[str, Anchor], leaving: Collection[str]
) -> list[_Line]:
    """A seal waits a minute for the last head of its room, if that room has had its head of this minute."""
    ready = []
    for seal in seals:
        room = seal.statement["sitting"]
        if room not in rooms or room in leaving or latest[room].root == root_of(rooms[room]):
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


def _is_no_news(root: bytes, last: Anchor | None, *, now: datetime) -> bool:
    return last is not None and (root == last.root or minute_of(now, last.minute) is None)


def _previous(last: Anchor | None) -> str:
    return name_of(last.signature) if last else FIRST


def _wait_for_turn(session: Session) -> None:
    # Heads are read and named in one turn, so that no line can tell an older state than the line before it. SQLite
    # serialises writers by itself.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _TURN})
