"""The writer's desk: from a task to the reviewers, and nobody sees what others write."""

import json
import uuid
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from itembank import operations
from itembank.model import ItemVersion
from itembank.operations.writing import note_author
from itembank.states import ItemState
from registry.model import AuditEvent
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.wiring import utc_now
from tests.store.bank_builder import drawing
from tests.web.authoring_desk import GOOD, begun_item, given_task, hidden, typed
from tests.web.conftest import Browser, Cast


@pytest.fixture
def cell(cast: Cast, web_database: Database) -> uuid.UUID:
    """An indicator that the first writer has a task for."""
    return given_task(cast, web_database)


@pytest.fixture
def page(cast: Cast, cell: uuid.UUID) -> str:
    """The editor of an item that the first writer began."""
    return begun_item(cast, cell)


def shared(cast: Cast, database: Database) -> Browser:
    """A colleague who writes on the item too."""
    colleague = cast.another(Role.ITEM_WRITER, number=2)
    assert colleague.actor
    with database.transaction() as session:
        version = session.scalars(select(ItemVersion)).one()
        note_author(session, version.item, colleague.actor.key, by=colleague.actor.key, now=utc_now())
    return colleague


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
    shown = writer.get(page).text
    assert "Samakan penyebutnya" in shown
    assert 'name="stem"' not in shown


def test_the_desk_is_for_writers_and_managers(cast: Cast, page: str) -> None:
    for path in ("/menulis/", page, f"{page}/ketikan", f"{page}/layar"):
        assert cast.who_may("GET", path) == {Role.ITEM_WRITER, Role.BANK_MANAGER}


def test_another_writer_meets_none_of_it(cast: Cast, page: str) -> None:
    """The address of somebody else's item is the address of nothing."""
    stranger = cast.another(Role.ITEM_WRITER, number=2)
    assert "MAT-PED-07" not in stranger.get("/menulis/").text
    for path in (page, f"{page}/ketikan", f"{page}/layar"):
        assert stranger.get(path).status_code == 404
    for path in (page, f"{page}/ketikan", f"{page}/gabung", f"{page}/gabung/pilih"):
        assert stranger.submit(path, GOOD).status_code == 404
    assert stranger.submit(f"{page}/gambar", {"alt": "Garis", **_file()}).status_code == 404
    assert stranger.get("/bank/").status_code == 403


def test_what_is_typed_comes_back_drawn_and_is_there_again_later(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    answer = json.loads(typed(writer, page, stem="Siswa menghitung $\\frac{1}{2}$", key="").text)
    assert "<mfrac>" in answer["preview"]["html"]
    assert answer["missing"] == ["Kunci"]
    (remark,) = [each for each in answer["remarks"] if "<mark>Siswa</mark>" in each["excerpt"]]
    assert (remark["part"], remark["start"], remark["end"]) == ("stem", 0, 5)
    assert "Siswa menghitung" in writer.get(page).text
    assert "Siswa menghitung" in writer.get("/menulis/").text


def test_a_part_that_cannot_be_drawn_is_told_with_its_place(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    answer = json.loads(typed(writer, page, rationale="Baris satu\nlalu $\\frac{1}$ ini").text)
    (remark,) = [each for each in answer["remarks"] if each["part"] == "rationale"]
    assert (remark["look"], remark["start"], remark["end"]) == ("bad", 17, 25)
    assert "<mfrac>" in answer["preview"]["html"]
    saved = writer.submit(page, {**GOOD, **hidden(writer, page), "rationale": "lalu $\\frac{1}$", "act": "save"})
    assert saved.status_code == 422
    assert "lalu $\\frac{1}$" in saved.text


def test_two_windows_of_one_writer_choose_between_both_texts(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    opened = hidden(writer, page)
    typed(writer, page, stem="Pokok dari jendela kedua $1$?")
    refused = writer.submit(f"{page}/ketikan", {**GOOD, **opened})
    assert (refused.status_code, json.loads(refused.text)["code"]) == (409, "typed-elsewhere")
    both = writer.submit(page, {**GOOD, **opened, "act": "save"})
    assert both.status_code == 409
    assert all(words in both.text for words in ("jendela kedua", "Berapa hasil"))
    here = {**hidden(writer, page), "with": "window"}
    open_still = writer.submit(f"{page}/gabung/pilih", {**GOOD, **here})
    assert open_still.status_code == 422
    chosen = writer.submit(f"{page}/gabung/pilih", {**GOOD, **here, "choice-stem": "both"})
    assert chosen.status_code == 302
    text = writer.get(page).text
    assert all(words in text for words in ("jendela kedua", "Berapa hasil"))


def test_two_people_who_save_one_draft_choose_between_both_texts(cast: Cast, page: str, web_database: Database) -> None:
    first, second = cast[Role.ITEM_WRITER], shared(cast, web_database)
    typed(second, page, stem="Pokok dari rekan: berapa $1 + 1$?")
    assert first.submit(page, {**GOOD, **hidden(first, page), "act": "save"}).status_code == 302
    told = json.loads(typed(second, page, stem="Pokok dari rekan: berapa $1 + 1$?").text)
    assert (told["is_overtaken"], told["saved_by"], [each["name"] for each in told["others"]]) == (
        True,
        first.actor and first.actor.name,
        [first.actor and first.actor.name],
    )
    theirs = {**GOOD, "stem": "Pokok dari rekan: berapa $1 + 1$?"}
    both = second.submit(page, {**theirs, **hidden(second, page), "act": "save"})
    assert both.status_code == 409
    with web_database.reading() as session:
        version = session.scalars(select(ItemVersion)).one()
        assert version.stem == GOOD["stem"]
        stand = {"counter": hidden(second, page)["counter"], "based_on": version.content_digest.hex()}
    chosen = {**theirs, **stand, "with": "draft", "choice-stem": "mine"}
    assert second.submit(f"{page}/gabung/pilih", chosen).status_code == 302
    assert second.submit(page, {**theirs, **hidden(second, page), "act": "save"}).status_code == 302
    with web_database.reading() as session:
        assert session.scalars(select(ItemVersion)).one().stem == theirs["stem"]


def test_a_picture_needs_words_and_stands_in_the_preview(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    assert writer.submit(f"{page}/gambar", {"alt": " ", **_file(), **hidden(writer, page)}).status_code == 409
    answer = json.loads(writer.submit(f"{page}/gambar", {"alt": "Garis [a]", **_file(), **hidden(writer, page)}).text)
    assert answer["text"] == f"![Garis (a)](figures/garis-{drawing().sha256[:8]}.svg)"
    shown = json.loads(typed(writer, page, stem=answer["text"]).text)["preview"]
    assert f'data-media="{drawing().sha256}"' in shown["html"]
    assert writer.get(shown["pictures"][drawing().sha256]).mimetype == "image/svg+xml"
    assert cast.another(Role.ITEM_WRITER, number=2).get(shown["pictures"][drawing().sha256]).status_code == 404


def test_a_picture_comes_in_without_script_too(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    fields = {**GOOD, **hidden(writer, page), "act": "picture", "alt": "Garis", **_file()}
    assert writer.submit(page, fields).status_code == 302
    assert f"![Garis](figures/garis-{drawing().sha256[:8]}.svg)" in writer.get(page).text


def test_of_two_who_change_a_passage_the_second_keeps_the_words(cast: Cast) -> None:
    writer = cast[Role.ITEM_WRITER]
    made = str(writer.submit("/menulis/wacana/", {"name": "Nilai VIII", "source": "Nilai Sari 8."}).location)
    newer = str(writer.submit(made, {"source": "Nilai Sari 9."}).location)
    late = writer.submit(made, {"source": "Nilai Sari 8 dan nilai Budi 7."})
    assert late.status_code == 422
    assert "Nilai Sari 8 dan nilai Budi 7." in late.text
    assert f'action="{newer}"' in late.text, "what is sent again goes on from the newer text"
    assert f'href="{newer}"' in late.text


def test_the_page_of_the_bank_hands_in_nothing_twice_either(
    cast: Cast, cell: uuid.UUID, page: str, web_database: Database
) -> None:
    writer, manager = cast[Role.ITEM_WRITER], cast[Role.BANK_MANAGER]
    writer.submit(page, {**GOOD, **hidden(writer, page), "act": "hand-in"})
    copy = begun_item(cast, cell)
    writer.submit(copy, {**GOOD, **hidden(writer, copy), "act": "save"})
    manager.submit(f"/bank/soal/{copy.rsplit('/', 1)[1]}/pindah", {"to": "in_review"})
    with web_database.reading() as session:
        states = session.scalars(select(ItemVersion.state).order_by(ItemVersion.id)).all()
    assert states == [ItemState.IN_REVIEW, ItemState.DRAFT]


def test_a_new_version_shows_what_to_mend_and_what_changed(cast: Cast, page: str, web_database: Database) -> None:
    writer, manager = cast[Role.ITEM_WRITER], cast[Role.BANK_MANAGER].actor
    assert manager is not None
    writer.submit(page, {**GOOD, **hidden(writer, page), "act": "hand-in"})
    with web_database.transaction() as session:
        version = session.scalars(select(ItemVersion)).one()
        again = operations.send_to_revision(
            session, version, reason="Perjelas pokok soalnya.", actor=manager, now=utc_now()
        )
        newer = f"/menulis/{again.public_id}"
    assert "Perjelas pokok soalnya." in writer.get(newer).text
    assert "Dikembalikan untuk diperbaiki" in writer.get("/menulis/").text
    changed = {**GOOD, "stem": "Tentukan hasil $\\frac{1}{2} + \\frac{1}{4}$!", "key": "D"}
    assert writer.submit(newer, {**changed, **hidden(writer, newer), "act": "save"}).status_code == 302
    text = writer.get(f"{newer}/versi").text
    assert "<del>Berapa </del><ins>Tentukan </ins>hasil" in text
    assert "<del>C</del><ins>D</ins>" in text
    assert "Pembahasan</h2>" not in text
    assert newer in writer.get(page).text


def test_people_who_write_on_an_item_talk_about_it(cast: Cast, page: str, web_database: Database) -> None:
    writer, colleague = cast[Role.ITEM_WRITER], cast.another(Role.ITEM_WRITER, number=2)
    assert colleague.actor is not None
    assert colleague.actor.name in writer.get(page).text
    assert writer.submit(f"{page}/rekan", {"colleague": str(colleague.actor.public_id)}).status_code == 302
    assert page in colleague.get("/menulis/").text
    assert colleague.submit(f"{page}/komentar", {"comment": "Pengecohnya lemah.", "part": "A"}).status_code == 302
    assert "Pengecohnya lemah." in writer.get(page).text
    assert "Pengecohnya lemah." in cast[Role.BANK_MANAGER].get(page).text
    with web_database.reading() as session:
        assert {event.action for event in session.scalars(select(AuditEvent))} >= {"item.share", "item.comment"}


def test_back_to_the_saved_draft(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    writer.submit(page, {**GOOD, **hidden(writer, page), "act": "save"})
    typed(writer, page, stem="Bukan ini")
    assert writer.submit(f"{page}/buang", hidden(writer, page)).status_code == 302
    assert "Bukan ini" not in writer.get(page).text


def test_a_passage_is_written_chosen_and_changed(cast: Cast, page: str) -> None:
    writer = cast[Role.ITEM_WRITER]
    refused = writer.submit("/menulis/wacana/", {"name": "Nilai VIII", "source": "Lalu $\\frac{1}$"})
    assert refused.status_code == 422
    assert "Lalu $\\frac{1}$" in refused.text
    made = str(writer.submit("/menulis/wacana/", {"name": "Nilai VIII", "source": "Nilai Sari 8."}).location)
    assert "Nilai VIII" in writer.get(page).text
    answer = json.loads(typed(writer, page, passage=made.rpartition("/")[2]).text)
    assert answer["preview"]["html"].startswith("<blockquote><p>Nilai Sari 8.</p></blockquote>")
    newer = str(writer.submit(made, {"source": "Nilai Sari 9."}).location)
    assert newer != made
    assert writer.submit(made, {"source": "Nilai Sari 10."}).status_code == 422
    stranger = cast.another(Role.ITEM_WRITER, number=2)
    assert stranger.get(made).status_code == 404
    assert "Nilai VIII" not in stranger.get("/menulis/wacana/").text


def _file() -> dict[str, Any]:
    return {"picture": (BytesIO(drawing().data), "garis.svg")}
