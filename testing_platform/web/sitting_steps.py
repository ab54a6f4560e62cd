"""How far a sitting is: roster, cards, open, closed, sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from exam.model import Sitting
from exam.operations.preparing import PREPARING
from exam.queries.enrolled import EnrolledRow
from exam.states import SittingState
from testing_platform.i18n import local_text


@dataclass(frozen=True)
class ShownStep:
    """One step on the way of a sitting, as `process_steps` shows it."""

    label: str
    state: str  # done, current or todo
    url: str = ""
    note: str = ""


def sitting_steps(sitting: Sitting, people: Sequence[EnrolledRow]) -> list[ShownStep]:
    """The five steps, of which the first that is not done is the current one."""
    n_cards = sum(1 for row in people if row.card_issued_at)
    reached = list(SittingState).index(sitting.state)
    done = [bool(people), bool(people) and n_cards == len(people), reached >= 1, reached >= 2, reached >= 3]
    current = done.index(False) if False in done else len(done)
    return [
        ShownStep(label, "done" if done[place] else "current" if place == current else "todo", url, note)
        for place, (label, url, note) in enumerate(_steps(sitting, n_people=len(people), n_cards=n_cards))
    ]


def _steps(sitting: Sitting, *, n_people: int, n_cards: int) -> list[tuple[str, str, str]]:
    can_prepare = sitting.state in PREPARING
    roster = url_for("sittings.roster", sitting_id=sitting.public_id) if can_prepare else ""
    cards = url_for("sittings.cards", sitting_id=sitting.public_id) if can_prepare and n_people else ""
    enrolled = gettext("%(people)s candidates", people=n_people)
    issued = gettext("%(cards)s of %(people)s", cards=n_cards, people=n_people)
    return [
        (gettext("Roster"), roster, enrolled),
        (gettext("Cards"), cards, issued),
        (gettext("Open"), "", _at(sitting, sitting.opened_at)),
        (gettext("Closed"), "", _at(sitting, sitting.closed_at)),
        (gettext("Sealed"), "", _at(sitting, sitting.sealed_at)),
    ]


def _at(sitting: Sitting, at: datetime | None) -> str:
    return local_text(at, sitting.site.time_zone, "d MMM HH.mm") if at else ""
