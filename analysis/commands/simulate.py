"""`testing-platform simulate`: a try-out whose truth is known, to plan one, to teach, or to test any analysis with."""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path

from analysis.commands.telling import DONE, count_of, guarded
from analysis.errors import BadInput
from analysis.phrasebook import LANGUAGES
from analysis.simulation import Fault, Tryout, simulate_tryout

_GROUPS = {"LPTK": 0.0, "LPMP": 0.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `simulate` takes."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where responses.csv, key.csv and truth.json go")
    parser.add_argument("--persons", type=count_of, default=300, metavar="N", help="people (default 300)")
    parser.add_argument("--items", type=count_of, default=40, metavar="K", help="items (default 40)")
    parser.add_argument("--seed", type=int, default=1, metavar="NUMBER", help="same seed, same files (default 1)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        choices=[fault.value for fault in Fault],
        help="plant it; may be repeated",
    )
    parser.add_argument(
        "--group",
        action="append",
        type=_group,
        metavar="NAME=MEAN",
        help="a group and its mean ability; repeatable",
    )
    parser.add_argument("--language", choices=LANGUAGES, help="of errors (default: both)")


def _group(text: str) -> tuple[str, float]:
    name, sign, mean = text.partition("=")
    try:
        number = float(mean if sign else "0")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError("a name and a number, such as LPTK=0.2")
    return name, number


@guarded
def run(namespace: argparse.Namespace) -> int:
    """Simulate and write; says what was planted."""
    if len(namespace.fault) > namespace.items:
        what = f"{len(namespace.fault)} faults do not fit into {namespace.items} items."
        raise BadInput(what, mend="plant fewer, or ask for more items.")
    names = [name for name, _ in namespace.group or ()]
    if len(set(names)) < len(names) or "" in names:
        raise BadInput("A group stands twice or has no name.", mend="give each group one name and one mean.")
    if namespace.seed < 0:
        raise BadInput(f"The seed is {namespace.seed}.", mend="give a whole number, 0 or more.")
    tryout = simulate_tryout(
        namespace.seed,
        n_persons=namespace.persons,
        n_items=namespace.items,
        faults=[Fault(name) for name in namespace.fault],
        group_means=dict(namespace.group) if namespace.group else _GROUPS,
    )
    write_tryout(tryout, namespace.folder, seed=namespace.seed)
    print(f"{namespace.folder}: {namespace.persons} x {namespace.items}")
    for item, fault in sorted(tryout.planted.items()):
        print(f"{item}: {fault.value}")
    return DONE


def write_tryout(tryout: Tryout, folder: Path, *, seed: int) -> None:
    """Write answers, key and truth into a folder, which is made when it is not there."""
    from analysis.exports import write_key, write_responses

    folder.mkdir(parents=True, exist_ok=True)
    write_responses(tryout.matrix, folder / "responses.csv")
    write_key(tryout.matrix, folder / "key.csv")
    text = json.dumps(_truth(tryout, seed), indent=1, allow_nan=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")


def _truth(tryout: Tryout, seed: int) -> dict[str, object]:
    matrix = tryout.matrix
    return {
        "seed": seed,
        "planted": {item: fault.value for item, fault in sorted(tryout.planted.items())},
        "items": {
            name: asdict(item) | {"key": matrix.letters[item.key], "key_shown": matrix.letters[shown]}
            for name, item, shown in zip(matrix.item_names, tryout.items, matrix.key, strict=True)
        },
        "theta": dict(zip(matrix.person_ids, tryout.theta.tolist(), strict=True)),
    }
