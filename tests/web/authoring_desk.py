"""A writer with a task and a begun item, for the tests of the writer's desk."""

import json
import uuid
from datetime import timedelta

from sqlalchemy import select
from werkzeug.test import TestResponse

from itembank.model import Indicator
from itembank.operations.tasks import give_task
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


def given_task(cast: Cast, database: Database) -> uuid.UUID:
    """An indicator that the first writer has a task for."""
    writer, manager = cast[Role.ITEM_WRITER].actor, cast[Role.BANK_MANAGER].actor
    assert writer is not None
    assert manager is not None
    with database.transaction() as session:
        load_pedagogic(session)
        indicator = session.scalars(select(Indicator).where(Indicator.code == "P07")).one()
        assignee, now = session.get_one(Account, writer.key), utc_now()
        give_task(session, indicator, assignee=assignee, due=(now + timedelta(days=7)).date(), actor=manager, now=now)
        return indicator.public_id


def begun_item(cast: Cast, cell: uuid.UUID) -> str:
    """The editor of an item that the first writer begins for an indicator."""
    begun = cast[Role.ITEM_WRITER].submit(f"/menulis/butir/{cell}")
    assert begun.status_code == 302, begun.text
    return str(begun.location)


def hidden(browser: Browser, page: str) -> dict[str, str]:
    """Where a page of the editor stands."""
    answer = json.loads(browser.get(f"{page}/ketikan").text)
    return {"counter": str(answer["counter"]), "based_on": answer["based_on"]}


def typed(browser: Browser, page: str, **changes: str) -> TestResponse:
    """What the script sends while somebody types."""
    return browser.submit(f"{page}/ketikan", {**GOOD, **hidden(browser, page), **changes})
