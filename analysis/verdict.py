"""What should become of an item: the curation policy as a pure function of its statistics.

The policy proposes and people decide. A threshold fails only when the one-sided 95 % limit lies beyond it; where the
estimate is on the wrong side but the sample cannot prove it, the item is watched. So a small try-out condemns nothing.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from analysis.classical import ClassicalAnalysis
from analysis.intervals import ONE_SIDED_95, correlation_interval, wilson
from analysis.items import ItemStatistics, OptionStatistics


class Outcome(StrEnum):
    """What the policy proposes, from mild to severe."""

    KEEP = "keep"
    WATCH = "watch"
    REVISE = "revise"
    DROP = "drop"
    CHECK_KEY = "check_key"


_SEVERITY = tuple(Outcome)


@dataclass(frozen=True)
class Policy:
    """The thresholds that items are judged by; the defaults are those of the written test."""

    difficulty_low: float = 0.25
    difficulty_high: float = 0.75
    discrimination: float = 0.20
    discrimination_measure: str = "point_biserial"  # or "item_rest"
    rescue_biserial: float = 0.30
    distractor_share: float = 0.02
    z: float = ONE_SIDED_95
    # A suspected key calls people together, and 40 items x 3 distractors are looked at: so the suspicion is held to the
    # one-sided 99.9 % limit. A truly wrong key still shows at n = 300, where the gap is some five standard errors.
    key_z: float = 3.0902323061678132
    # A table this uneven or more would still come from guessing in one of two hundred such groups.
    evenness: float = 0.005
    few_presented: int = 30  # below this nothing is judged


DEFAULT_POLICY = Policy()


@dataclass(frozen=True)
class Reason:
    """One rule that spoke: its outcome, the checklist criterion that it re-opens, and the numbers behind it."""

    code: str
    outcome: Outcome
    criterion: str | None  # M1..M3, K1..K9, B1..B4
    numbers: tuple[tuple[str, float], ...]
    option: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What the policy proposes for an item, with every reason."""

    item: str
    outcome: Outcome
    reasons: tuple[Reason, ...]


def judge_all(analysis: ClassicalAnalysis, policy: Policy = DEFAULT_POLICY) -> tuple[Verdict, ...]:
    """The verdict on every item of an administration."""
    return tuple(judge(item, policy) for item in analysis.items)


def judge(item: ItemStatistics, policy: Policy = DEFAULT_POLICY) -> Verdict:
    """The verdict on one item: the severest of its reasons decides."""
    reasons = tuple(_reasons(item, policy))
    outcome = max((reason.outcome for reason in reasons), key=_SEVERITY.index, default=Outcome.KEEP)
    return Verdict(item=item.name, outcome=outcome, reasons=reasons)


def _reasons(item: ItemStatistics, policy: Policy) -> Iterable[Reason]:
    if item.n_presented < policy.few_presented:
        numbers = (("n", float(item.n_presented)), ("wanted", float(policy.few_presented)))
        yield Reason("too_few_answers", Outcome.WATCH, None, numbers)
        return
    yield from _key_reasons(item, policy)
    yield from _discrimination_reasons(item, policy)
    yield from _guessing_reasons(item, policy)
    yield from _difficulty_reasons(item, policy)
    for option in item.distractors:
        yield from _distractor_reasons(item, option, policy)


def _key_reasons(item: ItemStatistics, policy: Policy) -> Iterator[Reason]:
    """A distractor that goes with ability more than the key, or that the upper group prefers, may be the right one."""
    for option in item.distractors:
        gap, error = option.excess_over_key, option.excess_over_key_se
        if gap > 0:
            numbers = (("distractor", option.point_biserial), ("key", option.point_biserial - gap), ("se", error))
            outcome = Outcome.CHECK_KEY if gap - policy.key_z * error > 0 else Outcome.WATCH
            yield Reason("distractor_beats_key", outcome, "M3", numbers, option.letter)
        lead, error = option.upper_excess_over_key, option.upper_excess_over_key_se
        if lead > 0:
            numbers = (("distractor", option.upper), ("key", option.upper - lead), ("se", error))
            outcome = Outcome.CHECK_KEY if lead - policy.key_z * error > 0 else Outcome.WATCH
            yield Reason("upper_group_prefers_distractor", outcome, "M3", numbers, option.letter)


def _discrimination_reasons(item: ItemStatistics, policy: Policy) -> Iterator[Reason]:
    value, error = float(getattr(item, policy.discrimination_measure)), item.point_biserial_se
    if not (math.isfinite(value) and math.isfinite(item.item_rest)):  # an item alone agrees only with itself
        yield Reason("discrimination_undefined", Outcome.WATCH, None, (("p", item.p),))
        return
    if value >= policy.discrimination:
        return
    _, upper = correlation_interval(value, error, z=policy.z)
    numbers = (("value", value), ("upper_limit", upper), ("wanted", policy.discrimination))
    outcome = Outcome.DROP if upper < policy.discrimination else Outcome.WATCH
    yield Reason("discrimination_low", outcome, "M3", numbers)


def _guessing_reasons(item: ItemStatistics, policy: Policy) -> Iterator[Reason]:
    """Even tables in the upper and the lower group alike, in an item that does not tell those groups apart."""
    if min(item.evenness_upper, item.evenness_lower) > policy.evenness:
        numbers = (("upper", item.evenness_upper), ("lower", item.evenness_lower))
        yield Reason("answers_spread_evenly", Outcome.REVISE, "K1", numbers)


def _difficulty_reasons(item: ItemStatistics, policy: Policy) -> Iterator[Reason]:
    low, high = wilson(item.p * item.n_presented, item.n_presented, z=policy.z)
    if item.p > policy.difficulty_high:
        proven = low > policy.difficulty_high
        code, criterion, numbers = "too_easy", "K3", (("p", item.p), ("limit", low), ("wanted", policy.difficulty_high))
    elif item.p < policy.difficulty_low:
        proven = high < policy.difficulty_low
        code, criterion, numbers = "too_hard", "K1", (("p", item.p), ("limit", high), ("wanted", policy.difficulty_low))
    else:
        return
    rescue = _rescue(item, policy)
    if rescue is Outcome.KEEP:
        return
    yield Reason(code, rescue if proven else Outcome.WATCH, criterion, (*numbers, ("biserial", item.biserial)))


def _rescue(item: ItemStatistics, policy: Policy) -> Outcome:
    """What an extreme difficulty still means once the item's other figures have spoken for it.

    It is acceptable when it discriminates (r_bis above 0.3) and every distractor works: chosen by enough, and the less
    the abler a person is. If only the sample leaves that discrimination in doubt, the item is watched.
    """
    works = all(o.point_biserial < 0 and o.proportion >= policy.distractor_share for o in item.distractors)
    if not (works and item.biserial > policy.rescue_biserial):
        return Outcome.REVISE
    return Outcome.KEEP if item.biserial - policy.z * item.biserial_se > policy.rescue_biserial else Outcome.WATCH


def _distractor_reasons(item: ItemStatistics, option: OptionStatistics, policy: Policy) -> Iterator[Reason]:
    if option.proportion < policy.distractor_share:
        _, upper = wilson(option.n, item.n_presented, z=policy.z)
        share = (("share", option.proportion), ("upper_limit", upper), ("wanted", policy.distractor_share))
        outcome = Outcome.REVISE if upper < policy.distractor_share else Outcome.WATCH
        yield Reason("distractor_dead", outcome, "M2", share, option.letter)
    if option.point_biserial > 0:
        lower, _ = correlation_interval(option.point_biserial, option.point_biserial_se, z=policy.z)
        outcome = Outcome.REVISE if lower > 0 else Outcome.WATCH
        pull = (("value", option.point_biserial), ("lower_limit", lower))
        yield Reason("distractor_attracts_the_able", outcome, "M2", pull, option.letter)
