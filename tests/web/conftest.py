"""The application on a database of its own, and a cast: one signed-in browser for each role, and a stranger.

CSRF protection is on, as in production: `Browser.submit` posts with a token, `post` of Flask's client without one.
"""

import secrets
import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from pydantic import SecretStr
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from registry.actor import Actor
from registry.model import StaffSession
from registry.roles import Role
from registry.tokens import new_token, token_digest
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.database import Database
from testing_platform.wiring import Platform, utc_now
from tests.examination import make_staff


class Browser(FlaskClient):
    """A browser with its cookies; signed in once `sign_in_as` was called."""

    actor: Actor | None = None

    def sign_in_as(self, session: Session, actor: Actor) -> None:
        """Open a staff session, as the sign-in page does after the right password."""
        token, now = new_token(), utc_now()
        session.add(
            StaffSession(
                account_id=actor.key,
                token_digest=token_digest(token),
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=8),
            )
        )
        with self.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        self.actor = actor

    def submit(self, path: str, fields: Mapping[str, Any] | None = None) -> TestResponse:
        """Post a form with its CSRF token."""
        return self.post(path, data={"csrf_token": self.csrf_token(), **(fields or {})})

    def csrf_token(self) -> str:
        """A token as pages carry it, for the session of this browser."""
        with self.session_transaction() as cookie:
            raw: str = cookie.setdefault("csrf_token", secrets.token_hex(20))
        serializer = URLSafeTimedSerializer(self.application.secret_key or b"", salt="wtf-csrf-token")
        token = serializer.dumps(raw)
        return token if isinstance(token, str) else token.decode()


class Cast:
    """A browser for each role, made when somebody asks for it."""

    def __init__(self, app: Flask, database: Database) -> None:
        self._app, self._database = app, database
        self._browsers: dict[tuple[Role, int], Browser] = {}

    def __getitem__(self, role: Role) -> Browser:
        return self.another(role, number=1)

    def another(self, role: Role, *, number: int) -> Browser:
        """A further person of the same role; number 1 is the first."""
        if (role, number) not in self._browsers:
            browser = self.stranger()
            with self._database.transaction() as session:
                browser.sign_in_as(session, make_staff(session, role, f"{role.value} {number}"))
            self._browsers[role, number] = browser
        return self._browsers[role, number]

    def stranger(self) -> Browser:
        """Somebody who is not signed in."""
        browser = self._app.test_client()
        assert isinstance(browser, Browser)
        return browser

    def who_may(self, method: str, path: str) -> set[Role]:
        """The roles that a route lets in, whatever it then says to them; strangers are kept out of all staff pages."""
        stranger = self._ask(self.stranger(), method, path).status_code
        assert stranger in {302, 401}, f"a stranger got {stranger} from {path}"
        return {role for role in Role if self._ask(self[role], method, path).status_code != 403}

    def _ask(self, browser: Browser, method: str, path: str) -> TestResponse:
        return browser.get(path) if method == "GET" else browser.submit(path)


@pytest.fixture
def start_file(sqlite_template: Path) -> Path:
    """What the database of the application begins as: migrated and empty, unless a module says otherwise."""
    return sqlite_template


@pytest.fixture
def app(start_file: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on a SQLite file of its own."""
    shutil.copy(start_file, tmp_path / "testing-platform.sqlite")
    app = create_app(Settings(data=tmp_path, secret=SecretStr("for tests only: " + "x" * 32)))
    app.testing = True
    app.test_client_class = Browser
    yield app
    _platform(app).database.dispose()


def _platform(app: Flask) -> Platform:
    platform = app.extensions["testing_platform"]
    assert isinstance(platform, Platform)
    return platform


@pytest.fixture
def platform(app: Flask) -> Platform:
    """What the application is made of: settings, database, keys."""
    return _platform(app)


@pytest.fixture
def web_database(platform: Platform) -> Database:
    """The database behind the application."""
    return platform.database


@pytest.fixture
def cast(app: Flask, web_database: Database) -> Cast:
    """One browser for each role, and strangers."""
    return Cast(app, web_database)


@pytest.fixture
def client(cast: Cast) -> Browser:
    """A browser that nobody signed in with."""
    return cast.stranger()
