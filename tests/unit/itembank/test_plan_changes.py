"""Whether items of an indicator cover it still after the blueprint changed."""

import pytest

from itembank.model import Bloom, Blueprint, Competency, CoreCompetency, Indicator
from itembank.plan_changes import still_fits


def indicator(
    *,
    text: str = "Menghitung luas",
    bloom: Bloom = Bloom.C3,
    competency: str = "M1.1",
    title: str = "Geometri",
    n_options: int = 4,
    code: str = "M01",
) -> Indicator:
    found = Indicator(code=code, text=text, bloom=bloom)
    plan = Blueprint(n_options=n_options)
    plan.cores = [
        CoreCompetency(code="M1", competencies=[Competency(code=competency, title=title, indicators=[found])])
    ]
    return found


@pytest.mark.parametrize(
    ("new", "fits"),
    [
        (indicator(), True),
        (indicator(text="Menghitung  Luas"), True),
        (indicator(code="M09"), True),
        (indicator(competency="M2.1"), True),  # renumbered
        (indicator(title="Geometri bidang"), True),  # the same place, told better
        (indicator(competency="M2.1", title="Aljabar"), False),  # moved
        (indicator(text="Menghitung keliling"), False),
        (indicator(bloom=Bloom.C4), False),
        (indicator(n_options=5), False),
    ],
)
def test_an_item_follows_only_what_asks_for_the_same(new: Indicator, fits: bool) -> None:
    assert still_fits(indicator(), new) is fits
