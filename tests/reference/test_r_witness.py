"""Groups, reliability and weights beside what R prints of the same answers: r/witness.R printed r/witness.txt."""

import csv
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from analysis.classical import analyze
from analysis.dif import Comparison, compare_groups
from analysis.distribution import discriminative_efficiency
from analysis.forms import find_forms
from analysis.irt import calibrate
from analysis.irt.result import Anchor
from analysis.irt.scoring import ml
from analysis.omega import omega
from analysis.responses import ResponseMatrix

HERE = Path(__file__).parent / "r"
FOCAL = ("LPMP", "P4TK")


@cache
def said() -> dict[tuple[str, ...], list[str]]:
    """Lines by their first words: (data, figure[, focal[, item]])."""
    found = {}
    for line in (HERE / "witness.txt").read_text().splitlines():
        parts = line.split(",")
        words = 4 if parts[1] in ("plain", "purified") else 3 if parts[1] == "aside" else 2
        found[tuple(parts[:words])] = parts[words:]
    return found


def numbers(*words: str) -> list[float]:
    return [float(part) for part in said()[words]]


@cache
def answers(data: str) -> ResponseMatrix:
    """The rows as they are ("rows"), weighted, or ("repeated") written out as often as they weigh."""
    with (HERE / "answers.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    names = [name for name in rows[0] if name.startswith("q")]
    weights = np.array([int(row["weight"]) for row in rows])
    which = np.repeat(np.arange(len(rows)), weights if data == "repeated" else 1)
    right = np.array([[int(row[name]) for name in names] for row in rows])[which]
    return ResponseMatrix.from_arrays(
        1 - right,
        key=[0] * len(names),
        item_names=names,
        groups={"group": np.array([row["group"] for row in rows])[which]},
        sections=["one"] * 6 + ["two"] * 6,
        weights=weights.astype(float) if data == "weighted" else None,
    )


@cache
def compared(data: str, how: str) -> dict[str, Comparison]:
    found = compare_groups(answers(data), "group", reference="LPTK", purify=how == "purified")
    return {comparison.focal: comparison for comparison in found}


@pytest.mark.parametrize("data", ["rows", "weighted"])
@pytest.mark.parametrize("how", ["plain", "purified"])
@pytest.mark.parametrize("focal", FOCAL)
def test_mantel_haenszel_of_several_groups_agrees(data: str, how: str, focal: str) -> None:
    comparison = compared(data, how)[focal]
    for item in comparison.items:
        odds, chi_square, delta, error = (float(part) for part in said()[data, how, focal, item.item][:4])
        assert item.common_odds_ratio == pytest.approx(odds, rel=1e-9)
        assert item.chi_square == pytest.approx(chi_square, rel=1e-9, abs=1e-12)
        assert item.delta == pytest.approx(delta, rel=1e-9, abs=1e-12)
        assert item.delta_se == pytest.approx(error, rel=1e-9)
        assert item.ets_class == said()[data, how, focal, item.item][4]


@pytest.mark.parametrize("data", ["rows", "weighted"])
@pytest.mark.parametrize("focal", FOCAL)
def test_the_items_set_aside_agree(data: str, focal: str) -> None:
    comparison = compared(data, "purified")[focal]
    assert comparison.has_settled
    assert list(comparison.set_aside) == said()[data, "aside", focal][0].split()
    assert compared(data, "plain")[focal].set_aside == ()


@pytest.mark.parametrize("data", ["rows", "weighted"])
def test_reliability_and_discrimination_agree_with_psych(data: str) -> None:
    matrix = answers(data)
    analysis = analyze(matrix)
    (form,) = analysis.forms
    assert form.alpha == pytest.approx(numbers(data, "alpha")[0], rel=1e-9)
    assert form.alpha_interval == pytest.approx(tuple(numbers(data, "feldt")), rel=1e-9)
    skewness, kurtosis = numbers(data, "skew")
    assert form.skewness == pytest.approx(skewness, rel=1e-9)
    assert form.kurtosis_excess == pytest.approx(kurtosis, rel=1e-9)
    assert [item.item_rest for item in analysis.items] == pytest.approx(numbers(data, "item_rest"), rel=1e-9)
    assert form.alpha_if_deleted == pytest.approx(tuple(numbers(data, "alpha_drop")), rel=1e-9)
    found = omega(matrix, find_forms(matrix)[0])
    assert found.omega == pytest.approx(numbers(data, "omega")[0], abs=2e-5)  # psych stops its climb earlier
    assert found.loadings == pytest.approx(numbers(data, "loadings"), abs=2e-4)


def test_a_weighted_row_is_as_many_people_everywhere() -> None:
    weighted, repeated = answers("weighted"), answers("repeated")
    assert discriminative_efficiency(weighted) == pytest.approx(discriminative_efficiency(repeated), rel=1e-9)
    one, other = (compare_groups(matrix, "group", purify=True) for matrix in (weighted, repeated))
    for here, there in zip(one, other, strict=True):
        assert (here.reference, here.focal, here.set_aside) == (there.reference, there.focal, there.set_aside)
        assert (here.n_focal, here.n_reference) == (there.n_focal, there.n_reference)
        pairs = zip(here.items, there.items, strict=True)
        assert all(math.isclose(a.delta, b.delta, rel_tol=1e-9) for a, b in pairs)


@pytest.mark.parametrize("data", ["rows", "weighted"])
def test_stratified_alpha_agrees(data: str) -> None:
    (form,) = analyze(answers(data)).forms
    assert form.stratified_alpha == pytest.approx(numbers(data, "stratified")[0], rel=1e-9)


def test_marginal_difficulties_agree_with_conditional_ones() -> None:
    """Two likelihoods of one model: alike to a part of their standard errors."""
    found = calibrate(answers("rows"), "rasch")
    assert found.se_d is not None
    wanted, errors = numbers("rows", "rasch_d"), np.array(numbers("rows", "rasch_se"))
    assert found.d - found.d.mean() == pytest.approx(np.array(wanted), abs=0.02)
    centred = np.eye(12) - 1 / 12
    assert found.covariance is not None
    of_items = found.covariance[:12, :12]
    assert np.sqrt(np.diag(centred @ of_items @ centred)) == pytest.approx(errors, rel=0.02)


def test_maximum_likelihood_abilities_agree() -> None:
    """For every number right, at the difficulties that eRm found."""
    anchors = {f"q{j + 1:02d}": Anchor(1.0, d) for j, d in enumerate(numbers("rows", "rasch_d"))}
    matrix = answers("rows")
    right = np.tril(np.ones((11, 12), dtype=np.int8))
    one_a_score = ResponseMatrix.from_arrays(1 - right, key=[0] * 12, item_names=matrix.item_names)
    people = ml(one_a_score, calibrate(matrix, "rasch", anchors=anchors))
    assert people.theta == pytest.approx(numbers("rows", "rasch_ml"), abs=1e-5)
    assert people.se == pytest.approx(numbers("rows", "rasch_ml_se"), abs=5e-4)
