"""The shipped pedagogic plan, its items and the form specifications keep the rules that a reviewer checks by hand.

Only rules that a program can decide stand here; whether a distractor tempts is a reviewer's work. The items are read
with a few lines of our own, so that a mistake in the bank's parser cannot hide a mistake in an item.
"""

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CONTENT = Path(__file__).parents[3] / "itembank" / "content"
BLUEPRINT = "matematika-pedagogik"
SERIES = 3  # items for every indicator; each series makes a form of its own
BLOOM = {
    "C2": {1, 3, 10, 17, 18},
    "C3": {2, 6, 7, 8, 11, 12, 14, 19, 20},
    "C4": {4, 5, 9, 13},
    "C5": {15, 16},
}
COMPETENCIES_PER_CORE = {"P1": 2, "P2": 2, "P3": 3, "P4": 2, "P5": 1, "P6": 2, "P7": 2, "P8": 2, "P9": 4}
REGULATION = {
    "P1.1": "1.2",
    "P1.2": "1.3",
    "P4.1": "4.2",
    "P4.2": "4.5",
    "P8.2": "8.3",
    "P9.2": "9.3",
    "P9.3": "10.2",
    "P9.4": "10.3",
}
VERBS = {
    "C2": {"Menjelaskan", "Mencontohkan"},
    "C3": {"Menentukan", "Menetapkan", "Menggunakan", "Melengkapi", "Menerapkan"},
    "C4": {"Menganalisis", "Menelaah", "Membandingkan"},
    "C5": {"Menilai", "Memutuskan"},
}
FORBIDDEN_ANYWHERE = r"siswa|siswi|murid|anak didik|semua benar|semua salah|di atas|di bawah ini"
FORBIDDEN_IN_ITEM = r"kecuali|bukan|tidak benar|tidak tepat|semua jawaban"
ENGLISH = r"pre-?test|post-?test|software|hardware|slider|feedback|problem|learning|teacher|student|games?|online"


@dataclass(frozen=True)
class ShippedItem:
    """What the checks below look at in one item file."""

    code: str
    head: dict[str, str]
    stem: str
    options: dict[str, str]
    rationale: str

    @property
    def key(self) -> str:
        return self.head["key"]

    @property
    def text(self) -> str:
        return "\n".join([self.stem, *self.options.values()])


def load_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_item(path: Path) -> ShippedItem:
    _, head, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    stem, rest = body.split("## Soal\n")[1].split("## Pilihan\n")
    options, rationale = rest.split("## Pembahasan\n")
    found = re.findall(r"^- ([A-Z])\. (.+)$", options, flags=re.MULTILINE)
    assert len(found) == len(options.strip().splitlines()), path.name
    return ShippedItem(path.name.removesuffix(".item.md"), tomllib.loads(head), stem.strip(), dict(found), rationale)


PLAN = load_toml(CONTENT / "blueprints" / f"{BLUEPRINT}.toml")
COMPETENCIES = [competency for core in PLAN["core"] for competency in core["competency"]]
INDICATORS = [indicator for competency in COMPETENCIES for indicator in competency["indicator"]]
ITEMS = [read_item(path) for path in sorted((CONTENT / "items" / BLUEPRINT).glob("*.item.md"))]
FORMS = {form["code"]: form for form in load_toml(CONTENT / "forms.toml")["form"]}
each_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower())


# The plan


def test_the_plan_has_nine_cores_and_twenty_competencies_with_one_indicator_each() -> None:
    assert {core["code"]: len(core["competency"]) for core in PLAN["core"]} == COMPETENCIES_PER_CORE
    assert [len(competency["indicator"]) for competency in COMPETENCIES] == [1] * 20
    assert [indicator["code"] for indicator in INDICATORS] == [f"P{n:02}" for n in range(1, 21)]


def test_bloom_levels_follow_the_published_plan() -> None:
    found: dict[str, set[int]] = {}
    for indicator in INDICATORS:
        found.setdefault(indicator["bloom"], set()).add(int(indicator["code"][1:]))
    assert found == BLOOM


def test_source_codes_are_kept_with_their_gap() -> None:
    for competency in COMPETENCIES:
        source = competency["source_code"]
        assert competency["code"] == f"P{source}"
        last = "2" if source == "2.2" else "1"  # the published plan has 2.2.2 and no 2.2.1
        assert [indicator["source_code"] for indicator in competency["indicator"]] == [f"{source}.{last}"]


def test_the_regulation_stands_where_a_reference_is_at_hand() -> None:
    assert {c["code"]: c["regulation"] for c in COMPETENCIES if "regulation" in c} == REGULATION
    assert [core["regulation"] for core in PLAN["core"]] == list("123456789")


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator["code"])
def test_an_indicator_opens_with_a_measurable_verb_of_its_level(indicator: dict[str, str]) -> None:
    assert indicator["text"].split()[0] in VERBS[indicator["bloom"]]


# The items


def test_every_indicator_has_its_items() -> None:
    assert [item.code for item in ITEMS] == [f"MAT-PED-{n:02}-{m}" for n in range(1, 21) for m in range(1, SERIES + 1)]


@each_item
def test_the_head_agrees_with_the_plan(item: ShippedItem) -> None:
    number = item.code.split("-")[2]
    bloom = {indicator["code"]: indicator["bloom"] for indicator in INDICATORS}
    expected = {"code": item.code, "blueprint": BLUEPRINT, "indicator": f"P{number}", "bloom": bloom[f"P{number}"]}
    assert item.head == expected | {"key": item.key}


@each_item
def test_four_different_options_one_of_them_the_key(item: ShippedItem) -> None:
    assert list(item.options) == list("ABCD")
    assert len(set(item.options.values())) == 4
    assert item.key in item.options


@pytest.mark.parametrize("series", range(1, SERIES + 1))
def test_key_positions_are_balanced_without_long_runs(series: int) -> None:
    keys = "".join(item.key for item in ITEMS if item.code.endswith(f"-{series}"))
    assert Counter(keys) == dict.fromkeys("ABCD", 5)
    assert not re.search(r"(.)\1\1", keys)
    assert not any(keys.startswith(keys[:n] * 2) for n in range(2, 11))


@each_item
def test_the_stem_is_a_question(item: ShippedItem) -> None:
    assert item.stem.endswith("?")
    assert not any(option.endswith((".", "?", ",")) for option in item.options.values())


@each_item
def test_the_vocabulary_is_the_schools_own(item: ShippedItem) -> None:
    for text in (item.text, item.rationale):
        assert not re.search(rf"\b(?:{FORBIDDEN_ANYWHERE}|{ENGLISH})\b", text.lower())
    assert not re.search(rf"\b(?:{FORBIDDEN_IN_ITEM})\b", item.text.lower())


@each_item
def test_options_neither_open_alike_nor_repeat_a_word_four_times(item: ShippedItem) -> None:
    options = [words(option) for option in item.options.values()]
    assert len({option[0] for option in options}) == 4
    shared = set.intersection(*(set(option) for option in options))
    assert not {word for word in shared if len(word) > 4}


@each_item
def test_options_are_of_similar_length(item: ShippedItem) -> None:
    lengths = [len(option) for option in item.options.values()]
    assert max(lengths) <= 1.5 * min(lengths)


def test_the_key_is_seldom_the_longest_or_the_shortest_option() -> None:
    lengths = [(len(item.options[item.key]), [len(option) for option in item.options.values()]) for item in ITEMS]
    assert sum(key == max(options) for key, options in lengths) <= 0.4 * len(ITEMS)
    assert sum(key == min(options) for key, options in lengths) <= 0.4 * len(ITEMS)


@each_item
def test_the_rationale_names_the_key_and_judges_every_distractor(item: ShippedItem) -> None:
    assert item.rationale.strip().startswith(f"Kunci: {item.key}. ")
    judged = re.findall(r"^- Pilihan ([A-D]) ", item.rationale, flags=re.MULTILINE)
    assert judged == [letter for letter in "ABCD" if letter != item.key]


def test_some_items_make_the_teacher_read_a_table() -> None:
    assert sum("\n|---" in item.stem for item in ITEMS) >= 2


# The forms


@each_form
def test_the_sections_of_a_form_add_up(form: dict[str, Any]) -> None:
    assert sum(section["n_items"] for section in form["section"]) == form["n_items"]
    assert 4 * form["key_position_min"] <= form["n_items"] <= 4 * form["key_position_max"]
    assert form["pass_percent"] == 75


@each_form
def test_a_section_spreads_its_items_in_one_way(form: dict[str, Any]) -> None:
    for section in form["section"]:
        assert len({"per_indicator", "min_per_core", "allocation"} & set(section)) == 1
        if "allocation" in section:
            assert sum(section["allocation"].values()) == section["n_items"]


def test_the_written_test_is_twelve_and_twenty_eight_in_two_hours() -> None:
    form = FORMS["uji-tulis-40"]
    pedagogic, professional = form["section"]
    assert (pedagogic["n_items"], pedagogic["min_per_core"], form["duration_minutes"]) == (12, 1, 120)
    expected = [2, 1, 1, 2, 3, 3, 3, 4, 1, 1, 4, 1, 2]
    assert professional["allocation"] == {f"M1.{n}": count for n, count in enumerate(expected, start=1)}


def test_the_complete_forms_hold_every_indicator() -> None:
    sizes = {code: form["n_items"] for code, form in FORMS.items()}
    assert sizes == {"uji-tulis-40": 40, "full-60": 60, "pedagogik-20": 20, "profesional-40": 40}
    complete = [section for code in list(FORMS)[1:] for section in FORMS[code]["section"]]
    assert [section["per_indicator"] for section in complete] == [1] * 4
