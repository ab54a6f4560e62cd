"""The same answers as other programs read them: R (mirt), jMetrik, Iteman, and our own two files.

So nobody has to take our figures on trust. Conventions stay ours wherever the format allows: omitted and not reached
count wrong, an item that was not presented is missing. A name that a spreadsheet would run as a formula gets an
apostrophe before it in CSV, unless it is wanted raw; our own reader takes it off again.

Formats: jMetrik 4, `ScoringCommand.java` (data, keys, key1 to key100 with options, scores, variables, omit, nr); the
Quick Start Guide of Iteman 4 (six columns of the item control file, fixed columns, the header of Iteman 3).
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from analysis.csv_text import harmless
from analysis.errors import BadArrays
from analysis.keys import KNOWN_LETTERS
from analysis.responses import NOT_PRESENTED, NOT_REACHED, OMITTED, ResponseMatrix

_OMIT, _NOT_ADMINISTERED = "O", "N"  # no option letter of ours goes that far
_SAFE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_R = """# Reads the scored answers and calibrates them; run with: Rscript mirt.R
library(mirt)
answers <- read.csv("scored.csv", check.names = FALSE, colClasses = c(person = "character"))
# An apostrophe keeps spreadsheets from running a name as a formula; it is no part of the name.
meant <- function(text) sub("^'(?=[=+@\\t-])", "", text, perl = TRUE)
names(answers) <- meant(names(answers))
answers$person <- meant(answers$person)
items <- answers[{columns}]
items[] <- lapply(items, as.integer)
fit <- mirt(items, 1, itemtype = "2PL", SE = TRUE, quadpts = 61{weights})
print(coef(fit, printSE = TRUE))
"""
_READ_ME = """The same answers for other programs. Omitted and not reached count wrong; not presented is missing.
Names that begin with = + - or @ carry an apostrophe in CSV, lest a spreadsheet run them; --raw leaves it off.

responses.csv, key.csv      testing-platform analyze responses.csv --key key.csv{wish}
scored.csv, mirt.R          R with mirt: Rscript mirt.R (1 right, 0 wrong, NA not presented)
jmetrik.csv                 jMetrik: Manage, Import Data (comma, names in the first row)
jmetrik_scoring.txt         jMetrik: open as syntax, name database and table, run
iteman.dat                  Iteman 3, and Iteman 4 with "Iteman 3 header": {omit} omitted, {na} not administered
iteman_data.txt             Iteman 4: data matrix; identifier in columns 1 to {width}, answers from column {start}
iteman_control.txt          Iteman 4: item control file (item, key, options, domain, included, type)
"""
_WEIGHED = """
Rows count by their weights in our figures and in R. jMetrik and Iteman know no weights: they count every row once.
"""


def write_exports(matrix: ResponseMatrix, folder: Path, *, raw: bool = False) -> None:
    """Write every format into a folder, which is made when it is not there.

    `raw` leaves names as they are, even those that a spreadsheet would run as a formula.

    Raises
    ------
    BadArrays
        When an item has more options than these formats can name.
    """
    if len(matrix.letters) > len(KNOWN_LETTERS):
        raise BadArrays("An item has more than eight options.", mend="export tests of up to eight options.")
    folder.mkdir(parents=True, exist_ok=True)
    width = max(len(person) for person in matrix.person_ids) + 1
    write_responses(matrix, folder / "responses.csv", raw=raw)
    write_key(matrix, folder / "key.csv", raw=raw)
    _write_scored(matrix, folder / "scored.csv", raw=raw)
    columns = "c(" + ", ".join(_r_text(name) for name in matrix.item_names) + ")"
    weight = _weight_column(matrix)
    by_weight = "" if weight is None else f", survey.weights = answers[[{_r_text(weight)}]]"
    (folder / "mirt.R").write_text(_R.format(columns=columns, weights=by_weight), encoding="utf-8")
    _write_jmetrik(matrix, folder, raw=raw)
    _write_iteman(matrix, folder, width)
    wish = "" if weight is None else f" --weight {weight}"
    said = _READ_ME.format(omit=_OMIT, na=_NOT_ADMINISTERED, width=width, start=width + 1, wish=wish)
    (folder / "README.txt").write_text(said + ("" if weight is None else _WEIGHED), encoding="utf-8")


def write_responses(matrix: ResponseMatrix, file: Path, *, raw: bool = False) -> None:
    """Write answers as `analyze` reads them: blanks for omitted and not reached, a point for not presented."""
    blanks = {OMITTED: "", NOT_REACHED: "", NOT_PRESENTED: "."}
    _write_rows(file, _headed(matrix, matrix.item_names, blanks), raw=raw)


def write_key(matrix: ResponseMatrix, file: Path, *, raw: bool = False) -> None:
    """Write the key as `analyze` reads it, with sections and option counts where they are known."""
    header, columns = ["item", "key"], [matrix.item_names, [matrix.letters[code] for code in matrix.key]]
    if matrix.sections is not None:
        header, columns = [*header, "section"], [*columns, matrix.sections]
    if matrix.n_options is not None:
        header, columns = [*header, "options"], [*columns, [str(count) for count in matrix.n_options]]
    _write_rows(file, [header, *zip(*columns, strict=True)], raw=raw)


def _write_rows(file: Path, rows: Iterable[Sequence[str]], *, raw: bool) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows if raw else (map(harmless, row) for row in rows))


def _headed(matrix: ResponseMatrix, names: Sequence[str], blanks: dict[int, str]) -> Iterator[Sequence[str]]:
    yield ["person", *_others(matrix), *names]
    yield from _with_persons(matrix, _cells(matrix, blanks))


def _with_persons(matrix: ResponseMatrix, cells: Iterable[list[str]]) -> Iterator[Sequence[str]]:
    others = list(_others(matrix).values())
    for person, row in enumerate(cells):
        yield [matrix.person_ids[person], *(values[person] for values in others), *row]


def _others(matrix: ResponseMatrix) -> dict[str, list[str]]:
    """What stands between a person and the answers: groups, and the weight where rows have one."""
    columns = {name: values.tolist() for name, values in matrix.groups.items()}
    weight = _weight_column(matrix)
    if weight is not None and matrix.weights is not None:
        columns[weight] = [str(number) for number in matrix.weights.tolist()]
    return columns


def _weight_column(matrix: ResponseMatrix) -> str | None:
    """A name that no other column has."""
    name, taken = "weight", {"person", *matrix.groups, *matrix.item_names}
    while name in taken:
        name += "_"
    return None if matrix.weights is None else name


def _cells(matrix: ResponseMatrix, blanks: dict[int, str]) -> Iterator[list[str]]:
    """What stands in each cell; code -3 is looked up from the end, as Python counts."""
    signs = np.array([*matrix.letters, *(blanks[code] for code in (NOT_PRESENTED, NOT_REACHED, OMITTED))])
    for row in matrix.options:
        yield signs[row].tolist()


def _write_scored(matrix: ResponseMatrix, file: Path, *, raw: bool) -> None:
    signs = np.array(["0", "1", "NA"])
    rows = (signs[np.where(row == NOT_PRESENTED, 2, row)].tolist() for row in matrix.scored)
    header = ["person", *_others(matrix), *matrix.item_names]
    _write_rows(file, [header, *_with_persons(matrix, rows)], raw=raw)


def _r_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write_jmetrik(matrix: ResponseMatrix, folder: Path, *, raw: bool) -> None:
    names = safe_names(matrix.item_names)
    blanks = {OMITTED: _OMIT, NOT_REACHED: _OMIT, NOT_PRESENTED: ""}
    header, *rows = _headed(matrix, names, blanks)
    others = safe_names(header[: -len(names)], prefix="g")
    _write_rows(folder / "jmetrik.csv", [[*others, *names], *rows], raw=raw)
    keys = list(_scoring_keys(matrix, names))
    text = "scoring{\n     data(db = DATABASE, table = TABLE);\n     keys(" + f"{len(keys)});\n"
    (folder / "jmetrik_scoring.txt").write_text(text + "".join(keys) + "}\n", encoding="utf-8")


def _scoring_keys(matrix: ResponseMatrix, names: Sequence[str]) -> Iterator[str]:
    """One line for the items that share a key and the number of options."""
    pairs = list(zip(matrix.key.tolist(), matrix.offered.tolist(), strict=True))
    for number, (key, offered) in enumerate(sorted(set(pairs)), start=1):
        items = ", ".join(name for name, pair in zip(names, pairs, strict=True) if pair == (key, offered))
        options = ", ".join(matrix.letters[:offered])
        scores = ", ".join("1" if code == key else "0" for code in range(offered))
        yield (
            f"     key{number}(options = ({options}), scores = ({scores}), variables = ({items}), "
            f"omit = {_OMIT}, nr = {_NOT_ADMINISTERED});\n"
        )


def safe_names(names: Sequence[str], *, prefix: str = "v") -> list[str]:
    """Names as old programs take them: a letter, then letters, digits and underscores; others are numbered."""
    taken = {name.lower() for name in names if _SAFE_NAME.fullmatch(name)}
    found = []
    for number, name in enumerate(names, start=1):
        safe = name
        if not _SAFE_NAME.fullmatch(name):
            safe = f"{prefix}{number}"
            while safe.lower() in taken:
                safe += "_"
            taken.add(safe.lower())
        found.append(safe)
    return found


def _write_iteman(matrix: ResponseMatrix, folder: Path, width: int) -> None:
    blanks = {OMITTED: _OMIT, NOT_REACHED: _OMIT, NOT_PRESENTED: _NOT_ADMINISTERED}
    rows = zip(matrix.person_ids, _cells(matrix, blanks), strict=True)
    lines = "".join(f"{person:<{width}}{''.join(cells)}\n" for person, cells in rows)
    key = "".join(matrix.letters[code] for code in matrix.key)
    offered = "".join(str(count) for count in matrix.offered)
    # The old header has fixed columns: items 1-3, omitted 5, not administered 7, length of identifiers 9-10.
    header = f"{matrix.n_items:03d} {_OMIT} {_NOT_ADMINISTERED} {width:02d}\n{key}\n{offered}\n{'Y' * matrix.n_items}\n"
    (folder / "iteman.dat").write_text(header + lines, encoding="utf-8")
    (folder / "iteman_data.txt").write_text(lines, encoding="utf-8")
    domains = domain_numbers(matrix)
    control = (
        f"{name}\t{matrix.letters[code]}\t{count}\t{domain}\tY\tM\n"
        for name, code, count, domain in zip(matrix.item_names, matrix.key, matrix.offered, domains, strict=True)
    )
    (folder / "iteman_control.txt").write_text("".join(control), encoding="utf-8")


def domain_numbers(matrix: ResponseMatrix) -> list[int]:
    """A number for the section of each item, from 1."""
    sections = matrix.sections or ("",) * matrix.n_items
    number = {name: place for place, name in enumerate(dict.fromkeys(sections), start=1)}
    return [number[section] for section in sections]
