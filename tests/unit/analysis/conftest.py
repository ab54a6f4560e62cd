"""Small files and matrices whose truth is known."""

from collections.abc import Callable
from pathlib import Path

import pytest

WriteCsv = Callable[[str, str], Path]


@pytest.fixture
def write_csv(tmp_path: Path) -> WriteCsv:
    """Write a text as a CSV file and say where it stands."""

    def write(name: str, text: str) -> Path:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write
