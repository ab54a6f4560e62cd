"""Who may ask for what: every route against strangers, candidates, every role, and forms without their token."""

import pytest

from registry.model import Account
from registry.roles import SITE_ROLES, Role
from testing_platform.permissions import Permission, permissions_of
from tests.attacks.every_route import Route, every_route
from tests.attacks.lab import Candidate, Lab, refused
from tests.web.conftest import Browser

SIGNS_OUT = {"auth.sign_out", "auth.change_password"}


def ask(browser: Browser, route: Route) -> int:
    """Ask, with a CSRF token where one is due."""
    answer = browser.get(route.path) if route.method == "GET" else browser.submit(route.path)
    return answer.status_code


def somebody_who_may(route: Route) -> Role:
    """A role that a route lets in; any for open ones."""
    return next((role for role in Role if route.permission in permissions_of(frozenset({role}))), Role.ADMIN)


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_it_is_permitted_and_nothing_else(lab: Lab, role: Role) -> None:
    browser, permitted = lab.staff(role, f"somebody {role.value}"), permissions_of(frozenset({role}))
    wrong = []
    for route in every_route(lab.app):
        if not route.is_for_staff or route.endpoint in SIGNS_OUT:
            continue
        status = ask(browser, route)
        if (status == 403) != (route.permission not in permitted) or status >= 500:
            wrong.append((route.method, route.path, status))
    assert wrong == []


def test_an_account_without_roles_reaches_its_own_pages_only(lab: Lab) -> None:
    browser = lab.staff(Role.PENGAWAS, "nobody yet")
    with lab.database.transaction() as session:
        account = session.get(Account, browser.actor and browser.actor.account_id)
        assert account is not None
        for grant in account.grants:
            grant.revoked_at = lab.clock.now
    reached = {
        route.permission
        for route in every_route(lab.app)
        if route.is_for_staff and route.endpoint not in SIGNS_OUT and ask(browser, route) != 403
    }
    assert reached == {Permission.SIGNED_IN, Permission.STAFF}


def test_a_candidate_reaches_no_page_and_no_act_of_staff(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    for token in (one.seat["token"], one.session["session_token"]):
        one.client.set_cookie("testing_platform", token)
        for route in every_route(lab.app):
            if route.is_for_staff:
                headers = {"Authorization": f"Bearer {token}"}
                answer = one.client.open(route.path, method=route.method, headers=headers)
                expected = {302} if route.method == "GET" else {400, 401}
                assert answer.status_code in expected, route
                assert "/masuk" in answer.headers.get("Location", "/masuk")


def test_staff_are_no_candidates(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    browser = lab.staff(Role.PROKTOR, "curious")
    thief = Candidate(browser, one.number, one.pin)
    thief.seat = {**one.seat, "token": ""}
    refused(thief.on_attempt("begin", {"media_verified": True}, token="-"), "superseded")
    refused(thief.send(thief.step(1), prev=one.digest), "token-missing")
    refused(thief.get(one.seat["form_url"], ""), "token-missing")
    refused(thief.call("/api/v1/attempts", {"sitting": "x", "start_code": "x", "device": "x"}), "session-expired")


def test_no_act_is_done_without_the_token_of_its_form(lab: Lab) -> None:
    browsers = {role: lab.staff(role, f"tricked {role.value}") for role in Role}
    for route in every_route(lab.app):
        if route.method == "POST" and not route.path.startswith("/api/"):
            browser = browsers[somebody_who_may(route)]
            statuses = {
                browser.post(route.path).status_code,
                browser.post(route.path, data={"csrf_token": "x"}).status_code,
                browser.post(route.path, json={"csrf_token": "x"}).status_code,
                browser.post(route.path, data="csrf_token=x", content_type="text/plain").status_code,
            }
            assert statuses == {400}, route


def test_a_token_of_one_person_serves_no_other(lab: Lab) -> None:
    one, other = (lab.staff(Role.ADMIN, name) for name in ("first", "second"))
    token = one.csrf_token()
    other.csrf_token()
    assert other.post("/admin/tempat/baru", data={"csrf_token": token}).status_code == 400


def test_other_methods_do_nothing(lab: Lab) -> None:
    browser = lab.staff(Role.ADMIN, "methodical")
    for route in every_route(lab.app):
        for method in ("PUT", "DELETE", "TRACE", "post"):
            status = browser.open(route.path, method=method).status_code
            assert status in {400, 404, 405}, (method, route)
        tricks = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "POST", "X-Original-URL": "/admin/akun"}
        if route.method == "GET" and route.endpoint == "home.index":
            plain, tricked = browser.get(route.path), browser.get(route.path, headers=tricks)
            assert (plain.status_code, plain.location) == (tricked.status_code, tricked.location)


def test_pages_are_kept_by_no_cache_framed_by_nobody_and_read_as_what_they_are(lab: Lab) -> None:
    one = lab.candidates[0]
    lab.seat(one)
    browsers = {role: lab.staff(role, f"reader {role.value}") for role in Role}
    for route in every_route(lab.app):
        if route.endpoint in SIGNS_OUT:
            continue
        headers = {"Authorization": f"Bearer {one.seat['token']}"}
        answer = browsers[somebody_who_may(route)].open(route.path, method=route.method, headers=headers)
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, route
        assert "default-src 'none'" in policy, route
        assert not any(word in policy for word in ("unsafe", "http:", "*")), route
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Server" not in answer.headers
        if route.is_for_staff or route.permission is Permission.CANDIDATE:
            assert answer.headers["Cache-Control"] == "no-store", route


def test_site_roles_are_the_ones_that_are_bound_to_a_site() -> None:
    """The tests of other sites attack with these roles; a new one must be among them."""
    room = {Permission.SITTING_RUN, Permission.SITTING_ADMIT, Permission.OUTAGE_PROPOSE, Permission.EMERGENCY_NOTE}
    assert {role for role in Role if permissions_of(frozenset({role})) & room} == SITE_ROLES
