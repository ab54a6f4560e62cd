"""The documents name every command, option, setting, state, error and noun of the code, and none that is gone."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from exam.states import ATTEMPT_TRANSITIONS, SITTING_TRANSITIONS
from itembank.states import TRANSITIONS
from testing_platform.cli import parser
from testing_platform.config import Settings
from tests.house.sources import ROOT, Class, classes, errors

DOCS = ROOT / "docs"

# The words that are fixed for good: one word for one thing, in code, pages and speech.
FIXED_WORDS = {
    "item",
    "option",
    "key",
    "form",
    "sitting",
    "attempt",
    "step",
    "answer",
    "fraction",
    "raw score",
    "score",
    "decision",
}

# Modules that hold the vocabularies of the product; enums elsewhere are a matter of their module.
VOCABULARIES = {"model.py", "states.py", "roles.py", "verdict.py"}


def rows(text: str) -> list[list[str]]:
    """The cells of all table rows of a page, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    heads = [number - 1 for number, row in enumerate(cells) if set("".join(row)) <= set("-: ")]
    return [row for number, row in enumerate(cells) if number not in heads and number - 1 not in heads]


def page(name: str) -> str:
    return (DOCS / name).read_text()


def sections(name: str) -> dict[str, str]:
    """A page by its second-level headings."""
    parts = re.split(r"^## (.+)$", page(name), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# Commands and settings --------------------------------------------------------------------------------------------


def commands() -> dict[str, set[str]]:
    """Every command with its options, as the parser knows them; a part of a command stands as `command part`."""
    return dict(_commands_of(parser(), ""))


def _commands_of(one: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, set[str]]]:
    parts = [action for action in one._actions if isinstance(action, argparse._SubParsersAction)]
    if not parts:
        yield name, {option for action in one._actions for option in action.option_strings} - {"-h", "--help"}
    for part_name, part in parts[0].choices.items() if parts else ():
        yield from _commands_of(part, f"{name} {part_name}".strip())


def test_every_command_and_option_is_described() -> None:
    described = {row[0].strip("`"): set(re.findall(r"`(--[a-z-]+)", row[1])) for row in rows(page("commands.md"))}
    assert described == commands()


def shown_default(name: str) -> str:
    """A default as the page writes it."""
    default = Settings.model_fields[name].default
    if isinstance(default, SecretStr):
        return "made once into `data/secret.key`"
    if isinstance(default, Path):
        return f"`./{default}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`" if default != "" else "empty"


def test_every_setting_is_described_with_its_default() -> None:
    described = {row[0].strip("`"): row[1] for row in rows(page("settings.md"))}
    assert described == {name: shown_default(name) for name in Settings.model_fields}


def test_the_choices_of_a_setting_are_described() -> None:
    described = {row[0].strip("`"): row[2] for row in rows(page("settings.md"))}
    for name, field in Settings.model_fields.items():
        for choice in (value for value in get_args(field.annotation) if isinstance(value, str)):
            assert f"`{choice}`" in described[name] or f"`{choice}`" == shown_default(name)


# States -----------------------------------------------------------------------------------------------------------


def is_vocabulary(module: Path) -> bool:
    return module.name in VOCABULARIES or module.parent.name == "model"


def vocabularies() -> dict[str, list[str]]:
    """Every enumeration of the product's words with its values."""
    found = [each for each in classes() if "StrEnum" in each.bases and is_vocabulary(each.module)]
    return {each.name: [value for _name, value in each.values] for each in found}


def test_every_state_is_described() -> None:
    found = sections("states.md")
    described = {name: [row[0].strip("`") for row in rows(text)] for name, text in found.items()}
    assert described == vocabularies()


@pytest.mark.parametrize(
    ("name", "moves"),
    [("SittingState", SITTING_TRANSITIONS), ("AttemptState", ATTEMPT_TRANSITIONS), ("ItemState", TRANSITIONS)],
)
def test_every_move_is_described(name: str, moves: dict[str, frozenset[str]]) -> None:
    described = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[-1])) for row in rows(sections("states.md")[name])}
    assert described == {str(old): {str(new) for new in further} for old, further in moves.items()}


def test_every_line_of_states_says_something() -> None:
    assert all(all(row[:3]) for row in rows(page("states.md")))


# Errors -----------------------------------------------------------------------------------------------------------


def error_line(error: Class) -> str:
    """The line that an error needs in docs/errors.md; failing tests print it."""
    code = f"`{error.code}`" if error.code else "–"
    return f"| {code} | `{error.name}` | {error.meaning} |"


def test_every_error_is_described() -> None:
    described = [line for line in page("errors.md").splitlines() if re.match(r"\| (`[a-z]|–)", line)]
    needed = [error_line(error) for error in errors()]
    missing, gone = sorted(set(needed) - set(described)), sorted(set(described) - set(needed))
    assert not missing, "lines to add to docs/errors.md:\n" + "\n".join(missing)
    assert not gone, "lines to remove from docs/errors.md:\n" + "\n".join(gone)
    assert len(described) == len(needed)


def test_codes_of_a_package_are_unique() -> None:
    codes = [(error.module.parts[0], error.code) for error in errors() if error.code]
    assert len(codes) == len(set(codes))


# The glossary -----------------------------------------------------------------------------------------------------


def nouns() -> set[str]:
    """The tables of the database, which are the nouns of the product."""
    return {
        each.name
        for each in classes()
        if "model" in (each.module.stem, each.module.parent.name) and "Base" in each.bases
    }


def test_every_noun_is_explained() -> None:
    explained = [row[0].strip("`") for row in rows(sections("glossary.md")["Nouns"])]
    assert sorted(explained) == sorted(nouns())


def test_the_fixed_words_are_explained() -> None:
    explained = [row[0].strip("*") for row in rows(sections("glossary.md")["Fixed words"])]
    assert sorted(explained) == sorted(FIXED_WORDS)


def test_every_line_of_the_glossary_is_whole_and_short() -> None:
    lines = rows(page("glossary.md"))
    assert all(len(row) == 3 and all(row) for row in lines)
    assert not [row[0] for row in lines if len(row[2]) > 200]


# Places -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")))
def test_links_lead_somewhere(name: str) -> None:
    folder = (DOCS / name).parent
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", page(name))]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (folder / target).exists()] == []


def test_every_decision_has_a_number_of_its_own() -> None:
    records = sorted(path.name[:4] for path in (DOCS / "decisions").glob("*.md"))
    assert records == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in (DOCS / "decisions").glob("*.md"):
        assert path.read_text().startswith(f"# {path.name[:4]} "), path.name


def test_the_architecture_names_places_that_exist() -> None:
    """A newcomer follows these names, so a moved rule must move here too: `path` or `path`: `function`."""
    for place, names in re.findall(r"`([a-z_]+/[\w/.-]*)`((?:[:,] `\w+(?:\.\w+)?`)*)", page("architecture.md")):
        assert (ROOT / place).exists(), place
        for name in re.findall(r"`(?:\w+\.)?(\w+)`", names):
            assert re.search(rf"^\s*(def|class) {name}\b|^{name}\b.* = ", (ROOT / place).read_text(), re.MULTILINE), (
                name
            )
