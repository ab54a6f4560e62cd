"""Outages and emergency files on the pages, and the whole way through HTTP when the server goes away near the end."""

import base64
import itertools
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam.model import Attempt, EmergencyFile, Enrolment, Outage, Sitting
from exam.operations import delivery, proctoring
from exam.operations.outages import note_pulse, watch_seats
from exam.operations.sittings import close_sitting
from exam.states import AttemptState, SittingState
from exam.timing import epoch_ms
from registry.actor import SYSTEM
from registry.roles import Role
from testing_platform.api import delivery as api
from testing_platform.api import steps
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.database import Database
from testing_platform.web import emergency, outage_approval, outages
from tests.conftest import NOW
from tests.emergency_files import FileMaker, shown_fingerprint
from tests.exam_room import KEYS, SECRET, START_CODE, Room
from tests.examination import make_site, make_staff
from tests.web.conftest import Browser, Cast
from tests.web.sitting_scenes import in_english
from tests.web.test_api_contract import Clock, Runner, platform_of

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
DEADLINE = NOW + 120 * MINUTE
GONE, BACK = DEADLINE - 3 * MINUTE, DEADLINE + 4 * MINUTE


@dataclass
class Candidate:
    """A candidate's computer: what it does goes into its outbox first."""

    runner: Runner
    clock: Clock
    outbox: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, item: int, option: str, *, at: datetime) -> None:
        key = self.runner.seat["order"][item]
        step = {"seq": next(self._numbers), "kind": "answer", "item": key, "option": option, "value": None}
        self.outbox.append(step | {"at": epoch_ms(at)})

    def send(self) -> None:
        """Everything that waits, and the heartbeat when nothing does."""
        answer = self.runner.send(*self.outbox)
        assert answer.status_code == 200, answer.get_json()
        self.runner.seat["digest"] = answer.get_json()["digest"]
        self.outbox.clear()


@dataclass
class Place:
    """The room, its people, and the clock on the wall."""

    app: Flask
    clock: Clock
    room: Room
    candidates: list[Candidate]
    proktor: Browser
    pengawas: Browser
    committee: Browser

    @property
    def database(self) -> Database:
        return platform_of(self.app).database

    @property
    def path(self) -> str:
        return f"/ruang/{self.room.sitting.public_id}"

    def until(self, moment: datetime, *, silent: Sequence[int] = ()) -> None:
        """The server lives: computers send, the worker looks. It was started two minutes before that moment."""
        self.clock.now = max(self.clock.now, moment - 2 * MINUTE)
        while self.clock.now < moment:
            self.clock.now = min(moment, self.clock.now + 20 * SECOND)
            for place in set(range(len(self.candidates))) - set(silent):
                self.candidates[place].send()
            self.work()

    def work(self) -> None:
        with self.database.transaction() as session:
            note_pulse(session, now=self.clock.now)
            watch_seats(session, now=self.clock.now)
            proctoring.sweep_overdue(session, now=self.clock.now)

    def answers(self, place: int = 0) -> dict[int, int]:
        with self.database.reading() as session:
            wanted = self.room.enrolments[place].id
            attempt = session.scalars(select(Attempt).where(Attempt.enrolment_id == wanted)).one()
            return delivery.seat_of(session, attempt).journal.answers


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (api, steps, emergency, outages, outage_approval):
        monkeypatch.setattr(module, "utc_now", clock)
    return clock


@pytest.fixture
def place(sqlite_furnished: tuple[Path, Room], tmp_path: Path, clock: Clock) -> Iterator[Place]:
    """Four candidates at work, and three people of the staff."""
    source, room = sqlite_furnished
    shutil.copy(source, tmp_path / "testing-platform.sqlite")
    app = create_app(Settings(data=tmp_path, secret=SecretStr(SECRET)))
    app.testing = True
    candidates = [
        Candidate(Runner(app.test_client(), each.participant_number, pin), clock)
        for each, pin in zip(room.enrolments, room.pins, strict=True)
    ]
    for candidate in candidates:
        candidate.runner.sign_in()
        candidate.runner.take_seat()
    database = platform_of(app).database
    with database.transaction() as session:
        proctoring.admit_all(session, session.get_one(Sitting, room.sitting.id), actor=SYSTEM, now=NOW)
    for candidate in candidates:
        candidate.runner.begin()
    app.test_client_class = Browser
    yield Place(app, clock, room, candidates, *_staff(Cast(app, database), database, room))
    database.dispose()


def _staff(cast: Cast, database: Database, room: Room) -> list[Browser]:
    with database.transaction() as session:
        site = session.get_one(Sitting, room.sitting.id).site
        people = [
            make_staff(session, Role.PROKTOR, "Rudi Proktor", site=site),
            make_staff(session, Role.PENGAWAS, "Made Pengawas", site=site),
            make_staff(session, Role.COMMITTEE, "Siti Komite"),
        ]
        browsers = [in_english(cast.stranger()) for _ in people]
        for browser, actor in zip(browsers, people, strict=True):
            browser.sign_in_as(session, actor)
    return browsers


def options_of(place: Place, item: int, candidate: Candidate | None = None) -> str:
    """An option of the item that a candidate sees in this place."""
    with place.database.reading() as session:
        index = platform_of(place.app).form_indexes.load(session, place.room.form.public_id)
    position = index.position_of((candidate or place.candidates[0]).runner.seat["order"][item])
    return index.option_keys[position - 1][1]


def outage_of_the_server(place: Place) -> None:
    """The server goes away three minutes before the end; candidate 0 answers on, in time and after it."""
    place.until(GONE)
    first = place.candidates[0]
    first.answer(0, options_of(place, 0), at=DEADLINE - MINUTE)
    first.answer(1, options_of(place, 1), at=DEADLINE + MINUTE)
    place.clock.now = BACK
    place.work()


# The whole way ----------------------------------------------------------------------------------------------------


def test_answers_that_an_outage_held_back_count_after_two_signatures(place: Place) -> None:
    outage_of_the_server(place)
    place.candidates[0].send()
    assert place.answers() == {}
    page = place.proktor.get(f"{place.path}/gangguan").text
    assert "The server was away" in page
    assert "1 late answer of 1 seat" in page
    assert 'value="2026-11-02T10:04:00"' in page
    chosen = place.proktor.get(f"{place.path}/gangguan?dari={epoch_ms(GONE)}&sampai={epoch_ms(BACK)}").text
    assert 'value="2026-11-02T09:57:00"' in chosen  # the clock of the site
    fields = {"begins": "2026-11-02T09:57:00", "ends": "2026-11-02T10:04:00", "reason": "Listrik padam di gedung"}
    proposed = place.proktor.submit(f"{place.path}/gangguan", fields)
    assert proposed.status_code == 302
    assert place.answers() == {}
    waiting = place.committee.get("/gangguan/").text
    assert "Listrik padam di gedung" in waiting
    with place.database.reading() as session:
        outage = session.scalars(select(Outage)).one()
    decide = f"/gangguan/{outage.public_id}"
    assert "Late answers that would count" in place.committee.get(decide).text
    place.committee.submit(f"{decide}/setujui")
    assert len(place.answers()) == 1
    assert "Approved by" in place.committee.get(decide).text
    assert "Nothing waits for you" in place.committee.get("/gangguan/").text


def test_the_same_answers_come_by_an_emergency_file_and_count_after_two_signatures(place: Place) -> None:
    outage_of_the_server(place)
    content = emergency_file(place)
    number = place.room.enrolments[0].participant_number
    with place.database.reading() as session:
        attempt = session.scalars(select(Attempt).join(Enrolment).where(Enrolment.participant_number == number)).one()
    noted = place.pengawas.submit(
        f"{place.path}/berkas-darurat/sidik",
        {"seat": str(attempt.public_id), "fingerprint": shown_fingerprint(content).lower()},
    )
    assert noted.status_code == 302
    received = send_file(place, content)
    assert received.status_code == 302
    file = received.headers["Location"]
    assert "Import the answers" in place.pengawas.get(file).text
    assert "A second person imports it" in place.proktor.get(file).text
    place.proktor.submit(f"{file}/impor")
    assert "You received this file" in place.proktor.get(file).text
    place.pengawas.submit(f"{file}/impor")
    assert (
        "2 answers were added. They came late and count only inside an approved outage" in place.pengawas.get(file).text
    )
    assert place.answers() == {}
    fields = {"begins": "2026-11-02T09:57:00", "ends": "2026-11-02T10:04:00", "reason": "Listrik padam di gedung"}
    place.proktor.submit(f"{place.path}/gangguan", fields)
    with place.database.reading() as session:
        outage = session.scalars(select(Outage)).one()
    place.committee.submit(f"/gangguan/{outage.public_id}/setujui")
    assert len(place.answers()) == 1


def test_who_imports_reads_beforehand_that_nothing_counts_once_the_candidate_handed_in(place: Place) -> None:
    place.until(GONE)
    first = place.candidates[0]
    first.answer(0, options_of(place, 0), at=GONE)
    content = emergency_file(place)
    fields = {"seat": first.runner.seat["attempt"], "fingerprint": shown_fingerprint(content)}
    place.pengawas.submit(f"{place.path}/berkas-darurat/sidik", fields)
    file = send_file(place, content).headers["Location"]
    assert "Import before the candidate hands in" in place.pengawas.get(file).text
    with place.database.transaction() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.public_id == uuid.UUID(fields["seat"]))).one()
        attempt.state = AttemptState.SUBMITTED
    assert "Answers that come now are kept as evidence, and not counted" in place.pengawas.get(file).text


def emergency_file(place: Place) -> bytes:
    """What the first candidate's computer would save now."""
    candidate = place.candidates[0]
    seat = candidate.runner.seat
    key = base64.b64decode(seat["emergency_key"]) if "emergency_key" in seat else KEYS.emergency_public
    number = place.room.enrolments[0].participant_number
    made = FileMaker(key, seat["attempt"], number, seat["token"], head_seq=0, head_digest=seat["digest"])
    made.steps = list(candidate.outbox)
    return made.make()


def send_file(place: Place, content: bytes, *, browser: Browser | None = None) -> TestResponse:
    """The file as a browser posts it; put together here, because the test client leaves large temporary files open."""
    sender = browser or place.proktor
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{sender.csrf_token()}\r\n'.encode(),
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="jawaban.json"\r\n\r\n',
        content,
        b"\r\n--x--\r\n",
    ]
    body = b"".join(parts)
    return sender.post(f"{place.path}/berkas-darurat", data=body, content_type="multipart/form-data; boundary=x")


def test_a_silence_that_lasts_is_offered_until_now_and_can_be_proposed_as_offered(place: Place) -> None:
    place.until(GONE)
    place.until(GONE + 5 * MINUTE, silent=(0, 1, 2))
    place.clock.now += timedelta(milliseconds=300)
    page = place.proktor.get(f"{place.path}/gangguan").text
    begins, ends = re.findall(r'type="datetime-local" value="([^"]+)"', page)
    assert ends == "2026-11-02T10:02:00"
    fields = {"begins": begins, "ends": ends, "reason": "Kabel jaringan putus"}
    assert place.proktor.submit(f"{place.path}/gangguan", fields).status_code == 302


def test_the_servers_own_silence_is_named_beside_the_longer_one_of_the_seats(place: Place) -> None:
    place.until(GONE)
    place.clock.now = BACK
    with place.database.transaction() as session:
        note_pulse(session, now=BACK)
        watch_seats(session, now=BACK)
    place.until(BACK + 40 * SECOND, silent=(0, 1, 2, 3))
    page = place.proktor.get(f"{place.path}/gangguan").text
    assert "The server was away" in page
    assert re.search(r"No contact with seats 1–4. The server itself was away: 2 Nov, 09.57", page)


def test_three_silent_seats_prove_an_outage_of_the_network_for_themselves_alone(place: Place) -> None:
    place.until(GONE)
    held_back, heard = place.candidates[0], place.candidates[3]
    for candidate in (held_back, heard):
        candidate.answer(0, options_of(place, 0, candidate), at=DEADLINE - MINUTE)
    kept, heard.outbox = list(heard.outbox), []
    place.until(BACK, silent=[0, 1, 2])
    heard.outbox = kept
    place.until(BACK + 20 * SECOND)
    page = place.proktor.get(f"{place.path}/gangguan").text
    assert "No contact with seats 1–3" in page
    assert "1 late answer of 1 seat" in page
    fields = {"begins": "2026-11-02T09:57:00", "ends": "2026-11-02T10:04:00", "reason": "Kabel jaringan putus"}
    assert place.proktor.submit(f"{place.path}/gangguan", fields).status_code == 302
    with place.database.reading() as session:
        outage = session.scalars(select(Outage)).one().public_id
    place.committee.submit(f"/gangguan/{outage}/setujui")
    assert (len(place.answers(0)), len(place.answers(3))) == (1, 0)


# What the pages refuse --------------------------------------------------------------------------------------------


def test_an_interval_without_proof_comes_back_with_what_is_missing_and_what_was_typed(place: Place) -> None:
    outage_of_the_server(place)
    fields = {"begins": "2026-11-02T08:10:00", "ends": "2026-11-02T08:20:00", "reason": "Listrik padam"}
    answer = place.proktor.submit(f"{place.path}/gangguan", fields)
    assert answer.status_code == 422
    assert "0 seats were silent throughout it where 3 are needed" in answer.text
    assert "2026-11-02T08:10:00" in answer.text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"begins": "", "ends": "2026-11-02T10:04:00", "reason": "Listrik padam"}, "Write day and time"),
        ({"begins": "x", "ends": "y", "reason": "Listrik padam"}, "Write day and time"),
        ({"begins": "2026-11-02T09:57:00", "ends": "2026-11-02T10:04:00", "reason": "-"}, "Write what happened"),
        ({"begins": "2026-11-02T10:04:00", "ends": "2026-11-02T09:57:00", "reason": "Listrik padam"}, "must end after"),
    ],
)
def test_a_proposal_that_makes_no_sense_is_refused_in_words(place: Place, fields: dict[str, str], message: str) -> None:
    outage_of_the_server(place)
    answer = place.proktor.submit(f"{place.path}/gangguan", fields)
    assert answer.status_code == 422
    assert message in answer.text


def test_a_proposal_is_withdrawn_or_refused(place: Place) -> None:
    outage_of_the_server(place)
    fields = {"begins": "2026-11-02T09:57:00", "ends": "2026-11-02T10:04:00", "reason": "Listrik padam"}
    for act in ("tarik", "tolak"):
        place.proktor.submit(f"{place.path}/gangguan", fields)
        with place.database.reading() as session:
            outage = session.scalars(select(Outage)).one().public_id
        if act == "tarik":
            place.proktor.submit(f"{place.path}/gangguan/{outage}/tarik")
        else:
            place.committee.submit(f"/gangguan/{outage}/tolak")
        with place.database.reading() as session:
            assert session.scalars(select(Outage)).all() == []
    log = place.proktor.get(f"{place.path}/catatan").text
    assert log.count("Outage withdrawn or refused") == 2
    assert "outage." not in log  # no act is told by its name for programs


def test_a_mistyped_fingerprint_is_struck_out_on_the_page_and_stays_there(place: Place) -> None:
    outage_of_the_server(place)
    seat = place.candidates[0].runner.seat["attempt"]
    path = f"{place.path}/berkas-darurat"
    place.pengawas.submit(f"{path}/sidik", {"seat": seat, "fingerprint": "7K2M-Q9XD"})
    wrong = {"seat": seat, "fingerprint": "7K2M-Q9XD", "reason": "ya"}
    place.pengawas.submit(f"{path}/sidik/coret", wrong)
    assert "Write why the fingerprint is wrong" in place.pengawas.get(path).text
    place.pengawas.submit(f"{path}/sidik/coret", wrong | {"reason": "Salah ketik huruf ketiga"})
    page = place.pengawas.get(path).text
    assert "<s>7K2M-Q9XD</s>" in page
    assert "Salah ketik huruf ketiga" in page
    assert place.pengawas.submit(f"{path}/sidik/coret", wrong | {"seat": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "This is no emergency file"),
        (b"PK\x03\x04", "This is no emergency file"),
        (b"{" * 1_100_000, "larger than 1 MB"),
    ],
)
def test_a_wrong_file_is_refused_in_words(place: Place, content: bytes, message: str) -> None:
    answer = send_file(place, content)
    assert answer.status_code == 422
    assert message in answer.text


def test_a_file_whose_fingerprint_was_not_noted_is_refused_in_words(place: Place) -> None:
    content = emergency_file(place)
    answer = send_file(place, content)
    assert answer.status_code == 422
    assert f"Nobody noted the fingerprint {shown_fingerprint(content)} for seat 1" in answer.text
    assert "Choose the file." in place.proktor.submit(f"{place.path}/berkas-darurat").text


def test_noting_needs_a_candidate_and_eight_characters(place: Place) -> None:
    path = f"{place.path}/berkas-darurat/sidik"
    assert "Choose the candidate." in place.pengawas.submit(path, {"seat": "", "fingerprint": "7K2M-Q9XD"}).text
    with place.database.reading() as session:
        seat = str(session.scalars(select(Attempt.public_id)).first())
    short = place.pengawas.submit(path, {"seat": seat, "fingerprint": "7K2M"})
    assert short.status_code == 422
    assert "eight letters and digits" in short.text
    assert 'value="7K2M"' in short.text


def test_after_the_seal_the_pages_offer_nothing_any_more(place: Place) -> None:
    outage_of_the_server(place)
    with place.database.transaction() as session:
        sitting = session.get_one(Sitting, place.room.sitting.id)
        close_sitting(session, sitting, actor=SYSTEM, now=place.clock.now)
        sitting.state = SittingState.SEALED
    for page in ("gangguan", "berkas-darurat"):
        text = place.proktor.get(f"{place.path}/{page}").text
        assert "The answers are sealed." in text
        assert 'method="post" action="/ruang' not in text


# Who may ----------------------------------------------------------------------------------------------------------


def test_only_the_right_roles_come_near(place: Place) -> None:
    cast = Cast(place.app, place.database)
    nobody = "00000000-0000-4000-8000-000000000000"
    assert cast.who_may("GET", f"{place.path}/gangguan") == {Role.PROKTOR}
    assert cast.who_may("POST", f"{place.path}/gangguan") == {Role.PROKTOR}
    assert cast.who_may("POST", f"{place.path}/gangguan/{nobody}/tarik") == {Role.PROKTOR}
    assert cast.who_may("GET", "/gangguan/") == {Role.COMMITTEE}
    for method, act in (("GET", ""), ("POST", "/setujui"), ("POST", "/tolak")):
        assert cast.who_may(method, f"/gangguan/{nobody}{act}") == {Role.COMMITTEE}
    room_staff = {Role.PROKTOR, Role.PENGAWAS}
    assert cast.who_may("GET", f"{place.path}/berkas-darurat") == room_staff
    assert cast.who_may("POST", f"{place.path}/berkas-darurat/sidik") == room_staff
    assert cast.who_may("POST", f"{place.path}/berkas-darurat/sidik/coret") == room_staff
    assert cast.who_may("POST", f"{place.path}/berkas-darurat") == {Role.PROKTOR}
    assert cast.who_may("GET", f"{place.path}/berkas-darurat/{nobody}") == room_staff
    assert cast.who_may("POST", f"{place.path}/berkas-darurat/{nobody}/impor") == room_staff


def test_staff_of_another_site_find_nothing_here(place: Place) -> None:
    with place.database.transaction() as session:
        stranger = in_english(Cast(place.app, place.database).stranger())
        stranger.sign_in_as(session, make_staff(session, Role.PROKTOR, "Orang lain", site=make_site(session)))
    for page in ("gangguan", "berkas-darurat"):
        assert stranger.get(f"{place.path}/{page}").status_code == 404
    assert send_file(place, emergency_file(place), browser=stranger).status_code == 404


def test_a_file_or_an_outage_of_another_sitting_is_not_found_under_this_one(place: Place) -> None:
    outage_of_the_server(place)
    fields = {"begins": "2026-11-02T09:57:00", "ends": "2026-11-02T10:04:00", "reason": "Listrik padam"}
    place.proktor.submit(f"{place.path}/gangguan", fields)
    with place.database.transaction() as session:
        here = session.get_one(Sitting, place.room.sitting.id)
        outage = session.scalars(select(Outage)).one().public_id
        there = Sitting(
            **{name: getattr(here, name) for name in ("administration_id", "form_id", "site_id", "title", "state")},
            **{name: getattr(here, name) for name in ("opens_at", "closes_at", "duration_seconds", "created_at")},
            room="Lab 9",
            start_code=START_CODE,
        )
        session.add(there)
        session.flush()
        path = f"/ruang/{there.public_id}"
    assert place.proktor.submit(f"{path}/gangguan/{outage}/tarik").status_code == 404
    with place.database.reading() as session:
        assert session.scalars(select(EmergencyFile)).all() == []


def test_a_post_without_its_token_changes_nothing(place: Place) -> None:
    outage_of_the_server(place)
    assert place.proktor.post(f"{place.path}/gangguan", data={"reason": "Listrik padam"}).status_code == 400
