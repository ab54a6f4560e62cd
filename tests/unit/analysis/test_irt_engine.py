"""The engine's sums are what plain arithmetic says, however the answers are laid out, and whoever does the work."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import BadInput
from analysis.irt import answers as layout_of_answers
from analysis.irt.answers import (
    Answers,
    Piece,
    answers_of,
    collapsed_patterns,
    collapsed_scores,
    gather,
)
from analysis.irt.calibration import calibrate, calibrate_blocks
from analysis.irt.curves import Floats
from analysis.irt.expectation import Expectation, exact_log_likelihood, expect, normal_grid, shares
from analysis.irt.item_errors import item_errors
from analysis.irt.maximization import gradient
from analysis.irt.models import Specification
from analysis.irt.observed import covariance_of, observed_information
from analysis.irt.parameters import Layout, Parameters
from analysis.irt.placing import place
from analysis.irt.priors import LogNormal, Normal, Priors
from analysis.irt.stream import answers_of_blocks
from analysis.irt.threads import crew_for
from analysis.responses import NOT_PRESENTED, NOT_REACHED, ResponseMatrix

from .simulated import chances

GRID = normal_grid(31)


def items(n: int, *, c: float = 0.0, groups: int = 1) -> Parameters:
    rng = np.random.default_rng(n)
    means, sds = np.linspace(0, 0.5, groups), np.linspace(1, 1.3, groups)
    return Parameters(rng.lognormal(0, 0.3, n), rng.normal(0, 1, n), np.full(n, c), means, sds)


def scored(at: Parameters, n: int, *, seed: int = 0, missing: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    p = chances(rng.normal(size=n), a=at.a, d=at.d, c=float(at.c[0]))
    right = (rng.random(p.shape) < p).astype(np.int8)
    right[rng.random(p.shape) < missing] = NOT_PRESENTED
    return right


def answers_from(table: np.ndarray, *, weights: Floats | None = None) -> Answers:
    return gather([Piece(np.arange(table.shape[1]), table, weights=weights)], n_items=table.shape[1])


def plain(table: np.ndarray, at: Parameters) -> Expectation:
    """The E-step as the textbook writes it."""
    p = chances(GRID.points, a=at.a, d=at.d, c=float(at.c[0]))
    seen, right = table != NOT_PRESENTED, table == 1
    likelihood = np.where(seen[:, None], np.where(right[:, None], p, 1 - p), 1).prod(axis=2)
    joint = likelihood * np.exp(GRID.log_weights)
    posterior = joint / joint.sum(axis=1, keepdims=True)
    return Expectation(
        log_likelihood=float(np.log(joint.sum(axis=1)).sum()),
        right=(posterior.T @ right)[None],
        seen=(posterior.T @ seen)[None],
    )


@pytest.mark.parametrize("c", [0.0, 0.2])
@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("n", [300, 5000])
def test_expected_answers_are_those_of_the_textbook(n: int, missing: float, c: float) -> None:
    at = items(7, c=c)
    table = scored(at, n, missing=missing)
    answers = answers_from(table)
    found, expected = expect(answers, at, GRID), plain(table, at)
    precision = 1e-12 if answers.is_exact else 1e-5
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=precision)
    assert found.right == pytest.approx(expected.right, rel=precision, abs=precision * n)
    assert found.seen == pytest.approx(expected.seen, rel=precision, abs=precision * n)
    assert exact_log_likelihood(answers, at, GRID) == pytest.approx(expected.log_likelihood, rel=1e-12)


def test_someone_far_from_everybody_costs_no_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout_of_answers, "FEW_PERSONS", 0)
    at = Parameters(np.full(400, 1.0), np.full(400, 2.0), np.zeros(400), np.zeros(1), np.ones(1))
    table = scored(at, 300)
    table[17, ::2], table[17, 1::2] = 0, 1
    table[18] = 0
    found = expect(answers_from(table), at, GRID)
    expected = plain(table, at)
    assert np.isfinite(found.log_likelihood)
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-5)
    assert found.right == pytest.approx(expected.right, rel=5e-3, abs=1e-2)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_weights_are_people(missing: float) -> None:
    at = items(6)
    table = scored(at, 200, missing=missing)
    times = np.random.default_rng(5).integers(0, 4, 200)
    weighted = answers_from(table, weights=times.astype(np.float64))
    repeated = answers_from(np.repeat(table, times, axis=0))
    layout = Specification("2pl").layout(at, tuple("abcdef"))
    one, other = (expect(answers, at, GRID) for answers in (weighted, repeated))
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    assert one.right == pytest.approx(other.right, rel=1e-9, abs=1e-9)
    bends = [
        observed_information(answers, at, layout=layout, priors=Priors(), grid=GRID) for answers in (weighted, repeated)
    ]
    assert bends[0] == pytest.approx(bends[1], rel=1e-8, abs=1e-8)


def test_people_who_tie_may_stand_for_one_another() -> None:
    at = items(5)
    table = scored(at, 2000)
    answers = answers_from(table)
    fewer = collapsed_patterns(answers)
    assert sum(block.n_persons for block in fewer.blocks) <= 32
    assert expect(fewer, at, GRID).right == pytest.approx(expect(answers, at, GRID).right, rel=1e-10)


def test_with_one_slope_the_raw_score_says_it_all() -> None:
    at = Parameters(np.ones(9), items(9).d, np.zeros(9), np.zeros(1), np.full(1, 1.3))
    answers = answers_from(scored(at, 3000))
    fewer = collapsed_scores(answers)
    assert sum(block.n_persons for block in fewer.blocks) <= 10
    one, other = expect(answers, at, GRID), expect(fewer, at, GRID)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-11)
    assert other.right == pytest.approx(one.right, rel=1e-9)
    layout = Specification("rasch").layout(at, tuple("abcdefghi"))
    bends = [observed_information(a, at, layout=layout, priors=Priors(), grid=GRID) for a in (answers, fewer)]
    assert bends[1] == pytest.approx(bends[0], rel=1e-7, abs=1e-6)


def test_the_number_of_threads_changes_no_digit() -> None:
    at = items(8)
    answers = answers_from(scored(at, 70_000))
    assert len(shares(answers)) > 2
    found = []
    for n_threads in (1, 2, 3):
        with crew_for(len(shares(answers)), n_threads) as crew:
            found.append(expect(answers, at, GRID, crew))
    assert found[0].log_likelihood == found[1].log_likelihood == found[2].log_likelihood
    assert (found[0].right == found[1].right).all()
    assert (found[0].right == found[2].right).all()


def test_a_form_holds_no_item_that_it_does_not_present() -> None:
    table = np.full((1000, 12), NOT_PRESENTED, dtype=np.int8)
    table[:500, :4], table[500:, 8:] = 1, 0
    options = np.where(table == NOT_PRESENTED, NOT_PRESENTED, 1 - table)
    answers = answers_of(ResponseMatrix.from_arrays(options, key=np.zeros(12, dtype=np.int8)))
    assert sorted(form.items.tolist() for form in answers.forms) == [[0, 1, 2, 3], [8, 9, 10, 11]]
    assert not any(form.masked for form in answers.forms)
    assert max(len(block.rows) for block in answers.blocks) == 5
    assert answers.counts[1].tolist() == [500] * 4 + [0] * 4 + [500] * 4


def free_layout(at: Parameters) -> Layout:
    """Everything free, so that every derivative is put to the test."""
    n, groups = len(at.a), len(at.mean)
    every, each = np.ones(n, dtype=bool), np.ones(groups, dtype=bool)
    return Layout(at, common_slope=False, a=every, d=every, c=every if at.c.any() else ~every, mean=each, sd=each)


def test_slopes_and_bends_are_those_of_the_height(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout_of_answers, "FEW_PERSONS", 10**9)
    at = items(4, c=0.2, groups=2)
    pieces = [Piece(np.arange(4), scored(at, 150, seed=g, missing=0.1), group=g) for g in range(2)]
    answers = gather(pieces, n_items=4, group_names=("x", "y"))
    priors = Priors(LogNormal(0.1, 0.4), Normal(0.0, 2.0), Normal(-1.4, 0.5))
    layout = free_layout(at)
    start = layout.free_of(at)

    def height(free: Floats) -> float:
        here = layout.values(free)
        logit = np.log(here.c / (1 - here.c))
        assert priors.slope is not None
        assert priors.intercept is not None
        assert priors.guessing is not None
        prior = priors.slope.log_density(here.a) + priors.intercept.log_density(here.d)
        return exact_log_likelihood(answers, here, GRID) + float((prior + priors.guessing.log_density(logit)).sum())

    step = 1e-4
    unit = np.eye(len(start)) * step
    numeric = np.array([(height(start + e) - height(start - e)) / (2 * step) for e in unit])
    slope = gradient(expect(answers, at, GRID), at, layout=layout, priors=priors, grid=GRID)
    assert slope == pytest.approx(numeric, rel=1e-5, abs=1e-4)

    def slope_at(free: Floats) -> Floats:
        here = layout.values(free)
        return gradient(expect(answers, here, GRID), here, layout=layout, priors=priors, grid=GRID)

    bend = -np.array([(slope_at(start + e) - slope_at(start - e)) / (2 * step) for e in unit])
    found = observed_information(answers, at, layout=layout, priors=priors, grid=GRID)
    assert found == pytest.approx(bend, rel=1e-5, abs=1e-3)


def test_single_precision_bends_as_double_does(monkeypatch: pytest.MonkeyPatch) -> None:
    at = items(10)
    table = scored(at, 20_000, missing=0.05)
    single = answers_from(table)
    monkeypatch.setattr(layout_of_answers, "FEW_PERSONS", 10**9)
    double = answers_from(table)
    assert double.is_exact
    assert not single.is_exact
    layout = Specification("2pl").layout(at, tuple("abcdefghij"))
    errors = []
    for answers in (single, double):
        found = observed_information(answers, at, layout=layout, priors=Priors(), grid=GRID)
        covariance = covariance_of(found)
        assert covariance is not None
        errors.append(np.sqrt(np.diag(covariance)))
    assert errors[0] == pytest.approx(errors[1], rel=2e-3)


def test_errors_item_by_item_are_the_blocks_of_the_whole() -> None:
    at = items(12, groups=1)
    answers = answers_from(scored(at, 3000))
    layout = Specification("2pl").layout(at, tuple("abcdefghijkl"))
    whole = observed_information(answers, at, layout=layout, priors=Priors(), grid=GRID)
    found = item_errors(answers, at, layout=layout, priors=Priors(), grid=GRID, expected=expect(answers, at, GRID))
    for j in range(12):
        own = np.ix_([j, 12 + j], [j, 12 + j])
        assert found[[j, 12 + j]] == pytest.approx(np.sqrt(np.diag(np.linalg.inv(whole[own]))), rel=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 9))
def test_a_part_of_the_people_never_invents_answers(seed: int, n: int, step: int) -> None:
    table = scored(items(5), n, seed=seed, missing=0.2)
    part = answers_from(table).part(step)
    right, seen = part.counts
    assert part.n_persons == -(-n // step)
    assert (right <= seen).all()
    assert (seen == (table[::step] != NOT_PRESENTED).sum(axis=0)).all()


def matrix_of(table: np.ndarray, *, groups: list[str] | None = None) -> ResponseMatrix:
    options = np.where(table == NOT_PRESENTED, NOT_PRESENTED, 1 - table).astype(np.int8)
    columns = None if groups is None else {"kind": groups}
    return ResponseMatrix.from_arrays(options, key=np.zeros(table.shape[1], dtype=np.int8), groups=columns)


def test_blocks_that_come_one_by_one_make_the_same_answers() -> None:
    table = scored(items(6), 900, missing=0.1)
    groups = ["b"] * 200 + ["a", "c"] * 350
    whole = answers_of(matrix_of(table, groups=groups), group="kind", reference="c")
    parts = (matrix_of(table[cut], groups=groups[cut]) for cut in (slice(0, 150), slice(150, 600), slice(600, 900)))
    found = answers_of_blocks(parts, group="kind", reference="c").answers
    assert found.group_names == whole.group_names == ("c", "a", "b")
    assert found.group_weights.tolist() == [350, 350, 200]
    at = items(6, groups=3)
    one, other = expect(whole, at, GRID), expect(found, at, GRID)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    assert one.right == pytest.approx(other.right, rel=1e-9, abs=1e-12)


def test_a_calibration_in_blocks_is_the_calibration_of_the_whole() -> None:
    table = scored(items(8), 1200)
    found = calibrate_blocks((matrix_of(table[s : s + 500]) for s in range(0, 1200, 500)), Specification("2pl"))
    whole = calibrate(matrix_of(table))
    assert found.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-8)
    assert found.a == pytest.approx(whole.a, abs=1e-6)
    with pytest.raises(BadInput):
        calibrate_blocks(iter(()), Specification("2pl"))


@pytest.mark.parametrize("n", [700, 9000])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_people_are_placed_by_their_posterior(n: int, missing: float) -> None:
    at = items(9)
    matrix = matrix_of(scored(at, n, missing=missing))
    matrix.options[1, 5:] = NOT_REACHED  # which counts wrong
    found = calibrate(matrix)
    theta, se = place(matrix, found)
    for person in (0, 1, n // 2, n - 1):
        own = matrix.options[person]
        z = np.linspace(-6, 6, 61)
        p = chances(z, a=found.a, d=found.d)
        likelihood = np.where(own == NOT_PRESENTED, 1, np.where(own == 0, p, 1 - p)).prod(axis=1) * np.exp(-z * z / 2)
        mean = (likelihood @ z) / likelihood.sum()
        assert theta[person] == pytest.approx(mean, abs=2e-5)
        assert se[person] == pytest.approx(np.sqrt((likelihood @ z**2) / likelihood.sum() - mean**2), abs=5e-5)
