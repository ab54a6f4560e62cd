"""The second server's side: takes the heads of other installations and keeps them, each sender's apart.

Nobody signs in here. What lets a line in is the signature under it, by one of the keys that the settings name; without
any such key the door is shut. A line that is here already is taken again without being written again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exam.anchors import AnchorLine, parse
from exam.errors import AnchorForgedError, AnchorUnreadableError
from exam.statements import as_line, is_genuine
from exam.timing import instant
from testing_platform.anchor_files import append_lines
from testing_platform.api.problems import problem
from testing_platform.permissions import Permission, requires
from testing_platform.security import ANCHOR_BODY_LIMIT, csrf
from testing_platform.wiring import platform

MOST_LINES = 2000
_NAME_BYTES = 16

bp = Blueprint("anchors", __name__, url_prefix="/api/v1/anchors")
csrf.exempt(bp)  # no cookies: there is nothing to forge


class HeadsRequest(BaseModel):
    """Lines in the order in which they were written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: Annotated[
        list[Annotated[str, Field(max_length=ANCHOR_BODY_LIMIT)]], Field(min_length=1, max_length=MOST_LINES)
    ]


@bp.post("")
@requires(Permission.PUBLIC)
def take() -> Response:
    """Keep the lines of a known installation; all of them, or none."""
    peers = platform().settings.peers
    if not peers:
        return problem("not-found")
    try:
        sent = HeadsRequest.model_validate_json(request.get_data())
        heads = [_genuine(line, peers) for line in sent.lines]
    except (ValidationError, AnchorUnreadableError):
        return problem("bad-request")
    except AnchorForgedError:
        return _unknown_sender()
    folder = platform().settings.anchors_folder / "received"
    n_new = sum(_keep(folder / sender, found) for sender, found in _by_sender(heads).items())
    return jsonify(taken=len(heads), new=n_new)


def _unknown_sender() -> Response:
    title = "A line bears no signature of an installation whose heads are kept here."
    body = json.dumps({"type": "unknown-sender", "title": title, "status": 403})
    return Response(body, status=403, mimetype="application/problem+json")


def _genuine(line: str, peers: Mapping[str, bytes]) -> tuple[AnchorLine, str]:
    try:
        statement: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise AnchorUnreadableError from None
    if not isinstance(statement, dict):
        raise AnchorUnreadableError
    head = parse(statement)
    if head.key_id not in peers or not is_genuine(statement, peers[head.key_id]):
        raise AnchorForgedError
    return head, as_line(statement)


def _by_sender(heads: Iterable[tuple[AnchorLine, str]]) -> dict[str, list[tuple[date, str]]]:
    found: dict[str, list[tuple[date, str]]] = {}
    for head, line in heads:
        found.setdefault(head.key_id, []).append((instant(head.at_ms).date(), line))
    return found


def _keep(folder: Path, lines: Sequence[tuple[date, str]]) -> int:
    """Add what is not here yet to the file of its day; how much that was."""
    n_new = 0
    for day in sorted({day for day, _line in lines}):
        known = _names(folder, day)
        new = [line for of, line in lines if of == day and _name(line) not in known]
        if new:
            append_lines(folder, new, day=day)
            _remember(folder, day, new)
        n_new += len(new)
    return n_new


# The names of the lines of a day stand beside its file, so that a sender who repeats itself, or somebody who replays
# what he overheard, fills no disk. A name that was lost with the power costs a second copy of its line, no more.


def _name(line: str) -> bytes:
    return hashlib.sha256(line.encode()).digest()[:_NAME_BYTES]


def _names(folder: Path, day: date) -> set[bytes]:
    try:
        content = (folder / f"{day.isoformat()}.names").read_bytes()
    except FileNotFoundError:
        return set()
    return {content[at : at + _NAME_BYTES] for at in range(0, len(content), _NAME_BYTES)}


def _remember(folder: Path, day: date, lines: Iterable[str]) -> None:
    with (folder / f"{day.isoformat()}.names").open("ab") as file:
        file.write(b"".join(map(_name, lines)))
