"""How long the classical report takes, beside the least that any program must do: touch each answer, and multiply once.

Everything is timed in one run, so that the ratios hold on any machine. The floor is one look at every byte of the
answers and one matrix product of the scored answers with themselves in single precision: every pair of items.

    python benchmarks/classical.py [--persons 100000] [--items 40]
"""

import argparse
import resource
import statistics
import sys
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


def main() -> None:
    """Time, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--times", type=int, default=7)
    wanted = parser.parse_args()
    matrix = fresh(simulate_tryout(1, n_persons=wanted.persons, n_items=wanted.items).matrix)
    least = timed(lambda: floor(matrix), times=wanted.times)
    print(f"{wanted.persons:,} people x {wanted.items} items, medians of {wanted.times}, {sys.version.split()[0]}")
    print(f"floor: one look and one product   {least:8.4f} s   1.0")
    classical = timed(lambda: report(matrix), times=wanted.times)
    print(f"classical report, from memory     {classical:8.4f} s   {classical / least:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        answers, key = Path(folder) / "responses.csv", Path(folder) / "key.csv"
        write_responses(matrix, answers)
        write_key(matrix, key)
        bytes_once = timed(lambda: answers.read_bytes().count(b"\n"), times=wanted.times)
        print(f"floor: read the CSV once          {bytes_once:8.4f} s   1.0")
        whole = timed(lambda: report(read_responses(answers, key)), times=3)
        print(f"classical report, from CSV        {whole:8.4f} s   {whole / bytes_once:.1f}")
        streamed = timed(lambda: analyze_stream(answers, key), times=3)
        print(f"the same, streamed                {streamed:8.4f} s   {streamed / bytes_once:.1f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak resident memory              {peak:8.0f} MiB")


if __name__ == "__main__":
    main()
