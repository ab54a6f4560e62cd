"""Standard errors: how sharply the likelihood bends at its top.

The observed information is what complete answers would tell, less what is lost because ability is not seen:
Louis (1982), Finding the observed information matrix when using the EM algorithm, JRSS B 44. It is exact, needs no
numerical differences, and is what Oakes' formula gives too.

All of it is worked out for slopes and intercepts on standard normal z and logit c, the base in which all people of a
group stand alike; the chain rule then brings it to the free values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.irt.answers import Answers, Block, Form
from analysis.irt.curves import Curves, Floats
from analysis.irt.expectation import (
    Crew,
    Desk,
    Expectation,
    Grid,
    Numbers,
    Table,
    expect,
    group_curves,
    posterior_of_block,
    shares,
    tables_of,
)
from analysis.irt.maximization import base_gradient, prior_value
from analysis.irt.parameters import Layout, Parameters
from analysis.irt.priors import Priors

_SINGULAR = 1e-4  # of information, each parameter in its own unit: a direction that the answers do not determine


@dataclass(frozen=True, eq=False)
class Ways:
    """How the score of an answer to a form moves at each point."""

    ways: Floats  # (2 or 3, n_points, m) by slope, by intercept, and by logit c where someone may guess
    p: Floats  # (n_points, m)
    masked: bool

    @property
    def n_rows(self) -> int:
        return int(self.p.shape[1]) * (2 if self.masked else 1) + 1


def observed_information(
    answers: Answers,
    at: Parameters,
    *,
    layout: Layout,
    priors: Priors,
    grid: Grid,
    crew: Crew = map,
    expected: Expectation | None = None,
) -> Floats:
    """(n_free, n_free) negative second derivatives of the log-likelihood plus log prior."""
    if expected is None:
        expected = expect(answers, at, grid, crew)
    missing = missing_information(answers, at, grid, crew)
    bent = group_curves(at, grid)
    complete = complete_information(expected, bent, at, grid)
    information = _bend_of_the_map(expected, bent, layout=layout, grid=grid)
    for group in range(layout.n_groups):
        jacobian = layout.jacobian(at, group)
        _add_items(missing[group], -complete[group])
        information -= jacobian.T @ missing[group] @ jacobian
    return information + prior_information(at, layout, priors)


def missing_information(answers: Answers, at: Parameters, grid: Grid, crew: Crew = map) -> Floats:
    """(n_groups, 3 n_items, 3 n_items) spread of each person's score over the points where that person may stand."""
    n = answers.n_items
    everything = group_curves(at, grid)
    tables = tables_of(answers.forms, at, grid)
    ways = [ways_of(form, everything, grid) for form in answers.forms]
    crossed = [np.zeros((len(grid.points), way.n_rows, way.n_rows)) for way in ways]
    total = np.zeros((len(answers.group_names), 3 * n, 3 * n))
    for found in crew(partial(_cross_share, tables=tables, ways=ways), shares(answers)):
        for number, cross, means in found:
            crossed[number] += cross
            _add(total, answers.forms[number], n, -means)
    for form, way, cross in zip(answers.forms, ways, crossed, strict=True):
        _add(total, form, n, _second_moment(way, cross))
    return total


def ways_of(form: Form, everything: Curves, grid: Grid) -> Ways:
    by_eta = everything.by_eta[form.group][:, form.items]
    by_guessing = everything.by_guessing[form.group][:, form.items]
    ways = [by_eta * grid.points[:, None], by_eta] + ([by_guessing] if by_guessing.any() else [])
    return Ways(np.stack(ways), everything.right[form.group][:, form.items], form.masked)


def _add(total: Floats, form: Form, n_items: int, figures: Floats) -> None:
    """Put the figures of a form, by kind and item, where they belong among all items."""
    if not len(form.items):  # everyone was right, or wrong, on every item of the form: nothing to learn from it
        return
    n_kinds = len(figures) // len(form.items)
    place = np.concatenate([form.items + kind * n_items for kind in range(n_kinds)])
    total[form.group][np.ix_(place, place)] += figures


def _add_items(total: Floats, by_item: Floats) -> None:
    """Add (n_items, 3, 3) to the diagonals of a matrix by kind and item."""
    n = len(by_item)
    item = np.arange(n)
    for p in range(3):
        for q in range(3):
            total[p * n + item, q * n + item] += by_item[:, p, q]


def _second_moment(way: Ways, cross: Floats) -> Floats:
    """Sum over people and points of score times score, from the crossed rows."""
    n_kinds, n_points, m = way.ways.shape
    to_surplus = np.zeros((n_points, m, way.n_rows))
    to_surplus[:, np.arange(m), np.arange(m)] = 1
    if way.masked:
        to_surplus[:, np.arange(m), m + np.arange(m)] = -way.p
    else:
        to_surplus[:, :, -1] = -way.p
    surplus = to_surplus @ cross @ to_surplus.transpose(0, 2, 1)
    blocks = [[np.einsum("ki,kij,kj->ij", p, surplus, q) for q in way.ways] for p in way.ways]
    return np.block(blocks).reshape(n_kinds * m, n_kinds * m)


def _cross_share(
    blocks: Sequence[Block], *, tables: Sequence[Table], ways: Sequence[Ways]
) -> list[tuple[int, Floats, Floats]]:
    """For each form of the share: its number, (n_points, n_rows, n_rows) crossed rows, and the crossed mean scores."""
    desk = Desk()
    found: dict[int, tuple[Floats, Floats]] = {}
    for block in blocks:
        posterior, rows, _, _ = posterior_of_block(block, tables[block.form], desk)
        cross = _crossed_rows(posterior, rows, desk)
        means = _crossed_means(block, posterior, rows, ways[block.form])
        before = found.get(block.form)
        found[block.form] = (cross, means) if before is None else (before[0] + cross, before[1] + means)
    return [(form, cross, means) for form, (cross, means) in found.items()]


def _crossed_rows(posterior: Numbers, rows: Numbers, desk: Desk) -> Floats:
    """(n_points, n_rows, n_rows) expected people who are right on both of two items.

    For many people every second point will do, counted twice: the sum over people is smooth in ability even where
    each one's posterior is narrow.
    """
    step = 1 if posterior.dtype == np.float64 else 2
    cross = np.zeros((len(posterior), len(rows), len(rows)))
    pairs: Numbers = desk.lend("pairs", rows.shape, rows.dtype)
    for j, row in enumerate(rows):
        np.multiply(rows[j:], row, out=pairs[j:])
        cross[::step, j, j:] = step * (posterior[::step] @ pairs[j:].T)
        cross[::step, j:, j] = cross[::step, j, j:]
    return cross


def _crossed_means(block: Block, posterior: Numbers, rows: Numbers, way: Ways) -> Floats:
    """(n_kinds m, n_kinds m) sum over people of mean score times mean score."""
    means = mean_scores(posterior, rows, way).reshape(-1, block.n_persons)
    if block.weights is None:
        return np.asarray(means @ means.T, dtype=np.float64)
    once = means / np.where(block.weights > 0, block.weights, 1)
    return np.asarray(means @ once.T, dtype=np.float64)


def mean_scores(posterior: Numbers, rows: Numbers, way: Ways) -> Numbers:
    """(n_kinds, m, n_persons) each person's expected score by each parameter, times the person's weight."""
    m = way.p.shape[1]
    right, seen = rows[:m], rows[m : 2 * m] if way.masked else 1
    means: Numbers = np.empty((len(way.ways), m, rows.shape[1]), dtype=rows.dtype)
    for kind, one in enumerate(way.ways):
        np.matmul(one.T.astype(rows.dtype), posterior, out=means[kind])
        means[kind] *= right
        means[kind] -= seen * ((one * way.p).T.astype(rows.dtype) @ posterior)
    return means


def complete_information(expected: Expectation, bent: Curves, at: Parameters, grid: Grid) -> Floats:
    """(n_groups, n_items, 3, 3) negative second derivatives, were ability seen. Items stand on their own."""
    n_groups, _, n = expected.right.shape
    found = np.zeros((n_groups, n, 3, 3))
    points = grid.points[:, None]
    by_eta, by_eta_and_c, by_c = _second_derivatives(expected, bent, at.c)
    parts = {
        (0, 0): points**2 * by_eta,
        (0, 1): points * by_eta,
        (1, 1): by_eta,
        (0, 2): points * by_eta_and_c,
        (1, 2): by_eta_and_c,
        (2, 2): by_c,
    }
    for (p, q), figures in parts.items():
        found[:, :, p, q] = found[:, :, q, p] = figures.sum(axis=1)
    return found


def _second_derivatives(expected: Expectation, bent: Curves, c: Floats) -> tuple[Floats, Floats, Floats]:
    """Negative, by eta twice, by eta and logit c, by logit c twice: each (n_groups, n_points, n_items)."""
    surplus = expected.right - expected.seen * bent.right
    wrong = np.exp(bent.log_wrong)
    rise = bent.by_eta * wrong * bent.right  # slope of P by eta
    rise_of_guess = bent.by_guessing * wrong * bent.right
    unknown = 1 - bent.logistic
    twice = expected.seen * rise * bent.by_eta - surplus * bent.by_guessing * bent.by_eta * unknown
    mixed = expected.seen * rise_of_guess * bent.by_eta + surplus * bent.by_eta * rise_of_guess / _positive(bent.right)
    of_guess = expected.seen * rise_of_guess * bent.by_guessing
    of_guess -= surplus * bent.by_guessing * bent.by_eta * (1 - c)
    return twice, mixed, of_guess


def _positive(x: Floats) -> Floats:
    return np.maximum(x, np.finfo(np.float64).tiny)


def _bend_of_the_map(expected: Expectation, bent: Curves, *, layout: Layout, grid: Grid) -> Floats:
    """What bends because a group's slope on z is a times sd, and its intercept a times mean plus d."""
    base = base_gradient(expected, bent, grid)
    bend = np.zeros((layout.n_free, layout.n_free))
    for group in range(layout.n_groups):
        for kind, figures in (("sd", base.slope[group]), ("mean", base.intercept[group])):
            shared = layout.places[kind][group]
            own = layout.places["a"]
            if shared >= 0:
                np.add.at(bend, (np.full(int((own >= 0).sum()), shared), own[own >= 0]), -figures[own >= 0])
                np.add.at(bend, (own[own >= 0], np.full(int((own >= 0).sum()), shared)), -figures[own >= 0])
    return bend


def prior_information(at: Parameters, layout: Layout, priors: Priors) -> Floats:
    curvature = {
        kind: prior.curvature(prior_value(kind, at)) for kind in "adc" if (prior := priors.of_kind(kind)) is not None
    }
    return np.diag(layout.collect(curvature))


def covariance_of(information: Floats) -> Floats | None:
    """The inverse of the information; None where the answers do not determine the parameters."""
    scale = np.sqrt(np.maximum(np.diag(information), np.finfo(np.float64).tiny))
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused below
        scaled = information / np.outer(scale, scale)
    if not np.isfinite(scaled).all() or np.linalg.eigvalsh(scaled).min(initial=1.0) < _SINGULAR:
        return None
    return np.asarray(np.linalg.inv(scaled) / np.outer(scale, scale))
