"""Heads on real databases: one a minute for what moved, linked, signed, small, and never a row without its line."""

import json
import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from exam.anchors import Head, name_of, parse, root_of
from exam.model import Anchor, Attempt
from exam.operations.anchors import Remembered, anchor_heads
from exam.statements import is_genuine
from exam.timing import MINUTE_MS, epoch_ms
from registry.actor import SYSTEM
from registry.audit import record
from testing_platform.anchor_files import Cursor, append_lines, next_lines
from testing_platform.verifying import prove, read_book, snapshot
from tests.conftest import NOW, Furnished
from tests.exam_room import KEYS
from tests.proved_room import ProvedRoom, worked


@pytest.fixture
def room(furnished: Furnished, tmp_path: Path) -> ProvedRoom:
    """Four candidates at work."""
    return ProvedRoom.of(furnished, tmp_path / "anchors")


def of_kind(lines: Sequence[str], kind: str) -> list[dict[str, Any]]:
    return [said for said in map(json.loads, lines) if said["kind"] == kind]


def heads(room: ProvedRoom) -> set[Head]:
    with room.database.reading() as session:
        rows = session.execute(select(Attempt.public_id, Attempt.last_seq, Attempt.digest))
        return {Head(attempt, last_seq, digest) for attempt, last_seq, digest in rows}


def test_a_head_names_what_moved_and_the_root_over_all(room: ProvedRoom) -> None:
    (first,) = of_kind(room.minute(), "sitting")
    assert (first["n_attempts"], first["n_steps"], first["previous"]) == (4, 0, "")
    room.answer(room.desks[1], (1, 0), (2, 3))
    (second,) = of_kind(room.minute(), "sitting")
    assert second["changed"] == [[str(room.desks[1].holder.attempt), 2, room.desks[1].digest.hex()]]
    assert second["root"] == root_of(heads(room)).hex()
    assert (second["n_attempts"], second["n_steps"]) == (4, 2)
    assert second["previous"] == name_of(first["signature"])
    assert all(is_genuine(said, KEYS.public) for said in (first, second))
    assert not is_genuine({**second, "n_steps": 3}, KEYS.public)


def test_without_news_nothing_leaves(room: ProvedRoom) -> None:
    assert room.minute()
    with room.database.reading() as session:
        n_rows = session.scalar(select(func.count(Anchor.id)))
    assert room.minute() == []
    with room.database.reading() as session:
        assert session.scalar(select(func.count(Anchor.id))) == n_rows


def test_of_two_workers_one_makes_the_head_of_a_minute(room: ProvedRoom) -> None:
    room.minute()
    room.answer(room.desks[0], (1, 0))
    assert of_kind(room.minute(), "sitting")
    room.answer(room.desks[0], (2, 0))
    room.now -= timedelta(minutes=1)  # the other worker comes within the same minute
    room.remembered = Remembered()
    room.now -= timedelta(milliseconds=(epoch_ms(room.now) - 1) % MINUTE_MS)
    assert of_kind(room.minute(), "sitting") == []


def test_two_workers_at_the_same_moment_write_one_chain(room: ProvedRoom) -> None:
    """Each remembers other lines; what both leave behind reads as one chain, proven to the last step."""
    workers = [Remembered(), Remembered()]
    for minute in range(1, 5):
        room.answer(room.desks[minute % 4], (minute, 1))
        room.now += timedelta(minutes=1)
        start = threading.Barrier(2)

        def work(number: int, start: threading.Barrier = start) -> None:
            start.wait(30)
            with room.database.transaction() as session:
                workers[number] = anchor_heads(
                    session,
                    workers[number],
                    keys=KEYS,
                    write=partial(append_lines, room.folder, day=NOW.date()),
                    now=room.now,
                )

        threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    with room.database.reading() as session:
        minutes = session.scalars(select(Anchor.minute).where(Anchor.subject == str(room.sitting))).all()
    assert len(minutes) == len(set(minutes)) == 4
    book = read_book(KEYS.public, [room.folder])
    assert len(book.entries(str(room.sitting))) == 4
    with snapshot(room.database) as session:
        assert prove(session, book, keys=KEYS).exit_code == 0


def test_a_worker_that_began_anew_names_all_heads_and_links_on(room: ProvedRoom) -> None:
    (first,) = of_kind(room.minute(), "sitting")
    room.answer(room.desks[0], (1, 0))
    room.remembered = Remembered()
    (second,) = of_kind(room.minute(), "sitting")
    assert {tuple(change) for change in second["changed"]} == {
        (str(head.attempt), head.last_seq, head.digest.hex()) for head in heads(room)
    }
    assert second["previous"] == name_of(first["signature"])


def test_a_clock_that_was_set_back_stops_no_head(room: ProvedRoom) -> None:
    room.minute()
    room.now -= timedelta(hours=2)
    room.answer(room.desks[0], (1, 0))
    (second,) = of_kind(room.minute(), "sitting")
    assert second["at_ms"] == epoch_ms(room.now)


def test_a_line_that_cannot_be_written_leaves_no_row_and_comes_again(room: ProvedRoom) -> None:
    def disk_full(_lines: Sequence[str]) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), room.database.transaction() as session:
        anchor_heads(session, Remembered(), keys=KEYS, write=disk_full, now=room.now)
    with room.database.reading() as session:
        assert session.scalar(select(func.count(Anchor.id))) == 0
    assert of_kind(room.minute(), "sitting")


def test_the_audit_journal_has_heads_of_its_own(room: ProvedRoom) -> None:
    (first,) = of_kind(room.minute(), "audit")
    with room.database.transaction() as session:
        event = record(session, actor=SYSTEM, action="site.add", subject_kind="site", subject="x", at=room.now)
    (second,) = of_kind(room.minute(), "audit")
    assert (second["n_events"], second["head"]) == (first["n_events"] + 1, event.digest.hex())
    assert second["previous"] == name_of(first["signature"])


def test_the_seal_leaves_once_and_closed_rooms_go_on_until_then(furnished: Furnished, tmp_path: Path) -> None:
    room = ProvedRoom.of(furnished, tmp_path)
    room.minute()
    room.answer(room.desks[0], (1, 1))
    room.close()
    assert of_kind(room.minute(), "sitting")
    seal = room.seal_closed()
    (said,) = of_kind(room.minute(), "seal")
    assert said == json.loads(seal.statement)
    assert room.minute() == []
    room.remembered = Remembered()
    assert room.minute() == []


def test_every_line_can_be_read_again(furnished: Furnished, tmp_path: Path) -> None:
    worked(furnished, tmp_path / "anchors")
    lines, behind = next_lines(tmp_path / "anchors", Cursor(), most_bytes=10**9)
    assert {parse(json.loads(line)).kind for line in lines} == {"sitting", "audit", "seal"}
    assert next_lines(tmp_path / "anchors", behind, most_bytes=10**9) == ([], behind)


def test_a_torn_line_spoils_no_other(tmp_path: Path, room: ProvedRoom) -> None:
    day = room.now.date()
    append_lines(tmp_path, ['{"a":1}'], day=day)
    path = tmp_path / f"{day.isoformat()}.jsonl"
    path.write_text(path.read_text() + '{"torn":')
    append_lines(tmp_path, ['{"b":2}'], day=day)
    assert path.read_text().splitlines() == ['{"a":1}', '{"torn":', '{"b":2}']
