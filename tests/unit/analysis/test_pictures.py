"""Every picture is one self-contained, repeatable SVG that says what it shows."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from lxml import etree

from analysis.administration import Administration, analyze_administration
from analysis.decision_pictures import certainty_of_decisions, deltas_of_groups
from analysis.dif import compare_groups
from analysis.pictures import (
    difficulty_by_discrimination,
    information_curve,
    item_curve,
    option_curves,
    score_histogram,
)
from analysis.responses import ResponseMatrix
from analysis.simulation import Fault, simulate_tryout


@cache
def tryout() -> Administration:
    return analyze_administration(simulate_tryout(3, n_persons=200, n_items=10, faults=[Fault.WRONG_KEY]).matrix)


def map_of_items(language: str) -> str:
    return difficulty_by_discrimination(tryout().classical.items, tryout().verdicts, language=language)


def options_of_an_item(language: str) -> str:
    return option_curves(tryout().matrix, "q02", language=language)


def curve_of_an_item(language: str) -> str:
    done = tryout()
    return item_curve(done.matrix, done.calibrations[1], done.abilities[1], "q02", language=language)


def information(language: str) -> str:
    return information_curve(tryout().calibrations[1], language=language)


def histogram(language: str) -> str:
    return score_histogram(tryout().classical.forms[0], language=language)


def decisions(language: str) -> str:
    return certainty_of_decisions(tryout().how_sure(0), language=language)


def groups(language: str) -> str:
    matrix = simulate_tryout(3, n_persons=400, n_items=10, faults=[Fault.DIF]).matrix
    return deltas_of_groups(compare_groups(matrix, "group")[0], language=language)


PICTURES = [decisions, groups, map_of_items, options_of_an_item, curve_of_an_item, information, histogram]


@pytest.mark.parametrize("draw", PICTURES)
def test_a_picture_stands_alone(draw: Callable[[str], str]) -> None:
    root = etree.fromstring(draw("id").encode())
    assert root.get("role") == "img"
    assert root.get("aria-label")
    local = {etree.QName(element).localname for element in root.iter(etree.Element)}
    assert not local & {"script", "style", "image", "foreignObject", "metadata"}
    references = [
        v for e in root.iter(etree.Element) for k, v in e.attrib.items() if etree.QName(k).localname == "href"
    ]
    assert all(str(reference).startswith("#") for reference in references)


@pytest.mark.parametrize("draw", PICTURES)
def test_a_picture_is_repeatable_and_speaks_two_languages(draw: Callable[[str], str]) -> None:
    assert draw("id") == draw("id")
    assert draw("id") != draw("en")


def test_ids_of_two_pictures_do_not_meet() -> None:
    roots = [etree.fromstring(draw("id").encode()) for draw in (options_of_an_item, histogram)]
    ids = [{str(element.get("id")) for element in root.iter(etree.Element)} - {"None"} for root in roots]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_an_item_name_cannot_break_out_of_a_picture() -> None:
    matrix = ResponseMatrix.from_arrays(np.array([[0, 1], [1, 0], [0, 0]]), key=[0, 0], item_names=['a"><script>', "b"])
    svg = option_curves(matrix, 'a"><script>')
    etree.fromstring(svg.encode())
    assert "<script" not in svg


def test_an_item_name_with_dollar_signs_is_no_formula() -> None:
    matrix = ResponseMatrix.from_arrays(np.array([[0, 1], [1, 0], [0, 0]]), key=[0, 0], item_names=["$x#$", "b"])
    assert option_curves(matrix, "$x#$").startswith("<svg")


def test_people_who_all_score_alike_still_make_a_picture() -> None:
    matrix = ResponseMatrix.from_arrays(np.zeros((5, 3), dtype=np.int8), key=[0, 0, 0])
    done = analyze_administration(matrix)
    assert done.calibrations == ()
    for svg in (
        option_curves(matrix, "q01"),
        score_histogram(done.classical.forms[0]),
        difficulty_by_discrimination(done.classical.items, done.verdicts),
    ):
        etree.fromstring(svg.encode())
