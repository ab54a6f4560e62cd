"""The same calibration on two worker processes, one of which dies; what a cluster refuses."""

import argparse
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from analysis.commands import calibrate
from analysis.commands.telling import DONE
from analysis.errors import BadArrays, BadInput, DuplicatePerson, UnknownOption, UnreadableFile
from analysis.irt.calibration import Calibration, Effort, calibrate_blocks
from analysis.irt.cluster import calibrate_on_cluster, connected, parts_of, reading_of
from analysis.irt.models import Specification
from analysis.streaming import stream_blocks

N_ITEMS, LETTERS = 12, np.array(["A", "B", "", "."])
SIZES = (2100, 700, 1500, 900)  # people of each part
SAME = 1e-8


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two worker processes on this machine, without pages to look at."""
    # Whoever waits for the worker that was killed gives up after 30 s otherwise.
    patience = import_module("dask").config.set({"distributed.comm.timeouts.connect": "10s"})
    with (
        patience,
        import_module("distributed").LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(tmp_path_factory.mktemp("workers")),
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with connected(cluster.scheduler_address) as client:
        client.wait_for_workers(2, timeout=20)
        yield client


@pytest.fixture(scope="module")
def tryout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two forms with common items and two groups, in four parts and as a whole, with the key."""
    folder, rng = tmp_path_factory.mktemp("tryout"), np.random.default_rng(8)
    a, d = rng.lognormal(0, 0.3, N_ITEMS), rng.normal(0, 1, N_ITEMS)
    n, items = sum(SIZES), [f"q{j + 1:02d}" for j in range(N_ITEMS)]
    group = rng.integers(0, 2, n)
    theta = rng.normal(0.5 * group, 1)[:, None]
    codes = (rng.random((n, N_ITEMS)) > 1 / (1 + np.exp(-(a * theta + d)))).astype(int)
    form = rng.integers(0, 2, n)
    codes[np.ix_(form == 0, [10, 11])] = codes[np.ix_(form == 1, [0, 1])] = 3
    people = {"person": [f"p{i}" for i in range(n)], "region": np.array(["east", "west"])[group]}
    frame = pl.DataFrame(people | {item: LETTERS[codes[:, j]] for j, item in enumerate(items)})
    (folder / "parts").mkdir()
    for number, start in enumerate(np.cumsum([0, *SIZES[:-1]]).tolist()):
        frame.slice(start, SIZES[number]).write_parquet(folder / "parts" / f"{number}.parquet")
    frame.write_parquet(folder / "whole.parquet")
    (folder / "key.csv").write_text("item,key\n" + "".join(f"{item},A\n" for item in items))
    return folder


def local(tryout: Path, model: str, *, group: str | None = None) -> Calibration:
    blocks = stream_blocks(tryout / "whole.parquet", tryout / "key.csv")
    return calibrate_blocks(blocks, Specification(model), group=group, effort=Effort(is_exact=True))


def assert_same(one: Calibration, other: Calibration) -> None:
    assert one.converged
    assert other.converged
    assert one.parameter_names == other.parameter_names
    assert one.n_persons == other.n_persons == sum(SIZES)
    assert one.covariance is not None
    assert other.covariance is not None
    for name in ("a", "d", "guessing", "se_d", "covariance"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=SAME)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    for mine, theirs in zip(one.groups, other.groups, strict=True):
        assert mine.name == theirs.name
        figures = [(group.n_persons, group.mean, group.sd) for group in (mine, theirs)]
        np.testing.assert_allclose(figures[0], figures[1], rtol=0, atol=SAME)


def test_a_worker_that_is_killed_during_the_fit_changes_nothing(client: Any, tryout: Path) -> None:
    victim, pid = next(iter(client.run(os.getpid).items()))
    held: list[int] = []

    def kill(n_passes: int) -> None:
        if n_passes == 2:
            held.append(len(client.has_what()[victim]))
            os.kill(pid, signal.SIGKILL)

    found = calibrate_on_cluster(
        client, tryout / "parts", reading_of(tryout / "key.csv", group="region"), Specification("2pl"), told=kill
    )
    assert held[0] > 0, "the worker that was killed held no part"
    assert pid not in client.run(os.getpid).values()
    assert_same(found, local(tryout, "2pl", group="region"))


@pytest.mark.parametrize("model", ["rasch", "2pl", "3pl"])
def test_estimates_are_those_of_one_machine(client: Any, tryout: Path, model: str) -> None:
    found = calibrate_on_cluster(client, tryout / "parts", reading_of(tryout / "key.csv"), Specification(model))
    assert_same(found, local(tryout, model))


def test_the_same_files_give_the_same_digits(client: Any, tryout: Path) -> None:
    one, other = (
        calibrate_on_cluster(client, tryout / "parts", reading_of(tryout / "key.csv"), Specification("2pl"))
        for _ in range(2)
    )
    assert one.a.tobytes() == other.a.tobytes()
    assert one.log_likelihood == other.log_likelihood


def test_a_person_in_two_parts_is_refused(client: Any, tryout: Path, tmp_path: Path) -> None:
    part = pl.read_parquet(tryout / "parts" / "1.parquet")
    part.write_parquet(tmp_path / "a.parquet")
    part.slice(5, 10).write_parquet(tmp_path / "b.parquet")
    with pytest.raises(DuplicatePerson, match=r"A person of a\.parquet stands in b\.parquet too"):
        calibrate_on_cluster(client, tmp_path, reading_of(tryout / "key.csv"), Specification("2pl"))


def test_what_is_wrong_in_a_part_is_told_with_its_place(client: Any, tryout: Path, tmp_path: Path) -> None:
    part = pl.read_parquet(tryout / "parts" / "1.parquet")
    part.with_columns(q03=pl.lit("?")).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(UnknownOption) as told:
        calibrate_on_cluster(client, tmp_path, reading_of(tryout / "key.csv"), Specification("2pl"))
    assert (told.value.line, told.value.column) == (1, "q03")


def test_the_command_writes_the_figures_of_one_machine(cluster: Any, tryout: Path, tmp_path: Path) -> None:
    def ran(responses: str, out: str, *more: str) -> list[float]:
        parser = argparse.ArgumentParser()
        calibrate.add_arguments(parser)
        file = tmp_path / out
        asked = [str(tryout / responses), "--key", str(tryout / "key.csv"), "--out", str(file), *more]
        assert calibrate.run(parser.parse_args([*asked, "--prior-slope", "0,0.5"])) == DONE
        items = json.loads(file.read_text())["items"]
        return [item[figure] for item in items for figure in ("a", "d", "se_a", "se_d")]

    far = ran("parts", "far.json", "--cluster", cluster.scheduler_address)
    near = ran("whole.parquet", "near.json", "--exact")
    np.testing.assert_allclose(far, near, rtol=0, atol=SAME)


def test_the_reference_group_comes_first(client: Any, tryout: Path) -> None:
    reading, rasch = reading_of(tryout / "key.csv", group="region"), Specification("rasch")
    for name in ("east", "west"):
        found = calibrate_on_cluster(client, tryout / "parts", reading, rasch, reference=name)
        assert found.groups[0].name == name
        assert found.groups[0].mean == 0
    with pytest.raises(BadArrays, match="No person belongs to the group 'south'"):
        calibrate_on_cluster(client, tryout / "parts", reading, rasch, reference="south")


def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.irt.cluster._PATIENCE", 0.2)
    with pytest.raises(BadInput, match="No scheduler answers at"), connected("tcp://127.0.0.1:9"):
        pass


def test_a_folder_without_parts_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"holds no \.parquet file"):
        parts_of(tmp_path)


def test_an_error_survives_the_way_between_machines() -> None:
    error = UnknownOption("No option.", mend="mend it.", file="a.parquet", line=3, column="q1")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what a worker does
    assert (str(again), again.line, type(again)) == (str(error), 3, UnknownOption)


def test_heavy_libraries_load_on_use_only() -> None:
    heavy = {"dask", "distributed", "scipy", "polars", "matplotlib", "girth"}
    script = f"import sys, analysis.irt.cluster, analysis.streaming; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
