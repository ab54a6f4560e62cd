"""How a climb is laid out: where it starts, what part of the people find the way, and several starts for the 3PL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.irt.answers import Answers, collapsed_patterns, collapsed_scores
from analysis.irt.climbing import MOST_FREE, Climb, Hill, climb
from analysis.irt.curves import Floats
from analysis.irt.expectation import Grid
from analysis.irt.models import Specification
from analysis.irt.parameters import Layout, Parameters
from analysis.irt.result import Anchor

_FIRST_LOOK = 8192  # people whose answers find the way for the others
_PEOPLE_AN_ITEM = 1000  # of the first look
_PAYS_FROM = 3  # times as many people as the first look takes
_FEWEST_OF_A_KIND = 20  # right and wrong answers to each item in the first look
_CLIMB_AGAIN_WITHIN = 1.0  # in log posterior of the first look
_ROUGH = 0.05  # of the first look's standard errors, which are large beside those of all
_WEAK, _STEEP = 0.4, 1.2  # slopes
_MOST_TURNED = 12  # items
GUESSES = (0.2, 0.05, 0.35)  # where the starts of a 3PL put c, the first one instead of the prior's own centre


@dataclass(frozen=True, eq=False)
class Fit:
    """The best climb, and the heights that all starts reached."""

    climb: Climb
    n_looks: int
    maxima: tuple[float, ...]


def reduced(answers: Answers, specification: Specification) -> Answers:
    """Fewer people who say the same."""
    slopes = {anchor.a for anchor in (specification.anchors or {}).values()}
    guesses = {anchor.c for anchor in (specification.anchors or {}).values()}
    if specification.model == "rasch" and slopes <= {1.0} and guesses <= {0.0}:
        return collapsed_scores(answers)
    if specification.model == "1pl" and not slopes:
        return collapsed_scores(answers)
    return collapsed_patterns(answers)


def start_of(answers: Answers, specification: Specification, item_names: Sequence[str]) -> Parameters:
    """Slopes from the correlation with the share right on the other items, so that a wrong key starts below zero."""
    right, seen = answers.counts
    p = np.clip(right / np.maximum(seen, 1), 1e-3, 1 - 1e-3)
    d = np.log(p / (1 - p))
    a = _slopes(answers, p) if specification.model in {"2pl", "3pl"} else np.ones_like(d)
    if _wants_positive(specification):
        a = np.maximum(a, 0.2)
    n_groups = len(answers.group_names)
    start = Parameters(a, d, np.zeros_like(d), np.zeros(n_groups), np.ones(n_groups))
    return _anchored(start, specification.anchors or {}, item_names)


def fit(hill: Hill, *, specification: Specification, tolerance: float, max_looks: int) -> Fit:
    """The best climb from all starts. Where people are many, a part of them finds the way."""
    starts = _starts(hill.layout, specification)
    part = _first_look(hill)
    if part is None:
        return _best(hill, _climbs(hill, starts, tolerance=tolerance, max_looks=max_looks), n_starts=len(starts))
    scout = Hill(part, hill.layout, hill.priors, hill.grid, hill.crew)
    found = _climbs(scout, starts, tolerance=_ROUGH, max_looks=max_looks)
    climbs = [_widened(hill, scout, top, tolerance=tolerance, max_looks=max_looks) for top in _distinct(found)]
    return _best(hill, climbs, n_starts=len(starts))


def refined(hill: Hill, found: Fit, grid: Grid, *, tolerance: float, max_looks: int) -> tuple[Hill, Fit]:
    """The climb's end once more on points that stand closer, because items proved sharper than their start."""
    finer = Hill(hill.answers, hill.layout, hill.priors, grid, hill.crew)
    finer.n_looks = hill.n_looks
    top = climb(finer, found.climb.view.free, tolerance=tolerance, max_looks=max_looks)
    return finer, Fit(top, finer.n_looks, found.maxima)


def _climbs(hill: Hill, starts: list[Floats], *, tolerance: float, max_looks: int) -> list[Climb]:
    """A climb from each start; where there are several, also from the best top with weak items turned one by one.

    The curve of a 3PL that is nearly flat, or falls, often has a second top where it is steep above a higher c.
    """
    climbs = [climb(hill, start, tolerance=tolerance, max_looks=max_looks) for start in starts]
    if len(climbs) == 1:
        return climbs
    best = max(climbs, key=_rank)
    for item in np.flatnonzero((best.view.at.a < _WEAK) & hill.layout.a & hill.layout.c)[:_MOST_TURNED]:
        turned = climb(hill, _turned(hill.layout, best, int(item)), tolerance=tolerance, max_looks=max_looks)
        climbs.append(turned)
        best = max(best, turned, key=_rank)
    return climbs


def _rank(found: Climb) -> tuple[bool, float]:
    return found.settled, found.view.height


def _turned(layout: Layout, top: Climb, item: int) -> Floats:
    """The same place, with one item made steep and harder."""
    at = top.view.at
    a, d, c = at.a.copy(), at.d.copy(), at.c.copy()
    a[item], d[item], c[item] = _STEEP, -_STEEP, GUESSES[0]
    return layout.free_of(replace(at, a=a, d=d, c=c))


def _first_look(hill: Hill) -> Answers | None:
    """A part of the people, when it is a small one and shows right and wrong answers to everything."""
    n_rows = sum(block.n_persons for block in hill.answers.blocks)
    if n_rows < _PAYS_FROM * _FIRST_LOOK or hill.answers.is_exact:
        return None
    seen = hill.answers.counts[1].min() * n_rows / hill.answers.total_weight
    step = int(min(n_rows / _FIRST_LOOK, seen / _PEOPLE_AN_ITEM))
    if step < _PAYS_FROM:
        return None
    part = hill.answers.part(step)
    right, seen_by_part = part.counts
    return part if np.minimum(right, seen_by_part - right).min() >= _FEWEST_OF_A_KIND else None


def _widened(hill: Hill, scout: Hill, top: Climb, *, tolerance: float, max_looks: int) -> Climb:
    """From the top that a part of the people see to the top that all see, with the part's information made larger."""
    if not top.settled or hill.layout.n_free > MOST_FREE:
        return climb(hill, top.view.free, tolerance=tolerance, max_looks=max_looks)
    priors = scout.prior_information(top.view)
    own = scout.information(top.view) - priors
    ratio = hill.answers.total_weight / scout.answers.total_weight
    information = own * ratio + priors
    return climb(hill, top.view.free, tolerance=tolerance, max_looks=max_looks, information=information)


def _distinct(climbs: list[Climb]) -> list[Climb]:
    """The highest, and others that could still win, one of each."""
    ranked = sorted(climbs, key=lambda found: -found.view.height)
    kept: list[Climb] = []
    for found in ranked:
        is_new = all(np.abs(found.view.free - other.view.free).max(initial=0) > 0.05 for other in kept)
        if is_new and found.view.height > ranked[0].view.height - _CLIMB_AGAIN_WITHIN:
            kept.append(found)
    return kept


def _best(hill: Hill, climbs: list[Climb], *, n_starts: int) -> Fit:
    ranked = sorted(climbs, key=_rank, reverse=True)
    heights = tuple(sorted((found.view.height for found in climbs), reverse=True))
    return Fit(ranked[0], hill.n_looks, heights if n_starts > 1 else ())


def _starts(layout: Layout, specification: Specification) -> list[Floats]:
    if specification.model != "3pl":
        return [layout.free_of(layout.fixed)]
    return [layout.free_of(_guessing(layout, c)) for c in GUESSES]


def _guessing(layout: Layout, c: float) -> Parameters:
    """The same share right at average ability, with c of it guessed and the curve that much steeper."""
    start = layout.fixed
    p = 1 / (1 + np.exp(-start.d))
    known = np.clip((p - c) / (1 - c), 0.05, 0.98)
    guessed = Parameters(start.a / (1 - c), np.log(known / (1 - known)), np.full_like(p, c), start.mean, start.sd)
    return replace(
        start,
        a=np.where(layout.a, guessed.a, start.a),
        d=np.where(layout.d, guessed.d, start.d),
        c=np.where(layout.c, guessed.c, start.c),
    )


def _wants_positive(specification: Specification) -> bool:
    slope = specification.priors.slope if specification.priors else None
    return slope is not None and slope.positive_only


def _anchored(start: Parameters, anchors: Mapping[str, Anchor], item_names: Sequence[str]) -> Parameters:
    a, d, c = start.a.copy(), start.d.copy(), start.c.copy()
    for j, name in enumerate(item_names):
        if name in anchors:
            a[j], d[j], c[j] = anchors[name].a, anchors[name].d, anchors[name].c
    return replace(start, a=a, d=d, c=c)


def _slopes(answers: Answers, p: Floats) -> Floats:
    n_rows = sum(block.n_persons for block in answers.blocks)
    part = answers.part(max(1, n_rows // _FIRST_LOOK))
    together, own, others = np.zeros((3, answers.n_items))
    for block in part.blocks:
        form = answers.forms[block.form]
        m = len(form.items)
        seen = block.rows[m : 2 * m] if form.masked else np.ones((m, block.n_persons))
        residual = block.rows[:m] - p[form.items, None] * seen
        rest = (residual.sum(axis=0) - residual) * seen
        weights = 1.0 if block.weights is None else block.weights
        together[form.items] += (residual * rest * weights).sum(axis=1)
        own[form.items] += (residual**2 * weights).sum(axis=1)
        others[form.items] += (rest**2 * weights).sum(axis=1)
    scale = np.sqrt(own * others)
    r = np.clip(together / np.where(scale > 0, scale, np.inf), -0.8, 0.8)
    slopes = np.clip(2.5 * r / np.sqrt(1 - r**2), -2, 3)
    return slopes if answers.n_items >= 3 else np.ones_like(slopes)
