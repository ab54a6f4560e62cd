"""The wheel in an empty folder: templates, migrations, translations, content and static files travel inside."""

import http.client
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout and unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    (wheel,) = folder.glob("testing_platform-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing in it."""
    return tmp_path_factory.mktemp("empty")


def run(installed: Path, empty: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "testing_platform", *words],
        cwd=empty,
        env=environment(installed),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment(installed: Path, **settings: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith(("TESTING_PLATFORM_", "PYTHON"))}
    return {**others, "PYTHONPATH": str(installed), **settings}


def test_the_modules_come_from_the_wheel(installed: Path, empty: Path) -> None:
    program = "import testing_platform, itembank, exam, analysis, registry; print(testing_platform.__file__)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=empty, env=environment(installed), capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(installed))


def test_it_migrates_seeds_and_serves_in_an_empty_folder(installed: Path, empty: Path) -> None:
    assert "revision" in run(installed, empty, "migrate")
    assert run(installed, empty, "seed")
    assert (empty / "data" / "testing-platform.sqlite").exists()
    with serving(installed, empty) as port:
        for path, content in (
            ("/", b"Ujian Kompetensi"),
            ("/masuk", b"Alamat"),  # Indonesian: the translations are inside
            ("/ujian", b"runner/linked.js"),
            ("/static/runner/main.js", b"import"),
            ("/static/tokens.css", b"--tp-ink"),
        ):
            status, body = get(port, path)
            assert (status, content in body) == (200, True), f"{path}: {status}"


def test_it_analyses_a_file(installed: Path, empty: Path) -> None:
    (empty / "key.csv").write_text("item,key\nq1,A\nq2,B\n")
    rows = "\n".join(f"p{n},{'A' if n % 3 else 'C'},{'B' if n % 2 else 'D'}" for n in range(40))
    (empty / "responses.csv").write_text("person,q1,q2\n" + rows + "\n")
    run(installed, empty, "analyze", "responses.csv", "--key", "key.csv", "--model", "rasch", "--json", "out.json")
    assert '"kr20"' in (empty / "out.json").read_text()


@contextmanager
def serving(installed: Path, empty: Path) -> Iterator[int]:
    port = free_port()
    settings = {"TESTING_PLATFORM_PORT": str(port), "TESTING_PLATFORM_LOG_LEVEL": "error"}
    process = subprocess.Popen(
        [sys.executable, "-m", "testing_platform", "serve"],
        cwd=empty,
        env=environment(installed, **settings),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline() + process.stdout.readline()
        assert "/atur/" in line, "the first start prints the set-up link"
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=30)


def wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if get(port, "/health")[0] == 200:
                return
        except OSError:
            os.sched_yield()
    raise AssertionError("the server does not answer")


def get(port: int, path: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
