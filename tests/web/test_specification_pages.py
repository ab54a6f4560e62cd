"""The pages of specifications of forms: seen whole, changed edition by edition, and refused with all that was typed."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from exam.model import Purpose
from exam.operations.forms import create_administration
from itembank.model import FormSpecification
from itembank.queries import form_specification
from registry.actor import SYSTEM
from registry.roles import Role
from testing_platform.database import Database
from tests.conftest import NOW
from tests.web.bank_pages import seeded
from tests.web.conftest import Browser, Cast

PATH = "/kisi-kisi/spesifikasi/pedagogik-20"
PEDAGOGIC, PHYSICS = "matematika-pedagogik", "fisika-profesional"


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds the shipped bank: every test of this file copies it."""
    return seeded(sqlite_template, tmp_path_factory.mktemp("shipped"))


@pytest.fixture
def manager(cast: Cast) -> Browser:
    return cast[Role.BANK_MANAGER]


def fields_of(page: str) -> MultiDict[str, str]:
    """The fields of the form for the next edition, as a browser would send them."""
    fields: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input[^>]*>", page.partition("data-specification")[2].partition("</form>")[0]):
        shown = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_ticked = shown["type"] not in {"radio", "checkbox"} or " checked" in tag
        if is_ticked and shown["name"] != "csrf_token":
            fields.add(shown["name"], shown["value"])
    return fields


def opened(browser: Browser, path: str = PATH) -> MultiDict[str, str]:
    return fields_of(browser.get(f"{path}/ubah").text)


def sent(browser: Browser, fields: Mapping[str, str], path: str = PATH, **changed: str) -> TestResponse:
    data = MultiDict(fields)
    for name, value in {"csrf_token": browser.csrf_token(), **changed}.items():
        data[name] = value
    return browser.post(f"{path}/ubah", data=data)


def newest(database: Database, code: str = "pedagogik-20") -> FormSpecification:
    with database.reading() as session:
        found = form_specification(session, code)
        assert found is not None
        session.expunge(found)
        return found


def exact(fields: MultiDict[str, str]) -> MultiDict[str, str]:
    """The same with a number for each competency."""
    fields[f"way:{PEDAGOGIC}"] = "allocation"
    return fields


def test_a_specification_is_seen_whole(manager: Browser) -> None:
    assert PATH in manager.get("/kisi-kisi/spesifikasi/").text
    page = manager.get(PATH).text
    for words in ("P9.4", "Sama banyak dari setiap indikator", "4–6", "Belum ada paket", "soal siap pakai belum cukup"):
        assert words in page
    assert manager.get("/kisi-kisi/spesifikasi/tidak-ada").status_code == 404
    assert manager.get(f"{PATH}/edisi/9").status_code == 404


def test_who_may(cast: Cast) -> None:
    assert cast.who_may("GET", PATH) == {Role.BANK_MANAGER, Role.PSYCHOMETRICIAN}
    assert cast.who_may("GET", "/kisi-kisi/spesifikasi/") == {Role.BANK_MANAGER, Role.PSYCHOMETRICIAN}
    assert cast.who_may("GET", f"{PATH}/ubah") == {Role.BANK_MANAGER}
    assert cast.who_may("POST", f"{PATH}/ubah") == {Role.BANK_MANAGER}


def test_numbers_title_minutes_and_cut_become_the_next_edition(manager: Browser, web_database: Database) -> None:
    fields = exact(opened(manager))
    assert fields[f"n:{PEDAGOGIC}:P1.1"] == "1"  # what the way before came to
    fields[f"n:{PEDAGOGIC}:P1.1"] = "3"
    answer = sent(manager, fields, title="Tes Pedagogik Singkat", duration_minutes="45", cut="70")
    assert answer.location == PATH
    found = newest(web_database)
    assert (found.edition, found.n_items, found.duration_minutes, found.pass_percent) == (2, 22, 45, 70)
    page = manager.get(PATH).text
    assert "Batas lulus dari 75 menjadi 70" in page
    assert "bank_manager 1" in page
    assert "Tes Kompetensi Pedagogik" in manager.get(f"{PATH}/edisi/1").text


def test_a_section_of_another_blueprint_is_added_and_removed(manager: Browser, web_database: Database) -> None:
    page = sent(manager, opened(manager), act="add", add=PHYSICS)
    assert page.status_code == 200
    assert "Kompetensi Profesional Guru Fisika" in page.text
    assert newest(web_database).edition == 1
    fields = fields_of(page.text)
    assert fields.getlist("section") == [PEDAGOGIC, PHYSICS]
    spread = fields_of(sent(manager, fields, act=f"spread:{PHYSICS}", **{f"total:{PHYSICS}": "10"}).text)
    numbers = [int(value) for name, value in spread.items() if name.startswith(f"n:{PHYSICS}:")]
    assert sum(numbers) == 10
    assert sent(manager, spread, short_ok="1", act="save").location == PATH
    assert [section["code"] for section in newest(web_database).sections] == ["pedagogic", "professional"]
    assert fields_of(sent(manager, opened(manager), act=f"up:{PEDAGOGIC}").text).getlist("section") == [
        PEDAGOGIC,
        PHYSICS,
    ]
    turned = fields_of(sent(manager, opened(manager), act=f"up:{PHYSICS}").text)
    assert turned.getlist("section") == [PHYSICS, PEDAGOGIC]
    assert sent(manager, turned, short_ok="1").location == PATH
    assert f"Urutan bagian: {PHYSICS}, {PEDAGOGIC}" in manager.get(PATH).text
    without = fields_of(sent(manager, opened(manager), act=f"remove:{PEDAGOGIC}").text)
    assert without.getlist("section") == [PHYSICS]
    assert sent(manager, without, short_ok="1").location == PATH
    assert [section["blueprint"] for section in newest(web_database).sections] == [PHYSICS]


def test_too_few_items_are_told_before_anything_is_saved(manager: Browser, web_database: Database) -> None:
    fields = fields_of(sent(manager, opened(manager), act="add", add=PHYSICS).text)
    fields[f"way:{PHYSICS}"] = "per_indicator"
    refused = sent(manager, fields)
    assert refused.status_code == 422
    assert "perlu 1, tersedia 0" in refused.text
    assert newest(web_database).edition == 1
    assert fields_of(refused.text)[f"way:{PHYSICS}"] == "per_indicator"
    assert sent(manager, fields, short_ok="1").location == PATH


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("title", "", "Tulis 1 sampai 300"),
        ("title", "Tes \u202epalsu", "Tulis 1 sampai 300"),
        ("cut", "0", "bilangan bulat dari 1 sampai 100"),
        ("cut", "101", "bilangan bulat dari 1 sampai 100"),
        ("duration_minutes", "dua jam", "bilangan bulat dari 1 sampai 600"),
        (f"n:{PEDAGOGIC}:P1.1", "-1", "P1.1: isi bilangan bulat dari 0 sampai 200"),
        (f"n:{PEDAGOGIC}:P1.1", "9", "P1.1 diminta 9 soal"),
        (f"n:{PEDAGOGIC}:X1", "1", "tidak memuat kompetensi X1"),
    ],
)
def test_what_cannot_be_comes_back_as_it_was_typed(
    manager: Browser, web_database: Database, name: str, value: str, words: str
) -> None:
    refused = sent(manager, exact(opened(manager)), **{"duration_minutes": "61", name: value})
    assert refused.status_code == 422
    assert words in refused.text
    typed = fields_of(refused.text)
    assert typed.get(name, value) == value
    assert typed["duration_minutes"] == ("dua jam" if name == "duration_minutes" else "61")
    assert newest(web_database).edition == 1


def test_a_section_without_items_and_a_form_without_sections(manager: Browser) -> None:
    fields = exact(opened(manager))
    for name in [name for name in fields if name.startswith("n:")]:
        fields[name] = ""
    assert "tidak mengambil soal" in sent(manager, fields).text
    fields.poplist("section")
    assert sent(manager, fields, act=f"up:{PEDAGOGIC}").status_code == 200
    refused = sent(manager, fields)
    assert refused.status_code == 422
    assert "paling sedikit satu bagian" in refused.text


@pytest.mark.parametrize(("code", "words"), [("kimia", "Pilih kisi-kisi"), (PEDAGOGIC, "sudah menjadi bagian")])
def test_no_section_from_an_unknown_blueprint_or_the_same_again(manager: Browser, code: str, words: str) -> None:
    refused = sent(manager, opened(manager), act="add", add=code)
    assert refused.status_code == 422
    assert words in refused.text
    assert fields_of(refused.text).getlist("section") == [PEDAGOGIC]


def test_a_specification_that_no_longer_fits_can_be_seen_and_mended(manager: Browser, web_database: Database) -> None:
    sections = [
        {"code": "pedagogic", "blueprint": PEDAGOGIC, "n_items": 5, "allocation": {"P1.1": 2, "P0.9": 3}},
        {"code": "professional", "blueprint": "kimia", "n_items": 5, "per_indicator": 1},
    ]
    numbers = {"n_items": 10, "pass_percent": 75, "duration_minutes": 60, "key_position_min": 2, "key_position_max": 3}
    with web_database.transaction() as session:
        session.add(FormSpecification(code="lama", title="Tes lama", sections=sections, **numbers))
    path = "/kisi-kisi/spesifikasi/lama"
    assert "tidak cocok dengan kisi-kisinya" in manager.get("/kisi-kisi/spesifikasi/").text
    for page in (manager.get(path), manager.get(f"{path}/ubah")):
        assert "tidak lagi memuat P0.9" in page.text
        assert "Kisi-kisi ini tidak berlaku" in page.text
    refused = sent(manager, opened(manager, path), path)
    assert refused.status_code == 422
    assert "Tidak ada kisi-kisi kimia yang berlaku" in refused.text
    mended = fields_of(sent(manager, fields_of(refused.text), path, act="remove:kimia").text)
    assert sent(manager, mended, path).location == path
    assert newest(web_database, "lama").sections[0]["allocation"] == {"P1.1": 2}


def test_the_same_again_is_refused(manager: Browser) -> None:
    assert "Tidak ada yang berbeda dari edisi 1" in sent(manager, opened(manager)).text


def test_of_two_editors_the_second_reads_what_the_first_changed(
    cast: Cast, manager: Browser, web_database: Database
) -> None:
    other = cast.another(Role.BANK_MANAGER, number=2)
    mine, theirs = opened(manager), opened(other)
    assert sent(other, theirs, cut="60").status_code == 302
    refused = sent(manager, mine, title="Judul saya")
    assert refused.status_code == 422
    assert newest(web_database).edition == 2
    for words in ("Orang lain sudah menyimpan edisi 2", "Batas lulus dari 75 menjadi 60", "bank_manager 2"):
        assert words in refused.text
    again = fields_of(refused.text)
    assert (again["title"], again["cut"]) == ("Judul saya", "75")
    assert sent(manager, again).location == PATH
    assert (newest(web_database).edition, newest(web_database).title) == (3, "Judul saya")


def test_forms_keep_the_edition_by_which_they_were_sealed(manager: Browser, web_database: Database) -> None:
    with web_database.transaction() as session:
        made = create_administration(
            session, code="U", title="Uji", purpose=Purpose.TRYOUT, actor=SYSTEM, now=NOW
        ).public_id
    asked = {"administration": str(made), "specification": "pedagogik-20", "title": "Paket", "seed": "1"}
    form = manager.submit("/paket/baru", {**asked, "code": "A"}).location
    assert "1 paket sudah disegel" in manager.get(f"{PATH}/ubah").text
    assert sent(manager, exact(opened(manager)), title="Judul baru").status_code == 302
    assert "Tes Kompetensi Pedagogik Guru Matematika" in manager.get(form).text
    later = manager.submit("/paket/baru", {**asked, "code": "B"}).location
    assert "Judul baru" in manager.get(later).text
    page = manager.get(PATH).text
    assert form in page
    assert later in page
