"""How long the classical report takes, beside the least that any program must do: touch each answer, and multiply once.

Everything is timed in one run, so that the ratios hold on any machine. The floor is one look at every byte of the
answers and one matrix product of the scored answers with themselves in single precision: every pair of items.

    python benchmarks/classical.py [--persons 100000] [--items 40] [--write]
"""

import argparse
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from analysis.classical import analyze
from analysis.exports import write_key, write_responses
from analysis.responses import ResponseMatrix
from analysis.simulation import simulate_tryout
from analysis.streaming import analyze_stream, read_responses
from analysis.verdict import judge_all

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "benchmarks" / "classical.md"


def timed(work: Callable[[], object], *, times: int) -> float:
    """The median of several runs, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def fresh(matrix: ResponseMatrix) -> ResponseMatrix:
    """The same answers with nothing scored yet."""
    return matrix.select_persons(np.arange(matrix.n_persons))


def floor(matrix: ResponseMatrix) -> None:
    """One look at every byte, one product."""
    assert matrix.options.max() >= 0
    right = (matrix.options == matrix.key).astype(np.float32)
    assert (right.T @ right).shape == (matrix.n_items, matrix.n_items)


def report(matrix: ResponseMatrix) -> None:
    """The whole classical report: items, options, form, verdicts."""
    judge_all(analyze(matrix))


Row = tuple[str, float, float]  # what, seconds, times its floor


def measure(matrix: ResponseMatrix, *, times: int) -> list[Row]:
    """Every row of the table, each beside its floor of the same run."""
    least = timed(lambda: floor(matrix), times=times)
    classical = timed(lambda: report(matrix), times=times)
    rows = [
        ("floor: one look and one product", least, 1.0),
        ("classical report, from memory", classical, classical / least),
    ]
    with tempfile.TemporaryDirectory() as folder:
        answers, key = Path(folder) / "responses.csv", Path(folder) / "key.csv"
        write_responses(matrix, answers)
        write_key(matrix, key)
        once = timed(lambda: answers.read_bytes().count(b"\n"), times=times)
        whole = timed(lambda: report(read_responses(answers, key)), times=3)
        streamed = timed(lambda: analyze_stream(answers, key), times=3)
    return [
        *rows,
        ("floor: read the CSV once", once, 1.0),
        ("classical report, from CSV", whole, whole / once),
        ("the same, block by block", streamed, streamed / once),
    ]


def main() -> None:
    """Time, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"write the table into {TABLE.relative_to(ROOT)}")
    wanted = parser.parse_args()
    matrix = fresh(simulate_tryout(1, n_persons=wanted.persons, n_items=wanted.items).matrix)
    lines = [f"| {wanted.persons:,} people x {wanted.items} items | seconds | times its floor |", "|---|---|---|"]
    lines += [
        f"| {what} | {seconds:.4f} | {ratio:.1f} |" for what, seconds, ratio in measure(matrix, times=wanted.times)
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append(f"| peak resident memory, simulation included | {peak:.0f} MiB | |")
    print("\n".join(lines))
    if wanted.write:
        write(lines)


def write(lines: list[str]) -> None:
    """Put the table between the marks of its page."""
    before, _, rest = TABLE.read_text(encoding="utf-8").partition("<!-- measured -->")
    load = os.getloadavg()[0]
    where = f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, load {load:.1f}, Python {platform.python_version()}"
    after = rest.partition("<!-- end -->")[2]
    text = "\n".join([before + "<!-- measured -->", "", where, "", *lines, "", "<!-- end -->"]) + after
    TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
