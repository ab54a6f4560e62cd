"""The pages of the coverage: from an empty cell to a writing task in two presses, and how the campaign goes."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from itembank.model import Indicator, WritingTask
from registry.roles import Role
from testing_platform.database import Database
from tests.store.bank_builder import PEDAGOGIC, load_pedagogic, new_item
from tests.web.conftest import Browser, Cast

MAP = f"/kisi-kisi/{PEDAGOGIC}/peta"


@pytest.fixture(autouse=True)
def _bank(web_database: Database) -> None:
    with web_database.transaction() as session:
        load_pedagogic(session)


@pytest.fixture
def manager(cast: Cast) -> Browser:
    return cast[Role.BANK_MANAGER]


def cell_of(database: Database, code: str) -> str:
    with database.reading() as session:
        return f"/kisi-kisi/sel/{session.scalars(select(Indicator.public_id).where(Indicator.code == code)).one()}"


def fields_of(page: str) -> dict[str, str]:
    """The form of a task as the page proposes it."""
    chosen = re.search(r'<option value="([^"]+)" selected>', page)
    due, number = (
        re.search(r'name="due"[^>]*value="([^"]+)"', page),
        re.search(r'name="n_items"[^>]*value="(\d+)"', page),
    )
    assert chosen
    assert due
    assert number
    return {"assignee": chosen[1], "due": due[1], "n_items": number[1]}


def test_an_empty_cell_becomes_a_task_in_two_presses(cast: Cast, manager: Browser, web_database: Database) -> None:
    writer = cast[Role.ITEM_WRITER]
    cell = cell_of(web_database, "P03")
    assert f'href="{cell}#tugas"' in manager.get(MAP).text
    fields = fields_of(manager.get(cell).text)
    answer = manager.submit(cell.replace("/kisi-kisi/sel/", "/kisi-kisi/tugas/untuk/"), fields)
    assert (answer.status_code, answer.location) == (302, cell)
    assert "item_writer 1" in manager.get(MAP).text
    with web_database.reading() as session:
        (task,) = session.scalars(select(WritingTask))
        assert (task.indicator.code, task.n_items) == ("P03", 3)
        assert writer.actor is not None
        assert task.assignee_id == writer.actor.key


def test_what_is_written_stands_in_its_column(cast: Cast, manager: Browser, web_database: Database) -> None:
    writer = cast[Role.ITEM_WRITER].actor
    assert writer is not None
    with web_database.transaction() as session:
        new_item(session, writer, indicator="P02")
    page = manager.get(MAP).text
    assert re.search(r'class="heat heat-2" href="[^"]+" aria-label="P02, Sedang ditulis: 1">1<', page)
    assert re.search(r'class="heat heat-0" href="[^"]+" aria-label="P02, Disetujui: 0">0<', page)
    bloom = manager.get(MAP, query_string={"tampilan": "bloom", "tahap": "written"}).text
    assert re.search(r'aria-label="P1.2, C3: 1 [^"]*">1<', bloom)
    for narrowing, left_out in (({"kompetensi": "P1.2"}, "P06"), ({"tingkat": "C3"}, "P01")):  # P06 is of C3 too
        narrowed = manager.get(MAP, query_string=narrowing).text
        assert "P02" in narrowed
        assert left_out not in narrowed
    assert "UJI-01-1" in manager.get(cell_of(web_database, "P02")).text


@pytest.mark.parametrize(
    ("field", "value"),
    [("due", "kapan-kapan"), ("due", "2020-01-01"), ("n_items", "0"), ("n_items", "9" * 30), ("assignee", "x")],
)
def test_a_senseless_task_comes_back_with_its_words(
    cast: Cast, manager: Browser, web_database: Database, field: str, value: str
) -> None:
    assert cast[Role.ITEM_WRITER]
    cell = cell_of(web_database, "P03")
    fields = fields_of(manager.get(cell).text) | {"note": "Pakai tabel & grafik", field: value}
    answer = manager.submit(cell.replace("/kisi-kisi/sel/", "/kisi-kisi/tugas/untuk/"), fields)
    assert answer.status_code == 422
    assert "Pakai tabel &amp; grafik" in answer.text
    with web_database.reading() as session:
        assert session.scalar(select(WritingTask)) is None


def test_a_task_is_changed_and_taken_back(cast: Cast, manager: Browser, web_database: Database) -> None:
    assert cast[Role.ITEM_WRITER]
    cell = cell_of(web_database, "P03")
    fields = fields_of(manager.get(cell).text)
    manager.submit(cell.replace("/kisi-kisi/sel/", "/kisi-kisi/tugas/untuk/"), fields)
    with web_database.reading() as session:
        task = f"/kisi-kisi/tugas/{session.scalars(select(WritingTask.public_id)).one()}"
    assert "P03" in manager.get(task).text
    assert manager.submit(task, fields | {"n_items": "2"}).status_code == 302
    campaign = manager.get("/kisi-kisi/tugas/", query_string={"kisi": PEDAGOGIC}).text
    assert "0 dari 2 disetujui" in campaign
    assert manager.submit(f"{task}/tarik").status_code == 302
    assert "Ditarik kembali" in manager.get("/kisi-kisi/tugas/", query_string={"kisi": PEDAGOGIC}).text


def test_the_target_of_the_campaign(manager: Browser) -> None:
    target = f"/kisi-kisi/tugas/sasaran/{PEDAGOGIC}"
    assert manager.submit(target, {"target": "0", "target_on": "besok"}).status_code == 422
    assert manager.submit(target, {"target": "5", "target_on": "2027-03-01"}).status_code == 302
    page = manager.get("/kisi-kisi/tugas/", query_string={"kisi": PEDAGOGIC}).text
    assert "0 dari 100" in page
    assert "1 Mar 2027" in page
    assert manager.submit("/kisi-kisi/tugas/sasaran/tidak-ada", {"target": "5"}).status_code == 404


def test_who_may(cast: Cast, web_database: Database) -> None:
    readers = {Role.BANK_MANAGER, Role.PSYCHOMETRICIAN}
    cell = cell_of(web_database, "P01")
    assert cast.who_may("GET", MAP) == readers
    assert cast.who_may("GET", cell) == readers
    assert cast.who_may("GET", "/kisi-kisi/tugas/") == readers
    assert cast.who_may("POST", cell.replace("/kisi-kisi/sel/", "/kisi-kisi/tugas/untuk/")) == {Role.BANK_MANAGER}
    assert cast.who_may("POST", f"/kisi-kisi/tugas/sasaran/{PEDAGOGIC}") == {Role.BANK_MANAGER}


def test_the_file_of_a_version_is_the_shipped_one(manager: Browser, app: Flask) -> None:
    page = manager.get("/kisi-kisi/").text
    version = re.search(r'href="(/kisi-kisi/versi/[0-9a-f-]+)"', page)
    assert version
    text = manager.get(f"{version[1]}/berkas").text
    shipped = Path(app.root_path).parent / "itembank" / "content" / "blueprints" / f"{PEDAGOGIC}.toml"
    words = [line for line in shipped.read_text().splitlines() if line.startswith(("text =", "title ="))]
    assert [line for line in text.splitlines() if line.startswith(("text =", "title ="))] == words
