"""Receipts: what a candidate takes away, signed so that nobody can deny it later.

The signed text is kept to the byte. Eight characters of its digest are short enough to be copied by hand.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exam.keys import Keys
from exam.statements import as_line, is_genuine, short_code, sign, signed_bytes


@dataclass(frozen=True)
class Closing:
    """What a receipt states about an attempt at the moment it ends."""

    attempt: uuid.UUID
    participant_number: str
    form_digest: bytes
    answered: int
    n_items: int
    last_seq: int
    digest: bytes
    closed_at: datetime
    state: str


def issue(closing: Closing, keys: Keys) -> str:
    """The receipt as JSON text: the statement, its short code and the signature over the statement."""
    statement: dict[str, Any] = {
        "attempt": str(closing.attempt),
        "participant_number": closing.participant_number,
        "form_digest": closing.form_digest.hex(),
        "answered": closing.answered,
        "n_items": closing.n_items,
        "last_seq": closing.last_seq,
        "digest": closing.digest.hex(),
        "submitted_at": closing.closed_at.isoformat(timespec="milliseconds"),
        "state": closing.state,
    }
    code = short_code(signed_bytes(statement))
    return as_line(sign({**statement, "short_code": code}, keys))


def receipt_name(receipt: str) -> str:
    """How a signed head names a receipt that was issued: by its text, of which it tells nothing."""
    return hashlib.sha256(receipt.encode()).hexdigest()[:16]


__all__ = ["Closing", "is_genuine", "issue", "receipt_name", "short_code"]
