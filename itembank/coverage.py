"""How full a blueprint is: where the items of each cell stand, how dark a cell is drawn, when the campaign will end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

from itembank.states import ItemState

# The darkest shade: the target is reached. Shade 0 is an empty cell, which is drawn unlike all others.
SHADES = 4
PACE_WEEKS = 4


class Stage(StrEnum):
    """How far an item has come, as a campaign counts it."""

    WRITTEN = "written"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    OPERATIONAL = "operational"


# What somebody took out or ended fills no cell.
_STAGES: Mapping[ItemState, Stage] = {
    ItemState.DRAFT: Stage.WRITTEN,
    ItemState.IN_REVIEW: Stage.IN_REVIEW,
    ItemState.APPROVED: Stage.APPROVED,
    ItemState.PRETEST: Stage.APPROVED,
    ItemState.OPERATIONAL: Stage.OPERATIONAL,
}


@dataclass(frozen=True)
class Counts:
    """The items of a cell by where they stand."""

    states: Mapping[ItemState, int]

    @classmethod
    def together(cls, parts: Iterable["Counts"]) -> "Counts":
        """Several cells as one."""
        total: Counter[ItemState] = Counter()
        for part in parts:
            total.update(part.states)
        return cls(total)

    def of(self, stage: Stage) -> int:
        """Items at one stage, and not yet at a later one."""
        return sum(number for state, number in self.states.items() if _STAGES.get(state) is stage)

    @property
    def n_usable(self) -> int:
        """Items that reviewers approved and nobody took out: what the campaign is after."""
        return self.of(Stage.APPROVED) + self.of(Stage.OPERATIONAL)

    @property
    def n_under_way(self) -> int:
        """Items that are being written or reviewed."""
        return self.of(Stage.WRITTEN) + self.of(Stage.IN_REVIEW)

    @property
    def n_live(self) -> int:
        """All items of the cell that may still come to use, suspended ones included."""
        return sum(number for state, number in self.states.items() if state in LIVE_STATES)


LIVE_STATES = frozenset({*_STAGES, ItemState.SUSPENDED})


@dataclass(frozen=True)
class Progress:
    """How far a set of cells is from its target. What is too much in one cell fills no other."""

    n_cells: int
    n_target: int
    n_reached: int  # usable items that count, at most the target of each cell
    n_full: int  # cells that reached their target
    n_empty: int  # cells without any item at all

    @property
    def n_missing(self) -> int:
        """Usable items still to come."""
        return self.n_target - self.n_reached

    @classmethod
    def of(cls, cells: Sequence[Counts], *, target: int) -> "Progress":
        """The progress of cells with the same target."""
        return cls(
            n_cells=len(cells),
            n_target=target * len(cells),
            n_reached=sum(min(cell.n_usable, target) for cell in cells),
            n_full=sum(cell.n_usable >= target for cell in cells),
            n_empty=sum(cell.n_live == 0 for cell in cells),
        )


def shade(number: int, target: int) -> int:
    """How dark a cell is drawn: 0 empty, then by quarters of the target up to `SHADES`."""
    return 0 if number <= 0 else min(SHADES, max(1, ceil(SHADES * number / max(1, target))))


def expected_end(n_missing: int, *, n_lately: int, today: date) -> date | None:
    """When the target is reached if the next weeks are like the last `PACE_WEEKS`; None when nothing was approved."""
    if n_missing <= 0:
        return today
    if n_lately <= 0:
        return None
    return today + timedelta(days=ceil(n_missing * PACE_WEEKS * 7 / n_lately))
