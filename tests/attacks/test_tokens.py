"""Whoever holds no token of a seat moves nothing in it: others' tokens, old ones, other kinds, forged ones."""

import base64
import json
import time
import uuid

import pytest
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from exam.keys import Keys
from exam.operations import proctoring
from exam.tokens import ATTEMPT_SECONDS, SESSION_SECONDS, AttemptToken, SessionToken, Tokens
from registry.actor import SYSTEM
from tests.attacks.lab import Candidate, Lab, refused

ACTS = {
    "begin": {"media_verified": True},
    "steps": {"prev": "0" * 64, "steps": []},
    "break": {"on": True},
    "submit": {"last_seq": 0, "prev": "0" * 64},
}


def everything_is_refused(candidate: Candidate, token: str, *, attempt: str = "") -> None:
    """None of the calls about an attempt, form or picture takes this token."""
    for act, body in ACTS.items():
        refused(candidate.on_attempt(act, body, attempt=attempt, token=token), "superseded")
    for path in (candidate.seat["form_url"], candidate.seat["media"][0]["url"]):
        assert candidate.get(path, token).status_code in {401, 404}


def test_anothers_attempt_is_out_of_reach(lab: Lab) -> None:
    victim, thief = lab.candidates[:2]
    lab.seat(victim, thief)
    for act, body in ACTS.items():
        answer = thief.on_attempt(act, body, attempt=victim.seat["attempt"])
        refused(answer, "superseded")
        unknown = thief.on_attempt(act, body, attempt=str(uuid.uuid4()))
        assert (unknown.status_code, unknown.data) == (answer.status_code, answer.data)  # nothing tells that it exists


def test_a_session_token_is_no_attempt_token_and_the_reverse(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    everything_is_refused(one, one.session["session_token"])
    one.session["session_token"] = one.seat["token"]
    refused(one.take_seat(), "session-expired")


def test_a_token_signed_with_another_secret_is_refused(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    true = lab.platform.tokens.read_attempt(one.seat["token"])
    assert true is not None
    foreign = Tokens(Keys.derive("another secret that an attacker made up himself").token)
    everything_is_refused(one, foreign.sign_attempt(true))
    card = lab.platform.tokens.read_session(one.session["session_token"])
    assert card is not None
    one.session["session_token"] = foreign.sign_session(SessionToken(card.enrolment, card.card))
    refused(one.take_seat(), "session-expired")


def test_no_algorithm_is_taken_from_the_token(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    token, key = one.seat["token"], lab.platform.keys.token
    payload, stamp, signature = token.rsplit(".", 2)
    true = lab.platform.tokens.read_attempt(token)
    assert true is not None
    fields = [true.attempt.hex, true.form.hex, true.epoch]
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    forged = [
        payload,
        f"{payload}.{stamp}",
        f"{payload}.{stamp}.",
        f"{payload}.{stamp}.{signature[:-1]}",
        f"{payload}.{stamp}.{signature}.{signature}",
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature}",
        URLSafeTimedSerializer(key, salt="attempt").dumps(fields),  # SHA-1, of which nobody asked
        URLSafeTimedSerializer(key, salt="candidate-session").dumps(fields),
        URLSafeSerializer(key, salt="attempt").dumps(fields),
        URLSafeTimedSerializer("", salt="attempt").dumps(fields),
        "." * 5000,
        "ÿ",
    ]
    for each in forged:
        everything_is_refused(one, each if isinstance(each, str) else each.decode())


@pytest.mark.parametrize("place", ["payload", "stamp", "signature"])
def test_a_changed_character_anywhere_spoils_a_token(lab: Lab, place: str) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    parts = dict(zip(("payload", "stamp", "signature"), one.seat["token"].rsplit(".", 2), strict=True))
    first = parts[place][0]
    parts[place] = ("B" if first != "B" else "C") + parts[place][1:]
    everything_is_refused(one, ".".join(parts.values()))


def test_tokens_grow_old(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began + SESSION_SECONDS + 60)
    refused(one.take_seat(), "session-expired")
    monkeypatch.setattr(time, "time", lambda: began + ATTEMPT_SECONDS + 60)
    everything_is_refused(one, one.seat["token"])


def test_release_kills_the_token_of_the_old_seat(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    old = one.seat["token"]
    with lab.database.transaction() as session:
        proctoring.release_seat(session, lab.attempt_of(session, one), actor=SYSTEM, now=lab.clock.now)
    for act in ("begin", "steps", "submit"):
        refused(one.on_attempt(act, ACTS[act], token=old), "superseded")
    assert one.take_seat(device="pc-new").status_code == 200
    refused(one.on_attempt("begin", ACTS["begin"], token=old), "superseded")


def test_nobody_raises_the_epoch_by_himself(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    true = lab.platform.tokens.read_attempt(one.seat["token"])
    assert true is not None
    for epoch in (0, 2, -1, 2**62):
        wrong = lab.platform.tokens.sign_attempt(AttemptToken(true.attempt, true.form, epoch))
        refused(one.on_attempt("steps", ACTS["steps"], token=wrong), "superseded")


def test_a_new_card_ends_the_sessions_of_the_old_one(lab: Lab) -> None:
    one = lab.candidates[0]
    one.sign_in()
    with lab.database.transaction() as session:
        for enrolment in lab.sitting_row(session).enrolments:
            enrolment.pin_mac = bytes(32)
    refused(one.take_seat(), "session-expired")


def test_a_session_of_one_sitting_opens_no_other(lab: Lab) -> None:
    one = lab.candidates[0]
    one.sign_in()
    one.session["sittings"][0]["id"] = str(uuid.uuid4())
    refused(one.take_seat(), "session-expired")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic {token}", "{token}", "Bearer Bearer {token}"])
def test_the_token_stands_only_where_it_belongs(lab: Lab, header: str) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    token = one.seat["token"]
    path = f"/api/v1/attempts/{one.seat['attempt']}/steps"
    body = json.dumps(ACTS["steps"])
    sent = {"Authorization": header.format(token=token)} if header else {}
    answer = one.client.post(path, data=body, headers=sent)
    refused(answer, "superseded" if header.startswith("Bearer Bearer") else "token-missing")
    refused(one.client.post(f"{path}?token={token}&access_token={token}", data=body), "token-missing")
    one.client.set_cookie("token", token)
    one.client.set_cookie("Authorization", f"Bearer {token}")
    refused(one.client.post(path, data=body), "token-missing")
