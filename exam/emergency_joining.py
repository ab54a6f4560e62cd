"""What an emergency file adds to a journal that may have gone on without it, as a pure rule.

A candidate who changes computers leaves answers behind that were never sent, and goes on at the other one. Most of
the time the two never meet: other items, or the same choice once more. Only where both chose differently nobody but
the candidate can say what was meant, so such items are named and nothing is guessed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exam.answer_path import NewStep
from exam.states import StepKind


@dataclass(frozen=True)
class Joined:
    """What the journal lacks, in the order of the file, and the items over which the two disagree."""

    lacking: tuple[NewStep, ...]
    n_known: int  # there already, or chosen again later and therefore nothing new
    disputed: frozenset[int]  # positions; their answers are not among the lacking steps

    def numbered_from(self, last_seq: int) -> tuple[NewStep, ...]:
        """The lacking steps as they continue a journal that ends with this number."""
        return tuple(
            NewStep(seq, step.kind, step.item, step.option, step.value, step.at_ms)
            for seq, step in enumerate(self.lacking, start=last_seq + 1)
        )


def join(sent: Sequence[NewStep], later: Sequence[NewStep]) -> Joined:
    """Hold the steps of a file against what the journal received after the head that the file follows.

    Views, doubtful marks and reports decide nothing, so they never stand against each other.
    """
    known, lacking = _known_and_lacking(sent, later)
    ours, theirs = _last_answers(lacking), _last_answers(_without(later, known))
    met = {item: ours[item] == theirs[item] for item in ours.keys() & theirs.keys()}
    left = tuple(step for step in lacking if not (step.kind is StepKind.ANSWER and step.item in met))
    disputed = frozenset(item for item, is_same in met.items() if not is_same)
    n_again = sum(step.kind is StepKind.ANSWER and met.get(step.item or 0, False) for step in lacking)
    return Joined(left, len(known) + n_again, disputed)


def _known_and_lacking(sent: Iterable[NewStep], later: Iterable[NewStep]) -> tuple[list[NewStep], list[NewStep]]:
    # By what was done and when, not by number: what came after a seat change was numbered anew.
    present = Counter(map(_act, later))
    known: list[NewStep] = []
    lacking: list[NewStep] = []
    for step in sent:
        is_known = present[_act(step)] > 0
        present[_act(step)] -= is_known
        (known if is_known else lacking).append(step)
    return known, lacking


def _without(steps: Iterable[NewStep], known: Iterable[NewStep]) -> list[NewStep]:
    acts = set(map(_act, known))
    return [step for step in steps if _act(step) not in acts]


def _last_answers(steps: Iterable[NewStep]) -> dict[int, int | None]:
    return {step.item: step.option for step in steps if step.kind is StepKind.ANSWER and step.item is not None}


def _act(step: NewStep) -> tuple[object, ...]:
    return (step.kind, step.item, step.option, step.value, step.at_ms)
