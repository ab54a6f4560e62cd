"""Every error of the analysis that a person can mend, and every word of a calibration, has its Indonesian."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.errors import AnalysisError, BadInput, UnknownOption
from analysis.phrasebook import PHRASES, explain_error, said_in

SOURCE = Path(__file__).parents[3] / "analysis"
MENDED = {
    *("BadInput", "UnreadableFile", "WrongColumns", "RaggedRow", "UnknownOption", "BadKey", "DuplicatePerson"),
    *("BadArrays",),
}
ONLY_ARRAYS = "responses.py"  # what Python code alone can give; no file leads there but by the errors tested elsewhere


def templates(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may become, with {} for what varies."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from templates(node.body)
        yield from templates(node.orelse)
    elif isinstance(node, ast.Tuple):
        for part in node.elts:
            yield from templates(part)


def of_file(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MENDED:
            for argument in (*node.args, *(word.value for word in node.keywords if word.arg == "mend")):
                yield from templates(argument)
        elif isinstance(node, ast.Assign):
            names = {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
            if names and names <= {"what", "mend", "_WRITE_LETTER"}:
                yield from templates(node.value)


FILES = sorted(file for file in SOURCE.rglob("*.py") if file.name != ONLY_ARRAYS)


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_error_has_its_indonesian(file: Path) -> None:
    missing = [text for text in of_file(file) if text not in PHRASES and not text.startswith("CSV or Parquet")]
    assert missing == []


def test_every_word_about_the_top_has_its_indonesian() -> None:
    tree = ast.parse((SOURCE / "irt" / "top.py").read_text(encoding="utf-8"))
    (told,) = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "_message")
    texts = [
        text for node in ast.walk(told) if isinstance(node, (ast.JoinedStr, ast.Constant)) for text in templates(node)
    ]
    whole = [text for text in texts if len(text) > 8 and any(text.startswith(part.split("{}")[0]) for part in PHRASES)]
    assert [text for text in whole if "{}" in text and text not in PHRASES] == []
    assert len([text for text in whole if text in PHRASES]) >= 9


@pytest.mark.parametrize(("english", "indonesian"), sorted(PHRASES.items()))
def test_nothing_that_varies_is_lost(english: str, indonesian: str) -> None:
    assert english.count("{}") == indonesian.count("{}")
    filled = english.format(*(f"x{place}x" for place in range(english.count("{}"))))
    told = said_in(filled, "id")
    assert told == indonesian.format(*(f"x{place}x" for place in range(english.count("{}"))))
    assert said_in(filled, "en") == filled


def test_an_error_tells_where_in_both_languages() -> None:
    error = UnknownOption("'Q' is no option letter.", mend="write letters.", file="a, line b.csv", line=5, column="q12")
    assert explain_error(error, "id") == (
        "a, line b.csv, baris 5, kolom q12: 'Q' bukan huruf pilihan. Perbaikan: tulis huruf."
    )
    assert explain_error(error, "en") == str(error)
    assert explain_error(BadInput("Something new.", mend="look."), "id") == "Something new. Perbaikan: look."
    assert explain_error(AnalysisError("The seed is 3."), "id") == "Benih acaknya 3."


def test_a_calibration_tells_all_its_parts() -> None:
    said = "not settled after 7 looks: 0.5 of a standard error is left; the slope of q1, q2 ran to its bound"
    told = said_in(said, "id")
    assert told == (
        "belum konvergen setelah 7 putaran: masih tersisa 0.5 dari kesalahan baku; daya beda q1, q2 sampai di batasnya"
    )
    assert not re.search(r"\b(the|of|looks)\b", told)
