"""Works out the answers of further items of indicators M21 to M40, beside professional_answers."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import sympy as sp

from tests.unit.itembank.option_values import (
    UnreadableOptionError,
    amount,
    antiderivative,
    expression,
    matrix,
    number,
    rupiah,
)
from tests.unit.itembank.professional_answers import NOT_COMPUTED, matching, recomputes, x

FIRST = 21  # running number of the first indicator

NOT_COMPUTED.update(
    {
        "MAT-PRO-37-2": "history of mathematics",
        "MAT-PRO-38-2": "philosophy of mathematics",
        "MAT-PRO-39-2": "choice of software for an analysis",
        "MAT-PRO-40-2": "choice of a tool of a spreadsheet",
    }
)


def _point(option: str) -> tuple[int, ...]:
    """`$(-1, 7, 2)$`."""
    match = re.fullmatch(r"\$\((-?\d+(?:, -?\d+)*)\)\$", option)
    if not match:
        raise UnreadableOptionError(option)
    return tuple(int(part) for part in match.group(1).split(", "))


def _degrees(option: str) -> list[int]:
    r"""`$\{30^\circ, 330^\circ\}$`."""
    match = re.fullmatch(r"\$\\\{(\d+\^\\circ(?:, \d+\^\\circ)*)\\\}\$", option)
    if not match:
        raise UnreadableOptionError(option)
    return [int(angle) for angle in re.findall(r"\d+", match.group(1))]


def _antiderivatives(options: Sequence[str], of: sp.Expr) -> list[bool]:
    slopes = [sp.diff(antiderivative(option), x) for option in options]
    # Two finite sums of waves that agree at so many places of a period are the same.
    places = [sp.Rational(step, 7) for step in range(44)]
    return [all(abs(sp.N((slope - of).subs(x, place))) < 1e-9 for place in places) for slope in slopes]


# Algebra and calculus


@recomputes("MAT-PRO-21-2", r"${}^2\log 3 = p$", r"${}^3\log 5 = q$", r"${}^6\log 45$")
def logarithm_of_another_base(options: Sequence[str]) -> list[bool]:
    known = {"p": math.log(3, 2), "q": math.log(5, 3)}
    return [math.isclose(expression(option).subs(known), math.log(45, 6)) for option in options]


@recomputes("MAT-PRO-22-2", r"debit $x\sqrt{2x^2 + 1}$ liter per menit", "2 menit pertama")
def integral_by_substitution(options: Sequence[str]) -> list[bool]:
    return matching(options, amount("liter"), sp.integrate(x * sp.sqrt(2 * x**2 + 1), (x, 0, 2)))


@recomputes("MAT-PRO-23-2", "Gradien garis singgung", r"$2\sin 5x \cos 3x$")
def integral_of_a_product(options: Sequence[str]) -> list[bool]:
    return _antiderivatives(options, 2 * sp.sin(5 * x) * sp.cos(3 * x))


@recomputes("MAT-PRO-24-2", "tanpa batas", r"$\sqrt{4x^2 + 12x} - (2x - 1)$")
def limit_at_infinity(options: Sequence[str]) -> list[bool]:
    return matching(options, number, sp.limit(sp.sqrt(4 * x**2 + 12 * x) - (2 * x - 1), x, sp.oo))


@recomputes("MAT-PRO-25-2", "$y = x^2$", "$y = 8 - x^2$", "1 satuan pada sumbu koordinat mewakili 1 m")
def area_of_the_pond(options: Sequence[str]) -> list[bool]:
    # Slices parallel to the horizontal axis: below and above the level 4 where the parabolas meet.
    y = sp.Symbol("y", positive=True)
    slices = sp.integrate(2 * sp.sqrt(y), (y, 0, 4)) + sp.integrate(2 * sp.sqrt(8 - y), (y, 4, 8))
    return matching(options, amount("m²"), slices)


@recomputes(
    "MAT-PRO-26-2", r"arah $030^\circ$ sejauh 30 mil laut", r"arah $090^\circ$ sejauh 50 mil laut", "utara searah"
)
def distance_after_two_courses(options: Sequence[str]) -> list[bool]:
    east = 30 * sp.sin(sp.pi / 6) + 50 * sp.sin(sp.pi / 2)
    north = 30 * sp.cos(sp.pi / 6) + 50 * sp.cos(sp.pi / 2)
    return matching(options, amount("mil laut"), sp.sqrt(east**2 + north**2))


# Discrete mathematics


@recomputes(
    "MAT-PRO-27-2",
    "semesta 45 guru",
    "A beranggotakan 30 guru dan himpunan D beranggotakan 27 guru",
    "irisannya x",
    "Nilai terkecil",
)
def fewest_in_both(options: Sequence[str]) -> list[bool]:
    possible = [both for both in range(28) if (30 - both) + both + (27 - both) <= 45]
    return matching(options, number, min(possible))


@recomputes("MAT-PRO-28-2", "$k$ membagi habis $n^3 - n$", "setiap bilangan ganjil $n$", "Nilai terbesar $k$")
def divides_for_every_odd_number(options: Sequence[str]) -> list[bool]:
    return matching(options, number, math.gcd(*(n**3 - n for n in range(1, 1000, 2))))


# Trigonometry


@recomputes("MAT-PRO-29-2", r"$\sin 2x = \sqrt{3} \sin x$", r"$0^\circ \le x < 360^\circ$")
def equation_with_a_double_angle(options: Sequence[str]) -> list[bool]:
    def difference(degrees: float) -> float:
        return math.sin(math.radians(2 * degrees)) - math.sqrt(3) * math.sin(math.radians(degrees))

    roots = [angle for angle in range(360) if abs(difference(angle)) < 1e-9]
    signs = [difference(angle - 0.5) > 0 for angle in range(361)]
    assert len(roots) == sum(before != after for before, after in pairwise(signs))  # none between whole degrees
    return [_degrees(option) == roots for option in options]


@recomputes(
    "MAT-PRO-30-2",
    "8 m dari dinding",
    "Tepi bawah mural pada dinding berada 2 m dan tepi atasnya 6 m",
    r"$\tan \theta$",
)
def angle_of_view(options: Sequence[str]) -> list[bool]:
    between = sp.expand((8 + 6 * sp.I) * (8 - 2 * sp.I))  # a product of complex numbers adds their angles
    return matching(options, number, sp.im(between) / sp.re(between))


# Vectors and matrices


@recomputes(
    "MAT-PRO-31-2",
    r"$A = \begin{pmatrix} 70 & 84 \\ 90 & 66 \end{pmatrix}$",
    r"$B = \begin{pmatrix} 80 & 70 \\ 60 & 90 \end{pmatrix}$",
    "$A^T$ transpos $A$",
    "$2X - A^T = B$",
)
def mean_of_two_judges(options: Sequence[str]) -> list[bool]:
    a, b = sp.Matrix([[70, 84], [90, 66]]), sp.Matrix([[80, 70], [60, 90]])
    return [2 * matrix(option) - a.T == b for option in options]


@recomputes(
    "MAT-PRO-32-2",
    r"$\begin{vmatrix} a & b & c \\ d & e & f \\ g & h & i \end{vmatrix} = 6$",
    r"$\begin{vmatrix} d & e & f \\ 3a & 3b & 3c \\ g + 2d & h + 2e & i + 2f \end{vmatrix}$",
)
def determinant_after_row_operations(options: Sequence[str]) -> list[bool]:
    a, b, c, d, e, f, g, h, i = sp.symbols("a b c d e f g h i")
    before = sp.Matrix([[a, b, c], [d, e, f], [g, h, i]])
    after = sp.Matrix([[d, e, f], [3 * a, 3 * b, 3 * c], [g + 2 * d, h + 2 * e, i + 2 * f]])
    return [sp.expand(6 * after.det() - number(option) * before.det()) == 0 for option in options]


@recomputes("MAT-PRO-33-2", "$A(2, 1)$, $B(k, 7)$, dan $C(8, 10)$", "satu garis lurus")
def posts_in_a_line(options: Sequence[str]) -> list[bool]:
    return [sp.Point.is_collinear(sp.Point(2, 1), sp.Point(number(option), 7), sp.Point(8, 10)) for option in options]


@recomputes("MAT-PRO-34-2", "jajargenjang $PQRS$", "$P(1, 2, -1)$, $Q(4, 0, 3)$, dan $R(2, 5, 6)$")
def fourth_corner(options: Sequence[str]) -> list[bool]:
    # The diagonals PR and QS halve each other.
    p, q, r = sp.Point(1, 2, -1), sp.Point(4, 0, 3), sp.Point(2, 5, 6)
    return [sp.Point(*_point(option)).midpoint(q) == p.midpoint(r) for option in options]


@recomputes(
    "MAT-PRO-35-2",
    r"$\vec{d} = \begin{pmatrix} 2 \\ 1 \\ 2 \end{pmatrix}$",
    r"$\vec{w} = \begin{pmatrix} 4 \\ -3 \\ 5 \end{pmatrix}$ m/s",
    r"proyeksi skalar $\vec{w}$ pada $\vec{d}$",
)
def wind_along_the_course(options: Sequence[str]) -> list[bool]:
    d, w = sp.Matrix([2, 1, 2]), sp.Matrix([4, -3, 5])
    across = w - x * d
    [times] = sp.solve(across.dot(d), x)
    return matching(options, amount("m/s"), times * d.norm())


# Mathematical models


@recomputes(
    "MAT-PRO-36-2",
    "200 bungkus nasi sehari dengan harga Rp10.000,00",
    "penurunan harga sebesar Rp500,00",
    "20 bungkus sehari",
    "pendapatan maksimum",
)
def greatest_takings(options: Sequence[str]) -> list[bool]:
    takings = (10_000 - 500 * x) * (200 + 20 * x)
    greatest = sp.maximum(takings, x, sp.Interval(0, 20))
    assert greatest == max(takings.subs(x, step) for step in range(21))  # reached by whole steps
    return matching(options, rupiah, greatest)
