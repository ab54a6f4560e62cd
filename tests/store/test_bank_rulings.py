"""Rulings: the manager's word where readings differ, approval when nothing stays open, else back with what to mend."""

import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from itembank import operations, queries
from itembank.checklist import current_checklist
from itembank.consensus import Standing, refusals, standing
from itembank.model import ItemVersion, Mark
from itembank.operations import Word
from itembank.operations.errors import (
    NothingToMend,
    NotInReview,
    OwnItem,
    OwnReview,
    ReasonMissing,
    ReviewMissing,
    RulingMissing,
    RulingNotOpen,
)
from itembank.operations.reviewing import add_review
from itembank.queries.mending import to_mend
from itembank.queries.review_board import board
from itembank.states import ItemState
from registry.actor import Actor
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.store.bank_builder import ALL_YES, Cast, ask, cast, load_pedagogic, new_item, person

Nos = dict[str, str]  # criterion -> words


@pytest.fixture
def session(sqlite_database: Database) -> Iterator[Session]:
    """Rules without a word of SQL of their own: one kind of database is enough."""
    with Session(sqlite_database.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


def read(session: Session, people: Cast, *, first: Nos, second: Nos, code: str = "UJI-01-1") -> ItemVersion:
    """An item on which two reviewers said no to these criteria."""
    version = new_item(session, people.writer, code=code)
    operations.submit_for_review(session, version, actor=people.writer, now=NOW)
    ask(session, version, people.reviewer, people.second)
    for reader, nos in ((people.reviewer, first), (people.second, second)):
        marks = ALL_YES | dict.fromkeys(nos, Mark.NO)
        operations.review_version(session, version, marks=marks, comments=nos, actor=reader, now=NOW)
    return version


def words(version: ItemVersion, *, upheld: bool, reason: str = "Sudah saya baca.") -> dict[tuple[uuid.UUID, str], Word]:
    """The same word on everything that is disputed."""
    found = refusals(version.reviews)
    return {(each.review.public_id, each.criterion): Word(upheld, reason) for each in found if each.is_disputed}


def test_nothing_hidden_stays_in_what_reviewers_and_managers_say(session: Session, people: Cast) -> None:
    version = read(session, people, first={"K6": "Pilihan\u202e C\x07 panjang.\r\nMohon singkat."}, second={})
    said = words(version, upheld=False, reason="Sudah\u200b saya baca.")
    operations.rule(session, version, said, actor=people.manager, now=NOW)
    (ruling,) = version.reviews[0].rulings
    assert version.reviews[0].comments == {"K6": "Pilihan C panjang.\nMohon singkat."}
    assert ruling.reason == "Sudah saya baca."
    with pytest.raises(ReasonMissing):
        operations.move_version(
            session, version, to=ItemState.SUSPENDED, reason="\u202e\u200b", actor=people.manager, now=NOW
        )


def test_setting_the_only_no_aside_approves(session: Session, people: Cast) -> None:
    version = read(session, people, first={"K6": "Pilihan C panjang."}, second={})
    assert [each.version.id for each in board(session).to_decide] == [version.id]
    found = operations.rule(session, version, words(version, upheld=False), actor=people.manager, now=NOW)
    assert (found, version.state) == (Standing.AGREED, ItemState.APPROVED)
    (ruling,) = version.reviews[0].rulings
    assert (ruling.criterion, ruling.upheld, ruling.ruled_by_id) == ("K6", False, people.manager.key)


def test_upholding_a_no_sends_the_item_back_with_what_to_mend(session: Session, people: Cast) -> None:
    version = read(session, people, first={"K6": "Pilihan C panjang.", "M2": "D tidak masuk akal."}, second={})
    reviews = version.reviews[0].public_id
    given = {
        (reviews, "K6"): Word(upheld=True, reason="Benar."),
        (reviews, "M2"): Word(upheld=False, reason="D lazim."),
    }
    found = operations.rule(session, version, given, actor=people.manager, now=NOW)
    assert (found, version.state) == (Standing.TO_MEND, ItemState.REVISION)
    draft = queries.versions_of(session, version.item)[0]
    mending = to_mend(session, draft)
    assert mending is not None
    assert [(each.criterion, each.reader, each.comment, each.ruling) for each in mending.mends] == [
        ("K6", 1, "Pilihan C panjang.", "Benar.")
    ]
    assert mending.reason == "K6"
    assert [waiting.id for waiting in board(session).writing] == [draft.id]


def test_what_both_refuse_needs_no_ruling_and_allows_none(session: Session, people: Cast) -> None:
    version = read(session, people, first={"K6": "C panjang."}, second={"K6": "C terlalu rinci."})
    assert standing(version.reviews) is Standing.TO_MEND
    key = (version.reviews[0].public_id, "K6")
    with pytest.raises(RulingNotOpen):
        operations.rule(session, version, {key: Word(upheld=False, reason="Biarkan.")}, actor=people.manager, now=NOW)
    draft = operations.send_back(session, version, note="Samakan panjangnya.", actor=people.manager, now=NOW)
    mending = to_mend(session, draft)
    assert mending is not None
    assert [each.comment for each in mending.mends] == ["C panjang.", "C terlalu rinci."]
    assert mending.reason == "Samakan panjangnya."


def test_a_shared_no_weighs_on_while_others_are_set_aside(session: Session, people: Cast) -> None:
    version = read(session, people, first={"K6": "C panjang.", "B1": "Ejaan."}, second={"K6": "C rinci."})
    assert standing(version.reviews) is Standing.DISPUTED
    with pytest.raises(RulingMissing) as caught:
        operations.send_back(session, version, note="", actor=people.manager, now=NOW)
    assert caught.value.params["criteria"] == "B1"
    found = operations.rule(session, version, words(version, upheld=False), actor=people.manager, now=NOW)
    assert found is Standing.TO_MEND
    mending = to_mend(session, queries.versions_of(session, version.item)[0])
    assert mending is not None
    assert {each.criterion for each in mending.mends} == {"K6"}


def test_a_part_of_the_rulings_waits_for_the_rest(session: Session, people: Cast) -> None:
    version = read(session, people, first={"K6": "C panjang.", "B1": "Ejaan."}, second={})
    key = (version.reviews[0].public_id, "K6")
    first = operations.rule(session, version, {key: Word(upheld=False, reason="Cukup.")}, actor=people.manager, now=NOW)
    assert (first, version.state) == (Standing.DISPUTED, ItemState.IN_REVIEW)
    with pytest.raises(RulingNotOpen):
        operations.rule(session, version, {key: Word(upheld=True, reason="Ganti.")}, actor=people.manager, now=NOW)
    operations.rule(session, version, words(version, upheld=False), actor=people.manager, now=NOW)
    assert version.state is ItemState.APPROVED


def test_neither_writer_nor_reviewer_rules_and_never_without_a_reason(session: Session, people: Cast) -> None:
    version = read(session, people, first={"K6": "C panjang."}, second={})
    for actor, refusal in ((people.writer, OwnItem), (people.second, OwnReview)):
        with pytest.raises(refusal):
            operations.rule(session, version, words(version, upheld=False), actor=actor, now=NOW)
    with pytest.raises(ReasonMissing):
        operations.rule(session, version, words(version, upheld=False, reason=" "), actor=people.manager, now=NOW)


def test_nothing_is_ruled_before_both_readings_are_in(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    with pytest.raises(NotInReview):
        operations.rule(session, version, {}, actor=people.manager, now=NOW)
    operations.submit_for_review(session, version, actor=people.writer, now=NOW)
    with pytest.raises(ReviewMissing):
        operations.send_back(session, version, note="", actor=people.manager, now=NOW)


def test_readings_from_before_that_name_nothing_are_approved_by_hand(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer)
    operations.submit_for_review(session, version, actor=people.writer, now=NOW)
    for reader in (people.reviewer, people.second):
        add_review(
            session,
            version,
            checklist=current_checklist(),
            marks=ALL_YES,
            comment="",
            reviewer_id=reader.key,
            now=NOW,
        )
    with pytest.raises(NothingToMend):
        operations.send_back(session, version, note="", actor=people.manager, now=NOW)
    assert [each.version.id for each in board(session).to_decide] == [version.id]
    operations.approve(session, version, actor=people.manager, now=NOW)
    assert version.state is ItemState.APPROVED


# Two at once --------------------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act came to, all begun at one moment in threads of their own."""
    start = threading.Barrier(len(acts))
    ends: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        start.wait()
        try:
            ends[place] = act()
        except Exception as error:
            ends[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def in_transaction(
    database: Database, version_id: uuid.UUID, act: Callable[[Session, ItemVersion], object]
) -> Callable[[], None]:
    """An act on a version in a transaction of its own."""

    def run() -> None:
        with database.transaction() as session:
            version = queries.version_by_public_id(session, version_id)
            assert version is not None
            act(session, version)

    return run


def hand_in(reader: Actor) -> Callable[[Session, ItemVersion], object]:
    return lambda session, version: operations.review_version(session, version, marks=ALL_YES, actor=reader, now=NOW)


def give_word(word: dict[tuple[uuid.UUID, str], Word], manager: Actor) -> Callable[[Session, ItemVersion], object]:
    return lambda session, version: operations.rule(session, version, word, actor=manager, now=NOW)


def test_two_reviewers_who_hand_in_at_once_approve_the_item_together(database: Database) -> None:
    with database.transaction() as session:
        load_pedagogic(session)
        people = cast(session)
        versions = []
        for number in range(1, 4):
            version = new_item(session, people.writer, code=f"UJI-0{number}-1")
            operations.submit_for_review(session, version, actor=people.writer, now=NOW)
            ask(session, version, people.reviewer, people.second)
            versions.append(version.public_id)
    for version_id in versions:
        acts = (in_transaction(database, version_id, hand_in(reader)) for reader in (people.reviewer, people.second))
        assert at_once(*acts) == [None, None]
    with database.reading() as session:
        rows = queries.find_items(session, queries.ItemFilter())
    assert [row.state for row in rows] == [ItemState.APPROVED] * 3


def test_two_managers_who_act_at_once_give_two_reviewers_and_one_word(database: Database) -> None:
    with database.transaction() as session:
        load_pedagogic(session)
        people = cast(session)
        others = [person(session, name, Role.REVIEWER) for name in ("third", "fourth")]
        fresh = new_item(session, people.writer)
        operations.submit_for_review(session, fresh, actor=people.writer, now=NOW)
        disputed = read(session, people, first={"K6": "C panjang."}, second={}, code="UJI-02-1")
        given = [words(disputed, upheld=upheld) for upheld in (True, False)]
    ends = at_once(
        in_transaction(database, fresh.public_id, lambda session, it: ask(session, it, people.reviewer, people.second)),
        in_transaction(database, fresh.public_id, lambda session, it: ask(session, it, *others)),
    )
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "ReviewersComplete"]
    rulings = [in_transaction(database, disputed.public_id, give_word(word, people.manager)) for word in given]
    assert sorted(type(end).__name__ for end in at_once(*rulings)) == ["NoneType", "NotInReview"]
