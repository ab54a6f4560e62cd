"""Reads the classes of our packages out of their sources, so that house tests need no imports and miss no module."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("registry", "itembank", "exam", "analysis", "testing_platform")


@dataclass(frozen=True)
class Class:
    """A class as its source shows it."""

    module: Path  # from the root of the project
    name: str
    bases: frozenset[str]
    values: tuple[tuple[str, str], ...]  # text constants of the body: name, value
    meaning: str  # first line of the docstring

    @property
    def code(self) -> str | None:
        """The stable code of an error, if the class sets one."""
        return dict(self.values).get("code")


@cache
def classes() -> tuple[Class, ...]:
    """All classes of our packages, in the order of files and lines."""
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return tuple(found for path in files for found in _classes_of(path))


def errors() -> list[Class]:
    """All classes that inherit from Exception over any number of our own classes."""
    names, found = {"Exception"}, list[Class]()
    while True:
        more = [each for each in classes() if each.bases & names and each not in found]
        if not more:
            return sorted(found, key=classes().index)
        found += more
        names |= {each.name for each in more}


def _classes_of(path: Path) -> Iterator[Class]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            bases = frozenset(base.id for base in node.bases if isinstance(base, ast.Name))
            meaning = (ast.get_docstring(node) or "").partition("\n")[0]
            yield Class(path.relative_to(ROOT), node.name, bases, tuple(_values(node)), meaning)


def _values(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield target.id, value.value
