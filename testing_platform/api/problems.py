"""Problems as `application/problem+json` with a stable `type`, translated once from the errors of the exam package."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, json

from exam.errors import (
    ChainMismatchError,
    DeliveryError,
    NoBreakLeftError,
    NotAdmittedError,
    NotWorkingError,
    OtherDeviceError,
    SealedError,
    SittingNotOpenError,
    SupersededError,
    UnknownItemError,
)

# Every problem type that the contract knows, with its status and the sentence for a log or a developer. What a
# candidate reads stands in the runner's own texts, in the candidate's language.
PROBLEMS: Mapping[str, tuple[HTTPStatus, str]] = {
    "bad-request": (HTTPStatus.BAD_REQUEST, "The body does not have the shape that docs/api.md fixes."),
    "pin-mistyped": (
        HTTPStatus.BAD_REQUEST,
        "The check character shows a typing error; nothing was counted.",
    ),
    "bad-credentials": (HTTPStatus.UNAUTHORIZED, "Participant number or PIN is wrong."),
    "session-expired": (HTTPStatus.UNAUTHORIZED, "The session is over, or the card was issued anew: sign in again."),
    "token-missing": (HTTPStatus.UNAUTHORIZED, "The call carries no token: Authorization: Bearer TOKEN."),
    "superseded": (
        HTTPStatus.UNAUTHORIZED,
        "The token does not hold this attempt: the seat was released, or the token is of another attempt or too old.",
    ),
    "bad-start-code": (HTTPStatus.FORBIDDEN, "The start code is not the one that the proctor shows."),
    "not-found": (HTTPStatus.NOT_FOUND, "There is nothing here."),
    "method-not-allowed": (HTTPStatus.METHOD_NOT_ALLOWED, "This address takes another method; see the Allow header."),
    "sitting-not-open": (HTTPStatus.CONFLICT, "The sitting is not open."),
    "other-device": (HTTPStatus.CONFLICT, "Another device holds the attempt; the proctor must release the seat first."),
    "not-admitted": (HTTPStatus.CONFLICT, "The proctor has not admitted this seat, or the attempt is over."),
    "not-working": (HTTPStatus.CONFLICT, "The clock does not run, so there is nothing to take a break from."),
    "no-break-left": (HTTPStatus.CONFLICT, "No break was granted, or it is used up."),
    "chain-mismatch": (HTTPStatus.CONFLICT, "The steps do not continue the journal; go on from last_seq and digest."),
    "sealed": (HTTPStatus.CONFLICT, "The sitting is sealed; its journals are final."),
    "too-large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than 64 kB."),
    "unknown-item": (HTTPStatus.UNPROCESSABLE_ENTITY, "A step names an item or option that is not in this form."),
    "slow-down": (HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong tries; wait before the next one."),
    "server-error": (HTTPStatus.INTERNAL_SERVER_ERROR, "The server failed; what was acknowledged is safe. Try again."),
}

_TYPE_OF: Mapping[type[DeliveryError], str] = {
    SittingNotOpenError: "sitting-not-open",
    OtherDeviceError: "other-device",
    NotWorkingError: "not-working",
    NoBreakLeftError: "no-break-left",
    NotAdmittedError: "not-admitted",
    SupersededError: "superseded",
    ChainMismatchError: "chain-mismatch",
    UnknownItemError: "unknown-item",
    SealedError: "sealed",
}


def problem(kind: str, **extra: Any) -> Response:
    """A problem answer; extra members stand beside the standard ones."""
    status, title = PROBLEMS[kind]
    body = {"type": kind, "title": title, "status": int(status), **extra}
    response = Response(json.dumps(body), status=status, mimetype="application/problem+json")
    if "retry_after_seconds" in extra:
        response.headers["Retry-After"] = str(extra["retry_after_seconds"])
    return response


def problem_of(error: DeliveryError) -> Response:
    """The problem answer for an error of the answer path."""
    return problem(_TYPE_OF[type(error)], **error.parameters)
