"""One candidate's whole examination: what it costs the server, the database and the line."""

from dataclasses import dataclass

from sqlalchemy import text

from benchmarks.load.candidates import Candidate, candidates_of, whole_exam
from benchmarks.load.engine import Engine, Json, Record
from benchmarks.load.servers import Server, admit_everybody, furnished
from testing_platform.wiring import Platform
from tests.exam_room import Room

_BEFORE = ("sign in", "seat", "form", "begin")


@dataclass(frozen=True)
class WholeExam:
    """For one candidate, on average."""

    n_candidates: int
    cpu_ms: float
    growth_kb: float
    wal_kb: float
    requests: float
    heartbeats_with_steps: float
    pictures: int  # of the form
    received_kb: float  # answers of the API with the form, without pictures
    before_kb: float  # of them what comes before the first item is seen


def measure(platform: Platform, server: Server, *, n_candidates: int) -> WholeExam:
    """Candidates one after the other, from the sign-in to the receipt, as fast as they can."""
    room = furnished(platform, n_candidates + 10)
    everybody = candidates_of(room)
    _sit(platform, server, everybody[:10], room=room)  # so that code, connections and plans are warm
    size, wal, before = _size(platform), _wal(platform), server.cpu_seconds()
    record = _sit(platform, server, everybody[10:], room=room)
    n, beats = n_candidates, record.n("heartbeat")
    pictures: list[Json] = everybody[-1].seat["media"]
    return WholeExam(
        n_candidates=n,
        cpu_ms=1000 * (server.cpu_seconds() - before) / n,
        growth_kb=(_size(platform) - size) / n / 1000,
        wal_kb=(_wal(platform) - wal) / n / 1000,
        requests=(sum(map(len, record.seconds.values())) - beats) / n,
        heartbeats_with_steps=beats / n,
        pictures=len(pictures),
        received_kb=(record.bytes_received / n - sum(picture["bytes"] for picture in pictures)) / 1000,
        before_kb=(sum(record.bytes_by_kind[kind] for kind in _BEFORE) / n - sum(p["bytes"] for p in pictures)) / 1000,
    )


def _sit(platform: Platform, server: Server, candidates: list[Candidate], *, room: Room) -> Record:
    engine = Engine(server.port)
    for candidate in candidates:  # one after the other
        engine.run([whole_exam(candidate, lambda: admit_everybody(platform, room))])
    assert not engine.record.refused, engine.record.refused[:1]
    return engine.record


def _size(platform: Platform) -> int:
    """Bytes of all tables of the platform with their indexes."""
    own = "relkind = 'r' AND relnamespace = 'public'::regnamespace"
    tables = f"SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE {own}"  # noqa: S608 - of constants
    with platform.database.engine.connect() as connection:
        return int(connection.execute(text(tables)).scalar_one())


def _wal(platform: Platform) -> int:
    with platform.database.engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")).scalar_one())
