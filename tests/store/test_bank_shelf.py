"""The bank page by page: narrowed by what is known of items, in every order, on both databases."""

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import Attempt, FormItem
from exam.queries.exposure import exposure, forms_of_items
from exam.states import AttemptState, SittingState
from itembank.model import Bloom, Item, ItemVersion
from itembank.operations import record_statistics
from itembank.queries.items import item_by_code
from itembank.queries.lists import ItemFilter, Span
from itembank.queries.shelf import Ordering, Shelf, SortedBy, Turn, shelf
from itembank.states import ItemState
from registry.actor import SYSTEM
from registry.roles import Role
from tests.conftest import NOW, Furnished
from tests.store.bank_builder import person


@pytest.fixture
def session(furnished: Furnished) -> Iterator[Session]:
    with Session(furnished.database.engine) as session:
        yield session


def page(
    session: Session,
    wanted: ItemFilter | None = None,
    *,
    by: SortedBy = SortedBy.CODE,
    is_descending: bool = False,
    turn: Turn | None = None,
    size: int = 50,
) -> Shelf:
    ordering = Ordering(by, is_descending)
    return shelf(session, wanted or ItemFilter(), exposure=exposure(), ordering=ordering, turn=turn, size=size)


def codes(found: Shelf) -> list[str]:
    return [row.item_code for row in found.rows]


def version(session: Session, code: str) -> ItemVersion:
    item = item_by_code(session, code)
    assert item is not None
    return item.versions[-1]


def tried(session: Session, code: str, *, p: float | None, r: float | None) -> None:
    record_statistics(
        session,
        version(session, code),
        administration=uuid.uuid4(),
        administration_code="UJI",
        n_presented=100,
        figures={"p": p, "point_biserial": r},
        verdict="keep",
        reasons=[],
        actor=SYSTEM,
        now=NOW,
    )


def begin(session: Session, furnished: Furnished, *, n_candidates: int) -> None:
    """Attempts as they stand once the clock runs; one more waits to be admitted."""
    room = furnished.room
    for number, enrolment in enumerate(room.enrolments[: n_candidates + 1]):
        has_begun = number < n_candidates
        session.add(
            Attempt(
                enrolment_id=enrolment.id,
                sitting_id=room.sitting.id,
                form_id=room.form.id,
                state=AttemptState.WORKING if has_begun else AttemptState.WAITING,
                item_order=bytes(range(1, 41)),
                genesis=bytes(32),
                digest=bytes(32),
                created_at=NOW,
                begun_ms=1 if has_begun else None,
                deadline_ms=2 if has_begun else None,
                last_seen_ms=1,
            )
        )
    session.flush()


def test_the_bank_is_paged_without_losing_or_repeating_an_item(session: Session) -> None:
    whole = codes(page(session, size=1000))
    assert whole == sorted(whole)
    seen: list[str] = []
    found = page(session, size=40)
    assert found.before is None
    while True:
        seen += codes(found)
        assert found.n_found == len(whole)
        if found.after is None:
            break
        found = page(session, turn=Turn(found.after), size=40)
    assert seen == whole
    assert found.before is not None
    back = page(session, turn=Turn(found.before, is_backward=True), size=40)
    last = len(found.rows)
    assert codes(back) == whole[-last - 40 : -last]
    assert back.after is not None
    assert codes(page(session, turn=Turn(back.after), size=40)) == codes(found)


@pytest.mark.parametrize("is_descending", [False, True])
def test_items_without_figures_come_last_in_either_order(session: Session, *, is_descending: bool) -> None:
    tried(session, "MAT-PED-03-1", p=0.9, r=0.1)
    tried(session, "MAT-PED-02-1", p=0.4, r=0.5)
    tried(session, "MAT-PED-01-1", p=None, r=None)
    expected = ["MAT-PED-02-1", "MAT-PED-03-1"]
    found = page(session, by=SortedBy.DIFFICULTY, is_descending=is_descending, size=2)
    assert codes(found) == (expected[::-1] if is_descending else expected)
    assert found.after is not None
    following = page(session, by=SortedBy.DIFFICULTY, is_descending=is_descending, turn=Turn(found.after), size=2)
    assert [row.difficulty for row in following.rows] == [None, None]
    assert following.before is not None
    again = page(
        session,
        by=SortedBy.DIFFICULTY,
        is_descending=is_descending,
        turn=Turn(following.before, is_backward=True),
        size=2,
    )
    assert codes(again) == codes(found)


def test_the_latest_figures_count(session: Session) -> None:
    tried(session, "MAT-PED-01-1", p=0.2, r=0.1)
    tried(session, "MAT-PED-01-1", p=0.6, r=0.4)
    assert codes(page(session, ItemFilter(difficulty=Span(0.5, 0.7)))) == ["MAT-PED-01-1"]
    assert codes(page(session, ItemFilter(difficulty=Span(high=0.3)))) == []
    assert codes(page(session, ItemFilter(discrimination=Span(low=0.4)))) == ["MAT-PED-01-1"]


def test_exposure_counts_those_who_began_a_form(session: Session, furnished: Furnished) -> None:
    in_form = set(
        session.scalars(select(Item.code).join(Item.versions).join(FormItem, FormItem.version_id == ItemVersion.id))
    )
    assert page(session, ItemFilter(exposure=Span(low=1))).n_found == 0
    begin(session, furnished, n_candidates=3)
    found = page(session, ItemFilter(exposure=Span(low=1)), by=SortedBy.EXPOSURE)
    assert set(codes(found)) == in_form
    assert {row.n_seen for row in found.rows} == {3}
    assert page(session, ItemFilter(exposure=Span(high=0)), size=1000).n_found + 40 == page(session).n_found
    (use,) = forms_of_items(session, [next(iter(in_form))])
    assert (use.code, use.n_seen, use.version) == ("UJI-1-A", 3, 1)
    assert [sitting.state for sitting in use.running] == [SittingState.OPEN]
    assert forms_of_items(session, []) == []


def test_an_item_is_sought_by_what_it_is(session: Session) -> None:
    wanted = ItemFilter(blueprint="matematika-pedagogik", bloom=Bloom.C4, key_position=1, is_shipped=True)
    found = page(session, wanted)
    assert found.rows
    assert {(row.blueprint, row.bloom, row.key, row.author) for row in found.rows} == {
        ("matematika-pedagogik", Bloom.C4, "B", None)
    }
    writer = person(session, "writer", Role.ITEM_WRITER)
    assert page(session, ItemFilter(author=writer.public_id)).n_found == 0
    assert page(session, ItemFilter(created_before=NOW)).n_found == 0
    assert page(session, ItemFilter(created_from=NOW)).n_found == page(session).n_found
    assert page(session, ItemFilter(state=ItemState.DRAFT)).n_found == 0


def test_words_are_ranked_and_paged(session: Session) -> None:
    found = page(session, ItemFilter(text="segitiga"), by=SortedBy.HIT, size=3)
    assert found.n_found > 6
    assert found.after is not None
    following = page(session, ItemFilter(text="segitiga"), by=SortedBy.HIT, size=1000, turn=Turn(found.after))
    assert len({*codes(found), *codes(following)}) == found.n_found
