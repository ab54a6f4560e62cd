"""A small real server for the runner alone, so that a test can break the wire exactly where it wants.

It keeps the contract of the delivery API (real HTTP, real AES-GCM, a real digest chain) in memory and knows the faults
of a bad day: it is away, loses the reply to a call that it has carried out, refuses a call, or sends damaged bytes.
The story over the real server is told elsewhere.
"""

import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask, Response, g, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from testing_platform import runner_shell, static_files

ROOT = Path(__file__).resolve().parents[2]
PIN = "7K3M-9Q2R-T5VX-C"
NUMBER = "26-0417-0031"
START_CODE = "MELATI"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass
class Faults:
    """What goes wrong, and how often; counters are per call name (session, attempts, form, begin, steps, submit)."""

    is_away: bool = False  # calls of the API find nobody
    is_gone: bool = False  # nothing at all answers, not even the page
    lost_replies: Counter[str] = field(default_factory=Counter)
    refusals: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    damaged_downloads: int = 0


@dataclass
class Seat:
    """One candidate's attempt as the peer keeps it."""

    attempt: str = "0b8f6a0e-5c1d-4d7e-9a51-2f6c7e3d9b10"
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    device: str | None = None
    state: str = "waiting"
    ends_at: float | None = None
    break_left: float = 0
    break_began: float | None = None
    unsent: list[int] = field(default_factory=list)
    journal: list[dict[str, Any]] = field(default_factory=list)
    seen_ms: list[int] = field(default_factory=list)
    late: set[int] = field(default_factory=set)
    heads: list[str] = field(default_factory=list)
    posts: list[int] = field(default_factory=list)
    begun_with: list[Any] = field(default_factory=list)


class Peer:
    """Routes and state; tests read `seat` and set `faults`."""

    def __init__(self, items: list[dict[str, Any]], pictures: dict[str, bytes], *, duration: float = 7200) -> None:
        self.faults = Faults()
        self.seat = Seat()
        self.duration = duration
        self.extra = 0  # seconds that this person may work longer than the others
        self.clock_offset_ms = 0  # how far the server's clock is from this machine's
        self.centre = ec.generate_private_key(ec.SECP256R1())
        self.lock = threading.RLock()
        self.calls: Counter[str] = Counter()
        self.key = AESGCM.generate_key(256)
        self.media: dict[str, bytes] = {}
        names: dict[str, str] = {}
        for name, plain in pictures.items():
            sealed = self._seal(plain)
            names[name] = hashlib.sha256(sealed).hexdigest()
            self.media[names[name]] = sealed
        text = json.dumps({"title": "Uji Kompetensi Guru Matematika", "items": items})
        for name, digest in names.items():
            text = text.replace(f"PICTURE:{name}", digest)
        self.order = [item["id"] for item in items]
        self.options = {item["id"]: {option["id"] for option in item["options"]} for item in items}
        self.form = self._seal(text.encode())
        self.seat.heads.append(hashlib.sha256(b"genesis").hexdigest())

    def _seal(self, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self.key).encrypt(nonce, plain, None)

    # What the journal says

    def answers(self) -> dict[str, str]:
        kept: dict[str, str | None] = {s["item"]: s.get("option") for s in self.seat.journal if s["kind"] == "answer"}
        return {item: option for item, option in kept.items() if option}

    def counted(self) -> dict[str, str]:
        """The answers that arrived before the end."""
        kept = {
            s["item"]: s.get("option")
            for s in self.seat.journal
            if s["kind"] == "answer" and s["seq"] not in self.seat.late
        }
        return {item: option for item, option in kept.items() if option}

    def flags(self) -> list[str]:
        last = {s["item"]: s["value"] for s in self.seat.journal if s["kind"] == "flag"}
        return [item for item, value in last.items() if value == "on"]

    def remaining(self) -> float:
        if self.seat.ends_at is None:
            return self.duration
        return max(0.0, self.seat.ends_at - (self.seat.break_began or time.monotonic()))

    def state(self) -> str:
        self.end_break_if_over()
        if self.seat.state == "working" and self.remaining() <= 0:
            return "expired"
        return self.seat.state

    def now_ms(self) -> int:
        return int(time.time() * 1000) + self.clock_offset_ms

    def rest_left(self) -> float:
        taken = 0 if self.seat.break_began is None else time.monotonic() - self.seat.break_began
        return max(0.0, self.seat.break_left - taken)

    def end_break_if_over(self) -> None:
        if self.seat.state == "on_break" and self.rest_left() <= 0:
            self.end_break()

    def end_break(self) -> None:
        assert self.seat.break_began is not None
        assert self.seat.ends_at is not None
        taken = self.seat.break_left - self.rest_left()
        self.seat.ends_at += taken
        self.seat.break_left -= taken
        self.seat.break_began = None
        self.seat.state = "working"

    # The calls

    def open_session(self) -> Response | tuple[Response, int]:
        body = request.get_json()
        if body["pin"].replace("-", "")[-1] != PIN[-1]:
            return problem(400, "pin-mistyped")
        if (body["participant_number"], body["pin"]) != (NUMBER, PIN):
            return problem(401, "bad-credentials")
        sitting = {
            "id": "sitting-1",
            "title": "Uji Kompetensi Matematika, Gelombang 1",
            "site": "LPTK Bandung",
            "state": "open",
            "time_zone": "Asia/Jakarta",
            "opens_at": "2026-11-23T01:00:00Z",
            "closes_at": "2026-11-23T04:00:00Z",
            "duration_seconds": int(self.duration),
        }
        return jsonify(session_token="session-1", candidate=candidate(), sittings=[sitting])

    def open_attempt(self) -> Response | tuple[Response, int]:
        body = request.get_json()
        if request.authorization is None or request.authorization.token != "session-1":
            return problem(401, "session-expired")
        if body["start_code"] != START_CODE:
            return problem(403, "bad-start-code", tries_left=4)
        if self.seat.device not in (None, body["device"]):
            return problem(409, "other-device")
        self.seat.device = body["device"]
        media = [
            {"url": f"/api/v1/media/{d}", "sha256": d, "bytes": len(b), "type": "image/svg+xml"}
            for d, b in self.media.items()
        ]
        return jsonify(
            attempt=self.seat.attempt,
            token=self.seat.token,
            state=self.state(),
            title="Uji Kompetensi Guru Matematika",
            candidate={**candidate(), "seat": "A-12"},
            form_url="/api/v1/forms/1",
            form_digest="f" * 64,
            form_sha256=hashlib.sha256(self.form).hexdigest(),
            form_bytes=len(self.form),
            media=media,
            order=self.order,
            duration_seconds=int(self.duration) + self.extra,
            remaining_seconds=self.remaining(),
            last_seq=len(self.seat.journal),
            digest=self.seat.heads[-1],
            answers=self.counted(),
            flags=self.flags(),
            reports=[{"item": s["item"], "at": s["at"]} for s in self.seat.journal if s["kind"] == "challenge"],
            sitting="sitting-1",
            break_seconds_left=int(self.rest_left()),
            emergency_key=self.emergency_key(),
            server_time_ms=self.now_ms(),
        )

    def emergency_key(self) -> str:
        point = self.centre.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.b64encode(point).decode()

    def rest(self, attempt: str) -> Response | tuple[Response, int]:
        if attempt != self.seat.attempt or self._is_stranger():
            return problem(401, "superseded")
        wants = request.get_json()["on"]
        if wants and self.state() == "working":
            if self.rest_left() <= 0:
                return problem(409, "no-break-left")
            self.seat.state, self.seat.break_began = "on_break", time.monotonic()
        elif not wants and self.seat.state == "on_break":
            self.end_break()
        return jsonify(
            state=self.state(),
            remaining_seconds=int(self.remaining()),
            break_seconds_left=int(self.rest_left()),
            server_time_ms=self.now_ms(),
        )

    def download(self, digest: str | None = None) -> Response:
        content = self.form if digest is None else self.media[digest]
        if self.faults.damaged_downloads > 0:
            self.faults.damaged_downloads -= 1
            content = content[:-1] + bytes([content[-1] ^ 1])
        return Response(
            content, mimetype="application/octet-stream", headers={"Cache-Control": "private, max-age=86400"}
        )

    def begin(self, attempt: str) -> Response | tuple[Response, int]:
        if attempt != self.seat.attempt or self._is_stranger():
            return problem(401, "superseded")
        if self.seat.state == "waiting":
            return problem(409, "not-admitted")
        if self.seat.state == "admitted":
            self.seat.state = "working"
            self.seat.ends_at = time.monotonic() + self.duration
        self.seat.begun_with.append(request.get_json())
        return jsonify(
            form_key=base64.b64encode(self.key).decode(),
            remaining_seconds=self.remaining(),
            state=self.state(),
            server_time_ms=self.now_ms(),
        )

    def steps(self, attempt: str) -> Response | tuple[Response, int]:
        if attempt != self.seat.attempt or self._is_stranger():
            return problem(401, "superseded")
        body = request.get_json()
        self.seat.posts.append(len(body["steps"]))
        self.seat.unsent.append(body["unsent"])
        if not self._is_resend(body):
            if body["prev"] != self.seat.heads[-1]:
                return problem(409, "chain-mismatch", last_seq=len(self.seat.journal), digest=self.seat.heads[-1])
            for step in body["steps"]:
                refusal = self._store(step)
                if refusal:
                    return refusal
        return jsonify(
            acked_seq=len(self.seat.journal),
            digest=self.seat.heads[-1],
            remaining_seconds=self.remaining(),
            state=self.state(),
            received_ms=self.now_ms(),
            server_time_ms=self.now_ms(),
            notices=[],
        )

    def _is_stranger(self) -> bool:
        return request.authorization is None or request.authorization.token != self.seat.token

    def _is_resend(self, body: dict[str, Any]) -> bool:
        first = len(self.seat.journal) - len(body["steps"])
        return (
            bool(body["steps"])
            and first >= 0
            and self.seat.heads[first] == body["prev"]
            and self.seat.journal[first:] == body["steps"]
        )

    def _store(self, step: dict[str, Any]) -> tuple[Response, int] | None:
        if step["seq"] != len(self.seat.journal) + 1:
            return problem(409, "chain-mismatch", last_seq=len(self.seat.journal), digest=self.seat.heads[-1])
        if step["kind"] != "focus" and step["item"] not in self.options:
            return problem(422, "unknown-item")
        if step["kind"] == "answer" and step["option"] is not None and step["option"] not in self.options[step["item"]]:
            return problem(422, "unknown-item")
        self.write(step)
        return None

    def bring(self, item: str, option: str) -> None:
        """Staff add an answer that came in an emergency file, behind the page's back."""
        act = {"kind": "answer", "item": item, "option": option, "value": None, "at": self.now_ms()}
        self.write({"seq": len(self.seat.journal) + 1, **act})

    def write(self, step: dict[str, Any]) -> None:
        """Add a step to the journal and the chain."""
        fields = [
            step["seq"],
            step["kind"],
            step.get("item"),
            step.get("option"),
            step.get("value"),
            step["at"],
            int(time.time() * 1000),
        ]
        canonical = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
        self.seat.heads.append(hashlib.sha256(bytes.fromhex(self.seat.heads[-1]) + canonical).hexdigest())
        self.seat.journal.append(step)
        if self.remaining() <= 0:
            self.seat.late.add(step["seq"])
        self.seat.seen_ms.append(self.now_ms())

    def submit(self, attempt: str) -> Response | tuple[Response, int]:
        if attempt != self.seat.attempt or self._is_stranger():
            return problem(401, "superseded")
        body = request.get_json()
        if body["prev"] != self.seat.heads[-1]:
            return problem(409, "chain-mismatch", last_seq=len(self.seat.journal), digest=self.seat.heads[-1])
        self.seat.state = "submitted"
        receipt = {
            "attempt": attempt,
            "participant_number": NUMBER,
            "answered": len(self.counted()),
            "n_items": len(self.order),
            "last_seq": body["last_seq"],
            "digest": body["prev"],
            "submitted_at": "2026-11-23T03:12:00Z",
            "short_code": "K7QF-3M2P",
            "signature": "00",
            "key_id": "1",
        }
        return jsonify(receipt=receipt, answered=receipt["answered"], submitted_at=receipt["submitted_at"])


def candidate() -> dict[str, str]:
    return {"participant_number": NUMBER, "name": "Siti Rahmawati"}


def problem(status: int, slug: str, **more: Any) -> tuple[Response, int]:
    response = jsonify(type=slug, title=slug, status=status, detail="", **more)
    response.mimetype = "application/problem+json"
    return response, status


def make_app(peer: Peer) -> Flask:
    app = Flask("runner_peer", static_folder=None, template_folder=str(ROOT / "templates"))
    static_files.install(app)
    app.add_url_rule(runner_shell.PAGE, "page", document)
    app.add_url_rule(runner_shell.WORKER, "worker", lambda: Response(runner_shell.worker(), mimetype="text/javascript"))
    app.add_url_rule("/api/v1/session", "session", peer.open_session, methods=["POST"])
    app.add_url_rule("/api/v1/attempts", "attempts", peer.open_attempt, methods=["POST"])
    app.add_url_rule("/api/v1/forms/1", "form", peer.download)
    app.add_url_rule("/api/v1/media/<digest>", "media", peer.download)
    app.add_url_rule("/api/v1/attempts/<attempt>/begin", "begin", peer.begin, methods=["POST"])
    app.add_url_rule("/api/v1/attempts/<attempt>/steps", "steps", peer.steps, methods=["POST"])
    app.add_url_rule("/api/v1/attempts/<attempt>/break", "break", peer.rest, methods=["POST"])
    app.add_url_rule("/api/v1/attempts/<attempt>/submit", "submit", peer.submit, methods=["POST"])
    app.before_request(lambda: before(peer))
    app.after_request(lambda response: after(peer, response))
    app.teardown_request(lambda _error: peer.lock.release() if g.pop("holds_lock", False) else None)
    return app


def document() -> str:
    """The page of the moment: a test may bring out a newer one."""
    return runner_shell.document()


def before(peer: Peer) -> Response | tuple[Response, int] | None:
    call = request.endpoint or ""
    if peer.faults.is_gone:
        peer.calls["gone"] += 1
        return cut()
    if not request.path.startswith("/api/"):
        return None
    if peer.faults.is_away:
        peer.calls["away"] += 1
        return cut()
    peer.calls[call] += 1
    if call in peer.faults.refusals:
        status, body = peer.faults.refusals[call]
        return problem(status, **body)
    peer.lock.acquire()
    g.holds_lock = True
    return None


def after(peer: Peer, response: Response) -> Response:
    call = request.endpoint or ""
    if peer.faults.lost_replies[call] > 0 and response.status_code == 200:
        peer.faults.lost_replies[call] -= 1
        return cut()
    response.headers["Content-Security-Policy"] = POLICY
    return response


def cut() -> Response:
    """Close the connection, as a pulled cable does."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response(status=503)


class QuietHandler(WSGIRequestHandler):
    """Requests of a test are not news."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def serving(peer: Peer) -> Iterator[str]:
    """Serve the peer on a free port of loopback; yields the address of the runner's page."""
    server = make_server("127.0.0.1", 0, make_app(peer), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ujian"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
