"""What a proctor asks for about time: minutes, a stopped clock, a clock that runs again; always with a reason."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import abort
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from exam.model import Attempt, Sitting
from exam.operations import proctoring
from exam.operations.proctoring import MOST_MINUTES
from registry.actor import Actor
from testing_platform.web.typed_number import typed_number

REASON_MIN, REASON_MAX = 5, 500


@dataclass(frozen=True)
class AskedTime:
    """An act on time as typed. The two forms of a page have a field each for the reason."""

    act: str = ""  # minutes, pause or resume
    minutes: str = ""
    reason: str = ""
    clock_reason: str = ""
    n_seen: int | None = None  # grants that the page knew of
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: MultiDict[str, str]) -> "AskedTime":
        """What was typed, with a message for each field that makes no sense."""
        if given.get("act") not in {"minutes", "pause", "resume"}:
            abort(400)  # comes from no page of ours
        typed: dict[str, Any] = {
            name: given.get(name, "").strip() for name in ("act", "minutes", "reason", "clock_reason")
        }
        asked = cls(**typed, n_seen=given.get("n_seen", type=typed_number))
        if asked.act == "minutes" and not _is_minutes(asked.minutes):
            asked.errors["minutes"] = gettext("Add whole minutes, from 1 to %(most)s at a time.", most=MOST_MINUTES)
        if not REASON_MIN <= len(asked.why) <= REASON_MAX:
            where = "reason" if asked.act == "minutes" else "clock_reason"
            asked.errors[where] = gettext("Write a reason of 5 to 500 characters; the record of the sitting prints it.")
        return asked

    @property
    def why(self) -> str:
        """The reason that belongs to the act."""
        return self.reason if self.act == "minutes" else self.clock_reason

    def do_for_seat(self, session: Session, attempt: Attempt, *, actor: Actor, now: datetime) -> str:
        """Do it for one candidate, and say what was done."""
        if self.act == "minutes":
            minutes = int(self.minutes)
            proctoring.add_minutes_to_seat(
                session, attempt, minutes=minutes, reason=self.why, actor=actor, now=now, n_seen=self.n_seen
            )
            return str(ngettext("%(num)s minute added.", "%(num)s minutes added.", minutes))
        if self.act == "pause":
            proctoring.pause_seat(session, attempt, reason=self.why, actor=actor, now=now)
            return str(gettext("the clock stands."))
        proctoring.resume_seat(session, attempt, reason=self.why, actor=actor, now=now)
        return str(gettext("the clock runs again."))

    def do_for_room(self, session: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> str:
        """Do it for the whole room, and say what was done."""
        if self.act == "minutes":
            minutes = int(self.minutes)
            proctoring.add_minutes_to_room(
                session, sitting, minutes=minutes, reason=self.why, actor=actor, now=now, n_seen=self.n_seen
            )
            return str(
                ngettext(
                    "%(num)s minute added for the whole room.", "%(num)s minutes added for the whole room.", minutes
                )
            )
        if self.act == "pause":
            stopped = proctoring.pause_room(session, sitting, reason=self.why, actor=actor, now=now)
            return str(ngettext("%(num)s clock was stopped.", "%(num)s clocks were stopped.", stopped))
        resumed = proctoring.resume_room(session, sitting, reason=self.why, actor=actor, now=now)
        return str(ngettext("%(num)s clock runs again.", "%(num)s clocks run again.", resumed))


def _is_minutes(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 4 and 1 <= int(typed) <= MOST_MINUTES
