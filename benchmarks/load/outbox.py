"""When the acts of a candidate leave the browser: the timing of `static/runner/outbox.js`, in a time of its own.

The patience of each kind of act is read from that file, so that the model cannot fall behind it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.load.engine import Json
from benchmarks.load.servers import ROOT

_SOURCE = (ROOT / "testing_platform" / "static" / "runner" / "outbox.js").read_text()


def _patience() -> dict[str, float]:
    body = re.search(r"PATIENCE_MS = \{([^}]*)\}", _SOURCE)
    assert body, "outbox.js does not say its patience where it did"
    return {kind: int(ms.replace("_", "")) / 1000 for kind, ms in re.findall(r"(\w+): ([\d_]+)", body.group(1))}


def _beat() -> float:
    found = re.search(r"HEARTBEAT_MS = ([\d_]+)", _SOURCE)
    assert found, "outbox.js does not say its heartbeat where it did"
    return int(found.group(1).replace("_", "")) / 1000


@dataclass(frozen=True)
class Sending:
    """What leaves at once, and whether the heartbeat would have gone out then anyway."""

    at: float
    acts: list[Json]
    is_heartbeat: bool


def sendings(acts: Sequence[tuple[float, Json]]) -> Iterator[Sending]:
    """The requests of a candidate who does these acts at these seconds."""
    patience, beat = _patience(), _beat()
    waiting: list[Json] = []
    due, last = float("inf"), 0.0
    for at, act in [*acts, (acts[-1][0] + beat + 1, {})]:
        while min(due, last + beat) <= at:
            now = min(due, last + beat)
            yield Sending(now, waiting, is_heartbeat=due > last + beat)
            waiting, due, last = [], float("inf"), now
        if act:
            waiting.append(act)
            due = min(due, at + patience[act["kind"]])
    if waiting:
        yield Sending(due, waiting, is_heartbeat=False)


def a_whole_test(items: Sequence[Json]) -> list[tuple[float, Json]]:
    """Forty answers and sixty looks and flags in two hours: each item is read, answered and left.

    Every eighth is marked as doubtful and looked at again at the end; five more are looked at once again.
    """
    acts: list[tuple[float, Json]] = []
    for number, item in enumerate(items):
        start = 5 + number * 165.0
        option = item["options"][number % 4]["id"]
        acts.append((start, {"kind": "view", "item": item["id"]}))
        acts.append((start + 95, {"kind": "answer", "item": item["id"], "option": option}))
        if number % 8 == 0:
            acts.append((start + 98, {"kind": "flag", "item": item["id"], "value": "on"}))
    for number, item in enumerate(items[::8]):
        start = 6_640 + number * 60.0
        acts.append((start, {"kind": "view", "item": item["id"]}))
        acts.append((start + 25, {"kind": "flag", "item": item["id"], "value": "off"}))
        acts.append((start + 30, {"kind": "view", "item": items[8 * number + 1]["id"]}))
    return acts
