"""Rasch and 2PL calibrations agree with R's mirt, and Mantel-Haenszel with base R."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.dif import compare_groups
from analysis.irt import calibrate
from analysis.irt.scoring import eap, form_information, marginal_reliability
from analysis.reading import read_csv
from analysis.responses import ResponseMatrix

SHARED = Path(__file__).parents[3] / "shared" / "reference"
Case = tuple[ResponseMatrix, dict[str, Any]]


@pytest.fixture(scope="module", params=["tryout_a", "lsat7"])
def case(request: pytest.FixtureRequest) -> Case:
    folder = SHARED / request.param
    if not folder.is_dir():
        pytest.skip("the reference figures do not stand beside the repository")
    expected = json.loads((folder / "reference.json").read_text())
    return read_csv(folder / "responses.csv", folder / "key.csv"), expected


@pytest.mark.parametrize(("model", "name"), [("rasch", "Rasch"), ("2pl", "2PL")])
def test_calibrations_agree(case: Case, model: str, name: str) -> None:
    matrix, everything = case
    expected = everything["irt"][name]
    found = calibrate(matrix, model).require_converged()
    likelihood = expected["log_likelihood"]
    assert found.log_likelihood == pytest.approx(likelihood, rel=0, abs=max(0.01, 1e-9 * abs(likelihood)))
    assert found.n_parameters == expected["n_parameters"]
    assert found.aic == pytest.approx(expected["AIC"], abs=0.02)
    assert found.bic == pytest.approx(expected["BIC"], abs=0.02)
    assert found.group_variance == pytest.approx(expected["group_variance"], abs=0.002)
    assert found.se_d is not None
    assert found.se_a is not None
    for j, item in enumerate(expected["items"].values()):
        assert found.d[j] == pytest.approx(item["d"], rel=0, abs=max(0.002, 0.05 * item["se"]["d"]))
        assert found.se_d[j] == pytest.approx(item["se"]["d"], rel=0.01)
        if model == "2pl":
            assert found.a[j] == pytest.approx(item["a"], rel=0, abs=max(0.002, 0.05 * item["se"]["a1"]))
            assert found.se_a[j] == pytest.approx(item["se"]["a1"], rel=0.01)


def test_the_3pl_reaches_the_height_of_the_reference(case: Case) -> None:
    """Its surface has several tops, so its parameters are not compared."""
    matrix, everything = case
    expected, found = everything["irt"]["3PL"], calibrate(matrix, "3pl").require_converged()
    assert found.log_posterior >= expected["log_posterior"] - 0.02
    assert found.n_parameters == expected["n_parameters"]


@pytest.mark.parametrize(("model", "name"), [("rasch", "Rasch"), ("2pl", "2PL")])
def test_people_and_information_agree(case: Case, model: str, name: str) -> None:
    matrix, everything = case
    expected, found = everything["irt"][name], calibrate(matrix, model)
    people = eap(matrix, found)
    for person, (theta, error) in enumerate(zip(people.theta[:20], people.se[:20], strict=True)):
        assert theta == pytest.approx(expected["eap_first_20"][person]["theta"], abs=0.002)
        assert error == pytest.approx(expected["eap_first_20"][person]["se"], abs=0.002)
    assert people.empirical_reliability == pytest.approx(expected["empirical_reliability"], abs=0.002)
    information = form_information(found, np.array(expected["theta_grid"]))
    assert information == pytest.approx(np.array(expected["test_information"]), rel=0.005)
    if model == "2pl":
        assert marginal_reliability(found) == pytest.approx(expected["marginal_reliability"], abs=0.002)


def test_mantel_haenszel_agrees(case: Case) -> None:
    matrix, everything = case
    (comparison,) = compare_groups(matrix, "group")
    assert (comparison.reference, comparison.focal) == ("LPTK", "LPMP")
    for item in comparison.items:
        expected = everything["mantel_haenszel"][item.item]
        for name in ("common_odds_ratio", "chi_square", "p", "delta"):
            assert getattr(item, name) == pytest.approx(expected[name], rel=1e-9, abs=1e-9), (item.item, name)
