"""Every form of staff with values that no form offers: refused or taken in words, never by a failure of the server."""

import re
from pathlib import Path

import pytest

from registry.roles import Role
from testing_platform.permissions import permissions_of
from tests.attacks.every_route import Route, every_route
from tests.attacks.lab import Lab
from tests.web.conftest import Browser

WEB = Path(__file__).parents[2] / "testing_platform" / "web"
ENDS_A_SESSION = {"auth.sign_out", "auth.change_password", "auth.sign_in_post"}
HOSTILE = (
    "9" * 30,
    "-1",
    "NaN",
    "1e400",
    "0x10",
    "٣",
    "2026-13-45T99:99",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "\ud7ff\ufffe\u202e",
    "' OR 1=1; --",
    "x" * 100_000,
    "00000000-0000-0000-0000-000000000000",
    "{{7*7}}%(x)s%n{0}",
    "\r\nSet-Cookie: x=1",
)


def field_names() -> list[str]:
    """The names under which pages look for what was typed."""
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted(WEB.rglob("*.py")))
    return sorted(set(re.findall(r'\.get(?:list)?\(\s*"(\w+)"', sources)) - {"csrf_token", "list", "roster", "file"})


def ways(lab: Lab) -> list[tuple[Browser, Route]]:
    """Every route of staff with somebody who may ask for it and, where there is one, a thing that exists."""
    one = lab.candidates[0]
    lab.seat(one)
    with lab.database.reading() as session:
        enrolment = lab.attempt_of(session, one).enrolment.public_id
        administration = lab.sitting_row(session).administration.public_id
    ids = {"sitting_id": lab.sitting, "enrolment_id": enrolment, "form_id": lab.room.form.public_id}
    ids["administration_id"] = administration
    browsers = {role: lab.staff(role, f"careless {role.value}") for role in Role}
    allowed = {role: permissions_of(frozenset({role})) for role in Role}
    found = []
    for route in every_route(lab.app, ids):
        role = next((role for role in Role if route.permission in allowed[role]), None)
        if role and route.is_for_staff and route.endpoint not in ENDS_A_SESSION:
            found.append((browsers[role], route))
    return found


@pytest.fixture
def doors(lab: Lab) -> list[tuple[Browser, Route]]:
    """All ways in."""
    return ways(lab)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value[:12]))
def test_no_value_of_a_field_fails_the_server(doors: list[tuple[Browser, Route]], value: str) -> None:
    names, failed = field_names(), []
    assert len(names) > 30
    for browser, route in doors:
        fields = dict.fromkeys(names, value)
        if route.method == "GET":
            answer = browser.get(route.path, query_string=dict.fromkeys(names, value[:200]))
        else:
            answer = browser.submit(route.path, fields)
        if answer.status_code >= 500 or "x" in answer.headers.getlist("Set-Cookie"):
            failed.append((route.method, route.path, answer.status_code))
    assert failed == []
