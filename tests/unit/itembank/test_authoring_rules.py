"""The rules of the writer's desk that need no database: differences, merging, and what was typed."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank.differences import Kind, Stretch, word_changes
from itembank.errors import HiddenCharacter, ItemBankError, MathsRefused, RawHtml, TextTooLong
from itembank.markup import LIMIT_CHARACTERS
from itembank.merging import Side, conflicts, merged
from itembank.textformat import ItemText
from itembank.typed_item import TypedItem, draw
from itembank.version_text import findings

TEXTS = st.text(alphabet="ab $\n", max_size=40)
ITEMS = st.builds(
    TypedItem,
    stem=TEXTS,
    options=st.tuples(TEXTS, TEXTS, TEXTS, TEXTS),
    key=st.sampled_from(["", "A", "D"]),
    rationale=TEXTS,
    sources=TEXTS,
)


@given(old=TEXTS, new=TEXTS)
def test_a_difference_loses_no_word_of_either_text(old: str, new: str) -> None:
    changes = word_changes(old, new)
    assert "".join(each.text for each in changes if each.kind is not Kind.NEW) == old
    assert "".join(each.text for each in changes if each.kind is not Kind.GONE) == new


def test_a_formula_is_one_word() -> None:
    assert word_changes("Hitung $a + b$ sekarang.", "Hitung $a + c$ sekarang.") == (
        Stretch(Kind.SAME, "Hitung "),
        Stretch(Kind.GONE, "$a + b$ "),
        Stretch(Kind.NEW, "$a + c$ "),
        Stretch(Kind.SAME, "sekarang."),
    )


@pytest.mark.parametrize("separator", [" ", "\n"])
def test_comparing_endless_texts_takes_no_endless_time(separator: str) -> None:
    words = [f"kata{number % 150}" for number in range(20_000)]  # none so frequent that it would be passed over
    began = perf_counter()
    assert word_changes(separator.join(words), separator.join(words[::-1]))
    assert perf_counter() - began < 2


@pytest.mark.parametrize("pasted", ["![a](", "![", "\n \n", "\n1. ", "..x", "$ ", "tidak yang "])
def test_no_paste_keeps_the_checks_busy(pasted: str) -> None:
    """They run while somebody types; a pattern that looks ahead from every place would take minutes."""
    stem = (pasted * LIMIT_CHARACTERS)[:LIMIT_CHARACTERS]
    item = ItemText("UJI-01-1", "uji", "P01", "C3", "A", stem, ("1", "2", "3", stem), stem)
    began = perf_counter()
    findings(item, pictures=set(), has_passage=False)
    assert perf_counter() - began < 5


@given(mine=ITEMS, theirs=ITEMS, base=ITEMS)
def test_every_part_that_differs_is_shown(mine: TypedItem, theirs: TypedItem, base: TypedItem) -> None:
    found = conflicts(mine, theirs, base)
    assert {each.part for each in found} == {part for part, text in mine.parts.items() if text != theirs.parts[part]}
    assert merged(mine, theirs, {each.part: Side.MINE for each in found}).parts == mine.parts
    assert merged(mine, theirs, {each.part: Side.THEIRS for each in found}).parts == theirs.parts


@given(mine=ITEMS, theirs=ITEMS)
def test_what_one_side_alone_changed_is_proposed(mine: TypedItem, theirs: TypedItem) -> None:
    assert {each.proposed for each in conflicts(mine, theirs, mine)} <= {Side.THEIRS}
    assert {each.proposed for each in conflicts(mine, theirs, theirs)} <= {Side.MINE}
    assert {each.proposed for each in conflicts(mine, theirs, None)} <= {None}


def test_where_both_changed_a_part_both_may_stay() -> None:
    base = TypedItem(stem="Satu.", options=("", "", "", ""))
    mine, theirs = base.with_parts({"stem": "Satu dua."}), base.with_parts({"stem": "Satu tiga."})
    (only,) = conflicts(mine, theirs, base)
    assert only.proposed is None
    assert merged(mine, theirs, {"stem": Side.BOTH}).stem == "Satu dua.\n\nSatu tiga."


@given(item=ITEMS)
def test_what_was_typed_is_kept_to_the_letter(item: TypedItem) -> None:
    assert TypedItem.of_document(item.document()) == item


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<script>alert(1)</script>", RawHtml),
        ('<img src=x onerror="alert(1)">', RawHtml),
        ("<math><mtext><script>alert(1)</script></mtext></math>", RawHtml),
        ("[kisi](javascript:alert(1))", ItemBankError),
        ("$\\text{<b onclick=x>}$", MathsRefused),
        ("$\\href{javascript:alert(1)}{x}$", MathsRefused),
        ("$\\frac{1}$", MathsRefused),
        ("$" + "{" * 200 + "}" * 200 + "$", MathsRefused),
        ("$\\def\\a{\\a\\a}\\a$", MathsRefused),
        ("a" * 100_000, TextTooLong),
        ("Berapa \u202e321?", HiddenCharacter),
        ("Nol \x07 bel", HiddenCharacter),
    ],
)
def test_a_bad_part_is_told_and_hides_no_other(text: str, error: type[ItemBankError]) -> None:
    typed = TypedItem(stem="Berapa $1 + 1$?", options=(text, "2", "3", "4"), rationale="Hitung.")
    drawing = draw(typed, media={})
    assert set(drawing.problems) == {"A"}
    assert isinstance(drawing.problems["A"], error)
    assert set(drawing.rendered) == {"stem", "B", "C", "D", "rationale"}


def test_hidden_characters_can_be_taken_out() -> None:
    typed = TypedItem(stem="Be\u200brapa\u202e?\tIni\nitu", options=("\ufeff1", "2", "3", "4"))
    assert typed.cleaned() == TypedItem(stem="Berapa?\tIni\nitu", options=("1", "2", "3", "4"))
