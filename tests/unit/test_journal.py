"""Laws of the journal: a chain shows the first change, and replay counts what was on time, last act last."""

import uuid
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from exam.journal import JournalStep, canonical, chain, first_broken, genesis, link, replay
from exam.states import StepKind, StepMark

START = genesis(attempt=uuid.UUID(int=1), enrolment=uuid.UUID(int=2), form_digest=bytes(32), item_order=bytes([2, 1]))

steps = st.builds(
    JournalStep,
    seq=st.just(0),
    kind=st.sampled_from(StepKind),
    item=st.none() | st.integers(1, 40),
    option=st.none() | st.integers(0, 4),
    value=st.none() | st.text(max_size=20),
    at_ms=st.integers(0, 2**40),
    received_ms=st.integers(0, 2**40),
)
histories = st.lists(steps, min_size=1, max_size=12).map(
    lambda found: [replace(step, seq=seq) for seq, step in enumerate(found, start=1)],
)


def kept(history: list[JournalStep]) -> list[tuple[JournalStep, bytes]]:
    return list(zip(history, chain(START, history), strict=True))


@given(histories)
def test_a_journal_as_written_holds(history: list[JournalStep]) -> None:
    assert first_broken(START, kept(history)) is None


@given(histories, st.data())
def test_the_first_changed_step_is_named(history: list[JournalStep], data: st.DataObject) -> None:
    journal = kept(history)
    place = data.draw(st.integers(0, len(journal) - 1))
    step, digest = journal[place]
    journal[place] = (replace(step, at_ms=step.at_ms + 1), digest)
    assert first_broken(START, journal) == place + 1


@given(histories, st.data())
def test_a_removed_step_is_noticed_unless_it_was_the_last(history: list[JournalStep], data: st.DataObject) -> None:
    journal = kept(history)
    place = data.draw(st.integers(0, len(journal) - 1))
    del journal[place]
    assert first_broken(START, journal) == (None if place == len(history) - 1 else place + 1)


def test_the_canonical_bytes_are_fixed_for_good() -> None:
    step = JournalStep(seq=7, kind=StepKind.ANSWER, item=3, option=None, value="é", at_ms=5, received_ms=6)
    assert canonical(step) == '[7,"answer",3,null,"é",5,6]'.encode()
    # The digest by another program: (32 zero bytes, then the text of the line before) | sha256sum
    assert link(bytes(32), step).hex() == "b31f2c9d82a97f41abfd0948a82cb10c65301fd22bb2743977ab2b1d8d899854"


def test_text_is_composed_before_it_is_sealed() -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    one = JournalStep(seq=1, kind=StepKind.CHALLENGE, item=1, option=None, value=composed, at_ms=0, received_ms=0)
    assert canonical(one) == canonical(replace(one, value=decomposed))


def test_each_part_of_the_genesis_matters() -> None:
    one, two = uuid.UUID(int=1), uuid.UUID(int=2)
    starts = {
        START,
        genesis(attempt=two, enrolment=two, form_digest=bytes(32), item_order=b"\2\1"),
        genesis(attempt=one, enrolment=one, form_digest=bytes(32), item_order=b"\2\1"),
        genesis(attempt=one, enrolment=two, form_digest=b"\1" * 32, item_order=b"\2\1"),
        genesis(attempt=one, enrolment=two, form_digest=bytes(32), item_order=b"\1\2"),
    }
    assert len(starts) == 5


def test_replay_takes_the_last_on_time_answer_and_forgets_cleared_ones() -> None:
    found = replay(
        [
            (StepKind.VIEW, 1, None, None, StepMark.ON_TIME),
            (StepKind.ANSWER, 1, 0, None, StepMark.ON_TIME),
            (StepKind.ANSWER, 2, 3, None, StepMark.ON_TIME),
            (StepKind.FLAG, 2, None, "on", StepMark.ON_TIME),
            (StepKind.ANSWER, 1, 2, None, StepMark.ON_TIME),
            (StepKind.ANSWER, 2, None, None, StepMark.ON_TIME),
            (StepKind.FLAG, 3, None, "on", StepMark.ON_TIME),
            (StepKind.FLAG, 3, None, "off", StepMark.ON_TIME),
            (StepKind.FOCUS, None, None, "lost", StepMark.ON_TIME),
            (StepKind.ANSWER, 1, 3, None, StepMark.LATE),
            (StepKind.ANSWER, 4, 3, None, StepMark.AFTER_SUBMIT),
        ],
    )
    assert found.answers == {1: 2}
    assert found.flags == {2}
    assert found.viewed == {1, 2, 3}


kept_steps = st.tuples(
    st.sampled_from(StepKind),
    st.none() | st.integers(1, 5),
    st.none() | st.integers(0, 3),
    st.none() | st.sampled_from(["on", "off"]),
    st.sampled_from(StepMark),
)


@given(journal=st.lists(kept_steps, max_size=20), excused=st.sets(st.integers(1, 25)))
def test_replay_counts_steps_on_time_and_excused_late_ones_and_no_others(
    journal: list[tuple[StepKind, int | None, int | None, str | None, StepMark]], excused: set[int]
) -> None:
    counted = [
        (*step[:4], StepMark.ON_TIME)
        for seq, step in enumerate(journal, start=1)
        if step[4] is StepMark.ON_TIME or (step[4] is StepMark.LATE and seq in excused)
    ]
    assert replay(journal, excused=excused) == replay(counted)
    assert replay([step for step in journal if step[4] is StepMark.AFTER_SUBMIT], excused=excused) == replay([])
