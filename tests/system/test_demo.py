"""The demo as a person starts it: the whole loop over its own server, the four planted faults caught, then it stops."""

import os
import re
import subprocess
import sys
from pathlib import Path

from testing_platform.config import PREFIX
from tests.ports import free_port


def test_the_whole_loop_plays_with_no_hands(tmp_path: Path) -> None:
    port = free_port()
    words = ["demo", "--exit", "--data", str(tmp_path / "demo"), "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    done = subprocess.run(
        [sys.executable, "-m", "testing_platform", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "planted faults caught: 4 of 4" in done.stdout
    wronged = re.search(r"sound items dropped or suspected of a wrong key: (\d+) of (\d+)", done.stdout)
    assert wronged is not None
    assert (int(wronged[1]), int(wronged[2]) >= 56) == (0, True)
    passed = re.search(r"(\d+) of 200 passed at 75", done.stdout)
    assert passed is not None
    assert 0 < int(passed[1]) < 200
    assert "Sit the test yourself" not in done.stdout, "with --exit nothing stays to be looked at"
