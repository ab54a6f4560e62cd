"""Writes formulas as MathML Core, with the spacing that a reader of mathematics expects.

MathML decides by position alone whether a minus is a sign or an operation, and puts no space between `sin` and `x`.
TeX decides by the kind of the neighbours. This module keeps TeX's kinds (Knuth, The TeXbook, chapter 18) beside each
node and writes the difference down as attributes, so that every browser draws the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

Kind = Literal["ordinary", "function", "large", "binary", "relation", "opening", "closing", "punctuation", "space"]

_THIN = "0.1667em"
_MEDIUM = "0.2222em"
_THICK = "0.2778em"
# After these (or at the start) a minus is a sign, and a bar opens.
_BEFORE_A_SIGN = frozenset({"function", "large", "binary", "relation", "opening", "punctuation"})
# The tilde is also the sign of negation in Indonesian school books.
_SIGNS = frozenset("+−±∓∼")
_SPACING = {"binary": _MEDIUM, "relation": _THICK}


@dataclass(frozen=True)
class Node:
    """One MathML element: a leaf with text, or a row of children."""

    tag: str
    text: str = ""
    children: tuple["Node", ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    kind: Kind = "ordinary"

    def markup(self) -> str:
        """The element as HTML."""
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes)
        inside = escape(self.text, quote=False) + "".join(child.markup() for child in self.children)
        return f"<{self.tag}{attributes}>{inside}</{self.tag}>"


# Separates formulas on one line, so what follows stands as at a beginning.
QUAD = Node("mspace", attributes=(("width", "1em"),), kind="space")


def row(nodes: Iterable[Node]) -> Node:
    """Several nodes as one; a single ordinary node stays as it is."""
    spaced = space(tuple(nodes))
    if len(spaced) == 1 and spaced[0].kind == "ordinary":
        return spaced[0]
    return Node("mrow", children=spaced)


def operator(text: str, **attributes: str) -> Node:
    """An operator without space around it."""
    return Node("mo", text, attributes=tuple(attributes.items()))


def fenced(opening: str, content: Node, closing: str) -> Node:
    """Content between brackets that grow with it; an empty bracket is left out."""
    left = [operator(opening, form="prefix", stretchy="true")] if opening else []
    right = [operator(closing, form="postfix", stretchy="true")] if closing else []
    return Node("mrow", children=(*left, content, *right))


def space(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The same nodes with the space and form that their neighbours ask for."""
    result: list[Node] = []
    previous: Kind | None = None
    for position, node in enumerate(nodes):
        placed = _place(node, previous)
        if placed.kind in ("function", "large") and previous in ("ordinary", "closing"):
            result.append(_thin_space())
        result.append(placed)
        following = nodes[position + 1].kind if position + 1 < len(nodes) else None
        if placed.kind == "function" and following in ("ordinary", "function", "large"):
            result.append(_thin_space())
            previous = "space"
        elif placed.kind != "space":
            previous = placed.kind
        elif placed == QUAD:
            previous = None
    return tuple(result)


def _thin_space() -> Node:
    return Node("mspace", attributes=(("width", _THIN),), kind="space")


def _place(node: Node, previous: Kind | None) -> Node:
    if node.tag != "mo":
        return node
    starts = previous is None or previous in _BEFORE_A_SIGN
    if node.text == "|" and node.kind == "ordinary":
        return _bar(node, opens=starts)
    if node.kind == "binary" and starts:
        form = (("form", "prefix"), ("lspace", "0"), ("rspace", "0"))
        return replace(node, kind="ordinary" if node.text in _SIGNS else "binary", attributes=form)
    if node.kind in _SPACING:
        width = _SPACING[node.kind]
        return replace(node, attributes=(*node.attributes, ("lspace", width), ("rspace", width)))
    return node


def _bar(node: Node, *, opens: bool) -> Node:
    form = "prefix" if opens else "postfix"
    attributes = (("form", form), ("stretchy", "false"), ("lspace", "0"), ("rspace", "0"))
    return replace(node, attributes=attributes, kind="opening" if opens else "closing")
