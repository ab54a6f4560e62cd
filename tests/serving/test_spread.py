"""Connections that are kept spread over the processes, so that none works while the others wait."""

import contextlib
import json
import os
import signal
import socket
import threading
from collections import Counter
from types import SimpleNamespace

import pytest

from testing_platform.web_server.board import Board
from tests.serving.trivial_server import Running, Setup, running


def worker(pid: int | str) -> SimpleNamespace:
    return SimpleNamespace(pid=pid)


def test_who_holds_more_lets_the_others_go_first() -> None:
    board = Board()
    first, second = board.seat(worker("[booting]")), board.seat(worker("[booting]"))
    board.tell(first, 5)
    board.tell(second, 2)
    assert (board.ahead(first, 5), board.ahead(second, 2)) == (3, -3)


def test_one_in_sixteen_is_even_enough() -> None:
    board = Board()
    first, second = board.seat(worker("[booting]")), board.seat(worker("[booting]"))
    board.tell(first, 100)
    board.tell(second, 94)
    assert board.ahead(first, 100) == 0


def test_nobody_waits_for_a_process_that_fell_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board()
    first, second = board.seat(worker("[booting]")), board.seat(worker("[booting]"))
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    board.tell(second, 0)
    monkeypatch.setattr("time.monotonic", lambda: 110.0)
    board.tell(first, 50)
    assert board.ahead(first, 50) <= 0


def test_the_slot_of_a_process_that_ended_is_free_again() -> None:
    board = Board()
    living = board.seat(worker(os.getpid()))
    ended = board.seat(worker(2**22 + 1))  # beyond the largest process id
    starting = board.seat(worker("[booting]"))
    assert len({living, ended, starting}) == 2
    assert starting == ended


def test_who_holds_twice_as_many_lets_some_go() -> None:
    board = Board()
    first, second = board.seat(worker("[booting]")), board.seat(worker("[booting]"))
    board.tell(second, 10)
    assert [board.surplus(first, held) for held in (10, 20, 30, 50)] == [0, 0, 10, 20]
    assert board.surplus(second, 10) == 0


def process_of(client: socket.socket) -> int:
    """Which process answers a connection; 0 when the server has ended it."""
    try:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        heard = client.recv(4096)
    except (ConnectionResetError, BrokenPipeError):
        return 0
    return int(json.loads(heard.split(b"\r\n\r\n")[1])["process"]) if heard else 0


def wait_for_all(server: Running, n_processes: int) -> None:
    """Until each process has answered: the second one starts a moment after the first."""
    seen: set[int] = set()
    with contextlib.ExitStack() as stack:
        while len(seen) < n_processes:
            seen.add(process_of(stack.enter_context(server.connect())))


@pytest.mark.parametrize("number", [50, 200])
def test_connections_spread_over_the_processes(number: int) -> None:
    with running(Setup(workers=2, threads=4)) as server, contextlib.ExitStack() as stack:
        wait_for_all(server, 2)
        clients = [stack.enter_context(server.connect()) for _ in range(number)]
        held = Counter(process_of(client) for client in clients)
    assert min(held.values()) >= number / 5  # a busy machine lets the shares differ; gthread gives 5 of 50


def test_clients_come_back_to_a_process_that_was_started_anew() -> None:
    with running(Setup(workers=2, threads=4)) as server:
        wait_for_all(server, 2)
        clients = [server.connect() for _ in range(40)]
        killed = process_of(clients[0])
        os.kill(killed, signal.SIGKILL)
        for _ in range(300):
            answered = [process_of(client) for client in clients]
            held = Counter(process for process in answered if process not in {0, killed})
            if len(held) == 2 and min(held.values()) >= 13:
                break
            clients = [come_back(server, each, process) for each, process in zip(clients, answered, strict=True)]
            threading.Event().wait(0.05)
        for client in clients:
            client.close()
    assert len(held) == 2
    assert min(held.values()) >= 13


def come_back(server: Running, client: socket.socket, process: int) -> socket.socket:
    """The connection, or a new one where the server has ended it."""
    if process:
        return client
    client.close()
    return server.connect()
