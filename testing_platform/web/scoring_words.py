"""The words and figures of scoring for people: steps on the way to results, treatments, decisions, numbers."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import format_decimal, format_percent, gettext, lazy_gettext, ngettext

from exam.model import Score
from exam.operations.scoring import NEEDED_SIGNATURES
from exam.queries.standings import FormStanding
from exam.scoring import score_of_100
from exam.states import Treatment
from testing_platform.i18n import local_text

LETTERS = "ABCDE"

_TREATMENTS = {
    Treatment.SCORE: lazy_gettext("Score by the key"),
    Treatment.CREDIT: lazy_gettext("Faulty: credit to all"),
    Treatment.DROP: lazy_gettext("Faulty: drop from the score"),
}
# The three figures beside a decision. They answer three questions and are never mixed.
FIGURES = (
    (
        lazy_gettext("Error (points)"),
        lazy_gettext(
            "Conditional standard error of measurement (Lord): how far this score typically lies from the person's "
            "true score, in points of 100."
        ),
    ),
    (
        lazy_gettext("P(pass | true = score)"),
        lazy_gettext("How often a person would pass whose true score is exactly this score, on forms of this length."),
    ),
    (
        lazy_gettext("P(true ≥ cut | score)"),
        lazy_gettext(
            "How likely the person's true score is at or above the cut, given this score and how the scores of "
            "everybody in this run are spread."
        ),
    ),
)


def _(msgid: str, **parameters: object) -> str:
    return str(gettext(msgid, **parameters))


def install(words: dict[str, Any]) -> None:
    """Let templates use these words."""
    words.update(
        treatment_name=treatment_name,
        steps_to_results=steps_to_results,
        key_letters=key_letters,
        share=share,
        points=points,
        score_text=score_text,
        fingerprint=fingerprint,
        score_figures=FIGURES,
    )


def treatment_name(treatment: Treatment) -> str:
    """How an item counts."""
    return str(_TREATMENTS[treatment])


def treatment_choices() -> list[tuple[str, str]]:
    """All treatments, for a select field."""
    return [(treatment.value, treatment_name(treatment)) for treatment in Treatment]


def key_letters(keys: Sequence[int]) -> list[str]:
    """Option positions as letters."""
    return [LETTERS[key] for key in keys]


def share(value: float | None, *, total: float = 1) -> str:
    """A proportion as a percentage; a figure that could not be estimated is a dash."""
    return "–" if value is None or not total else str(format_percent(value / total, "#,##0.0%"))


def points(value: float | None, decimals: int = 1) -> str:
    """A figure with so many decimals, or a dash."""
    return "–" if value is None else str(format_decimal(value, "#,##0." + "0" * decimals))


def score_text(score: Score) -> str:
    """The score of 100 for a column of scores: always two decimals, cut off."""
    return str(format_decimal(score_of_100(score.raw_score, score.n_scored), "#,##0.00"))


def number_text(value: Decimal) -> str:
    """A score of 100 in the reader's notation."""
    return str(format_decimal(value, "#,##0.##"))


def fingerprint(digest: bytes) -> str:
    """The first part of a digest, as two people compare it over the telephone."""
    start = digest.hex()[:16]
    return " ".join(start[place : place + 4] for place in range(0, 16, 4))


# The way to results -----------------------------------------------------------------------------------------------


def steps_to_results(standing: FormStanding) -> list[dict[str, Any]]:
    """Sittings, key check, scoring, release: what is done, what comes next, what waits."""
    form = standing.form.public_id
    steps = [
        (standing.is_sealed, _("Sittings sealed"), _sittings_note(standing), None),
        (_is_signed(standing), _("Key check"), _keys_note(standing), url_for("scoring.keys", form_id=form)),
        (_is_scored(standing), _("Scoring"), _run_note(standing), _run_url(standing)),
        (_is_released(standing), _("Release"), _release_note(standing), _run_url(standing)),
    ]
    first_open = next((place for place, step in enumerate(steps) if not step[0]), len(steps))
    return [
        {"label": label, "note": note, "url": url, "state": _state(done, is_first=place == first_open)}
        for place, (done, label, note, url) in enumerate(steps)
    ]


def _state(done: bool, *, is_first: bool) -> str:
    return "done" if done else "current" if is_first else "todo"


def _is_signed(standing: FormStanding) -> bool:
    return standing.n_signatures >= NEEDED_SIGNATURES


def _is_scored(standing: FormStanding) -> bool:
    return standing.run is not None and not standing.is_run_outdated


def _is_released(standing: FormStanding) -> bool:
    return _is_scored(standing) and standing.release is not None and standing.release.approved_at is not None


def _run_url(standing: FormStanding) -> str | None:
    return url_for("scoring.run", run_id=standing.run.public_id) if standing.run else None


def _sittings_note(standing: FormStanding) -> str:
    if not standing.n_sittings:
        return _("no sitting planned yet")
    return _("%(sealed)s of %(all)s sealed", sealed=standing.n_sealed, all=standing.n_sittings)


def _keys_note(standing: FormStanding) -> str:
    if standing.key_set is None:
        return _("no keys proposed yet")
    return _(
        "key set %(number)s, %(signed)s of %(needed)s signatures",
        number=standing.key_set.number,
        signed=standing.n_signatures,
        needed=NEEDED_SIGNATURES,
    )


def _run_note(standing: FormStanding) -> str:
    if standing.run is None:
        return str(ngettext("%(num)s attempt to score", "%(num)s attempts to score", standing.n_begun))
    if standing.is_run_outdated:
        return _("the keys changed since run %(number)s", number=standing.run.number)
    return _("run %(number)s, %(at)s", number=standing.run.number, at=local_text(standing.run.scored_at))


def _release_note(standing: FormStanding) -> str:
    release = standing.release
    if release is None:
        return _("not proposed yet")
    if release.approved_at is None:
        return _("waits for a second member of the committee")
    return _("released %(at)s", at=local_text(release.approved_at))


# Words for exports ------------------------------------------------------------------------------------------------


def decision_text(passed: bool | None) -> str:
    """Passed, not passed, or never begun."""
    if passed is None:
        return _("Did not begin")
    return _("Passed") if passed else _("Not passed")
