"""Crowds: a start storm, and candidates who act every few seconds whatever the server does (open loop)."""

import random
import time
from dataclasses import dataclass

from benchmarks.load.candidates import Candidate, arriving, beginning, candidates_of
from benchmarks.load.engine import Engine, Record, Script
from benchmarks.load.servers import Server, admit_everybody, furnished
from testing_platform.wiring import Platform

EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Storm:
    """Everybody signs in and begins within the same half minute."""

    n_candidates: int
    seconds: float
    record: Record
    cpu_ms_arriving: float  # a sign-in and a seat
    cpu_ms_beginning: float  # form, pictures and begin
    candidates: list[Candidate]


def storm(platform: Platform, server: Server, *, n_candidates: int, seconds: float) -> Storm:
    """Sign in over the first half of the time, be admitted together, begin over the second half."""
    room = furnished(platform, n_candidates)
    everybody = candidates_of(room)
    draw = random.Random(4)
    record = Record()
    spent = []
    for act in (arriving, beginning):
        engine = Engine(server.port)
        engine.record = record
        before, now = server.cpu_seconds(), time.monotonic() + 0.05
        engine.run([act(c, due=now + draw.random() * seconds / 2) for c in everybody])
        spent.append(1000 * (server.cpu_seconds() - before) / n_candidates)
        if act is arriving:
            admit_everybody(platform, room)
    assert not record.refused, record.refused[:1]
    return Storm(n_candidates, seconds, record, spent[0], spent[1], everybody)


def open_loop(server: Server, candidates: list[Candidate], *, seconds: float) -> Record:
    """Each acts every five seconds, at moments of its own; a late answer makes no later act later."""
    start = time.monotonic() + 0.5
    draw = random.Random(7)
    engine = Engine(server.port)
    record = engine.run(
        [_acting(c, first=start + draw.random() * EVERY_SECONDS, end=start + seconds) for c in candidates]
    )
    assert not record.refused, record.refused[:1]
    return record


def _acting(candidate: Candidate, *, first: float, end: float) -> Script:
    due, number = first, candidate.seq
    while due < end:
        look = {"kind": "view", "item": candidate.form["items"][number % 40]["id"]}
        act = look if number % 2 else candidate.answer_to(number)
        answer = yield candidate.steps(act, due=due)
        candidate.kept(answer)
        number += 1
        due += EVERY_SECONDS
