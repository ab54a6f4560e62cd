"""Items spread over competencies by weight."""

from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.model import Competency, Indicator
from itembank.weights import allocation, shares, weight_of


def competencies(weights: list[int | None]) -> list[Competency]:
    return [
        Competency(code=f"K{number}", weight=weight, indicators=[Indicator(), Indicator()])
        for number, weight in enumerate(weights)
    ]


@settings(max_examples=30)  # rows of the database are dear to make
@given(weights=st.lists(st.none() | st.integers(1, 50), min_size=1, max_size=8), n_items=st.integers(0, 200))
def test_every_item_is_given_and_nobody_is_more_than_one_off(weights: list[int | None], n_items: int) -> None:
    found = competencies(weights)
    given_items = allocation(found, n_items=n_items)
    total = sum(map(weight_of, found))
    assert sum(given_items.values()) == n_items
    assert all(abs(given_items[each.code] - n_items * weight_of(each) / total) < 1 for each in found)


def test_without_a_weight_each_indicator_counts_one() -> None:
    assert allocation(competencies([None, None, 4]), n_items=8) == {"K0": 2, "K1": 2, "K2": 4}
    assert shares(competencies([None, 6])) == {"K0": 25, "K1": 75}
