"""The shapes of the runner's contract. Parsing checks shape and size only; it never acts.

Answers are built as plain dictionaries on the way out: they are ours, and the contract test holds them against
the schemas of `docs/api.md`.
"""

import json
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from exam.step_shape import wrong_with

MAX_STEPS = 50
MAX_UNSENT = 10_000  # acts that wait at the candidate's computer; a whole test makes a few hundred
MAX_MS = 2**52  # far beyond any clock, safe in JavaScript and in a bigint

Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]  # PostgreSQL keeps no zero bytes
Token = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Seq = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]

AnyShape = TypeVar("AnyShape", bound=BaseModel)


def read(shape: type[AnyShape], body: bytes) -> AnyShape:
    """A body as its shape; refused when it has another one, or when a name stands twice in one object."""
    found = shape.model_validate_json(body)
    try:
        # The parser takes the last of two; another reader of the same bytes would take the first.
        _ONCE.decode(body.decode())
    except (ValueError, RecursionError):  # what is in its shape otherwise can only fail in what the parser passed over
        raise RepeatedNameError from None
    return found


class RepeatedNameError(ValueError):
    """A name stands twice in one object, so that two readers could read two things."""


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _value in pairs}) < len(pairs):
        raise RepeatedNameError


_ONCE = json.JSONDecoder(object_pairs_hook=_each_once)  # `json.loads` would make one for each body


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


def _boolean(sent: object) -> object:
    if not isinstance(sent, bool):  # 1 equals True, and is none
        raise ValueError("true or false, not a number")
    return sent


class BeginRequest(Shape):
    """Start the clock; the browser has verified every picture."""

    media_verified: Annotated[Literal[True], BeforeValidator(_boolean)]


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
        wrong = wrong_with(self.kind, item=self.item, option=self.option, value=self.value)
        if wrong is not None:
            raise ValueError(wrong)
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
