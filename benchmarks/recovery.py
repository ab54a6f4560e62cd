"""How well known item parameters come back: bias, error, and whether the standard errors say what they promise.

Each replication draws new people (ability standard normal) for the same 40 items, and calibrates their answers. Bias
and RMSE are over items and replications; coverage is the share of intervals, estimate plus and minus 1.96 standard
errors, that hold the truth.

usage: python benchmarks/recovery.py [--replications 200] [--processes 2] [--write]
"""

import argparse
import os
import platform as machine
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from analysis.irt.calibration import Calibration, calibrate
from analysis.irt.curves import Floats
from analysis.responses import ResponseMatrix

N_ITEMS, N_OPTIONS = 40, 4
SIZES = (250, 1_000, 5_000)
MODELS = ("rasch", "2pl", "3pl")
PAGE = ROOT / "docs" / "psychometrics.md"
START, END = "<!-- recovery -->", "<!-- end -->"
COLUMNS = ("model", "people", "settled", "figure", "has an error", "bias", "RMSE", "coverage of 95 %")
FIGURES = {"rasch": [(1, "d")], "2pl": [(0, "a"), (1, "d")], "3pl": [(0, "a"), (1, "d"), (2, "c")]}


@dataclass(frozen=True, eq=False)
class Truth:
    """The items of the simulated test."""

    a: Floats
    d: Floats
    c: Floats


@dataclass(frozen=True, eq=False)
class Found:
    """One replication: (n_figures, n_items) error and standard error; nan where there is no estimate."""

    errors: Floats
    standard_errors: Floats
    converged: bool


def truth(model: str) -> Truth:
    """Slopes log-normal around 1, difficulties standard normal, guessing from 0.12 to 0.25 around its prior of 0.2."""
    rng = np.random.default_rng(40)
    a = np.clip(rng.lognormal(0, 0.3, N_ITEMS), 0.5, 2.2)
    b = np.clip(rng.normal(0, 1, N_ITEMS), -2, 2)
    c = rng.uniform(0.12, 0.25, N_ITEMS)
    if model == "rasch":
        a = np.ones(N_ITEMS)
    return Truth(a, -a * b, c if model == "3pl" else np.zeros(N_ITEMS))


def replicate(seed: int, *, model: str, n_persons: int) -> Found:
    """Draw people, let them answer, calibrate."""
    true, rng = truth(model), np.random.default_rng([n_persons, seed])
    theta = rng.normal(size=(n_persons, 1))
    p = true.c + (1 - true.c) / (1 + np.exp(-(true.a * theta + true.d)))
    wrong = (rng.random(p.shape) >= p).astype(np.int8)
    matrix = ResponseMatrix.from_arrays(
        wrong, key=np.zeros(N_ITEMS, dtype=np.int8), n_options=np.full(N_ITEMS, N_OPTIONS, dtype=np.int8)
    )
    return _compared(calibrate(matrix, model, n_threads=1), true)


def _compared(found: Calibration, true: Truth) -> Found:
    errors = np.array([found.a - true.a, found.d - true.d, found.guessing - true.c])
    nothing = np.full(N_ITEMS, np.nan)
    known = [nothing if one is None else one for one in (found.se_a, found.se_d, found.se_c)]
    return Found(errors, np.array(known), found.converged)


def rows(model: str, n_persons: int, *, replications: int, pool: ProcessPoolExecutor) -> Iterator[str]:
    """The lines of the table for one model and number of people."""
    work = partial(replicate, model=model, n_persons=n_persons)
    found = list(pool.map(work, range(replications), chunksize=5))
    errors = np.stack([one.errors for one in found])
    standard_errors = np.stack([one.standard_errors for one in found])
    settled = sum(one.converged for one in found)
    for place, name in FIGURES[model]:
        told = _told(errors[:, place], standard_errors[:, place])
        yield _row(model, f"{n_persons:,}", f"{settled} of {replications}", name, *told)


def _told(errors: Floats, standard_errors: Floats) -> tuple[str, str, str, str]:
    """Share with a standard error, bias, RMSE, and coverage where there is a standard error."""
    sure = np.isfinite(standard_errors)
    coverage = (np.abs(errors[sure]) <= 1.96 * standard_errors[sure]).mean()
    rmse = np.sqrt(np.nanmean(errors**2))
    return f"{100 * sure.mean():.1f} %", f"{np.nanmean(errors):+.3f}", f"{rmse:.3f}", f"{100 * coverage:.1f} %"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    lines, began = [_row(*COLUMNS), "|" + "---|" * len(COLUMNS)], time.perf_counter()
    with ProcessPoolExecutor(asked.processes) as pool:
        for model in MODELS:
            for size in SIZES:
                for line in rows(model, size, replications=asked.replications, pool=pool):
                    lines.append(line)
                    print(line, flush=True)
    elapsed = time.perf_counter() - began
    print(f"{elapsed:.0f} s")
    if asked.write:
        _write(lines, elapsed)


def _write(lines: list[str], elapsed: float) -> None:
    """Put the table between its marks, with machine and date; the words around it stay."""
    before, _, rest = PAGE.read_text().partition(START)
    where = (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine.machine()}, {os.cpu_count()} cores, "
        f"Python {machine.python_version()}, NumPy {np.__version__}, {elapsed:.0f} s"
    )
    PAGE.write_text("\n".join([before + START, "", where, "", *lines, "", END]) + rest.partition(END)[2])


if __name__ == "__main__":
    main()
