"""Reads the drawings of shipped professional items, so that tests can measure them."""

from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree

FIGURES = files("itembank") / "content" / "items" / "matematika-profesional" / "figures"
SVG = "{http://www.w3.org/2000/svg}"

Place = tuple[float, float]


def drawing(code: str) -> ElementTree.Element:
    """The figure of the item with this code."""
    return ElementTree.fromstring((FIGURES / f"{code}.svg").read_text(encoding="utf-8"))  # noqa: S314 -- ours


def shapes(code: str, tag: str) -> list[list[Place]]:
    """The corners of every polygon, or the points of every polyline."""
    found = [shape.get("points", "").split() for shape in drawing(code).iter(f"{SVG}{tag}")]
    return [[(float(across), float(down)) for across, down in (pair.split(",") for pair in pairs)] for pairs in found]


def dots(code: str) -> list[Place]:
    """The middle of every circle."""
    return [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in drawing(code).iter(f"{SVG}circle")]


def lines(code: str) -> list[tuple[Place, Place]]:
    """Both ends of every straight line."""
    ends = [
        [float(line.get(name, "")) for name in ("x1", "y1", "x2", "y2")] for line in drawing(code).iter(f"{SVG}line")
    ]
    return [((x1, y1), (x2, y2)) for x1, y1, x2, y2 in ends]


def words(code: str) -> list[str]:
    """Everything that is written in the figure."""
    return [text.text or "" for text in drawing(code).iter(f"{SVG}text")]


def area(corners: list[Place]) -> float:
    """The area of a polygon in squares of the drawing's unit."""
    closed = [*corners, corners[0]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(closed))) / 2
