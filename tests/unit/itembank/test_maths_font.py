"""The maths face that candidates load has every character that our LaTeX reader can produce, in all its sizes."""

import re
import string
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from itembank import symbols
from itembank.latex import UPRIGHT, to_mathml
from tests.unit.itembank.test_latex import GALLERY

ROOT = Path(__file__).parents[3]
WHOLE = ROOT / "scripts/maths_font/stix-two-math.woff2"
SUBSET = ROOT / "testing_platform/static/vendor/fonts/stix-two-math-subset.woff2"
LIMIT_BYTES = 80 * 1024
STRETCHING = "()[]{}|√∫∑→\u20d7‾"

# What stands in `symbols` beside the gallery, each in the smallest formula that is read.
COMMANDS = [name for table in (symbols.LETTERS, symbols.SYMBOLS, symbols.FUNCTIONS, symbols.LIMITS) for name in table]
FORMULAS = [
    *GALLERY,
    *COMMANDS,
    *symbols.LARGE,
    *(rf"\left{opening} a\right{opening} " for opening in symbols.BRACKETS),
    *(rf"{accent}{{x}}{accent}{{xy}}" for accent in symbols.ACCENTS),
    *(rf"\begin{{{name}}}a&b\\c&d\end{{{name}}}" for name in symbols.ENVIRONMENTS),
    *(rf"\mathbb{{{letter}}}" for letter in string.ascii_uppercase),
    *(rf"\mathrm{{{sign}}}" for sign in sorted(UPRIGHT) if sign not in " %"),
    *string.ascii_letters,
    *string.digits,
    r"\mathrm{100\%}",
    "f''(x)^\\circ+1{,}5",
]


@cache
def face(path: Path) -> TTFont:
    return TTFont(path)


def drawn(formula: str) -> set[str]:
    """The characters of the face that a browser draws a formula with; words in it are set in the text face."""
    markup = re.sub(r"<mtext.*?</mtext>", "", to_mathml(formula, display=True), flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", "", markup).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    alone = re.findall(r"<mi>(.)</mi>", markup)
    return set(text) - {" "} | {italic for letter in alone if (italic := drawn_italic(letter))}


def drawn_italic(letter: str) -> str:
    """What MathML Core makes of a letter that stands alone, for the letters that our reader knows."""
    if letter == "h":
        return "ℎ"
    for first, last, start in (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("Α", "Ω", 0x1D6E2), ("α", "ω", 0x1D6FC)):
        if first <= letter <= last:
            return chr(start + ord(letter) - ord(first))
    return ""


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_formula_can_be_drawn(formula: str) -> None:
    missing = [character for character in drawn(formula) if ord(character) not in face(SUBSET).getBestCmap()]
    assert [unicodedata.name(character, hex(ord(character))) for character in missing] == [], (
        "run scripts/maths_font/subset.py"
    )


def test_the_face_is_small_enough() -> None:
    assert SUBSET.stat().st_size <= LIMIT_BYTES


def sizes(path: Path, character: str) -> dict[str, Any]:
    """The heights, or widths, that a sign can take and the parts from which larger ones are built."""
    variants = face(path)["MATH"].table.MathVariants
    glyph = face(path).getBestCmap()[ord(character)]
    found = {}
    for way in ("Vert", "Horiz"):
        coverage = getattr(variants, f"{way}GlyphCoverage").glyphs
        if glyph in coverage:
            made = getattr(variants, f"{way}GlyphConstruction")[coverage.index(glyph)]
            parts = made.GlyphAssembly.PartRecords if made.GlyphAssembly else []
            found[way] = (
                [record.AdvanceMeasurement for record in made.MathGlyphVariantRecord],
                [(part.FullAdvance, part.StartConnectorLength, part.EndConnectorLength) for part in parts],
            )
    return found


@pytest.mark.parametrize("character", STRETCHING)
def test_signs_stretch_as_in_the_whole_face(character: str) -> None:
    assert sizes(SUBSET, character)
    assert sizes(SUBSET, character) == sizes(WHOLE, character)


def test_the_constants_of_the_layout_are_kept() -> None:
    ours, whole = (face(path)["MATH"].table.MathConstants for path in (SUBSET, WHOLE))
    for name in ("AxisHeight", "FractionRuleThickness", "RadicalVerticalGap", "SuperscriptShiftUp"):
        assert getattr(ours, name).Value == getattr(whole, name).Value


def test_nobody_takes_it_for_the_whole_face() -> None:
    names = {record.nameID: str(record) for record in face(SUBSET)["name"].names}
    assert names[1] == "STIX Two Math Subset"
    assert "STIX Fonts Project Authors" in names[0]
