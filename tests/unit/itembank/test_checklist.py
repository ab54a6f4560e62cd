"""The shipped checklist holds the sixteen criteria, each in two languages, and a broken one is refused."""

import pytest
from pydantic import ValidationError

from itembank.checklist import CriterionGroup, current_checklist, parse_checklist

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


def test_a_criterion_that_stands_twice_is_refused() -> None:
    criterion = """
[[criterion]]
code = "M1"
group = "material"
title_id = "a"
title_en = "b"
help_id = "c"
help_en = "d"
"""
    head = 'code = "x"\nedition = 1\nshipped_comment = "y"\n'
    assert parse_checklist(head + criterion).codes == ("M1",)
    with pytest.raises(ValidationError, match="twice"):
        parse_checklist(head + criterion * 2)
