"""The minutes of a sitting (berita acara) as PDF: made from the journal, so that they can be printed again later."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from flask_babel import gettext, ngettext

from exam.challenges import ChallengeReason
from exam.model import EmergencyFile, Outage
from exam.operations.seals import short_code_of
from exam.queries.challenges import ItemReports
from exam.queries.emergency import NotedFingerprint
from exam.queries.minutes import Attendant, Minutes
from exam.queries.room_log import LogLine
from exam.timing import instant
from registry.model import TimeZone
from testing_platform.papers import (
    Facts,
    clock_text,
    compile_paper,
    date_text,
    footer_of,
    in_paper_language,
    mark_of,
    page_words,
    signatory,
    sitting_facts,
)
from testing_platform.web.challenge_words import reason_name
from testing_platform.web.sitting_words import INCIDENT_KINDS, event_name, seat_list

_TIME = "HH.mm.ss"
Rows = list[list[str]]


def minutes_pdf(minutes: Minutes) -> bytes:
    """The minutes, before the seal marked as such."""
    with in_paper_language():
        return compile_paper("minutes", minutes_document(minutes))


def minutes_document(minutes: Minutes) -> dict[str, Any]:
    """What the typst source is given."""
    sitting = minutes.sitting
    return {
        "title": gettext("Minutes of the examination"),
        "subtitle": sitting.administration.title,
        "mark": mark_of(sitting),
        "footer": footer_of(sitting),
        "words": {
            **page_words(),
            "attendance": gettext("Attendance"),
            "nothing": gettext("Nothing to report"),
            "proof": gettext("What proves the answers"),
        },
        "opening": _opening(minutes),
        "facts": [*sitting_facts(sitting), *_times(minutes)],
        "counts": _counts(minutes),
        "tables": _tables(minutes),
        "proof": _proof(minutes),
        "closing": gettext("These minutes were made from the journal of the examination and are true as they stand."),
        "people": [signatory(gettext("Proctor")), signatory(gettext("Invigilator"))],
    }


def _opening(minutes: Minutes) -> str:
    sitting = minutes.sitting
    day = date_text(sitting.opened_at or sitting.opens_at, sitting.site.time_zone)
    said = gettext(
        "On %(day)s the examination named below was held in %(room)s, %(site)s.",
        day=day,
        room=sitting.room,
        site=sitting.site.name,
    )
    return str(said)


def _times(minutes: Minutes) -> Facts:
    sitting, zone = minutes.sitting, minutes.sitting.site.time_zone
    begun = [one.begun_at for one in minutes.attendants if one.begun_at]
    ended = [one.ended_at for one in minutes.attendants if one.ended_at]
    lines = [
        (gettext("Time for the test"), gettext("%(minutes)s minutes", minutes=sitting.duration_seconds // 60)),
        (gettext("Room opened"), _act(minutes, "open")),
        (gettext("First start"), _first(begun, zone) or gettext("nobody began")),
        (gettext("Last hand-in"), _last(ended, zone) or gettext("nobody handed in")),
        (gettext("Room closed"), _act(minutes, "close")),
        (gettext("Answers sealed"), _act(minutes, "seal")),
    ]
    return [(name, value or "–") for name, value in lines]


def _act(minutes: Minutes, act: str) -> str:
    if act not in minutes.acts:
        return ""
    at, name = minutes.acts[act]
    return f"{_moment(at, minutes)} · {name}"


def _moment(at: datetime, minutes: Minutes) -> str:
    # The day is named only where it is another one than that of the sitting.
    sitting = minutes.sitting
    zone = sitting.site.time_zone
    form = _TIME if date_text(at, zone) == date_text(sitting.opens_at, zone) else f"d MMM yyyy {_TIME}"
    return clock_text(at, zone, form)


def _first(moments: Sequence[datetime], zone: TimeZone) -> str:
    return clock_text(min(moments), zone, _TIME) if moments else ""


def _last(moments: Sequence[datetime], zone: TimeZone) -> str:
    return clock_text(max(moments), zone, _TIME) if moments else ""


def _counts(minutes: Minutes) -> Facts:
    counts = minutes.counts
    absent = [one.seat for one in minutes.attendants if one.came_at is None]
    granted = [one for one in minutes.attendants if one.extra_minutes or one.break_minutes]
    lines = [
        (gettext("Enrolled"), str(counts["enrolled"])),
        (gettext("Present"), str(counts["came"])),
        (gettext("Absent"), f"{counts['absent']}{_in_seats(absent)}"),
        (gettext("Began"), str(counts["began"])),
        (gettext("Handed in"), str(counts["submitted"])),
        (gettext("Ended by the clock or by closing the room"), str(counts["expired"])),
    ]
    if granted:
        lines.append((gettext("Granted beforehand"), "; ".join(_granted(one) for one in granted)))
    return lines


def _in_seats(seats: Sequence[int]) -> str:
    named = gettext("seats %(seats)s", seats=seat_list(tuple(seats)))
    return f" ({named})" if seats else ""


def _granted(one: Attendant) -> str:
    parts = []
    if one.extra_minutes:
        parts.append(gettext("+%(minutes)s min", minutes=one.extra_minutes))
    if one.break_minutes:
        parts.append(gettext("break %(minutes)s min", minutes=one.break_minutes))
    return str(gettext("seat %(seat)s: %(granted)s", seat=one.seat, granted=", ".join(parts)))


# The tables -------------------------------------------------------------------------------------------------------


def _tables(minutes: Minutes) -> list[dict[str, Any]]:
    time, seats, who = gettext("Time"), gettext("Seats"), gettext("Who")
    return [
        _table(
            gettext("Admitted after the identity check"),
            [(time, 40), (seats, 0), (gettext("Admitted by"), 60)],
            _admission_rows(minutes),
        ),
        _table(
            gettext("Incidents"),
            [(time, 24), (gettext("Kind"), 22), (seats, 20), (gettext("What happened"), 0), (who, 34)],
            _incident_rows(minutes),
        ),
        _table(
            gettext("Acts on seats and time"),
            [(time, 26), (gettext("What happened"), 0), (seats, 38), (who, 38)],
            _act_rows(minutes),
        ),
        _table(
            gettext("Outages that count"),
            [(gettext("Interval"), 36), (gettext("Reason"), 0), (gettext("Signed by"), 60)],
            [_outage(outage, minutes) for outage in minutes.outages],
        ),
        _table(
            gettext("Seats without contact"),
            [(seats, 0), (gettext("How often"), 26), (gettext("How long together"), 40)],
            _silence_rows(minutes),
        ),
        _table(
            gettext("Reported items"),
            [(gettext("Place in the form"), 30), (gettext("Reports"), 22), (gettext("Reasons"), 0)],
            [_reports(one) for one in minutes.challenges],
        ),
        _table(
            gettext("Emergency files"),
            [(gettext("Fingerprint"), 30), (gettext("Seat"), 16), (gettext("What happened"), 0)],
            _emergency_rows(minutes),
        ),
        _table(
            gettext("Answers that came after the time"),
            [(gettext("What happened"), 0), (gettext("Steps"), 26)],
            _late_rows(minutes),
        ),
    ]


def _table(title: str, columns: Sequence[tuple[str, int]], rows: Rows) -> dict[str, Any]:
    return {
        "title": title,
        "heads": [name for name, _ in columns],
        "widths": [width for _, width in columns],  # millimetres; 0 takes what is left
        "rows": rows,
    }


def _incident_rows(minutes: Minutes) -> Rows:
    return [
        [
            _moment(incident.happened_at, minutes),
            str(INCIDENT_KINDS[incident.kind]),
            gettext("Whole room") if seat is None else str(seat),
            incident.note,
            incident.noted_by.full_name,
        ]
        for incident, seat in minutes.incidents
    ]


def _admission_rows(minutes: Minutes) -> Rows:
    """Who let whom begin: what one person did without a break of somebody else's is one line."""
    rows = []
    for actor, group in groupby(minutes.admissions, key=lambda line: line.actor):
        lines = list(group)
        seats = {seat for line in lines for seat in line.seats}
        rows.append([_between(lines, minutes), _seats(seats, minutes), actor or "–"])
    return rows


def _act_rows(minutes: Minutes) -> Rows:
    return [
        [
            _between(lines, minutes),
            _act_name(lines[0]),
            _seats({seat for line in lines for seat in line.seats}, minutes),
            lines[0].actor or gettext("Candidate or system"),
        ]
        for lines in _together(minutes.lines)
    ]


def _together(lines: Sequence[LogLine]) -> Iterator[list[LogLine]]:
    """Candidates who come back after a power cut, one after the other, are one line of the minutes."""
    for is_return, group in groupby(lines, key=lambda line: line.kind == "device_taken"):
        found = list(group)
        yield from [found] if is_return else ([line] for line in found)


def _between(lines: Sequence[LogLine], minutes: Minutes) -> str:
    first, last = _moment(lines[0].at, minutes), _moment(lines[-1].at, minutes)
    return first if first == last else f"{first}–{last}"


def _act_name(line: LogLine) -> str:
    if line.kind == "device_taken":
        return str(gettext("Signed in again at a computer"))
    return event_name(line) + (f": {line.reason}" if line.reason else "")


def _seats(seats: set[int], minutes: Minutes) -> str:
    """Seats as people say them: of a full room those that are left out, where they are fewer."""
    present = {one.seat for one in minutes.attendants if one.came_at}
    if not seats:
        return str(gettext("Whole room"))
    if len(seats) < 3 or not seats <= present or len(seats) <= len(present - seats):
        return seat_list(tuple(seats))
    left_out = present - seats
    if not left_out:
        return str(gettext("all %(num)s present", num=len(present)))
    return str(gettext("all present except %(seats)s", seats=seat_list(tuple(left_out))))


def _outage(outage: Outage, minutes: Minutes) -> list[str]:
    zone = minutes.sitting.site.time_zone
    begins, ends = (clock_text(instant(ms), zone, _TIME) for ms in (outage.from_ms, outage.until_ms))
    second = outage.approved_by.full_name if outage.approved_by else gettext("not approved")
    return [f"{begins}–{ends}", outage.reason, f"{outage.proposed_by.full_name}; {second}"]


def _silence_rows(minutes: Minutes) -> Rows:
    """Seats that were silent alike stand in one line; after a power cut that is the whole room."""
    alike: dict[tuple[int, int], list[int]] = {}
    for one in minutes.silences:
        alike.setdefault((one.times, -(-one.seconds // 60)), []).append(one.seat)
    return [
        [
            _seats(set(seats), minutes),
            ngettext("%(num)s time", "%(num)s times", times),
            ngettext("%(num)s minute", "%(num)s minutes", lasted),
        ]
        for (times, lasted), seats in sorted(alike.items(), key=lambda pair: pair[1])
    ]


def _reports(one: ItemReports) -> list[str]:
    return [str(one.position), str(one.n_reports), _reasons(one.by_reason)]


def _reasons(by_reason: Iterable[tuple[ChallengeReason, int]]) -> str:
    return ", ".join(f"{reason_name(reason)} ({n_reports})" for reason, n_reports in by_reason)


def _emergency_rows(minutes: Minutes) -> Rows:
    noted = [_noted(one, minutes) for one in minutes.fingerprints]
    return [*noted, *(line for file in minutes.emergency_files for line in _file(file, minutes))]


def _noted(one: NotedFingerprint, minutes: Minutes) -> list[str]:
    said = _by(gettext("noted"), one.noted_at, one.noted_by, minutes)
    if one.struck:
        struck = _by(gettext("struck out"), one.struck.at, one.struck.by, minutes)
        said += f"; {struck}: {one.struck.reason}"
    return [one.fingerprint, str(one.seat), said]


def _file(file: EmergencyFile, minutes: Minutes) -> Rows:
    seat = str(file.attempt.enrolment.seat)
    received = _by(gettext("received"), file.received_at, file.received_by.full_name, minutes)
    rows = [[file.fingerprint, seat, received]]
    if file.imported_at and file.imported_by:
        imported = _by(gettext("imported"), file.imported_at, file.imported_by.full_name, minutes)
        if left_out := (file.outcome or {}).get("left_out"):
            named = ", ".join(map(str, left_out))
            imported += "; " + gettext("item %(items)s: the later choice stands, the candidate was asked", items=named)
        rows.append([file.fingerprint, seat, imported])
    return rows


def _by(act: str, at: datetime, name: str, minutes: Minutes) -> str:
    return f"{act} {_moment(at, minutes)} · {name}"


def _late_rows(minutes: Minutes) -> Rows:
    late = minutes.late
    rows = [
        (gettext("after the time of the candidate"), late.n_late),
        (gettext("of these, counted because of an approved outage"), late.n_counted),
        (gettext("after the candidate had handed in; kept, never counted"), late.n_after_submit),
        (gettext("from computers whose seat had been released; kept apart, never counted"), late.n_after_release),
    ]
    return [[name, str(n_steps)] for name, n_steps in rows] if any(n_steps for _, n_steps in rows) else []


# What proves the answers ------------------------------------------------------------------------------------------


def _proof(minutes: Minutes) -> list[tuple[str, str, bool]]:
    sitting, head, seal = minutes.sitting, minutes.head, minutes.seal
    lines = [
        (gettext("Sitting"), str(sitting.public_id), True),
        (gettext("Digest of the form"), sitting.form.digest.hex(), True),
    ]
    if head is None:
        lines.append((gettext("Last signed head"), gettext("none has left the server yet"), False))
    else:
        said = gettext(
            "%(code)s at %(time)s, over %(steps)s steps",
            code=head.short_code,
            time=_moment(head.at, minutes),
            steps=head.n_steps,
        )
        lines += [(gettext("Last signed head"), said, False), (gettext("its root"), head.root.hex(), True)]
    if seal is None:
        lines.append((gettext("Seal"), gettext("not sealed yet"), False))
    else:
        said = gettext("%(code)s over %(attempts)s attempts", code=short_code_of(seal), attempts=seal.n_attempts)
        lines += [(gettext("Seal"), said, False), (gettext("its root"), seal.root.hex(), True)]
    return lines
