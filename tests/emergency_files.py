"""Emergency files as the runner makes them, by plain cryptography code that shares nothing with what opens them."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class FileMaker:
    """What a candidate's computer knows when the server is gone."""

    centre: bytes  # the uncompressed point of the centre's key
    attempt: str
    number: str
    token: str
    head_seq: int
    head_digest: str
    steps: list[dict[str, Any]] = field(default_factory=list)

    def act(self, kind: str, **fields: Any) -> None:
        """One more act that waits."""
        self.steps.append({"seq": self.head_seq + len(self.steps) + 1, "kind": kind, **fields})

    def inside(self) -> dict[str, Any]:
        """What is sealed."""
        head = {"seq": self.head_seq, "digest": self.head_digest}
        return {"token": self.token, "head": head, "steps": self.steps, "unsent": len(self.steps)}

    def make(self, inside: dict[str, Any] | None = None, **outside: Any) -> bytes:
        """The file; `outside` puts other values on its outside."""
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        secret = ephemeral.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.centre)
        )
        label = b"testing-platform/emergency-file/v1"
        key = HKDF(algorithm=hashes.SHA256(), length=32, salt=point, info=label).derive(secret)
        nonce = os.urandom(12)
        plain = json.dumps(self.inside() if inside is None else inside).encode()
        written = {
            "format": "testing-platform-emergency-1",
            "attempt": self.attempt,
            "participant_number": self.number,
            "made_at_ms": 1_790_000_000_000,
            "public_key": base64.b64encode(point).decode(),
            "nonce": base64.b64encode(nonce).decode(),
            "ciphertext": base64.b64encode(AESGCM(key).encrypt(nonce, plain, self.attempt.encode())).decode(),
        }
        return json.dumps(written | outside).encode()


def shown_fingerprint(content: bytes) -> str:
    """What stands on the candidate's screen."""
    bits = bin(int.from_bytes(b"\1" + hashlib.sha256(content).digest()[:5], "big"))[3:]
    code = "".join(ALPHABET[int(bits[place : place + 5], 2)] for place in range(0, 40, 5))
    return f"{code[:4]}-{code[4:]}"
