"""A second subject with five options: nothing in the bank is bound to mathematics."""

import re
from collections import Counter
from fractions import Fraction
from itertools import pairwise

from itembank.linter.linting import lint
from itembank.linter.reading import LintItem
from itembank.textformat import LETTERS, shipped_blueprints, shipped_items, shipped_media

(PLAN,) = (plan for plan in shipped_blueprints() if plan.code == "fisika-profesional")
ITEMS = {item.code: item for item in shipped_items() if item.blueprint == PLAN.code}


def key_number(code: str) -> Fraction:
    item = ITEMS[code]
    found = re.match(r"\d+", item.options[LETTERS.index(item.key)])
    assert found is not None
    return Fraction(found.group())


def test_the_plan_has_forty_indicators_over_five_bloom_levels() -> None:
    indicators = list(PLAN.indicators())
    assert [indicator.code for indicator in indicators] == [f"F{number:02}" for number in range(1, 41)]
    assert set(Counter(indicator.bloom for indicator in indicators)) == {"C2", "C3", "C4", "C5", "C6"}
    assert (PLAN.subject, PLAN.n_options) == ("Fisika", 5)


def test_its_items_have_five_options_and_are_linted_clean() -> None:
    media = shipped_media()
    assert len(ITEMS) == 2
    assert {len(item.options) for item in ITEMS.values()} == {5}
    assert [found for item in ITEMS.values() for found in lint(LintItem.of(item, pictures=media))] == []


def test_the_distance_is_the_area_under_the_graph() -> None:
    points = [(0, 0), (6, 12), (16, 12), (20, 0)]
    pairs = pairwise(points)
    area = sum((Fraction(v + w, 2) * (t - s) for (s, v), (t, w) in pairs), Fraction())
    assert key_number("FIS-PRO-02-1") == area


def test_what_is_left_after_a_day_is_four_halvings() -> None:
    mass = Fraction(64)
    for _ in range(24 // 6):
        mass /= 2
    assert key_number("FIS-PRO-32-1") == mass
