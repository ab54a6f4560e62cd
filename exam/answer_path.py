"""The answer path: how steps enter the journal. One transaction, one conditional statement, no ORM.

The one promise of the platform is kept here: a step that was acknowledged is on disk, and nobody can change it
unseen. The statement moves the head of the chain only if the caller knows where the head is (`prev`), holds the
seat (`epoch`), and the journal is not sealed. Two tabs, a re-send or a replayed request can therefore never both
win, whatever happens between processes. The SQL stands in `exam.answer_store`.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from exam.answer_store import AnswerStore, Clock, Move, store_of
from exam.breaks import Pause, pause_of
from exam.errors import ChainMismatchError, NotAdmittedError, SealedError, SupersededError
from exam.journal import JournalStep, chain
from exam.states import AttemptState, StepKind
from exam.timing import is_overdue, remaining_seconds


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
    where: Connection | AnswerStore,
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
    store = where if isinstance(where, AnswerStore) else store_of(where)
    if not steps:
        return beat(store, holder, now_ms=now_ms, unsent=unsent)
    journal_steps = [step.received(now_ms) for step in steps]
    digests = chain(prev, journal_steps)
    move = Move(
        attempt=holder.attempt,
        epoch=holder.epoch,
        prev=prev,
        before=steps[0].seq - 1,
        digest=digests[-1],
        last=steps[-1].seq,
        now_ms=now_ms,
        unsent=unsent,
    )
    clock = store.advance(move, journal_steps, digests)
    if clock is None:
        return _acknowledge_again(store, holder, steps=steps, now_ms=now_ms, unsent=unsent)
    return _acknowledge(store, clock, acked_seq=move.last, digest=move.digest, now_ms=now_ms)


def beat(store: AnswerStore, holder: Holder, *, now_ms: int, unsent: int = 0) -> Acknowledgement:
    """The heartbeat: the seat is alive; the answer says where journal and clock stand."""
    head = store.beat(holder.attempt, holder.epoch, now_ms=now_ms, unsent=unsent)
    if head is None:
        raise SupersededError
    return _acknowledge(store, head.clock, acked_seq=head.last_seq, digest=head.digest, now_ms=now_ms)


def _acknowledge(store: AnswerStore, clock: Clock, *, acked_seq: int, digest: bytes, now_ms: int) -> Acknowledgement:
    state = clock.state
    # Nothing depends on a timer firing: whoever looks first closes an overdue attempt.
    if state is AttemptState.WORKING and _has_run_out(clock, now_ms) and store.expire(clock.id, now_ms):
        state = AttemptState.EXPIRED
    is_over = state is AttemptState.SUBMITTED or state is AttemptState.EXPIRED
    return Acknowledgement(
        acked_seq=acked_seq,
        digest=digest,
        state=state,
        pause=pause_of(state, paused_ms=clock.paused_ms, break_ends_ms=clock.break_ends_ms, now_ms=now_ms),
        remaining_seconds=0 if is_over else _remaining(store, clock, now_ms),
        received_ms=now_ms,
    )


def _has_run_out(clock: Clock, now_ms: int) -> bool:
    return clock.deadline_ms is not None and is_overdue(
        now_ms, clock.deadline_ms, clock.paused_ms, break_ends_ms=clock.break_ends_ms
    )


def _remaining(store: AnswerStore, clock: Clock, now_ms: int) -> int:
    if clock.deadline_ms is None:
        return store.allowed_seconds(clock.id)  # before `begin`: how long there will be
    return remaining_seconds(now_ms, clock.deadline_ms, clock.paused_ms, break_ends_ms=clock.break_ends_ms)


def _acknowledge_again(
    store: AnswerStore, holder: Holder, *, steps: Sequence[NewStep], now_ms: int, unsent: int
) -> Acknowledgement:
    """The head did not move: say why, unless these very steps, or the first of them, are in the journal already."""
    head = store.head(holder.attempt)
    if head is None or head.epoch != holder.epoch:
        raise SupersededError
    if head.begun_ms is None:
        raise NotAdmittedError
    stored = store.stored(head.clock.id, steps[0].seq, steps[-1].seq)
    is_known = bool(stored) and [_sent(step) for step in steps[: len(stored)]] == stored
    if is_known and head.last_seq < steps[len(stored) - 1].seq:
        # They arrived between these two looks, by another request; the head that was seen does not cover them.
        return _acknowledge_again(store, holder, steps=steps, now_ms=now_ms, unsent=unsent)
    if is_known and len(stored) == len(steps):
        return _acknowledge(store, head.clock, acked_seq=head.last_seq, digest=head.digest, now_ms=now_ms)
    if head.sealed_ms is not None:
        raise SealedError
    if is_known:
        # The acknowledgement of the first ones was lost, and the candidate went on: the others follow the head.
        rest = steps[len(stored) :]
        return append(store, holder, prev=head.digest, steps=rest, now_ms=now_ms, unsent=unsent)
    raise ChainMismatchError(last_seq=head.last_seq, digest=head.digest.hex())


def _sent(step: NewStep) -> tuple[object, ...]:
    return (step.seq, step.kind.value, step.item, step.option, step.value, step.at_ms)
