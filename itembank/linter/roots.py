"""Indonesian words without their affixes, to compare words that are written differently.

Two forms of one word must meet (*pembelajaran*, *belajar*, *mengajar*), and different words should not; a linguist's
root is not needed. What is left is therefore cut alike for all forms, and short words stay as they are.
"""

from functools import lru_cache

_PARTICLES = ("nya", "lah", "kah", "pun")
_SUFFIXES = ("kan", "an", "i")
_PREFIXES = (
    "memper",
    "diper",
    "menge",
    "penge",
    "meng",
    "meny",
    "peng",
    "peny",
    "mem",
    "men",
    "pem",
    "pen",
    "ber",
    "bel",
    "ter",
    "per",
    "pel",
    "me",
    "pe",
    "di",
    "ke",
    "se",
)
_SHORTEST = 4


@lru_cache(maxsize=65_536)
def root(word: str) -> str:
    """What a word in small letters is compared by."""
    left = word.partition("-")[0] if _is_doubled(word) else word
    for endings in (_PARTICLES, _SUFFIXES):
        left = _without_ending(left, endings)
    for _ in range(2):
        left = _without_beginning(left)
    return left


def _is_doubled(word: str) -> bool:
    first, _, second = word.partition("-")
    return bool(second) and first[-3:] == second[: len(first)][-3:]


def _without_ending(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word


def _without_beginning(word: str) -> str:
    for beginning in _PREFIXES:
        if word.startswith(beginning) and len(word) - len(beginning) >= _SHORTEST:
            return word[len(beginning) :]
    return word
