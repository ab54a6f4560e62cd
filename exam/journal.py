"""The journal of an attempt as pure functions: canonical bytes of a step, the digest chain, and replay.

The chain is what makes a changed, removed or inserted step visible: each digest covers the one before it, and
the genesis covers who sits, which form, and in which order the items were shown.
"""

import hashlib
import json
import unicodedata
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from exam.states import StepKind, StepMark


@dataclass(frozen=True)
class JournalStep:
    """One act, in the journal's own terms: canonical positions instead of the random ids of the form."""

    seq: int
    kind: StepKind
    item: int | None
    option: int | None
    value: str | None
    at_ms: int
    received_ms: int


@dataclass(frozen=True)
class Replay:
    """What the steps of a journal that count add up to."""

    answers: dict[int, int] = field(default_factory=dict)  # item position -> option position
    flags: frozenset[int] = frozenset()  # items marked doubtful
    viewed: frozenset[int] = frozenset()  # items that were shown at least once


def genesis(*, attempt: uuid.UUID, enrolment: uuid.UUID, form_digest: bytes, item_order: bytes) -> bytes:
    """The digest before the first step: SHA-256 over attempt, enrolment, form digest and item order."""
    return hashlib.sha256(attempt.bytes + enrolment.bytes + form_digest + item_order).digest()


def canonical(step: JournalStep) -> bytes:
    """The bytes of a step that the chain covers: a JSON array without spaces, text in NFC."""
    value = None if step.value is None else unicodedata.normalize("NFC", step.value)
    fields = [step.seq, step.kind.value, step.item, step.option, value, step.at_ms, step.received_ms]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def link(previous: bytes, step: JournalStep) -> bytes:
    """The digest after a step."""
    return hashlib.sha256(previous + canonical(step)).digest()


def chain(previous: bytes, steps: Sequence[JournalStep]) -> list[bytes]:
    """The digest after each step, in order."""
    digests = []
    for step in steps:
        previous = link(previous, step)
        digests.append(previous)
    return digests


def first_broken(start: bytes, steps: Iterable[tuple[JournalStep, bytes]]) -> int | None:
    """The number of the first step whose place or digest does not fit; None when the journal holds."""
    previous, expected_seq = start, 1
    for step, digest in steps:
        previous = link(previous, step)
        if step.seq != expected_seq or previous != digest:
            return expected_seq
        expected_seq += 1
    return None


def replay(
    steps: Iterable[tuple[StepKind, int | None, int | None, str | None, StepMark]],
    *,
    excused: Collection[int] = frozenset(),
) -> Replay:
    """Derive answers, flags and viewed items from a whole journal, in order.

    What counts is decided here and nowhere else: steps on time, and those late ones whose numbers `exam.outages`
    names because an approved outage kept them from the server. Everything else stays in the journal, uncounted.
    """
    answers: dict[int, int] = {}
    flags: set[int] = set()
    viewed: set[int] = set()
    for seq, (kind, item, option, value, mark) in enumerate(steps, start=1):
        if item is None or not (mark is StepMark.ON_TIME or (mark is StepMark.LATE and seq in excused)):
            continue
        viewed.add(item)
        if kind is StepKind.ANSWER:
            _answer(answers, item, option)
        elif kind is StepKind.FLAG:
            (flags.add if value == "on" else flags.discard)(item)
    return Replay(answers=answers, flags=frozenset(flags), viewed=frozenset(viewed))


def _answer(answers: dict[int, int], item: int, option: int | None) -> None:
    if option is None:
        answers.pop(item, None)
    else:
        answers[item] = option
