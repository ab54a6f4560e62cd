"""A candidate's own result, opened by participant number and the result code of the card.

The result is the answer to the form itself: no cookie is left behind, so the next person at a shared computer sees
nothing. Wrong codes are counted per enrolment, in the database.
"""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from exam.credentials import is_participant_number, parse_pin
from exam.errors import PinMistypedError
from exam.operations.codes import Refusal, open_result
from exam.queries.standings import CandidateResult, CandidateStanding, candidate_standing
from exam.scoring import passing_score, score_of_100
from testing_platform.error_texts import text_of
from testing_platform.permissions import Permission, requires
from testing_platform.web.scoring_words import number_text
from testing_platform.wiring import platform, utc_now

bp = Blueprint("results", __name__, url_prefix="/hasil")

Page = str | tuple[str, int] | AnyResponse


@dataclass(frozen=True)
class Typed:
    """What a candidate typed, and what is wrong with its shape; typing errors are not counted as tries."""

    participant_number: str = ""
    code: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, fields: MultiDict[str, str]) -> "Typed":
        """Read the two fields."""
        number = "".join(fields.get("participant_number", "").split())
        errors = {}
        if not is_participant_number(number):
            errors["participant_number"] = gettext("The participant number has ten digits. Compare it with your card.")
        code = ""
        try:
            code = parse_pin(fields.get("code", ""))
        except PinMistypedError as error:
            errors["code"] = text_of(error)
        return cls(number, code, errors)


@bp.get("/")
@requires(Permission.PUBLIC)
def ask() -> Page:
    """Ask for number and code."""
    return _form(Typed())


@bp.post("/")
@requires(Permission.PUBLIC)
def show() -> Page:
    """Show the result, or say honestly that it is not out yet."""
    typed = Typed.parse(request.form)
    if typed.errors:
        return _form(typed), 422
    with platform().database.transaction() as session:
        opened = open_result(
            session,
            participant_number=typed.participant_number,
            code=typed.code,
            keys=platform().keys,
            now=utc_now(),
        )
        if not isinstance(opened, Refusal):
            return _result(candidate_standing(session, opened))
    return _refused(typed, opened)


def _form(typed: Typed) -> str:
    return render_template("results/ask.html", typed=typed, errors=typed.errors)


def _refused(typed: Typed, refusal: Refusal) -> Page:
    if refusal.code == "slow-down":
        text = gettext(
            "Too many wrong codes. Wait %(seconds)s seconds, then try again.", seconds=refusal.retry_after_seconds
        )
        response = make_response(_form(Typed(typed.participant_number, errors={"code": text})), 429)
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
        return response
    text = gettext("Participant number and result code do not belong together. Compare both with your card.")
    return _form(Typed(typed.participant_number, errors={"code": text})), 422


def _result(standing: CandidateStanding) -> str:
    if standing.result is None:
        return render_template("results/none.html", standing=standing)
    return render_template("results/result.html", standing=standing, **_told(standing.result))


def _told(result: CandidateResult) -> dict[str, Any]:
    """The figures of the page: score, decision, the plain range, and sections where they mean something."""
    score, figures = result.score, result.run.uncertainty
    return {
        "score": score,
        "run": result.run,
        "released_at": result.released_at,
        "score_text": number_text(score_of_100(score.raw_score, score.n_scored)),
        "cut": result.run.pass_percent,
        "needed": passing_score(score.n_scored, result.run.pass_percent),
        "likely": _range(figures["likely_scores"][str(score.raw_score)], score.n_scored),
        "sections": _sections(score.section_scores, figures["sections"]),
    }


def _range(raw_scores: list[int], n_scored: int) -> tuple[str, str]:
    low, high = (number_text(score_of_100(raw, n_scored)) for raw in raw_scores)
    return low, high


def _sections(scores: dict[str, Any], figures: dict[str, Any]) -> list[tuple[str, tuple[str, str]]]:
    # Hidden unless the part's own score says more about the part than the whole test does (Haberman).
    shown = [name for name in scores if figures.get(name, {}).get("reportable")]
    return [(name, _range(figures[name]["likely"][str(scores[name]["raw"])], scores[name]["scored"])) for name in shown]
