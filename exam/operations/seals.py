"""The seal of a sitting: made once, when its journals have become final."""

import json
from datetime import datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam.errors import EmergencyFileWaitingError, OutagePendingError
from exam.keys import Keys
from exam.model import Attempt, EmergencyFile, Incident, Outage, Seal, Sitting, Step
from exam.operations.emergency import Opener, outlook
from exam.places import roster_digest
from exam.queries.places import places_of
from exam.seals import SealedLeaf, SealFacts, as_text, marks_digest, seal_statement
from exam.statements import as_line, short_code, sign, signed_bytes
from exam.tokens import Tokens

_STEPS_AT_ONCE = 5000


def make_seal(session: Session, sitting: Sitting, *, keys: Keys, now: datetime) -> Seal:
    """Sign one root over all attempts of a sitting; the caller has made them final before."""
    _require_outages_settled(session, sitting)
    _require_files_imported(session, sitting, keys)
    leaves = sealed_leaves(session, sitting)
    statement = seal_statement(_facts(session, sitting, keys=keys, now=now), leaves)
    seal = Seal(
        sitting_id=sitting.id,
        n_attempts=len(leaves),
        root=bytes.fromhex(statement["root"]),
        statement=as_line(sign(statement, keys)),
        leaves=as_text(leaves),
    )
    session.add(seal)
    session.flush()
    return seal


def short_code_of(seal: Seal) -> str:
    """Eight characters of a seal, short enough to be read aloud and written into the minutes."""
    return short_code(signed_bytes(json.loads(seal.statement)))


def sealed_leaves(session: Session, sitting: Sitting) -> list[SealedLeaf]:
    """Every attempt of a sitting as it ended."""
    marks = _marks(session, sitting)
    rows = session.execute(
        select(Attempt.id, Attempt.public_id, Attempt.last_seq, Attempt.digest, Attempt.state)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(Attempt.public_id),
    )
    nothing = marks_digest(())
    return [
        SealedLeaf(attempt, last_seq, digest, marks.get(key, nothing), state)
        for key, attempt, last_seq, digest, state in rows
    ]


def _require_outages_settled(session: Session, sitting: Sitting) -> None:
    pending = select(func.count(Outage.id)).where(Outage.sitting_id == sitting.id, Outage.approved_at.is_(None))
    if n_pending := session.scalar(pending):
        raise OutagePendingError(n_outages=n_pending)


def _require_files_imported(session: Session, sitting: Sitting, keys: Keys) -> None:
    """No file may wait whose answers could still follow the journal; one that cannot stays as evidence."""
    waiting = select(EmergencyFile).join(EmergencyFile.attempt).where(EmergencyFile.imported_at.is_(None))
    files = session.scalars(waiting.where(Attempt.sitting_id == sitting.id)).all()
    opener = Opener(keys, Tokens(keys.token))
    outlooks = [outlook(session, file, opener=opener) for file in files]
    if n_files := sum(seen.refusal is None and seen.n_new > 0 for seen in outlooks):
        raise EmergencyFileWaitingError(n_files=n_files)


def _marks(session: Session, sitting: Sitting) -> dict[int, bytes]:
    rows = session.execute(
        select(Step.attempt_id, Step.mark)
        .join(Attempt, Attempt.id == Step.attempt_id)
        .where(Attempt.sitting_id == sitting.id)
        .order_by(Step.attempt_id, Step.seq)
        .execution_options(yield_per=_STEPS_AT_ONCE),
    )
    return {
        attempt: marks_digest(mark for _, mark in steps)
        for attempt, steps in groupby(rows, key=lambda row: int(row[0]))
    }


def _facts(session: Session, sitting: Sitting, *, keys: Keys, now: datetime) -> SealFacts:
    outages = session.execute(
        select(Outage.from_ms, Outage.until_ms)
        .where(Outage.sitting_id == sitting.id, Outage.approved_at.is_not(None))
        .order_by(Outage.from_ms, Outage.until_ms),
    ).all()
    n_incidents = session.scalar(select(func.count(Incident.id)).where(Incident.sitting_id == sitting.id))
    return SealFacts(
        sitting=sitting.public_id,
        site=sitting.site.public_id,
        form_digest=sitting.form.digest,
        roster=roster_digest({each.enrolment: each.person for each in places_of(session, sitting, key=keys.roster)}),
        outages=[(from_ms, until_ms) for from_ms, until_ms in outages],
        n_incidents=n_incidents or 0,
        sealed_at=now,
    )
