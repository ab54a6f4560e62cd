"""The words of sittings and seats for people; templates find them as functions.

What a seat looks like to a proctor is decided here, in one place: a kind (its shape and colour), a word, and whether
the proctor has something to do about it.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask.blueprints import BlueprintSetupState
from flask_babel import gettext, lazy_gettext, ngettext

from exam.queries.room_log import LogLine
from exam.queries.sittings import SeatRow
from exam.states import AttemptState, SittingState
from registry.model import TimeZone
from testing_platform.cards import grouped
from testing_platform.i18n import local_text, zone_name

# The runner sends a sign of life every 20 seconds; three missed ones are worth a look.
AWAY_AFTER = timedelta(seconds=60)

_SITTING_STATES = {
    SittingState.PLANNED: lazy_gettext("In preparation"),
    SittingState.OPEN: lazy_gettext("Open"),
    SittingState.CLOSED: lazy_gettext("Closed"),
    SittingState.SEALED: lazy_gettext("Sealed"),
}

_EVENTS = {
    "device_taken": lazy_gettext("Signed in at a computer"),
    "admitted": lazy_gettext("Identity checked, may begin"),
    "key_released": lazy_gettext("Test opened on the computer"),
    "released": lazy_gettext("Seat released for another computer"),
    "paused": lazy_gettext("Clock stopped"),
    "resumed": lazy_gettext("Clock runs again"),
    "expired": lazy_gettext("Time over"),
    "sitting.plan": lazy_gettext("Sitting planned"),
    "sitting.enrol": lazy_gettext("Roster taken in"),
    "sitting.issue-cards": lazy_gettext("Participant cards issued"),
    "sitting.issue-result-codes": lazy_gettext("Result codes issued anew"),
    "sitting.open": lazy_gettext("Room opened"),
    "sitting.change-start-code": lazy_gettext("New start code"),
    "sitting.close": lazy_gettext("Room closed"),
    "sitting.seal": lazy_gettext("Answers sealed"),
}

_SEAT_WORDS = {
    "not_started": lazy_gettext("Not signed in"),
    "waiting": lazy_gettext("Check identity"),
    "admitted": lazy_gettext("May begin"),
    "working": lazy_gettext("Working"),
    "paused": lazy_gettext("Clock stopped"),
    "offline": lazy_gettext("No contact"),
    "released": lazy_gettext("Seat released"),
    "submitted": lazy_gettext("Finished"),
    "expired": lazy_gettext("Time over"),
}

# Shapes and colours come from the badges' own table; waiting for a check of identity looks like an eye.
_BADGES = {"waiting": "in_review"}


@dataclass(frozen=True)
class ShownSeat:
    """A seat as the board shows it, and nothing that the board does not show: equal seats need no new picture."""

    enrolment: uuid.UUID
    seat: int
    name: str
    participant_number: str
    kind: str
    word: str
    n_answered: int
    last_seen: str  # "" when nobody was there, or it no longer matters
    remaining: str
    extra_minutes: int  # granted beforehand; what the room added is in the remaining time

    @property
    def badge(self) -> str:
        """The look of the badge."""
        return _BADGES.get(self.kind, self.kind)

    @property
    def has_begun(self) -> bool:
        """True when answers may exist."""
        return self.kind not in {"not_started", "waiting", "admitted"}


def install(state: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    state.app.jinja_env.globals.update(
        sitting_state=lambda state: str(_SITTING_STATES[SittingState(state)]),
        event_name=event_name,
        seat_list=seat_list,
        window_text=window_text,
    )
    state.app.jinja_env.filters.update(participant=grouped, zone=TimeZone)


def window_text(opens_at: datetime, closes_at: datetime, zone: TimeZone) -> str:
    """A window as people say it: the day once, both times, and the zone."""
    there = ZoneInfo(zone.value)
    same_day = opens_at.astimezone(there).date() == closes_at.astimezone(there).date()
    begins = local_text(opens_at, zone, "EEEE, d MMMM yyyy, HH.mm").removesuffix(f" {zone_name(zone)}")
    return f"{begins}–{local_text(closes_at, zone, 'HH.mm' if same_day else 'd MMMM, HH.mm')}"


def seat_word(kind: str) -> str:
    """The word of a kind of seat."""
    return str(_SEAT_WORDS[kind])


def shown_seat(row: SeatRow, *, now: datetime) -> ShownSeat:
    """How a seat looks now."""
    kind = seat_kind(row, now=now)
    is_there = row.state in {AttemptState.WAITING, AttemptState.ADMITTED, AttemptState.WORKING}
    return ShownSeat(
        enrolment=row.enrolment,
        seat=row.seat,
        name=row.name,
        participant_number=row.participant_number,
        kind=kind,
        word=seat_word(kind),
        n_answered=row.n_answered,
        last_seen=ago(row.last_seen_at, now=now) if is_there else "",
        remaining=minutes_left(row.remaining_seconds),
        extra_minutes=row.extra_minutes,
    )


def seat_kind(row: SeatRow, *, now: datetime) -> str:
    """The one word for a seat; what the proctor must notice goes before what is as it should be."""
    if row.state is None:
        return "not_started"
    if row.state in {AttemptState.SUBMITTED, AttemptState.EXPIRED}:
        return row.state.value
    if not row.is_held:
        return "released"
    if row.is_paused:
        return "paused"
    if row.state is AttemptState.WORKING and row.last_seen_at and now - row.last_seen_at > AWAY_AFTER:
        return "offline"
    return row.state.value


def ago(at: datetime | None, *, now: datetime) -> str:
    """How long ago, in words; coarse, because only minutes matter to somebody who watches a room."""
    if at is None:
        return ""
    minutes = int((now - at).total_seconds()) // 60
    if minutes < 1:
        return str(gettext("just now"))
    if minutes < 120:
        return str(gettext("%(minutes)s min ago", minutes=minutes))
    return str(gettext("%(hours)s h ago", hours=minutes // 60))


def minutes_left(seconds: int | None) -> str:
    """The time that is left, in whole minutes, so that a board changes once a minute."""
    if seconds is None:
        return ""
    if seconds < 60:
        return str(gettext("under 1 min left"))
    return str(gettext("%(minutes)s min left", minutes=seconds // 60))


def event_name(line: LogLine) -> str:
    """What happened, in words."""
    if line.kind == "minutes_added" and line.minutes is not None:
        return str(ngettext("%(num)s minute added", "%(num)s minutes added", line.minutes))
    return str(_EVENTS.get(line.kind, line.kind))


def seat_list(seats: tuple[int, ...]) -> str:
    """Seats as people write them: 1, 2, 5–9."""
    runs: list[list[int]] = []
    for seat in sorted(seats):
        if runs and seat == runs[-1][-1] + 1:
            runs[-1].append(seat)
        else:
            runs.append([seat])
    return ", ".join(_run(run) for run in runs)


def _run(run: list[int]) -> str:
    return "–".join(dict.fromkeys((str(run[0]), str(run[-1])))) if len(run) != 2 else f"{run[0]}, {run[1]}"
