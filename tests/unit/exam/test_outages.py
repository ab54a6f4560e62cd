"""What proves an outage, and which late steps it excuses: the written-down time of a candidate proves nothing alone."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam.errors import OutageUnprovenError
from exam.outages import (
    ONE_GO_MS,
    Arrival,
    Evidence,
    Interval,
    ProvenOutage,
    SeatSilence,
    excused,
    holes,
    proof,
    provable,
)
from exam.states import StepMark

MINUTE = 60_000
DEADLINE = 100 * MINUTE
HERE = uuid.UUID(int=1)
OUTAGE = ProvenOutage(Interval(90 * MINUTE, 110 * MINUTE))  # the server was away


def late(seq: int, *, at: int, received: int) -> Arrival:
    return Arrival(seq, StepMark.LATE, at_ms=at, received_ms=received)


def on_time(seq: int, at: int) -> Arrival:
    return Arrival(seq, StepMark.ON_TIME, at_ms=at, received_ms=at)


def counted(*journal: Arrival, outages: Sequence[ProvenOutage] = (OUTAGE,)) -> set[int]:
    return set(excused(journal, attempt=HERE, deadline_ms=DEADLINE, outages=outages))


# Counting ---------------------------------------------------------------------------------------------------------


def test_a_step_done_in_the_outage_and_sent_when_it_ended_counts() -> None:
    assert counted(late(1, at=95 * MINUTE, received=111 * MINUTE)) == {1}


def test_without_an_outage_no_late_step_counts() -> None:
    assert counted(late(1, at=95 * MINUTE, received=111 * MINUTE), outages=()) == set()


@pytest.mark.parametrize("at", [90 * MINUTE - 1, 100 * MINUTE + 1, 110 * MINUTE + 1])
def test_a_step_before_the_outage_after_the_deadline_or_after_the_outage_does_not_count(at: int) -> None:
    assert counted(late(1, at=at, received=115 * MINUTE)) == set()


def test_both_ends_of_the_outage_and_the_deadline_itself_belong_to_it() -> None:
    short = ProvenOutage(Interval(90 * MINUTE, 95 * MINUTE))
    ends = late(1, at=90 * MINUTE, received=111 * MINUTE), late(2, at=95 * MINUTE, received=111 * MINUTE)
    assert counted(*ends, outages=[short]) == {1, 2}
    assert counted(late(1, at=DEADLINE, received=111 * MINUTE)) == {1}


def test_a_time_forged_into_the_outage_by_a_seat_that_was_heard_meanwhile_does_not_count() -> None:
    heard = on_time(1, 96 * MINUTE)
    assert counted(heard, late(2, at=95 * MINUTE, received=112 * MINUTE)) == set()
    assert counted(heard, late(2, at=97 * MINUTE, received=112 * MINUTE)) == {2}


def test_a_time_forged_after_the_first_answers_came_back_does_not_count() -> None:
    back = late(1, at=95 * MINUTE, received=105 * MINUTE)
    forged = late(2, at=96 * MINUTE, received=105 * MINUTE + ONE_GO_MS + 1)
    assert counted(back, forged) == {1}


def test_an_outbox_that_comes_in_several_requests_counts_as_a_whole() -> None:
    first = [late(seq, at=95 * MINUTE + seq, received=105 * MINUTE) for seq in range(1, 51)]
    second = [late(seq, at=95 * MINUTE + seq, received=105 * MINUTE + ONE_GO_MS) for seq in range(51, 80)]
    assert counted(*first, *second) == set(range(1, 80))


def test_what_came_after_the_hand_in_never_counts() -> None:
    assert counted(replace(late(1, at=95 * MINUTE, received=111 * MINUTE), mark=StepMark.AFTER_SUBMIT)) == set()


def test_a_step_from_the_future_does_not_count() -> None:
    assert counted(late(1, at=99 * MINUTE, received=98 * MINUTE)) == set()


def test_an_outage_of_the_network_reaches_only_the_seats_that_were_silent_in_it() -> None:
    step = late(1, at=95 * MINUTE, received=111 * MINUTE)
    mine, elsewhere = Interval(94 * MINUTE, 111 * MINUTE), Interval(90 * MINUTE, 111 * MINUTE)
    assert counted(step, outages=[replace(OUTAGE, silences={HERE: (mine,)})]) == {1}
    assert counted(step, outages=[replace(OUTAGE, silences={uuid.UUID(int=2): (elsewhere,)})]) == set()
    assert counted(step, outages=[replace(OUTAGE, silences={HERE: (replace(mine, from_ms=96 * MINUTE),)})]) == set()


arrivals = st.builds(
    Arrival,
    seq=st.just(0),
    mark=st.sampled_from(StepMark),
    at_ms=st.integers(0, 20) | st.integers(0, 5 * ONE_GO_MS),
    received_ms=st.integers(0, 20) | st.integers(0, 5 * ONE_GO_MS),
)
journals = st.lists(arrivals, max_size=15).map(
    lambda found: [replace(each, seq=seq) for seq, each in enumerate(found, start=1)]
)
intervals = st.tuples(st.integers(0, 5 * ONE_GO_MS), st.integers(1, 5 * ONE_GO_MS)).map(
    lambda pair: Interval(pair[0], pair[0] + pair[1])
)
outages = st.lists(
    st.builds(ProvenOutage, intervals, st.just({}) | st.dictionaries(st.just(HERE), st.tuples(intervals), max_size=1)),
    max_size=3,
)
deadlines = st.integers(0, 5 * ONE_GO_MS)


@given(journal=journals, approved=outages, deadline=deadlines)
def test_only_late_steps_before_the_deadline_inside_an_approved_outage_count(
    journal: list[Arrival], approved: list[ProvenOutage], deadline: int
) -> None:
    counts = excused(journal, attempt=HERE, deadline_ms=deadline, outages=approved)
    for step in journal:
        if step.seq in counts:
            assert step.mark is StepMark.LATE
            assert step.at_ms <= min(deadline, step.received_ms)
            assert any(outage.interval.holds(step.at_ms) for outage in approved)


@given(journal=journals, approved=outages, deadline=deadlines)
def test_the_order_in_which_outages_were_approved_plays_no_part(
    journal: list[Arrival], approved: list[ProvenOutage], deadline: int
) -> None:
    once = excused(journal, attempt=HERE, deadline_ms=deadline, outages=approved)
    again = excused(journal, attempt=HERE, deadline_ms=deadline, outages=approved[::-1] + approved)
    assert once == again


@given(journal=journals, approved=outages, deadline=deadlines, more=outages, minutes=st.integers(0, 10**6))
def test_another_outage_or_a_later_deadline_takes_nothing_away(
    journal: list[Arrival], approved: list[ProvenOutage], deadline: int, more: list[ProvenOutage], minutes: int
) -> None:
    before = excused(journal, attempt=HERE, deadline_ms=deadline, outages=approved)
    assert before <= excused(journal, attempt=HERE, deadline_ms=deadline + minutes, outages=approved + more)


# Evidence ---------------------------------------------------------------------------------------------------------


def silence(seat: int, from_ms: int, until_ms: int) -> SeatSilence:
    return SeatSilence(uuid.UUID(int=seat), seat, Interval(from_ms, until_ms))


def test_a_silence_of_the_server_proves_what_lies_inside_it() -> None:
    evidence = Evidence(server=(Interval(10 * MINUTE, 20 * MINUTE),), n_working=30)
    assert proof(Interval(12 * MINUTE, 20 * MINUTE), evidence) == evidence
    with pytest.raises(OutageUnprovenError):
        proof(Interval(12 * MINUTE, 21 * MINUTE), evidence)


@pytest.mark.parametrize(
    ("n_working", "n_silent", "proves"),
    [(30, 3, True), (30, 2, False), (3, 3, True), (3, 2, False), (2, 2, True), (2, 1, False), (1, 1, False)],
)
def test_three_seats_prove_an_outage_or_all_where_fewer_work_but_never_one(
    n_working: int, n_silent: int, proves: object
) -> None:
    seats = tuple(silence(seat, seat, 20 * MINUTE + seat) for seat in range(1, n_silent + 1))
    evidence, interval = Evidence(seats=seats, n_working=n_working), Interval(10, 20 * MINUTE)
    if proves:
        assert proof(interval, evidence).seats == seats
    else:
        with pytest.raises(OutageUnprovenError) as refused:
            proof(interval, evidence)
        assert refused.value.parameters["n_silent"] == n_silent


def test_three_silences_of_one_seat_prove_nothing() -> None:
    seats = tuple(silence(1, 0, 10 * MINUTE + end) for end in range(3))
    with pytest.raises(OutageUnprovenError):
        proof(Interval(0, 10 * MINUTE), Evidence(seats=seats, n_working=30))


def test_seats_that_came_back_earlier_are_kept_with_the_evidence_and_others_are_not() -> None:
    throughout = [silence(seat, 0, 10 * MINUTE) for seat in (1, 2, 3)]
    partly, before = silence(4, MINUTE, 5 * MINUTE), silence(5, -10 * MINUTE, -MINUTE)
    evidence = Evidence(seats=(before, *throughout, partly), n_working=30)
    assert proof(Interval(0, 10 * MINUTE), evidence).seats == (*throughout, partly)


silences = st.lists(
    st.builds(
        lambda seat, start, length: silence(seat * 1_000_000 + start, start * 1000, (start + length) * 1000),
        st.integers(1, 4),
        st.integers(0, 60),
        st.integers(1, 60),
    ),
    max_size=8,
    unique_by=lambda each: each.attempt,
).map(tuple)
server_gaps = st.lists(intervals, max_size=2).map(tuple)
evidences = st.builds(Evidence, server=server_gaps, seats=silences, n_working=st.integers(0, 5))


@given(evidence=evidences)
def test_every_interval_that_is_offered_is_proved(evidence: Evidence) -> None:
    for interval in provable(evidence):
        assert proof(interval, evidence)


@given(evidence=evidences, interval=intervals)
def test_whatever_is_proved_lies_inside_something_that_is_offered(evidence: Evidence, interval: Interval) -> None:
    try:
        proof(interval, evidence)
    except OutageUnprovenError:
        assert not any(offered.covers(interval) for offered in evidence.server)
    else:
        assert any(offered.covers(interval) for offered in provable(evidence))


@given(evidence=evidences)
def test_every_silence_of_the_server_is_offered_also_inside_a_longer_one_of_seats(evidence: Evidence) -> None:
    assert set(evidence.server) <= set(provable(evidence))


@given(signs=st.lists(st.integers(0, 10 * MINUTE), max_size=20))
def test_a_silence_of_the_server_holds_no_sign_of_life_and_everything_else_was_heard(signs: list[int]) -> None:
    whole = Interval(0, 10 * MINUTE)
    found = holes(signs, whole=whole)
    for gap in found:
        assert not any(gap.from_ms < sign < gap.until_ms for sign in signs)
        assert gap.until_ms - gap.from_ms > 30_000
    heard = sorted({0, *signs, 10 * MINUTE})
    n_long = sum(b - a > 30_000 for a, b in pairwise(heard))
    assert n_long == len(found)


def test_a_worker_that_was_away_while_the_server_answered_proves_nothing() -> None:
    assert holes(range(0, 10 * MINUTE, 20_000), whole=Interval(0, 10 * MINUTE)) == []
