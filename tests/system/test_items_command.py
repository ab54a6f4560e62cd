"""`testing-platform items`: the bank from the shell."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from itembank.textformat import format_item, shipped_items
from testing_platform import cli
from testing_platform.config import PREFIX

ITEM = next(item for item in shipped_items() if item.code == "MAT-PED-01-1")
ALWAYS = {"code", "indicator", "bloom", "state", "key"}


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, sqlite_banked: Path, tmp_path: Path) -> None:
    """An installation with the shipped bank."""
    shutil.copy(sqlite_banked, tmp_path / "testing-platform.sqlite")
    monkeypatch.setenv(PREFIX + "DATA", str(tmp_path))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, output, and what was told besides."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["items", *arguments])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def documents(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """The list that `--json` writes."""
    ended, out, err = run(capsys, *arguments, "--json")
    assert ended == code, err
    found: list[dict[str, Any]] = json.loads(out)
    assert all(set(document) >= ALWAYS for document in found)
    return found


@pytest.mark.usefixtures("bank")
def test_items_are_listed_shown_and_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(documents(capsys, "list")) == len(shipped_items())
    narrowed = documents(capsys, "list", "--blueprint", ITEM.blueprint, "--indicator", ITEM.indicator, "--text", "tes")
    assert {document["indicator"] for document in narrowed} == {ITEM.indicator}
    (shown,) = documents(capsys, "show", ITEM.code)
    assert (shown["key"], shown["options"], shown["state"]) == (ITEM.key, list(ITEM.options), "approved")
    code, out, _err = run(capsys, "show", ITEM.code)
    assert code == 0
    assert out.endswith(format_item(ITEM) + "\n")
    code, out, _err = run(capsys, "list", "--state", "approved", "--bloom", ITEM.bloom)
    assert out.splitlines()[0].split()[:2] == ["code", "version"]


def test_a_state_that_does_not_exist_is_told_in_the_words_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("list", "--state", "lost"), ("move", "X-1", "lost", "--reason", "salah")):
        code, _out, err = run(capsys, *arguments)
        assert (code, "ItemState" in err, "suspended" in err) == (2, False, True)


@pytest.mark.usefixtures("bank")
def test_a_reader_who_has_read_enough_meets_no_traceback() -> None:
    command = [sys.executable, "-m", "testing_platform", "items", "list"]
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.usefixtures("bank")
def test_an_item_is_moved_with_its_reason_and_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    (moved,) = documents(capsys, "move", ITEM.code, "suspended", "--reason", "beredar di luar")
    assert moved["state"] == "suspended"
    code, _out, err = run(capsys, "move", ITEM.code, "operational", "--reason", "salah langkah")
    assert code == 2
    assert "can only return" in err
    (moved,) = documents(capsys, "move", ITEM.code, "approved", "--reason", "ternyata tidak")
    assert moved["state"] == "approved"


@pytest.mark.usefixtures("bank")
def test_what_cannot_be_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (("show", "TIDAK-ADA"), "There is no item TIDAK-ADA"),
        (("move", "TIDAK-ADA", "retired", "--reason", "usang"), "items list"),
        (("move", ITEM.code, "retired", "--reason", " "), "Say why"),
        (("move", ITEM.code, "operational", "--reason", "langsung"), "cannot go from"),
        (("lint", "nowhere.item.md"), "nowhere.item.md"),
    ):
        code, _out, err = run(capsys, *arguments)
        assert code == 2
        assert said in err
        assert "Traceback" not in err


@pytest.mark.usefixtures("bank")
def test_the_shipped_bank_lints_clean(capsys: pytest.CaptureFixture[str]) -> None:
    found = documents(capsys, "lint")
    n_findings = sum(len(document["findings"]) for document in found)
    assert len(found) == len(shipped_items())
    assert n_findings <= len(found) / 20
    assert not [each for document in found for each in document["findings"] if each["severity"] == "error"]


def test_files_that_are_in_no_bank_are_linted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = format_item(ITEM).replace(ITEM.options[1], ITEM.options[0].upper() + ".", 1)
    (tmp_path / "baik.item.md").write_text(format_item(ITEM), encoding="utf-8")
    (tmp_path / "buruk.item.md").write_text(bad.replace("MAT-PED-01-1", "UJI-01-1"), encoding="utf-8")
    good, faulty = documents(capsys, "lint", str(tmp_path), code=1)
    assert (good["file"], good["state"]) == (str(tmp_path / "baik.item.md"), None)
    (same,) = [each for each in faulty["findings"] if each["rule"] == "same-answer"]
    assert same["severity"] == "error"
    assert {each["rule"] for each in good["findings"]} == {"near-duplicate"}, "the other file is nearly the same"
    code, out, err = run(capsys, "lint", str(tmp_path), "--language", "en")
    assert code == 1
    assert "UJI-01-1" in out
    assert "2 items read" in err


def test_a_file_that_cannot_be_read_is_told_with_its_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken, other, latin = tmp_path / "a.item.md", tmp_path / "b.item.md", tmp_path / "c.item.md"
    broken.write_text(format_item(ITEM).replace("- C.", "- X."), encoding="utf-8")
    other.write_text(format_item(ITEM), encoding="utf-8")
    latin.write_bytes(b"+++\nkode \xe9\n")
    code, out, err = run(capsys, "lint", str(broken), str(other), str(latin), "--json")
    assert code == 2
    assert [document["code"] for document in json.loads(out)] == [ITEM.code], "the others are linted all the same"
    assert f"{broken}:" in err
    assert "seharusnya pilihan C" in err
    assert f"{latin}:2:" in err
    assert "expected option C" in run(capsys, "lint", str(broken), "--language", "en")[2]


REFUSED = (
    ("text-raw-html", "Lihat <script>alert(1)</script> ini."),
    ("text-link", "Lihat [ini](javascript:alert(1))."),
    ("text-hidden-character", "Baca dari \u202e kanan."),
    ("text-maths-not-closed", "Harganya $5."),
    ("text-too-long", "a" * 100_000),
    ("media-svg-forbidden", "![Persegi panjang](figures/jahat.svg)"),
    ("media-too-large", "![Persegi panjang](figures/besar.png)"),
)


@pytest.mark.parametrize(("rule", "words"), REFUSED)
def test_what_the_bank_would_refuse_is_found_in_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, rule: str, words: str
) -> None:
    figures = tmp_path / "figures"
    figures.mkdir()
    (figures / "jahat.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>')
    (figures / "besar.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(9_000_000))
    path = tmp_path / "a.item.md"
    path.write_text(format_item(replace(ITEM, stem=f"{words}\n\n{ITEM.stem}")), encoding="utf-8")
    (document,) = documents(capsys, "lint", str(path), code=1)
    (refused,) = [each for each in document["findings"] if each["severity"] == "error"]
    assert (refused["rule"], refused["part"]) == (rule, "stem")
    code, out, _err = run(capsys, "lint", str(path))
    assert code == 1
    assert "\u202e" not in out


def test_a_formula_that_cannot_be_read_is_told_in_one_language(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "a.item.md"
    path.write_text(format_item(replace(ITEM, stem="Nilai $\\frac{1}$ adalah ...")), encoding="utf-8")
    (document,) = documents(capsys, "lint", str(path), code=1)
    (unread,) = [each for each in document["findings"] if each["rule"] == "unread-formula"]
    assert "karakter 1" in unread["message"]
