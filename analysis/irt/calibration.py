"""Calibrate items: estimate where each stands and how well it discriminates, and say how sure that is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadArrays
from analysis.irt.answers import Answers, answers_of, doubled, nobody_has_a_group
from analysis.irt.climbing import Hill
from analysis.irt.curves import Floats
from analysis.irt.expectation import N_POINTS, REACH, Crew, Grid, normal_grid, shares
from analysis.irt.fitting import fit, reduced, refined, start_of
from analysis.irt.models import ALL_MODELS, MODELS, Latent, Specification
from analysis.irt.parameters import Parameters
from analysis.irt.priors import Normal, Priors
from analysis.irt.result import Anchor, Calibration, Group
from analysis.irt.stream import answers_of_blocks
from analysis.irt.threads import crew_for
from analysis.irt.top import calibration_of, top_of
from analysis.responses import ResponseMatrix

__all__ = [
    "ALL_MODELS",
    "MODELS",
    "Anchor",
    "Calibration",
    "Effort",
    "Group",
    "calibrate",
    "calibrate_answers",
    "calibrate_blocks",
]
TOLERANCE = 1e-4  # of a standard error
_NOTHING_MOVES = 1e-9
_MOST_LOOKS = 2000
_STEP = 1.3  # between points, as a part of the narrowest posterior: its integral is then exact to 2e-5, sums to 1e-10
_TOO_WIDE = 1.6
_MOST_POINTS = 304
_VECTOR = 8  # numbers that a processor handles at once: other counts of points cost more than they bring


@dataclass(frozen=True)
class Effort:
    """How hard to try."""

    n_points: int | None = None
    tolerance: float = TOLERANCE
    max_looks: int = _MOST_LOOKS
    n_threads: int | None = None
    is_exact: bool = False  # double precision until nothing moves, so that the way to the top leaves no digit

    @property
    def settled_at(self) -> float:
        return min(self.tolerance, _NOTHING_MOVES) if self.is_exact else self.tolerance

    def grid(self, answers: Answers, at: Parameters) -> Grid:
        """Points that stand the closer, the more sharply the forms place people."""
        if self.n_points is not None:
            return normal_grid(self.n_points)
        wanted = 2 * REACH / (_STEP * _narrowest(answers, at))
        if answers.is_exact:
            return normal_grid(int(np.clip(2 * np.ceil(wanted / 2) + 1, N_POINTS, _MOST_POINTS)))
        return normal_grid(int(np.clip(_VECTOR * np.ceil(wanted / _VECTOR), 4 * _VECTOR, _MOST_POINTS)))


def calibrate(
    matrix: ResponseMatrix,
    model: str = "2pl",
    *,
    group: str | None = None,
    reference: str | None = None,
    latent: Latent | None = None,
    anchors: Mapping[str, Anchor] | None = None,
    priors: Priors | None = None,
    weights: Floats | None = None,
    not_reached_counts_wrong: bool = True,
    n_points: int | None = None,
    tolerance: float = TOLERANCE,
    max_iter: int = _MOST_LOOKS,
    n_threads: int | None = None,
) -> Calibration:
    """Estimate the items of an administration by marginal maximum likelihood, or its Bayes mode where there are priors.

    Items that a person was not presented with are left out of that person's likelihood, so overlapping forms are
    calibrated together.

    Parameters
    ----------
    model : "rasch" (slope 1), "1pl" (one slope), "2pl" or "3pl".
    group : the column whose groups differ in mean and variance of ability; None for one group. People whose cell is
        empty belong to none and are left out: `n_without_group` of them.
    reference : the group that sets the scale; None for the largest.
    latent : of the reference group: "standard" N(0, 1), "free_variance" or "free"; None: free variance for Rasch, free
        mean and variance with anchors, else standard.
    anchors : item name -> parameters that stay as they are.
    priors : None: on guessing only, and only for the 3PL (normal on logit c around 0.8 / options, sd 0.5).
    weights : (n_persons,) 0 or more; how many people each row stands for; None: the weights of the matrix.
    n_points : quadrature points from -6 to 6 standard deviations.
    tolerance : the Newton step left, as a part of each standard error, at which the fit has settled.
    max_iter : looks at all answers (E-steps).

    Raises
    ------
    BadArrays
        When the model, group or anchor is unknown, or no item has both right and wrong answers.
    NotEstimable
        When nothing sets the scale.
    """
    specification = Specification(model, latent, anchors, priors)
    specification.check(matrix.item_names)
    answers = answers_of(
        matrix,
        group=group,
        reference=reference,
        weights=matrix.weights if weights is None else weights,
        not_reached_counts_wrong=not_reached_counts_wrong,
    )
    effort = Effort(n_points=n_points, tolerance=tolerance, max_looks=max_iter, n_threads=n_threads)
    return calibrate_answers(
        answers, specification, item_names=matrix.item_names, n_options=matrix.offered, effort=effort
    )


def calibrate_blocks(
    blocks: Iterable[ResponseMatrix],
    specification: Specification,
    *,
    group: str | None = None,
    reference: str | None = None,
    not_reached_counts_wrong: bool = True,
    effort: Effort | None = None,
) -> Calibration:
    """Calibrate answers that come block by block, as from `analysis.streaming.stream_blocks`; see `calibrate`."""
    taken = answers_of_blocks(
        blocks, group=group, reference=reference, not_reached_counts_wrong=not_reached_counts_wrong
    )
    return calibrate_answers(
        taken.answers, specification, item_names=taken.item_names, n_options=taken.n_options, effort=effort
    )


def _narrowest(answers: Answers, at: Parameters) -> float:
    """The smallest standard deviation that the posterior of a person may have, roughly: 1 / sqrt(1 + information)."""
    z = np.linspace(-3, 3, 25)[:, None]
    most = 0.0
    for form in answers.forms:
        slopes, intercepts = at.slopes[form.group, form.items], at.intercepts[form.group, form.items]
        p = 1 / (1 + np.exp(-(slopes * z + intercepts)))
        most = max(most, float((slopes**2 * p * (1 - p)).sum(axis=1).max()))
    return float(1 / np.sqrt(1 + most))


def calibrate_answers(
    answers: Answers,
    specification: Specification,
    *,
    item_names: tuple[str, ...],
    n_options: NDArray[np.integer],
    effort: Effort | None = None,
) -> Calibration:
    """Calibrate answers that were laid out in blocks, such as those too many for a matrix."""
    specification.check(item_names)
    asked = effort or Effort()
    kept = estimable(answers, specification, item_names)
    with crew_for(len(shares(answers)), asked.n_threads) as crew:
        people = reduced(answers.only(kept), specification)
        found = calibrate_people(
            doubled(people) if asked.is_exact else people,
            specification,
            kept=kept,
            item_names=item_names,
            n_options=n_options,
            n_persons=answers.n_persons,
            effort=asked,
            crew=crew,
        )
    return replace(found, n_without_group=answers.n_without_group)


def calibrate_people(
    people: Answers,
    specification: Specification,
    *,
    kept: NDArray[np.bool_],
    item_names: tuple[str, ...],
    n_options: NDArray[np.integer],
    n_persons: int,
    effort: Effort,
    crew: Crew,
) -> Calibration:
    """Calibrate the items that are `kept`, with whatever crew looks at the people."""
    names = tuple(name for name, stays in zip(item_names, kept, strict=True) if stays)
    priors = _only(specification.all_priors(n_options), kept)
    tolerance, max_looks = effort.settled_at, effort.max_looks
    start = start_of(people, specification, names)
    hill = Hill(people, specification.layout(start, names), priors, effort.grid(people, start), crew)
    found = fit(hill, specification=specification, tolerance=tolerance, max_looks=max_looks)
    finer = effort.grid(people, found.climb.view.at)
    if len(finer.points) > _TOO_WIDE / _STEP * len(hill.grid.points):
        hill, found = refined(hill, found, finer, tolerance=tolerance, max_looks=max_looks)
    top = top_of(hill, found)
    return calibration_of(top, specification, item_names=item_names, kept=kept, n_persons=n_persons)


def estimable(answers: Answers, specification: Specification, item_names: tuple[str, ...]) -> NDArray[np.bool_]:
    """(n_items,) whether an item has both right and wrong answers, or is known and was presented."""
    if not answers.group_names:
        raise nobody_has_a_group()
    for name, weight in zip(answers.group_names, answers.group_weights, strict=True):
        if not weight:
            what = f"Nobody of the group {name!r} was presented with an item."
            raise BadArrays(what, mend="leave these people out, or calibrate without groups.")
    right, seen = answers.counts
    varied = (right > 0) & (right < seen)
    if not varied.any():
        raise BadArrays("No item has both right and wrong answers.", mend="calibrate answers that differ.")
    known = np.array([name in (specification.anchors or {}) for name in item_names])
    return np.asarray(varied | (known & (seen > 0)))


def _only(priors: Priors, kept: NDArray[np.bool_]) -> Priors:
    def part(mean: float | Floats) -> float | Floats:
        return mean[kept] if isinstance(mean, np.ndarray) else mean

    slope = None if priors.slope is None else replace(priors.slope, mean=part(priors.slope.mean))
    intercept = None if priors.intercept is None else replace(priors.intercept, mean=part(priors.intercept.mean))
    guessing: Normal | None = None
    if priors.guessing is not None:
        guessing = replace(priors.guessing, mean=part(priors.guessing.mean))
    return Priors(slope, intercept, guessing)
