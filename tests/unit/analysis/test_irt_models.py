"""Each model recovers simulated truth, obeys its laws, and says what it cannot tell."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.dif import compare_groups
from analysis.errors import BadArrays, NotEstimable
from analysis.irt import Calibration, calibrate, climbing
from analysis.irt.answers import Piece, answers_of, gather
from analysis.irt.calibration import Anchor, Effort, calibrate_answers, calibrate_blocks
from analysis.irt.climbing import MOST_FREE, Hill, View, climb
from analysis.irt.curves import Floats
from analysis.irt.expectation import normal_grid
from analysis.irt.models import Specification
from analysis.irt.parameters import Parameters
from analysis.irt.priors import LogNormal, Normal, Priors, default_guessing
from analysis.responses import NOT_PRESENTED, ResponseMatrix

from .simulated import chances

N_ITEMS = 12
SLOPES = np.array([0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 0.7, 1.1, 1.3, 0.9, -0.5, 1.4])
INTERCEPTS = np.linspace(-1.5, 1.5, N_ITEMS)


def drawn(
    theta: Floats, *, a: Floats, d: Floats, c: float = 0.0, seed: int = 0, groups: dict[str, list[str]] | None = None
) -> ResponseMatrix:
    wrong = np.random.default_rng(seed).random((len(theta), len(a))) > chances(theta, a=a, d=d, c=c)
    return ResponseMatrix.from_arrays(wrong.astype(np.int8), key=np.zeros(len(a), dtype=np.int8), groups=groups)


def people(n: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=n)


def standardised(found: Calibration, a: Floats, d: Floats) -> Floats:
    assert found.se_a is not None
    assert found.se_d is not None
    return np.concatenate([(found.a - a) / found.se_a, (found.d - d) / found.se_d])


# Recovery -----------------------------------------------------------------------------------------------------------


def test_many_people_are_placed_by_a_part_of_them_first_and_then_by_all() -> None:
    a = np.abs(np.concatenate([SLOPES, 1.2 * SLOPES]))
    d = np.concatenate([INTERCEPTS, INTERCEPTS[::-1]])
    found = calibrate(drawn(people(30_000), a=a, d=d)).require_converged()
    far = standardised(found, a, d)
    assert np.abs(far).max() < 3.6
    assert 0.6 < far.std() < 1.4
    assert found.n_iter <= 6  # looks at all people; a part of them found the way
    assert found.step_left < 0.02


@pytest.mark.parametrize("seed", range(4))
def test_a_bad_start_leads_to_the_same_top(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = answers_of(small())
    start = Parameters(rng.normal(1, 2, N_ITEMS), rng.normal(0, 3, N_ITEMS), np.zeros(N_ITEMS), np.zeros(1), np.ones(1))
    layout = Specification("2pl").layout(start, small().item_names)
    hill = Hill(answers, layout, Priors(), normal_grid())
    found = climb(hill, layout.free_of(start), tolerance=1e-4, max_looks=500)
    assert found.settled
    assert found.view.height == pytest.approx(small_found("2pl").log_likelihood, abs=1e-5)


def test_no_step_that_loses_height_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    top = small_found("2pl")
    at = Parameters(top.a, top.d, np.zeros(N_ITEMS), np.zeros(1), np.ones(1))
    hill = Hill(answers_of(small()), Specification("2pl").layout(at, small().item_names), Priors(), normal_grid())
    away = hill.layout.free_of(at) + 0.1
    far_too_bold = hill.information(hill.look(away)) / 100
    taken: list[tuple[float, float]] = []
    step_up = climbing._step_up

    def watched(hill: Hill, view: View, step: Floats) -> View | None:
        there = step_up(hill, view, step)
        taken.extend([(view.height, there.height)] if there is not None else [])
        return there

    monkeypatch.setattr(climbing, "_step_up", watched)
    found = climb(hill, away, tolerance=1e-4, max_looks=200, information=far_too_bold)
    assert found.settled
    assert found.view.height == pytest.approx(top.log_likelihood, abs=1e-5)
    assert taken
    assert all(after >= before - 1e-6 for before, after in taken)


def test_one_slope_for_all() -> None:
    found = calibrate(drawn(people(4000), a=np.full(N_ITEMS, 1.3), d=INTERCEPTS), "1pl").require_converged()
    assert len(set(found.a.tolist())) == 1
    assert np.abs(standardised(found, np.full(N_ITEMS, 1.3), INTERCEPTS)).max() < 3.6
    assert found.parameter_names[0] == "a"
    assert found.n_parameters == N_ITEMS + 1


def test_rasch_and_one_slope_are_the_same_model_in_two_units() -> None:
    matrix = drawn(people(1500), a=np.full(N_ITEMS, 0.8), d=INTERCEPTS)
    rasch, one = calibrate(matrix, "rasch"), calibrate(matrix, "1pl")
    assert rasch.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)
    assert np.sqrt(rasch.group_variance) == pytest.approx(one.a[0], abs=1e-4)
    assert rasch.d == pytest.approx(one.d, abs=1e-4)


def test_guessing_is_recovered_where_there_is_much_of_it() -> None:
    a, d = np.full(20, 1.6), np.linspace(-2.5, 1.5, 20)
    found = calibrate(drawn(people(12_000), a=a, d=d, c=0.25, seed=4), "3pl").require_converged()
    assert found.se_c is not None
    hard = slice(0, 10)
    assert np.abs((found.c - 0.25) / found.se_c)[hard].max() < 3.6
    assert np.abs(standardised(found, a, d)).max() < 3.8
    assert found.maxima[0] == pytest.approx(found.log_posterior, abs=1.0)
    assert found.log_posterior != found.log_likelihood


def test_groups_differ_in_mean_and_spread() -> None:
    theta = np.concatenate([people(3000, 1), 0.7 + 1.4 * people(3000, 2)])
    groups = {"kind": ["LPTK"] * 3000 + ["LPMP"] * 3000}
    matrix = drawn(theta, a=np.abs(SLOPES), d=INTERCEPTS, groups=groups, seed=3)
    found = calibrate(matrix, group="kind", reference="LPTK").require_converged()
    first, second = found.groups
    assert (first.name, first.mean, first.sd) == ("LPTK", 0.0, 1.0)
    assert np.isnan(first.se_mean)
    assert second.n_persons == 3000
    assert abs(second.mean - 0.7) < 3.5 * second.se_mean < 0.2
    assert abs(second.sd - 1.4) < 3.5 * second.se_sd < 0.25
    assert np.abs(standardised(found, np.abs(SLOPES), INTERCEPTS)).max() < 3.6
    assert found.parameter_names[-2:] == ("mean LPMP", "sd LPMP")


def test_anchors_put_new_items_on_the_old_scale() -> None:
    a, d = np.abs(SLOPES), INTERCEPTS
    matrix = drawn(0.6 + 0.8 * people(6000, 5), a=a, d=d, seed=6)
    anchors = {name: Anchor(float(a[j]), float(d[j])) for j, name in enumerate(matrix.item_names[:6])}
    found = calibrate(matrix, anchors=anchors).require_converged()
    assert found.a[:6] == pytest.approx(a[:6], abs=1e-12)
    assert found.se_a is not None
    assert np.isnan(found.se_a[:6]).all()
    assert np.abs(standardised(found, a, d)[6:12]).max() < 3.6
    assert abs(found.group_mean - 0.6) < 3.5 * found.groups[0].se_mean
    assert abs(found.groups[0].sd - 0.8) < 3.5 * found.groups[0].se_sd
    assert found.anchored == matrix.item_names[:6]


def test_a_pool_too_large_for_one_matrix_is_still_calibrated() -> None:
    n_forms, own, common = 22, 28, 6
    n_items = common + n_forms * own
    rng = np.random.default_rng(8)
    a, d = rng.lognormal(0, 0.25, n_items), rng.normal(0, 1, n_items)
    pieces = []
    for form in range(n_forms):
        items = np.concatenate([np.arange(common), common + form * own + np.arange(own)])
        p = chances(rng.normal(size=800), a=a[items], d=d[items])
        pieces.append(Piece(items, (rng.random(p.shape) < p).astype(np.int8)))
    found = calibrate_answers(
        gather(pieces, n_items=n_items),
        Specification("2pl"),
        item_names=tuple(f"i{j}" for j in range(n_items)),
        n_options=np.full(n_items, 4),
    ).require_converged()
    assert found.n_parameters == 2 * n_items > MOST_FREE
    assert found.covariance is None
    assert "others fixed" in found.message
    assert 0.85 < standardised(found, a, d).std() < 1.2


# Laws ---------------------------------------------------------------------------------------------------------------


@cache
def small() -> ResponseMatrix:
    return drawn(people(500), a=SLOPES, d=INTERCEPTS, seed=9)


@cache
def small_found(model: str) -> Calibration:
    return calibrate(small(), model)


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(N_ITEMS)), st.randoms(use_true_random=False))
def test_the_order_of_items_and_people_does_not_matter(order: list[int], chance: object) -> None:
    del chance
    rows = np.random.default_rng(order[0]).permutation(500)
    shuffled = small().select_items(order).select_persons(rows)
    for model in ("rasch", "2pl"):
        there, here = calibrate(shuffled, model), small_found(model)
        assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-6)
        assert there.a == pytest.approx(here.a[order], abs=1e-4)
        assert there.d == pytest.approx(here.d[order], abs=1e-4)


def test_turning_right_into_wrong_turns_the_signs() -> None:
    turned = ResponseMatrix.from_arrays(1 - small().options, key=np.zeros(N_ITEMS, dtype=np.int8))
    here, there = small_found("2pl"), calibrate(turned)
    sign = np.sign(here.a[0] * there.a[0])
    assert there.d == pytest.approx(-here.d, abs=1e-4)
    assert there.a == pytest.approx(sign * here.a, abs=1e-4)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-6)


def test_a_shift_of_the_anchors_shifts_the_people() -> None:
    matrix = small()
    known = small_found("2pl")
    names = matrix.item_names[:4]

    def shifted(by: float) -> Calibration:
        anchors = {n: Anchor(float(known.a[j]), float(known.d[j] - by * known.a[j])) for j, n in enumerate(names)}
        return calibrate(matrix, anchors=anchors)

    here, there = shifted(0.0), shifted(0.5)
    assert there.group_mean == pytest.approx(here.group_mean + 0.5, abs=2e-3)
    assert there.groups[0].sd == pytest.approx(here.groups[0].sd, abs=2e-3)
    assert there.d[4:] == pytest.approx(here.d[4:] - 0.5 * here.a[4:], abs=5e-3)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-3)


def test_twice_the_weight_is_half_the_variance() -> None:
    twice = calibrate(small(), weights=np.full(500, 2.0))
    here = small_found("2pl")
    assert twice.log_likelihood == pytest.approx(2 * here.log_likelihood, rel=1e-9)
    assert twice.a == pytest.approx(here.a, abs=1e-4)
    assert twice.se_a is not None
    assert here.se_a is not None
    assert twice.se_a == pytest.approx(here.se_a / np.sqrt(2), rel=1e-4)


def test_the_top_is_a_top_in_every_direction() -> None:
    found = small_found("2pl")
    assert found.covariance is not None
    rng = np.random.default_rng(0)
    for _ in range(10):
        step = np.linalg.cholesky(found.covariance) @ rng.normal(size=found.n_parameters) * 0.05
        a, d = found.a + step[:N_ITEMS], found.d + step[N_ITEMS:]
        anchors = {name: Anchor(a[j], d[j]) for j, name in enumerate(small().item_names)}
        nearby = calibrate(small(), anchors=anchors, latent="standard")
        assert nearby.log_likelihood < found.log_likelihood


def test_again_is_the_same_to_the_digit() -> None:
    once, again = calibrate(small(), "3pl"), calibrate(small(), "3pl")
    assert once.log_posterior == again.log_posterior
    assert (once.a == again.a).all()


# Priors -------------------------------------------------------------------------------------------------------------


def test_the_prior_on_guessing_is_centred_by_the_number_of_options() -> None:
    c = 1 / (1 + np.exp(-np.asarray(default_guessing(np.array([4, 5])).mean)))
    assert c == pytest.approx([0.2, 0.16])


def test_a_strong_prior_is_believed() -> None:
    priors = Priors(guessing=Normal(float(np.log(0.1 / 0.9)), 0.01))
    found = calibrate(small(), "3pl", priors=priors)
    assert found.c == pytest.approx(np.full(N_ITEMS, 0.1), abs=0.01)


def test_a_prior_on_slopes_hides_a_negative_one_and_is_only_given_on_request() -> None:
    assert small_found("2pl").a[10] < -0.2
    found = calibrate(small(), priors=Priors(slope=LogNormal(0.0, 0.5)))
    assert found.converged
    assert found.a[10] > 0
    assert found.log_posterior < found.log_likelihood or found.log_posterior != found.log_likelihood


def test_maxima_of_different_height_are_told() -> None:
    rng = np.random.default_rng(2)
    options = drawn(people(900, 3), a=np.full(15, 1.2), d=np.linspace(-2, 2, 15), c=0.2, seed=2).options.copy()
    options[:, 3] = rng.random(900) > 0.25
    options[:, 8] = rng.random(900) > 0.3
    found = calibrate(ResponseMatrix.from_arrays(options, key=np.zeros(15, dtype=np.int8)), "3pl")
    assert list(found.maxima) == sorted(found.maxima, reverse=True)
    assert found.maxima[0] == pytest.approx(found.log_posterior, abs=1e-6)
    assert ("maxima" in found.message) == (found.maxima[0] - found.maxima[-1] > 0.02)


def test_anchors_that_do_not_hold_here_are_told() -> None:
    a, d = np.abs(SLOPES), INTERCEPTS
    matrix = drawn(people(2000, 5), a=a, d=d, seed=6)
    anchors = {name: Anchor(float(a[j]), float(d[j])) for j, name in enumerate(matrix.item_names[:6])}
    assert "do not hold" not in calibrate(matrix, anchors=anchors).message
    anchors[matrix.item_names[2]] = Anchor(float(a[2]), float(d[2]) + 1.5)
    found = calibrate(matrix, anchors=anchors)
    assert found.converged
    assert "the anchors q03" in found.message  # the worst first; it drags others with it
    assert "do not hold here" in found.message


# What cannot be told ------------------------------------------------------------------------------------------------


def test_what_sets_no_scale_is_refused() -> None:
    with pytest.raises(NotEstimable):
        calibrate(small(), latent="free")
    with pytest.raises(NotEstimable):
        calibrate(small(), latent="free_variance")


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "4pl"},
        {"group": "nobody"},
        {"anchors": {"q99": Anchor(1, 0)}},
        {"anchors": {"q01": Anchor(float("nan"), 0)}},
        {"weights": np.full(500, np.nan)},
        {"weights": np.full(3, 1.0)},
        {"weights": -np.ones(500)},
        {"weights": np.full(500, 1e-300)},
        {"latent": "normal"},
        {"priors": Priors(slope=Normal(1.0, 0.0))},
        {"priors": Priors(intercept=Normal(float("nan"), 1.0))},
        {"model": "3pl", "priors": Priors(guessing=Normal(-1.4, -1.0))},
    ],
)
def test_what_means_nothing_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(BadArrays):
        calibrate(small(), **wrong)  # type: ignore[arg-type]


def test_many_people_who_saw_nothing_say_nothing() -> None:
    matrix = drawn(people(400, 5), a=np.abs(SLOPES), d=INTERCEPTS, seed=6)
    absent = np.full((100, N_ITEMS), NOT_PRESENTED, dtype=np.int8)
    more = ResponseMatrix.from_arrays(np.vstack([matrix.options, absent]), key=matrix.key)
    one, other = calibrate(matrix), calibrate(more)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-9)
    assert other.n_persons == one.n_persons
    assert other.bic == pytest.approx(one.bic, abs=1e-9)


def test_a_form_that_everyone_mastered_says_nothing_of_the_others() -> None:
    matrix = drawn(people(400, 5), a=np.abs(SLOPES), d=INTERCEPTS, seed=6)
    options = matrix.options.copy()
    options[:100, 2:] = NOT_PRESENTED
    options[100:, :2] = NOT_PRESENTED
    options[:100, :2] = 0
    forms = ResponseMatrix.from_arrays(options, key=matrix.key)
    alone = ResponseMatrix.from_arrays(options[100:, 2:], key=matrix.key[2:])
    found = calibrate(forms).require_converged()
    assert found.unestimated == ("q01", "q02")
    assert found.a[2:] == pytest.approx(calibrate(alone).a, abs=1e-4)


def test_the_largest_group_is_the_one_with_most_people_not_rows() -> None:
    matrix = drawn(people(400, 5), a=np.abs(SLOPES), d=INTERCEPTS, seed=6)
    few = np.arange(400) < 150
    weighted = ResponseMatrix.from_arrays(
        matrix.options, key=matrix.key, groups={"group": np.where(few, "B", "A")}, weights=np.where(few, 3.0, 1.0)
    )
    streamed = calibrate_blocks([weighted], Specification("rasch"), group="group")
    assert [group.name for group in calibrate(weighted, "rasch", group="group").groups] == ["B", "A"]
    assert [group.name for group in streamed.groups] == ["B", "A"]
    (compared,) = compare_groups(weighted, "group")
    assert compared.reference == "B"


def test_a_spread_of_ability_without_end_is_told() -> None:
    """Of an anchor that nobody does better on than by guessing, the scale runs away downwards."""
    matrix = drawn(people(500, 5), a=np.abs(SLOPES), d=INTERCEPTS, seed=6)
    guess = float(matrix.scored[:, 3].mean())
    found = calibrate(matrix, anchors={"q04": Anchor(1.0, 0.0, guess)})
    assert found.groups[0].sd == pytest.approx(8.0)
    assert not found.converged
    assert "the spread of ability ran to its bound" in found.message
    assert "no spread" not in found.message


def test_a_group_that_saw_nothing_is_refused_by_name() -> None:
    matrix = drawn(people(400, 5), a=np.abs(SLOPES), d=INTERCEPTS, seed=6)
    options = matrix.options.copy()
    options[:100] = NOT_PRESENTED
    groups = {"group": np.where(np.arange(400) < 100, "absent", "there")}
    absent = ResponseMatrix.from_arrays(options, key=matrix.key, groups=groups)
    with pytest.raises(BadArrays, match="'absent'"):
        calibrate(absent, group="group")


def test_two_items_do_not_determine_two_slopes() -> None:
    found = calibrate(small().select_items([2, 5]))
    assert found.se_a is None
    assert "do not determine" in found.message


def test_people_who_do_not_differ_are_told() -> None:
    rng = np.random.default_rng(1)
    same = ResponseMatrix.from_arrays((rng.random((400, 6)) > 0.5).astype(np.int8), key=[0] * 6)
    options = same.options.copy()
    for j in range(0, 6, 2):
        options[:, j + 1] = 1 - options[:, j]
    found = calibrate(ResponseMatrix.from_arrays(options, key=[0] * 6), "rasch")
    assert found.group_variance < 1e-4
    assert "no spread" in found.message
    assert not found.converged, "a spread at its bound is no estimate"


def test_a_person_who_saw_nothing_says_nothing() -> None:
    options = small().options.copy()
    options = np.vstack([options, np.full((3, N_ITEMS), NOT_PRESENTED, dtype=np.int8)])
    found = calibrate(ResponseMatrix.from_arrays(options, key=[0] * N_ITEMS))
    assert found.log_likelihood == pytest.approx(small_found("2pl").log_likelihood, abs=1e-6)


def test_points_stand_closer_where_items_are_sharp() -> None:
    sharp = drawn(people(6000), a=np.full(30, 6.0), d=np.linspace(-7, 7, 30))
    answers = gather([Piece(np.arange(30), (1 - sharp.options).astype(np.int8))], n_items=30)
    found = calibrate(sharp)
    blunt = calibrate(drawn(people(6000), a=np.full(30, 0.7), d=np.linspace(-2, 2, 30)))
    assert len(found.grid.points) > 1.5 * len(blunt.grid.points)
    finer = calibrate_answers(
        answers,
        Specification("2pl"),
        item_names=sharp.item_names,
        n_options=sharp.offered,
        effort=Effort(n_points=401),
    )
    assert found.log_likelihood == pytest.approx(finer.log_likelihood, abs=0.01)
    assert found.a == pytest.approx(finer.a, abs=2e-3)


def test_people_without_a_group_are_left_out_however_many() -> None:
    matrix = small()
    groups = np.where(np.arange(matrix.n_persons) % 3 == 0, "LPTK", "")
    found = calibrate(replace(matrix, groups={"site": groups}), "rasch", group="site")
    wanted = calibrate(matrix.select_persons(np.flatnonzero(groups == "LPTK")), "rasch")
    assert [group.name for group in found.groups] == ["LPTK"]
    assert found.n_without_group == int((groups == "").sum())
    assert found.d == pytest.approx(wanted.d, abs=1e-9)


def test_weights_count_people_in_bic() -> None:
    matrix = small()
    twice = calibrate(matrix, weights=np.full(matrix.n_persons, 2.0))
    repeated = ResponseMatrix.from_arrays(np.repeat(matrix.options, 2, axis=0), key=matrix.key)
    assert twice.bic == pytest.approx(calibrate(repeated).bic, abs=1e-4)
