"""The pages of blueprints: a draft in three ways, its parts, publishing, and the items that wait afterwards."""

import io
import re

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from itembank.model import Indicator
from itembank.plantext import format_blueprint
from itembank.queries import form_specification, plans
from registry.roles import Role
from testing_platform.database import Database
from tests.store.bank_builder import PEDAGOGIC, load_pedagogic, new_item
from tests.web.conftest import Browser, Cast

HEAD = {"title": "Kompetensi Guru Kimia", "subject": "Kimia", "levels": ["SMA", "SMK"], "section": "professional"}


@pytest.fixture(autouse=True)
def _bank(web_database: Database) -> None:
    with web_database.transaction() as session:
        load_pedagogic(session)


@pytest.fixture
def manager(cast: Cast) -> Browser:
    return cast[Role.BANK_MANAGER]


def in_force(database: Database) -> str:
    """The address of the version in force."""
    with database.reading() as session:
        plan = plans.published(session, PEDAGOGIC)
        assert plan is not None
        return f"/kisi-kisi/versi/{plan.public_id}"


def opened(manager: Browser, database: Database) -> str:
    """The address of a draft of the next version."""
    return manager.submit(f"{in_force(database)}/rancangan").location


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def reword(manager: Browser, draft: str, text: str, *, code: str = "P01", **fields: str) -> TestResponse:
    page = manager.get(f"{draft}/bagian/{code}").text
    parent = re.search(r'<option value="([^"]+)" selected>', page)
    assert parent
    typed = {"code": code, "parent": parent[1], "bloom": "C2", "text": text, "seen": hidden(page, "seen")}
    return manager.submit(f"{draft}/bagian/{code}", typed | fields)


def publish(manager: Browser, draft: str, **fields: str) -> TestResponse:
    seen = hidden(manager.get(f"{draft}/terbitkan").text, "seen")
    return manager.submit(f"{draft}/terbitkan", {"seen": seen, **fields})


def test_a_blueprint_is_made_and_published_without_a_file(manager: Browser) -> None:
    answer = manager.submit("/kisi-kisi/baru", {"way": "scratch", "code": "kimia", "n_options": "5", **HEAD})
    draft = answer.location
    assert "Rancangan masih kosong" in manager.get(draft).text
    parts = [
        ("core", "", {"code": "K1", "title": "Menguasai materi kimia", "regulation": "20"}),
        ("competency", "K1", {"code": "K1.1", "title": "Stoikiometri", "weight": "3"}),
        ("indicator", "K1.1", {"code": "K01", "bloom": "C3", "text": "Menghitung massa molar senyawa"}),
    ]
    for kind, parent, typed in parts:
        assert manager.get(f"{draft}/tambah/{kind}", query_string={"induk": parent}).status_code == 200
        assert manager.submit(f"{draft}/tambah/{kind}", {"parent": parent, **typed}).status_code == 302
    assert publish(manager, draft).location == "/kisi-kisi/kimia/peta"
    assert "Menghitung massa molar" in manager.get("/kisi-kisi/kimia/peta").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"way": "scratch", "code": "Kimia!", "n_options": "5", **HEAD}, "huruf kecil"),
        ({"way": "scratch", "code": "kimia", "n_options": "7", **HEAD}, "Pilih 4 atau 5"),
        ({"way": "scratch", "code": PEDAGOGIC, "n_options": "5", **HEAD}, "sudah ada"),
        ({"way": "scratch", "code": "kimia", "n_options": "5", **HEAD, "levels": ["TK"]}, "jenjang"),
        ({"way": "file"}, "Pilih berkas"),
    ],
)
def test_a_senseless_blueprint_comes_back_with_its_words(manager: Browser, fields: dict[str, str], words: str) -> None:
    answer = manager.submit("/kisi-kisi/baru", fields)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_copy_and_a_file_make_drafts(manager: Browser, web_database: Database) -> None:
    with web_database.reading() as session:
        plan = plans.published(session, PEDAGOGIC)
        assert plan is not None
        source, file = str(plan.public_id), format_blueprint(plans.text_of_blueprint(plan))
    copy = {"way": "copy", "source": source, "copy_code": "kimia", "copy_title": "Kimia"}
    assert manager.get(manager.submit("/kisi-kisi/baru", copy).location).text.count("heat-code") == 20
    upload = {"way": "file", "file": (io.BytesIO(file.replace("tes awal", "tes akhir").encode()), "ped.toml")}
    draft = manager.submit("/kisi-kisi/baru", upload).location
    assert "menjadi “Menjelaskan manfaat tes akhir" in manager.get(f"{draft}/terbitkan").text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"code = [", "ped.toml:1"),
        (b'code = "x"\n', "ped.toml"),
        (b"\xff\xfe", "UTF-8"),
        (b"a" * 400_001, "terlalu besar"),
    ],
)
def test_a_file_that_is_none_is_refused(manager: Browser, content: bytes, words: str) -> None:
    answer = manager.submit("/kisi-kisi/baru", {"way": "file", "file": (io.BytesIO(content), "ped.toml")})
    assert answer.status_code == 422
    assert words in answer.text


def test_the_verb_is_judged_at_every_save(manager: Browser, web_database: Database) -> None:
    draft = opened(manager, web_database)
    reword(manager, draft, "Memahami tes awal")
    assert "“memahami” tidak dapat diamati" in manager.get(draft).text
    page = manager.get(f"{draft}/terbitkan").text
    assert "menghalangi penerbitan" in page
    assert manager.submit(f"{draft}/terbitkan", {"seen": "x"}).status_code == 422


def test_a_warning_must_be_read(manager: Browser, web_database: Database) -> None:
    draft = opened(manager, web_database)
    reword(manager, draft, "Memfaktorkan bentuk aljabar")  # a verb that is not on the list
    answer = publish(manager, draft)
    assert answer.status_code == 422
    assert "Bacalah peringatannya" in answer.text
    assert publish(manager, draft, read="1").status_code == 302


def test_two_editors_and_hostile_words(cast: Cast, manager: Browser, web_database: Database) -> None:
    draft = opened(manager, web_database)
    other = cast.another(Role.BANK_MANAGER, number=2)
    assert opened(other, web_database) == draft
    seen = hidden(other.get(f"{draft}/bagian/P01").text, "seen")
    reword(manager, draft, "Menjelaskan <script>alert(1)</script> tes")
    answer = reword(other, draft, "Menjelaskan tes lain", seen=seen)
    assert answer.status_code == 422
    assert "diubah orang lain" in answer.text
    assert "Menjelaskan tes lain" in answer.text  # nothing that was typed is lost
    assert "<script>alert" not in manager.get(draft).text
    for text in ("Menjelaskan \u202etes", "x" * 700, ""):
        answer = reword(manager, draft, text, seen="as it was")
        assert answer.status_code == 422
        assert hidden(answer.text, "seen") == "as it was"  # mending a typing error must not hide what others did


def test_publishing_tells_what_becomes_of_the_items(cast: Cast, manager: Browser, web_database: Database) -> None:
    writer = cast[Role.ITEM_WRITER].actor
    assert writer is not None
    with web_database.transaction() as session:
        stays = new_item(session, writer, code="UJI-01-1", indicator="P01").public_id
        new_item(session, writer, code="UJI-02-1", indicator="P02")
    draft = opened(manager, web_database)
    reword(manager, draft, "Menjelaskan manfaat tes akhir")
    assert "1 soal mengikuti indikatornya" in manager.get(f"{draft}/terbitkan").text
    waiting = publish(manager, draft).location
    assert waiting == f"/kisi-kisi/{PEDAGOGIC}/periksa-ulang"
    page = manager.get(waiting).text
    assert "UJI-01-1" in page
    assert "UJI-02-1" not in page
    assert "Bunyinya diubah dari" in page
    manager.submit(waiting, {"item": str(stays)})
    assert "Tidak ada yang perlu diperiksa ulang" in manager.get(waiting).text
    assert "Bunyinya diubah" in manager.get(f"{in_force(web_database)}/perbedaan").text


def test_an_item_is_moved_to_another_indicator(cast: Cast, manager: Browser, web_database: Database) -> None:
    writer = cast[Role.ITEM_WRITER].actor
    assert writer is not None
    with web_database.transaction() as session:
        version = new_item(session, writer, indicator="P01").public_id
        target = str(session.scalars(select(Indicator.public_id).where(Indicator.code == "P05")).one())
    path = f"/kisi-kisi/pindah-sel/{version}"
    assert manager.submit(path, {"indicator": target, "reason": ""}).status_code == 422
    answer = manager.submit(path, {"indicator": target, "reason": "mengukur kurikulum"})
    assert answer.location == f"/kisi-kisi/sel/{target}"
    assert "UJI-01-1" in manager.get(answer.location).text


def test_parts_are_moved_and_removed_and_a_draft_thrown_away(manager: Browser, web_database: Database) -> None:
    draft = opened(manager, web_database)
    assert manager.submit(f"{draft}/bagian/P2/geser", {"arah": "naik"}).location == f"{draft}#P2"
    page = manager.get(draft).text
    assert page.index('id="P2"') < page.index('id="P1"')
    assert manager.submit(f"{draft}/bagian/P01/hapus").location == draft
    assert 'id="P01"' not in manager.get(draft).text
    assert manager.submit(f"{draft}/buang").location == "/kisi-kisi/"
    assert manager.get(draft).status_code == 404
    fixed = in_force(web_database)
    assert manager.submit(f"{fixed}/bagian/P01/hapus").location == fixed
    assert 'id="P01"' in manager.get(fixed).text
    # Of two who publish one draft, the second is shown what the first one did.
    for answer in (manager.get(f"{fixed}/bagian/P01"), manager.submit(f"{fixed}/terbitkan", {"seen": ""})):
        assert answer.location == fixed
    assert manager.get(fixed).text.count("tp-notice-bad") == 2


def test_the_head_is_changed(manager: Browser, web_database: Database) -> None:
    draft = opened(manager, web_database)
    seen = hidden(manager.get(f"{draft}/kepala").text, "seen")
    assert manager.submit(f"{draft}/kepala", {"n_options": "5", "seen": "x", **HEAD}).status_code == 422
    assert manager.submit(f"{draft}/kepala", {"n_options": "5", "seen": seen, **HEAD}).location == draft
    assert "Kompetensi Guru Kimia" in manager.get(draft).text


def test_who_may(cast: Cast, web_database: Database) -> None:
    editors, readers = {Role.BANK_MANAGER}, {Role.BANK_MANAGER, Role.PSYCHOMETRICIAN}
    fixed = in_force(web_database)
    for path in ("/kisi-kisi/", fixed, f"{fixed}/berkas", f"{fixed}/perbedaan"):
        assert cast.who_may("GET", path) == readers
    for path in ("/kisi-kisi/baru", f"{fixed}/terbitkan", f"/kisi-kisi/{PEDAGOGIC}/periksa-ulang"):
        assert cast.who_may("GET", path) == editors
    for path in (f"{fixed}/rancangan", f"{fixed}/buang", f"{fixed}/bagian/P01/hapus"):
        assert cast.who_may("POST", path) == editors


def test_forms_are_planned_by_the_weights(manager: Browser, web_database: Database) -> None:
    path = f"/kisi-kisi/{PEDAGOGIC}/spesifikasi"
    typed = {"code": "ped-10", "title": "Tes pendek", "n_items": "10", "duration_minutes": "30", "cut": "75"}
    assert "Belum ada spesifikasi" in manager.get(path).text
    assert "10 soal menurut bobot" in manager.get(path, query_string={"n_items": "10"}).text
    assert manager.submit(path, typed | {"n_items": "0"}).status_code == 422
    assert "merencanakan paling banyak" in manager.submit(path, typed | {"n_items": "200"}).text
    assert manager.submit(path, typed).location == path
    page = manager.get(path).text
    assert "soal di bank belum cukup" in page
    assert "/kisi-kisi/spesifikasi/ped-10" in page
    assert "sudah ada" in manager.submit(path, typed).text
    with web_database.reading() as session:
        found = form_specification(session, "ped-10")
        assert found is not None
        assert sum(found.sections[0]["allocation"].values()) == 10
        assert (found.key_position_min, found.key_position_max) == (2, 3)
