"""Receipts: what a candidate takes away, signed so that nobody can deny it later.

The signed text is kept to the byte. Eight characters of its digest are short enough to be copied by hand.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exam.keys import Keys

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


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
    signed = _signed_bytes(statement)
    return json.dumps(
        {
            **statement,
            "short_code": short_code(signed),
            "signature": base64.b64encode(keys.signing.sign(signed)).decode(),
            "key_id": hashlib.sha256(keys.public).hexdigest()[:16],
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )


def is_genuine(receipt: Mapping[str, Any], public_key: bytes) -> bool:
    """Whether a receipt was signed by the installation with this public key, unchanged since."""
    statement = {name: value for name, value in receipt.items() if name not in {"short_code", "signature", "key_id"}}
    try:
        signature = base64.b64decode(str(receipt["signature"]), validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _signed_bytes(statement))
    except (KeyError, ValueError, InvalidSignature):
        return False
    return True


def short_code(signed: bytes) -> str:
    """Eight Crockford characters (40 bits) of the digest of what was signed, as `XXXX-XXXX`."""
    number = int.from_bytes(hashlib.sha256(signed).digest()[:5], "big")
    characters = "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"{characters[:4]}-{characters[4:]}"


def _signed_bytes(statement: Mapping[str, Any]) -> bytes:
    return json.dumps(statement, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
