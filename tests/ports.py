"""Ports for servers under test: several test processes run at a time, and a killed server wants its port back."""

import itertools
import os
import socket

HOST = "127.0.0.1"
# Below the ports that systems lend to outgoing connections: nothing takes one of these while its server is down.
FIRST, NUMBER = 20_000, 12_000
_steps = itertools.count(os.getpid() * 101)


def free_port() -> int:
    """A port on which nothing listens, and which this process has not given out lately; others begin elsewhere."""
    for step in itertools.islice(_steps, NUMBER):
        port = FIRST + step % NUMBER
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError("all ports are taken")
