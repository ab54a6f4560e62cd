"""`testing-platform items`: the bank from the shell, for operators and for writers who keep items as files.

Exit codes: 0 done; 1 `lint` found an error; 2 an item, a file or a move was refused, and it is said why and where.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from itembank.characters import without_hidden
from itembank.errors import ItemBankError
from itembank.model import Bloom
from itembank.states import ItemState
from testing_platform.database import Database, require_current
from testing_platform.errors import PlatformError

Document = dict[str, Any]
DONE, FOUND, REFUSED = 0, 1, 2
# Writing and reviewing lead to these states, never a move by itself.
_OWN_VERBS = {ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.REVISION}


class NoSuchItemError(PlatformError):
    """A code that no item of the bank bears."""

    def __init__(self, *, item: str) -> None:
        super().__init__(f"There is no item {item} in the bank. See the codes: testing-platform items list")


def add_arguments(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The group and its four commands."""
    items = commands.add_parser("items", help="the item bank: lint, list, show, move", description="The item bank.")
    parts = items.add_subparsers(metavar="WHAT", required=True)

    lint = _add(parts, "lint", _lint, "run the linter over the bank, or over items in files that are in no bank")
    lint.add_argument("files", nargs="*", type=Path, metavar="FILE", help="item files, or folders of *.item.md")
    lint.add_argument("--language", choices=("id", "en"), default="id", help="language of the findings (default: id)")
    _add_filters(lint)

    _add_filters(_add(parts, "list", _list, "list the items of the bank"))

    show = _add(parts, "show", _show, "show items with their versions, figures and forms")
    show.add_argument("codes", nargs="+", metavar="CODE", help="code of an item")

    move = _add(parts, "move", _move, "move an item to another state, with the reason")
    move.add_argument("code", metavar="CODE", help="code of the item")
    movable = [state.value for state in ItemState if state not in _OWN_VERBS]
    move.add_argument("state", metavar="STATE", choices=movable, help=f"where to: {', '.join(movable)}")
    move.add_argument("--reason", required=True, help="why; it is kept in the record")


def _add(
    parts: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Callable[[argparse.Namespace], int],
    help_text: str,
) -> argparse.ArgumentParser:
    added = parts.add_parser(name, help=help_text, description=help_text[0].upper() + help_text[1:] + ".")
    added.add_argument("--json", action="store_true", help="write a list of objects as JSON")
    added.set_defaults(command=command)
    return added


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--blueprint", help="only items of this blueprint")
    parser.add_argument("--competency", help="only items of this competency")
    parser.add_argument("--indicator", help="only items of this indicator")
    parser.add_argument("--bloom", choices=[level.value for level in Bloom], help="only items at this level")
    parser.add_argument("--state", choices=[state.value for state in ItemState], help="only versions in this state")
    parser.add_argument("--text", help="only items with these words")


def _database() -> Database:
    from testing_platform.config import load
    from testing_platform.wiring import build

    database = build(load()).database
    require_current(database.engine)
    return database


# What the commands do -------------------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> int:
    from testing_platform.items_documents import listed

    with _database().reading() as session:
        rows = listed(session, options)
    _write(rows, options, columns=("code", "version", "indicator", "bloom", "state", "key", "difficulty", "n_seen"))
    return DONE


def _show(options: argparse.Namespace) -> int:
    from testing_platform.items_documents import described, sheet

    with _database().reading() as session:
        found = [_found(session, code, described) for code in options.codes]
    if options.json:
        _write_json(found)
    else:
        print("\n\n".join(sheet(document) for document in found))
    return DONE


def _move(options: argparse.Namespace) -> int:
    from itembank.operations import move_version
    from registry.actor import SYSTEM
    from testing_platform.items_documents import current_version, described
    from testing_platform.wiring import utc_now

    try:
        with _database().transaction() as session:
            version = _found(session, options.code, current_version)
            by = {"by": "command line"}
            to, now = ItemState(options.state), utc_now()
            move_version(session, version, to=to, reason=options.reason, actor=SYSTEM, now=now, details=by)
            moved = [_found(session, options.code, described)]
    except ItemBankError as error:
        return _refused(error)
    _write(moved, options, columns=("code", "version", "state"))
    return DONE


def _lint(options: argparse.Namespace) -> int:
    from testing_platform.i18n import speaking

    with speaking(options.language):
        return _linted(options)


def _linted(options: argparse.Namespace) -> int:
    from testing_platform import items_linting

    if options.files:
        linted = items_linting.lint_files(options.files, language=options.language, complain=_complain, tell=_tell)
    else:
        linted = items_linting.lint_bank(_database(), options, tell=_tell)
    if options.json:
        _write_json(linted.documents)
    else:
        _write_findings(linted.documents)
    _tell(f"{len(linted.documents)} items read, {linted.n_found} findings, {linted.n_errors} of them errors")
    if linted.n_refused:
        return REFUSED
    return FOUND if linted.n_errors else DONE


def _found(session: Session, code: str, find: Callable[[Session, str], Any]) -> Any:
    found = find(session, code)
    if found is None:
        raise NoSuchItemError(item=code)
    return found


# Writing --------------------------------------------------------------------------------------------------------------


def _write(documents: Sequence[Document], options: argparse.Namespace, *, columns: Sequence[str]) -> None:
    if options.json:
        _write_json(documents)
        return
    table = [columns, *([_cell(document[column]) for column in columns] for document in documents)]
    widths = [max(len(row[place]) for row in table) for place in range(len(columns))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _write_json(documents: Sequence[Document]) -> None:
    json.dump(documents, sys.stdout, ensure_ascii=False, indent=1)
    print()


def _write_findings(documents: Sequence[Document]) -> None:
    for line in _lines(documents):
        print(line)


def _lines(documents: Sequence[Document]) -> Iterator[str]:
    for document in documents:
        for finding in document["findings"]:
            seen = without_hidden(finding["words"]).strip()  # a terminal would obey the others
            words = f" “{seen}”" if 0 < len(seen) <= 60 else ""
            place = f"{document['code']} {finding['part']}"
            said = f"{finding['message']} {finding['remedy']}".strip()
            yield f"{place}: {finding['severity']} {finding['rule']}:{words} {said}"


def _complain(text: str) -> None:
    print(f"testing-platform: {text}", file=sys.stderr)


def _refused(error: ItemBankError) -> int:
    _complain(str(error))
    return REFUSED


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
