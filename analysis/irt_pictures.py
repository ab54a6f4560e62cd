"""Pictures of a calibration as a whole: people and items on one scale, expected scores, what the model leaves over."""

import numpy as np

from analysis.drawing import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    SKY,
    canvas,
    legend,
    legend_beside,
    number,
    to_svg,
    write_numbers,
)
from analysis.forms import Floats
from analysis.irt.calibration import Calibration
from analysis.irt.fit import Residuals
from analysis.irt.information import expected_score, item_curves, theta_at_score
from analysis.irt.scoring import Abilities
from analysis.wording import word

REACH = 4.0
_ROWS_APART = 0.26  # of ability: names of items nearer than this stand side by side


def wright_map(calibration: Calibration, people: Abilities, *, cut_percent: int = 75, language: str = "id") -> str:
    """People to the left, items to the right of one scale: does the test measure where its people are?

    An item stands where half of those who do not guess are right; items beyond the picture stand at its border, marked.
    """
    title = word("wright_title", language)
    figure, axes = canvas(title=title, x_label="", y_label=word("ability", language), height=6.0)
    edges = np.linspace(-REACH, REACH, 33)
    counts, _ = np.histogram(np.clip(people.theta, -REACH, REACH), bins=edges, weights=people.weights)
    axes.barh(edges[:-1], -counts / max(counts.max(), 1), height=np.diff(edges), align="edge", color=BLUE, alpha=0.85)
    axes.axvline(0, color=GREY, linewidth=1)
    for row, names in _rows_of_items(calibration):
        axes.text(0.03, row, "  ".join(names), fontsize=8, color=BLACK, va="center", ha="left")
    cut = theta_at_score(calibration, cut_percent / 100)
    if abs(cut) <= REACH:
        axes.axhline(cut, color=ORANGE, linewidth=1.6, linestyle="--", label=word("cut", language, cut=cut_percent))
        legend(axes, place="upper left")
    axes.set_xlim(-1.05, 2.1)
    axes.set_ylim(-REACH - 0.2, REACH + 0.2)
    axes.set_xticks([-0.5, 1.0], [word("people", language), word("items", language)])
    write_numbers(axes, language, y=".0f")
    return to_svg(figure, name=f"wright-{calibration.model}", description=title)


def _rows_of_items(calibration: Calibration) -> list[tuple[float, list[str]]]:
    """Heights, and the names that stand there, the easiest row first; beyond the picture an arrow says so."""
    known = [int(j) for j in np.flatnonzero(calibration.estimated)]
    rows: dict[int, list[str]] = {}
    for j in sorted(known, key=lambda j: float(calibration.b[j])):
        b = float(calibration.b[j])
        arrow = "" if abs(b) <= REACH else ("↑" if b > 0 else "↓")
        rows.setdefault(round(float(np.clip(b, -REACH, REACH)) / _ROWS_APART), []).append(
            f"{arrow}{calibration.item_names[j]}"
        )
    return [(row * _ROWS_APART, names) for row, names in sorted(rows.items())]


def expected_score_curve(calibration: Calibration, *, cut_percent: int = 75, language: str = "id") -> str:
    """Which score each ability leads to, with the band in which two of three scores fall, and the cut."""
    title = word("expected_title", language)
    figure, axes = canvas(title=title, x_label=word("ability", language), y_label=word("expected_score", language))
    theta = np.linspace(-REACH, REACH, 161)
    score, spread = 100 * expected_score(calibration, theta), _spread_of_score(calibration, theta)
    axes.fill_between(theta, score - spread, score + spread, color=SKY, alpha=0.3, linewidth=0, label="± 1 SE")
    axes.plot(theta, score, color=BLUE, linewidth=2.2, label=word("expected_score", language))
    axes.axhline(cut_percent, color=BLACK, linewidth=1.2, linestyle=":", label=word("cut", language, cut=cut_percent))
    cut = theta_at_score(calibration, cut_percent / 100)
    if abs(cut) <= REACH:
        axes.axvline(cut, color=ORANGE, linewidth=1.6, linestyle="--", label=f"θ = {number(cut, '.2f', language)}")
    axes.set_xlim(-REACH, REACH)
    axes.set_ylim(0, 100)
    write_numbers(axes, language, x=".0f", y=".0f")
    legend(axes, place="upper left")
    return to_svg(figure, name=f"expected-{calibration.model}", description=title)


def _spread_of_score(calibration: Calibration, theta: Floats) -> Floats:
    """Standard deviation of the score (of 100) of people of one ability."""
    p = item_curves(calibration, theta)[:, calibration.estimated]
    return np.asarray(100 * np.sqrt((p * (1 - p)).sum(axis=1)) / p.shape[1])


def residual_plot(residuals: Residuals, item_names: tuple[str, ...], *, model: str, language: str = "id") -> str:
    """Standardised residuals of every item by ability; beyond two is unusual, and named beyond three."""
    title = word("residuals_title", language, model=model)
    figure, axes = canvas(title=title, x_label=word("ability", language), y_label=word("residual", language))
    axes.axhspan(-2, 2, color=SKY, alpha=0.2, linewidth=0, label=word("usual", language))
    axes.axhline(0, color=GREY, linewidth=1)
    shown = np.clip(residuals.standardised, -8, 8)
    theta = np.broadcast_to(residuals.theta[:, None], shown.shape)
    usual = np.abs(shown) <= 2
    axes.plot(theta[usual], shown[usual], color=BLUE, marker="o", markersize=3, linestyle="none")
    axes.plot(
        theta[np.abs(shown) > 2], shown[np.abs(shown) > 2], color=ORANGE, marker="D", markersize=4, linestyle="none"
    )
    largest = np.nanmax(np.where(np.isfinite(shown), np.abs(shown), -1), axis=0)
    for j in np.argsort(-largest)[:8]:
        if largest[j] > 3:
            group = int(np.nanargmax(np.abs(shown[:, j])))
            at = (float(residuals.theta[group]), float(shown[group, j]))
            axes.annotate(item_names[j], at, (5, 3), textcoords="offset points", fontsize=9)
    axes.set_ylim(min(-3.5, float(np.nanmin(shown)) - 0.5), max(3.5, float(np.nanmax(shown)) + 0.5))
    write_numbers(axes, language, x=".1f", y=".0f")
    legend_beside(axes, right=0.85)
    return to_svg(figure, name=f"residuals-{model}", description=title)
