"""What a receipt proves: that the server stated, at that moment, where the journal of its candidate stood."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exam.anchor_book import Named
from exam.statements import is_genuine
from exam.timing import epoch_ms
from exam.verification import AttemptVerdict, SittingVerdict

_SAYS = {"attempt": str, "last_seq": int, "digest": str, "answered": int, "n_items": int, "submitted_at": str}


@dataclass(frozen=True)
class ReceiptVerdict:
    """What can be said about a receipt that somebody brings."""

    is_genuine: bool
    attempt: uuid.UUID | None = None
    verdict: AttemptVerdict | None = None  # of its attempt, with the receipt among what proves it
    is_sealed: bool = False

    @property
    def holds(self) -> bool:
        """True when it is genuine and the journal of its attempt leads through it."""
        return self.is_genuine and self.verdict is not None and self.verdict.broken is None


def is_whole(receipt: Mapping[str, Any]) -> bool:
    """Whether a text has the fields of a receipt at all."""
    return all(type(receipt.get(name)) is kind for name, kind in _SAYS.items())


def head_of_receipt(receipt: Mapping[str, Any], public_key: bytes) -> tuple[uuid.UUID, Named] | None:
    """The head that a receipt names; none when it is not genuine. It is as good as a line that left the server."""
    if not is_whole(receipt) or not is_genuine(receipt, public_key):
        return None
    at_ms = epoch_ms(datetime.fromisoformat(receipt["submitted_at"]))
    named = Named(receipt["last_seq"], bytes.fromhex(receipt["digest"]), at_ms, "the receipt")
    return uuid.UUID(receipt["attempt"]), named


def judge_receipt(head: tuple[uuid.UUID, Named] | None, sittings: Iterable[SittingVerdict]) -> ReceiptVerdict:
    """Hold a receipt against the sittings that were judged with it."""
    if head is None:
        return ReceiptVerdict(is_genuine=False)
    attempt = head[0]
    for sitting in sittings:
        for verdict in sitting.attempts:
            if verdict.attempt == attempt:
                return ReceiptVerdict(True, attempt, verdict, sitting.is_sealed)
    return ReceiptVerdict(True, attempt)
