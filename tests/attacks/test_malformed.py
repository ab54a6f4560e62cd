"""Bodies that no runner sends: deep, huge, double, broken, of another type. Refused in words, never by a failure."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from exam.model import Step
from registry.roles import Role
from tests.attacks.lab import Candidate, Lab

HUGE = "9" * 6000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "space": b"   ",
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "deep lists": b"[" * 30_000 + b"]" * 30_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep steps": b'{"prev":"' + b"0" * 64 + b'","steps":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "a huge number": b'{"prev":"' + b"0" * 64 + b'","steps":[],"unsent":' + HUGE.encode() + b"}",
    "infinity": b'{"prev":"' + b"0" * 64 + b'","steps":[],"unsent":Infinity}',
    "no number": b'{"prev":"' + b"0" * 64 + b'","steps":[],"unsent":NaN}',
    "an exponent": b'{"prev":"' + b"0" * 64 + b'","steps":[],"unsent":1e999999}',
    "half a surrogate": b'{"participant_number":"\\ud800","pin":"\\udfff"}',
    "zero bytes": b'{"participant_number":"\\u0000","pin":"\\u0000"}',
    "a raw zero byte": b'{"participant_number":"\x00","pin":"x"}',
    "broken UTF-8": b'{"participant_number":"\xff\xfe","pin":"\xc0\x80"}',
    "overlong UTF-8": b'{"participant_number":"\xe0\x80\xaf","pin":"x"}',
    "UTF-16": '{"participant_number":"1","pin":"2"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"participant_number":"1","pin":"2"}',
    "a form": b"participant_number=1&pin=2",
    "XML": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "half": b'{"participant_number":"1"',
    "two": b'{"prev":1}{"prev":2}',
    "a comment": b'{"prev":1} // end',
}
PATHS = ("session", "attempts", "{a}/begin", "{a}/steps", "{a}/break", "{a}/submit")


@pytest.fixture
def working(lab: Lab) -> Candidate:
    """A candidate whose clock runs."""
    lab.seat(lab.candidates[0])
    return lab.candidates[0]


def addresses(one: Candidate) -> Iterator[tuple[str, str]]:
    """Every call of the contract with the token that it takes."""
    for path in PATHS:
        is_attempt = path.startswith("{a}")
        address = path.format(a=f"attempts/{one.seat['attempt']}") if is_attempt else path
        yield f"/api/v1/{address}", one.seat["token"] if is_attempt else one.session["session_token"]


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_none_is_refused(lab: Lab, working: Candidate, what: str) -> None:
    for path, token in addresses(working):
        for kind in ("application/json", "multipart/form-data; boundary=x"):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
            answer = working.client.post(path, data=BODIES[what], headers=headers)
            assert answer.status_code in {400, 401}, (path, kind, answer.data[:200])
            assert answer.mimetype == "application/problem+json"
            assert len(answer.data) < 4000
    with lab.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Step)) == 0


def test_a_refusal_repeats_nothing_that_was_sent(working: Candidate) -> None:
    marker = "R4H4S14-penanda"
    for path, token in addresses(working):
        body = {"pin": {"x": marker}, "participant_number": [marker], "steps": marker, "prev": marker, marker: 1}
        answer = working.call(path, body, token)
        assert answer.status_code == 400
        told = json.loads(answer.data)
        assert not any(marker in error["what"] for error in told["errors"])


def test_a_name_that_stands_twice_is_refused(lab: Lab, working: Candidate) -> None:
    """Whoever reads the same bytes again must not read another step."""
    order, prev = working.seat["order"], working.digest
    step = f'{{"seq":1,"seq":1,"kind":"view","kind":"view","item":"{order[0]}","item":"{order[1]}","at":1}}'
    path = f"/api/v1/attempts/{working.seat['attempt']}/steps"
    headers = {"Authorization": f"Bearer {working.seat['token']}"}
    answer = working.client.post(path, data=f'{{"prev":"{prev}","steps":[{step}]}}', headers=headers)
    assert (answer.status_code, answer.get_json()["type"]) == (400, "bad-request")
    with lab.database.reading() as session:
        assert session.scalars(select(Step.item)).all() == []


@pytest.mark.parametrize(
    "value", ["<script>alert(1)</script>", "a\u202eb", "\ufffe", "e\u0301", "\u2028", "😀" * 100, "\x1b[31m", "'; DROP"]
)
def test_strange_text_is_kept_to_the_letter_and_the_chain_holds(lab: Lab, working: Candidate, value: str) -> None:
    value = f"other;{value}"
    sent = {"seq": 1, "kind": "challenge", "item": working.seat["order"][0], "value": value, "at": 1}
    assert working.send(sent).status_code == 200
    assert working.on_attempt("steps", {"prev": "0" * 64, "steps": [sent]}).status_code == 200  # known again
    with lab.database.reading() as session:
        assert session.scalars(select(Step.value)).all() == [value]


def test_more_steps_than_a_batch_holds_are_refused(working: Candidate) -> None:
    steps = [{"seq": n, "kind": "view", "item": working.seat["order"][0], "at": 1} for n in range(1, 52)]
    assert working.on_attempt("steps", {"prev": working.digest, "steps": steps}).status_code == 400


DEEP = "[" * 7000 + "]" * 7000
RECEIPTS = [
    DEEP,
    '{"a":' * 2500 + "1" + "}" * 2500,
    HUGE,
    "NaN",
    '{"a": Infinity}',
    '"\\ud800"',
    '{"\\ud800": "\\udfff"}',
    "{}",
    "[]",
]


@pytest.mark.parametrize("text", RECEIPTS)
@pytest.mark.parametrize("act", ["", "bukti"])
def test_a_receipt_that_is_none_is_refused(lab: Lab, text: str, act: str) -> None:
    answer = lab.browser().submit(f"/tanda-terima/{act}", {"receipt": text})
    assert answer.status_code == 422


CODES = [None, 'x"; filename="virus.exe', "a\r\nSet-Cookie: x=1", "ÿ" * 20, ["x"], {"x": 1}, "x" * 900]


@pytest.mark.parametrize("code", CODES)
def test_what_stands_beside_the_signature_of_a_receipt_is_not_believed(lab: Lab, code: object) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    receipt = one.submit(0).get_json()["receipt"]
    forged = {**receipt, "short_code": code, "key_id": code}
    bare = {name: value for name, value in receipt.items() if name not in {"short_code", "key_id"}}
    for sent in (forged, bare):
        for act in ("", "bukti"):
            answer = lab.browser().submit(f"/tanda-terima/{act}", {"receipt": json.dumps(sent)})
            assert answer.status_code == 200
            assert "virus" not in str(answer.headers)
        assert receipt["short_code"] in answer.get_data(as_text=True)
        assert "virus" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", "application/octet-stream"])
def test_pages_survive_bodies_of_any_type(lab: Lab, kind: str) -> None:
    browser = lab.staff(Role.ADMIN, "somebody")
    for path in ("/masuk", "/bahasa", "/hasil/", "/tanda-terima/", "/admin/tempat/baru"):
        for body in (BODIES["deep lists"], BODIES["broken UTF-8"], b"--\r\n\r\n--", b""):
            assert browser.post(path, data=body, content_type=kind).status_code in {400, 413, 422}
