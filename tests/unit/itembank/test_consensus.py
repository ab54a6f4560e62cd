"""What readings come to: laws for any marks and any rulings of two readers."""

from hypothesis import given
from hypothesis import strategies as st

from itembank.consensus import Standing, open_criteria, refusals, standing
from itembank.model import Review, Ruling

CODES = ("K1", "K2", "K3")
marks = st.fixed_dictionaries({code: st.sampled_from(["yes", "no"]) for code in CODES})
words = st.dictionaries(st.sampled_from(CODES), st.booleans())


def reviews(*readings: tuple[dict[str, str], dict[str, bool]]) -> list[Review]:
    """Readings with rulings on their nos, as the database holds them: only on what was disputed."""
    found = [Review(marks=marked, comments={}, comment="") for marked, _ in readings]
    for review, (marked, ruled) in zip(found, readings, strict=True):
        others = [other for other in found if other is not review]
        disputed = {
            code
            for code, mark in marked.items()
            if mark == "no" and not all(other.marks[code] == "no" for other in others)
        }
        review.rulings = [Ruling(criterion=code, upheld=upheld) for code, upheld in ruled.items() if code in disputed]
    return found


@given(marks, words)
def test_one_reading_settles_nothing(first: dict[str, str], ruled: dict[str, bool]) -> None:
    assert standing(reviews((first, ruled))) is Standing.READING


@given(marks, marks, words, words)
def test_nothing_is_agreed_over_an_open_no(
    first: dict[str, str], second: dict[str, str], ruled: dict[str, bool], others: dict[str, bool]
) -> None:
    found = reviews((first, ruled), (second, others))
    assert (standing(found) is Standing.AGREED) == (not open_criteria(found))
    shared = {code for code in CODES if first[code] == second[code] == "no"}
    assert shared <= set(open_criteria(found)), "what both refuse cannot be set aside"


@given(marks, marks)
def test_disputed_is_where_they_differ(first: dict[str, str], second: dict[str, str]) -> None:
    found = reviews((first, {}), (second, {}))
    differing = {code for code in CODES if first[code] != second[code]}
    assert {refusal.criterion for refusal in refusals(found) if refusal.is_disputed} == differing
    assert (standing(found) is Standing.DISPUTED) == bool(differing)


@given(marks, marks, words, words)
def test_who_read_first_changes_nothing(
    first: dict[str, str], second: dict[str, str], ruled: dict[str, bool], others: dict[str, bool]
) -> None:
    one, other = reviews((first, ruled), (second, others)), reviews((second, others), (first, ruled))
    assert standing(one) is standing(other)
    assert set(open_criteria(one)) == set(open_criteria(other))


@given(marks, marks)
def test_a_word_on_everything_disputed_leaves_nothing_disputed(first: dict[str, str], second: dict[str, str]) -> None:
    for upheld in (True, False):
        everything = dict.fromkeys(CODES, upheld)
        found = reviews((first, everything), (second, everything))
        assert not any(refusal.is_disputed for refusal in refusals(found))
        assert standing(found) in {Standing.AGREED, Standing.TO_MEND}


def test_words_on_the_whole_item_stand_in_where_a_review_from_before_has_no_others() -> None:
    (refusal,) = refusals([Review(marks={"K1": "no"}, comments={}, comment="Lama.", rulings=[])])
    assert (refusal.comment, refusal.is_shared, refusal.is_open) == ("Lama.", False, True)
