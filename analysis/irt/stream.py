"""Answers for a calibration, taken from blocks as they are read: one byte an answer stays in memory, nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from analysis.counting import by_presented
from analysis.errors import BadArrays, WrongColumns
from analysis.irt.answers import BLOCK, Answers, Piece, choose_reference, gather, refuse_reference_alone
from analysis.irt.curves import Floats
from analysis.responses import NOT_PRESENTED, NOT_REACHED, ResponseMatrix

_FEWEST_OF_A_FORM = 64  # fewer people are not worth a form of their own
_MOST_WAITING = 4096  # forms that wait for more people; then the small ones are let go
_WIDEST_MASKED = 512  # items; a wider table would be empty for the most part


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

    `group` names the column that parts people; the reference group comes first: the named one, else the largest. People
    whose cell is empty are left out and counted.

    Raises
    ------
    BadArrays
        When the group column or the reference does not exist.
    """
    refuse_reference_alone(group, reference)
    reader = iter(blocks)
    first = next(reader, None)
    if first is None:
        raise WrongColumns("There are no persons.", mend="add one row a person.")
    gathering = _Gathering(group, NOT_PRESENTED if not_reached_counts_wrong else NOT_REACHED, first.offered)
    answers = gather(gathering.pieces(chain([first], reader)), n_items=first.n_items)
    names = ("",) if group is None else tuple(gathering.codes)
    ordered = replace(_reference_first(answers, names, reference), n_without_group=gathering.n_without_group)
    return Streamed(ordered, first.item_names, gathering.n_options)


@dataclass(eq=False)
class _Waiting:
    """People of one group and form who do not fill a block yet."""

    code: int
    items: NDArray[np.intp]
    scored: list[NDArray[np.int8]] = field(default_factory=list)
    weights: list[Floats] = field(default_factory=list)
    n_persons: int = 0

    def piece(self) -> Piece:
        weights = np.concatenate(self.weights) if self.weights else None
        return Piece(self.items, np.concatenate(self.scored), self.code, weights)


class _Gathering:
    """Takes blocks apart and puts people of one form together, however the file mixes forms."""

    def __init__(self, group: str | None, lowest: int, n_options: NDArray[np.int8]) -> None:
        self.group, self.lowest, self.n_options = group, lowest, n_options
        self.codes: dict[str, int] = {}
        self.n_without_group = 0
        self._waiting: dict[tuple[int, bytes], _Waiting] = {}

    def pieces(self, blocks: Iterable[ResponseMatrix]) -> Iterator[Piece]:
        for block in blocks:
            self.n_options = np.maximum(self.n_options, block.offered)
            for code, rows in self._groups(block):
                yield from self._add(block if rows is None else block.select_persons(rows), code)
            if len(self._waiting) > _MOST_WAITING:
                yield from self._let_go(block.n_items)
        yield from self._let_go(len(self.n_options))

    def _groups(self, block: ResponseMatrix) -> Iterator[tuple[int, NDArray[np.intp] | None]]:
        if self.group is None:
            yield 0, None
            return
        if self.group not in block.groups:
            known = ", ".join(block.groups) or "none"
            raise BadArrays(f"There is no group column {self.group!r}.", mend=f"choose one of: {known}.")
        values = block.groups[self.group]
        self.n_without_group += int(np.count_nonzero(values == ""))
        for name in np.unique(values[values != ""]).tolist():
            yield self.codes.setdefault(name, len(self.codes)), np.flatnonzero(values == name)

    def _add(self, block: ResponseMatrix, code: int) -> Iterator[Piece]:
        for rows, items in by_presented(block.options, lowest=self.lowest):
            options = block.options if rows is None else block.options[np.ix_(rows, items)]
            place = (code, items.tobytes())
            waiting = self._waiting.setdefault(place, _Waiting(code, items))
            waiting.scored.append((options == block.key[items]).astype(np.int8))
            if block.weights is not None:
                waiting.weights.append(block.weights if rows is None else block.weights[rows])
            waiting.n_persons += len(options)
            if waiting.n_persons >= BLOCK:
                yield self._waiting.pop(place).piece()

    def _let_go(self, n_items: int) -> Iterator[Piece]:
        """Everyone who waits; few people of a form share one masked table, unless it would be wide and empty."""
        share = n_items <= _WIDEST_MASKED
        few: dict[int, list[_Waiting]] = {}
        for waiting in self._waiting.values():
            if share and waiting.n_persons < _FEWEST_OF_A_FORM and len(waiting.items) < n_items:
                few.setdefault(waiting.code, []).append(waiting)
            else:
                yield waiting.piece()
        self._waiting = {}
        for code, together in few.items():
            yield _masked(together, code, n_items=n_items)


def _masked(together: list[_Waiting], code: int, *, n_items: int) -> Piece:
    scored = np.full((sum(each.n_persons for each in together), n_items), NOT_PRESENTED, dtype=np.int8)
    start = 0
    for each in together:
        scored[start : start + each.n_persons, each.items] = np.concatenate(each.scored)
        start += each.n_persons
    weights = [part for each in together for part in each.weights]
    return Piece(np.arange(n_items), scored, code, np.concatenate(weights) if weights else None)


def _reference_first(answers: Answers, names: tuple[str, ...], reference: str | None) -> Answers:
    if not names:  # in one part of many this may be so; a calibration refuses it
        return replace(answers, group_names=names)
    sizes = replace(answers, group_names=names).group_weights.tolist()
    first = names.index(choose_reference(dict(zip(names, sizes, strict=True)), reference))
    order = [first, *(place for place in np.argsort(names).tolist() if place != first)]
    place = np.argsort(order)
    forms = tuple(replace(form, group=int(place[form.group])) for form in answers.forms)
    return replace(answers, group_names=tuple(names[i] for i in order), forms=forms)
