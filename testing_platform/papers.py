"""Official papers of a sitting as PDF: the attendance list here, the minutes in `minutes_paper`.

They are documents of an Indonesian authority, so they are in Indonesian whoever prints them, with the times that the
clock in the room showed. Nothing in them depends on when they are printed: the same journal gives the same bytes.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import force_locale, gettext

from exam.model import Sitting
from exam.queries.minutes import Attendant
from exam.states import AttemptState, SittingState
from registry.model import TimeZone
from testing_platform.cards import font_folder, grouped
from testing_platform.i18n import local_text, zone_name

LANGUAGE = "id"
_SOURCES = Path(__file__).parent / "typst"
_FONTS = {"words": "DejaVu Sans", "codes": "DejaVu Sans Mono"}

Facts = list[tuple[str, str]]


@contextmanager
def in_paper_language() -> Iterator[None]:
    """The language of official papers, whatever the reader's pages are in."""
    with force_locale(LANGUAGE):
        yield


def compile_paper(source: str, document: dict[str, Any]) -> bytes:
    """A paper as PDF; `source` is the name of its typst file."""
    import typst  # heavy, and wanted a few times a month

    whole = {"language": LANGUAGE, "fonts": _FONTS, **document}
    inputs = {"paper": json.dumps(whole, ensure_ascii=False)}
    path = str(_SOURCES / f"{source}.typ")
    return bytes(typst.compile(path, font_paths=[font_folder()], ignore_system_fonts=True, sys_inputs=inputs))


def attendance_pdf(sitting: Sitting, attendants: Sequence[Attendant]) -> bytes:
    """The attendance list: on paper before the sitting, with what the journal knows once it began."""
    with in_paper_language():
        return compile_paper("attendance", attendance_document(sitting, attendants))


def attendance_document(sitting: Sitting, attendants: Sequence[Attendant]) -> dict[str, Any]:
    """What the typst source is given."""
    is_over = sitting.state in {SittingState.CLOSED, SittingState.SEALED}
    return {
        "title": gettext("Attendance list"),
        "subtitle": sitting.administration.title,
        "mark": mark_of(sitting),
        "footer": footer_of(sitting),
        "words": {
            **page_words(),
            "seat": gettext("Seat"),
            "candidate": gettext("Candidate"),
            "presence": gettext("Present"),
            "came": gettext("In"),
            "ended": gettext("Handed in"),
            "signature": gettext("Signature"),
        },
        "facts": sitting_facts(sitting),
        "rows": [_row(one, sitting.site.time_zone, is_over=is_over) for one in attendants],
        "counts": _counts(attendants, is_over=is_over),
        "people": [signatory(gettext("Proctor")), signatory(gettext("Invigilator"))],
    }


def _row(one: Attendant, zone: TimeZone, *, is_over: bool) -> dict[str, Any]:
    return {
        "seat": one.seat,
        "name": one.name,
        "number": grouped(one.participant_number),
        "school": one.school,
        "presence": _presence(one, is_over=is_over),
        "came": clock_text(one.came_at, zone),
        "ended": clock_text(one.ended_at, zone) or _ended(one),
    }


def _presence(one: Attendant, *, is_over: bool) -> str:
    if one.came_at is None:
        return str(gettext("absent")) if is_over else ""
    if one.begun_at is None and is_over:
        return str(gettext("present, did not begin"))
    return str(gettext("present"))


def _ended(one: Attendant) -> str:
    return str(gettext("time over")) if one.begun_at and one.state is AttemptState.EXPIRED else ""


def _counts(attendants: Sequence[Attendant], *, is_over: bool) -> Facts:
    n_came = sum(one.came_at is not None for one in attendants)
    counts = [(gettext("Enrolled"), str(len(attendants)))]
    if is_over:
        counts += [(gettext("Present"), str(n_came)), (gettext("Absent"), str(len(attendants) - n_came))]
    else:
        counts += [(gettext("Present"), "……………"), (gettext("Absent"), "……………")]
    return counts


# What all papers share --------------------------------------------------------------------------------------------


def mark_of(sitting: Sitting) -> str | None:
    """What a paper says of itself while the answers may still change."""
    return None if sitting.state is SittingState.SEALED else gettext("Not sealed yet")


def sitting_facts(sitting: Sitting) -> Facts:
    """Which sitting it is, as every paper says at its top."""
    zone = sitting.site.time_zone
    return [
        (gettext("Sitting"), sitting.title),
        (gettext("Place"), f"{sitting.room}, {sitting.site.name} ({sitting.site.code})"),
        (gettext("Planned"), f"{date_text(sitting.opens_at, zone)}, {_window(sitting)}"),
        (gettext("Form"), f"{sitting.form.title} ({sitting.form.code})"),
    ]


def _window(sitting: Sitting) -> str:
    zone = sitting.site.time_zone
    return f"{clock_text(sitting.opens_at, zone)}–{clock_text(sitting.closes_at, zone)} {zone_name(zone)}"


def footer_of(sitting: Sitting) -> str:
    """What stands at the foot of each page, so that a page that was lost finds its sitting again."""
    return f"{sitting.title} · {sitting.room} · {sitting.public_id}"


def page_words() -> dict[str, str]:
    """The words of the page itself."""
    return {"page": gettext("Page"), "name_and_number": gettext("Name and staff number")}


def signatory(role: str, name: str | None = None) -> dict[str, str | None]:
    """Somebody who signs."""
    return {"role": role, "name": name}


def clock_text(at: datetime | None, zone: TimeZone, form: str = "HH.mm") -> str:
    """A time as the clock in the room showed it, without the zone, which the paper names once."""
    return "" if at is None else local_text(at, zone, form).removesuffix(f" {zone_name(zone)}")


def date_text(at: datetime, zone: TimeZone) -> str:
    """A date in full."""
    return clock_text(at, zone, "EEEE, d MMMM yyyy")
