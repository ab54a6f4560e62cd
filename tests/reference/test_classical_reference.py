"""The classical figures agree with R (psych and base R), to the digit."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from analysis.classical import ClassicalAnalysis, analyze
from analysis.reading import read_csv

SHARED = Path(__file__).parents[3] / "shared" / "reference"
TOLERANCE = 1e-9


@pytest.fixture(scope="module", params=["tryout_a", "lsat7"])
def case(request: pytest.FixtureRequest) -> tuple[ClassicalAnalysis, dict[str, Any]]:
    folder = SHARED / request.param
    if not folder.is_dir():
        pytest.skip("the reference figures do not stand beside the repository")
    expected = json.loads((folder / "reference.json").read_text())["classical"]
    return analyze(read_csv(folder / "responses.csv", folder / "key.csv")), expected


def test_the_form_agrees(case: tuple[ClassicalAnalysis, dict[str, Any]]) -> None:
    analysis, expected = case
    (form,) = analysis.forms
    for name in ("mean", "sd", "min", "max", "median", "skewness", "kurtosis_excess", "kr20", "alpha", "sem"):
        assert getattr(form, name) == pytest.approx(expected[name], rel=0, abs=TOLERANCE), name
    assert form.split_half == pytest.approx(expected["split_half_odd_even_spearman_brown"], rel=0, abs=TOLERANCE)
    assert (form.n_persons, form.n_items) == (expected["n_persons"], expected["n_items"])
    assert form.n_passing(75) == expected["pass_75_count"]


def test_the_items_agree(case: tuple[ClassicalAnalysis, dict[str, Any]]) -> None:
    analysis, expected = case
    assert [item.name for item in analysis.items] == list(expected["items"])
    for item in analysis.items:
        for name in ("p", "point_biserial", "item_rest", "biserial"):
            assert getattr(item, name) == pytest.approx(expected["items"][item.name][name], rel=0, abs=TOLERANCE), (
                item.name,
                name,
            )
        deleted = expected["items"][item.name]["alpha_if_deleted"]
        assert analysis.alpha_if_deleted(item.name) == pytest.approx(deleted, rel=0, abs=TOLERANCE)


def test_the_options_agree(case: tuple[ClassicalAnalysis, dict[str, Any]]) -> None:
    analysis, expected = case
    for item in analysis.items:
        table = expected["items"][item.name]["options"]
        assert [option.letter for option in item.options] == list(table)
        for option in item.options:
            assert option.proportion == pytest.approx(table[option.letter]["proportion"], rel=0, abs=TOLERANCE)
            correlation = table[option.letter]["point_biserial"]
            if correlation is None:
                assert math.isnan(option.point_biserial)
            else:
                assert option.point_biserial == pytest.approx(correlation, rel=0, abs=TOLERANCE)
