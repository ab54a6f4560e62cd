"""The E-step: what each person's answers say about where that person stands, at fixed item parameters.

Ability is a standard normal z, integrated over equally spaced points. A block of people costs two matrix products and
one exponential pass; everything else is small beside them. Blocks are summed in shares whose borders do not depend on
the number of threads, and shares in their order, so the same answers give the same digits on any machine of a kind.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.irt.answers import Answers, Block, Form
from analysis.irt.curves import Curves, Floats, curves
from analysis.irt.parameters import Parameters

N_POINTS = 61
REACH = 6.0  # the points run from -6 to 6; beyond lie two in a thousand million people
_BLOCKS_A_SHARE = 4
_TOP_OVER_MEAN = 3.0  # how far the weight of one point lies below all weights, roughly, as a logarithm
_SMALLEST_SUM = 1e-18  # in single precision; what is smaller was shifted too far down to be exact
_LARGEST_SUM = 1e30


@dataclass(frozen=True, eq=False)
class Grid:
    """Quadrature points of a standard normal ability, and the logarithm of their weights."""

    points: Floats  # (n_points,)
    log_weights: Floats  # (n_points,)


def normal_grid(n_points: int = N_POINTS, reach: float = REACH) -> Grid:
    """Equally spaced points, which integrate a smooth posterior more exactly than their number suggests."""
    points = np.linspace(-reach, reach, n_points)
    log_weights = -0.5 * points**2
    return Grid(points=points, log_weights=log_weights - np.log(np.exp(log_weights).sum()))


class Crew(Protocol):
    """Whoever does the shares: a loop, threads, or other machines. Results come in the order of the shares."""

    def __call__(self, work: Callable[[Any], Any], shares: Iterable[Any], /) -> Iterator[Any]: ...


@dataclass(frozen=True, eq=False)
class Table:
    """All that a form's blocks need: (n_points, n_rows) coefficients whose product with the rows is the log of weight
    times likelihood, less `shift`, which keeps single precision within its range."""

    coefficients: Floats
    shift: float


@dataclass(frozen=True, eq=False)
class Expectation:
    """What the E-step found, by group."""

    log_likelihood: float
    right: Floats  # (n_groups, n_points, n_items), expected people who are right
    seen: Floats  # (n_groups, n_points, n_items), expected people who were presented with the item


def expect(answers: Answers, at: Parameters, grid: Grid, crew: Crew = map) -> Expectation:
    """Spread every person over the points, by Bayes' rule, and count."""
    tables = tables_of(answers.forms, at, grid)
    right = np.zeros((len(answers.group_names), len(grid.points), answers.n_items))
    seen = np.zeros_like(right)
    height = 0.0
    for found in crew(partial(_sum_share, tables=tables), shares(answers)):
        for number, sums, log_likelihood in found:
            form = answers.forms[number]
            m = len(form.items)
            right[form.group][:, form.items] += sums[:, :m]
            seen[form.group][:, form.items] += sums[:, m : 2 * m] if form.masked else sums[:, -1:]
            height += log_likelihood
    return Expectation(log_likelihood=height, right=right, seen=seen)


def exact_log_likelihood(answers: Answers, at: Parameters, grid: Grid, crew: Crew = map) -> float:
    """The marginal log-likelihood of all answers, in double precision throughout."""
    tables = tables_of(answers.forms, at, grid)
    return float(sum(crew(partial(_height_of_share, tables=tables), shares(answers))))


def group_curves(at: Parameters, grid: Grid) -> Curves:
    """Curves of shape (n_groups, n_points, n_items)."""
    return curves(at.slopes[:, None, :] * grid.points[:, None] + at.intercepts[:, None, :], at.c)


def tables_of(forms: Sequence[Form], at: Parameters, grid: Grid) -> list[Table]:
    """A table for each form, in double precision."""
    everything = group_curves(at, grid)
    return [_table(form, everything, grid) for form in forms]


def shares(answers: Answers) -> list[tuple[Block, ...]]:
    """The blocks in portions of work."""
    blocks = answers.blocks
    return [blocks[start : start + _BLOCKS_A_SHARE] for start in range(0, len(blocks), _BLOCKS_A_SHARE)]


def _table(form: Form, everything: Curves, grid: Grid) -> Table:
    log_odds = everything.log_odds[form.group][:, form.items]
    log_wrong = everything.log_wrong[form.group][:, form.items]
    return table_from(log_odds, log_wrong, log_weights=grid.log_weights, masked=form.masked)


def table_from(log_odds: Floats, log_wrong: Floats, *, log_weights: Floats, masked: bool) -> Table:
    """A table from the (n_points, n_items) log odds and log chances of being wrong."""
    usual = np.exp(log_weights) @ ((-np.expm1(log_wrong)) * log_odds + log_wrong).sum(axis=1)
    shift = float(usual) - _TOP_OVER_MEAN
    constant = log_weights - shift
    if masked:
        return Table(np.hstack([log_odds, log_wrong, constant[:, None]]), shift)
    return Table(np.hstack([log_odds, (constant + log_wrong.sum(axis=1))[:, None]]), shift)


# One share ----------------------------------------------------------------------------------------------------------

Numbers = NDArray[np.float32] | Floats


class Desk:
    """Room to work in for one share, so that memory is asked for once."""

    def __init__(self) -> None:
        self._room: dict[tuple[str, np.dtype[Any]], Any] = {}

    def lend(self, name: str, shape: tuple[int, int], dtype: Any) -> Any:
        """An array of this shape that holds nothing of worth."""
        size, key = shape[0] * shape[1], (name, np.dtype(dtype))
        if key not in self._room or self._room[key].size < size:
            self._room[key] = np.empty(size, dtype=dtype)
        return self._room[key][:size].reshape(shape)


def widened(block: Block, dtype: Any, desk: Desk) -> Numbers:
    """The rows as numbers of a precision; a block that has it already is not copied."""
    if block.rows.dtype == dtype:
        return np.asarray(block.rows, dtype=dtype)
    rows: Numbers = desk.lend("rows", block.rows.shape, dtype)
    np.copyto(rows, block.rows, casting="unsafe")
    return rows


def precision_of(block: Block) -> Any:
    """Double for the few or the means, single for the many."""
    return np.float64 if block.rows.dtype == np.float64 else np.float32


def posterior_of_block(block: Block, table: Table, desk: Desk) -> tuple[Numbers, Numbers, Numbers, float]:
    """(n_points, n_persons) posterior weights times the people's weights, the rows, (n_persons,) log-likelihoods.

    The last number belongs to all of these log-likelihoods.
    """
    coefficients = table.coefficients.astype(precision_of(block), copy=False)
    rows = widened(block, coefficients.dtype, desk)
    joint: Numbers = desk.lend("joint", (len(coefficients), block.n_persons), coefficients.dtype)
    np.matmul(coefficients, rows, out=joint)
    extra: Numbers | float = 0.0
    with np.errstate(over="ignore", under="ignore"):
        np.exp(joint, out=joint)
        total = np.ones(len(joint), dtype=joint.dtype) @ joint
    if not (total.min() > _SMALLEST_SUM and total.max() < _LARGEST_SUM):
        extra = _centred(joint, coefficients, rows)
        total = joint.sum(axis=0)
    scale = 1 / total if block.weights is None else (block.weights / total).astype(joint.dtype)
    np.multiply(joint, scale, out=joint)
    return joint, rows, np.asarray(np.log(total) + extra), table.shift


def _centred(joint: Numbers, coefficients: Numbers, rows: Numbers) -> Numbers:
    """The slow way for a block with someone far from everybody: each person's highest point becomes 1."""
    np.matmul(coefficients, rows, out=joint)
    highest: Numbers = joint.max(axis=0)
    np.subtract(joint, highest, out=joint)
    with np.errstate(under="ignore"):
        np.exp(joint, out=joint)
    return highest


def height_of(block: Block, logs: Numbers, shift: float) -> float:
    """The log-likelihood of a block from those of its people."""
    weighted = logs.sum(dtype=np.float64) if block.weights is None else block.weights @ logs
    return float(weighted) + shift * block.total_weight


def _sum_share(blocks: Sequence[Block], *, tables: Sequence[Table]) -> list[tuple[int, Floats, float]]:
    """For each form of the share: its number, (n_points, n_rows) expected counts, and the log-likelihood."""
    desk = Desk()
    found: dict[int, tuple[Floats, float]] = {}
    for block in blocks:
        posterior, rows, logs, shift = posterior_of_block(block, tables[block.form], desk)
        sums = (posterior @ rows.T).astype(np.float64)
        height = height_of(block, logs, shift)
        before = found.get(block.form)
        found[block.form] = (sums, height) if before is None else (before[0] + sums, before[1] + height)
    return [(form, sums, height) for form, (sums, height) in found.items()]


def _height_of_share(blocks: Sequence[Block], *, tables: Sequence[Table]) -> float:
    desk = Desk()
    height = 0.0
    for block in blocks:
        table = tables[block.form]
        joint = desk.lend("joint", (len(table.coefficients), block.n_persons), np.float64)
        np.matmul(table.coefficients, widened(block, np.float64, desk), out=joint)
        highest = joint.max(axis=0)
        np.subtract(joint, highest, out=joint)
        with np.errstate(under="ignore"):
            np.exp(joint, out=joint)
        height += height_of(block, np.log(joint.sum(axis=0)) + highest, table.shift)
    return height
