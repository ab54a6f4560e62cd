"""Outages in a room: what was found, and the first signature. The second stands in `outage_approval`."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.errors import ExamError
from exam.model import Outage, Sitting
from exam.operations.outages import LONGEST_REASON, SHORTEST_REASON, propose_outage, withdraw_outage
from exam.outages import Interval, provable
from exam.queries.outages import evidence_of, find_outage, outages_of
from exam.states import SittingState
from exam.timing import epoch_ms
from registry.model import TimeZone
from testing_platform.error_texts import error_text
from testing_platform.permissions import Permission, requires
from testing_platform.security import current_actor
from testing_platform.web.outage_words import (
    Finding,
    ShownOutage,
    effect_text,
    length_text,
    typed_time,
    when_text,
    without_twins,
)
from testing_platform.web.room_entry import entered
from testing_platform.web.sitting_words import local_instant
from testing_platform.wiring import platform, utc_now

bp = Blueprint("outages", __name__, url_prefix="/ruang")


@bp.get("/<uuid:sitting_id>/gangguan")
@requires(Permission.OUTAGE_PROPOSE)
def show(sitting_id: uuid.UUID) -> str:
    """What was found, what is proposed, and the form for a proposal."""
    with platform().database.reading() as session:
        sitting = entered(session, sitting_id)
        chosen = AskedOutage.chosen(request.args, zone=sitting.site.time_zone, now_ms=epoch_ms(utc_now()))
        return _page(session, sitting, chosen)


@bp.post("/<uuid:sitting_id>/gangguan")
@requires(Permission.OUTAGE_PROPOSE)
def propose(sitting_id: uuid.UUID) -> AnyResponse | tuple[str, int]:
    """The first signature."""
    with platform().database.reading() as session:
        asked = AskedOutage.parse(request.form, zone=entered(session, sitting_id).site.time_zone)
    if asked.interval and not asked.errors:
        try:
            with platform().database.transaction() as session:
                sitting, actor, now = entered(session, sitting_id), current_actor(), utc_now()
                propose_outage(session, sitting, interval=asked.interval, reason=asked.reason, actor=actor, now=now)
        except ExamError as error:
            asked.errors[""] = error_text(error)
        else:
            flash(gettext("The outage is proposed. It counts once the committee approves it."), "ok")
            return redirect(url_for(".show", sitting_id=sitting_id))
    with platform().database.reading() as session:
        return _page(session, entered(session, sitting_id), asked), 422


@bp.post("/<uuid:sitting_id>/gangguan/<uuid:outage_id>/tarik")
@requires(Permission.OUTAGE_PROPOSE)
def withdraw(sitting_id: uuid.UUID, outage_id: uuid.UUID) -> Response | AnyResponse:
    """Take a proposal back."""
    try:
        with platform().database.transaction() as session:
            outage = _outage(session, entered(session, sitting_id), outage_id)
            withdraw_outage(session, outage, actor=current_actor(), now=utc_now())
        flash(gettext("The proposal is withdrawn."), "ok")
    except ExamError as error:
        flash(error_text(error), "bad")
    return redirect(url_for(".show", sitting_id=sitting_id))


@dataclass(frozen=True)
class AskedOutage:
    """A proposal as typed; times are those of the clock of the site."""

    begins: str = ""
    ends: str = ""
    reason: str = ""
    interval: Interval | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def chosen(cls, given: MultiDict[str, str], *, zone: TimeZone, now_ms: int) -> "AskedOutage":
        """What was chosen from the list of what was found; empty when nothing was."""
        typed = [given.get(name, "") for name in ("dari", "sampai")]
        if not all(each.isascii() and each.isdigit() and len(each) < 15 for each in typed):
            return cls()
        return cls.filled(Interval(int(typed[0]), int(typed[1])), zone=zone, now_ms=now_ms)

    @classmethod
    def filled(cls, found: Interval, *, zone: TimeZone, now_ms: int) -> "AskedOutage":
        """A proposal of what was found; whole seconds, outwards, so that nothing of it is left out.

        Never beyond this moment: a silence that lasts ends now, and no outage of the future can be proposed.
        """
        until_ms = min(found.until_ms + 999, now_ms)
        return cls(begins=typed_time(found.from_ms, zone), ends=typed_time(until_ms, zone))

    def or_newest(self, found: Sequence[Interval], *, zone: TimeZone, now_ms: int) -> "AskedOutage":
        """As typed; where nothing was, what was found last and is not proposed yet."""
        is_blank = not (self.begins or self.ends or self.reason or self.errors)
        return self.filled(found[0], zone=zone, now_ms=now_ms) if found and is_blank else self

    @classmethod
    def parse(cls, given: MultiDict[str, str], *, zone: TimeZone) -> "AskedOutage":
        """What was typed, with a message for each field that makes no sense."""
        typed: dict[str, Any] = {name: given.get(name, "").strip() for name in ("begins", "ends", "reason")}
        moments = [local_instant(typed[name], zone) for name in ("begins", "ends")]
        whole = [epoch_ms(moment) for moment in moments if moment]
        asked = cls(**typed, interval=Interval(*whole) if len(whole) == 2 else None)
        for name, moment in zip(("begins", "ends"), moments, strict=True):
            if moment is None:
                asked.errors[name] = gettext("Write day and time, to the second.")
        if not SHORTEST_REASON <= len(asked.reason) <= LONGEST_REASON:
            asked.errors["reason"] = gettext("Write what happened in 5 to 500 characters; the minutes print it.")
        return asked


def _outage(session: Session, sitting: Sitting, outage_id: uuid.UUID) -> Outage:
    found = find_outage(session, outage_id)
    if found is None or found.sitting_id != sitting.id:
        abort(404)
    return found


def _page(session: Session, sitting: Sitting, asked: AskedOutage) -> str:
    now_ms = epoch_ms(utc_now())
    evidence = evidence_of(session, sitting, now_ms=now_ms)
    outages = outages_of(session, sitting)
    found = [
        Finding.of(session, sitting, each, evidence=evidence, among=outages) for each in reversed(provable(evidence))
    ]
    findings = without_twins(found)
    open_ = [each.interval for each in findings if not each.is_proposed]
    return render_template(
        "outages/room.html",
        sitting=sitting,
        asked=asked.or_newest(open_, zone=sitting.site.time_zone, now_ms=now_ms),
        findings=findings,
        outages=[ShownOutage.of(session, each) for each in outages],
        evidence=evidence,
        is_final=sitting.state is SittingState.SEALED,
        effect_text=effect_text,
        length_text=length_text,
        when_text=when_text,
    )
