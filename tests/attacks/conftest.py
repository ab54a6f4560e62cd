"""The lab that every attack begins in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from testing_platform.app import create_app
from testing_platform.config import Settings
from tests.attacks.lab import Candidate, Clock, Lab
from tests.attacks.served import Served, served
from tests.conftest import NOW
from tests.exam_room import SECRET, Room
from tests.web.conftest import Browser


@pytest.fixture
def lab(sqlite_furnished: tuple[Path, Room], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Four candidates before an open sitting; nobody signed in yet."""
    template, room = sqlite_furnished
    shutil.copy(template, tmp_path / "testing-platform.sqlite")
    app = create_app(Settings(data=tmp_path, secret=SecretStr(SECRET)))
    app.test_client_class = Browser
    clock = Clock(NOW)
    clock.put_everywhere(monkeypatch.setattr)
    candidates = tuple(
        Candidate(app.test_client(), enrolment.participant_number, pin)
        for enrolment, pin in zip(room.enrolments, room.pins, strict=True)
    )
    lab = Lab(app, room, clock, candidates)
    yield lab
    lab.database.dispose()


@pytest.fixture(scope="package")
def server(sqlite_banked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real server; tests that share it use seats of their own."""
    with served(sqlite_banked, tmp_path_factory.mktemp("served")) as running:
        yield running
