"""Proves how a sitting went, from its rows and from what left the server; names the first step that is broken.

A journal is followed from its beginning, which is computed anew from who sat, which form and in which order. What was
signed before says that it is still the same journal: the heads of each minute, the receipt, the seal. Steps after the
last of these hold together, and nothing outside the database says that they are the steps of that day.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from exam.act_proof import ActBook, GivenFacts, judge_acts
from exam.anchor_book import AnchorBook, Named, Row, Standing
from exam.anchors import seal_subject
from exam.findings import Fault, Finding
from exam.journal import JournalStep, genesis, link, replay
from exam.mark_proof import SLACK_MS, ClockFacts, are_breaks_possible, is_deadline_possible, is_mark_possible
from exam.receipts import receipt_name
from exam.seals import SealedLeaf, marks_digest, marks_of_runs, root_of
from exam.statements import is_genuine
from exam.states import AttemptState, StepMark
from exam.timing import epoch_ms

Journal = Iterable[tuple[JournalStep, StepMark, bytes]]


@dataclass(frozen=True)
class AttemptFacts:
    """An attempt as the database tells it; no name of a person."""

    attempt: uuid.UUID
    enrolment: uuid.UUID
    seat: int
    participant_number: str
    form_digest: bytes
    n_items: int
    item_order: bytes
    genesis: bytes
    last_seq: int
    digest: bytes
    receipt: str | None
    state: AttemptState
    clock: ClockFacts


@dataclass(frozen=True)
class SittingFacts:
    """A sitting as the database tells it, without its steps."""

    sitting: uuid.UUID
    is_over: bool  # closed or sealed
    is_sealed: bool
    sealed_at: datetime | None
    seal: str | None
    leaves: Sequence[SealedLeaf]  # as kept beside the seal
    attempts: Sequence[AttemptFacts]
    roster: str  # digest of who holds which place now
    given: GivenFacts
    rows: Sequence[Row]  # of its heads
    seal_rows: Sequence[Row]


@dataclass(frozen=True)
class Proof:
    """By what, and when, a journal was known outside the database."""

    by: str  # head, receipt or seal
    seq: int
    at_ms: int


@dataclass(frozen=True)
class AttemptVerdict:
    """What can be said about one attempt."""

    attempt: uuid.UUID
    seat: int
    n_steps: int
    proof: Proof | None  # the one that reaches furthest; none: nothing outside names a step of it
    broken: Finding | None
    leaf: SealedLeaf
    has_no_receipt: bool  # the time ran out, and nobody took a receipt: nothing of the end is in the candidate's hand

    @property
    def n_unproven(self) -> int:
        """Steps that nothing outside the database names yet."""
        return 0 if self.broken else self.n_steps - (self.proof.seq if self.proof else 0)


@dataclass(frozen=True)
class SittingVerdict:
    """What can be said about a sitting."""

    sitting: uuid.UUID
    attempts: Sequence[AttemptVerdict]
    findings: Sequence[Finding]  # about the sitting as a whole: seal, lines, attempts that are gone
    n_heads: int
    last_head_ms: int | None
    is_over: bool
    is_sealed: bool

    @property
    def is_broken(self) -> bool:
        """True when anything is wrong."""
        return bool(self.findings) or any(attempt.broken for attempt in self.attempts)

    @property
    def is_unproven(self) -> bool:
        """True when nothing outside names a step of it, or names not all of them though it is over."""
        n_steps = sum(attempt.n_steps for attempt in self.attempts)
        n_unproven = sum(attempt.n_unproven for attempt in self.attempts)
        return not self.is_broken and n_unproven > 0 and (self.is_over or n_unproven == n_steps)


# One attempt ------------------------------------------------------------------------------------------------------


def judge_attempt(
    facts: AttemptFacts,
    journal: Journal,
    *,
    named: Sequence[Named],
    public_key: bytes,
    standing: Standing | None = None,
) -> AttemptVerdict:
    """Follow one journal from its beginning to its end."""
    named = sorted(named, key=lambda head: (head.last_seq, head.at_ms))
    walk = _Walk(facts, journal, named)
    broken = walk.broken or _broken_receipt(facts, walk, public_key) or _broken_clock(facts, walk)
    broken = broken or (_broken_end(facts, walk, standing) if standing else None)
    if broken is not None:
        broken = replace(broken, attempt=facts.attempt, seat=facts.seat)
    return AttemptVerdict(
        attempt=facts.attempt,
        seat=facts.seat,
        n_steps=len(walk.digests) - 1,
        proof=None if broken else _furthest(facts, named),
        broken=broken,
        leaf=SealedLeaf(facts.attempt, facts.last_seq, facts.digest, marks_digest(walk.marks), facts.state),
        has_no_receipt=facts.state is AttemptState.EXPIRED and len(walk.marks) > 0 and facts.receipt is None,
    )


class _Walk:
    """One pass over the steps of a journal; stops judging at the first fault, and reads on for the marks."""

    def __init__(self, facts: AttemptFacts, journal: Journal, named: Sequence[Named]) -> None:
        self.steps: list[JournalStep] = []
        self.marks: list[StepMark] = []
        self.digests = [
            genesis(
                attempt=facts.attempt,
                enrolment=facts.enrolment,
                form_digest=facts.form_digest,
                item_order=facts.item_order,
            )
        ]
        self.broken = self._beginning(facts)
        for step, mark, digest in journal:
            self.broken = self.broken or self._next(facts, step, mark, digest)
            self.steps.append(step)
            self.marks.append(mark)
        self.broken = _earlier(self._rewritten(named), self.broken) or self._end(facts)

    def _beginning(self, facts: AttemptFacts) -> Finding | None:
        in_order = sorted(facts.item_order) == list(range(1, facts.n_items + 1))
        return None if in_order and facts.genesis == self.digests[0] else Finding(Fault.BEGINNING, seq=0)

    def _next(self, facts: AttemptFacts, step: JournalStep, mark: StepMark, digest: bytes) -> Finding | None:
        expected = len(self.digests)
        if step.seq != expected:
            return Finding(Fault.STEP_MISSING, seq=expected)
        if link(self.digests[-1], step) != digest:
            return Finding(Fault.STEP_CHANGED, seq=expected)
        self.digests.append(digest)
        if not is_mark_possible(facts.clock, seq=expected, received_ms=step.received_ms, mark=mark):
            return Finding(Fault.MARK, seq=expected)
        return None

    def _rewritten(self, named: Sequence[Named]) -> Finding | None:
        """The first head outside that does not lie on this journal; what lies between it and the one before is open."""
        since = 1
        for head in named:
            if head.last_seq >= len(self.digests):
                if self.broken is not None:
                    return None  # the journal breaks before it comes so far
                return Finding(Fault.STEPS_CUT, seq=len(self.digests), at_ms=head.at_ms, where=head.where)
            if self.digests[head.last_seq] != head.digest:
                first = min(since, head.last_seq)
                return Finding(Fault.REWRITTEN, seq=first, until_seq=head.last_seq, at_ms=head.at_ms, where=head.where)
            since = head.last_seq + 1
        return None

    def _end(self, facts: AttemptFacts) -> Finding | None:
        last = len(self.digests) - 1
        if self.broken is not None:
            return self.broken
        if facts.last_seq > last:
            return Finding(Fault.STEPS_CUT, seq=last + 1)
        return None if (facts.last_seq, facts.digest) == (last, self.digests[-1]) else Finding(Fault.HEAD, seq=last)


def _earlier(one: Finding | None, other: Finding | None) -> Finding | None:
    if one is None or other is None:
        return one or other
    return one if (one.until_seq or one.seq or 0) < (other.seq or 0) else other


def _broken_receipt(facts: AttemptFacts, walk: _Walk, public_key: bytes) -> Finding | None:
    if facts.receipt is None:
        return Finding(Fault.RECEIPT_GONE) if facts.state is AttemptState.SUBMITTED else None
    receipt = _receipt(facts)
    if receipt.get("attempt") != str(facts.attempt) or not is_genuine(receipt, public_key):
        return Finding(Fault.RECEIPT_FORGED)
    if receipt["participant_number"] != facts.participant_number:
        return Finding(Fault.RECEIPT_PERSON)
    seq = receipt["last_seq"]
    if seq >= len(walk.digests) or receipt["digest"] != walk.digests[seq].hex():
        return Finding(Fault.RECEIPT_WRONG, seq=min(seq, len(walk.digests)), until_seq=seq)
    if StepMark.LATE in walk.marks[:seq]:
        return None  # an outage that was approved by then may have made late answers count
    before = zip(walk.steps[:seq], walk.marks[:seq], strict=True)
    counted = replay((step.kind, step.item, step.option, step.value, mark) for step, mark in before)
    return None if len(counted.answers) == receipt["answered"] else Finding(Fault.RECEIPT_WRONG, seq=seq)


def _broken_clock(facts: AttemptFacts, walk: _Walk) -> Finding | None:
    clock = facts.clock
    if not is_deadline_possible(clock):
        return Finding(Fault.DEADLINE)
    if walk.steps and (clock.begun_ms is None or walk.steps[0].received_ms < clock.begun_ms - SLACK_MS):
        return Finding(Fault.BEGIN)
    return None if are_breaks_possible(clock) else Finding(Fault.BREAKS)


def _broken_end(facts: AttemptFacts, walk: _Walk, standing: Standing) -> Finding | None:
    """Against how the attempt ended, and how its steps were marked, when a head of it left the server."""
    end = standing.end
    marks = [StepMark.ON_TIME] * standing.on_time_until if end is None else marks_of_runs(end.marks)
    for seq, (said, now) in enumerate(zip(marks, walk.marks, strict=False), start=1):
        if said is not now:
            return Finding(Fault.MARK, seq=seq, at_ms=standing.at_ms, where=standing.where)
    if end is not None and end.state != facts.state.value:
        return Finding(Fault.END, at_ms=standing.at_ms, where=standing.where)
    if end is None or not end.receipt or end.receipt == receipt_name(facts.receipt or ""):
        return None
    fault = Fault.RECEIPT_GONE if facts.receipt is None else Fault.RECEIPT_WRONG
    return Finding(fault, at_ms=standing.at_ms, where=standing.where)


def _furthest(facts: AttemptFacts, named: Sequence[Named]) -> Proof | None:
    """The proof that reaches furthest, and of those the earliest."""
    proofs = [Proof("head", head.last_seq, head.at_ms) for head in named if head.last_seq > 0]
    if facts.receipt is not None:
        receipt = _receipt(facts)
        at = datetime.fromisoformat(receipt["submitted_at"])
        proofs.append(Proof("receipt", receipt["last_seq"], epoch_ms(at)))
    return max(proofs, key=lambda proof: (proof.seq, -proof.at_ms), default=None)


def _receipt(facts: AttemptFacts) -> Mapping[str, Any]:
    try:
        receipt = json.loads(facts.receipt or "")
    except ValueError:
        return {}
    return receipt if isinstance(receipt, dict) else {}


# A sitting --------------------------------------------------------------------------------------------------------


def judge_sitting(
    facts: SittingFacts, verdicts: Sequence[AttemptVerdict], *, book: AnchorBook, acts: ActBook, public_key: bytes
) -> SittingVerdict:
    """Put the attempts together and hold them against the seal, the lines outside and the acts of staff."""
    subject, heads = str(facts.sitting), book.entries(str(facts.sitting))
    lines = [*book.faults(subject, facts.rows), *book.faults(seal_subject(facts.sitting), facts.seal_rows)]
    seal = list(_seal_findings(facts, verdicts, book=book, public_key=public_key))
    if facts.seal is not None and not seal:
        verdicts = [_sealed(verdict, facts) for verdict in verdicts]
    return SittingVerdict(
        sitting=facts.sitting,
        attempts=verdicts,
        findings=_each_once([*lines, *_gone(facts, book), *judge_acts(facts.given, acts), *seal]),
        n_heads=len(heads),
        last_head_ms=heads[-1].line.at_ms if heads else None,
        is_over=facts.is_over,
        is_sealed=facts.is_sealed,
    )


def unreadable(sitting: uuid.UUID, what: str) -> SittingVerdict:
    """The verdict over a sitting whose rows cannot be read."""
    found = Finding(Fault.UNREADABLE, where=what)
    return SittingVerdict(sitting, [], [found], n_heads=0, last_head_ms=None, is_over=False, is_sealed=False)


def _each_once(findings: Iterable[Finding]) -> list[Finding]:
    """Without what was found a second time from another side."""
    known = {
        (each.fault, each.attempt, each.seat, each.where if each.attempt is None else ""): each for each in findings
    }
    return list(known.values())


def _gone(facts: SittingFacts, book: AnchorBook) -> list[Finding]:
    """Attempts that a line names and the database lacks."""
    here, named = {each.attempt for each in facts.attempts}, book.named(str(facts.sitting))
    return [
        Finding(Fault.ATTEMPT_GONE, attempt=attempt, at_ms=heads[0].at_ms, where=heads[0].where)
        for attempt, heads in named.items()
        if attempt not in here
    ]


def _seal_findings(
    facts: SittingFacts, verdicts: Sequence[AttemptVerdict], *, book: AnchorBook, public_key: bytes
) -> Iterator[Finding]:
    outside = book.entries(seal_subject(facts.sitting))
    if not facts.is_sealed and not outside and facts.seal is None:
        return
    if facts.seal is None:
        yield Finding(Fault.SEAL_GONE, where=outside[0].at.where if outside else "")
        return
    statement = _parsed(facts.seal)
    if statement.get("sitting") != str(facts.sitting) or not is_genuine(statement, public_key):
        yield Finding(Fault.SEAL_FORGED)
    elif any(entry.statement != statement for entry in outside):
        yield Finding(Fault.SEAL_CONTRADICTED, where=outside[0].at.where)
    else:
        yield from _against_seal(facts, statement, verdicts)


def _against_seal(
    facts: SittingFacts, statement: Mapping[str, Any], verdicts: Sequence[AttemptVerdict]
) -> Iterator[Finding]:
    if statement.get("roster", facts.roster) != facts.roster:  # the first seals named no roster
        yield Finding(Fault.ROSTER)
    if statement["root"] != root_of(verdict.leaf for verdict in verdicts).hex():
        yield Finding(Fault.SEAL_CONTRADICTED)
        if statement["root"] == root_of(facts.leaves).hex():
            yield from _not_as_sealed(facts.leaves, verdicts)


def _not_as_sealed(leaves: Iterable[SealedLeaf], verdicts: Iterable[AttemptVerdict]) -> Iterator[Finding]:
    """Which attempts differ from what the root is over."""
    now = {verdict.attempt: verdict for verdict in verdicts}
    for leaf in leaves:
        if leaf.attempt not in now:
            yield Finding(Fault.ATTEMPT_GONE, attempt=leaf.attempt, where="the seal")
        elif now[leaf.attempt].leaf != leaf:
            yield Finding(Fault.NOT_AS_SEALED, attempt=leaf.attempt, seat=now[leaf.attempt].seat)
    for attempt in sorted(now.keys() - {leaf.attempt for leaf in leaves}):
        yield Finding(Fault.ATTEMPT_NEW, attempt=attempt, seat=now[attempt].seat)


def _sealed(verdict: AttemptVerdict, facts: SittingFacts) -> AttemptVerdict:
    """A seal that holds proves every step of an attempt that is not broken by itself."""
    if verdict.broken or facts.sealed_at is None or (verdict.proof and verdict.proof.seq == verdict.n_steps):
        return verdict
    return replace(verdict, proof=Proof("seal", verdict.n_steps, epoch_ms(facts.sealed_at)))


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        statement = json.loads(text)
    except ValueError:
        return {}
    return statement if isinstance(statement, dict) else {}


__all__ = [
    "AttemptFacts",
    "AttemptState",
    "AttemptVerdict",
    "Proof",
    "SittingFacts",
    "SittingVerdict",
    "judge_attempt",
    "judge_sitting",
]
