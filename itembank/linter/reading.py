"""An item as the linter reads it: parts whose words keep their place in what the writer typed.

Maths, pictures and marks of layout are blanked out, not cut out, so that the offset of a word in the plain text is its
offset in the source, and a finding can point to it.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from itembank.linter.roots import root
from itembank.textformat import LETTERS, ItemText

STEM, RATIONALE = "stem", "rationale"

_MATHS = re.compile(r"\$\$.+?\$\$|\$.+?\$", re.DOTALL)
# Whatever is pasted here is read while somebody types, so no pattern may look far ahead from many places at once.
_PICTURE = re.compile(r"!\[(?P<alt>[^\]]{0,600})\]\((?P<name>[^)\s]{0,200}+)(?:\s[^)]{0,200}+)?\)")
_TABLE_LINE = re.compile(r"^[ \t]*+\|.*$", re.MULTILINE)
_LIST_LINE = re.compile(r"^[ \t]*+(?:[-*+]|\d{1,9}[.)])\s{1,99}\S", re.MULTILINE)
_QUOTE_LINE = re.compile(r"^[ \t]*+>", re.MULTILINE)
_LAYOUT = re.compile(r"[*_`|#>]")
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_EMPHASIS = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|__(?P<low>[^_]+)__")
_SENTENCE_END = re.compile(r"[.?!…]++(?=\s|$)|\n[^\S\n]*+\n\s*+")


@dataclass(frozen=True)
class Word:
    """A word in its place; `root` is what it is compared by."""

    text: str
    start: int
    end: int

    @cached_property
    def lower(self) -> str:
        """The word in small letters."""
        return self.text.lower()

    @cached_property
    def root(self) -> str:
        """The word without its affixes."""
        return root(self.lower)


@dataclass(frozen=True)
class Text:
    """One part of an item: its name (`stem`, a letter, `rationale`) and what the writer typed."""

    part: str
    source: str

    @cached_property
    def plain(self) -> str:
        """The words alone, as long as the source: all else is blank."""
        without = _PICTURE.sub(_blank, _MATHS.sub(_blank, self.source))
        return _LAYOUT.sub(" ", without)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words in order."""
        return tuple(Word(match.group(), *match.span()) for match in _WORD.finditer(self.plain))

    @cached_property
    def roots(self) -> frozenset[str]:
        """What the words are compared by."""
        return frozenset(word.root for word in self.words)

    @cached_property
    def maths(self) -> tuple[tuple[str, int], ...]:
        """The formulas without their dollar signs, with the place of each."""
        return tuple((match.group().strip("$"), match.start()) for match in _MATHS.finditer(self.source))

    @cached_property
    def pictures(self) -> tuple[tuple[str, str, int], ...]:
        """Name, alternative text and place of each picture."""
        return tuple((match["name"], match["alt"], match.start()) for match in _PICTURE.finditer(self.source))

    @cached_property
    def has_table(self) -> bool:
        """Whether rows of a table stand in it."""
        return bool(_TABLE_LINE.search(self.source))

    @cached_property
    def has_list(self) -> bool:
        """Whether a list or a quotation stands in it."""
        return bool(_LIST_LINE.search(self.source) or _QUOTE_LINE.search(self.source))

    def emphasised(self, start: int, end: int) -> bool:
        """Whether these words are set bold or in capitals, so that nobody overlooks them."""
        bold = any(match.start() <= start and end <= match.end() for match in _EMPHASIS.finditer(self.source))
        return bold or self.source[start:end].isupper()

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Start and end of each sentence that holds a word or a formula."""
        start = 0
        for match in _SENTENCE_END.finditer(self._with_formulas):
            if self._with_formulas[start : match.start()].strip():
                yield start, match.end()
            start = match.end()
        if self._with_formulas[start:].strip():
            yield start, len(self._with_formulas)

    @cached_property
    def _with_formulas(self) -> str:
        # A dot inside a formula ends no sentence, and a sentence may consist of a formula alone.
        masked = _MATHS.sub(lambda match: "x" * len(match.group()), _PICTURE.sub(_blank, self.source))
        return _TABLE_LINE.sub(_blank, masked)

    @cached_property
    def last_sentence(self) -> tuple[int, int]:
        """Where the sentence stands that asks: the last one outside of lists and tables."""
        found = list(self.sentences())
        return found[-1] if found else (0, len(self.source))


@dataclass(frozen=True)
class LintItem:
    """An item ready to be read: its texts, its key, and the pictures that exist (None: not known)."""

    code: str
    indicator: str
    key: str
    stem: Text
    options: tuple[Text, ...]
    rationale: Text
    pictures: frozenset[str] | None = None

    @classmethod
    def of(cls, item: ItemText, *, pictures: Collection[str] | None = None) -> "LintItem":
        """The item of a file or of the bank."""
        return cls(
            code=item.code,
            indicator=item.indicator,
            key=item.key,
            stem=Text(STEM, item.stem),
            options=tuple(Text(letter, text) for letter, text in zip(LETTERS, item.options, strict=False)),
            rationale=Text(RATIONALE, item.rationale),
            pictures=None if pictures is None else frozenset(pictures),
        )

    @property
    def texts(self) -> tuple[Text, ...]:
        """What the candidate reads: stem and options."""
        return (self.stem, *self.options)

    @property
    def key_option(self) -> Text:
        """The option that is right."""
        return self.options[LETTERS.index(self.key)]

    @property
    def distractors(self) -> tuple[Text, ...]:
        """The options that are wrong."""
        return tuple(option for option in self.options if option.part != self.key)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"\S", " ", match.group())
