"""The second look holds together: what JSON, report and pages take from it, and what it refuses to say."""

import json
import math
from functools import cache

import numpy as np
import pytest
from lxml import etree
from numpy.typing import NDArray

from analysis.administration import Administration, Wishes, analyze_administration
from analysis.appraisal import LOOKED_AT, some_people
from analysis.consistency import lee_irt
from analysis.irt.fit import group_residuals
from analysis.irt_pictures import expected_score_curve, residual_plot, wright_map
from analysis.report.figures import as_figures
from analysis.report.html import as_html
from analysis.responses import NOT_PRESENTED, ResponseMatrix
from analysis.simulation import simulate_tryout


@cache
def tryout(n_persons: int = 600) -> Administration:
    whole = simulate_tryout(5, n_persons=n_persons, n_items=16).matrix
    sections = ["pedagogic"] * 6 + ["professional"] * 10
    matrix = ResponseMatrix.from_arrays(whole.options, key=whole.key, sections=sections)
    return analyze_administration(matrix, Wishes(cut_percent=60))


def test_nothing_is_worked_out_before_it_is_asked_for() -> None:
    administration = analyze_administration(tryout().matrix, Wishes(models=("rasch",)))
    assert not {"form_appraisals", "model_appraisals", "model_comparisons"} & set(vars(administration))


def test_the_headline_is_lees_method_with_the_larger_model() -> None:
    (form,) = tryout().form_appraisals
    assert [found.method for found in form.decisions] == ["lee_irt", "livingston_lewis", "lee_binomial", "rudner"]
    assert form.headline is form.decisions[0]
    rasch, two = (lee_irt(calibration, passing=10) for calibration in tryout().calibrations)
    assert form.headline == two != rasch
    assert [found.decides_on for found in form.decisions] == ["raw_score"] * 3 + ["theta"]
    without = analyze_administration(tryout().matrix, Wishes(models=()))
    headline = without.form_appraisals[0].headline
    assert headline is not None
    assert headline.method == "livingston_lewis"


def test_a_model_with_too_few_people_leaves_the_decision_to_a_smaller_one() -> None:
    few = tryout(400)
    rasch, two = few.calibrations
    headline = few.form_appraisals[0].headline
    assert headline == lee_irt(rasch, passing=10) != lee_irt(two, passing=10)


def test_a_calibration_that_did_not_settle_says_nothing_about_decisions() -> None:
    rows = np.array([[0, 0, 0, 0]] * 50 + [[1, 1, 1, 1]] * 50 + [[0, 0, 1, 1]] * 20)
    done = analyze_administration(ResponseMatrix.from_arrays(rows, key=[0] * 4), Wishes(models=("2pl",)))
    assert not done.converged
    assert not any(found.method in ("lee_irt", "rudner") for found in done.form_appraisals[0].decisions)


def test_few_people_are_told_for_each_model() -> None:
    codes = {appraisal.model: [c.code for c in appraisal.cautions] for appraisal in tryout(160).model_appraisals}
    assert codes == {"rasch": [], "2pl": ["few_persons_for_model"]}
    assert all(not appraisal.cautions for appraisal in tryout().model_appraisals)


def test_forms_without_common_items_are_told() -> None:
    options = simulate_tryout(5, n_persons=300, n_items=12).matrix.options.copy()
    options[:150, 6:], options[150:, :6] = NOT_PRESENTED, NOT_PRESENTED
    apart = _of_forms(options)
    assert "forms_not_linked" in {caution.code for caution in apart.model_appraisals[0].cautions}
    assert "share no items" in apart.calibrations[0].message
    options[:150, 6] = 0
    options[:75, 6] = 1
    linked = _of_forms(options)
    assert "forms_not_linked" not in {caution.code for caution in linked.model_appraisals[0].cautions}
    assert "share no items" not in linked.calibrations[0].message


def _of_forms(options: NDArray[np.int8]) -> Administration:
    return analyze_administration(ResponseMatrix.from_arrays(options, key=[0] * 12), Wishes(models=("rasch",)))


def test_the_json_carries_the_second_look() -> None:
    figures = json.loads(json.dumps(as_figures(tryout()), allow_nan=False))
    two = figures["irt"]["2PL"]
    assert {"M2", "S_X2", "infit", "Q3_largest", "person_fit", "sum_score_table"} <= set(two)
    assert len(two["S_X2"]) == len(two["infit"]) == 16
    assert len(two["sum_score_table"]) == 17
    (comparison,) = figures["model_comparisons"]
    assert (comparison["smaller"], comparison["larger"], comparison["df"]) == ("rasch", "2pl", 15)
    (form,) = figures["classical"]["forms"]
    assert set(form["subscores"]) == {"pedagogic", "professional"}
    assert len(form["errors_by_score"]) == 17
    assert figures["decision"][0]["headline"] == "lee_irt"
    assert figures["classical"]["items"]["q01"]["discriminative_efficiency"] <= 1


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_report_has_every_section(language: str) -> None:
    page = as_html(tryout(), language)
    wanted = {
        "id": [
            "Kecocokan model",
            "Kecocokan soal",
            "Mutu keputusan",
            "Skor bagian",
            "Perbandingan model",
            "Peta Wright",
        ],
        "en": ["Model fit", "Item fit", "Quality of the decision", "Sub-scores", "Comparison of models"],
    }
    assert [text for text in wanted[language] if text not in page] == []
    assert "nan" not in page.split("data:image")[0]


def test_everyone_alike_makes_a_report_without_figures() -> None:
    same = ResponseMatrix.from_arrays(np.zeros((30, 5), dtype=np.int8), key=[0] * 5, sections=["a"] * 2 + ["b"] * 3)
    done = analyze_administration(same)
    (form,) = done.form_appraisals
    assert form.omega is None
    assert math.isnan(form.kr21)
    assert [found.method for found in form.decisions] == ["lee_binomial"]
    assert math.isnan(form.decisions[0].kappa)
    json.dumps(as_figures(done), allow_nan=False)
    assert "Skor bagian" in as_html(done)


@pytest.mark.parametrize(("n_persons", "n_items"), [(1, 5), (2, 5), (30, 1), (30, 2)])
def test_tiny_administrations_are_told_not_refused(n_persons: int, n_items: int) -> None:
    rng = np.random.default_rng(1)
    options = rng.integers(0, 2, (n_persons, n_items)).astype(np.int8)
    done = analyze_administration(ResponseMatrix.from_arrays(options, key=[0] * n_items))
    json.dumps(as_figures(done), allow_nan=False)
    assert as_html(done)


def test_a_row_that_counts_twice_is_two_people() -> None:
    matrix = tryout().matrix
    counts = np.random.default_rng(2).integers(0, 4, matrix.n_persons)
    weighted = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, weights=counts.astype(np.float64))
    repeated = ResponseMatrix.from_arrays(np.repeat(matrix.options, counts, axis=0), key=matrix.key)
    one, other = (as_figures(analyze_administration(m, Wishes(models=("rasch",)))) for m in (weighted, repeated))
    for figures in (one, other):
        assert figures["irt"]["Rasch"]["cautions"] == []
    told, wanted = one["irt"]["Rasch"], other["irt"]["Rasch"]
    assert told["M2"]["M2"] == pytest.approx(wanted["M2"]["M2"], rel=1e-3)
    assert told["S_X2"]["q03"]["S_X2"] == pytest.approx(wanted["S_X2"]["q03"]["S_X2"], rel=1e-3)
    assert told["person_fit"]["n"] == counts.sum()
    assert one["classical"]["omega"] == pytest.approx(other["classical"]["omega"])
    halves = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, weights=np.full(matrix.n_persons, 0.5))
    (appraisal,) = analyze_administration(halves, Wishes(models=("rasch",))).model_appraisals
    assert "weights_left_aside" in [caution.code for caution in appraisal.cautions]


def test_two_people_of_one_score_still_make_a_report() -> None:
    """Every slope is 0 then, and so is the information that the picture shows."""
    options = np.array([[0, 0, 1, 1], [1, 1, 0, 0]])
    assert as_html(analyze_administration(ResponseMatrix.from_arrays(options, key=[0] * 4)))


def test_rows_for_too_many_people_are_not_counted_out_and_that_is_told() -> None:
    matrix = tryout().matrix
    a_nation = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, weights=np.full(matrix.n_persons, 1e6))
    done = analyze_administration(a_nation, Wishes(models=("rasch",)))
    (appraisal,) = done.model_appraisals
    assert "weights_left_aside" in [caution.code for caution in appraisal.cautions]
    assert appraisal.items[0].n_persons == matrix.n_persons
    assert "S_X2" in as_figures(done)["weights"]["left_aside_by"]


def test_forms_and_people_of_no_weight_change_nothing() -> None:
    matrix = tryout().matrix
    first = np.arange(matrix.n_persons) < 300
    options = matrix.options.copy()
    options[first, 12:] = NOT_PRESENTED
    options[~first, :4] = NOT_PRESENTED
    forms = ResponseMatrix.from_arrays(options, key=matrix.key, weights=np.where(first, 0.0, 1.0))
    one, other = (
        as_figures(analyze_administration(m, Wishes(models=("rasch",))))
        for m in (forms, ResponseMatrix.from_arrays(options[~first], key=matrix.key))
    )
    for part in ("classical", "decision"):
        for figures in (one, other):
            figures[part].pop("n_persons", None) if part == "classical" else None
    assert one["classical"]["forms"] == other["classical"]["forms"]
    assert one["decision"] == other["decision"]
    assert one["irt"]["Rasch"]["S_X2"] == other["irt"]["Rasch"]["S_X2"]


def test_one_person_of_weight_is_analysed_like_one_person() -> None:
    weights = np.zeros(tryout().matrix.n_persons)
    weights[3] = 1.0
    matrix = ResponseMatrix.from_arrays(tryout().matrix.options, key=tryout().matrix.key, weights=weights)
    assert analyze_administration(matrix).calibrations == ()


def test_of_many_people_every_mth_is_looked_at() -> None:
    matrix = ResponseMatrix.from_arrays(np.zeros((LOOKED_AT * 2 + 1, 2), dtype=np.int8), key=[0, 0])
    some = some_people(matrix)
    assert LOOKED_AT / 2 < some.n_persons <= LOOKED_AT
    assert some.person_ids[1].startswith(matrix.person_ids[3])
    assert some_people(tryout().matrix) is tryout().matrix


def pictures(language: str) -> list[str]:
    done, fit = tryout(), tryout().calibrations[1]
    residuals = group_residuals(done.matrix, fit, done.abilities[1])
    return [
        wright_map(fit, done.abilities[1], language=language),
        expected_score_curve(fit, language=language),
        residual_plot(residuals, fit.item_names, model="2PL", language=language),
    ]


def test_pictures_stand_alone_are_repeatable_and_speak_two_languages() -> None:
    for svg in pictures("id"):
        root = etree.fromstring(svg.encode())
        assert root.get("role") == "img"
        assert root.get("aria-label")
    assert pictures("id") == pictures("id")
    assert all(one != other for one, other in zip(pictures("id"), pictures("en"), strict=True))
