"""docs/security.md names tests: each of them exists, and no test of an attack is missing there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_exists() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(rows) > 25
    for row in rows:
        files = [ROOT / name for name in re.findall(r"`(tests/[\w/]+\.py)`", row)]
        assert all(file.is_file() for file in files), row
        texts = "".join(file.read_text(encoding="utf-8") for file in files)
        assert all(f"def {name}(" in texts for name in re.findall(r"`(test_\w+)`", row)), row


def test_every_file_of_attacks_stands_on_the_page() -> None:
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert {name for name in files if f"tests/attacks/{name}" not in PAGE} == set()
