"""The answer path: how steps enter the journal. One transaction, one conditional statement, no ORM.

On PostgreSQL the whole path is a single statement, which is its own transaction: one round trip. SQLite cannot
write in a common table expression, so there it is two statements in one transaction, without a network between.

The one promise of the platform is kept here: a step that was acknowledged is on disk, and nobody can change it
unseen. The statement moves the head of the chain only if the caller knows where the head is (`prev`), holds the
seat (`epoch`), and the journal is not sealed. Two tabs, a re-send or a replayed request can therefore never both
win, whatever happens between processes.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, Uuid, bindparam, text

from exam.breaks import Pause, pause_of
from exam.errors import ChainMismatchError, NotAdmittedError, SealedError, SupersededError
from exam.journal import JournalStep, chain
from exam.states import AttemptState, StepKind
from exam.timing import is_overdue, mark, remaining_seconds

_ADVANCE = text("""
    UPDATE attempt SET digest = :digest, last_seq = :last, last_seen_ms = :now_ms, unsent = :unsent
    WHERE public_id = :attempt AND epoch = :epoch AND digest = :prev AND last_seq = :before
      AND begun_ms IS NOT NULL AND sealed_ms IS NULL
    RETURNING id, state, deadline_ms, paused_ms, break_ends_ms
""").bindparams(
    bindparam("attempt", type_=Uuid()),
    bindparam("digest", type_=LargeBinary()),
    bindparam("prev", type_=LargeBinary()),
)

_INSERT = text("""
    INSERT INTO step (attempt_id, seq, kind, item, option, value, at_ms, received_ms, mark, digest)
    VALUES (:attempt_id, :seq, :kind, :item, :option, :value, :at_ms, :received_ms, :mark, :digest)
""")

# The same judgement as `exam.timing.mark`, where the row is; a test holds the two against each other.
_CLOCK = """
    CASE WHEN paused_ms IS NULL THEN :now_ms
         WHEN break_ends_ms <= :now_ms THEN :now_ms - (break_ends_ms - paused_ms)
         WHEN paused_ms < :now_ms THEN paused_ms
         ELSE :now_ms END
"""
_MARK = f"""
    CASE WHEN state = 'submitted' THEN 'after_submit'
         WHEN state <> 'working' OR deadline_ms IS NULL THEN 'late'
         WHEN {_CLOCK} > deadline_ms THEN 'late'
         ELSE 'on_time' END
"""

_ADVANCE_AND_INSERT = text(f"""
    WITH advanced AS ({_ADVANCE.text}),
    kept AS (
        INSERT INTO step (attempt_id, seq, kind, item, option, value, at_ms, received_ms, mark, digest)
        SELECT advanced.id, sent.seq, sent.kind, sent.item, sent.option, sent.value, sent.at_ms, :now_ms,
               {_MARK}, sent.digest
        FROM advanced CROSS JOIN unnest(
            CAST(:seqs AS integer[]), CAST(:kinds AS text[]), CAST(:items AS smallint[]), CAST(:options AS smallint[]),
            CAST(:texts AS text[]), CAST(:ats AS bigint[]), CAST(:digests AS bytea[])
        ) AS sent (seq, kind, item, option, value, at_ms, digest)
    )
    SELECT id, state, deadline_ms, paused_ms, break_ends_ms FROM advanced
""").bindparams(bindparam("attempt", type_=Uuid()))  # noqa: S608 - put together from constants of this module

_BEAT = text("""
    UPDATE attempt SET last_seen_ms = :now_ms, unsent = :unsent
    WHERE public_id = :attempt AND epoch = :epoch
    RETURNING id, state, deadline_ms, paused_ms, break_ends_ms, last_seq, digest
""").bindparams(bindparam("attempt", type_=Uuid()))

_EXPIRE = text(f"""
    UPDATE attempt SET state = 'expired'
    WHERE id = :id AND state = 'working' AND {_CLOCK} > deadline_ms
""")  # noqa: S608 - put together from constants of this module

# Before `begin` there is no deadline: a seat that waits is told how long it will have.
_ALLOWED_SECONDS = text("""
    SELECT sitting.duration_seconds + 60 * enrolment.extra_minutes
    FROM attempt JOIN sitting ON sitting.id = attempt.sitting_id JOIN enrolment ON enrolment.id = attempt.enrolment_id
    WHERE attempt.id = :id
""")

_HEAD = text("""
    SELECT id, epoch, state, deadline_ms, paused_ms, break_ends_ms, begun_ms, sealed_ms, last_seq, digest
    FROM attempt WHERE public_id = :attempt
""").bindparams(bindparam("attempt", type_=Uuid()))

_STORED = text("""
    SELECT seq, kind, item, option, value, at_ms FROM step
    WHERE attempt_id = :id AND seq BETWEEN :first AND :last ORDER BY seq
""")


@dataclass(frozen=True)
class Holder:
    """Who sends: the attempt and the epoch of the token in the sender's hand."""

    attempt: uuid.UUID
    epoch: int


@dataclass(frozen=True)
class NewStep:
    """A step as sent, in canonical positions."""

    seq: int
    kind: StepKind
    item: int | None
    option: int | None
    value: str | None
    at_ms: int

    def received(self, at_ms: int) -> JournalStep:
        """The step as the journal keeps it."""
        return JournalStep(
            seq=self.seq,
            kind=self.kind,
            item=self.item,
            option=self.option,
            value=self.value,
            at_ms=self.at_ms,
            received_ms=at_ms,
        )


@dataclass(frozen=True)
class Acknowledgement:
    """What the server has, from now on for good."""

    acked_seq: int
    digest: bytes
    state: AttemptState
    pause: Pause | None
    remaining_seconds: int
    received_ms: int


def append(
    connection: Connection,
    holder: Holder,
    *,
    prev: bytes,
    steps: Sequence[NewStep],
    now_ms: int,
    unsent: int = 0,
) -> Acknowledgement:
    """Add steps to the journal, or acknowledge them again if they are already there.

    `unsent` is how many acts still wait at the candidate's computer, for the proctor to see.
    """
    if not steps:
        return beat(connection, holder, now_ms=now_ms, unsent=unsent)
    journal_steps = [step.received(now_ms) for step in steps]
    digests = chain(prev, journal_steps)
    head = {
        "attempt": holder.attempt,
        "epoch": holder.epoch,
        "prev": prev,
        "before": steps[0].seq - 1,
        "digest": digests[-1],
        "last": steps[-1].seq,
        "now_ms": now_ms,
        "unsent": unsent,
    }
    write = _write_at_once if connection.dialect.name == "postgresql" else _write_in_turn
    advanced = write(connection, head, journal_steps, digests)
    if advanced is None:
        return _acknowledge_again(connection, holder, steps=steps, now_ms=now_ms)
    return _acknowledge(connection, advanced, acked_seq=steps[-1].seq, digest=digests[-1], now_ms=now_ms)


def _write_at_once(
    connection: Connection, head: dict[str, Any], steps: Sequence[JournalStep], digests: Sequence[bytes]
) -> Row[Any] | None:
    columns = {
        "seqs": [step.seq for step in steps],
        "kinds": [step.kind.value for step in steps],
        "items": [step.item for step in steps],
        "options": [step.option for step in steps],
        "texts": [step.value for step in steps],
        "ats": [step.at_ms for step in steps],
        "digests": list(digests),
    }
    return connection.execute(_ADVANCE_AND_INSERT, head | columns).one_or_none()


def _write_in_turn(
    connection: Connection, head: dict[str, Any], steps: Sequence[JournalStep], digests: Sequence[bytes]
) -> Row[Any] | None:
    advanced = connection.execute(_ADVANCE, head).one_or_none()
    if advanced is None:
        return None
    judged = mark(
        head["now_ms"],
        advanced.deadline_ms,
        AttemptState(advanced.state),
        advanced.paused_ms,
        break_ends_ms=advanced.break_ends_ms,
    )
    rows = [
        {
            "attempt_id": advanced.id,
            "seq": step.seq,
            "kind": step.kind.value,
            "item": step.item,
            "option": step.option,
            "value": step.value,
            "at_ms": step.at_ms,
            "received_ms": step.received_ms,
            "mark": judged.value,
            "digest": digest,
        }
        for step, digest in zip(steps, digests, strict=True)
    ]
    connection.execute(_INSERT, rows)
    return advanced


def beat(connection: Connection, holder: Holder, *, now_ms: int, unsent: int = 0) -> Acknowledgement:
    """The heartbeat: the seat is alive; the answer says where journal and clock stand."""
    row = connection.execute(
        _BEAT,
        {"attempt": holder.attempt, "epoch": holder.epoch, "now_ms": now_ms, "unsent": unsent},
    ).one_or_none()
    if row is None:
        raise SupersededError
    return _acknowledge(connection, row, acked_seq=row.last_seq, digest=bytes(row.digest), now_ms=now_ms)


def _acknowledge(
    connection: Connection, row: Row[Any], *, acked_seq: int, digest: bytes, now_ms: int
) -> Acknowledgement:
    state = AttemptState(row.state)
    overdue = row.deadline_ms is not None and is_overdue(
        now_ms, row.deadline_ms, row.paused_ms, break_ends_ms=row.break_ends_ms
    )
    # Nothing depends on a timer firing: whoever looks first closes an overdue attempt.
    if state is AttemptState.WORKING and overdue and _expire(connection, row, now_ms):
        state = AttemptState.EXPIRED
    return Acknowledgement(
        acked_seq=acked_seq,
        digest=digest,
        state=state,
        pause=pause_of(state, paused_ms=row.paused_ms, break_ends_ms=row.break_ends_ms, now_ms=now_ms),
        remaining_seconds=_remaining(connection, row, now_ms),
        received_ms=now_ms,
    )


def _expire(connection: Connection, row: Row[Any], now_ms: int) -> bool:
    return connection.execute(_EXPIRE, {"id": row.id, "now_ms": now_ms}).rowcount == 1


def _remaining(connection: Connection, row: Row[Any], now_ms: int) -> int:
    if row.deadline_ms is None:
        return int(connection.execute(_ALLOWED_SECONDS, {"id": row.id}).scalar_one())
    return remaining_seconds(now_ms, row.deadline_ms, row.paused_ms, break_ends_ms=row.break_ends_ms)


def _acknowledge_again(
    connection: Connection,
    holder: Holder,
    *,
    steps: Sequence[NewStep],
    now_ms: int,
) -> Acknowledgement:
    """The head did not move: say why, unless these very steps are in the journal already."""
    head = connection.execute(_HEAD, {"attempt": holder.attempt}).one_or_none()
    if head is None or head.epoch != holder.epoch:
        raise SupersededError
    if head.begun_ms is None:
        raise NotAdmittedError
    stored = connection.execute(_STORED, {"id": head.id, "first": steps[0].seq, "last": steps[-1].seq}).all()
    if [_sent(step) for step in steps] == [tuple(row) for row in stored]:
        return _acknowledge(connection, head, acked_seq=head.last_seq, digest=bytes(head.digest), now_ms=now_ms)
    if head.sealed_ms is not None:
        raise SealedError
    raise ChainMismatchError(last_seq=head.last_seq, digest=bytes(head.digest).hex())


def _sent(step: NewStep) -> tuple[object, ...]:
    return (step.seq, step.kind.value, step.item, step.option, step.value, step.at_ms)
