"""Looking things up in the bank."""

import uuid

import pytest
from sqlalchemy.orm import Session

from itembank import operations, queries
from itembank.queries import ItemFilter
from itembank.queries.plans import cells_of
from itembank.states import ItemState
from tests.conftest import NOW
from tests.store.bank_builder import (
    PEDAGOGIC,
    Cast,
    approved_item,
    cast,
    draft,
    load_pedagogic,
    new_item,
    operational_item,
    read_by,
    with_statistics,
)


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


def codes(session: Session, wanted: ItemFilter) -> list[str]:
    return [row.item_code for row in queries.find_items(session, wanted)]


def test_a_list_is_narrowed_by_cell_state_and_words(session: Session, people: Cast) -> None:
    new_item(session, people.writer, code="UJI-01-1", indicator="P01", content=draft("Tentang 16% bola"))
    new_item(session, people.writer, code="UJI-02-1", indicator="P02", content=draft("Tentang kubus"))
    approved_item(session, people, code="UJI-03-1")
    assert codes(session, ItemFilter()) == ["UJI-01-1", "UJI-02-1", "UJI-03-1"]
    assert codes(session, ItemFilter(indicator="P02")) == ["UJI-02-1"]
    assert codes(session, ItemFilter(competency="P1.1")) == ["UJI-01-1", "UJI-03-1"]
    assert codes(session, ItemFilter(blueprint="lain")) == []
    assert codes(session, ItemFilter(state=ItemState.APPROVED)) == ["UJI-03-1"]
    assert codes(session, ItemFilter(text=" BOLA ")) == ["UJI-01-1"]
    assert codes(session, ItemFilter(text="16%")) == ["UJI-01-1"]
    assert codes(session, ItemFilter(text="{7}/{8}")) == ["UJI-01-1", "UJI-02-1", "UJI-03-1"]


def test_a_revised_version_leaves_the_list_unless_asked_for(session: Session, people: Cast) -> None:
    version = operational_item(session, people)
    operations.send_to_revision(session, version, reason="usang", actor=people.manager, now=NOW)
    (shown,) = queries.find_items(session, ItemFilter())
    assert (shown.number, shown.state) == (2, ItemState.DRAFT)
    (ended,) = queries.find_items(session, ItemFilter(state=ItemState.REVISION))
    assert ended.number == 1


def test_the_page_of_a_version_holds_its_life(session: Session, people: Cast) -> None:
    version = operational_item(session, people)
    latest = with_statistics(session, version, verdict="watch")
    session.commit()
    session.expire_all()
    page = queries.item_page(session, version.public_id)
    assert page is not None
    assert page.version.public_id == version.public_id
    assert [len(page.version.options), len(page.version.reviews), len(page.versions)] == [4, 2, 1]
    assert (page.blueprint.code, page.core.code, page.competency.code, page.indicator.code) == (
        PEDAGOGIC,
        "P1",
        "P1.1",
        "P01",
    )
    assert page.statistics[0].id == latest.id
    assert [event.action for event in page.history] == [
        "item.create",
        "item.submit",
        "review.assign",
        "review.assign",
        "item.review",
        "item.review",
        "item.approve",
        "item.move",
        "item.statistics",
        "item.move",
        "item.statistics",
    ]
    assert queries.item_page(session, uuid.uuid4()) is None


def test_coverage_counts_empty_cells_too_and_no_demo_versions(session: Session, people: Cast) -> None:
    version = approved_item(session, people)
    operations.open_demo_version(session, version.item, draft(key=0), actor=people.writer, now=NOW)
    blueprint = queries.blueprint_by_code(session, PEDAGOGIC)
    assert blueprint is not None
    cells = {cell.code: cell.counts for cell in cells_of(session, blueprint)}
    assert len(cells) == 20
    assert (cells["P01"].n_usable, dict(cells["P01"].states)) == (1, {ItemState.APPROVED: 1})
    assert cells["P02"].n_usable == 0


def test_a_form_may_take_the_latest_eligible_version(session: Session, people: Cast) -> None:
    version = approved_item(session, people)
    planted = operations.open_demo_version(session, version.item, draft(key=0), actor=people.writer, now=NOW)

    def eligible(*, allow_demo: bool) -> list[int]:
        found = queries.eligible_versions(
            session, blueprints=[PEDAGOGIC], states=queries.TRYOUT_STATES, allow_demo=allow_demo
        )
        return [row.version_id for row in found]

    assert eligible(allow_demo=True) == [version.id]  # the planted one is a draft yet
    operations.submit_for_review(session, planted, actor=people.writer, now=NOW)
    read_by(session, planted, people.reviewer, people.second)
    assert eligible(allow_demo=True) == [planted.id]
    assert eligible(allow_demo=False) == [version.id]


def test_the_newest_statistics_of_an_administration(session: Session, people: Cast) -> None:
    version = approved_item(session, people)
    with_statistics(session, version)
    again = with_statistics(session, version, verdict="revise")
    (found,) = queries.administration_statistics(session, version.public_id)
    assert found.id == again.id
    assert queries.statistics_by_public_id(session, again.public_id) is again
