"""Emergency files in a room: note the fingerprint, take the file in, and let a second person import it."""

import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from exam.emergency import MOST_BYTES, read_envelope
from exam.errors import ExamError
from exam.model import Attempt, EmergencyFile, Sitting
from exam.operations.emergency import (
    Opener,
    import_file,
    note_fingerprint,
    outlook,
    receive_file,
    strike_fingerprint,
)
from exam.queries.emergency import begun_seats, emergency_files, find_emergency_file, noted_fingerprints
from exam.queries.sittings import find_attempt
from exam.states import SittingState, StepMark
from exam.timing import instant
from registry.columns import Document
from testing_platform.error_texts import error_text
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.room_entry import entered
from testing_platform.wiring import platform, utc_now

bp = Blueprint("emergency", __name__, url_prefix="/ruang")


@bp.get("/<uuid:sitting_id>/berkas-darurat")
@requires(Permission.EMERGENCY_NOTE)
def show(sitting_id: uuid.UUID) -> str:
    """What was noted and received, and the forms for both."""
    with platform().database.reading() as session:
        return _page(session, entered(session, sitting_id), Asked(seat=request.args.get("kursi", "")))


@bp.post("/<uuid:sitting_id>/berkas-darurat/sidik")
@requires(Permission.EMERGENCY_NOTE)
def note(sitting_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Note a fingerprint, while the candidate is still there."""
    asked = Asked(seat=request.form.get("seat", ""), fingerprint=request.form.get("fingerprint", "").strip()[:40])
    try:
        with platform().database.transaction() as session:
            attempt = _seat(session, entered(session, sitting_id), asked.seat)
            if attempt is None:
                asked.errors["seat"] = gettext("Choose the candidate.")
            else:
                actor, now = current_actor(), utc_now()
                noted = note_fingerprint(session, attempt, typed=asked.fingerprint, actor=actor, now=now)
    except ExamError as error:
        asked.errors["fingerprint"] = error_text(error)
    if asked.errors:
        return _again(sitting_id, asked)
    flash(gettext("Fingerprint %(fingerprint)s is noted. The candidate may leave.", fingerprint=noted), "ok")
    return redirect(url_for(".show", sitting_id=sitting_id))


@bp.post("/<uuid:sitting_id>/berkas-darurat/sidik/coret")
@requires(Permission.EMERGENCY_NOTE)
def strike(sitting_id: uuid.UUID) -> AnyResponse:
    """Strike out a fingerprint that was mistyped."""
    fingerprint, reason = (request.form.get(name, "")[:500] for name in ("fingerprint", "reason"))
    try:
        with platform().database.transaction() as session:
            attempt = _seat(session, entered(session, sitting_id), request.form.get("seat", "")) or abort(404)
            actor, now = current_actor(), utc_now()
            strike_fingerprint(session, attempt, fingerprint=fingerprint, reason=reason, actor=actor, now=now)
        flash(gettext("Fingerprint %(fingerprint)s is struck out. Note the right one.", fingerprint=fingerprint), "ok")
    except ExamError as error:
        flash(error_text(error), "bad")
    return redirect(url_for(".show", sitting_id=sitting_id))


@bp.post("/<uuid:sitting_id>/berkas-darurat")
@requires(Permission.EMERGENCY_RECEIVE)
def receive(sitting_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """The first person: take a file in."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _again(sitting_id, Asked(errors={"file": gettext("Choose the file.")}))
    with closing(sent):
        content = sent.read(MOST_BYTES + 1)
    try:
        with platform().database.transaction() as session:
            sitting, actor, now = entered(session, sitting_id), current_actor(), utc_now()
            received = receive_file(session, sitting, content=content, opener=_opener(), actor=actor, now=now)
            target = url_for(".file", sitting_id=sitting_id, file_id=received.public_id)
    except ExamError as error:
        return _again(sitting_id, Asked(errors={"file": error_text(error)}))
    flash(gettext("The file is received. A second person imports it."), "ok")
    return redirect(target)


@bp.get("/<uuid:sitting_id>/berkas-darurat/<uuid:file_id>")
@requires(Permission.EMERGENCY_NOTE)
def file(sitting_id: uuid.UUID, file_id: uuid.UUID) -> str:
    """One file: whose it is, how much it holds, and the act of the second person."""
    with platform().database.reading() as session:
        sitting = entered(session, sitting_id)
        found = _file(session, sitting, file_id)
        is_open = found.imported_at is None and sitting.state is not SittingState.SEALED
        return render_template(
            "emergency/file.html",
            sitting=sitting,
            file=found,
            made_at=instant(read_envelope(found.content).made_at_ms),
            outlook=outlook(session, found, opener=_opener()) if is_open else None,
            is_own=found.received_by_id == current_actor().account_id,
            outcome=outcome_text(found.outcome) if found.outcome else "",
            error_text=error_text,
        )


@bp.post("/<uuid:sitting_id>/berkas-darurat/<uuid:file_id>/impor")
@requires(Permission.EMERGENCY_NOTE)
def import_(sitting_id: uuid.UUID, file_id: uuid.UUID) -> AnyResponse:
    """The second person: bring the answers into the journal."""
    try:
        with platform().database.transaction() as session:
            found, asked = (
                _file(session, entered(session, sitting_id), file_id),
                _numbers(request.form.get("asked", "")),
            )
            import_file(session, found, opener=_opener(), actor=current_actor(), now=utc_now(), asked_about=asked)
            done = outcome_text(found.outcome or {})
        flash(done, "ok")
    except ExamError as error:
        flash(error_text(error), "bad")
    return redirect(url_for(".file", sitting_id=sitting_id, file_id=file_id))


@dataclass(frozen=True)
class Asked:
    """What was typed on the page."""

    seat: str = ""
    fingerprint: str = ""
    errors: dict[str, str] = field(default_factory=dict)


def outcome_text(outcome: Document) -> str:
    """What an import did, in words."""
    left_out = outcome.get("left_out") or []
    if not outcome["n_new"] and not left_out:
        return str(gettext("The server had all answers of this file already. Nothing had to be added."))
    added = ngettext("%(num)s answer was added.", "%(num)s answers were added.", outcome["n_answers"])
    return " ".join(filter(None, [added, _mark_text(outcome), _steps_text(outcome), _left_out_text(left_out)]))


def _steps_text(outcome: Document) -> str:
    if not outcome.get("from_seq"):
        return ""
    span = {"first": outcome["from_seq"], "last": outcome["until_seq"]}
    return str(gettext("In the journal they are steps %(first)s to %(last)s.", **span))


def _left_out_text(items: Sequence[int]) -> str:
    if not items:
        return ""
    named = ", ".join(map(str, items))
    return str(gettext("For item %(items)s the later choice stands, as the candidate confirmed.", items=named))


def _mark_text(outcome: Document) -> str:
    if outcome["mark"] is None:
        return ""
    if outcome["mark"] == StepMark.ON_TIME:
        return str(gettext("They came in time and count."))
    if outcome["mark"] == StepMark.AFTER_SUBMIT:
        return str(gettext("They came after the candidate had handed in, and do not count."))
    if outcome["n_counted"]:
        return str(gettext("They came late; those inside the approved outage count."))
    return str(gettext("They came late and count only inside an approved outage: propose it under “Outages”."))


def _numbers(typed: str) -> list[int]:
    parts = [part.strip() for part in typed.split(",")]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 5]


def _opener() -> Opener:
    return Opener(platform().keys, platform().tokens)


def _seat(session: Session, sitting: Sitting, typed: str) -> Attempt | None:
    try:
        found = find_attempt(session, uuid.UUID(typed))
    except ValueError:
        return None
    return found if found is not None and found.sitting_id == sitting.id else None


def _file(session: Session, sitting: Sitting, file_id: uuid.UUID) -> EmergencyFile:
    return find_emergency_file(session, sitting, file_id) or abort(404)


def _again(sitting_id: uuid.UUID, asked: Asked) -> tuple[str, int]:
    with platform().database.reading() as session:
        return _page(session, entered(session, sitting_id), asked), 422


def _page(session: Session, sitting: Sitting, asked: Asked) -> str:
    files = emergency_files(session, sitting)
    return render_template(
        "emergency/show.html",
        sitting=sitting,
        asked=asked,
        seats=begun_seats(session, sitting),
        noted=noted_fingerprints(session, sitting),
        files=files,
        received={each.fingerprint for each in files},
        is_final=sitting.state is SittingState.SEALED,
    )
