"""Whether a mark can be right: what the clock judged is never called wrong, and what it cannot have judged is."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam.mark_proof import SLACK_MS, ClockFacts, is_deadline_possible, is_mark_possible
from exam.states import AttemptState, StepMark
from exam.timing import MINUTE_MS, mark, resumed_deadline_ms

DURATION_MS = 60 * MINUTE_MS
acts = st.lists(
    st.tuples(st.sampled_from(["step", "credit", "pause", "resume", "submit", "sweep", "close"]), st.integers(0, 1200)),
    max_size=40,
)


@dataclass
class History:
    """An attempt as it goes, judged by the rules of the clock."""

    now: int = 0
    state: AttemptState = AttemptState.WORKING
    deadline: int = DURATION_MS
    paused: int | None = None
    credits: list[tuple[int, int]] = field(default_factory=list)
    stands: list[tuple[int, int | None]] = field(default_factory=list)
    closed: int | None = None
    submitted_seq: int | None = None
    steps: list[tuple[int, StepMark]] = field(default_factory=list)

    def act(self, kind: str, seconds: int) -> None:
        self.now += seconds * 1000
        is_working = self.state is AttemptState.WORKING
        is_over = self.paused is None and self.now > self.deadline
        match kind:
            case "step":
                self.steps.append((self.now, mark(self.now, self.deadline, self.state, self.paused)))
            case "credit" if is_working and not is_over and self.closed is None:
                self.credits.append((self.now, 5))
                self.deadline += 5 * MINUTE_MS
            case "pause" if is_working and not is_over and self.paused is None:
                self.paused = self.now
                self.stands.append((self.now, None))
            case "resume" if is_working and self.paused is not None:
                self.deadline = resumed_deadline_ms(self.now, deadline_ms=self.deadline, paused_ms=self.paused)
                self.stands[-1] = (self.paused, self.now)
                self.paused = None
            case "submit" if is_working and not is_over:
                self.state, self.submitted_seq = AttemptState.SUBMITTED, len(self.steps)
            case "sweep" if is_working and is_over:
                self.state = AttemptState.EXPIRED
            case "close" if self.closed is None:
                self.closed = self.now
                self.state = AttemptState.EXPIRED if is_working else self.state

    @property
    def facts(self) -> ClockFacts:
        return ClockFacts(
            begun_ms=0,
            deadline_ms=self.deadline,
            first_deadline_ms=DURATION_MS,
            credits=self.credits,
            stands=self.stands,
            break_allowance_ms=0,
            closed_ms=self.closed,
            submitted_seq=self.submitted_seq,
        )


@given(acts)
def test_what_the_clock_judged_is_never_called_wrong(acts: list[tuple[str, int]]) -> None:
    history = History()
    for kind, seconds in acts:
        history.act(kind, seconds)
    facts = history.facts
    assert is_deadline_possible(facts)
    for seq, (received_ms, judged) in enumerate(history.steps, start=1):
        assert is_mark_possible(facts, seq=seq, received_ms=received_ms, mark=judged)


PLAIN = History(now=DURATION_MS * 2, closed=DURATION_MS * 2).facts


@pytest.mark.parametrize(
    ("facts", "received_ms", "mark"),
    [
        (PLAIN, DURATION_MS + 1, StepMark.ON_TIME),
        (PLAIN, DURATION_MS, StepMark.LATE),
        (PLAIN, 0, StepMark.LATE),
        (replace(PLAIN, credits=[(0, 5)]), DURATION_MS + MINUTE_MS, StepMark.LATE),
        (replace(PLAIN, begun_ms=None, deadline_ms=None, first_deadline_ms=None), 5, StepMark.ON_TIME),
        (replace(PLAIN, submitted_seq=7), 5, StepMark.AFTER_SUBMIT),
        (replace(PLAIN, submitted_seq=6), 5, StepMark.ON_TIME),
        (replace(PLAIN, submitted_seq=6), 5, StepMark.LATE),
        (PLAIN, 5, StepMark.AFTER_SUBMIT),
    ],
)
def test_what_the_clock_cannot_have_judged_is_called_wrong(facts: ClockFacts, received_ms: int, mark: StepMark) -> None:
    assert not is_mark_possible(facts, seq=7, received_ms=received_ms, mark=mark)


def test_a_deadline_beyond_all_that_was_granted_is_called_wrong() -> None:
    granted = replace(PLAIN, credits=[(0, 5)], stands=[(0, 1000)], deadline_ms=DURATION_MS + 5 * MINUTE_MS + 1000)
    assert is_deadline_possible(granted)
    assert not is_deadline_possible(replace(granted, deadline_ms=(granted.deadline_ms or 0) + SLACK_MS + 1))
