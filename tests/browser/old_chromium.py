"""Chromium 109 for tests: the oldest browser that labs may have, in the headless build that an npm package carries."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import brotli
import pytest

PACKAGE = "@sparticuz/chromium@109.0.6"
FETCH_SECONDS = 180


def cached() -> Path:
    """The unpacked program, fetched at the first call; skips the test where npm or its registry is away."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "testing-platform" / "chromium-109.0.6"
    if not (folder / "chromium").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            unpacked = _unpack(_fetch(Path(work)), Path(work) / "unpacked")
            if not folder.exists():
                unpacked.rename(folder)  # whole or not at all
    return folder / "chromium"


def _fetch(work: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: without it there is no Chromium 109 to try")
    words = [npm, "pack", PACKAGE, "--pack-destination", str(work)]
    try:
        done = subprocess.run(words, cwd=work, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not bring {PACKAGE} within {FETCH_SECONDS} s")
    found = list(work.glob("*.tgz"))
    if done.returncode or not found:
        pytest.skip(f"npm does not bring {PACKAGE}: {done.stderr.strip()[-200:]}")
    return found[0]


def _unpack(archive: Path, folder: Path) -> Path:
    """The folder with the program; its libraries for 3D pictures are not needed."""
    folder.mkdir()
    with tarfile.open(archive) as package:
        member = package.extractfile("package/bin/chromium.br")
        assert member is not None
        program = folder / "chromium"
        program.write_bytes(brotli.decompress(member.read()))
    program.chmod(0o755)
    return folder
