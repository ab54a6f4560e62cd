"""The report as PDF, set by typst, which brings its own fonts and needs no program of the system."""

import json
import tempfile
from pathlib import Path

from analysis.administration import Administration
from analysis.report.parts import Block, Heading, Paragraph, Picture, Table
from analysis.report.tables import blocks
from analysis.wording import word

_PAGE = """#set page(paper: "a4", margin: 18mm, numbering: "1 / 1")
#set text(size: 10pt, lang: {language}, font: "Libertinus Serif")
#set table(stroke: (x, y) => (bottom: 0.4pt + luma(200)), inset: (x: 4pt, y: 3pt))
#set document(title: {title})
#text(size: 18pt, weight: "bold", {title})
"""


def as_pdf(administration: Administration, language: str = "id") -> bytes:
    """The whole report as a PDF document."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        source = [_PAGE.format(language=_text(language), title=_text(word("report_title", language)))]
        for place, block in enumerate(blocks(administration, language)):
            source.append(_typst(block, Path(folder) / f"picture-{place}.svg"))
        document = Path(folder) / "report.typ"
        document.write_text("\n\n".join(source), encoding="utf-8")
        return bytes(typst.compile(document))


def _text(text: str) -> str:
    """A typst string; never markup, whatever an item or a group is called."""
    return json.dumps(text, ensure_ascii=False)


def _typst(block: Block, file: Path) -> str:
    match block:
        case Heading(text, level):
            return f"#heading(level: {level - 1}, {_text(text)})"
        case Paragraph(text, is_warning):
            fill = ', fill: rgb("#fdf3ec"), inset: 6pt, width: 100%' if is_warning else ""
            return f"#block(text({_text(text)}){fill})"
        case Picture(svg, description):
            file.write_text(svg, encoding="utf-8")
            return f"#image({_text(file.name)}, width: 78%, alt: {_text(description)})"
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    n = len(table.header)
    widths = ", ".join("1fr" if n == table.n_text == 4 and place == n - 1 else "auto" for place in range(n))
    sides = ", ".join("left" if place < table.n_text else "right" for place in range(n))
    head = (
        f"table.header({', '.join(f'strong({_cell(text)})' for text in table.header)}),\n" if any(table.header) else ""
    )
    rows = ",\n".join(", ".join(_cell(text) for text in row) for row in table.rows)
    caption = f"#block(above: 12pt, below: 6pt, sticky: true, strong({_text(table.caption)}))"
    return f"{caption}\n#text(size: 8.5pt, table(columns: ({widths}), align: ({sides}),\n{head}{rows}))"


def _cell(text: str) -> str:
    return f"text({_text(text)})"
