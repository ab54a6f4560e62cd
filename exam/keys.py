"""The keys of an installation, all derived from its one secret, each for one purpose.

They live outside the database: whoever steals the database alone can neither read a sealed form, sign in as a
candidate, nor sign a receipt.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True, repr=False)
class Keys:
    """Thirty-two bytes for each purpose; the repr shows none of them."""

    credential: bytes  # MACs of PINs and result codes
    token: bytes  # signs the tokens that candidates' browsers carry
    form: bytes  # wraps the keys of form packages
    order: bytes  # decides the item order of each enrolment
    signing_seed: bytes  # Ed25519: receipts and heads

    @classmethod
    def derive(cls, secret: str) -> "Keys":
        """Derive all keys from the installation's secret (HKDF-SHA-256, one label each)."""
        return cls(**{name: _derived(secret, name) for name in cls.__dataclass_fields__})

    @property
    def signing(self) -> Ed25519PrivateKey:
        """The key that signs receipts."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_seed)

    @property
    def public(self) -> bytes:
        """The public half, by which anybody checks a receipt."""
        return self.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _derived(secret: str, purpose: str) -> bytes:
    label = f"testing-platform/{purpose}/v1".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=label).derive(secret.encode())
