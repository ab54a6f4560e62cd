"""What one candidate needs beyond the others: the page on which a bank manager writes it down."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.errors import AccommodationRefusedError
from exam.model import Enrolment
from exam.operations.accommodations import grant_accommodation, most_extra_minutes
from exam.queries.enrolled import find_enrolment
from exam.queries.sittings import find_sitting
from exam.roster import MOST_BREAK_MINUTES, MOST_EXTRA_MINUTES
from testing_platform.error_texts import error_text
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.acting import acting
from testing_platform.wiring import platform, utc_now

bp = Blueprint("accommodations", __name__, url_prefix="/sesi")


@bp.get("/<uuid:sitting_id>/peserta/<uuid:enrolment_id>/penyesuaian")
@requires(Permission.SITTING_PLAN)
def edit(sitting_id: uuid.UUID, enrolment_id: uuid.UUID) -> str:
    """Extra time and breaks of one candidate."""
    with platform().database.reading() as session:
        enrolment = _enrolment(session, sitting_id, enrolment_id)
        return _page(enrolment, AskedAccommodation.of(enrolment))


@bp.post("/<uuid:sitting_id>/peserta/<uuid:enrolment_id>/penyesuaian")
@requires(Permission.SITTING_PLAN)
def grant(sitting_id: uuid.UUID, enrolment_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """Keep what was granted."""
    asked = AskedAccommodation.parse(request.form)
    if not asked.errors:
        with acting() as act:
            enrolment = _enrolment(act.session, sitting_id, enrolment_id)
            extra, rest = asked.minutes
            grant_accommodation(
                act.session,
                enrolment,
                extra_minutes=extra,
                break_minutes=rest,
                keys=platform().keys,
                actor=current_actor(),
                now=utc_now(),
            )
        if act.refusal is None:
            flash(gettext("Written down. The proctor sees it on the board."), "ok")
            return redirect(url_for("sittings.show", sitting_id=sitting_id))
        field = "extra" if isinstance(act.refusal, AccommodationRefusedError) else ""
        asked.errors[field] = error_text(act.refusal)
    with platform().database.reading() as session:
        return _page(_enrolment(session, sitting_id, enrolment_id), asked), 422


@dataclass(frozen=True)
class AskedAccommodation:
    """Extra time and breaks as typed."""

    extra: str = "0"
    rest: str = "0"
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, enrolment: Enrolment) -> "AskedAccommodation":
        """What is granted now."""
        return cls(str(enrolment.extra_minutes), str(enrolment.break_minutes))

    @classmethod
    def parse(cls, given: MultiDict[str, str]) -> "AskedAccommodation":
        """What was typed, with a message for each field that makes no sense."""
        typed: dict[str, Any] = {name: given.get(name, "").strip() or "0" for name in ("extra", "rest")}
        asked = cls(**typed)
        for name, text in typed.items():
            if not (text.isascii() and text.isdigit() and len(text) < 4):
                asked.errors[name] = gettext("Write whole minutes, or 0 for none.")
        return asked

    @property
    def minutes(self) -> tuple[int, int]:
        """Both, once they were found to be numbers."""
        return int(self.extra), int(self.rest)


def _enrolment(session: Session, sitting_id: uuid.UUID, enrolment_id: uuid.UUID) -> Enrolment:
    sitting = find_sitting(session, sitting_id) or abort(404)
    return find_enrolment(session, sitting, enrolment_id) or abort(404)


def _page(enrolment: Enrolment, asked: AskedAccommodation) -> str:
    return render_template(
        "sittings/accommodation.html",
        sitting=enrolment.sitting,
        enrolment=enrolment,
        asked=asked,
        most_extra=min(MOST_EXTRA_MINUTES, most_extra_minutes(enrolment.sitting)),
        most_break=MOST_BREAK_MINUTES,
    )
