"""Sites and teachers, and the pages that list them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry import operations as registry
from registry import queries
from registry.actor import SYSTEM
from registry.audit import record
from registry.errors import NuptkMalformedError, NuptkTakenError, SiteCodeTakenError, TeacherFileError
from registry.model import AuditEvent, Level, Site, SiteKind, Teacher, TimeZone
from registry.sheets import ProblemKind
from tests.conftest import NOW

HEADER = "nuptk;nama;jenjang;mapel;sekolah\n"


def load(session: Session, *lines: str) -> registry.TeachersImported:
    content = (HEADER + "\n".join(lines)).encode()
    return registry.import_teachers(session, content, file="guru.csv", actor=SYSTEM, now=NOW)


def site(session: Session, code: str) -> Site:
    return registry.create_site(
        session,
        code=code,
        name=f"LPMP {code}",
        kind=SiteKind.LPMP,
        time_zone=TimeZone.WIT,
        province="Maluku",
        actor=SYSTEM,
        now=NOW,
    )


def test_a_site_is_made_once_and_corrected(session: Session) -> None:
    made = site(session, "AMB")
    with pytest.raises(SiteCodeTakenError):
        site(session, "AMB")
    registry.update_site(
        session,
        made,
        name="LPMP Ambon",
        kind=SiteKind.P4TK,
        time_zone=TimeZone.WITA,
        province="Maluku",
        actor=SYSTEM,
        now=NOW,
    )
    session.commit()
    session.expire_all()
    (found,) = queries.sites(session)
    assert (found.name, found.kind, found.time_zone) == ("LPMP Ambon", SiteKind.P4TK, TimeZone.WITA)
    assert queries.find_site(session, made.public_id) is found
    assert list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id))) == ["site.create", "site.update"]


def test_a_teacher_is_entered_once(session: Session) -> None:
    def enter(nuptk: str) -> Teacher:
        return registry.create_teacher(
            session,
            nuptk=nuptk,
            full_name="Siti",
            level=Level.SMP,
            subject="Matematika",
            school="SMPN 1",
            actor=SYSTEM,
            now=NOW,
        )

    siti = enter("1234567890123456")
    assert queries.find_teacher(session, siti.public_id) is siti
    with pytest.raises(NuptkTakenError):
        enter("1234567890123456")
    with pytest.raises(NuptkMalformedError):
        enter("123456789012345x")


def test_a_list_makes_new_teachers_and_updates_known_ones(session: Session) -> None:
    first = load(session, "1234567890123456;Siti;SMP;Matematika;SMPN 1", "2234567890123456;Budi;SMA;Matematika;SMAN 3")
    second = load(session, "2234567890123456;Budi;SMK;Matematika;SMKN 2", "3234567890123456;Ani;SD;Kelas;SDN 9")
    assert (first.n_new, first.n_known, second.n_new, second.n_known) == (2, 0, 1, 1)
    session.expire_all()
    budi = session.scalars(select(Teacher).where(Teacher.nuptk == "2234567890123456")).one()
    assert (budi.level, budi.school) == (Level.SMK, "SMKN 2")


def test_a_list_with_any_problem_writes_nothing(session: Session) -> None:
    with pytest.raises(TeacherFileError) as refused:
        load(session, "1234567890123456;Siti;SMP;Matematika;SMPN 1", "22;Budi;SMU;Matematika;SMAN 3")
    assert [(problem.line, problem.column, problem.kind) for problem in refused.value.problems] == [
        (3, "nuptk", ProblemKind.NUPTK_NOT_16_DIGITS),
        (3, "jenjang", ProblemKind.LEVEL_UNKNOWN),
    ]
    assert session.scalar(select(func.count()).select_from(Teacher)) == 0


def test_the_audit_journal_holds_no_name_and_no_nuptk(session: Session) -> None:
    load(session, "1234567890123456;Siti;SMP;Matematika;SMPN 1")
    kept = repr(session.execute(select(AuditEvent.__table__)).all())
    assert "teacher.import" in kept
    assert "Siti" not in kept
    assert "1234567890123456" not in kept


def test_teachers_are_found_by_any_words_page_by_page(session: Session) -> None:
    lines = [f"{number:016};Guru {number:03};SD;Kelas;SDN {number % 2}" for number in range(1, 121)]
    load(session, *lines, "9999999999999999;100%_Putu;SMA;Matematika;SMAN 4")
    first = queries.teachers(session)
    assert (first.n_found, first.n_pages, len(first.teachers)) == (121, 3, 50)
    assert queries.teachers(session, page=99).number == 3
    assert len(queries.teachers(session, page=3).teachers) == 21
    assert [t.full_name for t in queries.teachers(session, words="sdn 1 guru 0000000000000007").teachers] == [
        "Guru 007"
    ]
    assert [t.full_name for t in queries.teachers(session, words="_").teachers] == ["100%_Putu"]
    assert queries.teachers(session, words="tidak ada").n_pages == 1


def test_pages_of_the_audit_journal_do_not_shift_while_it_grows(session: Session) -> None:
    def event(number: int) -> None:
        at = NOW + timedelta(seconds=number)
        record(session, actor=SYSTEM, action="test.act", subject_kind="test", subject=str(number), at=at)

    for number in range(60):
        event(number)
    newest = queries.audit_page(session)
    event(60)
    older = queries.audit_page(session, older_than=newest.older_than)
    assert [int(e.subject) for e in (*newest.events, *older.events)] == list(range(59, -1, -1))
    assert older.older_than is None
    assert [e.subject for e in queries.audit_page(session, subject="7").events] == ["7"]
    assert queries.audit_page(session, action="other.act").events == []


def test_the_audit_page_names_the_actors_for_its_reader(session: Session) -> None:
    account = registry.create_account(session, email="ani@contoh.id", full_name="Ani", actor=SYSTEM, now=NOW)
    registry.revoke_sessions(session, account, actor=queries.actor_of(account), now=NOW)
    page = queries.audit_page(session)
    assert page.names == {account.public_id: "Ani"}
    assert [found.email for found in queries.accounts(session)] == ["ani@contoh.id"]
    assert queries.find_account(session, account.public_id) is account
