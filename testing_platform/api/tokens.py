"""Reads the bearer token of a call: who speaks, before any rule is asked."""

import uuid

from flask import request

from exam.tokens import AttemptToken, SessionToken
from testing_platform.api.steps import bearer, holder_of
from testing_platform.wiring import platform


def session_token() -> SessionToken | None:
    """The candidate's session; None when there is none, or it is over."""
    return platform().tokens.read_session(bearer(_authorization()))


def attempt_token(attempt: uuid.UUID | None = None) -> AttemptToken:
    """The seat that the caller holds."""
    return holder_of(platform(), _authorization(), attempt)


def _authorization() -> str:
    return request.headers.get("Authorization", "")
