"""A second opinion: girth calibrates the same answers, and the largest disagreement is told.

girth is independent of our engine but cannot serve everything: it clamps slopes near 0.2 and difficulties at 6 and lets
that distort the other items, tells no convergence, and wants complete answers. So both programs calibrate the people of
the largest form on its items with slopes from 0.25 to 4 and difficulties within 5.5 standard deviations of ability, and
every other item is named unchecked.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forms import find_forms
from analysis.irt.calibration import Calibration, calibrate
from analysis.irt.curves import Floats
from analysis.irt.expectation import REACH
from analysis.responses import ResponseMatrix

SLOPES, FARTHEST = (0.25, 4.0), 5.5  # the difficulty that girth still finds, with room for chance
FEWEST_ITEMS = 3
SERVED_MODELS = ("rasch", "1pl", "2pl")  # girth's 3PL has other priors, so it would witness something else


@dataclass(frozen=True)
class SecondOpinion:
    """How far girth's parameters lie from ours on the items that it can serve."""

    model: str
    n_persons: int
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]
    largest_slope_difference: float  # nan when nothing could be checked
    largest_intercept_difference: float
    worst_item: str | None


def cross_check(matrix: ResponseMatrix, calibration: Calibration) -> SecondOpinion:
    """Let girth calibrate what it can, ours once more on exactly the same answers, and compare."""
    form = max(find_forms(matrix), key=lambda found: len(found.persons))
    slopes = np.abs(calibration.a * np.sqrt(calibration.group_variance)) * np.sign(calibration.a)
    # nan, of an item without an estimate, lies nowhere.
    within = (slopes >= SLOPES[0]) & (slopes <= SLOPES[1]) & (np.abs(calibration.d) <= FARTHEST * np.abs(slopes))
    served = [int(j) for j in form.items if within[j]]
    if len(served) < FEWEST_ITEMS or calibration.model not in SERVED_MODELS:
        return _nothing_checked(calibration, n_persons=len(form.persons))
    part = _of_form(matrix, form.persons, served)
    ours = calibrate(part, calibration.model)
    slopes_too, intercepts = _girth(part, calibration.model)
    slope_gap = np.abs(slopes_too - ours.a * np.sqrt(ours.group_variance))
    intercept_gap = np.abs(intercepts - ours.d)
    told = np.isfinite(slope_gap + intercept_gap)
    if not told.any():
        return _nothing_checked(calibration, n_persons=len(form.persons))
    worst = int(np.nanargmax(np.maximum(slope_gap, intercept_gap)))
    checked = tuple(name for name, has in zip(part.item_names, told, strict=True) if has)
    return SecondOpinion(
        model=calibration.model,
        n_persons=len(form.persons),
        checked=checked,
        unchecked=tuple(name for name in matrix.item_names if name not in checked),
        largest_slope_difference=float(np.nanmax(slope_gap)),
        largest_intercept_difference=float(np.nanmax(intercept_gap)),
        worst_item=part.item_names[worst],
    )


def _nothing_checked(calibration: Calibration, *, n_persons: int) -> SecondOpinion:
    nan = float("nan")
    return SecondOpinion(calibration.model, n_persons, (), calibration.item_names, nan, nan, None)


def _of_form(matrix: ResponseMatrix, persons: NDArray[np.intp], items: list[int]) -> ResponseMatrix:
    columns = np.array(items, dtype=np.intp)
    return ResponseMatrix.from_arrays(
        matrix.options[np.ix_(persons, columns)],
        key=matrix.key[items],
        item_names=[matrix.item_names[j] for j in items],
        n_options=None if matrix.n_options is None else matrix.n_options[items],
    )


def _girth(matrix: ResponseMatrix, model: str) -> tuple[Floats, Floats]:
    """girth's slopes and intercepts for standard normal ability."""
    import girth

    right = (matrix.scored == 1).T.astype(int)
    options = {"quadrature_n": 61, "quadrature_bounds": (-REACH, REACH)}
    with np.errstate(all="ignore"):
        found = girth.onepl_mml(right, options=options) if model != "2pl" else girth.twopl_mml(right, options=options)
    slopes = np.broadcast_to(np.asarray(found["Discrimination"], dtype=np.float64), matrix.n_items)
    return slopes, -slopes * np.asarray(found["Difficulty"], dtype=np.float64).ravel()
