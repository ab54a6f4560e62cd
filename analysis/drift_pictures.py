"""The life of an item in figures: difficulty and discrimination over the administrations, with their limits."""

import math
from collections.abc import Sequence

from analysis.drawing import BLUE, ORANGE, canvas, legend_beside, to_svg, write_numbers
from analysis.drift import Interval, Occasion
from analysis.wording import word

_LONGEST = 14  # letters of an administration's code that still fit under its place


def drift_picture(occasions: Sequence[Occasion], *, item: str, language: str = "id") -> str:
    """Both figures over the administrations in order, each with its 95 % limits."""
    title = word("drift_title", language, item=item)
    figure, axes = canvas(title=title, x_label=word("administration", language), y_label="", height=3.6)
    for shift, values, limits, (colour, marker, name) in (
        (-0.06, [o.p for o in occasions], [o.p_interval for o in occasions], (BLUE, "o", "drift_p")),
        (
            0.06,
            [o.discrimination for o in occasions],
            [o.discrimination_interval for o in occasions],
            (ORANGE, "s", "drift_r"),
        ),
    ):
        places = [place + shift for place in range(len(occasions))]
        axes.errorbar(
            places,
            values,
            yerr=_reach(values, limits),
            color=colour,
            marker=marker,
            linestyle="-" if name == "drift_p" else "--",
            capsize=4,
            label=word(name, language),
        )
    axes.set_xticks(range(len(occasions)), [_short(occasion.name) for occasion in occasions])
    axes.set_xlim(-0.5, len(occasions) - 0.5)
    lowest = min([0.0, *(limit for o in occasions for limit in o.discrimination_interval if math.isfinite(limit))])
    axes.set_ylim(min(lowest - 0.05, -0.02), 1.02)
    write_numbers(axes, language, y=".1f")
    legend_beside(axes, right=0.72)
    return to_svg(figure, name="drift", description=title)


def _reach(values: Sequence[float], limits: Sequence[Interval]) -> list[list[float]]:
    """How far the limits lie below and above; nothing where they are unknown."""
    below = [value - low if math.isfinite(low) else 0.0 for value, (low, _high) in zip(values, limits, strict=True)]
    above = [high - value if math.isfinite(high) else 0.0 for value, (_low, high) in zip(values, limits, strict=True)]
    return [below, above]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
