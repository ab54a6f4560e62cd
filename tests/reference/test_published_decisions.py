"""Decision consistency and accuracy beside worked examples that others have published; sources in `published`."""

import math

import numpy as np
import pytest
from scipy.special import ndtri

from analysis.classical import analyze
from analysis.consistency import DecisionQuality, lee_binomial, lee_curves, livingston_lewis, rudner
from analysis.decision import true_scores_from_histogram
from analysis.irt.scoring import Abilities
from analysis.responses import ResponseMatrix
from tests.reference.published import decisions as printed


def act() -> DecisionQuality:
    return livingston_lewis(
        printed.ACT_SCORES, passing=printed.ACT_CUT, reliability=printed.ACT_RELIABILITY, parameters=3
    )


def test_livingston_and_lewis_on_151050_people_of_a_test_of_40_items() -> None:
    found, wanted = act(), printed.ACT_PRINTED
    assert found.true_scores is not None
    assert found.true_scores.method == "three_parameter"
    assert round(found.effective_length) == wanted["effective_length"]
    for name, value in {
        "alpha": found.true_scores.alpha,
        "beta": found.true_scores.beta,
        "low": found.true_scores.low,
        "true_mean": found.true_scores.mean,
        "true_sd": found.true_scores.sd,
        "false_pass": found.false_pass,
        "false_fail": found.false_fail,
        "pass_pass": found.passing - found.false_pass,
        "fail_fail": 1 - found.passing - found.false_fail,
        "accuracy": found.accuracy,
    }.items():
        assert value == pytest.approx(wanted[name], abs=0.6e-5), name
    # The printed consistency is a sum of two rounded cells.
    assert found.consistency == pytest.approx(wanted["consistency"], abs=1.2e-5)
    assert found.kappa == pytest.approx(wanted["kappa"], abs=1.5e-5)


@pytest.mark.parametrize("cut", sorted(printed.ACT_OTHER_CUTS))
def test_livingston_and_lewis_at_other_cuts(cut: int) -> None:
    found = livingston_lewis(printed.ACT_SCORES, passing=cut, reliability=printed.ACT_RELIABILITY, parameters=3)
    assert found.accuracy == pytest.approx(printed.ACT_OTHER_CUTS[cut]["accuracy"], abs=0.6e-5)


def test_four_parameters_are_impossible_there_for_the_other_program_too() -> None:
    assert true_scores_from_histogram(printed.ACT_SCORES, parameters=4).method == "two_parameter"
    assert true_scores_from_histogram(printed.ACT_SCORES, parameters=3).method == "three_parameter"


def test_scores_drawn_to_the_mean_agree_with_subkoviaks_first_table() -> None:
    histogram = tuple(np.bincount(printed.SUBKOVIAK_SCORES, minlength=6).tolist())
    found = lee_binomial(histogram, passing=printed.SUBKOVIAK_CUT, reliability=printed.SUBKOVIAK_ALPHA)
    assert found.consistency == pytest.approx(printed.SUBKOVIAK_PRINTED["agreement"], abs=1e-12)
    assert found.kappa == pytest.approx(printed.SUBKOVIAK_PRINTED["kappa"], abs=1e-12)
    again = lee_binomial(histogram, passing=printed.SUBKOVIAK_CUT, reliability=printed.SUBKOVIAK_WITH_KR21["kr21"])
    assert again.consistency == pytest.approx(printed.SUBKOVIAK_WITH_KR21["agreement"], abs=1e-12)
    assert again.kappa == pytest.approx(printed.SUBKOVIAK_WITH_KR21["kappa"], abs=1e-12)


@pytest.mark.parametrize(("z", "reliability"), sorted(printed.subkoviak_1988()))
def test_a_long_test_of_nearly_normal_scores_agrees_with_subkoviaks_tables(z: float, reliability: float) -> None:
    """The tables presume normal scores; beta true scores on a very long test come near, kappa least at the ends."""
    from scipy.stats import betabinom

    agreement, kappa = printed.subkoviak_1988()[z, reliability]
    k = 2000
    total = k * (1 - reliability) / reliability  # of the beta distribution whose binomial scores have this KR-21
    true = betabinom(k, total / 2, total / 2)
    histogram = tuple(np.round(true.pmf(np.arange(k + 1)) * 1e12).astype(int).tolist())
    passing = math.ceil(k / 2 + z * float(true.std()))
    found = livingston_lewis(histogram, passing=passing, reliability=reliability, parameters=2)
    if agreement is not None:
        assert found.consistency == pytest.approx(agreement, abs=0.012)
    assert found.kappa == pytest.approx(kappa, abs=0.025)


def test_forty_five_people_of_a_language_test_agree_with_the_printed_coefficients() -> None:
    right = np.array([[int(mark) for mark in row] for row in printed.BROWN_ANSWERS])
    matrix = ResponseMatrix.from_arrays(1 - right, key=[0] * 30)
    (form,) = analyze(matrix).forms
    assert form.kr20 == pytest.approx(printed.BROWN_PRINTED["kr20"], abs=5e-8)
    for parameters in (2, 4):
        found = livingston_lewis(
            form.histogram, passing=printed.BROWN_CUT, reliability=form.kr20, parameters=parameters
        )  # the printed ones round the reliability 0.86 to 0.9 and presume normal scores
        assert found.consistency == pytest.approx(printed.BROWN_PRINTED["agreement"], abs=0.03)
        assert found.kappa == pytest.approx(printed.BROWN_PRINTED["kappa"], abs=0.06)


@pytest.mark.parametrize("cut", sorted(printed.CACIRT_PRINTED))
def test_lee_agrees_with_cacirt(cut: int) -> None:
    theta = np.linspace(-4, 4, 40)
    p = 1 / (1 + np.exp(-1.7 * (theta[:, None] - np.array(printed.CACIRT_B))))
    found = lee_curves(p, np.exp(-(theta**2) / 2), passing=cut)
    accuracy, consistency = printed.CACIRT_PRINTED[cut]
    assert found.accuracy == pytest.approx(accuracy, abs=1e-10)
    assert found.consistency == pytest.approx(consistency, abs=1e-10)


def test_rudner_agrees_with_the_printed_example_of_irtq() -> None:
    """Standard errors are not printed: they follow from one level's chances, and foretell the other level's."""
    theta, weights, lowest, highest = np.array(printed.IRTQ_RUDNER).T
    low_cut, high_cut = printed.IRTQ_CUTS
    people = Abilities(theta=theta, se=(theta - high_cut) / ndtri(highest))
    found = rudner(people, theta_cut=low_cut, weights=weights)
    confusion = np.array(printed.IRTQ_CONFUSION)
    passes = 1 - lowest
    assert found.false_pass == pytest.approx(confusion[0, 1:].sum(), abs=3e-7)
    assert found.false_fail == pytest.approx(confusion[1:, 0].sum(), abs=3e-7)
    assert found.truly_passing == pytest.approx(confusion[1:].sum(), abs=3e-7)
    assert found.passing == pytest.approx(confusion[:, 1:].sum(), abs=3e-7)
    assert found.consistency == pytest.approx(float(weights @ (passes**2 + lowest**2)), abs=3e-7)
