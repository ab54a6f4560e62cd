"""The shipped checklist holds the sixteen criteria, each in two languages, and a broken one is refused."""

import pytest

from itembank.checklist import CriterionGroup, current_checklist, parse_checklist
from itembank.errors import DuplicateCode, SourceError

CODES = ["M1", "M2", "M3", *(f"K{number}" for number in range(1, 10)), "B1", "B2", "B3", "B4"]


def test_the_sixteen_criteria_stand_in_their_groups() -> None:
    checklist = current_checklist()
    assert list(checklist.codes) == CODES
    groups = checklist.grouped()
    assert [criterion.code for criterion in groups[CriterionGroup.MATERIAL]] == CODES[:3]
    assert [criterion.code for criterion in groups[CriterionGroup.CONSTRUCTION]] == CODES[3:12]
    assert [criterion.code for criterion in groups[CriterionGroup.LANGUAGE]] == CODES[12:]


def test_every_criterion_speaks_both_languages() -> None:
    for criterion in current_checklist().criteria:
        assert criterion.title("id") != criterion.title("en")
        assert criterion.help("id") != criterion.help("en")
        assert len(criterion.title("id")) <= 60


def test_reviews_name_the_edition_that_they_marked() -> None:
    assert current_checklist().name == "telaah-16/1"


HEAD = 'code = "lain"\nedition = 2\n'
CRITERION = """
[[criterion]]
code = "A1"
group = "construction"
title_id = "a"
title_en = "b"
help_id = "c"
help_en = "d"
"""


def test_a_criterion_that_stands_twice_is_refused_with_its_line() -> None:
    assert parse_checklist(HEAD + CRITERION).codes == ("A1",)
    with pytest.raises(DuplicateCode) as caught:
        parse_checklist(HEAD + CRITERION * 2)
    assert caught.value.params["line"] == 13


def test_a_criterion_of_another_checklist_says_what_it_stands_for() -> None:
    other = parse_checklist(HEAD + CRITERION + 'covers = ["K6", "K7"]\n')
    assert [criterion.code for criterion in other.standing_for("K7")] == ["A1"]
    assert other.standing_for("A1") == ()
    assert [criterion.code for criterion in current_checklist().standing_for("K7")] == ["K7"]


@pytest.mark.parametrize(
    "wrong",
    [
        CRITERION.replace('"construction"', '"lain"'),
        CRITERION.replace('"A1"', '"a-1"'),
        CRITERION + 'weight = "3"\n',
        CRITERION.replace('title_en = "b"\n', ""),
        "[[criterion]",
        "",
    ],
)
def test_a_checklist_that_cannot_be_read_is_refused_as_a_file(wrong: str) -> None:
    with pytest.raises(SourceError, match=r"daftar\.toml:\d+:"):
        parse_checklist(HEAD + wrong, source="daftar.toml")
