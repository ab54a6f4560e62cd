"""Fit figures are quiet when the model holds, loud when it does not, and the same whatever the order of things."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.errors import NotEstimable
from analysis.irt import Calibration, calibrate
from analysis.irt.fit import ItemFit, group_residuals, item_fit
from analysis.irt.model_fit import compare_models, local_dependence, model_fit
from analysis.irt.person_fit import lz_star, person_fit
from analysis.irt.scoring import eap, map_estimate, ml, wle
from analysis.responses import NOT_PRESENTED, ResponseMatrix
from tests.unit.analysis.simulated import Floats, answers_to, chances, usual_items

N = 3000


@cache
def sound() -> tuple[ResponseMatrix, Calibration]:
    rng = np.random.default_rng(21)
    a, d = usual_items(30, rng)
    matrix = answers_to(chances(rng.normal(size=N), a=a, d=d), rng)
    return matrix, calibrate(matrix)


@cache
def sound_fit() -> tuple[ItemFit, ...]:
    return item_fit(*sound())


def with_columns(matrix: ResponseMatrix, columns: Floats) -> ResponseMatrix:
    """The matrix with its last items replaced by these: 1 right, 0 wrong."""
    options = matrix.options.copy()
    options[:, -columns.shape[1] :] = 1 - columns
    return ResponseMatrix.from_arrays(options, key=matrix.key)


def test_sound_items_fit() -> None:
    p = np.array([item.p for item in sound_fit()])
    assert (p < 0.05).sum() <= 5
    assert 0.3 < p.mean() < 0.7
    # A chi-square has its degrees of freedom as mean.
    ratio = np.mean([item.S_X2 / item.df for item in sound_fit()])
    assert ratio == pytest.approx(1, abs=4 * np.sqrt(2 / (30 * sound_fit()[0].df)))
    assert max(abs(item.infit - 1) for item in sound_fit()) < 0.1


def test_an_item_that_rises_and_falls_does_not_fit() -> None:
    matrix, _ = sound()
    theta = eap(*sound()).theta
    rng = np.random.default_rng(3)
    odd = (rng.random(N) < np.exp(-(theta**2))).astype(np.float64)[:, None]
    spoiled = with_columns(matrix, odd)
    calibration = calibrate(spoiled)
    fit = item_fit(spoiled, calibration)
    assert fit[-1].p < 1e-10
    residual = group_residuals(spoiled, calibration, eap(spoiled, calibration))
    assert np.abs(residual.standardised[:, -1]).max() > 5
    assert (np.abs(residual.standardised[:, :-1]) < 2.6).mean() > 0.95


def test_guessing_shows_in_outfit_under_the_rasch_model() -> None:
    rng = np.random.default_rng(4)
    theta = rng.normal(size=N)
    p = chances(theta, a=np.ones(20), d=np.linspace(-1.5, 1.5, 20))
    p[:, -1] = 0.25
    matrix = answers_to(p, rng)
    fit = item_fit(matrix, calibrate(matrix, "rasch"))
    assert fit[-1].outfit > 1.1
    assert fit[-1].outfit_z > 4
    assert max(item.outfit_z for item in fit[:-1]) < 3


def test_s_x2_of_several_forms_rests_on_the_largest() -> None:
    matrix, _ = sound()
    options = matrix.options.copy()
    options[:1000, 20:] = NOT_PRESENTED
    options[1000:, :5] = NOT_PRESENTED
    forms = ResponseMatrix.from_arrays(options, key=matrix.key)
    fit = item_fit(forms, calibrate(forms))
    assert [item.n_persons for item in fit] == [1000] * 5 + [2000] * 25
    assert all(np.isfinite(item.S_X2) for item in fit)


def test_items_without_estimate_have_no_fit() -> None:
    matrix, _ = sound()
    options = matrix.options[:400].copy()
    options[:, 3] = 0
    some = ResponseMatrix.from_arrays(options, key=matrix.key)
    calibration = calibrate(some)
    fit = item_fit(some, calibration)
    assert np.isnan([fit[3].S_X2, fit[3].p, fit[3].infit, fit[3].outfit_z]).all()
    assert np.isfinite([fit[4].S_X2, fit[4].infit]).all()
    assert model_fit(some, calibration).n_items == 29
    assert np.isnan(local_dependence(some, calibration, eap(some, calibration)).q3[3]).all()
    assert np.isfinite(person_fit(some, calibration).lz_star).mean() > 0.95


def test_a_sound_model_fits_as_a_whole() -> None:
    found = model_fit(*sound())
    assert found.df == 30 + 435 - 60
    assert found.p > 0.001
    assert found.RMSEA < 0.015
    assert found.SRMSR < 0.03
    assert found.CFI > 0.98
    assert found.RMSEA_interval[0] <= found.RMSEA <= found.RMSEA_interval[1]


def test_m2_has_its_degrees_of_freedom_as_mean() -> None:
    rng = np.random.default_rng(8)
    a, d = usual_items(8, rng)
    values, df = [], 0
    for _ in range(40):
        matrix = answers_to(chances(rng.normal(size=800), a=a, d=d), rng)
        found = model_fit(matrix, calibrate(matrix))
        values.append(found.M2)
        df = found.df
    assert np.mean(values) == pytest.approx(df, abs=4 * np.sqrt(2 * df / 40))


def test_two_abilities_are_not_one() -> None:
    rng = np.random.default_rng(9)
    two = rng.normal(size=(N, 2))
    p = np.hstack([chances(two[:, side], a=np.full(10, 1.3), d=np.linspace(-1, 1, 10)) for side in (0, 1)])
    matrix = answers_to(p, rng)
    found = model_fit(matrix, calibrate(matrix))
    assert found.p < 1e-6
    assert found.RMSEA > 0.05
    assert found.SRMSR > 0.08
    assert found.CFI < 0.9


def test_twins_depend_on_each_other() -> None:
    matrix, _ = sound()
    right = (matrix.scored == 1).astype(np.float64)
    rng = np.random.default_rng(5)
    twin = np.where(rng.random(N) < 0.7, right[:, -2], right[:, -1])[:, None]
    spoiled = with_columns(matrix, twin)
    dependence = local_dependence(spoiled, (fitted := calibrate(spoiled)), eap(spoiled, fitted))
    first, second, value = dependence.largest()[0]
    assert {first, second} == {"q29", "q30"}
    assert value > 0.3
    assert dependence.adjusted[29, 28] == pytest.approx(value - dependence.mean)
    assert -2 / 29 < dependence.mean < 0


def test_the_larger_model_is_worth_it_only_when_slopes_differ() -> None:
    matrix, two = sound()
    compared = compare_models(calibrate(matrix, "rasch"), two)
    assert compared.df == 29
    assert compared.p < 1e-10
    assert compared.bic_difference > 0
    rng = np.random.default_rng(6)
    equal = answers_to(chances(rng.normal(size=N), a=np.ones(15), d=np.linspace(-1, 1, 15)), rng)
    alike = compare_models(calibrate(equal, "rasch"), calibrate(equal))
    assert alike.p > 0.001
    assert alike.bic_difference < 0
    with pytest.raises(NotEstimable):
        compare_models(two, calibrate(matrix, "rasch"))
    held_down = replace(two, log_likelihood=calibrate(matrix, "rasch").log_likelihood - 1)
    assert np.isnan(compare_models(calibrate(matrix, "rasch"), held_down).p)
    with pytest.raises(NotEstimable):
        compare_models(calibrate(equal, "rasch"), two)


@pytest.mark.parametrize("estimate", [wle, ml, map_estimate])
def test_lz_star_is_standard_normal_when_the_model_holds(estimate: object) -> None:
    assert callable(estimate)
    values = lz_star(*sound(), estimate(*sound()))
    known = values[np.isfinite(values)]
    assert abs(known.mean()) < 0.12
    assert known.std() == pytest.approx(1, abs=0.06)
    assert (known < -1.645).mean() == pytest.approx(0.05, abs=0.02)


def test_who_has_no_estimate_has_no_fit() -> None:
    _, calibration = sound()
    ends = ResponseMatrix.from_arrays(np.array([[0] * 30, [1] * 30, [0, 1] * 15]), key=[0] * 30)
    values = lz_star(ends, calibration, ml(ends, calibration))
    assert np.isnan(values).tolist() == [True, True, False]


def test_people_who_answer_anything_are_strange() -> None:
    matrix, calibration = sound()
    options = matrix.options.copy()
    rng = np.random.default_rng(7)
    options[:200] = rng.integers(0, 2, (200, 30))
    mixed = ResponseMatrix.from_arrays(options, key=matrix.key)
    fit = person_fit(mixed, calibration)
    assert fit.is_strange()[:200].mean() > 0.5
    assert fit.is_strange()[200:].mean() < 0.08
    assert fit.outfit[:200].mean() > fit.outfit[200:].mean() + 0.2
    with pytest.raises(NotEstimable):
        lz_star(mixed, calibration, eap(mixed, calibration))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_people_and_items_does_not_matter(seed: int) -> None:
    matrix, calibration = sound()
    rng = np.random.default_rng(seed)
    people, items = rng.permutation(N), rng.permutation(30)
    shuffled = ResponseMatrix.from_arrays(
        matrix.options[np.ix_(people, items)], key=matrix.key[items], item_names=[matrix.item_names[j] for j in items]
    )
    fit = {item.item: item for item in item_fit(shuffled, reordered(calibration, items))}
    for item in sound_fit():
        assert pytest.approx(item.S_X2, rel=1e-9) == fit[item.item].S_X2
        assert fit[item.item].outfit == pytest.approx(item.outfit, rel=1e-9)
    whole = model_fit(shuffled, reordered(calibration, items))
    assert pytest.approx(model_fit(matrix, calibration).M2, rel=1e-6) == whole.M2


def reordered(calibration: Calibration, items: NDArray[np.intp]) -> Calibration:
    names = tuple(calibration.item_names[j] for j in items)
    return replace(calibration, item_names=names, a=calibration.a[items], d=calibration.d[items])


@pytest.mark.parametrize("n_items", [2, 121])
def test_m2_says_when_it_cannot_tell(n_items: int) -> None:
    rng = np.random.default_rng(1)
    matrix = answers_to(chances(rng.normal(size=50), a=np.ones(n_items), d=np.zeros(n_items)), rng)
    calibration = calibrate(matrix, "rasch", max_iter=3)
    with pytest.raises(NotEstimable):
        model_fit(matrix, calibration)
