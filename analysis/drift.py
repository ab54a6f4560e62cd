"""Whether an item became easier or harder from one administration to the next, beyond what chance explains.

Different people sit each administration, so a shift is a reason to look, not a proof: a leak makes an item easier, and
so does a group that was taught better.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

Interval = tuple[float, float]
UNKNOWN: Interval = (math.nan, math.nan)


@dataclass(frozen=True)
class Occasion:
    """What one administration said of an item; nan where it could not be estimated."""

    name: str
    n: int
    p: float  # share of right answers
    discrimination: float  # point-biserial
    p_interval: Interval = UNKNOWN  # two-sided 95 %, as computed then
    discrimination_interval: Interval = UNKNOWN


@dataclass(frozen=True)
class Shift:
    """The largest change of the share of right answers against the first administration."""

    first: Occasion
    later: Occasion
    z: float  # of the difference of two independent shares, with their common share under "no change"

    @property
    def difference(self) -> float:
        """By how much the share grew."""
        return self.later.p - self.first.p


def largest_shift(occasions: Sequence[Occasion], *, error: float = 0.01) -> Shift | None:
    """The shift that chance explains worst; None when a stable item would show as large a one in `error` of the cases.

    The test is that of the difference of two proportions with pooled variance; with several later administrations the
    error is divided among them (Bonferroni), so that a long life alone accuses no item.
    """
    known = [occasion for occasion in occasions if math.isfinite(occasion.p) and occasion.n > 0]
    shifts = [Shift(known[0], later, _z(known[0], later)) for later in known[1:]]
    largest = max(shifts, key=lambda shift: abs(shift.z), default=None)
    if largest is None:
        return None
    bound = NormalDist().inv_cdf(1 - error / len(shifts) / 2)
    return largest if abs(largest.z) >= bound else None


def _z(first: Occasion, later: Occasion) -> float:
    pooled = (first.p * first.n + later.p * later.n) / (first.n + later.n)
    variance = pooled * (1 - pooled) * (1 / first.n + 1 / later.n)
    return (later.p - first.p) / math.sqrt(variance) if variance > 0 else 0.0
