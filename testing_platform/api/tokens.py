"""Reads the bearer token of a call: who speaks, before any rule is asked."""

import uuid

from flask import request

from exam.errors import SupersededError
from exam.tokens import AttemptToken, SessionToken
from testing_platform.api.steps import attempt_of, bearer
from testing_platform.wiring import platform


def session_token() -> SessionToken | None:
    """The candidate's session; None when there is none, or it is over."""
    return platform().tokens.read_session(bearer(_authorization()))


def attempt_token(attempt: uuid.UUID | None = None) -> AttemptToken:
    """The seat that the caller holds; a token for another attempt is as good as none."""
    token = attempt_of(platform(), _authorization())
    if token is None or (attempt is not None and token.attempt != attempt):
        raise SupersededError
    return token


def _authorization() -> str:
    return request.headers.get("Authorization", "")
