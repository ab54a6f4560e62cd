"""The fast lane: its answers are those of Flask, to the header; what is no plain success, Flask tells."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.test import Client, TestResponse, create_environ, run_wsgi_app
from werkzeug.wrappers import Request

from testing_platform.api import delivery, fast_lane, steps
from testing_platform.api.fast_lane import FastLane
from testing_platform.app import create_app
from testing_platform.config import Settings
from tests.exam_room import SECRET, Room
from tests.web.test_api_contract import Runner, admit_everybody, problem

Json = dict[str, Any]


@pytest.fixture
def app(sqlite_furnished: tuple[Path, Room], tmp_path: Path) -> Flask:
    """The application on a furnished database whose sitting is long over: times play no part here."""
    shutil.copy(sqlite_furnished[0], tmp_path / "testing-platform.sqlite")
    return create_app(Settings(data=tmp_path, secret=SecretStr(SECRET)))


@pytest.fixture
def seat(app: Flask, sqlite_furnished: tuple[Path, Room], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A candidate at work."""
    room = sqlite_furnished[1]
    opened_at = room.sitting.opens_at
    for module in (delivery, steps):
        monkeypatch.setattr(module, "utc_now", lambda: opened_at)
    runner = Runner(app.test_client(), room.enrolments[0].participant_number, room.pins[0])
    runner.sign_in()
    runner.take_seat()
    admit_everybody(app)
    runner.begin()
    return runner


def lanes(app: Flask) -> list[Client]:
    assert isinstance(app.wsgi_app, FastLane)
    return [Client(app.wsgi_app), Client(app.wsgi_app.behind)]


def send(client: Client, seat: Runner, body: Json | bytes, *, scheme: str = "http", **headers: str) -> TestResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        f"/api/v1/attempts/{seat.seat['attempt']}/steps",
        data=content,
        headers={"Authorization": f"Bearer {seat.seat['token']}", **headers},
        base_url=f"{scheme}://lab.test",
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_both_lanes_give_the_same_headers_and_the_same_answer(app: Flask, seat: Runner, scheme: str) -> None:
    beat = {"prev": seat.seat["digest"], "steps": []}
    asked = {"Accept-Encoding": "gzip, br"}
    fast, slow = (send(client, seat, beat, scheme=scheme, **asked) for client in lanes(app))
    assert fast.get_json() == slow.get_json()
    names = {name for name, _value in slow.headers} - {"Content-Length"}
    assert {name: fast.headers[name] for name in names} == {name: slow.headers[name] for name in names}
    assert {name for name, _value in fast.headers} - {"Content-Length"} == names


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", {}),
        (b"\xff", {}),
        ({"prev": "0" * 64, "steps": [], "more": 1}, {}),
        ({"prev": "0" * 64, "steps": []}, {"Authorization": "Bearer forged"}),
        ({"prev": "0" * 64, "steps": []}, {"Authorization": ""}),
        ({"prev": "0" * 64, "steps": [{"seq": 1, "kind": "view", "item": "nobody", "at": 1}]}, {}),
        (b" " * 70_000, {}),
    ],
)
def test_both_lanes_refuse_alike(app: Flask, seat: Runner, body: Json | bytes, headers: dict[str, str]) -> None:
    fast, slow = (send(client, seat, body, **headers) for client in lanes(app))
    assert fast.status_code == slow.status_code >= 400
    assert json.loads(fast.data) == json.loads(slow.data)
    assert sorted(fast.headers) == sorted(slow.headers)


def test_what_the_fast_lane_found_is_told_and_not_tried_again(
    app: Flask, seat: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def fail(*_arguments: object, **_named: object) -> Json:
        tries.append(1)
        raise OSError("the disk is full")

    monkeypatch.setattr(fast_lane, "keep_steps", fail)
    monkeypatch.setattr(delivery, "keep_steps", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    refused = send(lanes(app)[0], seat, {"prev": seat.seat["digest"], "steps": []})
    problem(refused, "server-error")
    assert len(tries) == 1


def test_other_methods_and_longer_paths_are_for_flask(app: Flask, seat: Runner) -> None:
    fast = lanes(app)[0]
    path = f"/api/v1/attempts/{seat.seat['attempt']}/steps"
    assert fast.get(path).status_code == 405
    assert fast.post(path + "/").status_code == 404
    assert fast.post("/x" + path).status_code == 404


@pytest.mark.parametrize(("padding", "kind"), [(0, None), (70_000, "too-large")])
def test_a_body_without_a_length_is_counted_while_it_is_read(
    app: Flask, seat: Runner, padding: int, kind: str | None
) -> None:
    beat = json.dumps({"prev": seat.seat["digest"], "steps": []}).encode() + b" " * padding
    for client in lanes(app):
        answer = TestResponse(*run_wsgi_app(client.application, chunked(seat, beat)), request=Request({}))
        if kind:
            problem(answer, kind)
        else:
            assert answer.status_code == 200


def chunked(seat: Runner, body: bytes) -> Json:
    """The environment of a call whose length nobody knows before it ends."""
    path = f"/api/v1/attempts/{seat.seat['attempt']}/steps"
    headers = {"Authorization": f"Bearer {seat.seat['token']}", "Transfer-Encoding": "chunked"}
    environ = create_environ(path, method="POST", headers=headers, data=body)
    del environ["CONTENT_LENGTH"]
    return environ | {"wsgi.input_terminated": True}
