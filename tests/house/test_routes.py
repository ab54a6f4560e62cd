"""Closed by default: every route declares what it asks for, staff pages keep strangers out, forms carry a token."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule, UUIDConverter

from testing_platform import pages
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.permissions import Permission, check_all_declared, required_by
from testing_platform.wiring import Platform

OPEN = {Permission.PUBLIC, Permission.CANDIDATE}

# Whoever adds to this list makes a page public: say here why a stranger may see it.
PUBLIC_ENDPOINTS = {
    "static",  # style sheets, scripts, fonts
    "static_manifest",  # their addresses, for the service worker of the candidate's page
    "home.index",
    "home.set_language",
    "home.health",  # for load balancers
    "auth.sign_in",
    "auth.sign_in_post",
    "second_factor.code",  # behind the right password, for five minutes
    "second_factor.give_code",
    "auth.set_password",  # behind a one-time link
    "auth.set_password_post",
    "runner.document",  # the same document for everybody; candidates sign in inside it
    "runner.worker",  # keeps that document for a reload; it holds nobody's words
    "anchors.take",  # heads of other installations; the signature under each line is what lets it in
    "site_setup.prepare",  # how a PC learns to trust the server, before anybody can sign in on it
    "site_setup.authority",  # the certificate for that
    "results.ask",  # results by participant number and result code
    "results.show",
    "receipts.ask",  # whoever holds a receipt checks it, by its code or its text
    "receipts.show",
    "receipts.proof",
}


@pytest.fixture(scope="module")
def app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on an empty database."""
    folder = tmp_path_factory.mktemp("routes")
    shutil.copy(sqlite_template, folder / "testing-platform.sqlite")
    app = create_app(Settings(data=folder, secret=SecretStr("for tests only: " + "x" * 32)))
    yield app
    platform = app.extensions["testing_platform"]
    assert isinstance(platform, Platform)
    platform.database.engine.dispose()


def address(app: Flask, rule: Rule) -> str:
    """An address that the rule answers, with something in each place."""
    values = {name: example(kind) for name, kind in rule._converters.items()}
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def example(kind: BaseConverter) -> object:
    """A value that a place in an address accepts."""
    if isinstance(kind, AnyConverter):
        return min(kind.items)
    return {UUIDConverter: uuid.UUID(int=0), IntegerConverter: 1}.get(type(kind), "x")


def rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or set())]


def test_every_route_declares_its_permission(app: Flask) -> None:
    undeclared = [rule.endpoint for rule in app.url_map.iter_rules() if required_by(app, rule.endpoint) is None]
    assert undeclared == []


def test_a_route_without_a_permission_stops_the_start() -> None:
    app = Flask("undeclared")
    app.add_url_rule("/hole", endpoint="hole", view_func=lambda: "open to everybody")
    with pytest.raises(RuntimeError, match="hole"):
        check_all_declared(app)


def test_only_these_pages_are_public(app: Flask) -> None:
    public = {rule.endpoint for rule in app.url_map.iter_rules() if required_by(app, rule.endpoint) in OPEN}
    assert {endpoint for endpoint in public if not endpoint.startswith("api.")} == PUBLIC_ENDPOINTS


def test_only_the_runners_contract_is_for_candidates(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        is_candidate = required_by(app, rule.endpoint) is Permission.CANDIDATE
        assert not is_candidate or rule.rule.startswith("/api/v1/")


def test_staff_pages_send_strangers_to_the_sign_in(app: Flask) -> None:
    client = app.test_client()
    for rule in rules(app, "GET"):
        if required_by(app, rule.endpoint) not in OPEN:
            answer = client.get(address(app, rule))
            assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/masuk"), rule.rule


def test_parts_of_staff_pages_refuse_strangers(app: Flask) -> None:
    client = app.test_client()
    for rule in rules(app, "GET"):
        if required_by(app, rule.endpoint) not in OPEN:
            assert client.get(address(app, rule), headers={"HX-Request": "true"}).status_code == 401, rule.rule


def test_staff_acts_refuse_strangers_even_with_a_token(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)  # past the first guard, to see the second
    client = app.test_client()
    for rule in rules(app, "POST"):
        if required_by(app, rule.endpoint) not in OPEN:
            assert client.post(address(app, rule)).status_code == 401, rule.rule


def test_every_form_needs_its_token(app: Flask) -> None:
    client = app.test_client()
    for rule in rules(app, "POST"):
        if not rule.rule.startswith("/api/"):
            assert client.post(address(app, rule)).status_code in {400, 401}, rule.rule


def test_no_route_changes_things_by_another_method(app: Flask) -> None:
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or set()}
    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


def test_every_entry_of_the_menu_leads_to_a_page_of_its_permission(app: Flask) -> None:
    for endpoint, permission, _label in pages.NAVIGATION:
        assert required_by(app, endpoint) is permission, endpoint


def test_answers_carry_the_security_headers(app: Flask) -> None:
    headers = app.test_client().get("/").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
