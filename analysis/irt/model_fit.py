"""Does the model as a whole reproduce the answers? And which pairs of items belong together more than it says?

Full tables of answer patterns are far too sparse to test, so M2 looks at what is never sparse: how many are right on
each item and on each pair. Judged by size (RMSEA, SRMSR) first: with many people every model is rejected.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import NotEstimable
from analysis.forms import Floats, find_forms
from analysis.intervals import Interval, chi_square_tail
from analysis.irt.calibration import Calibration
from analysis.irt.information import AbilityGrid, ability_grid, item_curves, lower_asymptotes
from analysis.irt.scoring import Abilities
from analysis.responses import ResponseMatrix

_ROUNDING = 0.01  # of a chi-square: models of equal height
MOST_ITEMS = 120  # the covariance of all pairs of 120 items takes 0.4 GB


@dataclass(frozen=True)
class ModelFit:
    """How a calibration as a whole fits. A figure that is undefined is nan."""

    model: str
    n_persons: int  # of the largest form, on whom all figures rest
    n_items: int
    M2: float
    df: int
    p: float
    RMSEA: float
    RMSEA_interval: Interval  # two-sided 90 %
    SRMSR: float
    CFI: float
    TLI: float


def model_fit(matrix: ResponseMatrix, calibration: Calibration) -> ModelFit:
    """M2 of the largest form, and the indices that follow from it.

    Sources: Maydeu-Olivares & Joe (2006), Limited information goodness-of-fit testing in multidimensional contingency
    tables, Psychometrika 71; RMSEA, SRMSR: Maydeu-Olivares & Joe (2014), Assessing approximate fit in categorical data
    analysis, Multivariate Behavioral Research 49; CFI and TLI beside the model of unrelated items: Cai, Chung & Lee
    (2023), Incremental model fit assessment in the case of categorical data, Prevention Science 24.

    Raises
    ------
    NotEstimable
        When fewer than three or more than 120 items of the form have an estimate, or people are too few.
    """
    form = max(find_forms(matrix), key=lambda found: len(found.persons))
    columns = form.items[calibration.estimated[form.items]]
    if not 3 <= len(columns) <= MOST_ITEMS:
        raise NotEstimable(f"M2 wants 3 to {MOST_ITEMS} estimated items in one form, not {len(columns)}.")
    x = (matrix.scored[np.ix_(form.persons, columns)] == 1).astype(np.float64)
    n, k = x.shape
    if n < 2:
        raise NotEstimable("M2 wants more than one person.")
    observed_joint = x.T @ x / n
    observed = _margins(observed_joint)
    grid = ability_grid(calibration)
    p = item_curves(calibration, grid.theta)[:, columns]
    joint = (p * grid.weights[:, None]).T @ p
    np.fill_diagonal(joint, grid.weights @ p)
    gradient = margin_gradient_of(calibration, grid, p, columns=columns)
    value = n * _quadratic(observed - _margins(joint), _covariance(p, grid.weights), gradient)
    df = len(observed) - gradient.shape[1]
    null_value, null_df = _unrelated(observed, n=n, k=k)
    ratio, null_ratio = (value / df if df > 0 else math.nan), null_value / null_df
    return ModelFit(
        model=calibration.model,
        n_persons=n,
        n_items=k,
        M2=value if df > 0 else math.nan,
        df=max(df, 0),
        p=_tail(value, df),
        RMSEA=_rmsea(value, df, n),
        RMSEA_interval=_rmsea_interval(value, df, n),
        SRMSR=_srmsr(observed_joint, joint),
        CFI=min(max(1 - (value - df) / (null_value - null_df), 0.0), 1.0) if df > 0 else math.nan,
        TLI=(null_ratio - ratio) / (null_ratio - 1),
    )


def _margins(joint: Floats) -> Floats:
    """(k + k (k - 1) / 2,) shares right on each item, then on both items of each pair."""
    return np.concatenate([np.diag(joint), joint[np.triu_indices(len(joint), 1)]])


def _quadratic(residual: Floats, covariance: Floats, gradient: Floats) -> float:
    """e' C e with C = W - W D (D' W D)^-1 D' W and W the inverse covariance of the margins."""
    from scipy.linalg import cho_factor, cho_solve

    solved = cho_solve(cho_factor(covariance, lower=True), np.column_stack([residual, gradient]))
    direct, along = solved[:, 0], solved[:, 1:]
    taken, *_ = np.linalg.lstsq(gradient.T @ along, along.T @ residual, rcond=None)
    return float(residual @ direct - (along.T @ residual) @ taken)


def _covariance(p: Floats, weights: Floats) -> Floats:
    """Covariance of one person's margins: of (right on i, right on i and j) with all others, by the model.

    Given ability, answers are independent; so a product of margins has as its mean the product over all items that
    occur in it, each taken once. Margins without a common item need no care, the others are put right one by one.
    """
    k = p.shape[1]
    first, second = np.triu_indices(k, 1)
    of_pairs = p[:, first] * p[:, second]
    both = np.hstack([p, of_pairs])
    weighted = both * weights[:, None]
    mean = weights @ both
    product = weighted.T @ both
    triple = np.einsum("q,qi,qj,ql->ijl", weights, p, p, p, optimize=True)
    np.fill_diagonal(product, mean)
    pairs = k + np.arange(len(first))
    for item in range(k):
        # A margin of this item alone, and every pair: the item counts once.
        inside = (first == item) | (second == item)
        product[item, pairs[inside]] = product[pairs[inside], item] = mean[pairs[inside]]
        other = np.where(first[inside] == item, second[inside], first[inside])
        shared = triple[item][np.ix_(other, other)]
        np.fill_diagonal(shared, mean[pairs[inside]])
        product[np.ix_(pairs[inside], pairs[inside])] = shared
    return np.asarray(product - np.outer(mean, mean))


def margin_gradient_of(calibration: Calibration, grid: AbilityGrid, p: Floats, *, columns: NDArray[np.intp]) -> Floats:
    """(margins, free parameters) how the margins move with each parameter."""
    c = lower_asymptotes(calibration)[columns]
    slope = (p - c) * (1 - p) / (1 - c)  # of P by its logit
    by = {"d": slope, "a": slope * grid.theta[:, None], "c": (1 - p) / (1 - c)}
    of_item = {name: _margin_gradient(part, p, grid.weights) for name, part in by.items()}
    match calibration.model:
        case "rasch":
            # Every slope is 1, and abilities stretch with the spread: as if one slope were free.
            return np.column_stack([of_item["d"], of_item["a"].sum(axis=1)])
        case "1pl":
            return np.column_stack([of_item["d"], of_item["a"].sum(axis=1)])
        case "2pl":
            return np.column_stack([of_item["a"], of_item["d"]])
        case "3pl":
            return np.column_stack([of_item["a"], of_item["d"], of_item["c"]])
        case other:
            raise NotEstimable(f"M2 does not know the model {other!r}.")


def _margin_gradient(slope: Floats, p: Floats, weights: Floats) -> Floats:
    """(margins, k): how each margin moves with one parameter of each item, given how that item's curve moves."""
    k = p.shape[1]
    first, second = np.triu_indices(k, 1)
    moved = (slope * weights[:, None]).T @ p  # [i, j]: the pair moves by item i's parameter
    gradient = np.zeros((k + len(first), k))
    gradient[np.arange(k), np.arange(k)] = weights @ slope
    pairs = k + np.arange(len(first))
    gradient[pairs, first] = moved[first, second]
    gradient[pairs, second] = moved[second, first]
    return gradient


def _unrelated(observed: Floats, *, n: int, k: int) -> tuple[float, int]:
    """M2 and degrees of freedom of the model in which no item has to do with any other."""
    p = observed[None, :k]
    first, second = np.triu_indices(k, 1)
    expected = np.concatenate([observed[:k], observed[first] * observed[second]])
    alone = np.ones(1)
    gradient = _margin_gradient(np.ones_like(p), p, alone)
    return n * _quadratic(observed - expected, _covariance(p, alone), gradient), len(first)


def _tail(value: float, df: int) -> float:
    return float(chi_square_tail(np.array(value), np.array(float(df)))) if df > 0 else math.nan


def _rmsea(value: float, df: int, n: int) -> float:
    return math.sqrt(max(value - df, 0) / (df * (n - 1))) if df > 0 else math.nan


def _rmsea_interval(value: float, df: int, n: int, *, confidence: float = 0.90) -> Interval:
    """The noncentralities at which the value lies at either tail (Browne & Cudeck 1993)."""
    if df <= 0:
        return math.nan, math.nan
    low, high = (_noncentrality(value, df, tail) for tail in ((1 + confidence) / 2, (1 - confidence) / 2))
    return math.sqrt(low / (df * (n - 1))), math.sqrt(high / (df * (n - 1)))


def _noncentrality(value: float, df: int, tail: float) -> float:
    """The noncentrality at which a chi-square stays below the value with probability `tail`; 0 when there is none."""
    from scipy.special import chdtr, chndtr

    if value <= 0 or chdtr(df, value) < tail:
        return 0.0
    low, high = 0.0, max(value, 1.0)
    while chndtr(value, df, high) > tail:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if chndtr(value, df, middle) > tail else (low, middle)
    return (low + high) / 2


def _srmsr(observed: Floats, expected: Floats) -> float:
    """Root mean square of observed less expected correlations of the pairs; nan when an item does not vary."""
    pairs = np.triu_indices(len(observed), 1)
    return float(np.sqrt(np.mean((_correlations(observed) - _correlations(expected))[pairs] ** 2)))


def _correlations(joint: Floats) -> Floats:
    """From the shares right on each item (diagonal) and on each pair."""
    p = np.diag(joint)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((joint - np.outer(p, p)) / np.sqrt(np.outer(p * (1 - p), p * (1 - p))))


@dataclass(frozen=True)
class Comparison:
    """Two nested models beside each other: is the larger one worth its parameters?"""

    smaller: str
    larger: str
    chi_square: float
    df: int
    p: float  # too large by up to half when the larger model puts parameters at their limit (3PL)
    # p is nan when chi_square is negative: the priors of the larger model hold it below the smaller, which is no test
    aic_difference: float  # smaller less larger: above 0 speaks for the larger
    bic_difference: float


NESTED = {("rasch", "2pl"), ("rasch", "3pl"), ("1pl", "2pl"), ("1pl", "3pl"), ("2pl", "3pl")}


def compare_models(smaller: Calibration, larger: Calibration) -> Comparison:
    """Likelihood-ratio test and information criteria of two calibrations of the same answers.

    Raises
    ------
    NotEstimable
        When one model is not a special case of the other, or they rest on different answers.
    """
    if (smaller.model, larger.model) not in NESTED:
        raise NotEstimable(f"{smaller.model} is not a special case of {larger.model}.")
    if smaller.n_persons != larger.n_persons or smaller.item_names != larger.item_names:
        raise NotEstimable("The two calibrations rest on different answers.")
    value, df = 2 * (larger.log_likelihood - smaller.log_likelihood), larger.n_parameters - smaller.n_parameters
    return Comparison(
        smaller=smaller.model,
        larger=larger.model,
        chi_square=value,
        df=df,
        p=_tail(max(value, 0.0), df) if value > -_ROUNDING else math.nan,
        aic_difference=smaller.aic - larger.aic,
        bic_difference=smaller.bic - larger.bic,
    )


@dataclass(frozen=True, eq=False)
class LocalDependence:
    """Q3: correlations of what the model leaves unexplained, (n_items, n_items), nan on the diagonal."""

    item_names: tuple[str, ...]
    q3: Floats

    @property
    def mean(self) -> float:
        """Mean over pairs: about -1 / (n_items - 1) when nothing is wrong."""
        return float(np.nanmean(self.q3)) if np.isfinite(self.q3).any() else math.nan

    @property
    def adjusted(self) -> Floats:
        """Q3 less its mean, which makes tests of different length comparable."""
        return np.asarray(self.q3 - self.mean)

    def largest(self, count: int = 1) -> tuple[tuple[str, str, float], ...]:
        """The pairs with the largest |Q3|: first item, second item, Q3."""
        rows, columns = np.tril_indices(len(self.q3), -1)
        values = self.q3[rows, columns]
        order = np.argsort(-np.nan_to_num(np.abs(values), nan=-1.0), kind="stable")
        known = [int(place) for place in order[:count] if np.isfinite(values[place])]
        return tuple((self.item_names[rows[i]], self.item_names[columns[i]], float(values[i])) for i in known)


def local_dependence(matrix: ResponseMatrix, calibration: Calibration, people: Abilities) -> LocalDependence:
    """Which items go together beyond ability: correlations of the residuals at the EAP estimates.

    Over the people who saw both items. Judge a pair by how far it stands out from the mean (Q3*), 0.2 being a usual
    alarm: Yen (1984), Applied Psychological Measurement 8; Christensen, Makransky & Horton (2017), same journal 41.
    """
    known, q3 = calibration.estimated, np.full((matrix.n_items, matrix.n_items), np.nan)
    residual = (matrix.scored[:, known] == 1) - item_curves(calibration, people.theta)[:, known]
    seen = matrix.presented[:, known]
    of_known = _correlated(residual, None if seen.all() else seen.astype(np.float64))
    q3[np.ix_(known, known)] = of_known
    np.fill_diagonal(q3, np.nan)
    return LocalDependence(item_names=matrix.item_names, q3=q3)


def _correlated(residual: Floats, seen: Floats | None) -> Floats:
    """Correlations of the columns, over the people who saw both; nan where these are two or fewer."""
    if seen is None:
        residual -= residual.mean(axis=0)
        products = residual.T @ residual
        scale = np.sqrt(np.diag(products))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(len(residual) > 2, products / np.outer(scale, scale), np.nan))
    residual *= seen
    n = seen.T @ seen
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = residual.T @ seen / n  # [i, j]: of item i over those who saw j too
        square = (residual**2).T @ seen / n - mean**2
        covariance = residual.T @ residual / n - mean * mean.T
        return np.asarray(np.where(n > 2, covariance / np.sqrt(square * square.T), np.nan))
