r"""Turns the text of an option into the value that it names, so that the key test compares mathematics and not strings.

The reader is small and strict on purpose: what it does not know raises, so that a mistyped option fails the test
instead of slipping by as "some other text". It is independent of the LaTeX reader of the item bank, which draws and
does not compute.
"""

import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import sympy as sp

# SymPy ships few types; a value is whatever SymPy object (or tuple of truths) the option names.
Value = Any
Reader = Callable[[str], Value]

UNITS = (
    *("satuan luas", "mil laut", "m/s", "cm³", "cm²", "m²", "cm", "dm", "km", "m"),
    *("mg", "kg", "dB", "jam", "liter", "tahun", "newton", "kursi", "orang", "lembar"),
)
_NUMERAL = re.compile(r"\d{1,3}(?:\.\d{3})*(?:,\d+)?")
_TOKEN = re.compile(r"\s*(\d+|\\[A-Za-z]+|\\.|\S)")
_ENDS_OF_TERM = frozenset({"+", "-", ")", "}", "]", ""})


class UnreadableOptionError(Exception):
    """The text of an option is not the mathematics that this kind of item offers."""


# Expressions


class _Expression:
    """Reads one LaTeX expression from left to right: sums of products of powers, with implied multiplication."""

    def __init__(self, latex: str) -> None:
        self._tokens = _TOKEN.findall(latex)
        self._latex = latex

    def whole(self) -> Value:
        value = self._sum()
        if self._tokens:
            raise UnreadableOptionError(self._latex)
        return value

    def _peek(self) -> str:
        return str(self._tokens[0]) if self._tokens else ""

    def _take(self, wanted: str = "") -> str:
        if not self._tokens or (wanted and self._tokens[0] != wanted):
            raise UnreadableOptionError(self._latex)
        return str(self._tokens.pop(0))

    def _sum(self) -> Value:
        total = sp.Integer(0)
        sign = 1
        if self._peek() == "-":
            self._take()
            sign = -1
        total += sign * self._product()
        while self._peek() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            total += sign * self._product()
        return total

    def _product(self) -> Value:
        value = self._power()
        while self._peek() not in _ENDS_OF_TERM:
            if self._peek() == r"\cdot":
                self._take()
            value *= self._power()
        return value

    def _power(self) -> Value:
        if self._peek() in (r"\sin", r"\cos"):
            return self._function()
        base = self._atom()
        return base ** self._script() if self._peek() == "^" else base

    def _script(self) -> Value:
        self._take("^")
        return self._braced() if self._peek() == "{" else self._digits(self._take())

    def _function(self) -> Value:
        function = {r"\sin": sp.sin, r"\cos": sp.cos}[self._take()]
        exponent = self._script() if self._peek() == "^" else sp.Integer(1)
        angle = self._atom()
        while re.fullmatch(r"[a-z]", self._peek()):
            angle *= self._atom()
        return function(angle) ** exponent

    def _atom(self) -> Value:
        token = self._take()
        if token.isdigit():
            return sp.Integer(token)
        if re.fullmatch(r"[a-z]", token):
            return sp.Symbol(token)
        if token == "(":
            value = self._sum()
            self._take(")")
            return value
        return self._command(token)

    def _command(self, token: str) -> Value:
        if token == r"\pi":
            return sp.pi
        if token in (r"\frac", r"\dfrac"):
            return self._braced() / self._braced()
        if token == r"\sqrt":
            return sp.sqrt(self._braced())
        raise UnreadableOptionError(self._latex)

    def _braced(self) -> Value:
        self._take("{")
        value = self._sum()
        self._take("}")
        return value

    def _digits(self, token: str) -> Value:
        if not token.isdigit():
            raise UnreadableOptionError(self._latex)
        return sp.Integer(token)


def expression(option: str) -> Value:
    """`$9x^2 - 4$`."""
    return _Expression(_inside_dollars(option)).whole()


def antiderivative(option: str) -> Value:
    """`$3x + C$` without its constant."""
    latex = _inside_dollars(option)
    if not latex.endswith(" + C"):
        raise UnreadableOptionError(option)
    return _Expression(latex.removesuffix(" + C")).whole()


def equation(option: str) -> Value:
    """`$x^2 - 1 = 0$` as left side minus right side."""
    left, right = _parted(_inside_dollars(option), "=", 2)
    return _Expression(left).whole() - _Expression(right).whole()


def _inside_dollars(option: str) -> str:
    match = re.fullmatch(r"\$([^$]+)\$", option)
    if not match:
        raise UnreadableOptionError(option)
    return match.group(1)


def _parted(latex: str, mark: str, n_parts: int) -> list[str]:
    parts = latex.split(mark)
    if len(parts) != n_parts:
        raise UnreadableOptionError(latex)
    return parts


# Numbers with units


def amount(unit: str) -> Reader:
    """A reader of numbers that carry exactly this unit, such as `2.340 cm³` or `$6\\sqrt{5}$ cm`."""

    def read(option: str) -> Value:
        if not option.endswith(f" {unit}"):
            raise UnreadableOptionError(option)
        return number(option.removesuffix(f" {unit}"))

    return read


def rupiah(option: str) -> Value:
    """`Rp660.000,00`."""
    match = re.fullmatch(r"Rp(.+),00", option)
    if not match:
        raise UnreadableOptionError(option)
    return number(match.group(1))


def number(option: str) -> Value:
    """A bare number: Indonesian numerals (`5.040`, `3,6`) or a constant in LaTeX (`$\\dfrac{9}{40}$`)."""
    if _NUMERAL.fullmatch(option):
        return sp.Rational(option.replace(".", "").replace(",", "."))
    value = expression(option)
    if value.free_symbols:
        raise UnreadableOptionError(option)
    return value


def numbers_of_one_kind(options: Sequence[str]) -> list[Value] | None:
    """The values when all options are numbers with the same unit (or without), else None."""
    for read in (number, rupiah, *map(amount, UNITS)):
        try:
            return [read(option) for option in options]
        except UnreadableOptionError:
            continue
    return None


# Sets


def solution_set(option: str) -> Value:
    """`$x \\le -1$ atau $x \\ge 3$`, or the chain `$-1 \\le x \\le 3$`."""
    return sp.Union(*map(_interval, option.split(" atau ")))


def _interval(option: str) -> Value:
    latex = _inside_dollars(option)
    if match := re.fullmatch(r"x (\\le|\\ge) (.+)", latex):
        bound = _Expression(match.group(2)).whole()
        return sp.Interval(-sp.oo, bound) if match.group(1) == r"\le" else sp.Interval(bound, sp.oo)
    low, variable, high = _parted(latex, r" \le ", 3)
    if variable != "x":
        raise UnreadableOptionError(option)
    return sp.Interval(_Expression(low).whole(), _Expression(high).whole())


def finite_set(option: str) -> Value:
    """`$\\left\\{\\frac{\\pi}{6}, \\frac{\\pi}{2}\\right\\}$`."""
    match = re.fullmatch(r"\\left\\\{(.+)\\right\\\}", _inside_dollars(option))
    if not match:
        raise UnreadableOptionError(option)
    return sp.FiniteSet(*(_Expression(part).whole() for part in match.group(1).split(",")))


def matrix(option: str) -> Value:
    """`$\\begin{pmatrix} 0 & 3 \\\\ 1 & -2 \\end{pmatrix}$`; a column vector is a matrix of one column."""
    match = re.fullmatch(r"\\begin\{pmatrix\}(.+)\\end\{pmatrix\}", _inside_dollars(option))
    if not match:
        raise UnreadableOptionError(option)
    rows = [row.split("&") for row in match.group(1).split(r"\\")]
    return sp.ImmutableMatrix([[_Expression(cell).whole() for cell in row] for row in rows])


# Statements of logic

_CONNECTIVES: dict[str, Callable[[bool, bool], bool]] = {
    r"\land": lambda left, right: left and right,
    r"\lor": lambda left, right: left or right,
    r"\to": lambda left, right: not left or right,
    r"\leftrightarrow": lambda left, right: left == right,
}


def truth_table(letters: str) -> Reader:
    """A reader of statements such as `$p \\land (\\neg q \\lor r)$`: their truth for every case of the letters."""

    def read(option: str) -> Value:
        latex = _inside_dollars(option)
        cases = [dict(zip(letters, case, strict=True)) for case in product((True, False), repeat=len(letters))]
        return tuple(_statement_holds(latex, case) for case in cases)

    return read


def _statement_holds(latex: str, case: dict[str, bool]) -> bool:
    tokens = _TOKEN.findall(latex)
    held = _compound(tokens, case, latex)
    if tokens:
        raise UnreadableOptionError(latex)
    return held


def _compound(tokens: list[str], case: dict[str, bool], latex: str) -> bool:
    """One connective repeated, such as p and q and r; mixed connectives without brackets have no agreed reading."""
    held = _simple(tokens, case, latex)
    used: set[str] = set()
    while tokens and tokens[0] in _CONNECTIVES:
        used.add(tokens[0])
        held = _CONNECTIVES[tokens.pop(0)](held, _simple(tokens, case, latex))
    if len(used) > 1:
        raise UnreadableOptionError(latex)
    return held


def _simple(tokens: list[str], case: dict[str, bool], latex: str) -> bool:
    token = tokens.pop(0) if tokens else ""
    if token == r"\neg":
        return not _simple(tokens, case, latex)
    if token == "(":
        held = _compound(tokens, case, latex)
        if not tokens or tokens.pop(0) != ")":
            raise UnreadableOptionError(latex)
        return held
    if token not in case:
        raise UnreadableOptionError(latex)
    return case[token]
