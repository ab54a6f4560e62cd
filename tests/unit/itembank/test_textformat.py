"""The shipped text files are read exactly, written back the same, and refused with file, line and remedy."""

import re
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itembank import errors
from itembank.textformat import (
    ItemText,
    format_item,
    parse_blueprint,
    parse_forms,
    parse_item,
    render_item,
    shipped_blueprints,
    shipped_forms,
    shipped_items,
    shipped_media,
)

# A loaded machine is no failure.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ITEM = """+++
code = "MAT-PRO-01-1"
blueprint = "matematika-profesional"
indicator = "M01"
bloom = "C2"
key = "B"
+++

## Soal

Nilai $1{,}5^2$ adalah ….

## Pilihan

- A. $2{,}15$
- B. $2{,}25$
- C. $3{,}00$
  (dibulatkan)
- D. $3{,}25$

## Pembahasan

Kunci: B.

- Pilihan A menarik karena …
"""


def test_an_item_is_read_part_by_part() -> None:
    assert parse_item(ITEM, source="a.item.md") == ItemText(
        code="MAT-PRO-01-1",
        blueprint="matematika-profesional",
        indicator="M01",
        bloom="C2",
        key="B",
        stem="Nilai $1{,}5^2$ adalah ….",
        options=("$2{,}15$", "$2{,}25$", "$3{,}00$\n(dibulatkan)", "$3{,}25$"),
        rationale="Kunci: B.\n\n- Pilihan A menarik karena …",
    )


def test_an_item_is_written_as_it_was_read() -> None:
    assert format_item(parse_item(ITEM, source="a.item.md")) == ITEM


def test_windows_line_ends_and_a_byte_order_mark_are_harmless() -> None:
    assert parse_item("\ufeff" + ITEM.replace("\n", "\r\n"), source="a") == parse_item(ITEM, source="a")


_LINE = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=30).map(str.strip)
_SAFE_LINE = _LINE.filter(lambda line: line and not line.startswith("## "))
_TEXT = st.lists(_SAFE_LINE, min_size=1, max_size=4).map("\n".join) | st.lists(_SAFE_LINE, min_size=2).map("\n\n".join)
_OPTIONS = st.lists(_TEXT, min_size=4, max_size=5, unique_by=lambda text: " ".join(text.split())).map(tuple)
_CODE = st.from_regex(r"[A-Z]{3}-[A-Z]{3}-[0-9]{2}-[1-9]", fullmatch=True)


@st.composite
def _items(draw: st.DrawFn) -> ItemText:
    options = draw(_OPTIONS)
    return ItemText(
        code=draw(_CODE),
        blueprint=draw(st.text(string.ascii_lowercase, min_size=1)),
        indicator=draw(st.from_regex("[PM][0-9]{2}", fullmatch=True)),
        bloom=draw(st.sampled_from(["C1", "C2", "C3", "C4", "C5", "C6"])),
        key=draw(st.sampled_from("ABCDE"[: len(options)])),
        stem=draw(_TEXT),
        options=options,
        rationale=draw(_TEXT),
    )


@_UNHURRIED
@given(_items())
def test_reading_undoes_writing(item: ItemText) -> None:
    assert parse_item(format_item(item), source="x") == item


def test_what_could_not_be_read_back_is_not_written() -> None:
    item = parse_item(ITEM, source="a")
    with pytest.raises(errors.SectionRefused):
        format_item(ItemText(**{**vars(item), "stem": "a\n\n## Soal\n\nb"}))


@pytest.mark.parametrize(
    ("old", "new", "error", "line"),
    [
        ("+++\ncode", "code", errors.FrontMatterMissing, 1),
        ("+++\n\n## Soal", "\n## Soal", errors.FrontMatterMissing, 25),
        ('bloom = "C2"', "bloom = C2", errors.TomlRefused, 5),
        ('bloom = "C2"', 'bloom = "C7"', errors.FieldRefused, 5),
        ('bloom = "C2"', 'bloom = "C2"\nlevel = "x"', errors.FieldRefused, 6),
        ('bloom = "C2"\n', "", errors.FieldRefused, 2),
        ('key = "B"', "key = 2", errors.FieldRefused, 6),
        ('key = "B"', 'key = "E"', errors.KeyNotAnOption, 6),
        ("## Soal\n\nNilai", "Nilai", errors.SectionRefused, 9),
        ("## Pilihan", "## Opsi", errors.SectionRefused, 13),
        ("## Pembahasan", "Pembahasan", errors.SectionRefused, 26),
        ("## Pembahasan\n\nKunci: B.\n\n- Pilihan A menarik karena …\n", "", errors.SectionRefused, 21),
        ("Kunci: B.\n\n- Pilihan A menarik karena …\n", "", errors.SectionRefused, 21),
        ("Kunci: B.", "## Catatan\n\nx", errors.SectionRefused, 23),
        ("Nilai $1{,}5^2$ adalah ….", "", errors.SectionRefused, 9),
        ("- B. $2{,}25$\n", "", errors.OptionRefused, 16),
        ("- B. ", "- b. ", errors.OptionRefused, 16),
        ("- B. $2{,}25$", "- B.", errors.OptionRefused, 16),
        ("- D. $3{,}25$\n", "", errors.OptionCountRefused, 13),
        ("- D. $3{,}25$\n", "- D. 1\n- E. 2\n- F. 3\n", errors.OptionRefused, 21),
        ("$3{,}25$", "$2{,}15$", errors.DuplicateOption, 13),
    ],
)
def test_a_refused_item_names_file_and_line(old: str, new: str, error: type[errors.SourceError], line: int) -> None:
    assert ITEM.count(old) == 1
    with pytest.raises(error, match=rf"^a\.item\.md:{line}: "):
        parse_item(ITEM.replace(old, new), source="a.item.md")


def test_settings_nested_without_end_are_refused() -> None:
    with pytest.raises(errors.TomlRefused, match=r"^a:2: .*nested too deeply"):
        parse_item(ITEM.replace('bloom = "C2"', "bloom = " + "[" * 100_000), source="a")


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(errors.FrontMatterMissing):
        parse_item("", source="a")


def test_an_item_that_cannot_be_shown_names_the_part() -> None:
    item = parse_item(ITEM.replace("$2{,}25$", r"$\foo$"), source="a")
    with pytest.raises(errors.SourceTextRefused, match=r"^MAT-PRO-01-1: Pilihan B: Line 1: .*\\foo"):
        render_item(item, media=())


BLUEPRINT = """code = "contoh"
title = "Contoh"
subject = "Matematika"
levels = ["SMP"]
section = "professional"
n_options = 4
version = 1

[[core]]
code = "M1"
title = "Inti"
[[core.competency]]
code = "M1.1"
source_code = "1.1"
title = "Bilangan"
[[core.competency.indicator]]
code = "M01"
source_code = "1.1.1"
bloom = "C2"
text = "Menjelaskan"
[[core.competency.indicator]]
code = "M02"
source_code = "1.1.2"
bloom = "C3"
text = "Menerapkan"
"""


def test_a_blueprint_is_read_with_its_indicators_in_order() -> None:
    blueprint = parse_blueprint(BLUEPRINT, source="b.toml")
    assert [indicator.code for indicator in blueprint.indicators()] == ["M01", "M02"]
    assert blueprint.cores[0].competencies[0].regulation is None


@pytest.mark.parametrize(
    ("old", "new", "error", "line"),
    [
        ("version = 1", "version = ", errors.TomlRefused, 7),
        ("version = 1", 'version = "1"', errors.FieldRefused, 7),
        ('section = "professional"\n', "", errors.FieldRefused, 1),
        ('bloom = "C3"', 'bloom = "tiga"', errors.FieldRefused, 24),
        ('text = "Menerapkan"', 'words = "Menerapkan"', errors.FieldRefused, 21),
        ('code = "M02"', 'code = "M01"', errors.DuplicateCode, 22),
    ],
)
def test_a_refused_blueprint_names_file_and_line(
    old: str, new: str, error: type[errors.SourceError], line: int
) -> None:
    with pytest.raises(error, match=rf"^b\.toml:{line}: "):
        parse_blueprint(BLUEPRINT.replace(old, new), source="b.toml")


def test_an_error_in_the_second_core_is_not_looked_for_in_the_first() -> None:
    second = BLUEPRINT[BLUEPRINT.index("[[core]]") :].replace("M1", "M2").replace("M0", "M9").replace("C2", "hafal")
    with pytest.raises(errors.FieldRefused, match=r"^b\.toml:36: core\.2\.competency\.1\.indicator\.1\.bloom: "):
        parse_blueprint(BLUEPRINT + second, source="b.toml")


FORMS = """[[form]]
code = "satu"
title = "Satu"
n_items = 5
pass_percent = 75
duration_minutes = 60
key_position_min = 1
key_position_max = 2

[[form.section]]
code = "professional"
title = "Inti"
blueprint = "contoh"
n_items = 5

[form.section.allocation]
"M1.1" = 2
"M1.2" = 3
"""


def test_a_form_is_read_with_its_allocation() -> None:
    (form,) = parse_forms(FORMS)
    assert form.sections[0].allocation == {"M1.1": 2, "M1.2": 3}


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ('"M1.2" = 3', '"M1.2" = 4', r"10: .*adds up to 6"),
        ('"M1.2" = 3', '"M1.2" = -3', r"18: "),
        ('blueprint = "contoh"', 'blueprint = "contoh"\nper_indicator = 1', r"10: .*exactly one"),
        ("n_items = 5\npass", "n_items = 6\npass", r"1: .*sections hold 5"),
        ("key_position_max = 2", "key_position_max = 2\nkey_position_step = 1", r"9: "),
        ("key_position_min = 1", "key_position_min = 3", r"1: .*key_position"),
    ],
)
def test_a_form_that_does_not_add_up_is_refused(old: str, new: str, detail: str) -> None:
    with pytest.raises(errors.FieldRefused, match=r"^forms\.toml:" + detail):
        parse_forms(FORMS.replace(old, new))


# What ships


def test_every_shipped_item_can_be_shown_and_is_in_its_blueprint() -> None:
    media = shipped_media()
    indicators = {
        (blueprint.code, indicator.code): indicator.bloom
        for blueprint in shipped_blueprints()
        for indicator in blueprint.indicators()
    }
    items = shipped_items()
    assert len({item.code for item in items}) == len(items) > 0
    for item in items:
        assert indicators[item.blueprint, item.indicator] == item.bloom, item.code
        assert render_item(item, media=media).stem.html
        assert re.fullmatch(r"[A-Z]+-[A-Z]+-\d\d-\d+", item.code)


def test_every_shipped_form_uses_shipped_blueprints() -> None:
    blueprints = {blueprint.code for blueprint in shipped_blueprints()}
    assert {section.blueprint for form in shipped_forms() for section in form.sections} <= blueprints
