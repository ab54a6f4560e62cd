"""No professional item ships with a wrong key, a lost indicator or a missing figure.

The computations stand in professional_answers.py; here they meet the shipped files.
"""

import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from xml.etree import ElementTree

import pytest

from itembank.textformat import BlueprintText, ItemText, parse_blueprint, parse_item
from tests.unit.itembank import professional_answers_early, professional_answers_late
from tests.unit.itembank.option_values import (
    UnreadableOptionError,
    expression,
    finite_set,
    number,
    numbers_of_one_kind,
    solution_set,
    truth_table,
)
from tests.unit.itembank.professional_answers import BOOKS_READ, NOT_COMPUTED, RECOMPUTED, VECTORS

# Importing them enters their computations.
assert professional_answers_early.FIRST < professional_answers_late.FIRST

CONTENT = files("itembank") / "content"
FOLDER = CONTENT / "items" / "matematika-profesional"
BLOOM_C2 = {1, 5, 6, 37, 39, 40}
BLOOM_C4 = {3, 4, 7, 8, 12, 15, 18, 28, 36, 38}
# Options that are words, statements, formulas, sets or matrices have no order of size.
NOT_ORDERED = {1, 4, 5, 6, 14, 19, 20, 23, 29, 31, 34, 37, 38, 39, 40}
SVG = "{http://www.w3.org/2000/svg}"


SERIES = 3  # complete series, each with one item for every indicator


def _code(running: int, series: int = 1) -> str:
    return f"MAT-PRO-{running:02d}-{series}"


def _shipped() -> dict[str, ItemText]:
    texts = [file for file in FOLDER.iterdir() if file.name.endswith(".item.md")]
    items = [parse_item(file.read_text(encoding="utf-8"), source=file.name) for file in texts]
    assert all(file.name == f"{item.code}.item.md" for file, item in zip(texts, items, strict=True))
    return {item.code: item for item in items}


ITEMS = _shipped()


def _blueprint() -> BlueprintText:
    file = CONTENT / "blueprints" / "matematika-profesional.toml"
    return parse_blueprint(file.read_text(encoding="utf-8"), source=file.name)


# The blueprint


def test_the_blueprint_has_the_counts_of_the_source() -> None:
    [core] = _blueprint().cores
    assert [competency.code for competency in core.competencies] == [f"M1.{n}" for n in range(1, 14)]
    assert [competency.regulation for competency in core.competencies] == [f"20.{n}" for n in range(1, 14)]
    assert [len(competency.indicators) for competency in core.competencies] == [3, 1, 2, 3, 4, 4, 4, 5, 2, 2, 5, 2, 3]


def test_indicators_stand_in_the_order_of_the_source() -> None:
    """The source lists 36 between 39 and 40, where its competency belongs."""
    expected = [*range(1, 36), 37, 38, 39, 36, 40]
    assert [indicator.code for indicator in _blueprint().indicators()] == [f"M{n:02d}" for n in expected]


def test_bloom_levels_are_those_of_the_source() -> None:
    for indicator in _blueprint().indicators():
        running = int(indicator.code.removeprefix("M"))
        expected = "C2" if running in BLOOM_C2 else "C4" if running in BLOOM_C4 else "C3"
        assert indicator.bloom == expected, indicator.code


def test_each_indicator_has_items_of_its_level() -> None:
    assert set(ITEMS) >= {_code(n, series) for n in range(1, 41) for series in range(1, SERIES + 1)}
    assert set(ITEMS) <= {_code(n, series) for n in range(1, 41) for series in (1, 2, 3)}
    levels = {indicator.code: indicator.bloom for indicator in _blueprint().indicators()}
    for item in ITEMS.values():
        assert item.blueprint == "matematika-profesional"
        assert item.indicator == "M" + item.code.split("-")[2]
        assert item.bloom == levels[item.indicator], item.code


# The keys


def test_every_item_is_recomputed_or_excluded_by_name() -> None:
    assert set(ITEMS) == set(RECOMPUTED) | set(NOT_COMPUTED)
    assert not set(RECOMPUTED) & set(NOT_COMPUTED)
    assert len(NOT_COMPUTED) <= len(ITEMS) / 10


@pytest.mark.parametrize("code", sorted(RECOMPUTED))
def test_the_key_is_the_only_right_option(code: str) -> None:
    item, recomputation = ITEMS[code], RECOMPUTED[code]
    lost = [words for words in recomputation.stem_holds if words not in item.stem]
    assert not lost, f"the stem of {code} no longer holds the data of its computation: {lost}"
    right = [letter for letter, holds in zip("ABCD", recomputation.judge(item.options), strict=True) if holds]
    assert right == [item.key]


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_the_rationale_names_the_key_and_explains_the_other_options(code: str) -> None:
    item = ITEMS[code]
    assert item.rationale.startswith(f"Kunci: {item.key}. ")
    explained = set(re.findall(r"Pilihan ([A-D])", item.rationale))
    assert explained == set("ABCD") - {item.key}


@pytest.mark.parametrize("series", range(1, SERIES + 1))
def test_key_positions_are_balanced_and_do_not_run(series: int) -> None:
    keys = "".join(ITEMS[_code(n, series)].key for n in range(1, 41))
    assert Counter(keys) == {"A": 10, "B": 10, "C": 10, "D": 10}
    assert not re.search(r"(.)\1\1", keys), keys


def test_no_indicator_keeps_its_key_in_one_place() -> None:
    keys = {n: {ITEMS[_code(n, series)].key for series in range(1, SERIES + 1)} for n in range(1, 41)}
    assert [n for n, letters in keys.items() if len(letters) == 1] == []


# The options


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_four_options_that_differ_also_as_numbers(code: str) -> None:
    options = ITEMS[code].options
    assert len(set(options)) == 4
    values = numbers_of_one_kind(options)
    if values is not None:
        assert len(set(values)) == 4


@pytest.mark.parametrize("running", sorted(set(range(1, 41)) - NOT_ORDERED))
def test_numeric_options_ascend(running: int) -> None:
    values = numbers_of_one_kind(ITEMS[_code(running)].options)
    assert values is not None, "the options are no longer numbers with one unit"
    assert values == sorted(values)


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_options_that_are_numbers_ascend(code: str) -> None:
    values = numbers_of_one_kind(ITEMS[code].options)
    assert values is None or values == sorted(values)


@pytest.mark.parametrize("running", sorted(NOT_ORDERED))
def test_options_without_an_order_are_not_numbers(running: int) -> None:
    assert numbers_of_one_kind(ITEMS[_code(running)].options) is None


# The stems


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_the_stem_is_a_whole_question_or_ends_in_three_dots(code: str) -> None:
    assert re.search(r"\w[^.\s]*\?$|[^.\s] \.\.\.$", ITEMS[code].stem)


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_no_negative_stem_no_collective_option_no_stray_word(code: str) -> None:
    item = ITEMS[code]
    assert not re.search(r"\b(bukan|kecuali)\b", item.stem, re.IGNORECASE)
    shown = "\n".join((item.stem, *item.options))
    assert not re.search(r"\b(siswa|anak didik|di (atas|bawah) ini|semua (benar|salah))\b", shown, re.IGNORECASE)


# The figures


def _pictures() -> Iterator[tuple[str, str]]:
    for code, item in sorted(ITEMS.items()):
        for alt, name in re.findall(r"!\[([^\]]*)\]\(figures/([^)]+)\)", item.stem + item.rationale):
            assert len(alt) > 40, f"{code}: the picture needs a description"
            yield code, name


def _drawing(name: str) -> ElementTree.Element:
    return ElementTree.fromstring((FOLDER / "figures" / name).read_text(encoding="utf-8"))  # noqa: S314 -- ours


def test_every_figure_is_used_and_every_used_figure_exists() -> None:
    names = [name for _, name in _pictures()]
    assert sorted(names) == sorted(file.name for file in (FOLDER / "figures").iterdir())
    assert all(name == f"{code}.svg" for code, name in _pictures())
    assert len(names) >= 8


@pytest.mark.parametrize("name", [name for _, name in _pictures()])
def test_a_figure_is_a_drawing_and_nothing_else(name: str) -> None:
    allowed = {"svg", "rect", "line", "polyline", "polygon", "circle", "path", "text"}
    root = _drawing(name)
    assert root.get("viewBox")
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in allowed
        assert not [attribute for attribute in element.attrib if "href" in attribute or attribute.startswith("on")]
        assert "url(" not in "".join(element.attrib.values())
    assert all(float(text.get("font-size", "0")) >= 16 for text in root.iter(f"{SVG}text"))


def _points(element: ElementTree.Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in element.get("points", "").split())
    return [(float(across), float(down)) for across, down in pairs]


def test_the_bars_have_the_heights_of_the_chart() -> None:
    bars = [_points(bar) for bar in _drawing("MAT-PRO-11-1.svg").iter(f"{SVG}polygon")]
    heights = [max(y for _, y in bar) - min(y for _, y in bar) for bar in bars]
    unit = heights[0] / BOOKS_READ[0]
    assert heights == pytest.approx([unit * readers for readers in BOOKS_READ.values()])


def test_the_arrows_are_the_vectors() -> None:
    root = _drawing("MAT-PRO-34-1.svg")
    starts = [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in root.iter(f"{SVG}circle")]
    tips = [_points(head)[0] for head in root.iter(f"{SVG}polygon")]
    steps = [((tip[0] - start[0]) / 40, (start[1] - tip[1]) / 40) for start, tip in zip(starts, tips, strict=True)]
    assert steps == list(VECTORS.values())


# The reader of options itself


@pytest.mark.parametrize("text", ["$3x +$", "12 buah", r"$\tan x$", "$2 = 2$", r"$\frac{1}{2$", "3.40", r"$p \land$"])
def test_what_is_not_understood_is_refused(text: str) -> None:
    for read in (number, expression, finite_set, solution_set, truth_table("p")):
        with pytest.raises(UnreadableOptionError):
            read(text)


def test_mixed_connectives_need_brackets() -> None:
    with pytest.raises(UnreadableOptionError):
        truth_table("pqr")(r"$p \land q \lor r$")
