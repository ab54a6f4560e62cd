"""The report as PDF, set by typst, which brings its own fonts and needs no program of the system."""

import json
import math
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from analysis.administration import Administration
from analysis.report.parts import Heading, Laid, Paragraph, Picture, Pictures, Table, laid_out
from analysis.report.tables import blocks
from analysis.wording import word

Rows = tuple[tuple[str, ...], ...]
_LONG, _MOST_ROWS = 24, 32  # rows: from where a table may stand in two halves, and how many stand so at a time
_USUAL, _TIGHT = ("8.5pt", "4pt"), ("8pt", "2.5pt")  # size of letters, space beside them
_SMALLER = "0.86em"  # letters of a header in half a page: bold ones are wider, and would touch those beside them
_HALF_PAGE = 62  # letters that fit into half a page's width
_MARGIN, _HEADING = "18mm", "13mm"  # of a page; the height of a heading with the space about it
_PICTURE, _LEAST = 0.78, 0.66  # of the width of the text; of that size where the page wants it
_PAGE = """#set page(paper: "a4", margin: 18mm, numbering: "1 / 1")
#set text(size: 10pt, lang: {language}, font: "Libertinus Serif")
#set table(stroke: (x, y) => (bottom: 0.4pt + luma(200)))
#set document(title: {title})
#text(size: 18pt, weight: "bold", {title})
"""


def as_pdf(administration: Administration, language: str = "id") -> bytes:
    """The whole report as a PDF document."""
    return pdf_of(laid_out(blocks(administration, language)), language)


def pdf_of(laid: Iterable[Laid], language: str) -> bytes:
    """The same from blocks that have been drawn already."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        source = [_PAGE.format(language=_text(language), title=_text(word("report_title", language)))]
        above = _Above()
        for place, block in enumerate(laid):
            set_ = _typst(block, Path(folder) / f"picture-{place}.svg", above)
            above = above.after(block, place)
            # The spot must lie within the block, or it would move to the next page with what follows.
            source.append(set_ if above.n_headings else f"#block[\n{set_}\n#metadata(none) <{above.mark}>\n]")
        document = Path(folder) / "report.typ"
        document.write_text("\n\n".join(source), encoding="utf-8")
        return bytes(typst.compile(document))


@dataclass(frozen=True)
class _Above:
    """The last spot before a block that does not move to the next page with it: headings do."""

    mark: str | None = None
    n_headings: int = 0  # between the spot and the block

    def after(self, block: Laid, place: int) -> "_Above":
        if isinstance(block, Heading):
            return _Above(self.mark, self.n_headings + 1)
        return _Above(f"spot-{place}")


def _text(text: str) -> str:
    """A typst string; never markup, whatever an item or a group is called."""
    return json.dumps(text, ensure_ascii=False)


def _typst(block: Laid, file: Path, above: _Above) -> str:
    match block:
        case Heading(text, level):
            return f"#heading(level: {level - 1}, {_text(text)})"
        case Paragraph(text, is_warning):
            fill = ', fill: rgb("#fdf3ec"), inset: 6pt, width: 100%' if is_warning else ""
            return f"#block(text({_text(text)}){fill})"
        case Picture():
            return _fitted(block, file, above)
        case Pictures(each):
            numbered = (file.with_stem(f"{file.stem}-{number}") for number in range(len(each)))
            images = (_image(picture, place, width="100%") for picture, place in zip(each, numbered, strict=True))
            return _beside(images, breakable=True)
        case Table():
            caption = f"#block(above: 12pt, below: 6pt, sticky: true, strong({_text(block.caption)}))\n"
            return (caption if block.is_captioned else "") + "\n".join(_table(block))


def _fitted(picture: Picture, file: Path, above: _Above) -> str:
    """The picture; a third smaller at most, where that saves leaving the rest of the page empty."""
    whole = _image(picture, file, width="wide")
    if above.mark is None:
        return f"#{{ let wide = 78%; {whole} }}"
    return f"""#context {{
  let wide = {_PICTURE} * (page.width - 2 * {_MARGIN})
  let tall = measure({whole}).height
  let left = page.height - {_MARGIN} - locate(<{above.mark}>).position().y - {above.n_headings} * {_HEADING} - 8mm
  let wide = if left < tall and left > {_LEAST} * tall {{ wide * (left / tall) }} else {{ wide }}
  {whole}
}}"""


def _image(picture: Picture, file: Path, *, width: str) -> str:
    file.write_text(picture.svg, encoding="utf-8")
    return f"image({_text(file.name)}, width: {width}, alt: {_text(picture.description)})"


def _table(table: Table) -> Iterator[str]:
    """One table; or, when it is long and narrow, parts of it with two halves beside each other."""
    if len(table.rows) <= _LONG or _width(table) > _HALF_PAGE:
        yield f"#{_part(table, table.rows)}"
        return
    n_parts = math.ceil(len(table.rows) / _MOST_ROWS)
    for rows in _shared(table.rows, n_parts):
        yield _beside((_part(table, half, style=_TIGHT) for half in _shared(rows, 2)), breakable=False)


def _beside(parts: Iterable[str], *, breakable: bool) -> str:
    """Two and two beside each other."""
    together = ",\n".join(parts)
    return f"#block(breakable: {'true' if breakable else 'false'}, grid(columns: (1fr, 1fr), gutter: 6mm,\n{together}))"


def _shared(rows: Rows, n: int) -> Iterator[Rows]:
    """The rows in n parts of like size, the longer ones first."""
    size, longer = divmod(len(rows), n)
    borders = [place * size + min(place, longer) for place in range(n + 1)]
    return (rows[start:end] for start, end in pairwise(borders))


def _width(table: Table) -> int:
    """Letters across, with the space between columns; words of the header may stand below each other."""
    longest = (max((len(part) for part in name.split()), default=0) for name in table.header)
    columns = zip(longest, *([len(cell) for cell in row] for row in table.rows), strict=True)
    return sum(max(column) + 2 for column in columns)


def _part(table: Table, part: Rows, *, style: tuple[str, str] = _USUAL) -> str:
    n = len(table.header)
    widths = ", ".join("1fr" if n == table.n_text == 4 and place == n - 1 else "auto" for place in range(n))
    sides = ", ".join("left" if place < table.n_text else "right" for place in range(n))
    big = _SMALLER if style == _TIGHT else "1em"
    names = ", ".join(f"text(size: {big}, strong({_cell(text)}))" for text in table.header)
    head = f"table.header({names}),\n" if any(table.header) else ""
    rows = ",\n".join(", ".join(_cell(text) for text in row) for row in part)
    size, inset = style
    return (
        f"text(size: {size}, table(inset: (x: {inset}, y: 3pt), columns: ({widths}), align: ({sides}),\n{head}{rows}))"
    )


def _cell(text: str) -> str:
    return f"text({_text(text)})"
