"""`calibrate` and `simulate` as a person runs them, and the answers as other programs read them."""

import argparse
import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from analysis.commands import calibrate, simulate
from analysis.commands.telling import BAD_INPUT, DONE, NOT_CONVERGED, Progress
from analysis.exports import safe_names, write_exports
from analysis.irt import stream
from analysis.irt.answers import answers_of
from analysis.irt.calibration import calibrate as calibrate_matrix
from analysis.irt.stream import answers_of_blocks
from analysis.reading import read_csv
from analysis.responses import NOT_PRESENTED, ResponseMatrix
from analysis.simulation import simulate_tryout


def ran(command: ModuleType, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return int(command.run(parser.parse_args(arguments)))


@pytest.fixture
def tryout(tmp_path: Path) -> Path:
    """A folder with a small simulated try-out."""
    assert ran(simulate, str(tmp_path), "--persons", "400", "--items", "10", "--seed", "4") == DONE
    return tmp_path


def files(folder: Path) -> list[str]:
    return [str(folder / "responses.csv"), "--key", str(folder / "key.csv")]


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


# simulate ---------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert ran(simulate, str(tmp_path / name), "--seed", "7", "--fault", "wrong_key", "--fault", "dif") == DONE
    for file in ("responses.csv", "key.csv", "truth.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    truth = json.loads((tmp_path / "one" / "truth.json").read_text())
    assert sorted(truth["planted"].values()) == ["dif", "wrong_key"]
    (wrong,) = (item for item, fault in truth["planted"].items() if fault == "wrong_key")
    assert truth["items"][wrong]["key"] != truth["items"][wrong]["key_shown"]
    matrix = read_csv(tmp_path / "one" / "responses.csv", tmp_path / "one" / "key.csv")
    assert (matrix.n_persons, matrix.n_items) == (300, 40)
    assert set(truth["theta"]) == set(matrix.person_ids)


def test_groups_differ_as_asked(tmp_path: Path) -> None:
    groups = ["--group", "LPTK=1.5", "--group", "LPMP=-1.5"]
    assert ran(simulate, str(tmp_path), *groups) == DONE
    matrix = read_csv(tmp_path / "responses.csv", tmp_path / "key.csv")
    right = (matrix.scored == 1).mean(axis=1)
    assert right[matrix.groups["group"] == "LPTK"].mean() > right[matrix.groups["group"] == "LPMP"].mean() + 0.2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--items", "1", "--fault", "dif", "--fault", "dif"],
        ["--seed", "-1"],
        ["--group", "A=0", "--group", "A=1"],
        ["--group", "=1"],
    ],
)
def test_an_impossible_tryout_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    assert ran(simulate, str(tmp_path), *arguments) == BAD_INPUT


@pytest.mark.parametrize("n_items", ["1", "3", "4"])
def test_a_test_too_short_to_be_cut_short_is_simulated(tmp_path: Path, n_items: str) -> None:
    assert ran(simulate, str(tmp_path), "--persons", "60", "--items", n_items) == DONE
    assert len(table(tmp_path / "key.csv")) == int(n_items)


@pytest.mark.parametrize("mean", ["nan", "inf", "x"])
def test_the_mean_of_a_group_is_a_number(tmp_path: Path, mean: str) -> None:
    with pytest.raises(SystemExit):
        ran(simulate, str(tmp_path), "--group", f"A={mean}")


# calibrate --------------------------------------------------------------------------------------------------------


def test_parameters_are_written_three_ways(tryout: Path) -> None:
    out = [tryout / f"items.{kind}" for kind in ("csv", "parquet", "json")]
    assert ran(calibrate, *files(tryout), *(part for file in out for part in ("--out", str(file)))) == DONE
    direct = calibrate_matrix(read_csv(tryout / "responses.csv", tryout / "key.csv"), "2pl")
    assert direct.se_d is not None
    rows, figures = table(out[0]), json.loads(out[2].read_text())
    assert [float(row["a"]) for row in rows] == pytest.approx(direct.a.tolist(), abs=1e-9)
    assert [row["se_d"] for row in figures["items"]] == pytest.approx(list(direct.se_d), abs=1e-9)
    assert pl.read_parquet(out[1])["d"].to_list() == pytest.approx(direct.d.tolist(), abs=1e-9)
    assert {row["status"] for row in rows} == {"estimated"}
    assert len(figures["covariance"]) == figures["n_parameters"] == 20


def test_the_error_of_difficulty_follows_from_the_covariance(tryout: Path) -> None:
    assert ran(calibrate, *files(tryout), "--out", str(tryout / "items.json")) == DONE
    figures = json.loads((tryout / "items.json").read_text())
    names, covariance = figures["parameter_names"], np.array(figures["covariance"])
    item = figures["items"][3]
    draws = np.random.default_rng(1).multivariate_normal(
        [item["a"], item["d"]],
        covariance[np.ix_(*[[names.index("a q04"), names.index("d q04")]] * 2)] / 100,  # where the curve is straight
        size=20_000,
    )
    assert item["se_b"] == pytest.approx(10 * float((-draws[:, 1] / draws[:, 0]).std()), rel=0.03)


def test_anchored_items_stay_and_the_rest_follows(tryout: Path) -> None:
    first, second = str(tryout / "first.csv"), str(tryout / "second.csv")
    assert ran(calibrate, *files(tryout), "--out", first) == DONE
    kept = table(Path(first))[:4]
    with (tryout / "anchors.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)
    anchors = str(tryout / "anchors.csv")
    assert ran(calibrate, *files(tryout), "--out", second, "--anchors", anchors) == DONE
    rows = table(Path(second))
    assert [row["status"] for row in rows] == ["anchored"] * 4 + ["estimated"] * 6
    assert [row["a"] for row in rows[:4]] == [row["a"] for row in kept]
    assert [row["se_a"] for row in rows[:4]] == [""] * 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("item,a\nq01,1\n", "no column d"),
        ("item,a,d\nq01,one,0\n", "line 2, column a: 'one'"),
        ("item,a,d\nx,1,0\n", "No item of this file"),
        ("item,a,d\nq01,1,0\nq01,1,0\n", "line 3: q01 stands here twice"),
        ("item,a,d,converged\nq01,1,0,false\n", "did not converge"),
    ],
)
def test_anchors_that_cannot_hold_are_refused(
    tryout: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (tryout / "anchors.csv").write_text(text)
    out = ["--out", str(tryout / "items.csv"), "--anchors", str(tryout / "anchors.csv")]
    assert ran(calibrate, *files(tryout), *out) == BAD_INPUT
    assert said in capsys.readouterr().err
    assert not (tryout / "items.csv").exists()


def test_what_did_not_converge_is_written_marked_and_told(tryout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tryout / "items.csv"
    found = ran(calibrate, *files(tryout), "--model", "3pl", "--max-steps", "2", "--out", str(out))
    assert found == NOT_CONVERGED
    assert {row["converged"] for row in table(out)} == {"false"}
    assert "doubtful" in capsys.readouterr().err


def test_a_prior_on_slopes_waits_for_the_key_to_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(simulate, str(tmp_path), "--items", "12", "--fault", "wrong_key") == DONE
    out = ["--out", str(tmp_path / "items.csv")]
    assert ran(calibrate, *files(tmp_path), *out, "--prior-slope", "0,0.5") == BAD_INPUT
    assert "key may be wrong" in capsys.readouterr().err
    assert ran(calibrate, *files(tmp_path), *out, "--prior-intercept", "0,2") == DONE


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (["--prior-guessing", "0.2,0.5"], "--prior-guessing"),
        (["--model", "rasch", "--prior-slope", "0,0.5"], "--prior-slope"),
    ],
)
def test_a_prior_that_the_model_has_no_use_for_is_refused(
    tryout: Path, capsys: pytest.CaptureFixture[str], wish: list[str], said: str
) -> None:
    assert ran(calibrate, *files(tryout), "--out", str(tryout / "items.csv"), *wish) == BAD_INPUT
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("pair", ["nan,1", "inf,1", "0,nan", "0,0", "0"])
def test_a_prior_is_two_numbers(tryout: Path, pair: str) -> None:
    with pytest.raises(SystemExit):
        ran(calibrate, *files(tryout), "--out", str(tryout / "items.csv"), "--prior-intercept", pair)


def test_an_anchored_difficulty_has_no_error(tryout: Path) -> None:
    (tryout / "anchors.csv").write_text("item,a,d\nq01,1.2,0.5\n")
    out = str(tryout / "items.csv")
    assert (
        ran(calibrate, *files(tryout), "--out", out, "--model", "1pl", "--anchors", str(tryout / "anchors.csv")) == DONE
    )
    anchored, estimated, *_ = table(Path(out))
    assert (anchored["status"], anchored["se_b"]) == ("anchored", "")
    assert float(estimated["se_b"]) > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--out", "items.xls"],
        ["--out", "nowhere/items.csv"],
        ["--out", "items.csv", "--group", "none"],
        ["--out", "items.csv", "--reference", "LPTK"],
    ],
)
def test_what_cannot_be_done_is_said_before_the_work(
    tryout: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tryout)
    assert ran(calibrate, *files(tryout), *arguments) == BAD_INPUT


def test_people_without_a_group_are_left_out_and_told(tryout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `analyze` does when it compares groups."""
    text = (tryout / "responses.csv").read_text()
    answers, others = tryout / "some_group.csv", tryout / "others.csv"
    answers.write_text(text.replace("LPTK", ""))
    others.write_text("".join(line for line in text.splitlines(keepends=True) if "LPTK" not in line))
    key = ["--language", "en", "--key", str(tryout / "key.csv"), "--group", "group", "--out"]
    assert ran(calibrate, str(answers), *key, str(tryout / "some.json")) == DONE
    told = capsys.readouterr().out
    assert f"left out, since their group is empty: {text.count('LPTK')} people" in told
    assert ran(calibrate, str(others), *key, str(tryout / "others.json")) == DONE
    some, wanted = (json.loads((tryout / name).read_text()) for name in ("some.json", "others.json"))
    assert some.pop("n_without_group") == text.count("LPTK")
    assert wanted.pop("n_without_group") == 0
    assert some == wanted


def test_a_column_of_empty_groups_is_refused(tryout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tryout / "no_group.csv"
    answers.write_text((tryout / "responses.csv").read_text().replace("LPTK", "").replace("LPMP", ""))
    asked = ["--key", str(tryout / "key.csv"), "--group", "group", "--out", str(tryout / "none.csv")]
    assert ran(calibrate, str(answers), *asked) == BAD_INPUT
    assert "Nobody has a group" in capsys.readouterr().err


def test_a_group_is_not_given_the_name_of_a_reference_nobody_belongs_to(tryout: Path) -> None:
    answers = tryout / "one_group.csv"
    answers.write_text((tryout / "responses.csv").read_text().replace("LPTK", "LPMP"))
    named = ["--group", "group", "--reference", "LPTK", "--out", str(tryout / "one.csv")]
    assert ran(calibrate, str(answers), "--key", str(tryout / "key.csv"), *named) == BAD_INPUT


@pytest.mark.parametrize("not_reached_counts_wrong", [True, False])
@pytest.mark.parametrize(
    ("reference", "fewest", "waiting"), [("LPMP", 1, 99), ("LPTK", 1, 99), ("LPTK", 999, 99), ("LPTK", 64, 1)]
)
def test_answers_in_blocks_calibrate_like_the_whole(
    not_reached_counts_wrong: bool, reference: str, fewest: int, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_FEWEST_OF_A_FORM", fewest)
    monkeypatch.setattr(stream, "_MOST_WAITING", waiting)
    monkeypatch.setattr(stream, "BLOCK", 100)
    matrix = simulate_tryout(6, n_persons=700, n_items=9, group_means={"LPTK": 0.5, "LPMP": -0.5}).matrix
    options = matrix.options.copy()
    options[:300, :3] = NOT_PRESENTED
    options[200:350, 7:] = NOT_PRESENTED
    formed = ResponseMatrix.from_arrays(
        options, key=matrix.key, groups=matrix.groups, weights=np.where(np.arange(700) % 3, 1.0, 2.0)
    )
    rows = np.array_split(np.arange(700), 5)
    streamed = answers_of_blocks(
        (formed.select_persons(part) for part in rows),
        group="group",
        reference=reference,
        not_reached_counts_wrong=not_reached_counts_wrong,
    )
    whole = answers_of(
        formed,
        group="group",
        reference=reference,
        weights=formed.weights,
        not_reached_counts_wrong=not_reached_counts_wrong,
    )
    assert streamed.answers.group_names == whole.group_names
    assert whole.group_names[0] == reference
    assert streamed.answers.group_weights == pytest.approx(whole.group_weights)
    assert np.array(streamed.answers.counts) == pytest.approx(np.array(whole.counts))


# exports ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    options = np.array([[0, 1, -1], [1, -3, -2], [3, 2, 4]])
    matrix = ResponseMatrix.from_arrays(
        options,
        key=[0, 2, 4],
        item_names=["q1", "2nd item", "q3"],
        person_ids=["P1", "P22", "P3"],
        groups={"asal sekolah": ["x", "y", "x"]},
        n_options=[4, 4, 5],
        sections=["pedagogic", "professional", "professional"],
    )
    write_exports(matrix, tmp_path / "out")
    return tmp_path / "out"


def test_our_own_files_come_back_the_same(exported: Path) -> None:
    matrix = read_csv(exported / "responses.csv", exported / "key.csv")
    assert matrix.options.tolist() == [[0, 1, -2], [1, -3, -2], [3, 2, 4]]  # a blank at the end was not reached
    assert matrix.sections == ("pedagogic", "professional", "professional")
    assert matrix.offered.tolist() == [4, 4, 5]


def test_mirt_reads_right_wrong_and_missing(exported: Path) -> None:
    rows = table(exported / "scored.csv")
    assert [[row[name] for name in ("q1", "2nd item", "q3")] for row in rows] == [
        ["1", "0", "0"],
        ["0", "NA", "0"],
        ["0", "1", "1"],
    ]
    assert 'c("q1", "2nd item", "q3")' in (exported / "mirt.R").read_text()


def test_jmetrik_reads_letters_and_a_scoring_of_every_option(exported: Path) -> None:
    rows = table(exported / "jmetrik.csv")
    assert list(rows[0]) == ["person", "g2", "q1", "v2", "q3"]
    assert [rows[0]["q3"], rows[1]["v2"], rows[2]["q1"]] == ["O", "", "D"]
    scoring = (exported / "jmetrik_scoring.txt").read_text()
    assert "keys(3);" in scoring
    assert "key1(options = (A, B, C, D), scores = (1, 0, 0, 0), variables = (q1), omit = O, nr = N);" in scoring
    assert "options = (A, B, C, D, E), scores = (0, 0, 0, 0, 1), variables = (q3)" in scoring


def test_weights_go_along_where_a_program_knows_them(tmp_path: Path) -> None:
    matrix = ResponseMatrix.from_arrays(
        np.array([[0, 1], [1, 0]]), key=[0, 1], groups={"weight": ["heavy", "light"]}, weights=[2.0, 0.1]
    )
    write_exports(matrix, tmp_path)
    again = read_csv(tmp_path / "responses.csv", tmp_path / "key.csv", weight="weight_")
    assert again.weights is not None
    assert again.weights.tolist() == [2.0, 0.1]
    assert list(again.groups) == ["weight"]
    assert 'survey.weights = answers[["weight_"]]' in (tmp_path / "mirt.R").read_text()
    assert [row["weight_"] for row in table(tmp_path / "scored.csv")] == ["2.0", "0.1"]
    said = (tmp_path / "README.txt").read_text()
    assert "--weight weight_" in said
    assert "Iteman know no weights" in said


def test_iteman_reads_fixed_columns(exported: Path) -> None:
    lines = (exported / "iteman.dat").read_text().splitlines()
    assert lines[:4] == ["003 O N 04", "ACE", "445", "YYY"]
    assert lines[4:] == ["P1  ABO", "P22 BNO", "P3  DCE"]
    assert (exported / "iteman_data.txt").read_text().splitlines() == lines[4:]
    assert (exported / "iteman_control.txt").read_text().splitlines()[1] == "2nd item\tC\t4\t2\tY\tM"


def test_made_up_names_meet_no_other() -> None:
    assert safe_names(["v1", "1a", "v2", "b b"]) == ["v1", "v2_", "v2", "v4"]


# Progress ---------------------------------------------------------------------------------------------------------


def at(*seconds: float) -> Callable[[], float]:
    times = iter(seconds)
    return lambda: next(times)


def test_only_long_work_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(at(0, 1, 3, 3.5, 6))
    progress.reading(0.1)
    progress.reading(0.4)
    progress.stage("soon")
    progress.stage("calibrating")
    assert capsys.readouterr().err.splitlines() == ["reading, 40 %", "calibrating ..."]


def cells_of(file: Path) -> list[str]:
    with file.open(newline="") as stream:
        return [cell for row in csv.reader(stream) for cell in row]


def test_names_that_look_like_formulas_are_harmless_and_come_back(tmp_path: Path) -> None:
    ids = ("=1+1", "-b", "+c", "@d", "e")
    matrix = ResponseMatrix.from_arrays(
        np.array([[0, 1], [1, 0], [0, 0], [1, 1], [0, 1]]),
        key=[0, 1],
        item_names=["=q1", "q2"],
        person_ids=ids,
        groups={"group": ["-x", "y", "-x", "y", "-x"]},
    )
    write_exports(matrix, tmp_path / "safe")
    write_exports(matrix, tmp_path / "raw", raw=True)
    for name in ("responses.csv", "scored.csv", "jmetrik.csv", "key.csv"):
        cells = cells_of(tmp_path / "safe" / name)
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
        assert cells_of(tmp_path / "raw" / name) == [cell.removeprefix("'") for cell in cells]
    for folder in ("safe", "raw"):
        again = read_csv(tmp_path / folder / "responses.csv", tmp_path / folder / "key.csv")
        assert again.person_ids == ids
        assert again.item_names == matrix.item_names
        assert again.groups["group"].tolist() == matrix.groups["group"].tolist()


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed here")
def test_r_reads_what_was_exported(exported: Path) -> None:
    script = (exported / "mirt.R").read_text().replace("library(mirt)", "").split("fit <-")[0]
    told = script + 'cat(names(items), unlist(items), answers$person, sep = "|")'
    done = subprocess.run(["Rscript", "-e", told], cwd=exported, capture_output=True, text=True, check=True)
    assert done.stdout.split("|") == [
        "q1",
        "2nd item",
        "q3",
        "1",
        "0",
        "0",
        "0",
        "NA",
        "1",
        "0",
        "0",
        "1",
        "P1",
        "P22",
        "P3",
    ]


def test_a_calibration_is_told_in_the_language_asked_for(tryout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (*files(tryout), "--out", str(tryout / "told.csv"))
    told = {}
    for language in ("id", "en"):
        assert ran(calibrate, *asked, "--language", language) == DONE
        told[language] = capsys.readouterr().out
    assert "peserta" in told["id"]
    assert "konvergen setelah" in told["id"]
    assert "settled after" in told["en"]
    assert ran(calibrate, *asked, "--group", "none") == BAD_INPUT
    both = capsys.readouterr().err.splitlines()
    assert both[0].startswith("Tidak ada kolom kelompok 'none'. Perbaikan: pilih salah satu")
    assert both[1].startswith("There is no group column 'none'. To mend: choose one of")
    assert ran(calibrate, *asked, "--group", "none", "--language", "id") == BAD_INPUT
    assert capsys.readouterr().err.splitlines() == both[:1]
