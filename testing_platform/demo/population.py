"""How the demo's candidates behave: a true model behind every item, and people of known ability."""

import random
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.simulation import Fault, ItemParameters, draw_item, plant, probability_right, simulate_answers
from itembank.textformat import LETTERS, ItemText
from testing_platform.demo.planted import PLANTED

if TYPE_CHECKING:
    import numpy as np

SEED = 2012
TRYOUT_ABILITY = 0.2  # mean of the logit scale; the sd is 1
EASIEST, HARDEST = 0.72, 0.3  # true proportions right of sound items


class Population:
    """The truth that the analysis does not know."""

    def __init__(self, items: Sequence[ItemText]) -> None:
        faults = {planted.code: planted.fault for planted in PLANTED}
        self._parameters = {item.code: _parameters(item, faults.get(item.code)) for item in items}

    def answers(self, codes: Sequence[str], *, n_people: int, ability: float, seed: int) -> list[list[int]]:
        """For each person and item, the authored position of the option that the person chooses."""
        import numpy as np

        rng = np.random.default_rng([SEED, seed])
        theta = rng.normal(ability, 1.0, n_people)
        chosen = simulate_answers([self._parameters[code] for code in codes], theta, rng=rng)
        return [[int(option) for option in row] for row in chosen]


def skips(seed: int, n_items: int) -> frozenset[int]:
    """The items that one person leaves empty: now and then one, and sometimes the last few for want of time."""
    rng = random.Random(seed)  # noqa: S311 - a simulation, no secret
    left_out = {place for place in range(n_items) if rng.random() < 0.008}
    if rng.random() < 0.03:
        left_out |= set(range(n_items - rng.randint(1, 4), n_items))
    return frozenset(left_out)


def _parameters(item: ItemText, fault: Fault | None) -> ItemParameters:
    import numpy as np

    rng = np.random.default_rng([SEED, zlib.crc32(item.code.encode())])
    sound = _draw_sound(rng, key=LETTERS.index(item.key), n_options=len(item.options))
    return sound if fault is None else plant(sound, fault)[0]


def _draw_sound(rng: "np.random.Generator", *, key: int, n_options: int) -> ItemParameters:
    """An item that the policy has nothing against: its true difficulty lies well inside the wanted range."""
    import numpy as np

    people = np.linspace(-2.5, 2.5, 51) + TRYOUT_ABILITY
    weight = np.exp(-((people - TRYOUT_ABILITY) ** 2) / 2)
    while True:
        item = draw_item(rng, key=key, n_options=n_options)
        p = float(np.average(probability_right([item], people)[:, 0], weights=weight))
        if EASIEST > p > HARDEST and min(item.attraction[o] for o in range(n_options) if o != key) > 0.1:
            return item
