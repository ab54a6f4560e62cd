"""Where analysis meets the examination: answers go out of `exam`, through `analysis`, and come back as figures.

No other module imports both. `exam` asks for figures through a function that it is given, and `analysis` knows
arrays only.
"""

import math
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from exam.model import Form
from exam.operations.scoring import HowSure, Uncertainty, run_scoring
from exam.scoring import AttemptScore, ItemKey
from registry.actor import Actor
from registry.columns import Document
from testing_platform.database import Database
from testing_platform.i18n import LANGUAGES


def score_form(database: Database, form: uuid.UUID, *, actor: Actor, now: datetime) -> uuid.UUID:
    """Score a form by its signed key set and say how sure each decision is; the run's public id."""
    with database.transaction() as session:
        found = session.scalars(select(Form).where(Form.public_id == form)).one()
        return run_scoring(session, found, estimate=estimate_uncertainty, actor=actor, now=now).public_id


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
    """For each section: whether its own score tells more about it than the whole test does."""
    import numpy as np

    from analysis.reporting import part_worth

    right = np.array([score.right for score in scores], dtype=np.bool_)
    sections = np.array([item.section.value for item in items if item.counts])
    worth = {name: part_worth(right, sections == name) for name in sorted(set(sections.tolist()))}
    return {
        name: {"reportable": part.is_reportable, "own": _finite(part.own), "whole": _finite(part.whole)}
        for name, part in worth.items()
    }


def _pictures(statistics: Any, pass_percent: int) -> dict[str, str]:
    from analysis.pictures import score_histogram

    return {
        language: score_histogram(statistics, cut_percent=pass_percent, language=language) for language in LANGUAGES
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
