"""Outages as pure rules: which silence is proved, and which late steps count because of one.

A candidate's own clock never makes a step on time. What may excuse a late one is a silence that others prove: the
server was away, or several seats were not heard at once. Two people approve the interval; the rule below then says,
from the journal and from what they approved alone, which steps count. The reasons: docs/decisions/0007.
"""

import uuid
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from exam.errors import OutageUnprovenError
from exam.states import StepMark

LONGEST_SILENCE_MS = 30_000  # of a server that lives: it gives a sign every few seconds
SEAT_SILENT_MS = 45_000  # two heartbeats are missing
SLACK_MS = 1_000  # people and pages write times to the second
ONE_GO_MS = 60_000  # an outbox comes in several requests; what comes within a minute came in one go
MOST_SEATS_NEEDED, FEWEST_SEATS_NEEDED = 3, 2


@dataclass(frozen=True, order=True)
class Interval:
    """A stretch of time with both ends, in epoch milliseconds."""

    from_ms: int
    until_ms: int

    def covers(self, other: "Interval") -> bool:
        """True when the other lies inside, but for the part of a second that writing down loses."""
        return self.from_ms - SLACK_MS < other.from_ms and other.until_ms < self.until_ms + SLACK_MS

    def overlaps(self, other: "Interval") -> bool:
        """True when the two share a moment."""
        return self.from_ms <= other.until_ms and other.from_ms <= self.until_ms

    def holds(self, at_ms: int) -> bool:
        """True when the moment lies inside, ends included."""
        return self.from_ms <= at_ms <= self.until_ms


# Evidence ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeatSilence:
    """A stretch in which the server did not hear one seat."""

    attempt: uuid.UUID
    seat: int
    silence: Interval


@dataclass(frozen=True)
class Evidence:
    """What is on file: silences of the server, silences of seats, and how many seats were at work."""

    server: tuple[Interval, ...] = ()
    seats: tuple[SeatSilence, ...] = ()
    n_working: int = 0

    @property
    def n_needed(self) -> int:
        """How many seats must have been silent together: three, or all where fewer work, and never one alone."""
        return max(FEWEST_SEATS_NEEDED, min(MOST_SEATS_NEEDED, self.n_working))


def holes(signs: Iterable[int], *, whole: Interval) -> list[Interval]:
    """The stretches of a time without any sign of life that are too long for a server that lives.

    One sign splits a stretch, so a worker that was away while the server went on answering proves nothing.
    """
    heard = sorted({whole.from_ms, whole.until_ms, *(sign for sign in signs if whole.holds(sign))})
    return [Interval(a, b) for a, b in pairwise(heard) if b - a > LONGEST_SILENCE_MS]


def proof(interval: Interval, evidence: Evidence) -> Evidence:
    """The part of the evidence that proves an interval; refused with what is missing."""
    server = tuple(gap for gap in evidence.server if gap.covers(interval))
    if server:
        return Evidence(server=server, n_working=evidence.n_working)
    silent = {each.attempt for each in evidence.seats if each.silence.covers(interval)}
    if len(silent) < evidence.n_needed:
        raise OutageUnprovenError(n_silent=len(silent), n_needed=evidence.n_needed, n_working=evidence.n_working)
    # Also seats that came back earlier or fell silent later: each is excused by its own silence alone.
    touched = tuple(each for each in evidence.seats if each.silence.overlaps(interval))
    return Evidence(seats=touched, n_working=evidence.n_working)


def provable(evidence: Evidence) -> list[Interval]:
    """The longest intervals that the evidence proves, the earliest first.

    Every silence of the server is among them, also inside a longer one of seats: it excuses everybody, the seats'
    excuses each by its own silence alone.
    """
    silences = [each.silence for each in evidence.seats]
    together = [_together(silences, start, n=evidence.n_needed) for start in sorted({s.from_ms for s in silences})]
    found = sorted({*evidence.server, *(each for each in together if each)})
    return [one for one in found if one in evidence.server or not any(_within(one, other) for other in found)]


def _together(silences: Sequence[Interval], start: int, *, n: int) -> Interval | None:
    """From this moment until fewer than n seats are silent that were silent from the beginning."""
    ends = sorted((s.until_ms for s in silences if s.from_ms <= start < s.until_ms), reverse=True)
    return Interval(start, ends[n - 1]) if len(ends) >= n else None


def _within(one: Interval, other: Interval) -> bool:
    return one != other and other.from_ms <= one.from_ms and one.until_ms <= other.until_ms


# Counting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProvenOutage:
    """An interval with what proves it. Without silences of seats it was the server that was away, for everybody."""

    interval: Interval
    silences: Mapping[uuid.UUID, tuple[Interval, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, interval: Interval, evidence: Evidence) -> "ProvenOutage":
        """The interval as its evidence makes it count."""
        silences: dict[uuid.UUID, tuple[Interval, ...]] = {}
        for each in evidence.seats:
            silences[each.attempt] = (*silences.get(each.attempt, ()), each.silence)
        return cls(interval, silences)

    def reaches(self, attempt: uuid.UUID, at_ms: int) -> bool:
        """True when it kept this seat from the server at this moment."""
        if not self.interval.holds(at_ms):
            return False
        moment = Interval(at_ms, at_ms)
        return not self.silences or any(silence.covers(moment) for silence in self.silences.get(attempt, ()))


@dataclass(frozen=True)
class Arrival:
    """A step as it arrived: when the candidate's computer says that it was done, and when the server got it."""

    seq: int
    mark: StepMark
    at_ms: int
    received_ms: int


def excused(
    journal: Sequence[Arrival], *, attempt: uuid.UUID, deadline_ms: int, outages: Sequence[ProvenOutage]
) -> frozenset[int]:
    """The late steps that count: done inside an approved outage and before the deadline, and not heard until then.

    Whoever was heard in between could have sent the step then, so a time written into the past excuses nothing.
    """
    heard = sorted({arrival.received_ms for arrival in journal})
    late = [arrival for arrival in journal if arrival.mark is StepMark.LATE and arrival.at_ms <= deadline_ms]
    return frozenset(
        arrival.seq
        for arrival in late
        if any(_excuses(outage, arrival, attempt=attempt, heard=heard) for outage in outages)
    )


def _excuses(outage: ProvenOutage, arrival: Arrival, *, attempt: uuid.UUID, heard: Sequence[int]) -> bool:
    if arrival.at_ms > arrival.received_ms or not outage.reaches(attempt, arrival.at_ms):
        return False
    first_heard = heard[bisect_left(heard, arrival.at_ms)]  # at the latest this step itself
    return first_heard >= outage.interval.until_ms or arrival.received_ms <= first_heard + ONE_GO_MS
