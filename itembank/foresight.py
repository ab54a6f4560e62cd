"""Did the checks foresee the statistics? What reviewers and the linter said, held against what data said later.

So the checklist learns: a criterion that is often in doubt and never matters, and one that matters and is never in
doubt, both want other words. Pure counting; intervals say how little a single try-out can prove.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance

from itembank.agreement import Share
from itembank.checklist import Checklist

# A group smaller than this says nothing, and a page says so.
FEW_ITEMS = 5
# Reasons of a verdict that say that a distractor does not do its work.
DISTRACTOR_FAILURES = frozenset({"distractor_dead", "distractor_attracts_the_able"})
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Tried:
    """One version in one administration: what was said before, and what the data said."""

    item: str
    version: str  # its public id
    was_read: bool  # by reviewers of this authority; the shipped items were not
    doubted: frozenset[str]  # criteria to which a reviewer said no, whatever the bank manager ruled
    pointed: frozenset[str]  # criteria of which the linter spoke
    faulty: frozenset[str]  # criteria that a verdict re-opened, beyond chance
    p: float | None
    discrimination: float | None
    has_failed_distractor: bool


@dataclass(frozen=True)
class Difference:
    """How much two groups differ, with its 95 % interval; none where a group is too small to tell."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Foresight:
    """One criterion: how often a check spoke of it, and how often the data did."""

    code: str
    foresaw: tuple[Tried, ...]  # in doubt, and rightly
    missed: tuple[Tried, ...]  # not in doubt, and faulty
    false_alarms: tuple[Tried, ...]  # in doubt, and the data found nothing
    n_quiet: int
    discrimination: Difference | None  # of the items in doubt against the others
    p: Difference | None
    failed_distractors: Difference | None

    @property
    def n_doubted(self) -> int:
        """Items in doubt."""
        return len(self.foresaw) + len(self.false_alarms)

    @property
    def is_told(self) -> bool:
        """Whether anybody spoke of it, or the data did."""
        return bool(self.foresaw or self.missed or self.false_alarms)

    @property
    def seen(self) -> Share:
        """Of the faulty items, those that were foreseen."""
        return Share(len(self.foresaw), len(self.foresaw) + len(self.missed))

    @property
    def right(self) -> Share:
        """Of the items in doubt, those that were faulty."""
        return Share(len(self.foresaw), self.n_doubted)

    @property
    def is_few(self) -> bool:
        """Whether there is too little to conclude anything."""
        return self.n_doubted < FEW_ITEMS and len(self.missed) < FEW_ITEMS


def of_reviewers(tried: Iterable[Tried], codes: Iterable[str]) -> list[Foresight]:
    """What the reviewers foresaw, over the items that they read."""
    return _foresight([each for each in tried if each.was_read], codes, lambda each: each.doubted)


def of_linter(tried: Iterable[Tried], codes: Iterable[str]) -> list[Foresight]:
    """What the linter foresaw, over all items."""
    return _foresight(list(tried), codes, lambda each: each.pointed)


def in_checklist(codes: Iterable[str], checklist: Checklist) -> frozenset[str]:
    """Criteria of the shipped checklist, which linter and verdicts name, under those of the checklist in use."""
    return frozenset(criterion.code for code in codes for criterion in checklist.standing_for(code))


def _foresight(
    tried: Sequence[Tried], codes: Iterable[str], said: Callable[[Tried], frozenset[str]]
) -> list[Foresight]:
    return [_criterion(code, tried, [code in said(each) for each in tried]) for code in codes]


def _criterion(code: str, tried: Sequence[Tried], in_doubt: Sequence[bool]) -> Foresight:
    faulty = [code in each.faulty for each in tried]

    def those(*, doubted: bool, bad: bool) -> tuple[Tried, ...]:
        marked = zip(tried, in_doubt, faulty, strict=True)
        return tuple(each for each, is_doubted, is_bad in marked if (is_doubted, is_bad) == (doubted, bad))

    doubted = [each for each, is_doubted in zip(tried, in_doubt, strict=True) if is_doubted]
    others = [each for each, is_doubted in zip(tried, in_doubt, strict=True) if not is_doubted]
    return Foresight(
        code=code,
        foresaw=those(doubted=True, bad=True),
        missed=those(doubted=False, bad=True),
        false_alarms=those(doubted=True, bad=False),
        n_quiet=len(those(doubted=False, bad=False)),
        discrimination=mean_difference(_known(doubted, "discrimination"), _known(others, "discrimination")),
        p=mean_difference(_known(doubted, "p"), _known(others, "p")),
        failed_distractors=share_difference(_failed(doubted), _failed(others)),
    )


def _known(tried: Iterable[Tried], name: str) -> list[float]:
    values = (getattr(each, name) for each in tried)
    return [value for value in values if value is not None]


def _failed(tried: Sequence[Tried]) -> Share:
    return Share(sum(each.has_failed_distractor for each in tried), len(tried))


# Simple effects -----------------------------------------------------------------------------------------------------


def mean_difference(first: Sequence[float], second: Sequence[float]) -> Difference | None:
    """Mean of the first minus mean of the second, with Welch's interval; no interval for groups below `FEW_ITEMS`."""
    if not first or not second:
        return None
    value = fmean(first) - fmean(second)
    if min(len(first), len(second)) < FEW_ITEMS:
        return Difference(value, None)
    parts = variance(first) / len(first), variance(second) / len(second)
    if sum(parts) == 0:
        return Difference(value, (value, value))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(first) - 1) + parts[1] ** 2 / (len(second) - 1))
    half = t_quantile(freedom) * math.sqrt(sum(parts))
    return Difference(value, (value - half, value + half))


def share_difference(first: Share, second: Share) -> Difference | None:
    """Share of the first minus share of the second, with Newcombe's interval from the two of Wilson (his method 10)."""
    if first.value is None or second.value is None:
        return None
    value = first.value - second.value
    if min(first.n, second.n) < FEW_ITEMS:
        return Difference(value, None)
    (low1, high1), (low2, high2) = first.interval, second.interval
    below = math.hypot(first.value - low1, high2 - second.value)
    above = math.hypot(high1 - first.value, second.value - low2)
    return Difference(value, (value - below, value + above))


def t_quantile(freedom: float) -> float:
    """The 97.5 % point of Student's t, by the expansion of Cornish and Fisher in 1/freedom (Abramowitz-Stegun 26.7.5).

    Right to half a per cent from three degrees of freedom on; the groups compared here have more.
    """
    z = _Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))
