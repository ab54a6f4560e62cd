"""Candidates' reports of broken items in words, for whoever checks keys or decides what becomes of an item."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from flask.blueprints import BlueprintSetupState
from flask_babel import gettext, lazy_gettext

from exam.challenges import ChallengeReason, Report
from exam.queries.challenges import ItemReports
from itembank.textformat import LETTERS

MOST_SCREENS = 20  # that are listed one by one; the others look alike by then

_REASONS = {
    ChallengeReason.NO_RIGHT_ANSWER: lazy_gettext("No option is right"),
    ChallengeReason.TWO_ANSWERS: lazy_gettext("More than one option is right"),
    ChallengeReason.PICTURE: lazy_gettext("A picture is missing"),
    ChallengeReason.TYPING: lazy_gettext("Typing error"),
    ChallengeReason.OFF_TOPIC: lazy_gettext("Off topic"),
    ChallengeReason.OTHER: lazy_gettext("Something else"),
}


class Screen(NamedTuple):
    """What one candidate had on the screen when reporting."""

    reason: str
    answer: str
    window: str
    zoom: str
    pictures: str
    look: str


@dataclass(frozen=True)
class ShownReports:
    """The reports of one item as a page shows them."""

    found: ItemReports
    n_options: int

    @property
    def n_reports(self) -> int:
        """How many there are."""
        return self.found.n_reports

    @property
    def n_automatic(self) -> int:
        """How many came from computers that could not show a picture."""
        return self.found.n_automatic

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Each reason in words, and how often it was given."""
        return [(reason_name(reason), n_reports) for reason, n_reports in self.found.by_reason]

    @property
    def answers(self) -> list[tuple[str, int]]:
        """How those who reported answered in the end, by the letters of the bank."""
        chosen = Counter(self.found.answers)
        lettered = [(LETTERS[option], chosen[option]) for option in range(self.n_options)]
        return [*lettered, (str(gettext("no answer")), chosen[None])]

    @property
    def screens(self) -> list[Screen]:
        """What was on the screens, of the first reports."""
        return [_screen(report) for report in self.found.reports[:MOST_SCREENS]]


def install(state: BlueprintSetupState) -> None:
    """Teach the templates the words."""
    state.app.jinja_env.globals.update(reason_name=reason_name)


def reason_name(reason: ChallengeReason) -> str:
    """What a candidate found wrong, in words."""
    return str(_REASONS[reason])


def _screen(report: Report) -> Screen:
    screen = report.screen
    answer = screen.get("answer", "")
    return Screen(
        reason=reason_name(report.reason) if not report.is_automatic else str(gettext("Reported by the computer")),
        answer=str(gettext("none")) if answer == "none" else answer,
        window=screen.get("view", ""),
        zoom=screen.get("zoom", ""),
        pictures=screen.get("pictures", ""),
        look=", ".join(filter(None, (screen.get("size"), screen.get("theme")))),
    )
