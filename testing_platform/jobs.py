"""Where analysis meets the examination: answers go out of `exam`, through `analysis`, and come back as figures.

Only `analysis_documents` beside it imports both. `exam` asks for figures through a function that it is given, and
`analysis` knows arrays only. A kind of job is a function that may run twice without harm.
"""

import math
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from exam.model import Administration, AnalysisRun, Form
from exam.operations.scoring import HowSure, Uncertainty, require_ready, run_scoring
from exam.queries.responses import collect_responses, run_of_digest
from exam.queries.scoring import item_keys, score_attempts
from exam.scoring import AttemptScore, ItemKey
from itembank.model import ItemVersion
from itembank.operations import record_statistics
from registry.actor import SYSTEM, Actor
from registry.audit import record
from registry.columns import Document
from registry.model import Account
from registry.queries import actor_of
from testing_platform.analysis_documents import Analysis, analyse, drawings, item_figures, item_reasons, run_figures
from testing_platform.database import Database
from testing_platform.errors import JobProblemError
from testing_platform.i18n import LANGUAGES
from testing_platform.wiring import Platform, utc_now

FEWEST_CANDIDATES = 30  # below this the policy judges no item, so an analysis would only look like one

Progress = Callable[[int], None]


def score_form(database: Database, form: uuid.UUID, *, actor: Actor, now: datetime) -> uuid.UUID:
    """Score a form by its signed key set and say how sure each decision is; the run's public id."""
    by_id = select(Form).where(Form.public_id == form)
    estimate = _Remembered()
    # The estimate takes a second, and a writer on SQLite keeps answers waiting: it is made while only reading.
    with database.reading() as session:
        found = session.scalars(by_id).one()
        items = item_keys(session, require_ready(session, found))
        if scored := score_attempts(session, found, items):
            estimate([attempt.score for attempt in scored], items, found.pass_percent)
    with database.transaction() as session:
        found = session.scalars(by_id).one()
        return run_scoring(session, found, estimate=estimate, actor=actor, now=now).public_id


class _Remembered:
    """`estimate_uncertainty`, made once for the same scores; other scores are estimated anew."""

    def __init__(self) -> None:
        self._asked: object = None
        self._answer: Uncertainty | None = None

    def __call__(self, scores: Sequence[AttemptScore], items: Sequence[ItemKey], pass_percent: int) -> Uncertainty:
        asked = (list(scores), list(items), pass_percent)
        if self._answer is None or self._asked != asked:
            self._asked, self._answer = asked, estimate_uncertainty(scores, items, pass_percent)
        return self._answer


def estimate_uncertainty(scores: Sequence[AttemptScore], items: Sequence[ItemKey], pass_percent: int) -> Uncertainty:
    """The three figures for every raw score that occurs, and how the form worked as a whole."""
    from analysis.classical import describe_form
    from analysis.decision import how_sure, probability_of_passing
    from analysis.errors import NotEstimable

    n_scored = scores[0].n_scored
    raw_scores = [score.raw_score for score in scores]
    histogram = [raw_scores.count(raw) for raw in range(n_scored + 1)]
    population, why_none = None, None
    try:
        population = _population(histogram)
    except NotEstimable as error:
        why_none = str(error)
    figures = {
        raw: how_sure(raw, n_items=n_scored, cut_percent=pass_percent, population=population) for raw in set(raw_scores)
    }
    matrix, form = _matrix(scores, items)
    statistics = describe_form(matrix, form)
    passing = -(-pass_percent * n_scored // 100)
    return Uncertainty(
        by_raw_score={
            raw: HowSure(
                standard_error=_finite(sure.error),
                p_pass_if_true=_finite(sure.pass_if_truly_this),
                p_true_pass=_finite(sure.truly_at_least_cut),
            )
            for raw, sure in figures.items()
        },
        form={
            "histogram": histogram,
            "passing_score": passing,
            "pass_if_truly_at_cut": probability_of_passing(pass_percent / 100, n_items=n_scored, passing=passing),
            "population": _population_figures(population, why_none),
            "reliability": _reliability(statistics, n_scored),
            **_around_the_cut(raw_scores, n_scored, pass_percent),
            "likely_scores": _likely_scores(set(raw_scores), n_scored),
            "sections": _sections(scores, items),
            "pictures": _pictures(statistics, pass_percent),
        },
    )


def _population(histogram: Sequence[int]) -> Any:
    from analysis.decision import true_scores_from_histogram

    return true_scores_from_histogram(tuple(histogram))


def _population_figures(population: Any, why_none: str | None) -> Document:
    if population is None:
        return {"method": None, "reason": why_none}
    return {
        "method": population.method,
        "alpha": population.alpha,
        "beta": population.beta,
        "mean": population.mean,
        "sd": population.sd,
    }


def _matrix(scores: Sequence[AttemptScore], items: Sequence[ItemKey]) -> Any:
    import numpy as np

    from analysis.forms import find_forms
    from analysis.responses import ResponseMatrix

    counting = [item for item in items if item.counts]
    matrix = ResponseMatrix.from_arrays(
        np.array([score.right for score in scores], dtype=np.int8),
        key=[1] * len(counting),
        sections=[item.section.value for item in counting],
    )
    return matrix, find_forms(matrix)[0]


def _reliability(statistics: Any, n_scored: int) -> Document:
    low, high = statistics.alpha_interval
    return {
        "n_persons": statistics.n_persons,
        "mean": 100 * statistics.mean / n_scored,
        "sd": _finite(100 * statistics.sd / n_scored),
        "kr20": _finite(statistics.kr20),
        "kr20_low": _finite(low),
        "kr20_high": _finite(high),
        "stratified_alpha": _finite(statistics.stratified_alpha),
        "standard_error": _finite(100 * statistics.sem / n_scored),
        "n_items_for_070": _finite(statistics.n_items_for_wanted_reliability),
    }


def _around_the_cut(raw_scores: Sequence[int], n_scored: int, pass_percent: int) -> Document:
    from analysis.decision import uncertain_band

    low, high = uncertain_band(n_scored, pass_percent)
    within = [raw for raw in raw_scores if low <= 100 * raw / n_scored <= high]
    return {"uncertain_band": [low, high], "n_uncertain": len(within)}


def _likely_scores(raw_scores: set[int], n_scored: int) -> dict[str, list[int]]:
    from analysis.reporting import likely_scores

    return {str(raw): list(likely_scores(raw, n_scored)) for raw in sorted(raw_scores)}


def _sections(scores: Sequence[AttemptScore], items: Sequence[ItemKey]) -> dict[str, Document]:
    """For each section: whether its own score tells more about it than the whole test does, and then its ranges."""
    import numpy as np

    from analysis.reporting import part_worth

    right = np.array([score.right for score in scores], dtype=np.bool_)
    of_item = np.array([item.section.value for item in items if item.counts])
    sections: dict[str, Document] = {}
    for section, part in scores[0].sections.items():
        worth = part_worth(right, of_item == section.value)
        raw_scores = {score.sections[section].raw_score for score in scores}
        sections[section.value] = {
            "reportable": worth.is_reportable,
            "own": _finite(worth.own),
            "whole": _finite(worth.whole),
            "likely": _likely_scores(raw_scores, part.n_scored) if worth.is_reportable else {},
        }
    return sections


def _pictures(statistics: Any, pass_percent: int) -> dict[str, str]:
    from analysis.pictures import score_histogram

    return {
        language: score_histogram(statistics, cut_percent=pass_percent, language=language) for language in LANGUAGES
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


# Item analysis ----------------------------------------------------------------------------------------------------


class TooFewCandidatesError(JobProblemError):
    """Fewer people answered than any item could be judged by."""

    code = "too-few-candidates"

    def __init__(self, *, n_answered: int) -> None:
        super().__init__(
            f"{self.code}: {n_answered} candidates answered in sittings that are over; "
            f"an analysis needs at least {FEWEST_CANDIDATES}"
        )


def analyse_administration(
    platform: Platform, arguments: Document, requested_by_id: int | None, progress: Progress
) -> Document:
    """Analyse the answers of an administration, keep figures and pictures, and judge every item by the policy.

    The same answers give the same run: doing it twice adds nothing.
    """
    with platform.database.reading() as session:
        administration = session.scalars(_administration(arguments)).one()
        responses = collect_responses(session, administration)
        cut_percent = max((form.pass_percent for form in administration.forms), default=75)
        known = run_of_digest(session, administration, responses.digest)
    if known is not None:
        return {"run": str(known), "repeated": True}
    if len(responses.attempts) < FEWEST_CANDIDATES:
        raise TooFewCandidatesError(n_answered=len(responses.attempts))
    progress(5)
    analysis = analyse(responses, cut_percent=cut_percent)
    progress(15)
    pictures = _drawn(analysis, progress)
    with platform.database.transaction() as session:
        return _keep(session, analysis, pictures, arguments=arguments, requested_by_id=requested_by_id)


def _administration(arguments: Document) -> Select[Administration]:
    return select(Administration).where(Administration.public_id == uuid.UUID(arguments["administration"]))


def _drawn(analysis: Analysis, progress: Progress) -> dict[str, str]:
    drawn: dict[str, str] = {}
    wanted = list(drawings(analysis))
    for number, (name, draw) in enumerate(wanted, start=1):
        drawn[name] = draw()
        if number % 8 == 0:
            progress(15 + 80 * number // len(wanted))
    return drawn


def _keep(
    session: Session,
    analysis: Analysis,
    pictures: dict[str, str],
    *,
    arguments: Document,
    requested_by_id: int | None,
) -> Document:
    # Where rows can be locked, two workers with the same job take turns, and the second finds the run of the first.
    administration = session.scalars(_administration(arguments).with_for_update()).one()
    known = run_of_digest(session, administration, analysis.responses.digest)
    if known is not None:
        return {"run": str(known), "repeated": True}
    actor = _requested_by(session, requested_by_id)
    run = AnalysisRun(
        public_id=uuid.uuid4(),
        administration=administration,
        computed_at=utc_now(),
        computed_by_id=actor.account_id,
        responses_digest=analysis.responses.digest,
        n_persons=len(analysis.responses.attempts),
        figures=run_figures(analysis),
        pictures=pictures,
    )
    session.add(run)
    session.flush()
    _write_down(session, run, actor)
    for place in range(len(analysis.responses.items)):
        _keep_item(session, analysis, place, run=run, actor=actor)
    return {"run": str(run.public_id), "repeated": False}


def _requested_by(session: Session, requested_by_id: int | None) -> Actor:
    account = None if requested_by_id is None else session.get(Account, requested_by_id)
    return SYSTEM if account is None else actor_of(account)


def _write_down(session: Session, run: AnalysisRun, actor: Actor) -> None:
    record(
        session,
        actor=actor,
        action="analysis.run",
        subject_kind="administration",
        subject=run.administration.public_id,
        at=run.computed_at,
        details={"run": str(run.public_id), "n_persons": run.n_persons, "answers": run.responses_digest.hex()},
    )


def _keep_item(session: Session, analysis: Analysis, place: int, *, run: AnalysisRun, actor: Actor) -> None:
    record_statistics(
        session,
        session.get_one(ItemVersion, analysis.responses.items[place].version_id),
        administration=run.administration.public_id,
        administration_code=run.administration.code,
        n_presented=analysis.analysed.classical.items[place].n_presented,
        figures={"run": str(run.public_id), **item_figures(analysis, place)},
        verdict=analysis.analysed.verdicts[place].outcome.value,
        reasons=item_reasons(analysis, place),
        actor=actor,
        now=run.computed_at,
    )


# What the worker can do, by the kind of its job.
KINDS: dict[str, Callable[[Platform, Document, int | None, Progress], Document]] = {
    "analyse_administration": analyse_administration,
}
