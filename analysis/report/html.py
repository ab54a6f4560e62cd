"""The report as one HTML file that needs nothing else: no script, no font, no address outside itself."""

import base64
from collections.abc import Iterable
from html import escape

from analysis.administration import Administration
from analysis.report.parts import Heading, Laid, Paragraph, Picture, Pictures, Table, laid_out
from analysis.report.tables import blocks
from analysis.wording import word

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem }
h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .75rem }
h2 { border-bottom: 2px solid #0072b2; padding-bottom: .25rem }
.scroll { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .25rem 0 }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #d0d0d0; vertical-align: top; text-align: right }
td { white-space: nowrap }
th.text, td.text { text-align: left; white-space: normal }
thead th { border-bottom: 2px solid #5f5f5f }
tbody tr:nth-child(even) { background: #f6f6f6 }
img { max-width: 100%; height: auto; display: block; margin: 1rem 0 }
.pairs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1rem }
.pairs img { margin: 0; width: 100% }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.warning { border-left: .4rem solid #d55e00; padding: .5rem 1rem; background: #fdf3ec }
@media print {
  body { margin: 0; max-width: none }
  tr, img { break-inside: avoid }
  .scroll { overflow: visible }
}
"""


def as_html(administration: Administration, language: str = "id") -> str:
    """The whole report as an HTML document."""
    return html_of(laid_out(blocks(administration, language)), language)


def html_of(laid: Iterable[Laid], language: str) -> str:
    """The same from blocks that have been drawn already."""
    title = escape(word("report_title", language))
    body = "\n".join(_html(block) for block in laid)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _html(block: Laid) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Paragraph(text, is_warning):
            kind = ' class="warning"' if is_warning else ""
            return f"<p{kind}>{escape(text)}</p>"
        case Picture():
            return _image(block)
        case Pictures(each):
            return f'<div class="pairs">{"".join(_image(picture) for picture in each)}</div>'
        case Table():
            return _table(block)


def _image(picture: Picture) -> str:
    # As an image of its own, a picture's ids cannot meet those of another.
    code = base64.b64encode(picture.svg.encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{code}" alt="{escape(picture.description)}">'


def _table(table: Table) -> str:
    head = "" if not any(table.header) else f"<thead><tr>{_cells('th', table.header, table.n_text)}</tr></thead>"
    rows = "\n".join(f"<tr>{_cells('td', row, table.n_text)}</tr>" for row in table.rows)
    unseen = "" if table.is_captioned else ' class="unseen"'
    caption = f"<caption{unseen}>{escape(table.caption)}</caption>"
    return f'<div class="scroll" tabindex="0"><table>{caption}{head}<tbody>\n{rows}\n</tbody></table></div>'


def _cells(tag: str, texts: tuple[str, ...], n_text: int) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    classes = (' class="text"' if place < n_text else "" for place in range(len(texts)))
    return "".join(f"<{tag}{scope}{kind}>{escape(text)}</{tag}>" for text, kind in zip(texts, classes, strict=True))
