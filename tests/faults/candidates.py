"""Candidates who work as the runner in the browser does, at a hundred to a process.

The outbox is the runner's (`testing_platform/static/runner/outbox.js`), move for move: acts are numbered and kept
until the server has acknowledged them, and a batch whose reply was lost goes out again unchanged. Where the chain
stands elsewhere nothing is taken out before the server has said what it has and the screen was compared with that.
Only its waiting is shorter. Each act carries a moment (`at`) of its own, by which it is recognised in the journal
whatever number it got.
"""

import asyncio
import base64
import itertools
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from exam.sealing import open_package
from testing_platform.demo.candidates import Card
from tests.exam_room import START_CODE
from tests.faults.wire import Json, RefusedError, UnreachableError, Wire

BATCH = 50
FINAL = {"superseded", "sealed", "other-device", "session-expired"}
_moments = itertools.count(1)

Answer = TypeVar("Answer")
Act = tuple[str, str | None, str | None, str | None, int]  # kind, item, option, value, at


def act_of(step: Json) -> Act:
    """What of a step stays the same when it is numbered anew."""
    return (step["kind"], step.get("item"), step.get("option"), step.get("value"), step["at"])


@dataclass(frozen=True)
class Pace:
    """How long candidates think and wait, in seconds; the runner's own waits are 1 to 15 s."""

    think: float = 0.02
    first_wait: float = 0.05
    longest_wait: float = 0.4
    limit: float = 12.0


@dataclass
class Candidate:
    """One candidate at one computer."""

    wire: Wire
    card: Card
    pace: Pace
    seat: Json = field(default_factory=dict)
    form: Json = field(default_factory=dict)
    screen: dict[str, str | None] = field(default_factory=dict)  # item -> option, as the candidate sees it
    pending: list[Json] = field(default_factory=list)
    acknowledged: list[Act] = field(default_factory=list)
    acted: set[Act] = field(default_factory=set)
    receipt: Json | None = None
    end: str = ""  # the problem that ended the work, if one did
    state: str = ""  # of the attempt, as the server told last
    n_failures: int = 0
    refusals: list[str] = field(default_factory=list)  # problems on the way that were no end
    on_acknowledged: Callable[["Candidate"], None] = lambda _candidate: None
    _seq: int = 0
    _digest: str = ""
    _next: int = 1
    _in_flight: int = 0
    _must_compare: bool = False
    _session: str = ""
    _sitting: str = ""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.card.participant_number)

    # Sitting down -------------------------------------------------------------------------------------------------

    async def arrive(self) -> None:
        """Sign in and take the seat, however often that takes."""
        await self._until_it_works(self._sign_in)
        self.seat = await self._until_it_works(self._open)
        self._seq, self._digest = self.seat["last_seq"], self.seat["digest"]
        self._next = self._seq + 1

    async def begin(self, forms: dict[str, Json]) -> None:
        """Fetch the form, or have it from a neighbour's cache, and start the clock."""
        token, url = str(self.seat["token"]), str(self.seat["form_url"])
        begun = await self._until_it_works(lambda: self._post("begin", {"media_verified": True}))
        if url not in forms:
            package = await self._until_it_works(lambda: self.wire.get(url, token=token))
            key = base64.b64decode(begun["form_key"])
            forms[url] = open_package(package, key=key)
        self.form = forms[url]

    async def _sign_in(self) -> None:
        body = {"participant_number": self.card.participant_number, "pin": self.card.pin}
        reply = await self.wire.post("/api/v1/session", body)
        self._session, self._sitting = str(reply["session_token"]), str(reply["sittings"][0]["id"])

    async def _open(self) -> Json:
        body = {"sitting": self._sitting, "start_code": START_CODE, "device": f"d-{self.card.participant_number}"}
        return await self.wire.post("/api/v1/attempts", body, token=self._session)

    async def _until_it_works(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        wait = self.pace.first_wait
        while True:
            try:
                return await call()
            except UnreachableError:
                pass
            except RefusedError as refusal:
                if not refusal.is_passing:
                    raise
                self.refusals.append(refusal.kind)
            await asyncio.sleep(wait)
            wait = min(self.pace.longest_wait, 2 * wait)

    # Working ------------------------------------------------------------------------------------------------------

    def act(self) -> None:
        """Do something at the screen: mostly answer, sometimes look, mark doubtful, or clear."""
        item = self._chance.choice(self.form["items"])
        kind = self._chance.choices(["answer", "view", "flag", "clear"], [8, 2, 1, 1])[0]
        if kind == "flag":
            self._add({"kind": "flag", "item": item["id"], "value": self._chance.choice(["on", "off"])})
        elif kind == "view":
            self._add({"kind": "view", "item": item["id"]})
        else:
            option = None if kind == "clear" else self._chance.choice(item["options"])["id"]
            self._add({"kind": "answer", "item": item["id"], "option": option})

    def _add(self, act: Json) -> None:
        step = {**act, "seq": self._next, "at": next(_moments)}
        self._next += 1
        if step["kind"] == "answer":
            self.screen[step["item"]] = step["option"]
        self.acted.add(act_of(step))
        self.pending.append(step)

    async def exchange(self) -> None:
        """One turn of the outbox."""
        try:
            await self._compare_when_needed()
            size = self._in_flight or min(BATCH, len(self.pending))
            steps, self._in_flight = self.pending[:size], size
            expected = self._seq + len(steps)
            reply = await self._post("steps", {"prev": self._digest, "steps": [dict(step) for step in steps]})
            self.n_failures, self.state = 0, reply["state"]
            if reply["acked_seq"] == expected:
                self._accept(reply["acked_seq"], reply["digest"])
            else:
                self._rejoin()
        except UnreachableError:
            self.n_failures += 1
        except RefusedError as refusal:
            self._weigh(refusal)

    def _accept(self, seq: int, digest: str) -> None:
        self._keep_until(seq)
        self._seq, self._digest, self._in_flight = seq, digest, 0
        self.on_acknowledged(self)

    def _rejoin(self) -> None:
        self._in_flight, self._must_compare = 0, True

    def _keep_until(self, seq: int) -> None:
        # What the runner takes out of its outbox it has told the candidate to be on the server.
        self.acknowledged += [act_of(step) for step in self.pending if step["seq"] <= seq]
        self.pending = [step for step in self.pending if step["seq"] > seq]

    def _weigh(self, refusal: RefusedError) -> None:
        if refusal.kind == "chain-mismatch":
            self._rejoin()
        elif refusal.kind in FINAL or not refusal.is_passing:
            self.end = refusal.kind
        else:
            self.refusals.append(refusal.kind)
            self.n_failures += 1

    async def _compare_when_needed(self) -> None:
        if not self._must_compare:
            return
        reply = await self._open()
        self._must_compare = False
        self._accept(reply["last_seq"], reply["digest"])
        for number, step in enumerate(self.pending, start=self._seq + 1):
            step["seq"] = number
        self._next = self._seq + len(self.pending) + 1
        waiting = {step["item"] for step in self.pending if step["kind"] == "answer"}
        for item, option in self.screen.items():
            if item not in waiting and reply["answers"].get(item) != option:
                self._add({"kind": "answer", "item": item, "option": option})

    async def work(self, stop: asyncio.Event) -> None:
        """Act and send until told to stop, then send what is left and hand in."""
        while not stop.is_set() and not self.end and self.state not in {"expired", "submitted"}:
            self.act()
            await self.exchange()
            await asyncio.sleep(self._rest())
        await self.hand_in()

    def _rest(self) -> float:
        if self.n_failures == 0:
            return self.pace.think * self._chance.uniform(0.5, 1.5)
        return min(self.pace.longest_wait, self.pace.first_wait * float(2 ** min(10, self.n_failures - 1)))

    async def drain(self) -> None:
        """Send what is left, however often that takes."""
        while (self.pending or self._must_compare) and not self.end:
            await self.exchange()
            if self.n_failures:
                await asyncio.sleep(self._rest())

    async def hand_in(self) -> None:
        """Send what is left, then submit until there is a receipt."""
        while not self.end and self.receipt is None:
            await self.drain()
            try:
                reply = await self._until_it_works(self._submit)
                self.receipt = reply["receipt"]
            except RefusedError as refusal:
                self._weigh(refusal)

    async def _submit(self) -> Json:
        return await self._post("submit", {"last_seq": self._seq, "prev": self._digest})

    async def _post(self, call: str, body: Json) -> Json:
        return await self.wire.post(f"/api/v1/attempts/{self.seat['attempt']}/{call}", body, token=self.seat["token"])


class Crowd:
    """A room full of candidates."""

    def __init__(self, address: tuple[str, int], cards: Iterable[Card], *, pace: Pace = Pace()) -> None:
        self.candidates = [Candidate(Wire(*address, limit_seconds=pace.limit), card, pace) for card in cards]
        self._stop = asyncio.Event()
        self._working: list[asyncio.Task[None]] = []

    async def sit_down(self, admit: Callable[[], object], *, limit_seconds: float = 180.0) -> None:
        """Everybody arrives, is admitted, and begins."""
        async with asyncio.timeout(limit_seconds):
            await asyncio.gather(*(candidate.arrive() for candidate in self.candidates))
            await asyncio.to_thread(admit)
            forms: dict[str, Json] = {}
            await self.candidates[0].begin(forms)
            await asyncio.gather(*(candidate.begin(forms) for candidate in self.candidates[1:]))

    def start(self) -> None:
        """Let them work."""
        self._working = [asyncio.create_task(candidate.work(self._stop)) for candidate in self.candidates]

    @property
    def n_acknowledged(self) -> int:
        """How many acts the candidates have seen acknowledged."""
        return sum(len(candidate.acknowledged) for candidate in self.candidates)

    async def wait_for(self, n_more: int, *, limit_seconds: float = 60.0) -> float:
        """Until so many more acts were acknowledged; how long that took."""
        loop = asyncio.get_running_loop()
        began, goal = loop.time(), self.n_acknowledged + n_more
        while self.n_acknowledged < goal:
            self._raise_failures()
            if loop.time() - began > limit_seconds:
                raise TimeoutError(f"{self.n_acknowledged} of {goal} acts acknowledged in {limit_seconds} s")
            await asyncio.sleep(0.005)
        return loop.time() - began

    def _raise_failures(self) -> None:
        for task in self._working:
            if task.done() and task.exception() is not None:
                task.result()

    async def finish(self, *, limit_seconds: float = 60.0) -> None:
        """Everybody sends what is left and hands in."""
        self._stop.set()
        async with asyncio.timeout(limit_seconds):
            await asyncio.gather(*self._working)
        await self.leave()

    async def leave(self) -> None:
        """Close every connection and stop working, wherever they are."""
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        for candidate in self.candidates:
            candidate.wire.close()
        await asyncio.sleep(0)  # one turn of the loop, in which the lines are really let go
