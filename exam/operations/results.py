"""How a candidate opens a result: participant number and the result code from the card.

Wrong codes are counted like wrong PINs, per enrolment, and slow the next tries down; a refusal must therefore be
committed, so it is returned instead of raised.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam.credentials import Credential, is_same_mac, mac, retry_after_seconds, throttle, tries_left
from exam.keys import Keys
from exam.model import Enrolment, Sitting
from exam.operations.delivery import Refusal


def open_result(
    session: Session,
    *,
    participant_number: str,
    code: str,
    keys: Keys,
    now: datetime,
) -> Enrolment | Refusal:
    """Let a candidate see the result by participant number and result code."""
    enrolment = session.scalar(
        select(Enrolment)
        .where(Enrolment.participant_number == participant_number)
        .options(
            joinedload(Enrolment.sitting).joinedload(Sitting.site),
            joinedload(Enrolment.teacher),
            joinedload(Enrolment.attempt),
        )
        .with_for_update(of=Enrolment),
    )
    if enrolment is None or enrolment.result_code_mac is None:
        return Refusal("bad-credentials")
    if enrolment.result_blocked_until and enrolment.result_blocked_until > now:
        return Refusal("slow-down", retry_after_seconds=retry_after_seconds(enrolment.result_blocked_until, now))
    given = mac(
        keys.credential,
        purpose=Credential.RESULT_CODE,
        sitting=enrolment.sitting.public_id,
        participant_number=participant_number,
        code=code,
    )
    if not is_same_mac(enrolment.result_code_mac, given):
        return _refuse(enrolment, now)
    enrolment.failed_result_codes = 0
    enrolment.result_blocked_until = None
    return enrolment


def _refuse(enrolment: Enrolment, now: datetime) -> Refusal:
    enrolment.failed_result_codes += 1
    enrolment.result_blocked_until = throttle(enrolment.failed_result_codes, now)
    # The number of tries left would tell a stranger that the participant number exists; the page never shows it.
    return Refusal("bad-credentials", tries_left=tries_left(enrolment.failed_result_codes))
