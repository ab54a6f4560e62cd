"""The proctor's pages: who enters which room, the board and its refresh, admission, release, time, open to sealed."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from exam.model import Attempt, ContactGap, Enrolment, Incident, SeatEvent, Sitting, TimeCredit
from exam.queries.sittings import SittingRow
from exam.states import AttemptState, SittingState
from exam.timing import MINUTE_MS, epoch_ms
from registry.model import AuditEvent
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.web.proctoring import MyRooms
from testing_platform.wiring import utc_now
from tests.web.conftest import Browser, Cast
from tests.web.sitting_scenes import START_CODE, Scene, challenge, in_english, make_scene, seat_somebody, sign_in, work

HTMX = {"HX-Request": "true"}


@pytest.fixture
def scene(cast: Cast, web_database: Database) -> Scene:
    """An open room of four: one not here, one waiting, one working, one finished."""
    made, now = make_scene(cast, web_database, n_seats=4), utc_now()
    with web_database.transaction() as session:
        _absent, second, third, fourth = session.scalars(select(Enrolment).order_by(Enrolment.seat))
        sign_in(session, second, now=now)
        work(session, third, now=now)
        done = work(session, fourth, now=now)
        done.state, done.submitted_ms = AttemptState.SUBMITTED, done.begun_ms
    return made


def _enrolment(database: Database, seat: int) -> uuid.UUID:
    with database.reading() as session:
        return session.scalars(select(Enrolment.public_id).where(Enrolment.seat == seat)).one()


def _attempt(database: Database, seat: int) -> Attempt:
    with database.reading() as session:
        return session.scalars(select(Attempt).join(Enrolment).where(Enrolment.seat == seat)).one()


def _state(database: Database) -> SittingState:
    with database.reading() as session:
        return session.scalars(select(Sitting.state)).one()


def _seat_url(scene: Scene, database: Database, seat: int) -> str:
    return f"{scene.room}/kursi/{_enrolment(database, seat)}"


def _tiles(text: str) -> dict[int, str]:
    """The words on each tile of the board, by seat."""
    found = re.findall(r'<li class="room-seat [^"]*" id="kursi-(\d+)"[^>]*>(.*?)</li>', text, re.DOTALL)
    return {int(seat): " ".join(re.sub(r"<[^>]*>", " ", words).split()) for seat, words in found}


def _poll(browser: Browser, scene: Scene, seen: str = "") -> tuple[int, str]:
    answer = browser.get(f"{scene.room}/kursi?keadaan=open&seen={seen}", headers=HTMX)
    return answer.status_code, answer.text


ADMITS = {Role.PROKTOR, Role.PENGAWAS}
RUNS = {Role.PROKTOR}
ROUTES = [
    ("GET", "", ADMITS),
    ("GET", "{room}", ADMITS),
    ("GET", "{room}/kursi", ADMITS),
    ("GET", "{room}/layar", ADMITS),
    ("GET", "{room}/catatan", ADMITS),
    ("POST", "{room}/catatan", ADMITS),
    ("GET", "{room}/cetak", ADMITS),
    ("GET", "{room}/daftar-hadir.pdf", ADMITS),
    ("GET", "{room}/berita-acara.pdf", ADMITS),
    ("GET", "{room}/waktu", RUNS),
    ("GET", "{room}/kursi/{seat}", ADMITS),
    ("POST", "{room}/izinkan", ADMITS),
    ("POST", "{room}/kursi/{seat}/izinkan", ADMITS),
    ("POST", "{room}/buka", RUNS),
    ("POST", "{room}/tutup", RUNS),
    ("POST", "{room}/segel", RUNS),
    ("POST", "{room}/kode", RUNS),
    ("POST", "{room}/lepaskan", RUNS),
    ("POST", "{room}/waktu", RUNS),
    ("POST", "{room}/kursi/{seat}/lepaskan", RUNS),
    ("POST", "{room}/kursi/{seat}/waktu", RUNS),
]
TIME = {"act": "minutes", "minutes": "5", "reason": "listrik padam"}


@pytest.mark.parametrize(("method", "path", "roles"), ROUTES)
def test_each_page_asks_for_its_role(cast: Cast, scene: Scene, method: str, path: str, roles: set[Role]) -> None:
    address = "/ruang/" + path.format(room=scene.sitting.public_id, seat=uuid.uuid4())
    assert cast.who_may(method, address) == roles


@pytest.mark.parametrize(("method", "path", "roles"), [route for route in ROUTES if route[1]])
def test_rooms_of_other_sites_do_not_exist(
    cast: Cast, scene: Scene, web_database: Database, *, method: str, path: str, roles: set[Role]
) -> None:
    address = "/ruang/" + path.format(room=scene.sitting.public_id, seat=_enrolment(web_database, 2))
    for role in roles:  # the cast works at sites of their own
        browser = cast[role]
        answer = browser.get(address) if method == "GET" else browser.submit(address, TIME)
        assert answer.status_code == 404
        assert "Guru 2" not in answer.text
    assert _state(web_database) is SittingState.OPEN
    assert _attempt(web_database, 2).state is AttemptState.WAITING


def test_the_list_holds_the_rooms_of_the_own_site_only(cast: Cast, scene: Scene) -> None:
    own = scene.proktor.get("/ruang/").text
    assert scene.room in own
    assert "WITA" in own
    assert "Open now" in own
    other = in_english(cast[Role.PROKTOR]).get("/ruang/").text
    assert scene.room not in other
    assert "No room is planned at your site" in other


def test_open_rooms_come_first_whatever_their_day() -> None:
    now = datetime(2026, 11, 2, 3, tzinfo=UTC)

    def row(title: str, days: int, state: SittingState) -> SittingRow:
        opens = now + timedelta(days=days)
        room = ("Lab 1", "LPTK", "Asia/Jakarta", "UT-1")
        return SittingRow(uuid.uuid4(), title, *room, opens, opens + timedelta(hours=2), state, 20)

    rows = [
        row("later", 1, SittingState.PLANNED),
        row("today", 0, SittingState.PLANNED),
        row("left open", -1, SittingState.OPEN),
        row("left unsealed", -2, SittingState.CLOSED),
        row("over", -3, SittingState.SEALED),
    ]
    rooms = MyRooms.of(rows, now=now)
    shown = [[each.title for each in group] for group in (rooms.open_now, rooms.today, rooms.later, rooms.over)]
    assert shown == [["left open"], ["left unsealed", "today"], ["later"], ["over"]]


def test_the_board_says_how_each_seat_stands(scene: Scene) -> None:
    page = scene.pengawas.get(scene.room).text
    tiles = _tiles(page)
    assert tiles[1] == "Seat 1 Not signed in Guru 1 26 0001 0001"
    assert tiles[2] == "Seat 2 Check identity Guru 2 26 0001 0002 Last contact just now Admit Guru 2"
    assert tiles[3] == "Seat 3 Working Guru 3 26 0001 0003 0 of 8 90 min left Last contact just now"
    assert tiles[4].startswith("Seat 4 Finished Guru 4")


def test_the_start_code_is_shown_while_the_room_is_open(scene: Scene, cast: Cast, web_database: Database) -> None:
    assert "HKW-T47" in scene.pengawas.get(scene.room).text
    assert re.search(r"<span>HKW</span>\s*<span>T47</span>", scene.pengawas.get(f"{scene.room}/layar").text)
    planned = make_scene(cast, web_database, state=SittingState.PLANNED)
    for page in (planned.room, f"{planned.room}/layar"):
        assert not re.search("HKW-?T47|<span>T47", planned.proktor.get(page).text)


def test_the_projector_refreshes_its_part_alone(scene: Scene) -> None:
    assert "<html" in scene.pengawas.get(f"{scene.room}/layar").text
    assert "<html" not in scene.pengawas.get(f"{scene.room}/layar", headers=HTMX).text


def test_a_board_that_did_not_change_is_not_sent_again(scene: Scene, web_database: Database) -> None:
    status, board = _poll(scene.proktor, scene)
    assert status == 200
    assert "<html" not in board
    seen = re.findall(r'name="seen" value="(\w+)"', board)[0]
    assert _poll(scene.proktor, scene, seen) == (204, "")
    with web_database.transaction() as session:
        sign_in(session, session.scalars(select(Enrolment).where(Enrolment.seat == 1)).one(), now=utc_now())
    status, changes = _poll(scene.proktor, scene, seen)
    assert status == 200
    assert list(_tiles(changes)) == [1]
    assert "Check identity" in _tiles(changes)[1]
    assert 'id="kursi-1" hx-swap-oob="true"' in changes
    assert "Admit all 2 waiting" in changes


def test_a_board_that_nobody_here_knows_is_sent_as_a_whole(scene: Scene) -> None:
    answer = scene.proktor.get(f"{scene.room}/kursi?keadaan=open&seen=00ff00ff00ff00ff", headers=HTMX)
    assert list(_tiles(answer.text)) == [1, 2, 3, 4]
    assert "HX-Reswap" not in answer.headers


def test_what_needs_attention_comes_first_or_alone(scene: Scene) -> None:
    first = scene.pengawas.get(f"{scene.room}?urut=perhatian").text
    assert list(_tiles(first)) == [2, 3, 1, 4]
    alone = scene.pengawas.get(f"{scene.room}?tampil=perhatian").text
    assert list(_tiles(alone)) == [2]
    assert re.search(r'Only what needs attention <span class="tp-count">1</span>', alone)


def test_an_act_leaves_the_order_of_the_board_alone(scene: Scene) -> None:
    token = {"csrf_token": scene.pengawas.csrf_token(), "urut": "perhatian", "tampil": "semua"}
    answer = scene.pengawas.post(f"{scene.room}/izinkan", data=token, headers=HTMX)
    assert list(_tiles(answer.text)) == [3, 2, 1, 4]


def test_a_large_room_shows_first_what_needs_attention(scene: Scene, web_database: Database) -> None:
    with web_database.transaction() as session:
        sitting = session.scalars(select(Sitting)).one()
        for seat in range(5, 42):
            seat_somebody(session, sitting, seat)
    assert list(_tiles(scene.pengawas.get(scene.room).text))[:3] == [2, 3, 1]


def test_a_seat_tells_of_unsent_answers_outages_reports_and_what_was_granted(
    scene: Scene, web_database: Database
) -> None:
    now = utc_now()
    with web_database.transaction() as session:
        attempt = session.scalars(select(Attempt).join(Enrolment).where(Enrolment.seat == 3)).one()
        attempt.unsent, attempt.last_seq = 12, 1
        attempt.enrolment.extra_minutes, attempt.enrolment.break_minutes = 30, 10
        gap_ms = epoch_ms(now) - 5 * MINUTE_MS
        session.add(ContactGap(attempt_id=attempt.id, from_ms=gap_ms, until_ms=gap_ms + 61_000))
        challenge(session, attempt, 1, item=2)
    tile = _tiles(scene.pengawas.get(scene.room).text)[3]
    assert "12 not sent yet" in tile
    assert "1 outage, 2 min" in tile
    assert "1 item reported" in tile
    assert "+30 min, break 10 min" in tile


def test_a_break_is_told_apart_from_a_clock_that_the_proctor_stopped(scene: Scene, web_database: Database) -> None:
    now = utc_now()
    with web_database.transaction() as session:
        attempt = session.scalars(select(Attempt).join(Enrolment).where(Enrolment.seat == 3)).one()
        attempt.paused_ms, attempt.break_ends_ms = epoch_ms(now), epoch_ms(now) + 5 * MINUTE_MS
    tile = _tiles(scene.pengawas.get(scene.room).text)[3]
    assert "On a break" in tile
    assert "until " in tile


def test_the_whole_page_is_asked_for_when_the_room_was_closed_elsewhere(scene: Scene) -> None:
    answer = scene.proktor.get(f"{scene.room}/kursi?keadaan=planned", headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"


@contextmanager
def _counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def test_a_refresh_costs_as_much_for_forty_seats_as_for_four(scene: Scene, web_database: Database) -> None:
    with _counted(web_database) as few:
        _poll(scene.proktor, scene)
    with web_database.transaction() as session:
        sitting = session.scalars(select(Sitting)).one()
        for seat in range(5, 41):
            work(session, seat_somebody(session, sitting, seat), now=utc_now())
    with _counted(web_database) as many:
        assert len(_tiles(_poll(scene.proktor, scene)[1])) == 40
    assert len(many) == len(few)
    about_the_room = [text for text in many if "FROM sitting" in text or "enrolment" in text or "attempt" in text]
    assert len(about_the_room) <= 6, about_the_room  # the sitting, its seats, outages, new steps, credits, silences


def test_one_candidate_is_admitted_after_the_check(scene: Scene, web_database: Database) -> None:
    answer = scene.pengawas.submit(f"{_seat_url(scene, web_database, 2)}/izinkan")
    assert answer.status_code == 302
    assert _attempt(web_database, 2).state is AttemptState.ADMITTED
    page = scene.pengawas.get(scene.room).text
    assert "Seat 2, Guru 2: may begin." in page
    assert "May begin" in _tiles(page)[2]


def test_admission_from_the_board_answers_with_the_board(scene: Scene, web_database: Database) -> None:
    address = f"{_seat_url(scene, web_database, 2)}/izinkan"
    answer = scene.pengawas.post(address, data={"csrf_token": scene.pengawas.csrf_token()}, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "May begin" in _tiles(answer.text)[2]
    assert re.findall(r'id="([^"]*)" autofocus', answer.text) == ["seat-2"]
    assert re.search(r'id="tp-messages"[^>]*hx-swap-oob="true">.*Guru 2: may begin', answer.text, re.DOTALL)


def test_all_who_wait_are_admitted_at_once(scene: Scene, web_database: Database) -> None:
    with web_database.transaction() as session:
        sign_in(session, session.scalars(select(Enrolment).where(Enrolment.seat == 1)).one(), now=utc_now())
    assert "Admit all 2 waiting" in scene.pengawas.get(scene.room).text
    scene.pengawas.submit(f"{scene.room}/izinkan")
    assert {_attempt(web_database, seat).state for seat in (1, 2)} == {AttemptState.ADMITTED}
    assert "2 candidates may begin." in scene.pengawas.get(scene.room).text


@pytest.mark.parametrize("seat", [1, 3])
def test_who_does_not_wait_cannot_be_admitted(scene: Scene, web_database: Database, seat: int) -> None:
    scene.proktor.submit(f"{_seat_url(scene, web_database, seat)}/izinkan")
    assert "The seat is in another state" in scene.proktor.get(scene.room).text


@pytest.mark.usefixtures("scene")
def test_a_seat_of_another_room_is_not_found_here(cast: Cast, web_database: Database) -> None:
    other = make_scene(cast, web_database, n_seats=0)
    answer = other.proktor.get(f"{other.room}/kursi/{_enrolment(web_database, 2)}")
    assert answer.status_code == 404


def test_a_released_seat_waits_for_another_computer(scene: Scene, web_database: Database) -> None:
    page = scene.proktor.get(_seat_url(scene, web_database, 3)).text
    assert "Release seat 3?" in page
    scene.proktor.submit(f"{_seat_url(scene, web_database, 3)}/lepaskan")
    attempt = _attempt(web_database, 3)
    assert (attempt.device, attempt.epoch) == (None, 2)
    assert "Seat released" in _tiles(scene.proktor.get(scene.room).text)[3]
    assert "Seat released for another computer" in scene.proktor.get(_seat_url(scene, web_database, 3)).text


def test_the_whole_room_is_released_after_the_consequences_were_said(scene: Scene, web_database: Database) -> None:
    assert "Saved answers and remaining time stay." in scene.proktor.get(scene.room).text
    scene.proktor.submit(f"{scene.room}/lepaskan")
    assert [_attempt(web_database, seat).device for seat in (2, 3, 4)] == [None, None, "komputer"]


def test_of_two_who_release_the_room_the_second_spares_who_came_back(scene: Scene, web_database: Database) -> None:
    page = scene.proktor.get(scene.room).text
    seen = re.findall(r'id="release-as-of" name="per" value="(\d+)"', page)[0]
    scene.proktor.submit(f"{scene.room}/lepaskan", {"per": seen})
    with web_database.transaction() as session:
        attempt = session.get_one(Attempt, _attempt(web_database, 3).id)
        attempt.device = "komputer baru"
        session.add(SeatEvent(attempt_id=attempt.id, at=utc_now(), kind="device_taken", details={}))
    scene.proktor.submit(f"{scene.room}/lepaskan", {"per": seen})
    assert "0 seats are free" in scene.proktor.get(scene.room).text
    assert _attempt(web_database, 3).device == "komputer baru"
    assert _attempt(web_database, 3).epoch == 2


def test_a_seat_that_a_colleague_freed_and_somebody_took_is_not_freed_again(
    scene: Scene, web_database: Database
) -> None:
    page = scene.proktor.get(_seat_url(scene, web_database, 3)).text
    seen = re.findall(r'name="epoch" value="(\d+)"', page)[0]
    for _ in range(2):
        scene.proktor.submit(f"{_seat_url(scene, web_database, 3)}/lepaskan", {"epoch": seen})
        with web_database.transaction() as session:
            session.get_one(Attempt, _attempt(web_database, 3).id).device = "komputer baru"
    assert _attempt(web_database, 3).epoch == 2
    assert "The seat is in another state" in scene.proktor.get(scene.room).text


def test_of_two_who_grant_the_same_minutes_the_second_is_told(scene: Scene, web_database: Database) -> None:
    for where in (scene.room, _seat_url(scene, web_database, 3)):
        page = scene.proktor.get(f"{scene.room}/waktu" if where == scene.room else where).text
        seen = re.findall(r'name="n_seen" value="(\d+)"', page)[0]
        first = scene.proktor.submit(f"{where}/waktu", {**TIME, "n_seen": seen})
        second = scene.proktor.submit(f"{where}/waktu", {**TIME, "n_seen": seen})
        assert (first.status_code, second.status_code) == (302, 422)
        assert "Somebody else added minutes a moment ago" in second.text
    with web_database.reading() as session:
        assert len(session.scalars(select(TimeCredit)).all()) == 2


NOTE = {"kind": "power", "seat": "", "note": "Listrik padam di seluruh gedung."}


def _now_there() -> str:
    return (utc_now() + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")  # WITA


def test_a_note_says_what_happened_where_and_when(scene: Scene, web_database: Database) -> None:
    page = scene.pengawas.get(f"{scene.room}/catatan").text
    assert re.search(r'name="happened"[^>]*value="' + _now_there()[:10], page)
    seat = str(_attempt(web_database, 3).public_id)
    assert scene.pengawas.submit(f"{scene.room}/catatan", {**NOTE, "happened": _now_there()}).status_code == 302
    other = {"kind": "health", "seat": seat, "note": "Peserta pusing, minum obat.", "happened": _now_there()}
    assert scene.pengawas.submit(f"{scene.room}/catatan", other).status_code == 302
    log = scene.pengawas.get(f"{scene.room}/catatan").text
    assert "Listrik padam di seluruh gedung." in log
    assert "Peserta pusing" in log
    assert "Peserta pusing" in scene.pengawas.get(_seat_url(scene, web_database, 3)).text
    assert "Listrik padam" in scene.pengawas.get(_seat_url(scene, web_database, 4)).text
    assert "Peserta pusing" not in scene.pengawas.get(_seat_url(scene, web_database, 4)).text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "weather"}, "kind"),
        ({"note": " ab "}, "note"),
        ({"note": "x" * 2001}, "note"),
        ({"happened": ""}, "happened"),
        ({"happened": "2099-01-01T08:00"}, "happened"),
        ({"happened": "2001-01-01T08:00"}, "happened"),
    ],
)
def test_a_note_that_makes_no_sense_is_refused_and_stays_typed(
    scene: Scene, web_database: Database, changed: dict[str, str], field: str
) -> None:
    typed = {**NOTE, "happened": _now_there(), **changed}
    answer = scene.pengawas.submit(f"{scene.room}/catatan", typed)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f">\n{typed['note'].strip()}</textarea>" in answer.text
    with web_database.reading() as session:
        assert session.scalars(select(Incident)).all() == []


def test_reasons_and_notes_stay_out_of_the_audit_journal(scene: Scene, web_database: Database) -> None:
    scene.pengawas.submit(f"{scene.room}/catatan", {**NOTE, "happened": _now_there()})
    scene.proktor.submit(f"{scene.room}/waktu", {**TIME, "reason": "Ibu Siti terlambat"})
    with web_database.reading() as session:
        details = [str(event.details) for event in session.scalars(select(AuditEvent))]
    assert not any("Listrik padam" in text or "Siti" in text for text in details)


def test_nothing_is_noted_any_more_once_the_answers_are_sealed(cast: Cast, web_database: Database) -> None:
    sealed = make_scene(cast, web_database, state=SittingState.SEALED)
    assert 'name="note"' not in sealed.pengawas.get(f"{sealed.room}/catatan").text
    answer = sealed.pengawas.submit(f"{sealed.room}/catatan", {**NOTE, "happened": _now_there()})
    assert answer.status_code == 422


@pytest.mark.parametrize("page", ["", "/catatan", "/cetak", "/waktu"])
def test_every_page_of_a_room_stands_under_my_rooms(scene: Scene, page: str) -> None:
    menu = re.findall(
        r'<a[^>]*aria-current="(?:page|true)"[^>]*>([^<]*)</a>', scene.proktor.get(scene.room + page).text
    )
    assert "My rooms" in [words.strip() for words in menu]


def test_both_papers_are_pdf_and_say_the_same_each_time(scene: Scene) -> None:
    assert "Minutes (PDF)" in scene.pengawas.get(f"{scene.room}/cetak").text
    for paper in ("daftar-hadir", "berita-acara"):
        first, again = (scene.pengawas.get(f"{scene.room}/{paper}.pdf") for _ in range(2))
        assert first.mimetype == "application/pdf"
        assert first.data.startswith(b"%PDF")
        assert first.data == again.data


def test_invigilators_see_no_button_that_would_be_refused(scene: Scene, web_database: Database) -> None:
    room = scene.pengawas.get(scene.room).text
    seat = scene.pengawas.get(_seat_url(scene, web_database, 3)).text
    for address in ("/tutup", "/lepaskan", "/kode", "/waktu"):
        assert address not in room
        assert address not in seat


def test_minutes_for_the_room_move_every_clock(scene: Scene, web_database: Database) -> None:
    before = _attempt(web_database, 3).deadline_ms or 0
    answer = scene.proktor.submit(f"{scene.room}/waktu", {**TIME, "minutes": "12"})
    assert answer.status_code == 302
    assert _attempt(web_database, 3).deadline_ms == before + 12 * MINUTE_MS
    log = scene.pengawas.get(f"{scene.room}/catatan").text
    assert "12 minutes added" in log
    assert "listrik padam" in log
    assert "Whole room" in log


def test_minutes_for_one_seat_leave_the_others_alone(scene: Scene, web_database: Database) -> None:
    scene.proktor.submit(f"{_seat_url(scene, web_database, 3)}/waktu", TIME)
    assert "95 min left" in _tiles(scene.proktor.get(scene.room).text)[3]
    with web_database.reading() as session:
        assert session.scalars(select(TimeCredit.attempt_id)).one() == _attempt(web_database, 3).id


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"minutes": ""}, "minutes", "from 1 to 240"),
        ({"minutes": "0"}, "minutes", "from 1 to 240"),
        ({"minutes": "241"}, "minutes", "from 1 to 240"),
        ({"minutes": "2,5"}, "minutes", "from 1 to 240"),
        ({"reason": " ab "}, "reason", "Write a reason of 5 to 500 characters"),
        ({"reason": "x" * 501}, "reason", "Write a reason of 5 to 500 characters"),
        ({"act": "pause", "reason": "unused"}, "clock_reason", "Write a reason of 5 to 500 characters"),
    ],
)
@pytest.mark.parametrize("where", ["room", "seat"])
def test_time_without_number_or_reason_is_refused_and_what_was_typed_stays(
    scene: Scene, web_database: Database, *, where: str, changed: dict[str, str], field: str, message: str
) -> None:
    base = scene.room if where == "room" else _seat_url(scene, web_database, 3)
    typed = {**TIME, **changed}
    answer = scene.proktor.submit(f"{base}/waktu", typed)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'href="#f-{field}"' in answer.text
    assert re.search(rf'name="minutes"[^>]*value="{re.escape(typed["minutes"])}"', answer.text)
    assert f">\n{typed['reason'].strip()}</textarea>" in answer.text
    with web_database.reading() as session:
        assert session.scalars(select(TimeCredit)).all() == []


def test_an_act_that_no_form_of_ours_sends_is_refused(scene: Scene) -> None:
    assert scene.proktor.submit(f"{scene.room}/waktu", {**TIME, "act": "rewind"}).status_code == 400


def test_a_stopped_clock_stands_until_it_runs_again(scene: Scene, web_database: Database) -> None:
    why = {"clock_reason": "alarm kebakaran"}
    scene.proktor.submit(f"{scene.room}/waktu", {"act": "pause", **why})
    page = scene.proktor.get(scene.room).text
    assert "1 clock was stopped." in page
    assert "Clock stopped" in _tiles(page)[3]
    seat = f"{_seat_url(scene, web_database, 3)}/waktu"
    page = scene.proktor.get(_seat_url(scene, web_database, 3)).text
    chosen = f"/berkas-darurat?kursi={_attempt(web_database, 3).public_id}#sidik"
    assert chosen in page
    assert "Let the clock run again" in page
    assert "The clock stands still" in page
    scene.proktor.submit(seat, {"act": "resume", **why})
    assert "Working" in _tiles(scene.proktor.get(scene.room).text)[3]
    scene.proktor.submit(seat, {"act": "resume", **why})
    assert _attempt(web_database, 3).paused_ms is None


def test_an_act_on_time_that_the_rules_refuse_keeps_what_was_typed(scene: Scene, web_database: Database) -> None:
    answer = scene.proktor.submit(f"{_seat_url(scene, web_database, 4)}/waktu", TIME)
    assert answer.status_code == 422
    assert "The seat is in another state" in answer.text


def test_a_room_opens_when_all_have_cards_and_not_before(cast: Cast, web_database: Database) -> None:
    planned = make_scene(cast, web_database, state=SittingState.PLANNED, n_seats=2)
    with web_database.transaction() as session:
        first = session.scalars(select(Enrolment)).first()
        assert first is not None
        first.pin_mac = None
    planned.proktor.submit(f"{planned.room}/buka")
    assert "2 candidates are enrolled and 1 of them have a card" in planned.proktor.get(planned.room).text
    with web_database.transaction() as session:
        for enrolment in session.scalars(select(Enrolment)):
            enrolment.pin_mac = bytes(32)
    planned.proktor.submit(f"{planned.room}/buka")
    assert _state(web_database) is SittingState.OPEN
    assert "The room is open. Show the start code." in planned.proktor.get(planned.room).text


def test_a_room_that_may_not_open_yet_says_from_when(cast: Cast, web_database: Database) -> None:
    planned = make_scene(cast, web_database, state=SittingState.PLANNED, n_seats=1)
    with web_database.transaction() as session:
        sitting = session.scalars(select(Sitting)).one()
        sitting.opens_at, sitting.closes_at = utc_now() + timedelta(hours=2), utc_now() + timedelta(hours=5)
    page = planned.proktor.get(planned.room).text
    assert "The room can be opened from" in page
    assert "/buka" not in page
    planned.proktor.submit(f"{planned.room}/buka")
    assert _state(web_database) is SittingState.PLANNED


def test_closing_ends_every_unfinished_test_and_sealing_comes_after(scene: Scene, web_database: Database) -> None:
    assert "This cannot be undone." in scene.proktor.get(scene.room).text
    scene.proktor.submit(f"{scene.room}/segel")
    assert _state(web_database) is SittingState.OPEN
    scene.proktor.submit(f"{scene.room}/tutup")
    assert "Tick the box if the test may end for them." in scene.proktor.get(scene.room).text
    assert _state(web_database) is SittingState.OPEN
    scene.proktor.submit(f"{scene.room}/tutup", {"understood": "1"})
    page = scene.proktor.get(scene.room).text
    assert "2 unfinished tests were ended" in page
    assert "Seal the answers" in page
    assert START_CODE[:3] + "-" not in page
    scene.proktor.submit(f"{scene.room}/segel")
    assert _state(web_database) is SittingState.SEALED
    assert "The answers are sealed. Seal:" in scene.proktor.get(scene.room).text


def test_a_new_start_code_replaces_the_old_one(scene: Scene) -> None:
    scene.proktor.submit(f"{scene.room}/kode")
    page = scene.proktor.get(scene.room).text
    assert "HKW-T47" not in page
    assert re.search(r'<span class="tp-code">\w{3}-\w{3}</span>', page)


def test_a_form_without_its_token_does_nothing(scene: Scene, web_database: Database) -> None:
    assert scene.proktor.post(f"{scene.room}/tutup").status_code == 400
    assert _state(web_database) is SittingState.OPEN


def test_silence_of_a_computer_is_noticed(scene: Scene, web_database: Database) -> None:
    with web_database.transaction() as session:
        attempt = session.scalars(select(Attempt).join(Enrolment).where(Enrolment.seat == 3)).one()
        attempt.last_seen_ms -= 4 * MINUTE_MS
    assert "No contact" in _tiles(scene.pengawas.get(scene.room).text)[3]
    assert "4 min ago" in _tiles(scene.pengawas.get(scene.room).text)[3]
    assert "No sign of life from this computer" in scene.pengawas.get(_seat_url(scene, web_database, 3)).text


def test_acts_on_many_seats_are_one_line_of_the_log(scene: Scene) -> None:
    scene.proktor.submit(f"{scene.room}/lepaskan")
    log = scene.pengawas.get(f"{scene.room}/catatan").text
    line = next(row for row in re.findall(r"<tr>.*?</tr>", log, re.DOTALL) if "Seat released" in row)
    assert "2, 3" in line
    assert log.count("Seat released") == 1
