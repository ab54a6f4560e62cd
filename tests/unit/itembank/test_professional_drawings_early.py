"""No figure of the further items of M01 to M20 shows other sizes than its item works with."""

import math
import re
from itertools import pairwise

import pytest

from tests.unit.itembank.drawings import SVG, area, dots, drawing, shapes, words
from tests.unit.itembank.professional_answers_early import PLOTS, ROADS, SECTORS


def test_the_parabola_has_its_vertex_and_its_height_at_the_axis() -> None:
    [curve] = shapes("MAT-PRO-01-2", "polyline")
    [vertex, crossing] = dots("MAT-PRO-01-2")
    assert min(curve, key=lambda point: point[1]) == vertex
    unit = (vertex[0] - crossing[0]) / 4
    assert crossing[1] - vertex[1] == pytest.approx(4 * unit)  # from 3 down to -1
    for across, down in curve:
        steps = (across - vertex[0]) / unit
        assert (down - vertex[1]) / unit == pytest.approx(steps**2 / 4, abs=0.01)


def test_three_quarters_stay_shaded_after_each_step() -> None:
    triangles = shapes("MAT-PRO-03-3", "polygon")
    frames, shaded = [triangles[0], triangles[2], triangles[6]], [triangles[1:2], triangles[3:6], triangles[7:16]]
    assert len(triangles) == 16
    shares = [sum(map(area, parts)) / area(frame) for frame, parts in zip(frames, shaded, strict=True)]
    assert shares == pytest.approx([1, 3 / 4, 9 / 16], rel=1e-3)


def test_the_plots_stand_on_the_squares_of_the_item() -> None:
    first, side = 19, 24
    drawn = [[((a - first) / side, (d - first) / side) for a, d in plot] for plot in shapes("MAT-PRO-04-2", "polygon")]
    assert drawn == [[pytest.approx(corner) for corner in plot] for plot in PLOTS.values()]


def test_the_net_has_the_sizes_that_it_names() -> None:
    upper, lower, band = shapes("MAT-PRO-09-3", "polygon")
    side = (band[1][0] - band[0][0]) / 36
    assert (band[2][1] - band[1][1]) / side == pytest.approx(20)
    for flap in (upper, lower):
        sides = sorted(math.dist(one, other) / side for one, other in pairwise([*flap, flap[0]]))
        assert sides == pytest.approx([9, 12, 15])


def test_the_sectors_have_the_angles_that_they_name() -> None:
    ends = [
        re.fullmatch(r"M(\S+) (\S+) L(\S+) (\S+) A.* (\S+) (\S+) Z", path.get("d", ""))
        for path in drawing("MAT-PRO-11-2").iter(f"{SVG}path")
    ]
    angles = []
    for end in ends:
        assert end
        middle_x, middle_y, from_x, from_y, to_x, to_y = map(float, end.groups())
        start, stop = math.atan2(from_y - middle_y, from_x - middle_x), math.atan2(to_y - middle_y, to_x - middle_x)
        angles.append(math.degrees(stop - start) % 360)
    assert angles == pytest.approx([*SECTORS.values(), 360 - sum(SECTORS.values())], abs=0.1)


def test_the_tree_names_the_chances_of_the_item() -> None:
    chances = [word for word in words("MAT-PRO-12-3") if word.startswith("0,")]
    assert chances == ["0,6", "0,4", "0,3", "0,7", "0,1", "0,9"]


def test_between_two_towns_run_as_many_roads_as_the_item_says() -> None:
    root = drawing("MAT-PRO-13-2")
    towns = dict(zip(dots("MAT-PRO-13-2"), words("MAT-PRO-13-2"), strict=True))
    drawn: dict[tuple[str, str], int] = {}
    for road in root.iter(f"{SVG}path"):
        start_x, start_y, _by_x, _by_y, end_x, end_y = map(float, re.findall(r"[\d.]+", road.get("d", "")))
        ends = (towns[start_x, start_y], towns[end_x, end_y])
        drawn[ends] = drawn.get(ends, 0) + 1
    assert drawn == ROADS


@pytest.mark.parametrize(
    ("code", "sizes"),
    [
        ("MAT-PRO-07-2", ["24 m", "13 m", "13 m"]),
        ("MAT-PRO-07-3", ["20 cm", "15 cm", "5 cm"]),
        ("MAT-PRO-08-2", ["6 dm"]),
        ("MAT-PRO-08-3", ["12 m", "10 m", "10 m", "15 m"]),
        ("MAT-PRO-16-3", ["2x − 9", "(x + 5) : 2"]),
    ],
)
def test_a_figure_names_the_sizes_of_its_item(code: str, sizes: list[str]) -> None:
    assert [word for word in words(code) if re.search(r"\d", word)] == sizes
