"""What changed between two wordings, word by word, so that a person sees it at a glance.

A word carries the blanks behind it, and a formula is one word: half a formula means nothing to anybody. Very long texts
are compared line by line, because the time of a comparison grows with the square of its pieces.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_PIECE = re.compile(r"\$\$?[^$]+\$\$?\s*|\S+\s*|\s+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
MOST_WORDS = 2_000


class Kind(StrEnum):
    """What happened to a stretch of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Stretch:
    """Some words that stayed, went or came."""

    kind: Kind
    text: str


def word_changes(old: str, new: str) -> tuple[Stretch, ...]:
    """The stretches in reading order; what went stands before what came in its place."""
    before, after = _pieces(old, new)
    found: list[Stretch] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            found.append(Stretch(Kind.SAME, "".join(after[j1:j2])))
            continue
        found += [Stretch(Kind.GONE, "".join(before[i1:i2]))] if i2 > i1 else []
        found += [Stretch(Kind.NEW, "".join(after[j1:j2]))] if j2 > j1 else []
    return tuple(found)


def _pieces(old: str, new: str) -> tuple[list[str], list[str]]:
    words = _PIECE.findall(old), _PIECE.findall(new)
    if max(len(words[0]), len(words[1])) <= MOST_WORDS:
        return words
    lines = _LINE.findall(old), _LINE.findall(new)
    # One word on each of ten thousand lines is no better than ten thousand words.
    return lines if max(len(lines[0]), len(lines[1])) <= MOST_WORDS else ([old], [new])
