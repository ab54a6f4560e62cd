"""What happened in a room: the log, and the notes that proctors add to it for the minutes."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.errors import ExamError, IncidentNoteMissingError, IncidentTimeError
from exam.model import Attempt, Sitting
from exam.operations.incidents import LONGEST_NOTE, SHORTEST_NOTE, note_incident
from exam.queries.room_log import room_log, seats_with_attempt
from exam.queries.sittings import find_attempt
from exam.states import IncidentKind, SittingState
from registry.model import TimeZone
from testing_platform.error_texts import error_text
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.acting import acting
from testing_platform.web.room_entry import entered
from testing_platform.web.sitting_words import INCIDENT_KINDS, local_instant
from testing_platform.wiring import platform, utc_now

bp = Blueprint("room_notes", __name__, url_prefix="/ruang")


@bp.get("/<uuid:sitting_id>/catatan")
@requires(Permission.SITTING_ADMIT)
def log(sitting_id: uuid.UUID) -> str:
    """What happened in the room, and where a note is added."""
    with platform().database.reading() as session:
        sitting = entered(session, sitting_id)
        return _page(session, sitting, AskedNote.blank(sitting.site.time_zone, now=utc_now()))


@bp.post("/<uuid:sitting_id>/catatan")
@requires(Permission.SITTING_ADMIT)
def note(sitting_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Write down what happened."""
    with platform().database.reading() as session:
        asked = AskedNote.parse(request.form, zone=entered(session, sitting_id).site.time_zone)
    if not asked.errors:
        with acting() as act:
            _note(act.session, entered(act.session, sitting_id), asked)
        if act.refusal is None:
            flash(gettext("The note is written down; the minutes will print it."), "ok")
            return redirect(url_for(".log", sitting_id=sitting_id))
        asked.refuse(act.refusal)
    with platform().database.reading() as session:
        return _page(session, entered(session, sitting_id), asked), 422


@dataclass(frozen=True)
class AskedNote:
    """A note as typed; the time is what the clock of the site shows."""

    kind: str = ""
    seat: str = ""  # the attempt; empty: the whole room
    happened: str = ""
    note: str = ""
    happened_at: datetime | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def blank(cls, zone: TimeZone, *, now: datetime) -> "AskedNote":
        """Nothing yet but the time, which is nearly always now."""
        return cls(happened=now.astimezone(ZoneInfo(zone.value)).strftime("%Y-%m-%dT%H:%M"))

    @classmethod
    def parse(cls, given: MultiDict[str, str], *, zone: TimeZone) -> "AskedNote":
        """What was typed, with a message for each field that makes no sense."""
        typed: dict[str, Any] = {name: given.get(name, "").strip() for name in ("kind", "seat", "happened", "note")}
        asked = cls(**typed, happened_at=local_instant(typed["happened"], zone))
        mistakes = {
            "kind": "" if asked.kind in set(IncidentKind) else gettext("Choose what kind of thing happened."),
            "happened": "" if asked.happened_at else gettext("Write the day and time when it happened."),
            "note": ""
            if SHORTEST_NOTE <= len(asked.note) <= LONGEST_NOTE
            else gettext("Write what happened, in 5 to 2,000 characters."),
        }
        asked.errors.update({name: message for name, message in mistakes.items() if message})
        return asked

    def refuse(self, error: ExamError) -> None:
        """Put the words of a refusal beside the field that it is about."""
        fields: dict[type[ExamError], str] = {IncidentTimeError: "happened", IncidentNoteMissingError: "note"}
        self.errors[fields.get(type(error), "")] = error_text(error)


def _note(session: Session, sitting: Sitting, asked: AskedNote) -> None:
    note_incident(
        session,
        sitting,
        kind=IncidentKind(asked.kind),
        note=asked.note,
        happened_at=asked.happened_at or abort(400),
        attempt=_attempt(session, sitting, asked.seat),
        actor=current_actor(),
        now=utc_now(),
    )


def _attempt(session: Session, sitting: Sitting, seat: str) -> Attempt | None:
    if not seat:
        return None
    try:
        attempt = find_attempt(session, uuid.UUID(seat))
    except ValueError:
        abort(400)
    return attempt if attempt and attempt.sitting_id == sitting.id else abort(400)


def _page(session: Session, sitting: Sitting, asked: AskedNote) -> str:
    return render_template(
        "proctoring/log.html",
        sitting=sitting,
        lines=room_log(session, sitting),
        asked=asked,
        kinds=[(kind.value, str(words)) for kind, words in INCIDENT_KINDS.items()],
        seats=seats_with_attempt(session, sitting),
        may_note=sitting.state is not SittingState.SEALED,
    )
