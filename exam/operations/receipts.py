"""How somebody asks about a receipt with its short code. The text itself needs no code: it proves itself or nothing."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam.credentials import retry_after_seconds, throttle
from exam.model import Enrolment
from exam.operations.codes import Refusal


def find_receipt(session: Session, *, participant_number: str, code: str, now: datetime) -> Mapping[str, Any] | Refusal:
    """The receipt of this number with this code. Wrong ones are counted with those of the result: one person, one lock.

    A right one sets no count back, so that nobody who has seen a receipt can go on guessing the result code.
    """
    enrolment = session.scalar(
        select(Enrolment)
        .where(Enrolment.participant_number == participant_number)
        .options(joinedload(Enrolment.attempt))
        .with_for_update(of=Enrolment),
    )
    if enrolment is None:
        return Refusal("bad-credentials")
    blocked_until = enrolment.result_blocked_until
    if blocked_until and blocked_until > now:
        return Refusal("slow-down", retry_after_seconds=retry_after_seconds(blocked_until, now))
    receipt: dict[str, Any] = json.loads((enrolment.attempt and enrolment.attempt.receipt) or "{}")
    if hmac.compare_digest(_plain(receipt.get("short_code", "")), _plain(code)) and receipt:
        return receipt
    enrolment.failed_result_codes += 1
    enrolment.result_blocked_until = throttle(enrolment.failed_result_codes, now)
    return Refusal("bad-credentials")


def _plain(code: str) -> bytes:
    """A code without hyphens and spaces, with the letters that Crockford reads as digits folded."""
    kept = "".join(character for character in code.upper() if character.isalnum())
    return kept.translate(str.maketrans("OIL", "011")).encode()
