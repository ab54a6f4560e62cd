"""Writing items: what a candidate will see is rendered when it is saved, and frozen when it is submitted."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from itembank import operations
from itembank.errors import SourceTextRefused
from itembank.model import ItemVersion, Media
from itembank.operations import Draft
from itembank.operations.errors import (
    BlueprintExists,
    DraftExists,
    IllegalMove,
    IndicatorUnknown,
    ItemCodeTaken,
    KeyOutOfRange,
    MovedMeanwhile,
    NotADraft,
    OptionCountWrong,
    OptionsAlike,
)
from itembank.queries.writing import author_ids
from itembank.states import ItemState
from registry.actor import Actor
from registry.model import AuditEvent
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import Cast, cast, draft, drawing, load_pedagogic, new_item


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


def test_an_item_is_rendered_when_it_is_written(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    session.commit()
    session.expire_all()
    assert version.state is ItemState.DRAFT
    assert version.number == 1
    assert "<mfrac>" in version.stem_html
    assert [option.position for option in version.options] == [0, 1, 2, 3]
    assert all("<math" in option.html for option in version.options)
    assert version.author_id == people.writer.account_id
    assert version.item.indicator.code == "P01"
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.subject, event.actor) == (
        "item.create",
        str(version.public_id),
        people.writer.public_id,
    )


def test_writing_again_replaces_options_and_pictures(session: Session, people: Cast) -> None:
    with_pictures = Draft(
        stem="![garis](figures/a.svg)",
        options=("1", "2", "3", "![titik](b.svg)"),
        key_position=0,
        rationale="Lihat.",
        pictures={"a.svg": drawing(), "b.svg": drawing("grey"), "unused.svg": drawing("blue")},
    )
    version = new_item(session, people.writer, content=with_pictures)
    assert {picture.name for picture in version.pictures} == {"a.svg", "b.svg"}
    first = version.content_digest
    operations.write_draft(
        session,
        version,
        replace(with_pictures, options=("1", "2", "3", "4"), pictures={}),
        actor=people.writer,
        now=NOW,
    )
    session.commit()
    session.expire_all()
    assert [option.text for option in version.options] == ["1", "2", "3", "4"]
    assert [(picture.name, picture.sha256) for picture in version.pictures] == [("a.svg", drawing().sha256)]
    assert version.content_digest != first
    assert 'width="40" height="20"' in version.stem_html
    assert len(session.scalars(select(Media.sha256)).all()) == 2


def test_the_same_picture_is_kept_once(session: Session, people: Cast) -> None:
    content = Draft("![garis](a.svg)", ("1", "2", "3", "4"), 0, "Lihat.", {"a.svg": drawing()})
    new_item(session, people.writer, code="UJI-01-1", content=content)
    new_item(session, people.writer, code="UJI-01-2", content=content)
    assert len(session.scalars(select(Media.sha256)).all()) == 1


@pytest.mark.parametrize("changed", ["stem", "options", "key", "rationale", "picture"])
def test_the_digest_covers_all_that_is_read(session: Session, people: Cast, changed: str) -> None:
    content = Draft("![garis](a.svg)", ("1", "2", "3", "4"), 0, "Lihat.", {"a.svg": drawing()})
    other = {
        "stem": replace(content, stem="![garis](a.svg) x"),
        "options": replace(content, options=("1", "2", "4", "3")),
        "key": replace(content, key_position=1),
        "rationale": replace(content, rationale="Amati."),
        "picture": replace(content, pictures={"a.svg": drawing("grey")}),
    }[changed]
    one = new_item(session, people.writer, code="UJI-01-1", content=content)
    same = new_item(session, people.writer, code="UJI-01-2", content=content)
    two = new_item(session, people.writer, code="UJI-01-3", content=other)
    assert one.content_digest == same.content_digest != two.content_digest


def test_what_cannot_be_an_item_is_refused(session: Session, people: Cast) -> None:
    good = draft()
    refused: list[tuple[type[Exception], Draft]] = [
        (OptionCountWrong, replace(good, options=good.options[:3])),
        (OptionsAlike, replace(good, options=("a", "b  c", "b c", "d"))),
        (KeyOutOfRange, replace(good, key_position=4)),
        (SourceTextRefused, replace(good, stem="Nilai $\\frac{1}$?")),
    ]
    for error, content in refused:
        with pytest.raises(error):
            new_item(session, people.writer, code=f"UJI-{error.__name__}", content=content)
    with pytest.raises(IndicatorUnknown):
        new_item(session, people.writer, indicator="P99")


def test_codes_of_items_and_blueprints_are_given_once(session: Session, people: Cast) -> None:
    new_item(session, people.writer)
    with pytest.raises(ItemCodeTaken):
        new_item(session, people.writer)
    with pytest.raises(BlueprintExists):
        load_pedagogic(session)


def test_a_submitted_version_never_changes_again(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    operations.submit_for_review(session, version, actor=people.writer, now=NOW)
    with pytest.raises(NotADraft):
        operations.write_draft(session, version, draft("Lain?"), actor=people.writer, now=NOW)
    session.commit()
    for statement in ("UPDATE item_version SET stem = 'x'", "UPDATE item_option SET text = 'x'"):
        with pytest.raises(DBAPIError, match="keeps its history"):
            session.execute(text(statement))
        session.rollback()


def test_of_two_who_submit_one_is_told(database: Database, session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    session.commit()
    with database.transaction() as other:
        theirs = other.get_one(ItemVersion, version.id)
        operations.submit_for_review(other, theirs, actor=people.writer, now=NOW)
    with pytest.raises(MovedMeanwhile):
        operations.submit_for_review(session, version, actor=people.writer, now=NOW)
    assert version.state is ItemState.IN_REVIEW


def test_a_draft_goes_nowhere_but_to_review(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    for state in set(ItemState) - {ItemState.DRAFT}:
        with pytest.raises(IllegalMove):
            operations.move_version(session, version, to=state, reason="mencoba", actor=people.manager, now=NOW)


def test_an_item_has_one_draft_at_a_time(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    with pytest.raises(DraftExists):
        operations.open_demo_version(session, version.item, draft("Cacat?"), actor=people.writer, now=NOW)


def test_a_demo_version_stands_beside_the_sound_one(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    operations.submit_for_review(session, version, actor=people.writer, now=NOW)
    planted = operations.open_demo_version(session, version.item, draft(key=0), actor=people.writer, now=NOW)
    assert (planted.number, planted.demo_only, version.demo_only) == (2, True, False)
    assert version.state is ItemState.IN_REVIEW


def test_whoever_writes_is_an_author_and_whoever_began_stays_one(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    second: Actor = people.manager
    operations.write_draft(session, version, draft("Lain?"), actor=second, now=NOW)
    assert version.author_id == people.writer.account_id
    assert author_ids(session, version.item_id) == {people.writer.account_id, second.account_id}
