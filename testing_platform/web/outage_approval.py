"""The second signature under an outage: what waits for the committee, and what an approval changes."""

import uuid
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from exam.errors import ExamError
from exam.model import Outage
from exam.operations.outages import approve_outage, withdraw_outage
from exam.queries.outages import decided_outages, find_outage, waiting_outages
from exam.states import SittingState
from testing_platform.error_texts import error_text
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.outage_words import ShownOutage, effect_text, length_text, when_text
from testing_platform.wiring import platform, utc_now

bp = Blueprint("outage_approval", __name__, url_prefix="/gangguan")


@bp.get("/")
@requires(Permission.OUTAGE_APPROVE)
def index() -> str:
    """What waits for the second signature, and what was approved."""
    with platform().database.reading() as session:
        return render_template(
            "outages/index.html",
            waiting=[ShownOutage.of(session, each) for each in waiting_outages(session)],
            decided=[ShownOutage.of(session, each) for each in decided_outages(session)],
            effect_text=effect_text,
        )


@bp.get("/<uuid:outage_id>")
@requires(Permission.OUTAGE_APPROVE)
def show(outage_id: uuid.UUID) -> str:
    """One outage: what proves it, and what it changes."""
    with platform().database.reading() as session:
        outage = _outage(session, outage_id)
        return render_template(
            "outages/show.html",
            shown=ShownOutage.of(session, outage),
            outage=outage,
            sitting=outage.sitting,
            is_own=outage.proposed_by_id == current_actor().account_id,
            is_final=outage.sitting.state is SittingState.SEALED,
            when_text=when_text,
            length_text=length_text,
        )


@bp.post("/<uuid:outage_id>/setujui")
@requires(Permission.OUTAGE_APPROVE)
def approve(outage_id: uuid.UUID) -> AnyResponse:
    """The second signature."""

    def act(session: Session, outage: Outage) -> None:
        approve_outage(session, outage, actor=current_actor(), now=utc_now())

    done = gettext("The outage is approved. The late answers in it count from now on.")
    return _answer(outage_id, act, done=done, target=url_for(".show", outage_id=outage_id))


@bp.post("/<uuid:outage_id>/tolak")
@requires(Permission.OUTAGE_APPROVE)
def refuse(outage_id: uuid.UUID) -> AnyResponse:
    """No: the proposal is taken away, and the late answers stay uncounted."""

    def act(session: Session, outage: Outage) -> None:
        withdraw_outage(session, outage, actor=current_actor(), now=utc_now())

    return _answer(outage_id, act, done=gettext("The proposal is refused and gone."), target=url_for(".index"))


def _answer(outage_id: uuid.UUID, act: Callable[[Session, Outage], None], *, done: str, target: str) -> AnyResponse:
    try:
        with platform().database.transaction() as session:
            act(session, _outage(session, outage_id))
        flash(done, "ok")
    except ExamError as error:
        flash(error_text(error), "bad")
    return redirect(target)


def _outage(session: Session, outage_id: uuid.UUID) -> Outage:
    return find_outage(session, outage_id) or abort(404)
