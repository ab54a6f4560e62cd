"""A responses file is read exactly, or refused with the spot and the remedy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.errors import (
    BadArrays,
    BadInput,
    BadKey,
    DuplicatePerson,
    RaggedRow,
    UnknownOption,
    UnreadableFile,
    WrongColumns,
)
from analysis.keys import key_of
from analysis.reading import read_csv
from analysis.responses import NOT_PRESENTED, NOT_REACHED, OMITTED, ResponseMatrix

WriteCsv = Callable[[str, str], Path]
KEY = "item,key\nq1,A\nq2,B\nq3,C\nq4,D\n"


def read(write: WriteCsv, responses: str, key: str = KEY) -> ResponseMatrix:
    return read_csv(write("responses.csv", responses), write("key.csv", key))


def test_four_kinds_of_missing_answers_are_kept_apart(write_csv: WriteCsv) -> None:
    text = "examinee,group,q1,q2,q3,q4\nP1,LPTK,A,,C,B\nP2,LPMP,A,.,,\nP3,LPMP,,,,\nP4,LPTK,A,B,,.\n"
    matrix = read(write_csv, text)
    assert matrix.options.tolist() == [
        [0, OMITTED, 2, 1],
        [0, NOT_PRESENTED, NOT_REACHED, NOT_REACHED],
        [NOT_REACHED] * 4,
        [0, 1, NOT_REACHED, NOT_PRESENTED],
    ]
    assert matrix.scored.tolist() == [[1, 0, 1, 0], [1, -3, 0, 0], [0, 0, 0, 0], [1, 1, 0, -3]]
    assert matrix.person_ids == ("P1", "P2", "P3", "P4")
    assert matrix.groups["group"].tolist() == ["LPTK", "LPMP", "LPMP", "LPTK"]
    assert matrix.letters == tuple("ABCD")


def test_not_reached_follows_the_order_of_the_file_not_of_the_key(write_csv: WriteCsv) -> None:
    matrix = read(write_csv, "id,q2,q1\nP1,B,\nP2,,A\n", "item,key\nq1,A\nq2,B\n")
    assert matrix.options.tolist() == [[NOT_REACHED, 1], [0, OMITTED]]


def test_a_fifth_option_and_sections_are_read(write_csv: WriteCsv) -> None:
    key = "item,key,section,options\nq1,A,pedagogic,4\nq2,E,professional,5\n"
    matrix = read(write_csv, "id,q1,q2\nP1,A,E\nP2,B,A\n", key)
    assert matrix.letters == tuple("ABCDE")
    assert matrix.sections == ("pedagogic", "professional")
    assert matrix.offered.tolist() == [4, 5]


@pytest.mark.parametrize(
    ("responses", "error", "line", "column"),
    [
        ("id,q1,q2,q3,q4\nP1,A,B,C,D\nP2,A,X,C,D\n", UnknownOption, 3, "q2"),
        ("id,q1,q2,q3,q4\nP1,a,B,C,D\n", UnknownOption, 2, "q1"),
        ("id,q1,q2,q3,q4\nP1,A,B,C, \n", UnknownOption, 2, "q4"),
        ("id,q1,q2,q4\nP1,A,B,D\n", WrongColumns, 1, "q3"),
        ("id,q1,q1,q3,q4\nP1,A,B,C,D\n", WrongColumns, 1, "q1"),
        ("id;q1;q2;q3;q4\nP1;A;B;C;D\n", WrongColumns, 1, None),
        ("", WrongColumns, 1, None),
        ("id,q1,q2,q3,q4\n", WrongColumns, 1, None),
        ("id,q1,q2,q3,q4\nP1,A,B,C,D\nP2,A,B,C\n", RaggedRow, 3, None),
        ("id,q1,q2,q3,q4\nP1,A,B,C,D\n\nP1,A,B,C,D\n", DuplicatePerson, 4, "id"),
        ("id,q1,q2,q3,q4\n,A,B,C,D\n", DuplicatePerson, 2, "id"),
        ('id,q1,q2,q3,q4\n"P1"x,A,B,C,D\n', RaggedRow, 2, None),
    ],
)
def test_what_is_not_clear_is_refused(
    write_csv: WriteCsv, responses: str, error: type[BadInput], line: int, column: str | None
) -> None:
    with pytest.raises(error) as refused:
        read(write_csv, responses)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert refused.value.file is not None
    assert refused.value.file.endswith("responses.csv")
    assert refused.value.mend in str(refused.value)


@pytest.mark.parametrize(
    ("key", "error", "line"),
    [
        ("item,key\nq1,A\nq2,\n", BadKey, 3),
        ("item,key\nq1,A\nq2,1\n", BadKey, 3),
        ("item,key\nq1,A\nq2,AB\n", BadKey, 3),
        ("item,key\nq1,A\nq1,B\n", BadKey, 3),
        ("item,right\nq1,A\n", WrongColumns, 1),
        ("item,key,options\nq1,A,4\nq2,B,none\n", BadKey, 3),
    ],
)
def test_a_bad_key_is_refused(write_csv: WriteCsv, key: str, error: type[BadInput], line: int) -> None:
    with pytest.raises(error) as refused:
        read(write_csv, "id,q1,q2\nP1,A,B\n", key)
    assert refused.value.line == line


def test_an_answer_that_the_item_does_not_offer_is_refused(write_csv: WriteCsv) -> None:
    with pytest.raises(UnknownOption) as refused:
        read(write_csv, "id,q1,q2\nP1,A,B\nP2,D,E\n", "item,key,options\nq1,A,3\nq2,E,5\n")
    assert (refused.value.line, refused.value.column) == (3, "q1")


def test_bytes_that_are_not_utf8_are_named_by_line(tmp_path: Path, write_csv: WriteCsv) -> None:
    file = tmp_path / "responses.csv"
    file.write_bytes("id,q1\nP1,A\nJos\xe9,A\n".encode("latin-1"))
    with pytest.raises(UnreadableFile) as refused:
        read_csv(file, write_csv("key.csv", "item,key\nq1,A\n"))
    assert refused.value.line == 3


def test_a_missing_file_is_named(tmp_path: Path, write_csv: WriteCsv) -> None:
    with pytest.raises(UnreadableFile):
        read_csv(tmp_path / "none.csv", write_csv("key.csv", KEY))


def test_a_byte_order_mark_is_no_part_of_a_name(write_csv: WriteCsv) -> None:
    assert read(write_csv, "\ufeffid,q1\nP1,A\n", "\ufeffitem,key\nq1,A\n").person_ids == ("P1",)


@pytest.mark.parametrize(
    ("options", "key"),
    [([[0, 9]], [0, -1]), ([[0, -4]], [0, 0]), ([[0, 1]], [0]), (np.empty((0, 2), int).tolist(), [0, 0])],
)
def test_contradicting_arrays_are_refused(options: list[list[int]], key: list[int]) -> None:
    with pytest.raises(BadArrays):
        ResponseMatrix.from_arrays(np.array(options, dtype=np.int64), key=key)


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"", WrongColumns, "is empty"),
        (b"\n\n", WrongColumns, "is empty"),
        (b"id,q1,q2,q3,q4\n", WrongColumns, "no rows"),
        (b"PK\x03\x04rest", UnreadableFile, "Excel workbook"),
        ("id,q1\nP1,A\n".encode("utf-16"), UnreadableFile, "UTF-16"),
        (b"sep=,\nid,q1,q2,q3,q4\n", WrongColumns, "note to Excel"),
        (b"id;q1;q2;q3;q4\nP1;A;B;C;D\n", WrongColumns, "semicolons"),
        (b"id\tq1\tq2\tq3\tq4\n", WrongColumns, "tabs"),
        (b"id,q1,q2,q3,q4,\nP1,A,B,C,D,\n", WrongColumns, "Column 6 of 6 has no name"),
        (b"id,q1,q2,q3,q4\nP1,A,B,C,D\n,,,,\n", RaggedRow, "line 3: Every cell"),
        (b"id,q1,q2,q3,q4\nP1,a,B,C,D\n", UnknownOption, "line 2, column q1: 'a'"),
        (b"id,q1,q2,q3,q4\nP1,A,B ,C,D\n", UnknownOption, "line 2, column q2: 'B '"),
        (b'id,q1,q2,q3,q4\n"P1,A,B,C,D\n', RaggedRow, "line 2: This is no CSV"),
        (b"id,q1,q2,q3,q4\rP1,A,B,C,D\r", UnreadableFile, "Macintosh"),
        (b"\x7fELF\x02\x01\0\0\r\n", UnreadableFile, "no text"),
        (b"id,q1,q2,q3,q4\nP1,A,B,C,D\n\0P2,A,B,C,D\n", UnreadableFile, "line 3: This is no text"),
        (b"id,q1,q2,q3,q4,q5\nP1,A,B,C,D,A\n", BadKey, "column q5: The column is named like the items"),
    ],
)
def test_a_file_of_another_kind_is_named(
    tmp_path: Path, write_csv: WriteCsv, content: bytes, error: type[BadInput], said: str
) -> None:
    (tmp_path / "responses.csv").write_bytes(content)
    with pytest.raises(error, match=said) as refused:
        read_csv(tmp_path / "responses.csv", write_csv("key.csv", KEY))
    assert refused.value.mend


def test_lines_may_end_as_on_windows(write_csv: WriteCsv) -> None:
    assert read(write_csv, "id,q1\r\nP1,A\r\nP2,B\r\n", "item,key\r\nq1,A\r\n").person_ids == ("P1", "P2")


def test_a_key_beyond_the_options_of_its_item_is_refused(write_csv: WriteCsv) -> None:
    with pytest.raises(BadKey, match="line 2, column key: The key D is not one of the 3 options"):
        read(write_csv, "id,q1\nP1,A\n", "item,key,options\nq1,D,3\n")


def test_a_file_in_which_nobody_was_presented_anything_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.csv").write_text("item,key\nq1,A\nq2,B\n")
    (tmp_path / "answers.csv").write_text("person,q1,q2\np1,.,.\np2,.,.\n")
    with pytest.raises(BadInput, match="nobody was presented any item"):
        read_csv(tmp_path / "answers.csv", tmp_path / "key.csv")


@pytest.mark.parametrize("options", [[[0.7, 1.0]], [[np.nan, 0.0]], [["A", "B"]], [[-257, 0]]])
def test_an_array_that_would_turn_into_other_answers_is_refused(options: list[list[float]]) -> None:
    with pytest.raises(BadArrays):
        ResponseMatrix.from_arrays(np.array(options), key=[0, 0])


@pytest.mark.parametrize("letter", ["", "AB", "a"])
def test_a_key_of_no_one_letter_is_refused(letter: str) -> None:
    with pytest.raises(BadKey, match="The key of q1"):
        key_of({"q1": letter})


@pytest.mark.parametrize(
    "given",
    [
        {"options": [[0, 1], [1]]},
        {"weights": ["one", "two"]},
        {"weights": [[1.0, 1.0]] * 2},
        {"n_options": [1, 4]},
        {"n_options": [4, 200]},
    ],
    ids=["ragged", "words", "table of weights", "one option", "more options than letters"],
)
def test_arrays_of_another_kind_are_refused_by_name(given: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"options": [[0, 1], [1, 1]], "key": [0, 1]}
    with pytest.raises(BadArrays):
        ResponseMatrix.from_arrays(**(usual | given))


def test_nobody_belongs_to_a_group_called_none() -> None:
    """A missing group is no group, whatever array it comes from."""
    groups: dict[str, Any] = {"words": ["A", None, ""], "numbers": np.array([1.5, np.nan, 2.0])}
    matrix = ResponseMatrix.from_arrays(np.zeros((3, 2), dtype=np.int8), key=[0, 0], groups=groups)
    assert {name: column.tolist() for name, column in matrix.groups.items()} == {
        "words": ["A", "", ""],
        "numbers": ["1.5", "", "2.0"],
    }


def test_a_key_that_is_no_whole_number_is_refused() -> None:
    with pytest.raises(BadArrays):
        ResponseMatrix.from_arrays(np.zeros((2, 2), dtype=np.int8), key=np.array([0.5, 0.0]))


@pytest.mark.parametrize("weight", ["1e300", "-1", "nan", "1e-9"])
def test_a_weight_beyond_all_people_is_refused(tmp_path: Path, weight: str) -> None:
    (tmp_path / "key.csv").write_text("item,key\nq1,A\nq2,B\n")
    (tmp_path / "answers.csv").write_text(f"person,people,q1,q2\np1,1,A,B\np2,{weight},B,B\n")
    with pytest.raises(BadInput, match=r"line 3.*is no weight"):
        read_csv(tmp_path / "answers.csv", tmp_path / "key.csv", weight="people")
