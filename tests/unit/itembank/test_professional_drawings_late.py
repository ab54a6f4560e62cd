"""No figure of the further items of M21 to M40 shows other sizes than its item works with."""

import math
import re
from itertools import pairwise

import pytest

from tests.unit.itembank.drawings import area, dots, lines, shapes, words


def test_the_pond_lies_between_its_parabolas() -> None:
    """44 to the right and 40 down are one unit of the axes, which meet at (220, 380)."""
    pond = shapes("MAT-PRO-25-2", "polygon")[0]
    assert area(pond) / (44 * 40) == pytest.approx(64 / 3, rel=0.001)
    upwards, downwards = shapes("MAT-PRO-25-2", "polyline")
    for curve, (level, opening) in ((upwards, (0, 1)), (downwards, (8, -1))):
        for across, down in curve:
            assert (380 - down) / 40 == pytest.approx(level + opening * ((across - 220) / 44) ** 2, abs=0.01)


def test_the_ship_sails_the_courses_of_the_item() -> None:
    start, turn, end = dots("MAT-PRO-26-2")
    legs = [(to[0] - off[0], off[1] - to[1]) for off, to in ((start, turn), (turn, end))]
    assert [math.degrees(math.atan2(east, north)) for east, north in legs] == pytest.approx([30, 90], abs=0.1)
    assert math.dist(turn, end) / math.dist(start, turn) == pytest.approx(50 / 30, rel=0.001)


def test_the_lines_of_sight_rise_as_the_item_says() -> None:
    [eye] = dots("MAT-PRO-30-2")
    sights = [end for start, end in lines("MAT-PRO-30-2") if start == eye]
    unit = (sights[0][0] - eye[0]) / 8
    assert [(eye[1] - end[1]) / unit for end in sights] == pytest.approx([0, 2, 6])
    assert {end[0] for end in sights} == {sights[0][0]}


def test_the_robot_has_the_velocity_of_the_item() -> None:
    """82 to the right are a second and 56 up a metre per second, from (70, 240)."""
    curve = shapes("MAT-PRO-22-3", "polyline")[0]
    for across, down in curve:
        seconds = (across - 70) / 82
        assert (240 - down) / 56 == pytest.approx((seconds - 1) * (seconds - 3), abs=0.01)
    assert dots("MAT-PRO-22-3") == [(70 + 82, 240), (70 + 3 * 82, 240), (70, 240 - 3 * 56)]
    assert curve[-1][0] > 70 + 4 * 82


def test_the_fin_lies_between_root_line_and_axis() -> None:
    fin = shapes("MAT-PRO-25-3", "polygon")[0]
    assert area(fin) / 74**2 == pytest.approx(10 / 3, rel=0.001)


def test_the_hexagon_is_regular_and_its_arrows_are_its_vectors() -> None:
    corners, to_b, to_c, to_e = shapes("MAT-PRO-34-3", "polygon")
    middle = (sum(across for across, _ in corners) / 6, sum(down for _, down in corners) / 6)
    radius = math.dist(middle, corners[0])
    sides = [math.dist(one, other) for one, other in pairwise([*corners, corners[0]])]
    assert [math.dist(middle, corner) for corner in corners] == pytest.approx([radius] * 6, abs=0.02)
    assert sides == pytest.approx([radius] * 6, abs=0.02)
    assert [to_b[0], to_c[0], to_e[0]] == [corners[1], corners[2], corners[4]]
    assert [word for word in words("MAT-PRO-34-3") if word.isupper()] == list("ABCDEF")


@pytest.mark.parametrize(
    ("code", "sizes"),
    [
        ("MAT-PRO-25-2", ["y = x²", "y = 8 − x²"]),
        ("MAT-PRO-26-2", ["30°", "90°", "30 mil", "50 mil"]),
        ("MAT-PRO-27-2", ["(30)", "(27)", "45 guru"]),
        ("MAT-PRO-30-2", ["8 m", "2 m", "6 m"]),
        ("MAT-PRO-22-3", ["1", "3", "3"]),
        ("MAT-PRO-25-3", ["2", "4", "y = x − 2"]),
    ],
)
def test_a_figure_names_the_sizes_of_its_item(code: str, sizes: list[str]) -> None:
    assert [word for word in words(code) if re.search(r"[\d²]", word)] == sizes
