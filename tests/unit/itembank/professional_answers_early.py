"""Works out the answers of further items of indicators M01 to M20, beside professional_answers."""

import math
import re
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, permutations, product

import sympy as sp

from tests.unit.itembank.option_values import amount, equation, expression, number, rupiah, truth_table
from tests.unit.itembank.professional_answers import matching, recomputes, x

FIRST = 1  # running number of the first indicator

Point = tuple[int, int]


def _distance(point: sp.Matrix, *, start: sp.Matrix, end: sp.Matrix) -> sp.Expr:
    """How far a point is from the line through two others, by minimising over that line."""
    along = sp.Symbol("along", real=True)
    square = sp.expand((point - start - along * (end - start)).dot(point - start - along * (end - start)))
    return sp.sqrt(square.subs(along, sp.solve(sp.diff(square, along), along)[0]))


def _sine_between(one: sp.Matrix, other: sp.Matrix) -> sp.Expr:
    return one.cross(other).norm() / (one.norm() * other.norm())


def _holds_for(relation: str, value: sp.Rational, *, letter: str) -> bool:
    """Whether a number satisfies `$2 \\le x < 7$` or two such joined by "dan" or "atau"."""
    if " atau " in relation:
        return any(_holds_for(part, value, letter=letter) for part in relation.split(" atau "))
    if " dan " in relation:
        return all(_holds_for(part, value, letter=letter) for part in relation.split(" dan "))
    pieces = re.split(r" (\\le|\\ge|<|>) ", relation.strip("$"))
    values = [value if piece == letter else sp.Integer(piece) for piece in pieces[::2]]
    signs: dict[str, Callable[[sp.Rational, sp.Rational], bool]] = {
        r"\le": lambda low, high: bool(low <= high),
        r"\ge": lambda high, low: bool(high >= low),
        "<": lambda low, high: bool(low < high),
        ">": lambda high, low: bool(high > low),
    }
    return all(signs[sign](*pair) for sign, pair in zip(pieces[1::2], pairwise(values), strict=True))


def _same_truth(options: Sequence[str], holds: Callable[[sp.Rational], bool], *, letter: str = "x") -> list[bool]:
    """For each option whether it admits the same numbers, tried in quarters around every bound that is offered."""
    grid = [sp.Rational(quarter, 4) for quarter in range(-60, 61)]
    wanted = [holds(value) for value in grid]
    return [[_holds_for(option, value, letter=letter) for value in grid] == wanted for option in options]


# Numbers, measurement, logic


@recomputes("MAT-PRO-01-2", "puncaknya (4, 3)", "ordinat −1", "$f(x) = k$", "akar kembar")
def level_that_touches(options: Sequence[str]) -> list[bool]:
    a, k = sp.symbols("a k")
    [width] = sp.solve((a * (x - 4) ** 2 + 3).subs(x, 0) + 1, a)
    level = sp.solve(sp.discriminant(width * (x - 4) ** 2 + 3 - k, x), k)
    return [[number(option)] == level for option in options]


KINDS_OF_ROOTS: dict[str, Callable[[sp.Expr, sp.Expr], bool]] = {
    "kembar": lambda one, other: bool(one == other),
    "tidak real": lambda one, other: not (one.is_real and other.is_real),
    "berlainan dan tandanya sama": lambda one, other: bool(one != other and sp.sign(one) == sp.sign(other)),
    "berlainan dan tandanya berlawanan": lambda one, other: bool(one != other and sp.sign(one) == -sp.sign(other)),
}


@recomputes("MAT-PRO-01-3", "$x^2 + mx - 6 = 0$", "satu bilangan real $m$", "Untuk setiap pilihan $m$")
def roots_for_every_coefficient(options: Sequence[str]) -> list[bool]:
    pairs = [sp.solve(x**2 + m * x - 6, x) for m in (-50, -5, -1, 0, 1, 4, 5, 50)]
    assert (
        sp.discriminant(equation("$x^2 + mx - 6 = 0$"), x).subs(sp.Symbol("m"), sp.Symbol("m", real=True)).is_positive
    )
    return [all(KINDS_OF_ROOTS[option](*pair) for pair in pairs) for option in options]


@recomputes("MAT-PRO-02-2", "15 kg lebih banyak", "10 minggu pertama adalah 1.275 kg", "panen pada minggu pertama")
def first_harvest(options: Sequence[str]) -> list[bool]:
    return [sum(amount("kg")(option) + 15 * week for week in range(10)) == 1275 for option in options]


@recomputes(
    "MAT-PRO-02-3", "Rp200.000,00 untuk meter pertama", "Rp25.000,00 lebih mahal", "dana Rp5.000.000,00", "meter utuh"
)
def depth_of_well(options: Sequence[str]) -> list[bool]:
    paid, depth = 0, 0
    while paid + 200_000 + 25_000 * depth <= 5_000_000:
        paid, depth = paid + 200_000 + 25_000 * depth, depth + 1
    return matching(options, amount("m"), depth)


@recomputes("MAT-PRO-03-2", "250 mg obat setiap 8 jam", "60% dari seluruh obat", "tepat setelah", "dosis keempat")
def medicine_in_the_body(options: Sequence[str]) -> list[bool]:
    mass = sp.Integer(0)
    for _dose in range(4):
        mass = mass * sp.Rational(40, 100) + 250
    return matching(options, amount("mg"), mass)


@recomputes("MAT-PRO-03-3", "titik tengah ketiga sisi", "seluas 256 cm²", "masih diarsir", "langkah ke-4")
def shaded_triangles(options: Sequence[str]) -> list[bool]:
    areas = [sp.Integer(256)]
    for _step in range(4):
        areas = [area / 4 for area in areas for _corner in range(3)]
    return matching(options, amount("cm²"), sum(areas))


# On squared paper, in squares to the right and down; a test compares them with the drawing.
PLOTS: dict[str, list[Point]] = {
    "P": [(1, 4), (6, 4), (10, 1), (5, 1)],
    "Q": [(11, 5), (17, 5), (15, 1), (12, 1)],
    "R": [(1, 12), (8, 12), (4, 7)],
    "S": [(9, 9), (13, 7), (17, 9), (13, 11)],
}


@recomputes(
    "MAT-PRO-04-2",
    "alas 5 satuan dan tinggi 3 satuan",
    "sejajar 3 satuan dan 6 satuan serta tinggi 4 satuan",
    "alas 7 satuan dan tinggi 5 satuan",
    "diagonal 8 satuan dan 4 satuan",
    "paling luas",
)
def largest_on_squared_paper(options: Sequence[str]) -> list[bool]:
    areas = [abs(sp.Polygon(*PLOTS[option]).area) for option in options]
    return [area == max(areas) for area in areas]


GARDENS: dict[str, float] = {
    "Lingkaran penuh dengan keliling 60 m": 60**2 / (4 * math.pi),
    "Persegi panjang 15 m × 30 m, sisi 30 m menempel": 15 * 30,
    "Trapesium bersisi 20 m, 20 m, 20 m, dan 40 m, sisi 40 m menempel": 3 * math.sqrt(3) / 4 * 20**2,
    "Segitiga sama sisi 30 m, salah satu sisinya menempel": math.sqrt(3) / 4 * 30**2,
}


@recomputes("MAT-PRO-04-3", "60 m pagar", "menempel pada tembok tidak dipagari", "paling luas")
def largest_garden(options: Sequence[str]) -> list[bool]:
    # The trapezium is half of a regular hexagon: three equilateral triangles.
    areas = [area for option in options for start, area in GARDENS.items() if option.startswith(start)]
    assert max(areas) - sorted(areas)[-2] > 2
    return [area == max(areas) for area in areas]


@recomputes("MAT-PRO-05-2", r'"$t \ge 2$ dan $t \le 8$"', "Ingkaran")
def vaccine_alarm(options: Sequence[str]) -> list[bool]:
    return _same_truth(options, lambda t: not 2 <= t <= 8, letter="t")


@recomputes("MAT-PRO-05-3", "Palang tertutup jika dan hanya jika lampu merah menyala", "ingkaran")
def broken_crossing(options: Sequence[str]) -> list[bool]:
    broken = tuple(closed != red for closed, red in product((True, False), repeat=2))
    return [truth_table("pq")(option) == broken for option in options]


@recomputes("MAT-PRO-06-2", "Jika seseorang anggota, maka jika bukunya tersedia, ia boleh meminjam", "setara")
def library_rule(options: Sequence[str]) -> list[bool]:
    kept = tuple(not (member and there and not lent) for member, there, lent in product((True, False), repeat=3))
    return [truth_table("pqr")(option) == kept for option in options]


@recomputes("MAT-PRO-06-3", "| B | B | S |\n| B | S | S |\n| S | B | B |\n| S | S | S |", "setara")
def statement_from_its_table(options: Sequence[str]) -> list[bool]:
    return [truth_table("pq")(option) == (False, False, True, False) for option in options]


# Geometry


@recomputes("MAT-PRO-07-2", "$PQ = 24$ m", "$PR = QR = 13$ m", "sinus", "$PRUS$ dan $QRUT$")
def sine_between_roofs(options: Sequence[str]) -> list[bool]:
    ridge = sp.Matrix([12, 0, sp.sqrt(13**2 - 12**2)])
    along = sp.Matrix([0, 1, 0])
    left, right = ridge.cross(along), (ridge - sp.Matrix([24, 0, 0])).cross(along)
    return matching(options, number, _sine_between(left, right))


@recomputes("MAT-PRO-07-3", "$AB = 20$ cm", "$BC = 15$ cm", "$CG = 5$ cm", "sinus", "bidang $BDG$ dan bidang $ABCD$")
def sine_in_the_block(options: Sequence[str]) -> list[bool]:
    b, d, g = sp.Matrix([20, 0, 0]), sp.Matrix([0, 15, 0]), sp.Matrix([20, 15, 5])
    return matching(options, number, _sine_between((b - g).cross(d - g), sp.Matrix([0, 0, 1])))


@recomputes("MAT-PRO-08-2", "kubus $ABCD.EFGH$ dengan panjang rusuk 6 dm", "titik sudut $G$", "titik sudut $B$ ke")
def corner_to_wire(options: Sequence[str]) -> list[bool]:
    found = _distance(sp.Matrix([6, 0, 0]), start=sp.Matrix([0, 0, 0]), end=sp.Matrix([6, 6, 6]))
    return matching(options, amount("dm"), found)


@recomputes("MAT-PRO-08-3", "setinggi 15 m", "$AB = AC = 10$ m", "$BC = 12$ m", "lampu ke garis $BC$")
def lamp_to_ditch(options: Sequence[str]) -> list[bool]:
    b, c = sp.Matrix([0, 0, 0]), sp.Matrix([12, 0, 0])
    across, away = sp.symbols("across away", positive=True)
    [(to_side, to_back)] = sp.solve([across**2 + away**2 - 100, (across - 12) ** 2 + away**2 - 100], [across, away])
    return matching(options, amount("m"), _distance(sp.Matrix([to_side, to_back, 15]), start=b, end=c))


@recomputes("MAT-PRO-09-2", "segi enam beraturan", "sisi alasnya 6 cm", "tingginya 20 cm", "Volume")
def honey_jar(options: Sequence[str]) -> list[bool]:
    corners = [sp.Point(6 * sp.cos(k * sp.pi / 3), 6 * sp.sin(k * sp.pi / 3)) for k in range(6)]
    base = sp.simplify(sp.Polygon(*corners).area)
    values = [_thousands(option.removesuffix(" cm³")) for option in options]
    return [bool(sp.simplify(value - 20 * base) == 0) for value in values]


def _thousands(option: str) -> sp.Expr:
    return number(re.sub(r"(\d)\.(\d{3})", r"\1\2", option))


@recomputes(
    "MAT-PRO-09-3", "lebarnya 9 cm, 12 cm, dan 15 cm", "panjangnya 20 cm", "sisi siku-siku 9 cm dan 12 cm", "Volume"
)
def folded_box(options: Sequence[str]) -> list[bool]:
    half = sp.Rational(9 + 12 + 15, 2)  # Heron, so that the right angle need not be used
    base = sp.sqrt(half * (half - 9) * (half - 12) * (half - 15))
    return matching(options, amount("cm³"), base * 20)


# Statistics and probability


@recomputes("MAT-PRO-10-2", "4 merah, 2 putih, dan 1 kuning", "kedua ujung barisan harus merah")
def rows_of_flags(options: Sequence[str]) -> list[bool]:
    rows = {row for row in permutations("mmmmppk") if row[0] == row[-1] == "m"}
    return matching(options, number, len(rows))


@recomputes("MAT-PRO-10-3", "Tujuh pengurus", "memutar", "ketua dan bendahara tidak boleh duduk berdampingan")
def round_table(options: Sequence[str]) -> list[bool]:
    # The chair (0) keeps one seat, so that no turn is counted twice; the treasurer is 1.
    seatings = [(0, *others) for others in permutations(range(1, 7))]
    return matching(options, number, sum(1 not in (seats[1], seats[-1]) for seats in seatings))


SECTORS = {"Jalan kaki": 60, "sepeda": 72, "angkutan umum": 120}


@recomputes(
    "MAT-PRO-11-2", *(f"{way} {degrees} derajat" for way, degrees in SECTORS.items()), "peserta didik yang diantar"
)
def brought_to_school(options: Sequence[str]) -> list[bool]:
    return matching(options, number, 1 - sum(sp.Rational(degrees, 360) for degrees in SECTORS.values()))


@recomputes("MAT-PRO-11-3", "1 sampai 30", "prima yang lebih besar daripada 10")
def prime_coupon(options: Sequence[str]) -> list[bool]:
    primes = [coupon for coupon in range(1, 31) if coupon > 10 and sp.isprime(coupon)]
    return matching(options, number, sp.Rational(len(primes), 30))


@recomputes("MAT-PRO-12-2", "10 lampu", "3 di antaranya rusak", "tanpa pengembalian", "paling sedikit satu lampu")
def broken_lamps(options: Sequence[str]) -> list[bool]:
    draws = list(combinations(range(10), 2))
    return matching(options, number, sp.Rational(sum(min(draw) < 3 for draw in draws), len(draws)))


@recomputes(
    "MAT-PRO-12-3",
    "hujan 0,6 dan cerah 0,4",
    "Dari hujan: terlambat 0,3",
    "Dari cerah: terlambat 0,1",
    "Peluang bus sekolah terlambat",
)
def late_bus(options: Sequence[str]) -> list[bool]:
    # A hundred mornings: 60 with rain, of which 18 late, and 40 without, of which 4 late.
    late = sum(mornings * tenths // 10 for mornings, tenths in ((60, 3), (40, 1)))
    return matching(options, number, sp.Rational(late, 100))


ROADS = {("A", "B"): 3, ("B", "D"): 2, ("A", "C"): 2, ("C", "D"): 4}


@recomputes(
    "MAT-PRO-13-2",
    "A dan B dihubungkan oleh 3 jalan, B dan D oleh 2 jalan, A dan C oleh 2 jalan, serta C dan D oleh 4 jalan",
    "tepat satu kota lain",
)
def routes(options: Sequence[str]) -> list[bool]:
    roads = [(ends, number_of) for ends, count in ROADS.items() for number_of in range(count)]
    pairs = [(one, two) for one, two in product(roads, repeat=2) if (one[0][0], two[0][1]) == ("A", "D")]
    return matching(options, number, sum(one[0][1] == two[0][0] for one, two in pairs))


@recomputes(
    "MAT-PRO-13-3",
    "2 huruf vokal yang berlainan",
    "A, E, I, O, U",
    "3 angka",
    "pertama tidak boleh 0",
    "boleh berulang",
)
def locker_codes(options: Sequence[str]) -> list[bool]:
    codes = {(*letters, digits) for letters in permutations("AEIOU", 2) for digits in range(100, 1000)}
    return matching(options, number, len(codes))


# Patterns and functions


@recomputes("MAT-PRO-14-2", "$g(x) = 0{,}9x$", "$f(x) = x - 50.000$", "diskon lebih dahulu, kemudian kupon")
def price_to_pay(options: Sequence[str]) -> list[bool]:
    plain = [option.replace("0{,}", r"\frac{1}{10} \cdot ").replace("1{,}9", r"\frac{19}{10}") for option in options]
    offered = [expression(option.replace("50.000", "50000").replace("45.000", "45000")) for option in plain]
    paid = (x * sp.Rational(90, 100)) - 50_000
    return [sp.expand(offer - paid) == 0 for offer in offered]


@recomputes("MAT-PRO-14-3", r"$f(x) = \dfrac{2x}{x - 1}$", r"$g(x) = \dfrac{x}{x + 2}$", r"$(g \circ f)(x)$")
def composed_quotients(options: Sequence[str]) -> list[bool]:
    tried = [sp.Rational(value, 3) for value in (4, 5, 7, 10, 17)]
    through = [2 * t / (t - 1) for t in tried]
    reached = [y / (y + 2) for y in through]
    return [[expression(option).subs(x, t) for t in tried] == reached for option in options]


@recomputes("MAT-PRO-15-2", "| 3 | 7, 9, 11 |\n| 4 | 13, 15, 17, 19 |", "ganjil", "baris ke-12")
def row_of_odd_numbers(options: Sequence[str]) -> list[bool]:
    odd = iter(range(1, 1000, 2))
    rows = [[next(odd) for _place in range(length)] for length in range(1, 13)]
    assert rows[3] == [13, 15, 17, 19]
    return matching(options, number, sum(rows[-1]))


@recomputes("MAT-PRO-15-3", "satu atau dua anak tangga", "10 anak tangga", "1, 2, 3, dan 5 cara")
def ways_up_the_stairs(options: Sequence[str]) -> list[bool]:
    ways = [steps for n_steps in range(5, 11) for steps in product((1, 2), repeat=n_steps) if sum(steps) == 10]
    return matching(options, number, len(ways))


@recomputes(
    "MAT-PRO-16-2", "| $f(x)$ | 2 | 5 | 1 | 6 | 4 | 3 |", "| $g(x)$ | 4 | 5 | 6 | 3 | 2 | 1 |", r"$(f \circ g)^{-1}(4)$"
)
def inverse_from_a_table(options: Sequence[str]) -> list[bool]:
    f, g = (dict(enumerate(row, start=1)) for row in ((2, 5, 1, 6, 4, 3), (4, 5, 6, 3, 2, 1)))
    return [f[g[int(number(option))]] == 4 for option in options]


@recomputes("MAT-PRO-16-3", "2x dikurangi 9", "x ditambah 5, lalu dibagi 2", "yang keluar adalah 6", "yang masuk")
def put_into_the_machines(options: Sequence[str]) -> list[bool]:
    return [((2 * number(option) - 9) + 5) / 2 == 6 for option in options]


@recomputes("MAT-PRO-17-2", "$B(x) = 2x^2 - 80x + 1.400$ ribu rupiah", "Biaya minimum")
def least_cost(options: Sequence[str]) -> list[bool]:
    return matching(options, rupiah, 1000 * sp.minimum(2 * x**2 - 80 * x + 1400, x, sp.S.Reals))


@recomputes("MAT-PRO-17-3", "| $x$ | 0 | 1 | 2 | 5 | 6 |", "| $f(x)$ | 13 | 3 | $-3$ | 3 | 13 |", "Nilai minimum")
def least_value_from_a_table(options: Sequence[str]) -> list[bool]:
    parabola = sp.interpolate([(0, 13), (1, 3), (2, -3), (5, 3), (6, 13)], x)
    assert sp.degree(parabola, x) == 2
    return matching(options, number, sp.minimum(parabola, x, sp.S.Reals))


# Algebra


@recomputes("MAT-PRO-18-2", "36 km", "searah arus dalam 2 jam", "melawan arus dalam 3 jam", "hanyut terbawa arus")
def drifting_boat(options: Sequence[str]) -> list[bool]:
    boat, stream = sp.symbols("boat stream")
    speeds = sp.solve([2 * (boat + stream) - 36, 3 * (boat - stream) - 36], [boat, stream])
    return matching(options, amount("jam"), 36 / speeds[stream])


@recomputes("MAT-PRO-18-3", "180 lembar", "Rp3.500.000,00", "dewasa berharga Rp25.000,00", "Rp15.000,00", "Selisih")
def tickets_sold(options: Sequence[str]) -> list[bool]:
    [adults] = [sold for sold in range(181) if 25_000 * sold + 15_000 * (180 - sold) == 3_500_000]
    return matching(options, amount("lembar"), abs(adults - (180 - adults)))


@recomputes("MAT-PRO-19-2", r"$4^x - 10 \cdot 2^x + 16 \le 0$", "semua bilangan real")
def powers_of_two_and_four(options: Sequence[str]) -> list[bool]:
    # Floats decide everywhere but at the bounds, where powers of two are exact.
    return _same_truth(options, lambda t: 4 ** float(t) - 10 * 2 ** float(t) + 16 <= 0)


@recomputes(
    "MAT-PRO-19-3",
    r"$I(d) = 80 \left(\dfrac{1}{2}\right)^{\frac{d}{3}}$",
    r"$d \ge 0$",
    "tidak lebih daripada 5 satuan",
)
def light_under_water(options: Sequence[str]) -> list[bool]:
    def dim(depth: sp.Rational) -> bool:
        # Both sides to the third power, so that only whole and quarter powers of two remain.
        return bool(depth >= 0 and 80**3 * sp.Rational(1, 2) ** depth <= 5**3)

    return _same_truth(options, dim, letter="d")


@recomputes("MAT-PRO-20-2", r"$-3 \le \dfrac{5 - 2x}{3} < 7$")
def double_inequality(options: Sequence[str]) -> list[bool]:
    return _same_truth(options, lambda t: bool(-3 <= (5 - 2 * t) / 3 < 7))


@recomputes(
    "MAT-PRO-20-3",
    "tarif Rp75.000,00 per hari",
    "pendaftaran Rp120.000,00, kemudian Rp45.000,00 per hari",
    "Q lebih murah daripada P",
)
def cheaper_rental(options: Sequence[str]) -> list[bool]:
    return _same_truth(options, lambda days: bool(120_000 + 45_000 * days < 75_000 * days))
