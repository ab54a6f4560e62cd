"""The runner's contract: every answer of the server fits the schemas of docs/api.md, every refusal is listed there."""

import gzip
import hashlib
import json
import re
import shutil
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel, SecretStr
from sqlalchemy import update
from werkzeug.test import TestResponse

from exam.credentials import new_pin
from exam.model import Attempt, Enrolment, Sitting
from exam.operations import proctoring
from exam.receipts import is_genuine
from exam.timing import epoch_ms
from registry.actor import SYSTEM
from testing_platform.api import delivery as api
from testing_platform.api import shapes, steps
from testing_platform.api.fast_lane import FastLane
from testing_platform.api.problems import PROBLEMS
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.wiring import Platform
from tests.conftest import NOW
from tests.exam_room import KEYS, SECRET, START_CODE, Room

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
SCHEMAS = {
    name: json.loads(schema) for name, schema in re.findall(r"```json schema=([a-z-]+)\n(.*?)\n```", PAGE, re.DOTALL)
}
Json = dict[str, Any]


def fits(name: str, answer: Any) -> None:
    Draft202012Validator(SCHEMAS[name], format_checker=FormatChecker()).validate(answer)


class Runner:
    """A candidate's browser, reduced to its calls."""

    def __init__(self, client: FlaskClient, number: str, pin: str) -> None:
        self.client, self.number, self.pin = client, number, pin
        self.session: Json = {}
        self.seat: Json = {}

    def post(self, path: str, body: object, token: str = "") -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.post(path, json=body, headers=headers)

    def sign_in(self, pin: str | None = None) -> TestResponse:
        body = {"participant_number": self.number, "pin": self.pin if pin is None else pin}
        answer = self.post("/api/v1/session", body)
        if answer.status_code == 200:
            self.session = answer.get_json()
        return answer

    def take_seat(self, device: str = "pc-1", start_code: str = START_CODE) -> TestResponse:
        body = {"sitting": self.session["sittings"][0]["id"], "start_code": start_code, "device": device}
        answer = self.post("/api/v1/attempts", body, self.session["session_token"])
        if answer.status_code == 200:
            self.seat = answer.get_json()
        return answer

    def on_attempt(self, act: str, body: object) -> TestResponse:
        return self.post(f"/api/v1/attempts/{self.seat['attempt']}/{act}", body, self.seat["token"])

    def begin(self) -> TestResponse:
        return self.on_attempt("begin", {"media_verified": True})

    def send(self, *steps: Json, prev: str | None = None) -> TestResponse:
        return self.on_attempt("steps", {"prev": prev or self.seat["digest"], "steps": list(steps)})

    def answer_step(self, seq: int, *, item: str | None = None, option: str | None = None) -> Json:
        return {"seq": seq, "kind": "answer", "item": item or self.seat["order"][0], "option": option, "at": 1}


class Clock:
    """The server's clock, which the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (api, steps):
        monkeypatch.setattr(module, "utc_now", clock)
    return clock


@pytest.fixture(params=["fast lane", "flask alone"])
def exam_app(request: pytest.FixtureRequest, sqlite_furnished: tuple[Path, Room], tmp_path: Path) -> Iterator[Flask]:
    """The application on a furnished database; the whole contract holds with the fast lane and without."""
    shutil.copy(sqlite_furnished[0], tmp_path / "testing-platform.sqlite")
    app = create_app(Settings(data=tmp_path, secret=SecretStr(SECRET)))
    assert isinstance(app.wsgi_app, FastLane)
    if request.param == "flask alone":
        app.wsgi_app = app.wsgi_app.behind  # type: ignore[assignment,method-assign]
    yield app
    platform_of(app).database.dispose()


def platform_of(app: Flask) -> Platform:
    platform = app.extensions["testing_platform"]
    assert isinstance(platform, Platform)
    return platform


@pytest.fixture
def runner(exam_app: Flask, sqlite_furnished: tuple[Path, Room], clock: Clock) -> Runner:
    """The browser of the first candidate; the clock stands at the start of the sitting."""
    assert clock.now == NOW
    room = sqlite_furnished[1]
    return Runner(exam_app.test_client(), room.enrolments[0].participant_number, room.pins[0])


@pytest.fixture
def working(runner: Runner, exam_app: Flask) -> Runner:
    """A candidate whose clock runs."""
    runner.sign_in()
    runner.take_seat()
    admit_everybody(exam_app)
    runner.begin()
    return runner


def admit_everybody(app: Flask) -> None:
    with platform_of(app).database.transaction() as session:
        for attempt in session.query(Attempt):
            proctoring.admit(session, attempt, actor=SYSTEM, now=NOW)


def problem(answer: TestResponse, kind: str) -> Json:
    assert answer.mimetype == "application/problem+json"
    found: Json = json.loads(answer.data)
    fits("problem", found)
    assert (found["type"], found["status"]) == (kind, answer.status_code)
    return found


def test_the_page_shows_the_shapes_that_the_server_parses() -> None:
    requests: dict[str, type[BaseModel]] = {
        "session-request": shapes.SessionRequest,
        "attempts-request": shapes.AttemptRequest,
        "begin-request": shapes.BeginRequest,
        "break-request": shapes.BreakRequest,
        "steps-request": shapes.StepsRequest,
        "submit-request": shapes.SubmitRequest,
    }
    assert {name: SCHEMAS[name] for name in requests} == {
        name: shape.model_json_schema() for name, shape in requests.items()
    }


def test_the_page_lists_every_problem() -> None:
    listed = set(re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", PAGE, re.MULTILINE))
    assert listed == {(kind, str(int(status))) for kind, (status, _) in PROBLEMS.items()}


def test_a_whole_attempt_fits_the_contract(runner: Runner, exam_app: Flask) -> None:
    signed_in = runner.sign_in()
    fits("session-answer", signed_in.get_json())
    waiting = runner.take_seat()
    fits("attempts-answer", waiting.get_json())
    assert waiting.get_json()["state"] == "waiting"
    problem(runner.begin(), "not-admitted")

    admit_everybody(exam_app)
    assert runner.take_seat().get_json()["state"] == "admitted"
    begun = runner.begin()
    fits("begin-answer", begun.get_json())
    assert begun.get_json()["remaining_seconds"] == 120 * 60
    form = read_form(runner, begun.get_json()["form_key"])
    fits("form-plaintext", form)
    assert {item["id"] for item in form["items"]} == set(runner.seat["order"])

    first = form["items"][0]
    chosen = runner.answer_step(1, item=first["id"], option=first["options"][2]["id"])
    sent = runner.send(chosen, {"seq": 2, "kind": "flag", "item": first["id"], "value": "on", "at": 2})
    fits("steps-answer", sent.get_json())

    resumed = runner.take_seat().get_json()
    fits("attempts-answer", resumed)
    assert resumed["answers"] == {first["id"]: first["options"][2]["id"]}
    assert resumed["flags"] == [first["id"]]

    submitted = runner.on_attempt("submit", {"last_seq": 2, "prev": sent.get_json()["digest"]})
    fits("submit-answer", submitted.get_json())
    assert is_genuine(submitted.get_json()["receipt"], KEYS.public)
    again = runner.on_attempt("submit", {"last_seq": 2, "prev": sent.get_json()["digest"]})
    assert again.get_json() == submitted.get_json()
    assert runner.take_seat().get_json()["receipt"] == submitted.get_json()["receipt"]


def test_a_new_start_code_disturbs_nobody_who_sits_already(working: Runner, exam_app: Flask) -> None:
    with platform_of(exam_app).database.transaction() as session:
        session.execute(update(Sitting).values(start_code="QRST58"))
    for _ in range(7):
        assert working.take_seat().get_json()["state"] == "working"
    problem(working.take_seat("pc-2"), "bad-start-code")
    problem(working.take_seat("pc-2", "QRST58"), "other-device")


def test_who_comes_back_is_told_which_reports_the_journal_holds(working: Runner) -> None:
    item = working.seat["order"][3]
    report = {"seq": 1, "kind": "challenge", "item": item, "value": "typing", "at": 77}
    working.send(report, {"seq": 2, "kind": "view", "item": item, "at": 78})
    resumed = working.take_seat().get_json()
    fits("attempts-answer", resumed)
    assert resumed["reports"] == [{"item": item, "at": 77}]


def read_form(runner: Runner, form_key: str) -> Any:
    headers = {"Authorization": f"Bearer {runner.seat['token']}"}
    package = runner.client.get(runner.seat["form_url"], headers=headers).data
    assert hashlib.sha256(package).hexdigest() == runner.seat["form_sha256"]
    key = AESGCM(b64decode(form_key))
    for picture in runner.seat["media"]:
        sealed = runner.client.get(picture["url"], headers=headers).data
        assert hashlib.sha256(sealed).hexdigest() == picture["sha256"]
        assert b"<svg" in key.decrypt(sealed[:12], sealed[12:], None)
    return json.loads(gzip.decompress(key.decrypt(package[:12], package[12:], None)))


def test_a_form_is_read_only_by_who_holds_a_seat(runner: Runner) -> None:
    runner.sign_in()
    runner.take_seat()
    answer = runner.client.get(runner.seat["form_url"])
    assert problem(answer, "token-missing")
    forged = runner.client.get(runner.seat["form_url"], headers={"Authorization": f"Bearer {runner.seat['token']}x"})
    assert problem(forged, "superseded")


def test_typing_errors_of_the_pin_are_told_and_not_counted(runner: Runner) -> None:
    mistyped = ("1" if runner.pin[0] != "1" else "2") + runner.pin[1:]
    for _ in range(6):
        problem(runner.sign_in(mistyped), "pin-mistyped")
    assert runner.sign_in().status_code == 200


def test_wrong_pins_are_slowed_down_and_the_right_one_always_enters(runner: Runner, clock: Clock) -> None:
    for _ in range(5):
        problem(runner.sign_in(new_pin()), "bad-credentials")
    for seconds in (30, 20):
        slowed = runner.sign_in(new_pin())
        assert problem(slowed, "slow-down")["retry_after_seconds"] == seconds
        assert slowed.headers["Retry-After"] == str(seconds)
        clock.now += timedelta(seconds=10)
    assert runner.sign_in().status_code == 200
    problem(runner.sign_in(new_pin()), "bad-credentials")


def test_nobody_keeps_a_lab_out_by_wrong_pins_for_all_its_numbers(
    exam_app: Flask, sqlite_furnished: tuple[Path, Room], clock: Clock
) -> None:
    room = sqlite_furnished[1]
    lab = [
        Runner(exam_app.test_client(), e.participant_number, p) for e, p in zip(room.enrolments, room.pins, strict=True)
    ]
    for _ in range(20):
        assert {runner.sign_in(new_pin()).status_code for runner in lab} <= {401, 429}
    clock.now += timedelta(milliseconds=1)
    assert [runner.sign_in().status_code for runner in lab] == [200] * len(lab)


def test_wrong_start_codes_slow_down_only_who_typed_them(
    runner: Runner, exam_app: Flask, sqlite_furnished: tuple[Path, Room]
) -> None:
    room = sqlite_furnished[1]
    neighbour = Runner(exam_app.test_client(), room.enrolments[1].participant_number, room.pins[1])
    runner.sign_in()
    neighbour.sign_in()
    for _ in range(6):
        runner.take_seat(start_code="WWWWWW")
    problem(runner.take_seat(), "slow-down")
    assert neighbour.take_seat().status_code == 200


def test_five_wrong_start_codes_slow_down_and_the_right_one_waits_too(runner: Runner, clock: Clock) -> None:
    runner.sign_in()
    left = [problem(runner.take_seat(start_code="WWWWWW"), "bad-start-code")["tries_left"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    slowed = runner.take_seat()
    assert problem(slowed, "slow-down")["retry_after_seconds"] == 30
    assert slowed.headers["Retry-After"] == "30"
    clock.now += timedelta(seconds=31)
    assert runner.take_seat().status_code == 200


def test_a_second_device_is_refused_until_the_seat_is_released(working: Runner, exam_app: Flask) -> None:
    old_token = working.seat["token"]
    problem(working.take_seat(device="pc-2"), "other-device")
    with platform_of(exam_app).database.transaction() as session:
        proctoring.release_seat(session, session.query(Attempt).one(), actor=SYSTEM, now=NOW)
    assert working.take_seat(device="pc-2").get_json()["state"] == "working"
    new_token, working.seat["token"] = working.seat["token"], old_token
    problem(working.send(working.answer_step(1)), "superseded")
    working.seat["token"] = new_token
    assert working.send(working.answer_step(1)).status_code == 200


def test_steps_with_a_gap_a_wrong_prev_or_an_unknown_item_are_refused_and_nothing_is_lost(working: Runner) -> None:
    first = working.send(working.answer_step(1)).get_json()
    gap = problem(working.send(working.answer_step(3), prev=first["digest"]), "chain-mismatch")
    assert (gap["last_seq"], gap["digest"]) == (1, first["digest"])
    inside = problem(working.send(working.answer_step(2), working.answer_step(4), prev=first["digest"]), "bad-request")
    assert "without a gap" in inside["errors"][0]["what"]
    problem(working.send(working.answer_step(2), prev="0" * 64), "chain-mismatch")
    problem(working.send(working.answer_step(2, item="nobody-knows-it"), prev=first["digest"]), "unknown-item")
    problem(working.send(working.answer_step(2, option="nor-this"), prev=first["digest"]), "unknown-item")
    assert working.send(prev=first["digest"]).get_json()["acked_seq"] == 1


def test_steps_for_anothers_attempt_are_refused(
    working: Runner, exam_app: Flask, sqlite_furnished: tuple[Path, Room]
) -> None:
    room = sqlite_furnished[1]
    other = Runner(exam_app.test_client(), room.enrolments[1].participant_number, room.pins[1])
    other.sign_in()
    other.take_seat()
    other.seat["attempt"] = working.seat["attempt"]
    problem(other.send(other.answer_step(1), prev=working.seat["digest"]), "superseded")


def test_late_steps_are_acknowledged_and_not_counted(working: Runner, clock: Clock) -> None:
    clock.now += timedelta(minutes=121)
    answer = working.send(working.answer_step(1, option=None)).get_json()
    assert (answer["acked_seq"], answer["state"], answer["remaining_seconds"]) == (1, "expired", 0)
    receipt = working.on_attempt("submit", {"last_seq": 1, "prev": answer["digest"]}).get_json()["receipt"]
    assert (receipt["state"], receipt["answered"]) == ("expired", 0)


def test_a_break_that_was_granted_stops_the_clock_and_the_heartbeat_tells(
    working: Runner, exam_app: Flask, clock: Clock
) -> None:
    problem(working.on_attempt("break", {"on": True}), "no-break-left")
    with platform_of(exam_app).database.transaction() as session:
        session.execute(update(Enrolment).values(break_minutes=10))
    assert working.take_seat().get_json()["break_seconds_left"] == 600
    begun = working.on_attempt("break", {"on": True}).get_json()
    fits("break-answer", begun)
    assert (begun["state"], begun["break_seconds_left"], begun["remaining_seconds"]) == ("on_break", 600, 7200)
    clock.now += timedelta(minutes=4)
    assert working.take_seat().get_json()["state"] == "on_break"
    beat = working.send().get_json()
    fits("steps-answer", beat)
    assert (beat["state"], beat["remaining_seconds"]) == ("on_break", 7200)
    over = working.on_attempt("break", {"on": False}).get_json()
    assert (over["state"], over["break_seconds_left"], over["remaining_seconds"]) == ("working", 360, 7200)
    working.on_attempt("submit", {"last_seq": 0, "prev": beat["digest"]})
    problem(working.on_attempt("break", {"on": True}), "not-working")
    assert problem(working.on_attempt("break", {"on": "yes"}), "bad-request")["errors"]


def test_the_server_says_what_time_it_is_and_for_whom_to_seal(working: Runner, clock: Clock) -> None:
    clock.now += timedelta(minutes=1)
    now_ms = epoch_ms(clock.now)
    seat = working.take_seat().get_json()
    assert seat["server_time_ms"] == working.send(prev=seat["digest"]).get_json()["server_time_ms"] == now_ms
    assert b64decode(seat["emergency_key"]) == KEYS.emergency_public
    assert seat["sitting"] == working.session["sittings"][0]["id"]


def test_unsent_acts_are_kept_for_the_proctor(working: Runner, exam_app: Flask) -> None:
    body = {"prev": working.seat["digest"], "steps": [], "unsent": 3}
    assert working.on_attempt("steps", body).status_code == 200
    with platform_of(exam_app).database.reading() as session:
        assert session.query(Attempt).one().unsent == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"prev": "0" * 64, "steps": [], "unsent": -1},
        {"prev": "0" * 64, "steps": [], "unsent": 10_001},
        {"prev": "0" * 64, "steps": [], "unsent": "1"},
        {"prev": "0" * 64},
        {"prev": "short", "steps": []},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "cheat", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": "1", "kind": "view", "item": "a", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "flag", "item": "a", "value": "maybe", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "flag", "item": "a", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "answer", "item": "a", "value": "x", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "answer", "option": "a", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "view", "item": "a", "value": "x", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "view", "item": "a", "option": "b", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "focus", "value": "away", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "focus", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "focus", "item": "a", "value": "lost", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "challenge", "item": "a", "value": "whatever", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "challenge", "item": "a", "value": "typing!", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": 1, "kind": "challenge", "item": "a", "at": 1}]},
        {"prev": "0" * 64, "steps": [{"seq": n + 1, "kind": "view", "item": "a", "at": 1} for n in range(51)]},
        {"prev": "0" * 64, "steps": [], "score": 40},
    ],
)
def test_a_body_of_another_shape_is_refused_with_the_place(working: Runner, body: Json) -> None:
    assert problem(working.on_attempt("steps", body), "bad-request")["errors"]


def test_a_body_that_is_no_json_or_too_large_is_refused(working: Runner) -> None:
    path = f"/api/v1/attempts/{working.seat['attempt']}/steps"
    headers = {"Authorization": f"Bearer {working.seat['token']}"}
    problem(working.client.post(path, data=b"{", headers=headers), "bad-request")
    problem(working.client.post(path, data=b" " * 65_537, headers=headers), "too-large")


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("begin", '{"media_verified": true, "media_verified": true}'),
        ("break", '{"on": false, "on": true}'),
        ("submit", '{"last_seq": 0, "prev": "%(digest)s", "last_seq": 1}'),
        ("steps", '{"prev": "%(digest)s", "steps": [], "unsent": 1, "unsent": 2}'),
        ("steps", '{"prev": "%(digest)s", "steps": [{"seq": 1, "kind": "focus", "value": "lost", "at": 1, "at": 2}]}'),
        ("steps", '{"prev": "%(digest)s", "steps": [[[["x"]]]], "steps": []}'),
    ],
)
def test_a_name_that_stands_twice_is_refused(working: Runner, act: str, body: str) -> None:
    """Two readers of the same bytes would read two things."""
    path = f"/api/v1/attempts/{working.seat['attempt']}/{act}"
    headers = {"Authorization": f"Bearer {working.seat['token']}"}
    answer = working.client.post(path, data=body % working.seat if "%(" in body else body, headers=headers)
    (error,) = problem(answer, "bad-request")["errors"]
    assert error["what"] == "a name stands twice in one object"


@pytest.mark.parametrize("no_truth", [1, 1.0, "true", False, None, []])
def test_only_true_says_that_the_pictures_were_verified(runner: Runner, exam_app: Flask, no_truth: object) -> None:
    runner.sign_in()
    runner.take_seat()
    admit_everybody(exam_app)
    problem(runner.on_attempt("begin", {"media_verified": no_truth}), "bad-request")
    assert runner.begin().status_code == 200


def test_a_report_may_hold_whatever_follows_its_reason(working: Runner) -> None:
    for seq, value in enumerate(("picture;auto=1;view=1366x768;pictures=0/1", "typing", "other;cut off he"), start=1):
        step = {"seq": seq, "kind": "challenge", "item": working.seat["order"][0], "value": value, "at": 1}
        answer = working.send(step)
        assert answer.status_code == 200, answer.data
        working.seat["digest"] = answer.get_json()["digest"]


def test_new_steps_behind_one_that_is_known_are_kept(working: Runner) -> None:
    """The acknowledgement was lost, and the candidate went on: one batch holds both."""
    genesis = working.seat["digest"]
    first = working.send(working.answer_step(1)).get_json()
    both = working.send(working.answer_step(1), working.answer_step(2), prev=genesis)
    assert (both.status_code, both.get_json()["acked_seq"]) == (200, 2)
    third = working.send(working.answer_step(3), prev=both.get_json()["digest"]).get_json()
    assert third["acked_seq"] == 3
    other = working.answer_step(2) | {"at": 2}
    told = problem(working.send(working.answer_step(1), other, prev=genesis), "chain-mismatch")
    assert (told["last_seq"], told["digest"]) == (3, third["digest"])
    problem(working.send(working.answer_step(3) | {"at": 2}, working.answer_step(4)), "chain-mismatch")
    assert first["acked_seq"] == 1


def test_after_the_end_no_time_remains(working: Runner) -> None:
    working.on_attempt("submit", {"last_seq": 0, "prev": working.seat["digest"]})
    assert working.take_seat().get_json()["remaining_seconds"] == 0
    beat = working.send().get_json()
    assert (beat["state"], beat["remaining_seconds"]) == ("submitted", 0)
    assert working.send(working.answer_step(1)).get_json()["remaining_seconds"] == 0


def test_a_call_without_a_token_is_told_so(working: Runner) -> None:
    working.seat["token"] = ""
    for act, body in (("begin", {"media_verified": True}), ("steps", {"prev": "0" * 64, "steps": []})):
        problem(working.on_attempt(act, body), "token-missing")


def test_another_method_is_told_which_ones_there_are(working: Runner) -> None:
    for path in (f"/api/v1/attempts/{working.seat['attempt']}/steps", "/api/v1/session", "/api/v1/attempts"):
        answer = working.client.get(path)
        problem(answer, "method-not-allowed")
        assert "POST" in answer.headers["Allow"]
    answer = working.client.post(working.seat["form_url"])
    problem(answer, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_sealed_sitting_takes_no_more_steps(working: Runner, exam_app: Flask) -> None:
    with platform_of(exam_app).database.transaction() as session:
        session.execute(update(Attempt).values(sealed_ms=1))
    problem(working.send(working.answer_step(1)), "sealed")


def test_unknown_addresses_answer_with_a_problem(runner: Runner) -> None:
    problem(runner.client.get("/api/v1/nothing"), "not-found")
