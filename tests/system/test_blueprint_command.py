"""`testing-platform blueprint` prints what a blueprint says and how full it is."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from itembank.operations import load_blueprint
from itembank.textformat import shipped_blueprints
from registry.actor import SYSTEM
from testing_platform import cli
from testing_platform.config import PREFIX
from testing_platform.database import Database, make_engine, sqlite_url
from tests.conftest import NOW
from tests.store.bank_builder import PEDAGOGIC, cast, draft, load_pedagogic, new_item


@pytest.fixture(autouse=True)
def _installation(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "testing-platform.sqlite"
    shutil.copy(sqlite_template, path)
    database = Database(make_engine(sqlite_url(path)))
    with database.transaction() as session:
        load_pedagogic(session)
        load_blueprint(session, shipped_blueprints()[0], actor=SYSTEM, now=NOW)
        new_item(session, cast(session).writer, indicator="P02", content=draft(key=2))
    database.dispose()
    monkeypatch.setenv(PREFIX + "DATA", str(tmp_path))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


def objects(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    found = json.loads(said(capsys, *arguments, "--json"))
    assert isinstance(found, list)
    return found


def test_a_blueprint_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    first = objects(capsys, "blueprint", "show", PEDAGOGIC)[0]
    assert {name: first[name] for name in ("code", "indicator", "bloom", "state", "key")} == {
        "code": PEDAGOGIC,
        "indicator": "P01",
        "bloom": "C2",
        "state": "published",
        "key": ["A", "B", "C", "D"],
    }
    assert len({row["code"] for row in objects(capsys, "blueprint", "show")}) == 2
    assert "    P01 C2 Menjelaskan manfaat tes awal" in said(capsys, "blueprint", "show", PEDAGOGIC)


def test_the_coverage_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["indicator"]: row for row in objects(capsys, "blueprint", "coverage", PEDAGOGIC)}
    assert rows["P02"]["state"]["draft"] == 1
    assert rows["P02"]["key"] == {"A": 0, "B": 0, "C": 1, "D": 0}
    assert (rows["P02"]["usable"], rows["P02"]["missing"], rows["P02"]["target"]) == (0, 3, 3)
    assert sum(rows["P01"]["state"].values()) == 0
    table = said(capsys, "blueprint", "coverage", PEDAGOGIC)
    assert "0 of 60 usable items" in table
    assert next(line for line in table.splitlines() if line.startswith("P02")).split() == [
        "P02",
        "C3",
        "1",
        *"...",
        "3",
    ]


def test_an_unknown_blueprint_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["blueprint", "coverage", "kimia"])
    assert ended.value.code == 2
    assert PEDAGOGIC in capsys.readouterr().err
