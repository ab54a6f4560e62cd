"""The linter: every rule finds its true examples at the right words, and stays silent at its false ones."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank.checklist import current_checklist
from itembank.linter.bank import key_imbalances, nearest_findings
from itembank.linter.linting import CHECKS, lint
from itembank.linter.quantities import Quantity, quantity
from itembank.linter.reading import LintItem, Text
from itembank.linter.roots import root
from itembank.linter.rulebook import Severity, current_rulebook, parse_rulebook
from itembank.linter.similarity import SimilarityIndex
from itembank.textformat import ItemText, shipped_items, shipped_media

EXAMPLES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "linter_examples.toml").read_text())["example"]
OF_THE_BANK = {"duplicate", "near-duplicate", "key-balance"}


def item_of(example: dict[str, Any]) -> LintItem:
    text = ItemText(
        code="X-1",
        blueprint="contoh",
        indicator="X",
        bloom="C3",
        key="A",
        stem=example.get("stem", "Kegiatan mana yang paling tepat?") * example.get("repeat_stem", 1),
        options=tuple(example.get("options", ("Diskusi", "Ceramah", "Penugasan", "Demonstrasi"))),
        rationale="Kunci: A.",
    )
    return LintItem.of(text, pictures=example.get("pictures"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each['rule']}-{bool(each.get('finds'))}")
def test_examples(example: dict[str, Any]) -> None:
    found = [finding for finding in lint(item_of(example)) if finding.code == example["rule"]]
    assert bool(found) is bool(example.get("finds")), [finding.words for finding in found]
    if "words" in example:
        assert example["words"] in [finding.words for finding in found]
    for finding in found:
        for language in ("id", "en"):
            assert finding.message(language)
            assert finding.remedy(language)


def test_every_rule_has_true_and_false_examples() -> None:
    for finds in (True, False):
        shown = {example["rule"] for example in EXAMPLES if bool(example.get("finds")) is finds}
        assert shown == {rule.code for rule in current_rulebook().rules} - OF_THE_BANK


def test_every_rule_of_the_book_is_checked_and_every_check_is_in_the_book() -> None:
    assert set(CHECKS) | OF_THE_BANK == {rule.code for rule in current_rulebook().rules}


def test_every_rule_serves_a_criterion_of_the_checklist() -> None:
    assert {rule.criterion for rule in current_rulebook().rules} <= set(current_checklist().codes)


def test_a_rule_can_be_switched_off() -> None:
    item = item_of({"stem": "Bagaimana guru mengetahui kemampuan awal siswa?"})
    book = current_rulebook()
    silent = book.model_copy(
        update={"rules": tuple(rule.model_copy(update={"enabled": rule.code != "vocabulary"}) for rule in book.rules)}
    )
    assert "vocabulary" in {finding.code for finding in lint(item)}
    assert "vocabulary" not in {finding.code for finding in lint(item, rulebook=silent)}


def test_a_rule_that_stands_twice_is_refused() -> None:
    rule = '[[rule]]\ncode="a"\ncriterion="K1"\nseverity="hint"\n' + "".join(
        f'{name}_{language}="x"\n' for name in ("message", "remedy") for language in ("id", "en")
    )
    with pytest.raises(ValueError, match="stands twice"):
        parse_rulebook('code="x"\nedition=1\n' + rule + rule)


def test_errors_come_first() -> None:
    item = item_of({"stem": "Siswa itu", "options": ["a", "a", "b", "c"]})
    severities = [finding.severity for finding in lint(item)]
    assert severities == sorted(severities, key=list(Severity).index)


def test_the_shipped_bank_is_clean_but_for_one_finding_in_twenty_items() -> None:
    media, items = shipped_media(), shipped_items()
    found = [finding for item in items for finding in lint(LintItem.of(item, pictures=media))]
    assert [finding.words for finding in found if finding.severity is not Severity.HINT] == []
    assert len(found) <= len(items) / 20


@given(st.text(max_size=300), st.lists(st.text(max_size=80), min_size=4, max_size=5))
def test_anything_can_be_linted_and_every_finding_points_into_its_part(stem: str, options: list[str]) -> None:
    item = LintItem(
        code="X",
        indicator="X",
        key="A",
        stem=Text("stem", stem),
        options=tuple(Text(letter, text) for letter, text in zip("ABCDE", options, strict=False)),
        rationale=Text("rationale", ""),
    )
    parts = {text.part: text.source for text in (*item.texts, item.rationale)}
    for finding in lint(item):
        assert 0 <= finding.start <= finding.end <= len(parts[finding.part])
        assert finding.message("id")
        assert finding.message("en")


# Words and numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [("pembelajaran", "belajar"), ("mengajar", "pengajaran"), ("peserta-peserta", "peserta"), ("bukunya", "buku")],
)
def test_forms_of_one_word_meet(one: str, other: str) -> None:
    assert root(one) == root(other)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Rp. 5.000,00", Quantity(5000, "Rp")),
        ("42.360", Quantity(42360)),
        ("3,14", Quantity(3.14)),
        ("-22", Quantity(-22)),
        ("100 cm^3", Quantity(100, "cm^3")),
        ("pukul 07.30", Quantity(450, "clock")),
        (r"$6\sqrt{6}$ cm", Quantity(6 * 6**0.5, "cm")),
        (r"$4\frac{23}{24}$", Quantity(4 + 23 / 24)),
        (r"$-\frac{3}{2}$", Quantity(-1.5)),
        (r"$2 \cdot 10^{3}$", Quantity(2000)),
        (r"$3 - 2 \cdot 5$", Quantity(-7)),
        (r"$(64 + 64\sqrt{2})$ m", Quantity(64 + 64 * 2**0.5, "m")),
        ("1 dan 2", None),
        ("$x > 3$", None),
        (r"$\frac{1}{0}$", None),
        (r"$9^{9^{9}}$", None),
        ("", None),
    ],
)
def test_quantities(text: str, value: Quantity | None) -> None:
    found = quantity(text)
    if value is None:
        assert found is None
    else:
        assert found is not None
        assert found.unit == value.unit
        assert found.value == pytest.approx(value.value)


@given(st.integers(-99_999, 99_999), st.sampled_from(["", " cm", " kursi", "%"]))
def test_whole_numbers_are_read_in_prose_and_in_maths(number: int, unit: str) -> None:
    prose, maths = quantity(f"{number}{unit}"), quantity(f"${number}${unit}")
    assert prose == maths == Quantity(number, unit.strip())


# More than one item -----------------------------------------------------------------------------------------------


def bank() -> dict[str, LintItem]:
    return {item.code: LintItem.of(item) for item in shipped_items()}


def reworded(item: LintItem, *, stem: str, options: tuple[str, ...]) -> LintItem:
    texts = tuple(Text(letter, text) for letter, text in zip("ABCD", options, strict=True))
    return LintItem("X-1", item.indicator, item.key, Text("stem", stem), texts, item.rationale)


def test_a_reworded_item_is_known_again_with_other_names_and_numbers() -> None:
    items = bank()
    new = reworded(
        items["MAT-PRO-02-1"],
        stem="Aula sebuah sekolah mempunyai 20 baris bangku. Baris paling depan berisi 12 bangku, dan tiap baris di "
        "belakangnya berisi 4 bangku lebih banyak dari baris sebelumnya. Tentukan jumlah bangku dalam aula itu!",
        options=("88 bangku", "990 bangku", "1.000 bangku", "1.040 bangku"),
    )
    (found,) = nearest_findings(new, SimilarityIndex(items.values()), text_of=items.__getitem__)
    assert (found.code, found.values["item"]) == ("near-duplicate", "MAT-PRO-02-1")


def test_the_same_item_in_another_order_is_a_duplicate() -> None:
    items = bank()
    old = items["MAT-PED-01-1"]
    options = tuple(option.source.upper() for option in reversed(old.options))
    new = reworded(old, stem=old.stem.source + " ", options=options)
    (found,) = nearest_findings(new, SimilarityIndex(items.values()), text_of=items.__getitem__)
    assert (found.code, found.severity) == ("duplicate", Severity.ERROR)


def test_different_items_of_the_shipped_bank_are_not_taken_for_one_another() -> None:
    items = bank()
    index = SimilarityIndex(items.values())
    found = [each for item in items.values() for each in nearest_findings(item, index, text_of=items.__getitem__)]
    assert [(each.values["item"], each.words[:40]) for each in found] == []


def test_an_item_is_not_its_own_neighbour() -> None:
    items = bank()
    item = items["MAT-PED-01-1"]
    assert all(near.code != item.code for near in SimilarityIndex(items.values()).nearest(item, n=5))


def test_an_empty_bank_has_no_neighbours() -> None:
    assert SimilarityIndex().nearest(bank()["MAT-PED-01-1"]) == []


def test_keys_out_of_balance_are_told_by_letter() -> None:
    keys = "A" * 20 + "B" * 10 + "C" * 8 + "D" * 2
    found = key_imbalances(keys, n_options=4)
    assert [(each.letter, each.found) for each in found] == [("A", 20), ("D", 2)]
    assert "8" in found[0].message()
    assert "12" in found[0].message("en")
    assert key_imbalances("ABCD" * 10, n_options=4) == []
