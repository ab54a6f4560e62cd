"""Laws that classical figures obey on any answers, and what they say when there is too little to say."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.classical import analyze, analyze_counts, length_for_reliability
from analysis.counting import count
from analysis.explanations import explain_caution
from analysis.intervals import feldt, wilson
from analysis.items import share_of_top
from analysis.responses import NOT_PRESENTED, NOT_REACHED, OMITTED, ResponseMatrix
from analysis.simulation import simulate_answers, simulate_tryout
from analysis.verdict import judge


def two_forms(seed: int = 5) -> tuple[ResponseMatrix, ResponseMatrix]:
    """A complete matrix of 12 items, and the same with two overlapping forms of 8 cut out of it."""
    whole = simulate_tryout(seed, n_persons=600, n_items=12).matrix
    options = whole.options.copy()
    options[:300, 8:] = NOT_PRESENTED
    options[300:, :4] = NOT_PRESENTED
    return whole, ResponseMatrix.from_arrays(options, key=whole.key)


def test_item_figures_of_overlapping_forms_pool_everyone_who_saw_the_item() -> None:
    _, matrix = two_forms()
    analysis = analyze(matrix)
    assert [item.n_presented for item in analysis.items] == [300] * 4 + [600] * 4 + [300] * 4
    assert [item.n_not_presented for item in analysis.items] == [300] * 4 + [0] * 4 + [300] * 4
    assert [form.n_items for form in analysis.forms] == [8, 8]
    right = matrix.scored[:, 4] == 1
    assert analysis.items[4].p == pytest.approx(right.mean())


def test_the_pooled_criterion_is_the_score_standardised_within_the_form() -> None:
    _, matrix = two_forms()
    right = (matrix.scored[:, 5] == 1).astype(float)
    scores = np.where(matrix.presented, matrix.scored, 0).sum(axis=1).astype(float)
    z = np.empty(600)
    for people in (slice(0, 300), slice(300, 600)):
        z[people] = (scores[people] - scores[people].mean()) / scores[people].std()
    item = analyze(matrix).items[5]
    assert item.point_biserial == pytest.approx(np.corrcoef(right, z)[0, 1], abs=1e-12)


def test_a_form_of_its_own_is_analysed_as_if_it_stood_alone() -> None:
    whole, matrix = two_forms()
    alone = analyze(ResponseMatrix.from_arrays(whole.options[:300, :8], key=whole.key[:8]))
    pooled = analyze(matrix)
    assert pooled.forms[0].alpha == pytest.approx(alone.forms[0].alpha)
    for j in range(4):
        assert pooled.items[j].point_biserial == pytest.approx(alone.items[j].point_biserial)
        assert pooled.items[j].item_rest == pytest.approx(alone.items[j].item_rest)
        assert pooled.alpha_if_deleted(f"q{j + 1:02d}") == pytest.approx(alone.alpha_if_deleted(f"q{j + 1:02d}"))


def test_the_standard_error_of_discrimination_matches_its_spread_over_tryouts() -> None:
    found = [analyze(_same_items(seed)).items for seed in range(150)]
    for j in range(0, 10, 3):
        spread = np.std([items[j].point_biserial for items in found])
        told = np.mean([items[j].point_biserial_se for items in found])
        assert told == pytest.approx(spread, rel=0.25)


def _same_items(seed: int) -> ResponseMatrix:
    items = simulate_tryout(1, n_persons=2, n_items=10).items
    rng = np.random.default_rng(seed)
    answers = simulate_answers(items, rng.normal(size=200), rng=rng)
    return ResponseMatrix.from_arrays(answers, key=[item.key for item in items])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 7))
def test_no_answers_at_all_make_it_stumble(seed: int, n_persons: int, n_items: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = ResponseMatrix.from_arrays(rng.integers(-3, 4, (n_persons, n_items)), key=rng.integers(0, 4, n_items))
    analysis = analyze(matrix)
    for item in analysis.items:
        assert math.isnan(item.p) == (item.n_presented == 0)
        assert math.isnan(item.point_biserial) or abs(item.point_biserial) <= 1 + 1e-12
        shares = sum(option.n for option in item.options) + item.n_omitted + item.n_not_reached
        assert shares == item.n_presented


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 10), min_size=4, max_size=60))
def test_the_groups_hold_their_share_whatever_the_ties(scores: list[int]) -> None:
    histogram = np.bincount(scores, minlength=11).astype(np.float64)
    upper, lower = share_of_top(histogram[::-1])[::-1], share_of_top(histogram)
    assert [upper @ histogram, lower @ histogram] == pytest.approx([0.27 * len(scores)] * 2)
    assert (np.minimum(upper, lower) >= 0).all()
    assert (upper + lower)[histogram > 0] == pytest.approx(np.clip((upper + lower)[histogram > 0], 0, 1))


def test_upper_and_lower_are_counted_from_their_ends() -> None:
    options = np.array([[0, 0, 0, 0]] * 3 + [[0, 0, 1, 1]] * 4 + [[1, 1, 1, 2]] * 3)
    last = analyze(ResponseMatrix.from_arrays(options, key=[0] * 4)).items[3]
    by_letter = {option.letter: option for option in last.options}
    assert (by_letter["A"].upper, by_letter["A"].lower) == (1, 0)
    assert (by_letter["C"].upper, by_letter["C"].lower) == (0, 1)
    assert by_letter["B"].middle == pytest.approx(4 / 4.6)
    assert last.upper_lower == 1


def test_a_person_of_weight_three_counts_as_three() -> None:
    rng = np.random.default_rng(5)
    options, times = rng.integers(-2, 4, (60, 8)), rng.integers(1, 4, 60)
    weighted = analyze(ResponseMatrix.from_arrays(options, key=[0] * 8, weights=times.astype(float)))
    repeated = analyze(ResponseMatrix.from_arrays(np.repeat(options, times, axis=0), key=[0] * 8))
    assert repr(weighted.items) == repr(repeated.items)  # nan equals nan in writing
    assert weighted.forms[0].alpha == pytest.approx(repeated.forms[0].alpha)
    assert weighted.forms[0].median == repeated.forms[0].median
    assert weighted.forms[0].split_half == pytest.approx(repeated.forms[0].split_half)


def test_answers_counted_block_by_block_give_the_same_figures() -> None:
    _, matrix = two_forms()
    parts = np.array_split(np.arange(matrix.n_persons), 7)
    by_block = analyze_counts(count(matrix.select_persons(part) for part in parts))
    assert repr(by_block) == repr(analyze(matrix))


def test_an_option_that_everyone_chose_goes_with_nothing() -> None:
    """Over a variance of 0 the noise of rounding would be an infinite correlation, and a reason to doubt the item."""
    for seed in range(30):
        options = np.random.default_rng(seed).integers(0, 2, (50 + seed, 6)).astype(np.int8)
        options[:, 0] = 1
        first = analyze(ResponseMatrix.from_arrays(options, key=[0] * 6)).items[0]
        assert [math.isnan(option.point_biserial) for option in first.options] == [True] * 4
        assert [reason.code for reason in judge(first).reasons if reason.option == "B"] == [
            "upper_group_prefers_distractor"
        ]


def test_an_item_that_everyone_got_right_has_no_discrimination_and_breaks_nothing() -> None:
    options = np.array([[0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 1, 1]])
    analysis = analyze(ResponseMatrix.from_arrays(options, key=[0, 0, 0]))
    assert math.isnan(analysis.items[0].point_biserial)
    assert math.isnan(analysis.items[0].biserial)
    codes = {caution.code for caution in analysis.forms[0].cautions}
    assert {"few_persons", "constant_items"} <= codes


def test_one_person_and_one_item_are_described_without_inventing() -> None:
    form = analyze(ResponseMatrix.from_arrays(np.array([[0]]), key=[0])).forms[0]
    assert form.mean == 1
    assert math.isnan(form.sd)
    assert math.isnan(form.alpha)
    assert math.isnan(form.alpha_interval[0])


def test_omitted_and_not_reached_count_wrong() -> None:
    options = np.array([[0, OMITTED], [0, 0], [1, -2], [0, 0]])
    items = analyze(ResponseMatrix.from_arrays(options, key=[0, 0])).items
    assert items[1].p == 0.5
    assert (items[1].n_omitted, items[1].n_not_reached) == (1, 1)


def test_stratified_alpha_of_one_section_is_alpha() -> None:
    whole, _ = two_forms()
    one = ResponseMatrix.from_arrays(whole.options, key=whole.key, sections=["all"] * 12)
    form = analyze(one).forms[0]
    assert form.stratified_alpha == pytest.approx(form.alpha)


def test_feldt_limits_of_the_handbook() -> None:
    low, high = feldt(0.70, n_persons=300, n_items=40)
    assert (round(low, 2), round(high, 2)) == (0.65, 0.75)


def test_wilson_limits_stay_proportions() -> None:
    assert wilson(0, 300)[0] == 0
    assert 0 < wilson(0, 300)[1] < 0.02
    assert wilson(300, 300)[1] == 1


def test_twice_the_items_follow_spearman_and_brown() -> None:
    assert length_for_reliability(40, 0.5, wanted=2 / 3) == pytest.approx(80)
    assert math.isnan(length_for_reliability(40, -0.1, wanted=0.7))


def test_an_item_alone_is_compared_with_nothing() -> None:
    options = np.array([[0], [0], [1], [2]] * 40, dtype=np.int8)
    (item,) = analyze(ResponseMatrix.from_arrays(options, key=[0])).items
    assert item.p == 0.5
    for figure in (item.point_biserial, item.biserial, item.item_rest):
        assert math.isnan(figure)


def test_items_that_most_people_left_blank_are_named_as_perhaps_not_presented() -> None:
    rng = np.random.default_rng(1)
    options = rng.integers(0, 4, (200, 6)).astype(np.int8)
    options[:150, 4] = OMITTED
    options[:150, 5] = NOT_REACHED
    (form,) = analyze(ResponseMatrix.from_arrays(options, key=[0] * 6)).forms
    told = {caution.code: dict(caution.numbers) for caution in form.cautions}
    assert told["mostly_blank_items"] == {"count": 2}
    for language, sign in (("id", "titik (.)"), ("en", "a dot (.)")):
        (caution,) = (caution for caution in form.cautions if caution.code == "mostly_blank_items")
        assert sign in explain_caution(caution, language)
    options[:150, 4:] = NOT_PRESENTED
    for other in analyze(ResponseMatrix.from_arrays(options, key=[0] * 6)).forms:
        assert "mostly_blank_items" not in [caution.code for caution in other.cautions]


def test_feldts_limits_hold_alpha_as_often_as_they_promise() -> None:
    """Equal items and normal abilities; alpha of the population from very many people."""
    rng = np.random.default_rng(12)

    def alpha_of(n: int) -> tuple[float, tuple[float, float]]:
        p = 1 / (1 + np.exp(-1.2 * rng.normal(size=(n, 1))))
        wrong = (rng.random((n, 10)) > p).astype(np.int8)
        (form,) = analyze(ResponseMatrix.from_arrays(wrong, key=[0] * 10)).forms
        return form.alpha, form.alpha_interval

    truth, _ = alpha_of(400_000)
    held = [low < truth < high for _, (low, high) in (alpha_of(200) for _ in range(400))]
    assert 0.92 < np.mean(held) < 0.985
