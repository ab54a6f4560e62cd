"""How the parts of a report are laid on a page, whoever prints them."""

import pytest

from analysis.report.html import _html
from analysis.report.parts import Heading, Paragraph, Picture, Pictures, Table, laid_out
from analysis.report.pdf import _shared, _table

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


@pytest.mark.parametrize(("n_rows", "n_grids"), [(24, 0), (25, 1), (48, 1), (49, 2), (160, 4)])
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
