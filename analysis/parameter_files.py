"""Item parameters in files: written for the bank and other programs, read back as anchors of the next calibration."""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.csv_text import Table, as_meant, harmless, read_table
from analysis.errors import BadInput, WrongColumns
from analysis.irt.result import Anchor, Calibration

KINDS = (".csv", ".parquet", ".json")
Row = dict[str, Any]


def parameter_rows(calibration: Calibration) -> list[Row]:
    """One row an item; None where there is no figure. The error of b = -d / a is by the delta method."""
    b_errors = _errors_of_b(calibration)
    return [
        {
            "item": name,
            "model": calibration.model,
            "a": _known(calibration.a[j]),
            "se_a": _error(calibration.se_a, j),
            "d": _known(calibration.d[j]),
            "se_d": _error(calibration.se_d, j),
            "b": _known(calibration.b[j]),
            "se_b": _known(b_errors[j]),
            "c": _known(calibration.guessing[j]),
            "se_c": _error(calibration.se_c, j),
            "status": _status(calibration, name),
            "converged": calibration.converged,
            "n_persons": calibration.n_persons,
        }
        for j, name in enumerate(calibration.item_names)
    ]


def write_parameters(calibration: Calibration, file: Path) -> None:
    """Write the parameters as CSV, Parquet or JSON, by the name of the file; JSON carries all the evidence."""
    rows = parameter_rows(calibration)
    if file.suffix.lower() == ".json":
        text = json.dumps(_evidence(calibration) | {"items": rows}, indent=1, allow_nan=False)
        file.write_text(text + "\n", encoding="utf-8")
    elif file.suffix.lower() == ".parquet":
        import polars as pl

        kinds: dict[str, Any] = dict.fromkeys(rows[0], pl.Float64)
        kinds |= {"item": pl.String, "model": pl.String, "status": pl.String}
        pl.DataFrame(rows, schema=kinds | {"converged": pl.Boolean, "n_persons": pl.Int64}).write_parquet(file)
    else:
        with file.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(_as_text(row) for row in rows)


def read_anchors(file: Path, item_names: Sequence[str]) -> dict[str, Anchor]:
    """Parameters that stay fixed: columns item, a, d and perhaps c, such as an earlier calibration wrote.

    Items that the answers do not hold, and items without estimate, are passed over.

    Raises
    ------
    BadInput
        One of its kinds; also when no item of the file occurs in the answers.
    """
    table = read_table(file)
    missing = [name for name in ("item", "a", "d") if name not in table.header]
    if missing:
        mend = "give the columns item, a, d and perhaps c."
        raise WrongColumns(f"There is no column {missing[0]}.", mend=mend, file=file, line=1, column=missing[0])
    _refuse_doubtful(table)
    numbers = {name: table.column(name) for name in ("a", "d", "c") if name in table.header}
    anchors: dict[str, Anchor] = {}
    for place, item in enumerate(as_meant(cell) for cell in table.column("item")):
        if item in anchors:
            raise BadInput(f"{item} stands here twice.", mend="keep one.", file=file, line=table.lines[place])
        if item in item_names and numbers["a"][place] and numbers["d"][place]:
            values = {name: _number(table, place, name) for name in numbers if numbers[name][place]}
            anchors[item] = Anchor(**values)
    if not anchors:
        raise BadInput("No item of this file stands in the answers.", mend="take anchors of this test.", file=file)
    return anchors


def _refuse_doubtful(table: Table) -> None:
    if "converged" in table.header and "false" in table.column("converged"):
        what = "These parameters come from a calibration that did not converge."
        raise BadInput(what, mend="anchor on one that did.", file=table.file, column="converged")


def _number(table: Table, place: int, column: str) -> float:
    cell = table.column(column)[place]
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        mend = "write it with a decimal point."
        raise BadInput(f"{cell!r} is no number.", mend=mend, file=table.file, line=table.lines[place], column=column)
    return number


def _errors_of_b(calibration: Calibration) -> np.ndarray[Any, np.dtype[np.float64]]:
    """b = -d / a moves by d / a^2 with a and by -1 / a with d."""
    errors = np.full(len(calibration.item_names), np.nan)
    if calibration.covariance is None:
        return errors
    place = {name: at for at, name in enumerate(calibration.parameter_names)}
    for j, name in enumerate(calibration.item_names):
        a, d = float(calibration.a[j]), float(calibration.d[j])
        slopes = {place.get(f"a {name}", place.get("a")): d / a**2, place.get(f"d {name}"): -1 / a} if a else {}
        found = {at: slope for at, slope in slopes.items() if at is not None}
        if found and calibration.estimated[j] and name not in calibration.anchored:
            part = calibration.covariance[np.ix_(list(found), list(found))]
            slope = np.array(list(found.values()))
            errors[j] = math.sqrt(max(float(slope @ part @ slope), 0.0))
    return errors


def _evidence(calibration: Calibration) -> Row:
    covariance = calibration.covariance
    return {
        "model": calibration.model,
        "converged": calibration.converged,
        "message": calibration.message,
        "n_persons": calibration.n_persons,
        "n_without_group": calibration.n_without_group,
        "n_iterations": calibration.n_iter,
        "log_likelihood": _known(calibration.log_likelihood),
        "log_posterior": _known(calibration.log_posterior),
        "n_parameters": calibration.n_parameters,
        "AIC": _known(calibration.aic),
        "BIC": _known(calibration.bic),
        "maxima": [_known(value) for value in calibration.maxima],
        "groups": [
            {
                "name": group.name,
                "n_persons": group.n_persons,
                "mean": _known(group.mean),
                "sd": _known(group.sd),
                "se_mean": _known(group.se_mean),
                "se_sd": _known(group.se_sd),
            }
            for group in calibration.groups
        ],
        "parameter_names": list(calibration.parameter_names),
        "covariance": None if covariance is None else [[_known(v) for v in row] for row in covariance.tolist()],
    }


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _error(errors: "np.ndarray[Any, np.dtype[np.float64]] | None", j: int) -> float | None:
    return None if errors is None or not len(errors) else _known(errors[j])


def _status(calibration: Calibration, name: str) -> str:
    if name in calibration.unestimated:
        return "unestimated"
    return "anchored" if name in calibration.anchored else "estimated"


def _as_text(row: Row) -> dict[str, str]:
    def text(value: Any) -> str:
        if value is None:
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)

    return {name: text(value) for name, value in row.items()} | {"item": harmless(str(row["item"]))}
