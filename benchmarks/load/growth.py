"""Does a save cost the same when a hundred thousand attempts are in the database? Two databases, in turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text

from benchmarks.load.candidates import Candidate
from benchmarks.load.engine import Script
from benchmarks.load.saves import Round, answering, run
from benchmarks.load.servers import Server
from testing_platform.wiring import Platform

STEPS_EACH = 20

# A whole country's worth of rows in one statement each; the triggers and references of single rows would take an hour.
_FILL = (
    "SET LOCAL session_replication_role = replica",
    """
    INSERT INTO teacher (nuptk, full_name, level, subject, school, created_at, public_id)
    SELECT lpad((9000000000 + n)::text, 16, '0'), 'Guru ' || n, 'SMA', 'Matematika', 'SMA Contoh', now(),
           gen_random_uuid()
    FROM generate_series(1, :n) n
    """,
    """
    INSERT INTO enrolment (public_id, sitting_id, teacher_id, participant_number, seat, extra_minutes, break_minutes,
                           failed_pins, failed_start_codes, failed_result_codes)
    SELECT gen_random_uuid(), (SELECT min(id) FROM sitting), id, 'F' || nuptk, 1000000 + row_number() OVER (), 0, 0,
           0, 0, 0
    FROM teacher WHERE full_name LIKE 'Guru %' AND nuptk >= '0000009000000000'
    """,
    """
    INSERT INTO attempt (public_id, enrolment_id, sitting_id, form_id, state, epoch, device, item_order, genesis,
                         digest, last_seq, created_at, begun_ms, deadline_ms, last_seen_ms, unsent, break_used_ms)
    SELECT gen_random_uuid(), e.id, e.sitting_id, (SELECT min(id) FROM form), 'working', 1, 'pc',
           decode('0102', 'hex'), sha256(e.public_id::text::bytea), sha256(e.public_id::text::bytea),
           :steps, now(), 1, 4000000000000, 1, 0, 0
    FROM enrolment e WHERE e.participant_number LIKE 'F%'
    """,
    """
    INSERT INTO step (attempt_id, seq, kind, item, option, at_ms, received_ms, mark, digest)
    SELECT a.id, s, 'answer', s, 1, 1, 1, 'on_time', a.digest
    FROM attempt a CROSS JOIN generate_series(1, :steps) s WHERE a.deadline_ms = 4000000000000
    """,
)


@dataclass(frozen=True)
class Growth:
    """Saves on a small database and on a large one, round by round."""

    n_attempts: int
    n_steps: int
    small: list[Round]
    large: list[Round]


def fill(platform: Platform, n_attempts: int) -> None:
    """Add so many attempts with their steps, and let the planner know."""
    values = {"n": n_attempts, "steps": STEPS_EACH}
    with platform.database.engine.begin() as connection:
        for statement in _FILL:
            connection.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    with platform.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def measure(
    sides: Sequence[tuple[Server, Sequence[Candidate]]], *, n_attempts: int, rounds: int, seconds: float
) -> Growth:
    """Take turns between the small and the large database."""
    found: tuple[list[Round], list[Round]] = ([], [])
    for _ in range(rounds):
        for (server, candidates), kept in zip(sides, found, strict=True):
            kept.append(run(server, seconds, partial(_answering, candidates)))
    return Growth(n_attempts, n_attempts * STEPS_EACH, *found)


def _answering(candidates: Sequence[Candidate], end: float) -> list[Script]:
    return [answering(each, end=end) for each in candidates]
