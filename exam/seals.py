"""The seal of a sitting: one root over its attempts as they ended, and the proof that one of them is under it.

A leaf holds what counts of an attempt: where its journal ended, how each step was marked, and its state. The marks
stand in no step's digest, because they are judged when a step arrives; the seal is what makes them final.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from exam import merkle
from exam.states import AttemptState, StepMark

_MARKS = {StepMark.ON_TIME: b"o", StepMark.LATE: b"l", StepMark.AFTER_SUBMIT: b"a"}


@dataclass(frozen=True, order=True)
class SealedLeaf:
    """An attempt as it ended."""

    attempt: uuid.UUID
    last_seq: int
    digest: bytes
    marks: bytes  # see marks_digest
    state: AttemptState

    @property
    def content(self) -> bytes:
        """The bytes of the leaf."""
        place = self.attempt.bytes + self.last_seq.to_bytes(8, "big")
        return place + self.digest + self.marks + self.state.value.encode()


@dataclass(frozen=True)
class SealFacts:
    """What the seal says besides its root."""

    sitting: uuid.UUID
    site: uuid.UUID
    form_digest: bytes
    roster: str  # digest of who holds which place, see exam.places
    outages: Sequence[tuple[int, int]]  # intervals in which late steps count, approved by two people
    n_incidents: int
    sealed_at: datetime


def marks_digest(marks: Iterable[StepMark]) -> bytes:
    """SHA-256 over one letter for each step: o on time, l late, a after submit."""
    return hashlib.sha256(b"".join(_MARKS[mark] for mark in marks)).digest()


def runs_of_marks(n_steps: int, others: Mapping[int, StepMark]) -> str:
    """The marks of a whole journal as runs, `40o2l1a`; `others` are the steps that were not on time."""
    letters = (_MARKS[others.get(seq, StepMark.ON_TIME)].decode() for seq in range(1, n_steps + 1))
    return "".join(f"{len(list(run))}{letter}" for letter, run in groupby(letters))


def marks_of_runs(runs: str) -> list[StepMark]:
    """The marks that runs stand for."""
    by_letter = {letter.decode(): mark for mark, letter in _MARKS.items()}
    return [by_letter[letter] for n, letter in re.findall(r"(\d+)([ola])", runs) for _ in range(int(n))]


def root_of(leaves: Iterable[SealedLeaf]) -> bytes:
    """The root over all attempts, in the order of their public ids."""
    return merkle.root([leaf.content for leaf in sorted(leaves)])


def seal_statement(facts: SealFacts, leaves: Sequence[SealedLeaf]) -> dict[str, Any]:
    """What is signed when a sitting is sealed."""
    return {
        "kind": "seal",
        "sitting": str(facts.sitting),
        "site": str(facts.site),
        "form_digest": facts.form_digest.hex(),
        "roster": facts.roster,
        "n_attempts": len(leaves),
        "root": root_of(leaves).hex(),
        "outages": [list(outage) for outage in facts.outages],
        "n_incidents": facts.n_incidents,
        "sealed_at": facts.sealed_at.isoformat(timespec="milliseconds"),
    }


def as_text(leaves: Iterable[SealedLeaf]) -> str:
    """Leaves as they are kept beside the seal."""
    return json.dumps([_written(leaf) for leaf in sorted(leaves)], separators=(",", ":"))


def from_text(text: str) -> list[SealedLeaf]:
    """Leaves as they were kept."""
    return [
        SealedLeaf(
            uuid.UUID(leaf["attempt"]),
            leaf["last_seq"],
            bytes.fromhex(leaf["digest"]),
            bytes.fromhex(leaf["marks"]),
            AttemptState(leaf["state"]),
        )
        for leaf in json.loads(text)
    ]


def inclusion(leaves: Sequence[SealedLeaf], attempt: uuid.UUID) -> dict[str, Any]:
    """Where an attempt stands under the seal, and the hashes that lead from it to the root."""
    ordered = sorted(leaves)
    index = [leaf.attempt for leaf in ordered].index(attempt)
    beside = merkle.proof([leaf.content for leaf in ordered], index)
    return {
        "leaf": {**_written(ordered[index]), "bytes": ordered[index].content.hex()},
        "index": index,
        "size": len(ordered),
        "path": [each.hex() for each in beside],
    }


def _written(leaf: SealedLeaf) -> dict[str, Any]:
    return {
        "attempt": str(leaf.attempt),
        "last_seq": leaf.last_seq,
        "digest": leaf.digest.hex(),
        "marks": leaf.marks.hex(),
        "state": leaf.state.value,
    }
