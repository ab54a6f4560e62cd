"""Items are found by their words in both databases, and the index follows what writers write."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank import operations, search_index
from itembank.searching import Search
from tests.conftest import NOW
from tests.store.bank_builder import Cast, cast, draft, load_pedagogic, new_item


@pytest.fixture
def people(session: Session) -> Cast:
    load_pedagogic(session)
    return cast(session)


def found(session: Session, typed: str) -> set[int]:
    return set(session.scalars(select(search_index.hits(session, Search.parse(typed)).c.version_id)))


def test_a_word_finds_its_forms_and_what_begins_with_it(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer, content=draft("Guru menghitung luas segitiga."))
    other = new_item(session, people.writer, code="UJI-02-1", content=draft("Guru membaca cerita di kelas."))
    assert found(session, "hitung") == {version.id}
    assert found(session, "penghitung segi") == {version.id}
    assert found(session, "guru") == {version.id, other.id}
    assert found(session, '"luas segitiga"') == {version.id}
    assert found(session, '"segitiga luas"') == set()
    assert found(session, "UJI-02") == {other.id}
    assert found(session, "penyebut") == {version.id, other.id}, "the explanation counts as well"


def test_the_index_follows_the_draft(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer, content=draft("Tentang persegi."))
    operations.write_draft(session, version, draft("Tentang trapesium."), actor=people.writer, now=NOW)
    assert found(session, "persegi") == set()
    assert found(session, "trapesium") == {version.id}


def test_a_bank_from_before_the_index_is_read(session: Session, people: Cast) -> None:
    version = new_item(session, people.writer, content=draft("Tentang persegi."))
    search_index.remove(session.connection())
    search_index.install(session.connection())
    assert found(session, "persegi") == set()
    search_index.fill(session.connection())
    assert found(session, "persegi") == {version.id}


@pytest.mark.parametrize("typed", ["x' OR '1'='1", "NEAR(a b)", "stem:persegi*", "a & ! b <-> c", "\\", "%_ a"])
def test_no_syntax_is_understood(session: Session, people: Cast, typed: str) -> None:
    new_item(session, people.writer, content=draft("Tentang persegi."))
    search = Search.parse(typed)
    assert not search or found(session, typed) == set()


def test_the_better_hit_comes_first(session: Session, people: Cast) -> None:
    in_explanation = new_item(session, people.writer, content=draft("Tentang persegi."))
    in_stem = new_item(session, people.writer, code="UJI-02-1", content=draft("Samakan penyebut pecahan."))
    hits = search_index.hits(session, Search.parse("penyebut"))
    assert list(session.scalars(select(hits.c.version_id).order_by(hits.c.rank))) == [in_stem.id, in_explanation.id]
