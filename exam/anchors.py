"""Heads that leave the server: what is said about a sitting or about the audit journal at one moment, signed.

Whoever holds the database can rewrite a journal and all its digests. He cannot rewrite what left the server before:
a line that names the head of each journal, kept in a file of its own and on a second server. Each line names the
line before it, so that none can be taken away unseen.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from exam import merkle
from exam.errors import AnchorUnreadableError
from exam.timing import MINUTE_MS, epoch_ms

AUDIT = "audit"
FIRST = ""  # what the first line of a subject names as the one before it

Hex32 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, lt=2**62)]
Id = Annotated[uuid.UUID, Field(strict=False)]  # written as text
Runs = Annotated[str, Field(pattern="^([0-9]{1,8}[ola])*$")]
Name16 = Annotated[str, Field(pattern="^([0-9a-f]{16})?$")]
State = Literal["submitted", "expired"]
Ending = Annotated[tuple[Id, State, Runs, Name16], Field(strict=False)]
Change = Annotated[tuple[Id, Count, Hex32], Field(strict=False)]  # JSON knows lists only


@dataclass(frozen=True, order=True)
class Head:
    """Where the journal of one attempt stands."""

    attempt: uuid.UUID
    last_seq: int
    digest: bytes

    @property
    def leaf(self) -> bytes:
        """What the tree of a sitting holds of it."""
        return self.attempt.bytes + self.last_seq.to_bytes(8, "big") + self.digest


@dataclass(frozen=True)
class End:
    """How an attempt ended: state, the marks of its steps as runs, and the name of its receipt, if one was issued."""

    attempt: uuid.UUID
    state: str
    marks: str
    receipt: str


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    at_ms: Count
    previous: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")]
    signature: Annotated[str, Field(max_length=100)]
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class SittingAnchor(_Line):
    """The heads of a sitting's attempts at a moment: the root over all, and those that moved since the line before."""

    kind: Literal["sitting"]
    sitting: Id
    n_attempts: Count
    n_steps: Count
    root: Hex32
    changed: Annotated[tuple[Change, ...], Field(strict=False)]
    # Every attempt of which no line tells that it ended has steps on time only. The first lines did not tell.
    ended: Annotated[tuple[Ending, ...], Field(strict=False)] | None = None

    @property
    def subject(self) -> str:
        """What the line is about."""
        return str(self.sitting)

    @property
    def heads(self) -> list[Head]:
        """The heads that moved."""
        return [Head(attempt, seq, bytes.fromhex(digest)) for attempt, seq, digest in self.changed]

    @property
    def ends(self) -> list[End]:
        """The attempts that ended, or whose end changed by what came after it."""
        return [End(*ending) for ending in self.ended or ()]


class AuditAnchor(_Line):
    """The head of the audit journal at a moment."""

    kind: Literal["audit"]
    n_events: Count
    head: Hex32

    @property
    def subject(self) -> str:
        """What the line is about."""
        return AUDIT


class SealAnchor(BaseModel):
    """A seal on its way out: the statement that was signed when the sitting was sealed, as it is."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: Literal["seal"]
    sitting: uuid.UUID
    n_attempts: Count
    root: Hex32
    sealed_at: datetime
    signature: Annotated[str, Field(max_length=100)]
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]

    @property
    def subject(self) -> str:
        """What the line is about."""
        return seal_subject(self.sitting)

    @property
    def at_ms(self) -> int:
        """When the sitting was sealed."""
        return epoch_ms(self.sealed_at)


AnchorLine = SittingAnchor | AuditAnchor | SealAnchor
_line: TypeAdapter[AnchorLine] = TypeAdapter(Annotated[AnchorLine, Field(discriminator="kind")])


def parse(statement: Mapping[str, Any]) -> AnchorLine:
    """What a line says; refused when it is none. Whether it is genuine is another question."""
    try:
        return _line.validate_python(dict(statement))
    except (ValidationError, OverflowError) as error:
        raise AnchorUnreadableError from error


def seal_subject(sitting: uuid.UUID) -> str:
    """Under which subject the seal of a sitting is known to have left."""
    return f"seal {sitting}"


def root_of(heads: Iterable[Head]) -> bytes:
    """The root over all attempts of a sitting, in the order of their public ids."""
    return merkle.root([head.leaf for head in sorted(heads)])


def sitting_statement(
    sitting: uuid.UUID,
    heads: Sequence[Head],
    *,
    changed: Iterable[Head],
    ended: Iterable[End],
    previous: str,
    at_ms: int,
) -> dict[str, Any]:
    """What is signed about a sitting."""
    return {
        "kind": "sitting",
        "sitting": str(sitting),
        "at_ms": at_ms,
        "n_attempts": len(heads),
        "n_steps": sum(head.last_seq for head in heads),
        "root": root_of(heads).hex(),
        "changed": [[str(head.attempt), head.last_seq, head.digest.hex()] for head in sorted(changed)],
        "ended": [
            [str(end.attempt), end.state, end.marks, end.receipt] for end in sorted(ended, key=lambda end: end.attempt)
        ],
        "previous": previous,
    }


def audit_statement(*, n_events: int, head: bytes, previous: str, at_ms: int) -> dict[str, Any]:
    """What is signed about the audit journal."""
    return {"kind": AUDIT, "at_ms": at_ms, "n_events": n_events, "head": head.hex(), "previous": previous}


def name_of(signature: str) -> str:
    """How the next line names the one with this signature."""
    return hashlib.sha256(signature.encode()).hexdigest()


def minute_of(now: datetime, last: int | None) -> int | None:
    """The minute under which a head is kept; None when that minute has its head.

    A server clock that was set back must not stop the heads for an hour: then the minutes go on counting.
    """
    minute = epoch_ms(now) // MINUTE_MS
    if last is None or minute > last:
        return minute
    return None if minute == last else last + 1
