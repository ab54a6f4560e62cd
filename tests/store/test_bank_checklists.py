"""Loading a checklist: editions, readings that began under the old one, and the way back to the shipped one."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from itembank import operations
from itembank.checklist import shipped_source
from itembank.errors import FieldRefused
from itembank.model import Mark
from itembank.operations.errors import ChecklistExists, MarksIncomplete
from itembank.queries.checklists import checklist_in_use, checklist_named, checklists
from registry.actor import SYSTEM
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import ALL_YES, ask, cast, load_pedagogic, new_item

OTHER = """code = "lembaga-lain"
edition = 1
[[criterion]]
code = "Z1"
group = "language"
title_id = "a"
title_en = "b"
help_id = "c"
help_en = "d"
"""


@pytest.fixture
def session(sqlite_database: Database) -> Iterator[Session]:
    with Session(sqlite_database.engine, expire_on_commit=False) as session:
        yield session


def load(session: Session, text: str) -> None:
    operations.load_checklist(session, text, source="daftar.toml", actor=SYSTEM, now=NOW)


def test_the_last_one_loaded_is_in_use_and_the_others_stay(session: Session) -> None:
    assert checklist_in_use(session).name == "telaah-16/1"
    load(session, OTHER)
    load(session, OTHER.replace("edition = 1", "edition = 2"))
    assert checklist_in_use(session).name == "lembaga-lain/2"
    assert [each.criteria.name for each in checklists(session)] == ["lembaga-lain/2", "lembaga-lain/1", "telaah-16/1"]
    load(session, shipped_source())
    assert checklist_in_use(session).name == "telaah-16/1"
    assert checklist_named(session, "lembaga-lain/1").codes == ("Z1",)


def test_a_change_needs_a_new_edition(session: Session) -> None:
    load(session, OTHER)
    for text in (OTHER, OTHER.replace('"a"', '"lain"'), shipped_source().replace("Soal mengukur", "Butir mengukur")):
        with pytest.raises(ChecklistExists):
            load(session, text)
    with pytest.raises(FieldRefused):
        load(session, OTHER.replace("edition = 1", 'edition = "1"'))
    with pytest.raises(FieldRefused, match="U\\+202E"):
        load(session, OTHER.replace("edition = 1", "edition = 2").replace('"a"', '"a\u202eb"'))


def test_a_version_is_read_to_its_end_under_the_checklist_of_its_first_reading(session: Session) -> None:
    load_pedagogic(session)
    people = cast(session)
    begun, fresh = (new_item(session, people.writer, code=f"UJI-0{number}-1") for number in (1, 2))
    for version in (begun, fresh):
        operations.submit_for_review(session, version, actor=people.writer, now=NOW)
        ask(session, version, people.reviewer, people.second)
    operations.review_version(session, begun, marks=ALL_YES, actor=people.reviewer, now=NOW)
    load(session, OTHER)
    operations.review_version(session, begun, marks=ALL_YES, actor=people.second, now=NOW)
    with pytest.raises(MarksIncomplete):
        operations.review_version(session, fresh, marks=ALL_YES, actor=people.reviewer, now=NOW)
    operations.review_version(session, fresh, marks={"Z1": Mark.YES}, actor=people.reviewer, now=NOW)
    assert fresh.reviews[0].checklist == "lembaga-lain/1"
