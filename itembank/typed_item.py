"""An item as a writer typed it, finished or not; what can be drawn of it, and what is still missing.

A draft of the bank is complete and can be shown. What stands in the editor is neither most of the time, and still no
word of it may get lost: it is kept as it is, and every part that can be read is drawn for the preview.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from itembank.characters import without_hidden
from itembank.errors import ItemBankError, TextError
from itembank.markup import Rendered, Sized, refuse_bad_text, render, render_option
from itembank.textformat import LETTERS, ItemText
from registry.columns import Document

STEM, RATIONALE, SOURCES, KEY, PASSAGE = "stem", "rationale", "sources", "key", "passage"

# Everything that one person typed into one item; far beyond what any item may hold, and nothing that fills a disk.
LIMIT_TYPED = 200_000


@dataclass(frozen=True)
class TypedItem:
    """The fields of the editor. A part is `stem`, a letter, `key`, `rationale`, `sources` or `passage`."""

    stem: str = ""
    options: tuple[str, ...] = ()
    key: str = ""  # a letter, or nothing yet
    rationale: str = ""
    sources: str = ""
    passage: str = ""  # public id of the passage to be read before the stem, or nothing
    pictures: Mapping[str, str] = field(default_factory=dict)  # name in the texts -> SHA-256 of the picture

    @property
    def parts(self) -> dict[str, str]:
        """Every part with its text, in the order of the editor."""
        letters = dict(zip(LETTERS, self.options, strict=False))
        others = {KEY: self.key, RATIONALE: self.rationale, SOURCES: self.sources}
        return {PASSAGE: self.passage, STEM: self.stem, **letters, **others}

    @property
    def n_characters(self) -> int:
        """How much was typed altogether."""
        return sum(len(text) for text in self.parts.values())

    @property
    def key_position(self) -> int:
        """0 = option A; -1 while no key is chosen."""
        return LETTERS.index(self.key) if self.key in [*LETTERS] else -1

    def with_parts(self, parts: Mapping[str, str]) -> "TypedItem":
        """The same with other words in some parts."""
        options = [parts.get(letter, text) for letter, text in zip(LETTERS, self.options, strict=False)]
        return TypedItem.of_document({**self.document(), **parts, "options": options})

    def document(self) -> Document:
        """As it is kept."""
        letters = list(self.options)
        return {**{name: text for name, text in self.parts.items() if name not in LETTERS}, "options": letters} | {
            "pictures": dict(self.pictures)
        }

    @classmethod
    def of_document(cls, kept: Document) -> "TypedItem":
        """What `document` wrote; a field that an older version did not know is empty."""
        texts = {name: str(kept.get(name, "")) for name in (STEM, KEY, RATIONALE, SOURCES, PASSAGE)}
        return cls(**texts, options=tuple(kept.get("options", ())), pictures=dict(kept.get("pictures", {})))

    def cleaned(self) -> "TypedItem":
        """Without the characters that nobody sees and no text of the bank may hold."""
        return self.with_parts({name: without_hidden(text) for name, text in self.parts.items()})

    def missing(self) -> tuple[str, ...]:
        """The parts without which no item is complete."""
        needed = {name: text for name, text in self.parts.items() if name not in {SOURCES, PASSAGE}}
        return tuple(name for name, text in needed.items() if not text.strip())

    def text(self, *, code: str, blueprint: str, indicator: str, bloom: str) -> ItemText:
        """The item as files and the linter hold it."""
        return ItemText(
            code=code,
            blueprint=blueprint,
            indicator=indicator,
            bloom=bloom,
            key=self.key,
            stem=self.stem,
            options=self.options,
            rationale=self.rationale,
        )


@dataclass(frozen=True)
class Drawing:
    """What can be shown of a typed item, and what is wrong with the rest; both by part."""

    rendered: Mapping[str, Rendered]
    problems: Mapping[str, ItemBankError]


def draw(typed: TypedItem, *, media: Mapping[str, Sized]) -> Drawing:
    """Every part by itself, so that one wrong brace hides one option and not the item."""
    rendered: dict[str, Rendered] = {}
    problems: dict[str, ItemBankError] = {}
    for name, text in typed.parts.items():
        if name in {KEY, PASSAGE, SOURCES}:
            continue
        reader: Callable[..., Rendered] = render_option if name in LETTERS else render
        try:
            rendered[name] = reader(text, media=media)
        except TextError as error:
            problems[name] = error
    return Drawing(rendered, problems | _bad_sources(typed.sources))


def _bad_sources(text: str) -> dict[str, ItemBankError]:
    # Sources are shown as plain text, links included; only what nobody can see is refused.
    try:
        refuse_bad_text(text)
    except TextError as error:
        return {SOURCES: error}
    return {}
