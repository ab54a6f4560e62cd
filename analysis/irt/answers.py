"""The answers of an administration as the engine wants them: blocks of small whole numbers, one column a person.

People who were presented with the same items share a form, whose blocks hold these items only. So forms with common
items cost memory in proportion to their answers, not to people times all items. One byte an answer is kept; the engine
widens a block when it works on it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import BadArrays
from analysis.forms import group_sizes
from analysis.responses import NOT_PRESENTED, NOT_REACHED, ResponseMatrix, can_weigh

Floats = NDArray[np.float64]
BLOCK = 8192  # people whose numbers fit the cache of one core
FEW_PERSONS = 4096  # so few that double precision costs nothing
_FEWEST_OF_A_FORM = 64  # rarer patterns of presented items share one masked form
_LONGEST_PATTERN = 62  # items whose pattern fits one integer


@dataclass(frozen=True, eq=False)
class Form:
    """People of one group who answered the same items; `masked` when some of the items were not presented to some."""

    group: int
    items: NDArray[np.intp]
    masked: bool = False


@dataclass(frozen=True, eq=False)
class Block:
    """Up to 8,192 people of a form.

    `rows` is (n_rows, n_persons): 1 where right, one row an item; then, when masked, 1 where presented; then ones, so
    that one matrix product adds what does not depend on the answers and counts the people. Doubles when they stand for
    means of people who tie, or are few; else bytes.
    """

    form: int
    rows: NDArray[np.uint8] | Floats
    weights: Floats | None  # (n_persons,)

    @property
    def n_persons(self) -> int:
        return int(self.rows.shape[1])

    @cached_property
    def total_weight(self) -> float:
        return float(self.n_persons if self.weights is None else self.weights.sum())


@dataclass(frozen=True, eq=False)
class Piece:
    """Answers to one form as they come in: (n_persons, n_items of the form) 1 right, 0 wrong, NOT_PRESENTED."""

    items: NDArray[np.intp]
    scored: NDArray[np.int8]
    group: int = 0
    weights: Floats | None = None


@dataclass(frozen=True, eq=False)
class Answers:
    """All answers, in blocks."""

    n_items: int
    group_names: tuple[str, ...]
    forms: tuple[Form, ...]
    blocks: tuple[Block, ...]
    n_persons: int
    n_without_group: int = field(default=0, kw_only=True)  # left out: the column of the groups says nothing of them

    @cached_property
    def total_weight(self) -> float:
        return sum(block.total_weight for block in self.blocks)

    @cached_property
    def counts(self) -> tuple[Floats, Floats]:
        """Two (n_items,): people who were right, and people presented with each item."""
        right, seen = np.zeros(self.n_items), np.zeros(self.n_items)
        for block in self.blocks:
            form, m = self.forms[block.form], len(self.forms[block.form].items)
            sums = _row_sums(block)
            right[form.items] += sums[:m]
            seen[form.items] += sums[m : 2 * m] if form.masked else sums[-1]
        return right, seen

    @cached_property
    def group_weights(self) -> Floats:
        """(n_groups,) people of each group."""
        weights = np.zeros(len(self.group_names))
        for block in self.blocks:
            weights[self.forms[block.form].group] += block.total_weight
        return weights

    @property
    def is_exact(self) -> bool:
        """Whether the engine works on these answers in double precision."""
        return all(block.rows.dtype == np.float64 for block in self.blocks)

    def part(self, step: int) -> "Answers":
        """Every `step`-th person of each block, as a first look at many."""
        blocks = tuple(
            Block(b.form, b.rows[:, ::step].copy(), None if b.weights is None else b.weights[::step])
            for b in self.blocks
        )
        return replace(self, blocks=merged(blocks), n_persons=sum(block.n_persons for block in blocks))

    def only(self, kept: NDArray[np.bool_]) -> "Answers":
        """The same people on some of the items, which are numbered anew."""
        if kept.all():
            return self
        number = np.cumsum(kept) - 1
        blocks = tuple(replace(b, rows=b.rows[_kept_rows(self.forms[b.form], kept)]) for b in self.blocks)
        forms = tuple(replace(f, items=number[f.items[kept[f.items]]]) for f in self.forms)
        return replace(self, n_items=int(kept.sum()), forms=forms, blocks=blocks)


def answers_of(
    matrix: ResponseMatrix,
    *,
    not_reached_counts_wrong: bool = True,
    group: str | None = None,
    reference: str | None = None,
    weights: Floats | None = None,
) -> Answers:
    """Take the answers out of a matrix; what was not reached counts wrong, or as not presented.

    The reference group comes first: the named one, else the largest. People without a group are left out where groups
    are asked for.
    """
    own = _checked(matrix.weights if weights is None else weights, matrix.n_persons)
    names, codes = _groups(matrix, group, reference, own)
    lowest = NOT_PRESENTED if not_reached_counts_wrong else NOT_REACHED
    is_whole = group is None or bool((codes == 0).all())
    of_groups = [None] if is_whole else [np.flatnonzero(codes == code) for code in range(len(names))]
    pieces = (
        piece
        for code, persons in enumerate(of_groups)
        for piece in _pieces(matrix, persons, code=code, lowest=lowest, weights=own)
    )
    answers = gather(pieces, n_items=matrix.n_items, group_names=names)
    return replace(answers, n_without_group=int(np.count_nonzero(codes < 0)))


def gather(pieces: Iterable[Piece], *, n_items: int, group_names: tuple[str, ...] = ("",)) -> Answers:
    """Lay answers out in blocks, piece by piece, so that no piece need stay in memory."""
    forms: list[Form] = []
    number: dict[tuple[int, bool, bytes], int] = {}
    blocks: list[Block] = []
    for piece in pieces:
        masked = bool((piece.scored == NOT_PRESENTED).any())
        key = (piece.group, masked, np.asarray(piece.items).tobytes())
        if key not in number:
            number[key] = len(forms)
            forms.append(Form(piece.group, np.asarray(piece.items, dtype=np.intp), masked))
        blocks += _blocks_of(piece, number[key], masked=masked)
    n_persons = sum(block.n_persons for block in blocks)
    if n_persons <= FEW_PERSONS:
        blocks = [replace(block, rows=block.rows.astype(np.float64)) for block in blocks]
    return Answers(n_items, group_names, tuple(forms), merged(blocks), n_persons)


def merged(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Neighbours of one form joined while they stay within a block."""
    done: list[Block] = []
    waiting: list[Block] = []
    for block in blocks:
        n_waiting = sum(other.n_persons for other in waiting)
        if waiting and (waiting[0].form != block.form or n_waiting + block.n_persons > BLOCK):
            done.append(_joined(waiting))
            waiting = []
        waiting.append(block)
    return (*done, _joined(waiting)) if waiting else tuple(done)


def doubled(answers: Answers) -> Answers:
    """The same in double precision, for eight times the memory."""
    blocks = tuple(replace(block, rows=block.rows.astype(np.float64, copy=False)) for block in answers.blocks)
    return replace(answers, blocks=blocks)


def collapsed_scores(answers: Answers) -> Answers:
    """People with the same raw score stand for one, who carries their mean answers and their number.

    With a common slope the raw score is all that the answers say about ability (Rasch 1960), so likelihood, expected
    answers and information stay what they were, to rounding. Masked forms stay as they are.
    """
    return _collapsed(answers, _score_classes)


def collapsed_patterns(answers: Answers) -> Answers:
    """People with the same answers stand for one with their number, in forms where that pays."""
    return _collapsed(answers, _pattern_classes)


# Laying out -------------------------------------------------------------------------------------------------------


def _groups(
    matrix: ResponseMatrix, group: str | None, reference: str | None, weights: Floats | None
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    refuse_reference_alone(group, reference)
    if group is None:
        return ("",), np.zeros(0, dtype=np.intp)
    if group not in matrix.groups:
        raise BadArrays(f"There is no group column {group!r}.", mend=f"choose one of {', '.join(matrix.groups)}.")
    values = matrix.groups[group]
    names, sizes = group_sizes(values, weights)
    chosen = choose_reference(dict(zip(names.tolist(), sizes.tolist(), strict=True)), reference)
    ordered = (chosen, *(str(name) for name in names if name != chosen))
    codes = np.full(matrix.n_persons, -1, dtype=np.intp)
    for code, name in enumerate(ordered):
        codes[values == name] = code
    return ordered, codes


def choose_reference(sizes: Mapping[str, float], reference: str | None) -> str:
    """The group that sets the scale: the one asked for, else the largest."""
    if not sizes:
        raise nobody_has_a_group()
    if reference is None:
        return max(sorted(sizes), key=lambda name: sizes[name])
    if reference not in sizes:
        named = ", ".join(sorted(sizes))
        raise BadArrays(f"No person belongs to the group {reference!r}.", mend=f"choose one of {named}.")
    return reference


def nobody_has_a_group() -> BadArrays:
    """What is said when every cell of the group column is empty."""
    return BadArrays("Nobody has a group.", mend="fill the column in, or calibrate without groups.")


def refuse_reference_alone(group: str | None, reference: str | None) -> None:
    """Without a column nobody belongs to the reference group; it would be a name for everybody."""
    if group is None and reference is not None:
        raise BadArrays(f"No column says who belongs to {reference!r}.", mend="name the group column too.")


def _checked(weights: Floats | None, n_persons: int) -> Floats | None:
    if weights is None:
        return None
    checked = np.asarray(weights, dtype=np.float64)
    if checked.shape != (n_persons,) or not can_weigh(checked).all() or not checked.any():
        raise BadArrays("The weights are not one number a person, 0 or more.", mend="give each person a weight.")
    return checked


def _pieces(
    matrix: ResponseMatrix, persons: NDArray[np.intp] | None, *, code: int, lowest: int, weights: Floats | None
) -> Iterator[Piece]:
    """The people of a group by what they were presented with; block by block, so that no second table stands beside."""
    options = matrix.options if persons is None else matrix.options[persons]
    own = weights if weights is None or persons is None else weights[persons]
    for items, rows in _by_presented(options, lowest):
        for start in range(0, len(options) if rows is None else len(rows), BLOCK):
            chosen = slice(start, start + BLOCK) if rows is None else rows[start : start + BLOCK]
            part = options[chosen] if len(items) == matrix.n_items else options[chosen][:, items]
            scored = (part == matrix.key[items]).astype(np.int8)
            if lowest == NOT_REACHED or rows is not None:
                scored[part <= lowest] = NOT_PRESENTED
            yield Piece(items, scored, code, None if own is None else own[chosen])


def _by_presented(options: NDArray[np.int8], lowest: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp] | None]]:
    """The items of each form and the rows of its people; None for all people. Those who saw nothing have no form."""
    every = np.arange(options.shape[1])
    if options.min() > lowest:
        return [(every, None)]
    patterns, of_person, sizes = np.unique(
        np.packbits(options > lowest, axis=1), axis=0, return_inverse=True, return_counts=True
    )
    some = patterns.any(axis=1)
    common = some & (sizes >= _FEWEST_OF_A_FORM)
    found: list[tuple[NDArray[np.intp], NDArray[np.intp] | None]] = []
    for pattern in np.flatnonzero(common):
        items = np.flatnonzero(np.unpackbits(patterns[pattern], count=len(every)))
        found.append((items, np.flatnonzero(of_person.ravel() == pattern)))
    rare = np.flatnonzero((some & ~common)[of_person.ravel()])
    return [*found, (every, rare)] if len(rare) else found


def _blocks_of(piece: Piece, form: int, *, masked: bool) -> list[Block]:
    blocks: list[Block] = []
    for start in range(0, len(piece.scored), BLOCK):
        scored = piece.scored[start : start + BLOCK].T
        m = len(scored)
        rows = np.ones((2 * m + 1 if masked else m + 1, scored.shape[1]), dtype=np.uint8)  # people side by side
        rows[:m] = scored == 1
        if masked:
            rows[m : 2 * m] = scored != NOT_PRESENTED
        blocks.append(Block(form, rows, None if piece.weights is None else piece.weights[start : start + BLOCK]))
    return blocks


def _joined(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    weights = None
    if any(block.weights is not None for block in blocks):
        weights = np.concatenate([_weights(block) for block in blocks])
    return Block(blocks[0].form, np.concatenate([block.rows for block in blocks], axis=1), weights)


def _kept_rows(form: Form, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    of_items = kept[form.items]
    return np.concatenate([of_items, of_items, [True]] if form.masked else [of_items, [True]])


def _weights(block: Block) -> Floats:
    return np.ones(block.n_persons) if block.weights is None else block.weights


def _row_sums(block: Block) -> Floats:
    if block.weights is None:
        return np.asarray(block.rows.sum(axis=1, dtype=np.float64))
    return np.asarray(block.rows @ block.weights)


# Letting people stand for others ------------------------------------------------------------------------------------

Classes = tuple[NDArray[np.float64], Floats]  # (n_rows, n_classes) rows, and the weights of the classes


def _collapsed(answers: Answers, classes: Callable[[Sequence[Block]], Classes | None]) -> Answers:
    blocks: list[Block] = []
    for number, form in enumerate(answers.forms):
        own = [block for block in answers.blocks if block.form == number]
        found = None if form.masked or not own else classes(own)
        if found is None:
            blocks += own
        else:
            rows, weights = found
            cuts = range(0, len(weights), BLOCK)
            blocks += [Block(number, rows[:, cut : cut + BLOCK], weights[cut : cut + BLOCK]) for cut in cuts]
    return replace(answers, blocks=tuple(blocks))


def _score_classes(blocks: Sequence[Block]) -> Classes:
    m = len(blocks[0].rows) - 1
    sums = np.zeros((m + 1, m + 1))
    for block in blocks:
        # Single precision counts the people of a block without loss; weights need double.
        precision: Any = np.float32 if block.weights is None and block.n_persons <= BLOCK else np.float64
        of_class = np.zeros((m + 1, block.n_persons), dtype=precision)
        of_class[block.rows[:-1].sum(axis=0, dtype=np.intp), np.arange(block.n_persons)] = _weights(block)
        sums += (block.rows.astype(precision) @ of_class.T).astype(np.float64)
    occurs = sums[-1] > 0
    return np.ascontiguousarray(sums[:, occurs] / sums[-1, occurs]), sums[-1, occurs]


def _pattern_classes(blocks: Sequence[Block]) -> Classes | None:
    m = len(blocks[0].rows) - 1
    if m > _LONGEST_PATTERN or _distinct(blocks[:1]) > 0.5 * blocks[0].n_persons:
        return None
    codes, of_person = np.unique(np.concatenate([_codes(block) for block in blocks]), return_inverse=True)
    every = np.concatenate([_weights(block) for block in blocks])
    weights = np.bincount(of_person.ravel(), every).astype(np.float64)
    bits = (codes >> np.arange(m)[:, None]) & 1
    return np.concatenate([bits, np.ones((1, len(codes)), dtype=np.int64)]).astype(np.float64), weights


def _distinct(blocks: Sequence[Block]) -> int:
    return len(np.unique(np.concatenate([_codes(block) for block in blocks])))


def _codes(block: Block) -> NDArray[np.int64]:
    """(n_persons,) the answers of each person as one integer, a bit an item."""
    codes = np.zeros(block.n_persons, dtype=np.int64)
    for j, row in enumerate(block.rows[:-1]):
        codes |= row.astype(np.int64) << j
    return codes
