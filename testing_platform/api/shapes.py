"""The shapes of the runner's contract. Parsing checks shape and size only; it never acts.

Answers are built as plain dictionaries on the way out: they are ours, and the contract test holds them against
the schemas of `docs/api.md`.
"""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MAX_STEPS = 50
MAX_UNSENT = 10_000  # acts that wait at the candidate's computer; a whole test makes a few hundred
MAX_MS = 2**52  # far beyond any clock, safe in JavaScript and in a bigint

Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]  # PostgreSQL keeps no zero bytes
Token = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Seq = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]


class Shape(BaseModel):
    """Unknown fields are refused: a misspelled one must not pass as absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionRequest(Shape):
    """Sign-in."""

    participant_number: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    pin: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class AttemptRequest(Shape):
    """Take a seat, or come back to it."""

    sitting: Annotated[str, StringConstraints(max_length=40)]
    start_code: Annotated[str, StringConstraints(max_length=20)]
    device: Token


class BeginRequest(Shape):
    """Start the clock; the browser has verified every picture."""

    media_verified: Literal[True]


class StepRequest(Shape):
    """One act of the candidate."""

    seq: Annotated[int, Field(ge=1, le=10_000_000, strict=True)]
    kind: Literal["answer", "flag", "view", "focus", "challenge"]
    item: Token | None = None
    option: Token | None = None
    value: Text | None = None
    at: Annotated[int, Field(ge=0, le=MAX_MS, strict=True)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind != "focus" and self.item is None:
            raise ValueError(f"a step of kind {self.kind} needs its item")
        if self.option is not None and self.kind != "answer":
            raise ValueError(f"a step of kind {self.kind} has no option")
        if self.kind == "flag" and self.value not in {"on", "off"}:
            raise ValueError("a flag is on or off")
        return self


class StepsRequest(Shape):
    """Steps in order, after the digest that the server acknowledged last; none is the heartbeat."""

    prev: Digest
    steps: Annotated[list[StepRequest], Field(max_length=MAX_STEPS)]
    unsent: Annotated[int, Field(ge=0, le=MAX_UNSENT, strict=True)] = 0

    @model_validator(mode="after")
    def _is_without_gap(self) -> Self:
        for before, after in pairwise(self.steps):
            if after.seq != before.seq + 1:
                raise ValueError(f"seq {after.seq} follows {before.seq}: steps must be numbered without a gap")
        return self


class BreakRequest(Shape):
    """Take a break, or go on."""

    on: Annotated[bool, Field(strict=True)]


class SubmitRequest(Shape):
    """Hand in."""

    last_seq: Seq
    prev: Digest
