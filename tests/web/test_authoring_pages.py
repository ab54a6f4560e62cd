"""The writer's desk: from a task to the reviewers, and nobody sees what others write."""

import json
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from itembank import operations
from itembank.model import Indicator, ItemVersion, WorkingCopy
from itembank.operations.tasks import give_task
from itembank.states import ItemState
from registry.model import Account
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.wiring import utc_now
from tests.store.bank_builder import load_pedagogic
from tests.web.conftest import Browser, Cast

GOOD = {
    "stem": "Berapa hasil $\\frac{1}{2} + \\frac{1}{4}$?",
    "option-A": "$\\frac{1}{6}$",
    "option-B": "$\\frac{1}{3}$",
    "option-C": "$\\frac{3}{4}$",
    "option-D": "$\\frac{7}{8}$",
    "key": "C",
    "rationale": "Samakan penyebutnya menjadi 4.",
    "sources": "",
    "passage": "",
}


@pytest.fixture
def cell(cast: Cast, web_database: Database) -> uuid.UUID:
    """An indicator that the first writer has a task for."""
    writer, manager = cast[Role.ITEM_WRITER].actor, cast[Role.BANK_MANAGER].actor
    assert writer and manager
    with web_database.transaction() as session:
        load_pedagogic(session)
        indicator = session.scalars(select(Indicator).where(Indicator.code == "P07")).one()
        assignee, now = session.get_one(Account, writer.key), utc_now()
        give_task(session, indicator, assignee=assignee, due=(now + timedelta(days=7)).date(), actor=manager, now=now)
        return indicator.public_id


@pytest.fixture
def page(cast: Cast, cell: uuid.UUID) -> str:
    """The editor of an item that the first writer began."""
    begun = cast[Role.ITEM_WRITER].submit(f"/menulis/butir/{cell}")
    assert begun.status_code == 302, begun.text
    return str(begun.location)


def hidden(browser: Browser, page: str) -> dict[str, str]:
    """Where a page of the editor stands."""
    answer = json.loads(browser.get(f"{page}/ketikan").text)
    return {"counter": str(answer["counter"]), "based_on": answer["based_on"]}


def test_from_a_task_to_the_reviewers(cast: Cast, cell: uuid.UUID, web_database: Database) -> None:
    writer = cast[Role.ITEM_WRITER]
    assert f"/menulis/butir/{cell}" in writer.get("/menulis/").text
    page = str(writer.submit(f"/menulis/butir/{cell}").location)
    assert "MAT-PED-07-1" in writer.get(page).text
    sent = writer.submit(page, {**GOOD, **hidden(writer, page), "act": "hand-in"})
    assert sent.status_code == 302, sent.text
    with web_database.reading() as session:
        version = session.scalars(select(ItemVersion)).one()
        assert (version.state, version.key_position) == (ItemState.IN_REVIEW, 2)
    assert writer.get(page).status_code == 200
