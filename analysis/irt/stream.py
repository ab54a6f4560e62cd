"""Answers for a calibration, taken from blocks as they are read: one byte an answer stays in memory, nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from analysis.counting import by_presented
from analysis.errors import BadArrays, WrongColumns
from analysis.irt.answers import Answers, Piece, gather
from analysis.responses import NOT_PRESENTED, NOT_REACHED, ResponseMatrix

_MOST_FORMS = 64  # in a block; with more, people of one form are too few to be worth a block of their own


@dataclass(frozen=True, eq=False)
class Streamed:
    """The answers of all blocks, and what the items are called and offer."""

    answers: Answers
    item_names: tuple[str, ...]
    n_options: NDArray[np.int8]  # (n_items,)


def answers_of_blocks(
    blocks: Iterable[ResponseMatrix],
    *,
    group: str | None = None,
    reference: str | None = None,
    not_reached_counts_wrong: bool = True,
) -> Streamed:
    """Lay out the answers of blocks that have the same items, with the weights that they carry.

    `group` names the column that parts people; the reference group comes first: the named one, else the largest.

    Raises
    ------
    BadArrays
        When the group column or the reference does not exist.
    """
    reader = iter(blocks)
    first = next(reader, None)
    if first is None:
        raise WrongColumns("There are no persons.", mend="add one row a person.")
    gathering = _Gathering(group, NOT_PRESENTED if not_reached_counts_wrong else NOT_REACHED, first.offered)
    answers = gather(gathering.pieces(chain([first], reader)), n_items=first.n_items)
    ordered = _reference_first(answers, tuple(gathering.codes) or ("",), reference)
    return Streamed(ordered, first.item_names, gathering.n_options)


class _Gathering:
    """Takes blocks apart, and remembers the groups and options that it met."""

    def __init__(self, group: str | None, lowest: int, n_options: NDArray[np.int8]) -> None:
        self.group, self.lowest, self.n_options = group, lowest, n_options
        self.codes: dict[str, int] = {}

    def pieces(self, blocks: Iterable[ResponseMatrix]) -> Iterator[Piece]:
        for block in blocks:
            self.n_options = np.maximum(self.n_options, block.offered)
            for code, rows in self._groups(block):
                yield from _pieces(block if rows is None else block.select_persons(rows), code, lowest=self.lowest)

    def _groups(self, block: ResponseMatrix) -> Iterator[tuple[int, NDArray[np.intp] | None]]:
        if self.group is None:
            yield 0, None
            return
        if self.group not in block.groups:
            known = ", ".join(block.groups) or "none"
            raise BadArrays(f"There is no group column {self.group!r}.", mend=f"choose one of: {known}.")
        values = block.groups[self.group]
        for name in np.unique(values).tolist():
            yield self.codes.setdefault(name, len(self.codes)), np.flatnonzero(values == name)


def _pieces(block: ResponseMatrix, code: int, *, lowest: int) -> Iterator[Piece]:
    parts = by_presented(block.options, lowest=lowest)
    if len(parts) > _MOST_FORMS:
        parts = [(None, np.arange(block.n_items))]
    for rows, items in parts:
        options = block.options if rows is None else block.options[np.ix_(rows, items)]
        weights = block.weights if rows is None or block.weights is None else block.weights[rows]
        scored = (options == block.key[items]).astype(np.int8)
        scored[options <= lowest] = NOT_PRESENTED
        yield Piece(items, scored, code, weights)


def _reference_first(answers: Answers, names: tuple[str, ...], reference: str | None) -> Answers:
    if len(names) == 1:
        return replace(answers, group_names=names if reference is None else (reference,))
    sizes = replace(answers, group_names=names).group_weights
    if reference is not None and reference not in names:
        raise BadArrays(f"No person belongs to the group {reference!r}.", mend=f"choose one of {', '.join(names)}.")
    first = int(np.argmax(sizes)) if reference is None else names.index(reference)
    order = [first, *(place for place in np.argsort(names).tolist() if place != first)]
    place = np.argsort(order)
    forms = tuple(replace(form, group=int(place[form.group])) for form in answers.forms)
    return replace(answers, group_names=tuple(names[i] for i in order), forms=forms)
