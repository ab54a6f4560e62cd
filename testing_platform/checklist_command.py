"""`testing-platform checklist`: the criteria in use on a terminal or as JSON, and another checklist in their place."""

import argparse
import json
from pathlib import Path

from itembank.errors import ItemBankError
from itembank.operations import load_checklist
from itembank.queries.checklists import checklist_in_use, checklists
from registry.actor import SYSTEM
from testing_platform.config import load as load_settings
from testing_platform.database import Database, require_current
from testing_platform.errors import PlatformError
from testing_platform.wiring import build, utc_now


class ChecklistRefusedError(PlatformError):
    """A file that holds no checklist, or one whose edition is taken."""


def add_arguments(show_parser: argparse.ArgumentParser, load_parser: argparse.ArgumentParser) -> None:
    """The arguments of both parts of the command."""
    form = show_parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write a list of criteria as JSON")
    form.add_argument("--toml", action="store_true", help="write the file of the checklist, to make another one of it")
    load_parser.add_argument("file", type=Path, metavar="FILE", help="TOML file of the checklist")


def show(options: argparse.Namespace) -> int:
    """Print the criteria that new reviews are written with."""
    with _database().reading() as session:
        used, source = checklist_in_use(session), checklists(session)[0].source
    if options.toml:
        print(source, end="")
    elif options.json:
        rows = [{"checklist": used.name, **criterion.model_dump(mode="json")} for criterion in used.criteria]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print(f"{used.name}: {len(used.criteria)} criteria")
        print("\n".join(f"  {criterion.code:4}{criterion.title_id}" for criterion in used.criteria))
    return 0


def load(options: argparse.Namespace) -> int:
    """Take a checklist into use."""
    try:
        text = options.file.read_text(encoding="utf-8")
        with _database().transaction() as session:
            row = load_checklist(session, text, source=str(options.file), actor=SYSTEM, now=utc_now())
            name = f"{row.code}/{row.edition}"
    except (OSError, UnicodeDecodeError) as error:
        raise ChecklistRefusedError(f"{options.file} cannot be read: {error}") from None
    except ItemBankError as error:
        raise ChecklistRefusedError(str(error)) from None
    print(f"New reviews are written with {name} from now on; earlier ones keep theirs.")
    return 0


def _database() -> Database:
    database = build(load_settings()).database
    require_current(database.engine)
    return database
