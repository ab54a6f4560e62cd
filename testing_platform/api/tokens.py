"""Reads the bearer token of a call: who speaks, before any rule is asked."""

import uuid

from flask import request

from exam.errors import SupersededError
from exam.tokens import AttemptToken, SessionToken
from testing_platform.wiring import platform


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def session_token() -> SessionToken | None:
    """The candidate's session; None when there is none, or it is over."""
    return platform().tokens.read_session(_bearer())


def attempt_token(attempt: uuid.UUID | None = None) -> AttemptToken:
    """The seat that the caller holds; a token for another attempt is as good as none."""
    token = platform().tokens.read_attempt(_bearer())
    if token is None or (attempt is not None and token.attempt != attempt):
        raise SupersededError
    return token
