"""What the answers say about each item and each of its options.

Everything is counted in a few matrix products: since a person either chose an option or did not, all moments of
(choice, standing) follow from the sums of powers of the standing over those who chose it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forms import Floats, Form, group_weights, standing
from analysis.intervals import Interval, chi_square_tail, correlation_interval, normal_ordinate, wilson
from analysis.responses import NOT_REACHED, OMITTED, ResponseMatrix

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


def describe_items(matrix: ResponseMatrix, forms: tuple[Form, ...]) -> tuple[ItemStatistics, ...]:
    """Difficulty, discrimination and option table of every item, pooled over all who were presented with it."""
    sums = _sum_up(matrix, forms)
    # Divisions by nothing are expected here: they make the nan that says "undefined".
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation, se = _point_biserials(sums)
        excess, excess_se = _excess_over_key(sums, correlation, matrix.key)
        evenness = _evenness(sums, matrix.offered)
        rest = _item_rest(matrix, forms)
    return tuple(
        _describe_item(
            matrix,
            sums,
            j=j,
            correlation=(correlation[:, j], se[:, j]),
            excess=(excess[:, j], excess_se[:, j]),
            evenness=evenness[:, j],
            rest=float(rest[j]),
        )
        for j in range(matrix.n_items)
    )


def _sum_up(matrix: ResponseMatrix, forms: tuple[Form, ...]) -> _Sums:
    z = standing(matrix.n_persons, forms)
    known = np.isfinite(z)
    powers = np.where(known, np.nan_to_num(z), 0.0) ** np.arange(_POWERS)[:, None] * known
    left = np.vstack([powers, np.ones_like(z), group_weights(matrix.n_persons, forms)])
    chosen = np.stack([left @ (matrix.options == code) for code in range(len(matrix.letters))])
    presented = left @ matrix.presented
    return _Sums(
        chosen=chosen[:, :_POWERS].transpose(0, 2, 1),
        presented=presented[:_POWERS].T,
        counts=chosen[:, _POWERS],
        n=presented[_POWERS],
        group_counts=chosen[:, _POWERS + 1 :].transpose(1, 0, 2),
        group_n=presented[_POWERS + 1 :],
    )


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
    r = (mean_chosen - mean) / sd * np.sqrt(p / (1 - p))
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


def _item_rest(matrix: ResponseMatrix, forms: tuple[Form, ...]) -> Floats:
    """(items,) correlation with the raw score on the other items of the form, pooled over forms."""
    covariance, right, n = (np.zeros(matrix.n_items) for _ in range(3))
    for form in forms:
        x = matrix.scored[np.ix_(form.persons, form.items)]
        size, p = len(form.persons), x.mean(axis=0)
        with_score = form.raw_scores @ x / size - form.mean * p
        rest_variance = form.sd**2 + p * (1 - p) - 2 * with_score
        rest_sd = np.sqrt(np.where(rest_variance > 1e-12, rest_variance, np.nan))
        known = np.isfinite(rest_sd)
        covariance[form.items] += np.where(known, size * (with_score - p * (1 - p)) / rest_sd, 0)
        right[form.items] += np.where(known, size * p, 0)
        n[form.items] += np.where(known, size, 0)
    share = right / n
    return np.asarray(covariance / n / np.sqrt(share * (1 - share)))


def _describe_item(
    matrix: ResponseMatrix,
    sums: _Sums,
    *,
    j: int,
    correlation: tuple[Floats, Floats],
    excess: tuple[Floats, Floats],
    evenness: Floats,
    rest: float,
) -> ItemStatistics:
    key, n = int(matrix.key[j]), float(sums.n[j])
    right = float(sums.counts[key, j])
    p = right / n if n else math.nan
    r, se = float(correlation[0][key]), float(correlation[1][key])
    biserial, biserial_se = _biserial(sums, key=key, j=j, se=se)
    answers = matrix.options[:, j]
    upper, lower = (_share(sums.group_counts[g, key, j], sums.group_n[g, j]) for g in (0, 2))
    return ItemStatistics(
        name=matrix.item_names[j],
        key=matrix.letters[key],
        n_presented=int(n),
        n_omitted=int(np.count_nonzero(answers == OMITTED)),
        n_not_reached=int(np.count_nonzero(answers == NOT_REACHED)),
        n_not_presented=matrix.n_persons - int(n),
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
        options=tuple(_describe_options(matrix, sums, j=j, correlation=correlation, excess=excess)),
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
    matrix: ResponseMatrix, sums: _Sums, *, j: int, correlation: tuple[Floats, Floats], excess: tuple[Floats, Floats]
) -> Iterator[OptionStatistics]:
    key, n = int(matrix.key[j]), float(sums.n[j])
    n_upper = float(sums.group_n[0, j])
    key_upper = _share(sums.group_counts[0, key, j], n_upper)
    for code in range(int(matrix.offered[j])):
        upper, middle, lower = (_share(sums.group_counts[g, code, j], sums.group_n[g, j]) for g in range(3))
        difference, is_key = upper - key_upper, code == key
        spread = math.sqrt(max(upper + key_upper - difference**2, 0) / n_upper) if n_upper else math.nan
        yield OptionStatistics(
            letter=matrix.letters[code],
            is_key=is_key,
            n=int(sums.counts[code, j]),
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
