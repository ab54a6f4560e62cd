"""The shipped bank: complete, honest about its review, and seeded twice without harm."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itembank import operations, queries
from itembank.model import ItemVersion, Media, Review
from itembank.queries.plans import cells_of
from itembank.states import ItemState
from itembank.textformat import shipped_items
from registry.actor import SYSTEM
from registry.audit import first_broken
from registry.model import AuditEvent
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import draft

N_ITEMS = len(shipped_items())


@pytest.fixture
def shipped(banked: Database) -> Iterator[Session]:
    """A session on a database that was seeded once."""
    with Session(banked.engine, expire_on_commit=False) as session:
        yield session


def test_every_indicator_has_three_approved_items(session: Session) -> None:
    report = operations.seed_shipped_bank(session, actor=SYSTEM, now=NOW)
    session.commit()
    session.expire_all()
    assert len(report.items) == N_ITEMS
    assert report.blueprints == ("fisika-profesional", "matematika-pedagogik", "matematika-profesional")
    assert set(report.specifications) == {"uji-tulis-40", "full-60", "pedagogik-20", "profesional-40"}
    plans = [plan for plan in queries.blueprints(session) if plan.subject == "Matematika"]
    cells = [cell for plan in plans for cell in cells_of(session, plan)]
    assert len(cells) == 60
    assert all(cell.counts.states == {ItemState.APPROVED: 3} for cell in cells)
    assert len(session.scalars(select(Media.sha256)).all()) >= 6


def test_the_review_of_a_shipped_item_names_nobody_and_says_so(shipped: Session) -> None:
    reviews = shipped.scalars(select(Review)).all()
    assert len(reviews) == N_ITEMS
    assert {review.reviewer_id for review in reviews} == {None}
    assert all("belum ada penelaah dari lembaga ini" in review.comment for review in reviews)
    authors = shipped.scalars(select(ItemVersion.author_id)).all()
    assert set(authors) == {None}


def test_seeding_again_adds_nothing(shipped: Session) -> None:
    before = shipped.scalar(select(func.count()).select_from(AuditEvent))
    again = operations.seed_shipped_bank(shipped, actor=SYSTEM, now=NOW)
    assert (again.n_added, again.n_present) == (0, N_ITEMS + 3 + 4)
    assert shipped.scalar(select(func.count()).select_from(AuditEvent)) == before
    assert shipped.scalar(select(func.count()).select_from(ItemVersion)) == N_ITEMS
    assert first_broken(shipped.scalars(select(AuditEvent).order_by(AuditEvent.id))) is None


def test_seeding_leaves_what_people_changed(shipped: Session) -> None:
    item = queries.item_by_code(shipped, "MAT-PED-01-1")
    assert item is not None
    changed = operations.open_demo_version(shipped, item, draft(), actor=SYSTEM, now=NOW)
    operations.seed_shipped_bank(shipped, actor=SYSTEM, now=NOW)
    assert queries.versions_of(shipped, item)[0] is changed
