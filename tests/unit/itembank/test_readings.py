"""Counting what was read twice: by criterion, by pair, by reader, with what the manager ruled."""

from itembank.readings import Reading, ReadTwice, by_criterion, by_pair, by_reader, overall

ANI, BUDI, CICI = 1, 2, 3


def reading(reader: int, marks: str, **rulings: bool) -> Reading:
    """Marks of K1, K2, K3 as letters."""
    named = {f"K{place}": {"y": "yes", "n": "no"}[mark] for place, mark in enumerate(marks, start=1)}
    return Reading(reader, named, rulings)


READ = [
    ReadTwice(reading(ANI, "yyy"), reading(BUDI, "yyy")),
    ReadTwice(reading(BUDI, "nyy", K1=True), reading(ANI, "yyy")),
    ReadTwice(reading(ANI, "nyn"), reading(BUDI, "nyn")),
    ReadTwice(reading(CICI, "yny", K2=False), reading(ANI, "yyy")),
]


def test_by_criterion_counts_shared_and_lonely_nos() -> None:
    found = {each.code: each for each in by_criterion(READ, ["K1", "K2", "K3"])}
    assert {code: (each.n_both_no, each.n_one_no, each.n_upheld) for code, each in found.items()} == {
        "K1": (1, 1, 1),
        "K2": (0, 1, 0),
        "K3": (1, 0, 0),
    }
    assert [each.found.n for each in found.values()] == [4, 4, 4]
    assert found["K3"].found.kappa == 1
    assert found["K1"].found.is_few


def test_by_pair_puts_the_same_two_together_whoever_was_first() -> None:
    both, other = by_pair(READ)
    assert (both.readers, both.n_items) == ((ANI, BUDI), 3)
    assert (both.marks.n, both.marks.n_agreed, both.items.n_agreed) == (9, 8, 2)
    assert (other.readers, other.n_items) == ((ANI, CICI), 1)


def test_by_reader_tells_lonely_nos_that_held_and_those_that_were_missed() -> None:
    ani, budi, cici = by_reader(READ)
    assert (ani.reader, ani.n_items, ani.missed) == (ANI, 4, 1)
    assert (ani.nos.count, ani.nos.n) == (2, 12)
    assert (budi.alone_upheld.count, budi.alone_upheld.n, budi.missed) == (1, 1, 0)
    assert (cici.alone_upheld.value, cici.marks.n) == (0, 3)


def test_overall_asks_whether_the_item_needs_mending() -> None:
    assert (overall(READ).n, overall(READ).n_agreed) == (4, 2)
    assert overall([]).plain.value is None


def test_a_criterion_that_one_reader_did_not_have_is_left_out() -> None:
    (found,) = by_criterion([ReadTwice(reading(ANI, "yyy"), reading(BUDI, "yy"))], ["K3"])
    assert found.found.n == 0
    assert by_pair([ReadTwice(reading(ANI, "yy"), reading(BUDI, "y"))])[0].marks.n == 1
