"""What an option is worth when it is a number, a sum of money, a time or a formula without letters.

Options are compared by value: 2/3 and 4/6 are one answer in two dresses, and 6√6 lies between 12 and 18.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from itembank.errors import LatexError
from itembank.latex import parse
from itembank.mathml import Node

_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_DECIMAL = re.compile(r"\d+,\d+")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_CLOCK = re.compile(r"(?:pukul\s+)?(\d{1,2})[.:](\d{2})(?:\s*(WIB|WITA|WIT))?", re.IGNORECASE)
_MONEY = re.compile(r"Rp\.?\s*", re.IGNORECASE)
_PROSE = re.compile(r"(?P<sign>[-−–])?\s*(?P<number>\d[\d.,]*\d|\d)\s*(?P<unit>(?:%|[^\W\d_°]|°).{0,30})?", re.DOTALL)
_MIXED = re.compile(r"(?P<before>[^$]*)\$(?P<maths>[^$]+)\$(?P<after>[^$]*)", re.DOTALL)
_SQUARED = re.compile(r"(?<=m)\^?[23²³](?!\d)")
_CONSTANTS = {"π": math.pi, "e": math.e}
_UNIT_LETTERS = frozenset("cmkgdsl")
_LARGEST = 1e15
# A mark that somebody left at the key is no part of the number; another rule speaks of it.
_KEY_MARK = re.compile(r"\^?\s*\{?\s*(?:\*|\\ast)\s*\}?(?=\s*\$?\s*$)")


@dataclass(frozen=True)
class Quantity:
    """A value with its unit, as it is written behind the number."""

    value: float
    unit: str = ""


def quantity(text: str) -> Quantity | None:
    """The value of an option; None when it is not a single number."""
    words = _KEY_MARK.sub("", _MONEY.sub("", text.strip().rstrip("."))).strip()
    money = "Rp" if _MONEY.match(text.strip()) else ""
    clock = _CLOCK.fullmatch(words)
    if (
        clock
        and not money
        and int(clock[1]) < 25
        and int(clock[2]) < 60
        and (":" in words or "ukul" in words or clock[3])
    ):
        return Quantity(60 * int(clock[1]) + int(clock[2]), "clock")
    found = _of_maths(words) if "$" in words else _of_prose(words)
    return found if not money or found is None else Quantity(found.value, money)


def _of_prose(words: str) -> Quantity | None:
    match = _PROSE.fullmatch(words)
    value = match and _number(match["number"])
    if not match or value is None or re.search(r"\d", _SQUARED.sub("", match["unit"] or "")):
        return None
    return Quantity(-value if match["sign"] else value, " ".join((match["unit"] or "").split()).lower())


def _of_maths(words: str) -> Quantity | None:
    match = _MIXED.fullmatch(words)
    if not match or match["before"].strip():
        return None
    try:
        node = parse(match["maths"])
    except LatexError:
        return None
    node, unit = _without_unit(node)
    value = value_of(node)
    if value is None or re.search(r"\d", match["after"]) or not math.isfinite(value) or abs(value) > _LARGEST:
        return None
    return Quantity(value, (unit + " " + match["after"].strip()).strip().lower())


def _without_unit(node: Node) -> tuple[Node, str]:
    """A row without the upright words at its end, and those words."""
    children = list(node.children) if node.tag == "mrow" else [node]
    unit = ""
    while len(children) > 1 and (words := _upright(children[-1])):
        unit = words + unit
        children.pop()
    return Node("mrow", children=tuple(children)), unit.replace("\xa0", " ").strip()


def _upright(node: Node) -> str:
    # Units typed as letters count too: $100 cm^3$.
    if node.tag == "mtext" or (node.tag == "mi" and node.text in _UNIT_LETTERS):
        return node.text
    if node.tag == "msup" and _upright(node.children[0]):
        return node.children[0].text + "^" + node.children[1].text
    return ""


def _number(text: str) -> float | None:
    if _GROUPED.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    if _DECIMAL.fullmatch(text):
        return float(text.replace(",", "."))
    return float(text) if _PLAIN.fullmatch(text) else None


def value_of(node: Node) -> float | None:
    """What a formula without letters is worth; None when it holds anything but numbers and arithmetic."""
    try:
        return _value(node)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None


def _value(node: Node) -> float:
    if node.tag == "mrow":
        return _sum([child for child in node.children if child.tag != "mspace"])
    if node.tag == "msqrt":
        return math.sqrt(_sum(node.children))
    if node.tag in _OF_TWO:
        return _OF_TWO[node.tag](_value(node.children[0]), _value(node.children[1]))
    if node.tag in {"mn", "mi"}:
        return _read(node.text)
    raise ValueError("no number")


def _read(text: str) -> float:
    number = _CONSTANTS.get(text, _number(text))
    if number is None:
        raise ValueError("no number")
    return number


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > 100 or (base < 0 and exponent != int(exponent)):
        raise ValueError("no number")
    return float(base**exponent)


_OF_TWO: Mapping[str, Callable[[float, float], float]] = {
    "mfrac": lambda above, below: above / below,
    "mroot": lambda base, degree: _power(base, 1 / degree),
    "msup": _power,
}


def _sum(nodes: Sequence[Node]) -> float:
    """Terms with their signs; every term is a product of what stands side by side."""
    total, sign, factors = 0.0, 1.0, list[Node]()
    for node in _bracketed(nodes):
        if node.tag == "mo" and node.text in "+−-":
            if factors:
                total += sign * _product(factors)
                sign, factors = 1.0, []
            sign *= 1.0 if node.text == "+" else -1.0
        else:
            factors.append(node)
    return total + sign * _product(factors)


def _bracketed(nodes: Sequence[Node]) -> list[Node]:
    """What stands in round brackets as one row."""
    stack: list[list[Node]] = [[]]
    for node in nodes:
        if node.tag == "mo" and node.text == "(":
            stack.append([])
        elif node.tag == "mo" and node.text == ")" and len(stack) > 1:
            inside = stack.pop()
            stack[-1].append(Node("mrow", children=tuple(inside)))
        else:
            stack[-1].append(node)
    if len(stack) != 1:
        raise ValueError("no number")
    return stack[0]


def _product(factors: Sequence[Node]) -> float:
    if not factors:
        raise ValueError("no number")
    total, divides, previous = 1.0, False, None
    for factor in factors:
        if factor.tag == "mo":
            if factor.text not in "⋅×·:÷/":
                raise ValueError("no number")
            divides = factor.text in ":÷/"
        elif previous is not None and previous.tag == "mn" and factor.tag == "mfrac":
            whole = _value(previous)  # a mixed number: 4 3/5
            total *= (whole + _value(factor)) / whole
        else:
            total = total / _value(factor) if divides else total * _value(factor)
            divides = False
        previous = factor
    return total
