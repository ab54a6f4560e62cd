"""The seal of a sitting, and what a receipt is worth under it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer

from exam.journal import JournalStep, canonical, genesis, link
from exam.model import Anchor, Attempt, Enrolment, Form, Seal, Sitting, Step
from exam.seals import SealedLeaf, from_text, inclusion, root_of
from exam.statements import short_code, signed_bytes
from exam.timing import MINUTE_MS, instant


@dataclass(frozen=True)
class SealShown:
    """A seal as people read it and write it down."""

    root: bytes
    code: str
    n_attempts: int
    sealed_at: datetime
    n_outages: int
    n_incidents: int
    has_left: bool  # it stands in the files outside the database


@dataclass(frozen=True)
class ReceiptStanding:
    """What a genuine receipt is worth now."""

    receipt: Mapping[str, Any]
    sitting: Sitting
    is_on_journal: bool  # the journal of the attempt leads through what the receipt names
    seal: SealShown | None
    is_under_seal: bool  # and ends in a leaf of the seal
    proof: Mapping[str, Any] | None  # for an independent check


def seal_of(session: Session, sitting: Sitting) -> SealShown | None:
    """The seal of a sitting; none before it is sealed."""
    seal = session.scalar(select(Seal).where(Seal.sitting_id == sitting.id))
    return _shown(session, seal) if seal else None


def last_head_at(session: Session, sitting: Sitting) -> datetime | None:
    """The minute in which a head of this sitting last left the database."""
    newest = select(Anchor.minute).where(Anchor.subject == str(sitting.public_id)).order_by(Anchor.minute.desc())
    minute = session.scalar(newest.limit(1))
    return instant(minute * MINUTE_MS) if minute is not None else None


def receipt_standing(session: Session, receipt: Mapping[str, Any], *, public_key: bytes) -> ReceiptStanding | None:
    """Hold a genuine receipt against the journal of its attempt and the seal; none when the attempt is not here."""
    attempt = session.scalar(
        select(Attempt)
        .where(Attempt.public_id == uuid.UUID(receipt["attempt"]))
        .options(
            joinedload(Attempt.enrolment).load_only(Enrolment.public_id),
            joinedload(Attempt.form).load_only(Form.digest),
            joinedload(Attempt.sitting).joinedload(Sitting.site),
        ),
    )
    if attempt is None:
        return None
    after = _steps_after(session, attempt, receipt)
    seal = session.scalar(select(Seal).where(Seal.sitting_id == attempt.sitting_id).options(undefer(Seal.leaves)))
    leaf = _leaf(seal, attempt) if seal is not None and after is not None else None
    proof = None
    if seal is not None and leaf is not None and after is not None:
        proof = _proof(receipt, seal, attempt, after, public_key=public_key)
    return ReceiptStanding(
        receipt=receipt,
        sitting=attempt.sitting,
        is_on_journal=after is not None,
        seal=_shown(session, seal) if seal else None,
        is_under_seal=leaf is not None,
        proof=proof,
    )


def _steps_after(session: Session, attempt: Attempt, receipt: Mapping[str, Any]) -> Sequence[JournalStep] | None:
    """The steps after the receipt; none when the journal does not lead from its beginning through it to the end."""
    columns = (Step.seq, Step.kind, Step.item, Step.option, Step.value, Step.at_ms, Step.received_ms)
    rows = session.execute(select(*columns).where(Step.attempt_id == attempt.id).order_by(Step.seq))
    digests = [
        genesis(
            attempt=attempt.public_id,
            enrolment=attempt.enrolment.public_id,
            form_digest=attempt.form.digest,
            item_order=attempt.item_order,
        )
    ]
    steps = [JournalStep(*row) for row in rows]
    for step in steps:
        digests.append(link(digests[-1], step))
    seq = receipt["last_seq"]
    leads_through = seq < len(digests) and digests[seq].hex() == receipt["digest"]
    return steps[seq:] if leads_through and digests[-1] == attempt.digest else None


def _leaf(seal: Seal, attempt: Attempt) -> SealedLeaf | None:
    leaves = from_text(seal.leaves)
    found = next((leaf for leaf in leaves if leaf.attempt == attempt.public_id), None)
    if found is None or (found.last_seq, found.digest) != (attempt.last_seq, attempt.digest):
        return None
    return found if root_of(leaves) == seal.root else None


def _proof(
    receipt: Mapping[str, Any], seal: Seal, attempt: Attempt, after: Sequence[JournalStep], *, public_key: bytes
) -> dict[str, Any]:
    return {
        "format": "testing-platform-receipt-proof-1",
        "public_key": public_key.hex(),
        "receipt": dict(receipt),
        "steps_after": [canonical(step).decode() for step in after],
        **inclusion(from_text(seal.leaves), attempt.public_id),
        "seal": json.loads(seal.statement),
    }


def _shown(session: Session, seal: Seal) -> SealShown:
    statement = json.loads(seal.statement)
    left = select(Anchor.id).where(Anchor.subject == f"seal {statement['sitting']}")
    return SealShown(
        root=seal.root,
        code=short_code(signed_bytes(statement)),
        n_attempts=seal.n_attempts,
        sealed_at=datetime.fromisoformat(statement["sealed_at"]),
        n_outages=len(statement["outages"]),
        n_incidents=statement["n_incidents"],
        has_left=session.scalar(left) is not None,
    )
