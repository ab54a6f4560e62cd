"""An item is said to have shifted when chance would hardly explain it, and only then."""

import math
import random

import pytest

from analysis.drift import Occasion, largest_shift
from analysis.drift_pictures import drift_picture


def occasion(name: str, p: float, n: int = 400) -> Occasion:
    return Occasion(name=name, n=n, p=p, discrimination=0.4, p_interval=(p - 0.05, p + 0.05))


def test_a_leap_is_found_and_named() -> None:
    shift = largest_shift([occasion("A", 0.40), occasion("B", 0.42), occasion("C", 0.65)])
    assert shift is not None
    assert (shift.first.name, shift.later.name) == ("A", "C")
    assert shift.difference == pytest.approx(0.25)
    # The pooled test by hand: p = 0.525, z = 0.25 / sqrt(0.525 * 0.475 * 2 / 400).
    assert shift.z == pytest.approx(7.08, abs=0.01)


def test_little_is_said_of_few_people_or_of_nothing() -> None:
    assert largest_shift([]) is None
    assert largest_shift([occasion("A", 0.4)]) is None
    assert largest_shift([occasion("A", 0.4, n=20), occasion("B", 0.55, n=20)]) is None
    assert largest_shift([occasion("A", math.nan), occasion("B", 0.9)]) is None
    assert largest_shift([occasion("A", 1.0), occasion("B", 1.0)]) is None


def test_a_stable_item_is_accused_in_one_case_of_a_hundred() -> None:
    chance = random.Random(7)

    def sat(name: str) -> Occasion:
        return occasion(name, sum(chance.random() < 0.6 for _ in range(200)) / 200, n=200)

    accused = sum(largest_shift([sat(name) for name in "ABCDE"]) is not None for _ in range(600))
    assert accused <= 15, "1 % of 600, and three standard errors"


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_picture_is_the_same_for_the_same_figures(language: str) -> None:
    occasions = [occasion("UJI-2025", 0.4), Occasion(name="UJI-2026-gelombang-2", n=9, p=math.nan, discrimination=-0.1)]
    drawn = drift_picture(occasions, item="MAT-01 & <b>", language=language)
    assert drawn == drift_picture(occasions, item="MAT-01 & <b>", language=language)
    assert drawn.startswith("<svg ")
    assert "MAT-01 &amp; &lt;b&gt;" in drawn
