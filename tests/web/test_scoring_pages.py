"""Key check, scoring and release through the pages: who may, what is refused, what leaves as a file."""

import csv
import hashlib
import io
import re
import uuid
from dataclasses import dataclass

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from exam.model import Attempt, Form, KeySet, Release, ScoringRun
from itembank.model import ItemPicture, ItemVersion, Media
from registry.model import AuditEvent
from registry.roles import Role
from testing_platform import jobs
from testing_platform.database import Database
from testing_platform.exports import Table, as_csv, as_xlsx
from testing_platform.wiring import utc_now
from tests.examination import answers_with, enrol, make_form, make_sitting, take_test, wait_at_the_door
from tests.web.conftest import Browser, Cast
from tests.web.sitting_scenes import challenge, in_english

FORMULA = '=HYPERLINK("http://contoh.id";"klik")'


@dataclass(frozen=True)
class Staff:
    """The people whom the way to results needs."""

    proposer: Browser
    signer: Browser
    committee: Browser
    second: Browser


@pytest.fixture
def staff(cast: Cast) -> Staff:
    return Staff(
        proposer=cast[Role.PSYCHOMETRICIAN],
        signer=cast.another(Role.PSYCHOMETRICIAN, number=2),
        committee=cast[Role.COMMITTEE],
        second=cast.another(Role.COMMITTEE, number=2),
    )


@pytest.fixture
def form_id(web_database: Database) -> uuid.UUID:
    """A form of four items that five people sat; one of them waits at the door for ever, and one never came."""
    with web_database.transaction() as session:
        form = make_form(session)
        sitting = make_sitting(session, form)
        for n_right in range(5):
            take_test(session, enrol(session, sitting, FORMULA if n_right == 4 else ""), answers_with(form, n_right))
        wait_at_the_door(session, enrol(session, sitting, "Rini Astuti"))
        enrol(session, sitting, "Agus Salim")
        return form.public_id


@pytest.fixture
def run_id(web_database: Database, form_id: uuid.UUID, staff: Staff) -> uuid.UUID:
    sign_twice(web_database, form_id, staff)
    assert staff.proposer.actor is not None
    return jobs.score_form(web_database, form_id, actor=staff.proposer.actor, now=utc_now())


def sign_twice(database: Database, form_id: uuid.UUID, staff: Staff) -> None:
    assert staff.proposer.submit(f"/penilaian/{form_id}/kunci").status_code == 302
    digest = key_digest(database)
    for signer in (staff.signer, staff.committee):
        assert signer.submit(f"/penilaian/{form_id}/kunci/tanda-tangan", {"digest": digest}).status_code == 302


def key_digest(database: Database) -> str:
    with database.reading() as session:
        return session.scalars(select(KeySet.digest).order_by(KeySet.id.desc())).first().hex()  # type: ignore[union-attr]


def run_digest(database: Database) -> str:
    with database.reading() as session:
        return session.scalars(select(ScoringRun.digest)).one().hex()


def text_in(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


# Who may ----------------------------------------------------------------------------------------------------------

PSYCHOMETRICIAN, COMMITTEE = {Role.PSYCHOMETRICIAN}, {Role.COMMITTEE}
BOTH = PSYCHOMETRICIAN | COMMITTEE


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/penilaian/", BOTH),
        ("GET", "/penilaian/{form}/kunci", BOTH),
        ("GET", "/penilaian/{form}/kunci/ubah", PSYCHOMETRICIAN),
        ("POST", "/penilaian/{form}/kunci", PSYCHOMETRICIAN),
        ("POST", "/penilaian/{form}/kunci/tanda-tangan", BOTH),
        ("GET", "/penilaian/{form}/gambar/" + "0" * 64, BOTH),
        ("POST", "/penilaian/{form}/skor", PSYCHOMETRICIAN),
        ("GET", "/penilaian/hasil/{run}", BOTH),
        ("POST", "/penilaian/hasil/{run}/usul", COMMITTEE),
        ("POST", "/penilaian/hasil/{run}/setujui", COMMITTEE),
        ("POST", "/penilaian/hasil/{run}/tarik", COMMITTEE),
        ("GET", "/penilaian/hasil/{run}/nilai.csv", BOTH),
        ("GET", "/penilaian/hasil/{run}/nilai.xlsx", BOTH),
    ],
)
def test_each_page_lets_in_its_roles_only(cast: Cast, method: str, path: str, allowed: set[Role]) -> None:
    # Nothing is there: whoever may, is told so; whoever may not, does not even learn that.
    assert cast.who_may(method, path.format(form=uuid.uuid4(), run=uuid.uuid4())) == allowed


def test_a_form_without_its_token_does_nothing(staff: Staff, form_id: uuid.UUID) -> None:
    assert staff.proposer.post(f"/penilaian/{form_id}/kunci").status_code == 400


def test_a_form_that_does_not_exist_is_a_404(staff: Staff) -> None:
    assert staff.proposer.get(f"/penilaian/{uuid.uuid4()}/kunci").status_code == 404


def test_the_committee_sees_pictures_of_the_form_and_of_no_other(
    web_database: Database, staff: Staff, form_id: uuid.UUID
) -> None:
    with web_database.transaction() as session:
        other = make_form(session)
        first = session.scalars(select(Form).where(Form.public_id == form_id)).one().items[0].version
        shown, foreign = (
            add_picture(session, first, b"<svg/>"),
            add_picture(session, other.items[0].version, b"<svg />"),
        )
    served = staff.committee.get(f"/penilaian/{form_id}/gambar/{shown}")
    assert (served.status_code, served.data, served.mimetype) == (200, b"<svg/>", "image/svg+xml")
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert staff.committee.get(f"/penilaian/{form_id}/gambar/{foreign}").status_code == 404


def add_picture(session: Session, version: ItemVersion, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    media = Media(sha256=sha256, media_type="image/svg+xml", content=content, width=1, height=1)
    session.add(ItemPicture(version=version, name="figures/1.svg", media=media))
    return sha256


# The way to results -----------------------------------------------------------------------------------------------


def test_from_keys_to_release(web_database: Database, staff: Staff, form_id: uuid.UUID) -> None:
    assert staff.proposer.get("/penilaian/").status_code == 200
    sign_twice(web_database, form_id, staff)
    scored = staff.proposer.submit(f"/penilaian/{form_id}/skor")
    assert scored.status_code == 302
    run_page = scored.headers["Location"]
    assert staff.committee.get(run_page).status_code == 200
    digest = {"digest": run_digest(web_database)}
    assert staff.committee.submit(run_page + "/usul", digest).status_code == 302
    assert staff.committee.submit(run_page + "/setujui", digest).status_code == 422
    assert staff.second.submit(run_page + "/setujui", digest).status_code == 302
    with web_database.reading() as session:
        release = session.scalars(select(Release)).one()
        assert staff.second.actor is not None
        assert release.approved_by_id == staff.second.actor.key
    assert staff.second.get(run_page).status_code == 200
    assert staff.second.get("/penilaian/").status_code == 200


def test_the_proposer_cannot_sign(web_database: Database, staff: Staff, form_id: uuid.UUID) -> None:
    staff.proposer.submit(f"/penilaian/{form_id}/kunci")
    fields = {"digest": key_digest(web_database)}
    assert staff.proposer.submit(f"/penilaian/{form_id}/kunci/tanda-tangan", fields).status_code == 422
    assert 'name="digest"' not in text_in(staff.proposer.get(f"/penilaian/{form_id}/kunci"))
    assert 'name="digest"' in text_in(staff.signer.get(f"/penilaian/{form_id}/kunci"))


@pytest.mark.parametrize(("digest", "status"), [("00" * 32, 422), ("", 422), ("not hex", 400)])
def test_a_signature_needs_the_digest_that_was_shown(
    staff: Staff, form_id: uuid.UUID, digest: str, status: int
) -> None:
    staff.proposer.submit(f"/penilaian/{form_id}/kunci")
    signed = staff.signer.submit(f"/penilaian/{form_id}/kunci/tanda-tangan", {"digest": digest})
    assert signed.status_code == status


def test_scoring_before_the_key_check_says_what_is_missing(
    web_database: Database, staff: Staff, form_id: uuid.UUID
) -> None:
    refused = staff.proposer.submit(f"/penilaian/{form_id}/skor")
    assert refused.status_code == 422
    assert "tp-error-summary" in text_in(refused)
    with web_database.reading() as session:
        assert session.scalars(select(ScoringRun)).all() == []


def edited(**changes: object) -> dict[str, object]:
    """What the edit page sends when somebody changes these fields."""
    as_in_the_bank: dict[str, object] = {f"keys-{n}": str(n - 1) for n in range(1, 5)}
    as_in_the_bank |= {f"treatment-{n}": "score" for n in range(1, 5)}
    return {**as_in_the_bank, "reason": "Dua pilihan benar", **{k.replace("_", "-"): v for k, v in changes.items()}}


def test_a_changed_key_is_proposed_with_its_reason(web_database: Database, staff: Staff, form_id: uuid.UUID) -> None:
    sent = staff.proposer.submit(f"/penilaian/{form_id}/kunci", edited(keys_2=["1", "3"], treatment_4="credit"))
    assert sent.status_code == 302
    with web_database.reading() as session:
        key_set = session.scalars(select(KeySet)).one()
        assert [(e.keys, e.treatment.value) for e in key_set.entries] == [
            ([0], "score"),
            ([1, 3], "score"),
            ([2], "score"),
            ([3], "credit"),
        ]
        assert key_set.reason == "Dua pilihan benar"


def test_a_refused_change_keeps_what_was_typed(staff: Staff, form_id: uuid.UUID) -> None:
    refused = staff.proposer.submit(f"/penilaian/{form_id}/kunci", edited(keys_3=[], treatment_4="drop"))
    assert refused.status_code == 422
    page = text_in(refused)
    assert 'href="#f-keys-3"' in page
    assert '<option value="drop" selected>' in page
    assert "Dua pilihan benar" in page


@pytest.mark.parametrize("nonsense", [{"treatment_1": "double"}, {"keys_1": "A"}, {"treatment-x": "score"}])
def test_nonsense_is_a_bad_request(staff: Staff, form_id: uuid.UUID, nonsense: dict[str, str]) -> None:
    assert staff.proposer.submit(f"/penilaian/{form_id}/kunci", edited(**nonsense)).status_code == 400


def test_a_withdrawal_needs_a_reason(web_database: Database, staff: Staff, run_id: uuid.UUID) -> None:
    page = f"/penilaian/hasil/{run_id}"
    staff.committee.submit(page + "/usul", {"digest": run_digest(web_database)})
    assert staff.second.submit(page + "/tarik", {"reason": ""}).status_code == 422
    assert staff.second.submit(page + "/tarik", {"reason": "Menunggu berita acara"}).status_code == 302
    with web_database.reading() as session:
        assert session.scalars(select(Release)).all() == []


def test_a_release_that_nobody_proposed_cannot_be_approved(staff: Staff, run_id: uuid.UUID) -> None:
    assert staff.second.submit(f"/penilaian/hasil/{run_id}/setujui", {"digest": "00" * 32}).status_code == 409


def test_who_never_began_is_listed_apart(staff: Staff, run_id: uuid.UUID) -> None:
    page = text_in(staff.committee.get(f"/penilaian/hasil/{run_id}"))
    scored, not_scored = page.split("Agus Salim")[0], page[page.index("Rini Astuti") - 400 :]
    assert "Rini Astuti" in not_scored
    assert scored.count("tp-badge") > 5


# Exports ----------------------------------------------------------------------------------------------------------


def test_the_csv_has_everybody_and_no_formula(staff: Staff, run_id: uuid.UUID) -> None:
    response = staff.committee.get(f"/penilaian/hasil/{run_id}/nilai.csv")
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert [row[6:9] for row in rows[1:]] == [
        ["0", "4", "0"],
        ["1", "4", "25"],
        ["2", "4", "50"],
        ["3", "4", "75"],
        ["4", "4", "100"],
        ["", "", ""],
        ["", "", ""],
    ]
    assert rows[5][2] == "'" + FORMULA
    assert all(len(row) == 13 and len(row[1]) == 16 for row in rows[1:])


def test_the_workbook_holds_text_where_people_typed_formulas(staff: Staff, run_id: uuid.UUID) -> None:
    response = staff.committee.get(f"/penilaian/hasil/{run_id}/nilai.xlsx")
    sheet, notes = load_workbook(io.BytesIO(response.data)).worksheets
    name = sheet.cell(row=6, column=3)
    assert (name.value, name.data_type) == (FORMULA, "s")
    assert (sheet.cell(row=6, column=9).value, sheet.cell(row=2, column=2).data_type) == (100, "s")
    assert notes.max_row >= 8


def test_an_export_is_in_the_audit(web_database: Database, staff: Staff, run_id: uuid.UUID) -> None:
    staff.committee.get(f"/penilaian/hasil/{run_id}/nilai.xlsx")
    with web_database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "scores.export")).one()
        assert staff.committee.actor is not None
        assert (event.actor, event.subject) == (staff.committee.actor.public_id, str(run_id))
        assert event.details == {"format": "xlsx", "attempts": 5}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    table = Table(title="T", headers=["x"], rows=[[start + "1"], [-1]])
    first, second = list(csv.reader(io.StringIO(as_csv(table).decode("utf-8-sig"), newline="")))[1:]
    assert (first[0][:1], second) == ("'", ["-1"])


def test_a_workbook_without_rows_opens() -> None:
    table = Table(title="T" * 40, headers=["x"], rows=[])
    assert load_workbook(io.BytesIO(as_xlsx(table, notes_title="N"))).worksheets[0].max_row == 1


def test_reports_of_candidates_stand_beside_their_item_and_wait_to_be_read(
    web_database: Database, form_id: uuid.UUID, staff: Staff
) -> None:
    with web_database.transaction() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.begun_ms.is_not(None))).first()
        assert attempt is not None
        value = "picture;answer=C;view=800x600;zoom=1.5;pictures=0/1"
        challenge(session, attempt, attempt.last_seq + 1, item=2, value=value)
    page = in_english(staff.proposer).get(f"/penilaian/{form_id}/kunci").text
    assert "Candidates reported 1 item" in page
    assert "A picture is missing (1)" in page
    assert "800x600" in page
    assert "Propose the keys of the bank" not in page
    refused = staff.proposer.submit(f"/penilaian/{form_id}/kunci")
    assert refused.status_code == 422
    assert 'href="#f-reports-2"' in refused.text
    assert staff.proposer.submit(f"/penilaian/{form_id}/kunci", {"reports-2": "1"}).status_code == 302
    assert "not read yet" not in staff.proposer.get(f"/penilaian/{form_id}/kunci").text
    assert 'id="sign"' in staff.signer.get(f"/penilaian/{form_id}/kunci").text
    with web_database.transaction() as session:
        again = session.get_one(Attempt, attempt.id)
        challenge(session, again, again.last_seq + 1, item=2)
    page = in_english(staff.signer).get(f"/penilaian/{form_id}/kunci").text
    assert 'id="sign"' not in page
    assert "the keys must be proposed anew" in page
    answer = staff.signer.submit(f"/penilaian/{form_id}/kunci/tanda-tangan", {"digest": key_digest(web_database)})
    assert answer.status_code == 422
