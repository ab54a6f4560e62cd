"""The runner's contract: session, attempts, form, begin, steps, submit. Each view translates, nothing more."""

import base64
import json
import uuid
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request, url_for
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from exam.breaks import pause_of
from exam.credentials import is_participant_number, parse_pin
from exam.errors import DeliveryError, PinMistypedError
from exam.form_files import PACKAGE
from exam.form_index import FormIndex
from exam.model import Attempt, Enrolment, Form
from exam.operations import breaks, delivery
from exam.operations.breaks import rest_of
from exam.operations.codes import Refusal, sign_in_candidate
from exam.operations.delivery import Seat, card_of
from exam.states import AttemptState
from exam.timing import epoch_ms, remaining_seconds
from exam.tokens import AttemptToken, SessionToken
from testing_platform.api.fast_lane import found_before
from testing_platform.api.problems import problem, problem_of
from testing_platform.api.shapes import (
    AttemptRequest,
    BeginRequest,
    BreakRequest,
    RepeatedNameError,
    SessionRequest,
    SubmitRequest,
    read,
)
from testing_platform.api.steps import TokenMissingError, keep_steps
from testing_platform.api.tokens import attempt_token, session_token
from testing_platform.permissions import Permission, requires
from testing_platform.wiring import platform, utc_now

bp = Blueprint("api", __name__, url_prefix="/api/v1")

AnyShape = TypeVar("AnyShape", bound=BaseModel)

_ENDED = frozenset({AttemptState.SUBMITTED, AttemptState.EXPIRED})

FOREVER = "private, max-age=86400, immutable"


@bp.errorhandler(DeliveryError)
def _delivery_error(error: DeliveryError) -> Response:
    return problem_of(error)


@bp.errorhandler(PinMistypedError)
def _mistyped(_error: PinMistypedError) -> Response:
    return problem("pin-mistyped")


@bp.errorhandler(ValidationError)
def _bad_shape(error: ValidationError) -> Response:
    found = [{"where": "/".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors()[:10]]
    return problem("bad-request", errors=found)


@bp.errorhandler(RepeatedNameError)
def _two_readings(_error: RepeatedNameError) -> Response:
    return problem("bad-request", errors=[{"where": "", "what": "a name stands twice in one object"}])


@bp.errorhandler(TokenMissingError)
def _nobody(_error: TokenMissingError) -> Response:
    return problem("token-missing")


def _parsed(shape: type[AnyShape]) -> AnyShape:
    return read(shape, _body())


def _body() -> bytes:
    """What was sent. A body without a length is cut off at the limit by the framework, so look whether more follows."""
    body = request.get_data(cache=False)
    has_end = request.content_length is None and request.environ.get("wsgi.input_terminated")
    if has_end and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


@bp.post("/session")
@requires(Permission.CANDIDATE)
def sign_in() -> Response:
    """Sign a candidate in."""
    body = _parsed(SessionRequest)
    pin = parse_pin(body.pin)
    number = "".join(body.participant_number.split()).replace("-", "")
    if not is_participant_number(number):
        return problem("bad-credentials")
    with platform().database.transaction() as session:
        outcome = sign_in_candidate(
            session,
            participant_number=number,
            pin=pin,
            keys=platform().keys,
            now=utc_now(),
        )
        answer = None if isinstance(outcome, Refusal) else _session_answer(outcome)
    return jsonify(answer) if answer else _refused(outcome)


def _refused(outcome: object) -> Response:
    assert isinstance(outcome, Refusal)  # noqa: S101 - narrows the type; the caller has ruled out the rest
    extra: dict[str, Any] = {}
    if outcome.retry_after_seconds:
        extra["retry_after_seconds"] = outcome.retry_after_seconds
    if outcome.tries_left is not None:
        extra["tries_left"] = outcome.tries_left
    return problem(outcome.code, **extra)


def _session_answer(enrolment: Enrolment) -> dict[str, Any]:
    sitting = enrolment.sitting
    token = SessionToken(enrolment=enrolment.public_id, card=card_of(enrolment))
    return {
        "session_token": platform().tokens.sign_session(token),
        "candidate": {
            "participant_number": enrolment.participant_number,
            "name": enrolment.teacher.full_name,
            "seat": enrolment.seat,
        },
        "sittings": [
            {
                "id": str(sitting.public_id),
                "title": sitting.title,
                "site": sitting.site.name,
                "room": sitting.room,
                "opens_at": sitting.opens_at.isoformat(),
                "closes_at": sitting.closes_at.isoformat(),
                "time_zone": sitting.site.time_zone.value,
                "state": sitting.state.value,
                "duration_seconds": sitting.duration_seconds,
            },
        ],
    }


@bp.post("/attempts")
@requires(Permission.CANDIDATE)
def take_seat() -> Response:
    """Start or resume an attempt."""
    body = _parsed(AttemptRequest)
    token = session_token()
    now = utc_now()
    with platform().database.transaction() as session:
        enrolment = token and delivery.enrolment_of_session(session, enrolment=token.enrolment, card=token.card)
        if not enrolment or str(enrolment.sitting.public_id) != body.sitting:
            return problem("session-expired")
        outcome = delivery.take_seat(
            session,
            enrolment,
            start_code=body.start_code,
            device=body.device,
            keys=platform().keys,
            now=now,
        )
        if isinstance(outcome, Refusal):
            answer = None
        else:
            index = platform().form_indexes.load(session, outcome.form.public_id)
            answer = _seat_answer(outcome, index, epoch_ms(now))
    return jsonify(answer) if answer else _refused(outcome)


def _seat_answer(seat: Seat, index: FormIndex, now_ms: int) -> dict[str, Any]:
    attempt, form = seat.attempt, seat.form
    token = AttemptToken(attempt=attempt.public_id, form=form.public_id, epoch=attempt.epoch)
    return {
        "attempt": str(attempt.public_id),
        "token": platform().tokens.sign_attempt(token),
        "sitting": str(seat.enrolment.sitting.public_id),
        "state": _state_of(attempt, now_ms),
        "title": seat.enrolment.sitting.title,
        "candidate": {
            "participant_number": seat.enrolment.participant_number,
            "name": seat.enrolment.teacher.full_name,
            "seat": seat.enrolment.seat,
        },
        **_form_answer(form, index),
        "order": [index.item_key(position) for position in attempt.item_order],
        "duration_seconds": seat.enrolment.sitting.duration_seconds + 60 * seat.enrolment.extra_minutes,
        "remaining_seconds": _remaining(attempt, now_ms),
        "last_seq": attempt.last_seq,
        "digest": attempt.digest.hex(),
        "answers": {
            index.item_key(item): index.option_key(item, option) for item, option in seat.journal.answers.items()
        },
        "flags": [index.item_key(item) for item in sorted(seat.journal.flags)],
        "reports": [{"item": index.item_key(item), "at": at_ms} for item, at_ms in seat.reports],
        "receipt": json.loads(attempt.receipt) if attempt.receipt else None,
        "break_seconds_left": rest_of(attempt).left_ms(now_ms) // 1000,
        "emergency_key": _base64(platform().keys.emergency_public),
        "server_time_ms": now_ms,
    }


def _form_answer(form: Form, index: FormIndex) -> dict[str, Any]:
    return {
        "form_url": url_for("api.form", form_id=form.public_id),
        "form_digest": form.digest.hex(),
        "form_sha256": form.package_sha256,
        "form_bytes": form.package_size,
        "media": [
            {
                "url": url_for("api.picture", form_id=form.public_id, sha256=picture.sha256),
                "sha256": picture.sha256,
                "bytes": picture.size,
                "type": picture.media_type,
            }
            for picture in index.pictures
        ],
    }


def _state_of(attempt: Attempt, now_ms: int) -> str:
    pause = pause_of(attempt.state, paused_ms=attempt.paused_ms, break_ends_ms=attempt.break_ends_ms, now_ms=now_ms)
    return (pause or attempt.state).value


def _remaining(attempt: Attempt, now_ms: int) -> int:
    if attempt.state in _ENDED:
        return 0
    if attempt.deadline_ms is None:
        return attempt.sitting.duration_seconds + 60 * attempt.enrolment.extra_minutes
    return remaining_seconds(now_ms, attempt.deadline_ms, attempt.paused_ms, break_ends_ms=attempt.break_ends_ms)


@bp.get("/forms/<uuid:form_id>")
@requires(Permission.CANDIDATE)
def form(form_id: uuid.UUID) -> Response:
    """The ciphertext of a form: the same bytes for all candidates, unreadable until `begin`."""
    return _sealed(form_id, PACKAGE)


@bp.get("/forms/<uuid:form_id>/media/<sha256>")
@requires(Permission.CANDIDATE)
def picture(form_id: uuid.UUID, sha256: str) -> Response:
    """The ciphertext of a picture of a form."""
    return _sealed(form_id, sha256)


def _sealed(form_id: uuid.UUID, name: str) -> Response:
    if attempt_token().form != form_id:
        return problem("not-found")
    file = platform().form_files.known(form_id, name)
    if file is None:
        with platform().database.reading() as session:
            file = platform().form_files.load(session, form_id, name)
    if file is None:
        return problem("not-found")
    response = Response(file.content, mimetype="application/octet-stream")
    response.headers["Cache-Control"] = FOREVER
    response.set_etag(file.sha256)
    response.make_conditional(request)
    return response


@bp.post("/attempts/<uuid:attempt_id>/begin")
@requires(Permission.CANDIDATE)
def begin(attempt_id: uuid.UUID) -> Response:
    """Start the clock and hand out the form's key."""
    _parsed(BeginRequest)
    token = attempt_token(attempt_id)
    now = utc_now()
    with platform().database.transaction() as session:
        attempt, key = delivery.begin(
            session,
            attempt=token.attempt,
            epoch=token.epoch,
            keys=platform().keys,
            now=now,
        )
        answer = {
            "form_key": _base64(key),
            "remaining_seconds": _remaining(attempt, epoch_ms(now)),
            "state": _state_of(attempt, epoch_ms(now)),
            "server_time_ms": epoch_ms(now),
        }
    response = jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


@bp.post("/attempts/<uuid:attempt_id>/steps")
@requires(Permission.CANDIDATE)
def steps(attempt_id: uuid.UUID) -> Response:
    """Keep steps; the answer is the promise that they are on disk."""
    found = found_before(request.environ)
    if found is not None:
        raise found
    body = _body()
    authorization = request.headers.get("Authorization", "")
    return jsonify(keep_steps(platform(), attempt_id, authorization=authorization, body=body))


@bp.post("/attempts/<uuid:attempt_id>/break")
@requires(Permission.CANDIDATE)
def rest(attempt_id: uuid.UUID) -> Response:
    """Take a break that was granted beforehand, or go on."""
    body = _parsed(BreakRequest)
    token = attempt_token(attempt_id)
    now = utc_now()
    with platform().database.transaction() as session:
        held = delivery.held_attempt(session, attempt=token.attempt, epoch=token.epoch, now=now)
        act = breaks.begin_break if body.on else breaks.end_break
        act(session, held, now=now)
        answer = {
            "state": _state_of(held, epoch_ms(now)),
            "remaining_seconds": _remaining(held, epoch_ms(now)),
            "break_seconds_left": rest_of(held).left_ms(epoch_ms(now)) // 1000,
            "server_time_ms": epoch_ms(now),
        }
    return jsonify(answer)


@bp.post("/attempts/<uuid:attempt_id>/submit")
@requires(Permission.CANDIDATE)
def submit(attempt_id: uuid.UUID) -> Response:
    """Hand in; the receipt is signed and always the same."""
    body = _parsed(SubmitRequest)
    token = attempt_token(attempt_id)
    with platform().database.transaction() as session:
        attempt = delivery.submit(
            session,
            attempt=token.attempt,
            epoch=token.epoch,
            last_seq=body.last_seq,
            prev=bytes.fromhex(body.prev),
            keys=platform().keys,
            now=utc_now(),
        )
        receipt = json.loads(attempt.receipt or "{}")
    return jsonify({"receipt": receipt, "answered": receipt["answered"], "submitted_at": receipt["submitted_at"]})
