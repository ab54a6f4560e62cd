"""The files that hold what left the server: one a day, a line for each head, on disk before anybody relies on it.

A cursor beside them says how far the second server has taken them, so a network that is away for hours loses nothing
and changes no order.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

_CURSOR = "sent.json"


@dataclass(frozen=True)
class Cursor:
    """How far the lines of a folder were taken: a file, and the bytes of it."""

    file: str = ""
    offset: int = 0


def append_lines(folder: Path, lines: Sequence[str], *, day: date) -> None:
    """Add lines to the file of a day; they are on disk when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day.isoformat()}.jsonl"
    is_new = not path.exists()
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write((_mended(path) + "".join(line + "\n" for line in lines)).encode())
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _sync_folder(folder)


def next_lines(folder: Path, cursor: Cursor, *, most_bytes: int) -> tuple[list[str], Cursor]:
    """The next whole lines after the cursor, at least one if there is one, and where the cursor stands behind them."""
    for path in sorted(folder.glob("*.jsonl")):
        if path.name < cursor.file:
            continue
        start = cursor.offset if path.name == cursor.file else 0
        lines, end = _whole_lines(path, start, most_bytes=most_bytes)
        if end > start:
            return lines, Cursor(path.name, end)
    return [], cursor


@contextmanager
def holding_cursor(folder: Path) -> Iterator[Cursor | None]:
    """The cursor, for one process at a time; None while another one holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sending.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield _read_cursor(folder)


def save_cursor(folder: Path, cursor: Cursor) -> None:
    """Remember how far the lines were taken, in one step."""
    beside = folder / (_CURSOR + ".new")
    with beside.open("w") as file:
        json.dump(asdict(cursor), file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / _CURSOR)
    _sync_folder(folder)


def _read_cursor(folder: Path) -> Cursor:
    try:
        return Cursor(**json.loads((folder / _CURSOR).read_text()))
    except FileNotFoundError:
        return Cursor()


def _whole_lines(path: Path, start: int, *, most_bytes: int) -> tuple[list[str], int]:
    lines: list[str] = []
    end = start
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            too_much = lines and end - start + len(line) > most_bytes
            if too_much or not line.endswith(b"\n"):
                break
            end += len(line)
            if line.strip():
                lines.append(line.decode(errors="replace").rstrip("\n"))
    return lines, end


def _mended(path: Path) -> str:
    """A new line if a power cut tore the last one, so that what comes now can be read."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return ""
        file.seek(-1, os.SEEK_END)
        return "" if file.read(1) == b"\n" else "\n"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
