"""`analyze` as a person runs it: files in, files out, and an exit code that tells how it went."""

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.commands.analyze import add_arguments, run
from analysis.commands.telling import BAD_INPUT, DONE, NOT_CONVERGED
from analysis.exports import write_exports
from analysis.responses import NOT_PRESENTED, ResponseMatrix
from analysis.simulation import Fault, Tryout, simulate_tryout


def write_tryout(folder: Path, tryout: Tryout) -> list[str]:
    """Write answers and key as CSV files; returns the arguments that name them."""
    matrix = tryout.matrix
    with (folder / "responses.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["examinee", "group", *matrix.item_names])
        for i, person in enumerate(matrix.person_ids):
            letters = ["" if code < 0 else matrix.letters[code] for code in matrix.options[i]]
            rows.writerow([person, ("LPTK", "LPMP")[i % 2], *letters])
    with (folder / "key.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["item", "key"]] + [[n, matrix.letters[k]] for n, k in zip(matrix.item_names, matrix.key, strict=True)]
        )
    return [str(folder / "responses.csv"), "--key", str(folder / "key.csv")]


def analyze(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(arguments))


@pytest.fixture(scope="module")
def tryout() -> Tryout:
    return simulate_tryout(9, n_persons=300, n_items=12, faults=[Fault.WRONG_KEY])


def test_everything_is_written(tmp_path: Path, tryout: Tryout, capsys: pytest.CaptureFixture[str]) -> None:
    out = [str(tmp_path / name) for name in ("out.json", "out.pdf", "out.html")]
    files = write_tryout(tmp_path, tryout)
    code = analyze(*files, "--json", out[0], "--report", out[1], "--html", out[2], "--cross-check")
    assert code == DONE
    figures = json.loads(Path(out[0]).read_text())
    (wrong,) = tryout.planted
    assert figures["verdicts"][wrong]["outcome"] == "check_key"
    assert set(figures["irt"]) == {"Rasch", "2PL"}
    assert figures["mantel_haenszel"][wrong]["p"] is not None
    assert [opinion["model"] for opinion in figures["cross_check"]] == ["rasch", "2pl"]
    assert Path(out[1]).read_bytes().startswith(b"%PDF")
    page = Path(out[2]).read_text()
    assert '<html lang="id">' in page
    assert "http" not in page.replace("http-equiv", "").split("data:")[0]
    assert "Periksa kunci" in capsys.readouterr().out


def test_one_model_and_another_cut(tmp_path: Path, tryout: Tryout, capsys: pytest.CaptureFixture[str]) -> None:
    assert analyze(*write_tryout(tmp_path, tryout), "--model", "rasch", "--cut", "60", "--json", "-") == DONE
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert set(figures["irt"]) == {"Rasch"}
    assert figures["decision"][0]["passing_raw_score"] == 8
    assert figures["classical"]["pass_count"] >= figures["classical"]["pass_75_count"]


def test_bad_input_names_the_spot(tmp_path: Path, tryout: Tryout, capsys: pytest.CaptureFixture[str]) -> None:
    files = write_tryout(tmp_path, tryout)
    text = Path(files[0]).read_text().splitlines()
    text[4] = text[4][:-1] + "Q"
    Path(files[0]).write_text("\n".join(text))
    assert analyze(*files) == BAD_INPUT
    said = capsys.readouterr().err
    assert "responses.csv, line 5, column q12: 'Q'" in said
    assert "To mend" in said


@pytest.mark.parametrize("option", [["--group", "nothing"], ["--group", "group", "--reference", "P4TK"]])
def test_an_unknown_group_is_bad_input(tmp_path: Path, tryout: Tryout, option: list[str]) -> None:
    assert analyze(*write_tryout(tmp_path, tryout), *option) == BAD_INPUT


def test_a_place_that_cannot_be_written_is_bad_input(tmp_path: Path, tryout: Tryout) -> None:
    assert analyze(*write_tryout(tmp_path, tryout), "--json", str(tmp_path / "none" / "out.json")) == BAD_INPUT


def test_what_did_not_converge_is_written_and_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [[0, 0, 0, 0]] * 50 + [[1, 1, 1, 1]] * 50 + [[0, 0, 1, 1]] * 20
    matrix = ResponseMatrix.from_arrays(np.array(rows), key=[0] * 4)
    steps = Tryout(matrix=matrix, theta=np.zeros(120), items=(), planted={})
    out = tmp_path / "out.json"
    assert analyze(*write_tryout(tmp_path, steps), "--model", "2pl", "--json", str(out)) == NOT_CONVERGED
    assert json.loads(out.read_text())["irt"]["2PL"]["converged"] is False
    assert "doubtful" in capsys.readouterr().err


def test_answers_that_determine_nothing_are_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key.csv").write_text("item,key\nq1,A\n")
    (tmp_path / "responses.csv").write_text("id,q1\nP1,A\nP2,B\nP3,A\n")
    files = [str(tmp_path / "responses.csv"), "--key", str(tmp_path / "key.csv")]
    assert analyze(*files, "--model", "2pl") == NOT_CONVERGED
    assert "no standard errors" in capsys.readouterr().err


def test_groups_that_cannot_be_compared_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each group saw a form of its own, so nobody has an equal in the other."""
    matrix = simulate_tryout(3, n_persons=200, n_items=8).matrix
    options, first = matrix.options.copy(), np.arange(200) < 100
    options[first, 4:] = NOT_PRESENTED
    options[~first, :4] = NOT_PRESENTED
    groups = {"group": np.where(first, "LPTK", "LPMP")}
    apart = ResponseMatrix.from_arrays(options, key=matrix.key, groups=groups)
    write_exports(apart, tmp_path)
    files = [str(tmp_path / "responses.csv"), "--key", str(tmp_path / "key.csv"), "--model", "rasch"]
    assert analyze(*files, "--language", "en", "--html", str(tmp_path / "a.html")) == DONE
    said = "Nobody in LPMP has an equal in LPTK"
    assert said in capsys.readouterr().out
    assert said in (tmp_path / "a.html").read_text()


def test_people_who_saw_nothing_are_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key.csv").write_text("item,key\nq1,A\n")
    (tmp_path / "responses.csv").write_text("id,q1\nP1,.\nP2,.\n")
    assert analyze(str(tmp_path / "responses.csv"), "--key", str(tmp_path / "key.csv")) == BAD_INPUT
    assert "nobody was presented" in capsys.readouterr().err.lower()


def test_several_forms_have_no_common_mean(tmp_path: Path, tryout: Tryout) -> None:
    files = write_tryout(tmp_path, tryout)
    lines = Path(files[0]).read_text().splitlines()
    half = [line.rsplit(",", 3)[0] + ",.,.,." for line in lines[1:150]]
    Path(files[0]).write_text("\n".join([lines[0], *half, *lines[150:]]))
    out = tmp_path / "out.json"
    assert analyze(*files, "--json", str(out), "--html", str(tmp_path / "out.html")) == DONE
    classical = json.loads(out.read_text())["classical"]
    assert classical["mean"] is None
    assert [form["n_items"] for form in classical["forms"]] == [9, 12]
    assert classical["items"]["q12"]["n_not_presented"] == 149


def test_importing_loads_nothing_heavy() -> None:
    heavy = "('scipy', 'matplotlib', 'girth', 'polars', 'typst', 'pandas', 'numba', 'dask')"
    ours = ", ".join(f"analysis.{name}" for name in ("commands.analyze", "commands.calibrate", "pictures", "exports"))
    code = f"import sys, {ours}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def weighed(folder: Path, tryout: Tryout, weights: list[str]) -> list[str]:
    """The files of a try-out with one more column."""
    files = write_tryout(folder, tryout)
    head, *rows = Path(files[0]).read_text().splitlines()
    numbered = (f"{row},{weights[place % len(weights)]}" for place, row in enumerate(rows))
    Path(files[0]).write_text("\n".join([f"{head},bobot", *numbered]) + "\n")
    return files


def test_weights_of_a_column_count_people(tmp_path: Path, tryout: Tryout, capsys: pytest.CaptureFixture[str]) -> None:
    files = weighed(tmp_path, tryout, ["1", "3"])
    assert analyze(*files, "--weight", "bobot", "--html", str(tmp_path / "a.html"), "--purify") == DONE
    said = capsys.readouterr().out
    assert "300 baris mewakili 600 peserta" in said
    assert "dimurnikan" in said
    assert "300 baris mewakili 600,0 peserta" in (tmp_path / "a.html").read_text()
    assert analyze(*files, "--weight", "bobot", "--json", "-") == DONE
    figures = json.loads(capsys.readouterr().out)
    assert figures["weights"] == {"column": "bobot", "n_rows": 300, "n_people": 600, "left_aside_by": ["cross_check"]}
    assert sum(figures["classical"]["histogram"]) == 600
    assert figures["mantel_haenszel_groups"][0]["n_focal"] == 450


def test_fractions_of_people_are_left_aside_by_figures_of_fit_and_told(
    tmp_path: Path, tryout: Tryout, capsys: pytest.CaptureFixture[str]
) -> None:
    files = weighed(tmp_path, tryout, ["0.5", "1.25"])
    assert analyze(*files, "--weight", "bobot", "--model", "rasch", "--json", "-") == DONE
    figures = json.loads(capsys.readouterr().out)
    assert "S_X2" in figures["weights"]["left_aside_by"]
    assert any("whole numbers" in caution for caution in figures["irt"]["Rasch"]["cautions"])
    assert analyze(*files, "--model", "rasch", "--json", "-", "--weight", "nothing") == BAD_INPUT


def test_the_same_weight_for_all_changes_no_share(
    tmp_path: Path, tryout: Tryout, capsys: pytest.CaptureFixture[str]
) -> None:
    files = weighed(tmp_path, tryout, ["2.5"])
    figures = []
    for more in ([], ["--weight", "bobot"]):
        # Without the wish the column of weights is one more group, which nobody asks for.
        assert analyze(*files, "--model", "rasch", "--json", "-", *more) == DONE
        figures.append(json.loads(capsys.readouterr().out))
    plain, weighted = figures
    assert plain["weights"] is None
    for item, of_item in plain["classical"]["items"].items():
        for figure in ("p", "point_biserial", "discriminative_efficiency"):
            assert weighted["classical"]["items"][item][figure] == pytest.approx(of_item[figure], abs=1e-6)
    for method in ("livingston_lewis", "lee_binomial", "rudner"):
        one, other = (found["decision"][0]["quality"][method]["consistency"] for found in figures)
        assert one == pytest.approx(other, abs=1e-4)
    for name in ("alpha", "omega", "kr21"):
        assert weighted["classical"][name] == pytest.approx(plain["classical"][name], abs=1e-6)
