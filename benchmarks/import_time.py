"""What it costs to import the analysis, against a bare `import numpy`: each in a fresh interpreter, in turns.

The time of an interpreter that imports nothing is taken off both. The medians of many rounds are compared; bytecode is
written before the first.

usage: python benchmarks/import_time.py [--rounds 30] [--write]
"""

import argparse
import os
import platform as machine
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks" / "import_time.md"
START, END = "<!-- measured -->", "<!-- end -->"
STATEMENTS = ("import analysis", "from analysis.irt import calibrate", "import analysis.classical, analysis.streaming")


def seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, cwd=ROOT)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    everything = ("pass", "import numpy", *STATEMENTS)
    for statement in everything:
        seconds(statement)
    taken = [[seconds(statement) for statement in everything] for _ in range(asked.rounds)]
    nothing, numpy, *others = (statistics.median(column) for column in zip(*taken, strict=True))
    lines = ["| statement | times `import numpy` |", "|---|---|"]
    for statement, median in zip(STATEMENTS, others, strict=True):
        lines.append(f"| `{statement}` | {(median - nothing) / (numpy - nothing):.2f} |")
    print("\n".join(lines))
    if asked.write:
        _write(lines, f"`import numpy` {1000 * (numpy - nothing):.0f} ms")


def _write(lines: list[str], bare: str) -> None:
    """Put the table between its marks, with machine and date; the words around it stay."""
    before, _, rest = PAGE.read_text().partition(START)
    where = (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
    )
    where += f"Python {machine.python_version()}, {bare}"
    PAGE.write_text("\n".join([before + START, "", where, "", *lines, "", END]) + rest.partition(END)[2])


if __name__ == "__main__":
    main()
