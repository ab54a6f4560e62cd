"""Finds characters that a reader cannot see but a computer obeys.

Direction marks can make an option read backwards, and private characters could imitate our own placeholders, so no
text of the bank may hold any of them.
"""

import unicodedata

# Control, format (direction, zero width), surrogate, private, unassigned, line and paragraph separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def hidden_character(text: str) -> int | None:
    """Where the first hidden character stands; line feeds and tabs are not hidden."""
    for offset, character in enumerate(text):
        if character not in "\n\t" and unicodedata.category(character) in _HIDDEN_CATEGORIES:
            return offset
    return None


def character_name(character: str) -> str:
    """A name that can be printed even when the character cannot."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}"
