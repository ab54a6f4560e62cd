"""Closed loop: clients that save one answer after the other, on the platform and on the floor in turns."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.load.candidates import Candidate
from benchmarks.load.engine import Ask, Engine, Script, request
from benchmarks.load.servers import Server


@dataclass(frozen=True)
class Round:
    """What one side did in one round."""

    saves: int
    seconds: float
    cpu_seconds: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Throughput."""
        return self.saves / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor time of gunicorn and PostgreSQL for a save."""
        return 1000 * self.cpu_seconds / self.saves


@dataclass(frozen=True)
class Pair:
    """The same number of clients on both sides, round by round."""

    clients: int
    ours: list[Round]
    floor: list[Round]


def measure(
    candidates: Sequence[Candidate], ours: Server, floor: Server, *, clients: int, rounds: int, seconds: float
) -> Pair:
    """Take turns, because such machines change speed within seconds."""
    chosen = candidates[:clients]
    pair = Pair(clients, [], [])
    numbers = [clients * 1_000_000 + n for n in range(clients)]
    saved = dict.fromkeys(numbers, 0)
    for _ in range(rounds):
        pair.ours.append(run(ours, seconds, lambda end: [answering(c, end=end) for c in chosen]))
        pair.floor.append(run(floor, seconds, lambda end: [inserting(n, saved, end=end) for n in numbers]))
    return pair


def run(server: Server, seconds: float, scripts: Callable[[float], list[Script]]) -> Round:
    """One round on one side."""
    engine = Engine(server.port)
    before, started = server.cpu_seconds(), time.monotonic()
    record = engine.run(scripts(started + seconds))
    spent, cpu = time.monotonic() - started, server.cpu_seconds() - before
    assert not record.refused, record.refused[:1]
    return Round(record.n("save"), spent, cpu, record.percentile("save", 99))


def answering(candidate: Candidate, *, end: float) -> Script:
    """Save answers until the end."""
    number = candidate.seq
    while time.monotonic() < end:
        answer = yield candidate.steps(candidate.answer_to(number))
        candidate.kept(answer)
        number += 1


def inserting(number: int, saved: dict[int, int], *, end: float) -> Script:
    """Insert rows until the end."""
    while time.monotonic() < end:
        saved[number] += 1
        body = {"attempt": number, "seq": saved[number], "option": 1}
        answer = yield Ask("save", request("POST", "/save", body=body))
        assert answer.status == 200


def alone(floor: Server, *, seconds: float) -> Round:
    """One client on the floor: what a save costs at this moment on this machine."""
    number = time.time_ns() % 1_000_000_000
    return run(floor, seconds, lambda end: [inserting(number, {number: 0}, end=end)])
