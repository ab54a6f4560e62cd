"""Standard errors of a pool with thousands of items: each item for itself.

The full covariance of such a pool would fill the memory, and its corners say next to nothing: items that no person
answered together hardly know of each other. Here each item has the information of its own two or three parameters
(Louis 1982, as in `observed`), with other items and groups held where they are. The errors come out slightly small: by
less than 1 % in forms of 40 items, since what is held was estimated from thousands of answers.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from analysis.irt.answers import Answers, Block
from analysis.irt.curves import Floats
from analysis.irt.expectation import (
    Crew,
    Desk,
    Expectation,
    Grid,
    Table,
    group_curves,
    posterior_of_block,
    shares,
    tables_of,
)
from analysis.irt.maximization import prior_value
from analysis.irt.observed import Ways, complete_information, mean_scores, ways_of
from analysis.irt.parameters import Layout, Parameters
from analysis.irt.priors import Priors


def item_errors(
    answers: Answers,
    at: Parameters,
    *,
    layout: Layout,
    priors: Priors,
    grid: Grid,
    expected: Expectation,
    crew: Crew = map,
) -> Floats:
    """(n_free,) standard errors; nan for what items share, and where an item's answers do not determine it."""
    information = _by_item(answers, at, grid=grid, expected=expected, crew=crew)
    chain = np.tile(np.eye(3), (len(at.mean), 1, 1))
    chain[:, 0, 0], chain[:, 1, 0] = at.sd, at.mean
    local = np.einsum("gpq,gjpr,grs->jqs", chain, information, chain)
    for i, kind in enumerate("adc"):
        prior = priors.of_kind(kind)
        if prior is not None:
            local[:, i, i] += prior.curvature(prior_value(kind, at))
    places = np.stack([layout.places[kind] for kind in "adc"], axis=1)
    if layout.common_slope:
        places[:, 0] = -1
    free = places >= 0
    local = np.where(free[:, :, None] & free[:, None, :], local, 0) + np.eye(3) * ~free[:, :, None]
    sound = np.linalg.eigvalsh(local)[:, 0] > 0
    local[~sound] = np.eye(3)
    variances = np.diagonal(np.linalg.inv(local), axis1=1, axis2=2)
    errors = np.full(layout.n_free, np.nan)
    errors[places[free]] = np.where(sound[:, None], np.sqrt(np.abs(variances)), np.nan)[free]
    return errors


def _by_item(answers: Answers, at: Parameters, *, grid: Grid, expected: Expectation, crew: Crew) -> Floats:
    """(n_groups, n_items, 3, 3) observed information by slope and intercept on z, and logit c."""
    everything = group_curves(at, grid)
    ways = [ways_of(form, everything, grid) for form in answers.forms]
    tables = tables_of(answers.forms, at, grid)
    found = complete_information(expected, everything, at, grid)
    p = everything.right
    surplus = expected.right * (1 - 2 * p) + expected.seen * p * p
    of_answer = (everything.by_eta * grid.points[:, None], everything.by_eta, everything.by_guessing)
    for i, one in enumerate(of_answer):
        for j, other in enumerate(of_answer):
            found[:, :, i, j] -= np.einsum("gkj,gkj,gkj->gj", one, other, surplus)
    for results in crew(partial(_squared_share, tables=tables, ways=ways), shares(answers)):
        for number, squares in results:
            form, n_kinds = answers.forms[number], len(squares)
            found[form.group][form.items, :n_kinds, :n_kinds] += squares.transpose(2, 0, 1)
    return found


def _squared_share(
    blocks: Sequence[Block], *, tables: Sequence[Table], ways: Sequence[Ways]
) -> list[tuple[int, Floats]]:
    """For each block: its form, and (n_kinds, n_kinds, m) sums over people of mean score times mean score."""
    desk = Desk()
    found: list[tuple[int, Floats]] = []
    for block in blocks:
        posterior, rows, _, _ = posterior_of_block(block, tables[block.form], desk)
        means = mean_scores(posterior, rows, ways[block.form])
        once = means if block.weights is None else means / np.where(block.weights > 0, block.weights, 1)
        found.append((block.form, np.einsum("pji,qji->pqj", means, once).astype(np.float64)))
    return found
