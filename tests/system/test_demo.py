"""The demo as a person starts it: the whole loop over its own server, the four planted faults caught, then it stops."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from testing_platform.config import PREFIX


def test_the_whole_loop_plays_with_no_hands(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
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
    assert "sound items dropped or suspected of a wrong key: 0 of 56" in done.stdout
    passed = re.search(r"(\d+) of 200 passed at 75", done.stdout)
    assert passed is not None
    assert 0 < int(passed[1]) < 200
    assert "Sit the test yourself" not in done.stdout, "with --exit nothing stays to be looked at"
