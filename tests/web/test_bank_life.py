"""The page of an item: its whole life, what the rules say of it, and taking it out when it leaked."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam.model import FormItem
from itembank.model import ItemVersion
from itembank.operations import record_statistics
from itembank.states import ItemState
from registry.actor import SYSTEM
from registry.roles import Role
from testing_platform.app import create_app
from testing_platform.config import Settings
from testing_platform.database import Database
from testing_platform.wiring import Platform
from tests.conftest import NOW
from tests.exam_room import Room
from tests.web.conftest import Browser, Cast


@pytest.fixture
def app(sqlite_furnished: tuple[Path, Room], tmp_path: Path) -> Iterator[Flask]:
    """The application on a bank whose first form is being sat."""
    shutil.copy(sqlite_furnished[0], tmp_path / "testing-platform.sqlite")
    app = create_app(Settings(data=tmp_path, secret=SecretStr("for tests only: " + "x" * 32)))
    app.testing = True
    app.test_client_class = Browser
    yield app
    app.extensions["testing_platform"].database.dispose()


@pytest.fixture
def url(web_database: Database) -> str:
    """The page of an item that stands in the form."""
    with web_database.reading() as session:
        return f"/bank/soal/{_in_form(session).public_id}"


@pytest.fixture
def manager(cast: Cast) -> Browser:
    return cast[Role.BANK_MANAGER]


def _in_form(session: Session) -> ItemVersion:
    version = session.scalar(select(ItemVersion).join(FormItem, FormItem.version_id == ItemVersion.id).limit(1))
    assert version is not None
    return version


def page(browser: Browser, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status
    return response.get_data(as_text=True)


def tried(database: Database, code: str, *, p: float) -> None:
    with database.transaction() as session:
        record_statistics(
            session,
            _in_form(session),
            administration=uuid.uuid4(),
            administration_code=code,
            n_presented=400,
            figures={"p": p, "p_interval": [p - 0.05, p + 0.05], "point_biserial": 0.4},
            verdict="keep",
            reasons=[],
            actor=SYSTEM,
            now=NOW,
        )


def test_the_life_tells_where_the_item_is_sat(manager: Browser, url: str) -> None:
    text = page(manager, f"{url}?bagian=riwayat")
    for word in ("UJI-1-A", "Sesi 1", "Universitas Contoh"):
        assert word in text
    assert "pergeseran.svg" not in text


def test_the_figures_are_drawn_from_the_second_administration_on(
    manager: Browser, url: str, web_database: Database
) -> None:
    assert page(manager, f"{url}/pergeseran.svg", 404)
    tried(web_database, "UJI-2025", p=0.45)
    assert "pergeseran.svg" not in page(manager, f"{url}?bagian=riwayat")
    tried(web_database, "UJI-2026", p=0.75)
    text = page(manager, f"{url}?bagian=riwayat")
    assert "pergeseran.svg?sampai=" in text
    assert "UJI-2025" in text.split("<table")[0], "a shift beyond chance is said in words"
    assert "(0,70 – 0,80)" in text
    drawn = manager.get(f"{url}/pergeseran.svg")
    assert drawn.mimetype == "image/svg+xml"
    assert b"<path" in drawn.data


def test_one_press_with_a_reason_takes_an_item_out(manager: Browser, url: str, web_database: Database) -> None:
    before = page(manager, url)
    assert 'value="suspended"' in before
    assert "Sesi 1" in before, "who sits it now is told before the press"
    assert manager.submit(f"{url}/pindah", {"to": "suspended", "reason": "Beredar di grup WA"}).status_code == 302
    with web_database.reading() as session:
        assert _in_form(session).state is ItemState.SUSPENDED
    after = page(manager, url)
    assert "Beredar di grup WA" in after
    assert "bank_manager 1" in after
    assert 'value="suspended"' not in after
    manager.submit(f"{url}/pindah", {"to": "pretest", "reason": "Ternyata soal lain"})
    with web_database.reading() as session:
        assert _in_form(session).state is ItemState.PRETEST


def test_a_press_without_a_reason_is_answered_beside_the_field(manager: Browser, url: str) -> None:
    response = manager.submit(f"{url}/pindah", {"to": "suspended", "reason": ""})
    assert response.status_code == 422
    assert 'aria-describedby="f-reason-hint f-reason-error"' in response.get_data(as_text=True)


def test_the_psychometrician_reads_and_moves_nothing(cast: Cast, url: str) -> None:
    assert 'name="to"' not in page(cast[Role.PSYCHOMETRICIAN], url)
    assert cast.who_may("GET", f"{url}/pergeseran.svg") == {Role.BANK_MANAGER, Role.PSYCHOMETRICIAN}


def test_the_check_shows_the_nearest_items_once_the_bank_was_read(
    manager: Browser, url: str, platform: Platform
) -> None:
    first = page(manager, f"{url}?bagian=periksa")
    thread = platform.neighbours._warming
    if thread is not None:
        thread.join()
    second = page(manager, f"{url}?bagian=periksa")
    assert first.count("/bank/soal/") < second.count("/bank/soal/")
    assert " %</td>" in second
