"""Works out the answers of further items of indicators M21 to M40, beside professional_answers."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise, product

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
        "MAT-PRO-37-3": "history of mathematics",
        "MAT-PRO-38-3": "philosophy of mathematics",
        "MAT-PRO-39-3": "choice of software for a lesson",
        "MAT-PRO-40-3": "choice of a chart in a spreadsheet",
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


def _degree(option: str) -> int:
    r"""`$120^\circ$`."""
    [angle] = _degrees(re.sub(r"^\$(.+)\$$", r"$\\{\1\\}$", option))
    return angle


def _whole_numbers(option: str) -> list[int]:
    r"""`$\{4, 20\}$`."""
    match = re.fullmatch(r"\$\\\{(\d+(?:, \d+)*)\\\}\$", option)
    if not match:
        raise UnreadableOptionError(option)
    return [int(part) for part in match.group(1).split(", ")]


def _antiderivatives(options: Sequence[str], of: sp.Expr) -> list[bool]:
    slopes = [sp.diff(antiderivative(option), x) for option in options]
    # Two finite sums of waves that agree at so many places of a period are the same.
    places = [sp.Rational(step, 7) for step in range(44)]
    return [all(abs(sp.N((slope - of).subs(x, place))) < 1e-9 for place in places) for slope in slopes]


# Algebra and calculus


@recomputes("MAT-PRO-21-2", r"${}^2\mathrm{log}\,3 = p$", r"${}^3\mathrm{log}\,5 = q$", r"${}^6\mathrm{log}\,45$")
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


@recomputes("MAT-PRO-21-3", "turun 20% setiap tahun", "pertama kali kurang dari seperempat harga beli")
def years_until_a_quarter(options: Sequence[str]) -> list[bool]:
    left, years = sp.Integer(1), 0
    while left >= sp.Rational(1, 4):
        left, years = left * sp.Rational(80, 100), years + 1
    return matching(options, amount("tahun"), years)


@recomputes(
    "MAT-PRO-22-3",
    "memotong sumbu v di 3 serta memotong sumbu t di 1 dan 3",
    "panjang lintasan",
    "$t = 0$ sampai $t = 4$",
)
def way_of_the_robot(options: Sequence[str]) -> list[bool]:
    velocity = sp.interpolate([(0, 3), (1, 0), (3, 0)], x)
    return matching(options, amount("m"), sp.integrate(sp.Abs(velocity), (x, 0, 4)))


@recomputes("MAT-PRO-23-3", r"$\int \sin^3 x \cos^2 x \, dx$")
def integral_of_powers(options: Sequence[str]) -> list[bool]:
    return _antiderivatives(options, sp.sin(x) ** 3 * sp.cos(x) ** 2)


@recomputes("MAT-PRO-24-3", r"$\lim_{x \to 3} \dfrac{x^2 + ax + b}{x - 3} = 8$", "Nilai $a + b$")
def coefficients_from_a_limit(options: Sequence[str]) -> list[bool]:
    # Whatever a is, b = total - a; the limit exists for one a only, and has to be 8.
    a = sp.Symbol("a")
    held = []
    for total in map(number, options):
        [fitting] = sp.solve((x**2 + a * x + total - a).subs(x, 3), a)
        held.append(sp.limit((x**2 + fitting * x + total - fitting) / (x - 3), x, 3) == 8)
    return held


@recomputes("MAT-PRO-25-3", r"$y = \sqrt{x}$", "$y = x - 2$", "sumbu $X$", "Luas sirip")
def area_of_the_fin(options: Sequence[str]) -> list[bool]:
    under_line = sp.Polygon((2, 0), (4, 0), (4, 2)).area
    return matching(options, amount("satuan luas"), sp.integrate(sp.sqrt(x), (x, 0, 4)) - under_line)


@recomputes("MAT-PRO-26-3", "7 m, 8 m, dan 13 m", "sudut terbesar")
def greatest_angle(options: Sequence[str]) -> list[bool]:
    # The ends of the longest rod at (0, 0) and (13, 0); the third joint where the two shorter rods meet.
    across, up = sp.symbols("across up", real=True)
    meeting = sp.solve([across**2 + up**2 - 49, (across - 13) ** 2 + up**2 - 64], [across, up])
    joints = [sp.Point(0, 0), sp.Point(13, 0), sp.Point(*meeting[0])]
    angles = [sp.Triangle(*joints).angles[joint] for joint in joints]
    return [_degree(option) == sp.deg(max(angles, key=sp.N)) for option in options]


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


@recomputes(
    "MAT-PRO-27-3",
    "80 pedagang memakai sedikitnya satu",
    "45 pedagang, Q oleh 40 pedagang, dan R oleh 30 pedagang",
    "8 pedagang memakai ketiganya",
    "sedikitnya dua aplikasi",
)
def users_of_two_or_more(options: Sequence[str]) -> list[bool]:
    # Every way to fill the seven parts of the diagram: pq, pr, qr are those in exactly two.
    found = {
        pq + pr + qr + 8
        for pq, pr, qr in product(range(41), repeat=3)
        if min(alone := (37 - pq - pr, 32 - pq - qr, 22 - pr - qr)) >= 0 and sum(alone) + pq + pr + qr + 8 == 80
    }
    [users] = found
    return matching(options, amount("orang"), users)


@recomputes(
    "MAT-PRO-28-3",
    "lebih dari 100 dan kurang dari 150",
    "kotak berisi 4 lembar, tersisa 3 lembar",
    "kotak berisi 5 lembar, tersisa 4 lembar",
    "kotak berisi 6 lembar, tersisa 5 lembar",
)
def cloths_in_boxes(options: Sequence[str]) -> list[bool]:
    [cloths] = [n for n in range(101, 150) if (n % 4, n % 5, n % 6) == (3, 4, 5)]
    return matching(options, amount("lembar"), cloths)


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


@recomputes("MAT-PRO-29-3", r"$h(t) = 3 + 2\cos \dfrac{\pi t}{6}$", r"$0 \le t \le 24$", "tinggi permukaan air 2 m")
def hours_of_low_water(options: Sequence[str]) -> list[bool]:
    hours = sp.solveset(3 + 2 * sp.cos(sp.pi * x / 6) - 2, x, sp.Interval(0, 24))
    return [sp.FiniteSet(*_whole_numbers(option)) == hours for option in options]


@recomputes("MAT-PRO-30-3", "Sudut lancip", r"$\cos 2\theta = -\dfrac{7}{25}$", r"$\tan \theta$")
def tangent_from_the_double_angle(options: Sequence[str]) -> list[bool]:
    # -7 + 24i has the doubled angle, its square root with positive parts the angle itself.
    root = sp.sqrtdenest(sp.sqrt(-7 + 24 * sp.I))
    half = sp.expand_complex(root)
    return matching(options, number, sp.im(half) / sp.re(half))


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


@recomputes(
    "MAT-PRO-31-3",
    r"$D = \begin{pmatrix} 60 \\ 30 \end{pmatrix}$",
    r"$A = \begin{pmatrix} 0{,}2 & 0{,}4 \\ 0{,}3 & 0{,}1 \end{pmatrix}$",
    "$X = AX + D$",
)
def production_for_the_demand(options: Sequence[str]) -> list[bool]:
    used, demand = sp.Matrix([[2, 4], [3, 1]]) / 10, sp.Matrix([60, 30])
    return [used * matrix(option) + demand == matrix(option) for option in options]


@recomputes("MAT-PRO-32-3", r"berordo $3 \times 3$", "$a_{ij} = 2|i - j| + 1$", "Determinan")
def determinant_by_rule(options: Sequence[str]) -> list[bool]:
    return matching(options, number, sp.Matrix(3, 3, lambda row, column: 2 * abs(row - column) + 1).det())


@recomputes(
    "MAT-PRO-33-3",
    r"\begin{cases} (k - 1)x + 2y = 0 \\ 3x + ky = 0 \end{cases}",
    "selain $x = 0$ dan $y = 0$",
    "semua nilai $k$",
)
def more_than_the_zero_solution(options: Sequence[str]) -> list[bool]:
    def singular(k: sp.Expr) -> bool:
        return bool(sp.Matrix([[k - 1, 2], [3, k]]).nullspace())

    found = {k for k in range(-20, 21) if singular(sp.Integer(k))}
    assert len(found) == 2  # as many as the degree allows
    return [{number(value) for value in option.split(" dan ")} == found for option in options]


@recomputes(
    "MAT-PRO-34-3",
    "segi enam beraturan $ABCDEF$",
    r"$\overrightarrow{AB} = \vec{u}$",
    r"$\overrightarrow{BC} = \vec{v}$",
    r"Vektor $\overrightarrow{CE}$",
)
def vector_in_the_hexagon(options: Sequence[str]) -> list[bool]:
    a, b, c, _d, e, _f = [sp.Matrix([sp.cos(k * sp.pi / 3), sp.sin(k * sp.pi / 3)]) for k in range(6)]
    u, v = sp.symbols("u v")
    offered = [expression(re.sub(r"\\vec\{(\w)\}", r"\1", option)) for option in options]
    return [offer.coeff(u) * (b - a) + offer.coeff(v) * (c - b) == e - c for offer in offered]


@recomputes(
    "MAT-PRO-35-3",
    r"$|\vec{F}| = 6$ newton",
    r"$|\vec{G}| = 4$ newton",
    r"Proyeksi skalar $\vec{F}$ pada $\vec{G}$ adalah 3 newton",
    r"resultan $\vec{F} + \vec{G}$",
)
def resultant_force(options: Sequence[str]) -> list[bool]:
    g = sp.Matrix([4, 0])
    f = sp.Matrix([3, sp.sqrt(6**2 - 3**2)])  # 3 along g, the rest across
    return matching(options, amount("newton"), (f + g).norm())


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


@recomputes(
    "MAT-PRO-36-3", "bersama-sama mengosongkan sebuah kolam dalam 2 jam", "pompa B memerlukan waktu 3 jam lebih lama"
)
def hours_of_the_slower_pump(options: Sequence[str]) -> list[bool]:
    hours = [amount("jam")(option) for option in options]
    # The faster pump needs three hours less, and some time at all.
    return [alone > 3 and 2 / alone + 2 / (alone - 3) == 1 for alone in hours]
