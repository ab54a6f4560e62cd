"""Signed statements: receipts, heads that leave the server, seals. One recipe for all, so that one check reads them.

What is signed is the JSON of the statement without `signature`, `key_id` and `short_code`: names sorted, no spaces,
UTF-8. Every kind of statement bears fields that no other kind has, so none can pass for another.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exam.keys import Keys

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BESIDE = frozenset({"short_code", "signature", "key_id"})


def sign(statement: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """The statement with the installation's signature and the name of the key."""
    signature = base64.b64encode(keys.signing.sign(signed_bytes(statement))).decode()
    return {**statement, "signature": signature, "key_id": key_id(keys.public)}


def is_genuine(statement: Mapping[str, Any], public_key: bytes) -> bool:
    """Whether a statement was signed by the installation with this public key, unchanged since."""
    try:
        signature = base64.b64decode(str(statement["signature"]), validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed_bytes(statement))
    except (KeyError, ValueError, InvalidSignature):
        return False
    return True


def key_id(public_key: bytes) -> str:
    """Sixteen characters that name a public key."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def signed_bytes(statement: Mapping[str, Any]) -> bytes:
    """The bytes that a signature covers."""
    said = {name: value for name, value in statement.items() if name not in _BESIDE}
    return json.dumps(said, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def as_line(statement: Mapping[str, Any]) -> str:
    """A statement as one line of text, as it is kept and sent."""
    return json.dumps(statement, separators=(",", ":"), ensure_ascii=False)


def short_code(content: bytes) -> str:
    """Eight Crockford characters (40 bits) of the digest of some bytes, as `XXXX-XXXX`."""
    number = int.from_bytes(hashlib.sha256(content).digest()[:5], "big")
    characters = "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"{characters[:4]}-{characters[4:]}"
