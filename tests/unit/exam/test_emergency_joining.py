"""What a file adds to a journal that went on without it: laws that hold for every pair of histories."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from exam.answer_path import NewStep
from exam.emergency_joining import join
from exam.journal import replay
from exam.states import StepKind, StepMark

HEAD = 7  # the last step that the file's computer had seen acknowledged
_ACTS = st.tuples(
    st.sampled_from([StepKind.ANSWER, StepKind.ANSWER, StepKind.FLAG, StepKind.VIEW]),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(0, 2)),
)
HISTORIES = st.lists(_ACTS, max_size=8)


def steps_of(acts: Sequence[tuple[StepKind, int, int | None]], *, at_ms: int, first: int = HEAD + 1) -> list[NewStep]:
    """Acts of one computer; two computers never act at the same millisecond here."""
    return [
        NewStep(
            first + place,
            kind,
            item,
            option if kind is StepKind.ANSWER else None,
            "on" if kind is StepKind.FLAG else None,
            at_ms + 2 * place,
        )
        for place, (kind, item, option) in enumerate(acts)
    ]


def answers_of(steps: Sequence[NewStep]) -> dict[int, int]:
    return replay((step.kind, step.item, step.option, step.value, StepMark.ON_TIME) for step in steps).answers


def answered(steps: Sequence[NewStep]) -> set[int]:
    return {step.item for step in steps if step.kind is StepKind.ANSWER and step.item is not None}


@given(HISTORIES, HISTORIES)
def test_a_later_choice_is_never_overturned_and_no_other_answer_is_lost(
    ours: list[tuple[StepKind, int, int | None]], theirs: list[tuple[StepKind, int, int | None]]
) -> None:
    sent, later = steps_of(ours, at_ms=1000), steps_of(theirs, at_ms=2001)
    joined = join(sent, later)
    journal = [*later, *joined.numbered_from(HEAD + len(later))]
    found, by_sent, by_later = answers_of(journal), answers_of(sent), answers_of(later)
    for item in answered(later):
        assert found.get(item) == by_later.get(item)
        assert (item in joined.disputed) == (item in answered(sent) and by_sent.get(item) != by_later.get(item))
    for item in answered(sent) - answered(later):
        assert found.get(item) == by_sent.get(item)
    assert [step.seq for step in journal] == list(range(HEAD + 1, HEAD + 1 + len(journal)))


@given(HISTORIES, HISTORIES)
def test_what_was_added_once_is_known_afterwards(
    ours: list[tuple[StepKind, int, int | None]], theirs: list[tuple[StepKind, int, int | None]]
) -> None:
    sent, later = steps_of(ours, at_ms=1000), steps_of(theirs, at_ms=2001)
    joined = join(sent, later)
    again = join(sent, [*later, *joined.numbered_from(HEAD + len(later))])
    assert (again.lacking, again.disputed) == ((), joined.disputed)


@given(HISTORIES, st.integers(0, 8))
def test_what_arrived_by_cable_meanwhile_is_not_added_twice(
    ours: list[tuple[StepKind, int, int | None]], n_arrived: int
) -> None:
    sent = steps_of(ours, at_ms=1000)
    joined = join(sent, sent[:n_arrived])
    assert list(joined.numbered_from(HEAD + len(sent[:n_arrived]))) == sent[n_arrived:]
    assert (joined.n_known, joined.disputed) == (len(sent[:n_arrived]), frozenset())


def test_views_and_doubtful_marks_never_stand_in_the_way() -> None:
    looked = [(StepKind.VIEW, 1, None), (StepKind.FLAG, 1, None)]
    joined = join(steps_of([*looked, (StepKind.ANSWER, 1, 2)], at_ms=1000), steps_of(looked, at_ms=2001))
    assert (len(joined.lacking), joined.disputed) == (3, frozenset())
