"""Classical analysis of a test: is each form reliable, and what does each item do?

Item figures pool over all who were presented with the item; figures of a test as a whole belong to one form.
"""

import math
from dataclasses import dataclass

import numpy as np

from analysis.forms import Floats, Form, find_forms
from analysis.intervals import Interval, feldt
from analysis.items import ItemStatistics, describe_items
from analysis.responses import ResponseMatrix

WANTED_RELIABILITY = 0.70
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
    cautions: tuple[Caution, ...]

    def n_passing(self, cut_percent: int = 75) -> int:
        """How many reach the cut, by whole numbers: 100 x right >= cut x items."""
        return sum(count for raw, count in enumerate(self.histogram) if 100 * raw >= cut_percent * self.n_items)


@dataclass(frozen=True, eq=False)
class ClassicalAnalysis:
    """Item and form statistics of one administration."""

    n_persons: int
    n_items: int
    items: tuple[ItemStatistics, ...]
    forms: tuple[FormStatistics, ...]

    def alpha_if_deleted(self, item: str) -> float:
        """Alpha of the form without this item; the mean over forms, weighted by people, when several hold it."""
        held = [(f.n_persons, f.alpha_if_deleted[f.item_names.index(item)]) for f in self.forms if item in f.item_names]
        n = sum(people for people, _ in held)
        return sum(people * alpha for people, alpha in held) / n if n else math.nan


def analyze(matrix: ResponseMatrix) -> ClassicalAnalysis:
    """Run the whole classical analysis of an administration.

    Omitted and not-reached answers count wrong; people who were not presented with an item do not count for it.
    """
    forms = find_forms(matrix)
    return ClassicalAnalysis(
        n_persons=matrix.n_persons,
        n_items=matrix.n_items,
        items=describe_items(matrix, forms),
        forms=tuple(describe_form(matrix, form) for form in forms),
    )


def describe_form(matrix: ResponseMatrix, form: Form) -> FormStatistics:
    """Mean, spread, shape and reliability of the raw scores of one form."""
    x = matrix.scored[np.ix_(form.persons, form.items)].astype(np.float64)
    n, k = x.shape
    scores, variances = form.raw_scores, x.var(axis=0)
    alpha = _alpha(variances.sum(), form.sd**2, k)
    sd = float(scores.std(ddof=1)) if n > 1 else math.nan
    return FormStatistics(
        item_names=tuple(matrix.item_names[j] for j in form.items),
        n_persons=n,
        n_items=k,
        mean=form.mean,
        sd=sd,
        min=float(scores.min()),
        max=float(scores.max()),
        median=float(np.median(scores)),
        skewness=_standard_moment(scores, 3),
        kurtosis_excess=_standard_moment(scores, 4) - 3,
        kr20=alpha,
        alpha=alpha,
        alpha_interval=feldt(alpha, n_persons=n, n_items=k),
        stratified_alpha=_stratified_alpha(matrix, form, x),
        split_half=_split_half(x),
        sem=sd * math.sqrt(1 - alpha) if alpha <= 1 else math.nan,
        n_items_for_wanted_reliability=length_for_reliability(k, alpha, wanted=WANTED_RELIABILITY),
        alpha_if_deleted=_alpha_if_deleted(x, scores),
        histogram=tuple(np.bincount(scores.astype(np.intp), minlength=k + 1).tolist()),
        cautions=tuple(_cautions(form, variances, n=n, alpha=alpha)),
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


def _standard_moment(scores: Floats, power: int) -> float:
    sd = float(scores.std())
    return float(np.mean((scores - scores.mean()) ** power) / sd**power) if sd > 0 else math.nan


def _split_half(x: Floats) -> float:
    odd, even = x[:, ::2].sum(axis=1), x[:, 1::2].sum(axis=1)
    if len(x) < 2 or odd.std() == 0 or even.std() == 0:
        return math.nan
    r = float(np.corrcoef(odd, even)[0, 1])
    return 2 * r / (1 + r) if r > -1 else math.nan


def _alpha_if_deleted(x: Floats, scores: Floats) -> tuple[float, ...]:
    k, variances = x.shape[1], x.var(axis=0)
    covariances = scores @ x / len(x) - scores.mean() * x.mean(axis=0)
    rest_variances = scores.var() + variances - 2 * covariances
    without = zip(variances.sum() - variances, rest_variances, strict=True)
    return tuple(_alpha(float(items), float(rest) if rest > 1e-12 else 0.0, k - 1) for items, rest in without)


def _stratified_alpha(matrix: ResponseMatrix, form: Form, x: Floats) -> float:
    """1 - sum over sections of variance (1 - alpha) / score variance (Cronbach, Schönemann & McKie 1965)."""
    if matrix.sections is None or form.sd == 0:
        return math.nan
    sections = np.array(matrix.sections)[form.items]
    error = 0.0
    for section in np.unique(sections):
        part = x[:, sections == section]
        variance = float(part.sum(axis=1).var())
        error += variance * (1 - _alpha(float(part.var(axis=0).sum()), variance, part.shape[1]))
    return 1 - error / form.sd**2


def _cautions(form: Form, variances: Floats, *, n: int, alpha: float) -> list[Caution]:
    found = []
    if n < FEW_PERSONS:
        found.append(Caution("few_persons", (("n", n), ("wanted", FEW_PERSONS))))
    if form.sd == 0:
        found.append(Caution("scores_do_not_differ", (("n", n),)))
    constant = int(np.count_nonzero(variances == 0))
    if constant:
        found.append(Caution("constant_items", (("count", constant),)))
    if alpha < WANTED_RELIABILITY:
        found.append(Caution("reliability_below_wanted", (("alpha", alpha), ("wanted", WANTED_RELIABILITY))))
    return found
