"""Imports point one way: the layers of the architecture, and nobody without a place in them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What each package may import of ours. A new package fails below until somebody decides where it belongs.
MAY_IMPORT: dict[str, set[str]] = {
    "registry": set(),
    "itembank": {"registry"},
    "exam": {"itembank", "registry"},
    "analysis": set(),
    "testing_platform": {"registry", "itembank", "exam", "analysis"},
}
NOT_PACKAGES = {"tests", "migrations", "benchmarks", "templates", "docs"}

# Where answers of the examination and the analysis may meet in one module of the shell.
MEETING_POINTS = {"jobs.py", "analysis_documents.py", "demo"}


def imports_of(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def modules() -> list[Path]:
    return sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def test_every_package_has_a_place() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - NOT_PACKAGES == set(MAY_IMPORT)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    upward = (imports_of(path) & set(MAY_IMPORT)) - MAY_IMPORT[package] - {package}
    assert not upward, f"{path.relative_to(ROOT)} imports {upward}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_shell_knows_flask(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] != "testing_platform":
        web = {name for name in imports_of(path) if name.startswith(("flask", "werkzeug", "gunicorn"))}
        assert not web, f"{path.relative_to(ROOT)} imports {web}"


def test_analysis_meets_the_examination_in_the_jobs_only() -> None:
    """Other modules of the shell may show what `analysis` says, but hold no answers while they do."""
    shell = ROOT / "testing_platform"
    meeting = {
        path.relative_to(shell).parts[0] for path in shell.rglob("*.py") if {"analysis", "exam"} <= imports_of(path)
    }
    assert meeting <= MEETING_POINTS
