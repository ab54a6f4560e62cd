"""Scores: exact decisions at the cut, the three treatments, pretest items, and digests that notice every change."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam.scoring import ItemKey, has_passed, key_set_digest, passing_score, run_digest, score_answers, score_of_100
from exam.states import Treatment
from itembank.model import Section

FORM = bytes(32)


def item(
    position: int,
    *,
    keys: frozenset[int] = frozenset({0}),
    treatment: Treatment = Treatment.SCORE,
    scored: bool = True,
    section: Section = Section.PROFESSIONAL,
) -> ItemKey:
    return ItemKey(position=position, section=section, scored=scored, keys=keys, treatment=treatment)


items = st.builds(
    item,
    position=st.just(0),
    keys=st.frozensets(st.integers(0, 4), min_size=1),
    treatment=st.sampled_from(Treatment),
    scored=st.booleans(),
    section=st.sampled_from(Section),
)


@st.composite
def attempts(draw: st.DrawFn) -> tuple[list[ItemKey], dict[int, int]]:
    drawn = draw(st.lists(items, min_size=1, max_size=40))
    form = [
        item(place, keys=one.keys, treatment=one.treatment, scored=one.scored, section=one.section)
        for place, one in enumerate(drawn, start=1)
    ]
    answers = draw(st.dictionaries(st.integers(1, len(form)), st.integers(0, 4)))
    return form, answers


def test_thirty_of_forty_pass_at_75_and_twenty_nine_do_not() -> None:
    assert has_passed(30, n_scored=40, pass_percent=75)
    assert not has_passed(29, n_scored=40, pass_percent=75)


def test_after_one_drop_75_still_demands_thirty() -> None:
    # 29 of 39 is 74.36: 4 x 29 = 116 < 117 = 3 x 39.
    assert passing_score(39, 75) == 30
    assert not has_passed(29, n_scored=39, pass_percent=75)


def test_a_form_of_which_nothing_counts_passes_nobody() -> None:
    assert not has_passed(0, n_scored=0, pass_percent=75)


@given(raw=st.integers(0, 200), n=st.integers(1, 200), cut=st.integers(1, 100))
def test_the_decision_is_the_comparison_of_exact_fractions(raw: int, n: int, cut: int) -> None:
    assert has_passed(raw, n_scored=n, pass_percent=cut) == (Fraction(raw, n) >= Fraction(cut, 100))


@given(n=st.integers(1, 200), cut=st.integers(1, 100))
def test_the_passing_score_is_the_smallest_that_passes(n: int, cut: int) -> None:
    smallest = passing_score(n, cut)
    assert has_passed(smallest, n_scored=n, pass_percent=cut)
    assert not has_passed(smallest - 1, n_scored=n, pass_percent=cut)


@given(n=st.integers(1, 400), cut=st.integers(1, 100), data=st.data())
def test_the_score_that_people_read_never_contradicts_the_decision(n: int, cut: int, data: st.DataObject) -> None:
    raw = data.draw(st.integers(0, n))
    assert (score_of_100(raw, n) >= cut) == has_passed(raw, n_scored=n, pass_percent=cut)


def test_a_score_is_cut_off_after_two_decimals() -> None:
    assert [score_of_100(29, 39), score_of_100(2, 3), score_of_100(0, 0)] == [
        Decimal("74.35"),
        Decimal("66.66"),
        Decimal(0),
    ]


@pytest.mark.parametrize(
    ("treatment", "answers", "raw", "n_scored"),
    [
        (Treatment.SCORE, {1: 2}, 1, 1),
        (Treatment.SCORE, {1: 1}, 0, 1),
        (Treatment.SCORE, {}, 0, 1),
        (Treatment.CREDIT, {1: 1}, 1, 1),
        (Treatment.CREDIT, {}, 1, 1),
        (Treatment.DROP, {1: 2}, 0, 0),
    ],
)
def test_each_treatment_counts_as_it_says(
    treatment: Treatment, answers: Mapping[int, int], raw: int, n_scored: int
) -> None:
    result = score_answers(answers, [item(1, keys=frozenset({2}), treatment=treatment)])
    assert (result.raw_score, result.n_scored) == (raw, n_scored)


def test_an_item_with_two_keys_is_right_by_either() -> None:
    two = [item(1, keys=frozenset({1, 3}))]
    assert [score_answers({1: option}, two).raw_score for option in range(4)] == [0, 1, 0, 1]


@pytest.mark.parametrize("treatment", list(Treatment))
def test_a_pretest_item_never_counts(treatment: Treatment) -> None:
    result = score_answers({1: 0}, [item(1, treatment=treatment, scored=False)])
    assert (result.raw_score, result.n_scored, result.n_answered) == (0, 0, 1)


def test_sections_are_scored_apart() -> None:
    form = [item(1, section=Section.PEDAGOGIC), item(2), item(3)]
    sections = score_answers({1: 0, 2: 1, 3: 0}, form).sections
    assert [(s.raw_score, s.n_scored) for s in (sections[Section.PEDAGOGIC], sections[Section.PROFESSIONAL])] == [
        (1, 1),
        (1, 2),
    ]


@given(attempts())
def test_the_whole_is_the_sum_of_its_sections(attempt: tuple[list[ItemKey], dict[int, int]]) -> None:
    form, answers = attempt
    result = score_answers(answers, form)
    assert result.raw_score == sum(section.raw_score for section in result.sections.values()) == sum(result.right)
    assert result.n_scored == sum(section.n_scored for section in result.sections.values()) == len(result.right)
    assert 0 <= result.raw_score <= result.n_scored


@given(attempts(), st.data())
def test_crediting_an_item_takes_no_point_from_anybody(
    attempt: tuple[list[ItemKey], dict[int, int]], data: st.DataObject
) -> None:
    form, answers = attempt
    place = data.draw(st.sampled_from(range(len(form))))
    before = score_answers(answers, form)
    old = form[place]
    if old.treatment is not Treatment.SCORE:
        return
    form[place] = item(old.position, keys=old.keys, treatment=Treatment.CREDIT, scored=old.scored, section=old.section)
    after = score_answers(answers, form)
    assert after.n_scored == before.n_scored
    assert before.raw_score <= after.raw_score <= before.raw_score + 1


def test_the_digest_of_a_key_set_covers_form_keys_and_treatment_but_not_their_order() -> None:
    entries = [(1, {0}, Treatment.SCORE), (2, {1, 3}, Treatment.CREDIT)]
    digest = key_set_digest(FORM, entries)
    assert key_set_digest(FORM, list(reversed(entries))) == digest
    others = [
        key_set_digest(bytes([1]) * 32, entries),
        key_set_digest(FORM, [(1, {2}, Treatment.SCORE), entries[1]]),
        key_set_digest(FORM, [(1, {0}, Treatment.DROP), entries[1]]),
        key_set_digest(FORM, entries[:1]),
    ]
    assert digest not in others
    assert len(set(others)) == len(others)


def test_the_digest_of_a_run_covers_keys_cut_and_every_score() -> None:
    anna, budi = uuid.UUID(int=1), uuid.UUID(int=2)
    scores = [(anna, 30, 40, True), (budi, 29, 40, False)]
    digest = run_digest(FORM, pass_percent=75, scores=scores)
    assert run_digest(FORM, pass_percent=75, scores=scores[::-1]) == digest
    others = [
        run_digest(bytes([1]) * 32, pass_percent=75, scores=scores),
        run_digest(FORM, pass_percent=70, scores=scores),
        run_digest(FORM, pass_percent=75, scores=[scores[0], (budi, 30, 40, True)]),
        run_digest(FORM, pass_percent=75, scores=scores[:1]),
    ]
    assert digest not in others
    assert len(set(others)) == len(others)
