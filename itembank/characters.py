"""Finds characters that a reader cannot see but a computer obeys.

Direction marks can make an option read backwards, and private characters could imitate our own placeholders, so no
text of the bank may hold any of them.
"""

import unicodedata

# Control, format (direction, zero width), surrogate, private, unassigned, line and paragraph separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def hidden_character(text: str) -> int | None:
    """Where the first hidden character stands; line feeds and tabs are not hidden."""
    return next((offset for offset, character in enumerate(text) if _is_hidden(character)), None)


def without_hidden(text: str) -> str:
    """The same text as everybody sees it; what other programs paste along cannot be found by eye."""
    return "".join(character for character in text if not _is_hidden(character))


def visible_words(text: str) -> str:
    """What somebody wrote in a note, a comment or a reason, as everybody sees it."""
    return without_hidden(text).strip()


def _is_hidden(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in _HIDDEN_CATEGORIES


def character_name(character: str) -> str:
    """A name that can be printed even when the character cannot."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}"
