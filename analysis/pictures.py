"""Pictures for the tables that people would rather look at. Each function returns one SVG."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.classical import FormStatistics
from analysis.decision import passing_score, uncertain_band
from analysis.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LINES,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    WIDE,
    canvas,
    legend,
    legend_beside,
    number,
    tidy,
    to_svg,
    write_numbers,
)
from analysis.explanations import OUTCOMES
from analysis.forms import Floats, find_forms, standing
from analysis.intervals import wilson
from analysis.irt.calibration import Calibration
from analysis.irt.scoring import Abilities, form_information, item_curves, theta_at_score
from analysis.items import ItemStatistics
from analysis.responses import ResponseMatrix
from analysis.verdict import DEFAULT_POLICY, Outcome, Policy, Verdict
from analysis.wording import word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKS = {
    Outcome.KEEP: (BLUE, "o"),
    Outcome.WATCH: (GREY, "D"),
    Outcome.REVISE: (ORANGE, "s"),
    Outcome.DROP: (RED, "X"),
    Outcome.CHECK_KEY: (PURPLE, "^"),
}
_GROUPS = 5
_MODEL_NAMES = {"rasch": "Rasch", "1pl": "1PL", "2pl": "2PL", "3pl": "3PL"}


def difficulty_by_discrimination(
    items: Sequence[ItemStatistics],
    verdicts: Sequence[Verdict],
    *,
    language: str = "id",
    policy: Policy = DEFAULT_POLICY,
) -> str:
    """Where each item stands, by shape and colour of its verdict; items that need a look carry their name."""
    figure, axes = canvas(
        title=word("map_title", language),
        x_label=word("difficulty", language),
        y_label=word("discrimination", language),
        height=4.8,
    )
    low, high, least = policy.difficulty_low, policy.difficulty_high, policy.discrimination
    axes.fill_between([low, high], least, 1.0, color=SKY, alpha=0.15, label=word("wanted_region", language))
    for outcome, (colour, marker) in _MARKS.items():
        of_outcome = [item for item, v in zip(items, verdicts, strict=True) if v.outcome is outcome]
        chosen = [item for item in of_outcome if np.isfinite(item.point_biserial)]
        if not chosen:
            continue
        x, y = [i.p for i in chosen], [i.point_biserial for i in chosen]
        name = OUTCOMES[outcome][language]
        axes.scatter(x, y, c=colour, marker=marker, s=64, label=name, edgecolors="white", zorder=3)
        if outcome not in (Outcome.KEEP, Outcome.WATCH):
            for item in chosen:
                axes.annotate(item.name, (item.p, item.point_biserial), (6, 5), textcoords="offset points", fontsize=9)
    known = [item.point_biserial for item in items if np.isfinite(item.point_biserial)]
    axes.set_xlim(0, 1)
    axes.set_ylim(min([-0.05, *known]) - 0.05, max([0.6, *known]) + 0.05)
    write_numbers(axes, language, x=".2f", y=".1f")
    legend_beside(axes, right=0.68)
    return to_svg(figure, name="map", description=word("map_title", language))


def option_curves(matrix: ResponseMatrix, item: str, *, language: str = "id", width: float = WIDE) -> str:
    """How each option fares from the weakest fifth to the strongest: the key should rise, the rest fall."""
    j = matrix.item_names.index(item)
    figure, axes = canvas(
        title=word("options_title", language, item=item),
        x_label=word("score_group", language),
        y_label=word("share_choosing", language),
        height=_height(width),
        width=width,
    )
    groups = _score_groups(matrix, j)
    at = np.arange(1, len(groups) + 1)
    sizes = _counted(matrix, groups)
    for code in range(int(matrix.offered[j])):
        counts = _counted(matrix, [rows[matrix.options[rows, j] == code] for rows in groups])
        letter, is_key = matrix.letters[code], bool(code == matrix.key[j])
        label = word("key", language, letter=letter) if is_key else letter
        _option_line(axes, at, counts, sizes=sizes, line=LINES[code % len(LINES)], label=label, is_key=is_key)
    axes.set_xlim(0.7, len(groups) + 0.3)
    axes.set_ylim(-0.02, 1)
    axes.set_xticks(at)
    write_numbers(axes, language, y=".1f")
    legend_beside(axes, right=1 - 1.4 / width)
    return to_svg(figure, name=f"options-{item}", description=word("options_title", language, item=item))


def _height(width: float) -> float:
    return 4.2 if width >= WIDE else 3.3


def _option_line(
    axes: "Axes",
    at: NDArray[np.intp],
    counts: Floats,
    *,
    sizes: Floats,
    line: tuple[str, str, str],
    label: str,
    is_key: bool,
) -> None:
    colour, marker, dash = (BLACK, line[1], "-") if is_key else line
    width, level = (2.8, 4) if is_key else (1.6, 3)
    axes.plot(
        at,
        counts / sizes,
        color=colour,
        marker=marker,
        markersize=7,
        linestyle=dash,
        linewidth=width,
        label=label,
        zorder=level,
    )
    limits = np.array([wilson(float(c), float(n)) for c, n in zip(counts, sizes, strict=True)]).reshape(-1, 2)
    axes.fill_between(at, limits[:, 0], limits[:, 1], color=colour, alpha=0.12, linewidth=0)


def _score_groups(matrix: ResponseMatrix, j: int) -> list[NDArray[np.intp]]:
    """People presented with item j in up to five groups of like size by their standing, ties kept together."""
    z = standing(matrix.n_persons, find_forms(matrix))
    counts = np.ones(matrix.n_persons, dtype=np.bool_) if matrix.weights is None else matrix.weights > 0
    seen = np.flatnonzero(matrix.presented[:, j] & np.isfinite(z) & counts)
    return _even_groups(z, seen, _GROUPS)


def _counted(matrix: ResponseMatrix, groups: Sequence[NDArray[np.intp]]) -> Floats:
    """(n_groups,) how many people the rows of each group stand for."""
    if matrix.weights is None:
        return np.array([len(rows) for rows in groups], dtype=np.float64)
    return np.array([matrix.weights[rows].sum() for rows in groups], dtype=np.float64)


def _even_groups(values: Floats, rows: NDArray[np.intp], count: int) -> list[NDArray[np.intp]]:
    if not len(rows):
        return []
    edges = np.quantile(values[rows], np.linspace(0, 1, count + 1)[1:-1])
    which = np.searchsorted(edges, values[rows], side="left")
    return [rows[which == group] for group in np.unique(which)]


def item_curve(
    matrix: ResponseMatrix,
    calibration: Calibration,
    people: Abilities,
    item: str,
    *,
    language: str = "id",
    width: float = WIDE,
) -> str:
    """The item's model curve, with the shares right that were observed in ten groups of like ability."""
    j, model = matrix.item_names.index(item), _MODEL_NAMES[calibration.model]
    title = word("curve_title", language, item=item, model=model)
    figure, axes = canvas(
        title=title,
        x_label=word("ability", language),
        y_label=word("chance_right", language),
        height=_height(width),
        width=width,
    )
    theta = np.linspace(-4, 4, 161)
    curve = item_curves(calibration, theta)[:, j]
    axes.plot(theta, curve, color=BLUE, linewidth=2.2, label=word("model_curve", language))
    counts = True if matrix.weights is None else matrix.weights > 0
    groups = _even_groups(people.theta, np.flatnonzero(matrix.presented[:, j] & counts), 10)
    sizes = _counted(matrix, groups)
    shares = _counted(matrix, [group[matrix.scored[group, j] == 1] for group in groups]) / sizes
    limits = np.array([wilson(share * n, n) for share, n in zip(shares, sizes, strict=True)]).reshape(-1, 2)
    at = [float(people.theta[group].mean()) for group in groups]
    reach = np.abs(limits.T - shares)
    axes.errorbar(at, shares, yerr=reach, color=BLACK, marker="o", markersize=5, capsize=3, linestyle="none")
    axes.plot([], [], color=BLACK, marker="o", linestyle="none", label=word("observed", language))
    axes.set_ylim(0, 1)
    axes.set_xlim(-4, 4)
    write_numbers(axes, language, x=".0f", y=".1f")
    # Difficult items leave room above their curve on the left, easy ones below it on the right.
    legend(axes, place="upper left" if np.nanmean(curve) < 0.5 else "lower right")
    return to_svg(figure, name=f"curve-{item}", description=title)


def information_curve(calibration: Calibration, *, cut_percent: int = 75, language: str = "id") -> str:
    """Where the test measures well: information, standard error, and the ability at which the cut is expected."""
    title = word("information_title", language)
    figure, axes = canvas(title=title, x_label=word("ability", language), y_label=word("information", language))
    theta = np.linspace(-4, 4, 321)
    information = form_information(calibration, theta)
    axes.plot(theta, information, color=BLUE, linewidth=2.2, label=word("information", language))
    beside = axes.twinx()
    figure.subplots_adjust(right=0.88)
    with np.errstate(divide="ignore"):
        error = 1 / np.sqrt(information)
    beside.plot(theta, error, color=ORANGE, linewidth=2.0, linestyle="--")
    axes.plot([], [], color=ORANGE, linewidth=2.0, linestyle="--", label=word("standard_error", language))
    cut = theta_at_score(calibration, cut_percent / 100)
    if np.isfinite(cut) and abs(cut) <= 4:
        axes.axvline(cut, color=BLACK, linewidth=1.4, linestyle=":", label=word("cut", language, cut=cut_percent))
    tidy(beside)
    beside.grid(visible=False)
    beside.spines["right"].set_visible(True)
    beside.set_ylabel(word("standard_error", language), fontsize=11, color=BLACK)
    beside.set_ylim(0, min(float(np.nanmax(error)), 3.0) * 1.05)
    axes.set_ylim(0, float(np.nanmax(information)) * 1.25 or 1.0)
    axes.set_xlim(-4, 4)
    write_numbers(axes, language, x=".0f", y=".1f")
    write_numbers(beside, language, y=".1f")
    legend(axes, columns=3, place="upper center")
    return to_svg(figure, name="information", description=title)


def score_histogram(form: FormStatistics, *, cut_percent: int = 75, language: str = "id") -> str:
    """How the raw scores are spread, with the cut and the scores within one standard error of it."""
    from matplotlib.ticker import MaxNLocator

    title = word("histogram_title", language, n=number(form.n_counted, ".0f", language))
    figure, axes = canvas(title=title, x_label=word("raw_score", language), y_label=word("people", language))
    raw, passing = np.arange(form.n_items + 1), passing_score(form.n_items, cut_percent)
    low, high = (limit * form.n_items / 100 for limit in uncertain_band(form.n_items, cut_percent))
    axes.axvspan(low, high, color=ORANGE, alpha=0.15, linewidth=0, label=word("uncertain", language))
    colours = [GREEN if score >= passing else BLUE for score in raw]
    bars = axes.bar(raw, form.people, color=colours, width=0.85, zorder=2)
    for bar, score in zip(bars, raw, strict=True):
        if score >= passing:
            bar.set(hatch="///", edgecolor="white", linewidth=0)
    axes.axvline(
        passing - 0.5, color=BLACK, linewidth=1.6, linestyle="--", label=word("cut", language, cut=cut_percent)
    )
    axes.set_xlim(-0.7, form.n_items + 0.7)
    axes.set_ylim(0, max(form.people) * 1.25)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    write_numbers(axes, language, x=".0f", y=".0f")
    legend(axes, place="upper left")
    return to_svg(figure, name=f"histogram-{form.item_names[0]}-{form.n_persons}", description=title)
