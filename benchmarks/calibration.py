"""How fast items are calibrated: against other programs, against the floor of the machine, and with growing numbers.

Only ratios mean something on a machine that others use too, so whatever is compared takes turns in short rounds, and
the table shows the median of the rounds' ratios. Every calibration includes standard errors, the exact log-likelihood
and the proof of its convergence.

usage: python benchmarks/calibration.py [--rounds 5] [--without-national] [--without-girth] [--write]
"""

import argparse
import json
import math
import os
import platform as machine
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from analysis.irt.answers import Answers, Piece, gather
from analysis.irt.calibration import Calibration, calibrate, calibrate_answers
from analysis.irt.curves import Floats
from analysis.irt.expectation import exact_log_likelihood, expect, normal_grid, shares
from analysis.irt.maximization import improve
from analysis.irt.models import Specification
from analysis.irt.parameters import Parameters
from analysis.irt.placing import place
from analysis.irt.priors import Priors
from analysis.irt.threads import crew_for, n_cores
from analysis.responses import ResponseMatrix

N_ITEMS = 40
BLOCK = 8192
NATIONAL = 2_306_015
TABLE = ROOT / "docs" / "benchmarks" / "calibration.md"
MIRT = """
suppressMessages(library(mirt))
x <- as.data.frame(matrix(as.integer(readBin(commandArgs(TRUE)[1], "raw", n = 4e9)), ncol = 40, byrow = TRUE))
t <- system.time(m <- mirt(x, 1, itemtype = "2PL", verbose = FALSE))
cat(t[["elapsed"]], extract.mirt(m, "logLik"), "\\n")
"""


def truth() -> tuple[Floats, Floats]:
    """The slopes and intercepts of the simulated test."""
    rng = np.random.default_rng(1)
    a = rng.lognormal(0, 0.3, N_ITEMS)
    return a, -a * rng.normal(0, 1, N_ITEMS)


def simulated(n_persons: int) -> Iterator[np.ndarray]:
    """(n, 40) right and wrong answers to a 2PL, block by block."""
    rng, (a, d) = np.random.default_rng(2), truth()
    for start in range(0, n_persons, BLOCK):
        theta = rng.normal(size=(min(BLOCK, n_persons - start), 1)).astype(np.float32)
        p = 1 / (1 + np.exp(-(a * theta + d).astype(np.float32)))
        yield (rng.random(p.shape, dtype=np.float32) < p).astype(np.int8)


def laid_out(n_persons: int) -> Answers:
    return gather((Piece(np.arange(N_ITEMS), block) for block in simulated(n_persons)), n_items=N_ITEMS)


def fitted(answers: Answers, model: str = "2pl") -> Calibration:
    return calibrate_answers(
        answers,
        Specification(model),
        item_names=tuple(f"q{j + 1:02d}" for j in range(N_ITEMS)),
        n_options=np.full(N_ITEMS, 4),
    ).require_converged()


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cpu_seconds(work: Callable[[], object]) -> float:
    """Of all threads together: what other programs on the machine hardly change."""
    start = time.process_time()
    work()
    return time.process_time() - start


Clock = Callable[[Callable[[], object]], float]


def ratios(
    one: Callable[[], object], other: Callable[[], object], *, rounds: int, clock: Clock = seconds
) -> list[float]:
    """How many times as long the first takes, in turns; the first turn warms up and does not count."""
    found = [clock(one) / clock(other) for _ in range(rounds + 1)]
    return found[1:]


def said(found: list[float]) -> str:
    return f"{statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"


# Against others -----------------------------------------------------------------------------------------------------


def against_girth(rounds: int) -> Iterator[tuple[str, str]]:
    """girth at 10,000 people, ours at 100,000 people."""
    import girth

    few = np.concatenate(list(simulated(10_000)))
    many = matrix(100_000)

    def theirs() -> None:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            girth.twopl_mml(few.T.astype(int), options={"quadrature_n": 41, "quadrature_bounds": (-6, 6)})

    found = [1 / ratio for ratio in ratios(lambda: calibrate(many), theirs, rounds=rounds)]
    yield "girth at 10,000 people takes so many times as long as ours at 100,000", said(found)
    yield "the same per person", f"{10 * statistics.median(found):.0f}"


def against_mirt(rounds: int) -> Iterator[tuple[str, str]]:
    """R mirt at 100,000 people, where it is installed."""
    if not has_mirt():
        yield "R mirt at 100,000 people against ours", "skipped: Rscript with mirt is not installed here"
        return
    many = matrix(100_000)
    ours = calibrate(many)
    with tempfile.TemporaryDirectory() as folder:
        script, answers = Path(folder) / "fit.R", Path(folder) / "answers.bin"
        script.write_text(MIRT)
        answers.write_bytes((many.options == 0).astype(np.uint8).tobytes())
        found, height = [], math.nan
        for _ in range(max(1, rounds // 2)):
            done = subprocess.run(["Rscript", script, answers], capture_output=True, text=True, check=True)
            elapsed, height = (float(word) for word in done.stdout.split())
            found.append(elapsed / seconds(lambda: calibrate(many)))
    yield "R mirt at 100,000 people takes so many times as long as ours", said(found)
    yield "our log-likelihood less mirt's", f"{ours.log_likelihood - height:.3f}"


def has_mirt() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(mirt)"], capture_output=True, check=False).returncode == 0


def matrix(n_persons: int) -> ResponseMatrix:
    right = np.concatenate(list(simulated(n_persons)))
    return ResponseMatrix.from_arrays(1 - right, key=np.zeros(N_ITEMS, dtype=np.int8))


# Against the floor --------------------------------------------------------------------------------------------------


def against_the_floor(rounds: int) -> Iterator[tuple[str, str]]:
    """One EM iteration, against two matrix products and one exponential pass over the same blocks."""
    answers, grid = laid_out(100_000), normal_grid(41)
    a, d = truth()
    at = Parameters(a, d, np.zeros(N_ITEMS), np.zeros(1), np.ones(1))
    layout = Specification("2pl").layout(at, tuple(map(str, range(N_ITEMS))))
    coefficients = np.random.default_rng(0).normal(-0.5, 0.3, (41, N_ITEMS)).astype(np.float32)
    blocks = [np.ascontiguousarray(block.rows[:-1].astype(np.float32)) for block in answers.blocks]
    portions = [blocks[start : start + 4] for start in range(0, len(blocks), 4)]

    def floor(portion: list[np.ndarray]) -> None:
        for rows in portion:
            joint = coefficients @ rows
            np.exp(joint, out=joint)
            joint @ rows.T

    with crew_for(len(shares(answers))) as crew:

        def iteration() -> None:
            improve(expect(answers, at, grid, crew), at, layout=layout, priors=Priors(), grid=grid)

        def bare() -> None:
            list(crew(floor, portions))

        what = "one EM iteration against its two products and one exponential pass"
        yield f"{what}, elapsed", said(ratios(iteration, bare, rounds=6 * rounds))
        yield f"{what}, CPU time", said(ratios(iteration, bare, rounds=6 * rounds, clock=cpu_seconds))


# What it yields -----------------------------------------------------------------------------------------------------


def soundness() -> Iterator[tuple[str, str]]:
    """How far the calibration of 100,000 people is from one that goes on until nothing moves, on three times as many
    points."""
    answers = laid_out(100_000)
    found = fitted(answers)
    finer = normal_grid(121)
    at = Parameters(found.a, found.d, np.zeros(N_ITEMS), np.zeros(1), np.ones(1))
    layout = Specification("2pl").layout(at, found.item_names)
    with crew_for(len(shares(answers))) as crew:
        free = layout.free_of(at)
        for _ in range(60):
            here = layout.values(free)
            free = improve(expect(answers, here, finer, crew), here, layout=layout, priors=Priors(), grid=finer)
        best = exact_log_likelihood(answers, layout.values(free), finer, crew)
    yield "looks at all answers until settled", str(found.n_iter)
    yield "log-likelihood below that of 60 more EM steps on 121 points", f"{best - found.log_likelihood:.4f}"
    yield "largest move of a parameter by these steps", f"{np.abs(free - layout.free_of(at)).max():.1e}"


def scoring(rounds: int) -> Iterator[tuple[str, str]]:
    """EAP of a million people."""
    people = matrix(1_000_000)
    calibration = fitted(laid_out(20_000))
    found = [1 / seconds(lambda: place(people, calibration)) for _ in range(rounds)]
    yield "EAP with its error, million people a second", said(found)


# Growing numbers ----------------------------------------------------------------------------------------------------


def growth(rounds: int, *, with_national: bool) -> Iterator[tuple[str, str]]:
    """Time by the number of people, each in a process of its own so that its memory can be told."""
    sizes = [10_000, 100_000, 1_000_000] + ([NATIONAL] if with_national else [])
    times: dict[int, float] = {}
    for size in sizes:
        runs = [alone("people", size) for _ in range(max(1, rounds // 2))]
        times[size] = statistics.median(run["seconds"] for run in runs)
        peak = max(run["peak_mib"] for run in runs)
        yield f"{size:,} x {N_ITEMS}: seconds, peak memory", f"{times[size]:.2f} s, {peak:.0f} MiB"
    spans = np.log(np.array(sizes))
    exponent = float(np.polyfit(spans, np.log([times[size] for size in sizes]), 1)[0])
    yield "time grows with the number of people to the power", f"{exponent:.2f}"


def linked_forms() -> Iterator[tuple[str, str]]:
    """200 forms of 40 items, 8 of them common, 12,000 people each, on one scale."""
    run = alone("forms", 200)
    yield (
        "200 linked forms x 12,000 people (6,408 items): seconds, peak memory",
        (f"{run['seconds']:.1f} s, {run['peak_mib']:.0f} MiB"),
    )


def alone(kind: str, size: int) -> dict[str, float]:
    """One calibration in a process of its own."""
    command = [sys.executable, __file__, "--alone", f"{kind}:{size}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run_alone(what: str) -> None:
    kind, _, size = what.partition(":")
    answers = laid_out(int(size)) if kind == "people" else forms(int(size), 12_000)
    elapsed = seconds(lambda: _calibrate_all(answers))
    print(json.dumps({"seconds": elapsed, "peak_mib": peak_mib()}))


def peak_mib() -> float:
    """The most memory that this process ever held; the kernel's other figure also counts the process it came from."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return math.nan


def _calibrate_all(answers: Answers) -> None:
    names = tuple(f"i{j}" for j in range(answers.n_items))
    options = np.full(answers.n_items, 4)
    calibrate_answers(answers, Specification("2pl"), item_names=names, n_options=options).require_converged()


def forms(n_forms: int, n_people: int) -> Answers:
    common, own = 8, 32
    n_items = common + n_forms * own
    rng = np.random.default_rng(3)
    a, d = rng.lognormal(0, 0.3, n_items), rng.normal(0, 1, n_items)

    def pieces() -> Iterator[Piece]:
        for form in range(n_forms):
            items = np.concatenate([np.arange(common), common + form * own + np.arange(own)])
            theta = rng.normal(size=(n_people, 1)).astype(np.float32)
            p = 1 / (1 + np.exp(-(a[items] * theta + d[items]).astype(np.float32)))
            yield Piece(items, (rng.random(p.shape, dtype=np.float32) < p).astype(np.int8))

    return gather(pieces(), n_items=n_items)


# The table ----------------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-national", action="store_true", help="leave out the largest sizes")
    parser.add_argument("--without-girth", action="store_true", help="leave out the slow peer")
    parser.add_argument("--write", action="store_true", help=f"write the table into {TABLE.relative_to(ROOT)}")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        run_alone(asked.alone)
        return
    lines = ["| what | measured |", "|---|---|"]
    for part in _parts(asked):
        for what, figure in part:
            lines.append(f"| {what} | {figure} |")
            print(f"{what}: {figure}", flush=True)
    if asked.write:
        _write(lines)


def _parts(asked: argparse.Namespace) -> Iterator[Iterator[tuple[str, str]]]:
    yield against_the_floor(asked.rounds)
    yield soundness()
    if not asked.without_girth:
        yield against_girth(asked.rounds)
    yield against_mirt(asked.rounds)
    yield scoring(asked.rounds)
    yield growth(asked.rounds, with_national=not asked.without_national)
    if not asked.without_national:
        yield linked_forms()


def _write(lines: list[str]) -> None:
    """Put the table between its marks, with machine and date; the words around it stay."""
    start, end = "<!-- measured -->", "<!-- end -->"
    before, _, rest = TABLE.read_text().partition(start)
    load = os.getloadavg()[1]
    where = (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine.machine()}, {n_cores()} cores, load {load:.1f}, "
        f"Python {machine.python_version()}, NumPy {np.__version__}"
    )
    TABLE.write_text("\n".join([before + start, "", where, "", *lines, "", end]) + rest.partition(end)[2])


if __name__ == "__main__":
    main()
