"""The papers of a sitting: what they state, before the seal and after it, for a small room and for a full one."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import Anchor, Attempt, ContactGap, Enrolment, SeatEvent, Sitting
from exam.operations import proctoring
from exam.operations.incidents import note_incident
from exam.operations.sittings import close_sitting, seal_sitting
from exam.queries.minutes import attendance, minutes_of
from exam.states import AttemptState, IncidentKind, SittingState
from exam.timing import MINUTE_MS, epoch_ms
from registry.actor import SYSTEM, Actor
from registry.roles import Role
from testing_platform.database import Database
from testing_platform.minutes_paper import minutes_document, minutes_pdf
from testing_platform.papers import attendance_document, attendance_pdf, in_paper_language
from testing_platform.wiring import Platform, utc_now
from tests.examination import Plan, make_form, make_site, make_staff
from tests.web.sitting_scenes import challenge, plan_room, seat_somebody, sign_in, work

LONG = "Listrik padam di seluruh gedung selama empat menit; genset menyala, semua peserta masuk kembali. " * 6
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def furnished(session: Session, *, n_seats: int = 6) -> tuple[Sitting, Actor]:
    """A room in which nearly everything happened: seat 1 never came, seat 2 waited, the others worked."""
    form, site = make_form(session, Plan(n_pedagogic=2, n_professional=6)), make_site(session)
    sitting = plan_room(session, form, site, state=SittingState.OPEN)
    proktor = make_staff(session, Role.PROKTOR, "I Made Suardana", site=site)
    now = utc_now()
    for seat in range(1, n_seats + 1):
        name = "Ni Luh Putu Kusumawardhani Pradnyani Dewi, S.Pd., M.Pd." if seat == 3 else ""
        enrolment = seat_somebody(session, sitting, seat, name=name)
        if seat == 2:
            sign_in(session, enrolment, now=now)
        elif seat > 2:
            work(session, enrolment, now=now)
    third, fourth = attempts(session)[1:3]
    third.enrolment.extra_minutes = 30
    proctoring.add_minutes_to_room(session, sitting, minutes=5, reason="Listrik padam", actor=proktor, now=now)
    proctoring.pause_seat(session, third, reason="Sakit", actor=proktor, now=now)
    proctoring.resume_seat(session, third, reason="Sehat lagi", actor=proktor, now=now + MINUTE)
    proctoring.release_room(session, sitting, actor=proktor, now=now + 2 * MINUTE)
    for place, attempt in enumerate(attempts(session)):
        back = now + 3 * MINUTE + place * timedelta(seconds=7)
        session.add(SeatEvent(attempt_id=attempt.id, at=back, kind="device_taken", details={}))
        session.add(ContactGap(attempt_id=attempt.id, from_ms=epoch_ms(now), until_ms=epoch_ms(now) + 2 * MINUTE_MS))
    note_incident(
        session, sitting, kind=IncidentKind.POWER, note=LONG, happened_at=now, actor=proktor, now=now, attempt=fourth
    )
    challenge(session, third, third.last_seq + 1, item=2, value="picture;pictures=0/1")
    fingerprint, wrong = {"fingerprint": "7K2M-Q9XD"}, {"reason": "Salah ketik"}
    for attempt, kind, details in (
        (third, "admitted", {}),
        (fourth, "admitted", {}),
        (fourth, "emergency_fingerprint", fingerprint),
        (fourth, "emergency_fingerprint_struck", fingerprint | wrong),
    ):
        session.add(SeatEvent(attempt_id=attempt.id, at=now, kind=kind, actor_id=proktor.account_id, details=details))
    minute = epoch_ms(now) // MINUTE_MS
    session.add(Anchor(subject=str(sitting.public_id), minute=minute, n_steps=7, root=bytes(range(32)), signature="x"))
    session.flush()
    return sitting, proktor


def attempts(session: Session) -> list[Attempt]:
    return list(session.scalars(select(Attempt).join(Enrolment).order_by(Enrolment.seat)))


def rows_of(document: dict[str, Any], title: str) -> list[list[str]]:
    (found,) = [table["rows"] for table in document["tables"] if table["title"] == title]
    rows: list[list[str]] = found
    return rows


def test_the_minutes_state_what_happened_in_the_words_of_the_site(web_database: Database, app: Flask) -> None:
    with web_database.transaction() as session:
        sitting, _ = furnished(session)
        with in_paper_language():
            document = minutes_document(minutes_of(session, sitting, now=utc_now() + 10 * MINUTE))
    assert app.testing
    assert document["mark"] == "Belum disegel"
    counts = dict(document["counts"])
    assert (counts["Terdaftar"], counts["Hadir"], counts["Tidak hadir"]) == ("6", "5", "1 (kursi 1)")
    assert counts["Diberikan sebelumnya"] == "kursi 3: +30 mnt"
    ((_, kind, seat, note, who),) = rows_of(document, "Kejadian")
    assert (kind, seat, note, who) == ("Listrik", "4", LONG.strip(), "I Made Suardana")
    acts = [(what, seats) for _, what, seats, _ in rows_of(document, "Tindakan pada kursi dan waktu")]
    assert ("5 menit ditambahkan: Listrik padam", "Seluruh ruang") in acts
    assert ("Waktu dihentikan: Sakit", "3") in acts
    assert ("Kursi dilepaskan untuk pindah komputer", "semua 5 yang hadir") in acts
    assert ("Masuk lagi di komputer", "semua 5 yang hadir") in acts
    assert rows_of(document, "Kursi yang terputus") == [["semua 5 yang hadir", "1 kali", "2 menit"]]
    assert rows_of(document, "Soal yang dilaporkan") == [["2", "1", "Gambar tidak tampil (1)"]]
    ((code, seat, said),) = rows_of(document, "Berkas darurat")
    assert (code, seat) == ("7K2M-Q9XD", "4")
    assert re.search(r"^dicatat .*; dicoret .* · I Made Suardana: Salah ketik$", said)
    ((_, admitted, admitted_by),) = rows_of(document, "Izin mulai setelah identitas diperiksa")
    assert (admitted, admitted_by) == ("3, 4", "I Made Suardana")
    facts = dict(document["facts"])
    assert re.fullmatch(r"\d\d\.\d\d\.\d\d", facts["Mulai pertama"])
    assert facts["Pengumpulan terakhir"] == "tidak ada yang mengumpulkan"

    assert any("7 langkah" in value for _, value, _ in document["proof"])


def test_after_the_seal_the_minutes_are_the_same_whenever_they_are_printed(
    web_database: Database, platform: Platform
) -> None:
    with web_database.transaction() as session:
        sitting, proktor = furnished(session)
        now = utc_now() + 5 * MINUTE
        close_sitting(session, sitting, actor=proktor, now=now)
        before = minutes_pdf(minutes_of(session, sitting, now=now))
        seal_sitting(session, sitting, keys=platform.keys, actor=SYSTEM, now=now + MINUTE)
        first = minutes_of(session, sitting, now=now + 2 * MINUTE)
        printed = minutes_pdf(first)
        minute = epoch_ms(now + timedelta(days=1)) // MINUTE_MS
        session.add(Anchor(subject=str(sitting.public_id), minute=minute, n_steps=9, root=bytes(32), signature="y"))
        session.flush()
        again = minutes_of(session, sitting, now=now + timedelta(days=400))
        with in_paper_language():
            document = minutes_document(again)
        assert minutes_pdf(again) == printed != before
    assert document["mark"] is None
    assert re.search(
        r"^[0-9A-Z]{4}-[0-9A-Z]{4}, mencakup 5 pengerjaan$", dict(p[:2] for p in document["proof"])["Segel"]
    )


def test_the_attendance_list_knows_who_was_there_once_the_room_is_closed(web_database: Database) -> None:
    with web_database.transaction() as session:
        sitting, proktor = furnished(session)
        with in_paper_language():
            before = attendance_document(sitting, attendance(session, sitting))
        for attempt in attempts(session)[2:]:
            attempt.state, attempt.submitted_ms = AttemptState.SUBMITTED, attempt.begun_ms
        session.flush()
        close_sitting(session, sitting, actor=proktor, now=utc_now() + 5 * MINUTE)
        session.expire_all()
        with in_paper_language():
            after = attendance_document(sitting, attendance(session, sitting))
    assert [row["presence"] for row in before["rows"]] == ["", *["hadir"] * 5]
    expected = ["tidak hadir", "hadir, tidak mulai", *["hadir"] * 4]
    assert [row["presence"] for row in after["rows"]] == expected
    assert [row["ended"] for row in after["rows"]][2] == "waktu habis"
    assert dict(after["counts"]) == {"Terdaftar": "6", "Hadir": "5", "Tidak hadir": "1"}


def test_a_full_room_fits_its_pages(web_database: Database) -> None:
    with web_database.transaction() as session:
        sitting, _ = furnished(session, n_seats=120)
        paper = attendance_pdf(sitting, attendance(session, sitting))
        minutes = minutes_pdf(minutes_of(session, sitting, now=utc_now() + 10 * MINUTE))
    assert paper.startswith(b"%PDF")
    assert 4 <= _pages(paper) <= 6
    assert _pages(minutes) <= 4  # seats that went the same way stand in one line


def test_the_minutes_of_a_quiet_room_are_one_page_with_its_signatures(web_database: Database) -> None:
    with web_database.transaction() as session:
        form, site = make_form(session, Plan(n_pedagogic=2, n_professional=6)), make_site(session)
        sitting = plan_room(session, form, site, state=SittingState.CLOSED)
        for seat in range(1, 5):
            work(session, seat_somebody(session, sitting, seat), now=utc_now())
        minutes = minutes_of(session, sitting, now=utc_now())
        with in_paper_language():
            document = minutes_document(minutes)
        assert _pages(minutes_pdf(minutes)) == 1
    assert document["words"]["nothing"] == "Nihil"  # under it, in one line, what did not happen
    assert rows_of(document, "Kejadian") == []


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
