"""The file of a blueprint: read, written, and the same again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.errors import SourceError
from itembank.plantext import (
    BlueprintText,
    CompetencyText,
    CoreText,
    IndicatorText,
    format_blueprint,
    parse_blueprint,
)
from itembank.textformat import shipped_blueprints

PLAN = """
code = "uji"
title = "Uji"
subject = "Matematika"
levels = ["SMP", "SMA"]
section = "professional"
n_options = 5
version = 2
[[core]]
code = "M1"
title = "Inti"
[[core.competency]]
code = "M1.1"
weight = 3
title = "Kompetensi"
[[core.competency.indicator]]
code = "M01"
bloom = "C3"
text = "Menghitung luas"
"""

_texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)


@pytest.mark.parametrize("plan", shipped_blueprints(), ids=lambda plan: plan.code)
def test_a_shipped_blueprint_survives_its_file(plan: BlueprintText) -> None:
    assert parse_blueprint(format_blueprint(plan), source="x") == plan


@settings(max_examples=40)
@given(title=_texts, text=_texts, weight=st.none() | st.integers(1, 1000))
def test_any_words_survive_the_file(title: str, text: str, weight: int | None) -> None:
    indicator = IndicatorText(code="M01", bloom="C6", text=text)
    competency = CompetencyText(code="M1.1", title=title, weight=weight, indicators=(indicator,))
    plan = parse_blueprint(PLAN, source="x").model_copy(
        update={"title": title, "cores": (CoreText(code="M1", title=title, competencies=(competency,)),)}
    )
    assert parse_blueprint(format_blueprint(plan), source="x") == plan


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('["SMP", "SMA"]', '["TK"]', "levels"),
        ("n_options = 5", "n_options = 3", "n_options"),
        ("weight = 3", "weight = 0", "weight"),
        ('"professional"', '"social"', "section"),
        ("Menghitung luas", "Menghitung \\u202eluas", "text"),
        ("Menghitung luas", "x" * 601, "text"),
    ],
)
def test_a_senseless_blueprint_is_refused_by_its_field(old: str, new: str, field: str) -> None:
    with pytest.raises(SourceError, match=field):
        parse_blueprint(PLAN.replace(old, new), source="uji.toml")
