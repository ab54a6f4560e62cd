"""The keys of an installation, all derived from its one secret, each for one purpose.

They live outside the database: whoever steals the database alone can neither read a sealed form, sign in as a
candidate, nor sign a receipt.
"""

from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, repr=False)
class Keys:
    """Thirty-two bytes for each purpose; the repr shows none of them."""

    credential: bytes  # MACs of PINs and result codes
    token: bytes  # signs the tokens that candidates' browsers carry
    form: bytes  # wraps the keys of form packages
    roster: bytes  # digests of who holds which place, and of what was granted beforehand
    order: bytes  # decides the item order of each enrolment
    signing_seed: bytes  # Ed25519: receipts and heads
    emergency_seed: bytes  # P-256: opens the emergency files that candidates' browsers seal
    second_factor: bytes  # AES-256: seals what phones of staff share with the server
    recovery_code: bytes  # MACs of the codes that replace such a phone

    @classmethod
    def derive(cls, secret: str) -> "Keys":
        """Derive all keys from the installation's secret (HKDF-SHA-256, one label each)."""
        return cls(**{name: _derived(secret, name) for name in cls.__dataclass_fields__})

    @cached_property
    def signing(self) -> Ed25519PrivateKey:
        """The key that signs receipts."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_seed)

    @cached_property
    def public(self) -> bytes:
        """The public half, by which anybody checks a receipt."""
        return self.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @cached_property
    def emergency(self) -> ec.EllipticCurvePrivateKey:
        """The key that opens emergency files. P-256, because old browsers know no newer curve."""
        # The group order minus one leaves out zero; the seed is uniform, so the tiny bias does not matter.
        return ec.derive_private_key(int.from_bytes(self.emergency_seed, "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1())

    @cached_property
    def emergency_public(self) -> bytes:
        """The public half as an uncompressed point (65 bytes), to which browsers seal."""
        return self.emergency.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: str, purpose: str) -> bytes:
    label = f"testing-platform/{purpose}/v1".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=label).derive(secret.encode())
