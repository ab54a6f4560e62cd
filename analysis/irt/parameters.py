"""What is estimated: item parameters, groups of people, and which of it is free.

The engine integrates over a standard normal z. A group of mean m and standard deviation s meets item j as
eta = (a s) z + (a m + d): so each group has its own slope and intercept for each item, and every model is a map from a
short vector of free values to these. `Layout` is that map.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LARGEST_SLOPE = 8.0  # a slope that runs past this is a step, which no sample can tell from a steeper one
SMALLEST_SD = 1e-3  # of a group whose people do not differ
_FARTHEST_LOGIT = 12.0


@dataclass(frozen=True, eq=False)
class Parameters:
    """One value each: items have slope a, intercept d and guessing c, groups have mean and sd."""

    a: Floats  # (n_items,)
    d: Floats  # (n_items,)
    c: Floats  # (n_items,)
    mean: Floats  # (n_groups,)
    sd: Floats  # (n_groups,)

    @property
    def slopes(self) -> Floats:
        """(n_groups, n_items) slopes on standard normal z."""
        return self.sd[:, None] * self.a

    @property
    def intercepts(self) -> Floats:
        """(n_groups, n_items) intercepts on standard normal z."""
        return self.mean[:, None] * self.a + self.d


@dataclass(frozen=True, eq=False)
class Layout:
    """Which values are free, in the order a (one for all when common), d, c, means, sds.

    `fixed` holds the values of everything that is not free, and the start of everything that is.
    """

    fixed: Parameters
    common_slope: bool
    a: NDArray[np.bool_]  # (n_items,) whether free; ignored when common
    d: NDArray[np.bool_]
    c: NDArray[np.bool_]
    mean: NDArray[np.bool_]  # (n_groups,)
    sd: NDArray[np.bool_]

    @property
    def n_items(self) -> int:
        return len(self.d)

    @property
    def n_groups(self) -> int:
        return len(self.mean)

    @cached_property
    def places(self) -> dict[str, NDArray[np.intp]]:
        """Where each kind stands in the vector of free values; -1 where fixed."""
        found: dict[str, NDArray[np.intp]] = {}
        count = 0
        if self.common_slope:
            found["a"], count = np.where(self.a, 0, -1), 1
        for kind in ("a", "d", "c", "mean", "sd"):
            if kind in found:
                continue
            free: NDArray[np.bool_] = getattr(self, kind)
            found[kind] = np.where(free, count + np.cumsum(free) - 1, -1)
            count += int(free.sum())
        return found

    @cached_property
    def n_free(self) -> int:
        return 1 + max(int(place.max(initial=-1)) for place in self.places.values())

    def values(self, free: Floats) -> Parameters:
        """Put the free values into their places."""

        padded = np.append(free, 0.0)  # place -1 is what was fixed

        def filled(kind: str, base: Floats) -> Floats:
            place = self.places[kind]
            return np.where(place < 0, base, padded[place])

        c = np.where(self.places["c"] < 0, self.fixed.c, 1 / (1 + np.exp(-filled("c", np.zeros(self.n_items)))))
        fixed = self.fixed
        return Parameters(
            filled("a", fixed.a), filled("d", fixed.d), c, filled("mean", fixed.mean), filled("sd", fixed.sd)
        )

    def free_of(self, parameters: Parameters) -> Floats:
        """The free values of a full set; c as its logit."""
        free = np.zeros(self.n_free)
        for kind, place in self.places.items():
            value: Floats = getattr(parameters, kind)
            free[place[place >= 0]] = (_logit(value) if kind == "c" else value)[place >= 0]
        return free

    def within_bounds(self, free: Floats, *, positive_slopes: bool) -> Floats:
        """The nearest values that mean something."""
        bounded = free.copy()
        lowest = {"a": 1e-3 if positive_slopes else -LARGEST_SLOPE, "c": -_FARTHEST_LOGIT, "sd": SMALLEST_SD}
        highest = {"a": LARGEST_SLOPE, "c": _FARTHEST_LOGIT, "sd": LARGEST_SLOPE}
        for kind, low in lowest.items():
            place = np.unique(self.places[kind][self.places[kind] >= 0])
            bounded[place] = np.clip(bounded[place], low, highest[kind])
        return bounded

    def names(self, item_names: tuple[str, ...], group_names: tuple[str, ...]) -> tuple[str, ...]:
        """A name for each free value, in order."""
        found = [""] * self.n_free
        for kind, place in self.places.items():
            of = item_names if kind in "adc" else group_names
            for name, where in zip(of, place, strict=True):
                if where >= 0:
                    found[where] = kind if kind == "a" and self.common_slope else f"{kind} {name}".strip()
        return tuple(found)

    def jacobian(self, at: Parameters, group: int) -> Floats:
        """(3 n_items, n_free): how slopes, intercepts on z and logit c of a group move with the free values."""
        n, jacobian = self.n_items, np.zeros((3 * self.n_items, self.n_free))
        item = np.arange(n)

        def add(row: NDArray[np.intp], place: NDArray[np.intp], value: Floats | float) -> None:
            free = place >= 0
            jacobian[row[free], place[free]] += np.broadcast_to(value, n)[free]

        add(item, self.places["a"], at.sd[group])
        add(n + item, self.places["a"], at.mean[group])
        add(n + item, self.places["d"], 1.0)
        add(2 * n + item, self.places["c"], 1.0)
        add(item, np.repeat(self.places["sd"][group], n), at.a)
        add(n + item, np.repeat(self.places["mean"][group], n), at.a)
        return jacobian

    def collect(self, by: dict[str, Floats]) -> Floats:
        """(n_free,) sums of one figure a value of each kind."""
        total = np.zeros(self.n_free)
        for kind, figures in by.items():
            place = self.places[kind]
            np.add.at(total, place[place >= 0], figures[place >= 0])
        return total


def _logit(c: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(c) - np.log1p(-c))
