"""Finds the items of a bank that are nearest to a given one, also when the wording, names and numbers were changed.

An item is a bag of word roots, pairs of neighbouring roots and pieces of formulas; numbers and people's names count
as "some number" and "somebody", and words that mean the same count as one. Rare pieces weigh more (inverse document
frequency), and two items are as similar as the cosine of their bags. No model is needed, and it can be explained.
"""

import math
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from itembank.linter.reading import LintItem, Text
from itembank.linter.roots import root

_PIECE = re.compile(r"\\[A-Za-z]+|\d+(?:[.,]\d+)*|[A-Za-z]|[=<>+*/^_|-]")
_TITLES = frozenset({"pak", "bu", "ibu", "bapak"})
_LIGHT = frozenset(
    [
        "yang",
        "dan",
        "atau",
        "dari",
        "di",
        "ke",
        "pada",
        "untuk",
        "dengan",
        "adalah",
        "ialah",
        "itu",
        "ini",
        "tersebut",
        "sebuah",
        "suatu",
        "seorang",
        "akan",
        "telah",
        "sudah",
        "dalam",
        "oleh",
        "sebagai",
        "bahwa",
        "jika",
        "maka",
        "apa",
        "mana",
        "manakah",
        "berapa",
        "apakah",
        "bagaimana",
        "berikut",
        "lalu",
        "agar",
        "juga",
        "saja",
        "karena",
    ]
)
_PAIR_WEIGHT = 0.3
_FORMULA_SHARE = (0.2, 0.5)  # least and most; formulas of one topic look alike whatever is asked
_COMMON = 0.4  # pieces in more of the items than this say nothing
_SMALL_BANK = 20


@dataclass(frozen=True)
class Neighbour:
    """An item of the bank and how similar it is, from 0 to 1."""

    code: str
    similarity: float


def features(item: LintItem) -> dict[str, float]:
    """What an item is compared by, with the weight of each piece within the item; formulas begin with a dollar sign."""
    counts: dict[str, float] = {}
    for text in item.texts:
        roots = list(_roots(text))
        pairs = [" ".join(pair) for pair in pairwise(roots)]
        for pieces, weight in ((roots, 1.0), (pairs, _PAIR_WEIGHT)):
            for piece in pieces:
                counts[piece] = counts.get(piece, 0.0) + weight
    weights = {piece: 1 + math.log(count) if count > 1 else count for piece, count in counts.items()}
    # A matrix repeats itself; that a piece of formula occurs says more than how often.
    return weights | {piece: 1.0 for text in item.texts for piece in _formula_pieces(text)}


def _formula_share(pieces: Mapping[str, float]) -> float:
    """How much of the similarity the formulas decide: more where an item has few words of its own."""
    formulas = sum(weight for piece, weight in pieces.items() if piece[0] == "$")
    least, most = _FORMULA_SHARE
    return min(most, max(least, formulas / sum(pieces.values()))) if formulas else 0.0


def _roots(text: Text) -> Iterator[str]:
    after_title = False
    for word in text.words:
        if after_title and word.text[0].isupper():
            yield "@"
            after_title = False
            continue
        after_title = word.lower in _TITLES
        if not after_title and word.lower not in _LIGHT:
            yield _same_meaning().get(word.root, word.root)


def _formula_pieces(text: Text) -> Iterator[str]:
    for latex, _start in text.maths:
        pieces = ["#" if piece[0].isdigit() else piece for piece in _PIECE.findall(latex)]
        for pair in pairwise(pieces):
            if pair != ("#", "#"):
                yield "$" + " ".join(pair)


@lru_cache(maxsize=1)
def _same_meaning() -> dict[str, str]:
    """Root -> the first root of its line in the list of words that mean the same."""
    lines = (files("itembank") / "content" / "same-meaning.txt").read_text(encoding="utf-8").splitlines()
    groups = [[root(word) for word in line.split()] for line in lines if line.strip() and not line.startswith("#")]
    return {word: group[0] for group in groups for word in group[1:]}


class SimilarityIndex:
    """All items of a bank, ready to be asked for the nearest of one; adding an item is cheap."""

    def __init__(self, items: Iterable[LintItem] = ()) -> None:
        self._codes: list[str] = []
        self._postings: dict[str, tuple[array[int], array[float]]] = {}
        self._norms: _Norms | None = None
        for item in items:
            self.add(item)

    def __len__(self) -> int:
        return len(self._codes)

    def add(self, item: LintItem) -> None:
        """Put an item in; a code that is there already gets a second entry."""
        number = len(self._codes)
        self._codes.append(item.code)
        for piece, weight in features(item).items():
            numbers, weights = self._postings.setdefault(piece, (array("l"), array("d")))
            numbers.append(number)
            weights.append(weight)
        self._norms = None

    def nearest(self, item: LintItem, *, n: int = 1, other_than: frozenset[str] = frozenset()) -> list[Neighbour]:
        """The items most like the given one, most similar first; never itself."""
        if not self._codes:
            return []
        asked = features(item)
        norms = self._all_norms()
        words = self._cosines({piece: weight for piece, weight in asked.items() if piece[0] != "$"}, norms.words)
        formulas = self._cosines({piece: weight for piece, weight in asked.items() if piece[0] == "$"}, norms.formulas)
        share = _formula_share(asked)
        similar = (1 - share) * words + share * formulas
        return list(self._best(similar, n=n, without=other_than | {item.code}))

    def _cosines(self, asked: Mapping[str, float], norms: NDArray[np.float64]) -> NDArray[np.float64]:
        scores = np.zeros(len(self._codes))
        square = 0.0
        for piece, weight in asked.items():
            importance = self._importance(piece)
            square += (weight * importance) ** 2
            if piece in self._postings and importance > 0:
                numbers, weights = self._postings[piece]
                scores[np.frombuffer(numbers, dtype=np.int_)] += weight * importance**2 * np.frombuffer(weights)
        return scores / np.maximum(math.sqrt(square) * norms, 1e-12)

    def _best(self, similar: NDArray[np.float64], *, n: int, without: frozenset[str]) -> Iterator[Neighbour]:
        wanted = min(len(similar), n + len(without) + 4)
        candidates = np.argpartition(-similar, wanted - 1)[:wanted]
        ranked = sorted(candidates, key=lambda each: (-similar[each], self._codes[each]))
        found = [number for number in ranked if self._codes[number] not in without]
        for number in found[:n]:
            yield Neighbour(self._codes[number], float(min(1.0, similar[number])))

    def _importance(self, piece: str) -> float:
        n_items = len(self._codes)
        n_with = len(self._postings[piece][0]) if piece in self._postings else 0
        if n_items > _SMALL_BANK and n_with > _COMMON * n_items:
            return 0.0
        return math.log((1 + n_items) / (1 + n_with)) + 1

    def _all_norms(self) -> "_Norms":
        if self._norms is None:
            squares = {True: np.zeros(len(self._codes)), False: np.zeros(len(self._codes))}
            for piece, (numbers, weights) in self._postings.items():
                places = np.frombuffer(numbers, dtype=np.int_)
                squares[piece[0] == "$"][places] += (self._importance(piece) * np.frombuffer(weights)) ** 2
            self._norms = _Norms(words=np.sqrt(squares[False]), formulas=np.sqrt(squares[True]))
        return self._norms


@dataclass(frozen=True)
class _Norms:
    """The length of each item's bag of words and of its bag of formula pieces, shape (items,)."""

    words: NDArray[np.float64]
    formulas: NDArray[np.float64]


def same_wording(one: LintItem, other: LintItem) -> bool:
    """Whether two items are the same but for spaces, capitals and the order of the options."""
    return _skeleton(one) == _skeleton(other)


def _skeleton(item: LintItem) -> tuple[str, Sequence[str]]:
    return _squeezed(item.stem.source), sorted(_squeezed(option.source) for option in item.options)


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")
