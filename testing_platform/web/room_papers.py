"""Papers of a room: where they are printed, the attendance list, the minutes."""

import uuid

from flask import Blueprint, Response, render_template

from exam.queries.minutes import attendance, minutes_of
from testing_platform.minutes_paper import minutes_pdf
from testing_platform.papers import attendance_pdf
from testing_platform.permissions import Permission, requires
from testing_platform.web.room_entry import entered
from testing_platform.wiring import platform, utc_now

bp = Blueprint("room_papers", __name__, url_prefix="/ruang")


@bp.get("/<uuid:sitting_id>/cetak")
@requires(Permission.SITTING_ADMIT)
def papers(sitting_id: uuid.UUID) -> str:
    """What can be printed, and when."""
    with platform().database.reading() as session:
        return render_template("proctoring/papers.html", sitting=entered(session, sitting_id))


@bp.get("/<uuid:sitting_id>/daftar-hadir.pdf")
@requires(Permission.SITTING_ADMIT)
def attendance_list(sitting_id: uuid.UUID) -> Response:
    """The attendance list, to be signed at the door."""
    with platform().database.reading() as session:
        sitting = entered(session, sitting_id)
        return _pdf(attendance_pdf(sitting, attendance(session, sitting)), name="daftar-hadir")


@bp.get("/<uuid:sitting_id>/berita-acara.pdf")
@requires(Permission.SITTING_ADMIT)
def minutes(sitting_id: uuid.UUID) -> Response:
    """The minutes, to be signed at the end."""
    with platform().database.reading() as session:
        found = minutes_of(session, entered(session, sitting_id), now=utc_now())
        return _pdf(minutes_pdf(found), name="berita-acara")


def _pdf(content: bytes, *, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
