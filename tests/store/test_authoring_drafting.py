"""The writer's desk below its pages: codes, what is typed, who may see what, two who write on one draft."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank import operations
from itembank.linter.reading import LintItem
from itembank.model import Indicator, ItemVersion, WorkingCopy
from itembank.neighbours import Neighbours
from itembank.operations import drafting
from itembank.operations.desk_errors import (
    DraftChanged,
    DraftEmpty,
    DraftIncomplete,
    DraftUnsound,
    NotYourCell,
    NotYourItem,
    TypedElsewhere,
    TypingTooLong,
    WriterUnfit,
)
from itembank.operations.drafting import Stand
from itembank.operations.errors import NotADraft
from itembank.operations.tasks import give_task
from itembank.queries import ItemFilter, find_items, writing
from itembank.states import ItemState
from itembank.typed_item import LIMIT_TYPED, TypedItem
from itembank.version_text import text_of_version
from registry.actor import Actor
from registry.model import Account
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.items_documents import described, sheet
from tests.conftest import NOW
from tests.examination import make_staff
from tests.store.bank_builder import drawing, load_pedagogic, new_item

GOOD = TypedItem(
    stem="Berapa hasil $\\frac{1}{2} + \\frac{1}{4}$?",
    options=("$\\frac{1}{6}$", "$\\frac{1}{3}$", "$\\frac{3}{4}$", "$\\frac{7}{8}$"),
    key="C",
    rationale="Samakan penyebutnya menjadi 4.",
)


@dataclass(frozen=True)
class Room:
    """A writer with a task for a cell, a colleague, and the bank manager."""

    cell: Indicator
    writer: Actor
    colleague: Actor
    manager: Actor


@pytest.fixture
def session(sqlite_database: Database) -> Session:
    """What depends on the kind of database asks for `database` itself."""
    return Session(sqlite_database.engine, expire_on_commit=False)


@pytest.fixture
def room(session: Session) -> Room:
    return _room(session)


def _room(session: Session) -> Room:
    load_pedagogic(session)
    writer = make_staff(session, Role.ITEM_WRITER, "Bambang")
    colleague = make_staff(session, Role.ITEM_WRITER, "Ani")
    manager = make_staff(session, Role.BANK_MANAGER, "Rina")
    cell = session.scalars(select(Indicator).where(Indicator.code == "P07")).one()
    due, assignee = (NOW + timedelta(days=7)).date(), session.get_one(Account, writer.key)
    give_task(session, cell, assignee=assignee, due=due, actor=manager, now=NOW)
    return Room(cell, writer, colleague, manager)


def begun(session: Session, room: Room) -> ItemVersion:
    return drafting.open_item(session, room.cell, actor=room.writer, now=NOW)


def typed_into(session: Session, version: ItemVersion, typed: TypedItem, actor: Actor) -> WorkingCopy:
    copy = writing.own_copy(session, version, actor)
    stand = Stand(copy.counter, copy.based_on) if copy else Stand(0, version.content_digest)
    return drafting.keep_typing(session, version, typed, stand=stand, actor=actor, now=NOW)


def saved(session: Session, version: ItemVersion, typed: TypedItem, actor: Actor) -> None:
    copy = typed_into(session, version, typed, actor)
    kept = TypedItem.of_document(copy.content)
    drafting.save_draft(session, version, kept, based_on=copy.based_on, actor=actor, now=NOW)


def test_an_item_gets_the_next_free_code_of_its_cell(session: Session, room: Room) -> None:
    new_item(session, room.manager, code="MAT-PED-07-4", indicator="P07")
    new_item(session, room.manager, code="MAT-PED-08-9", indicator="P08")
    assert [begun(session, room).item.code for _ in range(2)] == ["MAT-PED-07-5", "MAT-PED-07-6"]


def test_writers_begin_items_for_their_tasks_only(session: Session, room: Room) -> None:
    with pytest.raises(NotYourCell):
        drafting.open_item(session, room.cell, actor=room.colleague, now=NOW)
    other = session.scalars(select(Indicator).where(Indicator.code == "P08")).one()
    with pytest.raises(NotYourCell):
        drafting.open_item(session, other, actor=room.writer, now=NOW)
    assert drafting.open_item(session, other, actor=room.manager, now=NOW).item.code == "MAT-PED-08-1"


def test_what_is_typed_is_kept_as_typed(session: Session, room: Room) -> None:
    version = begun(session, room)
    unfinished = TypedItem(stem="Berapa $\\frac{1", options=("<b>", "", "\u202e", ""), key="", sources="Buku, hlm. 7")
    typed_into(session, version, unfinished, room.writer)
    session.commit()
    session.expire_all()
    assert writing.typed_by(session, version, room.writer) == unfinished
    assert version.stem == ""  # nothing that cannot be drawn becomes the draft


def test_an_older_window_is_told_and_overwrites_nothing(database: Database) -> None:
    with Session(database.engine) as session:
        room = _room(session)
        version = begun(session, room)
        opened = Stand(0, version.content_digest)
        typed_into(session, version, GOOD, room.writer)
        late = replace(GOOD, stem="Dari jendela lain")
        for stand in (opened, Stand(7, version.content_digest), Stand(-1, b"")):
            with pytest.raises(TypedElsewhere):
                drafting.keep_typing(session, version, late, stand=stand, actor=room.writer, now=NOW)
        assert writing.typed_by(session, version, room.writer) == GOOD


def test_an_endless_text_is_refused_and_what_was_kept_stays(session: Session, room: Room) -> None:
    version = begun(session, room)
    typed_into(session, version, GOOD, room.writer)
    with pytest.raises(TypingTooLong):
        typed_into(session, version, replace(GOOD, stem="a" * (LIMIT_TYPED + 1)), room.writer)
    assert writing.typed_by(session, version, room.writer) == GOOD


def test_saving_makes_the_draft_and_handing_in_ends_the_typing(session: Session, room: Room) -> None:
    version = begun(session, room)
    saved(session, version, replace(GOOD, sources="Buku Kelas VIII"), room.writer)
    assert (version.stem, version.key_position, version.sources) == (GOOD.stem, 2, "Buku Kelas VIII")
    drafting.hand_in(session, version, neighbours=Neighbours(), actor=room.writer, now=NOW)
    assert version.state is ItemState.IN_REVIEW
    with pytest.raises(NotADraft):
        typed_into(session, version, GOOD, room.writer)


def test_what_is_missing_is_named(session: Session, room: Room) -> None:
    version = begun(session, room)
    with pytest.raises(DraftIncomplete) as refused:
        saved(session, version, replace(GOOD, options=("1", "", "3", " "), key=""), room.writer)
    assert refused.value.params["missing"] == "B, D, key"


def test_an_empty_or_unsound_draft_does_not_go_to_the_reviewers(session: Session, room: Room) -> None:
    version = begun(session, room)
    with pytest.raises(DraftEmpty):
        operations.submit_for_review(session, version, actor=room.manager, now=NOW)
    same = replace(GOOD, options=("$\\frac{1}{2}$", "$\\frac{2}{4}$", "$\\frac{3}{4}$", "$\\frac{7}{8}$"))
    saved(session, version, same, room.writer)
    with pytest.raises(DraftUnsound):
        drafting.hand_in(session, version, neighbours=Neighbours(), actor=room.writer, now=NOW)
    assert version.state is ItemState.DRAFT


def test_an_item_without_a_word_is_listed_and_shown_like_any_other(session: Session, room: Room) -> None:
    version = begun(session, room)
    shown = described(session, version.item.code)
    assert shown is not None
    assert sheet(shown).endswith("nothing is written yet")
    assert [row.item_code for row in find_items(session, ItemFilter())] == [version.item.code]


def test_an_item_that_the_bank_has_already_is_found(session: Session, room: Room) -> None:
    neighbours = Neighbours()
    one, other = begun(session, room), begun(session, room)
    saved(session, one, GOOD, room.writer)
    drafting.hand_in(session, one, neighbours=neighbours, actor=room.writer, now=NOW)
    near = replace(GOOD, stem="Berapa hasil $\\frac{1}{3} + \\frac{1}{4}$?", rationale="Lain.")
    saved(session, other, near, room.writer)
    found = neighbours.findings(session, LintItem.of(text_of_version(other)))
    assert [(each.code, each.values["item"]) for each in found] == [("near-duplicate", one.item.code)]
    saved(session, other, replace(GOOD, options=GOOD.options[::-1], key="B"), room.writer)
    with pytest.raises(DraftUnsound) as refused:
        drafting.hand_in(session, other, neighbours=neighbours, actor=room.writer, now=NOW)
    assert one.item.code in str(refused.value.params["first"])


def test_strangers_neither_see_nor_touch_an_item(session: Session, room: Room) -> None:
    version = begun(session, room)
    saved(session, version, GOOD, room.writer)
    stand, stranger = Stand(0, version.content_digest), room.colleague
    assert writing.writer_version(session, version.public_id, stranger) is None
    assert writing.writer_version(session, version.public_id, room.manager) is version
    desk = writing.desk_of(session, stranger)
    assert (desk.drafts, desk.returned, desk.in_review, desk.done) == ((), (), (), ())
    with pytest.raises(NotYourItem):
        drafting.keep_typing(session, version, GOOD, stand=stand, actor=stranger, now=NOW)
    with pytest.raises(NotYourItem):
        drafting.save_draft(session, version, GOOD, based_on=stand.based_on, actor=stranger, now=NOW)
    with pytest.raises(NotYourItem):
        drafting.hand_in(session, version, neighbours=Neighbours(), actor=stranger, now=NOW)
    with pytest.raises(NotYourItem):
        drafting.add_author(session, version, session.get_one(Account, stranger.key), actor=stranger, now=NOW)


def test_a_colleague_who_was_added_writes_too_and_never_reviews(session: Session, room: Room) -> None:
    version = begun(session, room)
    account, manager = (session.get_one(Account, each.key) for each in (room.colleague, room.manager))
    with pytest.raises(WriterUnfit):
        drafting.add_author(session, version, manager, actor=room.writer, now=NOW)
    drafting.add_author(session, version, account, actor=room.writer, now=NOW)
    assert [each.version for each in writing.desk_of(session, room.colleague).drafts] == [version]
    saved(session, version, GOOD, room.colleague)
    assert [each.version for each in writing.desk_of(session, room.writer).drafts] == [version]
    assert writing.author_ids(session, version.item_id) == {room.writer.account_id, room.colleague.account_id}


def test_of_two_who_save_the_second_is_told(session: Session, room: Room) -> None:
    version = begun(session, room)
    drafting.add_author(session, version, session.get_one(Account, room.colleague.key), actor=room.writer, now=NOW)
    opened = version.content_digest
    typed_into(session, version, GOOD, room.writer)
    typed_into(session, version, replace(GOOD, key="D"), room.colleague)
    saved(session, version, GOOD, room.writer)
    with pytest.raises(DraftChanged):
        drafting.save_draft(session, version, GOOD, based_on=opened, actor=room.colleague, now=NOW)
    assert writing.typed_by(session, version, room.colleague).key == "D"
    at_work = writing.others_at_work(session, version, room.colleague, since=NOW - timedelta(minutes=1))
    assert [each.name for each in at_work] == ["Bambang"]


def test_two_transactions_that_save_at_once(database: Database) -> None:
    with database.transaction() as session:
        room = _room(session)
        public_id = begun(session, room).public_id
    mine, theirs = Session(database.engine, expire_on_commit=False), Session(database.engine)
    version = mine.scalars(select(ItemVersion).where(ItemVersion.public_id == public_id)).one()
    opened = version.content_digest
    mine.commit()  # SQLite lets one transaction write at a time; what was read is remembered across it
    late = theirs.scalars(select(ItemVersion).where(ItemVersion.public_id == public_id)).one()
    drafting.save_draft(theirs, late, GOOD, based_on=opened, actor=room.writer, now=NOW)
    theirs.commit()
    other = replace(GOOD, key="D")
    with pytest.raises(DraftChanged):
        drafting.save_draft(mine, version, other, based_on=opened, actor=room.manager, now=NOW)
    mine.close()
    theirs.close()


def test_a_picture_is_kept_beside_what_is_typed(session: Session, room: Room) -> None:
    version = begun(session, room)
    stand = Stand(0, version.content_digest)
    name, _copy = drafting.add_picture(
        session, version, drawing(), file_name="C:\\Foto Saya\\Garis (1).SVG", stand=stand, actor=room.writer, now=NOW
    )
    assert name == f"garis-1-{drawing().sha256[:8]}.svg"
    shown = replace(GOOD, stem=f"![Garis miring](figures/{name})\n\n{GOOD.stem}")
    saved(session, version, shown, room.writer)
    assert [picture.name for picture in version.pictures] == [name]
    assert writing.may_see_picture(session, drawing().sha256, room.writer)
    assert not writing.may_see_picture(session, drawing().sha256, room.colleague)


def test_going_back_to_the_draft(session: Session, room: Room) -> None:
    version = begun(session, room)
    saved(session, version, GOOD, room.writer)
    copy = typed_into(session, version, replace(GOOD, stem="Lain"), room.writer)
    stand = Stand(copy.counter, copy.based_on)
    drafting.discard_typing(session, version, stand=stand, actor=room.writer, now=NOW)
    assert writing.typed_by(session, version, room.writer) == GOOD
