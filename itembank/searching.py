"""What somebody types to find an item, and the words of an item as a reader sees them.

Nothing that is typed is ever read as syntax of a database: a search is a list of words, and words in quotation marks
stand together. Forms of one word find each other (*menghitung*, *hitung*).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itembank.linter.roots import root
from itembank.symbols import BRACKETS, FUNCTIONS, LARGE, LETTERS, LIMITS, SYMBOLS

MAX_WORDS = 12
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r'"([^"]*)"|([^"\s]+)')

# From what a writer typed to what a reader sees.
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_MATHS = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
_LAYOUT = re.compile(r"[*_`|#>]+|^\s*[-+]\s|-{3,}", re.MULTILINE)
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|overline|vec)\s*\{([^{}]*)\}")
_DEEPEST = 6  # fractions in fractions; deeper ones are shown without their line
_SIGNS = (
    {command: sign for command, (sign, _kind) in (SYMBOLS | BRACKETS).items()}
    | LETTERS
    | FUNCTIONS
    | LIMITS
    | LARGE
    | {"\\\\": " ", "\\,": " ", "\\ ": " ", "\\quad": " "}
)


@dataclass(frozen=True)
class Search:
    """What was typed, as phrases of words in small letters; nothing else can reach the database."""

    phrases: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, typed: str) -> "Search":
        """The words of a search; those beyond the first dozen are left out."""
        found = [
            tuple(_WORD.findall((quoted or word).lower()))
            for quoted, word in _QUOTED.findall(typed.replace("“", '"').replace("”", '"'))
        ]
        phrases: list[tuple[str, ...]] = []
        for words in found:
            room = MAX_WORDS - sum(map(len, phrases))
            if words and room > 0:
                phrases.append(words[:room])
        return cls(tuple(phrases))

    def __bool__(self) -> bool:
        return bool(self.phrases)

    def fits(self, word: str) -> bool:
        """Whether a word of a text is one that was looked for."""
        return any(_same(word.lower(), wanted) for phrase in self.phrases for wanted in phrase)


def _same(word: str, wanted: str) -> bool:
    if word == wanted or not is_stretchable(wanted):
        return word == wanted
    return word.startswith(wanted) or root(word) == root(wanted)


def is_stretchable(word: str) -> bool:
    """Whether the beginning of a word finds the whole: a number or a single letter means itself."""
    return len(word) > 1 and not word.isdigit()


def words_of(text: str) -> list[str]:
    """The words of a text as a reader sees it, in small letters."""
    return _WORD.findall(readable(text).lower())


# What a reader sees ---------------------------------------------------------------------------------------------------


def readable(source: str) -> str:
    """A text of an item in one line: pictures by their description, formulas in plain signs."""
    without = _PICTURE.sub(r" \1 ", source)
    pieces: list[str] = []
    end = 0
    for match in _MATHS.finditer(without):
        pieces += [_LAYOUT.sub(" ", without[end : match.start()]), plain_formula(match.group(1) or match.group(2))]
        end = match.end()
    pieces.append(_LAYOUT.sub(" ", without[end:]))
    return " ".join("".join(pieces).split())


def plain_formula(latex: str) -> str:
    """A formula as it could be typed on a keyboard, for lists and searches; it is not meant to be exact."""
    for _ in range(_DEEPEST):
        latex = _WRAPPER.sub(r" \1 ", _ROOT.sub(r"√\1 ", _FRACTION.sub(r" \1/\2 ", latex)))
    latex = latex.replace("^{\\circ}", "°").replace("^\\circ", "°")
    signs = _COMMAND.sub(lambda match: f" {_SIGNS.get(match.group(), '')} ", latex)
    text = signs.replace("{,}", ",").replace("{", "").replace("}", "").replace("&", " ")
    return " ".join(text.split())


@dataclass(frozen=True)
class Piece:
    """A part of an excerpt; a hit is what was looked for."""

    text: str
    is_hit: bool = False


def excerpt(text: str, search: Search, *, length: int = 170) -> tuple[Piece, ...]:
    """The part of a readable text around the first hit, with every hit marked; the beginning when nothing fits."""
    hits = [match.span() for match in _WORD.finditer(text) if search.fits(match.group())]
    start, end = _window(text, hits, length=length)
    return tuple(_pieces(text, [span for span in hits if start <= span[0] and span[1] <= end], start=start, end=end))


def _window(text: str, hits: Sequence[tuple[int, int]], *, length: int) -> tuple[int, int]:
    if len(text) <= length:
        return 0, len(text)
    start = max(0, min(hits[0][0] - length // 3 if hits else 0, len(text) - length))
    if start:
        start = text.find(" ", start) + 1 or start
    end = min(len(text), start + length)
    if end < len(text):
        end = max(text.rfind(" ", start, end), hits[0][1] if hits else start + 1)
    return start, end


def _pieces(text: str, hits: Sequence[tuple[int, int]], *, start: int, end: int) -> Iterator[Piece]:
    at = start
    if start:
        yield Piece("… ")
    for first, last in hits:
        if at < first:
            yield Piece(text[at:first])
        yield Piece(text[first:last], is_hit=True)
        at = last
    if at < end:
        yield Piece(text[at:end])
    if end < len(text):
        yield Piece(" …")
