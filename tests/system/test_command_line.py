"""What an operator can get wrong at the command line is told in words, with the remedy and without a traceback."""

import json
from pathlib import Path

import pytest

from itembank.operations.errors import ItemCodeTaken
from itembank.textformat import shipped_blueprints, shipped_forms, shipped_items
from testing_platform import cli
from testing_platform.config import PREFIX


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation in an empty folder."""
    monkeypatch.setenv(PREFIX + "DATA", str(tmp_path / "data"))


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a refused command says."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    words = capsys.readouterr().err
    assert ended.value.code == 2, words
    return words


@pytest.mark.parametrize("command", ["serve", "seed", "worker"])
def test_a_database_that_is_behind_is_refused_with_the_remedy(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert "testing-platform migrate" in told(capsys, command)


def test_a_missing_secret_is_refused_in_production(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(PREFIX + "ENVIRONMENT", "production")
    words = told(capsys, "serve")
    assert "TESTING_PLATFORM_SECRET" in words
    assert "secrets.token_urlsafe" in words
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET", "short", "shorter than 32 characters"),
        ("SECRETT", "x", "no such setting"),
        ("PORT", "99999", "TESTING_PLATFORM_PORT"),
        ("DATA", "/proc/nowhere", "can be written to"),
        ("DATABASE_URL", "postgresql//me:hush@host", "no address of a database"),
        ("DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/none", "The database cannot be used"),
        ("CONFIG", "/nowhere.toml", "cannot read"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    words = told(capsys, "serve")
    assert said in words
    assert "hush" not in words


def test_a_settings_file_in_another_encoding_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "settings.toml").write_bytes('host = "caf\xe9"'.encode("latin-1"))
    monkeypatch.setenv(PREFIX + "CONFIG", str(tmp_path / "settings.toml"))
    assert "Mend the file" in told(capsys, "serve")


def test_an_unknown_revision_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no revision 0999" in told(capsys, "migrate", "--revision", "0999")


def test_plain_http_is_served_on_this_machine_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert "TLS" in told(capsys, "serve", "--host", "0.0.0.0")  # noqa: S104 - the point of the test


def test_a_checklist_is_shown_and_replaced(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments in (["migrate"], ["checklist", "show", "--toml"]):
        with pytest.raises(SystemExit):
            cli.main(arguments)
    source = capsys.readouterr().out.partition("\n")[2]
    file = tmp_path / "daftar.toml"
    file.write_text(source.replace("edition = 1", "edition = 2"))
    with pytest.raises(SystemExit):
        cli.main(["checklist", "load", str(file)])
    assert "telaah-16/2" in capsys.readouterr().out
    assert "telaah-16/2 already" in told(capsys, "checklist", "load", str(file))
    file.write_text(source.replace('code = "K6"', 'code = "K66x"'))
    assert "daftar.toml:" in told(capsys, "checklist", "load", str(file))
    assert "cannot be read" in told(capsys, "checklist", "load", str(tmp_path / "none.toml"))
    with pytest.raises(SystemExit):
        cli.main(["checklist", "show", "--json"])
    criteria = json.loads(capsys.readouterr().out)
    assert [criteria[0]["checklist"], criteria[0]["code"], len(criteria)] == ["telaah-16/2", "M1", 16]


def test_seeding_says_what_it_added(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("migrate", "seed", "seed"):
        with pytest.raises(SystemExit):
            cli.main([command])
    n_blueprints, n_forms, n_items = len(shipped_blueprints()), len(shipped_forms()), len(shipped_items())
    first, second = capsys.readouterr().out.splitlines()[-2:]
    counted = f"{n_blueprints} blueprints, {n_forms} form specifications and {n_items} items; 0 were there"
    assert counted in first
    assert f"0 items; {n_blueprints + n_forms + n_items} were there before" in second


def test_what_the_bank_refuses_is_told_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise ItemCodeTaken(item="MAT-PRO-01-1")

    with pytest.raises(SystemExit):
        cli.main(["migrate"])
    monkeypatch.setattr("itembank.operations.seed_shipped_bank", refuses)
    assert "There is an item MAT-PRO-01-1 already" in told(capsys, "seed")
