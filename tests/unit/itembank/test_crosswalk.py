"""The crosswalk of a blueprint to the ministerial regulation."""

from itembank.crosswalk import crosswalk
from itembank.model import Competency


def test_numbers_stand_in_the_order_in_which_people_count() -> None:
    numbers = ["20.10", None, "20.9", "1.2", "20.9", "antara"]
    found = crosswalk([Competency(code=f"K{place}", regulation=number) for place, number in enumerate(numbers)])
    assert [(number, [part.code for part in parts]) for number, parts in found] == [
        ("antara", ["K5"]),
        ("1.2", ["K3"]),
        ("20.9", ["K2", "K4"]),
        ("20.10", ["K0"]),
        ("", ["K1"]),
    ]
