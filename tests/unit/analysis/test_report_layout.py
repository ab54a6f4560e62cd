"""How the parts of a report are laid on a page, whoever prints them."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from analysis.report.html import _html
from analysis.report.parts import Heading, Paragraph, Picture, Pictures, Table, laid_out
from analysis.report.pdf import _Above, _shared, _table, _typst

WIDE = Picture("<svg/>", "wide")
NARROW = Picture("<svg/>", "narrow", is_narrow=True)


def table(n_rows: int, *, cell: str = "1,23") -> Table:
    return Table("Soal", ("Soal", "Proporsi yang memilih"), tuple((f"q{row}", cell) for row in range(n_rows)))


def test_narrow_neighbours_stand_together() -> None:
    found = list(laid_out([NARROW, NARROW, Paragraph("a"), NARROW, WIDE]))
    assert found == [Pictures((NARROW, NARROW)), Paragraph("a"), Pictures((NARROW,)), WIDE]


def test_a_caption_does_not_repeat_its_heading() -> None:
    heading, repeated = Heading("Soal"), table(2)
    (_, unseen), (_, seen) = laid_out([heading, repeated]), laid_out([Heading("Paket"), repeated])
    assert isinstance(unseen, Table)
    assert not unseen.is_captioned
    assert seen == repeated
    assert '<caption class="unseen">Soal</caption>' in _html(unseen)  # still there for those who listen


@pytest.mark.parametrize(("n_rows", "n_grids"), [(24, 0), (25, 1), (32, 1), (33, 2), (160, 5)])
def test_a_long_narrow_table_stands_in_two_halves(n_rows: int, n_grids: int) -> None:
    parts = list(_table(table(n_rows)))
    assert sum("grid(" in part for part in parts) == n_grids
    assert "".join(parts).count('"q') == n_rows


def test_a_wide_table_stays_whole() -> None:
    (part,) = _table(table(100, cell="x" * 70))
    assert "grid(" not in part


def test_rows_are_shared_in_order() -> None:
    rows = tuple((str(row),) for row in range(11))
    parts = list(_shared(rows, 3))
    assert [len(part) for part in parts] == [4, 4, 3]
    assert sum(parts, ()) == rows


def test_a_picture_is_measured_against_the_page_that_is_left(tmp_path: Path) -> None:
    """From the last spot that stays where it is: headings follow their picture to the next page."""
    above = _Above()
    blocks: tuple[Paragraph | Heading, ...] = (Paragraph("a"), Heading("b"), Heading("c", level=3))
    for place, block in enumerate(blocks):
        above = above.after(block, place)
    assert above == _Above("spot-0", 2)
    set_ = _typst(WIDE, tmp_path / "picture.svg", above)
    assert "locate(<spot-0>).position().y - 2 * 13mm" in set_
    assert "locate" not in _typst(WIDE, tmp_path / "picture.svg", _Above())


def test_a_page_is_not_left_half_empty_for_a_picture_that_nearly_fits() -> None:
    import typst

    text = "Anda\n\n#block[#v(150mm) x #metadata(none) <spot-0>]\n\n"
    picture = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="320"></svg>'
    pages = []
    with TemporaryDirectory() as folder:
        for above in (_Above("spot-0", 0), _Above()):
            set_ = _typst(Picture(picture, "wide"), Path(folder) / "picture.svg", above)
            page = '#set page(paper: "a4", margin: 18mm)\n'
            (Path(folder) / "a.typ").write_text(page + text + set_)
            svgs = typst.compile(Path(folder) / "a.typ", format="svg")
            pages.append(len(svgs) if isinstance(svgs, list) else 1)
    assert pages == [1, 2]
