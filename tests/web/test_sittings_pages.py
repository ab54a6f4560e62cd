"""The pages of sittings: who may see them, planning, rosters whole or refused with every problem, cards as PDF."""

import io
import re
import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam.model import Enrolment, Sitting
from exam.queries.enrolled import enrolled
from exam.roster import parse_roster
from exam.states import SittingState
from registry.model import TimeZone
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.sheet_texts import MOST_PROBLEMS_SHOWN
from testing_platform.web import sittings
from testing_platform.web.sitting_words import local_instant
from testing_platform.wiring import utc_now
from tests.web.conftest import Browser, Cast
from tests.web.sitting_scenes import Scene, in_english, make_scene, seat_somebody, work

MAKASSAR = ZoneInfo("Asia/Makassar")
HEAD = "nuptk,nama,jenjang,mapel,sekolah,kursi,tambahan_menit"
SITI = "1234567890123456,Siti Contoh,SMP,Matematika,SMP Negeri 1,1,0"
BUDI = "6543210987654321,Budi Contoh,SMA,Matematika,SMA Negeri 2,2,30"


@pytest.fixture
def scene(cast: Cast, web_database: Database) -> Scene:
    """A planned sitting at a site in the zone WITA."""
    return make_scene(cast, web_database, state=SittingState.PLANNED)


@pytest.fixture
def manager(cast: Cast) -> Browser:
    """A bank manager who reads English."""
    return in_english(cast[Role.BANK_MANAGER])


def _times(*, hours: float = 24, length: float = 3) -> dict[str, str]:
    begins = utc_now().astimezone(MAKASSAR) + timedelta(hours=hours)
    ends = begins + timedelta(hours=length)
    return {"opens": begins.strftime("%Y-%m-%dT%H:%M"), "closes": ends.strftime("%Y-%m-%dT%H:%M")}


def _plan(scene: Scene, **changed: str) -> dict[str, str]:
    chosen = {"form": str(scene.form.public_id), "site": str(scene.site.public_id)}
    return {**chosen, "title": "Sesi 7", "room": "Lab 9", "duration": "120", **_times(), **changed}


def _send(browser: Browser, scene: Scene, content: bytes, name: str = "daftar.csv") -> TestResponse:
    return browser.submit(f"{scene.page}/peserta", {"roster": (io.BytesIO(content), name)})


def _csv(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


def _people(database: Database, scene: Scene) -> list[tuple[str, int, int]]:
    with database.reading() as session:
        return [(row.name, row.seat, row.extra_minutes) for row in enrolled(session, scene.sitting)]


ROUTES = [
    ("GET", ""),
    ("GET", "baru"),
    ("POST", "baru"),
    ("GET", "contoh-daftar-peserta.csv"),
    ("GET", "{sitting}"),
    ("GET", "{sitting}/peserta"),
    ("POST", "{sitting}/peserta"),
    ("GET", "{sitting}/peserta.csv"),
    ("GET", "{sitting}/kartu"),
    ("POST", "{sitting}/kartu"),
    ("GET", "{sitting}/kartu/keadaan"),
    ("GET", "{sitting}/peserta/00000000-0000-4000-8000-000000000000/penyesuaian"),
    ("POST", "{sitting}/peserta/00000000-0000-4000-8000-000000000000/penyesuaian"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_bank_managers_alone_plan_sittings(cast: Cast, scene: Scene, method: str, path: str) -> None:
    address = "/sesi/" + path.format(sitting=scene.sitting.public_id)
    assert cast.who_may(method, address) == {Role.BANK_MANAGER}


def test_a_sitting_that_does_not_exist_is_not_found(manager: Browser) -> None:
    assert manager.get(f"/sesi/{uuid.uuid4()}").status_code == 404


def test_a_form_without_its_token_does_nothing(manager: Browser, scene: Scene, web_database: Database) -> None:
    assert manager.post("/sesi/baru", data=_plan(scene)).status_code == 400
    with web_database.reading() as session:
        assert session.scalar(select(Sitting).where(Sitting.title == "Sesi 7")) is None


def test_planning_begins_with_form_and_site(manager: Browser, scene: Scene) -> None:
    first = manager.get("/sesi/baru").text
    assert scene.form.title in first
    assert f"{scene.site.name} (WITA)" in first
    then = manager.get(f"/sesi/baru?form={scene.form.public_id}&site={scene.site.public_id}").text
    assert "WITA, Asia/Makassar" in then
    assert re.search(r'name="duration"[^>]*value="120"', then)


def test_a_window_is_meant_in_the_time_of_the_site(manager: Browser, scene: Scene, web_database: Database) -> None:
    answer = manager.submit("/sesi/baru", _plan(scene, opens="2030-01-07T08:00", closes="2030-01-07T11:00"))
    assert answer.status_code == 302
    with web_database.reading() as session:
        made = session.scalars(select(Sitting).where(Sitting.title == "Sesi 7")).one()
        assert made.opens_at == datetime(2030, 1, 7, 0, 0, tzinfo=UTC)
        assert made.duration_seconds == 7200
    assert "7 January 2030, 08.00" in manager.get(answer.location).text.replace("Jan ", "January ")


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        (_times(hours=-24), "opens", "The window begins in the past"),
        (_times(length=-2), "closes", "ends before it begins"),
        (_times(length=1), "closes", "60 minutes, which is shorter than the test"),
        ({"opens": "besok"}, "opens", "Write the day and time when the window begins"),
        ({"opens": "2030-01-07"}, "opens", "Write the day and time when the window begins"),
        ({"room": " "}, "room", "Write which room"),
        ({"title": "x" * 301}, "title", "Write a title"),
        ({"duration": "0"}, "duration", "from 1 to 600"),
        ({"duration": "1,5"}, "duration", "from 1 to 600"),
    ],
)
def test_a_plan_that_cannot_be_names_its_field_and_keeps_the_rest(
    manager: Browser, scene: Scene, changed: dict[str, str], field: str, message: str
) -> None:
    typed = _plan(scene, **changed)
    answer = manager.submit("/sesi/baru", typed)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'href="#f-{field}"' in answer.text
    for name in ("opens", "closes", "room", "title", "duration"):
        assert re.search(rf'name="{name}"[^>]*value="{re.escape(typed[name].strip())}"', answer.text), name


def test_a_room_that_is_taken_is_said_beside_the_room(manager: Browser, scene: Scene) -> None:
    assert manager.submit("/sesi/baru", _plan(scene)).status_code == 302
    answer = manager.submit("/sesi/baru", _plan(scene, title="Sesi 8"))
    assert answer.status_code == 422
    assert "Lab 9 is taken in this window by the sitting Sesi 7" in answer.text
    assert 'href="#f-room"' in answer.text


def test_a_form_that_does_not_exist_comes_from_no_page_of_ours(manager: Browser, scene: Scene) -> None:
    assert manager.submit("/sesi/baru", _plan(scene, form=str(uuid.uuid4()))).status_code == 400
    assert manager.submit("/sesi/baru", _plan(scene, site="bukan-uuid")).status_code == 400


def test_a_roster_enrols_everybody(manager: Browser, scene: Scene, web_database: Database) -> None:
    answer = _send(manager, scene, _csv(SITI, BUDI))
    assert answer.status_code == 302
    assert _people(web_database, scene) == [("Siti Contoh", 1, 0), ("Budi Contoh", 2, 30)]
    page = manager.get(scene.page).text
    assert "2 enrolled, 0 brought up to date" in page
    assert "Budi Contoh" in page
    assert "+30 min" in page


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"nuptk,nama\n1,Siti", ("1", "This column is missing.", "jenjang")),
        (_csv(SITI, SITI.replace(",1,0", ",2,0")), ("3", "The same NUPTK stands in line 2.", "Delete one of the two")),
        (_csv(SITI).replace(b"Siti", "Sit\u00ed".encode("latin-1")), ("2", "old Windows encoding", "CSV UTF-8")),
        (_csv(SITI.replace("1234567890123456", "1.23457E+15")), ("2", "1.23457E+15", "Format the column as Text")),
        (_csv(SITI.replace(",SMP,", ",TK,")), ("2", "no school level TK", "SD, SMP, SMA, SMK")),
        (_csv(SITI, BUDI.replace(",2,30", ",1,30")), ("3", "Line 2 has the same seat", "another seat")),
        (_csv(SITI.replace(",1,0", ",1,120")), ("2", "too short for so much extra time", "65 minutes fit")),
        (b"PK\x03\x04 workbook", ("1", "looks like an Excel workbook", "CSV UTF-8")),
    ],
    ids=["columns", "nuptk-twice", "latin-1", "excel-number", "level", "seat-twice", "extra-time", "workbook"],
)
def test_a_bad_roster_is_refused_whole_with_line_and_remedy(
    manager: Browser, scene: Scene, web_database: Database, content: bytes, told: tuple[str, str, str]
) -> None:
    line, what, mend = told
    answer = _send(manager, scene, content, "daftar guru.csv")
    assert answer.status_code == 422
    rows = re.findall(r"<tr><td class=\"tp-number\">(\d+)</td>(.*?)</tr>", answer.text, re.DOTALL)
    assert any(number == line and what in rest and mend in rest for number, rest in rows), rows
    assert "Problems in daftar guru.csv" in answer.text
    assert _people(web_database, scene) == []


def test_every_problem_of_a_roster_is_named_at_once(manager: Browser, scene: Scene) -> None:
    bad = ["1,Siti,SMP,Matematika,SMP 1,1,0", "2,,TK,Matematika,SMP 1,x,0"]
    assert len(re.findall(r"<tr><td class=\"tp-number\">", _send(manager, scene, _csv(*bad)).text)) == 5


def test_a_page_of_problems_has_an_end(manager: Browser, scene: Scene) -> None:
    told = _send(manager, scene, _csv(*["1,,TK,Matematika,SMP 1,x,0"] * 80)).text
    assert len(re.findall(r"<tr><td class=\"tp-number\">", told)) == MOST_PROBLEMS_SHOWN
    assert re.search(r"The first 200 of [2-9]\d\d problems are shown\.", told)


def test_without_a_file_the_page_asks_for_one(manager: Browser, scene: Scene) -> None:
    answer = manager.submit(f"{scene.page}/peserta")
    assert answer.status_code == 422
    assert "Choose the file with the roster" in answer.text


def test_a_file_that_is_far_too_large_is_not_read(
    manager: Browser, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sittings, "ROSTER_LIMIT", 100)
    answer = _send(manager, scene, _csv(SITI, BUDI))
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.text


def test_the_example_is_a_roster_that_would_be_taken_in(manager: Browser) -> None:
    example = manager.get("/sesi/contoh-daftar-peserta.csv")
    assert example.mimetype == "text/csv"
    assert len(parse_roster(example.data, file="contoh.csv").rows) == 2


def test_the_roster_can_be_saved_changed_and_sent_again(manager: Browser, scene: Scene, web_database: Database) -> None:
    _send(manager, scene, _csv(SITI, BUDI))
    saved = manager.get(f"{scene.page}/peserta.csv").data
    assert b"'1234567890123456" in saved
    assert _send(manager, scene, saved.replace(b",2,30", b",5,45")).status_code == 302
    assert _people(web_database, scene) == [("Siti Contoh", 1, 0), ("Budi Contoh", 5, 45)]


def test_a_sealed_sitting_takes_no_roster(manager: Browser, cast: Cast, web_database: Database) -> None:
    over = make_scene(cast, web_database, state=SittingState.SEALED)
    answer = _send(manager, over, _csv(SITI))
    assert answer.status_code == 422
    assert "The sitting is in another state" in answer.text
    assert "/peserta" not in manager.get(over.page).text.replace("/peserta.csv", "")


def _macs(database: Database) -> list[bytes | None]:
    with database.reading() as session:
        return list(session.scalars(select(Enrolment.pin_mac).order_by(Enrolment.seat)))


def test_cards_come_as_a_pdf_and_the_page_counts_them(manager: Browser, scene: Scene, web_database: Database) -> None:
    _send(manager, scene, _csv(SITI, BUDI))
    assert "0 of 2" in manager.get(f"{scene.page}/kartu").text
    answer = manager.submit(f"{scene.page}/kartu", {"who": "missing"})
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert None not in _macs(web_database)
    assert "2 of 2" in manager.get(f"{scene.page}/kartu/keadaan").text


@pytest.fixture
def furnished(web_database: Database, scene: Scene) -> Scene:
    """Two candidates who have their cards."""
    with web_database.transaction() as session:
        sitting = session.scalars(select(Sitting)).one()
        for seat in (1, 2):
            seat_somebody(session, sitting, seat)
    return scene


def test_cards_in_use_die_only_when_somebody_confirmed_it(
    manager: Browser, furnished: Scene, web_database: Database
) -> None:
    before = _macs(web_database)
    refused = manager.submit(f"{furnished.page}/kartu", {"who": "all"})
    assert refused.status_code == 422
    assert "Confirm that the old cards of these people stop working" in refused.text
    assert re.search(r'value="all" checked', refused.text)
    assert _macs(web_database) == before
    assert manager.submit(f"{furnished.page}/kartu", {"who": "all", "understood": "1"}).status_code == 200
    assert not set(_macs(web_database)) & set(before)


def test_a_lost_card_is_replaced_alone(manager: Browser, furnished: Scene, web_database: Database) -> None:
    with web_database.reading() as session:
        second = enrolled(session, furnished.sitting)[1].public_id
    before = _macs(web_database)
    fields = {"who": "one", "person": str(second), "understood": "1"}
    assert manager.submit(f"{furnished.page}/kartu", fields).status_code == 200
    after = _macs(web_database)
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.fixture
def over(furnished: Scene, web_database: Database) -> Scene:
    """The same two candidates, after the room was closed."""
    with web_database.transaction() as session:
        session.scalars(select(Sitting)).one().state = SittingState.CLOSED
    return furnished


def _result_macs(database: Database) -> list[bytes | None]:
    with database.reading() as session:
        return list(session.scalars(select(Enrolment.result_code_mac).order_by(Enrolment.seat)))


def test_after_the_sitting_one_result_code_at_a_time_is_replaced(
    manager: Browser, over: Scene, web_database: Database
) -> None:
    assert f"{over.page}/kartu" in manager.get(over.page).text
    page = manager.get(f"{over.page}/kartu").text
    assert "new result code" in page
    assert 'name="who"' not in page
    with web_database.reading() as session:
        second = str(enrolled(session, over.sitting)[1].public_id)
    pins, codes = _macs(web_database), _result_macs(web_database)
    # Nobody can ask for everybody at once here, and a code in use dies only when somebody confirmed it.
    assert manager.submit(f"{over.page}/kartu", {"who": "all", "understood": "1"}).status_code == 422
    unconfirmed = manager.submit(f"{over.page}/kartu", {"person": second})
    assert unconfirmed.status_code == 422
    assert "Confirm that the old result code stops working" in unconfirmed.text
    wanted = {"person": second, "understood": "1"}
    assert manager.post(f"{over.page}/kartu", data=wanted).status_code == 400
    assert _result_macs(web_database) == codes
    answer = manager.submit(f"{over.page}/kartu", wanted)
    assert answer.data.startswith(b"%PDF-")
    assert "kode-hasil.pdf" in answer.headers["Content-Disposition"]
    assert _macs(web_database) == pins
    after = _result_macs(web_database)
    assert (after[0] == codes[0], after[1] == codes[1]) == (True, False)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Choose whose cards"),
        ({"who": "missing"}, "Nobody fits this choice"),
        ({"who": "one", "person": "", "understood": "1"}, "Nobody fits this choice"),
        ({"who": "one", "person": str(uuid.uuid4()), "understood": "1"}, "Nobody fits this choice"),
    ],
)
def test_a_choice_of_cards_that_fits_nobody_is_refused(
    manager: Browser, furnished: Scene, fields: dict[str, str], message: str
) -> None:
    answer = manager.submit(f"{furnished.page}/kartu", fields)
    assert answer.status_code == 422
    assert message in answer.text


def test_the_steps_say_how_far_a_sitting_is(manager: Browser, furnished: Scene) -> None:
    page = manager.get(furnished.page).text
    assert re.search(r'tp-step-current" aria-current="step">.*?Open', page, re.DOTALL)
    assert "2 candidates" in page
    assert "2 of 2" in page


def test_a_time_without_a_time_zone_is_the_one_of_the_site() -> None:
    assert local_instant("2030-01-07T08:00", TimeZone.WITA) == datetime(2030, 1, 7, 0, 0, tzinfo=UTC)
    for nonsense in ("", "2030-01-07", "08:00", "2030-13-01T08:00", "2030-01-07T08:00+07:00"):
        assert local_instant(nonsense, TimeZone.WITA) is None


def _granted(database: Database, scene: Scene) -> dict[str, tuple[int, int]]:
    with database.reading() as session:
        return {row.name: (row.extra_minutes, row.break_minutes) for row in enrolled(session, scene.sitting)}


def test_breaks_come_with_the_roster_and_stay_where_a_file_says_nothing(
    furnished: Scene, manager: Browser, web_database: Database
) -> None:
    with_breaks = HEAD + ",istirahat_menit\n1111222233334444,Ani,SMP,Matematika,SMPN 1,41,10,15"
    manager.submit(f"{furnished.page}/peserta", {"roster": (io.BytesIO(with_breaks.encode()), "daftar.csv")})
    assert _granted(web_database, furnished)["Ani"] == (10, 15)
    without = "nuptk,nama,jenjang,mapel,sekolah\n1111222233334444,Ani,SMP,Matematika,SMPN 1"
    manager.submit(f"{furnished.page}/peserta", {"roster": (io.BytesIO(without.encode()), "daftar.csv")})
    assert _granted(web_database, furnished)["Ani"] == (10, 15)
    wrong = HEAD + ",istirahat_menit\n1111222233334444,Ani,SMP,Matematika,SMPN 1,41,10,121"
    refused = manager.submit(f"{furnished.page}/peserta", {"roster": (io.BytesIO(wrong.encode()), "daftar.csv")})
    assert refused.status_code == 422
    assert "istirahat_menit" in refused.text
    saved = manager.get(f"{furnished.page}/peserta.csv").text
    assert re.search(r"Ani,SMP,Matematika,SMPN 1,41,10,15", saved)


def _accommodation(scene: Scene, database: Database) -> str:
    with database.reading() as session:
        enrolment = enrolled(session, scene.sitting)[0].public_id
    return f"{scene.page}/peserta/{enrolment}/penyesuaian"


def test_extra_time_and_breaks_of_one_person_are_set_by_hand(
    furnished: Scene, manager: Browser, web_database: Database
) -> None:
    address = _accommodation(furnished, web_database)
    assert address in manager.get(furnished.page).text
    assert manager.submit(address, {"extra": "30", "rest": "20"}).status_code == 302
    assert (30, 20) in _granted(web_database, furnished).values()
    assert "break 20 min" in manager.get(furnished.page).text
    assert 'value="30"' in manager.get(address).text


@pytest.mark.parametrize(
    ("typed", "field"), [({"extra": "viel"}, "extra"), ({"rest": "2,5"}, "rest"), ({"extra": "66"}, "extra")]
)
def test_more_than_fits_is_refused_beside_the_field(
    furnished: Scene, manager: Browser, web_database: Database, typed: dict[str, str], field: str
) -> None:
    answer = manager.submit(_accommodation(furnished, web_database), typed)  # 65 fit
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert set(_granted(web_database, furnished).values()) == {(0, 0)}


def test_who_has_begun_is_helped_in_the_room(furnished: Scene, manager: Browser, web_database: Database) -> None:
    address = _accommodation(furnished, web_database)
    with web_database.transaction() as session:
        first = session.scalars(select(Enrolment).order_by(Enrolment.seat)).first()
        assert first is not None
        work(session, first, now=utc_now())
    assert "The test has begun" in manager.get(address).text
    assert manager.submit(address, {"extra": "30"}).status_code == 422
