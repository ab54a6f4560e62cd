"""Scores as pure functions: answers against keys, the decision at the cut, and the digests that people sign.

Nothing here rounds. A decision is a comparison of whole numbers, so 75 of 100 on 39 items cannot turn into
74.36 that somebody later rounds up.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exam.states import Treatment
from itembank.model import Section


@dataclass(frozen=True)
class ItemKey:
    """How one item of a form counts."""

    position: int
    section: Section
    scored: bool  # False for a pretest item that rides along; it never counts, whatever its treatment
    keys: frozenset[int]  # authored positions of the right options
    treatment: Treatment

    @property
    def counts(self) -> bool:
        """Whether the item stands in the denominator."""
        return self.scored and self.treatment is not Treatment.DROP

    def is_right(self, answer: int | None) -> bool:
        """Whether an answer earns an item that counts; a credited one is earned by everybody, answered or not."""
        return self.treatment is Treatment.CREDIT or answer in self.keys


@dataclass(frozen=True)
class SectionScore:
    """Items right among the items that count, in one section."""

    raw_score: int
    n_scored: int


@dataclass(frozen=True)
class AttemptScore:
    """What one attempt adds up to."""

    raw_score: int
    n_scored: int
    n_answered: int  # of all items shown, pretest items too: it is what the candidate remembers
    sections: Mapping[Section, SectionScore]
    right: tuple[bool, ...]  # one for each item that counts, in form order


def score_answers(answers: Mapping[int, int], items: Sequence[ItemKey]) -> AttemptScore:
    """Score one attempt's answers (item position -> option position)."""
    counting = [item for item in items if item.counts]
    right = tuple(item.is_right(answers.get(item.position)) for item in counting)
    return AttemptScore(
        raw_score=sum(right),
        n_scored=len(counting),
        n_answered=sum(item.position in answers for item in items),
        sections=_by_section(counting, right),
        right=right,
    )


def _by_section(counting: Sequence[ItemKey], right: Sequence[bool]) -> dict[Section, SectionScore]:
    marks: dict[Section, list[bool]] = {}
    for item, is_right in zip(counting, right, strict=True):
        marks.setdefault(item.section, []).append(is_right)
    return {section: SectionScore(sum(earned), len(earned)) for section, earned in marks.items()}


def has_passed(raw_score: int, *, n_scored: int, pass_percent: int) -> bool:
    """The decision: 100 x right >= cut x scored, in whole numbers. For 75 this is 4 x right >= 3 x scored."""
    return n_scored > 0 and 100 * raw_score >= pass_percent * n_scored


def passing_score(n_scored: int, pass_percent: int) -> int:
    """The smallest raw score that passes."""
    return -(-pass_percent * n_scored // 100)


def score_of_100(raw_score: int, n_scored: int) -> Decimal:
    """The score as people read it, with two decimals, cut off and never rounded up: 74.999 must not be read as 75."""
    return Decimal(10000 * raw_score // n_scored if n_scored else 0) / 100


# Digests ----------------------------------------------------------------------------------------------------------


def key_set_digest(form_digest: bytes, entries: Iterable[tuple[int, Iterable[int], Treatment]]) -> bytes:
    """What signatures stand under: SHA-256 over the form's digest and every entry (position, keys, treatment)."""
    canonical = [[position, sorted(keys), treatment.value] for position, keys, treatment in sorted(entries, key=_place)]
    return _digest(form_digest, canonical)


def run_digest(
    key_set: bytes,
    *,
    pass_percent: int,
    scores: Iterable[tuple[uuid.UUID, int, int, bool]],
    outages: Sequence[str] = (),
) -> bytes:
    """What a release stands on: SHA-256 over the key set's digest, the cut, and every attempt's score and decision.

    The outages by which late answers counted belong to it as well, where there were any.
    """
    ordered = sorted(scores, key=lambda score: score[0].bytes)
    figures = [pass_percent, [[attempt.hex, *score] for attempt, *score in ordered]]
    return _digest(key_set, [*figures, sorted(outages)] if outages else figures)


def _place(entry: tuple[int, Iterable[int], Treatment]) -> int:
    return entry[0]


def _digest(above: bytes, canonical: object) -> bytes:
    return hashlib.sha256(above + json.dumps(canonical, separators=(",", ":")).encode()).digest()
