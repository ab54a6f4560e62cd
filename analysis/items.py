"""What the answers say about each item and each of its options.

Everything follows from counts of choices by raw score: since a person either chose an option or did not, all moments
of (choice, standing) follow from the sums of powers of the standing over those who chose it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.counting import Counts, Floats, FormCounts
from analysis.forms import TAIL
from analysis.intervals import Interval, chi_square_tail, correlation_interval, normal_ordinate, wilson

_POWERS = 5  # sums of the standing's powers 0..4 carry every variance needed here


@dataclass(frozen=True)
class OptionStatistics:
    """How one option of an item was used. Correlations are nan when nobody, or everybody, chose it."""

    letter: str
    is_key: bool
    n: int
    proportion: float  # of all who were presented with the item
    proportion_interval: Interval  # two-sided 95 %, Wilson
    point_biserial: float  # of choosing it, with the raw score
    point_biserial_se: float
    upper: float  # proportion in the upper 27 %
    middle: float
    lower: float  # proportion in the lower 27 %
    excess_over_key: float  # its point-biserial less the key's; nan for the key
    excess_over_key_se: float
    upper_excess_over_key: float  # its share of the upper group less the key's; nan for the key
    upper_excess_over_key_se: float


@dataclass(frozen=True)
class ItemStatistics:
    """What the answers say about one item. A figure that is undefined is nan."""

    name: str
    key: str
    n_presented: int
    n_omitted: int
    n_not_reached: int
    n_not_presented: int
    p: float  # right answers of all who were presented with it
    p_se: float
    p_interval: Interval  # two-sided 95 %, Wilson
    point_biserial: float
    point_biserial_se: float
    point_biserial_interval: Interval  # two-sided 95 %
    item_rest: float
    biserial: float
    biserial_se: float
    upper_lower: float  # p of the upper 27 % less p of the lower 27 %
    evenness_upper: float  # probability of an option table as uneven as this if the upper group guessed
    evenness_lower: float
    options: tuple[OptionStatistics, ...]

    @property
    def distractors(self) -> tuple[OptionStatistics, ...]:
        """The options that are not the key."""
        return tuple(option for option in self.options if not option.is_key)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over people, from which all item figures follow."""

    chosen: Floats  # (letters, items, powers) of the standing over those who chose the letter
    presented: Floats  # (items, powers) over those presented
    counts: Floats  # (letters, items) people who chose the letter, standing known or not
    n: Floats  # (items,) people presented
    group_counts: Floats  # (3, letters, items) share of each group
    group_n: Floats  # (3, items)
    blanks: Floats  # (2, items) omitted, not reached


def describe_items(counts: Counts) -> tuple[ItemStatistics, ...]:
    """Difficulty, discrimination and option table of every item, pooled over all who were presented with it."""
    sums = _sum_up(counts)
    # Divisions by nothing are expected here: they make the nan that says "undefined".
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation, se = _point_biserials(sums)
        excess, excess_se = _excess_over_key(sums, correlation, counts.key)
        evenness = _evenness(sums, counts.offered)
        rest = _item_rest(counts)
    return tuple(
        _describe_item(
            counts,
            sums,
            j=j,
            correlation=(correlation[:, j], se[:, j]),
            excess=(excess[:, j], excess_se[:, j]),
            evenness=evenness[:, j],
            rest=float(rest[j]),
        )
        for j in range(counts.n_items)
    )


def _sum_up(counts: Counts) -> _Sums:
    """Powers of the standing, a constant and the three groups, summed over choices by raw score, form by form."""
    rows = _POWERS + 4
    chosen = np.zeros((len(counts.letters), counts.n_items, rows))
    presented, blanks = np.zeros((counts.n_items, rows)), np.zeros((2, counts.n_items))
    for form in counts.forms:
        by_score = _by_score(form.histogram)
        chosen[:, form.items] += form.choices @ by_score.T
        presented[form.items] += by_score @ form.histogram
        blanks[:, form.items] += form.omitted.sum(axis=1), form.not_reached.sum(axis=1)
    return _Sums(
        chosen=chosen[..., :_POWERS],
        presented=presented[:, :_POWERS],
        counts=chosen[..., _POWERS],
        n=presented[:, _POWERS],
        group_counts=chosen[..., _POWERS + 1 :].transpose(2, 0, 1),
        group_n=presented[:, _POWERS + 1 :].T,
        blanks=blanks,
    )


def _by_score(histogram: Floats) -> Floats:
    """(9, k + 1): what a person of each raw score adds to the sums.

    The standing is the raw score standardised within the form. It is unknown, and adds nothing, where all scored alike
    and where the form is one item: that item would be compared with itself.
    """
    mean, sd = mean_and_sd(histogram)
    known = np.full(len(histogram), float(sd > 0 and len(histogram) > 2))
    z = (np.arange(len(histogram)) - mean) / (sd or 1.0)
    upper, lower = share_of_top(histogram[::-1])[::-1], share_of_top(histogram)
    powers = z ** np.arange(_POWERS)[:, None] * known
    return np.vstack([powers, np.ones_like(z), upper, 1 - upper - lower, lower])


def mean_and_sd(histogram: Floats) -> tuple[float, float]:
    """Mean and population standard deviation of raw scores, from how many people have each."""
    scores, n = np.arange(len(histogram)), float(histogram.sum())
    mean = float(scores @ histogram) / n
    variance = float((scores - mean) ** 2 @ histogram) / n
    return mean, math.sqrt(variance) if np.count_nonzero(histogram) > 1 else 0.0


def share_of_top(histogram: Floats, tail: float = TAIL) -> Floats:
    """How far a person of each score belongs to the first `tail` of people, counted from score 0 up.

    People who tie at the border share it in equal parts, so no tie is broken by chance.
    """
    room = tail * histogram.sum() - (np.cumsum(histogram) - histogram)
    return np.asarray(np.clip(room / np.where(histogram > 0, histogram, 1), 0, 1))


def _standard_scores(sums: _Sums) -> tuple[Floats, Floats]:
    """(letters, items): the standardised value of choosing, and of not choosing, each letter."""
    p = sums.chosen[..., 0] / sums.presented[:, 0]
    sd = np.sqrt(p * (1 - p))
    return (1 - p) / sd, -p / sd


def _point_biserials(sums: _Sums) -> tuple[Floats, Floats]:
    """Correlation of choosing each letter with the standing, and its standard error without a distributional model.

    With u, v standardised, the influence of a person on r is u v - r (u^2 + v^2) / 2; its spread gives the error.
    """
    moments = sums.presented / sums.presented[:, :1]
    mean, sd = moments[:, 1], np.sqrt(moments[:, 2] - moments[:, 1] ** 2)
    chose, did_not = _standard_scores(sums)
    p = sums.chosen[..., 0] / sums.presented[:, 0]
    mean_chosen = sums.chosen[..., 1] / sums.chosen[..., 0]
    # Where everyone chose it, only the noise of rounding is left to divide by 0.
    r = np.where(p < 1, (mean_chosen - mean) / sd * np.sqrt(p / (1 - p)), np.nan)
    inside = _squared_sum(sums.chosen, linear=chose, square=-r / 2, constant=-r / 2 * chose**2)
    outside = _squared_sum(sums.presented - sums.chosen, linear=did_not, square=-r / 2, constant=-r / 2 * did_not**2)
    return r, np.sqrt(inside + outside) / sums.presented[:, 0]


def _squared_sum(powers: Floats, *, linear: Floats, square: Floats, constant: Floats) -> Floats:
    """Sum over people of (linear v + square v^2 + constant)^2, from the sums of powers of v."""
    s0, s1, s2, s3, s4 = np.moveaxis(powers, -1, 0)
    squares = linear**2 * s2 + square**2 * s4 + constant**2 * s0
    products = linear * square * s3 + linear * constant * s1 + square * constant * s2
    return np.asarray(squares + 2 * products)


def _excess_over_key(sums: _Sums, r: Floats, key: NDArray[np.int8]) -> tuple[Floats, Floats]:
    """How much further each letter correlates than the key does, with the standard error of the difference."""
    items = np.arange(len(key))
    chose, did_not = _standard_scores(sums)
    r_key, key_chose, key_not = r[key, items], chose[key, items], did_not[key, items]
    of_key = sums.chosen[key, items]
    parts = (
        (sums.chosen, chose, key_not),
        (np.broadcast_to(of_key, sums.chosen.shape), did_not, key_chose),
        (sums.presented - sums.chosen - of_key, did_not, key_not),
    )
    total = sum(
        (
            _squared_sum(
                powers,
                linear=of_letter - of_key_too,
                square=-(r - r_key) / 2,
                constant=-(r * of_letter**2 - r_key * of_key_too**2) / 2,
            )
            for powers, of_letter, of_key_too in parts
        ),
        start=np.zeros_like(r),
    )
    return r - r_key, np.sqrt(total) / sums.presented[:, 0]


def _evenness(sums: _Sums, offered: NDArray[np.int8]) -> Floats:
    """(2, items): chi-square probability that the upper and the lower group spread evenly over the options."""
    groups = sums.group_counts[[0, 2]]  # (2, letters, items)
    answered = groups.sum(axis=1, keepdims=True)
    expected = answered / offered
    on_offer = np.arange(groups.shape[1])[:, None] < offered
    value = np.where(on_offer, (groups - expected) ** 2 / expected, 0).sum(axis=1)
    return chi_square_tail(value, np.broadcast_to(offered - 1.0, value.shape))


def _item_rest(counts: Counts) -> Floats:
    """(items,) correlation with the raw score on the other items of the form, pooled over forms."""
    covariance, right, n = (np.zeros(counts.n_items) for _ in range(3))
    for form in counts.forms:
        size, p = float(form.histogram.sum()), right_shares(counts, form)
        with_score, rest_variance = score_covariances(counts, form)
        rest_sd = np.sqrt(np.where(rest_variance > 1e-12, rest_variance, np.nan))
        known = np.isfinite(rest_sd)
        covariance[form.items] += np.where(known, size * (with_score - p * (1 - p)) / rest_sd, 0)
        right[form.items] += np.where(known, size * p, 0)
        n[form.items] += np.where(known, size, 0)
    share = right / n
    return np.asarray(covariance / n / np.sqrt(share * (1 - share)))


def right_by_score(counts: Counts, form: FormCounts) -> Floats:
    """(k, k + 1): people who were right on each item of the form, by raw score."""
    return np.asarray(form.choices[counts.key[form.items], np.arange(len(form.items))])


def right_shares(counts: Counts, form: FormCounts) -> Floats:
    """(k,): share of the form's people who were right."""
    return np.asarray(right_by_score(counts, form).sum(axis=1) / form.histogram.sum())


def score_covariances(counts: Counts, form: FormCounts) -> tuple[Floats, Floats]:
    """Two (k,): covariance of each item with the raw score, and the variance of the raw score without the item."""
    mean, sd = mean_and_sd(form.histogram)
    p, scores = right_shares(counts, form), np.arange(len(form.histogram))
    with_score = right_by_score(counts, form) @ (scores - mean) / form.histogram.sum()
    return with_score, sd**2 + p * (1 - p) - 2 * with_score


def _describe_item(
    of: Counts,
    sums: _Sums,
    *,
    j: int,
    correlation: tuple[Floats, Floats],
    excess: tuple[Floats, Floats],
    evenness: Floats,
    rest: float,
) -> ItemStatistics:
    key, n = int(of.key[j]), float(sums.n[j])
    right = float(sums.counts[key, j])
    p = right / n if n else math.nan
    r, se = float(correlation[0][key]), float(correlation[1][key])
    biserial, biserial_se = _biserial(sums, key=key, j=j, se=se)
    upper, lower = (_share(sums.group_counts[g, key, j], sums.group_n[g, j]) for g in (0, 2))
    return ItemStatistics(
        name=of.item_names[j],
        key=of.letters[key],
        n_presented=round(n),
        n_omitted=round(float(sums.blanks[0, j])),
        n_not_reached=round(float(sums.blanks[1, j])),
        n_not_presented=round(of.total_weight - n),
        p=p,
        p_se=math.sqrt(p * (1 - p) / n) if n else math.nan,
        p_interval=wilson(right, n),
        point_biserial=r,
        point_biserial_se=se,
        point_biserial_interval=correlation_interval(r, se),
        item_rest=rest,
        biserial=biserial,
        biserial_se=biserial_se,
        upper_lower=upper - lower,
        evenness_upper=float(evenness[0]),
        evenness_lower=float(evenness[1]),
        options=tuple(_describe_options(of, sums, j=j, correlation=correlation, excess=excess)),
    )


def _biserial(sums: _Sums, *, key: int, j: int, se: float) -> tuple[float, float]:
    """((M+ - M) / sd) p / Y with the population sd; may exceed 1 (Crocker & Algina 1986, ch. 14)."""
    n, s1, s2 = (float(s) for s in sums.presented[j, :3])
    right, of_right = (float(s) for s in sums.chosen[key, j, :2])
    p = right / n if n else math.nan
    height, variance = normal_ordinate(p), (s2 / n - (s1 / n) ** 2 if n else math.nan)
    if not math.isfinite(height) or not variance > 0:
        return math.nan, math.nan
    biserial = (of_right / right - s1 / n) / math.sqrt(variance) * p / height
    return biserial, se * math.sqrt(p * (1 - p)) / height


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan


def _describe_options(
    of: Counts, sums: _Sums, *, j: int, correlation: tuple[Floats, Floats], excess: tuple[Floats, Floats]
) -> Iterator[OptionStatistics]:
    key, n = int(of.key[j]), float(sums.n[j])
    n_upper = float(sums.group_n[0, j])
    key_upper = _share(sums.group_counts[0, key, j], n_upper)
    for code in range(int(of.offered[j])):
        upper, middle, lower = (_share(sums.group_counts[g, code, j], sums.group_n[g, j]) for g in range(3))
        difference, is_key = upper - key_upper, code == key
        spread = math.sqrt(max(upper + key_upper - difference**2, 0) / n_upper) if n_upper else math.nan
        yield OptionStatistics(
            letter=of.letters[code],
            is_key=is_key,
            n=round(float(sums.counts[code, j])),
            proportion=_share(sums.counts[code, j], n),
            proportion_interval=wilson(float(sums.counts[code, j]), n),
            point_biserial=float(correlation[0][code]),
            point_biserial_se=float(correlation[1][code]),
            upper=upper,
            middle=middle,
            lower=lower,
            excess_over_key=math.nan if is_key else float(excess[0][code]),
            excess_over_key_se=math.nan if is_key else float(excess[1][code]),
            upper_excess_over_key=math.nan if is_key else difference,
            upper_excess_over_key_se=math.nan if is_key else spread,
        )
