"""A version of the bank as a text: what files, the linter and the editor hold of it."""

from dataclasses import replace

from itembank.linter.findings import Finding
from itembank.linter.linting import lint
from itembank.linter.reading import LintItem
from itembank.markup import LIMIT_CHARACTERS
from itembank.model import ItemVersion
from itembank.textformat import LETTERS, ItemText
from itembank.typed_item import TypedItem

# A passage before the stem may hold what the stem speaks of; these rules cannot know.
_SEEN_IN_PASSAGE = frozenset({"missing-picture", "dangling-reference"})
# These compare the options with each other or with the key, and say nothing sensible before all of them are there.
_NEED_ALL_PARTS = frozenset(
    {
        "same-answer",
        "key-marked",
        "key-stands-out",
        "option-stands-out",
        "sums-up-others",
        "out-of-order",
        "repeated-words",
        "clue-in-stem",
        "uneven-beginnings",
        "uneven-endings",
    }
)


def text_of_version(version: ItemVersion) -> ItemText:
    """The item as a file in the shipped format would hold it."""
    indicator = version.item.indicator
    return ItemText(
        code=version.item.code,
        blueprint=indicator.competency.core.blueprint.code,
        indicator=indicator.code,
        bloom=indicator.bloom,
        key=LETTERS[version.key_position],
        stem=version.stem,
        options=tuple(option.text for option in version.options),
        rationale=version.rationale,
    )


def typed_of_version(version: ItemVersion, *, n_options: int) -> TypedItem:
    """What the editor shows of a version; one that nobody wrote yet has empty fields and no key."""
    texts = tuple(option.text for option in version.options)
    return TypedItem(
        stem=version.stem,
        options=texts + ("",) * (n_options - len(texts)),
        key=LETTERS[version.key_position] if texts else "",
        rationale=version.rationale,
        sources=version.sources,
        passage=str(version.passage.public_id) if version.passage else "",
        pictures={picture.name: picture.sha256 for picture in version.pictures},
    )


def findings_of(version: ItemVersion) -> list[Finding]:
    """What the linter says of a version."""
    pictures = {picture.name for picture in version.pictures}
    return findings(text_of_version(version), pictures=pictures, has_passage=version.passage is not None)


def findings(text: ItemText, *, pictures: set[str], has_passage: bool) -> list[Finding]:
    """What the linter says of a text with a passage before its stem, or none."""
    return findings_in(LintItem.of(text, pictures=pictures), has_passage=has_passage)


def findings_in(item: LintItem, *, has_passage: bool) -> list[Finding]:
    """The same of an item that somebody has taken apart already."""
    return [each for each in lint(item) if not (has_passage and each.code in _SEEN_IN_PASSAGE)]


def findings_so_far(version: ItemVersion, typed: TypedItem) -> list[Finding]:
    """What the linter says while somebody is typing; of an unfinished item only what needs no other part.

    A part that is longer than any may be counts as missing: it is refused as it is, and reading it takes long.
    """
    endless = {part: "" for part, text in typed.parts.items() if len(text) > LIMIT_CHARACTERS}
    read = typed.with_parts(endless)
    found = findings(text_so_far(version, read), pictures=set(read.pictures), has_passage=bool(read.passage))
    missing = set(read.missing())
    return [each for each in found if not missing or (each.code not in _NEED_ALL_PARTS and each.part not in missing)]


def text_so_far(version: ItemVersion, typed: TypedItem) -> ItemText:
    """What is typed into a draft, as the linter reads it; without a key the first option stands in."""
    return replace(
        text_of_version(version),
        key=typed.key or LETTERS[0],
        stem=typed.stem,
        options=typed.options,
        rationale=typed.rationale,
    )
