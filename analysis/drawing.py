"""How every picture is drawn: one size, one set of colours, numbers written as the reader writes them.

Pictures are SVG text without fonts, scripts, styles of their own or outside references, the same bytes for the same
figures. Colours are those of Okabe and Ito, which colour-blind people tell apart; shape or dash always says it too.
"""

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # matplotlib takes a second to load, so it loads with the first picture
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LegendPlace = Literal["best", "upper left", "upper center", "lower right"]
BLACK, GREY, PALE = "#1a1a1a", "#5f5f5f", "#e6e6e6"
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072b2", "#d55e00", "#007a5a", "#b3003c", "#8a3a78", "#56b4e9"
LINES = (
    (BLUE, "o", "-"),
    (ORANGE, "s", "--"),
    (GREEN, "^", "-."),
    (PURPLE, "D", ":"),
    (RED, "v", "--"),
    (GREY, "P", "-."),
)
WIDE, NARROW = 7.0, 4.6  # inches: over the whole page, or two beside each other with letters still large enough
_SALT = "testing-platform"


def canvas(
    *, title: str, x_label: str, y_label: str, height: float = 4.2, width: float = WIDE
) -> "tuple[Figure, Axes]":
    """An empty picture with its axes named."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["text.parse_math"] = False  # an item named `$x` is no formula; some such names would break the drawing

    figure = Figure(figsize=(width, height))
    # Fixed margins: matplotlib's own layout engine would draw every picture twice to find them.
    figure.subplots_adjust(left=0.735 / width, right=1 - 0.21 / width, top=1 - 0.45 / height, bottom=0.6 / height)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=12, loc="left", color=BLACK)
    axes.set_xlabel(x_label, fontsize=11, color=BLACK)
    axes.set_ylabel(y_label, fontsize=11, color=BLACK)
    tidy(axes)
    return figure, axes


def tidy(axes: "Axes") -> None:
    """Leave only the lines that help to read a value."""
    axes.tick_params(labelsize=10, colors=BLACK)
    axes.grid(visible=True, color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GREY)


def write_numbers(axes: "Axes", language: str, *, x: str | None = None, y: str | None = None) -> None:
    """Write the ticks by the given formats, with a decimal comma in Indonesian."""
    from matplotlib.ticker import FuncFormatter

    for axis, pattern in ((axes.xaxis, x), (axes.yaxis, y)):
        if pattern is not None:
            axis.set_major_formatter(FuncFormatter(_writer(pattern, language)))


def _writer(pattern: str, language: str) -> Callable[[float, float | None], str]:
    def write(value: float, _position: float | None = None) -> str:
        return number(value, pattern, language)

    return write


def number(value: float, pattern: str, language: str) -> str:
    """A number as the language writes it."""
    text = format(value, pattern).replace("-", "−")
    return text.replace(".", ",") if language == "id" else text


def legend(axes: "Axes", *, columns: int = 1, place: "LegendPlace" = "best") -> None:
    """Name the lines inside the picture."""
    axes.legend(loc=place, ncols=columns, fontsize=10, frameon=True, framealpha=0.9, edgecolor=PALE)


def legend_beside(axes: "Axes", *, right: float = 0.8) -> None:
    """Name the lines to the right of the picture, where they hide nothing."""
    axes.figure.subplots_adjust(right=right)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=10, frameon=False)


def to_svg(figure: "Figure", *, name: str, description: str) -> str:
    """The picture as one SVG element, ready to stand in a page, a file or a PDF.

    `name` sets the ids inside apart from those of other pictures; `description` is what a screen reader says.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    mpl.rcParams["svg.hashsalt"] = _SALT  # read when a picture is written; without it the ids are random
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.dpi = 72  # the unit of SVG pictures; `savefig` would set it, after drawing once for nothing
    FigureCanvasSVG(figure).print_svg(buffer, metadata=nothing)  # type: ignore[no-untyped-call]  # ships no types
    text = buffer.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    prefix = re.sub(r"[^A-Za-z0-9]+", "-", name)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}-", text)
    label = f'role="img" aria-label="{_escaped(description)}" stroke-linejoin="round" stroke-linecap="butt"'
    return text.replace("<svg ", f"<svg {label} ", 1)


def _escaped(text: str) -> str:
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return text
