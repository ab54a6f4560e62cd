"""Guessing codes: PINs, start codes, result codes, receipt codes; from one address or many, and nobody is kept out."""

import secrets
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import event, func, select

from exam import credentials
from exam.credentials import new_pin, participant_number
from exam.model import Attempt, Enrolment
from tests.attacks.lab import Candidate, Lab, refused


@pytest.fixture
def statements(lab: Lab) -> list[str]:
    """What the database was asked, one line each."""
    asked: list[str] = []
    event.listen(lab.database.engine, "before_cursor_execute", lambda *heard: asked.append(str(heard[2])))
    return asked


def unknown_number(lab: Lab) -> str:
    """A number that could be one and is nobody's."""
    return participant_number(9_999_999, lab.clock.now)


def hammer(lab: Lab, *, tries: int) -> set[int]:
    """An attacker tries PINs on every number of the lab, from as many addresses as he likes."""
    heard: set[int] = set()
    for turn in range(tries):
        for victim in lab.candidates:
            attacker = Candidate(lab.app.test_client(), victim.number, new_pin())
            environ = {"REMOTE_ADDR": f"10.0.{turn}.{len(heard)}"}
            body = {"participant_number": attacker.number, "pin": attacker.pin}
            heard.add(attacker.client.post("/api/v1/session", json=body, environ_base=environ).status_code)
    return heard


def test_a_right_pin_enters_while_every_number_is_hammered(lab: Lab) -> None:
    for _ in range(3):
        assert 200 not in hammer(lab, tries=8)
        assert [candidate.sign_in().status_code for candidate in lab.candidates] == [200] * len(lab.candidates)
        lab.clock.now += timedelta(seconds=1)
    assert 200 not in hammer(lab, tries=8)
    lab.seat(*lab.candidates)


def test_guessing_pins_is_slowed_down_whatever_address_it_comes_from(lab: Lab) -> None:
    assert hammer(lab, tries=8) == {401, 429}


def test_an_unknown_number_is_refused_like_a_known_one(lab: Lab) -> None:
    known = lab.candidates[0]
    unknown = Candidate(lab.app.test_client(), unknown_number(lab), new_pin())
    told = [candidate.sign_in(new_pin()) for candidate in (known, unknown)]
    assert told[0].status == told[1].status
    assert told[0].data == told[1].data
    assert sorted(told[0].headers.items()) == sorted(told[1].headers.items())


def test_a_pin_of_another_candidate_opens_nothing(lab: Lab) -> None:
    one, other = lab.candidates[:2]
    refused(one.sign_in(other.pin), "bad-credentials")


def test_a_pin_is_no_result_code_and_the_reverse(lab: Lab) -> None:
    one = lab.candidates[0]
    page = lab.browser().submit("/hasil/", {"participant_number": one.number, "code": one.pin})
    assert page.status_code == 422


@pytest.mark.parametrize("pin", ["", " ", "0" * 13, "' OR 1=1 --", "%", "*", "\u0660" * 13, "A" * 40, "null"])
def test_what_is_no_pin_opens_nothing(lab: Lab, pin: str) -> None:
    one = lab.candidates[0]
    body = {"participant_number": one.number, "pin": pin}
    assert one.call("/api/v1/session", body).status_code in {400, 401}


@pytest.mark.parametrize("shape", [{"pin": None}, {"pin": 0}, {"pin": True}, {"pin": []}, {"pin": {"$ne": ""}}])
def test_no_other_type_passes_for_a_pin(lab: Lab, shape: dict[str, object]) -> None:
    one = lab.candidates[0]
    refused(one.call("/api/v1/session", {"participant_number": one.number, "pin": one.pin} | shape), "bad-request")


def test_start_codes_are_guessed_only_by_who_signed_in_and_slowly(lab: Lab) -> None:
    one, neighbour = lab.candidates[:2]
    body = {"sitting": str(lab.sitting), "start_code": "HKWT47", "device": "pc-1"}
    refused(one.call("/api/v1/attempts", body), "session-expired")
    one.sign_in()
    n_heard = sum(
        one.take_seat(start_code=f"WWWW{n:02}".replace("0", "3").replace("1", "4")).status_code == 403
        for n in range(40)
    )
    assert n_heard == 5  # of 40 tries; 21**6 are to be tried
    neighbour.sign_in()
    assert neighbour.take_seat().status_code == 200  # nobody else waits
    lab.clock.now += timedelta(minutes=5, seconds=1)
    assert one.take_seat().status_code == 200


def test_signing_in_anew_gives_no_new_tries_of_the_start_code(lab: Lab) -> None:
    one = lab.candidates[0]
    heard = []
    for _ in range(12):
        one.sign_in()
        heard.append(one.take_seat(start_code="WWWWWW").status_code)
    assert heard == [403] * 5 + [429] * 7


def test_guessing_at_full_speed_writes_nothing(lab: Lab, statements: list[str]) -> None:
    hammer(lab, tries=8)
    statements.clear()
    hammer(lab, tries=1)
    written = [text for text in statements if text.startswith(("INSERT", "DELETE", "UPDATE"))]
    assert written == []


def test_a_result_code_opens_while_its_number_is_hammered(lab: Lab) -> None:
    one = lab.candidates[0]
    code = new_pin()
    with lab.database.transaction() as session:
        enrolment = session.scalars(select(Enrolment).where(Enrolment.participant_number == one.number)).one()
        enrolment.result_code_mac = credentials.mac(
            lab.platform.keys.credential,
            purpose=credentials.Credential.RESULT_CODE,
            sitting=lab.sitting,
            participant_number=one.number,
            code=code,
        )
    page = "/hasil/"
    wrong = [
        lab.browser().submit(page, {"participant_number": one.number, "code": new_pin()}).status_code for _ in range(10)
    ]
    assert wrong == [422] * 5 + [429] * 5
    assert lab.browser().submit(page, {"participant_number": one.number, "code": code}).status_code == 200
    for _ in range(6):  # the page of receipts shares the count: nor does that keep the owner out
        lab.browser().submit("/tanda-terima/", {"participant_number": one.number, "code": "WWWW-WWWW"})
    assert lab.browser().submit(page, {"participant_number": one.number, "code": code}).status_code == 200


def test_receipt_codes_are_not_guessed_and_the_text_of_a_receipt_always_opens(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    receipt = one.submit(0).get_data(as_text=True)
    fields = {"participant_number": one.number}
    page = "/tanda-terima/"
    wrong = [lab.browser().submit(page, {**fields, "code": f"WWWW-WW{n:02}"}).status_code for n in range(12)]
    assert wrong == [422] * 5 + [429] * 7
    text = receipt[receipt.index("{", 1) : receipt.index("}") + 1]
    assert lab.browser().submit(page, {"receipt": text}).status_code == 200


def test_codes_come_from_the_random_source_of_the_system() -> None:
    with patch.object(secrets, "choice", side_effect=lambda letters: letters[-1]) as choice:
        assert credentials.new_pin().startswith("ZZZZZZZZZZZZ")
        credentials.new_start_code()
    assert choice.call_count == 12 + 6
    assert len({new_pin() for _ in range(500)}) == 500


def test_wrong_codes_make_no_attempts(lab: Lab) -> None:
    one = lab.candidates[0]
    one.sign_in()
    for _ in range(8):
        one.take_seat(start_code="WWWWWW")
    with lab.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 0
