"""Checking a receipt: genuine or not, sealed or not, nothing about anybody else, and a proof that others can check."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from exam.credentials import participant_number
from exam.keys import Keys
from exam.model import Attempt, Enrolment, Seal
from exam.seals import as_text, from_text
from exam.statements import as_line, sign
from registry.roles import Role
from testing_platform.wiring import Platform
from tests.conftest import NOW, Furnished
from tests.exam_room import furnish
from tests.intruder import Intruder
from tests.proved_room import ProvedRoom
from tests.web.conftest import Browser, Cast

PATH = "/tanda-terima/"
CHECK = Path(__file__).parents[1] / "standalone_receipt_check.py"
STRANGER = Keys.derive("the secret of somebody else altogether")


@pytest.fixture
def start_file(sqlite_banked: Path) -> Path:
    """The shipped bank is there."""
    return sqlite_banked


@pytest.fixture
def room(platform: Platform, tmp_path: Path) -> ProvedRoom:
    """Four candidates, of whom three handed in; one of them sent a step afterwards. Not sealed yet."""
    with platform.database.transaction() as session:
        furnished = Furnished(platform.database, furnish(session, n_seats=4, now=NOW, keys=platform.keys))
    room = ProvedRoom.of(furnished, tmp_path / "anchors", keys=platform.keys)
    for desk in room.desks:
        room.answer(desk, (1, 0), (2, 1), (3, 2))
    for desk in room.desks[:3]:
        room.submit(desk)
    room.answer(room.desks[1], (4, 1))
    return room


@pytest.fixture
def sealed(room: ProvedRoom) -> ProvedRoom:
    """The same room, sealed."""
    room.seal()
    return room


def receipt(room: ProvedRoom, number: int = 0) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(room.desks[number].receipt)
    return said


def by_code(browser: Browser, said: dict[str, Any], **instead: str) -> TestResponse:
    fields = {"participant_number": said["participant_number"], "code": said["short_code"]}
    return browser.submit(PATH, fields | instead)


def words(page: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_before_the_seal_it_is_genuine_and_not_sealed(client: Browser, room: ProvedRoom) -> None:
    page = by_code(client, receipt(room))
    assert page.status_code == 200
    assert "Tanda terima ini asli" in words(page)
    assert "belum disegel" in words(page)
    assert "3 dari 40 soal" in words(page)
    assert "bukti" not in re.findall(r'action="([^"]+)"', page.text)


def test_after_the_seal_it_is_under_the_seal(client: Browser, sealed: ProvedRoom) -> None:
    text = words(by_code(client, receipt(sealed)))
    assert "Jawaban Anda sudah disegel" in text
    assert receipt(sealed)["short_code"] in text


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")])
def test_the_code_may_be_typed_as_people_type(client: Browser, room: ProvedRoom, typed: Any) -> None:
    said = receipt(room)
    assert by_code(client, said, code=typed(said["short_code"])).status_code == 200


def test_the_text_or_the_file_does_as_well(client: Browser, sealed: ProvedRoom) -> None:
    text = sealed.desks[0].receipt
    assert "Tanda terima ini asli" in words(client.submit(PATH, {"receipt": text}))
    file = (io.BytesIO(text.encode()), "tanda-terima.json")
    assert "Tanda terima ini asli" in words(client.submit(PATH, {"file": file, "receipt": ""}))


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"attempt":1}', "{" * 20_000])
def test_what_is_no_receipt_is_told_so(client: Browser, text: str) -> None:
    page = client.submit(PATH, {"receipt": text})
    assert page.status_code == 422
    assert "bukan tanda terima" in words(page)


def test_a_changed_or_foreign_receipt_is_not_genuine(client: Browser, room: ProvedRoom) -> None:
    changed = receipt(room) | {"answered": 40}
    for text in (as_line(changed), as_line(sign(receipt(room), STRANGER))):
        page = client.submit(PATH, {"receipt": text})
        assert page.status_code == 422
        assert "tidak asli" in words(page)


def test_wrong_codes_say_nothing_and_are_slowed_down(client: Browser, room: ProvedRoom) -> None:
    said = receipt(room)
    wrong = [
        by_code(client, said, code=receipt(room, 1)["short_code"]),
        by_code(client, receipt(room, 1), participant_number=number_without_receipt(room)),
        by_code(client, said, participant_number=participant_number(999, NOW)),
    ]
    assert [page.status_code for page in wrong] == [422] * 3
    assert len({re.sub(r"\d{10}|csrf.*", "", words(page)) for page in wrong}) == 1
    for _ in range(12):
        last = by_code(client, said, code="0000-0000")
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0
    assert by_code(client, said).status_code == 429


def number_without_receipt(room: ProvedRoom) -> str:
    with room.database.reading() as session:
        return session.scalars(select(Enrolment.participant_number).where(Enrolment.seat == 4)).one()


def test_a_typing_error_is_not_counted(client: Browser, room: ProvedRoom) -> None:
    for _ in range(20):
        assert by_code(client, receipt(room), code="K7QF").status_code == 422
    assert by_code(client, receipt(room)).status_code == 200


def test_nothing_about_others_is_on_the_page(client: Browser, sealed: ProvedRoom) -> None:
    page = by_code(client, receipt(sealed)).text
    with sealed.database.reading() as session:
        for enrolment in session.scalars(select(Enrolment)):
            assert enrolment.teacher.full_name not in page
            assert enrolment.seat == 1 or enrolment.participant_number not in page
    assert "Set-Cookie" not in client.get(PATH).headers or "_user_id" not in client.get(PATH).headers["Set-Cookie"]


# The proof --------------------------------------------------------------------------------------------------------


def checked(proof: bytes, key: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the check that stands in the documentation, which knows nothing of this program."""
    file = folder / "bukti.json"
    file.write_bytes(proof)
    return subprocess.run([sys.executable, "-I", CHECK, file, key], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_proof_convinces_a_check_that_knows_nothing_of_ours(
    client: Browser, sealed: ProvedRoom, platform: Platform, tmp_path: Path, number: int
) -> None:
    """The second candidate sent a step after handing in: the proof leads over it to the seal."""
    answer = client.submit(PATH + "bukti", {"receipt": sealed.desks[number].receipt})
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="bukti-26')
    proof = answer.get_json()
    assert len(proof["steps_after"]) == (1 if number == 1 else 0)
    done = checked(answer.data, platform.keys.public.hex(), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("genuine and sealed: 3 of 40 answered")


@pytest.mark.parametrize("where", ["receipt", "seal", "path", "marks", "steps", "key"])
def test_a_proof_that_was_touched_convinces_nobody(
    client: Browser, sealed: ProvedRoom, platform: Platform, tmp_path: Path, where: str
) -> None:
    proof = client.submit(PATH + "bukti", {"receipt": sealed.desks[1].receipt}).get_json()
    key = platform.keys.public.hex()
    match where:
        case "receipt":
            proof["receipt"]["answered"] = 40
        case "seal":
            proof["seal"]["root"] = "0" * 64
        case "path":
            proof["path"][0] = "0" * 64
        case "marks":
            proof["leaf"]["marks"] = "0" * 64
        case "steps":
            proof["steps_after"] = []
        case _:
            key = STRANGER.public.hex()
    assert checked(json.dumps(proof).encode(), key, tmp_path).returncode != 0


def test_before_the_seal_there_is_no_proof_to_take_away(client: Browser, room: ProvedRoom) -> None:
    answer = client.submit(PATH + "bukti", {"receipt": room.desks[0].receipt})
    assert answer.mimetype == "text/html"
    assert "belum disegel" in words(answer)


# When something is wrong ------------------------------------------------------------------------------------------


def test_a_rewritten_journal_is_told_to_the_candidate(client: Browser, sealed: ProvedRoom) -> None:
    intruder = Intruder(sealed.database)
    intruder.rewrite(sealed.desks[0].holder.attempt, lambda steps: [steps[0] | {"option": 3}, *steps[1:]])
    text = words(client.submit(PATH, {"receipt": sealed.desks[0].receipt}))
    assert "Asli, tetapi ada yang tidak beres" in text
    assert "sudah disegel" not in text


def test_leaves_that_do_not_fit_the_seal_prove_nothing(client: Browser, sealed: ProvedRoom) -> None:
    intruder = Intruder(sealed.database)
    with sealed.database.reading() as session:
        leaves = from_text(session.scalars(select(Seal.leaves)).one())
    intruder.change(Seal, Seal.id > 0, leaves=as_text(leaves[:-1]))
    text = words(client.submit(PATH, {"receipt": sealed.desks[0].receipt}))
    assert "Asli, tetapi ada yang tidak beres" in text


def test_a_genuine_receipt_of_an_attempt_that_is_gone_is_told_so(client: Browser, room: ProvedRoom) -> None:
    Intruder(room.database).remove_attempt(room.desks[0].holder.attempt)
    text = words(client.submit(PATH, {"receipt": room.desks[0].receipt}))
    assert "tidak tersimpan lagi di sini" in text


# The page of the seal ---------------------------------------------------------------------------------------------


def test_those_who_oversee_the_sitting_see_its_seal(cast: Cast, sealed: ProvedRoom) -> None:
    path = f"/segel/{sealed.sitting}"
    assert cast.who_may("GET", path) == {Role.BANK_MANAGER, Role.COMMITTEE, Role.ADMIN}
    with sealed.database.reading() as session:
        seal = session.scalars(select(Seal)).one()
    page = words(cast[Role.COMMITTEE].get(path))
    assert seal.root.hex() in page.replace(" ", "")
    assert "Belum" in page  # it leaves with the next minute
    sealed.minute()
    assert "Belum" not in words(cast[Role.COMMITTEE].get(path))


def test_an_open_sitting_has_no_seal(cast: Cast, room: ProvedRoom) -> None:
    assert "Belum disegel" in words(cast[Role.BANK_MANAGER].get(f"/segel/{room.sitting}"))
    assert cast[Role.BANK_MANAGER].get("/segel/00000000-0000-0000-0000-000000000000").status_code == 404
    with room.database.reading() as session:
        assert session.scalars(select(Attempt.sealed_ms)).first() is None
