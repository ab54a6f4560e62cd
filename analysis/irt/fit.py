"""Does each item behave as the model says? Figures for a first look, residuals for a second.

S-X2 groups people by their number right, which is observed, so its chi-square holds where older tests grouped by
estimated ability and flagged everything in large samples. Infit and outfit say how strange single answers are.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forms import Floats, Form, find_forms
from analysis.intervals import chi_square_tail
from analysis.irt.calibration import Calibration
from analysis.irt.information import ability_grid, item_curves
from analysis.irt.scoring import Abilities, eap
from analysis.irt.sum_scores import rest_score_chances, score_chances
from analysis.responses import ResponseMatrix

LEAST_EXPECTED = 1.0
# Per item, as mirt counts: the spread of ability, or the slope, that Rasch items share costs each item a degree.
FREE_PARAMETERS = {"rasch": 2, "1pl": 2, "2pl": 2, "3pl": 3}


@dataclass(frozen=True)
class ItemFit:
    """How one item fits. A figure that is undefined is nan."""

    item: str
    n_persons: int  # on whom S-X2 rests: the largest form that holds the item
    S_X2: float
    df: int
    p: float
    infit: float  # 1 when answers are as surprising as the model says; weighs people near the item
    infit_z: float
    outfit: float  # the same, each person alike, so a few careless answers show
    outfit_z: float


def item_fit(matrix: ResponseMatrix, calibration: Calibration, people: Abilities | None = None) -> tuple[ItemFit, ...]:
    """S-X2, infit and outfit of every item; abilities are EAP estimates unless others are given."""
    where = people or eap(matrix, calibration)
    squares = s_x2(matrix, calibration)
    infit, infit_z, outfit, outfit_z = mean_squares(matrix, calibration, where)
    return tuple(
        ItemFit(
            item=name,
            n_persons=squares.n_persons[j],
            S_X2=float(squares.value[j]),
            df=int(squares.df[j]),
            p=float(squares.p[j]),
            infit=float(infit[j]),
            infit_z=float(infit_z[j]),
            outfit=float(outfit[j]),
            outfit_z=float(outfit_z[j]),
        )
        for j, name in enumerate(matrix.item_names)
    )


@dataclass(frozen=True, eq=False)
class ScoreGroupFit:
    """S-X2 of all items: arrays (n_items,); value and p are nan where too few cells are left."""

    value: Floats
    df: NDArray[np.intp]
    p: Floats
    n_persons: tuple[int, ...]


def s_x2(matrix: ResponseMatrix, calibration: Calibration) -> ScoreGroupFit:
    """Observed against expected share right in groups of the same number right.

    Expected shares follow from the model by Lord & Wingersky's recursion. A group with one person, or with fewer than
    one person expected right or wrong, joins a neighbour: the one with fewer people, the lower one when they tie.
    Degrees of freedom: groups left, less the free parameters of the item.

    Source: Orlando & Thissen (2000), Likelihood-based item-fit indices for dichotomous IRT models, Applied
    Psychological Measurement 24, equations 3 and 6.
    """
    k = matrix.n_items
    value, df, n_persons = np.full(k, np.nan), np.zeros(k, dtype=np.intp), [0] * k
    for form, columns in _forms_by_size(matrix, calibration):
        new = [place for place, j in enumerate(columns) if not n_persons[j]]
        if not new:
            continue
        right, expected = _score_groups(matrix, calibration, form=form, columns=columns)
        for place in new:
            j = int(columns[place])
            n_persons[j] = len(form.persons)
            value[j], cells = _chi_square(right[:, place], expected[:, place], right[:, -1])
            df[j] = cells - FREE_PARAMETERS[calibration.model]
    value = np.where(df > 0, value, np.nan)
    p = chi_square_tail(value, np.maximum(df, 1).astype(np.float64))
    return ScoreGroupFit(value=value, df=np.maximum(df, 0), p=p, n_persons=tuple(n_persons))


def _forms_by_size(matrix: ResponseMatrix, calibration: Calibration) -> Iterator[tuple[Form, NDArray[np.intp]]]:
    """Forms from the largest, with their estimated items; one item alone has no rest score."""
    for form in sorted(find_forms(matrix), key=lambda form: -len(form.persons)):
        columns = form.items[calibration.estimated[form.items]]
        if len(columns) > 1:
            yield form, columns


def _score_groups(
    matrix: ResponseMatrix, calibration: Calibration, *, form: Form, columns: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """(k - 1, k + 1) people right per number right and item, people last; (k - 1, k) expected share right."""
    x = (matrix.scored[np.ix_(form.persons, columns)] == 1).astype(np.float64)
    k, scores = len(columns), x.sum(axis=1).astype(np.intp)
    counted = np.hstack([x, np.ones((len(x), 1))])
    groups = np.zeros((k + 1, k + 1))
    np.add.at(groups, scores, counted)
    grid = ability_grid(calibration)
    p = item_curves(calibration, grid.theta)[:, columns]
    everyone = grid.weights @ score_chances(p)
    right = np.einsum("q,qi,iqs->si", grid.weights, p, rest_score_chances(p), optimize=True)
    return groups[1:k], right[: k - 1] / everyone[1:k, None]


def _chi_square(right: Floats, share: Floats, people: Floats) -> tuple[float, int]:
    """S-X2 of one item and how many groups it rests on."""
    occupied = people > 0
    observed, wanted = (np.column_stack([part, people - part])[occupied] for part in (right, share * people))
    observed, wanted = _joined(observed, wanted)
    if len(observed) < 2 or np.any(wanted <= 0):
        return float("nan"), len(observed)
    return float(((observed - wanted) ** 2 / wanted).sum()), len(observed)


def _joined(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Join groups until each holds two people or more and each cell expects one or more."""
    rows = [(o, e) for o, e in zip(observed, expected, strict=True)]
    place = 0
    while place < len(rows) - 1:
        if rows[place][0].sum() == 1:
            rows[place : place + 2] = [_sum_of(rows[place], rows[place + 1])]
        place += 1
    if len(rows) > 1 and rows[-1][0].sum() == 1:
        rows[-2:] = [_sum_of(rows[-2], rows[-1])]
    while len(rows) > 1:
        thin = next((i for i, (_, e) in enumerate(rows) if e.min() < LEAST_EXPECTED), None)
        if thin is None:
            break
        low = _neighbour(rows, thin)
        rows[low : low + 2] = [_sum_of(rows[low], rows[low + 1])]
    return np.array([o for o, _ in rows]), np.array([e for _, e in rows])


Row = tuple[Floats, Floats]


def _sum_of(one: Row, other: Row) -> Row:
    return one[0] + other[0], one[1] + other[1]


def _neighbour(rows: list[Row], thin: int) -> int:
    """The lower place of the pair that is joined: with the neighbour of fewer people."""
    if thin == 0:
        return 0
    if thin == len(rows) - 1:
        return thin - 1
    return thin - 1 if rows[thin - 1][0].sum() <= rows[thin + 1][0].sum() else thin


def mean_squares(
    matrix: ResponseMatrix, calibration: Calibration, people: Abilities
) -> tuple[Floats, Floats, Floats, Floats]:
    """Infit, its z, outfit, its z: each (n_items,).

    Source: Wright & Masters (1982), Rating scale analysis, chapter 5; z by the cube root (Wilson & Hilferty 1931).
    """
    p = item_curves(calibration, people.theta)
    seen = matrix.presented & calibration.estimated
    return mean_square_pair(matrix.scored == 1, p, seen=seen, axis=0)


def mean_square_pair(
    right: NDArray[np.bool_], p: Floats, *, seen: NDArray[np.bool_], axis: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Infit, its z, outfit, its z, over people (axis 0) or over items (axis 1)."""
    surprise = np.where(seen, (right - p) ** 2, 0)
    variance = np.where(seen, p * (1 - p), 0)
    fourth = np.where(seen, variance * ((1 - p) ** 3 + p**3), 0)
    n = seen.sum(axis=axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        infit = surprise.sum(axis=axis) / variance.sum(axis=axis)
        outfit = np.where(seen, surprise / variance, 0).sum(axis=axis) / n
        infit_sd = np.sqrt((fourth - variance**2).sum(axis=axis)) / variance.sum(axis=axis)
        outfit_sd = np.sqrt(np.where(seen, fourth / variance**2 - 1, 0).sum(axis=axis)) / n
        return infit, _cube_root_z(infit, infit_sd), outfit, _cube_root_z(outfit, outfit_sd)


def _cube_root_z(mean_square: Floats, sd: Floats) -> Floats:
    bounded = np.minimum(sd, np.sqrt(2))  # beyond this the approximation turns against itself
    return np.asarray((np.cbrt(mean_square) - 1) * 3 / bounded + bounded / 3)


@dataclass(frozen=True, eq=False)
class Residuals:
    """Observed less expected share right by ability: arrays (n_groups, n_items), nan where nobody saw the item."""

    theta: Floats  # (n_groups,) mean ability of each group
    n: Floats  # people of the group who saw the item, by their weights
    observed: Floats
    expected: Floats
    standardised: Floats  # residual over its standard error; beyond 2 in one cell of twenty when all is well


def group_residuals(
    matrix: ResponseMatrix, calibration: Calibration, people: Abilities, *, n_groups: int = 10
) -> Residuals:
    """Residuals in groups of like ability: for pictures, not for tests, since the groups rest on the same answers.

    Source: Hambleton, Swaminathan & Rogers (1991), Fundamentals of item response theory, chapter 4.
    """
    edges = np.quantile(people.theta, np.linspace(0, 1, n_groups + 1)[1:-1])
    group = np.searchsorted(edges, people.theta, side="left")
    present = np.unique(group)
    member = (group == present[:, None]) * (1.0 if matrix.weights is None else matrix.weights)
    p = np.nan_to_num(item_curves(calibration, people.theta))
    seen = (matrix.presented & calibration.estimated).astype(np.float64)
    n = member @ seen
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = member @ (matrix.scored == 1) / n
        expected = member @ (p * seen) / n
        error = np.sqrt(member @ (p * (1 - p) * seen)) / n
        theta = member @ people.theta / member.sum(axis=1)
        standardised = (observed - expected) / error
    return Residuals(
        theta=theta,
        n=n,
        observed=np.where(n > 0, observed, np.nan),
        expected=expected,
        standardised=standardised,
    )
