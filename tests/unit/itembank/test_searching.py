"""A search is a list of words and never syntax; an excerpt shows where they were found, as a reader reads them."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank.search_index import fts5_query, tsquery
from itembank.searching import MAX_WORDS, Search, excerpt, plain_formula, readable


def shown(text: str, typed: str, *, length: int = 170) -> str:
    return "".join(
        f"[{piece.text}]" if piece.is_hit else piece.text for piece in excerpt(text, Search.parse(typed), length=length)
    )


@pytest.mark.parametrize(
    ("typed", "phrases"),
    [
        ("", ()),
        ('  " "  --  *', ()),
        ("Nilai rata-rata", (("nilai",), ("rata", "rata"))),
        ('“peserta didik” "segi empat', (("peserta", "didik"), ("segi",), ("empat",))),
        ("a OR b*)", (("a",), ("or",), ("b",))),
    ],
)
def test_what_is_typed_becomes_words(typed: str, phrases: tuple[tuple[str, ...], ...]) -> None:
    assert Search.parse(typed).phrases == phrases


def test_a_text_pasted_by_mistake_is_searched_by_its_beginning() -> None:
    found = Search.parse(" ".join(f"kata{n}" for n in range(500)))
    assert sum(map(len, found.phrases)) == MAX_WORDS


@given(st.text(max_size=60))
def test_nothing_typed_is_syntax(typed: str) -> None:
    search = Search.parse(typed)
    if search:
        with sqlite3.connect(":memory:") as connection:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(a)")
            connection.execute("SELECT rowid FROM words WHERE words MATCH ?", [fts5_query(search)]).fetchall()
        connection.close()
        assert set("!\\:<>") - set(tsquery(search)) >= set("!\\")


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"\frac{1}{2} + \frac{1}{4}", "1/2 + 1/4"),
        (r"180\sqrt{3}", "180√3"),
        (r"45^{\circ} \le x \le 1{,}5", "45° ≤ x ≤ 1,5"),
        (r"\frac{1}{\frac{2}{3}}", "1/ 2/3"),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "pmatrix 1 2 3 4 pmatrix"),
    ],
)
def test_a_formula_is_read_in_plain_signs(latex: str, plain: str) -> None:
    assert plain_formula(latex) == plain


def test_layout_and_pictures_are_read_as_their_words() -> None:
    source = (
        "Perhatikan **tabel**.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![Garis miring](figures/garis.svg)\n\nNilai $x$?"
    )
    assert readable(source) == "Perhatikan tabel . a b 1 2 Garis miring Nilai x?"


def test_an_excerpt_marks_every_form_of_the_word() -> None:
    assert shown("Guru menghitung hasil hitungan.", "hitung") == "Guru [menghitung] hasil [hitungan]."
    assert shown("Nilai 12 dan 120.", "12") == "Nilai [12] dan 120."


def test_a_long_text_is_cut_around_the_first_hit() -> None:
    text = "awal " * 60 + "segitiga " + "akhir " * 60
    found = shown(text, "segitiga", length=60)
    assert found.startswith("… awal")
    assert "[segitiga]" in found
    assert found.endswith(" …")


@given(st.text(max_size=400), st.text(max_size=20), st.integers(10, 200))
def test_an_excerpt_is_a_part_of_the_text(text: str, typed: str, length: int) -> None:
    pieces = [
        piece.text for piece in excerpt(text, Search.parse(typed), length=length) if piece.text not in {"… ", " …"}
    ]
    assert "".join(pieces) in text
