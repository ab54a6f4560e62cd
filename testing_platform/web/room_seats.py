"""What a seat looks like to a proctor, decided in one place: a kind (its shape and colour), words, what needs an act.

The board shows facts that change seldom (whole minutes, counts), so that equal facts need no new picture. Words are
found only for the seats that changed.
"""

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext, lazy_gettext, ngettext

from exam.queries.live_room import SeatRow
from exam.states import AttemptState
from registry.model import TimeZone
from testing_platform.i18n import local_text, zone_name

# The runner sends a sign of life every 20 seconds; three missed ones are worth a look.
AWAY_AFTER = timedelta(seconds=60)
# A few acts wait while a batch is on its way; more of them mean that something holds them up.
MANY_UNSENT = 10

_WORDS = {
    "not_started": lazy_gettext("Not signed in"),
    "waiting": lazy_gettext("Check identity"),
    "admitted": lazy_gettext("May begin"),
    "working": lazy_gettext("Working"),
    "paused": lazy_gettext("Clock stopped"),
    "on_break": lazy_gettext("On a break"),
    "offline": lazy_gettext("No contact"),
    "released": lazy_gettext("Seat released"),
    "submitted": lazy_gettext("Finished"),
    "expired": lazy_gettext("Time over"),
}
# In the order in which the proctor needs them: what waits for an act first.
KINDS = (
    "waiting",
    "offline",
    "released",
    "paused",
    "on_break",
    "working",
    "admitted",
    "not_started",
    "submitted",
    "expired",
)
_NEED_ATTENTION = frozenset({"waiting", "offline", "released", "paused"})
_IS_THERE = frozenset({AttemptState.WAITING, AttemptState.ADMITTED, AttemptState.WORKING})

# Shapes and colours come from the badges' own table; waiting for a check of identity looks like an eye.
_BADGES = {"waiting": "in_review", "on_break": "paused"}


class SeatIdentity(NamedTuple):
    """Who sits where, and in which state."""

    enrolment: uuid.UUID
    seat: int
    name: str
    participant_number: str
    kind: str

    @property
    def badge(self) -> str:
        """The look of the badge."""
        return badge_of(self.kind)

    @property
    def word(self) -> str:
        """The state in words."""
        return seat_word(self.kind)


class SeatTime(NamedTuple):
    """The times of a seat, in whole minutes."""

    minutes_left: int | None
    quiet_minutes: int | None  # since the last sign of life; none: nobody was there, or it no longer matters
    break_ends_at: datetime | None
    extra_minutes: int  # granted beforehand; what the room added is in the remaining time
    break_minutes: int

    @property
    def remaining(self) -> str:
        """The time that is left, in words."""
        return minutes_left(self.minutes_left)

    @property
    def last_contact(self) -> str:
        """When the server heard of the seat last, in words."""
        return "" if self.quiet_minutes is None else ago(self.quiet_minutes)

    @property
    def granted(self) -> str:
        """What was granted beforehand, in words."""
        parts = []
        if self.extra_minutes:
            parts.append(gettext("+%(minutes)s min", minutes=self.extra_minutes))
        if self.break_minutes:
            parts.append(gettext("break %(minutes)s min", minutes=self.break_minutes))
        return ", ".join(parts)

    def break_until(self, zone: TimeZone) -> str:
        """When the break ends by itself, as the clock in the room shows it."""
        if self.break_ends_at is None:
            return ""
        time = local_text(self.break_ends_at, zone, "HH.mm").removesuffix(f" {zone_name(zone)}")
        return str(gettext("until %(time)s", time=time))


class SeatSigns(NamedTuple):
    """What a proctor may have to ask about: answers on their way, outages, reports."""

    n_unsent: int
    n_outages: int
    outage_minutes: int
    n_challenges: int

    @property
    def unsent(self) -> str:
        """What still waits in the candidate's computer, in words."""
        return str(gettext("%(num)s not sent yet", num=self.n_unsent)) if self.n_unsent else ""

    @property
    def outages(self) -> str:
        """How often and how long the seat was silent, in words."""
        if not self.n_outages:
            return ""
        times = ngettext("%(num)s outage", "%(num)s outages", self.n_outages)
        return str(gettext("%(times)s, %(minutes)s min", times=times, minutes=self.outage_minutes))

    @property
    def challenges(self) -> str:
        """How many items the candidate reported, in words."""
        if not self.n_challenges:
            return ""
        return str(ngettext("%(num)s item reported", "%(num)s items reported", self.n_challenges))


_NO_SIGNS = SeatSigns(0, 0, 0, 0)


class SeatFacts(NamedTuple):
    """All that the board shows of a seat, in numbers; equal facts look alike."""

    identity: SeatIdentity
    n_answered: int
    time: SeatTime
    signs: SeatSigns

    @classmethod
    def of(cls, row: SeatRow, *, now: datetime) -> "SeatFacts":
        """The facts of a seat now."""
        kind = seat_kind(row, now=now)
        left = row.remaining_seconds
        seen = row.last_seen_at if row.state in _IS_THERE else None
        quiet = None if seen is None else max(0, int((now - seen).total_seconds())) // 60
        return cls(
            SeatIdentity(row.enrolment, row.seat, row.name, row.participant_number, kind),
            row.n_answered,
            SeatTime(
                None if left is None else left // 60, quiet, row.break_ends_at, row.extra_minutes, row.break_minutes
            ),
            SeatSigns(row.n_unsent, row.n_outages, -(-row.outage_seconds // 60), row.n_challenges),
        )

    @property
    def seat(self) -> int:
        """The number of the seat."""
        return self.identity.seat

    @property
    def kind(self) -> str:
        """The one word for the seat."""
        return self.identity.kind

    @property
    def has_begun(self) -> bool:
        """True when answers may exist."""
        return self.kind not in {"not_started", "waiting", "admitted"}

    @property
    def has_signs(self) -> bool:
        """True when there is something to ask about."""
        return self.signs != _NO_SIGNS

    @property
    def needs_attention(self) -> bool:
        """Whether the proctor has something to do or to look at."""
        return self.kind in _NEED_ATTENTION or self.signs.n_unsent >= MANY_UNSENT

    @property
    def urgency(self) -> tuple[bool, int, int]:
        """Where the seat stands when what needs attention comes first."""
        return (not self.needs_attention, KINDS.index(self.kind), self.seat)


def seat_word(kind: str) -> str:
    """The word of a kind of seat."""
    return str(_WORDS[kind])


def badge_of(kind: str) -> str:
    """The look of a kind of seat in the badges' table."""
    return _BADGES.get(kind, kind)


def seat_kind(row: SeatRow, *, now: datetime) -> str:
    """The one word for a seat; what the proctor must notice goes before what is as it should be."""
    if row.state is None:
        return "not_started"
    if row.state in {AttemptState.SUBMITTED, AttemptState.EXPIRED}:
        return row.state.value
    if not row.is_held:
        return "released"
    if row.is_paused:
        return "paused" if row.break_ends_at is None else "on_break"
    if row.state is AttemptState.WORKING and row.last_seen_at and now - row.last_seen_at > AWAY_AFTER:
        return "offline"
    return row.state.value


def ago(minutes: int) -> str:
    """How long ago, in words; coarse, because only minutes matter to somebody who watches a room."""
    if minutes < 1:
        return str(gettext("just now"))
    if minutes < 120:
        return str(gettext("%(minutes)s min ago", minutes=minutes))
    return str(gettext("%(hours)s h ago", hours=minutes // 60))


def minutes_left(minutes: int | None) -> str:
    """The time that is left, in whole minutes, so that a board changes once a minute."""
    if minutes is None:
        return ""
    if minutes < 1:
        return str(gettext("under 1 min left"))
    return str(gettext("%(minutes)s min left", minutes=minutes))
