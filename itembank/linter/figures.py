"""Checks of pictures, tables and formulas."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from itembank.errors import LatexError
from itembank.latex import parse
from itembank.linter.findings import Hit
from itembank.linter.reading import LintItem


def missing_picture(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """The text speaks of a picture or table that is not there, or names a file that the bank does not have."""
    pictures = [picture for text in item.texts for picture in text.pictures]
    for text in item.texts:
        for name, _alt, start in text.pictures:
            if item.pictures is not None and name not in item.pictures and name.rpartition("/")[2] not in item.pictures:
                yield Hit(text.part, start, start + 2, {"words": name})
    for needed, is_there in (("picture", bool(pictures)), ("table", item.stem.has_table or bool(pictures))):
        match = re.search(parameters[needed], item.stem.plain, re.IGNORECASE)
        if match and not is_there:
            yield Hit("stem", *match.span(), {"words": match.group()})


def missing_alternative(item: LintItem, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A picture has no words for who cannot see it, or words that say nothing."""
    empty = re.compile(parameters["empty"], re.IGNORECASE)
    for text in item.texts:
        for name, alt, start in text.pictures:
            if not alt.strip() or empty.fullmatch(alt.strip()):
                yield Hit(text.part, start, start + 2 + len(alt), {"name": name.rpartition("/")[2]})


def unread_formula(item: LintItem, _parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """A formula that the platform cannot draw."""
    for text in (*item.texts, item.rationale):
        for latex, start in text.maths:
            try:
                parse(latex)
            except LatexError as error:
                yield Hit(text.part, start, start + len(latex) + 2, {"formula": latex[:60], "problem": error})


def mixed_units(item: LintItem, _parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Lengths with and without a unit stand side by side in one list."""
    sized = re.compile(r"(?<![\w.,])\d[\d.,]*+(?:\\sqrt\{?\d+\}?)?\$?\s*(?P<unit>mm|cm|dm|km|m|kg|gram|liter)\b")
    has_units = sized.search(item.stem.source) is not None
    for line in re.finditer(r"^[ \t]*+(?:[-*+]|\d{1,9}[.)])\s{1,99}(?P<words>.+)$", item.stem.source, re.MULTILINE):
        if has_units and re.search(r"\d", line["words"]) and not sized.search(line["words"]):
            yield Hit("stem", *line.span("words"), {"words": line["words"].strip()[:60]})
