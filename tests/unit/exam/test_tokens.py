"""Signed tokens: forged and old ones open nothing, and a server clock that was set back puts nobody out."""

import time
import uuid

import pytest

from exam.tokens import ATTEMPT_SECONDS, SESSION_SECONDS, AttemptToken, SessionToken, Tokens
from tests.exam_room import KEYS

ATTEMPT = AttemptToken(attempt=uuid.UUID(int=1), form=uuid.UUID(int=2), epoch=3)
SESSION = SessionToken(enrolment=uuid.UUID(int=4), card="ab" * 8)


def after(seconds: int, monkeypatch: pytest.MonkeyPatch) -> Tokens:
    """Whoever reads tokens so many seconds after they were signed."""
    then = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: then)
    return Tokens(KEYS.token)


@pytest.fixture
def signed() -> tuple[str, str]:
    ours = Tokens(KEYS.token)
    return ours.sign_attempt(ATTEMPT), ours.sign_session(SESSION)


def test_what_was_signed_is_read(signed: tuple[str, str]) -> None:
    ours = Tokens(KEYS.token)
    assert (ours.read_attempt(signed[0]), ours.read_session(signed[1])) == (ATTEMPT, SESSION)


@pytest.mark.parametrize("seconds", [-1, -3600, -(26 * 365 * 86_400)])
def test_a_clock_that_was_set_back_puts_nobody_out(
    signed: tuple[str, str], seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = after(seconds, monkeypatch)
    assert (later.read_attempt(signed[0]), later.read_session(signed[1])) == (ATTEMPT, SESSION)


def test_old_tokens_open_nothing_unless_any_age_will_do(
    signed: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = after(max(ATTEMPT_SECONDS, SESSION_SECONDS) + 2, monkeypatch)
    assert (later.read_attempt(signed[0]), later.read_session(signed[1])) == (None, None)
    assert later.read_attempt(signed[0], within_seconds=None) == ATTEMPT


def test_a_token_of_one_kind_or_of_another_server_opens_nothing(signed: tuple[str, str]) -> None:
    ours, others = Tokens(KEYS.token), Tokens(bytes(32))
    assert (ours.read_attempt(signed[1]), ours.read_session(signed[0])) == (None, None)
    assert (others.read_attempt(signed[0]), others.read_session(signed[1])) == (None, None)
    assert ours.read_attempt(signed[0][:-2], within_seconds=None) is None
