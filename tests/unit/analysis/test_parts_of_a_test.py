"""Sub-scores, omega, the shape of scores: known truths, other programs, laws."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import kurtosistest, normaltest, skewtest

from analysis.classical import analyze, describe_form
from analysis.decision import lord_error
from analysis.distribution import discriminative_efficiency, errors_by_score, kr21, score_shape
from analysis.errors import NotEstimable
from analysis.forms import find_forms
from analysis.omega import omega, one_factor
from analysis.reporting import part_worth
from analysis.responses import NOT_PRESENTED, ResponseMatrix
from analysis.subscores import worth_of_sections
from tests.unit.analysis.simulated import Floats, answers_to, chances

N = 4000


def two_sections(correlation: float, *, n_first: int) -> tuple[ResponseMatrix, Floats]:
    """Answers to 40 items whose first section measures another ability than the rest; and the abilities."""
    rng = np.random.default_rng(12)
    both = rng.standard_normal((N, 2)) @ np.linalg.cholesky(np.array([[1, correlation], [correlation, 1]])).T
    a, d = np.full(40, 1.2), np.linspace(-1, 1, 40)[rng.permutation(40)]
    first = np.arange(40) < n_first
    p = np.where(first, chances(both[:, 0], a=a, d=d), chances(both[:, 1], a=a, d=d))
    matrix = answers_to(p, rng)
    sections = tuple("pedagogic" if is_first else "professional" for is_first in first)
    with_sections = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, sections=sections)
    return with_sections, p[:, first].sum(axis=1)


@pytest.mark.parametrize(("correlation", "reportable"), [(0.99, False), (0.3, True)])
def test_a_section_deserves_a_score_when_it_measures_something_else(correlation: float, reportable: bool) -> None:
    matrix, true_score = two_sections(correlation, n_first=12)
    (form,) = find_forms(matrix)
    first, second = worth_of_sections(matrix, form)
    assert (first.section, first.n_items) == ("pedagogic", 12)
    assert first.is_reportable is reportable
    assert second.n_items == 28
    assert first.true_correlation == pytest.approx(correlation, abs=0.06)
    # The shares are squared correlations with the true score, which the simulation knows.
    own = (matrix.scored[:, :12] == 1).sum(axis=1)
    whole = form.raw_scores
    both = np.column_stack([own, whole, np.ones(N)])
    fitted = both @ np.linalg.lstsq(both, true_score, rcond=None)[0]
    for told, estimate in ((first.prmse_own, own), (first.prmse_whole, whole), (first.prmse_both, fitted)):
        assert told == pytest.approx(np.corrcoef(estimate, true_score)[0, 1] ** 2, abs=0.03)
    assert first.error_own == pytest.approx(
        np.std(true_score - np.poly1d(np.polyfit(own, true_score, 1))(own)), abs=0.05
    )


def test_both_figures_agree_with_what_a_candidate_is_told() -> None:
    matrix, _ = two_sections(0.6, n_first=15)
    (form,) = find_forms(matrix)
    worth = worth_of_sections(matrix, form)[0]
    told = part_worth(matrix.scored == 1, np.arange(40) < 15)
    assert (worth.prmse_own, worth.prmse_whole) == pytest.approx((told.own, told.whole))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n_first=st.integers(2, 8))
def test_both_scores_together_never_tell_less(seed: int, n_first: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = answers_to(chances(rng.normal(size=60), a=np.ones(10), d=np.zeros(10)), rng)
    sections = tuple("a" if j < n_first else "b" for j in range(10))
    parted = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, sections=sections)
    for worth in worth_of_sections(parted, find_forms(parted)[0]):
        if math.isfinite(worth.prmse_both):
            assert worth.prmse_both >= min(max(worth.prmse_own, worth.prmse_whole), 1) - 1e-9


def test_without_sections_nothing_is_said() -> None:
    matrix = answers_to(np.full((20, 4), 0.5), np.random.default_rng(1))
    with pytest.raises(NotEstimable):
        worth_of_sections(matrix, find_forms(matrix)[0])


def test_a_section_of_one_item_has_no_worth() -> None:
    matrix = answers_to(np.full((20, 3), 0.5), np.random.default_rng(1))
    parted = ResponseMatrix.from_arrays(matrix.options, key=matrix.key, sections=("a", "b", "b"))
    first = worth_of_sections(parted, find_forms(parted)[0])[0]
    assert math.isnan(first.prmse_own)
    assert not first.is_reportable


@given(st.lists(st.floats(0.4, 0.8), min_size=3, max_size=3))
def test_three_items_give_their_loadings_away(loadings: list[float]) -> None:
    """With three items the factor follows from the correlations: l1^2 = r12 r13 / r23."""
    wanted = np.array(loadings)
    r = np.outer(wanted, wanted)
    np.fill_diagonal(r, 1)
    found, uniqueness, _ = one_factor(r)
    assert found == pytest.approx(wanted, abs=1e-3)
    assert uniqueness == pytest.approx(1 - wanted**2, abs=2e-3)


def test_omega_is_alpha_when_items_are_equal_and_above_it_when_not() -> None:
    rng = np.random.default_rng(3)
    theta = rng.normal(size=N)
    equal = answers_to(chances(theta, a=np.full(20, 1.2), d=np.zeros(20)), rng)
    (form,) = find_forms(equal)
    found = omega(equal, form)
    assert found.converged
    assert found.omega == pytest.approx(describe_form(equal, form).alpha, abs=0.003)
    assert found.srmsr < 0.03
    unequal = answers_to(chances(theta, a=np.linspace(0.05, 2.5, 20), d=np.zeros(20)), rng)
    (form,) = find_forms(unequal)
    assert omega(unequal, form).omega > describe_form(unequal, form).alpha + 0.005


def test_omega_is_the_reliability_of_the_simulation() -> None:
    rng = np.random.default_rng(4)
    p = chances(rng.normal(size=20_000), a=np.linspace(0.3, 2, 20), d=np.linspace(-1, 1, 20))
    matrix = answers_to(p, rng)
    (form,) = find_forms(matrix)
    true = np.corrcoef(form.raw_scores, p.sum(axis=1))[0, 1] ** 2
    assert omega(matrix, form).omega == pytest.approx(true, abs=0.01)


def test_omega_leaves_out_what_does_not_vary_and_says_when_it_cannot_tell() -> None:
    rng = np.random.default_rng(5)
    matrix = answers_to(chances(rng.normal(size=300), a=np.ones(6), d=np.zeros(6)), rng)
    options = matrix.options.copy()
    options[:, 2] = 0
    constant = ResponseMatrix.from_arrays(options, key=matrix.key)
    assert np.isnan(omega(constant, find_forms(constant)[0]).loadings[2])
    for few in (options[:5], options[:, :2]):
        small = ResponseMatrix.from_arrays(few, key=[0] * few.shape[1])
        with pytest.raises(NotEstimable):
            omega(small, find_forms(small)[0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=20, max_size=200))
def test_the_normality_test_is_that_of_scipy(scores: list[int]) -> None:
    assume(len(set(scores)) > 2)
    options = (np.arange(12) >= np.array(scores)[:, None]).astype(np.int8)
    matrix = ResponseMatrix.from_arrays(options, key=[0] * 12)
    shape = score_shape(describe_form(matrix, find_forms(matrix)[0]))
    values = np.array(scores, dtype=float)
    assert shape.skewness_z == pytest.approx(skewtest(values).statistic, abs=1e-6)
    assert shape.kurtosis_z == pytest.approx(kurtosistest(values).statistic, abs=1e-6)
    assert shape.p == pytest.approx(normaltest(values).pvalue, abs=1e-6)


def test_few_people_have_no_shape() -> None:
    matrix = answers_to(np.full((19, 8), 0.5), np.random.default_rng(1))
    shape = score_shape(describe_form(matrix, find_forms(matrix)[0]))
    assert math.isnan(shape.p)
    assert not shape.is_plainly_not_normal


def test_a_hard_test_piles_scores_up_on_the_left() -> None:
    rng = np.random.default_rng(2)
    hard = answers_to(chances(rng.normal(size=1000), a=np.ones(20), d=np.full(20, -2.5)), rng)
    shape = score_shape(describe_form(hard, find_forms(hard)[0]))
    assert shape.skewness_z > 4
    assert shape.is_plainly_not_normal
    assert shape.share_at_floor > 0.05 > shape.share_at_ceiling


def test_errors_are_told_for_every_score() -> None:
    rng = np.random.default_rng(2)
    matrix = answers_to(chances(rng.normal(size=500), a=np.ones(10), d=np.linspace(-2, 2, 10)), rng)
    form = describe_form(matrix, find_forms(matrix)[0])
    table = errors_by_score(form)
    assert [row.raw_score for row in table] == list(range(11))
    assert sum(row.n_persons for row in table) == 500
    assert table[5].lord == lord_error(5, 10)
    assert table[5].keats < table[5].lord
    mean_square = sum(row.n_persons * row.keats**2 for row in table) / 500
    assert mean_square == pytest.approx((form.sd**2 * 499 / 500) * (1 - form.kr20))
    assert kr21(form) < form.kr20


def test_efficiency_is_one_when_exactly_the_strongest_are_right() -> None:
    raw = np.arange(1, 9)
    options = (np.arange(8) >= raw[:, None]).astype(np.int8)
    matrix = ResponseMatrix.from_arrays(options[:, 1:7], key=[0] * 6)
    assert discriminative_efficiency(matrix) == pytest.approx(np.ones(6))
    reversed_item = matrix.options.copy()
    reversed_item[:, 2] = 1 - reversed_item[:, 2]
    assert discriminative_efficiency(ResponseMatrix.from_arrays(reversed_item, key=[0] * 6))[2] < -0.5


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_efficiency_never_exceeds_one_and_leans_as_the_item_rest_correlation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = answers_to(chances(rng.normal(size=50), a=np.ones(8), d=np.linspace(-2, 2, 8)), rng)
    found = discriminative_efficiency(matrix)
    known = np.isfinite(found)
    assert (found[known] <= 1 + 1e-9).all()
    rest = np.array([item.item_rest for item in analyze(matrix).items])
    both = known & np.isfinite(rest)
    assert np.array_equal(np.sign(np.round(found[both], 9)), np.sign(np.round(rest[both], 9)))


def test_efficiency_of_a_shared_item_looks_at_each_form() -> None:
    rng = np.random.default_rng(7)
    matrix = answers_to(chances(rng.normal(size=400), a=np.ones(10), d=np.zeros(10)), rng)
    options = matrix.options.copy()
    options[:200, 7:] = NOT_PRESENTED
    forms = ResponseMatrix.from_arrays(options, key=matrix.key)
    alone = ResponseMatrix.from_arrays(options[200:], key=matrix.key)
    assert discriminative_efficiency(forms)[9] == pytest.approx(discriminative_efficiency(alone)[9])
    assert np.isfinite(discriminative_efficiency(forms)).all()


@pytest.mark.parametrize("n_items", [40])
def test_feldt_at_three_hundred_people(n_items: int) -> None:
    """An alpha of 0.70 from 300 people and 40 items may be 0.65 to 0.75; by the same F quantiles in SciPy."""
    from scipy.stats import f

    from analysis.intervals import feldt

    low, high = feldt(0.70, n_persons=300, n_items=n_items)
    assert (round(low, 2), round(high, 2)) == (0.65, 0.75)
    quantiles = f(299, 299 * 39).ppf([0.975, 0.025])
    assert (low, high) == pytest.approx(tuple(1 - 0.3 * quantiles))
