"""The demo ends in order whoever ends it: no server is left behind on its port."""

import signal
import subprocess
import sys

import pytest

# The demo's own block around something that tells how it was left, in a process of its own because signals are.
PLAYING = """
import contextlib, time
from testing_platform.demo.server import ended_in_order

@contextlib.contextmanager
def server():
    try:
        yield
    finally:
        print("stopped", flush=True)

with ended_in_order(), server():
    print("serving", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_stops_the_server_first(number: signal.Signals) -> None:
    demo = subprocess.Popen([sys.executable, "-c", PLAYING], stdout=subprocess.PIPE, text=True)
    with demo:
        assert demo.stdout is not None
        assert demo.stdout.readline() == "serving\n"
        demo.send_signal(number)
        said, _ = demo.communicate(timeout=30)
    assert (said, demo.returncode) == ("stopped\n", 128 + number)
