"""The key of a test: which option of each item is right, read from its own small CSV file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.csv_text import Table, as_meant, read_table
from analysis.errors import BadKey, WrongColumns
from analysis.responses import LETTERS_ALWAYS_LISTED, NOT_PRESENTED, OMITTED

# Five options are the most that any blueprint of ours has; eight leave room for other people's tests.
KNOWN_LETTERS = "ABCDEFGH"
NOT_PRESENTED_MARK = "."
CODES = {"": OMITTED, NOT_PRESENTED_MARK: NOT_PRESENTED} | {letter: code for code, letter in enumerate(KNOWN_LETTERS)}
_RIGHT = frozenset(KNOWN_LETTERS)  # one letter; in the string itself "AB" would stand too
_NUMBERED = re.compile(r"(.*?)[0-9]+")


@dataclass(frozen=True)
class Key:
    """The right option of each item, as its file gives it."""

    items: tuple[str, ...]
    letters: tuple[str, ...]
    sections: tuple[str, ...] | None = None
    n_options: tuple[int, ...] | None = None

    @property
    def codes(self) -> NDArray[np.int8]:
        """(n_items,) the position of each right letter."""
        return np.array([CODES[letter] for letter in self.letters], dtype=np.int8)

    @property
    def offered(self) -> NDArray[np.int8] | None:
        """(n_items,) how many options each item has, when the key tells."""
        return None if self.n_options is None else np.array(self.n_options, dtype=np.int8)

    def letters_with(self, highest: int) -> tuple[str, ...]:
        """Every letter that must be listed when answers go up to this position."""
        count = max(LETTERS_ALWAYS_LISTED, highest + 1, int(self.codes.max()) + 1, *(self.n_options or (0,)))
        return tuple(KNOWN_LETTERS[:count])

    def forgotten(self, columns: Sequence[str]) -> str | None:
        """A column that is named like the items, and has no key."""
        prefixes = {found[1] for item in self.items if (found := _NUMBERED.fullmatch(item))}
        numbered = ((name, _NUMBERED.fullmatch(name)) for name in columns if name not in self.items)
        return next((name for name, found in numbered if found and found[1] in prefixes), None)


def read_key(file: str | Path) -> Key:
    """Read which option of each item is right: columns item and key, and perhaps section and options."""
    table = read_table(Path(file))
    if "item" not in table.header or "key" not in table.header:
        raise WrongColumns(
            "The key file lacks the columns item and key.", mend="begin it with the line item,key.", file=file, line=1
        )
    columns = {name: table.column(name) for name in ("item", "key", "section", "options") if name in table.header}
    columns["item"] = [as_meant(name) for name in columns["item"]]
    _check_letters(table, columns["item"], columns["key"])
    _refuse_doubles(table, columns["item"])
    return Key(
        items=tuple(columns["item"]),
        letters=tuple(columns["key"]),
        sections=tuple(columns["section"]) if "section" in columns else None,
        n_options=_option_counts(table, columns["options"], columns["key"]) if "options" in columns else None,
    )


def key_of(letters: Mapping[str, str]) -> Key:
    """A key from item names and letters."""
    for item, letter in letters.items():
        if letter not in _RIGHT:
            raise BadKey(f"The key of {item} is {letter!r}, which is no option letter.", mend=_WRITE_LETTER)
    if not letters:
        raise BadKey("The key names no item.", mend="give each item its right letter.")
    return Key(items=tuple(letters), letters=tuple(letters.values()))


_WRITE_LETTER = "write one capital letter, A to H."


def _check_letters(table: Table, names: Sequence[str], letters: Sequence[str]) -> None:
    for line, name, letter in zip(table.lines, names, letters, strict=True):
        if letter not in _RIGHT:
            what = f"The key of {name} is {letter!r}, which is no option letter."
            raise BadKey(what, mend=_WRITE_LETTER, file=table.file, line=line, column="key")


def _refuse_doubles(table: Table, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for line, name in zip(table.lines, names, strict=True):
        if not name or name in seen:
            what = f"Item {name!r} stands in the key twice." if name else "An item of the key has no name."
            raise BadKey(what, mend="give each item one line.", file=table.file, line=line, column="item")
        seen.add(name)


def _option_counts(table: Table, counts: Sequence[str], letters: Sequence[str]) -> tuple[int, ...]:
    for line, count, letter in zip(table.lines, counts, letters, strict=True):
        if not (count.isdecimal() and count.isascii()) or not 2 <= int(count) <= len(KNOWN_LETTERS):
            what = f"{count!r} is no number of options."
            raise BadKey(what, mend="write a number from 2 to 8.", file=table.file, line=line, column="options")
        if CODES[letter] >= int(count):
            what = f"The key {letter} is not one of the {count} options."
            raise BadKey(what, mend="correct the key or the number.", file=table.file, line=line, column="key")
    return tuple(int(count) for count in counts)
