"""Item fit, model fit and local dependence agree with R's mirt."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analysis.irt import Calibration, calibrate
from analysis.irt.fit import item_fit
from analysis.irt.model_fit import local_dependence, model_fit
from analysis.irt.scoring import eap
from analysis.reading import read_csv
from analysis.responses import ResponseMatrix

SHARED = Path(__file__).parents[3] / "shared" / "reference"
MODELS = {"rasch": "Rasch", "2pl": "2PL"}
Case = tuple[ResponseMatrix, Calibration, dict[str, Any]]


@cache
def calibrated(folder: Path, model: str) -> Case:
    matrix = read_csv(folder / "responses.csv", folder / "key.csv")
    expected: dict[str, Any] = json.loads((folder / "reference.json").read_text())["irt"][MODELS[model]]
    return matrix, calibrate(matrix, model), expected


@pytest.fixture(params=["tryout_a", "lsat7"])
def folder(request: pytest.FixtureRequest) -> Path:
    found = SHARED / request.param
    if not found.is_dir():
        pytest.skip("the reference figures do not stand beside the repository")
    return Path(found)


@pytest.mark.parametrize("model", MODELS)
def test_s_x2_agrees_at_equal_degrees_of_freedom(folder: Path, model: str) -> None:
    matrix, calibration, expected = calibrated(folder, model)
    for item in item_fit(matrix, calibration):
        theirs = expected["S_X2"][item.item]
        assert item.df == theirs["df"], item.item
        assert pytest.approx(theirs["S_X2"], rel=0.005) == item.S_X2, item.item
        assert item.p == pytest.approx(theirs["p"], abs=0.002), item.item


def test_infit_and_outfit_agree(folder: Path) -> None:
    matrix, calibration, expected = calibrated(folder, "rasch")
    for item in item_fit(matrix, calibration):
        assert item.infit == pytest.approx(expected["infit"][item.item]["infit"], abs=0.001)
        assert item.outfit == pytest.approx(expected["infit"][item.item]["outfit"], abs=0.001)


@pytest.mark.parametrize("model", MODELS)
def test_m2_and_its_indices_agree(folder: Path, model: str) -> None:
    matrix, calibration, expected = calibrated(folder, model)
    found, theirs = model_fit(matrix, calibration), expected["M2"]
    assert found.df == theirs["df"]
    assert pytest.approx(theirs["M2"], rel=0.005) == found.M2
    assert found.p == pytest.approx(theirs["p"], abs=0.001)
    for name in ("RMSEA", "SRMSR", "TLI", "CFI"):
        assert getattr(found, name) == pytest.approx(theirs[name], rel=0.005), name
    # mirt divides by n here and by n - 1 in the point estimate.
    assert found.RMSEA_interval == pytest.approx((theirs["RMSEA_5"], theirs["RMSEA_95"]), rel=0.005)


@pytest.mark.parametrize("model", MODELS)
def test_the_largest_q3_agrees(folder: Path, model: str) -> None:
    matrix, calibration, expected = calibrated(folder, model)
    first, second, value = local_dependence(matrix, calibration, eap(matrix, calibration)).largest()[0]
    assert [first, second] == expected["Q3_largest"]["items"]
    assert value == pytest.approx(expected["Q3_largest"]["value"], abs=0.001)
