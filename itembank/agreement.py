"""How well two readers agree, beyond what chance alone would bring: plain agreement and Cohen's kappa.

A number travels with what it rests on: how many pairs, and how sure. Nearly all marks of a checklist are yes, and then
kappa is low although people agree (it asks how they agree on the rare no), or cannot be told at all; so plain agreement
always stands beside it, and few pairs are called few. Sources: J. Cohen (1960), Educational and Psychological
Measurement 20, 37-46; the standard error: J. L. Fleiss, J. Cohen, B. S. Everitt (1969), Psychological Bulletin 72,
323-327, equation 13, here in its general form (the delta method); the interval of a share: E. B. Wilson (1927).
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Generic, TypeVar

_Label = TypeVar("_Label", bound=Hashable)

# Below this many pairs a page says that nothing can be concluded yet.
FEW_PAIRS = 30
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Share:
    """A share of a whole with its 95 % interval."""

    count: int
    n: int

    @property
    def value(self) -> float | None:
        """The share; none of nothing is no number."""
        return self.count / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval: honest for few cases and for shares near 0 and 1."""
        if not self.n:
            return 0.0, 1.0
        p, z2 = self.count / self.n, _Z * _Z
        middle = (p + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = _Z / (1 + z2 / self.n) * math.sqrt(p * (1 - p) / self.n + z2 / (4 * self.n * self.n))
        # At the ends the sum of rounded numbers may miss the bound by a hair.
        return (0.0 if self.count == 0 else middle - half), (1.0 if self.count == self.n else middle + half)


@dataclass(frozen=True)
class Agreement:
    """What two readers said of the same things."""

    n: int  # pairs of marks
    n_agreed: int
    kappa: float | None  # none: cannot be told, because nobody ever said anything else
    standard_error: float | None  # asymptotic; none where kappa is none, or where readers never differed

    @property
    def plain(self) -> Share:
        """The share of pairs in which both said the same."""
        return Share(self.n_agreed, self.n)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of kappa, kept inside its bounds; none where it has no standard error."""
        if self.kappa is None or not self.standard_error:
            return None
        half = _Z * self.standard_error
        return max(-1.0, self.kappa - half), min(1.0, self.kappa + half)

    @property
    def is_few(self) -> bool:
        """Whether there are too few pairs to conclude anything."""
        return self.n < FEW_PAIRS


@dataclass(frozen=True)
class Table(Generic[_Label]):
    """Counts of pairs of marks: rows are the first reader's, columns the second's."""

    counts: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[_Label, _Label]]) -> "Table[_Label]":
        """The table of the pairs, over the marks that occur."""
        found = list(pairs)
        labels = list(dict.fromkeys(label for pair in found for label in pair))
        place = {label: number for number, label in enumerate(labels)}
        counts = [[0.0] * len(labels) for _ in labels]
        for first, second in found:
            counts[place[first]][place[second]] += 1
        return cls(tuple(tuple(row) for row in counts))

    @property
    def symmetric(self) -> "Table[_Label]":
        """The table with the readers' order averaged out, for readers who are not always the same two.

        Cohen's kappa of it does not depend on who came first; it is Scott's pi, and Fleiss' kappa for two readers.
        """
        turned = list(zip(*self.counts, strict=True))
        return Table(
            tuple(
                tuple((a + b) / 2 for a, b in zip(row, column, strict=True))
                for row, column in zip(self.counts, turned, strict=True)
            )
        )


def agreement(pairs: Sequence[tuple[_Label, _Label]]) -> Agreement:
    """How well two certain readers agree; each pair holds the first one's mark and the other's of the same thing."""
    return measure(Table.of(pairs))


def mixed_agreement(pairs: Sequence[tuple[_Label, _Label]]) -> Agreement:
    """How well pairs of changing readers agree; the order inside a pair means nothing."""
    return measure(Table.of(pairs).symmetric)


def measure(table: Table[_Label]) -> Agreement:
    """Plain agreement, kappa and its standard error of a table of counts."""
    n = sum(map(sum, table.counts))
    agreed = sum(row[place] for place, row in enumerate(table.counts))
    if not n:
        return Agreement(0, 0, None, None)
    shares = [[count / n for count in row] for row in table.counts]
    rows = [sum(row) for row in shares]
    columns = [sum(column) for column in zip(*shares, strict=True)]
    observed = agreed / n
    expected = sum(row * column for row, column in zip(rows, columns, strict=True))
    if math.isclose(expected, 1.0, abs_tol=1e-12):  # both always said one and the same: chance explains it all
        return Agreement(round(n), round(agreed), None, None)
    kappa = (observed - expected) / (1 - expected)
    is_whole = math.isclose(observed, 1.0, abs_tol=1e-12)
    error = None if is_whole else _standard_error(shares, rows, columns, kappa=kappa, expected=expected, n=n)
    return Agreement(round(n), round(agreed), 1.0 if is_whole else kappa, error)


def _standard_error(
    shares: Sequence[Sequence[float]],
    rows: Sequence[float],
    columns: Sequence[float],
    *,
    kappa: float,
    expected: float,
    n: float,
) -> float:
    """From how much kappa moves with cell (i, j): ([i = j] - (1 - kappa)(column i + row j)) / (1 - expected)."""
    moves = [
        (share, ((i == j) - (1 - kappa) * (columns[i] + rows[j])) / (1 - expected))
        for i, row in enumerate(shares)
        for j, share in enumerate(row)
    ]
    mean = sum(share * move for share, move in moves)
    variance = sum(share * (move - mean) ** 2 for share, move in moves)
    return math.sqrt(variance / n)
