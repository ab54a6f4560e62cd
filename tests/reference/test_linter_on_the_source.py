"""The linter, over the source's own sample items: it must find the flaws that a machine can find.

The items are read from the source document itself and are not kept here.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from itembank.errors import OptionRefused
from itembank.linter.linting import lint
from itembank.linter.reading import LintItem
from itembank.textformat import ItemText, format_item

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
FIRST, SECOND, END = "SOAL PEDAGOGIK MATEMATIK", "SOAL MATEMATIKA SMA", "Instrumen nomor (2)"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="../shared/seeds is not here")

_ITEM = re.compile(r"(\d{1,2})\.\s+(.*)")
_OPTION = re.compile(r"\s*(?:-\s*)?[a-e]\.\s*(.*)")
_BULLET = re.compile(r"\s*-\s+(.*)")
_NUMBERED = re.compile(r"\d[.)]\s")

# Flaws that the field's experts and a computer algebra system found in the printed items, by rule. P: pedagogic, M:
# mathematics; a number stands for the item of that number.
KNOWN = {
    "same-answer": "M16 M17 M29",
    "missing-picture": "M25 M26",
    "key-marked": "M6 M21 M22 M39",
    "out-of-order": "M3 M8 M9 M21 M26 M30",
    "repeated-words": "P2 P6 P8 P16 P17 M5 M6",
    "uneven-beginnings": "P16",
    "vocabulary": "P1 P2 P4 P5 P7 P11 P12 P13 P14 P15 P16 P17 P18 P20 M10 M27",
    "foreign-words": "P1 P4 P10 P11 P13 P14 P17",
    "spelling": "P3 P9 P11 M1 M2 M18 M36 M37",
    "doubled-word": "P13",
    "dangling-reference": "M39",
    "mixed-units": "M4",
    "mixed-question": "M36",
    "unreduced-fraction": "M25",
    "stem-ending": "P11 P20 M9 M10 M11 M34 M39 M40",
}


@cache
def source_items() -> dict[str, ItemText]:
    """The printed items by P or M and their number."""
    text = next(text for path in sorted(SEEDS.glob("*.txt")) if FIRST in (text := path.read_text()))
    pedagogic, mathematics = text[text.index(FIRST) : text.index(END)].split(SECOND)
    return {item.code: item for part, letter in ((pedagogic, "P"), (mathematics, "M")) for item in _items(part, letter)}


def _items(part: str, letter: str) -> list[ItemText]:
    stems: list[list[str]] = []
    options: list[list[str]] = []
    for line in part.splitlines()[1:]:
        start = _ITEM.match(line)
        if start and int(start[1]) == len(stems) + 1:
            stems.append([start[2]])
            options.append([])
        elif stems:
            _sort_in(line, stem=stems[-1], options=options[-1])
    return [
        ItemText(f"{letter}{number}", "b", "I", "C2", "A", "\n".join(stem).strip(), tuple(chosen), "Kunci: A.")
        for number, (stem, chosen) in enumerate(zip(stems, options, strict=True), start=1)
    ]


def _sort_in(line: str, *, stem: list[str], options: list[str]) -> None:
    option, bullet = _OPTION.match(line), _BULLET.match(line)
    if option:
        options.append(option[1])
    elif bullet and not _NUMBERED.match(bullet[1]) and not bullet[1].startswith("Dari "):
        options.append(bullet[1])
    elif not options:
        stem.append(line)


def test_all_sixty_are_read_with_four_options() -> None:
    assert len(source_items()) == 60
    assert {len(item.options) for item in source_items().values()} == {4}


@pytest.mark.parametrize(("rule", "codes"), KNOWN.items())
def test_known_flaws_are_found(rule: str, codes: str) -> None:
    found = {
        code for code, item in source_items().items() if rule in {finding.code for finding in lint(LintItem.of(item))}
    }
    assert set(codes.split()) - found == set()


def test_the_option_that_was_lost_in_print_is_refused() -> None:
    with pytest.raises(OptionRefused, match="C"):
        format_item(source_items()["M12"])
