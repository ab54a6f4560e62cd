"""In which order a candidate meets the items: a permutation within each section, decided by the enrolment.

It needs no stored random state: the same secret and enrolment always give the same order, and nobody without
the secret can foresee a neighbour's.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable, Sequence


def item_order(*, key: bytes, enrolment: uuid.UUID, sections: Sequence[Sequence[int]]) -> bytes:
    """Canonical positions in the order shown, a byte each; sections keep their order."""
    return bytes(position for section in sections for position in sorted(section, key=_rank(key, enrolment)))


def _rank(key: bytes, enrolment: uuid.UUID) -> Callable[[int], bytes]:
    def rank(position: int) -> bytes:
        return hmac.digest(key, enrolment.bytes + position.to_bytes(2, "big"), hashlib.sha256)

    return rank
