"""Answers read fast, slowly, as a whole, in blocks, from CSV, Parquet and frames are the same answers."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analysis import csv_text, reading
from analysis.classical import analyze
from analysis.errors import BadArrays, BadInput, BadKey, DuplicatePerson, RaggedRow, UnknownOption, WrongColumns
from analysis.responses import ResponseMatrix
from analysis.simulation import simulate_tryout
from analysis.streaming import analyze_stream, read_responses, stream_blocks

Files = tuple[Path, Path]


@pytest.fixture(params=[csv.QUOTE_MINIMAL, csv.QUOTE_ALL], ids=["bare", "quoted"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """300 people on 12 items as CSV, the key, and a name with a comma."""
    matrix = simulate_tryout(2, n_persons=300, n_items=12).matrix
    with (tmp_path / "responses.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, quoting=request.param)
        rows.writerow(["examinee", "group", *matrix.item_names])
        for i, person in enumerate(matrix.person_ids):
            letters = ["" if code < 0 else matrix.letters[code] for code in matrix.options[i]]
            rows.writerow([person, "LPTK, Bandung" if i == 3 else "LPMP", *letters])
    with (tmp_path / "key.csv").open("w", newline="", encoding="utf-8") as file:
        keys = ([name, matrix.letters[k]] for name, k in zip(matrix.item_names, matrix.key, strict=True))
        csv.writer(file).writerows([["item", "key"], *keys])
    return tmp_path / "responses.csv", tmp_path / "key.csv"


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let blocks be short, and all of them be tried the fast way."""
    monkeypatch.setattr(csv_text, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(reading, "_WORTH_POLARS", 0)


def same(one: ResponseMatrix, other: ResponseMatrix) -> bool:
    return bool(
        (one.options == other.options).all()
        and one.person_ids == other.person_ids
        and one.item_names == other.item_names
        and {name: column.tolist() for name, column in one.groups.items()}
        == {name: column.tolist() for name, column in other.groups.items()}
    )


def test_polars_reads_what_the_careful_reader_reads(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = read_responses(*files)
    monkeypatch.setattr(csv_text, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(reading, "_WORTH_POLARS", 0)
    vouched: list[bool] = []
    fast_way = reading._fast

    def told(block: csv_text.TextBlock, layout: reading.Layout) -> reading.Part | None:
        part = fast_way(block, layout)
        vouched.append(part is not None)
        return part

    monkeypatch.setattr(reading, "_fast", told)
    assert same(read_responses(*files), slow)
    assert vouched.count(False) == 1  # the block with the comma inside quotes
    assert len(vouched) > 5


@pytest.mark.usefixtures("small_blocks")
def test_a_stream_gives_the_figures_of_the_whole(files: Files) -> None:
    whole = analyze(read_responses(*files))
    assert repr(analyze_stream(*files)) == repr(whole)
    done: list[float] = []
    assert sum(block.n_persons for block in stream_blocks(*files, progress=done.append)) == 300
    assert done == sorted(done)
    assert done[-1] == 1


@pytest.mark.parametrize("kind", ["letters", "categories", "codes"])
def test_parquet_and_frames_hold_the_same_answers(files: Files, tmp_path: Path, kind: str) -> None:
    matrix = read_responses(*files)
    frame = pl.read_csv(files[0], infer_schema=False)
    if kind == "categories":
        frame = frame.with_columns(pl.col(matrix.item_names).cast(pl.Categorical))
    if kind == "codes":
        frame = frame.with_columns(pl.Series(n, matrix.options[:, j]) for j, n in enumerate(matrix.item_names))
    frame.write_parquet(tmp_path / "responses.parquet")
    assert same(read_responses(tmp_path / "responses.parquet", files[1]), matrix)
    assert same(ResponseMatrix.from_parquet(tmp_path / "responses.parquet", files[1]), matrix)
    key = {name: matrix.letters[k] for name, k in zip(matrix.item_names, matrix.key, strict=True)}
    assert same(ResponseMatrix.from_frame(frame, key), matrix)
    assert repr(analyze_stream(tmp_path / "responses.parquet", files[1])) == repr(analyze(matrix))


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda line: line.rsplit(",", 1)[0] + ",Q", UnknownOption),
        (lambda line: line + ",A", RaggedRow),
        (lambda line: line.rsplit(",", 1)[0], RaggedRow),
        (lambda line: line.replace("LPMP", '"here, there"').rsplit(",", 1)[0], RaggedRow),
        (lambda line: "P000001" + line[7:], DuplicatePerson),
    ],
)
@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("files", [csv.QUOTE_MINIMAL], indirect=True)
def test_the_fast_way_leaves_doubts_to_the_careful_one(
    files: Files, spoil: Callable[[str], str], error: type[BadInput]
) -> None:
    lines = files[0].read_text().splitlines()
    lines[200] = spoil(lines[200])
    files[0].write_text("\n".join(lines))
    with pytest.raises(error) as refused:
        read_responses(*files)
    assert refused.value.line == 201


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("files", [csv.QUOTE_MINIMAL], indirect=True)
def test_a_person_in_two_blocks_of_a_stream_is_refused(files: Files) -> None:
    lines = files[0].read_text().splitlines()
    files[0].write_text("\n".join([*lines, lines[1]]))
    with pytest.raises(DuplicatePerson, match="number 1 and 301"):
        list(stream_blocks(*files))


def test_a_frame_of_another_kind_is_refused() -> None:
    with pytest.raises(WrongColumns, match="no rows"):
        ResponseMatrix.from_frame(pl.DataFrame(schema={"q1": pl.String}), {"q1": "A"})
    with pytest.raises(WrongColumns, match="Float64"):
        ResponseMatrix.from_frame(pl.DataFrame({"q1": [0.5], "q2": ["A"]}), {"q1": "A", "q2": "A"})
    with pytest.raises(UnknownOption, match="no option code"):
        ResponseMatrix.from_frame(pl.DataFrame({"q1": [1, 9]}), {"q1": "A"})
    with pytest.raises(UnknownOption, match="'b'"):
        ResponseMatrix.from_frame(pl.DataFrame({"q1": ["A", "b"]}), {"q1": "A"})
    with pytest.raises(BadKey):
        ResponseMatrix.from_frame(pl.DataFrame({"q1": ["A"]}), {"q1": "1"})


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("q1", [["A"], ["B"]]),
        ("q1", [b"\xff", b"A"]),
        ("school", [["x"], ["y"]]),
        ("school", [b"\xff", b"y"]),
    ],
    ids=["lists of answers", "bytes as answers", "lists as groups", "bytes as groups"],
)
def test_columns_that_hold_no_text_are_refused_by_name(column: str, values: list[object]) -> None:
    frame = pl.DataFrame({"q1": ["A", "B"], "school": ["x", "y"]} | {column: values})
    with pytest.raises(WrongColumns) as refused:
        ResponseMatrix.from_frame(frame, {"q1": "A"})
    assert refused.value.column == column


def test_an_unread_frame_is_read() -> None:
    lazy = pl.LazyFrame({"q1": ["A", None], "school": ["x", None]})
    matrix = ResponseMatrix.from_frame(lazy, {"q1": "A"})
    assert matrix.groups["school"].tolist() == ["x", ""]


@pytest.mark.parametrize("weights", [[1.0, float("nan")], [1.0, -1.0], [0.0, 0.0], [1.0], [1.0, 1e-9]])
def test_a_weight_that_weighs_nothing_is_refused(weights: list[float]) -> None:
    with pytest.raises(BadArrays):
        ResponseMatrix.from_arrays(np.zeros((2, 3), dtype=np.int8), key=[0, 0, 0], weights=weights)


def test_weights_are_read_from_their_column(tmp_path: Path) -> None:
    (tmp_path / "key.csv").write_text("item,key\nq1,A\n")
    file = tmp_path / "responses.csv"
    file.write_text("id,w,q1\nP1,2.5,A\nP2,1,B\n")
    matrix = read_responses(file, tmp_path / "key.csv", weight="w")
    assert matrix.weights is not None
    assert matrix.weights.tolist() == [2.5, 1.0]
    assert matrix.groups == {}
    file.write_text("id,w,q1\nP1,2.5,A\nP2,many,B\n")
    with pytest.raises(BadInput, match="'many' is no weight") as refused:
        read_responses(file, tmp_path / "key.csv", weight="w")
    assert (refused.value.line, refused.value.column) == (3, "w")
