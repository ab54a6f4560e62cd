"""Each problem that a file can have is told with its remedy, and with the figures that belong to it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from registry import sheets
from registry.sheets import Problem, ProblemKind
from testing_platform.sheet_texts import text_of_problem


@pytest.fixture(autouse=True)
def _request() -> Iterator[None]:
    """A request in English."""
    app = Flask(__name__)
    Babel(app, default_locale="en")
    with app.test_request_context():
        yield


def _parameters(kind: ProblemKind) -> list[str]:
    """The parameters of a kind, as the table of kinds writes them in parentheses."""
    source = Path(sheets.__file__).read_text(encoding="utf-8")
    line = next(line for line in source.splitlines() if f'= "{kind.value}"' in line)
    found = re.search(r"# \(([^)]*)\)", line)
    return found.group(1).split(", ") if found else []


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_every_kind_has_words_that_use_its_own_figures(kind: ProblemKind) -> None:
    given = {name: f"<{name}>" for name in _parameters(kind)}
    text = text_of_problem(Problem("daftar.csv", 3, "nama", kind, given))
    assert (text.line, text.column) == (3, "nama")
    for words in (text.what, text.mend):
        assert words.endswith((".", ">"))
        assert "%(" not in words


def test_lists_are_told_with_commas() -> None:
    problem = Problem("daftar.csv", 1, "nuptk", ProblemKind.COLUMN_MISSING, {"accepted": ["nuptk", "no_nuptk"]})
    assert text_of_problem(problem).mend == "Add a column with one of these heads: nuptk, no_nuptk."
