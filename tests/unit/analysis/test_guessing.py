"""Everything that is said of a calibration holds for the 3PL too, and for groups that differ."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.consistency import lee_irt
from analysis.irt import Calibration, calibrate
from analysis.irt.fit import item_fit
from analysis.irt.information import (
    ability_grid,
    curve_bends,
    curve_slopes,
    item_curves,
    item_information,
    log_chances,
)
from analysis.irt.model_fit import compare_models, margin_gradient_of, model_fit
from analysis.irt.person_fit import person_fit
from analysis.irt.scoring import eap, map_estimate, ml, wle
from analysis.responses import ResponseMatrix
from tests.unit.analysis.simulated import Floats, answers_to, chances, usual_items

N = 4000


@cache
def guessed() -> tuple[ResponseMatrix, Calibration, Floats]:
    rng = np.random.default_rng(31)
    a, d = usual_items(30, rng)
    theta = rng.normal(size=N)
    theta = (theta - theta.mean()) / theta.std()
    matrix = answers_to(chances(theta, a=a * 1.3, d=d, c=0.2), rng)
    return matrix, calibrate(matrix, "3pl"), theta


@pytest.mark.parametrize("estimate", [eap, ml, map_estimate, wle])
def test_abilities_err_as_told(estimate: object) -> None:
    matrix, calibration, theta = guessed()
    assert callable(estimate)
    found = estimate(matrix, calibration)
    usual = np.isfinite(found.se) & (np.abs(found.theta) < 1.5)
    standardised = ((found.theta - theta) / found.se)[usual]
    assert abs(standardised.mean()) < 0.1
    assert standardised.std() == pytest.approx(1, abs=0.12)


def test_the_highest_of_several_tops_is_found() -> None:
    _, calibration, _ = guessed()
    rng = np.random.default_rng(2)
    odd = ResponseMatrix.from_arrays(rng.integers(0, 2, (300, 30)).astype(np.int8), key=[0] * 30)
    theta = np.linspace(-6, 6, 6001)
    log_right, log_wrong = log_chances(calibration, theta)
    height = (odd.scored == 1) @ log_right.T + (odd.scored == 0) @ log_wrong.T
    inside = (height.argmax(axis=1) > 0) & (height.argmax(axis=1) < 6000)
    found = ml(odd, calibration)
    reached = np.array([np.interp(t, theta, h) for t, h in zip(found.theta, height, strict=True)])
    assert inside.sum() > 100
    assert reached[inside] == pytest.approx(height.max(axis=1)[inside], abs=1e-4)


def test_slopes_and_bends_are_the_derivatives() -> None:
    _, calibration, _ = guessed()
    theta, step = np.linspace(-3, 3, 13), 1e-4
    low, here, high = (item_curves(calibration, theta + s) for s in (-step, 0, step))
    assert curve_slopes(calibration, theta) == pytest.approx((high - low) / (2 * step), abs=1e-6)
    assert curve_bends(calibration, theta) == pytest.approx((high - 2 * here + low) / step**2, abs=1e-5)
    slope = curve_slopes(calibration, theta)
    assert item_information(calibration, theta) == pytest.approx(slope**2 / (here * (1 - here)), rel=1e-9)


def test_fit_figures_are_quiet_when_people_guess_as_the_model_says() -> None:
    matrix, calibration, _ = guessed()
    items = item_fit(matrix, calibration)
    assert np.mean([item.S_X2 / item.df for item in items]) == pytest.approx(1, abs=0.2)
    whole = model_fit(matrix, calibration)
    assert whole.df == 30 + 435 - 90
    assert whole.p > 0.001
    lz = person_fit(matrix, calibration).lz_star
    assert (lz < -1.645).mean() == pytest.approx(0.05, abs=0.015)
    assert abs(lz.mean()) < 0.1
    assert lz.std() == pytest.approx(1, abs=0.03)
    compared = compare_models(calibrate(matrix), calibration)
    assert compared.df == 30
    assert compared.p < 1e-6


def margins(calibration: Calibration) -> Floats:
    """Shares right on each item and on each pair, as the model has them."""
    grid = ability_grid(calibration)
    p = item_curves(calibration, grid.theta)
    first, second = np.triu_indices(p.shape[1], 1)
    return np.concatenate([grid.weights @ p, grid.weights @ (p[:, first] * p[:, second])])


@pytest.mark.parametrize("name", ["a", "d", "c"])
def test_margins_move_as_their_gradient_says(name: str) -> None:
    _, calibration, _ = guessed()
    grid, columns = ability_grid(calibration), np.arange(30)
    gradient = margin_gradient_of(calibration, grid, item_curves(calibration, grid.theta), columns=columns)
    step, item = 1e-5, 7
    nudge = step * (columns == item)
    high, low = (replace(calibration, **{name: getattr(calibration, name) + s * nudge}) for s in (1, -1))
    place = item + 30 * ["a", "d", "c"].index(name)
    assert gradient[:, place] == pytest.approx((margins(high) - margins(low)) / (2 * step), abs=1e-7)


def test_lee_foretells_a_second_administration_with_guessing() -> None:
    _, calibration, theta = guessed()
    rng = np.random.default_rng(3)
    a, d = usual_items(30, np.random.default_rng(31))
    p = chances(np.repeat(theta, 5), a=a * 1.3, d=d, c=0.2)
    first, again = ((answers_to(p, rng).scored == 1).sum(axis=1) >= 22 for _ in range(2))
    found = lee_irt(calibration, passing=22)
    truly: NDArray[np.bool_] = np.repeat(theta, 5) >= found.true_cut
    assert found.passing == pytest.approx(first.mean(), abs=0.012)
    assert found.consistency == pytest.approx((first == again).mean(), abs=0.012)
    assert found.accuracy == pytest.approx((first == truly).mean(), abs=0.012)


def test_groups_make_one_population() -> None:
    rng = np.random.default_rng(5)
    a, d = usual_items(25, rng)
    theta = np.concatenate([rng.normal(size=3000), rng.normal(1.0, 0.7, 1000)])
    matrix = answers_to(chances(theta, a=a, d=d), rng)
    grouped = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, groups={"site": ["A"] * 3000 + ["B"] * 1000})
    calibration = calibrate(grouped, group="site", reference="A")
    grid = ability_grid(calibration)
    mean = float(grid.weights @ grid.theta)
    assert mean == pytest.approx(theta.mean(), abs=0.08)
    assert grid.weights @ (grid.theta - mean) ** 2 == pytest.approx(theta.var(), abs=0.1)
    assert grid.weights.sum() == pytest.approx(1)
    found = lee_irt(calibration, passing=15)
    assert found.passing == pytest.approx(((matrix.scored == 1).sum(axis=1) >= 15).mean(), abs=0.02)
    assert np.mean([item.S_X2 / item.df for item in item_fit(grouped, calibration)]) < 1.3
