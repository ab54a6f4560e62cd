"""Outages in words: when, how long, what proves them, and what they change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import format_datetime, gettext, ngettext
from sqlalchemy.orm import Session

from exam.model import Outage, Sitting
from exam.outages import SEAT_SILENT_MS, Evidence, Interval, ProvenOutage, proof
from exam.queries.outages import Effect, effect_of, evidence_in, proven
from exam.timing import MINUTE_MS, instant
from registry.model import TimeZone
from testing_platform.i18n import zone_name
from testing_platform.web.sitting_words import seat_list


@dataclass(frozen=True)
class ShownOutage:
    """One outage as a page shows it."""

    outage: Outage
    when: str
    length: str
    proof: str
    evidence: Evidence
    effect: Effect

    @classmethod
    def of(cls, session: Session, outage: Outage) -> "ShownOutage":
        """The outage with all that is said about it."""
        interval, evidence = Interval(outage.from_ms, outage.until_ms), evidence_in(outage.evidence)
        return cls(
            outage=outage,
            when=when_text(interval, outage.sitting.site.time_zone),
            length=length_text(interval),
            proof=proof_text(evidence),
            evidence=evidence,
            effect=effect_of(session, outage.sitting, proven(outage)),
        )


@dataclass(frozen=True)
class Finding:
    """An interval that the evidence proves, offered for a proposal."""

    interval: Interval
    when: str
    length: str
    proof: str
    effect: Effect
    is_server: bool
    is_proposed: bool

    @classmethod
    def of(
        cls, session: Session, sitting: Sitting, interval: Interval, *, evidence: Evidence, among: Sequence[Outage]
    ) -> "Finding":
        """What was found, and whether somebody has proposed it or a part of it."""
        proved = proof(interval, evidence)
        return cls(
            interval=interval,
            when=when_text(interval, sitting.site.time_zone),
            length=length_text(interval),
            proof=_found_text(interval, proved, evidence, zone=sitting.site.time_zone),
            effect=effect_of(session, sitting, ProvenOutage.of(interval, proved)),
            is_server=bool(proved.server),
            is_proposed=any(interval.overlaps(Interval(each.from_ms, each.until_ms)) for each in among),
        )


def without_twins(findings: Sequence[Finding]) -> list[Finding]:
    """One line for one outage: computers fall silent and come back one by one, each making a time of its own.

    Of times whose ends lie closer than what counts as silence, the one that lets most answers count stays.
    """
    kept: list[Finding] = []
    for one in sorted(findings, key=_weight, reverse=True):
        if one.is_server or not any(_are_twins(one, other) for other in kept):
            kept.append(one)
    return [one for one in findings if one in kept]


def _weight(one: Finding) -> tuple[int, int]:
    return (one.effect.n_answers, one.interval.until_ms - one.interval.from_ms)


def _are_twins(one: Finding, other: Finding) -> bool:
    apart = (one.interval.from_ms - other.interval.from_ms, one.interval.until_ms - other.interval.until_ms)
    return not other.is_server and all(abs(ms) < SEAT_SILENT_MS for ms in apart)


def when_text(interval: Interval, zone: TimeZone) -> str:
    """From when until when by the clock of the site, to the second."""
    begins, ends = (_there(ms, zone) for ms in (interval.from_ms, interval.until_ms))
    day = format_datetime(begins, "d MMM", rebase=False)
    same_day = begins.date() == ends.date()
    last = format_datetime(ends, "HH.mm.ss" if same_day else "d MMM, HH.mm.ss", rebase=False)
    return f"{day}, {format_datetime(begins, 'HH.mm.ss', rebase=False)}–{last} {zone_name(zone)}"


def length_text(interval: Interval) -> str:
    """How long, in the unit that people would use."""
    length_ms = interval.until_ms - interval.from_ms
    if length_ms < 2 * MINUTE_MS:
        return str(ngettext("%(num)s second", "%(num)s seconds", round(length_ms / 1000)))
    return str(ngettext("%(num)s minute", "%(num)s minutes", round(length_ms / MINUTE_MS)))


def proof_text(evidence: Evidence) -> str:
    """Who was silent."""
    if evidence.server:
        return str(gettext("The server was away"))
    seats = tuple(sorted({each.seat for each in evidence.seats}))
    return str(gettext("No contact with seats %(seats)s", seats=seat_list(seats)))


def _found_text(interval: Interval, proved: Evidence, evidence: Evidence, *, zone: TimeZone) -> str:
    inside = [gap for gap in evidence.server if not proved.server and gap.overlaps(interval)]
    also = [gettext("The server itself was away: %(when)s", when=when_text(gap, zone)) for gap in inside]
    return ". ".join([proof_text(proved), *map(str, also)])


def effect_text(effect: Effect) -> str:
    """What would count, as far as it has arrived."""
    if not effect.n_steps:
        return str(gettext("No late answer so far"))
    seats = ngettext("%(num)s seat", "%(num)s seats", effect.n_seats)
    answers = ngettext("%(num)s late answer", "%(num)s late answers", effect.n_answers)
    return str(gettext("%(answers)s of %(seats)s", answers=answers, seats=seats))


def typed_time(ms: int, zone: TimeZone) -> str:
    """A moment as a field of a form takes it, to the second."""
    return _there(ms, zone).strftime("%Y-%m-%dT%H:%M:%S")


def _there(ms: int, zone: TimeZone) -> datetime:
    return instant(ms).astimezone(ZoneInfo(zone.value))
