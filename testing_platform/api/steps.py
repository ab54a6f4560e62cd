"""The call that is nearly all of the traffic: keep steps, or answer a heartbeat. Flask and the fast lane use it."""

import uuid
from collections.abc import Sequence
from typing import Any

from exam.answer_path import Acknowledgement, Holder, NewStep, append
from exam.errors import SupersededError
from exam.form_index import FormIndex
from exam.operations.strays import has_strays, keep_strays
from exam.states import StepKind
from exam.timing import epoch_ms
from exam.tokens import AttemptToken
from testing_platform.api.shapes import StepRequest, StepsRequest, read
from testing_platform.wiring import Platform, utc_now


class TokenMissingError(LookupError):
    """The call names nobody: no token came with it."""


_KINDS = {kind.value: kind for kind in StepKind}


def keep_steps(platform: Platform, attempt: uuid.UUID, *, authorization: str, body: bytes) -> dict[str, Any]:
    """Keep what was sent and acknowledge it; the answer is the promise that it is on disk."""
    sent = read(StepsRequest, body)
    token = holder_of(platform, authorization, attempt)
    steps = _canonical(sent.steps, _index_of(platform, token)) if sent.steps else []
    holder = Holder(attempt=token.attempt, epoch=token.epoch)
    prev = bytes.fromhex(sent.prev)
    now_ms = epoch_ms(utc_now())
    try:
        acknowledged = platform.database.answers.run(
            lambda store: append(store, holder, prev=prev, steps=steps, now_ms=now_ms, unsent=sent.unsent)
        )
    except SupersededError:
        if steps:
            _keep_strays(platform, holder, steps)
        raise
    return _answer(acknowledged)


def _keep_strays(platform: Platform, holder: Holder, steps: Sequence[NewStep]) -> None:
    with platform.database.reading() as session:
        if not has_strays(session, holder, steps=steps):
            return
    with platform.database.transaction() as session:
        keep_strays(session, holder, steps=steps, now=utc_now())


def bearer(authorization: str) -> str:
    """The token of an Authorization header; empty when there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def holder_of(platform: Platform, authorization: str, attempt: uuid.UUID | None = None) -> AttemptToken:
    """The seat that an Authorization header speaks for; a token for another attempt is as good as none."""
    text = bearer(authorization)
    token = platform.tokens.read_attempt(text)
    if not text:
        raise TokenMissingError
    if token is None or (attempt is not None and token.attempt != attempt):
        raise SupersededError
    return token


def _index_of(platform: Platform, token: AttemptToken) -> FormIndex:
    known = platform.form_indexes.known(token.form)
    if known is not None:
        return known
    with platform.database.reading() as session:
        return platform.form_indexes.load(session, token.form)


def _canonical(sent: list[StepRequest], index: FormIndex) -> list[NewStep]:
    return [_canonical_step(step, index) for step in sent]


def _canonical_step(step: StepRequest, index: FormIndex) -> NewStep:
    item = None if step.item is None else index.position_of(step.item)
    option = None if step.option is None or item is None else index.option_of(item, step.option)
    return NewStep(seq=step.seq, kind=_KINDS[step.kind], item=item, option=option, value=step.value, at_ms=step.at)


def _answer(acknowledged: Acknowledgement) -> dict[str, Any]:
    return {
        "acked_seq": acknowledged.acked_seq,
        "digest": acknowledged.digest.hex(),
        "remaining_seconds": acknowledged.remaining_seconds,
        "state": (acknowledged.pause or acknowledged.state).value,
        "received_ms": acknowledged.received_ms,
        "server_time_ms": acknowledged.received_ms,
        "notices": [],
    }
