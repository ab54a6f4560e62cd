"""Participants' cards on paper: the only place where PIN and result code are ever readable.

The codes go from memory into the document and nowhere else: no temporary file, no log, no second copy. A card that
is lost is issued anew, and the old codes die; once the sitting is over, only its result code is still worth that.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import get_locale, gettext

from exam.model import Sitting
from exam.operations.sittings import Card
from testing_platform.i18n import local_text

CARDS_A_PAGE = 8
_SOURCE = str(Path(__file__).parent / "typst" / "cards.typ")
_FONTS = {"words": "DejaVu Sans", "codes": "DejaVu Sans Mono"}


@dataclass(frozen=True)
class CardSheet:
    """What all cards of a sitting have in common."""

    title: str
    place: str
    time: str
    address: str  # where candidates open the runner
    results_address: str  # where they see their result, weeks later

    @classmethod
    def of(cls, sitting: Sitting, *, address: str, results_address: str) -> "CardSheet":
        """The common part for a sitting, with the time as the clock in the room shows it."""
        site = sitting.site
        opens = local_text(sitting.opens_at, site.time_zone, "EEEE, d MMMM yyyy, HH.mm")
        return cls(
            title=sitting.title,
            place=f"{sitting.room}, {site.name}",
            time=opens,
            address=address,
            results_address=results_address,
        )


def cards_pdf(cards: Iterable[Card], sheet: CardSheet) -> bytes:
    """The cards as a PDF for A4 paper, eight to a page, in the language of the request."""
    import typst  # heavy, and wanted a few times a month

    content = json.dumps(card_document(cards, sheet), ensure_ascii=False)
    inputs = {"cards": content}
    return bytes(typst.compile(_SOURCE, font_paths=[font_folder()], ignore_system_fonts=True, sys_inputs=inputs))


def card_document(cards: Iterable[Card], sheet: CardSheet) -> dict[str, Any]:
    """What the typst source is given: words, the common part, and one entry a card."""
    return {
        "language": str(get_locale() or "id"),
        "fonts": _FONTS,
        "words": _words(),
        "sitting": {"title": sheet.title, "place": sheet.place, "time": sheet.time},
        "address": sheet.address,
        "results_address": sheet.results_address,
        "cards": [_entry(card) for card in cards],
    }


def _entry(card: Card) -> dict[str, Any]:
    return {
        "name": card.name,
        "school": card.school,
        "number": grouped(card.participant_number),
        "seat": card.seat,
        "extra": gettext("%(minutes)s minutes", minutes=card.extra_minutes) if card.extra_minutes else None,
        "pin": card.pin or None,
        "result": card.result_code,
    }


def grouped(number: str) -> str:
    """A participant number in groups that people can read aloud: 26 0000 012 4 as two, four and four digits."""
    return f"{number[:2]} {number[2:6]} {number[6:]}"


def _words() -> dict[str, str]:
    return {
        "title": gettext("Participant card"),
        "seat": gettext("Seat"),
        "number": gettext("Participant number"),
        "pin": gettext("PIN"),
        "time": gettext("Time"),
        "place": gettext("Place"),
        "bring": gettext("Bring"),
        "to_bring": gettext("Identity card (KTP or SIM) and this card. Come 60 minutes early."),
        "extra": gettext("Extra time"),
        "address": gettext("Address"),
        "slip": gettext("New result code"),
        "code": gettext("Result code"),
        "slip_hint": gettext(
            "Type both there. The result code of the old card no longer works. Keep this slip for your result."
        ),
        "result": gettext("Result code. Keep this card for it."),
    }


def font_folder() -> str:
    """Where the letters of all papers come from."""
    # The pictures of the analysis bring DejaVu along, so cards look the same on every server.
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")
