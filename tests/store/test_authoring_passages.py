"""Passages that several items share, comments, and what came back with what to mend."""

import pytest
from sqlalchemy.orm import Session

from itembank import operations
from itembank.model import ItemVersion
from itembank.operations import comments, drafting, passages
from itembank.operations.desk_errors import (
    CommentEmpty,
    NotYourItem,
    NotYourPassage,
    PassageChanged,
    PassageEmpty,
    PassageNameTaken,
    PassageUnreadable,
)
from itembank.operations.drafting import Stand
from itembank.queries import writing
from itembank.queries.mending import to_mend
from itembank.queries.reviewers import authors_of
from itembank.typed_item import TypedItem
from registry.actor import Actor
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.examination import make_staff
from tests.store.bank_builder import draft, drawing, load_pedagogic, new_item

TABLE = "Nilai ulangan kelas VIII:\n\n| Nilai | Banyak |\n|---|---|\n| 7 | 12 |\n| 8 | 15 |"


@pytest.fixture
def session(sqlite_database: Database) -> Session:
    """Nothing here depends on the kind of database."""
    return Session(sqlite_database.engine, expire_on_commit=False)


@pytest.fixture
def writer(session: Session) -> Actor:
    load_pedagogic(session)
    return make_staff(session, Role.ITEM_WRITER, "Bambang")


@pytest.fixture
def stranger(session: Session) -> Actor:
    return make_staff(session, Role.ITEM_WRITER, "Ani")


def read_together(session: Session, version: ItemVersion, passage: str, actor: Actor) -> None:
    """Put a passage before the stem and save."""
    typed = TypedItem(
        stem="Berapa banyak peserta didik dalam tabel itu?",
        options=("7", "12", "15", "27"),
        key="D",
        rationale="Jumlahkan kedua baris.",
        passage=passage,
    )
    stand = Stand(0, version.content_digest)
    copy = drafting.keep_typing(session, version, typed, stand=stand, actor=actor, now=NOW)
    drafting.save_draft(session, version, typed, based_on=copy.based_on, actor=actor, now=NOW)


def test_several_items_show_one_passage_before_their_stems(session: Session, writer: Actor) -> None:
    source = f"{TABLE}\n\n![Diagram](figures/diagram.svg)"
    passage = passages.new_passage(
        session, name="  Nilai   VIII ", source=source, pictures={"diagram.svg": drawing()}, actor=writer, now=NOW
    )
    assert (passage.code, passage.number) == ("Nilai VIII", 1)
    versions = [new_item(session, writer, code=f"UJI-01-{number}") for number in (1, 2)]
    for version in versions:
        read_together(session, version, str(passage.public_id), writer)
        assert version.stem_html.startswith("<blockquote>")
        assert version.stem_html.count("<table>") == 1
        assert [picture.sha256 for picture in version.pictures] == [drawing().sha256]
    assert writing.items_with(session, passage) == versions
    assert [passage.code for passage in writing.passages_of(session, writer)] == ["Nilai VIII"]


def test_a_revision_keeps_passage_and_sources(session: Session, writer: Actor) -> None:
    passage = passages.new_passage(session, name="Nilai", source=TABLE, pictures={}, actor=writer, now=NOW)
    version = new_item(session, writer)
    read_together(session, version, str(passage.public_id), writer)
    operations.submit_for_review(session, version, actor=writer, now=NOW)
    manager = make_staff(session, Role.BANK_MANAGER, "Rina")
    again = operations.send_to_revision(session, version, reason="Perjelas tabelnya.", actor=manager, now=NOW)
    assert (again.passage, again.stem_html, again.content_digest) == (
        version.passage,
        version.stem_html,
        version.content_digest,
    )
    mending = to_mend(session, again)
    assert mending is not None
    assert (mending.version, mending.reason) == (version, "Perjelas tabelnya.")
    assert [each.version for each in writing.desk_of(session, writer).returned] == [again]


def test_only_a_version_that_came_back_asks_for_mending(session: Session, writer: Actor) -> None:
    version = new_item(session, writer)
    assert to_mend(session, version) is None
    operations.submit_for_review(session, version, actor=writer, now=NOW)
    planted = operations.open_demo_version(session, version.item, draft("Cacat?"), actor=writer, now=NOW)
    assert to_mend(session, planted) is None


def test_who_wrote_a_passage_reviews_no_item_behind_it(session: Session, writer: Actor, stranger: Actor) -> None:
    first = passages.new_passage(session, name="Nilai", source=TABLE, pictures={}, actor=stranger, now=NOW)
    manager = make_staff(session, Role.BANK_MANAGER, "Rina")
    second = passages.edit_passage(session, first, source="Baru.", pictures={}, actor=manager, now=NOW)
    version = new_item(session, writer)
    read_together(session, version, str(second.public_id), manager)
    assert authors_of(session, {version.item_id})[version.item_id] >= {writer.key, stranger.key, manager.key}


def test_an_edit_is_a_new_number_and_changes_no_item(session: Session, writer: Actor, stranger: Actor) -> None:
    first = passages.new_passage(session, name="Nilai", source=TABLE, pictures={}, actor=writer, now=NOW)
    version = new_item(session, writer)
    read_together(session, version, str(first.public_id), writer)
    shown = version.stem_html
    second = passages.edit_passage(session, first, source="Baru.", pictures={}, actor=writer, now=NOW)
    assert (second.number, version.stem_html, version.passage) == (2, shown, first)
    with pytest.raises(PassageChanged):
        passages.edit_passage(session, first, source="Lain.", pictures={}, actor=writer, now=NOW)
    with pytest.raises(NotYourPassage):
        passages.edit_passage(session, second, source="Lain.", pictures={}, actor=stranger, now=NOW)


def test_strangers_neither_see_nor_use_a_passage(session: Session, writer: Actor, stranger: Actor) -> None:
    passage = passages.new_passage(session, name="Nilai", source=TABLE, pictures={}, actor=writer, now=NOW)
    assert writing.passages_of(session, stranger) == []
    own = new_item(session, stranger)
    with pytest.raises(NotYourPassage):
        read_together(session, own, str(passage.public_id), stranger)
    with pytest.raises(PassageNameTaken):
        passages.new_passage(session, name="NILAI", source="x", pictures={}, actor=stranger, now=NOW)


@pytest.mark.parametrize(
    ("name", "source", "error"),
    [
        ("", TABLE, PassageEmpty),
        ("x" * 65, TABLE, PassageEmpty),
        ("Nilai\u202e", TABLE, PassageEmpty),
        ("Nilai", " \n", PassageEmpty),
        ("Nilai", "<script>alert(1)</script>", PassageUnreadable),
        ("Nilai", "![x](figures/hilang.png)", PassageUnreadable),
        ("Nilai", "a" * 100_000, PassageUnreadable),
    ],
)
def test_what_cannot_be_a_passage_is_refused(
    session: Session, writer: Actor, name: str, source: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        passages.new_passage(session, name=name, source=source, pictures={}, actor=writer, now=NOW)


def test_comments_are_for_the_writers_of_the_item(session: Session, writer: Actor, stranger: Actor) -> None:
    version = new_item(session, writer, content=draft())
    comments.add_comment(session, version, part="A", text=" Pengecoh ini lemah. ", actor=writer, now=NOW)
    (said,) = writing.comments_of(session, version)
    assert (said.part, said.text, said.author_id) == ("A", "Pengecoh ini lemah.", writer.account_id)
    with pytest.raises(NotYourItem):
        comments.add_comment(session, version, part="", text="Bagus", actor=stranger, now=NOW)
    for text, part in ((" ", ""), ("x" * 2_001, ""), ("x", "Z")):
        with pytest.raises(CommentEmpty):
            comments.add_comment(session, version, part=part, text=text, actor=writer, now=NOW)
    pasted = comments.add_comment(session, version, part="", text="Balik\u202e ini\u200b", actor=writer, now=NOW)
    assert pasted.text == "Balik ini"
