"""Pictures of decisions and of groups: how sure each score's decision is, and which items treat groups differently."""

from collections.abc import Sequence

import numpy as np

from analysis.decision import HowSure, passing_score
from analysis.dif import Comparison
from analysis.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    canvas,
    legend,
    legend_beside,
    to_svg,
    write_numbers,
)
from analysis.intervals import TWO_SIDED_95
from analysis.wording import word

_CLASSES = {"A": (BLUE, "o"), "B": (ORANGE, "s"), "C": (RED, "X")}


def certainty_of_decisions(figures: Sequence[HowSure], *, cut_percent: int = 75, language: str = "id") -> str:
    """How likely a pass is for a true score, and how likely a true score at the cut is for a raw score."""
    title = word("decision", language)
    figure, axes = canvas(title=title, x_label=word("raw_score", language), y_label=word("chance", language))
    raw = np.array([sure.raw_score for sure in figures])
    lines = (
        ("pass_if_truly_this", BLUE, "-", "o"),
        ("truly_at_least_cut", GREEN, "--", "^"),
    )
    for name, colour, dash, marker in lines:
        values = np.array([getattr(sure, name) for sure in figures], dtype=np.float64)
        if np.isfinite(values).any():
            label = word(name, language)
            axes.plot(
                raw, values, color=colour, linestyle=dash, marker=marker, markersize=4, linewidth=2.0, label=label
            )
    at = passing_score(len(figures) - 1, cut_percent) - 0.5
    axes.axvline(at, color=BLACK, linewidth=1.6, linestyle=":", label=word("cut", language, cut=cut_percent))
    axes.set_xlim(raw[0] - 0.7, raw[-1] + 0.7)
    axes.set_ylim(-0.02, 1.02)
    write_numbers(axes, language, x=".0f", y=".1f")
    legend(axes, place="upper left")
    return to_svg(figure, name=f"decision-{len(figures)}", description=title)


def deltas_of_groups(comparison: Comparison, *, language: str = "id") -> str:
    """How much harder or easier each item is for the focal group, with 95 % limits; classes by shape and colour."""
    title = word("deltas_title", language, focal=comparison.focal, reference=comparison.reference)
    known = [item for item in comparison.items if np.isfinite(item.delta) and item.ets_class in _CLASSES]
    height = max(3.0, 1.2 + 0.16 * len(known))
    figure, axes = canvas(title=title, x_label=word("delta", language), y_label=word("item", language), height=height)
    ordered = sorted(known, key=lambda item: item.delta)
    for name, (colour, marker) in _CLASSES.items():
        places = [place for place, item in enumerate(ordered) if item.ets_class == name]
        if places:
            deltas = [ordered[place].delta for place in places]
            reach = [TWO_SIDED_95 * ordered[place].delta_se for place in places]
            label = word("ets_class", language, letter=name)
            axes.errorbar(
                deltas, places, xerr=reach, color=colour, marker=marker, markersize=6, linestyle="none", label=label
            )
    for border in (-1.5, -1.0, 1.0, 1.5):
        axes.axvline(border, color=GREY, linewidth=0.9, linestyle=":" if abs(border) == 1 else "--", zorder=1)
    axes.axvline(0, color=BLACK, linewidth=1.0, zorder=1)
    axes.set_yticks(range(len(ordered)), [item.item for item in ordered])
    axes.tick_params(axis="y", labelsize=8)
    axes.set_ylim(-0.8, max(len(ordered), 1) - 0.2)
    write_numbers(axes, language, x=".1f")
    if ordered:
        legend_beside(axes, right=0.84)
    return to_svg(figure, name=f"deltas-{comparison.column}-{comparison.focal}", description=title)
