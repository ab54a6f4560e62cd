"""Puts one text together from two that came apart: two people, or one person in two windows, wrote on one draft.

Nothing is decided in silence. A part that only one of them changed is proposed as that one left it; where both changed
it, somebody must choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from itembank.typed_item import TypedItem


class Side(StrEnum):
    """Whose words stay."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"  # one after the other, to be worked into one


@dataclass(frozen=True)
class Conflict:
    """A part in which two texts differ."""

    part: str
    mine: str
    theirs: str
    proposed: Side | None  # none: both changed it

    @property
    def may_take_both(self) -> bool:
        """Whether the two can stand one after the other: a key or a passage cannot."""
        return self.part not in {"key", "passage"}


def conflicts(mine: TypedItem, theirs: TypedItem, base: TypedItem | None) -> tuple[Conflict, ...]:
    """The parts that differ; `base` is what both began with, if it is known."""
    others, before = theirs.parts, base.parts if base else {}
    return tuple(
        Conflict(part, text, others[part], _proposed(text, others[part], before.get(part)))
        for part, text in mine.parts.items()
        if text != others.get(part, text)
    )


def merged(mine: TypedItem, theirs: TypedItem, choices: Mapping[str, Side]) -> TypedItem:
    """The text that the choices make; a part without a choice stays as `mine` has it, pictures of both stay."""
    own, others = mine.parts, theirs.parts
    parts = {part: _chosen(own[part], others[part], side) for part, side in choices.items() if part in own}
    return TypedItem.of_document(
        {**mine.with_parts(parts).document(), "pictures": {**theirs.pictures, **mine.pictures}}
    )


def _proposed(mine: str, theirs: str, base: str | None) -> Side | None:
    if base is None:
        return None
    if mine == base:
        return Side.THEIRS
    return Side.MINE if theirs == base else None


def _chosen(mine: str, theirs: str, side: Side) -> str:
    if side is Side.BOTH:
        return f"{mine.rstrip()}\n\n{theirs.lstrip()}"
    return mine if side is Side.MINE else theirs
