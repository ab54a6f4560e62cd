"""The log of a failed request: one JSON line that says where it failed, without anybody's data."""

import json

import pytest
from flask import Flask
from structlog.testing import capture_logs

from testing_platform.permissions import Permission, requires


def test_a_failed_request_is_one_line_without_the_message(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    @requires(Permission.PUBLIC)
    def fail() -> str:
        raise ValueError("Key (nuptk)=(1234567890123456) already exists")

    monkeypatch.setitem(app.view_functions, "home.index", fail)
    app.testing = False
    with capture_logs() as lines:
        assert app.test_client().get("/").status_code == 500
    (line,) = [line for line in lines if line["event"] == "request_failed"]
    assert (line["error"], line["endpoint"]) == ("ValueError", "home.index")
    assert "test_logs.py" in line["trace"][-1]
    assert "1234567890123456" not in json.dumps(lines)
