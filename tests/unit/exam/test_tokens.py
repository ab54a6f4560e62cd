"""Tokens: read once and remembered, but never longer than they live; what is forged is never remembered."""

import uuid

import pytest

from exam.tokens import ATTEMPT_SECONDS, AttemptToken, SessionToken, Tokens

SEAT = AttemptToken(attempt=uuid.UUID(int=1), form=uuid.UUID(int=2), epoch=3)


class Clock:
    """The clock of the machine, which the test moves."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(1_790_000_000.0)
    monkeypatch.setattr("time.time", clock)
    return clock


def test_a_token_that_was_read_before_still_dies_of_age(clock: Clock) -> None:
    own = Tokens(bytes(32))
    text = own.sign_attempt(SEAT)
    assert own.read_attempt(text) == SEAT
    clock.now += ATTEMPT_SECONDS
    assert own.read_attempt(text) == SEAT
    clock.now += 1
    assert own.read_attempt(text) is None
    assert own.read_attempt(text, within_seconds=None) == SEAT


def test_a_server_clock_that_is_put_back_keeps_nobody_out(clock: Clock) -> None:
    own = Tokens(bytes(32))
    text = own.sign_attempt(SEAT)
    clock.now -= 2
    assert own.read_attempt(text) == SEAT


def test_forged_and_foreign_tokens_are_refused_again_and_again(clock: Clock) -> None:
    own, other = Tokens(bytes(32)), Tokens(bytes(31) + b"1")
    assert clock.now > 0
    session = own.sign_session(SessionToken(enrolment=uuid.UUID(int=4), card="c"))
    for text in ("", "x", own.sign_attempt(SEAT) + "x", other.sign_attempt(SEAT), session):
        assert [own.read_attempt(text) for _ in range(2)] == [None, None]
    assert own._known.cache_info().currsize == 0
