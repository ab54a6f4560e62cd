"""Makes the maths face that candidates load: the glyphs that our LaTeX reader can ask for, with all their sizes.

    python scripts/maths_font/subset.py

reads `stix-two-math.woff2` beside it and writes `stix-two-math-subset.woff2` among the static files. What is kept, and
why:

- every character of `itembank.symbols` and `itembank.mathml`: the reader can produce no other operator;
- Latin letters and digits upright, and Latin letters italic: browsers draw `<mi>x</mi>` with U+1D465, not with x;
- Greek upright and italic likewise, since `<mi>π</mi>` is drawn with U+1D70B;
- double-struck capitals; letters with accents, for words set by `\\mathrm`;
- whatever the MATH table reaches from these: taller brackets, roots, bars and arrows, and the parts from which still
  taller ones are built. (The packaged face has no alternates for indices, so none are kept);
- the distances between pairs of letters, as in `exp` and `arcsin`.

The face is renamed, so that nobody takes it for the whole one. Its licence reserves no name.
"""

import string
import unicodedata
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from itembank.latex import UPRIGHT
from itembank.symbols import ACCENTS, BRACKETS, DOUBLE_STRUCK, ENVIRONMENTS, LARGE, LETTERS, SYMBOLS

HERE = Path(__file__).parent
SOURCE = HERE / "stix-two-math.woff2"
TARGET = HERE.parents[1] / "testing_platform/static/vendor/fonts/stix-two-math-subset.woff2"
NAME = "STIX Two Math Subset"
_OTHERS = "′√°%"  # primes, the sign of roots, degrees, per cent


def characters() -> set[str]:
    """Every character that a formula of ours may need."""
    signs = {text for text, _kind in (SYMBOLS | BRACKETS).values()} | set(LARGE.values()) | set(LETTERS.values())
    signs |= {mark.text for marks in ACCENTS.values() for mark in marks}
    signs |= {bracket for opening, closing, _name in ENVIRONMENTS.values() for bracket in (opening, closing)}
    letters = set(string.ascii_letters + string.digits) | set(UPRIGHT) | set(LETTERS.values())
    drawn = "".join(signs | letters) + _OTHERS + double_struck()
    return set(drawn) | {italic(letter) for letter in drawn}


def double_struck() -> str:
    """The capitals of number sets."""
    return "".join(
        DOUBLE_STRUCK.get(letter) or unicodedata.lookup(f"MATHEMATICAL DOUBLE-STRUCK CAPITAL {letter}")
        for letter in string.ascii_uppercase
    )


def italic(letter: str) -> str:
    """The character that browsers draw for a letter that stands alone."""
    if letter == "h":
        return "ℎ"  # Planck's constant was there first; the row of italic letters has a hole
    script, _space, rest = unicodedata.name(letter, "").partition(" ")
    if script not in {"LATIN", "GREEK"}:
        return letter
    try:
        return unicodedata.lookup(f"MATHEMATICAL ITALIC {rest.replace(' LETTER', '')}")
    except KeyError:  # letters with accents have none
        return letter


def make() -> TTFont:
    """The smaller face."""
    options = subset.Options(
        hinting=False, layout_features=["kern"], notdef_outline=True, name_IDs=[0, 1, 2, 4, 6, 13, 14]
    )
    face = TTFont(SOURCE, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(character) for character in characters()])
    subsetter.subset(face)
    for record in face["name"].names:
        if record.nameID in {1, 4, 6}:
            record.string = NAME.replace(" ", "") if record.nameID == 6 else NAME
    face.flavor = "woff2"
    return face


if __name__ == "__main__":
    make().save(TARGET)
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
