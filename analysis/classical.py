"""Classical analysis of a test: is each form reliable, and what does each item do?

Item figures pool over all who were presented with the item; figures of a test as a whole belong to one form.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.counting import Counts, Floats, FormCounts, count
from analysis.forms import Form
from analysis.intervals import Interval, feldt
from analysis.items import ItemStatistics, describe_items, mean_and_sd, right_shares, score_covariances
from analysis.responses import ResponseMatrix

WANTED_RELIABILITY = 0.70
MOSTLY = 0.5
FEW_PERSONS = 100  # below this the limits of alpha and of discrimination are too wide to lean on


@dataclass(frozen=True)
class Caution:
    """Something that a reader must know before trusting a figure; `code` is explained in `analysis.explanations`."""

    code: str
    numbers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class FormStatistics:
    """How a form worked as a whole. A figure that is undefined is nan."""

    item_names: tuple[str, ...]
    n_persons: int
    n_items: int
    mean: float
    sd: float  # sample, n - 1
    min: float
    max: float
    median: float
    skewness: float  # population (type 1)
    kurtosis_excess: float  # population (type 1)
    kr20: float
    alpha: float
    alpha_interval: Interval  # two-sided 95 %, Feldt
    stratified_alpha: float  # nan when the items have no sections
    split_half: float  # odd against even items, Spearman-Brown
    sem: float  # standard error of measurement, sd sqrt(1 - kr20)
    n_items_for_wanted_reliability: float  # by Spearman-Brown, to reach 0.70; nan when alpha <= 0
    alpha_if_deleted: tuple[float, ...]  # one an item
    histogram: tuple[int, ...]  # people at raw score 0, 1 .. n_items
    people: tuple[float, ...]  # the same, not rounded: weights need not be whole
    cautions: tuple[Caution, ...]

    @property
    def n_counted(self) -> float:
        """The people that the rows stand for: n_persons unless they carry weights."""
        return math.fsum(self.people)

    def n_passing(self, cut_percent: int = 75) -> int:
        """How many reach the cut, by whole numbers: 100 x right >= cut x items."""
        passing = (count for raw, count in enumerate(self.people) if 100 * raw >= cut_percent * self.n_items)
        return round(math.fsum(passing))


@dataclass(frozen=True, eq=False)
class ClassicalAnalysis:
    """Item and form statistics of one administration."""

    n_persons: int
    n_items: int
    items: tuple[ItemStatistics, ...]
    forms: tuple[FormStatistics, ...]

    def alpha_if_deleted(self, item: str) -> float:
        """Alpha of the form without this item; the mean over forms, weighted by people, when several hold it."""
        held = [(f.n_counted, f.alpha_if_deleted[f.item_names.index(item)]) for f in self.forms if item in f.item_names]
        n = sum(people for people, _ in held)
        return sum(people * alpha for people, alpha in held) / n if n else math.nan


def analyze(matrix: ResponseMatrix) -> ClassicalAnalysis:
    """Run the whole classical analysis of an administration.

    Omitted and not-reached answers count wrong; people who were not presented with an item do not count for it.
    """
    return analyze_counts(count([matrix]))


def analyze_counts(counts: Counts) -> ClassicalAnalysis:
    """The same from counts, which may come from more answers than memory holds.

    A person of weight w counts as w people, in errors and limits too; whole numbers of people are rounded.
    """
    return ClassicalAnalysis(
        n_persons=counts.n_persons,
        n_items=counts.n_items,
        items=describe_items(counts),
        forms=tuple(_describe(counts, form) for form in counts.forms),
    )


def describe_form(matrix: ResponseMatrix, form: Form) -> FormStatistics:
    """Mean, spread, shape and reliability of the raw scores of one form."""
    whole = count([matrix.select_persons(form.persons)])
    return _describe(whole, whole.forms[0])


def _describe(counts: Counts, form: FormCounts) -> FormStatistics:
    histogram, k = form.histogram, len(form.items)
    n, (mean, spread) = float(histogram.sum()), mean_and_sd(histogram)
    p, occurring = right_shares(counts, form), np.flatnonzero(histogram)
    variances = p * (1 - p)
    alpha = _alpha(float(variances.sum()), spread**2, k)
    sd = spread * math.sqrt(n / (n - 1)) if n > 1 else math.nan
    return FormStatistics(
        item_names=tuple(counts.item_names[j] for j in form.items),
        n_persons=form.n_rows,
        n_items=k,
        mean=mean,
        sd=sd,
        min=float(occurring[0]),
        max=float(occurring[-1]),
        median=_median(histogram),
        skewness=_standard_moment(histogram, 3),
        kurtosis_excess=_standard_moment(histogram, 4) - 3,
        kr20=alpha,
        alpha=alpha,
        alpha_interval=feldt(alpha, n_persons=round(n), n_items=k),
        stratified_alpha=_stratified_alpha(counts, form, spread),
        split_half=_split_half(form.products, n),
        sem=sd * math.sqrt(1 - alpha) if alpha <= 1 else math.nan,
        n_items_for_wanted_reliability=length_for_reliability(k, alpha, wanted=WANTED_RELIABILITY),
        alpha_if_deleted=_alpha_if_deleted(counts, form),
        histogram=tuple(round(people) for people in histogram.tolist()),
        people=tuple(histogram.tolist()),
        cautions=(*_cautions(variances, n=n, alpha=alpha, spread=spread), *_blanks(form)),
    )


def length_for_reliability(n_items: int, reliability: float, *, wanted: float) -> float:
    """How many items like these would reach the wanted reliability (Spearman 1910, Brown 1910)."""
    if not 0 < reliability < 1:
        return math.nan
    return n_items * wanted * (1 - reliability) / (reliability * (1 - wanted))


def _alpha(item_variances: float, score_variance: float, n_items: int) -> float:
    """k / (k - 1) (1 - sum of item variances / score variance), population variances (Cronbach 1951)."""
    if n_items < 2 or score_variance <= 0:
        return math.nan
    return float(n_items / (n_items - 1) * (1 - item_variances / score_variance))


def _median(histogram: Floats) -> float:
    """The middle score, or half-way between the two middle ones."""
    below, half = np.cumsum(histogram), float(histogram.sum()) / 2
    low, high = int(np.searchsorted(below, half)), int(np.searchsorted(below, half, side="right"))
    return (low + high) / 2


def _standard_moment(histogram: Floats, power: int) -> float:
    mean, sd = mean_and_sd(histogram)
    deviations = np.arange(len(histogram)) - mean
    return float(deviations**power @ histogram / histogram.sum()) / sd**power if sd > 0 else math.nan


def _covariances(products: Floats, n: float) -> Floats:
    """(k, k) population covariances of the items, from how many people were right on both."""
    p = np.diag(products) / n
    return np.asarray(products / n - np.outer(p, p))


def _split_half(products: Floats, n: float) -> float:
    covariances = _covariances(products, n)
    odd, even = float(covariances[::2, ::2].sum()), float(covariances[1::2, 1::2].sum())
    if n < 2 or odd < 1e-12 or even < 1e-12:
        return math.nan
    r = float(covariances[::2, 1::2].sum()) / math.sqrt(odd * even)
    return 2 * r / (1 + r) if r > -1 else math.nan


def _alpha_if_deleted(counts: Counts, form: FormCounts) -> tuple[float, ...]:
    p, k = right_shares(counts, form), len(form.items)
    variances, (_, rest_variances) = p * (1 - p), score_covariances(counts, form)
    without = zip(variances.sum() - variances, rest_variances, strict=True)
    return tuple(_alpha(float(items), float(rest) if rest > 1e-12 else 0.0, k - 1) for items, rest in without)


def _stratified_alpha(counts: Counts, form: FormCounts, spread: float) -> float:
    """1 - sum over sections of variance (1 - alpha) / score variance (Cronbach, Schönemann & McKie 1965)."""
    if counts.sections is None or spread == 0:
        return math.nan
    sections = np.array(counts.sections)[form.items]
    covariances, error = _covariances(form.products, float(form.histogram.sum())), 0.0
    for section in np.unique(sections):
        part = covariances[np.ix_(sections == section, sections == section)]
        variance = float(part.sum())
        alpha = _alpha(float(np.trace(part)), variance if variance > 1e-12 else 0.0, len(part))
        error += variance * (1 - alpha)
    return 1 - error / spread**2


def _cautions(variances: Floats, *, n: float, alpha: float, spread: float) -> list[Caution]:
    found = []
    if n < FEW_PERSONS:
        found.append(Caution("few_persons", (("n", n), ("wanted", FEW_PERSONS))))
    if spread == 0:
        found.append(Caution("scores_do_not_differ", (("n", n),)))
    constant = int(np.count_nonzero(variances < 1e-12))
    if constant:
        found.append(Caution("constant_items", (("count", constant),)))
    if alpha < WANTED_RELIABILITY:
        found.append(Caution("reliability_below_wanted", (("alpha", alpha), ("wanted", WANTED_RELIABILITY))))
    return found


def _blanks(form: FormCounts) -> Iterator[Caution]:
    """Items that most people left blank: perhaps nobody showed them, which a blank does not say."""
    blank = (form.omitted + form.not_reached).sum(axis=1) / form.histogram.sum()
    count = int(np.count_nonzero(blank > MOSTLY))
    if count:
        yield Caution("mostly_blank_items", (("count", count),))
