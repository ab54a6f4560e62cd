"""The figures beside a decision: what goes from exam through analysis into a run."""

import random

import pytest

from analysis.decision import how_sure, true_scores_from_histogram
from analysis.reporting import likely_scores
from exam.scoring import AttemptScore, ItemKey, score_answers
from exam.states import Treatment
from itembank.model import Section
from testing_platform.jobs import estimate_uncertainty

N_ITEMS = 40


def items() -> list[ItemKey]:
    """12 pedagogic and 28 professional items, of which one is dropped, and a pretest item."""
    sections = [Section.PEDAGOGIC] * 12 + [Section.PROFESSIONAL] * 29
    return [
        ItemKey(
            position=place,
            section=section,
            scored=place <= N_ITEMS,
            keys=frozenset({0}),
            treatment=Treatment.DROP if place == N_ITEMS else Treatment.SCORE,
        )
        for place, section in enumerate(sections, start=1)
    ]


def scores_of(chances: list[float]) -> list[AttemptScore]:
    rng = random.Random(20121030)
    return [
        score_answers({place: 0 if rng.random() < chance else 1 for place in range(1, 42)}, items())
        for chance in chances
    ]


@pytest.fixture(scope="module")
def scored() -> list[AttemptScore]:
    rng = random.Random(7)
    return scores_of([rng.betavariate(6, 3) for _ in range(300)])


def test_the_three_figures_are_those_of_the_analysis(scored: list[AttemptScore]) -> None:
    uncertainty = estimate_uncertainty(scored, items(), 75)
    raw_scores = [score.raw_score for score in scored]
    population = true_scores_from_histogram(tuple(raw_scores.count(raw) for raw in range(N_ITEMS)))
    assert set(uncertainty.by_raw_score) == set(raw_scores)
    for raw, figures in uncertainty.by_raw_score.items():
        expected = how_sure(raw, n_items=39, cut_percent=75, population=population)
        assert figures.standard_error == pytest.approx(expected.error)
        assert figures.p_pass_if_true == pytest.approx(expected.pass_if_truly_this)
        assert figures.p_true_pass == pytest.approx(expected.truly_at_least_cut)


def test_dropped_and_pretest_items_do_not_enter(scored: list[AttemptScore]) -> None:
    form = estimate_uncertainty(scored, items(), 75).form
    assert len(form["histogram"]) == 40
    assert sum(form["histogram"]) == 300
    assert form["passing_score"] == 30


def test_the_uncertain_are_those_within_one_error_of_the_cut(scored: list[AttemptScore]) -> None:
    form = estimate_uncertainty(scored, items(), 75).form
    low, high = form["uncertain_band"]
    assert low < 75 < high
    assert form["n_uncertain"] == sum(low <= 100 * score.raw_score / 39 <= high for score in scored)


def test_parts_of_one_ability_get_no_score_of_their_own(scored: list[AttemptScore]) -> None:
    form = estimate_uncertainty(scored, items(), 75).form
    assert [part["reportable"] for part in form["sections"].values()] == [False, False]
    assert [part["likely"] for part in form["sections"].values()] == [{}, {}]


def test_every_candidate_gets_the_likely_range(scored: list[AttemptScore]) -> None:
    form = estimate_uncertainty(scored, items(), 75).form
    assert {int(raw): tuple(likely) for raw, likely in form["likely_scores"].items()} == {
        score.raw_score: likely_scores(score.raw_score, 39) for score in scored
    }


def test_both_languages_get_their_picture(scored: list[AttemptScore]) -> None:
    pictures = estimate_uncertainty(scored, items(), 75).form["pictures"]
    assert {language: svg.lstrip().startswith(("<?xml", "<svg")) for language, svg in pictures.items()} == {
        "id": True,
        "en": True,
    }


@pytest.mark.parametrize("n_persons", [1, 2, 20])
def test_people_who_score_alike_have_no_population(n_persons: int) -> None:
    alike = [score_answers(dict.fromkeys(range(1, 31), 0), items()) for _ in range(n_persons)]
    uncertainty = estimate_uncertainty(alike, items(), 75)
    assert uncertainty.form["population"]["method"] is None
    assert uncertainty.by_raw_score[30].p_true_pass is None
    assert uncertainty.by_raw_score[30].standard_error == pytest.approx(100 * (30 * 9 / 38) ** 0.5 / 39)
