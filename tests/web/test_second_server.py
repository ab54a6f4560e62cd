"""Heads on their way to a second server: nothing lost, order kept, nobody unknown let in, nothing written twice."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.serving import make_server

from exam.anchors import audit_statement
from exam.keys import Keys
from exam.statements import as_line, key_id, sign
from testing_platform import anchoring
from testing_platform.anchor_files import append_lines
from testing_platform.anchoring import send_heads
from testing_platform.app import create_app
from testing_platform.config import Settings, load
from testing_platform.errors import SettingError
from testing_platform.security import ANCHOR_BODY_LIMIT
from testing_platform.wiring import Platform, build
from tests.conftest import NOW
from tests.web.conftest import Browser

SENDER = Keys.derive("the secret of a site that sends its heads")
STRANGER = Keys.derive("the secret of somebody else altogether")
PATH = "/api/v1/anchors"


def line(number: int, *, keys: Keys = SENDER) -> str:
    return as_line(sign(audit_statement(n_events=number, head=bytes(32), previous="", at_ms=1_793_578_000_000), keys))


@pytest.fixture
def app(sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The second server, which knows the sender's key."""
    (tmp_path / "testing-platform.sqlite").write_bytes(sqlite_template.read_bytes())
    secret = SecretStr("for tests only: " + "x" * 32)
    app = create_app(Settings(data=tmp_path, secret=secret, anchor_peers=f"{'ab' * 32}, {SENDER.public.hex()}"))
    app.testing = True
    app.test_client_class = Browser
    yield app
    app.extensions["testing_platform"].database.dispose()


def kept(folder: Path) -> list[str]:
    files = sorted((folder / "anchors" / "received" / key_id(SENDER.public)).glob("*.jsonl"))
    return [each for file in files for each in file.read_text().splitlines()]


# The receiving end ------------------------------------------------------------------------------------------------


def send(browser: Browser, *lines: str) -> int:
    return browser.post(PATH, json={"lines": lines}).status_code


def test_lines_of_a_known_key_are_kept_once_and_in_order(client: Browser, tmp_path: Path) -> None:
    lines = [line(number) for number in range(5)]
    assert send(client, *lines[:3]) == 200
    assert client.post(PATH, json={"lines": lines[1:]}).get_json() == {"taken": 4, "new": 2}
    assert kept(tmp_path) == lines


@pytest.mark.parametrize(
    "bad",
    [
        line(1, keys=STRANGER),
        line(1).replace('"n_events":1', '"n_events":2'),
        line(1).replace(key_id(SENDER.public), key_id(STRANGER.public)),
    ],
    ids=["stranger", "changed", "another-name"],
)
def test_whoever_is_unknown_is_refused_with_the_whole_batch(client: Browser, tmp_path: Path, bad: str) -> None:
    assert send(client, line(0), bad) == 403
    assert kept(tmp_path) == []


@pytest.mark.parametrize("bad", ["", "[]", "{}", "nonsense", json.dumps({"kind": "audit"}), json.dumps({"kind": "x"})])
def test_what_is_no_head_is_refused(client: Browser, tmp_path: Path, bad: str) -> None:
    assert send(client, bad) == 400
    assert send(client) == 400
    assert client.post(PATH, data=b"\xff").status_code == 400
    assert kept(tmp_path) == []


def test_the_size_is_bounded(client: Browser) -> None:
    assert client.post(PATH, data=b" " * (ANCHOR_BODY_LIMIT + 1)).status_code == 413
    assert send(client, "x" * (ANCHOR_BODY_LIMIT - 1000)) == 400


def test_without_known_keys_the_door_is_shut(app: Flask, platform: Platform, tmp_path: Path) -> None:
    closed = Settings(data=tmp_path, secret=platform.settings.secret)
    app.extensions["testing_platform"] = Platform(closed, platform.database, platform.keys, platform.tokens)
    assert app.test_client().post(PATH, json={"lines": [line(1)]}).status_code == 404
    assert kept(tmp_path) == []


# The sending end --------------------------------------------------------------------------------------------------


@dataclass
class Network:
    """A network that can be away, or lose the reply after the request went through."""

    app: Flask
    is_away: bool = False
    loses_reply: bool = False
    n_requests: int = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.n_requests += 1
        if not self.is_away:
            reply = b"".join(self.app.wsgi_app(environ, start_response))
            if not self.loses_reply:
                return [reply]
        start_response("502 Bad Gateway", [("Content-Length", "0")])
        return [b""]


@pytest.fixture
def network(app: Flask) -> Network:
    """The way to the second server."""
    return Network(app)


@pytest.fixture
def sender(network: Network, tmp_path: Path, sqlite_template: Path) -> Iterator[Platform]:
    """An installation that sends its heads."""
    server = make_server("127.0.0.1", 0, network, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    data = tmp_path / "sender"
    data.mkdir()
    (data / "testing-platform.sqlite").write_bytes(sqlite_template.read_bytes())
    secret, url = "the secret of a site that sends its heads", f"http://127.0.0.1:{server.port}{PATH}"
    platform = build(load({}, data=data, secret=secret, anchor_url=url))
    yield platform
    platform.database.dispose()
    server.shutdown()
    thread.join()
    server.server_close()


def write(sender: Platform, *lines: str, days: int = 0) -> None:
    append_lines(sender.settings.anchors_folder, lines, day=NOW.date() + timedelta(days=days))


def test_a_network_away_for_hours_loses_nothing_and_keeps_the_order(
    sender: Platform, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchoring, "MOST_BYTES", 900)  # two or three lines in a request
    lines = [line(number) for number in range(20)]
    write(sender, *lines[:3])
    send_heads(sender)
    assert kept(tmp_path) == lines[:3]
    network.is_away = True
    write(sender, *lines[3:9])
    send_heads(sender)
    write(sender, *lines[9:14], days=1)
    send_heads(sender)
    assert kept(tmp_path) == lines[:3]
    network.is_away = False
    write(sender, *lines[14:], days=2)
    send_heads(sender)
    assert kept(tmp_path) == lines
    before = network.n_requests
    send_heads(sender)
    assert network.n_requests == before


def test_a_lost_reply_writes_nothing_twice(sender: Platform, network: Network, tmp_path: Path) -> None:
    lines = [line(number) for number in range(3)]
    write(sender, *lines)
    network.loses_reply = True
    send_heads(sender)
    network.loses_reply = False
    send_heads(sender)
    assert network.n_requests == 2
    assert kept(tmp_path) == lines


def test_a_line_still_being_written_waits(sender: Platform, tmp_path: Path) -> None:
    write(sender, line(0))
    file = next(sender.settings.anchors_folder.glob("*.jsonl"))
    with file.open("a") as open_file:
        open_file.write(line(1)[:50])
    send_heads(sender)
    assert kept(tmp_path) == [line(0)]
    with file.open("a") as open_file:
        open_file.write(line(1)[50:] + "\n")
    send_heads(sender)
    assert kept(tmp_path) == [line(0), line(1)]


def test_a_receiver_that_knows_no_key_is_asked_again_later(sender: Platform, network: Network, tmp_path: Path) -> None:
    append_lines(sender.settings.anchors_folder, [line(0, keys=STRANGER)], day=NOW.date())
    send_heads(sender)
    send_heads(sender)
    assert network.n_requests == 2
    assert kept(tmp_path) == []


@pytest.mark.parametrize("url", ["http://centre.example/api/v1/anchors", "ftp://centre.example", "centre.example"])
def test_heads_are_not_sent_in_the_clear(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="https"):
        load({}, data=tmp_path, anchor_url=url)


def test_a_peer_that_is_no_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="64 characters"):
        load({}, data=tmp_path, anchor_peers="ab" * 31)
